"""What says who may do what with an object and how it is kept, for the changed one that takes its place."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from connectors.base import Locator
from connectors.errors import Unsupported
from connectors.files.s3_answers import refusal
from connectors.files.s3_bucket import Bucket, asked

_KEPT = (
    "CacheControl", "ContentEncoding", "ContentLanguage", "ContentType", "StorageClass", "ServerSideEncryption",
    "SSEKMSKeyId", "BucketKeyEnabled",
)  # fmt: skip
_REMARKS = ("ContentDisposition", "WebsiteRedirectLocation")
_HARMLESS = frozenset(
    {"mtime", "atime", "ctime", "md5chksum", "mode", "uid", "gid"}
)  # times and sums: they name nobody
_NOTHING = frozenset({"NoSuchTagSet", "NotImplemented", "501", "MethodNotAllowed", "405"})
_NO_LISTS = frozenset({"AccessControlListNotSupported", "NotImplemented", "501", "MethodNotAllowed", "405"})


def dress_of(bucket: Bucket, key: str, version: str | None, locator: Locator, *, keep_remarks: bool) -> dict[str, Any]:
    """The arguments that give a new object the old one's kind, storage and encryption, and what users noted of it.

    Raises Unsupported for notes and tags of users unless they may be kept (no scan looks through them, so nobody
    could say that the changed object tells no more of a person), and for permissions of the object's own; Denied.
    """
    state = bucket.head(key, version, locator)
    named = bucket.where(key, version)
    _no_permissions_of_its_own(bucket, named, locator)
    remarks = {name: state[name] for name in _REMARKS if state.get(name)}
    if tags := _tags(bucket, named, locator):
        remarks["Tagging"] = urlencode(tags)
    metadata = dict(state.get("Metadata") or {})
    if not keep_remarks and (remarks or not metadata.keys() <= _HARMLESS):
        raise Unsupported(
            "the object has tags or metadata of users, which are not looked through: erase it whole, or set "
            "keep_metadata where they name nobody",
            locator,
        )
    return {name: state[name] for name in _KEPT if state.get(name)} | remarks | {"Metadata": metadata}


def _tags(bucket: Bucket, named: Mapping[str, str], locator: Locator) -> list[tuple[str, str]]:
    answer = asked(bucket.client.get_object_tagging, **named)
    if isinstance(answer, str):
        if answer in _NOTHING:
            return []
        raise refusal(answer, locator)
    return [(tag["Key"], tag["Value"]) for tag in answer.get("TagSet", ())]


def _no_permissions_of_its_own(bucket: Bucket, named: Mapping[str, str], locator: Locator) -> None:
    answer = asked(bucket.client.get_object_acl, **named)
    if isinstance(answer, str):
        if answer in _NO_LISTS:
            return
        raise refusal(answer, locator)
    owner = answer.get("Owner", {}).get("ID")
    if any(one.get("Grantee", {}).get("ID") != owner for one in answer.get("Grants", ())):
        raise Unsupported("the object has an access list of its own, which a changed one would lose", locator)
