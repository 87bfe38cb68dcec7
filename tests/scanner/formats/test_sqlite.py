"""SQLite databases, written by stdlib `sqlite3`."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import pytest

from connectors.base import GapReason
from scanner.blob import Blob
from scanner.formats.base import Found, Nested
from scanner.formats.data import sqlite_data
from scanner.formats.sniff import sniff
from scanner.limits import Limits
from scanner.records import IdType, Record, Unread

N, E, P = IdType.NAME, IdType.EMAIL, IdType.PHONE


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "a.db"


def written(path: Path, *statements: str | tuple[str, Any]) -> bytes:
    connection = sqlite3.connect(path)
    for one in statements:
        connection.execute(*one) if isinstance(one, tuple) else connection.execute(one)
    connection.commit()
    connection.close()
    return path.read_bytes()


def extract(data: bytes) -> list[Found]:
    blob = Blob(data, "a.bin")
    assert sniff(blob) == "sqlite"
    return list(sqlite_data.FORMAT.extract(blob, Limits()))


def records(found: list[Found]) -> dict[str, Record]:
    return {"/".join(one.steps): one for one in found if isinstance(one, Record)}


def gaps(found: list[Found]) -> list[tuple[tuple[str, ...], GapReason]]:
    return [(one.steps, one.reason) for one in found if isinstance(one, Unread)]


def text(record: Record) -> str:
    return "\n".join(one for _, one in record.texts)


def people(record: Record) -> list[list[tuple[IdType, str]]]:
    return [[(fact.type, fact.value) for fact in entity.facts] for entity in record.entities]


@pytest.mark.parametrize("journal", ["delete", "wal"])
def test_tables_are_sheets_and_rows_go_by_rowid(path: Path, journal: str) -> None:
    found = extract(
        written(
            path,
            f"PRAGMA journal_mode={journal}",
            'CREATE TABLE kunder (id INTEGER PRIMARY KEY, Namn TEXT, "E-post" TEXT, saldo REAL /* av b@a.example */)',
            "INSERT INTO kunder VALUES (9, 'Vera Ek', 'v@a.example', 1.5), (4, 'Åsa', 'asa@a.example', NULL)",
            'CREATE INDEX i ON kunder (Namn DESC, "E-post", saldo)',
            "CREATE VIEW vy AS SELECT * FROM kunder",
            "CREATE TABLE nycklar (k TEXT PRIMARY KEY, v) WITHOUT ROWID",
            "INSERT INTO nycklar VALUES ('b', 'c@a.example'), ('a', 2)",
        )
    )
    read = records(found)
    assert gaps(found) == []
    assert set(read) == {"", *(f"sheet {name}/row {n}" for name in ("kunder", "nycklar") for n in (1, 2))}
    assert text(read["sheet kunder/row 1"]) == "4\tÅsa\tasa@a.example"
    assert people(read["sheet kunder/row 2"]) == [[(N, "Vera Ek"), (E, "v@a.example")]]
    assert text(read["sheet nycklar/row 2"]) == "b\tc@a.example"
    assert "b@a.example" in text(read[""])


def test_columns_of_apple(path: Path) -> None:
    data = written(
        path,
        "CREATE TABLE ZABCDRECORD (Z_PK INTEGER PRIMARY KEY, ZFIRSTNAME, ZLASTNAME)",
        "INSERT INTO ZABCDRECORD VALUES (1, 'Vera', 'Ek')",
        "CREATE TABLE ABPerson (ROWID INTEGER PRIMARY KEY, First, Last, Note)",
        "INSERT INTO ABPerson VALUES (1, 'Bo', 'Alm', 'semla')",
    )
    read = records(extract(data))
    assert people(read["sheet ZABCDRECORD/row 1"]) == [[(N, "Vera Ek")]]
    assert people(read["sheet ABPerson/row 1"]) == [[(N, "Bo Alm")]]


def test_bytes_in_cells(path: Path) -> None:
    jpeg = b"\xff\xd8\xff\xe0" + bytes(99)
    found = extract(
        written(
            path,
            "CREATE TABLE t (a)",
            ("INSERT INTO t VALUES (?)", (jpeg,)),
            ("INSERT INTO t VALUES (?)", (b"\0\1\2\3\4v@a.example\0\0\1" + "w@a.example".encode("utf-16-le"),)),
            ("INSERT INTO t VALUES (?)", ("Åsa x@a.example".encode(),)),
        )
    )
    (picture,) = [one for one in found if isinstance(one, Nested)]
    assert (picture.steps, picture.blob.data()) == (("sheet t", "row 1", "part image1.jpg"), jpeg)
    read = records(found)
    assert "v@a.example" in text(read["sheet t/row 2"])
    assert "w@a.example" in text(read["sheet t/row 2"])
    assert text(read["sheet t/row 3"]) == "Åsa x@a.example"


def test_text_in_another_charset_stops_nothing(path: Path) -> None:
    data = written(
        path,
        "CREATE TABLE t (a, b)",
        "INSERT INTO t VALUES ('Vera', 1)",
        "INSERT INTO t VALUES (CAST(X'C5736120D66265726720' AS TEXT), 2)",
        "INSERT INTO t VALUES ('Bo', 3)",
    )
    found = extract(data)
    assert [text(records(found)[f"sheet t/row {n}"]) for n in (1, 2, 3)] == ["Vera\t1", "Åsa Öberg\t2", "Bo\t3"]
    assert gaps(found) == []


def test_full_text_indexes_are_read_raw(path: Path) -> None:
    data = written(path, "CREATE VIRTUAL TABLE f USING fts5(t)", "INSERT INTO f VALUES ('brev till v@a.example')")
    found = extract(data)
    assert text(records(found)["sheet f_content/row 1"]) == "1\tbrev till v@a.example"
    assert "sheet f" not in {one.steps[0] for one in found if isinstance(one, Record) and one.steps}


@pytest.mark.parametrize(("rows", "kept"), [(500, 5), (20, 10)])
def test_deleted_rows_are_found_and_a_gap(path: Path, rows: int, kept: int) -> None:
    values = [f"v{number:03}@a.example" for number in range(rows)]
    written(path, "CREATE TABLE t (a)", *(("INSERT INTO t VALUES (?)", (value,)) for value in values))
    found = extract(written(path, "PRAGMA secure_delete=OFF", f"DELETE FROM t WHERE rowid > {kept}"))
    free = text(records(found)["part free pages"])
    assert [value for value in values[kept:] if value not in free] == []
    assert gaps(found) == [(("part free pages",), GapReason.UNREADABLE)]
    sqlite3.connect(path).execute("VACUUM").connection.close()
    vacuumed = extract(path.read_bytes())
    assert gaps(vacuumed) == []
    assert "part free pages" not in records(vacuumed)


def test_damage_in_a_table_leaves_the_rows_before_and_the_other_tables(path: Path) -> None:
    data = written(
        path,
        "CREATE TABLE t (a)",
        *(("INSERT INTO t VALUES (?)", (f"v{number}@a.example" * 20,)) for number in range(500)),
        "CREATE TABLE u (a)",
        "INSERT INTO u VALUES ('bo@a.example')",
    )
    torn = data[: 4096 * 20] + b"\xa5" * 4096 * 4 + data[4096 * 24 :]
    found = extract(torn)
    read = records(found)
    assert gaps(found) == [(("sheet t",), GapReason.UNREADABLE)]
    assert text(read["sheet t/row 1"]).startswith("v0@a.example")
    assert text(read["sheet u/row 1"]) == "bo@a.example"


def test_a_torn_schema_is_a_gap_and_its_strings_are_text(path: Path) -> None:
    data = written(path, "CREATE TABLE t (a)", "INSERT INTO t VALUES ('vera ek v@a.example')")
    found = extract(data.replace(b"CREATE TABLE t", b"CREATE TABEL t"))
    assert gaps(found) == [((), GapReason.UNREADABLE)]
    assert "vera ek v@a.example" in text(records(found)[""])


def test_a_column_that_computes_without_end_is_stopped(path: Path) -> None:
    data = written(
        path,
        "CREATE TABLE t (a)",
        "INSERT INTO t VALUES (1)",
        "CREATE TABLE u (a)",
        "INSERT INTO u VALUES ('bo@a.example')",
        "PRAGMA writable_schema=ON",
        "UPDATE sqlite_schema SET sql = 'CREATE TABLE t (a, b AS (hex(zeroblob(900000000))))' WHERE name = 't'",
    )
    found = extract(data)
    assert gaps(found) == [(("sheet t",), GapReason.UNREADABLE)]
    assert text(records(found)["sheet u/row 1"]) == "bo@a.example"


def test_nothing_outside_is_touched(path: Path) -> None:
    data = written(
        path,
        "CREATE TABLE t (a)",
        "INSERT INTO t VALUES (1)",
        "PRAGMA writable_schema=ON",
        "UPDATE sqlite_schema SET sql = 'CREATE TABLE t (a, b AS (load_extension(''x'')))'",
    )
    assert (("sheet t",), GapReason.UNREADABLE) in gaps(extract(data)) or gaps(extract(data)) == [
        ((), GapReason.UNREADABLE)
    ]
    assert sorted(one.name for one in path.parent.iterdir()) == ["a.db"]


@pytest.mark.parametrize("size", [16, 99, 100, 600, 5000])
def test_cut_files_do_not_raise_anything_else(path: Path, size: int) -> None:
    data = written(path, "CREATE TABLE t (a)", "INSERT INTO t VALUES ('v@a.example')")
    assert extract(data[:size])
