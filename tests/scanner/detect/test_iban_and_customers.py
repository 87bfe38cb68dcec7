"""IBANs and customer numbers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum import iban
from stdnum.iban import calc_check_digits

from scanner.detect.base import DetectSettings
from scanner.detect.customers import CustomerNumbers, normalise_customer
from scanner.detect.iban import find_ibans, normalise_iban

IBAN = "SE3550000000054910000003"


@pytest.mark.parametrize(
    "text",
    [
        "IBAN SE35 5000 0000 0549 1000 0003",
        f"{IBAN}, tack",
        "SE35 5000 0000 0549 1000 0003 TACK FOR DET",
        "(SE35 5000 0000 0549 1000 0003)",
    ],
)
def test_iban_found(text: str) -> None:
    assert list(find_ibans(text.encode())) == [IBAN]


@pytest.mark.parametrize(
    "text", ["SE35 5000 0000 0549 1000 0004", f"X{IBAN}", f"{IBAN}9", "AB12 ORDER NUMBER LONG", "SE35"]
)
def test_iban_not_found(text: str) -> None:
    assert list(find_ibans(text.encode())) == []


@given(st.from_regex(r"(SE|DE|GB|NO|MT|XX)[0-9]{2}[0-9A-Z]{11,26}", fullmatch=True), st.booleans())
def test_iban_is_judged_as_the_library_judges(text: str, is_mended: bool) -> None:
    if is_mended:  # right check digits, so that the country's structure decides
        text = text[:2] + calc_check_digits(text) + text[4:]
    assert (normalise_iban(text) is not None) == iban.is_valid(text)


@given(st.text())
def test_iban_any_text(text: str) -> None:
    value = normalise_iban(text)
    assert value is None or normalise_iban(value) == value


def test_iban_normalised() -> None:
    assert normalise_iban(" se35 5000 0000 0549-1000-0003 ") == IBAN
    assert normalise_iban("ZZ35500000000549100000") is None


def finder(*patterns: str) -> CustomerNumbers:
    return CustomerNumbers(DetectSettings(customer_numbers=patterns))


def test_customers_are_whole_tokens_in_any_case() -> None:
    text = "kund K-1001, k1002; AK-1003 K-1004-2 12-K1008 faktura-K1005.pdf K1006ö öK1009 ”K1007” K10010x"
    assert list(finder(r"K-?\d{4}").find(text.encode())) == ["K-1001", "K1002", "K1005", "K1007"]


def test_customer_patterns_may_hold_swedish_letters() -> None:
    assert list(finder("ÅÄ[0-9]+").find("åä12 ÅÄ13".encode())) == ["ÅÄ12", "ÅÄ13"]


def test_customers_without_patterns_and_with_broken_ones() -> None:
    assert list(finder().find(b"K-1001")) == []
    assert list(finder("x*").find(b"K-1001 xx")) == ["XX"]
    with pytest.raises(ValueError, match="pattern 2") as error:
        finder("A", "K(")
    assert "K(" not in str(error.value)


@pytest.mark.timeout(60)  # a quadratic walk would take many minutes
def test_hostile_pattern_takes_linear_time() -> None:
    list(finder("(a+)+b").find(b"a" * 100_000))


@given(st.text())
def test_customer_normalising_is_idempotent(text: str) -> None:
    value = normalise_customer(text)
    assert value is None or normalise_customer(value) == value


def test_customer_normalised() -> None:
    assert normalise_customer("  k-1001 ") == "K-1001"
    assert normalise_customer("1001.0") == "1001"
    assert normalise_customer("-") is None
    assert normalise_customer("x" * 65) is None
