"""Decisions on identifiers in a case file, an older file too, and what a later hold does to "unsure"."""

from __future__ import annotations

import json
from datetime import UTC, datetime

from scanner.case_json import dump_case, load_case
from scanner.deciding import TAKEN, choose, taken
from scanner.model import Case, Choice, SubjectId, Suggestion, Whether
from scanner.records import IdType

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
ANNA = SubjectId(IdType.EMAIL, "anna@kund.example", given=True)


def case() -> Case:
    made = Case("2026-0001", NOW, [ANNA])
    made.missing = ["a sentence"]
    made.suggestions = [Suggestion("Anna Ek", IdType.EMAIL, "a@x.example", 4, "kunder: a > row 1", unsure=True)]
    made.choices = [Choice(IdType.EMAIL, "a@x.example", Whether.UNSURE)]
    return made


def test_they_come_back_as_they_were_saved() -> None:
    assert load_case(dump_case(case())) == case()


def test_a_case_of_an_earlier_version_has_none() -> None:
    raw = json.loads(dump_case(case()))
    for key in ("missing", "suggestions", "choices"):
        del raw[key]
    old = load_case(json.dumps(raw).encode())
    assert (old.missing, old.suggestions, old.choices) == ([], [], [])
    assert old.subject == [ANNA]


def test_yes_makes_an_added_identifier_a_given_one() -> None:
    made = case()
    phone = SubjectId(IdType.PHONE, "+46701740605", given=False, because="stands with the given email in k: a")
    made.subject.append(phone)
    choose(made, [Choice(phone.type, phone.value, Whether.YES)])
    assert made.subject == [ANNA, taken(SubjectId(phone.type, phone.value, given=True))]
    assert made.subject[1].because == TAKEN
    assert {one.answer for one in made.choices} == {Whether.YES, Whether.UNSURE}
