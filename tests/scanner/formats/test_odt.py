"""OpenDocument files made by odfpy, and parts put in by hand."""

from __future__ import annotations

import io
import zipfile

import pytest
from odf.dc import Creator
from odf.office import Annotation
from odf.opendocument import OpenDocumentSpreadsheet, OpenDocumentText
from odf.table import Table, TableCell, TableRow
from odf.text import A, H, P, S, Span, Tab

from connectors.base import GapReason
from scanner.blob import Blob
from scanner.expand import expand
from scanner.limits import Limits
from scanner.records import Entity, Fact, IdType, Record, Role, Unread

LIMITS = Limits()
Found = tuple[dict[tuple[str, ...], Record], list[Unread]]


def data_of(document: object) -> bytes:
    buffer = io.BytesIO()
    document.write(buffer)  # type: ignore[attr-defined]
    return buffer.getvalue()


def read(data: bytes, name: str = "a.odt") -> Found:
    records: dict[tuple[str, ...], Record] = {}
    gaps = []
    for found in expand(Blob(data, name), LIMITS):
        if isinstance(found, Unread):
            gaps.append(found)
        else:
            assert found.steps not in records
            records[found.steps] = found
    return records, gaps


def body(record: Record) -> str:
    return "\n".join(text for role, text in record.texts if role is Role.BODY)


def table(rows: list[list[str]], name: str = "Blad1") -> object:
    made = Table(name=name)
    for cells in rows:
        row = TableRow()
        for text in cells:
            cell = TableCell()
            cell.addElement(P(text=text))
            row.addElement(cell)
        made.addElement(row)
    return made


def test_paragraphs_spans_tabs_and_links() -> None:
    document = OpenDocumentText()
    document.text.addElement(H(outlinelevel=1, text="Rubrik"))
    paragraph = P(text="karin")
    paragraph.addElement(Span(text="@x.ex"))
    paragraph.addText("ample")
    paragraph.addElement(Tab())
    paragraph.addElement(A(href="mailto:bo@x.example", text="Bo"))
    paragraph.addElement(S(c=2))
    paragraph.addText("slut")
    document.text.addElement(paragraph)
    records, gaps = read(data_of(document))
    assert gaps == []
    assert body(records[()]) == "Rubrik\nkarin@x.example\tBo  slut\nmailto:bo@x.example"


def test_tables_give_rows() -> None:
    document = OpenDocumentText()
    rows = [["Namn", "E-post"], ["Karin Ek", "karin@x.example"], ["Bo Lind", "bo@x.example"]]
    document.text.addElement(table(rows))
    records, _ = read(data_of(document))
    assert body(records[("row 2",)]) == "Bo Lind\tbo@x.example"
    assert Fact(IdType.NAME, "Bo Lind") in records[("row 2",)].entities[0].facts
    assert "Bo" not in body(records[()])
    document.text.addElement(table(rows))
    records, _ = read(data_of(document))
    assert body(records[("table 2", "row 1")]) == "Karin Ek\tkarin@x.example"


def test_annotations_are_a_part_with_their_authors() -> None:
    document = OpenDocumentText()
    paragraph = P(text="före")
    note = Annotation()
    note.addElement(Creator(text="Lena Skog"))
    note.addElement(P(text="Ring Karin"))
    paragraph.addElement(note)
    paragraph.addText("efter")
    document.text.addElement(paragraph)
    records, _ = read(data_of(document))
    assert body(records[()]) == "föreefter"
    assert body(records[("part annotations",)]) == "Ring Karin"
    assert records[("part annotations",)].entities == [Entity(Role.AUTHOR, [Fact(IdType.NAME, "Lena Skog")])]


def test_meta_names_the_authors() -> None:
    from odf.dc import Title
    from odf.meta import InitialCreator

    document = OpenDocumentText()
    document.meta.addElement(InitialCreator(text="Karin Ek"))
    document.meta.addElement(Creator(text="Bo Lind"))
    document.meta.addElement(Title(text="Offert"))
    records, _ = read(data_of(document))
    record = records[("part properties",)]
    assert body(record) == "Offert"
    assert [entity.facts[0].value for entity in record.entities] == ["Karin Ek", "Bo Lind"]


def replaced(data: bytes, name: str, text: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(buffer, "w") as new:
        for info in old.infolist():
            new.writestr(info.filename, text if info.filename == name else old.read(info))
    return buffer.getvalue()


def test_encryption_is_told() -> None:
    manifest = (
        '<m:manifest xmlns:m="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"><m:file-entry m:full-path="content'
        '.xml"><m:encryption-data/></m:file-entry></m:manifest>'
    )
    _, gaps = read(replaced(data_of(OpenDocumentText()), "META-INF/manifest.xml", manifest))
    assert [(gap.steps, gap.reason) for gap in gaps] == [((), GapReason.ENCRYPTED)]


def test_entities_are_refused() -> None:
    bomb = "<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>"
    _, gaps = read(replaced(data_of(OpenDocumentText()), "content.xml", bomb))
    assert [(gap.steps, gap.reason, gap.detail) for gap in gaps] == [((), GapReason.UNREADABLE, "XML entities")]


@pytest.mark.parametrize("share", [0.2, 0.6, 0.95])
def test_a_cut_file_is_a_gap(share: float) -> None:
    data = data_of(OpenDocumentText())
    records, gaps = read(data[: int(len(data) * share)])
    assert [gap.reason for gap in gaps] == [GapReason.UNREADABLE]
    assert list(records) == [()]


def test_sheets_keep_their_positions_over_repeated_rows() -> None:
    document = OpenDocumentSpreadsheet()
    sheet = table([["Namn", "Telefon"], ["Karin Ek", "070-123 45 67"]], "Kunder")
    blank = TableRow(numberrowsrepeated=100)
    blank.addElement(TableCell(numbercolumnsrepeated=1000))
    sheet.addElement(blank)  # type: ignore[attr-defined]
    row = TableRow()
    for text in ("Bo Lind", "073-765 43 21"):
        cell = TableCell()
        cell.addElement(P(text=text))
        row.addElement(cell)
    sheet.addElement(row)  # type: ignore[attr-defined]
    document.spreadsheet.addElement(sheet)
    records, gaps = read(data_of(document), "a.ods")
    assert gaps == []
    assert body(records[("sheet Kunder", "row 1")]) == "Karin Ek\t070-123 45 67"
    assert body(records[("sheet Kunder", "row 102")]) == "Bo Lind\t073-765 43 21"
    assert Fact(IdType.NAME, "Bo Lind") in records[("sheet Kunder", "row 102")].entities[0].facts
