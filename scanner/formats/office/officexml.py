"""Office files as one XML file: Word and Excel 2003 XML, Word's and PowerPoint's flat packages, flat OpenDocument."""

from __future__ import annotations

from collections.abc import Iterator

from connectors.base import GapReason
from scanner.blob import Blob
from scanner.formats.base import Format, Found
from scanner.formats.office.officexml_flat import open_document_package, open_package
from scanner.formats.office.officexml_sheet import workbook
from scanner.formats.office.officexml_word import word_document
from scanner.formats.office.ooxml import LIMITS, record
from scanner.formats.office.ooxml_text import Gathered, gather
from scanner.formats.xml_safe import Element, local, salvaged, tree
from scanner.limits import Limits
from scanner.records import ReadError

_READERS = {
    "wordDocument": word_document,
    "Workbook": workbook,
    "package": open_package,
    "document": open_document_package,
}


def _extract(blob: Blob, limits: Limits) -> Iterator[Found]:
    del limits
    data = blob.data()
    root = tree(data)
    failure = None
    if root is None:
        failure = ReadError(GapReason.UNREADABLE, "XML")
        root = salvaged(data)
    if root is not None:
        yield from _READERS.get(local(root), _other)(root, blob)
    if failure is not None:
        raise failure


def _other(root: Element, blob: Blob) -> Iterator[Found]:
    """What another Office program wrote (InfoPath): all of its text."""
    del blob
    found = Gathered()
    gather(root, found)
    for one in record((), [found.text], found.entities):
        one.kind = "file"
        yield one


FORMAT = Format(
    "officexml",
    2,
    "lxml",
    _extract,
    records="the whole, `row N` (`table N`), `sheet NAME`, `part header`, `part comments`, `part properties`; packages "
    "as what is in them",
    entities="rows, authors, company",
    limits=LIMITS,
)
