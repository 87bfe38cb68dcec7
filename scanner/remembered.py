"""What was found in attachments and members before: the same bytes in fifty mails are parsed once by each process.

Known by content, name and what the container says of it, for the name and the media type help to tell a format.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from hashlib import blake2b
from typing import Any

from connectors.base import GapReason
from scanner.blob import Blob
from scanner.records import Entity, ReadError, Record, Role, Steps, Unread

Key = tuple[bytes, str, str, int]

_LEAST = 1 << 10  # bytes below which parsing costs no more than looking up
_MOST = 16 << 20  # bytes above which content is not held for this
_HELD = 64 << 20  # about the bytes that all takes, per process
_SHARE = 4  # no one thing may take more than this part of it
# Measured with what a reader notes of a record (its words as a set): bytes that a record takes, and more for each
# character of its text and for each of its facts.
_RECORD = 1200
_LETTER = 12
_FACT = 600
_OF_THE_MOMENT = frozenset(
    {GapReason.TOO_LARGE, GapReason.TOO_DEEP, GapReason.OUT_OF_MEMORY, GapReason.NEEDS_OCR, GapReason.TIMED_OUT}
)


@dataclass(frozen=True, slots=True)
class Kept:
    """All that one blob gave: `found` with steps from it on, and what was added to its own record.

    `kind` is nothing where the content says nothing of it: then it is for the place to say. `memo` is that of its own
    record, None where the place adds persons to that: then no two are alike.
    """

    found: tuple[Record | Unread, ...]
    kind: str
    texts: tuple[tuple[Role, str], ...]
    entities: tuple[Entity, ...]
    formats: frozenset[str]
    members: int
    expanded: int
    weight: int
    memo: list[Any] | None


class Remembered:
    """The last things that were found, up to a weight."""

    def __init__(self) -> None:
        self._kept: OrderedDict[Key, Kept] = OrderedDict()
        self._weight = 0

    @staticmethod
    def key(blob: Blob, depth: int) -> Key | None:
        """What the blob is known by; None for what is too small or too large to be worth it."""
        if not _LEAST <= blob.size <= min(_MOST, blob.limit):
            return None
        try:
            data = blob.data()
        except ReadError:  # whoever reads it says so
            return None
        return blake2b(data, digest_size=16).digest(), blob.name, blob.media_type or "", depth

    def get(self, key: Key) -> Kept | None:
        """What the same blob gave before."""
        kept = self._kept.get(key)
        if kept is not None:
            self._kept.move_to_end(key)
        return kept

    def put(self, key: Key, kept: Kept) -> None:
        """Keep it, and forget what was longest not asked for."""
        if kept.weight * _SHARE > _HELD or key in self._kept:
            return
        self._kept[key] = kept
        self._weight += kept.weight
        while self._weight > _HELD:
            self._weight -= self._kept.popitem(last=False)[1].weight


class Notes:
    """Takes down what one blob gives while it is given; `kept` is None where it may differ another time."""

    def __init__(self, steps: Steps, own: Record) -> None:
        self._depth = len(steps)
        self._own = own
        self._before = (len(own.texts), len(own.entities))
        self._kind = own.kind
        own.memo = None if own.entities else []
        self._found: list[Record | Unread] | None = []
        self._weight = 0

    def taking(self, found: Iterable[Record | Unread]) -> Iterator[Record | Unread]:
        """The same, noted."""
        for one in found:
            if one is not self._own:
                self._take(one)
            yield one

    def kept(self, formats: frozenset[str], members: int, expanded: int) -> Kept | None:
        """What there is to keep."""
        if self._found is None:
            return None
        own, (texts, entities) = self._own, self._before
        weight = self._weight + _RECORD + _LETTER * sum(len(text) for _, text in own.texts[texts:])
        weight += _FACT * sum(len(one.facts) for one in own.entities[entities:])
        return Kept(
            tuple(self._found),
            own.kind if own.kind != self._kind else "",
            tuple(own.texts[texts:]),
            tuple(own.entities[entities:]),
            formats,
            members,
            expanded,
            weight,
            own.memo,
        )

    def _take(self, one: Record | Unread) -> None:
        if self._found is None:
            return
        if isinstance(one, Unread):
            if one.reason in _OF_THE_MOMENT:  # hangs on what else is in the item, or on the scan's budget
                self._found = None
            else:
                self._found.append(replace(one, steps=one.steps[self._depth :]))
            return
        self._weight += _weight(one)
        if self._weight * _SHARE > _HELD:
            self._found = None
            return
        if one.memo is None:
            one.memo = []
        self._found.append(replace(one, steps=one.steps[self._depth :]))


def _weight(record: Record) -> int:
    letters = sum(len(text) for _, text in record.texts)
    return _RECORD + _LETTER * letters + _FACT * sum(len(one.facts) for one in record.entities)


def again(kept: Kept, steps: Steps, own: Record) -> Iterator[Record | Unread]:
    """The same findings at another place, and the additions to its own record."""
    for one in kept.found:
        yield replace(one, steps=(*steps, *one.steps))
    own.memo = None if own.entities else kept.memo
    own.texts.extend(kept.texts)
    own.entities.extend(kept.entities)
    own.kind = kept.kind or own.kind
    yield own
