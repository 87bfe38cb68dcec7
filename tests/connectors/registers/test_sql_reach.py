"""A server that is killed in mid-walk, and a table of 50,000 rows in little memory."""

from __future__ import annotations

import sqlite3
import tracemalloc
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from connectors.base import Item
from connectors.errors import Unreachable
from connectors.registers.sql import Sql
from tests.connectors.registers.servers import PASSWORD, Maria, Postgres

TABLE: dict[str, Any] = {"name": "kunder", "person": {"name": "namn"}, "text": ["anteckning"]}
LONG = "ett samtal om leveransen " * 20  # 500 bytes


@pytest.mark.parametrize("kind", [Postgres, Maria])
def test_a_server_killed_in_the_middle_of_a_walk_is_unreachable(kind: type[Postgres] | type[Maria]) -> None:
    server = kind()
    try:
        with server.connect("postgres" if kind is Postgres else None) as connection:
            connection.cursor().execute("CREATE DATABASE crm")
        with server.connect("crm") as connection:
            cursor = connection.cursor()
            cursor.execute("CREATE TABLE kunder (id INTEGER PRIMARY KEY, namn VARCHAR(80), anteckning TEXT)")
            values = ", ".join(f"({number}, 'Kund {number}', NULL)" for number in range(1000))
            cursor.execute(f"INSERT INTO kunder VALUES {values}")
        url = f"{'postgresql://postgres' if kind is Postgres else 'mysql://root'}@127.0.0.1:{server.port}/crm"
        settings = {"url": url, "password": PASSWORD if kind is Postgres else None, "timeout": 2, "table": [TABLE]}
        with Sql("crm", settings) as source:
            walk = source.walk("kunder")
            met = [event for event in islice(walk, 250) if isinstance(event, Item)]
            assert met
            server.kill()
            with pytest.raises(Unreachable):
                list(walk)
            with pytest.raises(Unreachable):
                source.presence(met[0].locator)
            server.start()
            assert source.version(met[0].locator) == met[0].version  # the same session goes on
            assert sum(isinstance(event, Item) for event in source.walk("kunder")) == 1000
    finally:
        server.stop()


def test_fifty_thousand_rows_stream(tmp_path: Path) -> None:
    file = tmp_path / "crm.db"
    with sqlite3.connect(file) as connection:
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute("CREATE TABLE kunder (id INTEGER PRIMARY KEY, namn TEXT, anteckning TEXT)")
        connection.executemany(
            "INSERT INTO kunder VALUES (?, ?, ?)", ((number, f"Kund {number}", LONG) for number in range(50_000))
        )
    connection.close()
    with Sql("crm", {"path": str(file), "table": [TABLE]}) as source:
        walk = source.walk("kunder")
        count = sum(isinstance(event, Item) for event in islice(walk, 45_000))
        tracemalloc.start()  # slow, so only at the end; whatever is kept of each row would show
        try:
            count += sum(isinstance(event, Item) for event in walk)
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    assert count == 50_000
    assert peak < 2_000_000  # the rows of that part have 2.5 MB, a page has 0.1
