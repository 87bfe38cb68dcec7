"""Where each content is read: in the archive that holds most of what is asked for, together with what comes next there.

A scan asks for items in the order of the archives, a few dozen at a time. An export costs a second before its first
byte, so that one export serves all that this archive is the first to hold, from the first item asked for. The first is
the oldest in a first scan, which goes through the oldest archive whole; else the newest, where what is new lies.
"""

from __future__ import annotations

import io
import stat
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
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
    """What an archive is the first to hold, of those looked at: paths and sizes, in its order."""

    archive: Archive
    files: list[tuple[str, int]] = field(default_factory=list)
    twice: set[str] = field(default_factory=set)  # paths of two contents, which an export cannot tell apart


class _Place(NamedTuple):
    fresh: _Fresh
    number: int


class Reader:
    """Reads contents."""

    def __init__(self, borg: Borg, listings: Listings) -> None:
        self._soon: set[Key] = set()
        self._ready: dict[Key, bytes] = {}
        self._borg = borg
        self._listings = listings
        self._places: dict[Key, _Place] = {}
        self._others: Iterator[Archive] | None = None
        self._stream: borg_reading.Stream | None = None
        self._last: _Place | None = None

    def plan(self, keys: Iterable[Key]) -> None:
        """These will be asked for next."""
        self._soon = set(keys)
        self._ready = {key: data for key, data in self._ready.items() if key in self._soon}

    def read(self, path: str, content: str) -> tuple[BinaryIO, int]:
        """The content and its size. Raises NotFound, Unreachable, Denied."""
        place = self._place((path, content))
        size = place.fresh.files[place.number][1]
        if path in place.fresh.twice:
            raise Unsupported(TWICE)
        data = self._ready.pop((path, content), None)
        if data is None:
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
        self._stream = self._others = self._last = None
        self._places, self._ready = {}, {}

    def _place(self, wanted: Key) -> _Place:
        if self._others is None:
            self._others = self._ordered(wanted)
        while wanted not in self._places:
            archive = next(self._others, None)
            if archive is None:
                raise NotFound("no snapshot holds it")
            self._learn(archive)
        return self._places[wanted]

    def _ordered(self, wanted: Key) -> Iterator[Archive]:
        """The archives, from the end that holds more of what is asked for."""
        archives, soon = self._listings.archives(), self._soon | {wanted}
        if len(soon) < 2 or len(archives) < 2:
            return reversed(archives)
        held = [sum((one.path, one.content) in soon for one in self._listings.records(archives[at])) for at in (0, -1)]
        return iter(archives) if held[0] > held[1] else reversed(archives)

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
        """The content, where more is read of the same archive: what was asked for shows it, or what will be."""
        fresh, last, self._last = place.fresh, self._last, place
        if fresh.files[place.number][1] > borg_reading.LARGE:
            return None
        soon = self._coming(fresh)
        if self._stream is not None and self._stream.archive == fresh.archive:
            data = self._stream.take(path, {one for one, _ in soon.values()})
            if data is not None:
                return data
        follows = last is not None and last.fresh is fresh and 0 < place.number - last.number < _DENSE
        if not follows and (len(soon) < 2 or place.number not in soon):
            return None
        if not follows and max(soon) - place.number >= _DENSE * len(soon):
            return self._together(place, soon)
        if self._stream is not None:
            self._stream.close()
        self._stream = borg_reading.Stream(self._borg, fresh.archive, fresh.files[place.number :])
        return self._stream.take(path, {one for one, _ in soon.values()})

    def _coming(self, fresh: _Fresh) -> dict[int, Key]:
        """What will be asked for next and is read from this archive, by its number there, in that order."""
        found = ((key, self._places.get(key)) for key in self._soon if key[0] not in fresh.twice)
        return dict(sorted((place.number, key) for key, place in found if place is not None and place.fresh is fresh))

    def _together(self, place: _Place, soon: Mapping[int, Key]) -> bytes | None:
        """A few files that lie far apart in their archive: all at once, as others may be asked for in between."""
        fresh, room = place.fresh, borg_reading.LARGE - sum(map(len, self._ready.values()))
        wanted: dict[str, Key] = {}
        for number, key in soon.items():
            size = fresh.files[number][1]
            if number == place.number or size < room:
                wanted[key[0]] = key
                room -= size
        with closing(borg_reading.export(self._borg, fresh.archive, list(wanted))) as members:
            for name, stream, size in members:
                if stream is not None and name in wanted:
                    self._ready[wanted[name]] = borg_reading.read_all(stream, size)
        return self._ready.pop(soon[place.number], None)


def is_file(record: Record) -> bool:
    """Whether its content can be read."""
    return stat.S_ISREG(record.mode) and record.chunks is not None and not record.piece and not record.broken
