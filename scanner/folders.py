"""Which folders are the subject's own: named after the subject, and shown by a strong identifier to be this one's.

A folder "Anna Andersson" may be a namesake's. It counts as the subject's when something in it, other than a list of
many, holds one of the subject's strong identifiers; it is mixed, and proves nothing, when something else in it holds
only other persons'. In a backup it is shown only for what some snapshot holds beside that: another computer's folder,
or one of another time, may be called the same.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from connectors.base import ItemKind
from scanner.backups.origins import Origins
from scanner.candidates import Candidate
from scanner.detect.fold import fold
from scanner.detect.name_words import is_given_name
from scanner.detect.names import NameMatcher
from scanner.identity.facts import STRONG
from scanner.model import SubjectId
from scanner.records import IdType

# Records of a list stand for one person each: what is said of the whole item does not rub off on them, nor they on it.
LISTED = frozenset({"row", "card", "event", "todo", "journal"})

_WORD = re.compile(r"[^\W\d_]+")
_JOINED = re.compile(r"[&+/;]|\b(?:och|and|samt|för|for|ombud|god man|genom)\b", re.IGNORECASE)


class OwnFolders:
    """Computed once from all candidates of a subject."""

    def __init__(
        self, subject: Sequence[SubjectId], candidates: Sequence[Candidate], origins: Origins | None = None
    ) -> None:
        """`origins` tells which folders of a backup lie above the root of a source: those are nobody's own."""
        self._origins = origins or Origins()
        names = [one.value for one in subject if one.type is IdType.NAME and not one.unsure]
        self._own_words = {fold(word) for name in names for word in _WORD.findall(name)}
        self._matcher = NameMatcher(names) if names else None
        self.has_sure_name = bool(names)
        self._numbers = [_pattern(one) for one in subject if one.type in STRONG and not one.shared]
        proven: dict[tuple[str, str], int] = {}  # with the snapshots in which it is
        mixed: set[tuple[str, str]] = set()
        for one in candidates:
            folder = self._folder(one)
            if folder is None:
                continue
            if any(hit.strong for hit in one.hits):
                if not _is_list(one):
                    proven[folder] = proven.get(folder, 0) | one.held
            elif one.others:
                mixed.add(folder)
        self._proven = proven
        self._own = proven.keys() - mixed
        self._shared = proven.keys() & mixed

    def owns(self, one: Candidate) -> bool:
        """True where the item lies in the subject's folder; in a mixed one, only what names the subject surely."""
        folder = self._folder(one)
        if folder is None:
            return False
        if folder in self._own:
            return bool(self._proven[folder] & one.held)
        return folder in self._shared and any(hit.strong for hit in one.hits)

    def own_above(self, source: str, path: str) -> str | None:
        """The subject's own folder that a file lies in; None for one in a folder that others' data lies in too."""
        folder = self.folder_above(path, self._origins.depth(source, path))
        return folder if folder is not None and (source, folder) in self._own else None

    def _folder(self, one: Candidate) -> tuple[str, str] | None:
        """The outermost folder on the item's path that is named after the subject."""
        if one.item.kind != ItemKind.FILE:
            return None
        source, path = one.item.source, one.item.path
        folder = self.folder_above(path, self._origins.depth(source, path))
        return None if folder is None else (source, folder)

    def folder_above(self, path: str, above: int = 0) -> str | None:
        """The outermost folder on a file's path that bears the subject's name, and nobody else's.

        The first `above` folders are not asked.
        """
        parts = path.split("/")[:-1]
        named = (depth for depth, part in enumerate(parts, 1) if depth > above and self._named(part))
        depth = next(named, None)
        return None if depth is None else "/".join(parts[:depth])

    def _named(self, part: str) -> bool:
        text = unicodedata.normalize("NFC", part).replace("_", " ")
        if self._matcher is not None and self._matcher.matches(text):
            return self._nobody_else(text)
        return any(number.search(part) for number in self._numbers)

    def _nobody_else(self, text: str) -> bool:
        """A folder for two ("Anna Andersson och Karin Lund", "Karin Lund (Anna Andersson)") is not the subject's own.

        One more word may be a place or a year's mark; a given name, or two capitalised words, may be a person.
        """
        if _JOINED.search(text):
            return False
        rest = [word for word in _WORD.findall(text) if fold(word).removesuffix("s") not in self._stems()]
        capitals = [word for word in rest if word[0].isupper() and len(word) > 1]
        return len(capitals) < 2 and not any(is_given_name(word) for word in capitals)

    def _stems(self) -> set[str]:
        return self._own_words | {word.removesuffix("s") for word in self._own_words}


def _is_list(one: Candidate) -> bool:
    """A list of many with a row of the subject may lie in anybody's folder."""
    return bool(one.others) and all(hit.record.kind in LISTED for hit in one.hits if hit.strong)


def _pattern(one: SubjectId) -> re.Pattern[str]:
    """The identifier as a folder may be called by it, whole: KND-10001 is not in KND-100012."""
    text = re.escape(one.value)
    if one.type is IdType.NATIONAL_ID:
        text = rf"(?:{one.value[:2]})?{one.value[2:8]}[-+ ]?{one.value[8:]}"
    return re.compile(rf"(?<![^\W_]){text}(?![^\W_])", re.IGNORECASE)
