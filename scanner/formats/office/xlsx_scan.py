"""A quick look over a sheet's XML before calamine reads it: how far it spans, and what calamine does not give."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import BinaryIO

from connectors.base import GapReason
from scanner.formats.office.ooxml import plain
from scanner.formats.office.package import Package
from scanner.formats.xml_safe import local
from scanner.records import ReadError

_CHUNK = 1 << 20
_LONGEST = 1 << 16  # a tag or formula that a cut between two chunks may split
_DOCTYPES = (b"<!DOCTYPE", "<!DOCTYPE".encode("utf-16-le"), "<!DOCTYPE".encode("utf-16-be"))
_CELL = re.compile(
    rb"""<(?:\w+:)?c\s(?>[^<>]*?\br\s*+=\s*+["']([A-Z]{1,3})(\d{1,7})["'])[^<>]*+(?<!/)>(?!\s*<(?:/|(?:\w+:)?v\s*/>|(?:\w+:)?v></))"""
)
_SHARED = re.compile(rb"""t=["']s["'][^<>]*>\s*<(?:\w+:)?v>(\d+)<""")
_FAR = re.compile(rb"""[A-Z](?:[A-Z]{1,2}\d{1,7}|\d{6,7})["']""")
_NEAR_ROWS, _NEAR_COLUMNS = 99_999, 26
_STYLED = re.compile(rb"""<(?:\w+:)?c\s([^<>]*)>\s*<(?:\w+:)?v>(\d{1,16})(?:\.0+)?</""")
_FORMULA = re.compile(rb"""<(?:\w+:)?f(?:\s[^<>]*)?>([^<"@&H]*["@&H][^<]*)<""")
_LITERAL = re.compile(r'"((?:[^"]|"")*)"')
_END = re.compile(rb"</(?:\w+:)?sheetData\s*>|<(?:\w+:)?sheetData\s*/>")
_HEADERS = re.compile(rb"<(?:\w+:)?(?:odd|even|first)(?:Header|Footer)[^<>]*>([^<]+)<")
_WORDS = re.compile(rb">(\s*+[^<>\s][^<>]*+)</(?!(?:\w+:)?(?:odd|even|first)(?:Header|Footer))")
_RULES = re.compile(
    rb"""\s(?:prompt|promptTitle|error|errorTitle|display|tooltip|location|val|comment|name|text|altText|title|descr"""
    rb"""|destinationFile)\s*=\s*(?:"([^"<>]+)"|'([^'<>]+)')"""
)
_USERS = re.compile(rb"""\suser\s*=\s*["']([^"'<>]+)["']""")
_REFERENCE = re.compile(r"(?:'?[\w ]+'?!)?(?:\$?[A-Z]{1,3}\$?\d+[: ]?)+|[\d.,-]{1,5}|\{[\w-]+\}|\s*")
_CODES = re.compile(r"&[LCR]|&\"[^\"]*\"|&\d+|&[A-Z]")
_WORDED = re.compile(r'(?:"[^"]*"|\\.)+')  # in number formats: quoted, or letter by letter
_TOLD = re.compile(r"[^\W\d_]{3}|[^\W\d_] [^\W\d_]|@")
_SHAPE = re.compile(r"^(?=(?:[^0]*0){4})[0#\- ()/+]+$")


@dataclass(slots=True)
class SheetScan:
    """What the look found. `masked` holds what number formats show, by (row, column) from 0.

    `used` are the numbers of the shared strings that cells point at.
    `rules` are the words of lists, prompts, filters, conditions and links; `users` those who made scenarios.
    """

    rows: int = 0
    columns: int = 0
    headers: list[str] = field(default_factory=list)
    formulas: dict[str, None] = field(default_factory=dict)
    rules: dict[str, None] = field(default_factory=dict)
    users: dict[str, None] = field(default_factory=dict)
    masked: dict[tuple[int, int], str] = field(default_factory=dict)
    used: set[bytes] = field(default_factory=set)


class Masks:
    """Number formats that are shapes of digits, as `000000-0000` for a personnummer: they bring leading zeros back."""

    def __init__(self, by_style: dict[bytes, str], words: dict[str, None] | None = None) -> None:
        self.by_style = by_style
        self.words = words or {}  # that formats put beside the numbers: `"Åsa Öberg" 0`

    @classmethod
    def of(cls, codes: Mapping[bytes, str]) -> Masks:
        """From format codes by style."""
        shapes = {style: _shape(code) for style, code in codes.items() if code}
        return cls({style: shape for style, shape in shapes.items() if shape})

    @classmethod
    def read(cls, package: Package) -> Masks:
        """From xl/styles.xml. Raises ReadError where that cannot be read."""
        shapes: dict[str, str] = {}
        styles: dict[bytes, str] = {}
        words: dict[str, None] = {}
        for element in package.elements("xl/styles.xml", "numFmt", "cellXfs"):
            if local(element) == "numFmt":
                code = element.get("formatCode", "")
                words.update(dict.fromkeys(one for one in map(_bare, _WORDED.findall(code)) if _TOLD.search(one)))
                shape = _shape(code)
                if shape:
                    shapes[element.get("numFmtId", "")] = shape
            elif shapes:
                for number, style in enumerate(element.iterchildren("{*}xf")):
                    shape = shapes.get(style.get("numFmtId", ""))
                    if shape:
                        styles[str(number).encode()] = shape
        return cls(styles, words)

    def shown(self, style: bytes, digits: str) -> str | None:
        """The digits in the style's shape, or nothing where it has none."""
        shape = self.by_style.get(style)
        return _filled(shape, digits) if shape else None


def is_reference(text: str) -> bool:
    """Whether a formula only points at cells, or is a small number."""
    return _REFERENCE.fullmatch(text) is not None


def scan_sheet(stream: BinaryIO, masks: Masks) -> SheetScan:
    """Look over one sheet, unpacking all of it once. Raises ReadError on a document type and on damaged bytes."""
    scan = SheetScan()
    first = True
    after: list[bytes] = []  # what follows the cells
    for chunk in _chunks(stream):
        if first:
            _refuse(chunk)
            first = False
        if after:
            after.append(chunk)
            continue
        _span(chunk, scan)
        scan.used.update(_SHARED.findall(chunk))
        if b"</f" in chunk or b":f" in chunk:
            _formulas(chunk, scan)
        if masks.by_style:
            _mask(chunk, masks, scan)
        near = chunk.find(b"sheetData")
        end = _END.search(chunk, max(near - 64, 0)) if near >= 0 else None
        if end is not None:
            after.append(chunk[end.end() :] or b" ")
    if after:
        _after(b"".join(after), scan)
    return scan


def _formulas(chunk: bytes, scan: SheetScan) -> None:
    """Formulas that make links, and the words that stand in others; each once, as they are filled down columns."""
    for markup in dict.fromkeys(_FORMULA.findall(chunk)):
        if b"@" in markup or b"HYPERLINK" in markup:
            scan.formulas[plain(markup)] = None
        elif b'"' in markup or b"&quot;" in markup:
            scan.formulas.update(dict.fromkeys(one for one in _LITERAL.findall(plain(markup)) if len(one) > 2))


def _after(markup: bytes, scan: SheetScan) -> None:
    for match in _HEADERS.finditer(markup):
        scan.headers.append(_CODES.sub("\n", plain(match[1])).strip())
    rules = [plain(one) for one in _WORDS.findall(markup)]
    rules.extend(plain(one or other) for one, other in _RULES.findall(markup))
    scan.rules.update(dict.fromkeys(rule for rule in rules if not is_reference(rule)))
    scan.users.update(dict.fromkeys(plain(one) for one in _USERS.findall(markup)))


def refuse_doctype(stream: BinaryIO) -> None:
    """Unpack a part to its end. Raises ReadError on a document type and on damaged bytes."""
    for _ in _refusing(stream):
        pass


def count_strings(stream: BinaryIO) -> tuple[int, bool]:
    """How many shared strings there are at most, and whether one says how it is said. Raises as `refuse_doctype`."""
    count, phonetic, before = 0, False, b""
    for chunk in _refusing(stream):
        data = before + chunk
        count += sum(map(data.count, (b"/si>", b":si>", b"si/>")))
        phonetic = phonetic or b"rPh" in data
        before = data[-3:]
    return count, phonetic


def _refusing(stream: BinaryIO) -> Iterator[bytes]:
    first = True
    while chunk := stream.read(_CHUNK):
        if first:
            _refuse(chunk)
        first = False
        yield chunk


def _refuse(chunk: bytes) -> None:
    if (b"DOCTYPE" in chunk or b"D\0O\0C\0T" in chunk) and any(word in chunk for word in _DOCTYPES):
        raise ReadError(GapReason.UNREADABLE, "XML entities")


def _chunks(stream: BinaryIO) -> Iterator[bytes]:
    """Pieces that end before a cell, so that no cell is cut in two."""
    rest = b""
    while data := stream.read(_CHUNK):
        data = rest + data
        cut = max(data.rfind(b"<c "), data.rfind(b":c "), 0)
        near = cut > 1 and len(data) - cut <= _LONGEST
        cut = data.rfind(b"<", 0, cut + 1) if near else len(data)
        yield data[:cut]
        rest = data[cut:]
    if rest:
        yield rest


def _span(chunk: bytes, scan: SheetScan) -> None:
    """How far the cells reach; nothing where no cell lies beyond Z99999, which is within any limit."""
    if _FAR.search(chunk) is None:
        scan.rows, scan.columns = max(scan.rows, _NEAR_ROWS), max(scan.columns, _NEAR_COLUMNS)
        return
    found = _CELL.findall(chunk)
    if found:
        scan.rows = max(scan.rows, *(int(row) for _, row in found))
        scan.columns = max(scan.columns, *(_column(letters) for letters in {letters for letters, _ in found}))


_ATTRIBUTES = re.compile(rb"""\b([a-z])\s*=\s*["']([^"']*)["']""")
_PLACE = re.compile(rb"([A-Z]{1,3})(\d{1,7})")


def _mask(chunk: bytes, masks: Masks, scan: SheetScan) -> None:
    for match in _STYLED.finditer(chunk):
        attributes = dict(_ATTRIBUTES.findall(match[1]))
        place = _PLACE.fullmatch(attributes.get(b"r", b""))
        shown = masks.shown(attributes.get(b"s", b""), match[2].decode())
        if place and shown is not None and attributes.get(b"t", b"n") == b"n":
            scan.masked[int(place[2]) - 1, _column(place[1]) - 1] = shown


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def _shape(code: str) -> str | None:
    """A format code as a plain shape, or nothing where it is a number, a date or an amount."""
    code = code.partition(";")[0]
    code = re.sub(r"\[[^\]]*\]|_.|\*.", "", code).replace("\\", "").replace('"', "")
    return code if _SHAPE.match(code) else None


def _bare(words: str) -> str:
    return words.replace('"', "").replace("\\", "")


def _filled(shape: str, digits: str) -> str:
    """Digits into the shape from the right; what is left over goes in front."""
    left = list(digits)
    out: list[str] = []
    for place in reversed(shape):
        if place == "0":
            out.append(left.pop() if left else "0")
        elif place == "#":
            if left:
                out.append(left.pop())
        else:
            out.append(place)
    return "".join(left) + "".join(reversed(out)).strip()
