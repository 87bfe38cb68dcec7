"""Erasing one version of one key, and nothing else; and its name, once nothing else is left of it.

A delete without a version id only lays a marker on top. So each version goes by its id, one request each (a batch
reports refusals beside its success). Where the current version goes and older ones stay, a marker is laid first, else
an old version would become current again. When the last content of a key has gone, its markers go too: they hold its
name.

A crash between marker and deletion must not look as if all were done. So a second marker is laid when it is: a single
marker right above content means that the erasing was not finished, or that a user deleted the object, whose content
is then still there.
"""

from __future__ import annotations

from connectors.base import Locator, Outcome, Presence, Receipt, Version
from connectors.errors import Changed, Denied, Held, Unsupported
from connectors.files.s3_address import UNVERSIONED, Address
from connectors.files.s3_bucket import ENABLED, NEVER, Bucket, conditionally
from connectors.files.s3_listing import Entry
from connectors.files.s3_locks import not_locked

_NAME_STAYS = "a delete marker with its name: turn versioning on and erase again, or let a lifecycle rule end it"


def erase(bucket: Bucket, address: Address, expected: Version, locator: Locator) -> Receipt:
    """Erase the version that is expected. Raises Changed, Denied, Held, Unsupported, Unreachable."""
    may_erase(bucket, locator)
    entries = bucket.listing.of(address.key, locator)
    target = _target(entries, address, expected, locator)
    if target is None:
        clear_names(bucket, address.key, entries, locator)
        if address.version is None:
            _second_marker(bucket, entries, locator)
        return Receipt(locator, Outcome.ABSENT, _left(bucket, address.key, locator))
    not_locked(bucket, target, locator)
    marker = _cover(bucket, target, entries, locator)
    delete(bucket, target, locator)
    entries = bucket.listing.of(address.key, locator)
    if any(entry.id == target.id and entry.content and entry.etag == target.etag for entry in entries):
        return Receipt(locator, Outcome.ERASED, ("the server still lists the version",))
    clear_names(bucket, address.key, entries, locator)
    if marker is not None:
        _second_marker(bucket, entries, locator)
    return Receipt(locator, Outcome.ERASED, _left(bucket, address.key, locator))


def presence(bucket: Bucket, address: Address, locator: Locator) -> Presence:
    """Present while the version, an unfinished erasing, or the name of a key without content is there."""
    entries = bucket.listing.of(address.key, locator)
    content = [entry for entry in entries if entry.content]
    if not content:
        there = bool(names(bucket, entries))
    elif address.version is not None:
        there = any(entry.id == address.version for entry in content)
    else:
        there = _current_is_there(bucket, entries, locator)
    return Presence.PRESENT if there else Presence.ABSENT


def may_erase(bucket: Bucket, locator: Locator) -> None:
    """Raises Denied where nothing here can be erased for good."""
    if not bucket.lists_versions and bucket.status != NEVER:
        raise Denied("older versions may not be listed: grant s3:ListBucketVersions, else they would stay", locator)
    if bucket.mfa_delete:
        raise Denied(
            "the bucket asks for a code for every deletion (MFA delete): its owner must turn that off", locator
        )


def delete(bucket: Bucket, target: Entry, locator: Locator) -> None:
    """Delete one version by its id. Where its id can come to mean another content, only while that is what it was."""
    named = bucket.where(target.key, target.id)
    if bucket.status == NEVER:
        named = bucket.where(target.key)
    if target.id == UNVERSIONED and bucket.status != ENABLED:
        now = bucket.head(target.key, named.get("VersionId"), locator)
        if (now["ETag"], now["ContentLength"]) != (target.etag, target.size):
            raise Changed("the item was changed in the same moment; nothing was erased", locator)
        if target.latest:  # of all versions, servers compare the current one
            named["IfMatch"] = target.etag
    conditionally(bucket.client.delete_object, named, locator)


def _target(entries: list[Entry], address: Address, expected: Version, locator: Locator) -> Entry | None:
    """The entry to erase; None where it is not there. Raises Changed where another stands in its place."""
    content = [entry for entry in entries if entry.content]
    if address.version is not None:
        found = next((entry for entry in content if entry.id == address.version), None)
        if found is not None and found.version != expected:
            raise Changed("the item is not what was expected; look again", locator)
        return found
    current = next((entry for entry in content if entry.latest), None)
    if current is not None and current.version != expected:
        raise Changed("the item is not what was expected; look again", locator)
    return current or next((entry for entry in content if entry.version == expected), None)


def _cover(bucket: Bucket, target: Entry, entries: list[Entry], locator: Locator) -> Entry | None:
    """Lay a marker over the current version, if older ones stay and none is there; gives the one that lies there."""
    older = [entry for entry in entries if entry.content and entry.id != target.id]
    top = next((entry for entry in entries if entry.latest), None)
    if not older or (top is not target and top is not None and top.content):
        return None
    if top is not None and not top.content:
        return top
    if not bucket.keeps_versions:
        raise Held("versioning is suspended: older versions must go first, else one would become current", locator)
    return mark(bucket, target, locator)


def mark(bucket: Bucket, under: Entry, locator: Locator) -> Entry:
    """A marker right over an entry. Where a colleague saved in between, it is taken away again, and Changed raised."""
    named = bucket.where(under.key) | ({"IfMatch": under.etag} if under.content else {})
    answer = conditionally(bucket.client.delete_object, named, locator)
    marker = Entry(under.key, str(answer.get("VersionId") or UNVERSIONED), latest=True, content=False)
    if not answer.get("DeleteMarker") or marker.id == UNVERSIONED:
        raise Unsupported("the server laid no delete marker: are versions still kept there?", locator)
    below = bucket.listing.next_older(marker, locator)
    if below is None or below.id != under.id:
        delete(bucket, marker, locator)
        raise Changed("the item was changed in the same moment; nothing was erased", locator)
    return marker


def _second_marker(bucket: Bucket, entries: list[Entry], locator: Locator) -> None:
    """Say that the erasing of the current version is finished, where older content stays under its marker."""
    top = next((entry for entry in entries if entry.latest), None)
    if top is not None and not top.content and bucket.keeps_versions:
        below = bucket.listing.next_older(top, locator)
        if below is not None and below.content:
            mark(bucket, top, locator)


def _current_is_there(bucket: Bucket, entries: list[Entry], locator: Locator) -> bool:
    top = next((entry for entry in entries if entry.latest), None)
    if top is None or top.content:
        return True
    below = bucket.listing.next_older(top, locator)
    return below is not None and below.content


def clear_names(bucket: Bucket, key: str, entries: list[Entry], locator: Locator) -> None:
    """Once no content of the key is left, its markers hold nothing but its name."""
    if any(entry.content for entry in entries):
        return
    for marker in names(bucket, entries):
        delete(bucket, marker, locator)


def names(bucket: Bucket, entries: list[Entry]) -> list[Entry]:
    """The markers that may go by their id: a `null` one could be a colleague's new object by now, unless each new
    object has an id of its own.
    """
    return [one for one in entries if not one.content and (one.id != UNVERSIONED or bucket.keeps_versions)]


def _left(bucket: Bucket, key: str, locator: Locator) -> tuple[str, ...]:
    """What a last look finds of a key without content."""
    entries = bucket.listing.of(key, locator)
    if not entries or any(entry.content for entry in entries):
        return ()
    return (_NAME_STAYS,)
