"""Backups that take out more than they were given, or less, or something else."""

from __future__ import annotations

import fnmatch
import unicodedata
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from connectors.backups.base import parted
from connectors.backups.memory import Kept, MemoryBackup
from connectors.base import Locator, Outcome, Receipt
from connectors.errors import ConnectorError, Malformed

Answers = dict[Locator, Receipt | ConnectorError]


class Also(MemoryBackup):
    """Takes more than what it was given: `takes` says whether a path with a blob goes along with a doomed one."""

    def takes(self, kept: Kept, path: str, doomed: str, blob: str) -> bool:
        raise NotImplementedError

    def rewrite(self, locators: Sequence[Locator], folders: Sequence[str] = ()) -> Answers:
        doomed = [(parted(one.path)[0], self.note([one])[one]) for one in locators]
        answer = super().rewrite(locators, folders)
        for kept in self.store.snapshots:
            for path in list(kept.files):
                if any(blob and self.takes(kept, path, name, blob) for name, blob in doomed):
                    del kept.files[path]
        return answer


class DropsByPattern(Also):
    """Takes a name for a pattern."""

    def takes(self, kept: Kept, path: str, doomed: str, blob: str) -> bool:
        return fnmatch.fnmatchcase(path, doomed)


class DropsBelow(Also):
    """Takes what lies below the path, too."""

    def takes(self, kept: Kept, path: str, doomed: str, blob: str) -> bool:
        return path.startswith(f"{doomed}/")


class DropsWhatBeginsSo(Also):
    """Takes a path for the beginning of one."""

    def takes(self, kept: Kept, path: str, doomed: str, blob: str) -> bool:
        return path.startswith(doomed.removesuffix("1.txt"))


class DropsAnyCase(Also):
    """Takes small letters for capitals."""

    def takes(self, kept: Kept, path: str, doomed: str, blob: str) -> bool:
        return path.casefold() == doomed.casefold()


class StripsBlanks(Also):
    """Reads its list of paths line by line, without the blanks at their ends."""

    def takes(self, kept: Kept, path: str, doomed: str, blob: str) -> bool:
        return path in (f"srv/namn/{line.strip()}" for line in doomed.removeprefix("srv/namn/").split("\n"))


class NormalisesLetters(Also):
    """Takes a letter with its mark for the two signs that it can be written with."""

    def takes(self, kept: Kept, path: str, doomed: str, blob: str) -> bool:
        return unicodedata.normalize("NFC", path) == unicodedata.normalize("NFC", doomed)


class TakesTheOtherVersion(Also):
    """Drops the path from every snapshot, whatever it holds there."""

    def takes(self, kept: Kept, path: str, doomed: str, blob: str) -> bool:
        return path == doomed


class TakesTwins(Also):
    """Drops the content wherever it is."""

    def takes(self, kept: Kept, path: str, doomed: str, blob: str) -> bool:
        return kept.files[path] == blob


class ForgetsASnapshot(MemoryBackup):
    """Leaves the oldest snapshot as it was, and says nothing of it."""

    def rewrite(self, locators: Sequence[Locator], folders: Sequence[str] = ()) -> Answers:
        oldest, self.store.snapshots = self.store.snapshots[0], self.store.snapshots[1:]
        try:
            return super().rewrite(locators, folders)
        finally:
            self.store.snapshots.insert(0, oldest)


class LosesASnapshot(MemoryBackup):
    """The rewritten snapshot takes another's place."""

    def rewrite(self, locators: Sequence[Locator], folders: Sequence[str] = ()) -> Answers:
        answer = super().rewrite(locators, folders)
        if any(isinstance(one, Receipt) and one.outcome is Outcome.ERASED for one in answer.values()):
            del self.store.snapshots[1]
        return answer


class MovesTimes(MemoryBackup):
    """A rewritten snapshot was made today."""

    def rewrite(self, locators: Sequence[Locator], folders: Sequence[str] = ()) -> Answers:
        before = list(self.store.snapshots)
        answer = super().rewrite(locators, folders)
        self.store.snapshots = [
            one if one in before else replace(one, at=one.at + timedelta(minutes=1)) for one in self.store.snapshots
        ]
        return answer


class DropsTags(MemoryBackup):
    """A rewritten snapshot has no tags."""

    def rewrite(self, locators: Sequence[Locator], folders: Sequence[str] = ()) -> Answers:
        before = list(self.store.snapshots)
        answer = super().rewrite(locators, folders)
        self.store.snapshots = [one if one in before else replace(one, label="") for one in self.store.snapshots]
        return answer


class ChangesOwners(MemoryBackup):
    """The files of a rewritten snapshot belong to who rewrote it."""

    def rewrite(self, locators: Sequence[Locator], folders: Sequence[str] = ()) -> Answers:
        before = list(self.store.snapshots)
        answer = super().rewrite(locators, folders)
        for kept in self.store.snapshots:
            if kept not in before:
                kept.attributes = dict.fromkeys(kept.attributes, "root")
        return answer


class EmptyMeansAll(MemoryBackup):
    """Takes no selector for all."""

    def rewrite(self, locators: Sequence[Locator], folders: Sequence[str] = ()) -> Answers:
        if not locators:
            self.store.snapshots.clear()
        return super().rewrite(locators, folders)


class TakesAnyVersion(MemoryBackup):
    """Takes a path without a content for all its contents."""

    def rewrite(self, locators: Sequence[Locator], folders: Sequence[str] = ()) -> Answers:
        try:
            return super().rewrite(locators, folders)
        except Malformed:
            for kept in self.store.snapshots:
                kept.files.pop(locators[0].path, None)
            return {locators[0]: Receipt(locators[0], Outcome.ERASED)}


class AnswersForThoseThere(MemoryBackup):
    """Says nothing of what no snapshot lists."""

    def rewrite(self, locators: Sequence[Locator], folders: Sequence[str] = ()) -> Answers:
        answer = super().rewrite(locators, folders)
        return {
            locator: one
            for locator, one in answer.items()
            if isinstance(one, ConnectorError) or one.outcome is not Outcome.ABSENT
        }


class SaysErasedOfNothing(MemoryBackup):
    """Claims to have erased what was not there."""

    def rewrite(self, locators: Sequence[Locator], folders: Sequence[str] = ()) -> Answers:
        super().rewrite(locators, folders)
        return {locator: Receipt(locator, Outcome.ERASED) for locator in locators}


class KeepsNamedFolders(MemoryBackup):
    """Leaves folders with a person's name."""

    def rewrite(self, locators: Sequence[Locator], folders: Sequence[str] = ()) -> Answers:
        return super().rewrite(locators)


class DropsEmptyFolders(MemoryBackup):
    """Drops folders that nobody named."""

    def rewrite(self, locators: Sequence[Locator], folders: Sequence[str] = ()) -> Answers:
        parents = {parted(one.path)[0].rpartition("/")[0] for one in locators}
        return super().rewrite(locators, [*folders, *parents])


class DropsFullFolders(MemoryBackup):
    """Drops a named folder with all that is in it."""

    def rewrite(self, locators: Sequence[Locator], folders: Sequence[str] = ()) -> Answers:
        answer = super().rewrite(locators, folders)
        for kept in self.store.snapshots:
            for path in [path for path in kept.files if path.startswith(tuple(f"{one}/" for one in folders))]:
                del kept.files[path]
        return answer
