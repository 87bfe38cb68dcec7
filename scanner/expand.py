"""One item to all its records: finds each blob's format, goes into what is nested, and turns every failure into a gap.

One budget holds for the whole item: bytes unpacked, records and members, depth.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from connectors.base import GapReason
from connectors.errors import ConnectorError
from scanner.blob import Blob
from scanner.formats import registry
from scanner.formats.base import Found, Nested
from scanner.formats.ole import is_encrypted_ole
from scanner.formats.sniff import sniff
from scanner.limits import Limits
from scanner.records import ReadError, Record, Role, Steps, Unread

UNKNOWN = "unknown"

_MAGIC = (
    (b"\xff\xd8\xff", "jpeg"),
    (b"\x89PNG", "png"),
    (b"GIF8", "gif"),
    (b"II*\0", "tiff"),
    (b"MM\0*", "tiff"),
    (b"BM", "bmp"),
    (b"\xd0\xcf\x11\xe0", "ole"),
    (b"{\\rtf", "rtf"),
    (b"\x1f\x8b", "gzip"),
    (b"BZh", "bzip2"),
    (b"\xfd7zXZ", "xz"),
    (b"7z\xbc\xaf", "7z"),
    (b"Rar!", "rar"),
    (b"SQLite format 3", "sqlite"),
    (b"\x7fELF", "elf"),
    (b"MZ", "exe"),
    (b"OggS", "ogg"),
    (b"ID3", "mp3"),
    (b"!BDN", "pst"),
)


def expand(blob: Blob, limits: Limits) -> Iterator[Record | Unread]:
    """The item's records and what could not be read in it; see Expansion."""
    return iter(Expansion(blob, limits))


class Expansion:
    """The records of one item. Iterate once; `formats` then holds the names of all formats that were met.

    The record without steps comes exactly once, and last, whatever happens. A record of a nested thing comes after
    those inside it. Only errors of the source itself (ConnectorError) pass through.
    """

    def __init__(self, blob: Blob, limits: Limits) -> None:
        self.formats: set[str] = set()
        self._blob = blob
        self._limits = limits
        self._members = 0
        self._expanded = 0
        self._full = False

    def __iter__(self) -> Iterator[Record | Unread]:
        return self._expand(self._blob, (), 0, Record((), "file"))

    def _expand(self, blob: Blob, steps: Steps, depth: int, own: Record) -> Iterator[Record | Unread]:
        """Everything in the blob, then its own record, to which the format may have added."""
        try:
            for found in self._found(blob):
                self._count()
                if isinstance(found, Nested):
                    yield from self._nested(found, steps, depth)
                    if self._full:
                        break
                elif isinstance(found, Unread):
                    yield replace(found, steps=(*steps, *found.steps))
                elif found.steps:
                    found.steps = (*steps, *found.steps)
                    yield found
                else:
                    _merge(own, found)
        except ConnectorError:
            raise
        except _Full as fault:  # what follows in the outer things is not read either: the gap is the whole item's
            yield problem_at((), fault)
        except Exception as fault:
            yield _unread(steps, fault)
        yield own

    def _found(self, blob: Blob) -> Iterator[Found]:
        if blob.size == 0:
            return iter(())
        name = sniff(blob)
        if name is None:
            self.formats.add(UNKNOWN)
            if is_encrypted_ole(blob):
                raise ReadError(GapReason.ENCRYPTED, "Office")
            raise ReadError(GapReason.UNKNOWN_FORMAT, _described(blob))
        self.formats.add(name)
        return registry.load(name).extract(blob, self._left())

    def _left(self) -> Limits:
        limits = self._limits
        if not self._expanded and not self._members:
            return limits
        return replace(limits, expanded=limits.expanded - self._expanded, members=limits.members - self._members)

    def _count(self) -> None:
        self._members += 1
        if self._members > self._limits.members:
            self._full = True
            raise _Full(GapReason.TOO_LARGE, f"more than {self._limits.members} records")

    def _nested(self, nested: Nested, outer: Steps, depth: int) -> Iterator[Record | Unread]:
        steps = (*outer, *nested.steps)
        blob = nested.blob
        own = Record(steps, nested.kind, _names(blob.name), list(nested.entities))
        problem = self._refused(blob, depth)
        if problem is None:
            self._expanded += blob.size
            yield from self._expand(blob, steps, depth + 1, own)
        else:
            yield own
            yield problem_at(steps, problem)

    def _refused(self, blob: Blob, depth: int) -> ReadError | None:
        if depth >= self._limits.depth:
            return ReadError(GapReason.TOO_DEEP, f"nested more than {self._limits.depth} deep")
        if self._expanded + blob.size > self._limits.expanded:
            return ReadError(GapReason.TOO_LARGE, f"the item unpacks to more than {self._limits.expanded} bytes")
        return None


class _Full(ReadError):
    """The item has more records and members than the limit."""


def problem_at(steps: Steps, problem: ReadError) -> Unread:
    """A ReadError as a gap at these steps."""
    return Unread(steps, problem.reason, problem.detail)


def _unread(steps: Steps, fault: Exception) -> Unread:
    if isinstance(fault, ReadError):
        return problem_at(steps, fault)
    if isinstance(fault, MemoryError):
        return Unread(steps, GapReason.OUT_OF_MEMORY)
    if isinstance(fault, RecursionError):
        return Unread(steps, GapReason.TOO_DEEP, "nested too deep for its reader")
    return Unread(steps, GapReason.UNREADABLE, type(fault).__name__)


def _merge(own: Record, found: Record) -> None:
    own.texts.extend(found.texts)
    own.entities.extend(found.entities)
    if found.kind != "file":
        own.kind = found.kind


def _names(name: str) -> list[tuple[Role, str]]:
    folder, _, last = name.rpartition("/")
    return [(role, text) for role, text in ((Role.FILENAME, last), (Role.PATH, folder)) if text]


def _described(blob: Blob) -> str:
    """What it seems to be: by its first bytes, or a common ending. Never another part of its name."""
    head = blob.head(32)
    for magic, word in _MAGIC:
        if head.startswith(magic):
            return word
    if head[4:8] == b"ftyp":
        return "mp4"
    if head.startswith(b"RIFF"):
        return "riff"
    import mimetypes  # noqa: PLC0415 - only for what nothing else tells of

    ending = "." + blob.name.rpartition(".")[2].lower()
    return ending[1:] if ending in mimetypes.types_map else ""
