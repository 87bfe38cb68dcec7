"""What the generators of this folder make, and persons as plain as can be: truth that no code under test made."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from scanner.blob import Blob
from scanner.limits import Limits
from scanner.records import Steps
from scanner.surgery.base import Editor, Edits

LIMITS = Limits()
MARK = "[raderad]"


@dataclass(frozen=True)
class Made:
    """A content, the steps of its records in order, and for each a string that stands in no other record."""

    name: str
    data: bytes
    steps: Sequence[Steps]
    canaries: Sequence[bytes]


@dataclass(frozen=True)
class Someone:
    """A person whose values are looked for letter by letter."""

    values: tuple[str, ...] = ()
    mark: str = MARK

    def spans(self, text: str) -> list[tuple[int, int]]:
        found = []
        for value in self.values:
            place = text.find(value)
            while place >= 0:
                found.append((place, place + len(value)))
                place = text.find(value, place + 1)
        return sorted(found)

    def masked(self, text: str) -> str:
        for value in self.values:
            text = text.replace(value, self.mark)
        return text

    def holds(self, text: str) -> bool:
        return any(value in text for value in self.values)

    def has_email(self, address: str) -> bool:
        return "@" in address and address.removeprefix("mailto:") in self.values

    def is_named(self, name: str) -> bool:
        return name in self.values


NOBODY = Someone()


def edited(editor: Editor, made: Blob, edits: Edits, person: Someone = NOBODY) -> bytes:
    """The new bytes, after the editor's own comparison found nothing, and the same once more."""
    after = editor.edit(made, edits, person, LIMITS)
    again = editor.edit(Blob(made.data(), made.name, media_type=made.media_type), edits, person, LIMITS)
    assert after == again
    assert editor.differences(made.data(), after, edits, person) == []
    return after
