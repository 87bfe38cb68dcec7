"""Passages: the subject's identifiers in a record with what stands around them, cut short and fit to be shown.

Never stored: a passage is personal data of the subject and of others. Only the national ids of others are covered.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from scanner.context.fields import fields
from scanner.context.marks import Mark, Marker
from scanner.context.model import Passage
from scanner.context.pieces import apart, pieces_of
from scanner.detect.name_places import merged
from scanner.records import Fact, IdType, Record, Role

AROUND = 80  # characters shown on each side of what is marked
MOST = 3  # passages shown of one record
_LONGEST = 160  # characters between the first and the last mark of one passage
_MARGIN = 40  # characters beyond what is shown that are looked at for national ids, which the cut may halve
_WORD = 16  # characters by which a cut may move to fall between two words
_SHORTEST_CELL = 3  # characters of a value that is marked wherever it stands as a whole cell
_SHORTEST_ID = 6  # characters of another's national id as a column has it that are covered in the row's text

_BETWEEN_CELLS = frozenset("\t\n")


class _Group(NamedTuple):
    """Marks so near to each other that they are shown together, and what of the text other groups do not show."""

    text: str
    role: Role
    marks: list[Mark]
    start: int
    end: int


def passages(record: Record, texts: Sequence[tuple[Role, str]], marker: Marker) -> tuple[list[Passage], int]:
    """A few passages of the record that show as much as they can, and how many marks are in none of them.

    `texts` are the record's own, and what its item's path adds. Linear in them.
    """
    own = [fact for entity in record.entities for fact in entity.facts if marker.is_own(fact)]
    groups = [group for role, text in texts for group in _groups(role, text, _marks(role, text, own, marker))]
    strangers = {
        fact.value.strip()
        for entity in record.entities
        for fact in entity.facts
        if fact.type is IdType.NATIONAL_ID and len(fact.value.strip()) >= _SHORTEST_ID and not marker.is_own(fact)
    }
    lines = list(fields(record.entities, texts, marker))
    chosen, left = _chosen(groups, {kind for one in lines for kind in one.types}, MOST - min(len(lines), MOST))
    cut = [_cut(group, marker, strangers) for group in chosen]
    return [*lines[:MOST], *cut], left + sum(len(one.types) for one in lines[MOST:])


def _marks(role: Role, text: str, own: Sequence[Fact], marker: Marker) -> list[Mark]:
    found = marker.in_name(text) if role in (Role.FILENAME, Role.PATH) else marker.own(text)
    found += [mark for fact in dict.fromkeys(own) for mark in _cells(text, fact)]
    return apart(found)


def _cells(text: str, fact: Fact) -> Iterator[Mark]:
    """Where a column's value is a whole cell of its row: a number that lost its zero, a first name."""
    value = fact.value.strip()
    if len(value) < _SHORTEST_CELL:
        return
    place = text.find(value)
    while place >= 0:
        end = place + len(value)
        if (not place or text[place - 1] in _BETWEEN_CELLS) and (end == len(text) or text[end] in _BETWEEN_CELLS):
            yield Mark(place, end, frozenset({fact.type}))
        place = text.find(value, end)


def _groups(role: Role, text: str, marks: Sequence[Mark]) -> Iterator[_Group]:
    group: list[Mark] = []
    start = 0
    for mark in marks:
        if group and (mark.start - group[-1].end > AROUND or mark.end - group[0].start > _LONGEST):
            yield _Group(text, role, group, start, mark.start)
            start, group = group[-1].end, []
        group.append(mark)
    if group:
        yield _Group(text, role, group, start, len(text))


def _chosen(groups: Sequence[_Group], told: set[IdType], room: int) -> tuple[list[_Group], int]:
    """First what shows a type of identifier that no other shows, then from the top; and how many marks are left.

    The same words in another text (a mail as text and as a page) are neither shown nor counted.
    """
    chosen: dict[int, _Group] = {}
    shown: dict[str, str] = {}
    again: set[int] = set()
    for is_new in (True, False):
        for number, group in enumerate(groups):
            if len(chosen) >= (max(room, 1) if is_new else room):
                break
            kinds = {kind for mark in group.marks for kind in mark.types}
            if number in chosen or number in again or (is_new and kinds <= told):
                continue
            words = " ".join(group.text[max(0, group.marks[0].start - AROUND) : group.marks[-1].end + AROUND].split())
            if shown.setdefault(words, group.text) is not group.text:
                again.add(number)
                continue
            told |= kinds
            chosen[number] = group
    left = sum(len(group.marks) for number, group in enumerate(groups) if number not in chosen and number not in again)
    return [chosen[number] for number in sorted(chosen)], left


def _cut(group: _Group, marker: Marker, strangers: set[str]) -> Passage:
    text, marks = group.text, group.marks
    start = _edge(text, max(group.start, marks[0].start - AROUND), marks[0].start)
    end = _end_edge(text, min(group.end, marks[-1].end + AROUND), marks[-1].end)
    low, high = max(0, start - _MARGIN), min(len(text), end + _MARGIN)
    near = text[low:high]
    covers = [(low + first, low + last) for first, last in marker.national_ids(near)]
    covers += [(low + first, low + last) for value in strangers for first, last in _places(near, value)]
    covers = [span for span in merged(covers) if not any(span[0] < one.end and one.start < span[1] for one in marks)]
    pieces = pieces_of(text, (start, end), marks, covers)
    types = frozenset(kind for mark in marks for kind in mark.types)
    return Passage(group.role, False, pieces, types, (start > 0, end < len(text)))


def _edge(text: str, start: int, limit: int) -> int:
    """A place at or behind `start` where a word begins, if there is one near."""
    if not start or text[start - 1].isspace():
        return start
    place = next((at for at in range(start, min(start + _WORD, limit)) if text[at].isspace()), None)
    return start if place is None else place + 1


def _end_edge(text: str, end: int, limit: int) -> int:
    if end >= len(text) or text[end].isspace():
        return end
    return next((at for at in range(end, max(end - _WORD, limit), -1) if text[at].isspace()), end)


def _places(text: str, value: str) -> Iterator[tuple[int, int]]:
    place = text.find(value) if value else -1
    while place >= 0:
        yield place, place + len(value)
        place = text.find(value, place + len(value))
