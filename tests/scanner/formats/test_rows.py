"""Rows of tables: where the header is, and what it says of the rows below it."""

from __future__ import annotations

from scanner.formats.rows import row_records
from scanner.records import Record


def read(*rows: str) -> dict[str, Record]:
    cells = [(number, row.split(";")) for number, row in enumerate(rows, 1)]
    return {"/".join(one.steps): one for one in row_records((), cells)}


def persons(record: Record) -> list[list[str]]:
    return [[fact.value for fact in entity.facts] for entity in record.entities]


def test_persons_in_the_header_are_row_0() -> None:
    found = read("Datum;Tid;Åsa Öberg;Erik Berg", "2024-01-01;8;x;")
    assert found["row 0"].texts[0][1] == "Datum\tTid\tÅsa Öberg\tErik Berg"
    assert "row 0" not in read("Datum;Tid;Namn", "2024-01-01;8;Bo Ek")


def test_a_second_header_holds_from_there_on() -> None:
    found = read("Namn;E-post", "Bo Ek;bo@a.example", "Telefon;Namn", "070-1;Åsa Öberg")
    assert list(found) == ["row 1", "row 2", "row 3"]
    assert persons(found["row 1"]) == [["Bo Ek", "bo@a.example"]]
    assert found["row 2"].texts[0][1] == "Telefon\tNamn"
    assert persons(found["row 2"]) == []
    assert sorted(persons(found["row 3"])[0]) == ["070-1", "Åsa Öberg"]


def test_a_header_below_many_titles_is_seen() -> None:
    found = read(*["Rapport"] * 9, "Namn;E-post", "Bo Ek;bo@a.example")
    assert persons(found["row 11"]) == [["Bo Ek", "bo@a.example"]]


def test_words_in_a_row_of_data_are_no_header() -> None:
    found = read("Namn;Föredrar;E-post", "Bo Ek;Mobil;E-post", "Åsa Öberg;x;asa@a.example")
    assert persons(found["row 2"]) == [["Åsa Öberg", "asa@a.example"]]


def test_of_two_header_rows_the_lower_counts() -> None:
    found = read("Köpare;;Säljare;", "Namn;E-post;Namn;E-post", "Bo Ek;bo@a.example;Eva Alm;eva@a.example")
    assert persons(found["row 2"]) == [
        ["Bo Ek", "bo@a.example"],
        ["Eva Alm", "eva@a.example"],
    ]
