"""Events and their like out of a calendar, or a person out of an event that others have part in.

All instances of a UID are one record, as for the reader, and leave together. Time zones stay, even unused: they name
nobody, and another program may know them by name. DTSTAMP, SEQUENCE and LAST-MODIFIED are left as they are: nothing
was rescheduled, and a higher SEQUENCE is a new revision (RFC 5546, 2.1.4) that a server may tell all attendees of.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from scanner.blob import Blob
from scanner.formats.contacts import calendar
from scanner.formats.contacts.content_lines import Line, unescape
from scanner.limits import Limits
from scanner.records import Record, Steps
from scanner.surgery.base import CannotEdit, Editor, Edits, Person
from scanner.surgery.contacts import ics_proof
from scanner.surgery.contacts.content_lines import Piece, Working, opened, pieces, replaced
from scanner.surgery.contacts.event_amend import amended, still_named

_KINDS = {"VEVENT": "event", "VTODO": "todo", "VJOURNAL": "journal", "VFREEBUSY": "freebusy", "VPOLL": "poll"}
_SILENT = frozenset({"VTIMEZONE", "STANDARD", "DAYLIGHT"})


@dataclass(slots=True)
class Part:
    """One component, or (no kind) the calendar's own lines: an instance of a record."""

    kind: str
    number: int = 0
    found: list[Piece] = field(default_factory=list)
    uid: str = ""
    sure: bool = False  # its BEGIN and its own END are there

    @property
    def steps(self) -> Steps:
        """As the reader calls it."""
        return (f"{self.kind} {self.uid or f'#{self.number}'}",) if self.kind else ()

    @property
    def start(self) -> int:
        """Its first byte."""
        return self.found[0].start

    @property
    def end(self) -> int:
        """The byte after its last line end."""
        return self.found[-1].end


def _edit(blob: Blob, edits: Edits, person: Person, limits: Limits) -> bytes:
    if edits.replace:
        raise CannotEdit("a file inside an event would have to be rewritten")
    working, parts = _layout(blob.data())
    chosen = _chosen(parts, edits)
    changes = [(one.start, one.end, b"") for steps in edits.remove for one in chosen[steps]]
    for steps in sorted(edits.amend - edits.remove):
        changes += amended(working, [one.found for one in chosen[steps]], person)
    after = working.closed(replaced(working.data, changes))
    _prove(working, parts, after, edits)
    for found in calendar.FORMAT.extract(Blob(after, blob.name, limit=blob.limit), limits):
        if isinstance(found, Record) and found.steps in edits.amend and still_named(found, person):
            raise CannotEdit("the event names the person in a way that cannot be taken out")
    return after


def _chosen(parts: list[Part], edits: Edits) -> dict[Steps, list[Part]]:
    """The parts of each record. Raises CannotEdit where one is not there, or where it ends is not sure."""
    chosen: dict[Steps, list[Part]] = {}
    for part in parts:
        chosen.setdefault(part.steps, []).append(part)
    for steps in edits.remove | edits.amend:
        if steps not in chosen or (steps == () and steps in edits.remove):
            raise CannotEdit("an event that was to leave is not there, or is only a part of one")
        if not all(one.sure for one in chosen[steps]):
            raise CannotEdit("the borders of the event are not sure")
    return chosen


def _prove(before: Working, parts: list[Part], after: bytes, edits: Edits) -> None:
    """Every other component has the same bytes, in the same order, and so has what is in none."""
    working, new_parts = _layout(after)
    kept = [one for one in parts if one.kind and one.steps not in edits.remove]
    new = [one for one in new_parts if one.kind]
    beside = len(kept) != len(new) or any(
        old.steps not in edits.amend and before.data[old.start : old.end] != working.data[one.start : one.end]
        for old, one in zip(kept, new, strict=False)
    )
    if beside or (() not in edits.amend and _outside(before, parts) != _outside(working, new_parts)):
        raise CannotEdit("the borders of the events beside it are not sure")


def _outside(working: Working, parts: list[Part]) -> bytes:
    return replaced(working.data, [(one.start, one.end, b"") for one in parts if one.kind])


def _layout(data: bytes) -> tuple[Working, list[Part]]:
    working = opened(data)
    found = pieces(working, keep_folds=b"VERSION:1.0" in data[:2048].upper())
    return working, list(_parts(found))


def _parts(found: list[Piece]) -> Iterator[Part]:
    """The components as the reader tells them apart: a BEGIN ends the one before, whether it had its END or not."""
    root = Part("", sure=True)
    current: Part | None = None
    inside: list[str] = []
    number = 0
    for piece in found:
        line = piece.line
        name = line.value.strip().upper() if line.name in ("BEGIN", "END") else ""
        starts = line.name == "BEGIN" and name in _KINDS
        if current and (starts or _ends(line, name, current)):
            if line.name == "END" and _KINDS.get(name) == current.kind:
                current.found.append(piece)
                current.sure = True
            yield current
            current = None
        if starts:
            number += 1
            current, inside = Part(_KINDS[name], number, [piece]), []
        else:
            _add(piece, name, current or root, inside)
    if current:
        yield current
    yield root


def _add(piece: Piece, name: str, part: Part, inside: list[str]) -> None:
    """A line of a component (of one inside it, too), or of the calendar."""
    line = piece.line
    if name:
        if line.name == "BEGIN":
            inside.append(name)
        elif name in inside:
            del inside[inside.index(name) :]
    elif not part.kind:
        if not _SILENT.intersection(inside):
            part.found.append(piece)
        return
    elif line.name == "UID" and not inside:
        part.uid = part.uid or unescape(line.value).strip()
    if part.kind:
        part.found.append(piece)


def _ends(line: Line, name: str, current: Part) -> bool:
    return line.name == "END" and (_KINDS.get(name) == current.kind or name == "VCALENDAR")


def _refuses(blob: Blob) -> str | None:
    try:
        opened(blob.data())
    except CannotEdit as error:
        return error.reason
    return None


EDITOR = Editor(
    _edit,
    ics_proof.differences,
    _refuses,
    records=frozenset(_KINDS.values()),
    amends=frozenset({"", *_KINDS.values()}),
)
