"""The reading half of the index: from tokens and words to records, items, gaps."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

from connectors.base import GapReason, Version
from scanner.index import codes
from scanner.index.base import CURSOR, DETAIL, SOURCE, VERSION, Place, listed
from scanner.index.contents import Contents
from scanner.index.entities import Entities
from scanner.index.notes import NOTE, ScanNote, load_note, note_key
from scanner.index.pack import PATH, identifier_context, open_steps, path_token
from scanner.index.rows import Mentions
from scanner.index.told import told
from scanner.index.views import GapView, ItemView, MentionView, RecordView, SearchedView, State
from scanner.records import IdType

_RECORD = "SELECT id, item, kind, steps, mentions FROM record "
_ITEM = (
    "SELECT item.id, scope, path, version, strength, kind, size, links, content, stale, formats"
    " FROM item JOIN reader ON reader.id = item.reader "
)
_IN = "IN (SELECT value FROM json_each(?))"  # what `listed` gives
_AT_PATH = "WHERE item.token = ? AND scope IN (SELECT id FROM scope WHERE source = ?) LIMIT 1"
_IDENTIFIERS = "SELECT token, type, value FROM identifier WHERE token "
_STATES = "SELECT token, id, version, reader, stale FROM item WHERE scope = ?"
_STATES_OF = (
    "SELECT token, id, version, reader, stale FROM item WHERE token IN (SELECT value FROM json_each(?)) AND scope = ?"
)
_PATHS = "SELECT id, token, path FROM item WHERE scope = ?"
_ANY = "SELECT EXISTS (SELECT 1 FROM item WHERE scope IN (SELECT id FROM scope WHERE source = ?))"
_WORDS = "SELECT rowid FROM words WHERE words MATCH ? ORDER BY rowid LIMIT ?"
_AFTER = (
    "SELECT record.id, mentions FROM posting JOIN record ON record.id = posting.record"
    " WHERE token = ? AND record > ? ORDER BY posting.record LIMIT ?"
)
_COUNT_GAPS = (
    "SELECT (SELECT count(*) FROM gap WHERE scope IN (SELECT id FROM scope WHERE source = ?1))"
    " + (SELECT count(*) FROM item WHERE stale AND scope IN (SELECT id FROM scope WHERE source = ?1))"
)
_WAITING = (
    "SELECT item, count(*) FROM gap WHERE reason = ? AND item IS NOT NULL"
    " AND scope IN (SELECT id FROM scope WHERE source = ?) GROUP BY item ORDER BY item"
)
_CHUNK = 5000  # ids a statement


class Lookup(Entities, Contents):
    """Questions that change nothing. All may raise Corrupt or DiskFailed."""

    def records_with(self, token: int) -> list[int]:
        """The ids of the records that hold this identifier, ascending: one B-tree look-up."""
        return [row[0] for row in self._rows("SELECT record FROM posting WHERE token = ?", (token,))]

    def count_records_with(self, token: int, limit: int = 1_000_000) -> int:
        """How many records hold this identifier, counted up to `limit`."""
        sql = "SELECT count(*) FROM (SELECT 1 FROM posting WHERE token = ? LIMIT ?)"
        return int(self._value(sql, (token, limit)))

    def records_with_words(self, groups: Sequence[Iterable[str]], limit: int = -1) -> list[int]:
        """The ids of the records that hold a word of every group, ascending. Words are plain and folded.

        No groups, or a group without words, find nothing. With a `limit` no more are looked for.
        """
        alternatives = [" OR ".join(f'"{self._sealer.word(word)}"' for word in group) for group in groups]
        if not alternatives or not all(alternatives):
            return []
        query = " AND ".join(f"({group})" for group in alternatives)
        return [row[0] for row in self._rows(_WORDS, (query, limit))]

    def record(self, record: int) -> RecordView | None:
        """One record, or None when it is no more."""
        found = self.records([record])
        return found[0] if found else None

    def records(self, ids: Iterable[int]) -> list[RecordView]:
        """Records in the order asked for; those that are no more are left out."""
        wanted = list(ids)
        found = {row[0]: row for row in self._batched(_RECORD + "WHERE id " + _IN, wanted)}
        return [self._record(found[number]) for number in wanted if number in found]

    def opened_records(self, rows: Iterable[tuple[Any, ...]]) -> list[RecordView]:
        """Rows of `raw_records` or `raw_page`, opened."""
        return [self._record(row) for row in rows]

    def item_records(self, item: int) -> list[RecordView]:
        """All records of an item, in the order they were read."""
        span = (
            "WHERE id >= (SELECT first_record FROM item WHERE id = ?1)"
            " AND id < (SELECT first_record + records FROM item WHERE id = ?1)"
        )
        return [self._record(row) for row in self._rows(_RECORD + span, (item,))]

    def items(self, ids: Iterable[int]) -> dict[int, ItemView]:
        """Items by id; those that are no more are left out."""
        rows = self._batched(_ITEM + "WHERE item.id " + _IN, list(dict.fromkeys(ids)))
        places = self._places() if rows else {}
        return {row[0]: self._item(row, places) for row in rows}

    def item_by_path(self, source: str, path: str) -> ItemView | None:
        """The item at this path of the source, in whichever scope."""
        rows = self._rows(_ITEM + _AT_PATH, (path_token(self._sealer, path), self._source_of(source)))
        return self._item(rows[0], self._places()) if rows else None

    def items_with_content(self, content: bytes) -> list[int]:
        """The ids of the items whose content has this keyed hash: copies, and where a moved item went."""
        return [row[0] for row in self._rows("SELECT id FROM item WHERE content = ? ORDER BY id", (content,))]

    def identifier(self, token: int) -> tuple[IdType, str] | None:
        """The type and value that a token stands for, or None when no record holds it."""
        return self.identifiers([token]).get(token)

    def identifiers(self, tokens: Iterable[int]) -> dict[int, tuple[IdType, str]]:
        """`identifier` of many; unknown ones are left out."""
        rows = self._batched(_IDENTIFIERS + _IN, list(dict.fromkeys(tokens)))
        opened = self._sealer.open_text
        return {token: (codes.ID_TYPE_OF[code], opened(value, identifier_context(code))) for token, code, value in rows}

    def entity_mates(self, token: int, limit: int = 200) -> list[list[int]]:
        """For every entity that holds the identifier, the tokens of that entity, itself included.

        Stops after `limit` entities: an identifier in more is shared, and that is all a caller needs to know.
        """
        found: list[list[int]] = []
        after = 0
        while page := self._rows(_AFTER, (token, after, limit)):
            for record, mentions in page:
                found += _mates(Mentions(mentions), token)
                after = record
            if len(found) >= limit:
                return found[:limit]
        return found

    def gaps(self) -> list[GapView]:
        """Gaps of the last walks, gaps inside items, and stale items, as STALE."""
        places = self._places()
        gaps = self._rows(
            "SELECT gap.scope, coalesce(gap.path, item.path), gap.steps, gap.reason, gap.detail"
            " FROM gap LEFT JOIN item ON item.id = gap.item ORDER BY gap.id"
        )
        stale = self._rows("SELECT scope, path FROM item WHERE stale ORDER BY id")
        opened = self._sealer.open_text
        return [
            GapView(
                places[scope].source,
                opened(path, PATH),
                open_steps(self._sealer, steps),
                codes.GAP_REASON_OF[reason],
                opened(detail, DETAIL),
            )
            for scope, path, steps, reason, detail in gaps
        ] + [GapView(places[scope].source, opened(path, PATH), (), GapReason.STALE, "") for scope, path in stale]

    def count_gaps(self, source: str) -> int:
        """How many `gaps` has of a source."""
        return int(self._value(_COUNT_GAPS, (self._source_of(source),)))

    def waiting(self, source: str) -> list[tuple[ItemView, int]]:
        """The items of a source with pictures that nobody has read (gaps NEEDS_OCR), oldest first, and how many."""
        rows = self._rows(_WAITING, (codes.GAP_REASONS[GapReason.NEEDS_OCR], self._source_of(source)))
        items = self.items(number for number, _ in rows)
        return [(items[number], count) for number, count in rows if number in items]

    def searched(self) -> list[SearchedView]:
        """Every source in the index, by name, with how much of it was searched and when."""
        rows = self._rows(
            "SELECT source.name,"
            " (SELECT count(*) FROM item WHERE scope IN (SELECT id FROM scope WHERE source = source.id)),"
            " (SELECT total(records) FROM item WHERE scope IN (SELECT id FROM scope WHERE source = source.id)),"
            " CASE WHEN count(*) = count(scope.scanned_at) THEN min(scope.scanned_at) END,"
            " coalesce(min(scope.complete), 0)"
            " FROM source LEFT JOIN scope ON scope.source = source.id GROUP BY source.id"
        )
        views = [
            SearchedView(
                self._sealer.open_text(name, SOURCE),
                items,
                int(records),
                datetime.fromisoformat(scanned_at) if scanned_at else None,
                bool(complete),
            )
            for name, items, records, scanned_at, complete in rows
        ]
        return sorted(views, key=lambda view: view.source)

    def note(self, source: str) -> ScanNote:
        """What the last scan noted of a source; an empty note where there was none."""
        key = note_key(self._sealer.token("source", source))
        sealed = self._value("SELECT value FROM meta WHERE key = ?", (key,))
        return load_note(self._sealer.open_text(sealed, NOTE)) if sealed is not None else ScanNote()

    def scopes(self, source: str) -> list[str]:
        """The scopes of a source that the index knows."""
        return sorted(place.scope for place in self._places().values() if place.source == source)

    def states(self, source: str, scope: str) -> dict[int, State]:
        """What the index knows of every item of a scope, by the token of its path."""
        scope_id, opened = self._scope_of(source, scope), self._opened_version
        with told():  # row by row: a third less time than a list, which the garbage collector would walk
            return {
                token: State(item, version if type(version) is str else opened(version), reader, stale == 1)
                for token, item, version, reader, stale in self._db.execute(_STATES, (scope_id,))
            }

    def states_of(self, source: str, scope: str, tokens: Iterable[int]) -> dict[int, State]:
        """`states` of these paths alone."""
        scope_id, opened = self._scope_of(source, scope), self._opened_version
        wanted = list(dict.fromkeys(tokens))
        found: dict[int, State] = {}
        for start in range(0, len(wanted), _CHUNK):
            values = (listed(wanted[start : start + _CHUNK]), scope_id)
            for token, item, version, reader, stale in self._rows(_STATES_OF, values):
                found[token] = State(item, version if type(version) is str else opened(version), reader, stale == 1)
        return found

    def paths(self, source: str, scope: str) -> Iterator[tuple[int, int, str]]:
        """Every item of a scope: its id, the token of its path, the path. Opens them all: 2 s a million."""
        scope_id, opened = self._scope_of(source, scope), self._sealer.open_text
        with told():
            for item, token, path in self._db.execute(_PATHS, (scope_id,)):
                yield item, token, opened(path, PATH)

    def walks(self) -> dict[str, list[tuple[int, str | None, bool]]]:
        """Of each source its scopes by number, when the last walk of each began, and whether it ended."""
        rows = self._rows(
            "SELECT source.name, scope.id, scanned_at, complete FROM scope JOIN source ON source.id = scope.source"
            " ORDER BY scope.id"
        )
        found: dict[str, list[tuple[int, str | None, bool]]] = {}
        for name, scope, scanned_at, complete in rows:
            found.setdefault(self._sealer.open_text(name, SOURCE), []).append((scope, scanned_at, bool(complete)))
        return found

    def holds_any(self, source: str) -> bool:
        """Whether any item of the source is in the index."""
        return bool(self._value(_ANY, (self._source_of(source),)))

    def reader_fingerprints(self) -> dict[int, tuple[str, str]]:
        """Reader -> names of formats (with commas), fingerprint."""
        return {row[0]: (row[1], row[2]) for row in self._rows("SELECT id, formats, fingerprint FROM reader")}

    def cursor(self, source: str, scope: str) -> str | None:
        """The cursor that `finish_walk` or `save_cursor` kept."""
        sealed = self._value("SELECT cursor FROM scope WHERE id = ?", (self._scope_of(source, scope),))
        return self._sealer.open_text(sealed, CURSOR) if sealed is not None else None

    @property
    def unpurged(self) -> bool:
        """True while bytes of deleted items may still lie in the file: `purge` takes them out."""
        return bool(self._value("SELECT value FROM meta WHERE key = 'unpurged'"))

    def _batched(self, sql: str, ids: Sequence[int]) -> list[Any]:
        rows: list[Any] = []
        for start in range(0, len(ids), _CHUNK):
            rows += self._rows(sql, (listed(ids[start : start + _CHUNK]),))
        return rows

    def _record(self, row: tuple[Any, ...]) -> RecordView:
        number, item, kind, steps, mentions = row
        tokens, roles, entities = Mentions(mentions).columns()
        views = list(map(MentionView, tokens, map(codes.ROLE_OF.__getitem__, roles), entities))
        word = codes.RECORD_KIND_OF.get(kind, "other")
        return RecordView(number, item, self.opened_steps(steps), word, views)

    def _item(self, row: tuple[Any, ...], places: dict[int, Place]) -> ItemView:
        number, scope, path, version, strength, kind, size, links, content, stale, formats = row
        text = version if isinstance(version, str) else self._opened_version(version)
        return ItemView(
            id=number,
            source=places[scope].source,
            scope=places[scope].scope,
            path=self._sealer.open_text(path, PATH),
            version=Version(text, codes.STRENGTH_OF[strength]),
            kind=codes.ITEM_KIND_OF[kind],
            size=size,
            links=links,
            content=content,
            stale=bool(stale),
            formats=formats,
        )

    def _opened_version(self, sealed: bytes) -> str:
        return self._sealer.open_text(sealed, VERSION)


def _mates(mentions: Mentions, token: int) -> list[list[int]]:
    rows = mentions.rows()
    entities = dict.fromkeys(row.entity for row in rows if row.token == token and row.entity > 0)
    return [list(dict.fromkeys(row.token for row in rows if row.entity == entity)) for entity in entities]
