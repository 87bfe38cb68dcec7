"""Text -> the set of folded words that the index keeps tokens of."""

from __future__ import annotations

import re
from collections.abc import Iterable

from scanner.detect.fold import fold

_LONGEST_WORD = 40
_LONGEST_NUMBER = 12

# One pass over UTF-8: ASCII letters to lower case, digits and all non-ASCII bytes as they are, the rest to spaces.
_TO_WORDS = bytes(
    byte + 32 if 65 <= byte <= 90 else byte if byte >= 128 or chr(byte).isalnum() else 32 for byte in range(256)
)
_ASCII_TO_WORDS = _TO_WORDS[:128].decode("ascii")
_WORD = re.compile(r"[^\W_]+")


def words_of(texts: Iterable[str]) -> set[str]:
    """Folded words of all texts: split at everything that is no letter or digit, `_ . @ - '` too.

    Words above 40 characters and numbers above 12 digits are dropped: encoded data and serials, never names.
    """
    text = "\n".join(texts)
    if text.isascii():
        found = set(text.translate(_ASCII_TO_WORDS).split())
        return {word for word in found if len(word) <= _LONGEST_NUMBER or _is_kept(word)}
    # Folding only what is unique, and only what is not ASCII, is what makes this fast.
    raw = set(text.encode("utf-8", "replace").translate(_TO_WORDS).split())
    plain = {word for word in raw if word.isascii()}
    found = set(b" ".join(plain).decode("ascii").split(" "))
    for word in raw - plain:
        found.update(_WORD.findall(fold(word.decode("utf-8", "replace"))))
    found.discard("")
    return {word for word in found if len(word) <= _LONGEST_NUMBER or _is_kept(word)}


class RawWords(set[bytes]):
    """Words in UTF-8, lower-case where they are ASCII, split but not folded: `folded` gives what each stands for.

    Who remembers the fold of words that come again and again has the words of a text in half the time.
    """

    __slots__ = ()

    @classmethod
    def of(cls, texts: Iterable[str]) -> RawWords:
        """Those of all texts: what `words_of` would fold."""
        return cls("\n".join(texts).encode("utf-8", "replace").translate(_TO_WORDS).split())


def folded(raw: bytes) -> set[str]:
    """The folded words in a raw one: mostly one, none where it is dropped, more where a sign splits it."""
    words = [raw.decode("ascii")] if raw.isascii() else _WORD.findall(fold(raw.decode("utf-8", "replace")))
    return {word for word in words if _is_kept(word)}


def _is_kept(word: str) -> bool:
    return len(word) <= _LONGEST_WORD and not (word.isdigit() and len(word) > _LONGEST_NUMBER)
