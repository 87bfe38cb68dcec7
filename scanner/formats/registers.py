"""Tables whose columns an admin configured (`[[register]]`): their persons, instead of what the header makes guess.

Which row is `row 7` stays what `rows` says, so that editors find it. What was configured and is not there is a gap, and
the guess goes on beside it: nothing is hidden by a rule that does not fit.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice

from config.model import Register
from config.names import folded
from connectors.base import GapReason
from connectors.registers.columns import PersonColumns
from scanner.formats.header import Columns, entities, facts_in
from scanner.formats.header_groups import Group, indexes, without
from scanner.formats.person_facts import facts_of
from scanner.formats.rows import row_records
from scanner.formats.several import apart
from scanner.records import Entity, Record, Role, Steps, Unread

_LOOK = 20  # used rows among which the header is looked for
_SHEET = "sheet "
_TELLS = "[[register]]"
_TOLD = 5  # columns that are not there, by name
_LETTERS = re.compile(r"[A-Z]{1,3}\Z")
_NUMBER = re.compile(r"[1-9][0-9]{0,4}\Z")

Rows = Iterable[tuple[int, Sequence[str]]]


def table_records(registers: Registers | None, steps: Steps, rows: Rows, left: int = 0) -> Iterator[Record | Unread]:
    """The records of a table in a file that registers may be about; `left` as in `Registers.records`."""
    return row_records(steps, rows) if registers is None else registers.records(steps, rows, left)


class Registers:
    """The registers that one item falls under, and whether its tables have their columns."""

    def __init__(self, rules: Sequence[Register]) -> None:
        self._rules = rules
        self._looked: dict[int, bool] = {}  # the rules that a table was there for, and whether one had their columns

    def records(self, steps: Steps, rows: Rows, left: int = 0) -> Iterator[Record | Unread]:
        """As `row_records`, with the persons of the first register that knows the table.

        `left` is how many empty columns stand before the first cell of each row.
        """
        used = ((position, cells) for position, cells in rows if any(cells))
        first = list(islice(used, max(_LOOK, *(rule.header or 0 for rule in self._rules))))
        table = self._table(steps, first, left)
        if table is None:
            yield from row_records(steps, chain(first, used))
            return
        yield from table.missing(steps)
        yield from row_records(steps, chain(first, used), table)

    def unused(self) -> Iterator[Unread]:
        """Told after all tables were read: a rule whose columns none of them has."""
        for number, known in sorted(self._looked.items()):
            if not known:
                rule = self._rules[number]
                sheet = f" (sheet {rule.sheet})" if rule.sheet else ""
                yield _gap((), rule, f"none of its columns is in a table here{sheet}")

    def _table(self, steps: Steps, first: Sequence[tuple[int, Sequence[str]]], left: int) -> _Table | None:
        best: _Table | None = None
        for number, rule in enumerate(self._rules):
            is_meant = not rule.sheet or _is_sheet(steps, rule.sheet)
            if not first:  # nothing in it is hidden; and a sheet that is named is there
                self._looked.update({number: True} if is_meant and rule.sheet else {})
                continue
            self._looked.setdefault(number, False)
            if not is_meant:
                continue
            table = _Table.of(rule, first, left)
            if table.places:
                self._looked[number] = True
                best = best or table
        return best


@dataclass(slots=True)
class _Table:
    """One rule laid over one table: `places` leads from a configured column to where it stands in the rows' cells."""

    rule: Register
    header: int  # the position of the header's row; -1 where there is none
    left: int
    places: dict[str, int]
    _guess: _Guess | None = None

    @classmethod
    def of(cls, rule: Register, first: Sequence[tuple[int, Sequence[str]]], left: int) -> _Table:
        best = cls(rule, -1, left, _places(rule, [], left))
        for position, cells in first if rule.header != 0 else []:
            if rule.header is not None and position != rule.header - 1:
                continue
            places = _places(rule, cells, left)
            if _named(places, cells) > (0 if best.header < 0 else len(best.places)) or rule.header is not None:
                best = cls(rule, position, left, places)
        return best

    def missing(self, steps: Steps) -> Iterator[Unread]:
        """The configured columns that the table lacks."""
        lost = [name for name in _columns(self.rule) if name not in self.places]
        if lost:
            more = f" and {len(lost) - _TOLD} more" if len(lost) > _TOLD else ""
            yield _gap(steps, self.rule, f"no column {', '.join(lost[:_TOLD])}{more}")

    def persons(self, position: int, cells: Sequence[str], head: Columns | None) -> list[Entity]:
        """The persons of one row: those of the rule, then whom else the header speaks of."""
        if position <= self.header:
            return []
        if head is None:
            return self._configured(cells, ())
        if self._guess is None or self._guess.head is not head:
            self._guess = _Guess.of(head, self)
        return [*self._configured(cells, self._guess.joined), *entities(self._guess.rest, cells)]

    def header_again(self, cells: Sequence[str]) -> None:
        """A header further down holds from there on, if it has all that the first one had."""
        again = _places(self.rule, cells, self.left)
        if self.header >= 0 and _named(again, cells) == len(self.places):
            self.places, self._guess = again, None

    def _configured(self, cells: Sequence[str], joined: Sequence[Group]) -> list[Entity]:
        found: list[Entity] = []
        for person in self.rule.persons:
            facts = facts_of(
                (kind, cells[self.places[name]])
                for kind, names in person.columns
                for name in names
                if name in self.places and self.places[name] < len(cells)
            )
            for group in () if person.related else joined:
                facts = list(dict.fromkeys([*facts, *facts_in(group, cells)]))
            if facts:
                found.extend(apart(Entity(Role.RELATED if person.related else Role.OWNER, facts)))
        return found


@dataclass(frozen=True, slots=True)
class _Guess:
    """What the header says of the columns that are not configured.

    `joined` are those of the row's owner, where both, the header and the rule, know him by some of the same columns.
    """

    head: Columns
    joined: tuple[Group, ...]
    rest: Columns

    @classmethod
    def of(cls, head: Columns, table: _Table) -> _Guess:
        taken = frozenset(table.places.values())
        owners = [person for person in table.rule.persons if not person.related]
        own = _indexes(owners[0], table.places) if len(owners) == 1 else frozenset[int]()
        shared = [group.role is Role.OWNER and bool(indexes(group) & own) for group in head.groups]
        left = [(without(group, taken), both) for group, both in zip(head.groups, shared, strict=True)]
        joined = tuple(group for group, both in left if both)
        return cls(head, joined, Columns(tuple(group for group, both in left if not both)))


def _places(rule: Register, cells: Sequence[str], left: int) -> dict[str, int]:
    """Where each configured column stands: by its header, else by its letter or number. The first of two counts."""
    heads: dict[str, int] = {}
    for index, cell in enumerate(cells):
        heads.setdefault(_said(cell), index)
    found: dict[str, int] = {}
    for name in _columns(rule):
        place = heads.get(_said(name), _numbered(name, left))
        if place is not None:
            found[name] = place
    return found


def _named(places: dict[str, int], cells: Sequence[str]) -> int:
    """How many of the columns are found by what the row says."""
    said = set(map(_said, cells))
    return sum(1 for name in places if _said(name) in said)


def _said(cell: str) -> str:
    return " ".join(folded(cell).split()).strip("\ufeff")


def _numbered(name: str, left: int) -> int | None:
    """The place of "C" or "3" in cells of which so many empty columns were left out."""
    name = name.strip()
    if _LETTERS.match(name):
        place = 0
        for letter in name:
            place = place * 26 + ord(letter) - 64
    elif _NUMBER.match(name):
        place = int(name)
    else:
        return None
    return place - 1 - left if place > left else None


def _columns(rule: Register) -> list[str]:
    return list(dict.fromkeys([*(name for person in rule.persons for name in person.names), *rule.text]))


def _indexes(person: PersonColumns, places: dict[str, int]) -> frozenset[int]:
    return frozenset(places[name] for name in person.names if name in places)


def _is_sheet(steps: Steps, sheet: str) -> bool:
    return bool(steps) and steps[-1].startswith(_SHEET) and folded(steps[-1][len(_SHEET) :]) == folded(sheet)


def is_told(unread: Unread) -> bool:
    """Whether this is what a register lacks, and not a fault of the file."""
    return unread.detail.startswith(_TELLS)


def _gap(steps: Steps, rule: Register, said: str) -> Unread:
    return Unread(steps, GapReason.UNREADABLE, f'{_TELLS} "{rule.name}": {said}')
