"""A line to a mail server on which something happens at one command: before the server hears it, or once it is done.

So a crash, a cut or another client can be put between any two steps of a change, whatever commands it is made of.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from tests.servers.proxy import Proxy

_COMMAND = re.compile(rb"^(\S+) ((?:UID )?(?:STORE|EXPUNGE|MOVE|COPY)|APPEND|CLOSE)\b[^\r\n]*", re.M)


class Trap(Proxy):
    """Counts the commands that change something, in `commands`; at number `at` (from 1) calls `spring`.

    `when` is "before": the server never hears of it; "after": it was done, and the client is never told. After the
    call the line is broken, unless `goes_on`.
    """

    def __init__(
        self,
        port: int,
        at: int = 0,
        when: str = "before",
        spring: Callable[[], None] = lambda: None,
        *,
        goes_on: bool = False,
    ) -> None:
        super().__init__(port, self._hear)
        assert when in {"before", "after"}
        self.commands: list[bytes] = []
        self.sprung = False
        self.spring = spring
        self._at, self._when, self._goes_on = at, when, goes_on
        self._ends: re.Pattern[bytes] | None = None
        self.to_client = self._tell

    def arm(self, at: int, when: str, spring: Callable[[], None]) -> None:
        """Spring at a later command, counted from now, and break the line."""
        self.commands.clear()
        self.spring = spring
        self._at, self._when, self._goes_on = at, when, False

    def names(self) -> list[str]:
        """The commands without tags and arguments."""
        return [found[2].decode() for one in self.commands if (found := _COMMAND.match(one))]

    def _hear(self, data: bytes) -> None:
        for found in _COMMAND.finditer(data):
            self.commands.append(found[0])
            if len(self.commands) == self._at:
                if self._when == "before":
                    self._spring()
                else:
                    self._ends = re.compile(rb"^" + re.escape(found[1]) + rb" (OK|NO|BAD)", re.M)

    def _tell(self, data: bytes) -> bytes:
        if self._ends is not None and self._ends.search(data):
            self._ends = None
            self._spring()
        return data

    def _spring(self) -> None:
        self.sprung = True
        self.spring()
        if not self._goes_on:
            self.drop()
            raise ConnectionAbortedError  # nothing of this piece goes on
