"""One item to all its records: finds each blob's format, goes into what is nested, and turns every failure into a gap.

One budget holds for the whole item: bytes unpacked, records and members, depth.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from connectors.base import GapReason
from connectors.errors import ConnectorError
from scanner.aids import NONE, OCR, Aids
from scanner.blob import Blob
from scanner.formats import registry
from scanner.formats.base import Found, Nested, Picture
from scanner.formats.registers import Registers
from scanner.formats.sniff import sniff
from scanner.limits import Limits
from scanner.records import ReadError, Record, Role, Steps, Unread
from scanner.remembered import Notes, again

# Not formats, but what reading the item hung on, noted beside them.
UNKNOWN = "unknown"  # on which formats there are
LOCKED = "locked"  # on the passwords

_MAGIC = (
    (b"\x7fELF", "elf"),
    (b"MZ", "exe"),
    (b"OggS", "ogg"),
    (b"ID3", "mp3"),
    (b"fLaC", "flac"),
    (b"\xca\xfe\xba\xbe", "class"),
    (b"\0\1\0\0Standard ", "access"),
    (b"wOF", "font"),
    (b"OTTO", "font"),
    (b"\x1aE\xdf\xa3", "matroska"),
)


def expand(blob: Blob, limits: Limits, aids: Aids = NONE) -> Iterator[Record | Unread]:
    """The item's records and what could not be read in it; see Expansion."""
    return iter(Expansion(blob, limits, aids))


class Expansion:
    """The records of one item. Iterate once; `formats` then holds the names of all formats that were met.

    Besides them it holds UNKNOWN, LOCKED and OCR, where what was read hung on more than formats and limits.

    The record without steps comes exactly once, and last, whatever happens. A record of a nested thing comes after
    those inside it. Only errors of the source itself (ConnectorError) pass through.
    """

    def __init__(self, blob: Blob, limits: Limits, aids: Aids = NONE) -> None:
        self.formats: set[str] = set()
        self._aids = aids
        self._blob = blob
        self._limits = limits
        self._members = 0
        self._expanded = 0
        self._full = False
        self._registers = Registers(aids.registers) if aids.registers else None

    def __iter__(self) -> Iterator[Record | Unread]:
        own = Record((), "file")
        yield from self._inside(self._blob, (), 0, own)
        if self._registers is not None:
            yield from self._registers.unused()
        yield own

    def _expand(self, blob: Blob, steps: Steps, depth: int, own: Record) -> Iterator[Record | Unread]:
        """Everything in the blob, then its own record, to which the format may have added."""
        yield from self._inside(blob, steps, depth, own)
        yield own

    def _inside(self, blob: Blob, steps: Steps, depth: int, own: Record) -> Iterator[Record | Unread]:
        try:
            for found in self._found(blob):
                self._count()
                if isinstance(found, Record):
                    if found.steps:
                        found.steps = (*steps, *found.steps)
                        yield found
                    else:
                        _merge(own, found)
                elif isinstance(found, Unread):
                    yield self._gap(replace(found, steps=(*steps, *found.steps)))
                elif isinstance(found, Picture):
                    yield from self._picture(found, steps, own)
                else:
                    yield from self._nested(found, steps, depth, own)
                    if self._full:
                        break
        except ConnectorError:
            raise
        except _Full as fault:  # what follows in the outer things is not read either: the gap is the whole item's
            yield problem_at((), fault)
        except Exception as fault:
            yield self._gap(_unread(steps, fault))
        self._note_passwords(blob)

    def _note_passwords(self, blob: Blob) -> None:
        """What a format opened with a password, or could not, is another with other passwords."""
        if blob.asked:
            self.formats.add(LOCKED)

    def _found(self, blob: Blob) -> Iterator[Found]:
        if blob.size == 0:
            return iter(())
        name = sniff(blob)
        if name is None:
            self.formats.add(UNKNOWN)
            raise ReadError(GapReason.UNKNOWN_FORMAT, _described(blob))
        self.formats.add(name)
        blob.keys = self._aids.keys
        blob.registers = self._registers
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

    def _gap(self, unread: Unread) -> Unread:
        if unread.reason is GapReason.ENCRYPTED:
            self.formats.add(LOCKED)
        return unread

    def _picture(self, picture: Picture, outer: Steps, own: Record) -> Iterator[Record | Unread]:
        steps = (*outer, *picture.steps)
        ocr = self._aids.ocr
        if ocr is None or ocr.left < 1:
            yield Unread(steps, GapReason.NEEDS_OCR, "" if ocr is None else "more pages than one scan may read")
            return
        self.formats.add(OCR)
        ocr.left -= 1
        try:
            text = ocr.text(picture.image())
        except ConnectorError:
            raise
        except Exception as fault:
            yield _unread(steps, fault)
            return
        if text and not picture.steps:
            own.texts.append((Role.BODY, text))
        elif text:
            yield Record(steps, picture.kind, [(Role.BODY, text)])

    def _nested(self, nested: Nested, outer: Steps, depth: int, own: Record) -> Iterator[Record | Unread]:
        steps = (*outer, *nested.steps)
        blob = nested.blob
        problem = self._refused(blob, depth)
        if nested.steps:
            own = Record(steps, nested.kind, _names(blob.name), list(nested.entities))
        if problem is not None:
            if nested.steps:
                yield own
            yield problem_at(steps, problem)
            return
        self._expanded += blob.size
        if nested.steps:
            yield from self._once(nested, steps, depth + 1, own)
        else:
            yield from self._inside(blob, steps, depth + 1, own)

    def _once(self, nested: Nested, steps: Steps, depth: int, own: Record) -> Iterator[Record | Unread]:
        """As `_expand`, but the same attachment or member again costs no more than a look."""
        remembered = self._aids.remembered
        key = remembered.key(nested.blob, depth) if remembered is not None and nested.kind != "message" else None
        if remembered is None or key is None:
            yield from self._expand(nested.blob, steps, depth, own)
            return
        kept = remembered.get(key)
        if kept is not None and self._fits(kept.members, kept.expanded):
            self._members += kept.members
            self._expanded += kept.expanded
            self.formats |= kept.formats
            yield from again(kept, steps, own)
            return
        before, members, expanded = self.formats, self._members, self._expanded
        self.formats = set()
        notes = Notes(steps, own)
        yield from notes.taking(self._expand(nested.blob, steps, depth, own))
        new = notes.kept(frozenset(self.formats), self._members - members, self._expanded - expanded)
        self.formats |= before
        if new is not None and not self._full:
            remembered.put(key, new)

    def _fits(self, members: int, expanded: int) -> bool:
        limits = self._limits
        return self._members + members <= limits.members and self._expanded + expanded <= limits.expanded

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
    return Unread(steps, GapReason.UNREADABLE, f"broken inside ({_kind(fault)})")


def _kind(fault: Exception) -> str:
    """The fault's name, with its module where it alone says little, as `struct.error`."""
    kind = type(fault)
    return kind.__name__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__name__}"


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
