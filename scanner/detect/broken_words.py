"""Words that a layout or a naming custom has cut or run together: at a line's end, and in the names of files."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from itertools import pairwise

_SOFT = "\u00ad"
_HYPHENS = "-\u2010\u2011" + _SOFT
_BREAK = re.compile(rf"[{_HYPHENS}][ \t]*\r?\n[ \t>|]*")
_LAST = re.compile(r"[^\W\d_]+\Z")
_FIRST = re.compile(r"[^\W\d_]+")
_LONGEST = 40  # letters of each half


def rejoined(text: str) -> str | None:
    """The text with words that a hyphen parts at a line's end made whole; None where there are none.

    Before a capital the hyphen is the word's own ("Anna-", "Karin"), unless the first half is in capitals too.
    """
    if not _may_break(text):
        return None
    parts: list[str] = []
    end = 0
    for match in _BREAK.finditer(text):
        parts += [text[end : match.start()], _joint(text, match)]
        end = match.end()
    return "".join([*parts, text[end:]]) if parts else None


def broken_words(text: str) -> Iterator[str]:
    """The words alone that `rejoined` makes whole."""
    if not _may_break(text):
        return
    for match in _BREAK.finditer(text):
        head = _LAST.search(text[max(0, match.start() - _LONGEST) : match.start()])
        tail = _FIRST.match(text, match.end(), match.end() + _LONGEST)
        if head and tail and not _joint(text, match):
            yield head.group() + tail.group()


def as_words(name: str) -> str:
    """The name of a file or folder with spaces where its words meet: `AnnaEk_cv2.pdf` -> `Anna Ek cv 2.pdf`."""
    text = unicodedata.normalize("NFC", name).replace("_", " ").replace("+", " ").replace("%20", " ")
    if text.isalpha() and (text.islower() or text.isupper()):
        return text
    parts = [text[:1]]
    for before, letter in pairwise(text):
        if _meets(before, letter):
            parts.append(" ")
        parts.append(letter)
    return "".join(parts)


def _may_break(text: str) -> bool:
    return "\n" in text and ("-" in text or not text.isascii())


def _joint(text: str, match: re.Match[str]) -> str:
    before, after = text[match.start() - 1 : match.start()], text[match.end() : match.end() + 1]
    if not before.isalpha() or not after.isalpha():
        return match.group()
    return "-" if after.isupper() and not before.isupper() and _SOFT not in match.group() else ""


def _meets(before: str, letter: str) -> bool:
    if before.islower() and letter.isupper():
        return True
    return (before.isalpha() and letter.isdigit()) or (before.isdigit() and letter.isalpha())
