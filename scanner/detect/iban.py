"""IBANs in text: candidates by RE2, check digits and national structure by python-stdnum (ISO 13616)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cache
from importlib import import_module

import re2

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


def iban_places(data: bytes) -> Iterator[tuple[int, int, str]]:
    """Start, end and canonical form of what `find_ibans` finds, in text with one byte a character (others as `?`)."""
    for match in _CANDIDATE.finditer(data):
        words = match.group().decode("ascii").split(" ")
        if data[match.end() : match.end() + 1].isalnum() and len(words[-1]) > 0:
            words.pop()
        while words and normalise_iban("".join(words)) is None:
            words.pop()
        if words:
            written = " ".join(words)
            yield match.start(), match.start() + len(written.rstrip(" ")), "".join(words).upper()


def normalise_iban(raw: str) -> str | None:
    """Capitals without separators, or None where the check digits or the country's structure are wrong."""
    compact = _SEPARATORS.sub("", raw).upper()
    if not compact.isascii() or not _SHORTEST <= len(compact) <= _LONGEST:
        return None
    if not _has_check_digits(compact):
        return None
    try:
        return str(_validate()(compact))
    except (ValueError, KeyError):  # its ValidationError is a ValueError
        return None


def _has_check_digits(compact: str) -> bool:
    """ISO/IEC 7064 MOD 97-10: spares nearly all that is no IBAN the rest."""
    try:
        return int("".join(str(int(sign, 36)) for sign in compact[4:] + compact[:4])) % 97 == 1
    except ValueError:
        return False


@cache
def _validate() -> Callable[[str], str]:
    """The library's own look at check digits and structure; loaded when there is something to look at."""
    found: Callable[[str], str] = import_module("stdnum.iban").validate
    return found


def _longest(words: list[str]) -> str | None:
    """What follows an IBAN may look like a part of it ("... 0003 TACK"): drop words from the end until one is valid."""
    while words:
        value = normalise_iban("".join(words))
        if value is not None:
            return value
        words.pop()
    return None
