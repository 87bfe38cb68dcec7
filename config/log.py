"""The `[log]` and `[health]` tables: where the agent writes down what it does, and where it tells how it is."""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from config.fields import Table, table
from config.model import Source
from config.problems import Problems
from config.rules import one_of
from config.running import Health, Log
from config.sections import wrong_path
from connectors.files.globs import Globs

FORMATS = ("text", "json")
LEVELS = ("debug", "info", "warning", "error")

_UNIX = "unix:"
_LONGEST_SOCKET = 107  # bytes of a path, of which the system takes no more (unix(7))
_HIGHEST_PORT = 65535
_SMALLEST_LOG = 10_000  # bytes: a smaller file would be turned over at every other line
_MOST_KEPT = 1000
_LISTEN = 'must be an address of this machine with a port, as in "127.0.0.1:9618" or "[::1]:9618", or "unix:/PATH"'


def log(document: Mapping[str, Any], base: Path, places: Iterable[Source], problems: Problems) -> Log:
    """The `[log]` table. A file in one of the places, which are all that gallra reads, is a problem."""
    found = table(document, "log", problems)
    found.refuse_unknown(("file", "format", "level", "max_bytes", "keep"))
    usual = Log()
    file = found.checked("file", "", wrong_path) if "file" in found.values else ""
    path = base / Path(file).expanduser() if file else None
    if path is not None:
        _keep_apart(found, path, places)
    size = found.number("max_bytes", int)
    if size is not None and size < _SMALLEST_LOG:
        found.problem(f"must be {_SMALLEST_LOG} at least", "max_bytes")
    keep = found.number("keep", int, _MOST_KEPT, zero=True)
    return Log(
        file=path,
        format=found.checked("format", usual.format, one_of("format", FORMATS)),
        level=found.checked("level", usual.level, one_of("level", LEVELS)),
        max_bytes=int(size or usual.max_bytes),
        keep=usual.keep if keep is None else int(keep),
    )


def health(document: Mapping[str, Any], base: Path, problems: Problems) -> Health:
    """The `[health]` table: an address that only this machine can reach, or a socket in a folder."""
    found = table(document, "health", problems)
    found.refuse_unknown(("listen",))
    if "listen" not in found.values:
        return Health()
    text = found.checked("listen", "", lambda one: _wrong_listen(one, base))
    return Health(_absolute(text, base) if text.startswith(_UNIX) else text)


def _keep_apart(found: Table, file: Path, places: Iterable[Source]) -> None:
    """Each line that is written there would be a change of the source, to be scanned, and told in the next line."""
    own = Path(os.path.realpath(file))
    for one in places:
        folder = one.settings.get("path")
        top = Path(os.path.realpath(folder)) if isinstance(folder, str) and folder else None
        if top is None or top not in own.parents:
            continue
        inside, excluded = str(own.relative_to(top)), Globs(one.settings.get("exclude") or ())
        if not (excluded.covers(inside) and excluded.covers(f"{inside}.1")):
            what = "backup" if one.backup else "source"
            found.problem(f'lies in the {what} "{one.name}", which each line would change: keep it elsewhere', "file")


def _wrong_listen(text: str, base: Path) -> str | None:
    if text.startswith(_UNIX):
        if wrong_path(text.removeprefix(_UNIX)):
            return _LISTEN
        long = len(os.fsencode(_absolute(text, base).removeprefix(_UNIX)))
        return f"has a path of {long} bytes; a socket's may have {_LONGEST_SOCKET}" if long > _LONGEST_SOCKET else None
    host, colon, port = text.rpartition(":")
    if not (colon and port.isascii() and port.isdigit() and 0 < int(port) <= _HIGHEST_PORT):
        return _LISTEN
    bracketed = host.startswith("[") and host.endswith("]")
    try:
        address = ipaddress.ip_address(host[1:-1] if bracketed else host)
    except ValueError:
        return _LISTEN
    if bracketed != (address.version == 6):
        return _LISTEN
    return None if address.is_loopback else f"would be open to other machines: {_LISTEN}"


def _absolute(text: str, base: Path) -> str:
    path = Path(text.removeprefix(_UNIX)).expanduser()
    return f"{_UNIX}{base / path}"
