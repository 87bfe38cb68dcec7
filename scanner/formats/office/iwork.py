"""Apple's iWork (Pages, Numbers, Keynote, old and new): text, tables of old ones, authors, comments, files inside."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator

from connectors.base import GapReason
from scanner.blob import Blob
from scanner.formats.archives import archive_zip
from scanner.formats.base import Format, Found, Nested
from scanner.formats.office import iwork_iwa
from scanner.formats.office.iwork_xml import Contents
from scanner.formats.office.ooxml import PROPERTIES
from scanner.formats.office.ooxml_text import authors
from scanner.formats.office.package import Package
from scanner.formats.rows import row_records
from scanner.formats.xml_safe import tree
from scanner.limits import Limits
from scanner.records import ReadError, Record, Role, Unread

_XML = re.compile(r"^index\.(?:xml|apxl)(?:\.gz)?$")
_PREVIEW = re.compile(r"^(?:quicklook/thumbnail\.\w+|thumbs/.*|preview(?:-\w+)?\.jpe?g)$")
_LOCKED = (".iwpv2", ".iwph")  # how a password is checked, and its hint


def _extract(blob: Blob, limits: Limits) -> Iterator[Found]:
    with Package(blob, limits) as package:
        if any(part.endswith(_LOCKED) for part in package.parts):
            raise ReadError(GapReason.ENCRYPTED, "iWork")
        persons: dict[str, None] = {}
        properties: list[str] = []
        for part in package.parts:
            if _XML.match(part):
                yield from _old(package, part, limits, persons, properties)
        yield from _new(package, limits, persons)
        if persons or properties:
            texts = [(Role.BODY, "\n".join(properties))] if properties else []
            yield Record(PROPERTIES, "part", texts, authors(persons))
    for found in archive_zip.FORMAT.extract(blob, limits):
        name = found.blob.name.lower() if isinstance(found, Nested) else ""
        if not name.endswith(".iwa") and not _XML.match(name) and not _PREVIEW.match(name):
            yield found


FORMAT = Format(
    "iwork",
    1,
    "own, over zipfile (Python) and lxml",
    _extract,
    records="the whole, `row N` and `table N` of old files, `part properties`, `member PATH`",
    entities="authors of the document and its comments; persons of table rows",
    limits="thumbnails",
)


def _old(
    package: Package, part: str, limits: Limits, persons: dict[str, None], properties: list[str]
) -> Iterator[Record | Unread]:
    try:
        data = package.stream(part).read()
        root = tree(_inflated(data, limits.blob) if part.endswith(".gz") else data)
    except ReadError as fault:
        yield Unread((f"member {package.name(part)}",), fault.reason, fault.detail)
        return
    if root is None:
        yield Unread((f"member {package.name(part)}",), GapReason.UNREADABLE, "XML")
        return
    found = Contents(root)
    persons |= found.authors
    properties += found.properties
    if found.text:
        yield Record((), "file", [(Role.BODY, found.text)])
    for number, rows in enumerate(found.tables, 1):
        yield from row_records((f"table {number}",) if len(found.tables) > 1 else (), enumerate(rows, 1))


def _inflated(data: bytes, limit: int) -> bytes:
    engine = zlib.decompressobj(wbits=31)
    try:
        found = engine.decompress(data, limit)
    except zlib.error:
        raise ReadError(GapReason.UNREADABLE, "gzip") from None
    if engine.unconsumed_tail:
        raise ReadError(GapReason.TOO_LARGE, f"more than {limit} bytes")
    return found


def _new(package: Package, limits: Limits, persons: dict[str, None]) -> Iterator[Record | Unread]:
    """The archives of the document itself, which may lie in a zip of their own."""
    left = limits.expanded
    for part in package.parts:
        if not part.endswith(".iwa"):
            continue
        try:
            data = iwork_iwa.unpacked(package.stream(part).read(), min(limits.blob, left))
        except ReadError as fault:
            yield Unread((f"member {package.name(part)}",), fault.reason, fault.detail)
            continue
        left -= len(data)
        lines = list(dict.fromkeys(iwork_iwa.strings(data)))
        if "annotationauthor" in part:
            persons |= dict.fromkeys(lines)
        elif lines:
            yield Record((), "file", [(Role.BODY, "\n".join(lines))])
