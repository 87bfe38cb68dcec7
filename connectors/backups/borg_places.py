"""Where each content is read: in the newest archive that holds it, and together with what comes after it there.

A scan asks for items in the order of the archives, a few dozen at a time. An export costs a second before its first
byte, so that one export serves all that only this archive, or it as the newest, holds, from the first item asked for.
"""

from __future__ import annotations

import io
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO, Final, NamedTuple, cast

from connectors.backups import borg_reading
from connectors.backups.base import Key
from connectors.backups.borg_listing import Archive, Listings, Record
from connectors.backups.borg_tool import Borg
from connectors.errors import NotFound, Unreachable, Unsupported

_DENSE: Final = 16  # of so many files that come next one must be asked for: otherwise only these are exported

TWICE: Final = "the snapshot holds it twice, with two contents"


@dataclass(slots=True)
class _Fresh:
    """What an archive holds and no newer one does: paths and sizes, in its order."""

    archive: Archive
    files: list[tuple[str, int]] = field(default_factory=list)
    twice: set[str] = field(default_factory=set)  # paths of two contents, which an export cannot tell apart


class _Place(NamedTuple):
    fresh: _Fresh
    number: int


class Reader:
    """Reads contents. `soon` is what will be asked for next."""

    def __init__(self, borg: Borg, listings: Listings) -> None:
        self.soon: set[Key] = set()
        self._borg = borg
        self._listings = listings
        self._places: dict[Key, _Place] = {}
        self._older: Iterator[Archive] | None = None
        self._stream: borg_reading.Stream | None = None
        self._last: _Place | None = None

    def read(self, path: str, content: str) -> tuple[BinaryIO, int]:
        """The content and its size. Raises NotFound, Unreachable, Denied."""
        place = self._place((path, content))
        size = place.fresh.files[place.number][1]
        if path in place.fresh.twice:
            raise Unsupported(TWICE)
        data = self._streamed(place, path)
        if data is not None:
            return io.BytesIO(data), size
        stream = borg_reading.one(self._borg, place.fresh.archive, path, size)
        if stream is None:
            raise Unreachable("borg does not give the file")
        return cast("BinaryIO", stream), size

    def forget(self) -> None:
        """What was found is no longer so."""
        if self._stream is not None:
            self._stream.close()
        self._stream = self._older = self._last = None
        self._places = {}

    def _place(self, wanted: Key) -> _Place:
        if self._older is None:
            self._older = reversed(self._listings.archives())
        while wanted not in self._places:
            archive = next(self._older, None)
            if archive is None:
                raise NotFound("no snapshot holds it")
            self._learn(archive)
        return self._places[wanted]

    def _learn(self, archive: Archive) -> None:
        fresh = _Fresh(archive)
        seen: dict[str, str] = {}
        for record in self._listings.records(archive):
            if not is_file(record):
                continue
            wanted = (record.path, record.content)
            if seen.setdefault(*wanted) != record.content:
                fresh.twice.add(record.path)
            if wanted not in self._places:
                self._places[wanted] = _Place(fresh, len(fresh.files))
                fresh.files.append((record.path, record.size))

    def _streamed(self, place: _Place, path: str) -> bytes | None:
        """The content, where more is read of the same archive in its order: what was asked for shows it, or `soon`."""
        fresh, last, self._last = place.fresh, self._last, place
        if fresh.files[place.number][1] > borg_reading.LARGE:
            return None
        found = (self._places.get(one) for one in self.soon)
        numbers = sorted(one.number for one in found if one is not None and one.fresh is fresh)
        soon = {fresh.files[number][0] for number in numbers}
        if self._stream is not None and self._stream.archive == fresh.archive:
            data = self._stream.take(path, soon)
            if data is not None:
                return data
        follows = last is not None and last.fresh is fresh and 0 < place.number - last.number < _DENSE
        several = len(numbers) > 1 and path in soon
        if not follows and not several:
            return None
        if self._stream is not None:
            self._stream.close()
        dense = follows or numbers[-1] - place.number < _DENSE * len(numbers)
        wanted = fresh.files[place.number :] if dense else [fresh.files[number] for number in numbers]
        self._stream = borg_reading.Stream(self._borg, fresh.archive, wanted)
        return self._stream.take(path, soon)


def is_file(record: Record) -> bool:
    """Whether its content can be read."""
    return stat.S_ISREG(record.mode) and record.chunks is not None and not record.piece and not record.broken
