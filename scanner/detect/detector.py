"""A record -> its mentions and its words."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator
from datetime import date
from functools import partial

from scanner.detect.base import DetectSettings, Mention
from scanner.detect.broken_words import as_words, broken_words
from scanner.detect.customers import CustomerNumbers
from scanner.detect.emails import find_emails
from scanner.detect.iban import find_ibans
from scanner.detect.national import find_national, national_id
from scanner.detect.parse import normalise, normalise_name
from scanner.detect.phones import Phones, plain
from scanner.detect.shape import shape_of
from scanner.detect.words import RawWords, words_of
from scanner.records import Fact, IdType, Record, Role

RULES_VERSION = 3  # up by one whenever the same text would give other mentions or words

_Found = tuple[IdType, str]
_Seen = tuple[IdType, str, Role, int]
_EMAIL = IdType.EMAIL
_PAIRED = frozenset({IdType.NATIONAL_ID, IdType.ORGANISATION_NUMBER})
_NAMES_OF_FILES = frozenset({Role.FILENAME, Role.PATH})
_REMEMBERED = 1 << 14  # facts whose identifiers are kept
_LONGEST_REMEMBERED = 200  # characters
_mention: Callable[[_Seen], Mention] = partial(tuple.__new__, Mention)  # `_make`, three times as fast
_LONG_NUMBER = re.compile(r"[0-9]{13,}")
_WHOLE_NUMBER = re.compile(r"([0-9]+)\.0+\Z")


class Detector:
    """Finds identifiers and words. One a worker process; `today` (default: now) decides the century of ten digits."""

    def __init__(self, settings: DetectSettings, today: date | None = None) -> None:
        """Raises ValueError where the region or a customer number pattern is not usable."""
        self.settings = settings
        self.today = today or date.today()
        self._phones = Phones(settings.region)
        self._customers = CustomerNumbers(settings)
        self._known_facts = _KnownFacts(self)
        told = repr((RULES_VERSION, settings.region, settings.customer_numbers))
        self.fingerprint = f"{RULES_VERSION}-{hashlib.sha256(told.encode()).hexdigest()[:16]}"

    def mentions(self, record: Record) -> list[Mention]:
        """All identifiers of the record, each (type, value, role, entity) once, entities first.

        In free text (entity 0) e-mail addresses, phones, national and organisation numbers, IBANs and customer numbers
        are found; names come from entities only. What an entity of the same role holds is not told again as free text.
        """
        found: dict[_Seen, None] = {}
        known: set[tuple[IdType, str, Role]] = set()
        for number, entity in enumerate(record.entities, 1):
            role = entity.role
            for fact in entity.facts:
                for type_, value in self._known_facts[fact]:
                    found[type_, value, role, number] = None
                    known.add((type_, value, role))
        for role, text in record.texts:
            for type_, value in self._in_text(role, text):
                if (type_, value, role) not in known:
                    found[type_, value, role, 0] = None
        return list(map(_mention, found))

    def words(self, record: Record) -> set[str]:
        """Folded words of all texts and all facts, whether the facts are valid or not."""
        return words_of(_texts(record))

    def raw_words(self, record: Record) -> RawWords:
        """The same words, not yet folded: what a packer, which remembers words, takes faster."""
        return RawWords.of(_texts(record))

    def _in_text(self, role: Role, text: str) -> list[_Found]:
        data = text.encode("utf-8", "replace")
        found: list[_Found] = [(_EMAIL, value) for value in dict.fromkeys(find_emails(data))]
        if role is Role.TRACE:
            return found  # what servers wrote: addresses, and numbers that are no person's
        is_name = role in _NAMES_OF_FILES
        if is_name or not text.isascii():
            text = plain(text)
            data = (text.replace("_", " ") if is_name else text).encode("utf-8", "replace")
        found += [(IdType.CUSTOMER_NUMBER, value) for value in self._customers.find(data)]
        shape = shape_of(data)
        if shape.national:
            found += find_national(data, self.today)
        if shape.phone and not (is_name and _LONG_NUMBER.search(text)):
            found += [(IdType.PHONE, value) for value in self._phones.find(data)]
            found += [(IdType.PHONE, value) for value in self._phones.broken(text)]
        if shape.iban and not is_name:
            found += [(IdType.IBAN, value) for value in find_ibans(data)]
        return found

    def in_fact(self, fact: Fact) -> Iterator[_Found]:
        """The identifiers in one fact of an entity."""
        if fact.type is IdType.EMAIL:
            yield from self._emails(fact.value)
        elif fact.type is IdType.PHONE:
            yield from ((IdType.PHONE, value) for value in self._phones.in_cell(_unsheeted(fact.value)))
        elif fact.type is IdType.NAME:
            yield from self._name(fact.value)
        elif fact.type in _PAIRED:
            yield from self._national(fact.value)
        else:
            yield from self._plain(fact)

    def _emails(self, raw: str) -> Iterator[_Found]:
        found = dict.fromkeys(find_emails(raw.encode("utf-8", "replace")))
        if not found:
            value = normalise(IdType.EMAIL, raw, self.settings)
            found = {} if value is None else {value: None}
        yield from ((_EMAIL, value) for value in found)

    def _name(self, raw: str) -> Iterator[_Found]:
        """A display name that is an address is that address, and no name."""
        name = normalise_name(raw)
        if name is None:
            return
        if "@" in name:
            yield from self._emails(name)
            if normalise(IdType.EMAIL, name, self.settings) is not None:
                return
        yield IdType.NAME, name

    def _national(self, raw: str) -> Iterator[_Found]:
        """Swedish registers mix the two numbers in one column ("pers/orgnr"), and sheets lose a leading zero."""
        text = _unsheeted(raw)
        found = national_id(text.zfill(10) if text.isdigit() and len(text) == 9 else text, self.today)
        if found is not None:
            yield found
            return
        yield from find_national(plain(text).encode("utf-8", "replace"), self.today)

    def _plain(self, fact: Fact) -> Iterator[_Found]:
        value = normalise(fact.type, fact.value, self.settings, self.today)
        if value is not None:
            yield fact.type, value
        elif fact.type is IdType.IBAN:
            yield from ((IdType.IBAN, one) for one in find_ibans(plain(fact.value).encode("utf-8", "replace")))


def _texts(record: Record) -> list[str]:
    texts = [text for _, text in record.texts]
    texts += [word for text in texts for word in broken_words(text)]
    texts += [as_words(text) for role, text in record.texts if role in _NAMES_OF_FILES]
    texts += [fact.value for entity in record.entities for fact in entity.facts]
    return texts


class _KnownFacts(dict[Fact, tuple[_Found, ...]]):
    """Fact -> its identifiers: the same senders and staff come again and again."""

    __slots__ = ("_detector",)

    def __init__(self, detector: Detector) -> None:
        super().__init__()
        self._detector = detector

    def __missing__(self, fact: Fact) -> tuple[_Found, ...]:
        found = tuple(dict.fromkeys(self._detector.in_fact(fact)))
        if len(fact.value) <= _LONGEST_REMEMBERED:
            if len(self) >= _REMEMBERED:
                self.clear()
            self[fact] = found
        return found


def _unsheeted(raw: str) -> str:
    """A number cell of a sheet without its `.0`."""
    text = raw.strip()
    whole = _WHOLE_NUMBER.match(text)
    return whole.group(1) if whole else text
