"""Which columns of a table seem to hold what about a person: by what they are called, and by what stands in them.

Pure. What is proposed is for an admin to read: it says how much of a sample speaks for it, and holds no value of it.
Two columns of the same sort that nothing tells apart are not tied to one person; the second is told as unsure.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from connectors.registers.columns import KINDS
from connectors.registers.describe import TableShape
from scanner.detect.base import DetectSettings
from scanner.detect.customers import CustomerNumbers
from scanner.detect.emails import find_emails
from scanner.detect.name_words import is_given_name
from scanner.detect.parse import normalise
from scanner.formats.header_labels import BEARERS, Label, label_of, tokens
from scanner.formats.header_words import Part
from scanner.records import IdType

_KINDS = {
    Part.FULL: "name",
    Part.GIVEN: "first_name",
    Part.FAMILY: "last_name",
    Part.EMAIL: "email",
    Part.PHONE: "phone",
    Part.NATIONAL_ID: "national_id",
    Part.ORGANISATION_NUMBER: "organisation_number",
    Part.CUSTOMER_NUMBER: "customer_number",
    Part.IBAN: "iban",
    Part.BIRTH: "birth_date",
    Part.FORMATTED: "address",
    Part.STREET: "address",
    Part.POSTCODE: "postcode",
    Part.CITY: "city",
}
_WORDS = {
    "name": "names of persons",
    "first_name": "given names",
    "email": "e-mail addresses",
    "phone": "phone numbers",
    "national_id": "personal numbers",
    "organisation_number": "organisation numbers",
    "customer_number": "customer numbers by [detect]",
    "iban": "IBANs",
    "birth_date": "dates",
    "postcode": "postcodes",
}
"""What can be told from values, and how it is called."""

_MOST, _HALF, _HARDLY = 0.9, 0.6, 0.2  # shares of the values that are not empty
_FEWEST = 3  # values that are enough to say something
_LONG = 4  # words that a value of free text has at least
_SHORT_NUMBER = 4  # digits: a shorter number stands for many things elsewhere
_POSTCODE = re.compile(r"\s*(?:SE?-?)?\d{3} ?\d{2}\s*\Z", re.ASCII | re.IGNORECASE)
_LETTERS = re.compile(r"[^\W\d_]+(?:[-'’.][^\W\d_]*)*")


@dataclass(frozen=True, slots=True)
class Proposed:
    """One column: what it is proposed for, of whom ("" the row's own person), and why. `kind` "text": free text."""

    column: str
    kind: str
    who: str
    sure: bool
    because: str


@dataclass(frozen=True, slots=True)
class TableProposal:
    """All that is proposed of one table; `columns` in the table's order, without those that say nothing."""

    table: TableShape
    columns: tuple[Proposed, ...] = ()

    @property
    def is_about_persons(self) -> bool:
        """Whether any column is proposed for good."""
        return any(one.sure for one in self.columns)

    def persons(self) -> Iterator[tuple[str, list[Proposed]]]:
        """The columns of each person, the row's own first; free text is nobody's."""
        known = dict.fromkeys(one.who for one in self.columns if one.kind != "text")
        for who in sorted(known, key=lambda one: one != ""):
            yield who, [one for one in self.columns if one.who == who and one.kind != "text"]

    @property
    def texts(self) -> list[Proposed]:
        """The columns of free text."""
        return [one for one in self.columns if one.kind == "text"]


def propose(table: TableShape, settings: DetectSettings, today: date | None = None) -> TableProposal:
    """Look at one table."""
    look = _Look(settings, today or date.today())
    labels = [label_of(tokens(column.name)) for column in table.columns]
    refers = {name for key in table.foreign_keys for name in key.columns}
    second = _second_persons(labels)
    found: list[Proposed] = []
    firm = False
    taken: Counter[tuple[str, str]] = Counter()
    for index, column in enumerate(table.columns):
        values = [row[index] for row in table.sample if index < len(row)]
        seen = look.at([value.strip() for value in values if value and value.strip()])
        kind, sure, because = _judged(labels[index], seen, is_key=column.name in refers)
        if kind is None:
            continue
        who = _who(labels[index], second)
        if sure and labels[index] is None and kind != "text" and taken[kind, who]:
            sure, because = False, f"{because}, but its name does not say whose"
        taken[kind, who] += sure
        found.append(Proposed(column.name, kind, who, sure, because))
        firm = firm or (sure and (kind in _TELLING or seen.share(kind) >= _HARDLY))
    return TableProposal(table, tuple(found if firm else map(_doubted, found)))


_TELLING = frozenset(
    {"email", "phone", "national_id", "first_name", "last_name", "birth_date", "customer_number", "text"}
)
"""Columns that products and places do not have; those have names, and towns."""


def _doubted(one: Proposed) -> Proposed:
    return replace(one, sure=False, because=f"{one.because}; nothing else here is about persons") if one.sure else one


def _second_persons(labels: Iterable[Label | None]) -> set[str]:
    """The numbers of persons beside the first: `Namn 2`."""
    named = {label.number for label in labels if label and not label.who and label.part in BEARERS}
    return {number for number in named if number not in ("", "1")}


def _who(label: Label | None, second: set[str]) -> str:
    if label is None:
        return ""
    number = label.number if label.number in second or (label.who and label.kind != "soft") else ""
    who = "" if label.kind == "soft" else label.who
    return f"{who} {number}".strip()


# Values


@dataclass(slots=True)
class _Seen:
    """What a sample of one column holds: how many values there are, how many are of each kind, and free text."""

    count: int = 0
    kinds: Counter[str] = field(default_factory=Counter)
    worded: int = 0  # values of several words
    holding: int = 0  # values that hold an address or a number of a person somewhere
    lettered: int = 0
    longest: int = 0

    def share(self, kind: str) -> float:
        return self.kinds[kind] / self.count if self.count else 0.0

    def best(self) -> str | None:
        """The kind that most of the values are of."""
        if self.count < _FEWEST:
            return None
        for kind in _TOLD_BY_VALUES:
            if self.share(kind) >= (_HALF if kind in _PLAIN else _MOST):
                return kind
        return None

    def said(self, kind: str) -> str:
        """`98 of 100 values are e-mail addresses`."""
        return f"{self.kinds[kind]} of {self.count} values are {_WORDS[kind]}"


_PLAIN = frozenset({"email", "name", "customer_number"})  # that nothing else looks like
_TOLD_BY_VALUES = ("email", "iban", "national_id", "organisation_number", "customer_number", "phone", "name")


class _Look:
    """Tells of each value what it may be."""

    def __init__(self, settings: DetectSettings, today: date) -> None:
        self._settings = settings
        self._today = today
        self._customers = CustomerNumbers(settings)

    def at(self, values: Sequence[str]) -> _Seen:
        """All values of a column that are not empty."""
        seen = _Seen(len(values))
        for value in values:
            seen.kinds.update(self._kinds(value))
            seen.worded += len(value.split()) >= _LONG
            seen.holding += "@" in value and any(find_emails(value.encode("utf-8", "replace")))
            seen.lettered += any(map(str.isalpha, value))
            seen.longest = max(seen.longest, len(value))
        return seen

    def _kinds(self, value: str) -> Iterator[str]:
        for kind, type_ in _BY_TYPE.items():
            if normalise(type_, value, self._settings, self._today) is not None and _is_like(kind, value):
                yield kind
        if self._customers.whole(value) is not None:
            yield "customer_number"
        if _POSTCODE.match(value):
            yield "postcode"
        words = _LETTERS.findall(value)
        if words and not any(map(str.isdigit, value)) and "@" not in value:
            if len(words) == 1 and is_given_name(words[0]):
                yield "first_name"
            elif 2 <= len(words) <= _LONG and any(map(is_given_name, words)):
                yield "name"


_BY_TYPE = {
    "email": IdType.EMAIL,
    "phone": IdType.PHONE,
    "national_id": IdType.NATIONAL_ID,
    "organisation_number": IdType.ORGANISATION_NUMBER,
    "iban": IdType.IBAN,
    "birth_date": IdType.BIRTH_DATE,
}


def _is_like(kind: str, value: str) -> bool:
    """A phone is written with a zero or a plus before it: other numbers of that length are not."""
    return kind != "phone" or value[:1] in "+0("


# Both together

_Judgement = tuple[str | None, bool, str]
_NOTHING: _Judgement = (None, False, "")


def _judged(label: Label | None, seen: _Seen, *, is_key: bool) -> _Judgement:
    """What the column is for, whether surely, and why."""
    kind = _KINDS.get(label.part) if label is not None else None
    if is_key:
        return (kind, False, "its name says so, but it refers to another table") if kind else _NOTHING
    by_values = seen.best()
    if kind is None or label is None:
        return _by_values(by_values, seen)
    if by_values is not None and by_values != kind and not _may_be(kind, by_values):
        return by_values, False, f"{seen.said(by_values)}, but its name says {kind}"
    if kind == "customer_number" and _is_short(seen):
        return kind, False, "its name says so, but its numbers are so short that they stand for other things elsewhere"
    if not seen.count:
        return kind, True, "its name says so; no values were seen"
    if kind not in _WORDS:
        return kind, True, "its name says so"
    if seen.share(kind) >= _HARDLY or kind in ("name", "first_name", "customer_number"):
        told = f", and {seen.said(kind)}" if seen.kinds[kind] else ""
        return kind, True, f"its name says so{told}"
    return kind, False, f"its name says so, but only {seen.said(kind)}"


def _by_values(kind: str | None, seen: _Seen) -> _Judgement:
    if kind is not None:
        return kind, True, seen.said(kind)
    if seen.count and seen.worded >= max(1, seen.count * _HARDLY) and seen.lettered:
        return "text", True, f"free text: {seen.worded} of {seen.count} values have {_LONG} words or more"
    if seen.holding:
        return "text", True, f"{seen.holding} of {seen.count} values hold an e-mail address"
    likely = max(_TOLD_BY_VALUES, key=lambda one: seen.kinds[one])
    if seen.share(likely) >= _HARDLY:
        return likely, False, f"only {seen.said(likely)}"
    return _NOTHING


def _may_be(kind: str, seen: str) -> bool:
    """Whether values of the one sort may well stand in a column that is called the other."""
    numbers = {"national_id", "organisation_number", "customer_number", "birth_date"}
    names = {"name", "first_name", "last_name", "city", "address"}
    return {kind, seen} <= numbers or {kind, seen} <= names


def _is_short(seen: _Seen) -> bool:
    return 0 < seen.longest < _SHORT_NUMBER and not seen.lettered


assert set(_KINDS.values()) | {"iban"} == set(KINDS)
