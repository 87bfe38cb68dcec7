"""Customer numbers: whatever the company's own patterns say, as whole tokens."""

from __future__ import annotations

import re
from collections.abc import Iterator

import re2

from scanner.detect.base import DetectSettings

_LONGEST = 64
_SPACES = re.compile(r"\s+")


class CustomerNumbers:
    """The configured patterns (RE2 syntax, so no pattern can be slow), any case."""

    def __init__(self, settings: DetectSettings) -> None:
        """Raises ValueError that names the place of the pattern which is not a regular expression."""
        self._patterns = [_compile(pattern, number) for number, pattern in enumerate(settings.customer_numbers, 1)]

    def find(self, data: bytes) -> Iterator[str]:
        """Canonical numbers in UTF-8 text.

        One next to a letter or digit, or joined by - to a digit, is part of another.
        """
        for pattern in self._patterns:
            for match in pattern.finditer(data):
                if match.group() and _stands_alone(data, match.start(), match.end()):
                    value = normalise_customer(match.group().decode("utf-8", "replace"))
                    if value is not None:
                        yield value

    def places(self, text: str) -> Iterator[tuple[int, int, str]]:
        """Start, end and canonical form of what `find` finds, in characters and in order for each pattern."""
        data = text.encode("utf-8", "replace")
        for pattern in self._patterns:
            at = place = 0  # bytes and characters up to here
            for match in pattern.finditer(data):
                if not match.group() or not _stands_alone(data, match.start(), match.end()):
                    continue
                written = match.group().decode("utf-8", "replace")
                value = normalise_customer(written)
                if value is not None:
                    place += len(data[at : match.start()].decode("utf-8", "replace"))
                    at = match.start()
                    yield place, place + len(written), value

    def whole(self, raw: str) -> str | None:
        """The canonical number if one of the patterns matches all of it."""
        value = normalise_customer(raw)
        if value is None:
            return None
        data = value.encode("utf-8", "replace")
        return value if any(pattern.fullmatch(data) for pattern in self._patterns) else None


def normalise_customer(raw: str) -> str | None:
    """Upper-case, spaces collapsed; None without a letter or digit, or above 64 characters."""
    value = _SPACES.sub(" ", raw).strip().upper()
    value = _SPACES.sub(" ", value).strip()
    if value.endswith(".0") and value[:-2].isdigit():  # a number cell of a sheet
        value = value[:-2]
    return value if 0 < len(value) <= _LONGEST and any(letter.isalnum() for letter in value) else None


def _compile(pattern: str, number: int) -> re2._Regexp:
    options = re2.Options()
    options.case_sensitive = False
    options.encoding = re2.Options.Encoding.UTF8
    options.log_errors = False
    try:
        return re2.compile(pattern.encode(), options)
    except re2.error:
        raise ValueError(f"customer number pattern {number} is not a regular expression (RE2 syntax)") from None


def _stands_alone(data: bytes, start: int, end: int) -> bool:
    before = data[max(0, start - 5) : start].decode("utf-8", "ignore")[-2:]
    after = data[end : end + 5].decode("utf-8", "ignore")[:2]
    if before[-1:].isalnum() or after[:1].isalnum():
        return False
    joined_before = len(before) == 2 and before[1] == "-" and before[0].isdigit()
    joined_after = len(after) == 2 and after[0] == "-" and after[1].isdigit()
    return not (joined_before or joined_after)
