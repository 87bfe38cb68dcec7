"""Taking versions out of a bucket: exactly those that were listed, by key and version id, and nothing by a pattern.

All are looked at before any goes: what Object Lock keeps stays. Where the current version goes and older content of
the key stays, a delete marker is laid first, else an old version would be the object again. When a key has no content
left, its markers go, which hold its name. What the server says of a batch is not believed: the keys are listed again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Final

from connectors.backups.s3_batch import Refusals, delete_all
from connectors.backups.s3_items import content_of, holding, versions_of
from connectors.base import Locator, Outcome, Receipt
from connectors.errors import ConnectorError, Denied, Held, NotFound, ProtocolBroken
from connectors.files.s3_address import UNVERSIONED
from connectors.files.s3_answers import told
from connectors.files.s3_bucket import NEVER, Bucket, asked
from connectors.files.s3_erasing import mark, may_erase, names
from connectors.files.s3_listing import Entry, Upload, patiently
from connectors.files.s3_locks import Lock, lock_of
from connectors.files.s3_unfinished import unfinished

LEFT_OVER: Final = timedelta(days=1)
"""An upload that was begun longer ago runs no more."""

_NO_LOCKS: Final = ("ObjectLockConfigurationNotFound", "NoSuchObjectLockConfiguration", "NotImplemented", "501")
_NAME: Final = "a delete marker with its name: turn versioning on and run again, or let a lifecycle rule end it"
_RUNNING: Final = "an unfinished upload of the last day to its key: finish or abort it, then run again"
_UNSEEN: Final = "unfinished uploads, which may not be listed: grant s3:ListBucketMultipartUploads"
_REFUSED: Final = "the bucket refuses it: by its policy, or by an Object Lock that the account may not see"
_UNENDED: Final = "an unfinished upload that could not be aborted: grant s3:AbortMultipartUpload"

Answers = dict[Locator, Receipt | ConnectorError]


@dataclass(slots=True)
class _Doomed:
    """What shall go of one locator: its versions, and what keeps some of them."""

    key: str
    content: str
    entries: list[Entry]
    locks: list[Lock] = field(default_factory=list)
    going: list[Entry] = field(default_factory=list)
    error: ConnectorError | None = None


def take(bucket: Bucket, wanted: Mapping[Locator, tuple[str, str]]) -> Answers:
    """Take each content of a key out. Raises Denied (versions or MFA), Unreachable; else an answer for each."""
    if not wanted:
        return {}
    may_erase(bucket, next(iter(wanted)))
    keys = list(dict.fromkeys(key for key, _ in wanted.values()))
    before = versions_of(bucket, keys)
    locking = _may_lock(bucket)
    doomed = {
        locator: _look(bucket, _Doomed(key, content, holding(before[key], content)), locator, locking=locking)
        for locator, (key, content) in wanted.items()
    }
    _cover(bucket, doomed, before)
    refusals = delete_all(bucket, [entry for one in doomed.values() for entry in one.going])
    after = versions_of(bucket, keys)
    refusals |= _clear(bucket, after)
    left = _abort(bucket, keys)
    for key, entries in versions_of(bucket, [key for key, found in after.items() if found and _bare(found)]).items():
        if entries and _bare(entries):
            left.setdefault(key, []).append(_NAME)
    return {
        locator: _answer(locator, one, holding(after[one.key], one.content), refusals, left.get(one.key, []))
        for locator, one in doomed.items()
    }


def _look(bucket: Bucket, one: _Doomed, locator: Locator, *, locking: bool) -> _Doomed:
    for entry in one.entries:
        try:
            lock = patiently(lambda: lock_of(bucket, entry, locator)) if locking else None  # noqa: B023 - called at once
        except NotFound:
            continue  # a colleague was quicker
        if lock is None:
            one.going.append(entry)
        else:
            one.locks.append(lock)
    return one


def _may_lock(bucket: Bucket) -> bool:
    """False only where the server says that the bucket has no Object Lock: that cannot be turned off again."""
    if bucket.status == NEVER:
        return False
    answer = asked(bucket.client.get_object_lock_configuration, Bucket=bucket.name)
    return not (isinstance(answer, str) and answer.startswith(_NO_LOCKS))


def _cover(bucket: Bucket, doomed: Mapping[Locator, _Doomed], before: Mapping[str, Sequence[Entry]]) -> None:
    """A marker over each current version that goes while other content of its key stays."""
    going = {(entry.key, entry.id) for one in doomed.values() for entry in one.going}
    for locator, one in doomed.items():
        top = next((entry for entry in one.going if entry.latest), None)
        staying = any(entry.content and (entry.key, entry.id) not in going for entry in before[one.key])
        if top is None or not staying:
            continue
        try:
            if not bucket.keeps_versions:
                text = "versioning is suspended: older versions must go first, else one would become current"
                raise Held(text, locator)
            mark(bucket, top, locator)
        except ConnectorError as error:
            if error.transient:
                raise
            one.error = error
            one.going.remove(top)


def _clear(bucket: Bucket, after: Mapping[str, list[Entry]]) -> Refusals:
    """The markers of keys that have no content left."""
    return delete_all(bucket, [marker for found in after.values() if _bare(found) for marker in names(bucket, found)])


def _bare(entries: Iterable[Entry]) -> bool:
    return not any(entry.content for entry in entries)


def _abort(bucket: Bucket, keys: Iterable[str]) -> dict[str, list[str]]:
    """End the uploads to these keys that nobody can still be at; gives what is left, by key."""
    left: dict[str, list[str]] = {}
    try:
        found = uploads_to(bucket, keys)
    except Denied:
        return {key: [_UNSEEN] for key in keys}
    for one in found:
        if one.begun is None or datetime.now(UTC) - one.begun < LEFT_OVER:
            left.setdefault(one.key, []).append(_RUNNING)
            continue
        try:
            with told():
                bucket.client.abort_multipart_upload(**bucket.where(one.key), UploadId=one.id)
        except NotFound:
            continue
        except ConnectorError as error:
            if error.transient:
                raise
            left.setdefault(one.key, []).append(_UNENDED)
    return left


def uploads_to(bucket: Bucket, keys: Iterable[str]) -> list[Upload]:
    """Unfinished uploads to exactly these keys. Raises Denied where they may not be listed."""
    wanted = set(keys)
    prefix = next(iter(wanted)) if len(wanted) == 1 else bucket.prefix
    return [one for one in unfinished(bucket, prefix) if one.key in wanted]


def _answer(
    locator: Locator, one: _Doomed, still: Sequence[Entry], refusals: Refusals, left: Sequence[str]
) -> Receipt | ConnectorError:
    """What became of a locator: an error, if a version is there that neither a lock keeps nor the plan left out."""
    if one.error is not None:
        return one.error
    going = {entry.id for entry in one.going}
    if kept := next((entry for entry in still if entry.id in going), None):
        refused = refusals.get((kept.key, kept.id))
        if refused is None:
            return ProtocolBroken("the server took the deletion of a version and still lists it", locator)
        return _refusal(refused, locator)
    if hold := next((lock for lock in one.locks if lock.until is None), None):
        return Held(hold.text, locator)
    survives = tuple(dict.fromkeys(left))
    if one.locks:
        return Receipt(locator, Outcome.RECOVERABLE, (*_locked(one), *survives), _until(one.locks))
    return Receipt(locator, Outcome.ERASED if one.entries else Outcome.ABSENT, survives)


def _refusal(error: ConnectorError, locator: Locator) -> ConnectorError:
    if isinstance(error, Denied):
        return Denied(_REFUSED, locator)
    error.locator = locator
    return error


def _locked(one: _Doomed) -> tuple[str]:
    count = len(one.locks)
    return (f"{count} version{'' if count == 1 else 's'} under Object Lock",)


def _until(locks: Sequence[Lock]) -> date:
    return max(lock.until for lock in locks if lock.until is not None)


def is_there(bucket: Bucket, key: str, content: str, ids: Sequence[str], entries: Sequence[Entry]) -> bool:
    """Whether a content is listed, or one of the versions that it was can still be asked for, or its name is left."""
    if holding(entries, content) or (_bare(entries) and names(bucket, list(entries))):
        return True
    return any(_answers(bucket, key, content, id_) for id_ in ids)


def _answers(bucket: Bucket, key: str, content: str, id_: str) -> bool:
    try:
        state = patiently(lambda: bucket.head(key, None if bucket.status == NEVER else id_, Locator("", "")))
    except NotFound:
        return False
    seen = Entry(key, id_, latest=False, content=True, etag=str(state["ETag"]), size=int(state["ContentLength"]))
    return id_ != UNVERSIONED or content_of(seen) == content
