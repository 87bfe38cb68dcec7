"""An object's bytes: whole in memory where it is small, else a seekable stream that fetches a part at a time.

Every part is asked for under the version and the ETag of the first, so that it never mixes two versions. Nothing is
written to a disk.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any, BinaryIO, cast

from botocore.exceptions import ClientError

from connectors.base import Content, Locator
from connectors.errors import Unreachable
from connectors.files.s3_address import Address, version_of
from connectors.files.s3_answers import code_of, told
from connectors.files.s3_bucket import Bucket

PART = 8 << 20  # bytes in memory at a time
_NO_KIND = frozenset({"binary/octet-stream", "application/octet-stream"})  # what servers say when nobody said


def open_content(bucket: Bucket, address: Address, locator: Locator) -> Content:
    """The object's content. Raises NotFound, Denied, Unsupported (archived, SSE-C), Unreachable."""
    named = bucket.where(address.key, address.version)
    with told(locator):
        answer = _first(bucket, named)
        data = _bytes_of(answer)
    size = _whole_size(answer)
    version = version_of(answer.get("VersionId"), answer["ETag"], size)
    stream: io.IOBase = io.BytesIO(data)
    if size > len(data):
        fixed = named | {"IfMatch": answer["ETag"]}
        if answer.get("VersionId"):
            fixed["VersionId"] = answer["VersionId"]
        stream = io.BufferedReader(_Parts(bucket, fixed, size, data, locator), 1 << 16)
    kind = answer.get("ContentType")
    name = address.key.rstrip("/").rpartition("/")[2] or address.key
    return Content(cast(BinaryIO, stream), version, size, name, None if kind in _NO_KIND else kind)


def _first(bucket: Bucket, named: Mapping[str, str]) -> Mapping[str, Any]:
    try:
        answer: Mapping[str, Any] = bucket.client.get_object(**named, Range=f"bytes=0-{PART - 1}")
    except ClientError as error:
        if code_of(error) not in ("InvalidRange", "416"):  # an empty object has no first byte
            raise
        answer = bucket.client.get_object(**named)
    return answer


def _bytes_of(answer: Mapping[str, Any]) -> bytes:
    body = answer["Body"]
    try:
        data: bytes = body.read()
    finally:
        body.close()
    if len(data) != answer["ContentLength"]:
        raise Unreachable("the line to the server broke while an object was read")
    return data


def _whole_size(answer: Mapping[str, Any]) -> int:
    told_range = str(answer.get("ContentRange") or "")
    return int(told_range.rpartition("/")[2]) if told_range else int(answer["ContentLength"])


class _Parts(io.RawIOBase):
    """A large object, one part of it in memory."""

    def __init__(self, bucket: Bucket, named: Mapping[str, str], size: int, first: bytes, locator: Locator) -> None:
        self._bucket, self._named, self._size, self._locator = bucket, named, size, locator
        self._at = 0
        self._part, self._part_at = first, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        self._at = max(0, start + offset)
        return self._at

    def readinto(self, buffer: Any) -> int:  # noqa: ANN401 - any writable buffer
        if self._at >= self._size:
            return 0
        if not self._part_at <= self._at < self._part_at + len(self._part):
            self._fetch()
        start = self._at - self._part_at
        data = self._part[start : start + len(buffer)]
        buffer[: len(data)] = data
        self._at += len(data)
        return len(data)

    def _fetch(self) -> None:
        self._part, self._part_at = b"", self._at
        last = min(self._at + PART, self._size) - 1
        with told(self._locator):
            self._part = _bytes_of(self._bucket.client.get_object(**self._named, Range=f"bytes={self._at}-{last}"))
        if not self._part:
            raise Unreachable("the server gave less of an object than it said", self._locator)
