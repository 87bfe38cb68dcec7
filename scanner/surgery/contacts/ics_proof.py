"""What differs between a calendar and its rewriting, by `proof`: components are told apart by BEGIN and END rows."""

from __future__ import annotations

import re
from collections.abc import Iterator

from scanner.surgery.base import Edits, Person
from scanner.surgery.contacts import proof
from scanner.surgery.contacts.proof import Block

_EDGE = re.compile(rb"(?i)(BEGIN|END)[ \t]*:\s*(VEVENT|VTODO|VJOURNAL|VFREEBUSY|VPOLL|VCALENDAR)\s*$")
_INNER = re.compile(rb"(?i)[ \t]*(BEGIN|END)[ \t]*:")


def differences(before: bytes, after: bytes, edits: Edits, person: Person) -> list[str]:
    """What differs between both files beyond the edits."""
    old, new = list(_blocks(proof.plain(before))), list(_blocks(proof.plain(after)))
    gone = frozenset(" ".join(steps) for steps in edits.remove)
    changed = edits.amend - edits.remove
    labels = frozenset(steps[0] for steps in changed if steps)
    if () in changed:  # then the lines of the calendar itself count as a part with a name
        missing = [one for one in gone if one not in {block.label for block in old}]
        old, new = _with_frame([block for block in old if block.label not in gone]), _with_frame(new)
        gone, labels = frozenset(missing), labels | {_FRAME}
    return _several(proof.differences(old, new, gone, labels, person))


_FRAME = "calendar"


def _with_frame(blocks: list[Block]) -> list[Block]:
    return [Block(block.label or _FRAME, block.data) for block in proof.joined(blocks)]


def _several(problems: list[str]) -> list[str]:
    """Of several instances or stretches that are one record, not each must name the person."""
    return [one for one in problems if one != "a part that was to change is as it was"]


def _blocks(data: bytes) -> Iterator[Block]:
    kind = ""
    number = 0
    held: list[bytes] = []
    for row in proof.fields(data):
        edge = _EDGE.match(row)
        begins, what = (edge[1].upper() == b"BEGIN", edge[2].decode().upper()) if edge else (False, "")
        if edge and ((begins and what != "VCALENDAR") or (kind and what == "VCALENDAR")):
            yield Block(_label(kind, number, held), b"".join(held))
            held, kind = [], "" if what == "VCALENDAR" else what
            number += kind != ""
        held.append(row)
        if kind and edge and not begins and what == kind:
            yield Block(_label(kind, number, held), b"".join(held))
            held, kind = [], ""
    yield Block(_label(kind, number, held), b"".join(held))


def _label(kind: str, number: int, rows: list[bytes]) -> str:
    if not kind:
        return ""
    depth = 0
    for field in proof.fields(b"".join(rows)):
        edge = _INNER.match(field)
        if edge:
            depth += 1 if edge[1].upper() == b"BEGIN" else -1
        elif depth == 1:
            name, _, value = proof.said(field)
            if name == "UID" and value.strip():
                return f"{kind[1:].lower()} {value.strip()}"
    return f"{kind[1:].lower()} #{number}"
