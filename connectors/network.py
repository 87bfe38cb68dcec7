"""What all sources with a server have in common: their options, their layers, and how many may knock at once.

A server's limits hold for all of gallra's processes of one user on one machine: a connection is a locked file, and the
lock ends with the process, however that ends; where a source's pace is stands in another (`connectors.pace`).
"""

from __future__ import annotations

import os
import ssl
import time
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any, Self

from connectors import shared
from connectors.base import Connector, Option
from connectors.errors import ConfigError, Throttled
from connectors.layers import Metering, Retrying, Throttling
from connectors.pace import SharedPace

OPTIONS: tuple[Option, ...] = (
    Option("connections", int, "how many connections to the server there may be at once, 2 at least", 4),
    Option("per_second", int, "how many requests a second the server is asked at most; 0 means no limit", 0),
    Option("timeout", int, "seconds without an answer after which the server counts as not reachable", 60),
)
"""The options of every networked kind. One connection is the walk's, the others are the workers'."""

_LOOK = 0.05  # seconds between two tries to get in
_FIRST = 10.0  # seconds: one that has not said a word by then is down, or is spoken to in the wrong way


def problems(settings: Mapping[str, Any]) -> list[str]:
    """What is wrong with them, for `Connector.validate`."""
    found = []
    if settings["connections"] < 2:
        found.append("connections: must be 2 at least, one for the walk and one to read")
    if settings["per_second"] < 0:
        found.append("per_second: must be 0 (no limit) or more")
    if settings["timeout"] < 1:
        found.append("timeout: must be 1 second at least")
    return found


def readers(*settings: Mapping[str, Any]) -> int | None:
    """How many workers may read at once from sources with these settings, beside the walk; None: as many as there are.

    A worker has one connection at a time.
    """
    most = [one["connections"] for one in settings if isinstance(one.get("connections"), int)]
    return max(1, min(most) - 1) if most else None


def first_answer(settings: Mapping[str, Any]) -> float:
    """How many seconds a server has to show that it is there at all; what it is asked then may take `timeout`."""
    return min(float(settings.get("timeout") or _FIRST), _FIRST)


def authority(settings: Mapping[str, Any]) -> str | None:
    """The file of certificates that `ca` names, looked at; None: the system's count. Raises ConfigError."""
    path = settings.get("ca")
    if not path:
        return None
    try:
        ssl.create_default_context(cafile=str(path))
    except (OSError, ssl.SSLError):
        raise ConfigError(["ca: is not there, or holds no certificate; it must be a file in PEM"]) from None
    return str(path)


def layered(
    connector: Connector, *, hasty: bool = False, bytes_per_second: int = 0, whose: str | None = None
) -> Connector:
    """The connector behind its layers: paced where that is asked for, and patient with a server's faults.

    `hasty`: a server that is not there is told at once (see `Retrying`). `bytes_per_second` is how many bytes of items
    are read, 0 means no limit. `whose` pace it is: all connectors that say the same, in all processes, share one.
    """
    whose = connector.name if whose is None else whose
    if connector.networked:
        calls = connector.settings.get("per_second") or 0
        if calls:
            connector = Throttling(connector, SharedPace(f"calls\0{whose}", calls, calls))
        connector = Retrying(connector, hasty=hasty)
    if bytes_per_second:
        pace = SharedPace(f"bytes\0{whose}", bytes_per_second, bytes_per_second)  # after a pause, a second's worth
        connector = Metering(connector, bytes_per_second, pace)
    return connector


class Slot:
    """The right to one connection to a server. A context manager; taken at `open`, let go at `close`."""

    def __init__(self, server: str, most: int, patience: float, sleep: Callable[[float], None] = time.sleep) -> None:
        """`server` is `host:port`; `patience` how many seconds to wait for a connection that others have."""
        self._paths = [shared.place() / f"{shared.named(server.lower())}.{number}" for number in range(most)]
        self._patience = patience
        self._sleep = sleep
        self._held: int | None = None

    def open(self) -> None:
        """Wait for a free connection. Raises Throttled where none is let go in time."""
        shared.folder()
        until = time.monotonic() + self._patience
        while self._held is None:
            self._held = next((held for held in map(shared.locked, self._paths) if held is not None), None)
            if self._held is None:
                if time.monotonic() > until:
                    raise Throttled("all connections that `connections` allows are in use; try again later", 1.0)
                self._sleep(_LOOK)

    def close(self) -> None:
        """Let go. Safe to call twice."""
        if self._held is not None:
            os.close(self._held)
            self._held = None

    def __enter__(self) -> Self:
        self.open()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
