"""A customer with orders and invoices, by the command line: what refers to her row goes before it, in one run.

The truth comes from the raw clients of each database.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import Desk
from tests.connectors.registers.servers import PASSWORD
from tests.connectors.registers.test_sql_erase import Bench, SqliteBench

ANNA, BO = "anna.ek@kund.example", "bo.dal@kund.example"
SOURCE = """
[[source]]
name = "crm"
kind = "sql"
backup = "none"
"""
KUNDER = """
[[source.table]]
name = "kunder"
person = { name = "namn", email = "epost" }
"""
BLANK = KUNDER + 'on_erase = "blank"\n'
ORDER = """
[[source.table]]
name = "order_"
text = ["onskan"]
"""
LINES = """
[[source.table]]
name = "vara"
text = ["gravyr"]
"""
INVOICES = """
[[source.table]]
name = "xfakturor"
text = ["rad"]
"""
HOLD = """
[[hold]]
name = "bokföring"
statute = "Bokföringslagen 7 kap. 2 §"
match = ["xfakturor/**"]
until = 2099-12-31
"""
SCHEMA = (
    "CREATE TABLE kunder (id INTEGER PRIMARY KEY, namn VARCHAR(80), epost VARCHAR(80), varvad_av INTEGER, "
    "FOREIGN KEY (varvad_av) REFERENCES kunder (id))",
    "CREATE TABLE order_ (id INTEGER PRIMARY KEY, kund INTEGER, onskan VARCHAR(80), "
    "FOREIGN KEY (kund) REFERENCES kunder (id))",
    "CREATE TABLE vara (id INTEGER PRIMARY KEY, order_id INTEGER, gravyr VARCHAR(80), "
    "FOREIGN KEY (order_id) REFERENCES order_ (id))",
    "CREATE TABLE xfakturor (id INTEGER PRIMARY KEY, kund INTEGER, rad VARCHAR(80), "
    "FOREIGN KEY (kund) REFERENCES kunder (id))",
    f"INSERT INTO kunder VALUES (1, 'Anna Ek', '{ANNA}', NULL), (2, 'Bo Dal', '{BO}', NULL)",
    "INSERT INTO order_ VALUES (5, 1, 'Vill ha den i maj'), (6, 2, 'Helst i juni'), (7, 1, NULL)",
    "INSERT INTO vara VALUES (1, 5, 'A.E.'), (2, 6, 'B.D.'), (3, 7, 'Anna')",
    "INSERT INTO xfakturor VALUES (8, 1, 'Dörr i furu'), (9, 2, 'Fönster')",
)
TABLES = ("kunder", "order_", "vara", "xfakturor")


@pytest.fixture(params=["sqlite", "postgresql", pytest.param("mariadb", marks=pytest.mark.prove)])
def bench(request: pytest.FixtureRequest, desk: Desk, fresh: str) -> Iterator[Bench]:
    made: Bench
    if request.param == "sqlite":
        made = SqliteBench(desk.root)
    else:
        made = Bench(request.getfixturevalue("postgres" if request.param == "postgresql" else "maria"), fresh)
    for statement in SCHEMA:
        made.do(statement)
    yield made
    made.close()


def configured(desk: Desk, bench: Bench, *parts: str) -> None:
    settings = bench.settings()
    where = f'path = "{Path(settings["path"]).name}"' if "path" in settings else f'url = "{settings["url"]}"'
    if settings.get("password"):
        desk.env["CRM_PASSWORD"] = PASSWORD
        where += '\npassword = "env:CRM_PASSWORD"'
    desk.write(SOURCE + where + "\n" + "".join(parts))


def seen(bench: Bench) -> dict[str, list[tuple[str | None, ...]]]:
    return {name: bench.rows(f"SELECT * FROM {name} ORDER BY id") for name in TABLES}


def found(desk: Desk, who: str = ANNA) -> str:
    desk("scan", code=0)
    return str(desk("find", "--json", who, code=[0, 3]).json["case"])


def states(desk: Desk, case: str) -> dict[str, tuple[str, str]]:
    told = json.loads(desk("show", case, "--json", code=[0, 3]).out)["findings"]
    return {one["path"]: (one["state"], one["reason"] or "") for one in told if not one["within"]}


def only_bo(table: list[tuple[str | None, ...]], *keys: str) -> list[tuple[str | None, ...]]:
    return [row for row in table if row[0] in keys]


def test_all_that_is_hers_goes_in_one_run_and_nothing_of_his(desk: Desk, bench: Bench) -> None:
    configured(desk, bench, KUNDER, ORDER, LINES, INVOICES)
    before = seen(bench)
    case = found(desk)
    desk("erase", case, "--yes", code=0)
    assert {state for state, _ in states(desk, case).values()} == {"erased"}
    assert seen(bench) == {
        "kunder": only_bo(before["kunder"], "2"),
        "order_": only_bo(before["order_"], "6"),
        "vara": only_bo(before["vara"], "2"),
        "xfakturor": only_bo(before["xfakturor"], "9"),
    }


def test_rows_that_are_blanked_are_blanked_after_those_that_tell_of_them(desk: Desk, bench: Bench) -> None:
    configured(desk, bench, BLANK, ORDER, LINES, INVOICES)
    before = seen(bench)
    case = found(desk)
    desk("erase", case, "--yes", code=0)
    after = seen(bench)
    assert after["kunder"] == [("1", None, None, None), *only_bo(before["kunder"], "2")]
    assert [row[0] for name in TABLES[1:] for row in after[name]] == ["6", "2", "9"]


def test_rows_of_one_table_that_refer_to_each_other_go_in_one_run(desk: Desk, bench: Bench) -> None:
    """Three rows of hers: the first in the order of the plan is the last that may go."""
    bench.do(f"INSERT INTO kunder VALUES (3, 'Anna Ek', '{ANNA}', 1)")
    bench.do(f"INSERT INTO kunder VALUES (4, 'Anna Ek', '{ANNA}', 3)")
    configured(desk, bench, KUNDER, ORDER, LINES, INVOICES)
    desk("erase", found(desk), "--yes", code=0)
    assert [row[0] for row in seen(bench)["kunder"]] == ["2"]


def test_a_held_invoice_stays_and_keeps_the_customer_until_she_is_blanked(desk: Desk, bench: Bench) -> None:
    configured(desk, bench, KUNDER, ORDER, LINES, INVOICES, HOLD)
    before = seen(bench)
    case = found(desk)
    desk("erase", case, "--yes", code=[3, 4])
    after = seen(bench)
    assert after["xfakturor"] == before["xfakturor"]
    assert after["kunder"] == before["kunder"]
    assert [row[0] for row in after["order_"]] == ["6"]
    told = states(desk, case)
    assert told["xfakturor/8"][0] == "held"
    state, reason = told["kunder/1"]
    assert state == "blocked"
    assert "1 row of xfakturor refers to it" in reason
    assert 'on_erase = "blank"' in reason
    assert 'on_erase = "blank"' in desk("show", case, code=[0, 3]).text

    configured(desk, bench, BLANK, ORDER, LINES, INVOICES, HOLD)
    desk("scan", code=0)
    desk("erase", case, "--yes", code=[0, 3, 4])
    case = found(desk)
    desk("erase", case, "--yes", code=[0, 3, 4])
    after = seen(bench)
    assert after["xfakturor"] == before["xfakturor"]
    assert after["kunder"] == [("1", None, None, None), *only_bo(before["kunder"], "2")]


def test_whose_row_it_is_stays_known_while_a_row_that_changed_is_still_there(desk: Desk, bench: Bench) -> None:
    """Blanked, nothing would lead to it any more, and it would be taken for gone."""
    configured(desk, bench, BLANK, ORDER, LINES, INVOICES)
    before = seen(bench)
    case = found(desk)
    bench.do("UPDATE order_ SET onskan = 'Ringt, vill byta' WHERE id = 5")
    desk("erase", case, "--yes", code=[0, 3, 4])
    assert seen(bench)["kunder"] == before["kunder"]
    assert ("5", "1", "Ringt, vill byta") in seen(bench)["order_"]
    assert states(desk, case)["order_/5"][0] == "open"
    desk("scan", code=0)
    desk("erase", case, "--yes", code=[0, 3, 4])
    after = seen(bench)
    assert after["kunder"] == [("1", None, None, None), *only_bo(before["kunder"], "2")]
    assert [row[0] for row in after["order_"]] == ["6"]


def test_answers_say_which_tables_are_not_searched(desk: Desk, bench: Bench) -> None:
    bench.do("CREATE TABLE logg (id INTEGER PRIMARY KEY, vem VARCHAR(80))")
    configured(desk, bench, KUNDER, ORDER, INVOICES)
    predicted = desk("check", code=[0, 3])
    desk("scan", code=0)
    for answer in (predicted, desk("find", ANNA, code=[0, 3])):
        assert "table logg (not configured)" in answer.text
        assert "table vara (not configured)" in answer.text
        assert "table kunder (" not in answer.text
