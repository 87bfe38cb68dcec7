"""Which folders are the subject's own: named after the subject, and shown by a strong identifier to be this one's.

A folder "Anna Andersson" may be a namesake's. It counts as the subject's when something in it holds one of the
subject's strong identifiers; it is mixed, and proves nothing, when something else in it holds only other persons'.
"""

from __future__ import annotations

from collections.abc import Sequence

from connectors.base import ItemKind
from scanner.candidates import Candidate
from scanner.detect.names import NameMatcher
from scanner.model import SubjectId
from scanner.records import IdType


class OwnFolders:
    """Computed once from all candidates of a subject."""

    def __init__(self, subject: Sequence[SubjectId], candidates: Sequence[Candidate]) -> None:
        names = [one.value for one in subject if one.type is IdType.NAME]
        numbers = [one.value.lower() for one in subject if one.type is not IdType.NAME and not one.shared]
        self._matcher = NameMatcher(names) if names else None
        self._numbers = numbers
        proven: set[tuple[str, str]] = set()
        mixed: set[tuple[str, str]] = set()
        for one in candidates:
            folder = self._folder(one)
            if folder is None:
                continue
            if any(hit.strong for hit in one.hits):
                proven.add(folder)
            elif one.others:
                mixed.add(folder)
        self._own = proven - mixed
        self._shared = proven & mixed

    def owns(self, one: Candidate) -> bool:
        """True where the item lies in the subject's folder; in a mixed one, only what names the subject surely."""
        folder = self._folder(one)
        if folder is None:
            return False
        return folder in self._own or (folder in self._shared and any(hit.strong for hit in one.hits))

    def _folder(self, one: Candidate) -> tuple[str, str] | None:
        """The outermost folder on the item's path that is named after the subject."""
        if one.item.kind != ItemKind.FILE:
            return None
        parts = one.item.path.split("/")[:-1]
        for depth, part in enumerate(parts, start=1):
            if self._named(part):
                return one.item.source, "/".join(parts[:depth])
        return None

    def _named(self, part: str) -> bool:
        text = part.replace("_", " ")
        if self._matcher is not None and self._matcher.matches(text):
            return True
        return any(number in part.lower() for number in self._numbers)
