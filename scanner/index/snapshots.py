"""What a backup holds, in the index: its snapshots by number, and of each item the numbers of those that hold it.

The numbers of an item are one mask, a bit a snapshot, so that a thousand snapshots of a million files cost 125 bytes a
file. Numbers of snapshots that are no more are given again. The tables are made by the first writer that needs them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from scanner.index.base import listed
from scanner.index.pack import path_token
from scanner.index.told import told
from scanner.index.write import Writes

SNAPSHOT: Final = b"snapshot"
LABEL: Final = b"label"

_TABLES: Final = """
CREATE TABLE IF NOT EXISTS snapshot (
  source INTEGER NOT NULL, number INTEGER NOT NULL, id BLOB NOT NULL, at TEXT NOT NULL, label BLOB NOT NULL,
  whole INTEGER NOT NULL, PRIMARY KEY (source, number)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS held (
  source INTEGER NOT NULL, token INTEGER NOT NULL, mask BLOB NOT NULL, PRIMARY KEY (source, token)) WITHOUT ROWID;
"""
_IS_THERE: Final = "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = 'held'"
_OF: Final = "SELECT token, mask FROM held WHERE source = ? AND token IN (SELECT value FROM json_each(?))"
_CHUNK: Final = 5000


@dataclass(frozen=True, slots=True)
class KnownSnapshot:
    """A snapshot as the index knows it. `whole`: all that it holds was listed; else it is listed again."""

    number: int
    id: str
    at: datetime
    label: str = ""
    whole: bool = True


@dataclass(frozen=True, slots=True)
class HeldBy:
    """How many snapshots hold an item, and when the first and the last of them were made; None where none is known."""

    snapshots: int
    oldest: datetime | None = None
    newest: datetime | None = None


class Snapshots(Writes):
    """Questions and changes. All may raise as the index's others; an index without snapshots has none to tell of."""

    def snapshots_of(self, source: str) -> list[KnownSnapshot]:
        """The snapshots of a backup, by number."""
        if not self._has_snapshots():
            return []
        rows = self._rows(
            "SELECT number, id, at, label, whole FROM snapshot WHERE source = ? ORDER BY number",
            (self._source_of(source),),
        )
        opened = self._sealer.open_text
        return [
            KnownSnapshot(
                number, opened(sealed, SNAPSHOT), datetime.fromisoformat(at), opened(label, LABEL), bool(whole)
            )
            for number, sealed, at, label, whole in rows
        ]

    def masks(self, source: str) -> dict[int, int]:
        """Of every path of a backup that a snapshot holds, by its token: a bit for the number of each."""
        if not self._has_snapshots():
            return {}
        with told():
            rows = self._db.execute("SELECT token, mask FROM held WHERE source = ?", (self._source_of(source),))
            return {token: int.from_bytes(mask, "little") for token, mask in rows}

    def held_by(self, source: str, paths: Iterable[str]) -> dict[str, HeldBy]:
        """Of each of these paths of a backup, which snapshots hold it."""
        tokens = {path: path_token(self._sealer, path) for path in paths}
        times = {one.number: one.at for one in self.snapshots_of(source)}
        masks = self._masks_of(source, list(tokens.values())) if times else {}
        return {path: _held_by(masks.get(token, 0), times) for path, token in tokens.items()}

    def masks_of(self, source: str, paths: Iterable[str]) -> dict[str, int]:
        """Of each of these paths of a backup, a bit for the number of each snapshot that holds it."""
        tokens = {path: path_token(self._sealer, path) for path in paths}
        masks = self._masks_of(source, list(tokens.values()))
        return {path: masks.get(token, 0) for path, token in tokens.items()}

    def note_snapshots(self, source: str, snapshots: Sequence[KnownSnapshot], masks: Mapping[int, int]) -> None:
        """The snapshots of a backup, in place of those known, and the masks that changed (0: none holds it any more).

        One transaction: a walk that is killed before it leaves the ones of before.
        """
        seal = self._sealer.seal_text
        with self._transaction():
            self._db.execute(_TABLES)
            number = self._made_source(source)
            self._db.execute("DELETE FROM snapshot WHERE source = ?", (number,))
            self._db.executemany(
                "INSERT INTO snapshot VALUES (?, ?, ?, ?, ?, ?)",
                [
                    (number, one.number, seal(one.id, SNAPSHOT), _text(one.at), seal(one.label, LABEL), int(one.whole))
                    for one in snapshots
                ],
            )
            gone = ((number, token) for token, mask in masks.items() if not mask)
            self._db.executemany("DELETE FROM held WHERE source = ? AND token = ?", gone)
            kept = ((number, token, _bytes(masks[token])) for token in sorted(masks) if masks[token])
            self._db.executemany("INSERT OR REPLACE INTO held VALUES (?, ?, ?)", kept)
            self._soil()

    def _drop_source(self, source_id: int | None) -> None:
        if self._has_snapshots():
            self._db.execute("DELETE FROM snapshot WHERE source = ?", (source_id,))
            self._db.execute("DELETE FROM held WHERE source = ?", (source_id,))
        super()._drop_source(source_id)

    def _retire(self, items: Sequence[int]) -> None:
        if self._has_snapshots():
            sql = (
                "DELETE FROM held WHERE (source, token) IN (SELECT scope.source, item.token FROM item"
                " JOIN scope ON scope.id = item.scope WHERE item.id IN (SELECT value FROM json_each(?)))"
            )
            self._db.execute(sql, (listed(items),))
        super()._retire(items)

    def _masks_of(self, source: str, tokens: Sequence[int]) -> dict[int, int]:
        if not self._has_snapshots():
            return {}
        number = self._source_of(source)
        found: dict[int, int] = {}
        for start in range(0, len(tokens), _CHUNK):
            for token, mask in self._rows(_OF, (number, listed(tokens[start : start + _CHUNK]))):
                found[token] = int.from_bytes(mask, "little")
        return found

    def _has_snapshots(self) -> bool:
        return bool(self._value(_IS_THERE))


def _held_by(mask: int, times: Mapping[int, datetime]) -> HeldBy:
    """What a mask says. Numbers that no snapshot has any more count for nothing."""
    held = [at for number, at in times.items() if mask >> number & 1]
    return HeldBy(len(held), min(held), max(held)) if held else HeldBy(0)


def _bytes(mask: int) -> bytes:
    return mask.to_bytes((mask.bit_length() + 7) // 8, "little")


def _text(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="microseconds")
