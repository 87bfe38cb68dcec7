"""Word 97-2003 and Word 6/95 files (doc, dot): text, tables row by row, headers, notes, comments, properties."""

from __future__ import annotations

from collections.abc import Iterator

import olefile

from connectors.base import GapReason
from scanner.blob import Blob
from scanner.formats.base import Format, Found, Nested
from scanner.formats.legacy.doc_codec import codec_of
from scanner.formats.legacy.doc_fib import STORIES, Header, Text, header, pieces
from scanner.formats.legacy.doc_layout import Layout
from scanner.formats.legacy.doc_strings import Beside, beside, form_fields
from scanner.formats.legacy.doc_text import Flow
from scanner.formats.office.ooxml import PROPERTIES, authors
from scanner.formats.ole import locked, ole_properties
from scanner.formats.ole.office_art import Span, links, pictures, words
from scanner.formats.ole.ole import opened, stream
from scanner.formats.ole.ole_embedded import embedded, storages
from scanner.formats.ole.ole_macros import macros
from scanner.formats.ole.ole_rest import rest
from scanner.formats.ole.ole_runs import runs
from scanner.formats.rows import row_records
from scanner.limits import Limits
from scanner.records import ReadError, Record, Role, Unread

EARLIER = ("part earlier versions",)
_POOL = ("ObjectPool",)
_STORE = "msodatastore"
_KNOWN = frozenset({"worddocument", "0table", "1table", "data", "objectpool", _STORE})
_HEADER = 0x9A  # bytes of the header that hold no text of anybody


def _extract(blob: Blob, limits: Limits) -> Iterator[Found]:
    ole = opened(blob)
    content = b""
    try:
        content = stream(ole, "WordDocument", limits.blob)
        head = header(content)
        if head.encrypted:
            yield from _unlocked(blob, head)
            return
    except ReadError as fault:
        yield from ole_properties.read(ole)
        if fault.reason is not GapReason.ENCRYPTED and content:
            yield Record(EARLIER, "part", [(Role.BODY, runs(content))])
        raise
    document = _Document(ole, content, head, limits)
    yield from document.stories(())
    yield from document.glossary()
    yield from document.images()
    yield from embedded(ole, storages(ole, _POOL))
    yield from _data_store(ole, limits)
    yield from macros(ole, limits)
    yield from rest(ole, _KNOWN)
    yield from _properties(ole, document.said)
    yield from document.earlier()
    if document.fault is not None:
        raise document.fault


def _unlocked(blob: Blob, head: Header) -> Iterator[Found]:
    if not head.wide or head.obfuscated:
        raise ReadError(GapReason.ENCRYPTED, "Word password (XOR)")
    yield from locked.unlocked(blob)


class _Document:
    """The streams of one file, and what was used of them."""

    def __init__(self, ole: olefile.OleFileIO, content: bytes, head: Header, limits: Limits) -> None:
        self._stream = content
        self._head = head
        self._limits = limits
        self._data = stream(ole, "Data", limits.blob) if ole.exists("Data") else b""
        names = ("1Table", "0Table") if head.second else ("0Table", "1Table")
        tables = [stream(ole, name, limits.blob) if ole.exists(name) else b"" for name in names]
        self._table, self._old_table = tables if head.wide else (content, b"")
        self._codec = None if head.wide else codec_of(ole, head)
        self._used: list[Span] = []
        self.said = Beside()
        self.fault: ReadError | None = None  # what broke the body: told at the end

    def stories(self, outer: tuple[str, ...], head: Header | None = None) -> Iterator[Record | Unread]:
        """The text in its stories, and what tables of strings say; of the AutoText with its own header."""
        head = head or self._head
        said = beside(head, self._table, self._codec)
        self.said.persons += said.persons
        self.said.texts += said.texts
        try:
            text = Text(self._stream, pieces(head, self._stream, self._table), self._codec)
        except ReadError as fault:
            self.fault = fault
            return
        self._used += [(piece.place, piece.place + piece.count * piece.width) for piece in text.pieces]
        first = 0
        for name, count in zip(STORIES, head.counts, strict=True):
            if count and first < len(text):
                part = text.slice(first, first + count)
                if name:
                    yield from self._part((*outer, f"part {name}"), part, said.commenters if name == "comments" else [])
                else:
                    yield from self._body(outer, part, text, head)
            first += count
        if len(text) < sum(head.counts) or any(end > len(self._stream) for _, end in self._used):
            yield Unread(outer, GapReason.UNREADABLE, "Word file cut off")

    def _body(self, outer: tuple[str, ...], part: str, text: Text, head: Header) -> Iterator[Record]:
        flow = Flow()
        if "\x07" in part and head.wide:
            layout = Layout(head, self._stream, self._table, self._data)
            flow = Flow(lambda character: layout.of(text.place(character)))
        flow.read(part)
        for number, rows in enumerate(flow.tables, start=1):
            yield from row_records((*outer, f"table {number}"), rows)
        if flow.text:
            yield Record(outer, "part" if outer else "file", [(Role.BODY, flow.text)])

    def _part(self, steps: tuple[str, ...], part: str, persons: list[str]) -> Iterator[Record]:
        flow = Flow()
        flow.read(part)
        if flow.text or persons:
            yield Record(steps, "part", [(Role.BODY, flow.text)] if flow.text else [], authors(persons))

    def glossary(self) -> Iterator[Record | Unread]:
        """AutoText of a template: a document of its own in the same streams."""
        place = self._head.glossary
        if not place:
            return
        try:
            head = header(self._stream, place)
        except ReadError:
            return  # a place that other programs leave filled with something else; its text counts as not used
        yield from self.stories(("part autotext",), head)

    def images(self) -> Iterator[Found]:
        """Pictures, and what shapes and form fields say."""
        number = 1
        for data in (self._data, self._stream, self._table if self._head.wide else b""):
            for span, nested in pictures(data, number, self._limits):
                number += 1
                if data is self._stream:
                    self._used.append(span)
                yield nested
        texts = dict.fromkeys([*form_fields(self._data), *words(self._data), *words(self._table), *links(self._data)])
        shapes = "\n".join(text for text in texts if text.strip())
        if shapes:
            yield Record(("part shapes",), "part", [(Role.BODY, shapes)])

    def earlier(self) -> Iterator[Record]:
        """Text that no piece shows any more: what fast saves left behind, and all where the pieces are broken."""
        left = [self._old_table]
        place = _HEADER
        for start, end in sorted(self._used):
            if start > place:
                left.append(self._stream[place:start])
            place = max(place, end)
        left.append(self._stream[place:])
        texts = runs(b"\0\0\xff".join(left), self._codec or "cp1252")
        if texts:
            yield Record(EARLIER, "part", [(Role.BODY, texts)])


def _data_store(ole: olefile.OleFileIO, limits: Limits) -> Iterator[Found]:
    """Custom XML, which content controls show values of ([MS-DOC] 2.1.10)."""
    paths = [path for path in ole.listdir() if path[0].lower() == _STORE and path[-1] == "Item"]
    for number, path in enumerate(paths, start=1):
        steps = (f"part item{number}.xml",)
        try:
            yield Nested(steps, Blob(stream(ole, path, limits.blob), f"item{number}.xml"), "part")
        except ReadError as fault:
            yield Unread(steps, fault.reason, fault.detail)


def _properties(ole: olefile.OleFileIO, said: Beside) -> Iterator[Found]:
    """The properties, with the persons and texts of the file's own tables."""
    own = Record(PROPERTIES, "part")
    for found in ole_properties.read(ole):
        if isinstance(found, Record):
            own = found
        else:
            yield found
    own.entities = list({entity.facts[0]: entity for entity in (*authors(said.persons), *own.entities)}.values())
    known = {line for _, text in own.texts for line in text.split("\n")}
    more = [text for text in dict.fromkeys(said.texts) if text and text not in known]
    if more:
        own.texts.append((Role.BODY, "\n".join(more)))
    if own.texts or own.entities:
        yield own


FORMAT = Format(
    "doc",
    1,
    "olefile and an own reader",
    _extract,
    records="the text, `table N` and `row N`, `part headers` (footnotes, comments, endnotes, text boxes, shapes, "
    "autotext, macros, earlier versions, other streams), `part image N.png`, `attachment N: NAME`, `part item1.xml`, "
    "`part properties`",
    entities="rows of tables with a header; authors of the file, of comments and of changes",
    limits="tables of Word 6 and 95 are text without rows",
)
