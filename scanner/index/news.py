"""What came into the index since somebody last looked: records by their numbers, which only grow."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from scanner.index.base import listed
from scanner.index.lookup import Lookup
from scanner.index.rows import Mentions
from scanner.index.seal import Sealer
from scanner.index.views import ItemView

_FROM = "SELECT id, item, mentions FROM record WHERE id >= ? ORDER BY id LIMIT ?"
_BY_TOKEN = "SELECT item.id FROM item WHERE item.token = ? AND scope IN (SELECT id FROM scope WHERE source = ?) LIMIT 1"  # noqa: S105
_CONTENTS = "SELECT id, content FROM item WHERE content IS NOT NULL AND id IN (SELECT value FROM json_each(?))"
_PAGE = 5000  # records, or items, a statement


class NewRecord(NamedTuple):
    """A record, the item it lies in and the tokens of the identifiers that it holds."""

    record: int
    item: int
    tokens: tuple[int, ...]


class News(Lookup):
    """Questions about what is new. All may raise Corrupt or DiskFailed."""

    @property
    def sealer(self) -> Sealer:
        """What the index's tokens are made with."""
        return self._sealer

    @property
    def identity(self) -> str | None:
        """The name of this very file, which a new index does not share; None until it was opened for writing once."""
        found: str | None = self._value("SELECT value FROM meta WHERE key = 'identity'")
        return found

    @property
    def next_record(self) -> int:
        """The number that the next record gets. What is read again counts as new; no number is given twice."""
        return int(self._value("SELECT value FROM meta WHERE key = 'next_record'"))

    def records_from(self, first: int) -> Iterator[list[NewRecord]]:
        """The records from this number on, in pages."""
        while rows := self._rows(_FROM, (first, _PAGE)):
            yield [NewRecord(number, item, Mentions(mentions).tokens()) for number, item, mentions in rows]
            first = rows[-1][0] + 1

    def contents(self, items: Iterable[int]) -> dict[int, bytes]:
        """The keyed hashes of the items' contents, where they are known."""
        wanted = list(dict.fromkeys(items))
        found: dict[int, bytes] = {}
        for start in range(0, len(wanted), _PAGE):
            found.update(self._rows(_CONTENTS, (listed(wanted[start : start + _PAGE]),)))
        return found

    def item_by_token(self, source: str, token: int) -> ItemView | None:
        """The item of the source whose path has this token (`pack.path_token`)."""
        found = self._value(_BY_TOKEN, (token, self._source_of(source)))
        return self.items([found]).get(found) if found is not None else None
