"""Addresses of rows: every key has one, and no two have the same."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.base import Locator
from connectors.registers.sql_keys import KeyValue, address, key_of

VALUES = st.one_of(
    st.integers(), st.binary(max_size=8), st.text(st.characters(exclude_categories=["Cs"]), max_size=12),
    st.decimals(allow_nan=False, allow_infinity=False),
    st.sampled_from(["17", "-0", "1_0", "0x", "'", ",", "/", "", "é"]),
)  # fmt: skip


@given(st.lists(VALUES, min_size=1, max_size=3).map(tuple), st.text("ab/%'. ", min_size=1, max_size=5))
def test_every_key_comes_back_of_its_own_type(key: tuple[KeyValue, ...], table: str) -> None:
    path = address(table, key)
    again = Locator.parse(str(Locator("crm", path))).path
    head, _, tail = again.partition("/")
    assert again == path
    found = key_of(tail)
    assert found is not None
    assert head == address(table, (1,)).partition("/")[0]
    for one, other in zip(found, key, strict=True):
        assert one == other
        assert isinstance(other, Decimal) or type(one) is type(other)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_floats_come_back_by_their_decimal(value: float) -> None:
    (found,) = key_of(address("t", (value,))[2:]) or (None,)
    assert isinstance(found, int | Decimal)
    assert float(found) == value


@pytest.mark.parametrize("text", ["007", "+7", "1.50e3x,", "%2e", "'abc", "a'b", "0xz", "0xAB", "1_000", "a/b", "%zz"])
def test_what_no_row_is_called_is_nobodys(text: str) -> None:
    assert key_of(text) is None or address("", key_of(text) or ()) != f"/{text}"
