"""What an editor is: one module a format, that gives a blob back with records taken out and all else untouched.

A module exposes `EDITOR`, an `Editor`. It changes bytes only where it must: what it does not have to touch stays byte
for byte. It answers with the new bytes, or raises `CannotEdit` and a person decides; it never does half of what it is
asked. Nobody trusts it: `differences` compares the two contents by other means than `edit` used (another parser where
there is one), and `operate` reads both once more as a scan does and compares every record.

Rules: pure functions of bytes; no clock, no chance, no temporary files, no network: the same edits of the same bytes
give the same bytes, so that a run that was killed comes to the same end. Errors hold no content and no identifiers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from scanner.blob import Blob
from scanner.limits import Limits
from scanner.records import Steps


class CannotEdit(Exception):
    """The content cannot be edited safely. `reason` is told to the person who decides, in a few plain words."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Person(Protocol):
    """Who leaves: how an editor knows the subject's values. See `scanner.surgery.person`."""

    @property
    def mark(self) -> str:
        """What stands where a value of the person stood: neutral, and the same everywhere."""

    def spans(self, text: str) -> list[tuple[int, int]]:
        """Where the person's identifiers and names stand in the text: ordered, not overlapping; empty for nowhere."""

    def masked(self, text: str) -> str:
        """The text with the mark in place of each span."""

    def holds(self, text: str) -> bool:
        """Whether the text names the person."""

    def has_email(self, address: str) -> bool:
        """Whether this is one of the person's mailboxes (`mailto:` in front is fine)."""

    def is_named(self, name: str) -> bool:
        """Whether this whole display name is the person's and nobody else's."""


@dataclass(frozen=True, slots=True)
class Edits:
    """What is to happen in one blob. Steps are relative to it, as the format's own records have them.

    `remove`: records that leave whole. `amend`: records that the person leaves while they stay; `()` is the blob
    itself. `replace`: nested blobs and their new bytes; `()` is what a wrapper (gz) wraps.
    """

    remove: frozenset[Steps] = frozenset()
    amend: frozenset[Steps] = frozenset()
    replace: Mapping[Steps, bytes] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Editor:
    """One format's editor.

    `refuses` looks at the bytes alone, before anything is planned: a reason why this content must not be edited
    (signed, encrypted, with macros, damaged), or None. `records` and `amends` are the first words of the steps that
    can leave, or be left by the person ("row", "card", "event", ...); in `amends` "" is the blob's own text.
    `edit` gives the new bytes; raises CannotEdit where a step is not there, or not to be had.
    `differences` names what differs between both contents beyond the edits; empty is the proof that nothing does.
    `alongside` gives the texts that leave with the records though they are told elsewhere (a note on a removed row).
    """

    edit: Callable[[Blob, Edits, Person, Limits], bytes]
    differences: Callable[[bytes, bytes, Edits, Person], list[str]]
    refuses: Callable[[Blob], str | None]
    records: frozenset[str] = frozenset()
    amends: frozenset[str] = frozenset()
    alongside: Callable[[Blob, Edits, Person, Limits], list[str]] | None = None
