"""Reading contents out of archives: by a tar that borg streams to us, in memory, and never on a disk.

One export serves all items of an archive that are about to be read; whoever asks for another one gets it by itself.
"""

from __future__ import annotations

import io
import tarfile
from collections.abc import Callable, Container, Generator, Sequence
from contextlib import closing
from typing import IO, Final

from connectors.backups import borg_patterns
from connectors.backups.borg_listing import Archive
from connectors.backups.borg_tool import Borg, address, ended
from connectors.backups.seeking import Seeking
from connectors.errors import ProtocolBroken, Unreachable

LARGE: Final = 64 << 20
"""Bytes. What is larger is never held in memory as a whole."""

_HELD: Final = 64 << 20
_FAR: Final = 1024  # files that are passed by before it is quicker to begin anew
_PIECE: Final = 1 << 20

Member = tuple[str, IO[bytes] | None, int]


def export(borg: Borg, archive: Archive, paths: Sequence[str]) -> Generator[Member, None, None]:
    """These files of the archive: path, stream, size. The stream is None for a further name of one that came before.

    A stream must be read before the next one is asked for.
    """
    patterns = borg_patterns.only(paths)
    arguments = ("export-tar", "--patterns-from", borg_patterns.FILE, address(archive.name), "-")
    with borg.start(*arguments, feed=patterns) as running:
        try:
            with tarfile.open(fileobj=running.stdout, mode="r|", encoding="utf-8", errors="surrogateescape") as tar:
                for member in tar:
                    stream = tar.extractfile(member) if member.isreg() else None
                    yield member.name, stream, member.size
        except tarfile.TarError:
            ended(running)
            raise ProtocolBroken("borg's export of a snapshot cannot be read") from None
        while running.stdout.read(_PIECE):
            pass
        ended(running)


class Stream:
    """One export of many files of an archive, read as they are asked for, which is in their order.

    `wanted` are paths and sizes. What is passed by is thrown away, unless it is `soon` to be read.
    """

    def __init__(self, borg: Borg, archive: Archive, wanted: Sequence[tuple[str, int]]) -> None:
        self.archive = archive
        paths = [path for path, size in wanted if size <= LARGE]
        self._order = {path: number for number, path in enumerate(paths)}
        self._at = 0
        self._members = export(borg, archive, paths)
        self._held: dict[str, bytes] = {}
        self._size = 0

    def take(self, path: str, soon: Container[str]) -> bytes | None:
        """The content; None where it does not come, or a long time from now: read it by itself."""
        held = self._held.pop(path, None)
        if held is not None:
            self._size -= len(held)
            return held
        if not 0 <= self._order.get(path, -1) - self._at < _FAR:
            return None
        for name, stream, size in self._members:
            self._at = self._order.get(name, self._at) + 1
            data = read_all(stream, size) if stream is not None and (name == path or name in soon) else None
            if name == path:
                return data
            if data is not None and self._size + size <= _HELD:
                self._held[name] = data
                self._size += size
        self._order.clear()
        return None

    def close(self) -> None:
        """End the export."""
        self._order.clear()
        self._held.clear()
        self._members.close()


def read_all(stream: IO[bytes], size: int) -> bytes:
    """All of it. Raises Unreachable where it ends short."""
    try:
        data = stream.read()
    except tarfile.TarError:
        data = b""
    if len(data) != size:
        raise Unreachable("borg broke off in the middle of a file")
    return data


class Again(Seeking):
    """A large content: read forward by one export, backward by a new one."""

    def __init__(self, begin: Callable[[], Generator[Member, None, None]], size: int) -> None:
        super().__init__(size)
        self._begin = begin
        self._members: Generator[Member, None, None] | None = None
        self._stream: IO[bytes] | None = None
        self._at = 0  # of the export

    def piece(self, place: int, most: int) -> bytes:
        """See Seeking."""
        piece = self._reached(place).read(most)
        if not piece:
            raise Unreachable("borg broke off in the middle of a file")
        self._at += len(piece)
        return piece

    def close(self) -> None:
        """End the export."""
        self._stop()
        super().close()

    def _reached(self, place: int) -> IO[bytes]:
        if self._stream is None or place < self._at:
            self._stop()
            self._members = self._begin()
            _, self._stream, _ = next(self._members, ("", None, 0))
        if self._stream is None:
            raise Unreachable("borg does not give the file")
        while self._at < place:
            piece = self._stream.read(min(_PIECE, place - self._at))
            if not piece:
                raise Unreachable("borg broke off in the middle of a file")
            self._at += len(piece)
        return self._stream

    def _stop(self) -> None:
        if self._members is not None:
            self._members.close()
        self._members = self._stream = None
        self._at = 0


def one(borg: Borg, archive: Archive, path: str, size: int) -> io.BufferedReader | io.BytesIO | None:
    """The content of one file; None where the archive does not give it."""
    if size > LARGE:
        return io.BufferedReader(Again(lambda: export(borg, archive, [path]), size), _PIECE)
    data: bytes | None = None
    with closing(export(borg, archive, [path])) as members:
        for _, stream, found in members:
            data = None if stream is None else read_all(stream, found)
    return None if data is None else io.BytesIO(data)
