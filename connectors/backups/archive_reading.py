"""Reading members: a tar is gone through once however many are read, since only going through it shows where they lie.

What is about to be read is known (`ahead`): it is kept when it is met, so that the order in which it is asked for costs
no second pass. What lies behind is read by a second pass that goes on from one such member to the next.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Iterator, Set
from typing import BinaryIO, Protocol, cast

from connectors.backups import archive_tar, archive_zip
from connectors.backups.archive_files import unpacked_of
from connectors.backups.archive_members import Form, Member
from connectors.backups.archive_streams import CHUNK, Damaged, Forward
from connectors.backups.base import Key
from connectors.backups.seeking import Seeking
from connectors.errors import ConnectorError, ProtocolBroken, Unsupported

Found = tuple[BinaryIO, int]

BROKEN = "the archive is damaged: the member cannot be read to its end"

_SMALL = 16 << 20  # bytes; what is larger is read piece by piece
_KEPT = 64 << 20  # bytes of what was met before it was asked for


class Shelf(Protocol):
    """One opened archive."""

    def find(self, key: Key, wanted: Set[Key]) -> Found | None:
        """The content, as a stream of its own, and its size; None where the archive does not hold it."""

    def close(self) -> None:
        """Let go of the file."""


class Zip:
    """A zip: its directory tells where everything is."""

    def __init__(self, file: BinaryIO) -> None:
        """Raises Damaged."""
        self._file = file
        self._archive = archive_zip.opened(file)
        self._infos: dict[Key, zipfile.ZipInfo] = {}
        found = archive_zip.members(self._archive)
        for info in self._archive.infolist():
            member = next(found)
            if isinstance(member, Member) and member.form is Form.FILE:
                self._infos.setdefault((member.path, member.content), info)

    def find(self, key: Key, wanted: Set[Key]) -> Found | None:
        """See Shelf."""
        del wanted
        info = self._infos.get(key)
        if info is None:
            return None
        if archive_zip.is_closed(info):
            raise Unsupported("a member of the archive is under a password, which is not tried here")
        try:
            stream = self._archive.open(info)
            if info.file_size <= _SMALL:
                with stream:
                    return io.BytesIO(stream.read()), info.file_size
        except (OSError, *archive_zip.FAULTS):
            raise ProtocolBroken(BROKEN) from None
        return cast(BinaryIO, io.BufferedReader(_Told(cast(BinaryIO, stream)), CHUNK)), info.file_size

    def close(self) -> None:
        """See Shelf."""
        self._archive.close()
        self._file.close()


class Tar:
    """A tar: what was met is known, the rest is looked through when it is asked for."""

    def __init__(self, again: Callable[[], BinaryIO]) -> None:
        """`again` opens the file, from its start."""
        self._again = again
        self._first: BinaryIO | None = None
        self._other: BinaryIO | None = None
        self._second: Forward | None = None
        self._known: dict[Key, Member] = {}
        self._kept: dict[Key, bytes] = {}
        self._room = _KEPT
        self._is_broken = self._is_whole = False
        self._wanted: Set[Key] = frozenset()
        self._paths: set[str] = set()
        self._coming: Iterator[tuple[Member, bytes | None]] = iter(())

    def find(self, key: Key, wanted: Set[Key]) -> Found | None:
        """See Shelf. Raises ConnectorError where the archive breaks off before."""
        if wanted is not self._wanted:
            self._wanted, self._paths = wanted, {path for path, _ in wanted}
            self._kept = {one: data for one, data in self._kept.items() if one in wanted}
            self._room = _KEPT - sum(map(len, self._kept.values()))
        self._paths.add(key[0])
        try:
            found = self._known_or_met(key)
        except Damaged:
            self._is_broken, self._is_whole, found = True, True, None
        if found is None and self._is_broken:
            raise ProtocolBroken("the archive is damaged: it cannot be looked through to its end") from None
        return found

    def close(self) -> None:
        """See Shelf. What was met stays known: to be asked again opens the file again."""
        for one in (self._first, self._other):
            if one is not None:
                one.close()
        self._first = self._other = self._second = None

    def knows(self, key: Key) -> bool:
        """Whether it was met already."""
        return key in self._known

    def _known_or_met(self, key: Key) -> Found | None:
        if key in self._kept:
            kept = self._kept.pop(key)
            self._room += len(kept)
            return io.BytesIO(kept), len(kept)
        if key in self._known:
            return self._read(self._known[key])
        if self._is_whole:
            return None
        if self._first is None:
            self._first = self._again()
            self._coming = self._met(unpacked_of(self._first))
        for met, data in self._coming:
            if (met.path, met.content) == key:
                return self._read(met) if data is None else (io.BytesIO(data), len(data))
            if data is not None and (met.path, met.content) in self._wanted and len(data) <= self._room:
                self._room -= len(data)
                self._kept[met.path, met.content] = data
        self._is_whole = True
        return None

    def _met(self, stream: Forward) -> Iterator[tuple[Member, bytes | None]]:
        for member, data in archive_tar.members(stream, self._paths_hold, _SMALL):
            if isinstance(member, Member) and member.form is Form.FILE:
                self._known.setdefault((member.path, member.content), member)
                yield member, data

    def _paths_hold(self, path: str) -> bool:
        return path in self._paths

    def _read(self, member: Member) -> Found:
        """What lies behind, by the second pass; or piece by piece."""
        if member.size > _SMALL:
            if member.holes is not None:
                raise Unsupported("a member of the archive has holes, and is too large to be held in memory")
            return cast(BinaryIO, io.BufferedReader(_Section(self._again(), member), CHUNK)), member.size
        if self._other is None:
            self._other = self._again()
        if self._second is None or self._second.tell() > member.data:
            self._second = unpacked_of(self._other)
        self._second.seek(member.data)
        pieces = []
        left = member.stored
        while left:
            data = self._second.read(min(left, CHUNK))
            if not data:
                raise Damaged("it is cut off")
            pieces.append(data)
            left -= len(data)
        return io.BytesIO(archive_tar.expanded(member, b"".join(pieces))), member.size


class _Section(Seeking):
    """A large member of a tar: going back begins the pass anew."""

    def __init__(self, file: BinaryIO, member: Member) -> None:
        super().__init__(member.size)
        self._file = file
        self._start = member.data
        self._inner = unpacked_of(file)

    def piece(self, place: int, most: int) -> bytes:
        """See Seeking."""
        wanted = self._start + place
        if self._inner.tell() > wanted:
            self._inner = unpacked_of(self._file)
        try:
            self._inner.seek(wanted)
            data = self._inner.read(most)
        except Damaged:
            raise ProtocolBroken(BROKEN) from None
        if not data:
            raise ProtocolBroken(BROKEN)
        return data

    def close(self) -> None:
        self._file.close()
        super().close()


class _Told(io.RawIOBase):
    """A large member of a zip, whose faults are told in the words of the contract."""

    def __init__(self, inner: BinaryIO) -> None:
        super().__init__()
        self._inner = inner

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        return self._inner.seek(offset, whence)

    def readinto(self, buffer: object) -> int:
        view = memoryview(buffer)  # type: ignore[arg-type]
        try:
            data = self._inner.read(len(view))
        except ConnectorError:
            raise
        except (OSError, *archive_zip.FAULTS):
            raise ProtocolBroken(BROKEN) from None
        view[: len(data)] = data
        return len(data)

    def close(self) -> None:
        self._inner.close()
        super().close()
