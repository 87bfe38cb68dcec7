"""What a phone's holder handed over: which exports of its contacts are there, and which one tells what is on it now.

An export is known by its bytes and by three dates: the file's time, the date in its name, and the REV of its cards (RFC
6350, 6.7.4). Each can lie, so that one counts as newer than another only where none of them speaks against it, and
where it holds three quarters of the other's contacts: a selection, or another phone's export, replaces nothing. What no
export replaces may be what is on the phone.
"""

from __future__ import annotations

import csv
import hashlib
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta

ENDINGS = (".vcf", ".vcard", ".csv")
LARGEST = 256 << 20  # bytes; what is larger counts as not whole

_LINE = re.compile(rb"^(?:[A-Za-z0-9-]+\.)?(BEGIN|END|FN|REV)(?:;[^:\n]*)?:([^\n]*)", re.M | re.I)
_DAY = re.compile(r"(?<![0-9])(20[0-9]{2})[-_. ]?(0[1-9]|1[0-2])[-_. ]?(0[1-9]|[12][0-9]|3[01])(?:[0-9]{6})?(?![0-9])")
_DIGITS = re.compile(r"[0-9]+")
_DATED = 8  # digits of a REV that say a day
_SAMPLE = 64  # contacts by which a later export of the same phone is known
_COMPARED = 16  # exports that another is compared with, the newest first
_ONE_DAY = timedelta(days=1)
_NEVER = datetime.fromtimestamp(0, UTC)


@dataclass(frozen=True, slots=True)
class Export:
    """One export. `first` and `last` are the earliest and latest time at which it can have been made (UTC).

    `contacts` are short hashes of the contacts' names, or of a table's rows; `revised` the REV of each that has one.
    Not `whole` is what is empty, cut off or could not be read.
    """

    path: str
    version: str
    first: datetime
    last: datetime
    day: date | None = None
    whole: bool = False
    contacts: frozenset[int] = frozenset()
    count: int = 0
    revised: Mapping[int, str] = field(default_factory=dict)


def is_export(path: str) -> bool:
    """True for the name of an export. Hidden files are none: among them are gallra's own staged copies."""
    name = path.rpartition("/")[2]
    return not name.startswith((".", "~$")) and name.lower().endswith(ENDINGS)


def export_of(path: str, version: str, written: float, content: bytes | None, now: datetime) -> Export:
    """What an export is, from its name, its file's time (seconds since 1970) and its bytes; None: unreadable."""
    moment = datetime.fromtimestamp(written, UTC)
    day = _day_of(path)
    first, last = _span(moment, day, now)
    if content is None or len(content) > LARGEST:
        return Export(path, version, first, last, day)
    text = _utf8(content)
    read = _rows if path.lower().endswith(".csv") else _cards
    contacts, count, revised = read(text)
    return Export(path, version, first, last, day, count > 0, frozenset(contacts), count, revised)


def current(exports: Iterable[Export]) -> list[Export]:
    """Those that no other replaces, newest first: what is in them may be on the phone."""
    found: list[Export] = []
    for one in sorted(exports, key=lambda export: (export.first, export.path), reverse=True):
        if not any(replaces(newer, one) for newer in found[:_COMPARED]):
            found.append(one)
    return found


def replaces(newer: Export, older: Export) -> bool:
    """True where `newer` is surely a later export of the same phone, so that `older` tells nothing any more."""
    if not newer.whole or not older.whole or newer.first <= older.last:
        return False
    if newer.day is not None and older.day is not None and newer.day < older.day:
        return False
    if not holds_most(newer, older.contacts):
        return False
    return not any(_is_later(older.revised[one], newer.revised.get(one, "")) for one in older.revised)


def holds_most(export: Export, contacts: Iterable[int]) -> bool:
    """True where no more than a quarter of the contacts are missing, or one; also where there are none to compare."""
    known = frozenset(contacts)
    missing = len(known - export.contacts)
    return missing <= max(1, len(known) // 4) and missing * 2 <= len(known)


def mark_of(exports: Sequence[Export]) -> str:
    """What to remember of what lies there now: its latest date, and a sample of its contacts. It names nobody."""
    if not exports:
        return ""
    latest = max(one.last for one in exports)
    largest = max(exports, key=lambda one: len(one.contacts))
    return " ".join((latest.isoformat(), *(f"{one:08x}" for one in sorted(largest.contacts)[:_SAMPLE])))


def read_mark(mark: str) -> tuple[datetime | None, frozenset[int]]:
    """The date and the sample of a mark."""
    date_, *sample = mark.split()
    return datetime.fromisoformat(date_), frozenset(int(one, 16) for one in sample)


def _span(moment: datetime, day: date | None, now: datetime) -> tuple[datetime, datetime]:
    """From when to when it can have been made. A file of tomorrow has a wrong clock: it is newer than nothing."""
    earliest = _NEVER if moment > now + _ONE_DAY else moment
    if day is None or abs(moment.date() - day) <= _ONE_DAY:
        return earliest, moment
    begin = datetime.combine(day, time(), UTC)
    return min(earliest, begin), max(moment, begin + 2 * _ONE_DAY)


def _day_of(path: str) -> date | None:
    match = _DAY.search(path.rpartition("/")[2])
    if match is None:
        return None
    try:
        return date(*map(int, match.groups()))
    except ValueError:  # the 31st of February
        return None


def _utf8(content: bytes) -> bytes:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        content = content.decode("utf-16", "replace").encode("utf-8")
    return content.removeprefix(b"\xef\xbb\xbf").replace(b"\r\n", b"\n").replace(b"\r", b"\n")


_Read = tuple[set[int], int, dict[int, str]]


def _cards(text: bytes) -> _Read:
    """Names, number of cards and their REV; no card where one is not closed."""
    contacts: set[int] = set()
    revised: dict[int, str] = {}
    begun = ended = 0
    name, revision = 0, ""
    for match in _LINE.finditer(text):
        kind, value = match[1].upper(), match[2].strip()
        if kind == b"BEGIN" and value.upper() == b"VCARD":
            begun, name, revision = begun + 1, 0, ""
        elif kind == b"FN":
            name = name or _hash(value)
        elif kind == b"REV":
            revision = "".join(_DIGITS.findall(value.decode("ascii", "replace")))
        elif kind == b"END" and value.upper() == b"VCARD":
            ended += 1
            if name:
                contacts.add(name)
                revised[name] = max(revised.get(name, ""), revision)
    if begun != ended:
        return set(), 0, {}
    return contacts, begun, {one: told for one, told in revised.items() if len(told) >= _DATED}


def _rows(text: bytes) -> _Read:
    """The rows under the first one."""
    try:
        rows = [row for row in csv.reader(io.StringIO(text.decode("latin-1"))) if any(row)]
    except csv.Error:
        return set(), 0, {}
    told = [_hash("\x1f".join(row).encode("latin-1")) for row in rows[1:]]
    return set(told), len(told), {}


def _hash(value: bytes) -> int:
    return int.from_bytes(hashlib.blake2b(value.strip().lower(), digest_size=4).digest(), "big")


def _is_later(one: str, other: str) -> bool:
    """True where one REV says a later time than another, as far as both say it."""
    digits = min(len(one), len(other), 14)
    return digits >= _DATED and one[:digits] > other[:digits]
