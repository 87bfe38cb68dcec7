"""Where in a TOML file each table, key and list element stands: what `tomllib` does not tell.

A light scan that trusts the text to be TOML (`tomllib` has accepted it before), and copes with comments, quoted and
dotted keys, strings and lists over many lines, inline tables and arrays of tables. It never raises: where it loses its
way it gives the lines that it found until there.
"""

from __future__ import annotations

import re
import tomllib
from bisect import bisect_right
from contextlib import suppress

Place = tuple[str | int, ...]
"""A path into the document: names of keys, and indexes (from 0) into lists and arrays of tables."""

# Single characters are repeated possessively, groups are not: Python before 3.11.5 matches those wrongly.
_BLANK = re.compile(r"(?:[ \t\r\n]++|#[^\n]*+)*")
_SPACE = re.compile(r"[ \t]*+")
_KEY = re.compile(r"""[ \t]*+("(?:[^"\\\n]++|\\.)*"|'[^'\n]*+'|[A-Za-z0-9_-]++)[ \t]*+(\.?)""")
_STRING = re.compile(
    r'"""(?:\\.|[^"\\]++|"{1,2}(?!"))*"{3,5}'
    r"|'''(?:[^']++|'{1,2}(?!'))*'{3,5}"
    r'|"(?:[^"\\\n]++|\\.)*"'
    r"|'[^'\n]*+'",
    re.DOTALL,
)
_SCALAR = re.compile(r"[^,\]}#\n]++")


def find_lines(text: str) -> dict[Place, int]:
    """The line (from 1) of every place in the text. A table's line is its header's, a list element's its own."""
    scan = _Scan(text)
    with suppress(_Lost, ValueError, RecursionError):
        scan.document()
    return scan.lines


def line_of(lines: dict[Place, int], place: Place) -> int:
    """The line of the place, or of the nearest one around it that is known; 1 when none is."""
    while place and place not in lines:
        place = place[:-1]
    return lines.get(place, 1)


class _Lost(Exception):
    """The text is not what the scan expects."""


class _Scan:
    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.lines: dict[Place, int] = {}
        self._elements: dict[Place, int] = {}  # how many [[...]] headers each array of tables has had
        self._starts = [0, *(match.end() for match in re.finditer("\n", text))]

    def document(self) -> None:
        prefix: Place = ()
        self._skip(_BLANK)
        while self.at < len(self.text):
            prefix = self._header() if self._peek() == "[" else self._pair(prefix)
            self._skip(_BLANK)

    def _header(self) -> Place:
        start = self.at
        double = self.text.startswith("[[", self.at)
        self.at += 2 if double else 1
        parts = self._key()
        self._expect("]]" if double else "]")
        place: Place = ()
        for part in parts[:-1]:
            place = (*place, part)
            self._note(place, start)
            if place in self._elements:
                place = (*place, self._elements[place] - 1)
        place = (*place, parts[-1])
        if double:
            self._note(place, start)
            index = self._elements.get(place, 0)
            self._elements[place] = index + 1
            place = (*place, index)
        self.lines[place] = self._line(start)
        return place

    def _pair(self, prefix: Place) -> Place:
        """One `key = value` below the prefix, which it gives back."""
        start = self.at
        place = prefix
        for part in self._key():
            place = (*place, part)
            self._note(place, start)
        self._expect("=")
        self._skip(_SPACE)
        self._value(place)
        return prefix

    def _key(self) -> list[str]:
        parts: list[str] = []
        dot = "."
        while dot:
            match = _KEY.match(self.text, self.at)
            if match is None:
                raise _Lost
            name, dot = match.groups()
            parts.append(tomllib.loads(f"k={name}")["k"] if name[0] in "\"'" else name)
            self.at = match.end()
        return parts

    def _value(self, place: Place) -> None:
        first = self._peek()
        if first == "[":
            self._list(place)
        elif first == "{":
            self._inline(place)
        elif first in "\"'":
            self._match(_STRING)
        else:
            self._match(_SCALAR)

    def _list(self, place: Place) -> None:
        self.at += 1
        index = 0
        self._skip(_BLANK)
        while self._peek() != "]":
            self._note((*place, index), self.at)
            self._value((*place, index))
            index += 1
            self._comma()
        self.at += 1

    def _inline(self, place: Place) -> None:
        self.at += 1
        self._skip(_BLANK)
        while self._peek() != "}":
            self._pair(place)
            self._comma()
        self.at += 1

    def _comma(self) -> None:
        self._skip(_BLANK)
        if self._peek() == ",":
            self.at += 1
            self._skip(_BLANK)
        elif self._peek() not in "]}":
            raise _Lost

    def _note(self, place: Place, offset: int) -> None:
        self.lines.setdefault(place, self._line(offset))

    def _line(self, offset: int) -> int:
        return bisect_right(self._starts, offset)

    def _peek(self) -> str:
        if self.at >= len(self.text):
            raise _Lost
        return self.text[self.at]

    def _skip(self, pattern: re.Pattern[str]) -> None:
        match = pattern.match(self.text, self.at)
        assert match is not None  # these patterns match nothing at all, too
        self.at = match.end()

    def _match(self, pattern: re.Pattern[str]) -> None:
        match = pattern.match(self.text, self.at)
        if match is None:
            raise _Lost
        self.at = match.end()

    def _expect(self, mark: str) -> None:
        self._skip(_SPACE)
        if not self.text.startswith(mark, self.at):
            raise _Lost
        self.at += len(mark)
