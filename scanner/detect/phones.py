"""Phone numbers in text: runs of digits, a shape filter, then Google's phonenumbers. Canonical form is E.164.

A number in the region's own notation, or one that begins with the bare country code, must be valid. One with `+` or
`00` need not be (numbering plans change, and people mistype): its country code must exist and its length be possible,
or with `+` at least be that of an E.164 number. A trunk 0 after the country code is dropped: "+46 (0)70", "+46 070".
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

import phonenumbers
from phonenumbers import NumberParseException, PhoneMetadata, PhoneNumberType

from scanner.detect import wrapped
from scanner.detect.luhn import luhn_is_valid

_RUN = re.compile(rb"[0-9+(][0-9 ()./+-]{6,}")  # takes whole runs, so it never looks at one twice
_SEPARATORS = b" ()./+-"
_LONGEST_RUN = 32  # bytes of a run of digits that is remembered
_CACHE_SIZE = 1 << 16
_WINDOW = 32  # characters that one written number may take, separators included
_FEWEST, _MOST = 7, 17  # digits as written (E.164 has at most 15, 00 before it)

_END_OF_NUMBER = re.compile(r" {2,}| / |(?<=.)\+|\)\(")
_CUT = re.compile(r"(?<=[0-9])(?=[^0-9]*[ /][^0-9]*)")
_NOT_DIGIT = re.compile(r"[^0-9]")
_TRUNK_IN_BRACKETS = re.compile(r"\( ?0 ?\)")
_NO_PHONE = re.compile(
    r"[0-3]?[0-9]([-./])[0-3]?[0-9]\1(?:19|20)[0-9]{2}(?![0-9])"  # 01-02-2024, 5/6/2024
    r"|[0-2]?[0-9]\.[0-5][0-9] ?- ?[0-9]"  # 08.30-17.00
    r"|0[0-9][0-5][0-9] ?- ?[0-2][0-9][0-5][0-9](?![0-9])"  # 0830-1700
    r"|[0-9]{1,3}(?:\.[0-9]{1,3}){3}(?![0-9.])"  # 010.020.030.040
    r"|(?:19|20)[0-9]{2}([-./])[01]?[0-9]\2[0-3]?[0-9](?![0-9])"  # 2024-05-01
)
_PERSONAL = re.compile(r"([0-9]{2}[01][0-9]{3})[-+]([0-9]{4})")
_WHOLE = re.compile(
    r"\s*(?:tel(?:efon)?[.:]*|mob(?:il)?[.:]*|phone:?|fax:?)?\s*([+(0-9][0-9 ()./+-]*)"
    r"(?:\s*(?:;\s*ext=|ext\.?|x|ankn(?:ytning)?\.?|anknytn\.?|#)\s*[0-9]{1,6})?\s*",
    re.IGNORECASE | re.ASCII,
)
_CELL = re.compile(r"[;,|\n\r\t]+| / |\s+(?:eller|or|och|and|&)\s+|(?<=[0-9])\s*/\s*(?=[+0])")
_NO_TRUNK_ZERO = frozenset({39, 378, 379})  # Italy, San Marino, Vatican: the 0 belongs to the number

# What people and word processors write for a dash and a space, and what is invisible.
_DASHES, _SPACES = "‐‑‒–—−﹣－", "\u00a0\u2007\u2009\u202f\u2002\u2003"
_INVISIBLE = "\u00ad\u200b\u200c\u200d\u200e\u200f\u2060\ufeff\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
_PLAIN_PAIRS = [
    *((dash, "-") for dash in _DASHES),
    *((space, " ") for space in _SPACES),
    *((none, "") for none in _INVISIBLE),
]
_ODD_FIRSTS = sorted({odd.encode()[:1] for odd, _ in _PLAIN_PAIRS})


class _Parsed(NamedTuple):
    value: str
    is_valid: bool
    is_possible: bool
    is_mobile: bool


class Phones:
    """Finds and normalises phone numbers for one region. Keeps a bounded cache; not for use by two threads at once."""

    def __init__(self, region: str) -> None:
        """`region` is the ISO 3166 country of numbers without a prefix. Raises ValueError if it is not known."""
        self.region = region.upper()
        self._cache: dict[str, _Parsed | None] = {}
        self._runs: dict[tuple[bytes, bool, bool], tuple[str, ...]] = {}
        metadata = PhoneMetadata.metadata_for_region(self.region)
        if metadata is None:
            raise ValueError(f"region: {region!r} is not a country code that has phone numbers")
        self._code = str(metadata.country_code)
        self._has_trunk_zero = metadata.national_prefix == "0"
        national = r"\(?0[1-9]" if self._has_trunk_zero else r"\(?[0-9]"
        self._start = re.compile(
            rf"(?<![0-9])\+(?=[ (]{{0,2}}[1-9])|(?:(?<=[ (/])|^)(?:00 ?[1-9]|{national}|{self._code}[ -]?[0-9])"
        )

    def find(self, data: bytes) -> Iterator[str]:
        """Canonical numbers in UTF-8 text whose dashes and spaces are plain (see `plain`)."""
        for start, end in _runs(data):
            before, after = data[max(0, start - 1) : start].isalnum(), data[end : end + 1].isalnum()
            yield from self._in_known(data[start:end], before, after)

    def places(self, data: bytes) -> Iterator[tuple[int, int, str]]:
        """Start, end and canonical form of what `find` finds, in text with one byte a character (others as `?`).

        Of a run that may be read in two ways, the one that is a valid number is told.
        """
        for start, end in _runs(data):
            glued = data[max(0, start - 1) : start].isalnum(), data[end : end + 1].isalnum()
            for first, last, value in self._places_in_run(data[start:end].decode("ascii"), *glued):
                yield start + first, start + last, value

    def broken(self, text: str) -> Iterator[str]:
        """Canonical numbers that are broken over two lines of plain text, where neither part is one by itself."""
        for first, second in wrapped.phones(text):
            value = self.normalise(f"{first} {second}") if not _is_personal(first + second) else None
            whole = value is not None and self._parse(value)
            if whole and whole.is_valid and not any(self.normalise(part) for part in (first, second)):
                yield whole.value

    def _in_known(self, run: bytes, glued_before: bool, glued_after: bool) -> tuple[str, ...]:
        """As `_in_run`; dates and the same numbers come again and again."""
        key = run, glued_before, glued_after
        values = self._runs.get(key)
        if values is None:
            values = tuple(self._in_run(run.decode("ascii"), glued_before, glued_after))
            if len(run) <= _LONGEST_RUN:
                if len(self._runs) >= _CACHE_SIZE:
                    self._runs.clear()
                self._runs[key] = values
        return values

    def in_cell(self, raw: str) -> list[str]:
        """All numbers of a cell, which may hold several ("070-1 / 08-2") with words around them."""
        found: dict[str, None] = {}
        for piece in _CELL.split(plain(raw)):
            value = self.normalise(piece)
            if value is not None:
                found[value] = None
            else:
                found.update(dict.fromkeys(self.find(piece.encode("utf-8", "replace"))))
        return list(found)

    def normalise(self, raw: str) -> str | None:
        """The canonical form of one number, or None. Drops an extension; forgives a leading 0 lost in a sheet."""
        text = plain(raw)
        whole = _WHOLE.fullmatch(text) if len(text) <= 64 else None
        if whole is None:
            return None
        written = whole.group(1)
        if written.count("+") > 1 or "+" in written.lstrip(" (")[1:]:
            return None
        prefix, digits = _split(written)
        if not _FEWEST - 1 <= len(digits) <= _MOST:
            return None
        if prefix:
            parsed = self._parse(prefix + digits)
            return parsed.value if parsed and _is_plausible(parsed, "+") else None
        parsed = self._parse(digits)
        if parsed is None or not parsed.is_valid:
            parsed = self._parse("+" + digits) if digits.startswith(self._code) else None
        return parsed.value if parsed and parsed.is_valid else None

    def is_mobile(self, raw: str) -> bool:
        """True where the number is valid and a mobile number."""
        parsed = self._parse("".join(_split(plain(raw))))
        return parsed is not None and parsed.is_valid and parsed.is_mobile

    def _in_run(self, run: str, glued_before: bool, glued_after: bool) -> Iterator[str]:
        for _, _, values in self._windows(run, glued_before, glued_after):
            yield from values

    def _places_in_run(self, run: str, glued_before: bool, glued_after: bool) -> Iterator[tuple[int, int, str]]:
        for start, end, values in self._windows(run, glued_before, glued_after):
            for value in values[:1]:
                written = run[start:end].rstrip(" ()./+-")
                is_open = written[0] == "(" and ")" not in written
                yield start + is_open, start + len(written), value

    def _windows(self, run: str, glued_before: bool, glued_after: bool) -> Iterator[tuple[int, int, list[str]]]:
        """Where each number of a run begins and ends, and what it may be."""
        position = 0
        for start in self._start.finditer(run):
            at = start.start()
            if at < position:
                continue
            window = run[at : at + _WINDOW]
            stop = _END_OF_NUMBER.search(window)
            if stop:
                window = window[: stop.start()]
            is_last = at + len(window) >= len(run)
            is_glued = (at == 0 and glued_before and window[0] != "+") or (is_last and glued_after)
            values, length = self._in_window(window, is_open=not is_last and stop is None, is_glued=is_glued)
            yield at, at + length, values
            position = at + length

    def _in_window(self, window: str, *, is_open: bool, is_glued: bool) -> tuple[list[str], int]:
        """Values that begin at the window's start, and how much of it they take. The longest valid number wins."""
        if _NO_PHONE.match(window):
            return [], _NO_PHONE.match(window).end()  # type: ignore[union-attr]
        ends = [] if is_open else [len(window)]
        ends += [cut.start() for cut in reversed(list(_CUT.finditer(window))) if cut.start() < len(window)]
        likely: list[tuple[str, int]] = []
        for end in ends:
            written = window[:end]
            prefix, digits = _split(written)
            if len(digits) > _MOST or (is_glued and written.isdigit()):
                continue
            if len(digits) < _FEWEST or _is_personal(written):
                break
            parsed = self._parse_in_text(written, prefix, digits)
            if parsed is None:
                continue
            if parsed.is_valid:
                return [parsed.value, *(value for value, _ in likely[:1])], end
            if prefix and _is_plausible(parsed, prefix):
                likely.append((parsed.value, end))
        return ([likely[0][0]], likely[0][1]) if likely else ([], 1)

    def _parse_in_text(self, written: str, prefix: str, digits: str) -> _Parsed | None:
        if prefix:
            return self._parse(prefix + digits)
        parsed = None
        if not self._has_trunk_zero or digits[0] == "0":
            parsed = self._parse(digits)
        if (parsed is None or not parsed.is_valid) and digits.startswith(self._code) and len(digits) >= 10:
            bare = self._parse("+" + digits)
            # "46 000 000 kr" is no number: with separators only a mobile number is believed
            if bare and bare.is_valid and (written.isdigit() or bare.is_mobile):
                return bare
        return parsed if parsed and parsed.is_valid else None

    def _parse(self, number: str) -> _Parsed | None:
        number = "+" + number[2:] if number.startswith("00") else number
        try:
            return self._cache[number]
        except KeyError:
            if len(self._cache) >= _CACHE_SIZE:
                self._cache.clear()
            parsed = self._cache[number] = _parse(number, self.region)
            return parsed


def _runs(data: bytes) -> Iterator[tuple[int, int]]:
    """Where runs of digits and what stands between them begin and end, of those that have enough digits."""
    for match in _RUN.finditer(data):
        run = match.group().rstrip(_SEPARATORS)
        if len(run.translate(None, _SEPARATORS)) >= _FEWEST:
            yield match.start(), match.start() + len(run)


def plain(text: str) -> str:
    """The text with the dashes and spaces of word processors as `-` and space, and invisible characters gone."""
    if text.isascii() or not _may_be_odd(text):
        return text
    for odd, usual in _PLAIN_PAIRS:  # a few searches beat str.translate twentyfold
        if odd in text:
            text = text.replace(odd, usual)
    return text


def _may_be_odd(text: str) -> bool:
    """False where UTF-8 has none of the bytes that the characters of `_PLAIN_PAIRS` begin with: most Swedish text."""
    data = text.encode("utf-8", "replace")
    return any(first in data for first in _ODD_FIRSTS)


def _split(written: str) -> tuple[str, str]:
    """Prefix (`+`, `00` or nothing) and digits; the `(0)` after a country code is dropped."""
    text = written.lstrip(" (")
    if text[:1] == "+":
        return "+", _NOT_DIGIT.sub("", _TRUNK_IN_BRACKETS.sub("", text, count=1))
    digits = _NOT_DIGIT.sub("", text)
    if digits[:2] == "00":
        return "00", _NOT_DIGIT.sub("", _TRUNK_IN_BRACKETS.sub("", text, count=1))[2:]
    return "", digits


def _parse(number: str, region: str) -> _Parsed | None:
    try:
        parsed = phonenumbers.parse(number, region)
    except NumberParseException:
        return None
    if phonenumbers.is_valid_number(parsed):
        kind = phonenumbers.number_type(parsed)
        value = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
        return _Parsed(value, True, True, kind in (PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE))
    national = phonenumbers.national_significant_number(parsed)
    if parsed.country_code not in _NO_TRUNK_ZERO:
        national = national.lstrip("0")
    value = f"+{parsed.country_code}{national}"
    return _Parsed(value, False, phonenumbers.is_possible_number(parsed), False)


def _is_plausible(parsed: _Parsed, prefix: str) -> bool:
    """Enough for a number that is not valid but says its country."""
    digits = len(parsed.value) - 1
    if parsed.is_valid:
        return True
    if prefix == "00":
        return parsed.is_possible and 9 <= digits <= 15
    return (parsed.is_possible and 8 <= digits <= 15) or 10 <= digits <= 15


def _is_personal(written: str) -> bool:
    shape = _PERSONAL.fullmatch(written)
    return shape is not None and luhn_is_valid(shape.group(1) + shape.group(2))
