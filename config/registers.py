"""The `[[register]]` tables: which columns of a csv file or a workbook hold what about the persons of its rows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from config.fields import Table, tables
from config.model import Register
from config.named import Known
from config.problems import Problems
from config.rules import wrong_pattern
from connectors.registers.columns import PersonColumns, person_columns

LAST_HEADER = 100
"""The last row that a header may stand in: it is looked for in what is read first."""

KEYS = ("name", "sources", "match", "sheet", "header", "person", "related", "text")
"""What a `[[register]]` takes."""


def registers(document: Mapping[str, Any], known: Known, problems: Problems) -> tuple[Register, ...]:
    """Every `[[register]]`; those with a problem are noted and left out. `known` are the names one may give."""
    found = (_register(one, known) for one in tables(document, "register", problems))
    return tuple(one for one in found if one is not None)


def _register(found: Table, known: Known) -> Register | None:
    before = len(found.problems)
    found.refuse_unknown(KEYS)

    if not found.values.get("match"):
        found.problem('key "match" is missing: which files it is about, as in ["Register/*.csv"]')
    persons = [*_persons(found, "person", related=False), *_persons(found, "related", related=True)]
    if not persons and len(found.problems) == before:
        found.problem('names no columns: needs "person", as in { email = "E-post" }')
    header = found.number("header", int, LAST_HEADER, zero=True)
    register = Register(
        name=found.text("name", "") or _called(found),
        sources=tuple(dict.fromkeys(known.source(one) for one in found.texts("sources", known.wrong_for_rule))),
        match=found.texts("match", wrong_pattern),
        sheet=found.text("sheet", ""),
        header=None if header is None else int(header),
        persons=tuple(persons),
        text=found.texts("text", _wrong_column),
    )
    return register if len(found.problems) == before else None


def _called(found: Table) -> str:
    """A register without a name is called by the files that it is about."""
    match = found.values.get("match")
    return match[0] if isinstance(match, list) and match and isinstance(match[0], str) else ""


def _persons(found: Table, key: str, *, related: bool) -> list[PersonColumns]:
    """One table of columns, or a list of them: a row may be about two, and may name several beside."""
    value = found.values.get(key)
    if value is None:
        return []
    persons = []
    for one in value if isinstance(value, list) else [value]:
        person, said = person_columns(one, related=related)
        for problem in said:
            found.problem(problem.partition(": ")[2], key)
        persons.append(person)
    return persons


def _wrong_column(text: str) -> str | None:
    return None if text.strip() else "must be the name of a column"
