"""Entities in the index: who stands with whom, and in which record. Every question is bounded."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from scanner.index import codes
from scanner.index.base import Base, listed
from scanner.index.rows import Mentions
from scanner.records import Role

_PAGE: Final = 500  # records read at a time
_HOLDING: Final = (
    "SELECT record.id, mentions FROM posting JOIN record ON record.id = posting.record"
    " WHERE token = ? AND record > ? ORDER BY posting.record LIMIT ?"
)
_OF: Final = "SELECT id, mentions FROM record WHERE id IN (SELECT value FROM json_each(?)) ORDER BY id"


class EntityView(NamedTuple):
    """One entity: the record it stands in, the role of its mentions, the tokens of its identifiers."""

    record: int
    role: Role
    tokens: tuple[int, ...]


class Entities(Base):
    """Questions about entities. All may raise Corrupt or DiskFailed."""

    def entities_with(self, token: int, limit: int = 200, records: int = 5000) -> list[EntityView]:
        """The entities that hold the identifier, in the order of records.

        Stops after `limit` entities, and after so many `records`: an identifier in more is no one person's.
        """
        found: list[EntityView] = []
        after = 0
        while records > 0 and len(found) < limit:
            page = self._rows(_HOLDING, (token, after, min(_PAGE, records)))
            for record, mentions in page:
                found += (one for one in _entities(record, mentions) if token in one.tokens)
                after = record
            records -= len(page)
            if len(page) < _PAGE:
                break
        return found[:limit]

    def entities_of(self, records: Sequence[int]) -> list[EntityView]:
        """All entities of these records, in their order."""
        rows = self._rows(_OF, (listed(records),)) if records else []
        return [one for record, mentions in rows for one in _entities(record, mentions)]


def _entities(record: int, mentions: bytes) -> Iterable[EntityView]:
    tokens: dict[int, list[int]] = {}
    roles: dict[int, int] = {}
    for token, role, entity in Mentions(mentions).rows():
        if entity > 0:
            tokens.setdefault(entity, []).append(token)
            roles.setdefault(entity, role)
    for entity, members in tokens.items():
        yield EntityView(record, codes.ROLE_OF[roles[entity]], tuple(dict.fromkeys(members)))
