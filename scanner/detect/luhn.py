"""The check digit of Swedish personal and organisation numbers (ISO/IEC 7812-1 Annex B)."""

from __future__ import annotations

_DOUBLED = {str(digit): sum(divmod(2 * digit, 10)) for digit in range(10)}


def luhn_is_valid(digits: str) -> bool:
    """True where the last of the ASCII digits is right."""
    total = sum(map(int, digits[-1::-2])) + sum(map(_DOUBLED.__getitem__, digits[-2::-2]))
    return total % 10 == 0
