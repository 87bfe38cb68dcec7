"""The check digit of Swedish personal and organisation numbers (ISO/IEC 7812-1 Annex B)."""

from __future__ import annotations

_PLAIN = bytes.maketrans(b"0123456789", bytes(range(10)))
_DOUBLED = bytes.maketrans(b"0123456789", bytes(sum(divmod(2 * digit, 10)) for digit in range(10)))


def luhn_is_valid(digits: str) -> bool:
    """True where the last of the ASCII digits is right."""
    data = digits.encode("ascii")
    return (sum(data[-1::-2].translate(_PLAIN)) + sum(data[-2::-2].translate(_DOUBLED))) % 10 == 0
