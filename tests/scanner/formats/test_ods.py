"""OpenDocument sheets made by hand: what lies beside the rows, and what is not shown."""

from __future__ import annotations

import io
import zipfile

from scanner.blob import Blob
from scanner.expand import expand
from scanner.limits import Limits
from scanner.records import Entity, Fact, IdType, Record, Role, Unread

LIMITS = Limits()
URN = "urn:oasis:names:tc:opendocument:xmlns:"
SPACES = " ".join(f'xmlns:{word}="{URN}{word}:1.0"' for word in ("office", "text", "table", "draw")) + (
    ' xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:xlink="http://www.w3.org/1999/xlink"'
)


def read(inner: str) -> dict[tuple[str, ...], Record]:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        text = f"<office:document-content {SPACES}><office:body><office:spreadsheet>{inner}</office:spreadsheet>"
        archive.writestr("content.xml", text + "</office:body></office:document-content>")
    records: dict[tuple[str, ...], Record] = {}
    for found in expand(Blob(buffer.getvalue(), "a.ods"), LIMITS):
        assert not isinstance(found, Unread)
        assert found.steps not in records
        records[found.steps] = found
    return records


def body(record: Record) -> str:
    return "\n".join(text for role, text in record.texts if role is Role.BODY)


def sheet(*cells: str, name: str = "Blad", before: str = "", row: str = "") -> str:
    made = f"<table:table-row {row}>{''.join(cells)}</table:table-row>"
    return f'<table:table table:name="{name}">{before}{made}</table:table>'


def cell(text: str, attributes: str = "", more: str = "") -> str:
    return f"<table:table-cell {attributes}>{more}<text:p>{text}</text:p></table:table-cell>"


def test_hidden_and_filtered_rows_and_sheets_of_the_same_name() -> None:
    hidden = sheet(cell("Karin"), row='table:visibility="filter"')
    records = read(hidden + sheet(cell("Bo")))
    assert body(records[("sheet Blad", "row 1")]) == "Karin"
    assert body(records[("sheet Blad (2)", "row 1")]) == "Bo"


def test_numbers_that_are_shown_rounded_and_values_that_are_not_shown() -> None:
    rounded = cell("1,98E+11", 'office:value-type="float" office:value="198112189876"')
    kept = cell("070-123", 'office:value-type="float" office:value="70123"')
    unseen = '<table:table-cell office:value-type="string" office:string-value="Karin Ek"/>'
    records = read(sheet(rounded, kept, unseen))
    assert body(records[("sheet Blad", "row 1")]) == "198112189876\t070-123\tKarin Ek"


def test_comments_links_drawings_and_words_in_formulas() -> None:
    note = "<office:annotation><dc:creator>Lena Skog</dc:creator><text:p>Ring Bo</text:p></office:annotation>"
    link = '<text:a xlink:href="mailto:karin@x.example">Karin</text:a>'
    shapes = (
        "<table:shapes><draw:frame><draw:text-box><text:p>i rutan</text:p></draw:text-box></draw:frame></table:shapes>"
    )
    formula = """table:formula='of:=IF([.A1]="Ada Alm";1;2)'"""
    records = read(sheet(cell(link, more=note), cell("1", formula), before=shapes))
    assert body(records[("sheet Blad", "row 1")]) == "Karin\nmailto:karin@x.example\t1"
    comments = records[("sheet Blad", "part comments")]
    assert (body(comments), comments.entities) == ("Ring Bo", [Entity(Role.AUTHOR, [Fact(IdType.NAME, "Lena Skog")])])
    assert body(records[("sheet Blad", "part links")]) == "mailto:karin@x.example\nAda Alm"
    assert body(records[("sheet Blad", "part drawings")]) == "i rutan"


def test_lists_names_links_to_others_and_changes() -> None:
    valid = (
        "<table:content-validations>"
        """<table:content-validation table:condition='cell-content-is-in-list("Bo Lind";"Eva")'>"""
        "<table:help-message><text:p>Fråga Siv</text:p></table:help-message></table:content-validation>"
        "</table:content-validations>"
    )
    named = '<table:named-expressions><table:named-range table:name="Kund Ulf"/></table:named-expressions>'
    linked = f"<table:dde-link><office:dde-source/>{sheet(cell('Per Dal'))}</table:dde-link>"
    dde = f"<table:dde-links>{linked}</table:dde-links>"
    change = (
        "<table:tracked-changes><table:cell-content-change><office:change-info><dc:creator>Lena Skog</dc:creator>"
        "</office:change-info><table:previous><table:change-track-table-cell><text:p>Ada Raderad</text:p>"
        "</table:change-track-table-cell></table:previous></table:cell-content-change></table:tracked-changes>"
    )
    records = read(change + valid + sheet(cell("x")) + named + dde)
    rules = body(records[("part rules",)])
    for word in ("Bo Lind", "Fråga Siv", "Kund Ulf", "Per Dal"):
        assert word in rules, word
    changes = records[("part changes",)]
    assert (body(changes), changes.entities) == ("Ada Raderad", [Entity(Role.AUTHOR, [Fact(IdType.NAME, "Lena Skog")])])
