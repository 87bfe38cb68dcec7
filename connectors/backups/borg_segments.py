"""The bytes of a borg repository on this machine: which objects its segment files hold, whoever refers to them.

The format is documented (borg, "Data structures and file formats": segments): a magic, then entries of CRC-32 (4
bytes), size (4), tag (1), and for PUT and DELETE the object's id (32), little endian; PUT holds the data. Entries are
read by their headers alone. That is independent of borg's own index: what was deleted and not compacted is seen too.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, Final

from connectors.errors import Denied, Unreachable

MANIFEST: Final = bytes(32)
"""The id under which the list of archives is stored, anew at each change."""

_MAGIC = b"BORG_SEG"
_HEADER = struct.Struct("<IIB")
_ID = 32
_PUT, _DELETE, _COMMIT = 0, 1, 2


@dataclass(slots=True)
class Stored:
    """What the segments hold. `live` objects are readable through borg, `dead` ones were deleted or replaced."""

    live: set[bytes] = field(default_factory=set)
    dead: set[bytes] = field(default_factory=set)

    @property
    def all(self) -> set[bytes]:
        """Every object of which there is a copy in the files."""
        return self.live | self.dead


State = tuple[tuple[str, int, int], ...]


def state(repository: str) -> State:
    """Which segment files there are, by name, size and time: while it is the same, so is what they hold."""
    try:
        files = [(str(number), path.stat()) for number, path in _files(repository)]
    except OSError as error:
        raise _unreachable(error) from None
    return tuple((name, found.st_size, found.st_mtime_ns) for name, found in files)


def stored(repository: str) -> Stored:
    """All objects in the files. Raises Unreachable, Denied, where they cannot all be read."""
    found = Stored()
    pending: list[tuple[int, bytes]] = []
    try:
        for _, path in _files(repository):
            with path.open("rb", buffering=1 << 16) as file:
                for tag, name in _entries(file, path.stat().st_size):
                    if tag != _COMMIT:
                        pending.append((tag, name))
                        continue
                    _apply(found, pending)
                    pending.clear()
    except OSError as error:
        raise _unreachable(error) from None
    found.dead.update(name for tag, name in pending if tag == _PUT)  # never committed: a run broke off, or is at work
    if MANIFEST not in found.live:
        raise Unreachable("the repository holds no list of its archives: it is not all there")
    found.dead.discard(MANIFEST)
    return found


def append_only(repository: str) -> bool:
    """Whether the repository's own settings let nothing be freed. A server may forbid it besides."""
    try:
        text = (Path(repository) / "config").read_text("utf-8", "replace")
    except OSError as error:
        raise _unreachable(error) from None
    for line in text.splitlines():
        name, _, value = line.partition("=")
        if name.strip() == "append_only":
            return value.strip().lower() in ("1", "true", "yes", "on")
    return False


def _apply(found: Stored, entries: list[tuple[int, bytes]]) -> None:
    for tag, name in entries:
        if name in found.live:
            found.dead.add(name)
        if tag == _PUT:
            found.live.add(name)
        else:
            found.live.discard(name)


def _files(repository: str) -> Iterator[tuple[int, Path]]:
    data = Path(repository) / "data"
    for folder in sorted((one for one in data.iterdir() if one.name.isdigit()), key=lambda one: int(one.name)):
        for path in sorted((one for one in folder.iterdir() if one.name.isdigit()), key=lambda one: int(one.name)):
            yield int(path.name), path


def _entries(file: BinaryIO, end: int) -> Iterator[tuple[int, bytes]]:
    if file.read(len(_MAGIC)) != _MAGIC:
        raise OSError("not a segment")
    at = len(_MAGIC)
    while at < end:
        header = file.read(_HEADER.size)
        if len(header) < _HEADER.size:
            return  # what a broken-off run left behind is shorter than any object's name
        _, size, tag = _HEADER.unpack(header)
        if tag == _COMMIT and size == _HEADER.size:
            yield tag, b""
        elif tag in (_PUT, _DELETE) and size >= _HEADER.size + _ID:
            yield tag, file.read(_ID)
            file.seek(at + size)
        else:
            raise OSError("not an entry of a segment")
        at += size


def _unreachable(error: OSError) -> Unreachable | Denied:
    if isinstance(error, PermissionError):
        return Denied("this user may not read all of the repository's segments")
    if os.path.lexists(error.filename or ""):
        return Unreachable("a segment of the repository cannot be read: look at `borg check`")
    return Unreachable("the repository's segments are not all there, or change: try again when no borg is at work")
