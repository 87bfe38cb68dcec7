"""What keeps a tar archive from being edited: a link to what leaves, and bytes that belong to no member."""

from __future__ import annotations

import posixpath
import tarfile
from collections.abc import Iterable

from scanner.surgery.base import CannotEdit

LINKED = "a member that stays is a link to one that is to leave"
BETWEEN = "bytes stand between the members"  # a scan does not see them
_BLOCK = 512
_ZEROS = bytes(_BLOCK)
_SIZE = slice(124, 136)
_BEFORE = (b"x", b"X", b"g", b"L", b"K")  # headers that tell of the member behind them: pax, Solaris, GNU


def plain(path: str) -> str:
    """A path by which two ways of writing it are the same: `./a`, `/a` and `b/../a` are `/a`."""
    return posixpath.normpath("/" + path.lstrip("/"))


def target_of(name: str, link: str, symbolic: bool) -> str:
    """Where a link leads: a symbolic one from its own place, a hard one from the archive's top (POSIX.1-2017, pax)."""
    return plain(posixpath.join(posixpath.dirname(name), link) if symbolic else link)


def check_padding(data: bytes, members: Iterable[tuple[int, str]]) -> None:
    """Raises CannotEdit where anything but zeros fills a block up, or stands behind the last member.

    `members` are in order: where the blocks of each end, and the size that a pax header tells of it, or "".
    """
    place = 0
    for end, stated in members:
        place = _own_header(data, place, end)
        size = int(stated) if stated.isdecimal() else _size(data, place)
        padding = -size % _BLOCK if end > place + _BLOCK else 0
        if data[end - padding : end].strip(b"\0"):
            raise CannotEdit(BETWEEN)
        place = end
    if data[place:].strip(b"\0"):
        raise CannotEdit(BETWEEN)


def _own_header(data: bytes, place: int, stop: int) -> int:
    """Where the next member's own header begins: behind end marks of an archive before it, and other headers."""
    while place < stop:
        kind = data[place + 156 : place + 157]
        if kind in _BEFORE:
            end = place + _BLOCK + _size(data, place)
            place = end + -end % _BLOCK
            if data[end:place].strip(b"\0"):
                raise CannotEdit(BETWEEN)
        elif data[place : place + _BLOCK] == _ZEROS:
            place += _BLOCK
        else:
            return place
    raise CannotEdit("the archive is damaged")


def _size(data: bytes, place: int) -> int:
    """The size that a header tells, in one of the two forms that it may have."""
    try:
        return tarfile.TarInfo.frombuf(data[place : place + _BLOCK], "utf-8", "surrogateescape").size
    except tarfile.TarError:
        raise CannotEdit("the archive is damaged") from None
