"""What the reading and the writing half of the index share: the connection, the sealer and the names of places."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final, NamedTuple

import apsw

from scanner.index.seal import Sealer
from scanner.index.told import told

SOURCE: Final = b"source"
SCOPE: Final = b"scope"
DETAIL: Final = b"detail"
VERSION: Final = b"version"
CURSOR: Final = b"cursor"


class Place(NamedTuple):
    """A scope by name."""

    source: str
    scope: str


class Base:
    """A connection and a sealer."""

    def __init__(self, db: apsw.Connection, sealer: Sealer) -> None:
        self._db = db
        self._sealer = sealer

    def _rows(self, sql: str, bindings: tuple[Any, ...] = ()) -> list[Any]:
        with told():
            return self._db.execute(sql, bindings).fetchall()

    def _value(self, sql: str, bindings: tuple[Any, ...] = ()) -> Any:  # noqa: ANN401 - whatever the column holds
        """The first row's only column, or None."""
        with told():
            return self._db.execute(sql, bindings).get

    def _source_of(self, name: str) -> int | None:
        found: int | None = self._value("SELECT id FROM source WHERE token = ?", (self._sealer.token("source", name),))
        return found

    def _scope_of(self, source: str, scope: str) -> int | None:
        found: int | None = self._value(
            "SELECT scope.id FROM scope JOIN source ON source.id = scope.source"
            " WHERE source.token = ? AND scope.token = ?",
            (self._sealer.token("source", source), self._sealer.token("scope", scope)),
        )
        return found

    def _places(self) -> dict[int, Place]:
        """Every scope by its id."""
        rows = self._rows("SELECT scope.id, source.name, scope.name FROM scope JOIN source ON source.id = scope.source")
        opened = self._sealer.open_text
        return {row[0]: Place(opened(row[1], SOURCE), opened(row[2], SCOPE)) for row in rows}


def listed(numbers: Iterable[int]) -> str:
    """Numbers as JSON, for `IN (SELECT value FROM json_each(?))`: any count of them in one prepared statement."""
    return f"[{','.join(map(str, numbers))}]"
