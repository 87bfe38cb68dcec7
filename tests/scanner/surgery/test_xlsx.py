"""Rows out of Excel workbooks: openpyxl and the raw parts are the witnesses."""

from __future__ import annotations

import io
import random
import re

import openpyxl
import pytest
from openpyxl.chart import BarChart, Reference
from openpyxl.comments import Comment
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from scanner.blob import Blob
from scanner.surgery.base import CannotEdit, Edits
from scanner.surgery.tables.xlsx import alongside
from tests.scanner.surgery.make_xlsx import make, steps, with_parts
from tests.scanner.surgery.sheet_person import Known
from tests.scanner.surgery.xlsx_witness import (
    ADA,
    HEAD,
    LIMITS,
    SHEET,
    amend,
    book_of,
    cached,
    data_of,
    equal_but,
    nowhere,
    parts,
    read,
    remove,
)


@pytest.mark.parametrize(
    "seed", [*range(20), *(pytest.param(seed, marks=pytest.mark.prove) for seed in range(20, 200))]
)
def test_twenty_rows_leave_and_all_else_is_equal(seed: int) -> None:
    rng = random.Random(seed)
    made = make(rng, rng.randint(1, 500 if seed > 10 else 60))
    gone = set(rng.sample(sorted(made.rows), min(20, len(made.rows))))
    words = [word for place in gone for word in made.rows[place]]
    after = remove(made.data, *(steps(*place) for place in gone), person=Known(words))
    nowhere(after, *words)
    equal_but(made, after, gone)
    old, new = cached(made.data), cached(after)
    for sheet, cells in old.items():
        for place, value in cells.items():
            row = int(re.sub(r"\D", "", place))
            if (sheet, row) not in gone and not (sheet == "Uppslag" and new[sheet][place] is None):
                assert new[sheet][place] == value, (sheet, place)
    left = {word for place, told in made.rows.items() if place not in gone for word in told}
    text = b"".join(parts(after).values()).decode("utf-8", "replace")
    assert all(word in text for word in left)


def test_the_reader_no_longer_finds_the_row_and_finds_all_others_at_their_numbers() -> None:
    made = make(random.Random(5), 60)
    gone = sorted(made.rows)[3:8]
    after = remove(made.data, *(steps(*place) for place in gone), person=Known([]))
    old, new = read(made.data), read(after)
    rows = {key for key in old if key and key[-1].startswith("row ")}
    assert {key for key in new if key and key[-1].startswith("row ")} == rows - {steps(*place) for place in gone}
    assert ("part unused strings",) not in new
    for key in new.keys() & rows:
        if key[0] != "sheet Uppslag":
            assert new[key].texts == old[key].texts


def test_bytes_of_other_rows_and_parts_are_untouched() -> None:
    book, sheet = book_of()
    sheet["A9"] = "sist"
    book.create_sheet("Annat").append(("x", "y"))
    data = data_of(book)
    old, new = parts(data), parts(remove(data))
    assert {name for name in old if old[name] != new[name]} == {SHEET, "xl/sharedStrings.xml"}
    start, end = old[SHEET].index(b'<row r="3"'), old[SHEET].index(b"</row>", old[SHEET].index(b'<row r="3"'))
    assert new[SHEET].startswith(old[SHEET][:start])
    assert new[SHEET].endswith(old[SHEET][end:])
    row = new[SHEET][start : new[SHEET].index(b"</row>", start)].decode()
    assert re.sub(r' s="\d+"', "", row) == '<row r="3"><c r="A3"/><c r="B3"/><c r="C3"/><c r="D3"/>'


def test_a_string_that_another_cell_uses_stays_and_numbers_of_strings_do_not_move() -> None:
    book, _ = book_of(HEAD, ("Ada Alm", "a", "Lund", 1), ("Ada Alm", "bara här", "Moa", 2), ("Bo Ek", "b", "Lund", 3))
    after = remove(data_of(book), person=Known([]))
    values = list(openpyxl.load_workbook(io.BytesIO(after)).active.iter_rows(values_only=True))  # type: ignore[union-attr]
    assert values == [HEAD, ("Ada Alm", "a", "Lund", 1), (None,) * 4, ("Bo Ek", "b", "Lund", 3)]
    nowhere(after, "bara här", "Moa")  # a word as short as that is no copy elsewhere, but this row's string it is


def test_of_two_equal_rows_only_the_asked_one_leaves() -> None:
    row = ("Ada Alm", "ada@x.example", "Ystad", 31)
    book, _ = book_of(HEAD, row, row, row)
    after = remove(data_of(book))
    values = list(openpyxl.load_workbook(io.BytesIO(after)).active.iter_rows(values_only=True))  # type: ignore[union-attr]
    assert values == [HEAD, row, (None,) * 4, row]


def test_rows_are_counted_below_the_header_wherever_it_stands() -> None:
    book, sheet = book_of(
        ("Register 2026",), (), HEAD, ("Bo Ek", "bo@x.example", "Lund", 1), (), ("Ada Alm", "a@x.example")
    )
    assert sheet["A6"].value == "Ada Alm"
    after = remove(data_of(book), ("sheet Kunder", "row 3"))
    new = openpyxl.load_workbook(io.BytesIO(after)).active
    assert isinstance(new, Worksheet)
    assert [new.cell(row, 1).value for row in range(1, 7)] == ["Register 2026", None, "Namn", "Bo Ek", None, None]


def test_notes_links_and_rules_of_the_row_leave_and_those_of_others_stay() -> None:
    book, sheet = book_of()
    sheet["A2"].comment = Comment("om Bo", "Lena Skog")
    sheet["A3"].comment = Comment("hemligt om allergi", "Lena Skog")
    sheet["B2"].hyperlink = "mailto:bo@x.example"
    sheet["B3"].hyperlink = "mailto:hemlig.adress@x.example"
    for row in (2, 3):
        rule = DataValidation(type="whole", promptTitle="Obs", prompt=f"fråga {'hemlig fru' if row == 3 else 'Bo'}")
        rule.add(f"D{row}")
        sheet.add_data_validation(rule)
    data = data_of(book)
    after = remove(data)
    nowhere(after, "hemligt", "hemlig.adress", "hemlig fru", "Ada Alm")
    new = openpyxl.load_workbook(io.BytesIO(after)).active
    assert isinstance(new, Worksheet)
    assert new["A2"].comment is not None and new["A2"].comment.text == "om Bo"
    assert new["B2"].hyperlink is not None and new["B2"].hyperlink.target == "mailto:bo@x.example"
    assert [str(rule.sqref) for rule in new.data_validations.dataValidation] == ["D2"]
    assert b'count="1"' in parts(after)[SHEET]
    shapes = next(content for name, content in parts(after).items() if name.endswith(".vml"))
    assert re.findall(rb":Row>(\d+)<", shapes) == [b"1"]
    told = alongside(Blob(data, "a.xlsx"), Edits(remove=frozenset({("sheet Kunder", "row 2")})), ADA, LIMITS)
    assert {"hemligt om allergi", "mailto:hemlig.adress@x.example", "fråga hemlig fru"} <= set(told)
    assert not any("Bo" in text.split() for text in told)


def test_when_the_last_link_leaves_so_does_the_list() -> None:
    book, sheet = book_of()
    sheet["B3"].hyperlink = "mailto:ada@x.example"
    after = remove(data_of(book))
    assert b"yperlink" not in parts(after)[SHEET] + parts(after)["xl/worksheets/_rels/sheet1.xml.rels"]


def test_threaded_comments_of_the_row_leave() -> None:
    kind = "http://schemas.microsoft.com/office/2017/10/relationships/threadedComment"
    rels = (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        f'<Relationship Id="r1" Type="{kind}" Target="../threadedComments/t1.xml"/></Relationships>'
    )
    threads = (
        '<ThreadedComments xmlns="t"><threadedComment ref="A2" id="1"><text>om Bo</text></threadedComment>'
        '<threadedComment ref="A3" id="2"><text>hemligt</text></threadedComment></ThreadedComments>'
    )
    more = {"xl/worksheets/_rels/sheet1.xml.rels": rels, "xl/threadedComments/t1.xml": threads}
    after = remove(with_parts(data_of(book_of()[0]), {}, more))
    assert parts(after)["xl/threadedComments/t1.xml"].decode() == re.sub(
        r'<threadedComment ref="A3".*?</threadedComment>', "", threads
    )


@pytest.mark.parametrize(
    ("formula", "cached", "kept"),
    [
        ("A3", "Ada Alm", False),
        ("$D$3*1.25", "38.75", False),
        ("Kunder!B3", "ada@x.example", False),
        ("'Kunder'!B3&amp;Kunder!A2", "bland annat ada@x.example", False),
        ("VLOOKUP(1,A1:D9,2)", "ada@x.example", False),
        ("SUM(D2:D3)", "32", True),
        ("A2", "Bo Ek", True),
        ("Annat!A3", "Bo Ek", True),
        ('IF(A2="A3",1,2)', "2", True),
    ],
)
def test_last_results_that_show_the_row_are_dropped_and_the_formulas_stay(
    formula: str, cached: str, kept: bool
) -> None:
    book, sheet = book_of()
    sheet["F2"] = "=1"
    cell = f'<c r="F2" t="str"><f>{formula}</f><v>{cached}</v></c>'
    data = with_parts(data_of(book), {SHEET: lambda xml: re.sub(r'<c r="F2".*?</c>', lambda _: cell, xml)})
    after = parts(remove(data))
    assert f"<f>{formula}</f>".encode() in after[SHEET]
    assert (cell.encode() in after[SHEET]) == kept
    assert (f"<v>{cached}</v>".encode() in after[SHEET]) == kept
    assert b'fullCalcOnLoad="1"' in after["xl/workbook.xml"]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('<calcPr calcId="1"/>', '<calcPr calcId="1" fullCalcOnLoad="1"/>'),
        ('<calcPr fullCalcOnLoad="0" calcId="1" />', '<calcPr calcId="1" fullCalcOnLoad="1"/>'),
        ('<calcPr calcId="1" fullCalcOnLoad="1" />', '<calcPr calcId="1" fullCalcOnLoad="1" />'),
        ("", '<calcPr fullCalcOnLoad="1"/>'),
    ],
)
def test_all_formulas_are_computed_anew_when_it_is_opened(before: str, after: str) -> None:
    def book_part(xml: str, rule: str) -> str:
        return re.sub(r"<calcPr[^>]*>", "", xml).replace("</definedNames>", "</definedNames>" + rule)

    book, sheet = book_of()
    book.defined_names["Sum"] = openpyxl.workbook.defined_name.DefinedName("Sum", attr_text="Kunder!$D$9")
    plain = with_parts(data_of(book), {"xl/workbook.xml": lambda xml: book_part(xml, before)})
    assert parts(remove(plain))["xl/workbook.xml"] == parts(plain)["xl/workbook.xml"]  # no formula, nothing to compute
    sheet["D9"] = "=SUM(D2:D3)"
    data = with_parts(data_of(book), {"xl/workbook.xml": lambda xml: book_part(xml, before)})
    assert parts(remove(data))["xl/workbook.xml"].decode() == book_part(parts(data)["xl/workbook.xml"].decode(), after)


def test_formulas_of_a_group_are_looked_at_where_they_stand() -> None:
    book, sheet = book_of(
        HEAD, ("Bo Ek", "b", "Lund", 1), ("Ada Alm", "ada@x.example", "Ystad", 31), ("Eva", "e", "Lund", 2)
    )
    for row in (2, 3, 4):
        sheet.cell(row + 4, 6, "=1")
    made = {6: 'ref="F6:F8" si="0">D2*2', 7: 'si="0">', 8: 'si="0">'}

    def grouped(xml: str) -> str:
        for row, told in made.items():
            cell = f'<c r="F{row}"><f t="shared" {told}</f><v>{row * 11}</v></c>'
            xml = re.sub(rf'<c r="F{row}".*?</c>', lambda _, new=cell: new, xml)  # type: ignore[misc]
        return xml

    after = parts(remove(with_parts(data_of(book), {SHEET: grouped})))[SHEET]
    assert [f"<v>{row * 11}</v>".encode() in after for row in (6, 7, 8)] == [True, False, True]


def test_the_list_of_formulas_leaves_with_one_of_them_and_stays_without() -> None:
    book, sheet = book_of()
    sheet["E3"] = "=D3*2"
    sheet["E2"] = "=D2*2"
    rel = '<Relationship Id="c1" Type="http://x/relationships/calcChain" Target="calcChain.xml"/>'
    data = with_parts(
        data_of(book),
        {
            "xl/_rels/workbook.xml.rels": lambda xml: xml.replace("</Relationships>", rel + "</Relationships>"),
            "[Content_Types].xml": lambda xml: xml.replace(
                "</Types>", '<Override PartName="/xl/calcChain.xml" ContentType="application/x"/></Types>'
            ),
        },
        {"xl/calcChain.xml": '<calcChain xmlns="c"><c r="E3" i="1"/><c r="E2"/></calcChain>'},
    )
    after = parts(remove(data))
    assert "xl/calcChain.xml" not in after
    assert b"calcChain" not in after["[Content_Types].xml"] + after["xl/_rels/workbook.xml.rels"]
    assert "xl/calcChain.xml" in parts(
        remove(with_parts(data, {SHEET: lambda xml: re.sub(r'<c r="E3".*?</c>', "", xml)}))
    )


def test_a_chart_loses_the_points_of_the_row_and_keeps_the_others() -> None:
    book, sheet = book_of()
    chart = BarChart()
    chart.add_data(Reference(sheet, min_col=4, min_row=2, max_row=3))
    chart.set_categories(Reference(sheet, min_col=1, min_row=2, max_row=3))
    sheet.add_chart(chart, "H2")
    data = data_of(book)
    name = next(name for name in parts(data) if name.startswith("xl/charts/"))

    def with_cache(xml: str) -> str:
        def cached(match: re.Match[str]) -> str:
            values = ("Bo Ek", "Ada Alm") if "$A$" in match[2] else ("1", "31")
            points = "".join(f'<pt idx="{at}"><v>{value}</v></pt>' for at, value in enumerate(values))
            return f'{match[1]}<numCache><ptCount val="2"/>{points}</numCache>'

        return re.sub(r"(<f>([^<]*)</f>)", cached, re.sub(r"<numCache>.*?</numCache>|<numCache ?/>", "", xml))

    after = parts(remove(with_parts(data, {name: with_cache})))[name].decode()
    assert ("Bo Ek" in after, "<v>1</v>" in after, "Ada Alm" in after, "<v>31</v>" in after) == (
        True,
        True,
        False,
        False,
    )
    assert after.count("<pt idx") == 2


def test_strict_and_prefixed_workbooks() -> None:
    def prefixed(xml: str) -> str:
        xml = re.sub(r"<(/?)(?=[a-zA-Z])", r"<\1x:", xml)
        return xml.replace('xmlns="', 'xmlns:x="', 1)

    book, _ = book_of()
    data = with_parts(data_of(book), {SHEET: prefixed, "xl/sharedStrings.xml": prefixed})
    assert b"<x:row" in parts(data)[SHEET]
    nowhere(remove(data), "Ada Alm", "ada@x.example")
    after = amend(data)
    nowhere(after, "Ada Alm", "ada@x.example")
    assert openpyxl.load_workbook(io.BytesIO(after))["Kunder"]["A3"].value == ADA.mark


def test_amending_masks_the_person_and_nobody_else() -> None:
    book, sheet = book_of(HEAD, ("Ada Alm", "x", "Lund", 1), ("möte: Ada Alm och Bo Ek ", "Ada Alm", "Ystad", 31))
    sheet["A3"].font = openpyxl.styles.Font(bold=True)
    after = amend(data_of(book))
    new = openpyxl.load_workbook(io.BytesIO(after)).active
    assert isinstance(new, Worksheet)
    assert list(new.iter_rows(values_only=True)) == [
        HEAD, ("Ada Alm", "x", "Lund", 1), ("möte: [borttagen] och Bo Ek ", "[borttagen]", "Ystad", 31),
    ]  # fmt: skip
    assert new["A3"].font.b
    nowhere(after, "Ada Alm och")


def test_a_name_over_two_cells_leaves_both() -> None:
    book, _ = book_of(
        ("Förnamn", "Efternamn", "Ort"), ("Ada", "Alm", "Lund"), ("Ada", "Ek", "Lund"), ("Bo", "Alm", "Kiruna")
    )
    after = amend(data_of(book), ("sheet Kunder", "row 1"), person=Known(["Ada\tAlm"]))
    new = openpyxl.load_workbook(io.BytesIO(after))["Kunder"]
    assert [row[:2] for row in new.iter_rows(min_row=2, values_only=True)] == [
        ("[borttagen]", "[borttagen]"), ("Ada", "Ek"), ("Bo", "Alm"),
    ]  # fmt: skip


def test_amending_who_is_not_there_is_refused() -> None:
    with pytest.raises(CannotEdit, match="does not stand"):
        amend(data_of(book_of()[0]), person=Known(["Karin"]))


def test_amending_a_number_and_a_formula() -> None:
    book, sheet = book_of(HEAD, ("Bo Ek", "bo@x.example", "Lund", 1), ("lista", 701234567, "Lund", 2))
    sheet["E3"] = "=B2"
    data = with_parts(
        data_of(book),
        {SHEET: lambda xml: re.sub(r'<c r="E3".*?</c>', '<c r="E3"><f>B9</f><v>701234567</v></c>', xml)},
    )
    after = amend(data, person=Known(["701234567"]))
    nowhere(after, "701234567")
    new = openpyxl.load_workbook(io.BytesIO(after))["Kunder"]
    assert (new["B3"].value, new["E3"].value) == ("[borttagen]", "=B9")
