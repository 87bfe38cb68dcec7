"""Whom to remind of what: tasks that are overdue or due soon, by the number of their case alone. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from scanner.hands.kinds import PAPER
from scanner.hands.texts import Texts
from scanner.tasks import Task

SOON: Final = 7  # days before its last day from which a task is told
AGAIN: Final = 7  # days before the same person is reminded of the same task again


@dataclass(frozen=True, slots=True)
class Reminder:
    """One mail: to whom, in which language, of which tasks. `outside`: to who got the letter, not to our own."""

    to: str
    language: str
    outside: bool
    tasks: tuple[Task, ...]


def pressing(tasks: Iterable[Task], today: date) -> list[Task]:
    """Those that are overdue, or due soon."""
    return [one for one in tasks if one.due <= today + timedelta(days=SOON)]


def reminders(tasks: Iterable[Task], language: str) -> list[Reminder]:
    """One mail for each receiver. A task that has nobody with an address is in none.

    Who is outside the company is reminded of a letter, and so only where one was made.
    """
    found: dict[tuple[str, str, bool], list[Task]] = {}
    for one in tasks:
        whom = receiver(one)
        if whom is not None:
            own = one.hand.language if one.hand is not None and whom[1] else ""
            found.setdefault((whom[0], own or language, whom[1]), []).append(one)
    return [Reminder(to, spoken, outside, tuple(group)) for (to, spoken, outside), group in found.items()]


def receiver(task: Task) -> tuple[str, bool] | None:
    """Whose address a reminder goes to, and whether that is outside of the company; None for nobody's."""
    hand = task.hand
    inside = hand.owner if hand is not None else task.holder
    if "@" in inside:
        return inside, False
    if hand is not None and hand.kind != PAPER and hand.contact and (task.sent or task.written):
        return hand.contact, True
    return None


def is_due_again(reminded: date | None, today: date) -> bool:
    """True where nobody was reminded of it lately."""
    return reminded is None or reminded + timedelta(days=AGAIN) <= today


def subject_of(reminder: Reminder) -> str:
    """The subject of the mail: the cases."""
    return Texts(reminder.language)("remind_subject", cases=", ".join(_cases(reminder.tasks)))


def body_of(reminder: Reminder, today: date) -> str:
    """The text of the mail; it names nobody. Who is outside gets no names of our sources."""
    text = Texts(reminder.language)
    lines = [text("remind_hello"), ""]
    for one in reminder.tasks:
        over = f" ({text('remind_over')})" if one.is_overdue(today) else ""
        lines.append(f"- {text('remind_line', case=one.case, source=one.source, due=one.due)}{over}")
        if not reminder.outside:
            lines.append(f"  {text('remind_mine', number=one.number)}")
    return "\n".join([*lines, *(["", text("remind_theirs")] if reminder.outside else [])]) + "\n"


def _cases(tasks: Sequence[Task]) -> Mapping[str, None]:
    return dict.fromkeys(one.case for one in tasks)
