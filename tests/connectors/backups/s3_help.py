"""What the tests of buckets as backups ask of them, and of boto3 by itself, which is their witness."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from connectors.backups.base import SCOPE
from connectors.backups.s3 import S3Versions
from connectors.base import Item, Locator

KEY = "kunder/Maja Blomqvist/offert.txt"
DAY = timedelta(days=1)
Open = Callable[..., S3Versions]


def versions(raw: Any, bucket: str) -> list[tuple[str, str, bytes]]:
    """Key, id and content of every version that can be asked for."""
    told = raw.list_object_versions(Bucket=bucket).get("Versions", ())
    return [
        (
            one["Key"],
            one["VersionId"],
            raw.get_object(Bucket=bucket, Key=one["Key"], VersionId=one["VersionId"])["Body"].read(),
        )
        for one in told
    ]


def markers(raw: Any, bucket: str) -> list[str]:
    return [one["Key"] for one in raw.list_object_versions(Bucket=bucket).get("DeleteMarkers", ())]


def items(backup: S3Versions) -> dict[str, list[Locator]]:
    """By key, the items of a walk."""
    found: dict[str, list[Locator]] = {}
    for event in backup.walk(SCOPE):
        if isinstance(event, Item):
            found.setdefault(event.locator.path.rpartition(";version=")[0], []).append(event.locator)
    return found


def one(backup: S3Versions, key: str, content: bytes) -> Locator:
    """The item of a key that has these bytes."""
    for locator in items(backup)[key]:
        with backup.read(locator) as read:
            if read.stream.read() == content:
                return locator
    raise AssertionError("no item has these bytes")


def took(backup: S3Versions, *locators: Locator) -> Any:
    """Rewrite and prove; the answers and the proofs of all, or of the only one."""
    notes = backup.note(locators)
    answers = backup.rewrite(locators)
    backup.reclaim()
    proofs = backup.prove(notes)
    return (answers[locators[0]], proofs[locators[0]]) if len(locators) == 1 else (answers, proofs)
