"""What a record is known by: what it says, and where it lies but for the numbers that move."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import pytest

from scanner.records import Entity, Fact, IdType, Record, Role, Steps
from scanner.surgery.prints import Prints, below, canonical, shape

ROW = Record(
    ("sheet Kunder", "row 12"),
    "row",
    [(Role.BODY, "Bo\tUmeå")],
    [Entity(Role.OWNER, [Fact(IdType.NAME, "Bo"), Fact(IdType.EMAIL, "bo@kund.example")])],
)


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        (("row 12",), ("row",)),
        (("sheet Blad 2", "row 3"), ("sheet Blad 2", "row")),
        (("message 7", "attachment 2: lista 3.csv", "row 1"), ("message", "attachment: lista 3.csv", "row")),
        (("member 2026/row 3.csv", "card 4"), ("member 2026/row 3.csv", "card")),
        (("event 12",), ("event 12",)),
        (("event #3",), ("event",)),
        (("event abc #3",), ("event abc #3",)),
        (("todo #1",), ("todo",)),
        (("page 3",), ("page",)),
        (("part comments",), ("part comments",)),
        (("sheet row 7",), ("sheet row 7",)),
        ((), ()),
    ],
)
def test_only_numbers_that_move_are_left_out(steps: Steps, expected: Steps) -> None:
    assert shape(steps) == expected


def test_a_row_keeps_its_print_when_its_number_moves() -> None:
    assert canonical(replace(ROW, steps=("sheet Kunder", "row 11"))) == canonical(ROW)


OTHER = [Entity(Role.OWNER, [Fact(IdType.NAME, "Bo"), Fact(IdType.EMAIL, "bo@annan.example")])]


@pytest.mark.parametrize(
    "other",
    [
        replace(ROW, steps=("sheet Gamla", "row 12")),
        replace(ROW, kind="card"),
        replace(ROW, texts=[(Role.SUBJECT, "Bo\tUmeå")]),
        replace(ROW, texts=[(Role.BODY, "Bo\tUmea")]),
        replace(ROW, texts=[(Role.BODY, "Bo"), (Role.BODY, "Umeå")]),
        replace(ROW, entities=OTHER),
        replace(ROW, entities=[*ROW.entities, *OTHER]),
        replace(ROW, entities=[Entity(Role.RELATED, ROW.entities[0].facts)]),
        replace(ROW, entities=[Entity(Role.OWNER, [one]) for one in ROW.entities[0].facts]),
        replace(ROW, entities=[]),
    ],
)
def test_every_other_difference_is_another_print(other: Record) -> None:
    assert canonical(other) != canonical(ROW)


def test_half_a_sign_breaks_nothing() -> None:
    assert canonical(replace(ROW, texts=[(Role.BODY, "\ud800")])) != canonical(ROW)


def test_twins_are_told_apart_by_their_order() -> None:
    prints = Prints(lambda data: hashlib.sha256(data).digest())
    twin, other = replace(ROW, steps=("sheet Kunder", "row 40")), replace(ROW, kind="card")
    known = [prints.of(one) for one in (ROW, other, twin, ROW)]
    assert [occurrence for _, occurrence in known] == [1, 1, 2, 3]
    assert len({mark for mark, _ in known}) == 2
    assert all(set(mark) <= set("0123456789abcdef") for mark, _ in known)


def test_below() -> None:
    tops = [("member a",), ("member b", "row 1")]
    assert below(("member a", "row 3"), tops)
    assert below(("member b", "row 1"), tops)
    assert not below(("member b",), tops)
    assert not below(("member ab",), tops)
