"""From what somebody typed to identifiers; a slip is told by its place and never by its text."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from connectors.errors import ConfigError
from scanner.asked import asked, placed
from scanner.asked_text import TextMatcher, as_written, words_of_text
from scanner.detect.words import words_of
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
        (("anna@x.example", "19850399-9805"), {}, "PERSON number 2"),
        (("556036-0794",), {}, "PERSON number 1"),
        (("anna@",), {}, "PERSON number 1"),
        (("070-12",), {}, "PERSON number 1"),
        (("%",), {}, "PERSON number 1"),
        (("*",), {}, "PERSON number 1"),
        (("Anna %",), {}, "PERSON number 1"),
        (("A",), {}, "PERSON number 1"),
        (("",), {}, "PERSON number 1"),
        ((), {IdType.EMAIL: ["anna.x.example"]}, "--email"),
        ((), {IdType.PHONE: ["12"]}, "--phone"),
        ((), {IdType.NATIONAL_ID: ["19850399-9805"]}, "--id"),
        ((), {IdType.NATIONAL_ID: ["556036-0793"]}, "--id"),
        ((), {IdType.NAME: ["%"]}, "--name"),
        ((), {IdType.NAME: ["An%a Ek"]}, "--name"),
        ((), {IdType.NAME: ["A"]}, "--name"),
        ((), {IdType.CUSTOMER_NUMBER: [""]}, "--customer"),
        ((), {IdType.NAME: [""]}, "--name"),
        ((), {IdType.NAME: ["Anna Ek", "%"]}, "--name number 2"),
        ((), {IdType.NAME: ["Anna Ek"], IdType.CITY: ["%"]}, "--city"),
        ((), {IdType.NAME: ["Anna Ek"], IdType.CITY: ["x"]}, "--city"),
        ((), {IdType.CITY: ["Kalmar"]}, "a city"),
        ((), {IdType.ADDRESS: ["Hittepåvägen 7"]}, "a city or an address"),
    ],
)
def test_a_slip_is_told_by_its_place(words: tuple[str, ...], typed: dict[IdType, list[str]], place: str) -> None:
    with pytest.raises(ConfigError) as caught:
        asked(words, typed, DETECT)
    assert caught.value.exit_code == 2
    assert any(place in problem for problem in caught.value.problems)
    for value in (*words, *(raw for raws in typed.values() for raw in raws)):
        assert len(value) < 2 or value not in str(caught.value)


@pytest.mark.parametrize(
    ("word", "value"),
    [
        ("+47 21 50 00 00", "+4721500000"),
        ("0047 21 50 00 00", "+4721500000"),
        ("+358 9 1234567", "+35891234567"),
    ],
)
def test_a_phone_of_another_country_is_one(word: str, value: str) -> None:
    assert pairs(word) == [("phone", value)]
    assert pairs(typed={IdType.PHONE: [word]}) == [("phone", value)]


@pytest.mark.parametrize(("words", "typed"), [(("99 99 99 99",), {}), ((), {IdType.PHONE: ["99 99 99 99"]})])
def test_a_number_that_the_region_has_not_says_how_to_write_others(
    words: tuple[str, ...], typed: dict[IdType, list[str]]
) -> None:
    with pytest.raises(ConfigError, match=r"number of SE.*\+47"):
        asked(words, typed, DETECT)


@pytest.mark.parametrize(
    ("word", "text"),
    [
        ("19850312-9805", "19850312-9805"),
        ("850312-9805", "850312-9805"),
        ("8503129805", "850312-9805"),
        ("850312 9805", "850312-9805"),
        ("19850372-9805", "19850372-9805"),  # a samordningsnummer
        ("850312-9804", None),  # the right digit
        ("850332-9805", None),  # no such day
    ],
)
def test_a_wrong_check_digit_is_told_and_searched_as_text(word: str, text: str | None) -> None:
    told: list[str] = []
    for words, typed in (((word,), {}), ((), {IdType.NATIONAL_ID: [word]})):
        told.clear()
        if text is None:
            assert as_written(word) is None
            continue
        found = placed(words, typed, DETECT, told.append)
        assert [(one.type, one.value) for one in found] == [(IdType.TEXT, text)]
        assert len(told) == 1
        assert "check digit" in told[0]
        assert word not in told[0]


@pytest.mark.parametrize(
    ("text", "stands"),
    [
        ("nr 19850312-9805.", True),
        ("nr 850312-9805", True),
        ("8503129805", True),
        ("850312 9805", True),
        ("198503129805", True),
        ("1198503129805", False),
        ("85031298051", False),
        ("850312 kostar 9805", False),
        ("18850312-9805", False),
        ("850312-9804", False),
    ],
)
def test_a_number_as_text_stands_whole(text: str, stands: bool) -> None:
    assert TextMatcher(["19850312-9805"]).matches(text) is stands
    words = words_of([text])
    looked_for = words_of_text("19850312-9805")
    found = any(all(words & set(group) for group in groups) for groups in looked_for)
    assert found >= stands, "what stands there is among what the index gives"


def test_the_place_of_each_is_told() -> None:
    found = placed(("anna@x.example",), {IdType.PHONE: ["070-174 06 05", "070-174 06 06"]}, DETECT, lambda _: None)
    assert list(found.values()) == ["PERSON number 1", "--phone number 1", "--phone number 2"]


@pytest.mark.parametrize(
    ("city", "value"), [("Kalmar", "kalmar"), ("Umeå", "umea"), ("Lund", "lund"), ("Upplands Väsby", "upplands vasby")]
)
def test_a_city_is_asked_for_beside_a_name(city: str, value: str) -> None:
    assert pairs(typed={IdType.NAME: ["Anna Ek"], IdType.CITY: [city]})[1] == ("city", value)
    assert pairs(typed={IdType.NAME: ["Anna Ek"], IdType.ADDRESS: [city]})[1] == ("city", value)


def test_an_address_with_a_number_is_an_address() -> None:
    found = pairs(typed={IdType.NAME: ["Anna Ek"], IdType.ADDRESS: ["Hittepåvägen 7"]})
    assert found[1] == ("address", "hittepavagen 7")


def test_all_slips_come_at_once() -> None:
    with pytest.raises(ConfigError) as caught:
        asked(("anna@", "070-12"), {IdType.NATIONAL_ID: ["1"]}, DETECT)
    assert len(caught.value.problems) == 3


def test_nothing_at_all_says_what_to_type() -> None:
    with pytest.raises(ConfigError, match="gallra find"):
        asked((), {}, DETECT)
