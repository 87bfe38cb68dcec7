"""What a guard is: text that can be taken out of the code, and the tests that must see it missing."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Edit:
    """A text that a file holds exactly once, and what takes its place."""

    file: str
    text: str
    instead: str


@dataclass(frozen=True, slots=True)
class Guard:
    """A guard that can be taken out, and tests of which at least one must fail then."""

    promise: int
    name: str
    edits: tuple[Edit, ...]
    tests: tuple[str, ...]


def guard(promise: int, name: str, file: str, text: str, instead: str, *tests: str) -> Guard:
    """A guard of one text; at least one of `tests` must fail without it."""
    return Guard(promise, name, (Edit(file, text, instead),), tests)
