"""A text as a reader sees it, with the way back: where what was seen stands in the text as it is written.

Word processors' dashes and spaces become plain ones, unseen characters vanish, letters and their marks are composed.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right

_DASHES, _SPACES = "‐‑‒–—−﹣－", "\u00a0\u2007\u2009\u202f\u2002\u2003"
_UNSEEN = (
    "\u00ad\u034f\u061c\u180e\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2061\u2062\u2063\u2064"
    "\u2066\u2067\u2068\u2069\ufeff"
)
_ODD = re.compile(
    f"\u00ad[ \\t]*\\r?\\n[ \\t]*|[{_UNSEEN}]+|[{_DASHES}{_SPACES}\u212a\u212b]|[^\u0300-\u036f][\u0300-\u036f]+"
)
_PLAIN = {**dict.fromkeys(_DASHES, "-"), **dict.fromkeys(_SPACES, " ")}


class View:
    """`text` is what is looked at; `written` leads spans of it back to the text it was made of."""

    __slots__ = ("_seen", "_written", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self._seen = [0]  # where each stretch begins in what is seen: as it is written, and changed, by turns
        self._written = [0]
        if text.isascii():
            return
        shown: list[str] = []
        place = size = 0
        for match in _ODD.finditer(text):
            piece = match.group()
            plain = "" if piece[0] in _UNSEEN else _PLAIN.get(piece) or unicodedata.normalize("NFC", piece)
            shown += [text[place : match.start()], plain]
            size += match.start() - place
            self._seen += [size, size + len(plain)]
            self._written += [match.start(), match.end()]
            place, size = match.end(), size + len(plain)
        if shown:
            self.text = "".join([*shown, text[place:]])

    def written(self, start: int, end: int) -> tuple[int, int]:
        """The span of the written text that is seen at this span, unseen characters at its ends left out."""
        first, last = bisect_right(self._seen, start) - 1, bisect_right(self._seen, end - 1) - 1
        begin = self._written[first] + (0 if first % 2 else start - self._seen[first])
        if last % 2:
            return begin, self._written[last + 1]
        return begin, self._written[last] + end - self._seen[last]
