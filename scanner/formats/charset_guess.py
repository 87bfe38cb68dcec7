"""Which codec made bytes that are no UTF-8: each is tried on the words that tell, and the most likely text wins.

A letter is likely where letters like it stand around it: `ö` between small letters, Cyrillic among Cyrillic, kana by
kanji. The languages of the Nordic countries come first where several codecs give the same.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from functools import lru_cache

from scanner.formats import charset_letters as letters

_ENOUGH = 300  # high bytes that decide
_LOOKS = 1000  # words with high bytes that are looked at for that
_LONG = 500  # bytes of a word
_HIGH = re.compile(rb"[\x80-\xff]")
_BEFORE = re.compile(rb"[^\0-?]*\Z")  # no multibyte charset ends a character with these signs
_AFTER = re.compile(rb"[^\0-?]{1,500}")
_NORDIC = frozenset("åäöÅÄÖéÉüÜæøÆØ§°´·\xa0".encode("cp1252"))
_DENSE = re.compile(rb"[\x80-\xff]{2}")
# The codecs by how likely they are beforehand; `utf-8` stands for UTF-8 with bytes of Windows-1252 in between.
_PRIOR = {
    "utf-8": 1.5,
    "mac_roman": 0.3,
    "cp850": 0.5,
    "cp865": 0.4,
    "cp437": 0.3,
    "iso8859_15": 0.2,
    "cp1250": 0.2,
    "iso8859_2": 0.1,
    "cp1251": 0.3,
    "koi8_r": 0.2,
    "cp866": 0.1,
    "iso8859_5": 0.0,
    "mac_cyrillic": 0.0,
    "cp1253": 0.0,
    "cp1255": 0.0,
    "cp1256": 0.0,
    "cp932": 0.3,
    "euc_jp": 0.2,
    "gb18030": 0.2,
    "big5": 0.0,
    "cp949": 0.1,
}
_COMMON = {
    "cp932": letters.JAPANESE,
    "euc_jp": letters.JAPANESE,
    "gb18030": letters.SIMPLIFIED,
    "big5": letters.TRADITIONAL,
    "cp949": letters.KOREAN,
}


def guess(data: bytes) -> str:
    """The codec; `utf-8` for UTF-8 and Windows-1252 in one. The bytes are known to be no UTF-8 alone."""
    sample = b" ".join(_telling(data))
    high = _HIGH.findall(sample)
    if {byte[0] for byte in high} <= _NORDIC and 4 * len(_DENSE.findall(sample)) <= len(high):
        return "utf-8"
    best, most = "utf-8", float("-inf")
    for codec, prior in _PRIOR.items():
        text = _decoded(sample, codec)
        if text is None:
            continue
        likely = prior + _likelihood(text, _COMMON.get(codec, ""))
        if likely > most:
            best, most = codec, likely
    return best


def _telling(data: bytes) -> Iterator[bytes]:
    """Different words with high bytes, as many as are needed. One that was cut comes last."""
    seen: set[bytes] = set()
    high = place = 0
    for _ in range(_LOOKS):
        match = _HIGH.search(data, place)
        if match is None:
            return
        start = match.start()
        before = _BEFORE.search(data[max(place, start - 50) : start])
        after = _AFTER.match(data, start)
        assert before is not None and after is not None  # both may be empty
        place = after.end()
        word = before[0] + after[0]
        if word in seen:
            continue
        seen.add(word)
        yield word
        high += len(_HIGH.findall(word))
        if high >= _ENOUGH or len(after[0]) == _LONG:
            return


def _decoded(sample: bytes, codec: str) -> str | None:
    """The text; None where it is none. The last character may be cut off."""
    if codec == "utf-8":
        return sample.decode("utf-8", "gallra_cp1252")
    try:
        return codecs.getincrementaldecoder(codec)("strict").decode(sample)
    except UnicodeError:
        return None


_FOREIGN = re.compile(r"[^\x00-\x7f]")


def _likelihood(text: str, common: str) -> float:
    """How much the text looks like one, in no unit: a letter in its place counts about as much as a wrong one costs."""
    total = 0.0
    end = len(text) - 1
    previous = ""
    for match in _FOREIGN.finditer(text):
        place = match.start()
        char = match[0]
        before = text[place - 1] if place else "\n"
        after = text[place + 1] if place < end else "\n"
        kind, weight = _kind(char)
        total += _judged(kind, weight, char, before, after, common)
        if kind in _FOREIGN_TO_ASCII:
            if before != previous:
                total += _mixed(kind, before)
            total += _mixed(kind, after)
        previous = char
    return total


_SCRIPTS = frozenset({"cyrillic", "greek", "other"})
_EASTERN = frozenset({"han", "kana", "hangul", "half"})
_FOREIGN_TO_ASCII = _SCRIPTS | _EASTERN


def _judged(kind: str, weight: float, char: str, before: str, after: str, common: str) -> float:
    if kind == "latin":
        return _latin(weight, char, before, after)
    if kind in _SCRIPTS:
        if char.isupper() and before.islower():
            return -2.0
        alone = _kind(before)[0] != kind and _kind(after)[0] != kind
        return weight * 0.3 if alone else weight
    if kind in _EASTERN:
        if char in common:
            return 3.5
        return weight
    if kind == "sign":
        return -2.0 if before.isalpha() and after.isalpha() and char not in "’·" else weight
    return weight


def _latin(weight: float, char: str, before: str, after: str) -> float:
    """A letter with an accent: small ones after capitals within a word, and capitals after small ones, are wrong.

    So are words that hardly have others.
    """
    if before.islower() if char.isupper() else before.isupper() and after.isupper():
        return -3.0
    neighbours = [one for one in (before, after) if one.isalpha()]
    plain = sum(map(str.isascii, neighbours))
    if not plain and neighbours:
        return -1.5
    if not neighbours or plain < len(neighbours) or (char == "æ" and not after.isalpha()):
        return weight * 0.3
    return weight


def _mixed(kind: str, neighbour: str) -> float:
    """What it costs that an ASCII letter stands beside a letter of another script."""
    if not (neighbour.isascii() and neighbour.isalpha()):
        return 0.0
    if kind in _SCRIPTS or kind == "half":
        return -3.0
    return -1.5 if kind in _EASTERN else 0.0


@lru_cache(maxsize=8192)
def _kind(char: str) -> tuple[str, float]:
    """The script of a character, and how likely it is among others of that."""
    number = ord(char)
    for first, last, kind, weight, frequent in letters.RANGES:
        if first <= number <= last:
            if char.lower() in frequent:
                return kind, 2 * weight
            return (kind, weight) if kind not in ("latin", *_SCRIPTS) or char.isalpha() else ("sign", -1.0)
    if number < 128:
        return "ascii", 0.0
    return ("sign", 0.2) if char in letters.SIGNS else ("sign", -0.7 if char.isprintable() else -4.0)
