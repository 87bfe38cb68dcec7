"""Where the subject's identifiers stand in a text that is about to be shown, and where others' national ids do.

Unlike an editor, who must be sure (`surgery.person`), who shows marks all that a scan took for the subject, shared and
unsure identifiers too: the reader judges.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date
from typing import NamedTuple

from scanner.detect.base import DetectSettings
from scanner.detect.customers import CustomerNumbers
from scanner.detect.detector import Detector
from scanner.detect.email_places import email_places
from scanner.detect.emails import email_keys
from scanner.detect.iban import iban_places
from scanner.detect.luhn import luhn_is_valid
from scanner.detect.name_hits import NameHits
from scanner.detect.names import NameMatcher, same_name
from scanner.detect.national import national_places
from scanner.detect.parse import lookup_keys
from scanner.detect.phones import Phones
from scanner.model import SubjectId
from scanner.records import Fact, IdType
from scanner.surgery.addresses import AddressFinder
from scanner.surgery.view import View

# A personal number as people write it, with a wrong check digit too: over a line's end, with spaces around its sign.
_PERSONAL = re.compile(
    r"(?<![0-9])(1[89]|20)?([0-9]{2}(?:0[1-9]|1[0-2])(?:[0-2][0-9]|3[01]|[6-8][0-9]|9[01]))"
    r"(\s{0,3}[-+]?\s{0,3})([0-9]{4})(?![0-9])"
)


class Mark(NamedTuple):
    """A stretch of a text, and what it is: an address may hold the name."""

    start: int
    end: int
    types: frozenset[IdType]


class Marker:
    """The detectors, made ready to mark one subject. Linear in each text."""

    def __init__(self, subject: Sequence[SubjectId], settings: DetectSettings, today: date | None = None) -> None:
        """`today` (default: now) decides the century of a personal number in ten digits."""
        self._today = today or date.today()
        self._keys = {(one.type, key) for one in subject for key in lookup_keys(one.type, one.value, self._today)}
        emails = [one.value for one in subject if one.type is IdType.EMAIL]
        self._mailboxes = {key for one in emails if "+" not in one.partition("@")[0] for key in email_keys(one)}
        self._types = {kind for kind, _ in self._keys}
        self._phones = Phones(settings.region)
        self._customers = CustomerNumbers(settings)
        self._addresses = AddressFinder(sorted(value for kind, value in self._keys if kind is IdType.ADDRESS))
        self._names = [one.value for one in subject if one.type is IdType.NAME]
        self._hits = NameHits(self._names)
        self._matcher = NameMatcher(self._names) if self._names else None
        self._detector = Detector(settings, self._today)

    def own(self, text: str) -> list[Mark]:
        """Where the subject's identifiers stand, in order."""
        if not text or text.isspace():
            return []
        view = View(text)
        found = [Mark(*view.written(start, end), frozenset({kind})) for start, end, kind in self._seen(view.text)]
        return sorted(found, key=lambda mark: mark[:2])

    def in_name(self, name: str) -> list[Mark]:
        """The same in the name of a file or folder, where `_` parts words."""
        found = self.own(name)
        found += self.own(name.replace("_", " ")) if "_" in name else []
        view = View(name)
        named = frozenset({IdType.NAME})
        return found + [Mark(*view.written(*span), named) for span in self._hits.spans_in_name(view.text)]

    def national_ids(self, text: str) -> list[tuple[int, int]]:
        """Where others' national ids stand, and what looks like one."""
        view = View(text)
        data = view.text.encode("ascii", "replace")
        found = [(start, end) for start, end, one in national_places(data, self._today) if not self._is_own(*one)]
        own = [(start, end) for start, end, one in national_places(data, self._today) if self._is_own(*one)]
        found += [span for span in _shaped(view.text) if not _touches(span, own)]
        return sorted(view.written(*span) for span in found)

    def is_own(self, fact: Fact) -> bool:
        """Whether what a header, card or column says is the subject's."""
        if fact.type is IdType.NAME and self._matcher is not None:
            name = fact.value
            if self._matcher.matches(name) or any(" " in name and same_name(name, own) for own in self._names):
                return True
        return any(self._is_own(kind, value) for kind, value in self._detector.in_fact(fact))

    def _seen(self, text: str) -> Iterator[tuple[int, int, IdType]]:
        """In text as a reader sees it."""
        if IdType.EMAIL in self._types and ("@" in text or "40" in text):
            found = [one for one in email_places(text) if self._is_own(IdType.EMAIL, one.value)]
            yield from ((one.start, one.end, IdType.EMAIL) for one in found)
        yield from self._numbered(text, text.encode("ascii", "replace"))  # one byte a character
        yield from ((start, end, IdType.NAME) for start, end in self._hits.spans(text))
        yield from ((start, end, IdType.ADDRESS) for start, end in self._addresses.spans(text))

    def _numbered(self, text: str, data: bytes) -> Iterator[tuple[int, int, IdType]]:
        if IdType.PHONE in self._types:
            yield from self._kept(IdType.PHONE, self._phones.places(data))
        if self._types & {IdType.NATIONAL_ID, IdType.ORGANISATION_NUMBER}:
            for start, end, (kind, value) in national_places(data, self._today):
                if self._is_own(kind, value):
                    yield start, end, kind
        if IdType.IBAN in self._types:
            yield from self._kept(IdType.IBAN, iban_places(data))
        if IdType.CUSTOMER_NUMBER in self._types:
            yield from self._kept(IdType.CUSTOMER_NUMBER, self._customers.places(text))

    def _kept(self, kind: IdType, places: Iterator[tuple[int, int, str]]) -> Iterator[tuple[int, int, IdType]]:
        return ((start, end, kind) for start, end, value in places if (kind, value) in self._keys)

    def _is_own(self, kind: IdType, value: str) -> bool:
        if (kind, value) in self._keys:
            return True
        return kind is IdType.EMAIL and not self._mailboxes.isdisjoint(email_keys(value))


def _shaped(text: str) -> Iterator[tuple[int, int]]:
    """What is written like a personal number: with its sign or its century, or with a right check digit."""
    for match in _PERSONAL.finditer(text):
        century, six, between, four = match.groups()
        if century or between.strip() or luhn_is_valid(six + four):
            yield match.span()


def _touches(span: tuple[int, int], others: Sequence[tuple[int, int]]) -> bool:
    return any(span[0] < end and start < span[1] for start, end in others)
