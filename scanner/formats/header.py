"""What the columns of a table hold, read from its header row, and the persons that a row then names."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from scanner.formats.header_groups import Group, groups_of
from scanner.formats.header_labels import BEARERS, CONTACT, Label, is_word, label_of, person_in, tokens
from scanner.formats.header_words import GENERIC, NOT_A_PERSON, RELATED, Part
from scanner.formats.several import apart
from scanner.records import Entity, Fact, IdType, Role


@dataclass(frozen=True, slots=True)
class Columns:
    """What a header says of its columns. `groups` is empty for a header that tells nothing of persons."""

    groups: tuple[Group, ...]


def columns(header: Sequence[str]) -> Columns | None:
    """Read a header row. None: the row does not look like a header (it is data)."""
    words = [tokens(cell) for cell in header]
    filled = [index for index, cell in enumerate(header) if cell.strip()]
    if not filled:
        return None
    labels = [label_of(tokens) for tokens in words]
    persons = {index: person_in(cell) for index, cell in enumerate(words) if person_in(cell)}
    known = sum(1 for index in filled if index not in persons and (labels[index] or _is_generic(words[index])))
    data = sum(1 for index in filled if _looks_like_data(header[index]))
    if known <= 2 * data or (known == 1 and len(filled) > 2 and not any(map(_is_plain, labels))):
        return None
    return Columns(groups_of(labels, persons))


def has_data(header: Sequence[str]) -> bool:
    """True where a header row holds more than the words of headers (persons' names), so that it must be `row 0`."""
    return any(_looks_like_data(cell) or not is_word(cell) for cell in header if cell.strip())


_MOST_SPACES = 7


def is_header(cells: Sequence[str]) -> bool:
    """True for a row that can only be another header: two known columns, next to nothing else, and no data."""
    filled = [cell for cell in cells if cell and not cell.isspace()]
    if len(filled) < 2 or any(cell.isdigit() or len(cell) > 80 or "@" in cell for cell in filled):
        return False
    strange = 0
    for cell in filled:  # left at the first words of data: every row of every table comes here
        strange += cell.count(" ") > _MOST_SPACES or not is_word(cell)
        if 3 * strange >= len(filled):
            return False
    if any(map(_looks_like_data, filled)) or sum(1 for cell in filled if label_of(tokens(cell))) < 2:
        return False
    return columns(cells) is not None


def entities(columns: Columns, cells: Sequence[str]) -> list[Entity]:
    """The persons of one row. Short rows and empty cells are fine."""
    found: list[Entity] = []
    for group in columns.groups:
        facts = facts_in(group, cells)
        many = [fact for fact in facts if _MANY in fact.value and fact.type is IdType.NAME]
        if many:
            found.extend(_listed(many))
            facts = [fact for fact in facts if fact not in many]
        if facts:
            found.extend(apart(Entity(group.role, facts)))
    return found


# One row

_MANY = " ::: "  # how Google writes several values in one cell


def _listed(facts: list[Fact]) -> Iterator[Entity]:
    """Names that stand in one cell are persons of their own."""
    for fact in facts:
        yield from (Entity(Role.RELATED, [Fact(fact.type, name)]) for name in fact.value.split(_MANY) if name)


def facts_in(group: Group, cells: Sequence[str]) -> list[Fact]:
    """What one person's columns hold in a row."""
    count = len(cells)
    facts = _names(group, cells) if group.named else []
    for index, type_, part in group.single:
        value = cells[index].strip() if index < count else ""
        if value and part is None:
            facts.append(Fact(type_, value))
        elif value and part is not None:
            facts.extend(Fact(type_, piece) for piece in pieces(value, part))
    for address in group.addresses:
        value = " ".join(cells[index].strip() for index in address if index < count and cells[index].strip())
        if value and any(cells[index].strip() for index in address[:1] if index < count):
            facts.append(Fact(IdType.ADDRESS, value))
    if len(facts) > 1 and len({fact.value for fact in facts}) < len(facts):
        return list(dict.fromkeys(facts))
    return facts


def _names(group: Group, cells: Sequence[str]) -> list[Fact]:
    given, middle, family = (
        " ".join([cells[index].strip() for index in indexes if index < len(cells) and cells[index].strip()])
        for indexes in (group.given, group.middle, group.family)
    )
    short = " ".join([part for part in (given, family) if part])
    if not short:
        return []
    if not middle:
        return [Fact(IdType.NAME, short)]
    full = " ".join([part for part in (given, middle, family) if part])
    return [Fact(IdType.NAME, value) for value in dict.fromkeys((short, full))]


_IN_BRACKETS = re.compile(r"\s*[(<\[]\s*[^\s()<>]*@[^()<>]*[)>\]]\s*")
_EMAIL_BREAK = re.compile(r"\s*(?::::|[;,\n])\s*|\s+")
_PHONE_BREAK = re.compile(r"\s*(?::::|[;\n])\s*|\s+/\s+|,\s+")
_BREAKS = {Part.EMAIL: _EMAIL_BREAK, Part.PHONE: _PHONE_BREAK}


def pieces(value: str, part: Part) -> list[str]:
    """The values in one cell: Google joins with `:::`, people with commas; Outlook's names carry the address."""
    if part is Part.FULL:
        if "@" in value:
            value = _IN_BRACKETS.sub(" ", value).strip()
        return [value] if value and "@" not in value else []
    if part is Part.EMAIL and (value.count("@") < 2 or "<" in value):
        return [value]
    pattern = _BREAKS.get(part)
    return [piece for piece in pattern.split(value) if piece] if pattern else [value]


# The header row


def _looks_like_data(cell: str) -> bool:
    return "@" in cell or sum(map(str.isdigit, cell)) >= 5 or len(cell) > 80


def _is_plain(label: Label | None) -> bool:
    """A word that alone makes a row a header: nobody is named `Efternamn`, but a cell may well say `Mobil`."""
    return bool(label and label.part in (*BEARERS, Part.EMAIL, Part.CUSTOMER_NUMBER) and len(label.phrase) > 3) and (
        label is not None and label.phrase not in ("mail", "mejl", "first", "last", "person", *CONTACT)
    )


def _is_generic(tokens: tuple[str, ...]) -> bool:
    words = [token for token in tokens if not token.isdigit()]
    return (
        " ".join(words) in GENERIC or bool(words and words[-1] in NOT_A_PERSON) or bool(words and words[0] in RELATED)
    )
