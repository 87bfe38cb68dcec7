"""What a bucket keeps besides the objects one sees, in sentences for `gallra check`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from connectors.files.s3_bucket import ENABLED, NEVER, UNKNOWN, Bucket, asked

_REFUSED = ("AccessDenied", "403")
_STATES = {
    ENABLED: "versions are kept: each one is an item, and is erased by its id",
    "Suspended": "versioning is suspended: older versions are items too, and must go before the current one",
    NEVER: "versions were never kept: erasing an object erases its content",
    UNKNOWN: "whether versions are kept may not be asked (s3:GetBucketVersioning): taken for suspended",
}


def facts(bucket: Bucket, settings: Mapping[str, Any]) -> Iterator[str]:
    """One sentence each."""
    endpoint = str(settings.get("endpoint") or "")
    yield "a server with S3's protocol (endpoint)" if endpoint else "Amazon S3"
    yield _STATES[bucket.status]
    lock = asked(bucket.client.get_object_lock_configuration, Bucket=bucket.name)
    if isinstance(lock, str):
        yield "Object Lock may not be asked for" if lock.startswith(_REFUSED) else "no Object Lock"
    else:
        yield _lock(lock.get("ObjectLockConfiguration") or {})
    rules = asked(bucket.client.get_bucket_lifecycle_configuration, Bucket=bucket.name)
    if not isinstance(rules, str):
        yield f"lifecycle rules: {len(rules.get('Rules', ()))}"
    yield "whether the account may erase shows when it does: S3 tells no rights, and a trial would be a deletion"


def limits(bucket: Bucket, settings: Mapping[str, Any]) -> Iterator[str]:
    """What erasing here does not reach."""
    yield "replicas, inventories, server access logs and backups of the bucket keep what was in them"
    yield "names that only a delete marker still holds are not searched; they go with the last version of their object"
    yield "metadata and tags of objects are not searched"
    if bucket.status != ENABLED:
        yield "an object saved in the very moment of erasing is kept only where the server honours If-Match"
    if not bucket.lists_versions and bucket.status != NEVER:
        yield "older versions may not be listed (s3:ListBucketVersions): they are not searched, and nothing is erased"
    if bucket.mfa_delete:
        yield "the bucket asks for a code for every deletion (MFA delete): nothing is erased"
    if str(settings.get("endpoint") or "").startswith("http://") and not _here(str(settings["endpoint"])):
        yield "the line to the server is not encrypted"
    replication = asked(bucket.client.get_bucket_replication, Bucket=bucket.name)
    if not isinstance(replication, str):
        yield "the bucket is replicated: deletions by version id are never replicated; make each replica a source too"
    elif replication.startswith(_REFUSED):
        yield "whether the bucket is replicated may not be asked (s3:GetReplicationConfiguration)"


def _lock(configuration: Mapping[str, Any]) -> str:
    default = (configuration.get("Rule") or {}).get("DefaultRetention") or {}
    if not default:
        return "Object Lock is on: locked versions are told as blocked, with the date"
    span = f"{default['Days']} days" if default.get("Days") else f"{default.get('Years')} years"
    return f"Object Lock is on: every new version is kept for {span} ({str(default.get('Mode')).lower()})"


def _here(endpoint: str) -> bool:
    return urlsplit(endpoint).hostname in ("127.0.0.1", "::1", "localhost")
