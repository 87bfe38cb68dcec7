"""The ledger: keyed tokens of those who were erased, so that what comes back is recognised.

One SQLite file with a key of its own. Nothing in it can be read back: case numbers, dates, the kinds of tokens and how
much they say are plain, the names of sources are sealed, all else is tokens. Tokens stay personal data: they are kept
until the last backup that may bring the data back has expired, and then overwritten.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Final, NamedTuple

from config.model import Config
from config.secrets import load_ledger_key
from connectors.base import Locator
from scanner.durable import DurableFile
from scanner.index.news import News
from scanner.index.pack import path_token
from scanner.index.seal import Sealer
from scanner.ledger_seal import LedgerSealer
from scanner.ledger_tokens import CONTENT, Token, Weight, tokens_of
from scanner.model import Case, Step
from scanner.records import IdType

FILE: Final = "ledger.sqlite"  # its name in the state folder
_LEAST = 16  # bytes: shorter content is nobody's own
_CANARY: Final = "gallra ledger"

_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS meta(key TEXT PRIMARY KEY, value) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS entry(
    number TEXT PRIMARY KEY, noted TEXT NOT NULL, until TEXT, came BLOB NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS token(
    token BLOB NOT NULL, number TEXT NOT NULL, kind TEXT NOT NULL, weight INTEGER NOT NULL, given INTEGER NOT NULL,
    came BLOB, PRIMARY KEY (token, number)) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS token_number ON token(number);
CREATE TABLE IF NOT EXISTS retained(
    number TEXT NOT NULL, place BLOB NOT NULL, print BLOB NOT NULL, kind TEXT NOT NULL, count INTEGER NOT NULL,
    state TEXT NOT NULL, until TEXT, sealed BLOB NOT NULL, PRIMARY KEY (number, place, print)) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS redo(draft TEXT PRIMARY KEY, number TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS returned(place BLOB PRIMARY KEY, sealed BLOB NOT NULL) STRICT, WITHOUT ROWID;
"""
# Cases of the same person: they were asked for by the same address or number. A household may share a customer number.
_KIN: Final = (
    "SELECT DISTINCT a.number, b.number FROM token a JOIN token b ON a.token = b.token"
    " WHERE a.given AND b.given AND a.weight = ?1 AND b.weight = ?1 AND a.kind IN ('email', 'national_id')"
)


class Known(NamedTuple):
    """What a token says, and of whose case."""

    number: str
    kind: str
    weight: Weight
    given: bool


Book = Mapping[bytes, Sequence[Known]]
_Row = tuple[bytes, str, str, int, int, bytes | None]


class Entry(NamedTuple):
    """One erased person's case, as far as it may be read: when it was noted first, and until when it is kept."""

    number: str
    noted: date
    until: date | None


class Ledger(DurableFile):
    """The ledger of one workspace."""

    def __init__(self, path: Path, sealer: LedgerSealer) -> None:
        """Open or make the file. Raises WrongLedgerKey."""
        super().__init__(path)
        self.sealer = sealer
        try:
            with self.transaction():
                self.db.execute(_SCHEMA)
                canary = sealer.seal({}, _CANARY)
                self.db.execute("INSERT OR IGNORE INTO meta VALUES ('canary', ?)", (canary,))
            sealer.open(bytes(self.db.execute("SELECT value FROM meta WHERE key = 'canary'").get), _CANARY)
        except BaseException:
            self.db.close()
            raise

    @classmethod
    def open(cls, config: Config) -> Ledger:
        """The ledger of a configuration; made, with its key, where there is none yet. Raises ConfigError."""
        path = config.agent.state / FILE
        master = load_ledger_key(config.agent.ledger_key, config.base, create=not path.exists())
        return cls(path, LedgerSealer(master))

    def note(self, case: Case, steps: Iterable[Step], index: News, now: datetime, copies: Collection[str] = ()) -> int:
        """Durably note who is about to be erased, and what; how many of the tokens point at the person by themselves.

        Call it before the first step is tried, and again as often as you like: what was noted stays. Content that
        other items have too, which stay, is nobody's own and is not noted; those in the backups `copies` are no others.
        """
        going = list(steps)
        sources = sorted({one.locator.source for one in case.findings} | {one.locator.source for one in going})
        tokens = tokens_of(case.subject, self.sealer)
        rows: list[_Row] = [(one.token, case.number, one.kind, int(one.weight), int(one.given), None) for one in tokens]
        rows += self._contents(case.number, going, index, copies)
        with self.transaction():
            self.db.execute(
                "INSERT INTO entry VALUES (?, ?, NULL, ?) ON CONFLICT(number) DO UPDATE SET came = excluded.came",
                (case.number, now.date().isoformat(), self.sealer.seal({"sources": sources}, "entry " + case.number)),
            )
            self.db.executemany("INSERT OR REPLACE INTO token VALUES (?, ?, ?, ?, ?, ?)", rows)
            self._release(case.number, going, index.sealer)
            if index.identity is not None:
                self.db.execute("INSERT OR IGNORE INTO meta VALUES ('index', ?)", (index.identity,))
                self.db.execute("INSERT OR IGNORE INTO meta VALUES ('seen', ?)", (index.next_record,))
        return sum(_speaks(one) for one in tokens)

    def entries(self) -> list[Entry]:
        """Every case that is remembered, oldest number first."""
        rows = self.db.execute("SELECT number, noted, until FROM entry ORDER BY number").fetchall()
        return [
            Entry(str(number), date.fromisoformat(str(noted)), date.fromisoformat(str(until)) if until else None)
            for number, noted, until in rows
        ]

    def sources(self, number: str) -> list[str]:
        """The sources that the case's data came from."""
        row = self.db.execute("SELECT came FROM entry WHERE number = ?", (number,)).get
        return list(self.sealer.open(bytes(row), "entry " + number)["sources"]) if row is not None else []

    def book(self) -> Book:
        """All tokens, for comparing."""
        found: dict[bytes, list[Known]] = defaultdict(list)
        rows = self.db.execute("SELECT token, number, kind, weight, given FROM token")
        for token, number, kind, weight, given in rows:
            found[bytes(token)].append(Known(str(number), str(kind), Weight(weight), bool(given)))
        return found

    def persons(self) -> dict[str, str]:
        """Each case's number -> the highest number among the cases of the same person."""
        known = [one.number for one in self.entries()]
        mates: dict[str, set[str]] = {number: {number} for number in known}
        kin = self.db.execute(_KIN, (int(Weight.STRONG),)).fetchall()
        for one, other in kin + self.db.execute("SELECT draft, number FROM redo").fetchall():
            if one not in mates or other not in mates:
                continue
            joined = mates[str(one)] | mates[str(other)]
            for number in joined:
                mates[number] = joined
        return {number: max(group, key=order) for number, group in mates.items()}

    def redo(self, draft: str, number: str) -> None:
        """Note that the case `draft` was opened to erase again what came back of the person of case `number`."""
        with self.transaction():
            self.db.execute("INSERT OR REPLACE INTO redo VALUES (?, ?)", (draft, number))

    def redone(self) -> dict[str, str]:
        """The cases that were opened to erase again -> the case whose person came back."""
        return {str(draft): str(number) for draft, number in self.db.execute("SELECT draft, number FROM redo")}

    def keep_until(self, number: str, until: date | None) -> None:
        """Keep a case's tokens through this day: when the last backup that may hold the data expires. None: no end."""
        with self.transaction():
            text = until.isoformat() if until else None
            self.db.execute("UPDATE entry SET until = ? WHERE number = ?", (text, number))

    def expire(self, today: date) -> list[str]:
        """Overwrite the tokens of the cases whose time is over; their numbers. What is retained stays known."""
        over = [one.number for one in self.entries() if one.until is not None and one.until < today]
        for number in over:
            self.forget(number)
        return over

    def forget(self, number: str) -> None:
        """Overwrite a case's tokens. One that is not known is fine."""
        with self.transaction():
            self.db.execute("DELETE FROM token WHERE number = ?", (number,))
            self.db.execute("DELETE FROM entry WHERE number = ?", (number,))

    def seen(self, identity: str | None) -> int:
        """The number of the first record of this index that nobody has compared yet."""
        if identity is None or self._meta("index") != identity:
            return 1
        return int(str(self._meta("seen")))

    def saw(self, identity: str | None, next_record: int, places: Collection[tuple[str, int]]) -> None:
        """All records below `next_record` were compared; at these places (source, path token) something is back."""
        rows = [
            (self.place(source, token), self.sealer.seal({"source": source, "token": token}, "returned"))
            for source, token in places
        ]
        with self.transaction():
            if identity is not None:
                values = [("index", identity), ("seen", next_record)]
                self.db.executemany("INSERT OR REPLACE INTO meta VALUES (?, ?)", values)
            self.db.execute("DELETE FROM returned")
            self.db.executemany("INSERT OR REPLACE INTO returned VALUES (?, ?)", rows)

    def returned(self) -> list[tuple[str, int]]:
        """The places where something was back when somebody last looked."""
        rows = [self.sealer.open(bytes(row[0]), "returned") for row in self.db.execute("SELECT sealed FROM returned")]
        return [(str(one["source"]), int(one["token"])) for one in rows]

    def place(self, source: str, token: int) -> bytes:
        """The ledger's token of a place: a source, and the index's token of a path in it."""
        return self.sealer.token("place", source, str(token))

    def _contents(
        self, number: str, steps: Sequence[Step], index: News, copies: Collection[str]
    ) -> list[tuple[bytes, str, str, int, int, bytes]]:
        planned = {step.locator for step in steps}
        rows = []
        for step in steps:
            if not step.content or step.folder or not _own(bytes.fromhex(step.content), planned, index, copies):
                continue
            token = self.sealer.token(CONTENT, bytes.fromhex(step.content))
            came = self.sealer.seal({"sources": [step.locator.source]}, "content " + number)
            rows.append((token, number, CONTENT, int(Weight.STRONG), 0, came))
        return rows

    def _release(self, number: str, steps: Iterable[Step], sealer: Sealer) -> None:
        """What was held or kept before and leaves now is a return when it comes back."""
        kin = {str(other) for one, other in self.db.execute(_KIN, (int(Weight.STRONG),)) if one == number} | {number}
        for step in steps:
            place = self.place(step.locator.source, path_token(sealer, step.locator.path))
            content = self.sealer.token(CONTENT, bytes.fromhex(step.content))
            rows = [(mate, place, content) for mate in sorted(kin)]
            self.db.executemany("DELETE FROM retained WHERE number = ? AND (place = ? OR print = ?)", rows)

    def _meta(self, key: str) -> object:
        return self.db.execute("SELECT value FROM meta WHERE key = ?", (key,)).get


def _speaks(token: Token) -> bool:
    return token.weight in (Weight.STRONG, Weight.WEAK, Weight.PROBABLE) and token.kind in {*IdType, "pair"}


def _own(content: bytes, planned: Collection[Locator], index: News, copies: Collection[str]) -> bool:
    """True for content that only these items have: an empty file and the terms of sale are nobody's own."""
    views = index.items(index.items_with_content(content)).values()
    return all(
        (view.locator in planned or view.source in copies) and (view.size is None or view.size >= _LEAST)
        for view in views
    )


def order(number: str) -> tuple[int, ...]:
    """What cases are sorted by, from their numbers: the order in which they were opened."""
    return tuple(int(part) for part in number.split("-"))


def must_open(config: Config) -> None:
    """Make sure that what the ledger knows can be seen, where there is one. Raises as `Ledger.open`; makes none."""
    if (config.agent.state / FILE).exists():
        Ledger.open(config).close()
