"""Separated values, written by stdlib `csv`."""

from __future__ import annotations

import csv
import io

import pytest

from connectors.base import GapReason
from scanner.blob import Blob
from scanner.formats.data import sheet_csv
from scanner.limits import Limits
from scanner.records import ReadError, Record

ROWS = [
    ["Namn", "E-post", "Anteckning"],
    ["Åsa Öberg", "asa@a.example", 'två\nrader; "citat", med\ttabb | allt'],
    ["Vera Ek", "vera@a.example", ""],
]


def read(data: bytes) -> dict[str, Record]:
    found = sheet_csv.FORMAT.extract(Blob(io.BytesIO(data), "a.csv"), Limits())
    return {"/".join(one.steps): one for one in found if isinstance(one, Record)}


def written(delimiter: str, rows: list[list[str]] = ROWS) -> str:
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter).writerows(rows)
    return out.getvalue()


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
def test_dialects_and_charsets(delimiter: str, codec: str) -> None:
    found = read(written(delimiter).encode(codec))
    assert list(found) == ["row 1", "row 2"]
    assert [fact.value for fact in found["row 1"].entities[0].facts] == ["Åsa Öberg", "asa@a.example"]
    assert "allt" in found["row 1"].texts[0][1]
    assert "vera" not in found["row 1"].texts[0][1]


def test_without_header_the_first_row_is_row_1() -> None:
    found = read(b"Vera Ek;vera@a.example;1\nBo;bo@a.example;2\n")
    assert list(found) == ["row 1", "row 2"]
    assert found["row 1"].entities == []
    assert "vera@a.example" in found["row 1"].texts[0][1]


def test_blank_rows_count_and_sep_line_does_not() -> None:
    found = read(b"sep=;\r\nNamn;E-post\r\nVera;v@a.example\r\n\r\n;\r\nBo;b@a.example\r\n")
    assert list(found) == ["row 1", "row 4"]


def test_an_unclosed_quote_does_not_join_persons() -> None:
    lines = ["Namn;Not;E-post", 'Vera;"5 tum;v@a.example'] + [f"P{n};x;p{n}@a.example" for n in range(20)]
    found = read("\n".join(lines).encode())
    assert len(found) == 21
    assert "v@a.example" in found["row 1"].texts[0][1]
    assert "p0@a.example" not in found["row 1"].texts[0][1]


def test_huge_fields_nul_and_a_header_that_names_somebody() -> None:
    found = read(b"Namn;E-post;Telefon;Fraga Vera: vera@a.example\nBo;b\0o@a.example;1;" + b"x" * 500_000 + b"\n")
    assert "vera@a.example" in found["row 0"].texts[0][1]
    assert len(found["row 1"].texts[0][1]) > 500_000


def test_big_files_are_streamed() -> None:
    data = b"Namn;E-post\n" + b"Vera Ek;vera@a.example\n" * 20_000
    blob = Blob(io.BytesIO(data), "a.csv", limit=10_000)
    assert sum(1 for _ in sheet_csv.FORMAT.extract(blob, Limits())) == 20_000


def test_binary_is_refused() -> None:
    with pytest.raises(ReadError) as caught:
        read(bytes(range(256)) * 20)
    assert caught.value.reason is GapReason.UNREADABLE
