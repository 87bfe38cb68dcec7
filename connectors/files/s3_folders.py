"""Folders of a bucket: keys that begin alike, and the empty objects that some programs lay down for them.

They hold a name and nothing else, so they are no items; such a folder goes when nothing else is left in it.
"""

from __future__ import annotations

from connectors.base import Locator
from connectors.errors import Changed
from connectors.files.s3_bucket import Bucket
from connectors.files.s3_erasing import delete, may_erase, names
from connectors.files.s3_listing import Entry
from connectors.files.s3_locks import not_locked


def is_placeholder(entry: Entry) -> bool:
    """True for the object that stands for a folder."""
    return entry.key.endswith("/") and entry.size == 0


def remove_folder(bucket: Bucket, path: str, locator: Locator) -> bool:
    """Delete the placeholders below a path, and markers of keys without content; False where there is nothing.

    Raises Changed, with nothing deleted, where anything has content there; Held, Denied.
    """
    may_erase(bucket, locator)
    found: list[Entry] = []
    for page in bucket.listing.below(f"{path}/"):
        if any(entry.content and not is_placeholder(entry) for entry in page):
            raise Changed("the folder is not empty", locator)
        found += page
    content = [entry for entry in found if entry.content]
    for entry in content:
        not_locked(bucket, entry, locator)
    for entry in content + names(bucket, found):
        delete(bucket, entry, locator)
    return bool(found)
