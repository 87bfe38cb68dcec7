"""Rows that change, come and go behind the plan, keys that look alike, and tables that bite. Raw clients judge."""

from __future__ import annotations

from typing import Any

import pytest

from connectors.base import Connector, Outcome, Presence
from connectors.errors import Changed, ConfigError, ConnectorError, Held, Unreachable, Unsupported
from connectors.registers.sql import Sql
from tests.connectors.registers.test_sql_erase import FAKTUROR, KUNDER, Bench, SqliteBench, at, bench, walked

__all__ = ["bench"]

COMPUTED = (
    "CREATE TABLE nycklar (id INTEGER PRIMARY KEY, namn VARCHAR(80), nr VARCHAR(9), "
    "sok VARCHAR(90) GENERATED ALWAYS AS ({}) STORED)"
)
TWO = "INSERT INTO nycklar (id, namn, nr) VALUES (1, 'Maja Blomqvist', 'A-17'), (2, 'Nils Ek', 'B-18')"
NYCKLAR: dict[str, Any] = {"name": "nycklar", "person": {"name": "namn"}}


def removed(source: Connector, path: str) -> Outcome:
    return source.remove(at(path), source.version(at(path))).outcome


def test_a_key_that_another_person_got_meanwhile_is_changed(bench: Bench) -> None:
    bench.seed()
    with bench.source(KUNDER, FAKTUROR) as source:
        seen = walked(source)
        bench.do("DELETE FROM fakturor WHERE kund_id = 1")
        bench.do("DELETE FROM kunder WHERE id = 1")
        bench.do("INSERT INTO kunder VALUES (1, 'Maja Blomqvist', 'en.annan@maja.example', 'ringer', 1)")
        bench.do("INSERT INTO fakturor VALUES (7, 1, 'Bord')")
        before = bench.all()
        for path in ("fakturor/7", "kunder/1"):
            with pytest.raises(Changed):
                source.remove(at(path), seen[path])
        assert source.remove(at("fakturor/8"), seen["fakturor/8"]).outcome is Outcome.ABSENT
    assert bench.all() == before


def test_a_row_that_came_to_refer_to_it_meanwhile_keeps_it(bench: Bench) -> None:
    bench.seed("ON DELETE CASCADE")
    with bench.source(KUNDER, FAKTUROR) as source:
        seen = walked(source)
        for path in ("fakturor/7", "fakturor/8"):
            source.remove(at(path), seen[path])
        bench.do("INSERT INTO fakturor VALUES (10, 1, 'Ny')")
        with pytest.raises(Held, match="1 row of fakturor refers to it"):
            source.remove(at("kunder/1"), seen["kunder/1"])
    assert bench.rows("SELECT id FROM fakturor ORDER BY id") == [("9",), ("10",)]
    assert len(bench.rows("SELECT id FROM kunder")) == 2


def test_a_child_that_was_given_to_another_is_changed(bench: Bench) -> None:
    bench.seed()
    with bench.source(KUNDER, FAKTUROR) as source:
        seen = walked(source)
        bench.do("UPDATE fakturor SET kund_id = 2 WHERE id = 7")
        with pytest.raises(Changed):
            source.remove(at("fakturor/7"), seen["fakturor/7"])
    assert ("7", "2", "Bord") in bench.all()["fakturor"]


def test_keys_that_look_alike_are_told_apart(bench: Bench) -> None:
    keys = ["1", "01", "1.0", "+1", "1e0", "A-1", "0x1", "1,0", "1%2C0"]
    if isinstance(bench, SqliteBench) or bench.kind == "postgresql":
        keys += ["1 ", " 1", "a-1", "ａ-1"]
    bench.do("CREATE TABLE nycklar (kod VARCHAR(20) PRIMARY KEY, namn VARCHAR(80))")
    for key in keys:
        bench.do(f"INSERT INTO nycklar VALUES ('{key}', 'Maja Blomqvist')")
    with bench.source(NYCKLAR) as source:
        seen = walked(source)
        assert len(seen) == len(keys)
        assert removed(source, "nycklar/'1") is Outcome.ERASED
        for other in ("nycklar/1", "nycklar/1 %20", "nycklar/'%31", "nycklar/'1,'0"):
            assert source.presence(at(other)) is Presence.ABSENT
    assert sorted(row[0] or "" for row in bench.rows("SELECT kod FROM nycklar")) == sorted(keys[1:])


def test_composite_keys_with_commas_and_percents_are_told_apart(bench: Bench) -> None:
    pairs = [("x,y", "z"), ("x", "y,z"), ("x%2Cy", "z"), ("x,y,z", ""), ("1", "2"), ("1,2", "")]
    bench.do("CREATE TABLE nycklar (a VARCHAR(20), b VARCHAR(20), namn VARCHAR(80), PRIMARY KEY (a, b))")
    for a, b in pairs:
        bench.do(f"INSERT INTO nycklar VALUES ('{a}', '{b}', 'Maja Blomqvist')")
    with bench.source(NYCKLAR) as source:
        assert len(walked(source)) == len(pairs)
        assert removed(source, "nycklar/x%2Cy,z") is Outcome.ERASED
        assert removed(source, "nycklar/'1,'2") is Outcome.ERASED
    left = sorted((a or "", b or "") for a, b in bench.rows("SELECT a, b FROM nycklar"))
    assert left == sorted(pair for pair in pairs if pair not in [("x,y", "z"), ("1", "2")])


def test_a_view_is_no_table(bench: Bench) -> None:
    bench.seed()
    bench.do("CREATE VIEW alla AS SELECT id, namn FROM kunder")
    with pytest.raises(ConfigError, match="is a view: name the tables"):
        bench.source({"name": "alla", "person": {"name": "namn"}, "key": ["id"]}).open()


def test_what_a_trigger_keeps_in_another_table_is_found_where_that_is_configured_and_told_where_not(
    bench: Bench,
) -> None:
    bench.seed()
    bench.do("DELETE FROM fakturor")
    bench.do("CREATE TABLE historik (id INTEGER PRIMARY KEY, namn VARCHAR(80))")
    for statement in audit(bench):
        bench.do(statement)
    with bench.source(KUNDER, FAKTUROR) as source:
        assert [one.setting for one in source.left_out()] == ["table historik (not configured)"]
        assert removed(source, "kunder/1") is Outcome.ERASED
    with bench.source(KUNDER, {"name": "historik", "person": {"name": "namn"}}) as source:
        assert set(walked(source)) == {"kunder/2", "historik/1"}
        assert [one.setting for one in source.left_out()] == ["table fakturor (not configured)"]
    assert source.left_out() == (), "nothing is asked of a source that is closed"


def test_circles_of_references_end_and_nothing_goes(bench: Bench) -> None:
    bench.do("CREATE TABLE ena (id INTEGER PRIMARY KEY, andra INTEGER, namn VARCHAR(80))")
    bench.do("CREATE TABLE andra (id INTEGER PRIMARY KEY, ena INTEGER REFERENCES ena (id), namn VARCHAR(80))")
    link = [{"table": "andra", "column": "andra"}]
    back = [{"table": "ena", "column": "ena"}]
    bench.do("INSERT INTO ena VALUES (1, 1, 'Maja Blomqvist')")
    bench.do("INSERT INTO andra VALUES (1, 1, 'Maja Blomqvist')")
    tables = [
        {"name": "ena", "person": {"name": "namn"}, "parent": link},
        {"name": "andra", "person": {"name": "namn"}, "parent": back},
    ]
    with bench.source(*tables) as source:
        assert sorted(source.scopes()) == ["andra", "ena"]
        for path in ("ena/1", "andra/1"):
            with pytest.raises(Held, match="1 row of"):
                removed(source, path)
    assert (len(bench.rows("SELECT id FROM ena")), len(bench.rows("SELECT id FROM andra"))) == (1, 1)


@pytest.mark.parametrize("text", [[], ["sok"]])
def test_computed_columns_follow_from_what_is_blanked(bench: Bench, text: list[str]) -> None:
    bench.do(COMPUTED.format("lower(namn)"))
    bench.do(TWO)
    with bench.source({**NYCKLAR, "text": text, "on_erase": "blank"}) as source:
        assert removed(source, "nycklar/1") is Outcome.ERASED
    after = [("1", None, "A-17", None), ("2", "Nils Ek", "B-18", "nils ek")]
    assert bench.rows("SELECT id, namn, nr, sok FROM nycklar ORDER BY id") == after


def test_a_computed_column_that_would_still_tell_is_refused_and_nothing_is_altered(bench: Bench) -> None:
    bench.do(COMPUTED.format("lower(nr)"))
    bench.do(TWO)
    before = bench.rows("SELECT id, namn, nr, sok FROM nycklar ORDER BY id")
    with bench.source({**NYCKLAR, "text": ["sok"], "on_erase": "blank"}) as source:
        with pytest.raises(Unsupported, match="that it is computed from"):
            removed(source, "nycklar/1")
        assert bench.rows("SELECT id, namn, nr, sok FROM nycklar ORDER BY id") == before
    with pytest.raises(ConfigError, match="computes all of these columns"):
        bench.source({"name": "nycklar", "text": ["sok"], "on_erase": "blank"}).open()


def test_a_column_that_is_dropped_meanwhile_is_told_and_nothing_is_erased(bench: Bench) -> None:
    bench.seed()
    bench.do("DELETE FROM fakturor")
    with bench.source(KUNDER) as source:
        seen = walked(source)
        bench.do("ALTER TABLE kunder DROP COLUMN anteckning")
        with pytest.raises(ConnectorError) as refused:
            source.remove(at("kunder/1"), seen["kunder/1"])
        assert "Maja" not in str(refused.value)
        with pytest.raises(ConnectorError):
            source.presence(at("kunder/1"))
    again = bench.source(KUNDER)
    again.expect_items = True
    with pytest.raises(Unreachable, match="not there"):
        again.open()
    assert len(bench.rows("SELECT id FROM kunder")) == 2


@pytest.mark.parametrize("bench", ["postgresql", "mariadb"], indirect=True)  # a file has no url with options
def test_an_option_of_the_driver_that_there_is_not_is_told(bench: Bench) -> None:
    bench.seed()
    settings = bench.settings(KUNDER)
    for option in ("nonsense=1", "connect_timeout=soon" if bench.kind == "mariadb" else "sslmode=nonsense"):
        with pytest.raises(ConfigError, match="does not take an option"):
            Sql("crm", settings | {"url": f"{settings['url']}?{option}"}).open()


def audit(bench: Bench) -> list[str]:
    into = "INSERT INTO historik VALUES (OLD.id, OLD.namn)"
    if isinstance(bench, SqliteBench) or bench.kind == "mariadb":
        body = f"BEGIN {into}; END" if isinstance(bench, SqliteBench) else into
        return [f"CREATE TRIGGER spara AFTER DELETE ON kunder FOR EACH ROW {body}"]
    return [
        f"CREATE FUNCTION spara() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {into}; RETURN OLD; END $$",
        "CREATE TRIGGER spara AFTER DELETE ON kunder FOR EACH ROW EXECUTE FUNCTION spara()",
    ]
