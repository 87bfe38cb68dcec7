"""Where a postal address stands in a text: its words in order, whatever signs, line ends and case part them."""

from __future__ import annotations

import re
from collections.abc import Sequence

from scanner.detect.fold import fold

_WORD = re.compile(r"[^\W_]+")
_POSTCODE = re.compile(r"\b(\d{3}) (\d{2})\b", re.ASCII)
_BETWEEN = 12  # characters that may stand between two words of an address
# "Norra Storgatan 1" is not "Storgatan 1".
_BEFORE_A_STREET = frozenset({
    "norra", "södra", "östra", "västra", "lilla", "stora", "gamla", "nya", "övre", "nedre", "inre", "yttre",
    "mellersta", "sankt", "st", "n", "s", "ö", "v",
})  # fmt: skip


class AddressFinder:
    """Looks for canonical addresses (folded words, as `normalise` gives them) with a street and a number."""

    def __init__(self, addresses: Sequence[str]) -> None:
        self._addresses: dict[str, list[list[str]]] = {}
        for address in addresses:
            words = _POSTCODE.sub(r"\1\2", address).split()
            if len(words) > 1 and any(word[0].isdigit() for word in words):
                self._addresses.setdefault(words[0], []).append(words)

    def spans(self, text: str) -> list[tuple[int, int]]:
        """Where the addresses stand, in order; linear in the text."""
        if not self._addresses:
            return []
        found: list[tuple[int, int]] = []
        words = [(match.start(), match.end(), fold(match.group())) for match in _WORD.finditer(text)]
        for index, (start, _, word) in enumerate(words):
            for address in self._addresses.get(word, ()):
                last = _stands(address, words, index, text)
                if last is not None and not _is_longer(text, words, index, last):
                    found.append((start, words[last][1]))
        return found


def _stands(address: list[str], words: list[tuple[int, int, str]], index: int, text: str) -> int | None:
    """The index of the address's last word, if it begins at this one; a postcode may be written in two."""
    place = index
    for number, wanted in enumerate(address):
        if place >= len(words) or (number and words[place][0] - words[place - 1][1] > _BETWEEN):
            return None
        if words[place][2] != wanted:
            is_split = wanted.isdigit() and len(wanted) == 5 and place + 1 < len(words)
            if not is_split or words[place][2] + words[place + 1][2] != wanted:
                return None
            if text[words[place][1] : words[place + 1][0]].strip(" \u00a0"):
                return None
            place += 1
        place += 1
    return place - 1


def _is_longer(text: str, words: list[tuple[int, int, str]], first: int, last: int) -> bool:
    """True where the address is a part of another: another street before, another staircase (`1 B`) behind."""
    start, _, _ = words[first]
    if text[start - 1 : start] == "-" and text[max(0, start - 2) : start - 1].isalnum():
        return True
    if first and text[words[first - 1][1] : start] == " ":
        before = text[words[first - 1][0] : words[first - 1][1]]
        if before.lower() in _BEFORE_A_STREET and before[0].isupper() == text[start].isupper():
            return True
    _, end, word = words[last]
    if last + 1 < len(words) and word[0].isdigit() and len(words[last + 1][2]) == 1:
        return text[end : words[last + 1][0]].strip(" -") == ""
    return text[end : end + 1] == "-" and text[end + 1 : end + 2].isalnum()
