"""Changing an object: the new bytes wait as an upload that nobody sees, and one conditional step makes them the object.

An unfinished upload is S3's own way to stage: it lies beside the object, is no version of it, and completing it is
atomic. A crash leaves the old object, or the new one with its old version under it; `commit` goes on with either.
"""

from __future__ import annotations

import base64
import hashlib
import json
from typing import Any

from connectors.base import Locator, Staged, Version
from connectors.errors import Changed, Held, Malformed, NotFound, ProtocolBroken, Unsupported
from connectors.files.s3_address import UNVERSIONED, Address
from connectors.files.s3_answers import told
from connectors.files.s3_bucket import NEVER, Bucket, conditionally
from connectors.files.s3_dress import dress_of
from connectors.files.s3_erasing import delete, may_erase
from connectors.files.s3_listing import Entry
from connectors.files.s3_locks import not_locked
from connectors.files.s3_reading import open_content

_LARGEST = 5 << 30  # bytes in one part of an upload: S3's limit
_BLOCK = 1 << 20


def stage(bucket: Bucket, staged: Staged, address: Address, content: bytes, *, keep_remarks: bool) -> Staged:
    """Upload the content without completing it. Raises Changed, Denied, Held, Unsupported."""
    locator = staged.locator
    old = _old(bucket, address, staged, locator)
    if len(content) > _LARGEST:
        raise Unsupported("the changed object is too large for one upload", locator)
    arguments = dress_of(bucket, address.key, _id(bucket, old), locator, keep_remarks=keep_remarks)
    where = bucket.where(address.key)
    with told(locator):
        upload = bucket.client.create_multipart_upload(**where, **arguments)["UploadId"]
        try:
            part = bucket.client.upload_part(
                **where, UploadId=upload, PartNumber=1, Body=content, ContentMD5=_md5(content)
            )["ETag"]
        except BaseException:
            bucket.client.abort_multipart_upload(**where, UploadId=upload)
            raise
    told_later = {"upload": upload, "part": part, "size": len(content), "sum": _sum(upload, [content])}
    return Staged(locator, staged.expected, json.dumps(told_later))


def commit(bucket: Bucket, staged: Staged, address: Address) -> Version:
    """Complete the upload over the expected object, and delete that one by its id. Raises Changed, NotFound, Held."""
    laid, locator = _laid(staged), staged.locator
    now = _current(bucket, address.key, locator)
    if now is not None and now.version != staged.expected and _is_laid(bucket, now, laid, locator):
        _end(bucket, address.key, now, staged)
        return now.version
    old = _old(bucket, address, staged, locator)
    named: dict[str, Any] = bucket.where(address.key) | {"UploadId": laid["upload"], "IfMatch": old.etag}
    named["MultipartUpload"] = {"Parts": [{"ETag": laid["part"], "PartNumber": 1}]}
    try:
        conditionally(bucket.client.complete_multipart_upload, named, locator)
    except NotFound:
        raise NotFound("nothing is staged for this item", locator) from None
    new = _current(bucket, address.key, locator)
    if new is None or not _is_laid(bucket, new, laid, locator):
        raise Changed("the item was saved anew in the same moment; look again", locator)
    if bucket.keeps_versions:
        _right_over(bucket, new, old, locator)
    _end(bucket, address.key, new, staged)
    return new.version


def abandon(bucket: Bucket, staged: Staged, address: Address) -> None:
    """Abort the upload; one that is no more is fine."""
    try:
        with told(staged.locator):
            bucket.client.abort_multipart_upload(**bucket.where(address.key), UploadId=_laid(staged)["upload"])
    except NotFound:
        return


def _old(bucket: Bucket, address: Address, staged: Staged, locator: Locator) -> Entry:
    """The current object, if it is the expected one and may go."""
    may_erase(bucket, locator)
    entries = bucket.listing.of(address.key, locator)
    current = next((entry for entry in entries if entry.latest and entry.content), None)
    if address.version is not None and (current is None or current.id != address.version):
        raise Unsupported("an older version cannot be changed, only erased whole", locator)
    if current is None:
        raise NotFound("the item is not there", locator)
    if current.version != staged.expected:
        raise Changed("the item is not what was expected; look again", locator)
    others = [entry for entry in entries if entry.id == UNVERSIONED and entry.content and entry is not current]
    if others and not bucket.keeps_versions:
        raise Held("versioning is suspended: a changed object would take the place of an older version", locator)
    not_locked(bucket, current, locator)
    return current


def _right_over(bucket: Bucket, new: Entry, old: Entry, locator: Locator) -> None:
    """Where a colleague saved in the same moment, theirs is the object again. (Servers that honour If-Match refuse.)"""
    below = bucket.listing.next_older(new, locator)
    if below is None or below.id != old.id:
        delete(bucket, new, locator)
        raise Changed("the item was saved anew in the same moment; that is kept", locator)


def _end(bucket: Bucket, key: str, new: Entry, staged: Staged) -> None:
    """Take the old version away. Where there are no versions it went when the new one took its place."""
    for old in _under(bucket, key, new, staged):
        not_locked(bucket, old, staged.locator)
        delete(bucket, old, staged.locator)
    if _under(bucket, key, new, staged):
        raise ProtocolBroken("the server took the deletion of the old version and still lists it", staged.locator)


def _under(bucket: Bucket, key: str, new: Entry, staged: Staged) -> list[Entry]:
    entries = bucket.listing.of(key, staged.locator)
    return [one for one in entries if one.content and one.id != new.id and one.version == staged.expected]


def _current(bucket: Bucket, key: str, locator: Locator) -> Entry | None:
    return next((one for one in bucket.listing.of(key, locator) if one.latest and one.content), None)


def _is_laid(bucket: Bucket, entry: Entry, laid: dict[str, Any], locator: Locator) -> bool:
    """Whether an object's bytes are those that were staged."""
    if entry.size != laid["size"]:
        return False
    with open_content(bucket, Address(entry.key, _id(bucket, entry)), locator) as content:
        return bool(_sum(laid["upload"], iter(lambda: content.stream.read(_BLOCK), b"")) == laid["sum"])


def _id(bucket: Bucket, entry: Entry) -> str | None:
    return None if bucket.status == NEVER else entry.id


def _sum(upload: str, blocks: Any) -> str:  # noqa: ANN401 - any iterable of bytes
    digest = hashlib.blake2b(digest_size=20, key=hashlib.sha256(upload.encode()).digest())
    for block in blocks:
        digest.update(block)
    return digest.hexdigest()


def _md5(content: bytes) -> str:
    return base64.b64encode(hashlib.md5(content, usedforsecurity=False).digest()).decode()


def _laid(staged: Staged) -> dict[str, Any]:
    """What the token says. Raises Malformed for one that is not of this source."""
    try:
        laid = json.loads(staged.token)
        if {name: type(laid[name]) for name in ("upload", "part", "size", "sum")} == {
            "upload": str, "part": str, "size": int, "sum": str
        }:  # fmt: skip
            return dict(laid)
    except (ValueError, KeyError, TypeError):
        pass
    raise Malformed("not what this source staged", staged.locator)
