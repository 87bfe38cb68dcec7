"""Object Lock: what a bucket keeps by its own rule, and until when. Governance is never bypassed."""

from __future__ import annotations

from datetime import UTC, datetime

from connectors.base import Locator
from connectors.errors import Held
from connectors.files.s3_address import UNVERSIONED
from connectors.files.s3_bucket import NEVER, Bucket
from connectors.files.s3_listing import Entry


def not_locked(bucket: Bucket, entry: Entry, locator: Locator) -> None:
    """Raises Held, with the date, where the version is locked; asked before anything is touched.

    Where the account may not see locks (s3:GetObjectRetention, s3:GetObjectLegalHold), the deletion itself is refused.
    """
    if bucket.status == NEVER:
        return  # locks need versions
    state = bucket.head(entry.key, None if entry.id == UNVERSIONED and entry.latest else entry.id, locator)
    until = state.get("ObjectLockRetainUntilDate")
    if isinstance(until, datetime) and until > datetime.now(UTC):
        mode = str(state.get("ObjectLockMode") or "").lower()
        kind = f"{mode} mode" if mode in ("compliance", "governance") else "a retention period"
        raise Held(f"Object Lock ({kind}) keeps it until {until.astimezone(UTC).date().isoformat()}", locator)
    if state.get("ObjectLockLegalHoldStatus") == "ON":
        raise Held("a legal hold of the bucket keeps it: its owner must lift that first", locator)
