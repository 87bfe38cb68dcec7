"""Buckets of Amazon S3 and of servers that speak as it does: MinIO, Ceph, Garage and others."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from connectors import network
from connectors.base import (
    Capabilities,
    Connector,
    Content,
    Gap,
    GapReason,
    Item,
    LeftOut,
    Locator,
    Option,
    Outcome,
    Presence,
    Receipt,
    Staged,
    Strength,
    Version,
    WalkEvent,
)
from connectors.errors import Malformed, NotFound
from connectors.files import s3_erasing, s3_facts, s3_folders, s3_settings, s3_swap
from connectors.files.globs import Globs
from connectors.files.s3_address import Address, address_of, path_of, version_of
from connectors.files.s3_bucket import NEVER, Bucket
from connectors.files.s3_listing import Entry
from connectors.files.s3_reading import open_content
from connectors.files.s3_unfinished import gaps

ARCHIVED = "archived: restore it, then scan again"


class S3(Connector):
    """One bucket, or what begins with a prefix in it. One scope, ``""``; every version that holds content is an item.

    The path of a key's current version is the key, that of another one ``KEY;version=ID`` (see s3_address).
    """

    kind: ClassVar[str] = "s3"
    networked = True
    options: ClassVar[tuple[Option, ...]] = (
        *s3_settings.OPTIONS,
        Option("exclude", list, 'patterns of names or keys to leave out, like "*.iso" or "Arkiv/**"', []),
        Option("keep_metadata", bool, "users' metadata and tags name nobody: keep them on a changed object", False),
        *network.OPTIONS,
    )

    def __init__(self, name: str, settings: Mapping[str, Any]) -> None:
        super().__init__(name, settings)
        self._session = s3_settings.Session(settings)
        self._exclude = Globs(settings.get("exclude") or ())
        self._passed: Counter[str] | None = None  # what the last whole walk left out, by pattern

    @classmethod
    def validate(cls, settings: Mapping[str, Any]) -> list[str]:
        """Both halves of a key or none; an endpoint with its protocol; patterns that are texts."""
        problems = s3_settings.problems(settings)
        if not all(isinstance(pattern, str) and pattern.strip("/") for pattern in settings.get("exclude") or ()):
            problems.append("exclude: every pattern must be a text that is not empty")
        return problems

    def open(self) -> Capabilities:
        """Sign in, and ask what the bucket keeps."""
        bucket = self._session.open()
        try:
            erases = (bucket.lists_versions or bucket.status == NEVER) and not bucket.mfa_delete
            limits, facts = tuple(s3_facts.limits(bucket, self.settings)), tuple(s3_facts.facts(bucket, self.settings))
        except BaseException:
            self.close()
            raise
        return Capabilities(Strength.STRONG, removes=erases, stages=erases, limits=limits, facts=facts)

    def close(self) -> None:
        """Let go of the connection."""
        self._session.close()

    def scopes(self) -> Iterator[str]:
        """One scope, so that an object which is moved within the bucket is met by one walk."""
        self._bucket.vouch(expect=self.expect_items)
        yield ""

    def walk(self, scope: str, cursor: str | None = None) -> Iterator[WalkEvent]:
        """Every version with content; archived ones and unfinished uploads as gaps. Markers yield nothing."""
        del cursor  # no cursors are given out: every walk is full
        if scope:
            raise NotFound("a bucket has one scope, the empty one")
        bucket, passed, something = self._bucket, Counter[str](), False
        self._passed = None
        for page in bucket.listing.below(bucket.prefix):
            something = something or bool(page)
            for entry in page:
                if entry.content and not s3_folders.is_placeholder(entry):
                    yield from self._event(entry, passed)
        yield from gaps(bucket, self.name, lambda key: self._left_out(key, passed))
        bucket.vouch(expect=something or self.expect_items)
        self._passed = passed

    def left_out(self) -> tuple[LeftOut, ...]:
        """Each pattern of `exclude`, with the versions that the last whole walk left out: the first that fits."""
        patterns = dict.fromkeys(self.settings.get("exclude") or ())
        passed = self._passed
        return tuple(LeftOut(pattern, None if passed is None else passed[pattern]) for pattern in patterns)

    def read(self, locator: Locator) -> Content:
        """The bytes of the version; those of a large object a part at a time."""
        address = self._address(locator)
        try:
            return open_content(self._bucket, address, locator)
        except NotFound:
            self._bucket.vouch(expect=self.expect_items)
            raise

    def version(self, locator: Locator) -> Version:
        """Version id, ETag and size: strong."""
        address = self._address(locator)
        try:
            state = self._bucket.head(address.key, address.version, locator)
        except NotFound:
            self._bucket.vouch(expect=self.expect_items)
            raise
        return version_of(state.get("VersionId"), state["ETag"], state["ContentLength"])

    def presence(self, locator: Locator) -> Presence:
        """Absent where the versions listed under exactly this key say so, in a bucket that is there."""
        found = s3_erasing.presence(self._bucket, self._address(locator), locator)
        if found is Presence.ABSENT:
            self._bucket.vouch(expect=self.expect_items)
        return found

    def remove(self, locator: Locator, expected: Version) -> Receipt:
        """Delete exactly this version by its id, and the name of a key of which nothing is left."""
        receipt = s3_erasing.erase(self._bucket, self._address(locator), expected, locator)
        if receipt.outcome is Outcome.ABSENT:
            self._bucket.vouch(expect=self.expect_items)
        return receipt

    def stage(self, locator: Locator, expected: Version, content: bytes) -> Staged:
        """Upload the new bytes without completing the upload: nobody sees them."""
        wanted = Staged(locator, expected, "")
        keep = bool(self.settings.get("keep_metadata"))
        return s3_swap.stage(self._bucket, wanted, self._address(locator), content, keep_remarks=keep)

    def commit(self, staged: Staged) -> tuple[Locator, Version]:
        """Complete the upload over the expected version, and delete that one."""
        return staged.locator, s3_swap.commit(self._bucket, staged, self._address(staged.locator))

    def abandon(self, staged: Staged) -> None:
        """Abort the upload."""
        s3_swap.abandon(self._bucket, staged, self._address(staged.locator))

    def has_folder(self, path: str) -> bool:
        """Whether any key is below it; markers count, since they hold the folder's name."""
        self._folder(path)
        found = self._bucket.listing.something(f"{path}/")
        if not found:
            self._bucket.vouch(expect=self.expect_items)
        return found

    def remove_folder(self, path: str) -> bool:
        """Delete what stands for a folder, once nothing else is below it."""
        return s3_folders.remove_folder(self._bucket, path, self._folder(path))

    @property
    def _bucket(self) -> Bucket:
        return self._session.bucket

    def _address(self, locator: Locator) -> Address:
        return address_of(locator, self.name, str(self.settings.get("prefix") or ""))

    def _folder(self, path: str) -> Locator:
        locator = Locator(self.name, path)
        prefix = str(self.settings.get("prefix") or "")
        if not path.strip("/") or not f"{path}/".startswith(prefix):
            raise Malformed("not a folder of this source", locator)
        return locator

    def _event(self, entry: Entry, passed: Counter[str]) -> Iterator[WalkEvent]:
        if self._left_out(entry.key, passed):
            return
        locator = Locator(self.name, path_of(entry.key, None if entry.latest else entry.id))
        if entry.archived:
            yield Gap(locator, GapReason.UNREADABLE, ARCHIVED)
        else:
            yield Item(locator, entry.version, size=entry.size)

    def _left_out(self, key: str, passed: Counter[str]) -> bool:
        """Whether a pattern matches the key or a folder above it; counted for the first that does."""
        if not self._exclude:
            return False
        parts = key.split("/")
        for at, part in enumerate(parts):
            if pattern := self._exclude.which(part, "/".join(parts[: at + 1])):
                passed[pattern] += 1
                return True
        return False
