"""Rows out of OpenDocument sheets: odfpy and the raw parts are the witnesses."""

from __future__ import annotations

import io
import random
import re
import zipfile
from typing import Any

import pytest
from odf.opendocument import load
from odf.table import CoveredTableCell, Table, TableCell, TableRow
from odf.teletype import extractText

from scanner.blob import Blob
from scanner.expand import expand
from scanner.formats.sniff import sniff
from scanner.limits import Limits
from scanner.records import Record
from scanner.surgery.base import CannotEdit, Edits
from scanner.surgery.tables.ods import EDITOR, alongside
from scanner.surgery.tables.xlsx import EDITOR as BOTH
from tests.scanner.surgery.make_ods import make
from tests.scanner.surgery.make_xlsx import steps
from tests.scanner.surgery.sheet_person import Known

LIMITS = Limits()
URN = "urn:oasis:names:tc:opendocument:xmlns:"
SPACES = " ".join(f'xmlns:{word}="{URN}{word}:1.0"' for word in ("office", "text", "table", "draw", "chart")) + (
    ' xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:xlink="http://www.w3.org/1999/xlink"'
)
TYPE = "application/vnd.oasis.opendocument.spreadsheet"
ADA = Known(["Ada Alm", "ada@x.example"])
REMOVE = Edits(remove=frozenset({("sheet Kunder", "row 2")}))
AMEND = Edits(amend=frozenset({("sheet Kunder", "row 2")}))


def cell(text: str, attributes: str = 'office:value-type="string"', more: str = "") -> str:
    return f"<table:table-cell {attributes}>{more}<text:p>{text}</text:p></table:table-cell>"


def row(*cells: str, attributes: str = "") -> str:
    return f"<table:table-row{attributes}>{''.join(cells)}</table:table-row>"


HEAD = row(cell("Namn"), cell("E-post"), cell("Ort"))
BO = row(cell("Bo Ek"), cell("bo@x.example"), cell("Lund"))
ADAS = row(cell("Ada Alm"), cell("ada@x.example"), cell("Ystad"))


MANIFEST = (
    '<m:manifest xmlns:m="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">'
    '<m:file-entry m:full-path="%s"/></m:manifest>'
)


def document(inner: str, before: str = "", after: str = "", kind: str = TYPE, **parts: str) -> bytes:
    """A document with one sheet of these rows."""
    table = f'<table:table table:name="Kunder">{inner}</table:table>'
    body = f"<office:body><office:spreadsheet>{before}{table}{after}</office:spreadsheet></office:body>"
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr(zipfile.ZipInfo("mimetype"), kind)
        made.writestr("content.xml", f"<office:document-content {SPACES}>{body}</office:document-content>")
        for name, text in ({"META-INF/manifest.xml": MANIFEST % "content.xml"} | parts).items():
            made.writestr(name, text)
    return out.getvalue()


def content(data: bytes) -> str:
    return parts(data)["content.xml"].decode()


def parts(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as whole:
        assert whole.testzip() is None
        return {name: whole.read(name) for name in whole.namelist()}


def done(data: bytes, edits: Edits = REMOVE, person: Known = ADA) -> bytes:
    blob = Blob(data, "a.ods")
    assert EDITOR.refuses(blob) is None
    after = EDITOR.edit(blob, edits, person, LIMITS)
    assert EDITOR.differences(data, after, edits, person) == []
    return after


def merged(text: str, rows: int) -> str:
    return cell(text, f'office:value-type="string" table:number-rows-spanned="{rows}"')


COVERED = "<table:covered-table-cell/>"


@pytest.mark.parametrize(("first", "rows"), [(2, 2), (2, 3), (2, 10**7)])
def test_a_merged_cell_that_reaches_into_rows_that_stay_is_for_a_person(first: int, rows: int) -> None:
    group = row(cell("Ada Alm"), cell("ada@x.example"), merged("Nord", rows))
    below = row(cell("Bo Ek"), cell("bo@x.example"), COVERED)
    data = document(HEAD + BO + group + below + below)
    with pytest.raises(CannotEdit, match="merged"):
        EDITOR.edit(Blob(data, "a.ods"), REMOVE, ADA, LIMITS)
    blanked = "".join(re.sub(r" office:[^>]*?>.*?</table", "></table", one) for one in (cell("Ada"), cell("a")))
    blanked += f'<table:table-cell table:number-rows-spanned="{rows}"></table:table-cell>'
    forged = document(HEAD + BO + row(blanked) + below + below)
    assert EDITOR.differences(data, forged, REMOVE, ADA) == ["a merged cell of the row reaches into rows that stay"]


def test_a_merged_cell_leaves_with_all_its_rows_or_stays_with_its_first() -> None:
    group = row(cell("Ada Alm"), cell("ada@x.example"), merged("Nord", 2))
    below = row(cell("Ada Alm"), cell("ada@x.example"), COVERED)
    both = Edits(remove=frozenset({("sheet Kunder", "row 2"), ("sheet Kunder", "row 3")}))
    assert "Nord" not in content(done(document(HEAD + BO + group + below), both))
    others = row(cell("Bo Ek"), cell("bo@x.example"), merged("Nord", 2))
    assert "Nord" in content(done(document(HEAD + others + below + BO)))


def read(data: bytes) -> dict[tuple[str, ...], Record]:
    return {one.steps: one for one in expand(Blob(data, "a.ods"), LIMITS) if isinstance(one, Record)}


def _seen(data: bytes) -> dict[str, list[list[tuple[Any, ...]]]]:
    """All rows as odfpy gives them, repeated ones each by itself."""
    seen = {}
    for table in load(io.BytesIO(data)).spreadsheet.getElementsByType(Table):
        rows: list[list[tuple[Any, ...]]] = []
        for one in table.getElementsByType(TableRow):
            cells = [_cell(inner) for inner in one.childNodes if inner.qname in (_CELL, _COVERED)]
            rows += [cells] * int(one.getAttribute("numberrowsrepeated") or 1)
        seen[table.getAttribute("name")] = rows
    return seen


_CELL, _COVERED = TableCell().qname, CoveredTableCell().qname


def _cell(one: Any) -> tuple[Any, ...]:
    kept = {key[1]: value for key, value in one.attributes.items() if key[1] in _LASTING}
    said = {key[1]: value for key, value in one.attributes.items() if key[1] not in _LASTING}
    return one.qname, kept, said, extractText(one)


_LASTING = ("style-name", "number-columns-repeated", "number-columns-spanned", "number-rows-spanned")


@pytest.mark.parametrize(
    "seed", [*range(20), *(pytest.param(seed, marks=pytest.mark.prove) for seed in range(20, 200))]
)
def test_twenty_rows_leave_and_all_else_is_equal(seed: int) -> None:
    rng = random.Random(seed)
    made = make(rng, rng.randint(1, 500 if seed > 10 else 60))
    gone = set(rng.sample(sorted(made.rows), min(20, len(made.rows))))
    words = [word for place in gone for word in made.rows[place]]
    after = done(made.data, Edits(remove=frozenset(steps(*place) for place in gone)), Known(words))
    for name, found in parts(after).items():
        assert not any(word in found.decode("utf-8", "replace") for word in words), name
    old, new = _seen(made.data), _seen(after)
    assert list(old) == list(new)
    for sheet, rows in old.items():
        assert len(rows) == len(new[sheet])
        for number, (was, now) in enumerate(zip(rows, new[sheet], strict=True), 1):
            if (sheet, number) in gone:
                assert now == [(one[0], one[1], {}, "") for one in was]
            elif now != was:
                _lost_results(was, now, sheet, gone)
    assert "Thumbnails/thumbnail.png" not in parts(after)
    assert {**parts(made.data), "content.xml": b"", "META-INF/manifest.xml": b""} == {
        **parts(after),
        "content.xml": b"",
        "META-INF/manifest.xml": b"",
        "Thumbnails/thumbnail.png": parts(made.data)["Thumbnails/thumbnail.png"],
    }
    assert after[30:38] == b"mimetype"


def _lost_results(
    was: list[tuple[Any, ...]], now: list[tuple[Any, ...]], sheet: str, gone: set[tuple[str, int]]
) -> None:
    """Only results of formulas may be missing that show nothing but rows that left."""
    assert len(was) == len(now)
    for one, other in zip(was, now, strict=True):
        if one != other:
            assert other == (one[0], one[1], {"formula": one[2]["formula"]}, "")
            match = _SHOWN.search(one[2]["formula"])
            assert match is not None
            first, last = int(match[2]), int(match[3] or match[2])
            assert {(match[1] or sheet, number) for number in range(first, last + 1)} <= gone


_SHOWN = re.compile(r"\[(?:\$'?([^'.]+)'?)?\.[A-Z](\d+)(?::\.[A-Z](\d+))?\]")


def test_the_reader_finds_all_others_at_their_numbers() -> None:
    made = make(random.Random(4), 50)
    gone = {steps(*place) for place in sorted(made.rows)[5:12]}
    old, new = read(made.data), read(done(made.data, Edits(remove=frozenset(gone)), Known([])))
    rows = {key for key in old if key and key[-1].startswith("row ")}
    assert {key for key in new if key and key[-1].startswith("row ")} == rows - gone
    assert all(new[key].texts == old[key].texts for key in rows - gone if key[0] != "sheet Uppslag")


def test_other_bytes_are_untouched() -> None:
    data = document(HEAD + BO + ADAS + BO)
    blank = row(*["<table:table-cell/>"] * 3)
    assert content(done(data)) == content(data).replace(ADAS, blank)


def test_one_of_repeated_rows_leaves() -> None:
    many = ADAS.replace("<table:table-row>", '<table:table-row table:number-rows-repeated="5" table:style-name="ro1">')
    data = document(HEAD + many + BO)
    edits = Edits(remove=frozenset({("sheet Kunder", "row 2"), ("sheet Kunder", "row 5")}))
    rows = _seen(done(data, edits))["Kunder"]
    assert [one[0][3] for one in rows] == ["Namn", "Ada Alm", "", "Ada Alm", "Ada Alm", "", "Bo Ek"]
    assert content(done(data, edits)).count("ro1") == 4
    assert content(done(data, edits)).count('number-rows-repeated="2"') == 1


def test_notes_and_links_leave_with_the_row() -> None:
    note = "<office:annotation><dc:creator>Lena Skog</dc:creator><text:p>hemligt</text:p></office:annotation>"
    link = '<text:a xlink:href="mailto:hemlig@x.example">post</text:a>'
    data = document(HEAD + BO + row(cell("Ada Alm", more=note), cell(link), cell("Ystad")))
    after = done(data)
    assert "hemlig" not in content(after)
    assert {"mailto:hemlig@x.example"} <= set(alongside(Blob(data, "a"), REMOVE, ADA, LIMITS))
    assert any("hemligt" in text for text in alongside(Blob(data, "a"), REMOVE, ADA, LIMITS))


@pytest.mark.parametrize(
    ("formula", "shown", "kept"),
    [
        ("of:=[.A3]", "Ada Alm", False),
        ("of:=[$Kunder.$C$3]", "Ystad", False),
        ("of:=[$'Kunder'.C3:.C3]", "Ystad", False),
        ("of:=VLOOKUP(1;[.A1:.B9];2)", "ada@x.example", False),
        ("of:=COUNTA([.A1:.A9])", "3", True),
        ("of:=[.A2]", "Bo Ek", True),
        ("of:=[$Annat.A3]", "Ystad", True),
    ],
)
def test_last_results_that_show_the_row_are_dropped(formula: str, shown: str, kept: bool) -> None:
    made = cell(shown, f'table:formula="{formula}" office:value-type="string" office:string-value="{shown}"')
    after = content(done(document(HEAD + row(cell("Bo Ek"), cell("b"), cell("Ystad"), made) + ADAS)))
    assert f'table:formula="{formula}"' in after
    assert (made in after) == kept


def test_amending_masks_the_person_and_nobody_else() -> None:
    link = '<text:a xlink:href="mailto:ada@x.example">ada@x.example</text:a>'
    shared = row(
        cell("möte: Ada Alm &amp; Bo Ek"), cell(link), cell("70", 'office:value-type="float" office:value="70"')
    )
    after = done(document(HEAD + BO + shared + ADAS), AMEND)
    rows = _seen(after)["Kunder"]
    assert [one[3] for one in rows[2]] == ["möte: [borttagen] & Bo Ek", "[borttagen]", "70"]
    assert [one[3] for one in rows[3]] == ["Ada Alm", "ada@x.example", "Ystad"]
    assert "mailto" not in content(after)
    assert BO in content(after)


def test_amending_a_number_makes_it_words() -> None:
    phone = cell("070-1", 'table:style-name="c" office:value-type="float" office:value="701234567"')
    after = done(document(HEAD + BO + row(phone, cell("x"), cell("y"))), AMEND, Known(["701234567", "070-1"]))
    assert '<table:table-cell table:style-name="c" office:value-type="string"><text:p>[borttagen]</text:p>' in content(
        after
    )


PILOT = (
    '<table:data-pilot-tables><table:data-pilot-table table:name="D"><table:source-cell-range '
    'table:cell-range-address="Kunder.A1:Kunder.C9"/></table:data-pilot-table></table:data-pilot-tables>'
)
CHART = (
    f'<office:document-content {SPACES}><chart:plot-area table:cell-range-address="Kunder.A1:Kunder.C9"/>'
    "</office:document-content>"
)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (document(HEAD + BO + row(cell("Ada Alm", 'table:number-matrix-rows-spanned="2"'))), "several cells"),
        (document(HEAD + BO + row(cell("Ada Alm", more="<draw:frame/>"))), "drawing"),
        (
            document(HEAD + BO + row(cell("Ada Alm")) + row(cell("1", "table:formula='of:=IF(\"Ada Alm\";1)'"))),
            "formula of",
        ),
        (document(HEAD + BO + ADAS, after=PILOT), "pivot"),
        (
            document(
                HEAD + BO + ADAS, before="<table:content-validations><x y='Ada Alm'/></table:content-validations>"
            ),
            "valid",
        ),
        (
            document(HEAD + BO + ADAS, after="<table:named-expressions><x y='Ada Alm'/></table:named-expressions>"),
            "name",
        ),
        (document("<table:shapes><text:p>Ada Alm</text:p></table:shapes>" + HEAD + BO + ADAS), "drawing"),
        (document(HEAD + BO + ADAS, after="<!-- Ada Alm -->"), "beside"),
        (document(HEAD + BO + ADAS, **{"meta.xml": "<a><b>Ada Alm</b></a>"}), "properties"),
        (document(HEAD + BO + ADAS, **{"styles.xml": "<a><b>Ada Alm</b></a>"}), "header"),
        (document(HEAD + BO + ADAS, **{"Object 1/content.xml": CHART}), "chart"),
        (document(HEAD + BO + ADAS, **{"settings.xml": "<a>Ada Alm</a>"}), "another part"),
        (document(HEAD + BO), "not there"),
    ],
)
def test_what_cannot_be_edited_soundly_is_left_to_a_person(data: bytes, reason: str) -> None:
    with pytest.raises(CannotEdit, match=reason) as caught:
        done(data)
    assert "Ada" not in caught.value.reason


def test_protected_sheets_are_left_alone() -> None:
    data = document(HEAD + BO + ADAS)
    inner = content(data).replace('table:name="Kunder"', 'table:name="Kunder" table:protected="true"')
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        made.writestr("mimetype", TYPE)
        made.writestr("content.xml", inner)
    with pytest.raises(CannotEdit, match="protected"):
        done(out.getvalue())


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (document(HEAD, **{"META-INF/documentsignatures.xml": "<x/>"}), "signed"),
        (document(HEAD, **{"Basic/script-lc.xml": "<x/>"}), "macros"),
        (document(HEAD, **{"Scripts/python/a.py": "x"}), "macros"),
        (document(HEAD, **{"META-INF/manifest.xml": "<m><encryption-data/></m>"}), "encrypted"),
        (document(HEAD, before="<table:tracked-changes/>"), "log of its changes"),
        (document(HEAD, kind="application/vnd.oasis.opendocument.text"), "no plain"),
        (b"PK\3\4", "damaged"),
    ],
)
def test_what_must_not_be_edited_is_refused(data: bytes, reason: str) -> None:
    assert reason in str(EDITOR.refuses(Blob(data, "a.ods")))
    with pytest.raises(CannotEdit, match=reason):
        EDITOR.edit(Blob(data, "a.ods"), REMOVE, ADA, LIMITS)


def test_differences_sees_what_the_edit_must_not_do() -> None:
    data = document(HEAD + BO + ADAS + BO, **{"meta.xml": "<a><b>x</b></a>"})
    after = EDITOR.edit(Blob(data, "a.ods"), REMOVE, ADA, LIMITS)
    assert EDITOR.differences(data, after, REMOVE, ADA) == []
    blank = row(*["<table:table-cell/>"] * 3)
    for name, old, new in (
        ("content.xml", "Bo Ek", "Bo Ax"),
        ("content.xml", blank, ""),
        ("content.xml", blank, ADAS),
        ("content.xml", blank, blank.replace("<table:table-row", '<table:table-row table:number-rows-repeated="2"')),
        ("content.xml", '<table:table table:name="Kunder"', '<table:table table:print="false" table:name="Kunder"'),
        ("content.xml", "</office:spreadsheet>", "<table:x/></office:spreadsheet>"),
        ("content.xml", BO + "</table:table>", "</table:table>"),
        ("meta.xml", "x", "y"),
    ):
        assert old in parts(after)[name].decode()
        out = io.BytesIO()
        with zipfile.ZipFile(io.BytesIO(after)) as whole, zipfile.ZipFile(out, "w") as made:
            for info in whole.infolist():
                text = whole.read(info).decode()
                made.writestr(info, text.replace(old, new, 1) if info.filename == name else text)
        assert EDITOR.differences(data, out.getvalue(), REMOVE, ADA) != [], (name, old)
    assert EDITOR.differences(data, data, REMOVE, ADA) != []


def test_the_editor_of_workbooks_takes_both_makes() -> None:
    data = document(HEAD + BO + ADAS, **{"Configurations2/accelerator/current.xml": ""})
    blob = Blob(data, "a.ods")
    assert sniff(blob) == "xlsx"
    assert BOTH.refuses(blob) is None
    after = BOTH.edit(blob, REMOVE, ADA, LIMITS)
    assert after == EDITOR.edit(blob, REMOVE, ADA, LIMITS)
    assert BOTH.differences(data, after, REMOVE, ADA) == []
    assert BOTH.differences(data, data, REMOVE, ADA) != []


def test_same_edits_give_the_same_bytes() -> None:
    made = make(random.Random(9), 30)
    edits = Edits(remove=frozenset({steps(*place) for place in sorted(made.rows)[:4]}))
    assert done(made.data, edits, Known([])) == done(made.data, edits, Known([]))
    assert re.search(rb"mimetypeapplication/vnd", made.data) is not None
