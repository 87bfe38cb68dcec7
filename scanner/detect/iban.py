"""IBANs in text: candidates by RE2, check digits and national structure by python-stdnum (ISO 13616)."""

from __future__ import annotations

import re
from collections.abc import Iterator

import re2
from stdnum import iban as _iban
from stdnum.exceptions import ValidationError

_CANDIDATE = re2.compile(rb"\b[A-Z]{2}[0-9]{2} ?[0-9A-Z][0-9A-Z ]{10,40}")
_SEPARATORS = re.compile(r"[\s\-.]+")
_SHORTEST, _LONGEST = 15, 34


def find_ibans(data: bytes) -> Iterator[str]:
    """Canonical IBANs in text (spaces allowed, capitals only: in free text small letters are words)."""
    for match in _CANDIDATE.finditer(data):
        after = data[match.end() : match.end() + 1]
        words = match.group().decode("ascii").split(" ")
        if after.isalnum() and len(words[-1]) > 0:
            words.pop()
        value = _longest(words)
        if value is not None:
            yield value


def normalise_iban(raw: str) -> str | None:
    """Capitals without separators, or None where the check digits or the country's structure are wrong."""
    compact = _SEPARATORS.sub("", raw).upper()
    if not compact.isascii() or not _SHORTEST <= len(compact) <= _LONGEST:
        return None
    try:
        return str(_iban.validate(compact))
    except (ValidationError, ValueError, KeyError):
        return None


def _longest(words: list[str]) -> str | None:
    """What follows an IBAN may look like a part of it ("... 0003 TACK"): drop words from the end until one is valid."""
    while words:
        value = normalise_iban("".join(words))
        if value is not None:
            return value
        words.pop()
    return None
