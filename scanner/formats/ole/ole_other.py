"""OLE files of other programs, and objects cut out of documents: the files in them; of the rest, readable runs."""

from __future__ import annotations

from collections.abc import Iterator

import olefile

from connectors.base import GapReason
from scanner.blob import Blob
from scanner.formats.base import Format, Found, Nested
from scanner.formats.ole import ole_properties
from scanner.formats.ole.ole import opened
from scanner.formats.ole.ole_embedded import CONTENT, NATIVE, attached, content, embedded, storages
from scanner.formats.ole.ole_macros import has_macros, macros
from scanner.formats.ole.ole_rest import rest
from scanner.formats.ole.ole_runs import runs, seen
from scanner.limits import Limits
from scanner.records import ReadError, Record, Role, Unread

_EMPTY = 4096  # bytes of a file that says there is nothing in it, at most
_MOST = 16 << 20  # bytes to look through for readable runs


def _extract(blob: Blob, limits: Limits) -> Iterator[Found]:
    """Files first; where there are none, what can be seen with the naked eye, and a gap."""
    try:
        ole = opened(blob)
    except ReadError:
        if blob.size <= min(_MOST, limits.blob):
            yield Record((), "file", [(Role.BODY, runs(blob.data()))])
        raise
    yield from ole_properties.read(ole)
    number = 0
    for number, nested in enumerate(_files(ole), start=1):  # noqa: B007 - counts what came
        yield nested
    if has_macros(ole):
        yield from macros(ole, limits)
        yield from rest(ole, ())  # its forms
        return
    if number or (blob.size <= _EMPTY and not ole.listdir()):
        return
    texts, whole = seen(ole)
    if texts:
        yield Record((), "file", [(Role.BODY, texts)])
    yield Unread((), GapReason.UNKNOWN_FORMAT, "OLE file of another program" if whole else "large OLE file")


def _files(ole: olefile.OleFileIO) -> Iterator[Nested | Unread]:
    first = 1
    for path in ole.listdir():
        if len(path) == 1 and path[0].lower() in (NATIVE, *CONTENT):
            blob = content({tuple(path): ole.openstream(path).read()})
            if blob is not None and blob.size:
                yield attached(first, blob)
                first += 1
    yield from embedded(ole, [path for path in storages(ole) if _holds_files(ole, path)], first)


def _holds_files(ole: olefile.OleFileIO, storage: tuple[str, ...]) -> bool:
    """Whether a storage is an object by itself, and no part of how its program stores things."""
    return any(ole.exists([*storage, name]) for name in _OBJECTS)


_OBJECTS = ("\x01CompObj", "\x01Ole10Native", "Package", "EmbeddedOdf", "WordDocument", "Workbook")


FORMAT = Format(
    "ole",
    2,
    "olefile",
    _extract,
    records="`attachment N: NAME`, `part macros`, `part other streams`, `part properties`",
    entities="authors in the properties",
    limits="previews of what was embedded",
)
