"""Personal, coordination and organisation numbers. The witness is python-stdnum; the date is fixed."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.se import orgnr, personnummer

from scanner.detect.national import birth_date, find_national, national_id, national_keys
from scanner.records import IdType

TODAY = date(2026, 11, 22)
PERSON = (IdType.NATIONAL_ID, "198112189876")


def found(text: str) -> list[tuple[IdType, str]]:
    return list(dict.fromkeys(find_national(text.encode("utf-8", "replace"), TODAY)))


def check_digit(nine: str) -> str:
    total = sum(sum(divmod(int(digit) * (2 - place % 2), 10)) for place, digit in enumerate(nine))
    return str(-total % 10)


@pytest.mark.parametrize(
    "written", ["811218-9876", "19811218-9876", "198112189876", "8112189876", "19811218 9876", "811218 - 9876"]
)
def test_forms_of_a_person(written: str) -> None:
    assert national_id(written, TODAY) == PERSON
    assert found(f"pnr: {written}, tack") == [PERSON]


@pytest.mark.parametrize(
    ("written", "canonical"),
    [
        ("811218+9876", "188112189876"),
        ("121212-1212", "201212121212"),  # 14 years old today, rather than 114
        ("121212+1212", "191212121212"),
        ("811278-9873", "198112789873"),  # coordination number: day + 60
        (f"261123-123{check_digit('261123123')}", f"19261123123{check_digit('261123123')}"),  # tomorrow is not born
        (f"261122-123{check_digit('261122123')}", f"20261122123{check_digit('261122123')}"),
    ],
)
def test_century(written: str, canonical: str) -> None:
    assert national_id(written, TODAY) == (IdType.NATIONAL_ID, canonical)


def test_organisations() -> None:
    assert orgnr.is_valid("556036-0793")
    assert national_id("556036-0793", TODAY) == (IdType.ORGANISATION_NUMBER, "5560360793")
    assert national_id("16556036-0793", TODAY) == (IdType.ORGANISATION_NUMBER, "5560360793")
    assert found("org.nr 556036-0793 och 5560360793") == [(IdType.ORGANISATION_NUMBER, "5560360793")]
    assert found("moms SE556036079301") == [(IdType.ORGANISATION_NUMBER, "5560360793")]
    assert found("moms SE811218987601") == [PERSON]  # a sole trader
    assert found("5560360793") == []  # ten digits alone are too often something else


@pytest.mark.parametrize(
    "text",
    [
        "811218-9875",
        "811318-9876",
        "1811218-9876",
        "811218-98761",
        "20991218-9876",
        "3.8112189876",
        "8112189876.12",
        "8112189876-12",
        "+8112189876",
        "19811218987612",
        "SE811218987602",
    ],
)
def test_not_found(text: str) -> None:
    assert found(text) == []


def test_found_in_file_names_and_rows() -> None:
    assert found("2024-01-05-811218-9876.pdf") == [PERSON]
    assert found("Anna,8112189876,0701740605") == [PERSON]
    assert found("20240105 811218-9876 12") == [PERSON]


def test_birth_date() -> None:
    assert birth_date("198112189876") == "1981-12-18"
    assert birth_date("198112789873") == "1981-12-18"
    for wrong in ("8112189876", "198113189876", "", "19811218987x"):
        with pytest.raises(ValueError):
            birth_date(wrong)


def test_keys_reach_the_neighbouring_century_but_not_the_future() -> None:
    assert national_keys("201212121212", TODAY) == ("201212121212", "191212121212")
    assert national_keys("191212121212", TODAY) == ("191212121212", "201212121212")
    assert national_keys("198112189876", TODAY) == ("198112189876", "188112189876")


@given(st.dates(date(1930, 1, 1), date(2026, 11, 22)), st.integers(1, 999))
def test_agrees_with_stdnum(born: date, serial: int) -> None:
    nine = f"{born:%y%m%d}{serial:03d}"
    written = f"{born:%Y%m%d}-{nine[6:]}{check_digit(nine)}"
    assert personnummer.is_valid(written)
    value = national_id(written, TODAY)
    assert value == (IdType.NATIONAL_ID, written.replace("-", ""))
    assert birth_date(value[1]) == born.isoformat()
    assert national_id(written[2:], TODAY) == value


@given(st.one_of(st.text(), st.from_regex(r"[0-9]{5,13}[-+ ]?[0-9]{3,5}")))
def test_any_text_is_survived_and_normalising_is_idempotent(text: str) -> None:
    value = national_id(text, TODAY)
    assert value is None or national_id(value[1], TODAY) == value
    for one in found(text):
        assert national_id(one[1], TODAY) == one


@pytest.mark.parametrize("text", ["avtal_{}.pdf", "id_{}", "{}_lön", "{0}_{0}"])
def test_an_underscore_ends_a_number(text: str) -> None:
    for written in ("811218-9876", "8112189876", "198112189876"):
        assert found(text.format(written)) == [PERSON]
        assert found(f"a{written}b") == []


@pytest.mark.parametrize("text", ["811218-\n9876", "19811218-\r\n9876.", "pnr 811218\n-9876", "811218 - \n 9876"])
def test_a_number_broken_at_its_sign(text: str) -> None:
    assert found(text) == [PERSON]


@pytest.mark.parametrize(
    "text", ["811218\n9876", "811218-\n98765", "811218-\n\n9876", "811218-\n9877", "1811218-\n9876"]
)
def test_numbers_in_two_lines_are_two(text: str) -> None:
    assert found(text) == []
