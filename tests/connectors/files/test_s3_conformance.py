"""Buckets before the suite; the witness is the server's own store."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from connectors.conformance import Conformance
from connectors.files import s3_listing
from connectors.files.s3 import S3
from tests.connectors.files.s3_world import S3World, VersionedWorld
from tests.servers.moto import Moto
from tests.servers.proxy import Proxy


@pytest.fixture
def proxy(moto: Moto, monkeypatch: pytest.MonkeyPatch) -> Iterator[Proxy]:
    monkeypatch.setattr(s3_listing, "_FIRST_WAIT", 0.01)
    proxy = Proxy(moto.port)
    yield proxy
    proxy.close()


class TestS3(Conformance):
    @pytest.fixture
    def world(self, moto: Moto, proxy: Proxy) -> S3World:
        return S3World(moto, proxy)


class TestS3WithVersions(Conformance):
    @pytest.fixture
    def world(self, moto: Moto, proxy: Proxy) -> VersionedWorld:
        return VersionedWorld(moto, proxy)


def test_it_is_of_the_kind() -> None:
    assert S3.kind == "s3"
