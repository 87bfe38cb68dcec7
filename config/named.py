"""The names of all places: sources, backups and what only people can look through. Each name stands once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from config.fields import Table
from config.model import unknown
from config.names import folded, wrong_name

PROCESSOR = "processor"
PAPER = "paper"
WITH_PEOPLE: Mapping[str, str] = {PROCESSOR: "a processor", PAPER: "a paper binder"}
"""The kinds of `[[source]]` that gallra cannot read, and what they are called."""

PROVIDER = "provider"
"""The kind of `[[backup]]` that lies with a company which only people can ask."""

NO_BACKUP = "none"
"""What `backup` of a `[[source]]` says where there is none: the only thing that it can say."""


class Known:
    """What may be referred to by name. `sources` are the names as written, those too that have a problem."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        of_source = [(one["name"], WITH_PEOPLE.get(_kind(one), "")) for one in _named(document, "source")]
        self.sources: dict[str, str] = {folded(name): name for name, hand in of_source if not hand}
        self._others = {folded(name): hand for name, hand in of_source if hand}
        self._others |= {folded(one["name"]): "a backup" for one in _named(document, "backup")}
        self._without = {folded(one["name"]) for one in _named(document, "source") if one.get("backup") == NO_BACKUP}

    def wrong_source(self, name: str, what: str) -> str | None:
        """What is wrong with a name where a source is wanted, or None. `what` says why it can be no other place."""
        same = folded(name)
        if same in self.sources:
            return None
        if same in self._others:
            return f'"{name}" is {self._others[same]}, not a source: {what}'
        return unknown("source", name, self.sources.values())

    def wrong_for_rule(self, name: str) -> str | None:
        """What is wrong with a name in `sources` of a rule or register, or None."""
        return self.wrong_source(
            name, "name the source itself, and what lies in a backup is treated as what it is a copy of"
        )

    def wrong_to_cover(self, name: str) -> str | None:
        """What is wrong with a name in `covers` of a backup, or None."""
        if folded(name) in self._without and folded(name) in self.sources:
            return f'"{name}" says backup = "{NO_BACKUP}": one of both is wrong'
        return self.wrong_source(name, "a backup covers what gallra can read itself")

    def source(self, name: str) -> str:
        """The name as its source writes it. Ask only where nothing is wrong with it."""
        return self.sources[folded(name)]


class Taken:
    """The names that were given so far, with their lines."""

    def __init__(self) -> None:
        self._seen: dict[str, tuple[str, int]] = {}

    def name(self, found: Table, what: str) -> str:
        """The name of a place, noted where it cannot stand in a locator and on a command line, or stands twice.

        `what` is the place in a word: "source". What is no name at all is answered as "".
        """
        if "name" not in found.values:
            found.problem('key "name" is missing')
            return ""
        name: str = found.text("name", "")
        if not isinstance(found.values["name"], str):
            return ""
        said = wrong_name(name)
        if said is not None:
            found.problem(said, "name")
            return ""
        line = found.problems.line((*found.place, "name"))
        same = folded(name)
        if same in self._seen:
            other, at = self._seen[same]
            found.problem(f"the {other} in line {at} has the same name (capitals do not count)", "name")
        self._seen.setdefault(same, (what, line))
        return name


def _named(document: Mapping[str, Any], table: str) -> Iterator[Mapping[str, Any]]:
    found = document.get(table, [])
    for one in found if isinstance(found, list) else ():
        if isinstance(one, dict) and isinstance(one.get("name"), str):
            yield one


def _kind(one: Mapping[str, Any]) -> str:
    kind = one.get("kind")
    return kind if isinstance(kind, str) else ""
