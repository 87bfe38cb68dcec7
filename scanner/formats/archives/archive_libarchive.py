"""Archives that libarchive reads: cab, cpio, lzh, iso, deb, rpm, xar; single files packed as zst, lz4, lzma, lz, Z."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from connectors.base import GapReason
from scanner.blob import Blob
from scanner.formats.archives.libarchive_read import Archive, Entry, Stopped, opened, state
from scanner.formats.base import Format, Found, Nested
from scanner.formats.streams import Names
from scanner.limits import Limits
from scanner.records import ReadError, Record, Role, Steps, Unread

_SMALL = 1 << 20  # below this no ratio is suspicious
_VOLUME = re.compile(r"\.(?:part\d+\.rar|r\d\d|[0-9]{3})$", re.IGNORECASE)
_ENDINGS = (".zst", ".lz4", ".lzma", ".lz", ".z")
_FORMATS = ("cab", "cpio", "lha", "iso9660", "ar", "xar")
_RAW = ("raw",)
_FILTERS = ("zstd", "lz4", "lzma", "lzip", "compress")
_PACKED = (b"\x28\xb5\x2f\xfd", b"\x04\x22\x4d\x18", b"\x1f\x9d", b"LZIP", b"\x5d\0\0")
_SIGNS = re.compile(
    rb"MSCF\0\0\0\0|\x28\xb5\x2f\xfd|\x04\x22\x4d\x18|\x1f\x9d[\x80-\x90]|LZIP\x01|\xed\xab\xee\xdb|xar!\0"
    rb"|!<arch>\ndebian-binary|07070[12][0-9A-Fa-f]{104}|070707[0-7]{70}|[\x10-\xff].-l[hz][0-9ds]-.{13}[\0-\x03]",
    re.DOTALL,
)
_LZMA = re.compile(rb"\x5d\0\0[\0-\xff]{2}(?:\xff{8}|[\0-\xff]{5}\0{3})\0")


def is_archive(blob: Blob, head: bytes) -> bool:
    """True for what this reads: by its first bytes, or by the volume descriptor of a disc's image."""
    if _SIGNS.match(head) or _LZMA.match(head):
        return True
    if blob.size < 36864 or not (head[:4] == b"\0\0\0\0" or blob.name.lower().endswith((".iso", ".img"))):
        return False
    stream = blob.open()
    stream.seek(32769)
    return stream.read(5) == b"CD001"


def behind_program(blob: Blob, magic: bytes) -> Blob:
    """The archive alone, where a program that unpacks it stands before it. Raises ReadError TOO_LARGE."""
    start = blob.head(1 << 20).find(magic)
    return Blob(blob.data()[start:], blob.name, limit=blob.limit) if start > 0 else blob


def members(blob: Blob, limits: Limits, formats: Sequence[str], filters: Sequence[str] = ()) -> Iterator[Found]:
    """Every member as `member PATH`, in order, so that a solid archive is unpacked once. Raises ReadError.

    No more is unpacked than `limits.expanded`, nor than `limits.ratio` times the archive. A member that breaks off is
    given as far as it goes, with a gap.
    """
    names = Names()
    try:
        with opened(blob, formats, filters) as archive:
            budget = _Budget(min(limits.expanded, max(_SMALL, limits.ratio * blob.size)), limits.blob)
            for entry in archive:
                if entry.name == ".":
                    continue
                name = entry.name.removeprefix("./") if entry.name != "data" or formats != _RAW else _inner(blob.name)
                steps = (f"member {names.unique(name)}",)
                if entry.locked:
                    yield Record(steps, "member", [(Role.FILENAME, name)])
                    yield Unread(steps, GapReason.ENCRYPTED, "member of an archive")
                elif entry.kind == "file":
                    yield from _file(archive, name, steps, budget, limits)
                else:
                    yield from _no_file(entry, name, steps)
    except ReadError as fault:
        raise _explained(blob, fault) from None


class _Budget:
    """How many bytes the archive may still unpack to, and how many of one member are held."""

    def __init__(self, left: int, held: int) -> None:
        self.left = left
        self.held = held

    def fill(self, archive: Archive, held: list[bytes]) -> ReadError | None:
        """The bytes of the member that came last, as far as they can be read, and what was wrong."""
        size = 0
        problem: ReadError | None = None
        try:
            for chunk in archive.chunks():
                size += len(chunk)
                self.left -= len(chunk)
                if self.left < 0:
                    held.clear()
                    return Stopped(GapReason.TOO_LARGE, "unpacks to more than the limits")
                if size <= self.held:
                    held.append(chunk)
                elif problem is None:
                    held.clear()
                    problem = ReadError(GapReason.TOO_LARGE, f"more than {self.held} bytes")
        except ReadError as fault:
            return fault
        return problem


def _file(archive: Archive, name: str, steps: Steps, budget: _Budget, limits: Limits) -> Iterator[Found]:
    held: list[bytes] = []
    problem = budget.fill(archive, held)
    if held or problem is None:
        yield Nested(steps, Blob(b"".join(held), name, limit=limits.blob), "member")
    else:
        yield Record(steps, "member", [(Role.FILENAME, name)])
    if problem is not None:
        yield Unread(steps, problem.reason, problem.detail)
    if isinstance(problem, Stopped):
        raise problem


def _no_file(entry: Entry, name: str, steps: Steps) -> Iterator[Found]:
    texts = [(Role.FILENAME, text) for text in (name, entry.target) if text]
    yield Record(steps, "member", texts)
    if entry.kind == "link":
        yield Unread(steps, GapReason.LINK, "in an archive")
    elif entry.kind == "special":
        yield Unread(steps, GapReason.SPECIAL_FILE, "in an archive")


def _explained(blob: Blob, fault: ReadError) -> ReadError:
    if fault.reason is GapReason.UNREADABLE and _VOLUME.search(blob.name):
        return ReadError(fault.reason, "one volume of several")
    return fault


def _inner(name: str) -> str:
    ending = next((one for one in _ENDINGS if name.lower().endswith(one) and len(name) > len(one)), "")
    return name.removesuffix(name[len(name) - len(ending) :]) if ending else name or "content"


def _extract(blob: Blob, limits: Limits) -> Iterator[Found]:
    head = blob.head(8)
    if head.startswith(_PACKED):
        yield from members(blob, limits, _RAW, _FILTERS)
    elif head.startswith(b"\xed\xab\xee\xdb"):
        yield from members(blob, limits, ("cpio",), ("rpm", "gzip", "bzip2", "xz", "lzma", "zstd"))
    else:
        yield from members(blob, limits, _FORMATS)


FORMAT = Format(
    "archive",
    1,
    "libarchive",
    _extract,
    records="`member PATH`",
    limits="owners and times of members",
    state=state,
)
