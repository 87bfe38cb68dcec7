"""One server of each kind a worker, started when a test first asks for it."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import pytest

from tests.connectors.registers.servers import Maria, Postgres, Proxy

_NUMBERS = itertools.count(1)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    server = Postgres()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def maria() -> Iterator[Maria]:
    server = Maria()
    yield server
    server.stop()


@pytest.fixture
def postgres_proxy(postgres: Postgres) -> Iterator[Proxy]:
    proxy = Proxy(postgres.port)
    yield proxy
    proxy.close()


@pytest.fixture
def maria_proxy(maria: Maria) -> Iterator[Proxy]:
    proxy = Proxy(maria.port)
    yield proxy
    proxy.close()


@pytest.fixture
def fresh() -> str:
    """A name for a database that no other test has."""
    return f"crm_{next(_NUMBERS)}"
