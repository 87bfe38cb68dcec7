"""The tables of the index file, and how a file becomes an index or is refused.

No column holds readable personal data: names of sources and scopes, paths, steps, identifiers, details and strong
versions (they may be plain hashes of content) are sealed; words and identifiers are looked up by keyed tokens. Weak
versions are size, time and inode, and stand as they are.
"""

from __future__ import annotations

from typing import Final

import apsw

from scanner.index.errors import SealBroken, WrongKey, WrongSchema
from scanner.index.patience import WRITING, Patience
from scanner.index.seal import Sealer

VERSION: Final = 1
APPLICATION: Final = 0x67616C72  # "galr", SQLite's application_id

# Appending to 1 M mails, calls of 8000 items with checkpoints every 128 MB took two thirds of the CPU of calls of 2000
# with 16 MB; four times the cache gained nothing that stood out of the noise. 64 MB bounds the journal.
_PAGE: Final = 4096
_CACHE_KIB: Final = 65536
_CHECKPOINT_PAGES: Final = 16384
_READING: Final = 10.0  # seconds that a reader waits, for what only a crash leaves
_CANARY: Final = b"gallra index"
_CANARY_CONTEXT: Final = b"canary"

_TABLES: Final = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value) WITHOUT ROWID;
CREATE TABLE source (id INTEGER PRIMARY KEY, token INTEGER NOT NULL UNIQUE, name BLOB NOT NULL);
CREATE TABLE scope (
  id INTEGER PRIMARY KEY, source INTEGER NOT NULL, token INTEGER NOT NULL, name BLOB NOT NULL,
  scanned_at TEXT, complete INTEGER NOT NULL DEFAULT 0, cursor BLOB,
  UNIQUE (source, token));
CREATE TABLE reader (
  id INTEGER PRIMARY KEY, formats TEXT NOT NULL, fingerprint TEXT NOT NULL, UNIQUE (formats, fingerprint));

-- The records of an item have consecutive ids from first_record on. Ids of items and records are never used again.
CREATE TABLE item (
  id INTEGER PRIMARY KEY, scope INTEGER NOT NULL, token INTEGER NOT NULL, version NOT NULL, reader INTEGER NOT NULL,
  stale INTEGER NOT NULL DEFAULT 0, first_record INTEGER NOT NULL, records INTEGER NOT NULL,
  kind INTEGER NOT NULL, links INTEGER NOT NULL, size INTEGER, strength INTEGER NOT NULL,
  path BLOB NOT NULL, content BLOB);
CREATE UNIQUE INDEX item_token ON item (token, scope);
CREATE INDEX item_scope ON item (scope);
CREATE INDEX item_stale ON item (stale) WHERE stale;
CREATE INDEX item_content ON item (content) WHERE content IS NOT NULL;
CREATE TABLE record (
  id INTEGER PRIMARY KEY, item INTEGER NOT NULL, kind INTEGER NOT NULL, steps BLOB, mentions BLOB NOT NULL);
CREATE TABLE identifier (token INTEGER PRIMARY KEY, type INTEGER NOT NULL, value BLOB NOT NULL);
CREATE TABLE posting (token INTEGER, record INTEGER, PRIMARY KEY (token, record)) WITHOUT ROWID;
CREATE VIRTUAL TABLE words USING fts5
  (w, content='', contentless_delete=1, detail=none, tokenize='ascii');
-- Bytes of new words held in memory: a transaction of thousands of items makes one segment, and less to merge later.
INSERT INTO words (words, rank) VALUES ('hashsize', 8388608);

-- A gap of the last walk has a path and no item; one inside an item has an item and steps.
CREATE TABLE gap (
  id INTEGER PRIMARY KEY, scope INTEGER NOT NULL, item INTEGER, path BLOB, steps BLOB,
  reason INTEGER NOT NULL, detail BLOB NOT NULL);
CREATE INDEX gap_item ON gap (item) WHERE item IS NOT NULL;
CREATE INDEX gap_walk ON gap (scope) WHERE item IS NULL;
"""


def settle(db: apsw.Connection, *, writes: bool) -> None:
    """Set up a connection. Writers commit without waiting for the disk (WAL keeps the file whole all the same)."""
    db.set_busy_handler(Patience(WRITING if writes else _READING))
    if writes:
        db.pragma("page_size", _PAGE)
        db.pragma("journal_mode", "wal")
        db.pragma("synchronous", "normal")
        db.pragma("wal_autocheckpoint", _CHECKPOINT_PAGES)
    else:
        db.pragma("query_only", True)
    db.pragma("cache_size", -_CACHE_KIB)
    db.pragma("temp_store", "memory")


def is_empty(db: apsw.Connection) -> bool:
    """True for a file with no table in it, such as one that a crash left before anything was committed."""
    return not db.execute("SELECT count(*) FROM sqlite_schema").get


def create(db: apsw.Connection, sealer: Sealer) -> None:
    """Make the tables, in one transaction, with a canary that tells the key."""
    with db:
        db.execute(_TABLES)
        canary = sealer.seal(_CANARY, _CANARY_CONTEXT)
        db.executemany(
            "INSERT INTO meta VALUES (?, ?)",
            [("canary", canary), ("next_item", 1), ("next_record", 1), ("unpurged", 0)],
        )
        db.pragma("application_id", APPLICATION)
        db.pragma("user_version", VERSION)


def check(db: apsw.Connection, sealer: Sealer) -> None:
    """Raise WrongSchema for another program's file or another schema, WrongKey when the canary does not open."""
    if db.pragma("application_id") != APPLICATION:
        raise WrongSchema("the index file was not made by gallra: set another state folder")
    found = db.pragma("user_version")
    if not isinstance(found, int) or found > VERSION:
        raise WrongSchema("the index was made by a newer gallra: update this one, or move the index away and scan")
    if found < VERSION:
        raise WrongSchema("the index was made by an older gallra: move it away and run `gallra scan`")
    canary = db.execute("SELECT value FROM meta WHERE key = 'canary'").get
    try:
        sealer.open(canary, _CANARY_CONTEXT)
    except (SealBroken, TypeError) as error:
        raise WrongKey(
            "this index was made with another key: set the key it was made with, or move it away and run `gallra scan`"
        ) from error


def name(db: apsw.Connection) -> None:
    """Give the file a random name of its own, once: record numbers mean nothing in another index."""
    if not db.execute("SELECT count(*) FROM meta WHERE key = 'identity'").get:
        with db:
            db.execute("INSERT OR IGNORE INTO meta VALUES ('identity', lower(hex(randomblob(16))))")
