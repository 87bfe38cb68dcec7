"""The address of a row: `table/key`, for any key that a database can hold, and no two for one row.

A number is written as it is (`17`, `-2.50`), a text percent-encoded where it must be (`a%2Fb`), with an apostrophe
before what could be taken for something else (`'17`, and `'` alone for the empty text), bytes as `0x6869`; several
columns stand with commas between them.
"""

from __future__ import annotations

from decimal import Decimal
from urllib.parse import quote_from_bytes, unquote_to_bytes

KeyValue = int | float | Decimal | str | bytes

_SAFE = frozenset(" -_.@+=:")  # and letters and digits of any script


def address(table: str, key: tuple[KeyValue, ...]) -> str:
    """The path of a row."""
    return f"{table_address(table)}/{','.join(map(_written, key))}"


def table_address(table: str) -> str:
    """The path above all rows of a table."""
    return _quoted(table)


def key_of(text: str) -> tuple[KeyValue, ...] | None:
    """The key that `address` wrote; None for what no row can have."""
    try:
        parts = text.split(",")
        key = tuple(_meant(part) for part in parts)
        return key if all(part in _spellings(value) for part, value in zip(parts, key, strict=True)) else None
    except (ValueError, ArithmeticError):
        return None


def _written(value: KeyValue) -> str:
    if isinstance(value, bytes):
        return "0x" + value.hex()
    if isinstance(value, float):
        return repr(value)
    if not isinstance(value, str):
        return str(value)
    text = _quoted(value)
    return f"'{text}" if not text or _special(text) else text


def _meant(part: str) -> KeyValue:
    if part.startswith("'"):
        return _unquoted(part[1:])
    if part.startswith("0x"):
        return bytes.fromhex(part[2:])
    if not part or not _special(part):
        return _unquoted(part)
    return int(part) if part.lstrip("-").isdigit() else Decimal(part)


def _spellings(value: KeyValue) -> tuple[str, ...]:
    """How a value may stand in an address: a number with a point is a decimal or a float, which the column decides."""
    return (str(value), repr(float(value))) if isinstance(value, Decimal) else (_written(value),)


def _special(text: str) -> bool:
    """True for what reads as a number or as bytes."""
    if text.startswith("0x"):
        return True
    try:
        float(text)
    except ValueError:
        return False
    return True


def _quoted(text: str) -> str:
    return "".join(
        char if char.isalnum() or char in _SAFE else quote_from_bytes(char.encode("utf-8", "surrogateescape"), safe="")
        for char in text
    )


def _unquoted(text: str) -> str:
    return unquote_to_bytes(text).decode("utf-8", "surrogateescape")
