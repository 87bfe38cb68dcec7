"""Both contents read as a scan reads them: cut records are gone, amended ones lack the person, all else is equal.

A record that was not to change may lose only words of records that left, and only where a format keeps copies of them:
a comment on a removed row, a formula's last result. It may gain nothing but the mark.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b

from scanner.aids import NONE, Aids
from scanner.blob import Blob
from scanner.expand import Expansion
from scanner.limits import Limits
from scanner.model import Cut
from scanner.records import Record, Steps, Unread
from scanner.surgery.base import Person
from scanner.surgery.prints import canonical, shape

_WORD = re.compile(r"\w+")
_NESTED = ("member ", "attachment ", "message ")
_COPIES = ("sheet ", "part ")  # where a document repeats what stands in its records

Words = Counter[str]


@dataclass(slots=True)
class _Reading:
    """What a scan reads of one content, sorted by what the cuts mean for it."""

    rest: dict[bytes, list[Record]] = field(default_factory=dict)  # must be equal
    gone: list[Record] = field(default_factory=list)  # at or below a cut that removes
    amended: list[Record] = field(default_factory=list)  # at a cut that amends
    near: list[Record] = field(default_factory=list)  # on the way to a cut: they need not stay as they were
    gaps: Counter[tuple[Steps, str]] = field(default_factory=Counter)


def compare(
    before: Blob,
    after: bytes,
    cuts: Sequence[Cut],
    person: Person,
    limits: Limits,
    aids: Aids = NONE,
    alongside: Sequence[str] = (),
) -> list[str]:
    """What is wrong with `after`, in a few words each; an empty list where nothing is.

    `alongside` are texts that left with the records though they are told elsewhere.
    """
    old = _read(before, cuts, limits, aids)
    new = _read(Blob(after, before.name, media_type=before.media_type, limit=before.limit), (), limits, aids)
    problems = [*_missing_cuts(old, cuts), *_gaps(old, new), *_Match(old, cuts, person, alongside).problems(new)]
    return list(dict.fromkeys(problems))


def _read(blob: Blob, cuts: Sequence[Cut], limits: Limits, aids: Aids) -> _Reading:
    removed = {cut.steps for cut in cuts if not cut.amend}
    amended = {cut.steps for cut in cuts if cut.amend}
    leading = {cut.steps[:depth] for cut in cuts for depth in range(len(cut.steps))}
    depths = sorted({len(steps) for steps in removed})
    reading = _Reading()
    for found in Expansion(blob, limits, aids):
        inside = any(found.steps[:depth] in removed for depth in depths)
        if isinstance(found, Unread):
            if not inside:
                reading.gaps[shape(found.steps), found.reason.value] += 1
        elif inside:
            reading.gone.append(found)
        elif found.steps in amended:
            reading.amended.append(found)
        elif found.steps in leading:
            reading.near.append(found)
        else:
            reading.rest.setdefault(_digest(found), []).append(found)
    return reading


def _missing_cuts(old: _Reading, cuts: Sequence[Cut]) -> Iterator[str]:
    there = {record.steps[:depth] for record in old.gone for depth in range(len(record.steps) + 1)}
    there.update(record.steps for record in old.amended)
    if any(cut.steps not in there for cut in cuts):
        yield "a record that is to leave is not there"


def _gaps(old: _Reading, new: _Reading) -> Iterator[str]:
    if new.gaps - old.gaps:
        yield "the rewritten content could not be read to its end"
    elif old.gaps - new.gaps:
        yield "something that could not be read before is missing"


@dataclass(slots=True)
class _Old:
    """A record of the old content that has no equal in the new one."""

    record: Record
    words: Words
    amended: bool
    may_lose: bool
    may_vanish: bool


class _Match:
    """Finds for every record of the new content what it was; `_left` are the words that may have left with it."""

    def __init__(self, old: _Reading, cuts: Sequence[Cut], person: Person, alongside: Sequence[str]) -> None:
        self._old = old
        self._edited = {_document(cut.steps if cut.amend else cut.steps[:-1]) for cut in cuts}
        self._person = person
        self._mark = _boundless([person.mark])
        self._left = _words(_texts_of(old.gone)) + _boundless(alongside)
        for record in old.amended:
            self._left += _words(_persons(record, person))

    def problems(self, new: _Reading) -> Iterator[str]:
        """What is wrong."""
        waiting = self._waiting(_without(self._old.rest, new.rest))
        for record in _without(new.rest, self._old.rest):
            was = self._mate(record, waiting.get(shape(record.steps), []))
            if was is None:
                yield "a record appeared, or changed, that was to stay as it was"
            elif was.amended and any(map(self._person.holds, _texts_of([record]))):
                yield "the person still stands in a record that was to be amended"
        if any(not was.may_vanish for group in waiting.values() for was in group):
            yield "a record that was to stay is missing, or changed"

    def _waiting(self, missing: Iterable[Record]) -> dict[Steps, list[_Old]]:
        waiting: dict[Steps, list[_Old]] = {}
        for record, amended, loses in (
            *((one, True, True) for one in self._old.amended),
            *((one, False, True) for one in self._old.near),
            *((one, False, self._may_hold_copies(one)) for one in missing),
        ):
            words = _words(_texts_of([record]))
            # What held nothing but copies (a comment on a removed row) may go with them.
            vanishes = loses and not amended and bool(words) and not words - self._left
            waiting.setdefault(shape(record.steps), []).append(_Old(record, words, amended, loses, vanishes))
        return waiting

    def _may_hold_copies(self, record: Record) -> bool:
        """A place of a document out of which something left, where such a document repeats its records."""
        document = _document(record.steps)
        inside = record.steps[len(document) :]
        return document in self._edited and any(step.startswith(_COPIES) for step in inside)

    def _mate(self, record: Record, waiting: list[_Old]) -> _Old | None:
        """The first record that says all that this one says, but for the mark, and has lost only what may be lost."""
        words = _words(_texts_of([record]))
        for place, was in enumerate(waiting):
            if was.may_lose:
                fits = not words - was.words - self._mark and not was.words - words - self._left
            else:
                fits = _said(was.record) == _said(record)
            if fits:
                return waiting.pop(place)
        return None


def _without(one: dict[bytes, list[Record]], other: dict[bytes, list[Record]]) -> list[Record]:
    """The records of one reading that have no equal in the other, counting doubles."""
    return [record for digest, records in one.items() for record in records[len(other.get(digest, ())) :]]


def _said(record: Record) -> object:
    """All that a record says, but for white space: the last message of a file has a line break less or more."""
    entities = [(one.role, [(fact.type, fact.value.split()) for fact in one.facts]) for one in record.entities]
    return record.kind, [(role, text.split()) for role, text in record.texts], entities


def _document(steps: Steps) -> Steps:
    """The steps of the innermost document on the way."""
    depth = max((place for place, step in enumerate(steps, start=1) if step.startswith(_NESTED)), default=0)
    return steps[:depth]


def _persons(record: Record, person: Person) -> Iterator[str]:
    """What amending a record takes out of it: the person's values in texts, and the entities that are the person's."""
    for _, text in record.texts:
        yield from (text[start:end] for start, end in person.spans(text))
    for entity in record.entities:
        values = [fact.value for fact in entity.facts]
        if any(map(person.holds, values)):
            yield from values


def _texts_of(records: Iterable[Record]) -> Iterator[str]:
    for record in records:
        yield from (text for _, text in record.texts)
        for entity in record.entities:
            yield from (fact.value for fact in entity.facts)


def _words(texts: Iterable[str]) -> Words:
    return Counter(word for text in texts for word in _WORD.findall(text))


def _boundless(texts: Iterable[str]) -> Words:
    """The words of the texts, as often as may be: one result is told as a text and as a fact."""
    return Counter(dict.fromkeys(_words(texts), 1 << 30))


def _digest(record: Record) -> bytes:
    return blake2b(canonical(record), digest_size=16).digest()
