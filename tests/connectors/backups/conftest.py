"""One S3 server a worker, started when a test first asks for it, and what its tests need."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import boto3
import pytest

from connectors.backups.s3 import S3Versions
from connectors.files import s3_listing
from tests.connectors.backups.s3_help import Open
from tests.connectors.backups.s3_world import settings
from tests.servers.moto import Moto
from tests.servers.proxy import Proxy


@pytest.fixture(scope="session")
def moto() -> Iterator[Moto]:
    """It copies what it holds for every listing: here not also the bytes, else most of the time goes there."""
    server = Moto()
    from moto.s3 import models

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(models, "copy", SimpleNamespace(copy=copy.copy, deepcopy=_a_level_down))
        yield server
    server.stop()


def _a_level_down(held: Any) -> Any:
    return [copy.copy(one) for one in held] if isinstance(held, list) else copy.deepcopy(held)


@pytest.fixture
def moto_line(moto: Moto, monkeypatch: pytest.MonkeyPatch) -> Iterator[Proxy]:
    """A line to the server that can be cut; gallra does not wait long before it asks again."""
    monkeypatch.setattr(s3_listing, "_FIRST_WAIT", 0.01)
    proxy = Proxy(moto.port)
    yield proxy
    proxy.close()


@pytest.fixture
def kept(moto: Moto) -> str:
    return moto.bucket("Enabled")


@pytest.fixture
def locking(moto: Moto) -> str:
    return moto.bucket("Enabled", lock=True)


@pytest.fixture
def opened(moto: Moto) -> Iterator[Open]:
    made: list[S3Versions] = []

    def open_it(bucket: str, **more: Any) -> S3Versions:
        made.append(S3Versions("s", settings(moto.port, bucket, **more)))
        made[-1].open()
        return made[-1]

    yield open_it
    for one in made:
        one.close()


@pytest.fixture(scope="session")
def raw(moto: Moto) -> Any:
    """A client of its own."""
    return boto3.session.Session().client(
        "s3", endpoint_url=f"http://127.0.0.1:{moto.port}", region_name="us-east-1",
        aws_access_key_id="other", aws_secret_access_key="other",
    )  # fmt: skip
