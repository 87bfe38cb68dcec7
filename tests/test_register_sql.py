"""A customer register in a database, from scan to verify: the person's rows go, every other row stays as it is.

sqlite3 is the witness: it reads the tables before and after, and no line of gallra's.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.conftest import Desk

ANNA, BO = "anna.ek@kund.example", "bo.dal@kund.example"
CONFIG = """
[company]
domains = ["invex.example"]

[[source]]
name = "crm"
kind = "sql"
backup = "none"
path = "crm.db"

[[source.table]]
name = "kunder"
person = { name = "namn", email = "epost", phone = "tel", customer_number = "nr", address = "gata", city = "ort" }
related = [{ name = "kontakt", email = "kontakt_epost" }]
text = ["anm"]
"""
OWN = """
[[source.table]]
name = "bestallning"
text = ["onskemal"]
"""
WITH = """
[[source.table.with]]
table = "bestallning"
column = "kund_id"
text = ["onskemal"]
"""
SCHEMA = """
CREATE TABLE kunder (id INTEGER PRIMARY KEY, namn TEXT, epost TEXT, tel TEXT, nr TEXT, gata TEXT, ort TEXT,
                     kontakt TEXT, kontakt_epost TEXT, anm TEXT, skuld REAL, bild BLOB);
CREATE TABLE bestallning (id INTEGER PRIMARY KEY, kund_id INTEGER REFERENCES kunder (id), onskemal TEXT, pris INTEGER);
"""
KUNDER = [
    (1, "Anna Ek", ANNA, "070-174 06 05", "A-17", "Storgatan 1", "Uppsala", "", "", "Vill ha blå dörr", 1.5, b"\0\xff"),
    (2, "Bo Dal", BO, "070-174 06 06", "B-18", "Vägen 2", "Umeå", "", "", f"Granne till Anna Ek ({ANNA})", 0.1, b"\1"),
    (3, "Eva Lund", "eva@kund.example", "", "C-19", "", "", "Anna Ek", ANNA, "", None, None),
    (4, "", "", "", "", "Torget 4", "Luleå", "", "", f"Mejla Anna Ek, {ANNA}", 2.5, None),
    (5, "Anna Ek", "anna.ek@annan.example", "070-174 06 99", "D-20", "Storgatan 9", "Lund", "", "", "", 7.25, b"x"),
]
BESTALLNING = [(1, 1, "Dörr i furu", 100), (2, 2, "Fönster", 200), (3, 1, None, 300), (4, 5, "Lås", 400)]
Tables = dict[str, list[tuple[object, ...]]]


def made(desk: Desk, config: str) -> Path:
    path = desk.root / "crm.db"
    with closing(sqlite3.connect(path)) as base, base:
        base.executescript(SCHEMA)
        base.executemany("INSERT INTO kunder VALUES (?,?,?,?,?,?,?,?,?,?,?,?)", KUNDER)
        base.executemany("INSERT INTO bestallning VALUES (?,?,?,?)", BESTALLNING)
    desk.write(config)
    desk("scan", code=0)
    return path


def tables(path: Path) -> Tables:
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as base:
        return {name: list(base.execute(f"SELECT * FROM {name} ORDER BY id")) for name in ("kunder", "bestallning")}


def erased(desk: Desk, who: str) -> str:
    """The case, after everything that was proposed is erased and verified."""
    case = str(desk("find", "--json", who, code=[0, 3]).json["case"])
    desk("erase", case, "--yes", code=[0, 3])
    return case


def actions(desk: Desk, who: str) -> dict[str, tuple[str, str]]:
    found = desk("find", "--json", "--no-case", who, code=[0, 3]).json["findings"]
    return {one["path"]: (one["ownership"], one["action"]) for one in found if not one["within"]}


@pytest.mark.parametrize("who", [ANNA, "070-174 06 05"])
def test_her_rows_are_proposed_and_those_of_others_wait(desk: Desk, who: str) -> None:
    made(desk, CONFIG + OWN)
    found = actions(desk, who)
    namesake = {path: found.pop(path, ("", "decide")) for path in ("kunder/5", "bestallning/4")}
    assert {action for _, action in namesake.values()} == {"decide"}
    assert found == {
        "kunder/1": ("own", "remove"),
        "bestallning/1": ("own", "remove"),
        "bestallning/3": ("own", "remove"),
        "kunder/2": ("incidental", "decide"),
        "kunder/3": ("incidental", "decide"),
        "kunder/4": ("incidental", "decide"),
    }


def test_a_row_of_somebody_else_cannot_be_taken_whole_even_by_decision(desk: Desk) -> None:
    """Row 4 says of its owner nothing but an address: it is somebody's all the same."""
    path = made(desk, CONFIG + OWN)
    run = desk("find", "--json", ANNA, code=[0, 3])
    (number,) = [str(one["id"]) for one in run.json["findings"] if one["path"] == "kunder/4"]
    desk("decide", run.json["case"], number, "erase", code=[2, 3, 4])
    desk("erase", run.json["case"], "--yes", code=[0, 3, 4])
    assert tables(path)["kunder"][-2:] == KUNDER[-2:]


@pytest.mark.parametrize("config", [CONFIG + OWN, CONFIG + WITH])
def test_her_rows_go_and_every_other_stays_as_it_is(desk: Desk, config: str) -> None:
    path = made(desk, config)
    assert tables(path) == {"kunder": KUNDER, "bestallning": BESTALLNING}
    case = erased(desk, ANNA)
    assert tables(path) == {"kunder": KUNDER[1:], "bestallning": [BESTALLNING[1], BESTALLNING[3]]}
    run = desk("verify", case, "--json", code=3)
    states = {one["path"]: one["state"] for one in run.json["findings"]}
    assert states["kunder/1"] == "erased"
    assert states["kunder/2"] == "open", "what a person has to decide is not gone"


def test_columns_are_blanked_where_the_row_must_stay(desk: Desk) -> None:
    blank = CONFIG + 'on_erase = "blank"\n' + OWN.replace("text", 'on_erase = "blank"\ntext')
    path = made(desk, blank)
    desk("verify", erased(desk, ANNA), code=3)
    after = tables(path)
    (first, *others), (order, *_) = after["kunder"], after["bestallning"]
    assert others == KUNDER[1:]
    assert [first[0], *first[-2:]] == [KUNDER[0][0], *KUNDER[0][-2:]], "its key, the sum and the picture stay"
    assert not any(first[1:-2])
    assert (order[0], order[1], order[3]) == (1, 1, 100)
    assert not order[2]
    assert after["bestallning"][1:] == BESTALLNING[1:]


def test_nothing_of_her_is_left_where_only_her_rows_named_her(desk: Desk) -> None:
    path = desk.root / "crm.db"
    config = CONFIG + OWN
    with closing(sqlite3.connect(path)) as base, base:
        base.executescript(SCHEMA)
        base.executemany("INSERT INTO kunder VALUES (?,?,?,?,?,?,?,?,?,?,?,?)", [KUNDER[0], KUNDER[4]])
        base.executemany("INSERT INTO bestallning VALUES (?,?,?,?)", BESTALLNING)
        base.execute("DELETE FROM bestallning WHERE kund_id = 2")
    desk.write(config)
    desk("scan", code=0)
    desk("verify", erased(desk, ANNA), code=[0, 3])
    assert tables(path) == {"kunder": [KUNDER[4]], "bestallning": [BESTALLNING[3]]}
    assert ANNA.encode() not in path.read_bytes()


def test_a_row_that_changed_since_it_was_shown_is_not_erased(desk: Desk) -> None:
    path = made(desk, CONFIG + OWN)
    case = str(desk("find", "--json", ANNA, code=[0, 3]).json["case"])
    with closing(sqlite3.connect(path)) as base, base:
        base.execute("UPDATE kunder SET anm = 'Ringer i morgon' WHERE id = 1")
    desk("erase", case, "--yes", code=[0, 3, 4])
    assert tables(path)["kunder"][0][9] == "Ringer i morgon"
