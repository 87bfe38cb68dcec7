"""What scan workers send to the one writer: sealed and packed already, and cheap to pickle."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, fields
from typing import Final, NamedTuple, overload


class MentionRow(NamedTuple):
    """An identifier seen in a record: its token, the code of its role, its entity (0: none)."""

    token: int
    role: int
    entity: int


class Mentions(Sequence[MentionRow]):
    """Mentions as the index keeps them: one run of bytes, read only when asked for.

    A byte that says how wide an entity is (1, 2 or 4 bytes), all tokens, all roles, all entities; big-endian.
    No mentions are no bytes.
    """

    __slots__ = ("data",)

    def __init__(self, data: bytes = b"") -> None:
        self.data = data

    @classmethod
    def of(cls, rows: Iterable[MentionRow]) -> Mentions:
        """Packed, if they are not already."""
        if isinstance(rows, Mentions):
            return rows
        columns = list(zip(*rows, strict=True))
        if not columns:
            return cls()
        return cls.packed(*columns)

    @classmethod
    def packed(cls, tokens: Sequence[int], roles: Sequence[int], entities: Sequence[int]) -> Mentions:
        """The three columns, packed."""
        if not tokens:
            return cls()
        width = _width(max(entities))
        return cls(struct.pack(_layout(len(tokens), width), width, *tokens, *roles, *entities))

    def tokens(self) -> tuple[int, ...]:
        """The token of every mention, in order."""
        return struct.unpack_from(f">{len(self)}q", self.data, 1) if self.data else ()

    def rows(self) -> list[MentionRow]:
        """All mentions, read at once."""
        return list(map(MentionRow, *self.columns()))

    def columns(self) -> tuple[Sequence[int], Sequence[int], Sequence[int]]:
        """All tokens, roles and entities, read at once."""
        if not self.data:
            return (), (), ()
        count = len(self)
        flat = struct.unpack(_layout(count, self.data[0]), self.data)
        return flat[1 : count + 1], flat[count + 1 : 2 * count + 1], flat[2 * count + 1 :]

    def __len__(self) -> int:
        return (len(self.data) - 1) // (9 + self.data[0]) if self.data else 0

    def __iter__(self) -> Iterator[MentionRow]:
        return iter(self.rows())

    @overload
    def __getitem__(self, index: int) -> MentionRow: ...
    @overload
    def __getitem__(self, index: slice) -> list[MentionRow]: ...
    def __getitem__(self, index: int | slice) -> MentionRow | list[MentionRow]:
        return self.rows()[index]

    def __eq__(self, other: object) -> bool:
        return self.rows() == list(other) if isinstance(other, Sequence) else NotImplemented

    __hash__ = None  # type: ignore[assignment]  # a list of rows has none either

    def __reduce__(self) -> tuple[type[Mentions], tuple[bytes]]:
        return Mentions, (self.data,)


@dataclass(slots=True)
class RecordRow:
    """One record. `steps` is sealed, None for the item itself; `words` are word tokens with spaces between."""

    steps: bytes | None
    kind: int
    words: str
    mentions: Sequence[MentionRow]

    def __reduce__(self) -> tuple[type[RecordRow], tuple[bytes | None, int, str, Mentions]]:
        return RecordRow, (self.steps, self.kind, self.words, Mentions.of(self.mentions))


@dataclass(slots=True)
class GapRow:
    """Something inside an item that could not be read. `detail` is for an admin; the index seals it."""

    steps: bytes | None
    reason: int
    detail: str


@dataclass(slots=True)
class ItemRow:
    """One item with all that was read in it; replaces what the index had of it."""

    path: bytes  # sealed
    token: int  # of the path
    version: str
    strength: str  # a Strength
    kind: str  # an ItemKind
    size: int | None
    links: int
    content: bytes | None  # keyed hash
    reader: str  # fingerprint of the formats and the detector that read it
    formats: str  # their names, commas between
    records: list[RecordRow] = field(default_factory=list)
    gaps: list[GapRow] = field(default_factory=list)
    identifiers: dict[int, tuple[int, bytes]] = field(default_factory=dict)  # token -> type code, sealed value

    def __reduce__(self) -> tuple[type[ItemRow], tuple[object, ...]]:
        return ItemRow, tuple(getattr(self, name) for name in _ITEM_FIELDS)


_ITEM_FIELDS: Final = tuple(part.name for part in fields(ItemRow))


def _width(largest: int) -> int:
    if largest < 1 << 8:
        return 1
    return 2 if largest < 1 << 16 else 4


def _layout(count: int, width: int) -> str:
    return f">B{count}q{count}B{count}{' BH I'[width]}"
