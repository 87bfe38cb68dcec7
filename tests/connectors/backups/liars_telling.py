"""Backups that tell what is not so: of what is gone, of what is there, of what they did."""

from __future__ import annotations

import io
import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from connectors.backups.base import Entry, Snapshot, content_id, parted
from connectors.backups.memory import MemoryBackup
from connectors.base import Capabilities, Content, Gap, Locator, Outcome, Presence, Receipt, Staged, Strength, Version
from connectors.errors import ConnectorError, NotFound, Unreachable, Unsupported

Answers = dict[Locator, Receipt | ConnectorError]
Told = dict[Locator, Presence | ConnectorError]
_SALT = itertools.count()


class KeepsTheBlobs(MemoryBackup):
    """Says that there is nothing to reclaim, and that all is gone."""

    def reclaim(self) -> None:
        self._reach("reclaim")

    def unreclaimed(self) -> bool:
        return False

    def prove(self, notes: Mapping[Locator, str]) -> Told:
        return {locator: Presence.PRESENT if self._holders(locator) else Presence.ABSENT for locator in notes}


class ProvesByListing(MemoryBackup):
    """What no snapshot lists is gone, it thinks."""

    def prove(self, notes: Mapping[Locator, str]) -> Told:
        self._reach("prove")
        return {locator: Presence.PRESENT if self._holders(locator) else Presence.ABSENT for locator in notes}


class LooksByListing(MemoryBackup):
    """The same, of `presence`."""

    def presence(self, locator: Locator) -> Presence:
        self.key(locator)
        return Presence.PRESENT if locator.path in self._listing() else Presence.ABSENT


class CountsTwins(MemoryBackup):
    """Calls present what only others hold."""

    def prove(self, notes: Mapping[Locator, str]) -> Told:
        return {
            locator: Presence.PRESENT if blob in self.store.blobs else Presence.ABSENT
            for locator, blob in notes.items()
        }


class ProvesInOneSession(MemoryBackup):
    """Remembers what it rewrote, instead of what was noted."""

    def rewrite(self, locators: Sequence[Locator], folders: Sequence[str] = ()) -> Answers:
        self.rewritten = True
        return super().rewrite(locators, folders)

    def prove(self, notes: Mapping[Locator, str]) -> Told:
        if hasattr(self, "rewritten"):
            return super().prove(notes)
        return super().prove(dict.fromkeys(notes, ""))


class GuessesReclaimed(MemoryBackup):
    """Takes an error for a clean backup."""

    def unreclaimed(self) -> bool:
        try:
            return super().unreclaimed()
        except ConnectorError:
            return False


class NeverClean(MemoryBackup):
    """Always says that something is left."""

    def unreclaimed(self) -> bool:
        super().unreclaimed()
        return True


class ReclaimsASnapshot(MemoryBackup):
    """Makes room by dropping the oldest."""

    def reclaim(self) -> None:
        super().reclaim()
        del self.store.snapshots[0]


class AbsentOnErrors(MemoryBackup):
    """Cannot look, and says gone."""

    def open(self) -> Capabilities:
        try:
            return super().open()
        except ConnectorError:
            return Capabilities(Strength.STRONG)

    def presence(self, locator: Locator) -> Presence:
        try:
            return super().presence(locator)
        except Unreachable:
            return Presence.ABSENT


class ProvesOnErrors(MemoryBackup):
    """The same, of `prove`."""

    def prove(self, notes: Mapping[Locator, str]) -> Told:
        try:
            return super().prove(notes)
        except Unreachable:
            return dict.fromkeys(notes, Presence.ABSENT)


class EndsShort(MemoryBackup):
    """A listing that breaks off is all there is."""

    def entries(self, snapshot: Snapshot) -> Iterator[Entry | Gap]:
        try:
            yield from super().entries(snapshot)
        except Unreachable:
            return


class HidesAFile(MemoryBackup):
    """Tells all but the last."""

    def entries(self, snapshot: Snapshot) -> Iterator[Entry | Gap]:
        yield from list(super().entries(snapshot))[:-1]


class TellsTwice(MemoryBackup):
    """Tells the first again."""

    def entries(self, snapshot: Snapshot) -> Iterator[Entry | Gap]:
        told = list(super().entries(snapshot))
        yield from [*told, told[0]]


class HidesASnapshot(MemoryBackup):
    """Tells the newest only."""

    def snapshots(self) -> list[Snapshot]:
        return super().snapshots()[-1:]


class NewestFirst(MemoryBackup):
    """Tells them the other way round."""

    def snapshots(self) -> list[Snapshot]:
        return super().snapshots()[::-1]


class NamesInLabels(MemoryBackup):
    """Labels a snapshot with what is in it."""

    def snapshots(self) -> list[Snapshot]:
        return [replace(one, label="kunder/Anna/brev-7731.txt") for one in super().snapshots()]


class Salted(MemoryBackup):
    """A base for those whose ids are their own."""

    def salted(self, entry: Entry, snapshot: Snapshot) -> Entry:
        raise NotImplementedError

    def entries(self, snapshot: Snapshot) -> Iterator[Entry | Gap]:
        for entry in super().entries(snapshot):
            yield self.salted(entry, snapshot) if isinstance(entry, Entry) else entry


class IdsOfTheSession(Salted):
    """A content has another id whenever it is listed."""

    def salted(self, entry: Entry, snapshot: Snapshot) -> Entry:
        return replace(entry, content=content_id([entry.content, next(_SALT)]))


class IdsOfTheSnapshot(Salted):
    """A content has an id in each snapshot."""

    def salted(self, entry: Entry, snapshot: Snapshot) -> Entry:
        return replace(entry, content=content_id([entry.content, snapshot.id]))


class IdsOfThePath(Salted):
    """All contents of a path have one id."""

    def salted(self, entry: Entry, snapshot: Snapshot) -> Entry:
        return replace(entry, content=content_id([entry.path]))


class WrongSizes(Salted):
    """Tells sizes of its own."""

    def salted(self, entry: Entry, snapshot: Snapshot) -> Entry:
        return replace(entry, size=7)


class ReadsTheNewest(MemoryBackup):
    """Gives what the path holds now."""

    def read(self, locator: Locator) -> Content:
        content = super().read(locator)
        blob = next(one.files[parted(locator.path)[0]] for one in self.store.snapshots[::-1] if one.files)
        content.stream = io.BytesIO(self.store.blobs[blob])
        return content


class ReadsNothing(MemoryBackup):
    """Gives no bytes of what is not there."""

    def read(self, locator: Locator) -> Content:
        try:
            return super().read(locator)
        except NotFound:
            return Content(io.BytesIO(b""), self._version(locator), 0, "")

    def _version(self, locator: Locator) -> Version:
        return Version(parted(locator.path)[1])


class LeaksPaths(MemoryBackup):
    """Names the item in the text of an error."""

    def read(self, locator: Locator) -> Content:
        try:
            return super().read(locator)
        except NotFound:
            raise NotFound(f"no snapshot holds {locator.path}", locator) from None


class LeaksByCause(MemoryBackup):
    """Names the item in the error behind the error."""

    def rewrite(self, locators: Sequence[Locator], folders: Sequence[str] = ()) -> Answers:
        try:
            return super().rewrite(locators, folders)
        except Unreachable:
            raise Unreachable("could not") from RuntimeError(*(one.path for one in locators))


class NotesNames(MemoryBackup):
    """Keeps the name where the journal keeps the note."""

    def note(self, locators: Sequence[Locator]) -> dict[Locator, str]:
        return {locator: note and f"{note} {locator.path}" for locator, note in super().note(locators).items()}

    def prove(self, notes: Mapping[Locator, str]) -> Told:
        return super().prove({locator: note.partition(" ")[0] for locator, note in notes.items()})


class NotesWhatIsNot(MemoryBackup):
    """Notes something of what is not listed."""

    def note(self, locators: Sequence[Locator]) -> dict[Locator, str]:
        return {locator: note or "nothing" for locator, note in super().note(locators).items()}


class ChangesOnNote(MemoryBackup):
    """Begins with the work when it should only look."""

    def note(self, locators: Sequence[Locator]) -> dict[Locator, str]:
        self.store.snapshots[0].label += "."
        return super().note(locators)


class BreaksLocks(MemoryBackup):
    """Erases what the backup keeps."""

    def rewrite(self, locators: Sequence[Locator], folders: Sequence[str] = ()) -> Answers:
        self.store.locked.clear()
        return super().rewrite(locators, folders)


class CallsTheLockedErased(MemoryBackup):
    """Says nothing of the backup's own rule."""

    def rewrite(self, locators: Sequence[Locator], folders: Sequence[str] = ()) -> Answers:
        answer = super().rewrite(locators, folders)
        return {
            locator: replace(one, outcome=Outcome.ERASED, until=None) if isinstance(one, Receipt) and one.until else one
            for locator, one in answer.items()
        }


class EditsFiles(MemoryBackup):
    """Takes a changed file."""

    def stage(self, locator: Locator, expected: Version, content: bytes) -> Staged:
        return Staged(locator, expected, "")


class FailsTheSecondTime(MemoryBackup):
    """Raises when asked to remove what is gone."""

    def remove(self, locator: Locator, expected: Version) -> Receipt:
        self.read(locator)
        return super().remove(locator, expected)


class RemovesWithoutReclaiming(MemoryBackup):
    """One item by itself stays in the blobs."""

    def remove(self, locator: Locator, expected: Version) -> Receipt:
        if super().presence(locator) is Presence.ABSENT:
            return Receipt(locator, Outcome.ABSENT)
        answer = self.rewrite([locator])[locator]
        assert isinstance(answer, Receipt)
        return answer


class StaysOpen(MemoryBackup):
    """Fails when it is closed twice."""

    closed = False

    def close(self) -> None:
        if self.closed:
            raise Unsupported("closed already")
        self.closed = True
