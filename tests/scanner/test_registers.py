"""`[[register]]`: configured columns of csv files and workbooks, against the bytes as csv and openpyxl write them."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from pathlib import Path

import openpyxl
import pytest
from odf.opendocument import OpenDocumentSpreadsheet
from odf.table import Table, TableCell, TableRow
from odf.text import P

from config.model import Register
from connectors.base import GapReason
from connectors.registers.columns import PersonColumns, person_columns
from scanner.aids import Aids
from scanner.blob import Blob
from scanner.expand import Expansion
from scanner.limits import Limits
from scanner.records import Entity, Fact, IdType, Record, Role, Unread
from scanner.registers.by_path import MARK, ByPath, mark_in
from tests.conftest import Desk

ANNA, BO = "anna.ek@kund.example", "bo.dal@kund.example"
HEAD = ["Q1", "Q2", "Sign", "Q3"]
ROWS = [["Anna Ek", ANNA, "A-17", "Ring Bo"], ["Bo Dal", BO, "B-18", ""]]
ODD = {"name": "Q1", "email": "Q2", "customer_number": "Sign"}


def person(columns: Mapping[str, object], *, related: bool = False) -> PersonColumns:
    found, problems = person_columns(columns, related=related)
    assert not problems
    return found


def register(
    *persons: PersonColumns, sheet: str = "", header: int | None = None, text: tuple[str, ...] = ()
) -> Register:
    return Register(name="odd", match=("**",), sheet=sheet, header=header, persons=persons, text=text)


def as_csv(rows: list[list[str]], delimiter: str = ";") -> Blob:
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=delimiter).writerows(rows)
    return Blob(out.getvalue().encode(), "x.csv")


def as_xlsx(sheets: dict[str, list[list[str]]], column: int = 1, row: int = 1) -> Blob:
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        for down, cells in enumerate(rows):
            for right, value in enumerate(cells):
                sheet.cell(row + down, column + right, value or None)
    out = io.BytesIO()
    book.save(out)
    return Blob(out.getvalue(), "x.xlsx")


def read(blob: Blob, *rules: Register) -> tuple[dict[tuple[str, ...], list[Entity]], list[Unread]]:
    found = list(Expansion(blob, Limits(), Aids(registers=rules)))
    rows = {one.steps: one.entities for one in found if isinstance(one, Record)}
    return rows, [one for one in found if isinstance(one, Unread)]


def steps(blob: Blob, *rules: Register) -> list[tuple[str, ...]]:
    return [one.steps for one in Expansion(blob, Limits(), Aids(registers=rules)) if isinstance(one, Record)]


def owner(*facts: tuple[IdType, str]) -> Entity:
    return Entity(Role.OWNER, [Fact(*fact) for fact in facts])


HERS = owner((IdType.NAME, "Anna Ek"), (IdType.EMAIL, ANNA), (IdType.CUSTOMER_NUMBER, "A-17"))
HIS = owner((IdType.NAME, "Bo Dal"), (IdType.EMAIL, BO), (IdType.CUSTOMER_NUMBER, "B-18"))


def persons(rows: dict[tuple[str, ...], list[Entity]]) -> list[list[Entity]]:
    return [found for found in rows.values() if found and found[0].role is not Role.AUTHOR]


def test_the_header_alone_tells_nothing_of_these_columns() -> None:
    rows, _ = read(as_csv([HEAD, *ROWS]))
    assert HERS not in [one for found in rows.values() for one in found]


@pytest.mark.parametrize("header", [None, 1])
def test_columns_are_found_by_their_headers(header: int | None) -> None:
    rows, gaps = read(as_csv([HEAD, *ROWS]), register(person(ODD), header=header))
    assert persons(rows) == [[HERS], [HIS]]
    assert not gaps


def test_capitals_and_spaces_of_a_header_do_not_count() -> None:
    rows, gaps = read(as_csv([[" q1", "Q2 ", "SIGN", "Q3"], *ROWS]), register(person(ODD)))
    assert persons(rows) == [[HERS], [HIS]]
    assert not gaps


@pytest.mark.parametrize("names", [("A", "B", "C"), ("1", "2", "3")])
@pytest.mark.parametrize("header", [None, 0])
def test_a_table_without_a_header_goes_by_letters_or_numbers(names: tuple[str, str, str], header: int | None) -> None:
    rule = register(person(dict(zip(ODD, names, strict=True))), header=header)
    rows, gaps = read(as_csv(ROWS), rule)
    assert persons(rows) == [[HERS], [HIS]]
    assert not gaps


def test_no_row_is_lost_where_the_first_one_looks_like_a_header() -> None:
    """`Namn` and `Mobil` may be what a row says; the rule says that there is no header."""
    table = [["Adress", ANNA, "A-17", "Mobil"], ["Namn", BO, "B-18", "E-post"], *ROWS]
    rows, _ = read(as_csv(table), register(person({"email": "B"}), header=0))
    told = {fact.value for found in rows.values() for one in found for fact in one.facts if fact.type is IdType.EMAIL}
    assert {ANNA, BO} <= told


def test_letters_are_those_of_the_sheet_whatever_columns_are_empty() -> None:
    rule = register(person({"name": "C", "email": "D", "customer_number": "E"}), header=0)
    rows, gaps = read(as_xlsx({"Blad1": ROWS}, column=3), rule)
    assert persons(rows) == [[HERS], [HIS]]
    assert not gaps


def test_the_header_of_a_sheet_is_counted_as_the_sheet_does() -> None:
    table = [["Lista 2026"], [], HEAD, *ROWS]
    rows, gaps = read(as_xlsx({"Blad1": table}), register(person(ODD), header=3))
    assert persons(rows) == [[HERS], [HIS]]
    assert not gaps
    assert read(as_csv(table), register(person(ODD), header=3))[0].values()


def test_one_sheet_of_several_is_meant() -> None:
    rule = register(person(ODD), sheet="kunder")
    rows, gaps = read(as_xlsx({"Kunder": [HEAD, *ROWS], "Annat": [HEAD, *ROWS]}), rule)
    assert [name[0] for name, found in rows.items() if HERS in found] == ["sheet Kunder"]
    assert not gaps


def test_a_sheet_that_is_not_there_is_a_gap() -> None:
    _, gaps = read(as_xlsx({"Annat": [HEAD, *ROWS]}), register(person(ODD), sheet="Kunder"))
    assert [(one.steps, one.reason) for one in gaps] == [((), GapReason.UNREADABLE)]
    assert "Kunder" in gaps[0].detail


def test_an_empty_table_is_no_gap() -> None:
    rule = register(person({"name": "A", "email": "B"}), header=0)
    assert not read(Blob(b"\n\n", "x.csv"), rule)[1]
    assert not read(as_xlsx({"Kunder": [], "Annat": [HEAD, *ROWS]}), register(person(ODD), sheet="Kunder"))[1]


def test_a_sheet_of_an_ods_is_read_alike() -> None:
    document = OpenDocumentSpreadsheet()
    sheet = Table(name="Kunder")
    for cells in [HEAD, *ROWS]:
        row = TableRow()
        for value in cells:
            cell = TableCell(valuetype="string")
            cell.addElement(P(text=value))
            row.addElement(cell)
        sheet.addElement(row)
    document.spreadsheet.addElement(sheet)
    out = io.BytesIO()
    document.write(out)
    rows, gaps = read(Blob(out.getvalue(), "x.ods"), register(person(ODD), sheet="Kunder"))
    assert persons(rows) == [[HERS], [HIS]]
    assert not gaps


def test_a_sheet_of_something_else_beside_is_no_gap() -> None:
    rows, gaps = read(
        as_xlsx({"Kunder": [HEAD, *ROWS], "Priser": [["Vara", "Pris"], ["Bil", "1"]]}), register(person(ODD))
    )
    assert [HERS] in rows.values()
    assert not gaps


def test_a_column_that_is_not_there_is_told_and_the_rest_is_read() -> None:
    rows, gaps = read(as_csv([HEAD, *ROWS]), register(person(ODD | {"phone": "Telefon"})))
    assert persons(rows) == [[HERS], [HIS]]
    assert [one.detail for one in gaps] == ['[[register]] "odd": no column Telefon']


def test_a_rule_that_fits_nothing_leaves_the_guess_and_is_told() -> None:
    table = [["Namn", "E-post"], ["Anna Ek", ANNA]]
    rows, gaps = read(as_csv(table), register(person({"email": "Mejladress", "name": "Hela namnet"})))
    assert persons(rows) == persons(read(as_csv(table))[0]) == [[owner((IdType.NAME, "Anna Ek"), (IdType.EMAIL, ANNA))]]
    assert [one.steps for one in gaps] == [()]


def test_a_row_names_several_persons() -> None:
    table = [["K1", "K2", "M1", "M2"], ["Anna Ek", ANNA, "Bo Dal", BO]]
    guardian = person({"name": "M1", "email": "M2"}, related=True)
    rows, _ = read(as_csv(table), register(person({"name": "K1", "email": "K2"}), guardian))
    (found,) = persons(rows)
    assert [one.role for one in found] == [Role.OWNER, Role.RELATED]
    assert [fact.value for fact in found[1].facts] == ["Bo Dal", BO]
    both = register(person({"name": "K1", "email": "K2"}), person({"name": "M1", "email": "M2"}))
    (found,) = persons(read(as_csv(table), both)[0])
    assert [one.role for one in found] == [Role.OWNER, Role.OWNER]


def test_what_is_configured_is_not_guessed_of_another() -> None:
    """The header says that the contact is somebody else; the admin says that the column is the row's own."""
    table = [["Kontaktperson", "Namn", "Telefon"], ["Ek, Anna", "Anna Ek", "070-174 06 05"]]
    rows, _ = read(as_csv(table), register(person({"name": ["Namn", "Kontaktperson"]})))
    (found,) = persons(rows)
    assert [one.role for one in found] == [Role.OWNER]
    assert Fact(IdType.PHONE, "070-174 06 05") in found[0].facts, "the header says that it is the owner's"


def test_what_stands_as_text_is_no_fact() -> None:
    table = [["Namn", "Telefon", "E-post"], ["Anna Ek", "ring Bo Dal", ANNA]]
    rows, _ = read(as_csv(table), register(person({"name": "Namn", "email": "E-post"}), text=("Telefon",)))
    assert persons(rows) == [[owner((IdType.NAME, "Anna Ek"), (IdType.EMAIL, ANNA))]]


def test_the_same_header_twice_makes_no_one_person_of_two() -> None:
    table = [["Namn", "Tel", "Namn", "Tel"], ["Anna Ek", "070-174 06 05", "Bo Dal", "070-174 06 06"]]
    (found,) = persons(read(as_csv(table), register(person({"name": "Namn", "phone": "Tel"})))[0])
    assert not any({"Anna Ek", "Bo Dal"} <= {fact.value for fact in one.facts} for one in found)
    assert not any({"070-174 06 05", "070-174 06 06"} <= {fact.value for fact in one.facts} for one in found)


@pytest.mark.parametrize(
    "table",
    [
        [HEAD, *ROWS],
        ROWS,
        [["Lista"], HEAD, *ROWS],
        [["Namn", "E-post", "Sign", "x"], *ROWS],
        [HEAD, *ROWS, [], HEAD, *ROWS],
    ],
)
@pytest.mark.parametrize("header", [None, 0, 1, 2])
def test_rows_are_numbered_as_without_a_rule(table: list[list[str]], header: int | None) -> None:
    """Editors know rows by these numbers."""
    assert steps(as_csv(table), register(person({"name": "A", "email": "B"}), header=header)) == steps(as_csv(table))


def test_the_first_of_two_rules_that_fits_a_table_counts() -> None:
    other = register(person({"name": "Finns inte"}))
    rows, gaps = read(as_csv([HEAD, *ROWS]), other, register(person(ODD)))
    assert persons(rows) == [[HERS], [HIS]]
    assert len(gaps) == 1


def test_rules_are_about_paths_and_sources() -> None:
    one = Register(name="a", sources=("Kunder",), match=("Register/*.csv",), persons=(person(ODD),))
    rules = ByPath([one])
    assert rules.of("kunder", "Register/x.csv") == (one,)
    assert not rules.of("kunder", "Annat/x.csv")
    assert not rules.of("post", "Register/x.csv")
    assert rules.mark("kunder", "Register/x.csv").startswith(MARK)
    assert rules.mark("kunder", "Annat/x.csv") == ""
    assert mark_in(["csv", rules.mark("kunder", "Register/x.csv")]) == rules.mark("kunder", "Register/x.csv")


# With the command line

CONFIG = """
[[source]]
name = "kunder"
kind = "folder"
backup = "none"
path = "kunder"
"""
RULE = """
[[register]]
match = ["Register/*"]
person = { name = "Q1", email = "Q2", customer_number = "Sign" }
"""


def scanned(desk: Desk, config: str) -> int:
    """How many items the scan read."""
    desk.write(config)
    run = desk("scan", "--json", code=[0, 3])
    return sum(one["read"] for one in run.json["sources"])


def test_a_changed_rule_reads_the_files_again_that_it_is_about(desk: Desk) -> None:
    folder = desk.root / "kunder"
    (folder / "Register").mkdir(parents=True)
    (folder / "Register" / "a.csv").write_bytes(as_csv([HEAD, *ROWS]).data())
    (folder / "Register" / "b.xlsx").write_bytes(as_xlsx({"Blad1": [HEAD, *ROWS]}).data())
    (folder / "c.csv").write_bytes(as_csv([HEAD, *ROWS]).data())
    assert scanned(desk, CONFIG) == 3
    assert scanned(desk, CONFIG) == 0
    assert _within(desk, "A-17") == set()
    assert scanned(desk, CONFIG + RULE) == 2
    assert scanned(desk, CONFIG + RULE) == 0
    assert _within(desk, "A-17") >= {("Register/a.csv", "row 2"), ("Register/b.xlsx", "row 2")}
    assert scanned(desk, CONFIG + RULE.replace('"Q1"', '"Q3"')) == 2
    assert scanned(desk, CONFIG) == 2
    assert _within(desk, "A-17") == set()


def _within(desk: Desk, number: str) -> set[tuple[str, str]]:
    run = desk("find", "--no-case", "--json", "--customer", number, code=[0, 3])
    return {(one["path"], one["within"][-1]) for one in run.json["findings"] if one["tier"] == "certain"}


def test_one_of_two_rows_is_erased_by_its_configured_number(desk: Desk) -> None:
    target = desk.root / "kunder" / "Register" / "a.csv"
    target.parent.mkdir(parents=True)
    target.write_bytes(as_csv([HEAD, *ROWS]).data())
    scanned(desk, CONFIG + RULE)
    case = desk("find", "--json", "--customer", "A-17", code=[0, 3]).json
    assert [one["action"] for one in case["findings"]] == ["remove-record"]
    desk("erase", case["case"], "--yes", code=[0, 3])
    left = list(csv.reader(io.StringIO(target.read_text("utf-8")), delimiter=";"))
    assert left == [HEAD, ROWS[1]]
    desk("verify", case["case"], code=0)


def test_the_row_of_a_workbook_without_a_header_leaves_and_the_other_stays(desk: Desk) -> None:
    target = desk.root / "kunder" / "Register" / "b.xlsx"
    target.parent.mkdir(parents=True)
    target.write_bytes(as_xlsx({"Blad1": ROWS}, column=3).data())
    columns = 'header = 0\nperson = { name = "C", email = "D", customer_number = "E" }\n'
    scanned(desk, CONFIG + '[[register]]\nmatch = ["Register/*"]\n' + columns)
    case = desk("find", "--json", "--customer", "B-18", code=[0, 3]).json
    assert [one["action"] for one in case["findings"]] == ["remove-record"]
    desk("erase", case["case"], "--yes", code=[0, 3])
    sheet = openpyxl.load_workbook(target)["Blad1"]
    left = [[cell for cell in row if cell is not None] for row in sheet.iter_rows(values_only=True)]
    assert [row for row in left if row] == [ROWS[0]]
    desk("verify", case["case"], code=[0, 3])


def test_a_gap_says_what_the_rule_lacks(desk: Desk) -> None:
    target: Path = desk.root / "kunder" / "Register" / "a.csv"
    target.parent.mkdir(parents=True)
    target.write_bytes(as_csv([HEAD, *ROWS]).data())
    scanned(desk, CONFIG + RULE.replace("person = {", 'person = { phone = "Mobilen",'))
    run = desk("check", "--gaps", code=3)
    assert "no column Mobilen" in run.text
