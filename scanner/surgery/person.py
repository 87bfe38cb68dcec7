"""Who leaves: the subject's values as an editor looks for them in a text.

A value is masked only where it stands whole and is surely the subject's: never inside another address or number, never
where a neighbouring word may belong to somebody else's name. What is only perhaps the subject's is left, but `holds`
tells of it, so that nothing passes for gone that may still be there: then a person decides.

Identifiers marked shared (a family's phone, info@) or unsure are not the subject's alone, and are left.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache

from scanner.detect.base import DetectSettings
from scanner.detect.customers import CustomerNumbers, normalise_customer
from scanner.detect.detector import Detector
from scanner.detect.email_places import email_places
from scanner.detect.emails import email_keys, normalise_email
from scanner.detect.iban import iban_places, normalise_iban
from scanner.detect.name_places import NameFinder, merged
from scanner.detect.names import NameMatcher
from scanner.detect.national import national_id, national_keys, national_places
from scanner.detect.phones import Phones
from scanner.model import SubjectId
from scanner.records import IdType, Record, Role
from scanner.surgery.addresses import AddressFinder
from scanner.surgery.view import View

MARKS = {"sv": "[raderad]", "en": "[erased]"}
"""What stands in place of a value, by language."""

_LONGEST_CELL = 64
_SHEETED = re.compile(r"\s*([0-9]+)\.0+\s*\Z")
_FEWEST_DIGITS = 6
_FEWEST_OF_A_CUSTOMER = 3  # a cell of so many signs that is the customer's number may be just that

Span = tuple[int, int]


@dataclass(frozen=True)
class Subject:
    """The `Person` of one case: a value, cheap to make and to send to another process."""

    values: frozenset[tuple[IdType, str]] = field(repr=False)  # never in a message
    settings: DetectSettings
    today: date
    mark: str

    @classmethod
    def of(
        cls, subject: Sequence[SubjectId], settings: DetectSettings, language: str, today: date | None = None
    ) -> Subject:
        """The person with these identifiers. `language` chooses the mark (`sv`, else English).

        `today` (default: now) decides the century of a personal number in ten digits.
        """
        known = frozenset((one.type, one.value) for one in subject if not one.shared and not one.unsure)
        return cls(known, settings, today or date.today(), MARKS.get(language, MARKS["en"]))

    def spans(self, text: str) -> list[Span]:
        """Where the subject's identifiers and names stand in the text: ordered, not overlapping. Linear."""
        if not text or text.isspace():
            return []
        view = View(text)
        return [view.written(*span) for span in _finder(self).look(view.text)[0]]

    def masked(self, text: str) -> str:
        """The text with the mark in place of each span."""
        pieces, place = [], 0
        for start, end in self.spans(text):
            pieces += [text[place:start], self.mark]
            place = end
        return "".join([*pieces, text[place:]]) if pieces else text

    def holds(self, text: str) -> bool:
        """Whether the text names the person, for sure or perhaps: by place, and as a scan finds it."""
        if not text or text.isspace():
            return False
        finder = _finder(self)
        sure, perhaps = finder.look(View(text).text)
        return bool(sure) or perhaps or finder.detected(text)

    def has_email(self, address: str) -> bool:
        """Whether this is one of the subject's mailboxes: any plus tag, and for Gmail any dots."""
        value = normalise_email(address)
        return value is not None and _finder(self).is_mailbox(value)

    def is_named(self, name: str) -> bool:
        """Whether the name, or address, is all that is there, and surely the subject's."""
        rest, place = [], 0
        spans = self.spans(name)
        for start, end in spans:
            rest.append(name[place:start])
            place = end
        return bool(spans) and not any(map(str.isalnum, "".join([*rest, name[place:]])))


@lru_cache(maxsize=4)
def _finder(subject: Subject) -> _Finder:
    return _Finder(subject)


class _Finder:
    """The detectors, made ready for one subject."""

    def __init__(self, subject: Subject) -> None:
        self._today = subject.today
        self._by_type: dict[IdType, set[str]] = {}
        for kind, value in subject.values:
            self._by_type.setdefault(kind, set()).add(value)
        emails = self._of(IdType.EMAIL)
        self._exact = frozenset(emails)
        self._mailboxes = {key for one in emails if "+" not in one.partition("@")[0] for key in email_keys(one)}
        self._phones = Phones(subject.settings.region)
        self._numbers = self._of(IdType.NATIONAL_ID) | self._of(IdType.ORGANISATION_NUMBER)
        self._near = {key for one in self._of(IdType.NATIONAL_ID) for key in national_keys(one, subject.today)}
        self._bare = {one for one in self._of(IdType.CUSTOMER_NUMBER) if len(one) >= _FEWEST_OF_A_CUSTOMER}
        self._customers = CustomerNumbers(subject.settings)
        self._addresses = AddressFinder(sorted(self._of(IdType.ADDRESS)))
        names = sorted(self._of(IdType.NAME))
        self._names = NameFinder(names)
        several = [name for name in names if len(name.split()) > 1]
        self._matcher = NameMatcher(several) if several else None
        self._detector = Detector(subject.settings, subject.today)

    def look(self, text: str) -> tuple[list[Span], bool]:
        """Where the subject's values stand for sure, in text as a reader sees it; and whether more may be there.

        That is a name that may be another's, or a whole text that is a customer number, and may be another number.
        """
        own, others = self._emails(text)
        found = [span for span in self._numbered(text) if _stands_alone(text, *span)]
        if not found or _SHEETED.match(text):
            found += self._whole(text)
        names = self._names.places(text)
        found += [*names.sure, *self._addresses.spans(text)]
        perhaps = bool(names.unsure) or text.strip() in self._bare
        return merged([*own, *_outside(merged(found), others)]), perhaps

    def detected(self, text: str) -> bool:
        """Whether a scan would find the subject in the text."""
        if self._matcher is not None and self._matcher.matches(text):
            return True
        return any(
            self._is_own(one.type, one.value)
            for one in self._detector.mentions(Record((), "part", [(Role.BODY, text)]))
        )

    def is_mailbox(self, value: str) -> bool:
        """Whether a canonical address is one of the subject's."""
        return value in self._exact or not self._mailboxes.isdisjoint(email_keys(value))

    def _is_own(self, kind: IdType, value: str) -> bool:
        if kind is IdType.EMAIL:
            return self.is_mailbox(value)
        if kind is IdType.NATIONAL_ID and value in self._near:
            return True
        return kind is not IdType.NAME and value in self._of(kind)

    def _of(self, kind: IdType) -> set[str]:
        return self._by_type.get(kind, set())

    def _emails(self, text: str) -> tuple[list[Span], list[Span]]:
        """The subject's addresses, and others'."""
        own: list[Span] = []
        others: list[Span] = []
        for place in email_places(text) if "@" in text or "40" in text else ():
            (own if self.is_mailbox(place.value) else others).append((place.start, place.end))
        return own, merged(others)

    def _numbered(self, text: str) -> Iterator[Span]:
        """Phones, national and customer numbers, IBANs."""
        data = text.encode("ascii", "replace")  # one byte a character
        if self._of(IdType.PHONE):
            yield from ((a, b) for a, b, value in self._phones.places(data) if value in self._of(IdType.PHONE))
        if self._numbers:
            yield from ((a, b) for a, b, (_, value) in national_places(data, self._today) if value in self._numbers)
        if self._of(IdType.IBAN):
            yield from ((a, b) for a, b, value in iban_places(data) if value in self._of(IdType.IBAN))
        if self._of(IdType.CUSTOMER_NUMBER):
            known = self._of(IdType.CUSTOMER_NUMBER)
            yield from ((a, b) for a, b, value in self._customers.places(text) if value in known)

    def _whole(self, text: str) -> list[Span]:
        """A cell that is one number as sheets and registers write it: a zero lost, `.0` behind it, no pattern set."""
        cell = text.strip()
        if len(text) > _LONGEST_CELL or not cell or not any(map(str.isdigit, cell)):
            return []
        return [(text.index(cell), text.index(cell) + len(cell))] if self._is_number(cell) else []

    def _is_number(self, cell: str) -> bool:
        sheeted = _SHEETED.match(cell)
        value = sheeted.group(1) if sheeted else cell
        if sum(map(str.isdigit, value)) >= _FEWEST_DIGITS:
            if self._phones.normalise(value) in self._of(IdType.PHONE):
                return True
            found = national_id(value.zfill(10) if value.isdigit() and len(value) == 9 else value, self._today)
            if found is not None and found[1] in self._numbers:
                return True
        if normalise_iban(value) in self._of(IdType.IBAN):
            return True
        has_both = any(map(str.isalpha, value)) and any(map(str.isdigit, value))
        return has_both and normalise_customer(value) in self._of(IdType.CUSTOMER_NUMBER)


def _stands_alone(text: str, start: int, end: int) -> bool:
    """False for a number that a letter or digit touches, or that a sign joins to a digit: a part of another."""
    before, after = text[max(0, start - 2) : start], text[end : end + 2]
    if before[-1:].isalnum() or after[:1].isalnum():
        return False
    is_joined = before[-1:] in ("-", ".") and before[:-1].isdigit()
    return not is_joined and not (after[:1] in ("-", ".") and after[1:].isdigit())


def _outside(spans: Sequence[Span], others: Sequence[Span]) -> Iterator[Span]:
    """The spans that touch none of the others; both ordered."""
    place = 0
    for start, end in spans:
        while place < len(others) and others[place][1] <= start:
            place += 1
        if place == len(others) or others[place][0] >= end:
            yield start, end
