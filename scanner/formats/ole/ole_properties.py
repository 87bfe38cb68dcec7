"""What an OLE file's property sets ([MS-OLEPS], [MS-OSHARED] 2.3.3) say: its authors, its titles, custom values."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import olefile

from connectors.base import GapReason
from scanner.formats import charset
from scanner.formats.office.ooxml import PROPERTIES, authors
from scanner.records import Entity, Fact, IdType, Record, Role, Unread

_STREAMS = ("\x05SummaryInformation", "\x05DocumentSummaryInformation")
_SUMMARY = bytes.fromhex("e0859ff2f94f6810ab9108002b27b3d9")
_DOCUMENT = bytes.fromhex("02d5cdd59c2e1b10939708002b2cf9ae")
_CUSTOM = bytes.fromhex("05d5cdd59c2e1b10939708002b2cf9ae")
_PERSONS = {_SUMMARY: (4, 8), _DOCUMENT: (14, 15)}  # author, last saved by; manager, company
_DULL = {_SUMMARY: (9, 18), _DOCUMENT: (3,)}  # revision and program; the kind of screen
_CODE_PAGE, _NAMES = 1, 0
_MOST = 10_000  # values of one set


def properties(ole: olefile.OleFileIO) -> Record | None:
    """The record `part properties`: persons with the role author, and all other text. Broken sets raise nothing."""
    return next((one for one in read(ole) if isinstance(one, Record)), None)


def read(ole: olefile.OleFileIO) -> Iterator[Record | Unread]:
    """As `properties`, with a gap for what is there and cannot be read."""
    found = _Found()
    broken = False
    for name in _STREAMS:
        if not ole.exists(name):
            continue
        try:
            _stream(ole.openstream(name).read(), found)
        except Exception:  # olefile raises whatever it meets; what was found before stays
            broken = True
    if found.texts or found.persons or found.whole:
        texts = [(Role.BODY, "\n".join(found.texts))] if found.texts else []
        yield Record(PROPERTIES, "part", texts, [*authors(found.persons), *found.whole])
    if broken or found.broken:
        yield Unread(PROPERTIES, GapReason.UNREADABLE, "document properties")


def system_code_page(ole: olefile.OleFileIO) -> str | None:
    """The codec of the 8-bit text that whoever saved the file had; None where the summary does not say."""
    try:
        data = ole.openstream(_STREAMS[0]).read()
        start = struct.unpack_from("<I", data, 44)[0]
        count = min(struct.unpack_from("<I", data, start + 4)[0], _MOST)
        places = dict(struct.iter_unpack("<II", data[start + 8 : start + 8 + 8 * count]))
        number: int = struct.unpack_from("<H", data, start + places[_CODE_PAGE] + 4)[0]
    except Exception:  # olefile raises whatever it meets
        return None
    return None if number in (1200, 1201, 65000, 65001) else code_page(number)


def code_page(number: int) -> str:
    """Python's codec for a Windows code page; cp1252 for one that nobody knows."""
    number &= 0xFFFF
    return _CODECS.get(number) or charset.codec(f"cp{number}") or "cp1252"


_CODECS = {
    1200: "utf-16-le",
    1201: "utf-16-be",
    10000: "mac_roman",
    10001: "shift_jis",
    10006: "mac_greek",
    10007: "mac_cyrillic",
    10029: "mac_latin2",
    10079: "mac_iceland",
    10081: "mac_turkish",
    20127: "cp1252",
    20866: "koi8_r",
    21866: "koi8_u",
    28591: "cp1252",
    28592: "iso8859_2",
    28595: "iso8859_5",
    28605: "iso8859_15",
    50220: "iso2022_jp",
    51932: "euc_jp",
    51949: "euc_kr",
    54936: "gb18030",
    65000: "utf-7",
    65001: "utf-8",
}


@dataclass(slots=True)
class _Found:
    texts: list[str] = field(default_factory=list)
    persons: list[str] = field(default_factory=list)
    whole: list[Entity] = field(default_factory=list)
    broken: bool = False


def _stream(data: bytes, found: _Found) -> None:
    """All property sets of one stream ([MS-OLEPS] 2.21)."""
    count = min(int.from_bytes(data[24:28], "little"), 4)
    if len(data) < 28 or data[:2] != b"\xfe\xff":
        found.broken = found.broken or bool(data.strip(b"\0"))
        return
    for index in range(count):
        kind, start = struct.unpack_from("<16sI", data, 28 + 20 * index)
        try:
            _set(data, start, kind, found)
        except (struct.error, ValueError):
            found.broken = True


def _set(data: bytes, start: int, kind: bytes, found: _Found) -> None:
    """One property set ([MS-OLEPS] 2.20). Raises struct.error where its list runs out of the bytes."""
    count = struct.unpack_from("<I", data, start + 4)[0]
    if count > _MOST or start + 8 + 8 * count > len(data):
        found.broken = True
        count = min(_MOST, (len(data) - start - 8) // 8)
    places: dict[int, int] = dict(struct.iter_unpack("<II", data[start + 8 : start + 8 + 8 * count]))
    codec = "cp1252"
    if _CODE_PAGE in places:
        codec = code_page(struct.unpack_from("<H", data, start + places.pop(_CODE_PAGE) + 4)[0])
    names: dict[int, str] = {}
    if _NAMES in places:
        names = dict(_Reader(data, start + places.pop(_NAMES), codec).names())
    values: dict[int, str] = {}
    left = 2 * len(data)  # values may lie over each other: no more text than this
    for key, place in places.items():
        if left < 0:
            found.broken = True
            break
        reader = _Reader(data, start + place, codec, numbers=kind == _CUSTOM)
        try:
            values[key] = "\n".join(text for text in reader.typed() if text)
            left -= len(values[key])
        except (struct.error, ValueError):
            found.broken = True
    _sort(kind, names, values, found)


def _sort(kind: bytes, names: dict[int, str], values: dict[int, str], found: _Found) -> None:
    """Persons to the persons, all else to the texts."""
    named = {names[key]: value for key, value in values.items() if key in names and value}
    sender = _sender(named)
    if sender:
        found.whole.append(sender)
    for key, value in values.items():
        name = names.get(key, "")
        if not value or key in _DULL.get(kind, ()) or name in _SENDER or name in ("_PID_GUID", "_AdHocReviewCycleID"):
            continue
        if key in _PERSONS.get(kind, ()):
            found.persons.append(value)
        else:
            found.texts.append(f"{name}: {value}" if name and not name.startswith("_") else value)


# What Outlook notes on a file that somebody mails from Office.
_SENDER = {"_AuthorEmailDisplayName": IdType.NAME, "_AuthorEmail": IdType.EMAIL}


def _sender(named: dict[str, str]) -> Entity | None:
    facts = [Fact(type_, named[name]) for name, type_ in _SENDER.items() if name in named]
    return Entity(Role.AUTHOR, facts) if facts else None


class _Reader:
    """Values from a place on. Raises struct.error at the end of the bytes."""

    def __init__(self, data: bytes, place: int, codec: str, *, numbers: bool = False) -> None:
        self._data = data
        self._place = place
        self._codec = codec
        self._numbers = numbers
        self._left = _MOST

    def names(self) -> Iterator[tuple[int, str]]:
        """The dictionary: what the custom properties are called ([MS-OLEPS] 2.17)."""
        for _ in range(min(self._number(), _MOST)):
            key, length = self._number(), self._number()
            if self._codec == "utf-16-le":
                yield key, self._wide(length)
            else:
                yield key, self._narrow(length)

    def typed(self) -> Iterator[str]:
        """A type and its value or values, those that are text ([MS-OLEPS] 2.15)."""
        yield from self._values(self._number() & 0xFFFF)

    def _values(self, kind: int) -> Iterator[str]:
        if not kind & 0x1000:
            yield self._value(kind)
            return
        for _ in range(min(self._number(), _MOST)):
            self._left -= 1
            if self._left < 0:
                raise ValueError("too many values")
            part = kind & 0xFFF
            if part == 12:  # a variant: each has its own type, which may be no vector again
                part = self._number() & 0xFFF
            yield self._value(part)
            if self._padded(kind, part):
                self._place += -self._place % 4

    def _padded(self, kind: int, part: int) -> bool:
        """Strings fill up to four bytes; Office leaves that out in vectors of narrow ones in its own sets."""
        return part == 31 or (part in (8, 30) and kind & 0xFFF == 12 and self._numbers)

    def _value(self, kind: int) -> str:
        if kind in (8, 30):
            length = self._number()
            if self._codec.startswith("utf-16"):
                return self._raw(length).decode(self._codec, "replace").partition("\0")[0].strip()
            return self._narrow(length)
        if kind == 31:
            return self._wide(self._number())
        if kind in (65, 70):
            return self._links()
        return self._plain(kind)

    def _plain(self, kind: int) -> str:
        """Numbers and dates: said only in custom properties, where they may be somebody's."""
        form = _FORMS.get(kind)
        if form is None:
            return ""
        (value,) = struct.unpack_from("<" + form, self._data, self._place)
        self._place += max(4, struct.calcsize(form))
        if not self._numbers or kind == 11:
            return ""
        if kind == 64:
            return _date(value)
        return f"{value:.10g}" if isinstance(value, float) else str(value)

    def _links(self) -> str:
        """A blob: the addresses the file links to ([MS-OSHARED] 2.3.3.1.21), or something that is no text."""
        data = self._raw(self._number())
        reader = _Reader(b"\x0c\x10\0\0" + data, 0, self._codec)
        try:
            return "\n".join(text for text in reader.typed() if text)
        except (struct.error, ValueError):
            return ""

    def _number(self) -> int:
        value: int = struct.unpack_from("<I", self._data, self._place)[0]
        self._place += 4
        return value

    def _raw(self, length: int) -> bytes:
        end = self._place + length
        if end > len(self._data):
            raise ValueError("a value longer than its stream")
        data = self._data[self._place : end]
        self._place = end
        return data

    def _wide(self, characters: int) -> str:
        text = self._raw(2 * characters).decode("utf-16-le", "replace")
        self._place += -self._place % 4 if self._codec == "utf-16-le" else 0
        return text.partition("\0")[0].strip()

    def _narrow(self, length: int) -> str:
        return charset.decode(self._raw(length).partition(b"\0")[0], self._codec).strip()


_FORMS = {2: "h", 3: "i", 4: "f", 5: "d", 11: "h", 18: "H", 19: "I", 20: "q", 21: "Q", 22: "i", 23: "I", 64: "Q"}


def _date(ticks: int) -> str:
    """A FILETIME as a day; none for what is out of range."""
    try:
        return (datetime(1601, 1, 1) + timedelta(microseconds=ticks // 10)).date().isoformat()
    except OverflowError:
        return ""
