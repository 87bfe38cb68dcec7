"""One pass over all that the index has: for checks that are about everything, not about one person.

Made over an open index and used within its `snapshot`, so that all passes see the same moment. Rows come one by one:
memory does not grow with the index.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any, Final, NamedTuple, Self

from connectors.base import GapReason, ItemKind
from scanner.index import codes
from scanner.index.base import Base, listed
from scanner.index.pack import PATH, identifier_context, open_steps, path_token
from scanner.index.sqlite import Index
from scanner.index.told import told
from scanner.policy_match import kind_of
from scanner.records import IdType, Steps

_OWN: Final = (  # the item's own record is its last
    " LEFT JOIN record AS own ON own.id = item.first_record + item.records - 1 AND own.item = item.id"
    " AND own.steps IS NULL"
)
_ITEMS: Final = (
    f"SELECT item.id, item.scope, item.path, item.kind, own.kind, item.first_record, item.records FROM item{_OWN}"  # noqa: S608 - ours
    " ORDER BY item.id"
)
_HOLDERS: Final = (
    "SELECT item.id, item.scope, item.path, item.kind, own.kind, identifier.type, identifier.value, record.kind,"  # noqa: S608
    " record.steps FROM identifier CROSS JOIN posting ON posting.token = identifier.token"
    f" JOIN record ON record.id = posting.record JOIN item ON item.id = record.item{_OWN}"
    " WHERE identifier.type IN (SELECT value FROM json_each(?))"
)
_UNREAD: Final = (
    "SELECT item FROM gap WHERE item IS NOT NULL AND reason NOT IN (SELECT value FROM json_each(?))"
    " UNION SELECT id FROM item INDEXED BY item_stale WHERE stale"
)
_UNWALKED: Final = "SELECT scope, path FROM gap WHERE item IS NULL AND reason NOT IN (SELECT value FROM json_each(?))"
_IS_ITEM: Final = "SELECT 1 FROM item WHERE token = ? AND scope = ?"
_NO_DATA: Final = frozenset({GapReason.LINK, GapReason.SPECIAL_FILE})  # nothing of a person's lies in these
_FOLDER: Final = codes.ITEM_KINDS[ItemKind.FOLDER]


class Swept(NamedTuple):
    """An item. `kind` is one of `config.model.KINDS`, by its own record where that says more than its source.

    `item` is what it is in its source. `first` and `size` say where its records lie: other ones as soon as it is read
    again, and never given twice.
    """

    id: int
    source: str
    path: str
    kind: str
    item: str
    first: int
    size: int


class Holding(NamedTuple):
    """An identifier in a record (`word` is its kind) of an item (`kind` as of `Swept`). What is bytes is sealed."""

    id: int
    source: str
    path: bytes
    kind: str
    type: IdType
    value: bytes
    word: str
    steps: bytes | None


class Sweep(Base):
    """All may raise Corrupt or DiskFailed."""

    @classmethod
    def of(cls, index: Index) -> Self:
        """Over an open index, as it is within the caller's `snapshot`."""
        return cls(index._db, index.sealer)

    def last(self) -> int:
        """The highest number of an item."""
        return int(self._value("SELECT coalesce(max(id), 0) FROM item"))

    def items(self) -> Iterator[Swept]:
        """Every item but folders, in the order of their numbers."""
        places = self._places()
        for number, scope, path, kind, own, first, size in self._streamed(_ITEMS):
            if kind != _FOLDER:
                place = places[scope].source
                item = codes.ITEM_KIND_OF[kind].value
                yield Swept(number, place, self.path(path), _kind(kind, own), item, first, size)

    def holders(self, types: Collection[IdType]) -> Iterator[Holding]:
        """Every identifier of these types in every record that holds it, those of one value together."""
        places, wanted = self._places(), listed(codes.ID_TYPES[one] for one in types)
        for number, scope, path, kind, own, code, value, word, steps in self._streamed(_HOLDERS, (wanted,)):
            place, told_as = places[scope].source, codes.RECORD_KIND_OF.get(word, "other")
            yield Holding(number, place, path, _kind(kind, own), codes.ID_TYPE_OF[code], value, told_as, steps)

    def unread(self) -> Iterator[int]:
        """The items in which something could not be read, or that changed since and were not read again."""
        yield from (row[0] for row in self._streamed(_UNREAD, (_no_data(),)))

    def unwalked(self) -> Iterator[tuple[str, str]]:
        """Source and path of what the last walks could not look at, and of which the index knows no item."""
        places = self._places()
        for scope, sealed in self._streamed(_UNWALKED, (_no_data(),)):
            path = self.path(sealed)
            if self._value(_IS_ITEM, (path_token(self._sealer, path), scope)) is None:
                yield places[scope].source, path

    def path(self, sealed: bytes) -> str:
        """The path of an item, opened."""
        return self._sealer.open_text(sealed, PATH)

    def steps(self, sealed: bytes | None) -> Steps:
        """The steps to a record, opened."""
        return open_steps(self._sealer, sealed)

    def value(self, holding: Holding) -> str:
        """The value of the identifier."""
        return self._sealer.open_text(holding.value, identifier_context(codes.ID_TYPES[holding.type]))

    def _streamed(self, sql: str, bindings: tuple[Any, ...] = ()) -> Iterator[Any]:
        with told():
            yield from self._db.execute(sql, bindings)


def _kind(item: int, own: int | None) -> str:
    """What the item is for a rule: a mail in a folder is a message, too."""
    word = codes.RECORD_KIND_OF.get(own, "other") if own is not None else "other"
    return kind_of(word, codes.ITEM_KIND_OF[item].value)


def _no_data() -> str:
    return listed(codes.GAP_REASONS[one] for one in _NO_DATA)
