"""SQLite databases (phones' contacts and messages, browsers, registers): every table row by row, and deleted rows.

Read in memory with apsw: nothing is attached, written or loaded, the schema is not trusted, and a query that goes on
without end is stopped. Deleted rows stay in a database until it is vacuumed: what is legible in free pages, and in the
free room of used ones, is the text of `part free pages`, and a gap too.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from connectors.base import GapReason
from scanner.blob import Blob
from scanner.formats import charset, header
from scanner.formats.base import Format, Found
from scanner.formats.data.sqlite_free import unused
from scanner.formats.data.sqlite_memory import Database, Row, Table
from scanner.formats.inline import Inline, strings
from scanner.formats.rows import line
from scanner.formats.streams import Names
from scanner.limits import Limits
from scanner.records import ReadError, Record, Role, Steps, Unread


def _extract(blob: Blob, limits: Limits) -> Iterator[Found]:
    del limits
    data = blob.data()
    inline = Inline(blob.limit)
    try:
        database = Database(data)
        tables = database.tables()
    except ReadError as fault:
        yield Record((), "file", [(Role.BODY, "\n".join(strings(data)))])
        yield Unread((), fault.reason, fault.detail)
        return
    try:
        yield Record((), "file", [(Role.BODY, "\n".join([*database.statements(), *(one.name for one in tables)]))])
        names = Names()
        for table in tables:
            yield from _table(database, table, (names.unique(f"sheet {table.name}"),), inline)
    finally:
        database.close()
    text = "\n".join(chain.from_iterable(map(strings, unused(data))))
    if text:  # its values stand without a mark between them: not all of them can be told
        yield Record(_FREE, "part", [(Role.BODY, text)])
        yield Unread(_FREE, GapReason.UNREADABLE, "deleted rows that VACUUM has not removed")


FORMAT = Format(
    "sqlite",
    1,
    "apsw (SQLite)",
    _extract,
    records="`sheet TABLE`, `row N` by rowid, `part free pages`",
    entities="by the names of columns, as by a header",
    limits="a write-ahead log is another file, and a gap of its own",
)

_FREE = ("part free pages",)


def _table(database: Database, table: Table, steps: Steps, inline: Inline) -> Iterator[Found]:
    columns = header.columns([_word(name) for name in table.columns])
    number = 0
    try:
        for row in database.rows(table):
            number += 1
            here = (*steps, f"row {number}")
            cells = [_text(value, here, inline) for value in row]
            if text := line(cells):
                yield Record(here, "row", [(Role.BODY, text)], header.entities(columns, cells) if columns else [])
            yield from inline.drained()
    except ReadError as fault:
        yield Unread(steps, fault.reason, fault.detail)


def _word(name: str) -> str:
    """A column's name; those of Apple's Core Data begin with a Z."""
    return name[1:] if name.startswith("Z") and name.isupper() else name


def _text(value: Row, steps: Steps, inline: Inline) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return inline.taken(value, steps).strip()
    if not isinstance(value, bytes):
        return str(value)
    if inline.add(value, steps):
        return ""
    return "\n".join(strings(value)) if charset.is_binary(value) else charset.decode(value).strip()
