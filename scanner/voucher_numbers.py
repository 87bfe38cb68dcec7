"""Numbers of business papers: giro, OCR and VAT numbers with their check digits, amounts, own numbers. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal

from scanner.detect.luhn import luhn_is_valid

_BANKGIRO = re.compile(
    r"\b(?:bankgiro|bank-?giro(?:nr|nummer)|bg)\b[ \t:.nr#]{0,8}\n?[ \t]{0,8}([0-9]{3,4}-[0-9]{4})\b", re.I
)
_PLUSGIRO = re.compile(
    r"\b(?:plusgiro|postgiro|pg)\b[ \t:.nr#]{0,8}\n?[ \t]{0,8}([0-9]{1,3}(?: ?[0-9]{2}){0,3} ?- ?[0-9])\b", re.I
)
_OCR = re.compile(
    r"\bocr\b(?:[ -]?(?:nummer|number|no|nr))?[ \t:.#]{0,8}\n?[ \t]{0,8}([0-9](?:[ ]?[0-9]){3,24})(?![\w-])", re.I
)
_VAT = re.compile(r"\bSE[ -]?([0-9]{6}[ -]?[0-9]{4})[ -]?01\b", re.I)
_CURRENCY = r"(?:SEK|EUR|USD|NOK|DKK|GBP|kr|kronor|€|\$|£)"
_AMOUNT = re.compile(
    rf"(?:(?P<before>{_CURRENCY})[ ]?)?(?<![\w.,])(?<![0-9]-)(?P<whole>[0-9]{{1,3}}(?:[ .,'][0-9]{{3}}){{1,3}}"
    r"|[0-9]{1,9})"
    rf"(?:[.,:](?P<part>[0-9]{{2}}|-))?(?![0-9]|[.,:-][0-9])[ ]?(?P<after>{_CURRENCY}(?![a-zå-ö]))?",
    re.I,
)
_NUMBER = re.compile(r"(?=[A-Z/_-]{0,9}[0-9])([A-Z0-9]{1,16}(?:[/_-][A-Z0-9]{1,16}){0,4})(?![\w%])(?![.,:][0-9])", re.I)


def has_giro(text: str) -> bool:
    """True where a bankgiro or plusgiro number with a right check digit stands at its label."""
    return any(_right(match[1]) for pattern in (_BANKGIRO, _PLUSGIRO) for match in pattern.finditer(text))


def has_ocr(text: str) -> bool:
    """True where an OCR number with a right check digit stands at its label."""
    return any(_right(match[1]) for match in _OCR.finditer(text))


def has_vat_number(text: str) -> bool:
    """True for a Swedish VAT number: SE, an organisation number with a right check digit, 01."""
    return any(_right(match[1]) for match in _VAT.finditer(text))


def find_amounts(text: str, *, money: bool = False) -> Iterator[Decimal]:
    """Every amount in the text, in its order; with `money`, only with a currency or two decimals."""
    for match in _AMOUNT.finditer(text):
        if money and not (match["before"] or match["after"] or match["part"]):
            continue
        whole = re.sub(r"[^0-9]", "", match["whole"])
        part = match["part"]
        yield Decimal(f"{whole}.{part if part and part != '-' else '00'}")


def number_at(text: str) -> str | None:
    """The number that the text begins with (letters, digits, and - / _ between them), as it is compared."""
    match = _NUMBER.match(text)
    return match[1].casefold() if match else None


def _right(written: str) -> bool:
    digits = re.sub(r"[^0-9]", "", written)
    return luhn_is_valid(digits) and bool(digits.strip("0"))
