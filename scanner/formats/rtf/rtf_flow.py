"""Where the text of an RTF file goes: running text with tables, plain values, markup, or hexadecimal data."""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import groupby

from scanner.formats.rtf.rtf_codec import whole

DELETED, INSERTED, HIDDEN = 1, 2, 4
"""What a piece of text may be besides shown."""

_LEVELS = 16  # tables in tables


class Sink:
    """A destination that drops everything."""

    apart = False  # each group in it is a value of its own

    def add(self, text: str, flag: int = 0, level: int = 0) -> None:
        """Text in it; `flag` is of the constants above, `level` counts the tables around it."""

    def mark(self, word: str, level: int = 0) -> None:
        """`par`, `line`, `cell`, `row`, `nestcell` or `nestrow`."""

    def binary(self, data: bytes) -> None:
        r"""Data of \bin."""

    def after(self, text: str) -> None:
        """A line that comes after the paragraph, or in the same cell: the target of a link."""

    def close(self) -> None:
        """Its group has ended."""


class Value(Sink):
    """Text that somebody takes when it is complete."""

    def __init__(self, done: Callable[[str], None], *, apart: bool = False) -> None:
        self.apart = apart
        self._pieces: list[str] = []
        self._done = done

    def add(self, text: str, flag: int = 0, level: int = 0) -> None:
        """Any text, hidden or deleted too."""
        self._pieces.append(text)

    def mark(self, word: str, level: int = 0) -> None:
        """Another line."""
        self._pieces.append("\n")

    def after(self, text: str) -> None:
        """A line of its own."""
        self._pieces.append(f"\n{text}\n")

    def close(self) -> None:
        """Hand it over, if there is any."""
        text = whole("".join(self._pieces)).strip()
        if text:
            self._done(text)


class Data(Sink):
    """Bytes, written as hexadecimal digits or as they are, that belong to a text around them."""

    def __init__(self, around: Sink, done: Callable[[bytes], None]) -> None:
        self._around = around
        self._digits: list[str] = []
        self._data: list[bytes] = []
        self._done = done

    def add(self, text: str, flag: int = 0, level: int = 0) -> None:
        """Digits."""
        self._digits.append(text)

    def binary(self, data: bytes) -> None:
        """Bytes that count before the digits."""
        self._data.append(data)

    def after(self, text: str) -> None:
        """A line of the text around."""
        self._around.after(text)

    def close(self) -> None:
        """Hand them over, if there are any."""
        data = b"".join(self._data) or _from_hex("".join(self._digits))
        if data:
            self._done(data)


class Flow(Sink):
    """Running text: `blocks` are paragraphs, and tables as lists of rows of cells."""

    def __init__(self, done: Callable[[Flow], None] | None = None) -> None:
        self.blocks: list[str | list[list[str]]] = []
        self._done = done
        self._pieces: list[list[tuple[str, int]]] = [[]]  # of the paragraph or cell that is open, by level
        self._cells: list[list[str]] = [[]]
        self._rows: list[list[list[str]]] = [[]]
        self._after: list[str] = []  # what belongs to the paragraph and stands not in it: targets of links

    @property
    def text(self) -> str:
        """The paragraphs alone."""
        return "\n".join(block for block in self.blocks if isinstance(block, str))

    @property
    def tables(self) -> list[list[list[str]]]:
        """The tables alone."""
        return [block for block in self.blocks if not isinstance(block, str)]

    @property
    def lines(self) -> list[str]:
        """Everything in its order, a row a line."""
        found = []
        for block in self.blocks:
            found += [block] if isinstance(block, str) else ["\t".join(row) for row in block]
        return found

    def after(self, text: str) -> None:
        """A line after what is open."""
        self._after.append(text)

    def add(self, text: str, flag: int = 0, level: int = 0) -> None:
        """Text of the paragraph or cell that is open."""
        self._pieces[self._grown(level)].append((text, flag))

    def mark(self, word: str, level: int = 0) -> None:
        """End a line, a paragraph, a cell or a row."""
        if word == "line":
            self.add("\n", 0, level)
        elif word == "par":
            if level or self._cells_open():
                self.add("\n", 0, level)
            else:
                self._end_paragraph()
        elif word in ("cell", "nestcell"):
            self._end_cell(1 if word == "cell" else max(2, level))
        else:
            self._end_row(1 if word == "row" else max(2, level))

    def close(self) -> None:
        """End what is open, and hand it over."""
        for level in range(len(self._rows) - 1, 0, -1):
            self._end_row(level)
        self._end_paragraph()
        if self._done is not None and self.blocks:
            self._done(self)

    def _grown(self, level: int) -> int:
        level = min(level, _LEVELS)
        while len(self._pieces) <= level:
            self._pieces.append([])
            self._cells.append([])
            self._rows.append([])
        return level

    def _cells_open(self) -> bool:
        return len(self._cells) > 1 and bool(self._cells[1])

    def _end_paragraph(self) -> None:
        self._end_tables(1)
        text = self._taken(0)
        if text:
            self.blocks.append(text)

    def _end_cell(self, level: int) -> None:
        level = self._grown(level)
        self._end_tables(level + 1)
        text = self._taken(level)
        if level == 1 and self._pieces[0]:  # programs that leave \intbl out
            text = "\n".join(one for one in (text, self._taken(0)) if one)
        self._cells[level].append(text)

    def _end_row(self, level: int) -> None:
        level = self._grown(level)
        left = self._pieces[level] + (self._pieces[0] if level == 1 and self._cells_open() else [])
        if any(not text.isspace() for text, _ in left):  # a cell that nobody ended
            self._end_cell(level)
        self._pieces[level] = []
        if self._cells[level]:
            self._rows[level].append(self._cells[level])
            self._cells[level] = []

    def _end_tables(self, least: int) -> None:
        for level in range(len(self._rows) - 1, least - 1, -1):
            self._end_row(level)
            if self._rows[level]:
                self.blocks.append(self._rows[level])
                self._rows[level] = []

    def _taken(self, level: int) -> str:
        pieces, self._pieces[level] = self._pieces[level], []
        lines = dict.fromkeys((*_versions(pieces), *self._after))
        self._after = []
        return whole("\n".join(line for line in lines if line))


def _versions(pieces: list[tuple[str, int]]) -> list[str]:
    """The text as shown; as it was before its tracked changes; and what is hidden in it."""
    flags = 0
    for _, flag in pieces:
        flags |= flag
    if not flags:
        return ["".join([text for text, _ in pieces]).strip()]
    found = ["".join([text for text, flag in pieces if not flag & ~INSERTED]).strip()]
    if flags & (DELETED | INSERTED):
        found.append("".join([text for text, flag in pieces if not flag & ~DELETED]).strip())
    if flags & HIDDEN:
        runs = groupby(pieces, key=lambda piece: piece[1] & HIDDEN)
        found.extend("".join([text for text, _ in run]).strip() for hidden, run in runs if hidden)
    return found


class Markup(Sink):
    """HTML inside RTF ([MS-OXRTFEX]): `pieces` are of the page, `doubles` what is there for readers of RTF alone."""

    def __init__(self) -> None:
        self.pieces: list[str] = []
        self.doubles = Flow()

    def add(self, text: str, flag: int = 0, level: int = 0) -> None:
        """Text and tags."""
        self.pieces.append(text)

    def mark(self, word: str, level: int = 0) -> None:
        """A line break."""
        self.pieces.append("\n")

    def after(self, text: str) -> None:
        """Not of the page."""
        self.doubles.after(text)

    def close(self) -> None:
        """End what is open."""
        self.doubles.close()


_NO_HEX = re.compile("[^0-9A-Fa-f]+")


def _from_hex(digits: str) -> bytes:
    try:
        return bytes.fromhex(digits)
    except ValueError:
        digits = _NO_HEX.sub("", digits)
        return bytes.fromhex(digits[: len(digits) & ~1])
