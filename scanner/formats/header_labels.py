"""One header cell of a table: what its column holds, and of whom. The words are in `header_words`."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from scanner.formats.header_words import ADDRESSED, BENIGN, FIELDS, GENERIC, NOT_A_PERSON, PERSONS, RELATED, SOFT, Part

NAMES = frozenset({Part.FULL, Part.GIVEN, Part.MIDDLE, Part.FAMILY})
BEARERS = NAMES | {Part.NATIONAL_ID}  # columns that say who somebody is: two of a kind are two persons


@dataclass(frozen=True, slots=True)
class Label:
    """What one header cell says: what the column holds, of whom, and which of several."""

    part: Part
    who: str  # "" the owner; else words for somebody else
    kind: str  # sure | soft | unknown: how well `who` is known
    number: str
    place: str  # home, work, ...: keeps addresses apart
    phrase: str  # the whole cell, folded


_CAMEL = re.compile(r"(?<=[a-zåäö])(?=[A-ZÅÄÖ])|(?<=[A-ZÅÄÖ])(?=[A-ZÅÄÖ][a-zåäö]{2})")
_E_WORD = re.compile(r"\be[ _-]?(mail|post)")
_GOD_MAN = re.compile(r"\bgode? man(?:nen)?s?\b")  # who acts for somebody by appointment; as one word in the tables
_TOKEN = re.compile(r"[^\W\d_]+|\d+")
_SPLIT_NUMBER = re.compile(r"(?<=[^\W\d_])(?=\d)")


@lru_cache(maxsize=4096)
def tokens(cell: str) -> tuple[str, ...]:
    """The words and numbers of a header, folded as the tables of `header_words` are."""
    if len(cell) > 80:
        return ()
    text = cell.strip().strip("\ufeff").replace("\u2011", "-")
    text = _CAMEL.sub(" ", text.replace("eMail", "email").replace("EMail", "email"))
    text = "".join(c for c in unicodedata.normalize("NFKD", text.lower()) if not unicodedata.combining(c))
    text = _E_WORD.sub(r"e\1", text.replace("'s", " ").replace("\u2019s", " "))
    text = _GOD_MAN.sub("godman", text)
    return tuple(_TOKEN.findall(_SPLIT_NUMBER.sub(" ", text)))


_KNOWN = (
    {word for phrase in FIELDS for word in phrase.split()}
    | {word for phrase in GENERIC for word in phrase.split()}
    | BENIGN.keys()
    | SOFT
    | RELATED
    | NOT_A_PERSON
    | ADDRESSED
    | {
        "till",
        "for",
        "of",
        "och",
        "and",
        "to",
        "pa",
        "om",
        "i",
        "or",
        "eller",
        "the",
        "s",
        "av",
        "by",
        "von",
        "des",
        "der",
        "die",
    }
)


def _is_known(word: str) -> bool:
    return word.isdigit() or all(piece in _KNOWN or _singular(piece) in _KNOWN for piece in _decompound(word))


def person_in(tokens: tuple[str, ...]) -> str:
    """The word, where a column's header is only a word for a person: `Hyresgäst`, `Köpare 2`."""
    words = [token for token in tokens if not token.isdigit()]
    return words[0] if len(words) == 1 and words[0] in PERSONS else ""


def label_of(tokens: tuple[str, ...]) -> Label | None:
    """Known words first, then without words that change nothing, then what is left is a word for somebody."""
    words = [token for token in tokens if not token.isdigit()]
    if not words or len(words) > 7:
        return None
    part, who, kind, place = _meaning(words)
    number = next((token for token in tokens if token.isdigit()), "")
    if part is None and number and person_in(tokens):  # `Hyresgäst 2` bears a name; `Kund` may be a firm, a yes or a no
        part, kind = Part.FULL, "sure"
    if part is None:
        return None
    return Label(part, who, kind, number, place, " ".join(tokens))


_Meaning = tuple[Part | None, str, str, str]
_NOTHING: _Meaning = (None, "", "", "")


def _meaning(words: list[str]) -> _Meaning:
    part = FIELDS.get(" ".join(words))
    if part:
        return part, "", "sure", ""
    words = [piece for word in words for piece in _decompound(word)]
    if " ".join(words) in CONTACT:  # whom to talk to there
        return Part.FULL, "kontakt", "sure", ""
    if len(words) == 2 and words[1] in ("till", "to") and words[0] in ADDRESSED:
        return Part.FULL, words[0], "soft", ""
    if words[-1] in ("av", "by", "von"):
        return Part.FULL, " ".join(words), "sure", ""
    part, rest = _field_in(words)
    place = next((BENIGN[word] for word in rest if BENIGN.get(word)), "")
    rest = [_singular(word) for word in rest if word not in BENIGN and word not in _FILLERS]
    rest = [word for word in rest if part is None or FIELDS.get(word) is not part]  # `Phone : mobile`
    if any(word in NOT_A_PERSON for word in rest):
        return _NOTHING
    related = [word for word in rest if word in RELATED]
    if part is None:
        return (Part.FULL, " ".join(related), "sure", "") if related and len(rest) <= 2 else _NOTHING
    if related:
        return part, " ".join(related), "sure", place
    if rest and all(word in SOFT for word in rest):
        return part, " ".join(rest), "soft", place
    return part, " ".join(rest), "unknown" if rest else "sure", place


_FILLERS = frozenset(
    {"till", "for", "of", "och", "and", "to", "pa", "om", "i", "or", "eller", "the", "s", "des", "der", "die"}
)
CONTACT = ("kontakt", "contact")


def _field_in(words: list[str]) -> tuple[Part | None, list[str]]:
    """The longest run of words that names a field, the last such run if several, and the words around it."""
    for length in range(min(4, len(words)), 0, -1):
        for start in range(len(words) - length, -1, -1):
            part = FIELDS.get(" ".join(words[start : start + length]))
            if part:
                return part, words[:start] + words[start + length :]
    return None, words


def _singular(word: str) -> str:
    """`saljarens`, `kundens`, `managers` to the word in the tables."""
    if word in RELATED or word in SOFT or word in NOT_A_PERSON:
        return word
    for ending in ("ens", "ans", "ets", "ns", "es", "et", "s", "en", "n"):
        if word.endswith(ending) and (word[: -len(ending)] in RELATED or word[: -len(ending)] in SOFT):
            return word[: -len(ending)]
    return word


_STEMS = tuple(sorted(set(BENIGN) | SOFT | RELATED, key=len, reverse=True))


@lru_cache(maxsize=4096)
def _decompound(word: str) -> tuple[str, ...]:
    """Swedish compounds: `hemtelefon`, `kundnamn`, `anhorigtelefon`."""
    if word in FIELDS or word in RELATED or word in SOFT or word in NOT_A_PERSON:
        return (word,)
    for stem in _STEMS:
        if word.startswith(stem):
            rest = word[len(stem) :]
            for tail in (rest, rest.removeprefix("s"), rest.removeprefix("ens"), rest.removeprefix("ns")):
                if tail in FIELDS:
                    return (stem, tail)
    return (word,)


@lru_cache(maxsize=4096)
def is_word(cell: str) -> bool:
    """True where all of the cell is what headers say, and so no person's name."""
    words = tokens(cell)
    label = label_of(words)
    if label is None:
        pieces = [token for token in words if not token.isdigit()]
        return " ".join(pieces) in GENERIC or all(map(_is_known, pieces))
    return label.kind != "unknown" and (label.phrase in FIELDS or all(map(_is_known, words)))
