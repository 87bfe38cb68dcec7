"""Customs of spelling that sound alike: C/K, Th/T, W/V, Ph/F, Q/K, fs/vs (Carlsson, Thorén, Wikström, Gustafsson).

In a given name they mostly are the same person's two ways of writing it; in a family name mostly two families. Who
compares decides which of the two it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import combinations, product

_MOST = 16
_SHORTEST = 3  # letters: below, one letter more or less is another name

# The sounds, longest spelling first, and how else each may be written. "sch" and "tth" are left as they are.
_SOUND = re.compile(r"sch|tth|ck|ch|qu|qv|kv|kw|ph|th|fs|vs|[kcwvft]")
_SOUNDS = {
    "ck": "k", "ch": "k", "qu": "kv", "qv": "kv", "kw": "kv", "ph": "f", "th": "t", "fs": "vs", "w": "v",
}  # fmt: skip
_WRITTEN = {
    "ck": ("k",), "ch": ("k",), "c": ("k",), "k": ("c",), "qu": ("kv", "qv"), "qv": ("kv", "qu"), "kv": ("qv", "qu"),
    "kw": ("kv",), "ph": ("f",), "f": ("ph",), "th": ("t",), "t": ("th",), "fs": ("vs",), "vs": ("fs",),
    "w": ("v",), "v": ("w",),
}  # fmt: skip
_SOFT = frozenset("eiyäö")  # before these a c is an s: Cecilia


@lru_cache(maxsize=1 << 14)
def sound(lower: str) -> str:
    """A lower-case word in the one spelling that all that sound so share: carlsson -> karlsson, thorén -> torén."""
    return _SOUND.sub(_plainly, lower) if len(lower) >= _SHORTEST else _letter(lower)


def spellings(lower: str) -> tuple[str, ...]:
    """Other spellings of a lower-case word, at most 16, those that differ in the fewest places first."""
    if len(lower) < _SHORTEST:
        return ()
    pieces = _pieces(lower)
    places = [index for index, (_, others) in enumerate(pieces) if others]
    found: dict[str, None] = {}
    for count in range(1, len(places) + 1):
        for chosen in combinations(places, count):
            for forms in _forms(pieces, chosen):
                found[forms] = None
            if len(found) >= _MOST:
                return tuple(found)[:_MOST]
    return tuple(found)


def _forms(pieces: list[tuple[str, tuple[str, ...]]], chosen: tuple[int, ...]) -> Iterator[str]:
    choices = [others if index in chosen else (piece,) for index, (piece, others) in enumerate(pieces)]
    return map("".join, product(*choices))


def _pieces(lower: str) -> list[tuple[str, tuple[str, ...]]]:
    """The word in parts, each with what else may stand in its place."""
    pieces: list[tuple[str, tuple[str, ...]]] = []
    end = 0
    for match in _SOUND.finditer(lower):
        pieces.append((lower[end : match.start()], ()))
        text, next_ = match.group(), lower[match.end() : match.end() + 1]
        is_soft = text in ("c", "k") and next_ in _SOFT and next_ != ""
        is_double = text == "t" and next_ == "t"
        pieces.append((text, () if is_soft or is_double else _WRITTEN.get(text, ())))
        end = match.end()
    return [*pieces, (lower[end:], ())]


def _plainly(match: re.Match[str]) -> str:
    text = match.group()
    if text == "c":
        next_ = match.string[match.end() : match.end() + 1]
        return "c" if next_ in _SOFT and next_ else "k"
    return _SOUNDS.get(text, text)


def _letter(word: str) -> str:
    return {"c": "k", "w": "v"}.get(word, word)
