"""Patterns of names and paths, as an admin writes them: `*.iso`, `Arkiv/**`, `**/Fakturor/*.pdf`."""

from __future__ import annotations

import re
from collections.abc import Iterable


class Globs:
    """A set of patterns. One without `/` is matched on the name alone, one with it on the whole relative path.

    `*` and `?` stay within a component, `**` spans any number of them, `[ab]` is one of these. Case counts: a pattern
    that leaves something out must be exact. `Arkiv` leaves a folder out with all below it, `Arkiv/` means the same.
    """

    def __init__(self, patterns: Iterable[str]) -> None:
        patterns = list(patterns)
        cleaned = [pattern.rstrip("/") for pattern in patterns]
        self._patterns = tuple(patterns)
        self._each: list[Globs] = []  # one of each pattern, made when somebody asks which
        names = [pattern for pattern in cleaned if "/" not in pattern]
        paths = [pattern.removeprefix("/") for pattern in cleaned if "/" in pattern]
        self._name = _one_of(names)
        self._path = _one_of(paths)

    def __bool__(self) -> bool:
        return self._name is not None or self._path is not None

    def match(self, name: str, path: str) -> bool:
        """True where any pattern matches."""
        if self._name is not None and self._name.fullmatch(name):
            return True
        return self._path is not None and self._path.fullmatch(path) is not None

    def which(self, name: str, path: str) -> str:
        """The first pattern that matches, as it was written; empty where none does."""
        if not self._each and len(self._patterns) > 1:
            self._each = [Globs([pattern]) for pattern in self._patterns]
        alone = self._each or [self]
        return next((wrote for wrote, one in zip(self._patterns, alone, strict=False) if one.match(name, path)), "")

    def covers(self, path: str) -> bool:
        """True where the path, or a folder above it, matches."""
        parts = path.split("/")
        return any(self.match(part, "/".join(parts[: at + 1])) for at, part in enumerate(parts))


_TOKEN = re.compile(
    r"(?P<deep>\*\*/)|(?P<all>\*\*)|(?P<some>\*)|(?P<one>\?)|\[(?P<class>!?\]?[^\]/]*)\]|(?P<plain>.)", re.S
)
_MEANING = {"deep": "(?:[^/]+/)*", "all": ".*", "some": "[^/]*", "one": "[^/]"}


def _one_of(patterns: list[str]) -> re.Pattern[str] | None:
    if not patterns:
        return None
    return re.compile("|".join(f"(?:{_regex(pattern)})" for pattern in patterns), re.S)


def _regex(pattern: str) -> str:
    return "".join(_meaning(token) for token in _TOKEN.finditer(pattern))


def _meaning(token: re.Match[str]) -> str:
    kind = token.lastgroup or "plain"
    if kind == "class":
        inside = token["class"]
        negated = inside.startswith("!")
        members = inside[negated:].replace("\\", r"\\").replace("[", r"\[").replace("]", r"\]").replace("^", r"\^")
        return f"[{'^/' if negated else ''}{members}]" if members else re.escape(token[0])
    return _MEANING.get(kind) or re.escape(token[0])
