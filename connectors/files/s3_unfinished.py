"""Uploads that were begun: their parts lie in the bucket, and no request gives their bytes."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from botocore.exceptions import ClientError

from connectors.base import Gap, GapReason, Locator
from connectors.errors import Denied
from connectors.files.s3_answers import code_of, not_offered, refusal, told
from connectors.files.s3_bucket import Bucket
from connectors.files.s3_listing import Upload, uploads

_UNFINISHED = "an upload that was never finished: finish it, or abort it (a lifecycle rule can do that)"
_NO_UPLOADS = "unfinished uploads may not be listed: grant s3:ListBucketMultipartUploads"


def unfinished(bucket: Bucket, prefix: str) -> Iterator[Upload]:
    """Those below a prefix; none where the server knows no such uploads. Raises Denied, Unreachable."""
    with told():
        try:
            yield from uploads(bucket.client, bucket.name, prefix)
        except ClientError as error:
            if not_offered(error):
                return
            refused = refusal(code_of(error))
            raise Denied(_NO_UPLOADS) if isinstance(refused, Denied) else refused from None


def gaps(bucket: Bucket, source: str, left_out: Callable[[str], bool] = lambda key: False) -> Iterator[Gap]:
    """A gap for each, at the key it was meant for."""
    try:
        for one in unfinished(bucket, bucket.prefix):
            if not left_out(one.key):
                yield Gap(Locator(source, f"{one.key};upload={one.id}"), GapReason.UNREADABLE, _UNFINISHED)
    except Denied:
        yield Gap(Locator(source, f"{bucket.prefix};uploads"), GapReason.DENIED, _NO_UPLOADS)
