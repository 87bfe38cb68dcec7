"""What came back of erased persons: a draft case with its plan for each, nothing erased; told once for as long as
it is there.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from scanner.agent import book as books
from scanner.agent.done import Done, Notice
from scanner.agent.kin import Kin
from scanner.agent.marks import Marks
from scanner.case_lock import CaseBusy
from scanner.redo import note_opened, take_up
from scanner.returns import Return, look
from scanner.today import today

if TYPE_CHECKING:
    from scanner.agent.book import Book
    from scanner.workspace import Workspace

_TOPIC = "returned"


def run(work: Workspace, book: Book, now: datetime) -> Done:
    """Look, take up what no case has in hand, and tell what is new since the last look: one notice a person.

    What a hold kept and keeps no longer is the chore `holds`'s.
    """
    returns = [one for one in look(work, today()) if one.ended is None]
    marks = Marks(work.state / books.FILE, _TOPIC)
    known, round_ = marks.known()
    seen: set[str] = set()
    opened = 0
    with Kin.of(work) as kin:
        for number, group in sorted(_by_person(returns).items()):
            first = kin.first(number)
            places = {f"{first}:{kin.place(one.locator)}" for one in group}
            try:
                case, new = _taken_up(work, group, now)
            except CaseBusy:  # a person has it in hand: next time
                seen |= places & known
                continue
            opened += new
            seen |= places
            if places - known:
                key = f"returned:{first}:{round_}:{_digest(places - known)}"
                counts = {"items": len(places - known)}
                book.note(Notice("returned", key, case=case or first, counts=counts), now)
    if seen != known:
        marks.set(seen)
    return Done(0, {"returns": len(returns), "drafts": opened})


def _taken_up(work: Workspace, group: Sequence[Return], now: datetime) -> tuple[str, int]:
    """The case that has it in hand, "" for none, and how many were opened. Raises CaseBusy."""
    if all(one.case is not None for one in group):
        return max(one.case or "" for one in group), 0
    cases = take_up(work, group, now)
    for one in cases:
        note_opened(work, one)
    in_hand = [one.case.number for one in cases] + [one.case for one in group if one.case is not None]
    return (in_hand[0] if in_hand else ""), sum(one.new for one in cases)


def _by_person(returns: Iterable[Return]) -> Mapping[str, list[Return]]:
    found: dict[str, list[Return]] = {}
    for one in returns:
        found.setdefault(one.number, []).append(one)
    return found


def _digest(places: Iterable[str]) -> str:
    return hashlib.sha256("\n".join(sorted(places)).encode("ascii")).hexdigest()[:16]
