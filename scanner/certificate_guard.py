"""What may stand on a certificate: words of the installation that point at nobody, least of all at the subject. Pure.

Source names, statutes and the words of who accepted a gap are written by hand. One that holds an identifier of the
subject, a part of the subject's name, or what looks like an address or a number of anybody is left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from scanner.detect.fold import fold, spell_out
from scanner.model import SubjectId
from scanner.records import IdType

_SHORTEST = 3  # letters of a value, or of a word of an address, that counts on its own; of a name two do
_NUMBER = re.compile(r"\+?\d(?:[ \-+.]?\d){8,}|\d{6,}")  # nine digits with separators, or six without
_DATE = re.compile(r"(?<!\d)(?:19|20)\d\d-(?:0[1-9]|1[0-2])-(?:[0-2]\d|3[01])(?!\d)")
_WORD = re.compile(r"[^\W\d_]+")


class Guard:
    """Knows the subject of one case."""

    def __init__(self, subject: Iterable[SubjectId]) -> None:
        self._words: set[str] = set()
        self._values: set[str] = set()
        for one in subject:
            self._add(one.type, one.value)
        self._values = {value for value in self._values if len(value) >= _SHORTEST}

    def allows(self, text: str) -> bool:
        """True for words that may be shown to anybody."""
        if "@" in text or _NUMBER.search(_DATE.sub("", text)):
            return False
        folded = fold(text)
        bare = _bare(folded)
        return not self._words & set(_words(folded)) and not any(value in bare for value in self._values)

    def _add(self, kind: IdType, value: str) -> None:
        local = value.partition("@")[0] if kind is IdType.EMAIL else value
        self._values |= {_bare(fold(value)), _bare(fold(local))}
        if kind not in (IdType.NAME, IdType.ADDRESS, IdType.EMAIL):
            return
        for written in (local, spell_out(local.lower())):
            words = _words(written)
            self._values |= {"".join(words), "".join(reversed(words))}
            counted = [word for word in words if len(word) >= (2 if kind is IdType.NAME else _SHORTEST)]
            self._words |= {*counted, *(word + "s" for word in counted)}  # and the genitive

    def public(self, text: str | None) -> str | None:
        """The text where it may be shown, else None."""
        return text if text and self.allows(text) else None


def _words(text: str) -> list[str]:
    return _WORD.findall(fold(text))


def _bare(text: str) -> str:
    """Letters and digits alone, so that `19811218-9876` and `19811218 9876` are one."""
    return "".join(one for one in text if one.isalnum())
