"""A versioned bucket before the suite of backups; the witness is the server's own store."""

from __future__ import annotations

import pytest

from connectors import registry
from connectors.backups.conformance import BackupConformance
from connectors.backups.s3 import S3Versions
from tests.connectors.backups.quick import only_quick
from tests.connectors.backups.s3_world import S3VersionsWorld
from tests.servers.moto import Moto
from tests.servers.proxy import Proxy


class TestS3Versions(BackupConformance):
    @pytest.fixture
    def world(self, moto: Moto, moto_line: Proxy) -> S3VersionsWorld:
        return S3VersionsWorld(moto, moto_line)


only_quick(TestS3Versions)


@pytest.mark.prove
class TestS3VersionsWhole(BackupConformance):
    """The same, with every check."""

    @pytest.fixture
    def world(self, moto: Moto, moto_line: Proxy) -> S3VersionsWorld:
        return S3VersionsWorld(moto, moto_line)


def test_it_is_a_kind_of_backup() -> None:
    assert registry.load("s3", backup=True) is S3Versions
