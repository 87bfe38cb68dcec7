"""Whether what was taken out of a repository can still be read: by the ids of its chunks, noted beforehand.

Where the segment files are on this machine they are looked at, so that no word of borg is needed: a chunk of which
there is no copy in any file is gone. Elsewhere borg is asked for each chunk.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence

from connectors.backups import borg_segments
from connectors.backups.base import Key
from connectors.backups.borg_listing import Archive, Listings, Record
from connectors.backups.borg_tool import Borg, meaning
from connectors.base import Locator, Presence
from connectors.errors import ConnectorError, Unreachable

_KIND = "borg1"
_HIDDEN = "no snapshot lists it, but the backup has not been reclaimed: it may still be stored"

Address = Callable[[Locator], Key]


class Proof:
    """One look at the archives that there are now."""

    def __init__(self, borg: Borg, listings: Listings, archives: Sequence[Archive]) -> None:
        self._borg = borg
        self._listings = listings
        self._archives = archives

    def note(self, locators: Iterable[Locator], address: Address) -> dict[Locator, str]:
        """The chunks of each; nothing of what no archive lists. The newest archives first: most is there."""
        notes = dict.fromkeys(locators, "")
        wanted = {address(locator): locator for locator in notes}
        for archive in reversed(self._archives):
            if not wanted:
                break
            for record in self._listings.records(archive):
                locator = wanted.pop((record.path, record.content), None) if listed(record) else None
                if locator is not None:
                    notes[locator] = written(record.chunks or ())
        return notes

    def prove(
        self, notes: Mapping[Locator, str], address: Address, *, reclaimed: bool
    ) -> dict[Locator, Presence | ConnectorError]:
        """See Backup.prove. `reclaimed`: this session has done so, which counts where no segment can be seen."""
        chunks = {locator: chunks_of(note) for locator, note in notes.items()}
        left, hidden = self._stored({one for some in chunks.values() for one in some}, reclaimed=reclaimed)
        wanted = {address(locator): locator for locator, some in chunks.items() if not some or left & some}
        here, elsewhere = self._listed(wanted, left) if wanted else (set(), set())
        answer: dict[Locator, Presence | ConnectorError] = {}
        for locator, some in chunks.items():
            if locator in here or (left & some) - elsewhere:
                answer[locator] = Presence.PRESENT
            else:  # of what is not compacted the name may be left when the content is not
                answer[locator] = Unreachable(_HIDDEN, locator) if hidden else Presence.ABSENT
        return answer

    def hidden(self) -> bool:
        """Whether the files hold what no archive refers to. Only of a repository on this machine."""
        stored = borg_segments.stored(str(self._borg.local))
        if stored.dead - stored.live:
            return True
        unknown = stored.live - {borg_segments.MANIFEST}
        for archive in self._archives:
            unknown.discard(bytes.fromhex(archive.id))
            for record in self._listings.records(archive):
                unknown.difference_update(record.chunks or ())
            unknown.difference_update(self._listings.head(archive).stored)
        return bool(unknown)

    def _listed(self, wanted: Mapping[Key, Locator], left: set[bytes]) -> tuple[set[Locator], set[bytes]]:
        """What of it an archive lists, and which of these chunks belong to others too.

        A piece of a broken-off backup of the same path is no other.
        """
        here: set[Locator] = set()
        elsewhere: set[bytes] = set()
        paths = {path for path, _ in wanted}
        for archive in self._archives:
            for record in self._listings.records(archive):
                locator = wanted.get((record.path, record.content)) if listed(record) else None
                if locator is not None:
                    here.add(locator)
                if not (record.piece and record.whole in paths):
                    elsewhere.update(left.intersection(record.chunks or ()))
        return here, elsewhere

    def _stored(self, noted: set[bytes], *, reclaimed: bool) -> tuple[set[bytes], bool]:
        """Which of these chunks there still are, and whether there is more that nobody refers to."""
        if self._borg.local is None:
            return {one for one in noted if self._given(one.hex())}, not reclaimed
        stored = borg_segments.stored(self._borg.local)
        return noted & stored.all, bool(stored.dead - stored.live)

    def _given(self, name: str) -> bool:
        """Whether borg gives the object, which is thrown away unseen."""
        done = self._borg.run("debug", "get-obj", "::", name, os.devnull, fine=(0, 1, 2))
        if done.code == 0:
            return True
        if f"object {name} not found" in done.out.decode("utf-8", "replace") + done.err:
            return False
        raise meaning(done)


def listed(record: Record) -> bool:
    """Whether the record is a file with a content."""
    return record.chunks is not None and not record.piece


def written(chunks: Iterable[bytes]) -> str:
    """A note: each chunk's id once, in hex."""
    return " ".join((_KIND, *dict.fromkeys(one.hex() for one in chunks)))


def chunks_of(note: str) -> frozenset[bytes]:
    """The ids in a note. Raises Unreachable for one that is not borg's."""
    if not note:
        return frozenset()
    kind, *ids = note.split(" ")
    try:
        found = frozenset(bytes.fromhex(one) for one in ids)
    except ValueError:
        found = frozenset([b""])
    if kind != _KIND or any(len(one) != len(borg_segments.MANIFEST) for one in found):
        raise Unreachable("what was noted of it before it was erased cannot be read: it may still be stored")
    return found
