"""From what somebody typed to identifiers; a slip is told by its place and never by its text."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from connectors.errors import ConfigError
from scanner.asked import asked
from scanner.records import IdType
from tests.scanner.shelf import DETECT


def pairs(*words: str, typed: Mapping[IdType, list[str]] | None = None) -> list[tuple[str, str]]:
    return [(one.type.value, one.value) for one in asked(words, typed or {}, DETECT)]


@pytest.mark.parametrize(
    ("word", "found"),
    [
        ("Anna@Kund.Example", ("email", "anna@kund.example")),
        ("<anna@kund.example>", ("email", "anna@kund.example")),
        ("070-174 06 05", ("phone", "+46701740605")),
        ("+46 (0)70-174 06 05", ("phone", "+46701740605")),
        ("19850312-9804", ("national_id", "198503129804")),
        ("850312-9804", ("national_id", "198503129804")),
        ("knd-10001", ("customer_number", "KND-10001")),
        ("Anna   Andersson", ("name", "Anna Andersson")),
        ("Östen Åkesson-Berg", ("name", "Östen Åkesson-Berg")),
    ],
)
def test_types_are_told_apart_by_themselves(word: str, found: tuple[str, str]) -> None:
    assert found in pairs(word)


def test_any_mix_each_once_and_all_given() -> None:
    found = asked(("anna@x.example", "Anna Ek", "ANNA@X.EXAMPLE"), {IdType.NAME: ["Anna Ek"]}, DETECT)
    assert [(one.type.value, one.given) for one in found] == [("email", True), ("name", True)]


def test_a_word_that_may_be_two_things_is_both() -> None:
    """Ten digits that are a phone and a personnummer."""
    assert {kind for kind, _ in pairs("0701016602")} == {"phone", "national_id"}


def test_an_option_names_the_type() -> None:
    assert pairs(typed={IdType.NAME: ["070-174 06 05 Konsult"]}) == [("name", "070-174 06 05 Konsult")]
    assert pairs(typed={IdType.CUSTOMER_NUMBER: ["KND-10001"]}) == [("customer_number", "KND-10001")]


@pytest.mark.parametrize(
    ("words", "typed", "place"),
    [
        (("anna@x.example", "19850312-9805"), {}, "PERSON number 2"),
        (("anna@",), {}, "PERSON number 1"),
        (("070-12",), {}, "PERSON number 1"),
        (("%",), {}, "PERSON number 1"),
        (("*",), {}, "PERSON number 1"),
        (("Anna %",), {}, "PERSON number 1"),
        (("A",), {}, "PERSON number 1"),
        (("",), {}, "PERSON number 1"),
        ((), {IdType.EMAIL: ["anna.x.example"]}, "--email"),
        ((), {IdType.PHONE: ["12"]}, "--phone"),
        ((), {IdType.NATIONAL_ID: ["19850312-9805"]}, "--id"),
        ((), {IdType.NATIONAL_ID: ["556036-0793"]}, "--id"),
        ((), {IdType.NAME: ["%"]}, "--name"),
        ((), {IdType.NAME: ["An%a Ek"]}, "--name"),
        ((), {IdType.NAME: ["A"]}, "--name"),
        ((), {IdType.CUSTOMER_NUMBER: [""]}, "--customer"),
    ],
)
def test_a_slip_is_told_by_its_place(words: tuple[str, ...], typed: dict[IdType, list[str]], place: str) -> None:
    with pytest.raises(ConfigError) as caught:
        asked(words, typed, DETECT)
    assert caught.value.exit_code == 2
    assert any(place in problem for problem in caught.value.problems)
    for value in (*words, *(raw for raws in typed.values() for raw in raws)):
        assert len(value) < 2 or value not in str(caught.value)


def test_all_slips_come_at_once() -> None:
    with pytest.raises(ConfigError) as caught:
        asked(("anna@", "070-12"), {IdType.NATIONAL_ID: ["1"]}, DETECT)
    assert len(caught.value.problems) == 3


def test_nothing_at_all_says_what_to_type() -> None:
    with pytest.raises(ConfigError, match="gallra find"):
        asked((), {}, DETECT)
