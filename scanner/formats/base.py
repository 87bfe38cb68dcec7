"""What a format is: one module a family, that turns a blob into records and names what is nested in it.

A module exposes `FORMAT`, a `Format`. Its `extract` is a generator: it yields a `Record` for everything it can
address, a `Nested` for every blob inside it (the expander finds that blob's format and goes on, within limits), a
`Picture` for what only OCR can read, and an `Unread` for what it cannot read while the rest is fine. It raises
`ReadError` when nothing (more) can be read; what it yielded before stays. Any other exception is a fault of the bytes
too, and becomes `unreadable`.

Rules: steps start at 1 and are words of design.md section 9 (`sheet NAME`, `row N`, `card N`, `message N`,
`event UID`, `todo UID`, `member PATH`, `attachment N: NAME`, `page N`, `part NAME`). No network, no external entities,
no macros, no temporary files, no logging of content.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from scanner.blob import Blob
from scanner.limits import Limits
from scanner.records import Entity, Record, Steps, Unread

if TYPE_CHECKING:
    from PIL.Image import Image


@dataclass(slots=True)
class Nested:
    """A blob inside a blob, and the step that leads to it. `kind` is member, attachment, message, part or image.

    `steps` are relative to the blob it was found in; none at all: this is the same thing, only unwrapped (decrypted).
    `entities` belong to the place, not to the content.
    """

    steps: Steps
    blob: Blob
    kind: str
    entities: tuple[Entity, ...] = ()


@dataclass(slots=True)
class Picture:
    """Something that only OCR can read: its text becomes a record at these steps, or it is a gap "needs OCR".

    `image` makes the pixels, when and if they are wanted, and only until the next thing is drawn from the generator.
    It may raise ReadError. What is too small to hold legible text (see `legible`) is not yielded.
    """

    steps: Steps
    image: Callable[[], Image]
    kind: str = "image"


def legible(width: float, height: float) -> bool:
    """Whether a picture of so many pixels may hold a word: icons, bullets, rules and tracking dots do not."""
    return min(width, height) >= 12 and width * height >= 1600


Found = Record | Nested | Picture | Unread


@dataclass(frozen=True, slots=True)
class Format:
    """One family. `version` goes up when the same bytes would give other records, so that a scan reads them again.

    The words are for docs/formats.md: `records` are the steps it gives, `entities` the persons it knows as such,
    `editable` what can be taken out of it, `limits` what it does not read and does not tell of. `state` tells of an
    optional library: its version, or nothing where it is not installed; it counts as a part of the version.
    """

    name: str
    version: int
    library: str
    extract: Callable[[Blob, Limits], Iterator[Found]]
    records: str = "the whole"
    entities: str = "none"
    editable: str = "whole item"
    limits: str = ""
    state: Callable[[], str] | None = None
