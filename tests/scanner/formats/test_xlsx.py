"""Workbooks made by openpyxl, which is the witness too; hostile ones made by hand."""

from __future__ import annotations

import datetime
import io
import zipfile

import openpyxl
import pytest
from openpyxl.comments import Comment
from openpyxl.formatting.rule import FormulaRule
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.hyperlink import Hyperlink

from connectors.base import GapReason
from scanner.blob import Blob
from scanner.expand import expand
from scanner.formats import registry
from scanner.formats.base import Nested
from scanner.limits import Limits
from scanner.records import Fact, IdType, Record, Role, Unread

LIMITS = Limits()
Found = tuple[dict[tuple[str, ...], Record], list[Unread]]


def data_of(book: openpyxl.Workbook) -> bytes:
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def book_of(*rows: tuple[object, ...], name: str = "Kunder") -> openpyxl.Workbook:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = name
    for row in rows:
        sheet.append(list(row))
    return book


def read(data: bytes, limits: Limits = LIMITS) -> Found:
    records: dict[tuple[str, ...], Record] = {}
    gaps = []
    for found in expand(Blob(data, "a.xlsx"), limits):
        if isinstance(found, Unread):
            gaps.append(found)
        else:
            assert found.steps not in records, found.steps
            records[found.steps] = found
    return records, gaps


def body(record: Record) -> str:
    return "\n".join(text for role, text in record.texts if role is Role.BODY)


def changed(data: bytes, name: str, old: str, new: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as before, zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as after:
        assert name in before.namelist()
        for info in before.infolist():
            content = before.read(info)
            if info.filename == name:
                assert old.encode() in content
                content = content.replace(old.encode(), new.encode(), 1)
            after.writestr(info.filename, content)
    return buffer.getvalue()


HEAD = ("Namn", "E-post", "Telefon")


def test_rows_count_from_the_header_and_name_their_persons() -> None:
    data = data_of(book_of(HEAD, ("Karin Ek", "karin@x.example", "070-1"), (), ("Bo Lind", "bo@x.example", None)))
    records, gaps = read(data)
    assert gaps == []
    assert body(records[("sheet Kunder", "row 1")]) == "Karin Ek\tkarin@x.example\t070-1"
    assert body(records[("sheet Kunder", "row 3")]) == "Bo Lind\tbo@x.example"
    assert ("sheet Kunder", "row 2") not in records
    assert Fact(IdType.EMAIL, "bo@x.example") in records[("sheet Kunder", "row 3")].entities[0].facts


def test_a_title_and_blank_rows_above_the_header() -> None:
    data = data_of(book_of(("Lista av Siv Berg",), (), HEAD, ("Karin Ek", "karin@x.example", "1")))
    records, _ = read(data)
    assert body(records[("sheet Kunder",)]) == "Lista av Siv Berg"
    assert body(records[("sheet Kunder", "row 1")]).startswith("Karin Ek")


def test_a_sheet_without_header_counts_from_its_first_used_row() -> None:
    data = data_of(book_of((), (), ("Karin Ek", "karin@x.example"), ("Bo Lind", "bo@x.example")))
    records, _ = read(data)
    assert body(records[("sheet Kunder", "row 1")]).startswith("Karin")
    assert body(records[("sheet Kunder", "row 2")]).startswith("Bo")


def test_hidden_sheets_rows_and_columns_are_read() -> None:
    book = book_of(HEAD, ("Karin Ek", "karin@x.example", "1"))
    for state in ("hidden", "veryHidden"):
        sheet = book.create_sheet(state)
        sheet.sheet_state = state
        sheet.append(("Bo Lind", "hemlig@x.example"))
        sheet.row_dimensions[1].hidden = True
        sheet.column_dimensions["B"].hidden = True
    records, _ = read(data_of(book))
    assert "hemlig@x.example" in body(records[("sheet hidden", "row 1")])
    assert "hemlig@x.example" in body(records[("sheet veryHidden", "row 1")])


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (7012345678, "7012345678"),
        (1981121898760.0, "1981121898760"),
        (198112189876, "198112189876"),
        (0.1 + 0.2, "0.3"),
        (-5.0, "-5"),
        (datetime.date(1981, 12, 18), "1981-12-18"),
        (datetime.datetime(1981, 12, 18, 14, 30), "1981-12-18 14:30:00"),
        (datetime.time(14, 30), "14:30:00"),
        ("0701234567", "0701234567"),
        ("å ä ö", "å ä ö"),
    ],
)
def test_values_look_as_in_the_sheet(value: object, shown: str) -> None:
    records, gaps = read(data_of(book_of(("x", value))))
    assert gaps == []
    assert body(records[("sheet Kunder", "row 1")]) == f"x\t{shown}"


@pytest.mark.parametrize(
    ("value", "code", "shown"),
    [
        (112189876, "000000\\-0000", "011218-9876"),
        (112189876, '000000"-"0000', "011218-9876"),
        (701234567, "0000000000", "0701234567"),
        (701234567, "000\\-000\\ 00\\ 00", "070-123 45 67"),
        (1234567.5, "# ##0", "1234567.5"),
        (1234, "0", "1234"),
    ],
)
def test_number_formats_that_are_shapes_bring_zeros_back(value: float, code: str, shown: str) -> None:
    book = book_of(HEAD)
    sheet = book.active
    assert sheet is not None
    for row in range(2, 40):
        sheet.cell(row, 2, value).number_format = code
    records, _ = read(data_of(book))
    assert [body(records[("sheet Kunder", f"row {row}")]) for row in range(1, 39)] == [shown] * 38


def test_number_formats_where_the_cells_begin_far_from_the_corner() -> None:
    book = book_of()
    sheet = book.active
    assert sheet is not None
    sheet["C5"] = "x"
    sheet.cell(7, 5, 112189876).number_format = "000000\\-0000"
    records, _ = read(data_of(book))
    assert body(records[("sheet Kunder", "row 3")]) == "011218-9876"


def test_comments_links_and_page_headers() -> None:
    book = book_of(HEAD, ("Karin Ek", "skriv", "1"))
    sheet = book.active
    assert sheet is not None
    sheet["A2"].comment = Comment("Ring Bo Lind", "Lena Skog")
    sheet["B2"].hyperlink = "mailto:karin@x.example"
    sheet["C2"] = '=HYPERLINK("mailto:ada@x.example","post")'
    assert sheet.oddHeader is not None
    sheet.oddHeader.center.text = "Av Siv Berg"
    records, gaps = read(data_of(book))
    assert gaps == []
    comments = records[("sheet Kunder", "part comments")]
    assert "Ring Bo Lind" in body(comments)
    assert [fact.value for entity in comments.entities for fact in entity.facts] == ["Lena Skog"]
    assert "mailto:karin@x.example" in body(records[("sheet Kunder", "part links")])
    assert "mailto:ada@x.example" in body(records[("sheet Kunder", "part links")])
    assert "Av Siv Berg" in body(records[("sheet Kunder", "part header")])


def test_threaded_comments_and_their_persons() -> None:
    data = data_of(book_of(HEAD, ("Karin Ek", "k@x.example", "1")))
    buffer = io.BytesIO(data)
    kind = "http://schemas.microsoft.com/office/2017/10/relationships/threadedComment"
    with zipfile.ZipFile(buffer, "a") as archive:
        archive.writestr(
            "xl/worksheets/_rels/sheet1.xml.rels",
            '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" '
            f'Type="{kind}" Target="../threadedComments/t1.xml"/></Relationships>',
        )
        archive.writestr(
            "xl/threadedComments/t1.xml",
            '<ThreadedComments xmlns="t"><threadedComment ref="A2" personId="{1}"><text>Ring Bo</text>'
            "</threadedComment></ThreadedComments>",
        )
        archive.writestr(
            "xl/persons/person.xml",
            '<personList xmlns="t"><person displayName="Lena Skog" id="{1}" userId="S::lena@x.example::guid"/>'
            "</personList>",
        )
    records, _ = read(buffer.getvalue())
    comments = records[("sheet Kunder", "part comments")]
    assert body(comments) == "Ring Bo"
    assert {fact for entity in comments.entities for fact in entity.facts} == {
        Fact(IdType.NAME, "Lena Skog"),
        Fact(IdType.EMAIL, "lena@x.example"),
    }


def test_properties_and_the_copy_that_a_pivot_keeps() -> None:
    book = book_of(HEAD, ("Karin Ek", "k@x.example", "1"))
    book.properties.creator = "Siv Berg"
    buffer = io.BytesIO(data_of(book))
    with zipfile.ZipFile(buffer, "a") as archive:
        archive.writestr(
            "xl/pivotCache/pivotCacheDefinition1.xml", '<p><s v="Ada Raderad"/><n v="198112189876"/><n v="7"/></p>'
        )
    records, _ = read(buffer.getvalue())
    assert [fact.value for entity in records[("part properties",)].entities for fact in entity.facts] == ["Siv Berg"]
    assert body(records[("part pivotCacheDefinition1.xml",)]).split("\n") == ["Ada Raderad", "198112189876"]


def test_everything_openpyxl_sees_is_seen() -> None:
    rows = [(f"Namn {n}", f"n{n}@x.example", n * 1_000_003, None if n % 3 else "x" * 50) for n in range(3000)]
    data = data_of(book_of(*rows))
    records, gaps = read(data)
    assert gaps == []
    witness = openpyxl.load_workbook(io.BytesIO(data), read_only=True).active
    assert witness is not None
    for number, row in enumerate(witness.iter_rows(values_only=True), 1):
        expected = "\t".join(str(cell) for cell in row if cell is not None)
        assert body(records[("sheet Kunder", f"row {number}")]) == expected


def test_a_sheet_that_spans_the_whole_grid_costs_no_memory() -> None:
    book = book_of(HEAD, ("Karin Ek", "k@x.example", "1"))
    sheet = book.active
    assert sheet is not None
    sheet["XFD1048576"] = "långt borta"
    other = book.create_sheet("Andra")
    other.append(("Bo Lind", "bo@x.example"))
    records, gaps = read(data_of(book))
    assert [(gap.steps, gap.reason) for gap in gaps] == [(("sheet Kunder",), GapReason.TOO_LARGE)]
    assert "Bo Lind" in body(records[("sheet Andra", "row 1")])


def test_far_away_formatting_without_values_is_no_gap() -> None:
    book = book_of(HEAD, ("Karin Ek", "k@x.example", "1"))
    sheet = book.active
    assert sheet is not None
    sheet["XFD1048576"].number_format = "0.00"
    records, gaps = read(data_of(book))
    assert gaps == []
    assert ("sheet Kunder", "row 1") in records


def shared(text: str, before: str = "") -> bytes:
    """A book whose only cell is a shared string."""
    data = data_of(book_of((1,)))
    data = changed(data, "xl/worksheets/sheet1.xml", '<c r="A1" t="n"><v>1</v></c>', '<c r="A1" t="s"><v>0</v></c>')
    kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/sharedStrings"
    line = f'<Relationship Id="s1" Type="{kind}" Target="sharedStrings.xml"/></Relationships>'
    data = changed(data, "xl/_rels/workbook.xml.rels", "</Relationships>", line)
    buffer = io.BytesIO(data)
    with zipfile.ZipFile(buffer, "a", zipfile.ZIP_DEFLATED) as archive:
        space = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
        archive.writestr("xl/sharedStrings.xml", f'{before}<sst xmlns="{space}"><si><t>{text}</t></si></sst>')
    return buffer.getvalue()


def test_shared_strings_are_read() -> None:
    records, gaps = read(shared("Karin Ek"))
    assert gaps == []
    assert body(records[("sheet Kunder", "row 1")]) == "Karin Ek"


@pytest.mark.parametrize("name", ["xl/workbook.xml", "xl/worksheets/sheet1.xml", "xl/styles.xml"])
def test_entities_are_refused(name: str) -> None:
    data = data_of(book_of(HEAD, ("Karin Ek", "k@x.example", "1")))
    tag = {"xl/workbook.xml": "<workbook", "xl/worksheets/sheet1.xml": "<worksheet", "xl/styles.xml": "<styleSheet"}
    bomb = "<!DOCTYPE a [<!ENTITY b 'cccc'>]>" + tag[name]
    records, gaps = read(changed(data, name, tag[name], bomb))
    assert {(gap.reason, gap.detail) for gap in gaps} == {(GapReason.UNREADABLE, "XML entities")}
    assert () in records


def test_shared_strings_that_no_cell_points_at_any_more_are_read() -> None:
    data = changed(
        shared("Anna Ek"), "xl/sharedStrings.xml", "</sst>", "<si><r><t>Bo </t></r><r><t>Lind</t></r></si></sst>"
    )
    records, gaps = read(data)
    assert gaps == []
    assert body(records[("part unused strings",)]) == "Bo Lind"
    assert ("part unused strings",) not in read(shared("Anna Ek"))[0]


def test_entities_in_the_shared_strings_are_refused() -> None:
    _, gaps = read(shared("&b;", "<!DOCTYPE a [<!ENTITY b 'cccc'>]>"))
    assert {(gap.reason, gap.detail) for gap in gaps} == {(GapReason.UNREADABLE, "XML entities")}


def test_a_bomb_in_the_shared_strings_is_not_unpacked() -> None:
    _, gaps = read(shared("a" * (60 << 20)))
    assert {gap.reason for gap in gaps} == {GapReason.TOO_LARGE}


@pytest.mark.parametrize("share", [0.05, 0.3, 0.6, 0.95])
def test_a_cut_file_is_a_gap(share: float) -> None:
    data = data_of(book_of(HEAD, *[(f"Namn {n}", "x@x.example", n) for n in range(100)]))
    records, gaps = read(data[: int(len(data) * share)])
    assert [gap.reason for gap in gaps] == [GapReason.UNREADABLE]
    assert list(records) == [()]


def test_a_cut_sheet_in_a_whole_package_is_a_gap_and_the_others_are_read() -> None:
    book = book_of(HEAD, *[(f"Namn {n}", "x@x.example", n) for n in range(100)])
    book.create_sheet("Andra").append(("Bo Lind", "bo@x.example"))
    data = changed(data_of(book), "xl/worksheets/sheet1.xml", '<row r="50"', "<row r=")
    records, gaps = read(data)
    assert [(gap.steps, gap.reason) for gap in gaps] == [(("sheet Kunder",), GapReason.UNREADABLE)]
    assert "Bo Lind" in body(records[("sheet Andra", "row 1")])


def test_the_names_of_sheets_are_text() -> None:
    records, _ = read(data_of(book_of(("Namn", "Ort"), ("Bo Alm", "Lund"), name="Anna Ek 640823")))
    assert "Anna Ek 640823" in body(records[()])


def with_parts(data: bytes, **parts: str) -> bytes:
    buffer = io.BytesIO(data)
    with zipfile.ZipFile(buffer, "a", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            archive.writestr(name, text)
    return buffer.getvalue()


def test_lists_prompts_filters_conditions_scenarios_and_words_in_formulas() -> None:
    book = book_of(HEAD, ("Karin Ek", "k@x.example", '=IF(B2="Ada Alm",1,2)'))
    sheet = book.active
    assert sheet is not None
    rule = DataValidation(type="list", formula1='"Bo Lind,Siv Berg"', promptTitle="Välj", prompt="Fråga Eva Sund")
    sheet.add_data_validation(rule)
    rule.add("A2")
    sheet.auto_filter.ref = "A1:C2"
    sheet.auto_filter.add_filter_column(0, ["Dan Frid"])
    sheet["B2"].hyperlink = Hyperlink("B2", location="Kunder!A1", tooltip="Om Ina Ros", display="visa")
    tail = '<scenarios><scenario name="Offert Ulf" user="Lena Skog" comment="till Per Dal"/></scenarios></worksheet>'
    data = changed(data_of(book), "xl/worksheets/sheet1.xml", "</worksheet>", tail)
    records, gaps = read(data)
    assert gaps == []
    rules = records[("sheet Kunder", "part rules")]
    for word in ("Bo Lind,Siv Berg", "Fråga Eva Sund", "Dan Frid", "Om Ina Ros", "Offert Ulf", "till Per Dal"):
        assert word in body(rules), word
    assert [fact.value for entity in rules.entities for fact in entity.facts] == ["Lena Skog"]
    assert "A1:C2" not in body(rules).split("\n")
    assert body(records[("sheet Kunder", "part links")]) == "Ada Alm"


def test_what_follows_many_cells_is_not_cut_in_two() -> None:
    book = book_of(*[(f"Namn {n}", "x" * 60) for n in range(9000)])
    sheet = book.active
    assert sheet is not None
    for n in range(20_000):
        sheet.conditional_formatting.add(f"A{n + 1}", FormulaRule(formula=[f'A1="Kund nummer {n}"']))
    records, _ = read(data_of(book))
    lines = body(records[("sheet Kunder", "part rules")]).split("\n")
    assert [line for line in lines if "Kund" in line] == [f'A1="Kund nummer {n}"' for n in range(20_000)]


def test_names_of_cells_and_who_holds_the_book() -> None:
    book = book_of(HEAD)
    book.defined_names["Anna_Ek"] = DefinedName("Anna_Ek", attr_text="Kunder!$A$1", comment="Siv Bergs lista")
    book.defined_names["vem"] = DefinedName("vem", attr_text='"Bo Lind"')
    data = changed(data_of(book), "xl/workbook.xml", "<sheets>", '<fileSharing userName="Lena Skog"/><sheets>')
    records, _ = read(data)
    assert body(records[()]).split("\n") == ["Kunder", "Anna_Ek", "Siv Bergs lista", "vem", '"Bo Lind"']
    facts = [fact.value for entity in records[("part properties",)].entities for fact in entity.facts]
    assert "Lena Skog" in facts


def test_who_changed_and_refreshed_text_boxes_charts_and_links_to_other_books() -> None:
    data = with_parts(
        data_of(book_of(HEAD)),
        **{
            "xl/revisions/userNames.xml": '<users><userInfo name="Karin Ek Alm"/></users>',
            "xl/revisions/revisionHeaders.xml": '<headers><header userName="Bo Lind"/></headers>',
            "xl/revisions/revisionLog1.xml": "<r><rcc><oc><is><t>Ada Raderad</t></is></oc></rcc></r>",
            "xl/pivotCache/pivotCacheDefinition1.xml": '<p refreshedBy="Siv Berg"><s v="Eva"/></p>',
            "xl/drawings/drawing1.xml": "<d><p><r><t>i ru</t></r><r><t>tan</t></r></p></d>",
            "xl/drawings/vmlDrawing1.vml": "<xml><v:textbox><div>Knapp <b>Ulf</b><br></div></v:textbox></xml>",
            "xl/externalLinks/externalLink1.xml": "<l><cell><v>Per Dal</v></cell></l>",
            "xl/connections.xml": '<c><connection connection="User ID=inaros;Data Source=db"/></c>',
        },
    )
    records, gaps = read(data)
    assert gaps == []
    assert body(records[("part userNames.xml",)]) == "Karin Ek Alm"
    assert [one.facts[0].value for one in records[("part revisionHeaders.xml",)].entities] == ["Bo Lind"]
    assert body(records[("part revisionLog1.xml",)]) == "Ada Raderad"
    pivot = records[("part pivotCacheDefinition1.xml",)]
    assert (body(pivot), [one.facts[0].value for one in pivot.entities]) == ("Eva", ["Siv Berg"])
    assert body(records[("part drawing1.xml",)]) == "i rutan"
    assert body(records[("part vmlDrawing1.vml",)]) == "Knapp Ulf"
    assert body(records[("part externalLink1.xml",)]) == "Per Dal"
    assert "User ID=inaros" in body(records[("part connections.xml",)])


SHEET = (
    '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>{}</sheetData></worksheet>'
)
CELL = '<row r="3"><c r="B3" t="inlineStr"><is><t>Karin Ek</t></is></c><c r="D3"><v>7</v></c></row>'


@pytest.mark.parametrize("name", ["xl/worksheets/sheet9.xml", "xl/macrosheets/sheet1.xml"])
def test_sheets_that_the_workbook_does_not_list_and_macro_sheets(name: str) -> None:
    records, gaps = read(with_parts(data_of(book_of(HEAD)), **{name: SHEET.format(CELL)}))
    assert gaps == []
    assert body(records[(f"part {name.rpartition('/')[2]}", "row 1")]) == "Karin Ek\t7"


def test_a_workbook_that_calamine_cannot_open_is_read_sheet_by_sheet() -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("xl/worksheets/sheet1.xml", SHEET.format(CELL))
    records, gaps = read(buffer.getvalue())
    assert body(records[("part sheet1.xml", "row 1")]) == "Karin Ek\t7"
    assert [gap.steps for gap in gaps] == [(), ()]


def test_how_names_are_said() -> None:
    data = shared("</t><rPh><t>カリン</t></rPh><t>漢")
    records, gaps = read(data)
    assert gaps == []
    assert body(records[("part phonetics",)]) == "カリン"


def test_pictures_and_files_inside() -> None:
    data = with_parts(data_of(book_of(HEAD)), **{"xl/media/image1.png": "x", "xl/embeddings/brev.txt": "Karin Ek"})
    found = [one for one in registry.load("xlsx").extract(Blob(data, "a.xlsx"), LIMITS) if isinstance(one, Nested)]
    assert [(one.steps, one.kind) for one in found] == [
        (("part image1.png",), "image"),
        (("attachment 1: brev.txt",), "attachment"),
    ]


def test_words_in_number_formats_names_of_views_and_metadata() -> None:
    book = book_of(("Karin", 12))
    book.active["B1"].number_format = '"Åsa Öberg"0;\\B\\o\\ \\E\\k0;"kr"0'
    data = data_of(book)
    views = '<customWorkbookViews><customWorkbookView name="Karin Eks vy" guid="{1}"/></customWorkbookViews></workbook>'
    data = changed(data, "xl/workbook.xml", "</workbook>", views)
    buffer = io.BytesIO(data)
    with zipfile.ZipFile(buffer, "a") as archive:
        metadata = (
            '<metadata xmlns="a"><metadataStrings count="1"><s v="[Kund].[Eva Alm]"/></metadataStrings></metadata>'
        )
        archive.writestr("xl/metadata.xml", metadata)
    records, gaps = read(buffer.getvalue())
    assert gaps == []
    assert body(records[("part number formats",)]).split("\n") == ["Åsa Öberg", "Bo Ek"]
    assert "Karin Eks vy" in body(records[()])
    assert body(records[("part metadata",)]) == "[Kund].[Eva Alm]"
