"""What an old workbook holds beside its cells, by sheet and part: notes, shapes, links, headers, names, rules."""

from __future__ import annotations

import re
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from scanner.formats.legacy import xls_links
from scanner.formats.legacy.xls_biff import BOFS, EOF, Biff, Strings, shared, wide
from scanner.formats.legacy.xls_cells import KINDS, Cells, packed_number, shown
from scanner.formats.office.ooxml import author_fact
from scanner.formats.office.xlsx_scan import Masks
from scanner.formats.ole.office_art import words
from scanner.formats.ole.ole_runs import runs
from scanner.records import Entity, Record, Role

FORMULAS = frozenset({0x06, 0x206, 0x406})
_SHARED = 0xFD  # LABELSST: a cell that points at a shared string
_NUMBERS = frozenset({0x203, 0x27E, 0xBD, *FORMULAS})
# Records of lists, formats and looks, in which no text of a person can stand.
DULL = frozenset(
    {
        0x0C, 0x0D, 0x0E, 0x0F, 0x10, 0x11, 0x12, 0x19, 0x1A, 0x1B, 0x1D, 0x22, 0x26, 0x27, 0x28, 0x29, 0x2A,
        0x2B, 0x31, 0x3D, 0x40, 0x41, 0x55, 0x7D, 0x80, 0x81, 0x82, 0x83, 0x84, 0x86, 0x8C, 0x8D, 0x92, 0x9C,
        0xA1, 0xC1, 0xE1, 0xE2, 0xE5, 0xFF, 0x13D, 0x161, 0x1B7, 0x1C0, 0x1C1, 0x225, 0x23E, 0x293, 0x863,
        0x87C, 0x87D, 0x892, 0x896, 0x8A3, 0x88B, 0x88C, 0x88D, 0x88E, 0x88F, 0x890, 0x89B, 0x850, 0x851, 0x852,
        0x853, 0x854, 0x855,
    }
)  # fmt: skip
_CODES = re.compile(r"&[LCRPNDTAFGBIUESXYOHZK]|&\"[^\"]*\"|&\d+")


@dataclass(slots=True)
class Sheet:
    """What was found beside one sheet's cells; the workbook itself is the one without a name."""

    name: str = ""
    texts: dict[str, dict[str, None]] = field(default_factory=dict)  # by part, in order
    authors: dict[str, dict[str, None]] = field(default_factory=dict)
    masked: dict[tuple[int, int], str] = field(default_factory=dict)
    notes: list[list[str]] = field(default_factory=list)  # comments before Excel 97, each in pieces
    cells: Cells | None = None

    def records(self) -> Iterator[Record]:
        """One record a part."""
        steps = (f"sheet {self.name}",) if self.name else ()
        for text in filter(None, ("".join(note).replace("\r", "\n").strip("\0 \n") for note in self.notes)):
            self.texts.setdefault("comments", {})[text] = None
        for part in dict.fromkeys((*self.texts, *self.authors)):
            body = "\n".join(self.texts.get(part, ()))
            persons = [Entity(Role.AUTHOR, [author_fact(name)]) for name in self.authors.get(part, ())]
            yield Record((*steps, f"part {part}"), "part", [(Role.BODY, body)] if body else [], persons)


@dataclass(slots=True)
class Beside:
    """Takes the records of a workbook in; `sheets` has what they said. Cells go by, but for what calamine leaves out.

    `places` are the sheets' names by where they begin. Records that are too short for what they are raise struct.error
    or IndexError, and nothing else.
    """

    version: int
    strings: Strings
    cells: bool = False  # whether the cells too are taken
    sheets: dict[str, Sheet] = field(default_factory=lambda: {"": Sheet()})
    places: dict[int, str] = field(default_factory=dict)
    kinds: dict[int, int] = field(default_factory=dict)  # of the sheets: 0 worksheet, 1 macros, 2 chart, 6 Basic
    drawings: bytearray = field(default_factory=bytearray)  # the pictures of the whole book
    backgrounds: list[bytes] = field(default_factory=list)
    shared: list[str] = field(default_factory=list)
    skip: set[int] = field(default_factory=set)  # kinds of records that need not come
    _table_record: Biff | None = None
    _used: set[int] = field(default_factory=set)  # shared strings that a cell points at
    _formats: dict[int, str] = field(default_factory=dict)
    _styles: list[int] = field(default_factory=list)
    _masks: Masks | None = None
    _sheet: Sheet = field(init=False)
    _depth: int = 0
    _begun: int = 0
    _chart: bool = False
    _noted: bool = False

    def __post_init__(self) -> None:
        self.skip |= DULL
        self._sheet = self.sheets[""]

    @property
    def complete(self) -> bool:
        """Whether all sheets began and the last one ended: what follows is not the book's."""
        return not self._depth and self._begun >= len(self.places)

    def add(self, record: Biff) -> None:
        """Note what a record says."""
        kind = record.kind
        if kind in BOFS:
            self._begin(record)
        elif kind == EOF:
            self._depth = max(0, self._depth - 1)
            if self._depth <= 1:
                self._chart = False
        elif kind in KINDS:
            self._cell(record)
        elif kind in _HANDLERS:
            _HANDLERS[kind](self, record)
        elif len(record.parts[0]) > 5:
            self._seen("rest", self._readable(record.data))

    def _begin(self, record: Biff) -> None:
        self._depth += 1
        name = self.places.get(record.place)
        if name is not None or (self._depth == 1 and record.place):
            self._depth = 1
            name = name if name is not None else f"{len(self.sheets)}"
            self._sheet = self.sheets.setdefault(name, Sheet(name))
            self._start_sheet()
        elif self._depth == 1 and self.version < 5:  # one sheet is the whole book
            self._sheet = self.sheets.setdefault("1", Sheet("1"))
            self._start_sheet()
        self._chart = int.from_bytes(record.data[2:4], "little") == 0x20

    def _start_sheet(self) -> None:
        self._begun += 1
        if self._masks is None:
            codes = {str(style).encode(): self._formats.get(number, "") for style, number in enumerate(self._styles)}
            self._masks = Masks.of(codes)
            if not self.cells:
                self.skip |= KINDS - FORMULAS - {0x204, 0xD6, _SHARED} - (_NUMBERS if self._masks.by_style else set())
        if self.cells and self._sheet.cells is None:
            self._sheet.cells = Cells(self.strings, self.version, self.shared)

    def _cell(self, record: Biff) -> None:
        data = record.data
        if record.kind == _SHARED and not self.cells:
            self._used.add(int.from_bytes(data[6:10], "little"))
            return
        if self._chart:
            if record.kind in (0x204, 0xD6):
                self._seen("charts", self.strings.body(data, 8, struct.unpack_from("<H", data, 6)[0])[0])
            return
        if self._sheet.cells is not None:
            self._sheet.cells.add(record)
        if record.kind in FORMULAS and 0x17 in data[20:]:
            for text in self.strings.literals(data[22 if self.version >= 5 else 16 :]):
                self._seen("formulas", text)
        if self._masks is not None and self._masks.by_style and record.kind in _NUMBERS:
            self._mask(record.kind, data)

    def _mask(self, kind: int, data: bytes) -> None:
        """Numbers in a format that is a shape of digits, which brings leading zeros back."""
        row, column = struct.unpack_from("<HH", data)
        if kind == 0xBD:
            for number, place in enumerate(range(4, len(data) - 7, 6)):
                self._shaped(row, column + number, data[place : place + 2], packed_number(data[place + 2 : place + 6]))
        elif kind == 0x27E:
            self._shaped(row, column, data[4:6], packed_number(data[6:10]))
        elif kind == 0x203 or data[12:14] != b"\xff\xff":
            self._shaped(row, column, data[4:6], struct.unpack_from("<d", data, 6)[0])

    def _shaped(self, row: int, column: int, style: bytes, value: float) -> None:
        digits = shown(value)
        if self._masks is not None and digits.isdigit():
            mask = self._masks.shown(str(int.from_bytes(style, "little")).encode(), digits)
            if mask is not None:
                self._sheet.masked[row, column] = mask

    def _seen(self, part: str, *texts: str) -> None:
        for raw in texts:
            text = raw.replace("\r", "\n").strip("\0 \n")
            if text:
                self._sheet.texts.setdefault(part, {})[text] = None

    def _by(self, part: str, name: str) -> None:
        name = name.strip("\0 ")
        if name:
            self._sheet.authors.setdefault(part, {})[name] = None

    def _readable(self, data: bytes) -> str:
        if self.strings.wide:
            return runs(data)
        return "\n".join(self.strings.body(run, 0, len(run))[0] for run in _NARROW.findall(data))

    # The records that hold text, by kind

    def _code_page(self, record: Biff) -> None:
        if not self.strings.wide:
            self.strings.use(int.from_bytes(record.data[:2], "little"))

    def _bound_sheet(self, record: Biff) -> None:
        data = record.data
        if self.version < 5:
            return
        (place,) = struct.unpack_from("<I", data)
        name = self.strings.short(data, 6)[0]
        self.places[place] = name
        self.kinds[place] = data[5]

    def _write_access(self, record: Biff) -> None:
        """Who saved it last, by the name that Excel was installed under (2.4.349)."""
        self._by("author", self.strings.long(record.data, 0)[0].rstrip())

    def _sharing(self, record: Biff) -> None:
        """Who set the password against changes (2.4.118)."""
        if len(record.data) > 6:
            self._by("author", self.strings.long(record.data, 4)[0])

    def _header(self, record: Biff) -> None:
        data = record.data
        if data:
            self._seen("header", _CODES.sub("\n", self.strings.long(data, 0)[0]))

    def _more_headers(self, record: Biff) -> None:
        """Headers of even and first pages (2.4.137)."""
        data = record.data
        place = 38
        for count in struct.unpack_from("<4H", data, 30):
            if count:
                text, place = self.strings.long(data, place)
                self._seen("header", _CODES.sub("\n", text))

    def _note(self, record: Biff) -> None:
        data = record.data
        if self.strings.wide:
            self._by("comments", self.strings.long(data, 8)[0])
            return
        text = self.strings.body(data, 6, len(data) - 6)[0]
        notes = self._sheet.notes
        if data[:2] == b"\xff\xff" and notes:  # the note before it goes on
            notes[-1].append(text)
        else:
            notes.append([text])

    def _text_box(self, record: Biff) -> None:
        """The text of a note or of a shape, in the records behind it (2.4.329)."""
        (count,) = struct.unpack_from("<H", record.parts[0], 10)
        text = ""
        for part in record.parts[1:]:
            if len(text) >= count or not part:
                break
            text += wide(part[1:], part[0])[: count - len(text)]
        self._seen("comments" if self._noted else "shapes", text)

    def _link(self, record: Biff) -> None:
        self._seen("links", *xls_links.link(record.data))

    def _tip(self, record: Biff) -> None:
        self._seen("links", record.data[10:].decode("utf-16-le", "replace"))

    def _validation(self, record: Biff) -> None:
        """Prompts, errors and lists of allowed values (2.4.98)."""
        data, place = record.data, 4
        for _ in range(4):
            text, place = self.strings.long(data, place)
            self._seen("validation", text)
        self._seen("validation", *self.strings.literals(data[place:]))

    def _name(self, record: Biff) -> None:
        """A defined name, what it stands for, and its remark (2.4.150)."""
        data = record.data
        if self.version < 5:
            self._seen("names", self._readable(data))
            return
        count, size = data[3], struct.unpack_from("<H", data, 4)[0]
        text, place = self.strings.body(data, 14, count)
        if text >= " ":  # others are numbers of names that Excel itself gives
            self._seen("names", text)
        self._seen("names", *self.strings.literals(data[place : place + size]))
        self._seen("names", self._readable(data[place + size :]))

    def _series_text(self, record: Biff) -> None:
        self._seen("charts", self.strings.short(record.data, 2)[0])

    def _book(self, record: Biff) -> None:
        """Another book that formulas look into: its path and sheets (2.4.271)."""
        data = record.data
        sheets, count = struct.unpack_from("<HH", data)
        if len(data) <= 4:
            return
        text, place = self.strings.body(data, 4, count)
        self._seen("external", _path(text))
        for _ in range(sheets):
            if place >= len(data):
                break
            text, place = self.strings.long(data, place)
            self._seen("external", text)

    def _external_sheet(self, record: Biff) -> None:
        if not self.strings.wide:
            self._seen("external", _path(self.strings.short(record.data, 0)[0]))

    def _external_name(self, record: Biff) -> None:
        data = record.data
        place = 6 if self.version >= 5 else 0
        text, end = self.strings.short(data, place)
        self._seen("external", text, self._readable(data[end:]))

    def _external_cells(self, record: Biff) -> None:
        """Values of another book, kept for formulas (2.4.75)."""
        data, place = record.data, 4
        while place < len(data):
            kind, place = data[place], place + 1
            if kind == 2:
                text, place = self.strings.long(data, place)
                self._seen("external", text)
                continue
            if kind == 1:
                self._seen("external", shown(struct.unpack_from("<d", data, place)[0]))
            place += 8

    def _rule(self, record: Biff) -> None:
        self._seen("rules", *self.strings.literals(record.data))

    def _format(self, record: Biff) -> None:
        data = record.data
        self._formats[int.from_bytes(data[:2], "little")] = self.strings.long(data, 2)[0]

    def _style(self, record: Biff) -> None:
        if self.version >= 5 and len(self._styles) < 1 << 16:
            self._styles.append(int.from_bytes(record.data[2:4], "little"))

    def _pictures(self, record: Biff) -> None:
        self.drawings += record.data

    def _shapes(self, record: Biff) -> None:
        self._seen("shapes", *words(record.data))

    def _object(self, record: Biff) -> None:
        """A shape; the text behind it is a note's where its type says so (2.5.143). Before 97 the text is in it."""
        data = record.data
        self._noted = self.strings.wide and data[4:6] == b"\x19\0"
        self._seen("shapes", self._readable(data[22:] if self.strings.wide else data))

    def _table(self, record: Biff) -> None:
        """The strings of all cells: wanted where calamine is not, and for what it does not give (`tell_unused`)."""
        if self.cells:
            self.shared.extend(text for text, _ in shared(record))
        else:
            self._table_record = record

    def tell_unused(self) -> None:
        """Note the shared strings that no cell points at any more, and how Japanese ones are said."""
        if self._table_record is None:
            return
        self._sheet = self.sheets[""]
        for number, (text, said) in enumerate(shared(self._table_record)):
            self._seen("phonetics", said)
            if number not in self._used:
                self._seen("unused strings", text)

    def _background(self, record: Biff) -> None:
        self.backgrounds.append(record.data)


_NARROW = re.compile(rb"[\t\n\r\x20-\x7e\x80-\xff]{4,}")
_HANDLERS: dict[int, Callable[[Beside, Biff], None]] = {
    0x14: Beside._header,
    0x15: Beside._header,
    0x17: Beside._external_sheet,
    0x18: Beside._name,
    0x218: Beside._name,
    0x1C: Beside._note,
    0x1E: Beside._format,
    0x23: Beside._external_name,
    0x223: Beside._external_name,
    0x42: Beside._code_page,
    0x5A: Beside._external_cells,
    0x5B: Beside._sharing,
    0x5C: Beside._write_access,
    0x5D: Beside._object,
    0x7F: Beside._background,
    0x85: Beside._bound_sheet,
    0xE0: Beside._style,
    0xE9: Beside._background,
    0xEB: Beside._pictures,
    0xEC: Beside._shapes,
    0xED: Beside._shapes,
    0xFC: Beside._table,
    0x1AE: Beside._book,
    0x1B1: Beside._rule,
    0x1B6: Beside._text_box,
    0x1B8: Beside._link,
    0x1BE: Beside._validation,
    0x41E: Beside._format,
    0x221: Beside._rule,
    0x4BC: Beside._rule,
    0x800: Beside._tip,
    0x866: Beside._pictures,
    0x87A: Beside._rule,
    0x89C: Beside._more_headers,
    0x100D: Beside._series_text,
}


def _path(encoded: str) -> str:
    """A book's path, in which control characters stand for drives and folders (2.5.277)."""
    return "/".join(filter(None, re.split("[\0-\x1f]+", encoded)))
