"""What every kind that is a bucket has in common: its options, and signing in within the server's connections."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from connectors import network
from connectors.base import Option
from connectors.errors import Unreachable
from connectors.files.s3_bucket import Bucket, sign_in

OPTIONS: tuple[Option, ...] = (
    Option("bucket", str, "the bucket's name"),
    Option("prefix", str, 'only keys that begin so, like "kunder/"', ""),
    Option("region", str, "the bucket's region; empty: what the machine is set up for", ""),
    Option("endpoint", str, "the address of a server that is not Amazon's, like https://minio.example:9000", ""),
    Option("access_key", str, "the access key's id; empty: what the machine is set up for", None, secret=True),
    Option("secret_key", str, "the access key's secret part", None, secret=True),
    Option("ca", str, "a file of certificates (PEM) to trust instead of the usual ones", None, path=True),
    Option("path_style", bool, "the bucket's name in the path, not in the host's name", False),
)


def problems(settings: Mapping[str, Any]) -> list[str]:
    """Both halves of a key or none; an endpoint with its protocol; a bucket's name without a path."""
    found = network.problems(settings)
    if bool(settings.get("access_key")) != bool(settings.get("secret_key")):
        found.append("access_key: give it together with secret_key, or neither")
    bucket = str(settings.get("bucket") or "")
    if "/" in bucket and not bucket.startswith("arn:"):
        found.append("bucket: must be its name alone; what stands after a / goes into prefix")
    endpoint = str(settings.get("endpoint") or "")
    if endpoint and (urlsplit(endpoint).scheme not in ("https", "http") or not urlsplit(endpoint).hostname):
        found.append("endpoint: must begin with https:// (or http://) and name a host")
    return found


class Session:
    """A bucket that is signed in to, with one of the connections that `connections` allows."""

    def __init__(self, settings: Mapping[str, Any]) -> None:
        self._settings = settings
        self._bucket: Bucket | None = None
        self._slot: network.Slot | None = None

    def open(self) -> Bucket:
        """Sign in, anew where it was. Raises Denied, Unreachable, Throttled."""
        self.close()
        settings = self._settings
        server = str(settings.get("endpoint") or "") or f"s3.{settings.get('region') or ''}"
        slot = network.Slot(server, settings["connections"], settings["timeout"])
        slot.open()
        self._slot = slot
        try:
            self._bucket = sign_in(settings)
        except BaseException:
            self.close()
            raise
        return self._bucket

    def close(self) -> None:
        """Let go of the connection. Safe to call twice."""
        bucket, slot, self._bucket, self._slot = self._bucket, self._slot, None, None
        if bucket is not None:
            bucket.client.close()
        if slot is not None:
            slot.close()

    @property
    def bucket(self) -> Bucket:
        """Raises Unreachable where it is not open."""
        if self._bucket is None:
            raise Unreachable("the source is not open")
        return self._bucket
