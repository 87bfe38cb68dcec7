"""What a database says of its tables is what was made there: in SQLite, PostgreSQL and MariaDB."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from connectors.registers.describe import Describes, ForeignKey, TableShape
from connectors.registers.sql import Sql
from tests.connectors.registers.servers import Maria, Postgres, Proxy
from tests.connectors.registers.worlds import PEOPLE, MariaWorld, PostgresWorld, RegisterWorld, SqliteWorld


@pytest.fixture
def sqlite_world(tmp_path: Path) -> SqliteWorld:
    return SqliteWorld(tmp_path, lambda ask: ask())


@pytest.fixture
def postgres_world(postgres: Postgres, postgres_proxy: Proxy, fresh: str) -> Iterator[PostgresWorld]:
    world = PostgresWorld(postgres, postgres_proxy, fresh)
    yield world
    world.close()


@pytest.fixture
def maria_world(maria: Maria, maria_proxy: Proxy, fresh: str) -> Iterator[MariaWorld]:
    world = MariaWorld(maria, maria_proxy, fresh)
    yield world
    world.close()


@pytest.fixture(params=["sqlite", "postgres", "maria"])
def world(request: pytest.FixtureRequest) -> RegisterWorld:
    found: RegisterWorld = request.getfixturevalue(f"{request.param}_world")
    return found


def described(world: RegisterWorld) -> dict[str, TableShape]:
    """Without any table configured, and not opened."""
    connector = Sql("crm", {**world.settings(), "table": []})
    assert isinstance(connector, Describes)
    return {one.name: one for one in connector.describe()}


def test_tables_columns_and_keys(world: RegisterWorld) -> None:
    found = described(world)
    assert {"kunder", "adresser", "nycklar"} <= set(found)
    kunder, adresser = found["kunder"], found["adresser"]
    assert [one.name for one in kunder.columns] == ["id", "namn", "epost", "kontakt", "anteckning", "saldo"]
    assert kunder.primary_key == ("id",)
    assert adresser.foreign_keys == (ForeignKey(("kund_id",), "kunder", ("id",)),)
    assert found["nycklar"].primary_key == ("kod",)
    assert all("CHAR" in one.type.upper() for one in kunder.columns[1:5])


def test_the_sample_is_what_stands_in_the_table(world: RegisterWorld) -> None:
    kunder = described(world)["kunder"]
    wanted = [tuple(None if value is None else str(value) for value in row) for row in PEOPLE]
    assert sorted(kunder.sample, key=lambda row: int(row[0] or 0))[: len(wanted)] == wanted


def test_looking_changes_nothing(world: RegisterWorld) -> None:
    before = world.query("SELECT * FROM kunder ORDER BY id")
    described(world)
    assert world.query("SELECT * FROM kunder ORDER BY id") == before
