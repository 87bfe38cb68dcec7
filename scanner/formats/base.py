"""What a format is: one module a family, that turns a blob into records and names what is nested in it.

A module exposes `FORMAT`, a `Format`. Its `extract` is a generator: it yields a `Record` for everything it can
address, a `Nested` for every blob inside it (the expander finds that blob's format and goes on, within limits), and an
`Unread` for what it cannot read while the rest is fine. It raises `ReadError` when nothing (more) can be read; what it
yielded before stays. Any other exception is a fault of the bytes too, and becomes `unreadable`.

Rules: steps start at 1 and are words of design.md section 9 (`sheet NAME`, `row N`, `card N`, `message N`,
`event UID`, `todo UID`, `member PATH`, `attachment N: NAME`, `page N`, `part NAME`). No network, no external entities,
no macros, no temporary files, no logging of content.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from scanner.blob import Blob
from scanner.limits import Limits
from scanner.records import Entity, Record, Steps, Unread


@dataclass(slots=True)
class Nested:
    """A blob inside a blob, and the step that leads to it. `kind` is member, attachment or message.

    `steps` are relative to the blob it was found in. `entities` belong to the place, not to the content.
    """

    steps: Steps
    blob: Blob
    kind: str
    entities: tuple[Entity, ...] = ()


Found = Record | Nested | Unread


@dataclass(frozen=True, slots=True)
class Format:
    """One family. `version` goes up when the same bytes would give other records, so that a scan reads them again."""

    name: str
    version: int
    library: str  # for docs/formats.md
    extract: Callable[[Blob, Limits], Iterator[Found]]
