"""Addresses of objects: what a key and a version id look like as a path, and back, without any escape.

A key's current version is at the path KEY, every other version at `KEY;version=ID`. Only a key that holds `;version=`
itself is always written with an ending, its current version with an empty one: `KEY;version=`. So the last
`;version=` of a path, if it has one, is never a part of a key.
"""

from __future__ import annotations

from typing import NamedTuple

from connectors.base import Locator, Strength, Version
from connectors.errors import Malformed

UNVERSIONED = "null"  # S3's id of a version that was written while versioning was off or suspended
_MARK = ";version="
_LONGEST_KEY = 1024  # bytes, S3's limit


class Address(NamedTuple):
    """One version of one key; no version means the current one."""

    key: str
    version: str | None


def path_of(key: str, version: str | None) -> str:
    """The path of a key's version; None for the current one."""
    if version is None and _MARK not in key:
        return key
    return f"{key}{_MARK}{version or ''}"


def address_of(locator: Locator, source: str, prefix: str) -> Address:
    """The address that a locator names.

    Raises Malformed for anything that is not one object of this source: no key, another source, a key that does not
    begin with the prefix, a step into an item, a path that no version has.
    """
    if locator.source != source or locator.steps or not locator.path:
        raise Malformed("not an item of this source", locator)
    key, mark, version = locator.path.rpartition(_MARK)
    found = Address(key, version or None) if mark else Address(locator.path, None)
    if path_of(*found) != locator.path or not found.key:
        raise Malformed("not the address of an object", locator)
    return _known(found, prefix, locator)


def _known(found: Address, prefix: str, locator: Locator) -> Address:
    try:
        length = len(found.key.encode())
    except UnicodeEncodeError:
        raise Malformed("no key of an object: keys are UTF-8", locator) from None
    if length > _LONGEST_KEY or "\0" in found.key:
        raise Malformed("no key of an object: it is too long, or holds a NUL", locator)
    if not found.key.startswith(prefix):
        raise Malformed("not an object of this source: its key does not begin with the source's prefix", locator)
    return found


def version_of(version: str | None, etag: str, size: int) -> Version:
    """The version id, the server's ETag and the size: strong, since an ETag changes with the content.

    No time is in it: servers tell it in seconds here and in milliseconds there. The same bytes saved anew in a bucket
    without versions are the same version.
    """
    return Version(f"{version or UNVERSIONED} {etag.strip(chr(34))} {size}", Strength.STRONG)
