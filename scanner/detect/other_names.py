"""Names of persons in free text, found without a list of surnames. A brake on erasing, not an identifier."""

from __future__ import annotations

import re
import unicodedata

from scanner.detect.name_words import PARTICLES, is_given_name
from scanner.detect.phones import plain

_WORD = r"[^\W\d_]+(?:[-'’][^\W\d_]+)*"
_PAIR = re.compile(rf"(?<![\w'’-])({_WORD})( (?:[^\W\d_]\.? )?)(?=({_WORD}))")
_REVERSED = re.compile(rf"(?:^|[\n;\t|])[ \"]*({_WORD}), ?({_WORD})(?=[ \"]*(?:$|[\n;\t|]))")
# Where a name goes on: in the next cell, behind the next label of a form, in the next line of prose that was wrapped
# (the end of a short line is the end of a greeting or a signature, and what follows is no surname).
_WRAPPED = re.compile(r"\t|(?<=[^\n]{45})\r?\n(?=[^\W\d_])")
_LABEL = re.compile(r"[\s,;|/]{1,4}(?:efternamn|surname|last ?name|family ?name)\s*[:=]\s*", re.IGNORECASE)
_NO_SURNAMES = frozenset({
    "ab", "hb", "kb", "aktiebolag", "gatan", "väg", "gata", "den", "det", "du", "jag", "vi", "hej", "och",
    "att", "från", "har", "kan", "ska", "till", "tel", "telefon", "mobil", "mail", "email", "epost", "datum",
    "antal", "styck", "the", "re", "sv", "vb", "fw", "fwd", "subject", "from", "to", "cc", "date", "sent",
    "mvh", "inc", "ltd", "gmbh", "street", "januari", "februari", "mars", "april", "maj", "juni", "juli",
    "augusti", "september", "oktober", "november", "december", "måndag", "tisdag", "onsdag", "torsdag",
    "fredag", "lördag", "söndag", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday",
    "sunday", "january", "february", "march", "june", "july", "october",
})  # fmt: skip


def other_names(text: str) -> set[str]:
    """Given name + surname pairs ("Anna Andersson", "Anna K. Andersson"; "Andersson, Anna" alone in its line or cell).

    The given name is in the shipped table, both are capitalised. Linear in the text's length.
    """
    text = plain(text if text.isascii() else unicodedata.normalize("NFC", text))
    text = _WRAPPED.sub(" ", _LABEL.sub(" ", text))
    found = {f"{given} {family}" for given, family in _pairs(text)}
    for match in _REVERSED.finditer(text):
        family, given = match.groups()
        if _is_given(given) and _is_surname(family) and not _is_given(family):
            found.add(f"{given} {family}")
    return found


def _pairs(text: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    given = ""
    expected = -1
    for match in _PAIR.finditer(text):
        word, following = match.group(1), match.group(3)
        if match.start() != expected:
            given = ""
        expected = match.end()
        if not given and _is_given(word):
            given = word
        if not given:
            continue
        if following.lower() in PARTICLES:
            continue
        if _is_surname(following) and not (_is_given(following) and _continues(text, match.end(), following)):
            found.append((given, following))
            given = ""
        elif not _is_given(following):
            given = ""
    return found


def _continues(text: str, start: int, word: str) -> bool:
    """True where a second given name is followed by one more capitalised word."""
    after = text[start + len(word) : start + len(word) + 2]
    return len(after) == 2 and after[0] == " " and after[1].isupper()


def _is_given(word: str) -> bool:
    return word[0].isupper() and len(word) > 1 and (is_given_name(word) or is_given_name(word.partition("-")[0]))


def _is_surname(word: str) -> bool:
    return len(word) > 1 and word[0].isupper() and word.lower() not in _NO_SURNAMES
