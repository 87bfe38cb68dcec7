"""Whether a text differs from another only in that the person left, and the mark came."""

from __future__ import annotations

import re
from urllib.parse import unquote

from scanner.surgery.base import Person

_BREAKS = {"tab": "\t", "br": "\n", "cr": "\n", "line-break": "\n", "s": " ", "ptab": "\t", "noBreakHyphen": "-"}
_MIXED = frozenset({"ins", "del", "delText", "moveFrom", "moveTo"})
_STEPS = re.compile(r"([/\\?&=])")
_Pair = tuple[str, str]


def attribute_is_fine(key: str, was: str, now: str, person: Person) -> bool:
    """An attribute is the same, masked, or an author's initials that left with the name."""
    if now in (was, person.masked(was)) or (now == person.mark and person.is_named(was)):
        return True
    if key.rpartition("}")[2].endswith("initials") and now == "":
        return True
    plain = unquote(was)
    if unquote(now) in (plain, person.masked(plain)):
        return True
    return _by_steps(unquote(now), person) == _by_steps(plain, person)


def _by_steps(address: str, person: Person) -> str:
    """An address of which each step of the path was looked at alone, too."""
    return person.masked("".join(person.masked(step) for step in _STEPS.split(address)))


class Texts:
    """The texts of two trees in step, block by block. What left belongs to the mark before it."""

    def __init__(self, person: Person) -> None:
        self._person = person
        self._block: list[_Pair] = []
        self._is_mixed = False
        self._fine = True
        self._group: list[str] | None = None  # the pieces that left since the last mark
        self._between = False  # whether words that stayed stand behind them

    def add(self, name: str, was: str, now: str) -> None:
        """The text of one element, or what stands behind one (no name)."""
        self._is_mixed = self._is_mixed or name in _MIXED
        if name.endswith("initials") and now == "":
            return
        if name in _BREAKS:
            self._block.append((_BREAKS[name], _BREAKS[name]))
        if was or now:
            self._block.append((was, now))

    def begins(self, *, apart: bool) -> None:
        """A paragraph begins or ends here: `apart` where it is no paragraph inside of one."""
        if not apart:
            self._block.append(("\n", "\n"))
            return
        if any(was != now for was, now in self._block):
            self._check()
        elif any(_has_word(was) for was, _ in self._block):
            self._between = True
        self._block = []
        self._is_mixed = False

    def finished(self) -> bool:
        """Whether all was fine. Ends the last block."""
        self.begins(apart=True)
        self._close()
        return self._fine

    def _check(self) -> None:
        whole = "".join(was for was, _ in self._block)
        if "".join(now for _, now in self._block) == self._person.masked(whole):
            self._close()
            return
        for was, now in self._block:
            if was != now:
                self._pieces(was, now)
            else:
                self._stays(was)

    def _pieces(self, was: str, now: str) -> None:
        """One text: what is left of it stands in it in its order; between two such pieces a mark came."""
        kept = now.split(self._person.mark)
        at = 0
        for number, piece in enumerate(kept):
            if number == len(kept) - 1:
                place = len(was) - len(piece) if was[at:].endswith(piece) else -1
            else:
                place = was.find(piece, at)
            if place < at:
                self._fine = False
                return
            self._left(was[at:place], marked=number > 0)
            self._stays(piece)
            at = place + len(piece)

    def _stays(self, text: str) -> None:
        if not _has_word(text):
            if self._group is not None:
                self._group.append(text)
        elif not self._is_mixed:
            self._between = True

    def _left(self, text: str, *, marked: bool) -> None:
        if marked:
            self._close()
            self._group = [text]
        elif text:
            if self._group is None or self._between:
                self._fine = False
            else:
                self._group.append(text)

    def _close(self) -> None:
        """All words that left under one mark are the person's."""
        if self._group is not None:
            text = "".join(self._group)
            at = 0
            rest = []
            for start, end in self._person.spans(text):
                rest.append(text[at:start])
                at = end
            self._fine = self._fine and not _has_word("".join((*rest, text[at:])))
        self._group = None
        self._between = False


def _has_word(text: str) -> bool:
    return any(map(str.isalnum, text))
