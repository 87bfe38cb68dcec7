"""Folding: the key under which words that differ in case and diacritics meet. It finds candidates, decides nothing."""

from __future__ import annotations

import unicodedata
from itertools import product

_MAX_VARIANTS = 16

# Letters that NFKD leaves whole.
_LETTERS = {
    "ß": "ss",
    "æ": "ae",
    "ø": "o",
    "œ": "oe",
    "ł": "l",
    "đ": "d",
    "ð": "d",
    "þ": "th",
    "ı": "i",
    "ħ": "h",
    "ŧ": "t",
    "ŋ": "n",
    "ĸ": "k",
    "ſ": "s",
    "ə": "e",
}  # fmt: skip

# Marks and invisible characters that vanish: combining accents, Hebrew and Arabic points, soft hyphen, zero widths.
_VANISHING = (
    (0x0300, 0x036F),
    (0x0483, 0x0489),
    (0x0591, 0x05BD),
    (0x05BF, 0x05BF),
    (0x05C1, 0x05C2),
    (0x05C4, 0x05C5),
    (0x0610, 0x061A),
    (0x064B, 0x065F),
    (0x0670, 0x0670),
    (0x00AD, 0x00AD),
    (0x1AB0, 0x1AFF),
    (0x1DC0, 0x1DFF),
    (0x200B, 0x200F),
    (0x202A, 0x202E),
    (0x2060, 0x2064),
    (0x20D0, 0x20FF),
    (0xFE00, 0xFE0F),
    (0xFE20, 0xFE2F),
    (0xFEFF, 0xFEFF),
)
_TABLE: dict[int, str | None] = {ord(letter): plain for letter, plain in _LETTERS.items()}
for _first, _last in _VANISHING:
    _TABLE.update(dict.fromkeys(range(_first, _last + 1)))

# How people spell a letter that their keyboard lacks (Nordic and German custom).
SPELT_OUT = {"å": "aa", "ä": "ae", "ö": "oe", "ø": "oe", "æ": "ae", "ü": "ue"}
_ALSO_FOLDED = {"æ": "a", "ø": "o", "å": "a", "ä": "a", "ö": "o", "ü": "u"}
_SPELLINGS = {"aa": "a", "ae": "a", "oe": "o", "ue": "u"}


def fold(text: str) -> str:
    """Lower case without diacritics: å ä á -> a, ö ø ó -> o, ß -> ss, æ -> ae, ł -> l. Idempotent, never raises."""
    if text.isascii():
        return text.lower()
    return unicodedata.normalize("NFKD", text).lower().translate(_TABLE)


def word_variants(word: str) -> tuple[str, ...]:
    """The folded forms under which the index may hold a query word, most likely first.

    åberg -> aberg, aaberg; höhn -> hohn, hoehn; a query that is itself spelt out: hoehn -> hoehn, hohn. At most 16.
    """
    lower = unicodedata.normalize("NFC", word).lower()
    choices = [_letter_choices(letter) for letter in lower]
    found = dict.fromkeys([fold(lower)])
    if sum(len(choice) > 1 for choice in choices) <= 4:
        found.update(dict.fromkeys("".join(parts) for parts in product(*choices)))
    else:  # a word full of umlauts: all one way or all the other
        found[fold(spell_out(lower))] = None
    found.update(dict.fromkeys(_unspelt(fold(lower))))
    return tuple(found)[:_MAX_VARIANTS]


def spell_out(lower: str) -> str:
    """A lower-case word with its umlauts written as two letters: höhn -> hoehn."""
    return "".join(SPELT_OUT.get(letter, letter) for letter in lower)


def _letter_choices(letter: str) -> tuple[str, ...]:
    plain = _ALSO_FOLDED.get(letter)
    return (fold(letter),) if plain is None else (plain, SPELT_OUT[letter])


def _unspelt(folded: str) -> list[str]:
    """Forms with one spelling-out undone, then with all of them undone."""
    forms: list[str] = []
    everything = folded
    for pair, letter in _SPELLINGS.items():
        at = folded.find(pair)
        while at >= 0 and len(forms) < _MAX_VARIANTS:
            forms.append(folded[:at] + letter + folded[at + 2 :])
            at = folded.find(pair, at + 2)
        everything = everything.replace(pair, letter)
    if everything != folded:
        forms.append(everything)
    return forms
