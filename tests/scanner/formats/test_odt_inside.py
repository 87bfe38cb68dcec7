"""OpenDocument text made by hand: tables in cells, and what people write in names and attributes."""

from __future__ import annotations

import io
import zipfile

import pytest

from scanner.blob import Blob
from scanner.expand import expand
from scanner.limits import Limits
from scanner.records import Fact, IdType, Record, Role, Unread

URN = "urn:oasis:names:tc:opendocument:xmlns:"
SPACES = " ".join(f'xmlns:{word}="{URN}{word}:1.0"' for word in ("office", "text", "table", "draw", "presentation"))
NAME = "Karin Öberg"


def read(inner: str, kind: str = "text") -> dict[tuple[str, ...], Record]:
    buffer = io.BytesIO()
    body = f"<office:document-content {SPACES}><office:body><office:{kind}>{inner}</office:{kind}></office:body>"
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("mimetype", f"application/vnd.oasis.opendocument.{kind}")
        archive.writestr("content.xml", body + "</office:document-content>")
    records: dict[tuple[str, ...], Record] = {}
    for found in expand(Blob(buffer.getvalue(), "a.odt"), Limits()):
        assert not isinstance(found, Unread)
        assert found.steps not in records
        records[found.steps] = found
    return records


def text(record: Record) -> str:
    return "\n".join(text for role, text in record.texts if role is Role.BODY)


def row(*cells: str) -> str:
    inner = "".join(f"<table:table-cell>{cell}</table:table-cell>" for cell in cells)
    return f"<table:table-row>{inner}</table:table-row>"


def table(*rows: str) -> str:
    return f'<table:table table:name="T1">{"".join(rows)}</table:table>'


def p(words: str) -> str:
    return f"<text:p>{words}</text:p>"


def test_a_table_in_a_cell_is_text_of_the_cell_and_rows_of_its_own() -> None:
    inner = table(row(p("Namn"), p("E-post")), row(p("Karin Öberg"), p("karin@kund.example") + table(row(p("djupt")))))
    records = read(table(row(p("Avtal"), p("Parter") + inner + p("efter"))))
    outer = text(records[("table 1", "row 1")])
    assert outer == "Avtal\tParter\nNamn\nE-post\nKarin Öberg\nkarin@kund.example\ndjupt\nefter"
    own = records[("table 2", "row 1")]
    assert [entity.facts for entity in own.entities] == [
        [Fact(IdType.NAME, "Karin Öberg"), Fact(IdType.EMAIL, "karin@kund.example\ndjupt")]
    ]


def test_a_table_in_a_text_box_in_a_cell_is_read_once() -> None:
    box = f"<draw:frame><draw:text-box>{table(row(p('rutan')))}</draw:text-box></draw:frame>"
    records = read(table(row(p("före" + box))))
    assert text(records[("table 1", "row 1")]).count("rutan") == 1


@pytest.mark.parametrize(
    "mark",
    [
        f'<text:bibliography-mark text:bibliography-type="book" text:author="{NAME}">[1]</text:bibliography-mark>',
        f'<text:bibliography-mark text:bibliography-type="book" text:note="{NAME}">[1]</text:bibliography-mark>',
        f'<text:alphabetical-index-mark text:string-value="{NAME}"/>',
        f'<text:alphabetical-index-mark-start text:key1="{NAME}"/>',
        f'<text:toc-mark text:string-value="{NAME}"/>',
        f'<text:user-index-mark text:string-value="{NAME}"/>',
        f'<text:variable-set text:display="none" office:string-value="{NAME}"/>',
        f"<text:variable-set text:formula='ooow:\"{NAME}\"'/>",
        f'<text:drop-down text:name="{NAME}"/>',
        f'<text:drop-down text:help="{NAME}"/>',
        f'<text:drop-down text:hint="{NAME}"/>',
        f'<text:text-input text:description="{NAME}">x</text:text-input>',
        f'<text:a office:name="{NAME}">x</text:a>',
        f'<text:reference-mark text:name="{NAME}"/>',
        f'<draw:frame draw:name="{NAME}"/>',
        f'<draw:g draw:name="{NAME}"/>',
    ],
)
def test_attributes_in_a_paragraph_that_people_write(mark: str) -> None:
    assert NAME in text(read(p("avtal " + mark))[()])


@pytest.mark.parametrize(
    "block",
    [
        f'<text:section text:name="{NAME}"><text:p>x</text:p></text:section>',
        f'<draw:frame draw:name="{NAME}"><draw:text-box/></draw:frame>',
        f'<table:table table:name="{NAME}"><table:table-row/></table:table>',
    ],
)
def test_names_that_stand_outside_of_paragraphs(block: str) -> None:
    assert NAME in text(read(block)[()])


def test_names_that_programs_give_are_left_out() -> None:
    named = '<draw:frame draw:name="Bild12"/><draw:frame draw:name="Frame 1"/><text:bookmark text:name="__Ref1"/>'
    assert text(read(p("avtal" + named))[()]) == "avtal"


def test_names_of_frames_and_shows_of_a_presentation() -> None:
    page = f'<draw:page draw:name="page1"><draw:frame draw:name="{NAME}"/></draw:page>'
    show = '<presentation:settings><presentation:show presentation:name="Bo Ek"/></presentation:settings>'
    records = read(page + show, "presentation")
    assert NAME in text(records[("page 1",)])
    assert "Bo Ek" in text(records[("part rules",)])


def test_names_of_shapes_and_of_ranges_in_a_workbook() -> None:
    shapes = f'<table:shapes><draw:rect draw:name="{NAME}"/></table:shapes>'
    named = '<table:named-expressions><table:named-range table:name="Ekbo"/></table:named-expressions>'
    records = read(f'<table:table table:name="S">{shapes}{row(p("x"))}</table:table>{named}', "spreadsheet")
    assert NAME in text(records[("sheet S", "part drawings")])
    assert "Ekbo" in text(records[("part rules",)])
