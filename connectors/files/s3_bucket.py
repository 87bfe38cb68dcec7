"""One bucket, signed in to: what it is and keeps, and the questions every part of the connector asks of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from connectors import network
from connectors.base import Locator
from connectors.errors import Denied, Unreachable, Unsupported
from connectors.files.s3_answers import code_of, not_offered, told
from connectors.files.s3_listing import Listing

ENABLED = "Enabled"
NEVER = ""  # versions were never kept
UNKNOWN = "unknown"  # the account may not ask; treated as suspended, the state that can lose most


@dataclass(slots=True)
class Bucket:
    """A client, a bucket, and what it said of itself. `status` is S3's word for versioning, NEVER or UNKNOWN."""

    client: Any  # made at run time by boto3
    name: str
    prefix: str
    listing: Listing
    status: str = UNKNOWN
    lists_versions: bool = True  # False: the account may list only what is current
    mfa_delete: bool = False

    @property
    def keeps_versions(self) -> bool:
        """True where a new object is laid over the old one, not in its place."""
        return self.status == ENABLED

    def where(self, key: str, version: str | None = None) -> dict[str, str]:
        """The arguments that name a key, or one version of it."""
        named = {"Bucket": self.name, "Key": key}
        return named if version is None else named | {"VersionId": version}

    def head(self, key: str, version: str | None, locator: Locator) -> Mapping[str, Any]:
        """What the server says of an object without its content. Raises NotFound, Denied, Unreachable."""
        with told(locator):
            answer: Mapping[str, Any] = self.client.head_object(**self.where(key, version))
            return answer

    def vouch(self, *, expect: bool) -> None:
        """Raises Unreachable unless the bucket is there and, where that is expected, holds anything."""
        if not self.listing.something(self.prefix) and expect:
            raise Unreachable("the bucket is empty under its prefix, and was not: is it the right one?")


def sign_in(settings: Mapping[str, Any]) -> Bucket:
    """The bucket that the settings name. Raises Denied, Unreachable (also where there is no such bucket)."""
    client, name, prefix = _client(settings), str(settings["bucket"]), str(settings.get("prefix") or "")
    bucket = Bucket(client, name, prefix, Listing(client, name, versions=True))
    try:
        bucket.listing.something(prefix)
    except Denied:
        bucket.lists_versions = False
    except Unsupported:  # a server that knows no versions
        bucket.lists_versions, bucket.status = False, NEVER
    if not bucket.lists_versions:
        bucket.listing = Listing(client, name, versions=False)
        bucket.listing.something(prefix)
    if bucket.status != NEVER:
        _learn(bucket)
    return bucket


def _client(settings: Mapping[str, Any]) -> Any:  # noqa: ANN401
    endpoint = settings.get("endpoint") or None
    check = "when_required" if endpoint else "when_supported"  # servers that are not Amazon's know no trailers
    config = Config(
        connect_timeout=network.first_answer(settings),
        read_timeout=settings["timeout"],
        retries={"total_max_attempts": 1},  # trying again is the layers' work
        s3={"addressing_style": "path" if settings.get("path_style") else "auto"},
        request_checksum_calculation=check,
        response_checksum_validation=check,
    )
    region = settings.get("region") or ("us-east-1" if endpoint else None)
    try:
        return _session().client(
            "s3",
            endpoint_url=endpoint,
            region_name=region,
            aws_access_key_id=settings.get("access_key") or None,
            aws_secret_access_key=settings.get("secret_key") or None,
            config=config,
            verify=network.authority(settings),
        )
    except (BotoCoreError, ValueError):
        raise Unreachable("no client could be made: check region and endpoint") from None


@cache
def _session() -> Any:  # noqa: ANN401
    """One a process: it reads what it knows of S3 from many files."""
    return boto3.session.Session()


def _learn(bucket: Bucket) -> None:
    try:
        with told():
            answer = _ask(bucket)
    except Denied:
        return
    if answer is None:
        bucket.status = NEVER
        return
    bucket.status = answer.get("Status") or NEVER
    bucket.mfa_delete = answer.get("MFADelete") == "Enabled"


def _ask(bucket: Bucket) -> Mapping[str, Any] | None:
    try:
        answer: Mapping[str, Any] = bucket.client.get_bucket_versioning(Bucket=bucket.name)
    except ClientError as error:
        if not_offered(error):
            return None
        raise
    return answer


def asked(call: Any, **named: Any) -> Mapping[str, Any] | str:  # noqa: ANN401
    """What a server says of its settings; the error's code where it refuses or knows nothing of it."""
    with told():
        try:
            answer: Mapping[str, Any] = call(**named)
        except ClientError as error:
            return code_of(error)
    return answer


def conditionally(call: Any, named: Mapping[str, Any], locator: Locator) -> Mapping[str, Any]:  # noqa: ANN401
    """The call under its If-Match, or without where the server does not offer conditions: callers look before."""
    with told(locator):
        try:
            answer: Mapping[str, Any] = call(**named)
        except ClientError as error:
            if "IfMatch" not in named or not not_offered(error):
                raise
            answer = call(**{name: value for name, value in named.items() if name != "IfMatch"})
    return answer
