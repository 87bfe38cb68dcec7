"""The documents of one item that rules of law may be about: the item itself, and every member, attachment and message.

Gathered while an item is read. A document's text is that of its own records, not of the documents inside it; of a long
table only the beginning, for a register that mentions invoices is none.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from scanner.records import IdType, Record, Role, Steps, Unread
from scanner.vouchers import Voucher, read_voucher

Key = tuple[str, str]  # of an item: source and path
_NESTED = frozenset({"member", "attachment", "message"})
_MOST = 250_000  # characters of one document; no paper of these classes is longer
_ROWS = 80  # rows beyond which a table is a register
_SENDERS = frozenset({Role.FROM, Role.SENDER})


@dataclass(frozen=True, slots=True)
class Paper:
    """One document: where it is, its names on the way, who sent it, and what its text says of itself."""

    steps: Steps
    kind: str
    names: tuple[str, ...] = ()
    senders: tuple[str, ...] = ()
    voucher: Voucher = field(default_factory=Voucher)


class Papers:
    """Takes the records of one item in, in the order of reading, and gives its documents."""

    def __init__(self) -> None:
        self._open: dict[Steps, _Draft] = {}

    def take(self, record: Record) -> None:
        """One record; it belongs to the innermost document that it lies in."""
        draft = self._open.setdefault(_document(record.steps), _Draft())
        draft.take(record)

    @classmethod
    def of(cls, records: Iterable[Record | Unread], kind: str) -> Papers:
        """All of an item; `kind` is the item's, where none of its records says more."""
        papers = cls()
        papers.take(Record((), kind))
        for found in records:
            if isinstance(found, Record):
                papers.take(found)
        return papers

    def texts(self, tops: Iterable[Steps]) -> list[tuple[str, str]]:
        """Name and text of each document at or below one of the steps; `()` is all."""
        wanted = list(tops)
        return [
            (steps[-1].partition(" ")[2] if steps else "", draft.text)
            for steps, draft in sorted(self._open.items())
            if any(steps[: len(top)] == top for top in wanted)
        ]

    def found(self, name: str = "") -> tuple[Paper, ...]:
        """All documents; `name` is that of the item's file."""
        return tuple(draft.paper(steps, name) for steps, draft in sorted(self._open.items()))


class _Draft:
    """A document while it is read. The record of the document itself comes last and names its kind."""

    def __init__(self) -> None:
        self._texts: list[str] = []
        self._length = 0
        self._rows = 0
        self._senders: list[str] = []
        self._kind = "file"

    def take(self, record: Record) -> None:
        if not record.steps or record.steps[-1].partition(" ")[0] in _NESTED:
            self._kind = record.kind
        self._rows += record.kind == "row"
        if self._length < _MOST:
            self._add(record)

    def _add(self, record: Record) -> None:
        for role, text in record.texts:
            if role in (Role.BODY, Role.SUBJECT):
                self._texts.append(text)
                self._length += len(text)
        for entity in record.entities:
            if entity.role in _SENDERS:
                self._senders += [fact.value for fact in entity.facts if fact.type is IdType.EMAIL]

    @property
    def text(self) -> str:
        """What it says."""
        return "\n".join(self._texts)

    def paper(self, steps: Steps, name: str) -> Paper:
        names = tuple(step.partition(" ")[2].partition(": ")[2] or step.partition(" ")[2] for step in steps)
        last = names[-1] if names else name
        known = self._rows <= _ROWS
        voucher = read_voucher(self.text, last) if known else Voucher()
        return Paper(steps, self._kind, names, tuple(dict.fromkeys(self._senders)), voucher)


def _document(steps: Steps) -> Steps:
    """The steps of the innermost document."""
    for depth in range(len(steps), 0, -1):
        if steps[depth - 1].partition(" ")[0] in _NESTED:
            return steps[:depth]
    return ()
