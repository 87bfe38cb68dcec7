"""What erasing a row does, and what it refuses, in each database. The truth comes from the raw clients."""

from __future__ import annotations

import shutil
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from connectors.base import Connector, Gap, GapReason, Item, Locator, Outcome, Presence, Version
from connectors.conformance.world import told_by
from connectors.errors import Changed, Denied, Held, ProtocolBroken, Throttled, Unsupported
from connectors.registers.sql import Sql
from tests.connectors.registers.servers import PASSWORD, Maria, Postgres

KUNDER: dict[str, Any] = {"name": "kunder", "person": {"name": "namn", "email": "epost"}, "text": ["anteckning"]}
FAKTUROR: dict[str, Any] = {"name": "fakturor", "text": ["rad"]}


class Bench:
    """A database with customers and invoices, and three ways to it: the connector, a driver, a raw client."""

    mark = "%s"

    def __init__(self, server: Any, database: str) -> None:
        self.server, self.database = server, database
        self._session: Any = None
        if server is not None:
            with server.connect("postgres" if isinstance(server, Postgres) else None) as connection:
                connection.cursor().execute(f"CREATE DATABASE {database}")
            self._session = server.connect(database)

    @property
    def kind(self) -> str:
        return "postgresql" if isinstance(self.server, Postgres) else "mariadb"

    def seed(self, on_delete: str = "", enforced: bool = True) -> None:
        key = f", FOREIGN KEY (kund_id) REFERENCES kunder (id) {on_delete}" if enforced else ""
        self.do(
            "CREATE TABLE kunder (id INTEGER PRIMARY KEY, namn VARCHAR(80), epost VARCHAR(80) NOT NULL, "
            "anteckning VARCHAR(200), rev INTEGER)"
        )
        self.do(f"CREATE TABLE fakturor (id INTEGER PRIMARY KEY, kund_id INTEGER, rad VARCHAR(80){key})")
        self.do("INSERT INTO kunder VALUES (1, 'Maja Blomqvist', 'maja@blomqvist.example', 'ringer', 1)")
        self.do("INSERT INTO kunder VALUES (2, 'Nils Ek', 'nils@ek.example', NULL, 1)")
        self.do("INSERT INTO fakturor VALUES (7, 1, 'Bord')")
        self.do("INSERT INTO fakturor VALUES (8, 1, NULL)")
        self.do("INSERT INTO fakturor VALUES (9, 2, 'Stol')")

    def do(self, statement: str) -> None:
        with self._session.cursor() as cursor:
            cursor.execute(statement)

    def rows(self, query: str) -> list[tuple[str | None, ...]]:
        found = self.server.query(self.database, query)
        return [tuple(None if value is None else str(value) for value in row) for row in found]

    def all(self) -> dict[str, list[tuple[str | None, ...]]]:
        return {name: self.rows(f"SELECT * FROM {name} ORDER BY id") for name in ("kunder", "fakturor")}

    def settings(self, *tables: dict[str, Any], user: str = "", password: str = "") -> dict[str, Any]:
        user = user or ("postgres" if self.kind == "postgresql" else "root")
        url = f"{self.kind}://{user}@127.0.0.1:{self.server.port}/{self.database}"
        secret = password or (PASSWORD if self.kind == "postgresql" else None)
        return {"url": url, "password": secret, "timeout": 1, "table": list(tables)}

    def source(self, *tables: dict[str, Any]) -> Connector:
        return Sql("crm", self.settings(*tables))

    def hold(self) -> Any:
        """Another session that has locked the row kunder/1."""
        other = self.server.connect(self.database)
        other.cursor().execute("BEGIN")
        other.cursor().execute("UPDATE kunder SET anteckning = 'nytt' WHERE id = 1")
        return other

    def close(self) -> None:
        if self._session is not None:
            self._session.close()


class SqliteBench(Bench):
    mark = "?"

    def __init__(self, folder: Path) -> None:
        super().__init__(None, "")
        self.file = folder / "crm.db"

    def do(self, statement: str) -> None:
        with sqlite3.connect(self.file) as connection:
            connection.execute("PRAGMA synchronous = OFF")
            connection.execute(statement)
        connection.close()

    def rows(self, query: str) -> list[tuple[str | None, ...]]:
        with sqlite3.connect(self.file) as connection:
            found = connection.execute(query).fetchall()
        connection.close()
        return [tuple(None if value is None else str(value) for value in row) for row in found]

    def settings(self, *tables: dict[str, Any], user: str = "", password: str = "") -> dict[str, Any]:
        return {"path": str(self.file), "timeout": 1, "table": list(tables)}

    def hold(self) -> Any:
        other = sqlite3.connect(self.file, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        other.execute("UPDATE kunder SET anteckning = 'nytt' WHERE id = 1")
        return other


@pytest.fixture(params=["sqlite", "postgresql", "mariadb"])
def bench(request: pytest.FixtureRequest, tmp_path: Path, fresh: str) -> Iterator[Bench]:
    made: Bench
    if request.param == "sqlite":
        made = SqliteBench(tmp_path)
    elif request.param == "postgresql":
        made = Bench(request.getfixturevalue("postgres"), fresh)
    else:
        made = Bench(request.getfixturevalue("maria"), fresh)
    yield made
    made.close()


def at(path: str) -> Locator:
    return Locator("crm", path)


def walked(source: Connector) -> dict[str, Version]:
    found = [event for scope in source.scopes() for event in source.walk(scope)]
    return {event.locator.path: event.version for event in found if isinstance(event, Item)}


@pytest.mark.parametrize("on_delete", ["", "ON DELETE CASCADE", "ON DELETE SET NULL"])
def test_a_row_that_others_refer_to_is_refused_and_nothing_is_altered(bench: Bench, on_delete: str) -> None:
    bench.seed(on_delete)
    before = bench.all()
    with bench.source(KUNDER) as source:
        with pytest.raises(Held, match=r"^2 rows of fakturor refer to it: erase or detach them first, or set on_erase"):
            source.remove(at("kunder/1"), source.version(at("kunder/1")))
        assert source.presence(at("kunder/1")) is Presence.PRESENT
    assert bench.all() == before


def test_a_reference_that_only_the_configuration_knows_counts_too(bench: Bench) -> None:
    bench.seed(enforced=False)
    before = bench.all()
    child = {**FAKTUROR, "parent": [{"table": "kunder", "column": "kund_id"}]}
    with bench.source(KUNDER, child) as source:
        with pytest.raises(Held, match="2 rows of fakturor"):
            source.remove(at("kunder/1"), source.version(at("kunder/1")))
        assert bench.all() == before
        with source.read(at("fakturor/8")) as content:
            assert b'"parent":{"table":"kunder","persons":[{"related":false,' in content.stream.read()


def test_children_are_the_parents_and_go_by_themselves_first(bench: Bench) -> None:
    bench.seed()
    with bench.source(KUNDER, FAKTUROR) as source:
        assert list(source.scopes()) == ["fakturor", "kunder"]
        seen = walked(source)
        assert set(seen) == {"kunder/1", "kunder/2", "fakturor/7", "fakturor/8", "fakturor/9"}
        with source.read(at("fakturor/8")) as content:
            assert content.stream.read() == (
                b'{"table":"fakturor","persons":[],"text":[],"with":[],"parent":{"table":"kunder","persons":['
                b'{"related":false,"columns":[["name","namn","Maja Blomqvist"],'
                b'["email","epost","maja@blomqvist.example"]]}]}}'
            )
        for path in ("fakturor/7", "fakturor/8", "kunder/1"):
            assert source.remove(at(path), seen[path]).outcome is Outcome.ERASED
    assert bench.rows("SELECT id FROM kunder") == [("2",)]
    assert bench.rows("SELECT id FROM fakturor") == [("9",)]


def test_a_child_stays_removable_after_its_parent_was_blanked_but_not_after_it_became_anothers(bench: Bench) -> None:
    bench.seed()
    with bench.source({**KUNDER, "on_erase": "blank"}, FAKTUROR) as source:
        seen = walked(source)
        bench.do("UPDATE kunder SET namn = 'Ny Kund', epost = 'ny@kund.example' WHERE id = 1")
        with pytest.raises(Changed):
            source.remove(at("fakturor/7"), seen["fakturor/7"])
        source.remove(at("kunder/1"), source.version(at("kunder/1")))
        assert source.remove(at("fakturor/7"), seen["fakturor/7"]).outcome is Outcome.ERASED
    assert bench.rows("SELECT id FROM fakturor ORDER BY id") == [("8",), ("9",)]


def test_blanking_keeps_the_row_and_empties_what_is_about_the_person(bench: Bench) -> None:
    bench.seed("ON DELETE CASCADE")
    invoices = bench.all()["fakturor"]
    with bench.source({**KUNDER, "on_erase": "blank"}) as source:
        version = source.version(at("kunder/1"))
        assert source.remove(at("kunder/1"), version).outcome is Outcome.ERASED
        assert source.presence(at("kunder/1")) is Presence.ABSENT
        assert source.remove(at("kunder/1"), version).outcome is Outcome.ABSENT
        assert set(walked(source)) == {"kunder/2"}
    assert bench.rows("SELECT * FROM kunder ORDER BY id") == [
        ("1", None, "", None, "1"),
        ("2", "Nils Ek", "nils@ek.example", None, "1"),
    ]
    assert bench.all()["fakturor"] == invoices


def test_blanking_against_a_rule_of_the_database_is_refused(bench: Bench) -> None:
    bench.do("CREATE TABLE kunder (id INTEGER PRIMARY KEY, epost VARCHAR(80) NOT NULL UNIQUE)")
    bench.do("INSERT INTO kunder VALUES (1, 'maja@blomqvist.example'), (2, '')")
    before = bench.rows("SELECT * FROM kunder ORDER BY id")
    with bench.source({"name": "kunder", "person": {"email": "epost"}, "on_erase": "blank"}) as source:
        with pytest.raises(Unsupported) as refused:
            source.remove(at("kunder/1"), source.version(at("kunder/1")))
        assert "maja" not in told_by(refused.value)
    assert bench.rows("SELECT * FROM kunder ORDER BY id") == before


def test_rows_that_go_with_a_row_go_and_those_of_others_stay(bench: Bench) -> None:
    bench.seed()
    table = {**KUNDER, "with": [{"table": "fakturor", "column": "kund_id", "to": "id", "text": ["rad"]}]}
    with bench.source(table) as source:
        version = source.version(at("kunder/1"))
        bench.do("UPDATE fakturor SET rad = 'Bänk' WHERE id = 7")
        with pytest.raises(Changed):
            source.remove(at("kunder/1"), version)
        assert source.remove(at("kunder/1"), source.version(at("kunder/1"))).outcome is Outcome.ERASED
    assert bench.rows("SELECT id FROM fakturor") == [("9",)]
    assert bench.rows("SELECT id FROM kunder") == [("2",)]


def test_a_row_that_goes_along_is_refused_where_others_refer_to_it(bench: Bench) -> None:
    bench.seed()
    bench.do(
        "CREATE TABLE betalningar (id INTEGER PRIMARY KEY, faktura_id INTEGER, "
        "FOREIGN KEY (faktura_id) REFERENCES fakturor (id) ON DELETE CASCADE)"
    )
    bench.do("INSERT INTO betalningar VALUES (3, 7)")
    before = bench.all()
    table = {**KUNDER, "with": [{"table": "fakturor", "column": "kund_id", "text": ["rad"]}]}
    with bench.source(table) as source, pytest.raises(Held, match="1 row of betalningar refers to it"):
        source.remove(at("kunder/1"), source.version(at("kunder/1")))
    assert bench.all() == before
    assert bench.rows("SELECT * FROM betalningar") == [("3", "7")]


def test_a_version_column_decides_and_spares_the_other_columns(bench: Bench) -> None:
    bench.seed(enforced=False)
    with bench.source({**KUNDER, "version": "rev"}) as source:
        version = source.version(at("kunder/1"))
        bench.do("UPDATE kunder SET rev = 2 WHERE id = 1")
        with pytest.raises(Changed):
            source.remove(at("kunder/1"), version)
        assert source.remove(at("kunder/1"), source.version(at("kunder/1"))).outcome is Outcome.ERASED


def test_a_row_that_another_session_holds_is_no_hang(bench: Bench) -> None:
    bench.seed(enforced=False)
    with bench.source(KUNDER) as source:
        version = source.version(at("kunder/1"))
        other = bench.hold()
        try:
            with pytest.raises(Throttled):
                source.remove(at("kunder/1"), version)
        finally:
            other.rollback()
            other.close()
        assert source.remove(at("kunder/1"), version).outcome is Outcome.ERASED


def test_a_session_that_changes_the_row_while_removing_waits_for_it_wins(bench: Bench) -> None:
    bench.seed(enforced=False)
    with bench.source(KUNDER) as source:
        version = source.version(at("kunder/1"))
        other = bench.hold()
        timer = threading.Timer(0.3, other.commit)
        if isinstance(bench, SqliteBench):
            other.commit()  # its connections stay in their thread
        else:
            timer.start()
        with pytest.raises(Changed):
            source.remove(at("kunder/1"), version)
        if timer.is_alive():
            timer.join()
        other.close()
    assert bench.rows("SELECT anteckning FROM kunder WHERE id = 1") == [("nytt",)]


def test_many_rows_stream_and_a_walk_goes_on_after_a_checkpoint(bench: Bench) -> None:
    from connectors.base import Checkpoint

    bench.do("CREATE TABLE kunder (del VARCHAR(10), nr INTEGER, namn VARCHAR(80), PRIMARY KEY (del, nr))")
    names = [(part, number) for part in ("a", "b") for number in range(450)]
    values = ", ".join(f"('{part}', {number}, 'Kund {number}')" for part, number in names)
    bench.do(f"INSERT INTO kunder VALUES {values}")
    with bench.source({"name": "kunder", "person": {"name": "namn"}}) as source:
        events = list(source.walk("kunder"))
        paths = [event.locator.path for event in events if isinstance(event, Item)]
        assert paths == [f"kunder/{part},{number}" for part, number in names]
        cursors = [event.cursor for event in events if isinstance(event, Checkpoint)]
        assert len(cursors) == 4
        rest = [event.locator.path for event in source.walk("kunder", cursors[2]) if isinstance(event, Item)]
        assert rest == paths[600:]
        again = [event.locator.path for event in source.walk("kunder", "after 7") if isinstance(event, Item)]
        assert again == paths


def test_names_of_tables_and_columns_are_only_names(bench: Bench) -> None:
    table, column, key = 'kun"der; --', "na mn'`%s", "Nyckel/;ö"
    quoted = [_quoted(bench, name) for name in (table, key, column)]
    bench.do("CREATE TABLE {} ({} INTEGER PRIMARY KEY, {} VARCHAR(80))".format(*quoted))
    bench.do(f"INSERT INTO {quoted[0]} VALUES (1, 'Maja Blomqvist'), (2, 'Nils Ek')")
    with bench.source({"name": table, "person": {"name": column}}) as source:
        seen = walked(source)
        assert list(seen) == ["kun%22der%3B --/1", "kun%22der%3B --/2"]
        source.remove(at("kun%22der%3B --/1"), seen["kun%22der%3B --/1"])
    assert bench.rows(f"SELECT * FROM {quoted[0]}") == [("2", "Nils Ek")]


def _quoted(bench: Bench, name: str) -> str:
    mark = "`" if not isinstance(bench, SqliteBench) and bench.kind == "mariadb" else '"'
    return mark + name.replace(mark, mark * 2) + mark


def test_a_trigger_that_keeps_what_is_erased_is_told(bench: Bench) -> None:
    bench.seed(enforced=False)
    if isinstance(bench, SqliteBench):
        bench.do(
            "CREATE TRIGGER spara AFTER UPDATE ON kunder WHEN new.namn IS NULL "
            "BEGIN UPDATE kunder SET namn = old.namn WHERE id = old.id; END"
        )
    elif bench.kind == "mariadb":
        bench.do("CREATE TRIGGER spara BEFORE UPDATE ON kunder FOR EACH ROW SET NEW.namn = OLD.namn")
    else:
        bench.do(
            "CREATE FUNCTION spara() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.namn = OLD.namn; RETURN NEW; END'"
        )
        bench.do("CREATE TRIGGER spara BEFORE UPDATE ON kunder FOR EACH ROW EXECUTE FUNCTION spara()")
    with bench.source({**KUNDER, "on_erase": "blank"}) as source, pytest.raises(ProtocolBroken, match="still has it"):
        source.remove(at("kunder/1"), source.version(at("kunder/1")))
    assert bench.rows("SELECT namn FROM kunder WHERE id = 1") == [("Maja Blomqvist",)]


def test_sqlite_leaves_no_trace_in_the_file(tmp_path: Path) -> None:
    bench = SqliteBench(tmp_path)
    bench.seed(enforced=False)
    assert b"maja@blomqvist.example" in bench.file.read_bytes()
    with bench.source(KUNDER) as source:
        source.remove(at("kunder/1"), source.version(at("kunder/1")))
    assert b"maja@blomqvist.example" not in bench.file.read_bytes()
    assert [path.name for path in tmp_path.iterdir()] == ["crm.db"]


def test_sqlite_texts_that_are_no_utf8_are_gaps_and_keys_of_every_type_are_told_apart(tmp_path: Path) -> None:
    bench = SqliteBench(tmp_path)
    with sqlite3.connect(bench.file) as connection:
        connection.execute("CREATE TABLE kunder (kod PRIMARY KEY, namn)")
        keys = [17, "17", 17.5, "17.5", b"17", "", 1e300, "0x3137", None]
        connection.executemany("INSERT INTO kunder VALUES (?, ?)", [(key, f"Kund {key!r}") for key in keys])
        connection.execute("INSERT INTO kunder VALUES ('latin', CAST(x'4d616ae5' AS TEXT))")
    connection.close()
    with bench.source({"name": "kunder", "person": {"name": "namn"}}) as source:
        events = list(source.walk("kunder"))
        gaps = {event.locator.path: event for event in events if isinstance(event, Gap)}
        assert set(gaps) == {"kunder", "kunder/latin"}
        assert gaps["kunder"].detail == "1 rows have no value in their key"
        assert {gap.reason for gap in gaps.values()} == {GapReason.UNREADABLE}
        paths = [event.locator.path for event in events if isinstance(event, Item)]
        assert sorted(paths) == sorted(
            ["kunder/17", "kunder/'17", "kunder/17.5", "kunder/'17.5", "kunder/0x3137", "kunder/'", "kunder/1e+300",
             "kunder/'0x3137"]
        )  # fmt: skip
        for path in paths:
            assert source.remove(at(path), source.version(at(path))).outcome is Outcome.ERASED
    assert bench.rows("SELECT kod FROM kunder ORDER BY kod") == [(None,), ("latin",)]


def test_an_account_without_rights_is_told_before_and_refused(postgres: Postgres, fresh: str) -> None:
    bench = Bench(postgres, fresh)
    bench.seed(enforced=False)
    bench.do(f"DO $$ BEGIN CREATE ROLE reader LOGIN PASSWORD '{PASSWORD}'; EXCEPTION WHEN duplicate_object THEN END $$")
    bench.do("GRANT SELECT ON kunder TO reader")
    source = Sql("crm", bench.settings(KUNDER, FAKTUROR, user="reader"))
    offered = source.open()
    assert not offered.removes
    assert "the account may not delete rows of kunder" in offered.limits
    with source:
        events = [event for scope in source.scopes() for event in source.walk(scope)]
        assert [gap.locator.path for gap in events if isinstance(gap, Gap)] == ["fakturor"]
        with pytest.raises(Denied):
            source.remove(at("kunder/1"), source.version(at("kunder/1")))
        with pytest.raises(Denied):
            source.presence(at("fakturor/7"))
    bench.do("GRANT DELETE, UPDATE (id) ON kunder TO reader")
    with source:
        assert source.open().removes
        assert source.remove(at("kunder/1"), source.version(at("kunder/1"))).outcome is Outcome.ERASED
    bench.close()


def test_mariadb_deletes_nothing_where_it_may_not_see_who_refers(maria: Maria, fresh: str) -> None:
    bench = Bench(maria, fresh)
    bench.seed("ON DELETE CASCADE")
    bench.do(f"CREATE USER IF NOT EXISTS blind@'127.0.0.1' IDENTIFIED BY '{PASSWORD}'")
    bench.do(f"GRANT SELECT, DELETE ON {fresh}.kunder TO blind@'127.0.0.1'")
    before = bench.all()
    source = Sql("crm", bench.settings(KUNDER, user="blind", password=PASSWORD))
    assert not source.open().removes
    with source, pytest.raises(Unsupported, match="grant it SELECT on the whole database"):
        source.remove(at("kunder/1"), source.version(at("kunder/1")))
    assert bench.all() == before
    bench.do(f"GRANT SELECT ON {fresh}.* TO blind@'127.0.0.1'")
    with source:
        assert source.open().removes
        with pytest.raises(Held, match="2 rows of fakturor"):
            source.remove(at("kunder/1"), source.version(at("kunder/1")))
        assert source.presence(at("kunder/2")) is Presence.PRESENT
    bench.close()


def test_collations_take_no_other_row(maria: Maria, fresh: str) -> None:
    bench = Bench(maria, fresh)
    bench.do("CREATE TABLE kunder (kod VARCHAR(20) COLLATE utf8mb4_general_ci PRIMARY KEY, namn VARCHAR(80))")
    bench.do("INSERT INTO kunder VALUES ('Anna', 'Anna Ek')")
    bench.do(
        "CREATE TABLE adresser (id INTEGER PRIMARY KEY, kod VARCHAR(20) COLLATE utf8mb4_general_ci, gata VARCHAR(80))"
    )
    bench.do("INSERT INTO adresser VALUES (1, 'Anna', 'Storgatan 1'), (2, 'ANNA', 'Lillgatan 2')")
    table = {
        "name": "kunder",
        "person": {"name": "namn"},
        "with": [{"table": "adresser", "column": "kod", "text": ["gata"]}],
    }
    with bench.source(table) as source:
        for other in ("kunder/anna", "kunder/Ånna", "kunder/Anna ", "kunder/0"):
            assert source.presence(at(other)) is Presence.ABSENT
        source.remove(at("kunder/Anna"), source.version(at("kunder/Anna")))
    assert bench.rows("SELECT id, kod FROM adresser") == [("2", "ANNA")]
    bench.close()


def test_errors_of_an_account(postgres: Postgres, maria: Maria, fresh: str, tmp_path: Path) -> None:
    from connectors.errors import Unreachable

    for server in (postgres, maria):
        bench = Bench(server, fresh)
        bench.do("CREATE TABLE kunder (id INTEGER PRIMARY KEY, namn VARCHAR(80))")
        settings = bench.settings({"name": "kunder", "person": {"name": "namn"}})
        with pytest.raises(Denied) as refused:
            Sql("crm", settings | {"password": "wrong-" + PASSWORD}).open()
        assert PASSWORD not in told_by(refused.value)
        closed = settings["url"].replace(str(server.port), "1")
        with pytest.raises(Unreachable):
            Sql("crm", settings | {"url": closed}).open()
        bench.close()
    (tmp_path / "crm.db").write_bytes(b"no database, but long enough to be looked at" * 100)
    with pytest.raises(ProtocolBroken, match="not an SQLite database"):
        SqliteBench(tmp_path).source(KUNDER).open()
    shutil.rmtree(tmp_path)
    with pytest.raises(Unreachable, match="not there"):
        SqliteBench(tmp_path).source(KUNDER).open()
