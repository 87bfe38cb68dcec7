"""Listing versions: all below a prefix, page by page, and those of exactly one key.

A listing by prefix also gives the keys that only begin alike (`a` gives `ab`): only equal keys count. They come
first, since a key sorts before all that begin with it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple, TypeVar
from urllib.parse import unquote_plus

from connectors.base import Locator, Version
from connectors.errors import ConnectorError, Unsupported
from connectors.files.s3_address import UNVERSIONED, version_of
from connectors.files.s3_answers import told

PAGE = 1000  # what S3 gives at most
_ARCHIVES = frozenset({"GLACIER", "DEEP_ARCHIVE"})  # their objects must be restored before they can be read
_TRIES = 3
_FIRST_WAIT = 0.5  # seconds

Ask = Callable[..., Mapping[str, Any]]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Entry:
    """One version of a key, or a delete marker: then it has no content."""

    key: str
    id: str
    latest: bool
    content: bool
    etag: str = ""
    size: int = 0
    archived: str = ""  # the storage class, where it cannot be read before it is restored
    written: datetime | None = None  # in UTC; None where the server does not tell

    @property
    def version(self) -> Version:
        """Of content."""
        return version_of(self.id, self.etag, self.size)


class Upload(NamedTuple):
    """An upload that was begun and never finished, and when it was begun, where the server tells."""

    key: str
    id: str
    begun: datetime | None = None


class Listing:
    """Asks one bucket for what it holds. `versions` is False where the server can only list current objects."""

    def __init__(self, client: Any, bucket: str, *, versions: bool) -> None:  # noqa: ANN401 - made at run time by boto3
        self._client = client
        self._bucket = bucket
        self._versions = versions

    def below(self, prefix: str, page: int = PAGE) -> Iterator[list[Entry]]:
        """Pages of versions and markers; a page that fails is asked for again, since a walk cannot be. Raises."""
        where: dict[str, Any] = {}
        while True:
            answer = patiently(lambda: self._page(prefix, page, where))  # noqa: B023 - called before it changes
            yield self._entries(answer)
            if not answer.get("IsTruncated"):
                return
            where = self._next(answer)

    def of(self, key: str, locator: Locator | None = None) -> list[Entry]:
        """The key's versions and markers, the latest first, the others in no order: see `next_older`."""
        found: list[Entry] = []
        for page in self._pages_of(key, locator):
            found += [entry for entry in page if entry.key == key]
            if any(entry.key != key for entry in page):
                break
        return [entry for entry in found if entry.latest] + [entry for entry in found if not entry.latest]

    def next_older(self, entry: Entry, locator: Locator | None = None) -> Entry | None:
        """What lies right under a version or marker of its key; None for nothing. (Times tell whole seconds.)"""
        answer = patiently(lambda: self._page(entry.key, 1, {"KeyMarker": entry.key, "VersionIdMarker": entry.id}))
        found = next((one for one in self._entries(answer) if one.key == entry.key), None)
        if found is not None and found.id == entry.id:
            raise Unsupported("the server does not tell in which order versions lie", locator)
        return found

    def something(self, prefix: str) -> bool:
        """True where anything is there, current or not."""
        with told():
            return bool(self._entries(self._page(prefix, 1, {})))

    def _pages_of(self, key: str, locator: Locator | None) -> Iterator[list[Entry]]:
        try:
            yield from self.below(key)
        except ConnectorError as error:
            error.locator = error.locator or locator
            raise

    def _page(self, prefix: str, page: int, where: Mapping[str, Any]) -> Mapping[str, Any]:
        ask: Ask = self._client.list_object_versions if self._versions else self._client.list_objects_v2
        with told():
            return ask(
                Bucket=self._bucket, Prefix=prefix, MaxKeys=page, OptionalObjectAttributes=["RestoreStatus"], **where
            )

    def _next(self, answer: Mapping[str, Any]) -> dict[str, Any]:
        if not self._versions:
            return {"ContinuationToken": answer["NextContinuationToken"]}
        marker = {"KeyMarker": answer["NextKeyMarker"]}
        if answer.get("NextVersionIdMarker"):
            marker["VersionIdMarker"] = answer["NextVersionIdMarker"]
        return marker

    def _entries(self, answer: Mapping[str, Any]) -> list[Entry]:
        if not self._versions:
            return [_entry(one, latest=True) for one in answer.get("Contents", ())]
        versions = [_entry(one, latest=bool(one.get("IsLatest"))) for one in answer.get("Versions", ())]
        markers = (
            Entry(one["Key"], one.get("VersionId") or UNVERSIONED, bool(one.get("IsLatest")), content=False)
            for one in answer.get("DeleteMarkers", ())
        )
        return [*versions, *markers]


def uploads(client: Any, bucket: str, prefix: str) -> Iterator[Upload]:  # noqa: ANN401
    """Every upload below a prefix that was begun and never finished. Raises ClientError, or the contract's errors."""
    where: dict[str, Any] = {}
    while True:
        answer = client.list_multipart_uploads(Bucket=bucket, Prefix=prefix, EncodingType="url", **where)
        encoded = answer.get("EncodingType") == "url"
        for one in answer.get("Uploads", ()):
            key = unquote_plus(one["Key"]) if encoded else one["Key"]
            if key.startswith(prefix):
                yield Upload(key, one["UploadId"], one.get("Initiated"))
        if not answer.get("IsTruncated"):
            return
        next_key = answer["NextKeyMarker"]
        where = {
            "KeyMarker": unquote_plus(next_key) if encoded else next_key,
            "UploadIdMarker": answer["NextUploadIdMarker"],
        }


def _entry(one: Mapping[str, Any], *, latest: bool) -> Entry:
    restored = one.get("RestoreStatus", {}).get("RestoreExpiryDate") is not None
    kind = str(one.get("StorageClass") or "")
    archived = kind if kind in _ARCHIVES and not restored else ""
    return Entry(
        one["Key"], one.get("VersionId") or UNVERSIONED, latest, content=True, etag=str(one.get("ETag") or ""),
        size=int(one["Size"]), archived=archived, written=one.get("LastModified"),
    )  # fmt: skip


def patiently(ask: Callable[[], T]) -> T:
    """What is safe to ask again is asked three times before a transient error is raised."""
    for attempt in range(_TRIES - 1):
        try:
            return ask()
        except ConnectorError as error:
            if not error.transient:
                raise
        time.sleep(_FIRST_WAIT * 2**attempt)
    return ask()
