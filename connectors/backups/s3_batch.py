"""Deleting many versions in few requests, each by its key and version id, and what the server says of each.

A batch answers 200 and reports refusals beside its success (`Errors`). Servers that are not Amazon's may want a
Content-MD5 that the SDK no longer sends, or know no batches: there each version goes by a request of its own. So does
one whose key an XML parser could read differently, and one whose id could come to mean another content.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Any, Final

from botocore.exceptions import ClientError

from connectors.base import Locator
from connectors.errors import ConnectorError, NotFound
from connectors.files.s3_address import UNVERSIONED
from connectors.files.s3_answers import code_of, refusal, told
from connectors.files.s3_bucket import ENABLED, Bucket
from connectors.files.s3_erasing import delete
from connectors.files.s3_listing import Entry, patiently

_MOST: Final = 1000  # versions a request, S3's limit
_NO_BATCHES: Final = frozenset(
    {"MissingContentMD5", "InvalidDigest", "BadDigest", "MalformedXML", "InvalidRequest", "InvalidArgument", "400"}
)

Refusals = dict[tuple[str, str], ConnectorError]
"""By key and version id; which of them are still there, a listing must say."""


def delete_all(bucket: Bucket, entries: Iterable[Entry]) -> Refusals:
    """Delete exactly these versions and markers. Raises Unreachable, Throttled; gives what was refused."""
    together: list[Entry] = []
    refused: Refusals = {}
    for entry in entries:
        if _in_a_batch(bucket, entry):
            together.append(entry)
        else:
            refused |= _alone(bucket, entry)
    rest = iter(together)
    while batch := list(islice(rest, _MOST)):
        refused |= _batch(bucket, batch)
    return refused


def _in_a_batch(bucket: Bucket, entry: Entry) -> bool:
    own_id = entry.id != UNVERSIONED or bucket.status == ENABLED
    return own_id and entry.key.isprintable() and entry.key == entry.key.strip()


def _alone(bucket: Bucket, entry: Entry) -> Refusals:
    try:
        patiently(lambda: delete(bucket, entry, Locator("", "")))
    except NotFound:
        return {}
    except ConnectorError as error:
        if error.transient:
            raise
        return {(entry.key, entry.id): error}
    return {}


def _batch(bucket: Bucket, batch: Sequence[Entry]) -> Refusals:
    answer = patiently(lambda: _ask(bucket, batch))
    if answer is None:
        return {place: error for entry in batch for place, error in _alone(bucket, entry).items()}
    refused: Refusals = {}
    for one in answer.get("Errors", ()):
        key, code = str(one.get("Key")), str(one.get("Code") or "")
        ids = [one["VersionId"]] if one.get("VersionId") else [entry.id for entry in batch if entry.key == key]
        refused |= {(key, id_): refusal(code) for id_ in ids}
    return refused


def _ask(bucket: Bucket, batch: Sequence[Entry]) -> Any:  # noqa: ANN401 - what boto3 gives
    """The server's answer; None where it takes no batch, or not this one: then each is asked for by itself."""
    objects = [{"Key": entry.key, "VersionId": entry.id} for entry in batch]
    with told():
        try:
            return bucket.client.delete_objects(Bucket=bucket.name, Delete={"Objects": objects, "Quiet": False})
        except ClientError as error:
            if code_of(error) not in _NO_BATCHES and refusal(code_of(error)).transient:
                raise
    return None
