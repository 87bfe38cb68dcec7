"""Databases before the suite; the witnesses are sqlite3, psql and the mariadb client."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from connectors.conformance import Conformance
from connectors.registers.sql import Sql
from tests.connectors.registers.servers import Maria, Postgres, Proxy
from tests.connectors.registers.worlds import MariaWorld, PostgresWorld, SqliteWorld


class TestSqlite(Conformance):
    @pytest.fixture
    def world(self, open_tmp: Path, without_rights: Callable[[Callable[[], Any]], Any]) -> SqliteWorld:
        return SqliteWorld(open_tmp, without_rights)


class TestPostgres(Conformance):
    @pytest.fixture
    def world(self, postgres: Postgres, postgres_proxy: Proxy, fresh: str) -> Iterator[PostgresWorld]:
        world = PostgresWorld(postgres, postgres_proxy, fresh)
        yield world
        world.close()


class TestMaria(Conformance):
    @pytest.fixture
    def world(self, maria: Maria, maria_proxy: Proxy, fresh: str) -> Iterator[MariaWorld]:
        world = MariaWorld(maria, maria_proxy, fresh)
        yield world
        world.close()


def test_all_of_them_are_of_the_kind() -> None:
    assert Sql.kind == "sql"
