"""What a text is spared by its shape it does not hold; and the check digit, with python-stdnum as witness."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum import luhn

from scanner.detect.iban import find_ibans
from scanner.detect.luhn import luhn_is_valid
from scanner.detect.national import find_national
from scanner.detect.phones import Phones
from scanner.detect.shape import Shape, shape_of

TODAY = date(2026, 11, 22)
PHONES = Phones("SE")
PIECES = [
    *("070-174 06 05", "+46701740605", "08-123 45 67", "0701", "7", "811218", "-9876", "811218-9876", "198112189876"),
    *(
        "SE35 5000 0000 0549 1000 0003",
        "SE3550000000054910000003",
        "SE556036079301",
        "556036-0793",
        "SE35",
        " ",
        "-",
        "x",
    ),
]


@given(st.lists(st.sampled_from(PIECES), max_size=6))
def test_what_holds_a_number_has_its_shape(pieces: list[str]) -> None:
    data = "".join(pieces).encode()
    shape = shape_of(data)
    assert shape.phone or not list(PHONES.find(data))
    assert shape.national or not list(find_national(data, TODAY))
    assert shape.iban or not list(find_ibans(data))


@pytest.mark.parametrize(
    ("text", "shape"),
    [
        ("Hej Anna, vi ses 12.30 den 5 maj", Shape(False, False, False)),
        ("Möte 2026-11-22 kl 12", Shape(True, False, False)),
        ("order 123456", Shape(False, True, False)),
        ("AB12", Shape(False, False, True)),
        ("ab12 Ab12", Shape(False, False, False)),
    ],
)
def test_a_text_without_is_spared(text: str, shape: Shape) -> None:
    assert shape_of(text.encode()) == shape


@given(st.from_regex(r"[0-9]{1,14}", fullmatch=True))
def test_check_digits(digits: str) -> None:
    assert luhn_is_valid(digits) == luhn.is_valid(digits)
