"""Phone numbers: forms, what is no number, and the canonical form. All numbers are made up."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.detect.phones import Phones, plain

SWEDISH = Phones("SE")
MOBILE = "+46701740605"


def found(text: str, phones: Phones = SWEDISH) -> list[str]:
    return list(dict.fromkeys(phones.find(plain(text).encode("utf-8", "replace"))))


FORMS = [
    "070-174 06 05",
    "0701740605",
    "070 174 06 05",
    "070/1740605",
    "070–174\u00a006\u00a005",
    "+46701740605",
    "+46 70 174 06 05",
    "+46 (0)70-174 06 05",
    "+46 070-1740605",
    "(+46) 70 174 06 05",
    "0046701740605",
    "0046 70-174 06 05",
    "46701740605",
    "+46-70-174-06-05",
    "070 – 174 06 05",
]


@pytest.mark.parametrize("written", FORMS)
def test_every_form_gives_one_number(written: str) -> None:
    assert found(f"Ring {written}, tack") == [MOBILE]
    assert found(f"tel:{written}") == [MOBILE]
    assert SWEDISH.normalise(written) == MOBILE
    assert SWEDISH.in_cell(written) == [MOBILE]


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("+1 202-555-0143", "+12025550143"),
        ("+43 0688 812 34 56", "+436888123456"),
        ("+351 21 000 111 2222", "+351210001112222"),  # too long for Portugal, but says its country
        ("+358 040 123 4567", "+358401234567"),
        ("+45 20-12-34-56", "+4520123456"),
        ("+39 06 1234 5678", "+390612345678"),  # Italy's 0 stays
        ("(08) 465 004 00", "+46846500400"),
    ],
)
def test_other_numbers(written: str, number: str) -> None:
    assert found(f"a {written} b") == [number]
    assert SWEDISH.normalise(written) == number


def test_several_numbers_in_a_line() -> None:
    text = "070-174 06 05 / 08-465 004 00; 114 55 08-465 004 01  12 34 5, 0701740606 0701740607 +46701740608"
    assert found(text) == [MOBILE, "+46846500400", "+46846500401", "+46701740606", "+46701740607", "+46701740608"]


@pytest.mark.parametrize(
    "text",
    [
        "2024-05-01 12:30",
        "01-02-2024 10",
        "01.02.2024",
        "öppet 08.30-17.00",
        "0830-1700",
        "order 12345678901",
        "1 200 000 kr",
        "46 000 000 kr",
        "0.12345678",
        "010.020.030.040",
        "00000000",
        "0800",
        "a0701740605b",
        "070174060512345678",
        "811218-9876",
        "010203-1234",  # a personal number, though 010-203 12 34 could be dialled
        "811218+9876",
        "+12 345",
        "5+701740605",
        "",
    ],
)
def test_no_number(text: str) -> None:
    assert found(text) == []


def test_cells_hold_several_numbers_and_lose_zeros() -> None:
    assert SWEDISH.in_cell("070-174 06 05 / 08-465 004 00") == [MOBILE, "+46846500400"]
    assert SWEDISH.in_cell("Hem: 08-465 004 00, mobil: 070-1740605") == ["+46846500400", MOBILE]
    assert SWEDISH.in_cell("701740605") == [MOBILE]
    assert SWEDISH.normalise("08-465 004 00 ankn 12") == "+46846500400"
    assert SWEDISH.in_cell("saknas") == []


def test_region_decides_what_has_no_prefix() -> None:
    american, danish = Phones("us"), Phones("DK")
    assert found("call 202-555-0143 now", american) == ["+12025550143"]
    assert found("ring 20 12 34 56", danish) == ["+4520123456"]
    assert found("call 202-555-0143 now") == []
    with pytest.raises(ValueError, match="region"):
        Phones("Sverige")


@given(st.one_of(st.text(), st.from_regex(r"[+(0-9 ()./x-]{1,40}")))
def test_any_text_is_survived_and_normalising_is_idempotent(text: str) -> None:
    value = SWEDISH.normalise(text)
    assert value is None or SWEDISH.normalise(value) == value
    for one in [*found(text), *SWEDISH.in_cell(text)]:
        assert SWEDISH.normalise(one) == one


def test_cache_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scanner.detect.phones._CACHE_SIZE", 5)
    phones = Phones("SE")
    for number in range(20):
        phones.normalise(f"07017406{number:02d}")
    assert len(phones._cache) <= 5


@pytest.mark.timeout(60)  # a quadratic walk would take many minutes
def test_hostile_text_takes_linear_time() -> None:
    for text in (
        "0" * 2_000_000,
        "1 " * 1_000_000,
        "+" * 1_000_000,
        "07" * 500_000,
        "(0)" * 300_000,
        "0 0 7 " * 200_000,
    ):
        found(text)


@pytest.mark.parametrize(
    "text",
    [
        "070-174\n06 05",
        "Maken nås på 070-174\n06 05, pnr 700101-\n2397.",
        "Ring 070 174\r\n06 05 eller skriv",
        "+46 70 174\n06 05",
        "070-\n1740605",
    ],
)
def test_a_number_broken_over_two_lines(text: str) -> None:
    assert list(SWEDISH.broken(text)) == [MOBILE]


@pytest.mark.parametrize(
    "text",
    [
        "070-1740605\n070-1740606",
        "Saldo 0701\n740605 kr",
        "1\n070-174\n06 05\n2",
        "08-1234\n5678\n9012",
        "2024-01-01\n070-174 06 05",
        "5 maj 08-17\n12 30 st",
        "070-174\n\n06 05",
        "070-174\tx\n06 05",
        "A070-174\n06 05",
        "070-1740605\n12",
    ],
)
def test_numbers_one_a_line_are_not_joined(text: str) -> None:
    assert list(SWEDISH.broken(text)) == []


@pytest.mark.timeout(60)  # a quadratic walk would take many minutes
def test_broken_numbers_take_linear_time() -> None:
    for text in ("0 " * 500_000, "070-1" + " " * 1_000_000, "070-1\n" * 200_000, "(((" * 300_000, "1\n" * 500_000):
        list(SWEDISH.broken(text))
