"""Text of a Word file as people read it ([MS-DOC] 2.4.1): paragraphs as lines, rows of tables, what fields show."""

from __future__ import annotations

import re
from collections.abc import Callable

from scanner.formats.legacy.doc_layout import IN_TABLE, ROW_END

Rows = list[tuple[int, list[str]]]

_PARAGRAPH = re.compile("[^\r\x07\x0c]*[\r\x07\x0c]?")
_LINE = re.compile("[\r\x0c]|\x07\x07")
_DEPTH = 50  # of fields in fields
_FIELD = re.compile("([\x13\x14\x15])")
# What stands for itself is kept; marks of pictures, notes and optional hyphens are not text.
_SIGNS = {"\x0b": "\n", "\x0e": "\n", "\x07": "\t", "\x0c": "\n", "\x1e": "-", "\xa0": " ", "\u2011": "-"}
_MARKS = dict.fromkeys([*map(chr, range(7)), "\x08", "\x1f", "\xad"], "")
_SIGNS_AND_MARKS = str.maketrans({**_MARKS, **_SIGNS})


class Flow:
    """Lines and tables of one story. Rows are told apart with `kind`, which knows a character's paragraph."""

    def __init__(self, kind: Callable[[int], int] | None = None) -> None:
        self.lines: list[str] = []
        self.tables: list[Rows] = []
        self.fields: dict[str, None] = {}  # what fields were told to do: links, mailto: too
        self._kind = kind
        self._open: list[list[str]] = []  # for each field we are in: what was said of it so far
        self._results: list[bool] = []  # for each: whether its result has begun
        self._cells: list[str] = []
        self._cell: list[str] = []
        self._in_table = False

    def read(self, text: str, first: int = 0) -> None:
        """Add the text that begins with character `first`."""
        if self._kind is None:
            for line in _LINE.split(text):
                self._paragraph(line, 0)
            self._close()
            return
        wide = not text.isascii() and max(text, default="") > "\uffff"
        place = first
        for match in _PARAGRAPH.finditer(text):
            raw = match[0]
            if not raw:
                continue
            place += len(raw.encode("utf-16-le", "replace")) // 2 if wide else len(raw)
            self._paragraph(raw, self._kind(place - 1))
        self._close()

    @property
    def text(self) -> str:
        """The lines, and below them what fields say."""
        return "\n".join(line for line in (*self.lines, *self.fields) if line)

    def _paragraph(self, raw: str, kind: int) -> None:
        if not kind:
            self._end_row()
            self._in_table = False
            self.lines.append(self._visible(raw.rstrip("\r\x0c")).strip())
            return
        if not self._in_table:
            self._in_table = True
            self.tables.append([])
        text = self._visible(raw.rstrip("\r\x07\x0c")).strip()
        if text:
            self._cell.append(text)
        if kind & ROW_END:
            self._end_row()
        elif raw[-1] == "\x07" and kind & IN_TABLE:
            self._cells.append("\n".join(self._cell))
            self._cell = []

    def _close(self) -> None:
        self._end_row()
        while self._open:
            self._end_field()

    def _end_row(self) -> None:
        if self._cell:  # a row without its end, in a damaged file
            self._cells.append("\n".join(self._cell))
            self._cell = []
        if self._cells:
            self.tables[-1].append((len(self.tables[-1]), self._cells))
            self._cells = []

    def _visible(self, raw: str) -> str:
        """The text without fields' instructions, which are noted."""
        if not self._open and "\x13" not in raw:
            return raw.translate(_SIGNS_AND_MARKS)
        shown: list[str] = []
        for piece in _FIELD.split(raw):
            if piece == "\x13" and len(self._open) < _DEPTH:
                self._open.append([])
                self._results.append(False)
            elif piece == "\x14":
                if self._results:
                    self._results[-1] = True
            elif piece == "\x15":
                self._end_field()
            elif all(self._results):
                shown.append(piece)
            else:
                self._open[self._results.index(False)].append(piece)
        return "".join(shown).translate(_SIGNS_AND_MARKS)

    def _end_field(self) -> None:
        if not self._open:
            return
        said = "".join(self._open.pop()).translate(_SIGNS_AND_MARKS).strip()
        self._results.pop()
        if said:
            self.fields[said] = None
