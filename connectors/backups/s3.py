"""A versioned bucket as a backup: every version of every key that was ever written there and not deleted for good."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar

from connectors import network
from connectors.backups import base
from connectors.backups.base import Backup, Snapshot
from connectors.backups.s3_items import Days, holding, key_of, placed, versions_of
from connectors.backups.s3_taking import is_there, take, uploads_to
from connectors.base import Capabilities, Content, Gap, Locator, Option, Presence, Receipt, Strength, Version
from connectors.errors import Changed, ConnectorError, Denied, Malformed, NotFound, Unreachable
from connectors.files import s3_facts, s3_settings
from connectors.files.s3_address import UNVERSIONED, Address
from connectors.files.s3_bucket import NEVER, Bucket
from connectors.files.s3_erasing import may_erase
from connectors.files.s3_folders import remove_folder
from connectors.files.s3_reading import open_content

_UNFINISHED = "an upload to its key was begun and never finished: it may hold it; finish or abort it, then run again"
_DAYS = "what was written on one day (UTC) stands for a snapshot: a bucket has none"
_RUNNING = (
    "an upload that was begun in the last day is not aborted; what it was meant for is not called gone until it is"
)
_FOLDER_STAYS = "the name of its folder, in an object that stands for it and could not be deleted"


class S3Versions(Backup):
    """One bucket, or what begins with a prefix in it."""

    kind: ClassVar[str] = "s3"
    networked = True
    frozen: ClassVar[bool] = False
    options: ClassVar[tuple[Option, ...]] = (*s3_settings.OPTIONS, *network.OPTIONS)

    def __init__(self, name: str, settings: Mapping[str, Any]) -> None:
        super().__init__(name, settings)
        self._session = s3_settings.Session(settings)
        self._days: Days | None = None

    @classmethod
    def validate(cls, settings: Mapping[str, Any]) -> list[str]:
        """See `s3_settings.problems`."""
        return s3_settings.problems(settings)

    def open(self) -> Capabilities:
        """Sign in, and ask what the bucket keeps. Raises Denied where older versions may not be listed."""
        bucket = self._session.open()
        self.changed()
        if bucket.status != NEVER and not bucket.lists_versions:
            self.close()
            raise Denied("older versions may not be listed: grant s3:ListBucketVersions")
        try:
            limits = (_DAYS, _RUNNING, *s3_facts.limits(bucket, self.settings))
            facts = tuple(s3_facts.facts(bucket, self.settings))
        except BaseException:
            self.close()
            raise
        return Capabilities(Strength.STRONG, removes=not bucket.mfa_delete, stages=False, limits=limits, facts=facts)

    def close(self) -> None:
        """Let go of the connection, and of what was listed."""
        self._session.close()
        self.changed()

    def changed(self) -> None:
        """See Backup."""
        super().changed()
        self._days = None

    def snapshots(self) -> list[Snapshot]:
        """The days on which anything was written that is still there; listed anew each time."""
        self._days = Days(self._session.bucket, self.name)
        self._session.bucket.vouch(expect=self._days.something or self.expect_items)
        return self._days.snapshots()

    def entries(self, snapshot: Snapshot) -> Iterator[base.Entry | Gap]:
        """From the listing of `snapshots`."""
        if self._days is None:
            self.snapshots()
        days = self._days
        if days is None or snapshot.id not in days:
            raise NotFound("nothing of that day is in the bucket any more")
        yield from days.entries(snapshot.id)

    def read(self, locator: Locator) -> Content:
        """The bytes of one of its versions. Raises NotFound, Denied, Unsupported (archived, SSE-C), Unreachable."""
        bucket = self._session.bucket
        key, content = self._key(locator)
        found = holding(bucket.listing.of(key, locator), content)
        entry = next((one for one in found if not one.archived), None) or next(iter(found), None)
        if entry is None:
            bucket.vouch(expect=self.expect_items)
            raise NotFound("no version holds it", locator)
        unnamed = entry.id == UNVERSIONED and entry.latest
        opened = open_content(bucket, Address(key, None if unnamed else entry.id), locator)
        if opened.version != entry.version:
            opened.stream.close()
            raise Changed("the object was written anew while it was read", locator)
        opened.version = Version(content, Strength.STRONG)
        return opened

    def presence(self, locator: Locator) -> Presence:
        """From the versions of exactly this key. Raises Unreachable while an upload to it is not finished."""
        key, content = self._key(locator)
        bucket = self._session.bucket
        if is_there(bucket, key, content, (), bucket.listing.of(key, locator)):
            return Presence.PRESENT
        if uploads_to(bucket, [key]):
            raise Unreachable(_UNFINISHED, locator)
        bucket.vouch(expect=self.expect_items)
        return Presence.ABSENT

    def note(self, locators: Sequence[Locator]) -> dict[Locator, str]:
        """The version ids, as a list in JSON."""
        wanted = {locator: self._key(locator) for locator in locators}
        seen = versions_of(self._session.bucket, (key for key, _ in wanted.values()))
        found = {locator: holding(seen[key], content) for locator, (key, content) in wanted.items()}
        return {locator: json.dumps([one.id for one in held]) if held else "" for locator, held in found.items()}

    def rewrite(
        self, locators: Sequence[Locator], folders: Sequence[str] = ()
    ) -> dict[Locator, Receipt | ConnectorError]:
        """Delete all versions of these contents by their ids; see `s3_taking`."""
        bucket = self._session.bucket
        self.changed()
        wanted, wrong = placed(locators, self.name, bucket.prefix)
        answers = take(bucket, wanted) | dict(wrong)
        bucket.vouch(expect=self.expect_items and not any(_erased(one) for one in answers.values()))
        for folder in folders:
            if self._keeps_folder(bucket, folder):
                answers = {one: _told(answer, one, folder) for one, answer in answers.items()}
        return {locator: answers[locator] for locator in locators}

    def has_folder(self, path: str) -> bool:
        """See Backup: any version or marker of a key below it."""
        return any(page for page in self._session.bucket.listing.below(f"{path}/"))

    def reclaim(self) -> None:
        """There is nothing to do: a bucket keeps nothing of a version that was deleted by its id."""
        self._session.bucket.vouch(expect=False)

    def unreclaimed(self) -> bool:
        """False in a bucket that answers. Unfinished uploads belong to keys: `presence` and `prove` look for them."""
        self._session.bucket.vouch(expect=False)
        return False

    def prove(self, notes: Mapping[Locator, str]) -> dict[Locator, Presence | ConnectorError]:
        """Absent where neither the versions of the key, nor a question for each noted id, nor an upload finds it."""
        bucket = self._session.bucket
        wanted, wrong = placed(notes, self.name, bucket.prefix)
        seen = versions_of(bucket, (key for key, _ in wanted.values()))
        bucket.vouch(expect=self.expect_items)
        running: set[str] | Denied = set()
        try:
            running = {one.key for one in uploads_to(bucket, seen)} if seen else set()
        except Denied as error:
            running = error
        told: dict[Locator, Presence | ConnectorError] = dict(wrong)
        for locator, (key, content) in wanted.items():
            try:
                there = is_there(bucket, key, content, _ids(notes[locator], locator), seen[key])
            except ConnectorError as error:
                error.locator = locator
                told[locator] = error
                continue
            told[locator] = Presence.PRESENT if there else _unless(running, key, locator)
        return told

    def _key(self, locator: Locator) -> tuple[str, str]:
        return key_of(locator, self.name, str(self.settings.get("prefix") or ""))

    def _keeps_folder(self, bucket: Bucket, folder: str) -> bool:
        """Delete what stands for a folder that is empty; True where something of it is kept by the bucket."""
        if not folder.strip("/") or not f"{folder}/".startswith(bucket.prefix):
            raise Malformed("not a folder of this backup")
        locator = Locator(self.name, folder)
        may_erase(bucket, locator)
        try:
            remove_folder(bucket, folder, locator)
        except Changed:
            return False
        except ConnectorError as error:
            if error.transient:
                raise
            return True
        return False


def _ids(note: str, locator: Locator) -> list[str]:
    """Raises Malformed for what `note` did not write."""
    try:
        ids = json.loads(note) if note else []
    except ValueError:
        ids = None
    if not isinstance(ids, list) or not all(isinstance(one, str) for one in ids):
        raise Malformed("not what this backup noted", locator)
    return ids


def _unless(running: set[str] | Denied, key: str, locator: Locator) -> Presence | ConnectorError:
    if isinstance(running, Denied):
        return Denied(str(running), locator)
    return Unreachable(_UNFINISHED, locator) if key in running else Presence.ABSENT


def _erased(answer: Receipt | ConnectorError) -> bool:
    return isinstance(answer, Receipt) and answer.outcome is not answer.outcome.ABSENT


def _told(answer: Receipt | ConnectorError, locator: Locator, folder: str) -> Receipt | ConnectorError:
    if isinstance(answer, Receipt) and locator.path.startswith(f"{folder}/"):
        return replace(answer, survives=(*answer.survives, _FOLDER_STAYS))
    return answer
