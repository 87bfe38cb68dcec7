"""Word 2003 XML (WordprocessingML of 2003): its paragraphs and tables are read as those of docx are."""

from __future__ import annotations

import zlib
from binascii import Error, a2b_base64
from collections.abc import Iterator

from connectors.base import GapReason
from scanner.blob import Blob
from scanner.formats.base import Found, Nested
from scanner.formats.office.docx_flow import Flow
from scanner.formats.office.ooxml import PROPERTIES, authors, record
from scanner.formats.office.ooxml_text import Gathered, gather
from scanner.formats.ole.ole import OLE, opened
from scanner.formats.streams import Names
from scanner.formats.xml_safe import Element, attribute, local
from scanner.records import Record, Role, Unread

_PERSONS = frozenset({"Author", "LastAuthor", "Manager", "Company"})
_DULL = frozenset(
    {"Revision", "TotalTime", "Created", "LastSaved", "LastPrinted", "Pages", "Words", "Characters", "Lines", "Version"}
    | {"Paragraphs", "CharactersWithSpaces"}
)
_ACTIVE = b"ActiveMime"  # a zlib stream from byte 50 on: objects of OLE


def word_document(root: Element, blob: Blob) -> Iterator[Found]:
    """The records of a w:wordDocument."""
    apart = {word: Flow() for word in ("header", "footer", "comments")}
    for word, found in (("header", "{*}hdr"), ("footer", "{*}ftr")):
        for element in list(root.iter(found)):
            _read(apart[word], element)
    for element in list(root.iter("{*}annotation")):
        if attribute(element, "type") == "Word.Comment":
            _read(apart["comments"], element)
    files = list(root.iter("{*}binData"))
    body = Flow()
    for element in root.iterchildren("{*}body"):
        body.tree(element)
    yield Record((), "file", [(Role.BODY, body.text)] if body.text else [])
    yield from body.records(())
    for word, flow in apart.items():
        yield from record((f"part {word}",), [flow.text], authors(flow.authors))
        yield from flow.records((f"part {word}",))
    yield from document_properties(root, body.authors)
    said = Gathered()
    for element in root.iter("{*}docVars", "{*}mailMerge"):
        gather(element, said)
    yield from record(("part settings",), [said.text])
    yield from _files(files, blob)


def _read(flow: Flow, element: Element) -> None:
    """Take an element out of the text and read it apart."""
    flow.tree(element)
    name = attribute(element, "author")
    if name:
        flow.authors[name] = None
    parent = element.getparent()
    if parent is not None:
        parent.remove(element)


def document_properties(root: Element, extra: Iterator[str] | dict[str, None] | None = None) -> Iterator[Record]:
    """o:DocumentProperties and o:CustomDocumentProperties, as Word and Excel write them."""
    persons = list(extra or ())
    texts: list[str] = []
    for element in root.iterchildren("{*}DocumentProperties", "{*}CustomDocumentProperties"):
        own = local(element) == "CustomDocumentProperties"
        for one in element.iterchildren("*"):
            value, name = (one.text or "").strip(), local(one)
            if own:
                texts.extend((name.replace("_x0020_", " "), value))
            elif value and name in _PERSONS:
                persons.append(value)
            elif value and name not in _DULL:
                texts.append(value)
    yield from record(PROPERTIES, texts, authors(persons))


def _files(elements: list[Element], blob: Blob) -> Iterator[Found]:
    """Pictures, objects of other programs, and macros (editdata.mso)."""
    from scanner.formats.ole.ole_embedded import embedded, storages  # noqa: PLC0415 - few have any

    names = Names()
    count = 1
    for element in elements:
        name = attribute(element, "name").rpartition("/")[2] or "data"
        step = f"part {names.unique(name)}"
        try:
            data = a2b_base64(element.text or "")
            if data.startswith(_ACTIVE):
                data = zlib.decompressobj().decompress(data[50:], blob.limit)
        except (Error, ValueError, zlib.error) as fault:
            yield Unread((step,), GapReason.UNREADABLE, type(fault).__name__)
            continue
        inner = Blob(data, name, limit=blob.limit)
        if not data.startswith(OLE) or name.lower() == "editdata.mso":
            yield Nested((step,), inner, "part" if data.startswith(OLE) else "image")
            continue
        ole = opened(inner)
        objects = storages(ole)
        yield from embedded(ole, objects, count)
        count += len(objects)
