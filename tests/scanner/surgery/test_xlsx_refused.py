"""Workbooks that are not edited, and differences that must be seen."""

from __future__ import annotations

import io
import re
from collections.abc import Callable

import openpyxl
import pytest
from openpyxl.comments import Comment
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.formula import ArrayFormula
from openpyxl.worksheet.table import Table
from openpyxl.worksheet.worksheet import Worksheet

from scanner.blob import Blob
from scanner.surgery.base import CannotEdit, Edits
from scanner.surgery.tables.xlsx import EDITOR
from tests.scanner.surgery.make_xlsx import with_parts
from tests.scanner.surgery.xlsx_witness import (
    ADA,
    LIMITS,
    SHEET,
    book_of,
    data_of,
    parts,
    read,
    remove,
)


def _sheet_with(inner: str) -> Callable[[bytes], bytes]:
    return lambda data: with_parts(data, {SHEET: lambda xml: xml.replace("</sheetData>", "</sheetData>" + inner)})


def _part(name: str, xml: str, rel: str = "") -> Callable[[bytes], bytes]:
    return lambda data: with_parts(data, {}, {name: xml} | ({"xl/pivotCache/_rels/p1.xml.rels": rel} if rel else {}))


def _sheet_cell(new: str, place: str = "E3") -> Callable[[bytes], bytes]:
    return lambda data: with_parts(data, {SHEET: lambda xml: re.sub(rf'<c r="{place}".*?</c>', new, xml)})


_RECORDS = (
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" '
    'Type="http://x/pivotCacheRecords" Target="r1.xml"/></Relationships>'
)


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (_sheet_with('<sheetProtection sheet="1"/>'), "protected"),
        (
            _sheet_with('<conditionalFormatting sqref="A1"><cfRule text="Ada Alm"/></conditionalFormatting>'),
            "conditional",
        ),
        (_sheet_with('<autoFilter ref="A1:D9"><filters><filter val="Ada Alm"/></filters></autoFilter>'), "filter"),
        (_sheet_with("<headerFooter><oddHeader>&amp;LAda Alm</oddHeader></headerFooter>"), "header"),
        (_sheet_with('<hyperlinks><hyperlink ref="A2:A3" location="x"/></hyperlinks>'), "link"),
        (_sheet_with("<extLst><ext><f>Ada Alm</f></ext></extLst>"), "beside the cells"),
        (_sheet_with("<!-- Ada Alm -->"), "beside the cells"),
        (_part("docProps/custom.xml", "<p><v>om ada@x.example</v></p>"), "properties"),
        (_part("xl/externalLinks/externalLink1.xml", "<e><v>Ada Alm</v></e>"), "another workbook"),
        (_part("xl/drawings/drawing1.xml", "<d><t>Ada Alm</t></d>"), "drawing"),
        (_part("xl/charts/chartEx1.xml", '<c><pt idx="0">x</pt></c>'), "chart of a newer kind"),
        (_part("xl/pivotCache/pivotCacheDefinition1.xml", '<p><s v="Ada Alm"/></p>'), "pivot"),
        (
            lambda data: with_parts(
                data,
                {},
                {
                    "xl/pivotCache/pivotCacheDefinition1.xml": '<p><worksheetSource ref="A1:D9" sheet="Kunder"/></p>',
                    "xl/pivotCache/_rels/pivotCacheDefinition1.xml.rels": _RECORDS,
                },
            ),
            "pivot",
        ),
        (_part("customXml/item1.xml", "<c>Ada Alm</c>"), "another part"),
        (_part("xl/drawings/vmlDrawing9.vml", '<v><br><x alt="Ada Alm"></v>'), "drawing"),
        (_sheet_cell('<c r="E3"><f t="array" ref="E2:E4">D2:D4</f><v>1</v></c>'), "several cells"),
        (_sheet_cell('<c r="E3" vm="1"><v>1</v></c>'), "linked"),
        (_sheet_cell('<c r="E3"><v>1</v><extLst/></c>'), "could not be read"),
        (_sheet_cell('<c r="E2"><f t="array" ref="E2:E4">D2:D4</f><v>1</v></c>', "E2"), "several cells"),
        (_sheet_cell('<c r="E2"><f>IF(A2="Ada Alm",1)</f><v>1</v></c>', "E2"), "formula of another row"),
        (lambda data: with_parts(data, {SHEET: lambda xml: xml.replace('<row r="2"', '<row r="9"')}), "where they are"),
        (lambda data: with_parts(data, {SHEET: lambda xml: xml.replace('<row r="2"', "<row")}), "no numbers"),
        (lambda data: with_parts(data, {SHEET: lambda xml: re.sub(r'<c r="\w\d"', "<c", xml)}), "where they are"),
    ],
)
def test_what_cannot_be_edited_soundly_is_left_to_a_person(spoil: Callable[[bytes], bytes], reason: str) -> None:
    book, sheet = book_of()
    sheet["E2"], sheet["E3"] = 5, 6
    with pytest.raises(CannotEdit, match=reason) as caught:
        remove(spoil(data_of(book)))
    assert "Ada" not in caught.value.reason


def test_a_formula_that_is_the_pattern_of_others_is_not_taken() -> None:
    book, sheet = book_of()
    sheet["E3"], sheet["E4"] = "=1", "=1"
    master = '<c r="E3"><f t="shared" ref="E3:E4" si="0">D3*2</f><v>62</v></c>'
    data = _sheet_cell(master)(data_of(book))
    follower = '<c r="E4"><f t="shared" si="0"></f><v>0</v></c>'
    with pytest.raises(CannotEdit, match="pattern"):
        remove(_sheet_cell(follower, "E4")(data))
    assert b"<f" not in parts(remove(_sheet_cell('<c r="E4"><v>0</v></c>', "E4")(data)))[SHEET]


def test_the_heading_of_a_table_is_not_taken() -> None:
    book, sheet = book_of(("Ada Alm", "ada@x.example", "x", "y"), ("Bo Ek", "bo@x.example", "Lund", 1))
    sheet.add_table(Table(displayName="T", ref="A1:D2"))
    key = next(
        key for key, one in read(data_of(book)).items() if "Ada Alm" in str(one.texts) and key[-1].startswith("row")
    )
    with pytest.raises(CannotEdit, match="table"):
        remove(data_of(book), (key[0], key[1]))


@pytest.mark.parametrize("area", ["C3:C4", "A3:D9", "B3:C1048576", "C4:C3"])
def test_a_merged_cell_that_reaches_into_rows_that_stay_is_for_a_person(area: str) -> None:
    book, sheet = book_of(*_GROUP)
    sheet.merge_cells("C3:C5")
    data = with_parts(data_of(book), {SHEET: lambda xml: xml.replace('ref="C3:C5"', f'ref="{area}"')})
    edits = Edits(remove=frozenset({("sheet Kunder", "row 2")}))
    with pytest.raises(CannotEdit, match="merged"):
        EDITOR.edit(Blob(data, "a.xlsx"), edits, ADA, LIMITS)
    told = [one for one in EDITOR.differences(data, data, edits, ADA) if "merged" in one]
    assert told == ["a merged cell of the row reaches into rows that stay"]


def test_a_merged_cell_leaves_with_all_its_rows_or_stays_with_its_first() -> None:
    book, sheet = book_of(*_GROUP)
    sheet.merge_cells("C3:C4")
    after = _shown(remove(data_of(book), ("sheet Kunder", "row 2"), ("sheet Kunder", "row 3")))
    assert (after["C2"].value, after["C3"].value, str(after.merged_cells)) == ("Lund", None, "C3:C4")
    book, sheet = book_of(*_GROUP)
    sheet.merge_cells("C2:C4")
    sheet.merge_cells("A3:B3")
    after = _shown(remove(data_of(book)))
    assert [after[place].value for place in ("C2", "A3", "A4")] == ["Lund", None, "Cia Lo"]


_GROUP: list[tuple[str | int, ...]] = [
    ("Namn", "E-post", "Ort"),
    ("Bo Ek", "bo@x.example", "Lund"),
    ("Ada Alm", "ada@x.example", "Nord"),
    ("Cia Lo", "cia@x.example", "Syd"),
    ("Di Bo", "di@x.example", "Ed"),
]


def _shown(data: bytes) -> Worksheet:
    sheet = openpyxl.load_workbook(io.BytesIO(data))["Kunder"]
    assert isinstance(sheet, Worksheet)
    return sheet


def test_defined_names_with_words_and_arrays() -> None:
    book, sheet = book_of()
    sheet["E3"] = ArrayFormula("E3", "=D3")
    with pytest.raises(CannotEdit, match="several cells"):
        remove(data_of(book))
    book, _ = book_of()
    book.defined_names["Chef"] = openpyxl.workbook.defined_name.DefinedName("Chef", attr_text='"Ada Alm"')
    with pytest.raises(CannotEdit, match="defined name"):
        remove(data_of(book))


def test_a_list_of_allowed_values_loses_the_person() -> None:
    book, sheet = book_of()
    rule = DataValidation(type="list", formula1='"Bo Ek,Ada Alm,Eva"')
    rule.add("A2:A99")
    sheet.add_data_validation(rule)
    after = remove(data_of(book))
    new = openpyxl.load_workbook(io.BytesIO(after))["Kunder"]
    assert [one.formula1 for one in new.data_validations.dataValidation] == ['"Bo Ek,Eva"']


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("_xmlsignatures/sig1.xml", "signed"),
        ("xl/vbaProject.bin", "macros"),
        ("xl/macrosheets/sheet1.xml", "macros"),
        ("xl/revisions/revisionLog1.xml", "log of its changes"),
        ("xl/model/item.data", "data model"),
    ],
)
def test_signed_and_macro_bearing_workbooks_are_refused(name: str, reason: str) -> None:
    blob = Blob(with_parts(data_of(book_of()[0]), {}, {name: "<x/>"}), "a.xlsx")
    assert reason in str(EDITOR.refuses(blob))
    with pytest.raises(CannotEdit, match=reason):
        EDITOR.edit(blob, Edits(remove=frozenset({("sheet Kunder", "row 1")})), ADA, LIMITS)


def test_protected_damaged_and_foreign_files_are_refused() -> None:
    book, _ = book_of()
    book.security.lockStructure = True
    assert EDITOR.refuses(Blob(data_of(book), "a.xlsx")) == "the workbook is protected"
    assert EDITOR.refuses(Blob(b"PK\3\4", "a.xlsx")) == "the workbook is damaged"
    assert (
        EDITOR.refuses(Blob(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "a.xlsx")) == "the workbook is damaged"
    )
    macros = with_parts(
        data_of(book_of()[0]),
        {"[Content_Types].xml": lambda xml: xml.replace("sheet.main+xml", "sheet.macroEnabled.main+xml")},
    )
    assert EDITOR.refuses(Blob(macros, "a.xlsm")) == "the workbook holds macros"


@pytest.mark.parametrize(
    "where",
    [("sheet Kunder", "row 9"), ("sheet Borta", "row 1"), ("sheet Kunder", "part comments"), ("part properties",), ()],
)
def test_what_is_not_there_or_no_row_is_refused(where: tuple[str, ...]) -> None:
    with pytest.raises(CannotEdit):
        EDITOR.edit(Blob(data_of(book_of()[0]), "a.xlsx"), Edits(remove=frozenset({where})), ADA, LIMITS)
    with pytest.raises(CannotEdit):
        EDITOR.edit(Blob(data_of(book_of()[0]), "a.xlsx"), Edits(replace={where: b""}), ADA, LIMITS)


def test_the_picture_of_the_first_sheet_leaves() -> None:
    rel = '<Relationship Id="t1" Type="http://x/thumbnail" Target="docProps/thumbnail.jpeg"/></Relationships>'
    data = with_parts(
        data_of(book_of()[0]),
        {"_rels/.rels": lambda xml: xml.replace("</Relationships>", rel)},
        {"docProps/thumbnail.jpeg": "bild"},
    )
    after = parts(remove(data))
    assert "docProps/thumbnail.jpeg" not in after
    assert b"thumbnail" not in after["_rels/.rels"]


def test_differences_sees_what_the_edit_must_not_do() -> None:
    book, sheet = book_of()
    sheet["E2"] = "=D2"
    sheet["A2"].comment = Comment("om Bo", "Lena Skog")
    data = data_of(book)
    edits = Edits(remove=frozenset({("sheet Kunder", "row 2")}))
    after = EDITOR.edit(Blob(data, "a.xlsx"), edits, ADA, LIMITS)
    name = next(name for name in parts(after) if "comments/" in name)
    for part, old, new in (
        (SHEET, '<c r="C2"', '<c r="C2" s="1"'),
        (SHEET, "<f>D2</f>", "<f>D3</f>"),
        (SHEET, "<v>1</v>", "<v>2</v>"),
        (SHEET, '<c r="A3" />', '<c r="A3"><v>1</v></c>'),
        (SHEET, '<c r="A3"/>', '<c r="A3"><v>1</v></c>'),
        (SHEET, '<row r="3"', '<row r="3" ht="9"'),
        (SHEET, "<pageMargins", '<x a="1"/><pageMargins'),
        ("xl/sharedStrings.xml", "Bo Ek", "Bo Ax"),
        ("xl/workbook.xml", "Kunder", "Kundex"),
        ("xl/styles.xml", "Calibri", "Arial"),
        (name, "om Bo", "om Bx"),
    ):
        if old.encode() not in parts(after)[part]:
            assert old.startswith('<c r="A3"')
            continue
        wrong = with_parts(after, {part: lambda xml, old=old, new=new: xml.replace(old, new, 1)})  # type: ignore[misc]
        assert EDITOR.differences(data, wrong, edits, ADA) != [], (part, old)
    assert EDITOR.differences(data, after, edits, ADA) == []
    assert EDITOR.differences(data, data, edits, ADA) != []
