"""One S3 server and one file server a worker, started when a test first asks for them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.servers.moto import Moto
from tests.servers.samba import Samba


@pytest.fixture(scope="session")
def moto() -> Iterator[Moto]:
    server = Moto()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def samba() -> Iterator[Samba]:
    server = Samba()
    yield server
    server.stop()
