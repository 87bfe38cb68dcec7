"""Object Lock: what a bucket keeps by its own rule, and until when. Governance is never bypassed."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import NamedTuple

from connectors.base import Locator
from connectors.errors import Held
from connectors.files.s3_address import UNVERSIONED
from connectors.files.s3_bucket import NEVER, Bucket
from connectors.files.s3_listing import Entry


class Lock(NamedTuple):
    """What keeps a version, in words, and the last day; None for a legal hold, which has no end of its own."""

    text: str
    until: date | None


def not_locked(bucket: Bucket, entry: Entry, locator: Locator) -> None:
    """Raises Held, with the date, where the version is locked; asked before anything is touched.

    Where the account may not see locks (s3:GetObjectRetention, s3:GetObjectLegalHold), the deletion itself is refused.
    """
    if lock := lock_of(bucket, entry, locator):
        raise Held(lock.text, locator)


def lock_of(bucket: Bucket, entry: Entry, locator: Locator) -> Lock | None:
    """The version's lock; of a legal hold and a retention, the hold, since that one has no end."""
    if bucket.status == NEVER:
        return None  # locks need versions
    state = bucket.head(entry.key, None if entry.id == UNVERSIONED and entry.latest else entry.id, locator)
    if state.get("ObjectLockLegalHoldStatus") == "ON":
        return Lock("a legal hold of the bucket keeps it: its owner must lift that first", None)
    until = state.get("ObjectLockRetainUntilDate")
    if isinstance(until, datetime) and until > datetime.now(UTC):
        mode = str(state.get("ObjectLockMode") or "").lower()
        kind = f"{mode} mode" if mode in ("compliance", "governance") else "a retention period"
        day = until.astimezone(UTC).date()
        return Lock(f"Object Lock ({kind}) keeps it until {day.isoformat()}", day)
    return None
