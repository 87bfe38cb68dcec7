"""What an admin says of a database: its tables, which columns are about persons, and what erasing a row means."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from connectors.base import Option
from connectors.errors import ConfigError
from connectors.registers.columns import KINDS, PersonColumns, person_columns

DELETE, BLANK = "delete", "blank"

_PLACE = re.compile(r"table\[(?P<table>[0-9]+)\](?:\.with\[(?P<with>[0-9]+)\])?(?:\.(?P<key>.+))?")
_COLUMNS = tuple(Option(kind, str | list, f"the column, or columns, with the {kind}", None) for kind in KINDS)
_LAYOUT = (
    Option("person", dict, 'whose row it is, as { name = "namn", email = "epost" }', {}, tables=_COLUMNS),
    Option("related", list, 'others named in the row, as [{ name = "kontakt" }]', [], tables=_COLUMNS),
    Option("text", list, "columns of free text that are searched", []),
    Option("on_erase", str, "delete the row, or blank its columns", DELETE, choices=(DELETE, BLANK)),
    Option("key", list, "the columns that tell rows apart; the primary key where it is not said", []),
)
WITH = Option(
    "with",
    list,
    "rows of another table that go with the row",
    [],
    tables=(
        Option("table", str, "the table whose rows go along"),
        Option("column", str, "its column that refers to the row"),
        Option("to", str, "the column that it refers to; the key where it is not said", ""),
        *_LAYOUT,
    ),
)
PARENT = Option(
    "parent",
    list,
    "whose row this row belongs to, where the database has no foreign key that says so",
    [],
    tables=(
        Option("table", str, "the other configured table"),
        Option("column", str, "the column here that refers to it"),
        Option("to", str, "the column there; the key where it is not said", ""),
    ),
)
TABLE = Option(
    "table",
    list,
    "a table that is searched",
    [],
    tables=(
        Option("name", str, "the table, as kunder or schema.kunder"),
        *_LAYOUT,
        Option("version", str, "a column that changes with every change of the row", ""),
        WITH,
        PARENT,
    ),
)


@dataclass(frozen=True, slots=True)
class Layout:
    """What the columns of a table hold, and what erasing does with them."""

    persons: tuple[PersonColumns, ...] = ()
    text: tuple[str, ...] = ()
    on_erase: str = DELETE
    key: tuple[str, ...] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        """All columns that hold something about a person, each once."""
        return tuple(dict.fromkeys((*(name for one in self.persons for name in one.names), *self.text)))

    @property
    def blanks(self) -> bool:
        """True where rows stay, with their columns blank."""
        return self.on_erase == BLANK


@dataclass(frozen=True, slots=True)
class Link:
    """One column that refers to a column of another table. An empty `to` means that table's key."""

    table: str
    column: str
    to: str = ""


@dataclass(frozen=True, slots=True)
class WithTable:
    """Rows that go with a row: `link.column` of `link.table` refers to `link.to` of the row's own table."""

    link: Link
    layout: Layout


@dataclass(frozen=True, slots=True)
class TableSettings:
    """One `[[source.table]]`."""

    name: str
    layout: Layout
    version: str = ""
    withs: tuple[WithTable, ...] = ()
    parents: tuple[Link, ...] = ()


def tables(settings: Mapping[str, Any]) -> tuple[TableSettings, ...]:
    """Every table. Raises ConfigError with all that is wrong."""
    problems: list[str] = []
    found = tuple(_table(raw, f"table[{index}]", problems) for index, raw in enumerate(settings.get("table") or ()))
    problems += _twice(found)
    if problems:
        raise ConfigError(problems)
    return found


def in_words(problem: str, settings: Sequence[TableSettings]) -> str:
    """A problem that begins with a place (`table[0].with[1].column: ...`), with the tables' names in its stead."""
    place, _, text = problem.partition(": ")
    found = _PLACE.fullmatch(place)
    if found is None:
        return problem
    table = settings[int(found["table"])]
    beside = f' [[with]] "{table.withs[int(found["with"])].link.table}"' if found["with"] else ""
    return f'[[table]] "{table.name}"{beside} {found["key"] or ""}'.rstrip() + f": {text}"


def _table(raw: Mapping[str, Any], place: str, problems: list[str]) -> TableSettings:
    layout = _layout(raw, place, problems)
    withs = []
    for index, one in enumerate(raw.get("with") or ()):
        withs.append(WithTable(_link(one), _layout(one, f"{place}.with[{index}]", problems)))
    return TableSettings(
        raw["name"],
        layout,
        raw.get("version") or "",
        tuple(withs),
        tuple(_link(one) for one in raw.get("parent") or ()),
    )


def _link(raw: Mapping[str, Any]) -> Link:
    return Link(raw["table"], raw["column"], raw.get("to") or "")


def _layout(raw: Mapping[str, Any], place: str, problems: list[str]) -> Layout:
    persons = tuple(_persons(raw, place, problems))
    text = _names(raw.get("text"))
    layout = Layout(persons, text, raw.get("on_erase") or DELETE, _names(raw.get("key")))
    if layout.blanks and not layout.columns:
        problems.append(f'{place}.on_erase: "{BLANK}" needs columns to blank: name them in person, related or text')
    if layout.blanks and (both := [name for name in layout.key if name in layout.columns]):
        problems.append(
            f'{place}.on_erase: "{both[0]}" is in the key, which cannot be blank: take it out of person and text, '
            f'or write on_erase = "{DELETE}"'
        )
    return layout


def _persons(raw: Mapping[str, Any], place: str, problems: list[str]) -> Iterator[PersonColumns]:
    written = [("person", False, raw.get("person"))] if raw.get("person") else []
    written += [(f"related[{index}]", True, one) for index, one in enumerate(raw.get("related") or ())]
    for key, related, value in written:
        said = {kind: names for kind, names in (value or {}).items() if names is not None}
        found, wrong = person_columns(said, related=related)
        problems += [f"{place}.{key}: {text.partition(': ')[2]}" for text in wrong]
        yield found


def _names(raw: Sequence[str] | None) -> tuple[str, ...]:
    return tuple(dict.fromkeys(raw or ()))


def _twice(found: Sequence[TableSettings]) -> Iterator[str]:
    """A row has one address: a table stands once, by itself or with one other."""
    seen: set[str] = set()
    names = [(f"table[{index}].name", one.name) for index, one in enumerate(found)]
    names += [
        (f"table[{index}].with[{number}].table", inner.link.table)
        for index, one in enumerate(found)
        for number, inner in enumerate(one.withs)
    ]
    for place, name in names:
        if name in seen:
            yield f"{place}: stands twice: a table is searched by itself, or goes with one other"
        seen.add(name)
