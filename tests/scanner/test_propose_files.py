"""Proposals for csv files and workbooks, and `gallra check --propose`: what is printed loads, and finds the person."""

from __future__ import annotations

import sqlite3
import tomllib
from contextlib import closing
from pathlib import Path

import pytest

from connectors.base import GapReason
from scanner.blob import Blob
from scanner.detect.base import DetectSettings
from scanner.records import ReadError
from scanner.registers.files import Sheet, tables_in
from scanner.registers.toml import register
from tests.conftest import Desk
from tests.scanner.test_propose_columns import CITY, EMAIL, FULL, NOTE, NUMBER, PHONE
from tests.scanner.test_registers import as_csv, as_xlsx

ODD = [["K1", "K2", "K3", "K4"], *map(list, zip(FULL, EMAIL, NUMBER, NOTE, strict=True))]
VALUES = {cell for row in ODD[1:] for cell in row} | set(PHONE)
CONFIG = """
[detect]
customer_number = ["KND-[0-9]{5}"]

[[source]]
name = "kunder"
kind = "folder"
path = "kunder"
"""


def sheets(blob: Blob) -> list[Sheet]:
    return list(tables_in(blob, DetectSettings(customer_numbers=("KND-[0-9]{5}",))))


def loaded(sheet: Sheet) -> dict[str, object]:
    text = register("kunder", ["x"], sheet.sheet, sheet.proposal, header=sheet.header)
    found = tomllib.loads(text)["register"]
    assert len(found) == 1
    return {key: value for key, value in found[0].items() if key not in ("sources", "match")}


def test_columns_are_called_by_their_headers() -> None:
    (sheet,) = sheets(as_csv(ODD))
    assert loaded(sheet) == {"person": {"name": "K1", "email": "K2", "customer_number": "K3"}, "text": ["K4"]}


def test_every_sheet_is_looked_at() -> None:
    found = sheets(as_xlsx({"Kunder": [["Medlemmar 2026"], [], *ODD], "Tom": [], "Mer": ODD}))
    assert [one.sheet for one in found] == ["Kunder", "Mer"]
    assert all(loaded(one)["person"] for one in found)


def test_without_a_header_columns_are_called_by_their_letters_in_the_sheet() -> None:
    (sheet,) = sheets(as_xlsx({"Blad1": ODD[1:]}, column=3))
    assert loaded(sheet)["person"] == {"name": "C", "email": "D", "customer_number": "E"}
    assert loaded(sheet)["header"] == 0


def test_a_row_of_data_is_never_taken_for_names_of_columns() -> None:
    rows = [["Anna", "Uppsala"], ["Bo", "Umeå"], *map(list, zip([one.split()[0] for one in FULL], CITY, strict=True))]
    for sheet in sheets(as_csv(rows)):
        text = register("kunder", ["x"], "", sheet.proposal, header=sheet.header)
        assert not [value for row in rows for value in row if value in text]


def test_what_is_no_table_is_refused() -> None:
    with pytest.raises(ReadError) as error:
        sheets(Blob(b"%PDF-1.4 ...", "x.csv"))
    assert error.value.reason is GapReason.UNKNOWN_FORMAT


# With the command line


def folder(desk: Desk) -> Path:
    made = desk.root / "kunder"
    made.mkdir()
    (made / "a[1].csv").write_bytes(as_csv(ODD).data())
    (made / "b.csv").write_bytes(as_csv(ODD).data())
    (made / "c.xlsx").write_bytes(as_xlsx({"Blad 1": ODD}).data())
    (made / "brev.txt").write_text("Hej")
    desk.write(CONFIG)
    return made


def test_what_is_printed_is_loaded_and_finds_the_person(desk: Desk) -> None:
    folder(desk)
    run = desk("check", "--propose", code=0)
    assert not [value for value in VALUES if value in run.text]
    blocks = tomllib.loads(run.out)["register"]
    assert sorted(one["match"] for one in blocks) == [["a[[]1].csv", "b.csv"], ["c.xlsx"]]
    desk.write(CONFIG + run.out)
    desk("scan", code=0)
    found = desk("find", "--json", "--no-case", "--customer", NUMBER[3], code=[0, 3]).json["findings"]
    assert {(one["path"], one["within"][-1]) for one in found} == {
        ("a[1].csv", "row 5"),
        ("b.csv", "row 5"),
        ("c.xlsx", "row 5"),
    }


def test_a_file_that_cannot_be_read_is_told(desk: Desk) -> None:
    (folder(desk) / "d.xlsx").write_bytes(b"PK\x03\x04 no workbook")
    run = desk("check", "--propose", "kunder", code=3)
    assert "d.xlsx" in run.err
    assert tomllib.loads(run.out)["register"]


def test_nothing_to_propose_is_said(desk: Desk) -> None:
    (desk.root / "kunder").mkdir()
    (desk.root / "kunder" / "x.csv").write_text("Vara;Pris\nBil;1\nBåt;2\n")
    desk.write(CONFIG)
    run = desk("check", "--propose", code=0)
    assert tomllib.loads(run.out) == {}
    assert "No table" in run.out


def test_it_goes_with_no_other_answer(desk: Desk) -> None:
    folder(desk)
    assert "--json" in desk("check", "--propose", "--json", code=2).err


def test_a_source_that_is_not_there_is_an_error(desk: Desk) -> None:
    desk.write(CONFIG)
    run = desk("check", "--propose", code=5)
    assert "kunder" in run.err


SQL = """
[[source]]
name = "crm"
kind = "sql"
path = "crm.db"
"""
ROWS = [(number + 1, *row) for number, row in enumerate(zip(FULL, EMAIL, PHONE, NOTE, strict=True))]


def database(desk: Desk) -> Path:
    path = desk.root / "crm.db"
    with closing(sqlite3.connect(path)) as base, base:
        base.execute("CREATE TABLE kunder (id INTEGER PRIMARY KEY, q1 TEXT, q2 TEXT, mobil TEXT, anm TEXT)")
        base.execute("CREATE TABLE pris (id INTEGER PRIMARY KEY, kronor INTEGER)")
        base.executemany("INSERT INTO kunder VALUES (?, ?, ?, ?, ?)", ROWS)
    return path


def test_a_database_is_proposed_before_a_table_is_configured(desk: Desk) -> None:
    database(desk)
    desk.write(SQL)
    run = desk("check", "--propose", "crm", code=0)
    assert not [value for row in ROWS for value in row[1:] if str(value) in run.text]
    assert '# Nothing about persons was seen in: "pris"' in run.out
    (table,) = tomllib.loads(SQL + run.out)["source"][0]["table"]
    person = {"name": "q1", "email": "q2", "phone": "mobil"}
    assert table == {"name": "kunder", "text": ["anm"], "person": person}
    desk.write(SQL + run.out)
    desk("check", code=3)
    desk("scan", code=0)
    found = desk("find", "--json", "--no-case", PHONE[3], code=[0, 3]).json["findings"]
    assert [(one["path"], one["tier"], one["action"]) for one in found] == [("kunder/4", "certain", "remove")]


@pytest.mark.parametrize("command", ["check", "scan"])
def test_a_database_without_a_configured_table_is_never_silently_nothing(desk: Desk, command: str) -> None:
    database(desk)
    desk.write(SQL)
    run = desk(command, code=5)
    assert "gallra check --propose" in run.text


def test_looking_changes_nothing(desk: Desk) -> None:
    path = database(desk)
    before = path.read_bytes()
    desk.write(SQL)
    desk("check", "--propose", code=0)
    assert path.read_bytes() == before
    assert sorted(one.name for one in desk.root.iterdir()) == ["crm.db", "gallra.toml"]


def test_foreign_keys_are_proposed_as_comments(desk: Desk) -> None:
    path = database(desk)
    with closing(sqlite3.connect(path)) as base, base:
        base.execute("CREATE TABLE samtal (id INTEGER PRIMARY KEY, kund INTEGER REFERENCES kunder(id), om TEXT)")
        base.executemany("INSERT INTO samtal VALUES (?, ?, ?)", [(n, n, note) for n, note in enumerate(NOTE, 1)])
    desk.write(SQL)
    run = desk("check", "--propose", code=0)
    wanted = '# [[source.table.with]]\n# table = "samtal"\n# column = "kund"\n# to = "id"\n'
    assert wanted in run.out
    kunder, samtal = tomllib.loads(SQL + run.out)["source"][0]["table"]
    assert samtal == {"name": "samtal", "text": ["om"]}
    assert kunder["name"] == "kunder"
    taken = run.out.partition('[[source.table]]\nname = "samtal"')[0].replace(
        "# [[source.table.with]]\n# ", "[[source.table.with]]\n"
    )
    desk.write(SQL + taken.replace('\n# column = "kund"\n# to', '\ncolumn = "kund"\nto'))
    desk("scan", code=0)
    found = desk("find", "--json", "--no-case", PHONE[3], code=[0, 3]).json["findings"]
    assert {(one["path"], *one["within"]) for one in found} == {("kunder/4",), ("kunder/4", "sheet samtal", "row 1")}
