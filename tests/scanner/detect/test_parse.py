"""What a user types, and normalising by type."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.detect.base import DetectSettings
from scanner.detect.parse import InvalidIdentifier, lookup_keys, normalise, recognise
from scanner.records import IdType

SETTINGS = DetectSettings(customer_numbers=(r"K-?\d{4}",))
TODAY = date(2026, 11, 22)


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("Anna@X.example", (IdType.EMAIL, "anna@x.example")),
        ("070-174 06 05", (IdType.PHONE, "+46701740605")),
        ("+351 21 000 111 2222", (IdType.PHONE, "+351210001112222")),
        ("46701740605", (IdType.PHONE, "+46701740605")),
        ("811218-9876", (IdType.NATIONAL_ID, "198112189876")),
        ("198112189876", (IdType.NATIONAL_ID, "198112189876")),
        ("811218+9876", (IdType.NATIONAL_ID, "188112189876")),
        ("556036-0793", (IdType.ORGANISATION_NUMBER, "5560360793")),
        ("SE35 5000 0000 0549 1000 0003", (IdType.IBAN, "SE3550000000054910000003")),
        ("k-1001", (IdType.CUSTOMER_NUMBER, "K-1001")),
        ("  Anna   Andersson ", (IdType.NAME, "Anna Andersson")),
        ("Åberg, Natalie", (IdType.NAME, "Åberg, Natalie")),
        ("A\u030asa", (IdType.NAME, "Åsa")),
    ],
)
def test_recognised(typed: str, first: tuple[IdType, str]) -> None:
    assert recognise(typed, SETTINGS, TODAY) == [first]


def test_ten_digits_may_be_two_things() -> None:
    # 07-01-23 is a date, 070-123 45 6x a mobile number: both, the phone first
    assert recognise("0701234569", SETTINGS, TODAY) == [
        (IdType.PHONE, "+46701234569"),
        (IdType.NATIONAL_ID, "200701234569"),
    ]
    # with the separator of a personal number it is nothing else
    assert recognise("070123-4569", SETTINGS, TODAY) == [(IdType.NATIONAL_ID, "200701234569")]
    # 040-101 23 4x is a landline of Malmö: the personal number first
    assert [one[0] for one in recognise("0401012349", SETTINGS, TODAY)] == [IdType.NATIONAL_ID, IdType.PHONE]


@pytest.mark.parametrize(
    ("typed", "complaint"),
    [
        ("", "nothing"),
        ("   ", "nothing"),
        ("%", "only signs"),
        ("* ?", "only signs"),
        ("a", "one letter"),
        ("a%", "one letter"),
        ("Anna%", "wildcards"),
        ("811218-9875", "check digit"),
        ("811318-9875", "date"),
        ("556036-0794", "check digit"),
        ("SE35 5000 0000 0549 1000 0004", "IBAN"),
        ("ann@b", "e-mail"),
        ("070-174", "phone"),
        ("12345", "number"),
    ],
)
def test_refused_without_repeating_it(typed: str, complaint: str) -> None:
    with pytest.raises(InvalidIdentifier, match=complaint) as error:
        recognise(typed, SETTINGS, TODAY)
    assert len(typed.strip()) < 3 or typed not in str(error.value)


@pytest.mark.parametrize(
    ("type_", "raw", "value"),
    [
        (IdType.NAME, ' "Andersson,\u00a0 Anna" ', "Andersson, Anna"),
        (IdType.NAME, "?", None),
        (IdType.ADDRESS, "Storgatan 1,\n114 55  Östby", "storgatan 1 114 55 ostby"),
        (IdType.ADDRESS, "12", None),
        (IdType.BIRTH_DATE, "1981-12-18", "1981-12-18"),
        (IdType.BIRTH_DATE, "19811218T000000Z", "1981-12-18"),
        (IdType.BIRTH_DATE, "18/12/1981", "1981-12-18"),
        (IdType.BIRTH_DATE, "--1218", None),
        (IdType.BIRTH_DATE, "1981-13-18", None),
        (IdType.NATIONAL_ID, "556036-0793", None),
        (IdType.ORGANISATION_NUMBER, "811218-9876", None),
        (IdType.CUSTOMER_NUMBER, " any 7 ", "ANY 7"),
    ],
)
def test_normalise(type_: IdType, raw: str, value: str | None) -> None:
    assert normalise(type_, raw, SETTINGS, TODAY) == value


def test_lookup_keys() -> None:
    assert lookup_keys(IdType.EMAIL, "a+b@x.example") == ("a+b@x.example", "a@x.example")
    assert lookup_keys(IdType.NATIONAL_ID, "201212121212", TODAY) == ("201212121212", "191212121212")
    assert lookup_keys(IdType.PHONE, "+46701740605") == ("+46701740605",)


@given(st.sampled_from(IdType), st.text())
def test_normalise_never_raises_and_is_idempotent(type_: IdType, raw: str) -> None:
    value = normalise(type_, raw, SETTINGS, TODAY)
    assert value is None or normalise(type_, value, SETTINGS, TODAY) == value


@given(st.text())
def test_recognise_answers_or_refuses(raw: str) -> None:
    try:
        found = recognise(raw, SETTINGS, TODAY)
    except InvalidIdentifier:
        return
    assert found
    for type_, value in found:
        assert normalise(type_, value, SETTINGS, TODAY) == value
