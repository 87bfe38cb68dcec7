"""Who is reminded of what, and that a reminder names nobody."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from config.model import Hand
from scanner.hands.reminding import body_of, is_due_again, pressing, receiver, reminders, subject_of
from scanner.tasks import Task
from tests.scanner.hands.people import NOW, PAPER, PROCESSOR, PROVIDER

TODAY = date(2026, 4, 1)
EVA = replace(PAPER, owner="eva@invex.example")


def task(number: int, hand: Hand | None, due: date = TODAY, **more: object) -> Task:
    source, holder = (hand.name, hand.owner) if hand is not None else ("evas", "Eva")
    found = Task(
        number, f"2026-{number:04d}", source, (4,), "Do it", holder, NOW, 30, ("anna.ek@x.example",), due, hand
    )
    return replace(found, **more)  # type: ignore[arg-type]


def test_only_what_is_overdue_or_due_within_a_week_presses() -> None:
    days = [-30, -1, 0, 7, 8]
    tasks = [task(n, PAPER, TODAY + timedelta(days=day)) for n, day in enumerate(days, start=1)]
    assert [one.number for one in pressing(tasks, TODAY)] == [1, 2, 3, 4]
    assert [one.is_overdue(TODAY) for one in tasks] == [True, True, False, False, False]


@pytest.mark.parametrize(
    ("one", "whom"),
    [
        (task(1, EVA), ("eva@invex.example", False)),
        (task(1, PAPER), None),
        (task(1, replace(PAPER, contact="arkiv@annan.example"), sent=TODAY), None),
        (task(1, PROCESSOR), None),
        (task(1, PROCESSOR, sent=TODAY), ("dpo@lon.example", True)),
        (task(1, PROVIDER, written=TODAY), ("help@moln.example", True)),
        (task(1, replace(PROVIDER, owner="it@invex.example"), sent=TODAY), ("it@invex.example", False)),
        (task(1, None), None),
        (task(1, None, holder="eva@invex.example"), ("eva@invex.example", False)),
    ],
)
def test_the_owner_is_reminded_or_who_got_a_letter(one: Task, whom: tuple[str, bool] | None) -> None:
    assert receiver(one) == whom


def test_one_mail_each_that_tells_cases_and_no_person() -> None:
    swedish, english = replace(PROCESSOR, language="sv"), replace(PROVIDER, contact="dpo@lon.example", language="en")
    tasks = [task(1, EVA, TODAY - timedelta(days=1)), task(2, EVA), task(3, swedish, sent=TODAY)]
    tasks += [task(4, english, sent=TODAY), task(5, PAPER)]
    found = reminders(tasks, "sv")
    assert [(one.to, one.language, [each.number for each in one.tasks]) for one in found] == [
        ("eva@invex.example", "sv", [1, 2]),
        ("dpo@lon.example", "sv", [3]),
        ("dpo@lon.example", "en", [4]),
    ]
    assert subject_of(found[0]) == "Påminnelse: ärende 2026-0001, 2026-0002"
    body = body_of(found[0], TODAY)
    assert "Ärende 2026-0001, pärmar: senast den 2026-03-31 (dagen är passerad)" in body
    assert "gallra task done 2 --by" in body
    for one in found:
        told = subject_of(one) + body_of(one, TODAY)
        assert "anna" not in told.lower()
        assert ("gallra" in told) is not one.outside
    assert "2026-0003" not in body_of(found[2], TODAY)


def test_nobody_is_reminded_twice_in_a_week() -> None:
    assert is_due_again(None, TODAY)
    assert not is_due_again(TODAY - timedelta(days=6), TODAY)
    assert is_due_again(TODAY - timedelta(days=7), TODAY)
