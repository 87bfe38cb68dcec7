"""What a versioned bucket holds, as a backup: days on which versions were written, and contents of keys.

A bucket has no snapshots. What was written on one day (UTC) stands for one: whoever restores a bucket restores it to a
time. A content of a key is told by the server's ETag and the size, so the same bytes written anew are the same item,
however many versions they are; its versions go together.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Final

from connectors.backups import base
from connectors.backups.base import Snapshot, content_id, parted
from connectors.base import Gap, GapReason, Locator
from connectors.errors import ConnectorError, Malformed
from connectors.files.s3_address import Address, address_of, path_of
from connectors.files.s3_bucket import Bucket
from connectors.files.s3_folders import is_placeholder
from connectors.files.s3_listing import Entry
from connectors.files.s3_unfinished import gaps

ARCHIVED: Final = "archived: restore it, then scan again"
_UNDATED: Final = datetime(1970, 1, 1, tzinfo=UTC)  # where a server does not tell when a version was written
_FEW: Final = 100  # keys that are asked for one by one; for more, all below the prefix is listed once


class Days:
    """One listing of all that is below the prefix."""

    def __init__(self, bucket: Bucket, source: str) -> None:
        self._source = source
        self._days: dict[str, dict[tuple[str, str], int]] = {}  # by day, key and content: the size
        self._archived: dict[str, dict[str, None]] = {}
        self.something = False
        for page in bucket.listing.below(bucket.prefix):
            self.something = self.something or bool(page)
            for entry in page:
                if entry.content and not is_placeholder(entry):
                    self._take(entry)
        self._gaps = list(gaps(bucket, source))

    def snapshots(self) -> list[Snapshot]:
        """A day each, the oldest first."""
        days = sorted(self._days.keys() | self._archived.keys())
        return [Snapshot(day, datetime.fromisoformat(day).replace(tzinfo=UTC), day) for day in days]

    def __contains__(self, day: str) -> bool:
        return day in self._days or day in self._archived

    def entries(self, day: str) -> Iterator[base.Entry | Gap]:
        """What was written that day; with the last day, what has no day: uploads that were never finished."""
        for (key, content), size in self._days.get(day, {}).items():
            yield base.Entry(key, content, size)
        for key in self._archived.get(day, {}):
            yield Gap(Locator(self._source, key), GapReason.UNREADABLE, ARCHIVED)
        if day == max(self._days.keys() | self._archived.keys()):
            yield from self._gaps

    def _take(self, entry: Entry) -> None:
        day = (entry.written or _UNDATED).astimezone(UTC).date().isoformat()
        if entry.archived:
            self._archived.setdefault(day, {})[entry.key] = None
        else:
            self._days.setdefault(day, {})[entry.key, content_of(entry)] = entry.size


def content_of(entry: Entry) -> str:
    """The id of a version's content. Where a server gives no ETag, every version is a content of its own."""
    etag = entry.etag.strip('"')
    return content_id([etag, entry.size] if etag else ["", entry.id, entry.size, entry.written])


def key_of(locator: Locator, source: str, prefix: str) -> tuple[str, str]:
    """The key and the content that a locator names. Raises Malformed for what is no item of this backup."""
    if locator.steps:
        raise Malformed("not an item of this backup", locator)
    try:
        key, content = parted(locator.path)
    except Malformed as error:
        raise Malformed(str(error), locator) from None
    checked: Address = address_of(Locator(locator.source, path_of(key, None)), source, prefix)
    return checked.key, content


def versions_of(bucket: Bucket, keys: Iterable[str]) -> dict[str, list[Entry]]:
    """The versions and markers of these keys, the latest first; an empty list where there are none. Raises."""
    wanted = dict.fromkeys(keys)
    if len(wanted) <= _FEW:
        return {key: bucket.listing.of(key) for key in wanted}
    found: dict[str, list[Entry]] = {key: [] for key in wanted}
    for page in bucket.listing.below(bucket.prefix):
        for entry in page:
            if entry.key in found:
                found[entry.key].append(entry)
    return {key: sorted(entries, key=lambda entry: not entry.latest) for key, entries in found.items()}


def holding(entries: Sequence[Entry], content: str) -> list[Entry]:
    """The versions, of all of a key's, that have this content."""
    return [entry for entry in entries if entry.content and content_of(entry) == content]


def placed(
    locators: Iterable[Locator], source: str, prefix: str
) -> tuple[dict[Locator, tuple[str, str]], Mapping[Locator, ConnectorError]]:
    """Key and content of each; and the error of each that is no address here."""
    good: dict[Locator, tuple[str, str]] = {}
    bad: dict[Locator, ConnectorError] = {}
    for locator in locators:
        try:
            good[locator] = key_of(locator, source, prefix)
        except Malformed as error:
            bad[locator] = error
    return good, bad
