"""What there is in a package, and which of the reader's records each of its parts and elements belongs to."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from scanner.formats.base import Found, Nested
from scanner.formats.office.ooxml import Beside
from scanner.formats.office.package import Package
from scanner.records import Record, Steps, Unread
from scanner.surgery.base import CannotEdit
from scanner.surgery.office.source import Node, Source

FLOW, LESSER, PROPERTY, SETTINGS, NUMBERING, LINKS, SILENT = (
    "flow", "lesser", "property", "settings", "numbering", "links", "silent",
)  # fmt: skip


@dataclass(slots=True, eq=False)
class Part:
    """One XML part. `places` has for each element the steps of the record it is told in; None where it is in none.

    `steps` is the record of the part as a whole. `read` says of each element whether the reader sees it; it leaves out
    what old programs are shown of a text box where that says the same.
    """

    name: str  # as the file writes it
    kind: str
    steps: Steps | None
    source: Source
    places: list[Steps | None]
    read: list[bool]
    authors: frozenset[str] = frozenset()


@dataclass(slots=True)
class Places:
    """All that an editor has to know of a package. `steps` are those of all records that can be amended."""

    parts: list[Part] = field(default_factory=list)
    rows: dict[Steps, tuple[Part, int]] = field(default_factory=dict)  # the w:tr by its steps
    steps: set[Steps] = field(default_factory=lambda: {()})  # of all records that can be amended
    nested: dict[Steps, str] = field(default_factory=dict)  # files inside, by the member they lie in
    objects: set[str] = field(default_factory=set)  # folders of documents inside, in lower case: told apart
    bare: dict[str, bytes] = field(default_factory=dict)  # what no reader reads and is no XML

    @property
    def by_name(self) -> dict[str, Part]:
        """The parts by their names in lower case."""
        return {part.name.replace("\\", "/").lstrip("/").lower(): part for part in self.parts}


class Placed(Beside):
    """The reader's own walk over lesser parts, which notes the step that each of them has."""

    def __init__(self, package: Package, words: tuple[str, ...]) -> None:
        super().__init__(package, words)
        self.steps: dict[str, Steps] = {}
        self.nested: dict[Steps, str] = {}

    def attached(self, part: str) -> Nested | Unread:
        """Notes where a file inside lies."""
        found = super().attached(part)
        self.nested[found.steps] = part
        return found

    def _nested(self, part: str, kind: str) -> Iterator[Found]:
        for found in super()._nested(part, kind):
            if isinstance(found, Nested):
                self.nested[found.steps] = part
            yield found

    def lesser(self, part: str, steps: Steps = ()) -> Iterator[Found]:
        """Notes the step of a part that says anything."""
        for found in super().lesser(part, steps):
            if isinstance(found, Record):
                self.steps[part] = found.steps
            yield found


def note_rest(places: Places, package: Package, beside: Placed) -> None:
    """The lesser parts, files inside, and what no reader reads."""
    for found in beside.rest():
        if isinstance(found, Unread) and found.steps not in beside.nested:
            raise CannotEdit("a part of it is damaged, or written in a rare way")
    for part, steps in beside.steps.items():
        whole(places, package, part, LESSER, steps)
        places.steps.add(steps)
    places.nested = {steps: package.name(part) for steps, part in beside.nested.items()}
    known = places.by_name
    inside = set(beside.nested.values())
    for part in package.parts:
        if part in known or part in inside or any(part.startswith(folder) for folder in places.objects):
            continue
        if part.endswith(".rels"):
            owner = known.get(part.replace("_rels/", "", 1).removesuffix(".rels"), None)
            whole(places, package, part, LINKS, owner.steps if owner is not None else None)
        elif part.endswith((".xml", ".rdf")) and package.size(part):
            whole(places, package, part, SILENT, None)
        else:
            places.bare[package.name(part)] = package.stream(part).read()


def whole(places: Places, package: Package, part: str, kind: str, steps: Steps | None) -> None:
    """A part that belongs to one record as a whole, or (no steps) to none."""
    source = Source(package.stream(part).read())
    count = len(source.nodes)
    places.parts.append(Part(package.name(part), kind, steps, source, [steps] * count, [True] * count))


def below(source: Source, number: int) -> list[Node]:
    """An element and all in it, in their order."""
    return source.nodes[number : source.nodes[number].last + 1]
