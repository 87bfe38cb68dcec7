"""OLE files ([MS-CFB]), the container of old Office files, of Outlook's messages and of encrypted new ones."""

from __future__ import annotations

from typing import Final

import olefile

from connectors.base import GapReason
from scanner.blob import Blob
from scanner.records import ReadError

OLE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def opened(blob: Blob) -> olefile.OleFileIO:
    """The container, parsed once for whoever looks into it next. Raises ReadError UNREADABLE."""
    kept = blob.opened
    if isinstance(kept, olefile.OleFileIO):
        return kept
    try:
        ole = olefile.OleFileIO(blob.open())
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
