"""OLE files ([MS-CFB]), the container of old Office files, of Outlook's messages and of encrypted new ones."""

from __future__ import annotations

from functools import cached_property
from typing import Any, Final

import olefile

from connectors.base import GapReason
from scanner.blob import Blob
from scanner.records import ReadError

OLE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


class Container(olefile.OleFileIO):  # type: ignore[misc]  # olefile has no types
    """olefile's, which looks up and compares every name and every sector with all others: here that is done by key."""

    def _find(self, filename: str | list[str]) -> int:
        path = filename.split("/") if isinstance(filename, str) else filename
        found = self._numbers.get(tuple(name.lower() for name in path))
        if found is None:
            raise OSError("no such stream")
        return found

    @cached_property
    def _numbers(self) -> dict[tuple[str, ...], int]:
        found: dict[tuple[str, ...], int] = {(): self.root.sid}
        waiting: list[tuple[tuple[str, ...], Any]] = [((), self.root)]
        while waiting:
            path, storage = waiting.pop()
            for kid in storage.kids:
                inner = (*path, kid.name.lower())
                if inner not in found:
                    found[inner] = kid.sid
                    if kid.entry_type == olefile.STGTY_STORAGE:  # a damaged root may be in itself
                        waiting.append((inner, kid))
        return found

    @cached_property
    def _firsts(self) -> tuple[set[int], set[int]]:
        return set(), set()

    def _check_duplicate_stream(self, first_sect: int, minifat: bool = False) -> None:
        used = self._firsts[bool(minifat)]
        if first_sect in used:
            self._raise_defect(olefile.DEFECT_INCORRECT, "Stream referenced twice")
        elif minifat or first_sect < _SPECIAL:
            used.add(first_sect)


_SPECIAL = 0xFFFFFFFC  # numbers of sectors from here on are none ([MS-CFB] 2.1)


def opened(blob: Blob) -> olefile.OleFileIO:
    """The container, parsed once for whoever looks into it next. Raises ReadError UNREADABLE."""
    kept = blob.opened
    if isinstance(kept, olefile.OleFileIO):
        return kept
    try:
        ole = Container(blob.open())
    except ReadError:
        raise
    except Exception as fault:  # it raises whatever its parsing meets
        raise ReadError(GapReason.UNREADABLE, f"OLE file ({type(fault).__name__})") from None
    blob.opened = ole
    return ole


def stream(ole: olefile.OleFileIO, path: str | list[str], limit: int) -> bytes:
    """A stream as a whole. Raises ReadError: TOO_LARGE above the limit (bytes), UNREADABLE where it is damaged."""
    try:
        size = ole.get_size(path)
        if size <= limit:
            data: bytes = ole.openstream(path).read()
            return data
    except Exception as fault:  # it raises whatever its parsing meets
        raise ReadError(GapReason.UNREADABLE, f"OLE stream ({type(fault).__name__})") from None
    raise ReadError(GapReason.TOO_LARGE, f"stream of {size} bytes, limit {limit}")


def root_names(blob: Blob) -> set[str]:
    """Names of streams and storages at the root, lower-cased; none where the directory cannot be read."""
    try:
        ole = opened(blob)
    except ReadError:
        return set()
    return {path[0].lower() for path in ole.listdir(streams=True, storages=True)}
