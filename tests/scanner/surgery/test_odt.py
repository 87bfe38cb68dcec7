"""OpenDocument texts: the person leaves, all else stays; odfpy and zipfile are the witnesses."""

from __future__ import annotations

import io
import re
from random import Random
from typing import Any

import pytest
from odf import dc, meta, office, opendocument, table, teletype, text

from scanner.blob import Blob
from scanner.limits import Limits
from scanner.surgery.base import CannotEdit, Edits
from scanner.surgery.office.odt import EDITOR, text_of
from scanner.surgery.operate import operate
from tests.scanner.surgery.make_docx import PERSON
from tests.scanner.surgery.make_odt import make
from tests.scanner.surgery.office_person import MARK, SUBJECT, canaries, cuts, held, masked, members, packed

NAME, MAIL = PERSON
XML = ("content.xml", "styles.xml", "meta.xml")
NS = " ".join(
    f'xmlns:{one}="urn:oasis:names:tc:opendocument:xmlns:{one}:1.0"'
    for one in ("office", "text", "table", "draw", "meta")
)
OTHER = 'xmlns:xlink="http://www.w3.org/1999/xlink" xmlns:dc="http://purl.org/dc/elements/1.1/"'


def written(data: bytes) -> bytes:
    return operate(Blob(data, "brev.odt"), cuts(held(data, "brev.odt")), SUBJECT, Limits())


def odt(body: str, parts: dict[str, str | bytes] | None = None, styles: str = "") -> bytes:
    """A small OpenDocument text by hand."""
    content = f"<?xml version='1.0'?>\n<office:document-content {NS} {OTHER}>{styles}<office:body><office:text>"
    return packed(
        {
            "mimetype": "application/vnd.oasis.opendocument.text",
            "content.xml": f"{content}{body}</office:text></office:body></office:document-content>",
            **(parts or {}),
        }
    )


def p(said: str) -> str:
    return f"<text:p>{said}</text:p>"


def amended(data: bytes, *steps: tuple[str, ...], remove: tuple[tuple[str, ...], ...] = ()) -> str:
    edits = Edits(frozenset(remove), frozenset(steps))
    after = EDITOR.edit(Blob(data, "brev.odt"), edits, SUBJECT, Limits())
    assert EDITOR.differences(data, after, edits, SUBJECT) == []
    return body(after)


def body(data: bytes) -> str:
    return members(data)["content.xml"].decode().split("<office:text>")[1].split("</office:text>")[0]


def refused(data: bytes, *steps: tuple[str, ...], remove: tuple[tuple[str, ...], ...] = ()) -> str:
    with pytest.raises(CannotEdit) as caught:
        EDITOR.edit(Blob(data, "brev.odt"), Edits(frozenset(remove), frozenset(steps)), SUBJECT, Limits())
    return caught.value.reason


def _said(document: Any, kind: Any) -> list[str]:
    return [teletype.extractText(one) for one in document.getElementsByType(kind)]


def _rows(document: Any) -> list[list[str]]:
    lines = document.getElementsByType(table.TableRow)
    return [[teletype.extractText(cell) for cell in line.getElementsByType(table.TableCell)] for line in lines]


def check(seed: int) -> None:
    """One document by chance: the person is out of all its records, and odfpy sees all else as it was."""
    random = Random(seed)
    made = make(random, random.randint(1, 300))
    after = written(made.data)
    assert canaries(after) == []
    old, new = opendocument.load(io.BytesIO(made.data)), opendocument.load(io.BytesIO(after))
    assert _rows(new) == [row for row in made.table_rows if NAME not in row]
    assert len(_said(new, text.Span)) <= len(_said(old, text.Span))
    assert _paragraphs(new) == [masked(one) for one in _paragraphs(old)]
    for kind in (dc.Title, meta.InitialCreator, meta.Keyword, meta.UserDefined):
        assert _said(new, kind) == [masked(one) for one in _said(old, kind)]
    creators = [[teletype.extractText(c) for c in one.getElementsByType(dc.Creator)] for one in (old, new)]
    assert creators[1] == [masked(one) for one in creators[0]]
    assert len(new.getElementsByType(office.Annotation)) == len(old.getElementsByType(office.Annotation))
    before, now_parts = members(made.data), members(after)
    assert before.keys() - now_parts.keys() == {"Thumbnails/thumbnail.png"}
    assert b"Thumbnails" not in now_parts["META-INF/manifest.xml"]
    assert {name for name in now_parts if now_parts[name] != before[name]} <= {*XML, "META-INF/manifest.xml"}
    assert written(made.data) == after


def _paragraphs(document: Any) -> list[str]:
    """The text of each paragraph, with its notes and comments behind it."""
    said = [_own(one) for one in document.text.childNodes if one.tagName in ("text:p", "text:h")]
    return [re.sub(" +", " ", one) for one in said]  # a text:s inside of the name stays


def _own(element: Any) -> str:
    said, beside = "", ""
    for child in element.childNodes:
        name = getattr(child, "tagName", "")
        if name in ("office:annotation", "text:note"):
            beside += "\n" + _own(child)
        elif name == "text:s":
            said += " "
        else:
            said += str(child) if child.nodeType == child.TEXT_NODE else _own(child)
    return said + beside


@pytest.mark.parametrize("seed", range(20))
def test_the_person_leaves_documents_made_by_chance(seed: int) -> None:
    check(seed)


@pytest.mark.prove
@pytest.mark.parametrize("seed", range(20, 200))
def test_the_person_leaves_many_documents(seed: int) -> None:
    check(seed)


def test_untouched_source_keeps_its_bytes() -> None:
    odd = "<text:p  text:style-name='P1' >a &#38; b<text:s text:c='3'/></text:p >\r\n<!-- så -->"
    after = amended(odt(odd + p("Hej Ulri<text:span>ka Tests</text:span>son, hej")), ())
    assert after == odd + p(f"Hej {MARK}<text:span></text:span>, hej")


def test_a_note_or_comment_inside_of_a_name() -> None:
    note = (
        "<text:note><text:note-citation>1</text:note-citation><text:note-body>"
        + p("Not")
        + "</text:note-body></text:note>"
    )
    comment = "<office:annotation><dc:creator>Bo Ek</dc:creator>" + p("Klart") + "</office:annotation>"
    after = amended(odt(p(f"Hej Ulri{note}ka Test{comment}sson hej")), ())
    assert after == p(f"Hej {MARK}{note}{comment} hej")


def test_links_labels_fields_and_pictures() -> None:
    said = (
        p(f'<text:a xlink:href="mailto:{MAIL}?subject=Hej" office:title="{NAME}">brev</text:a> till')
        + p(f'<text:bookmark-start text:name="{NAME}"/>x<text:bookmark-end text:name="{NAME}"/>')
        + p(f'<text:bookmark-ref text:ref-name="{NAME}">sidan</text:bookmark-ref>')
        + p(f"<text:user-field-get office:string-value='{NAME}'>{NAME}</text:user-field-get>")
        + p(f"<draw:frame draw:name='Bild1'><svg:title xmlns:svg='urn:svg'>Porträtt av {NAME}</svg:title></draw:frame>")
    )
    after = amended(odt(said), ())
    assert after == said.replace(MAIL, MARK).replace(NAME, MARK)


def test_comments_changes_rules_properties_and_headers() -> None:
    changes = (
        "<text:tracked-changes><text:changed-region><text:deletion><office:change-info>"
        f"<dc:creator>{NAME}</dc:creator></office:change-info>{p('Till ' + MAIL)}"
        "</text:deletion></text:changed-region></text:tracked-changes>"
    )
    field = f'<text:user-field-decl office:string-value="{MAIL}" text:name="kund"/>'
    rules = f"<text:user-field-decls>{field}</text:user-field-decls>"
    comment = (
        f"<office:annotation><dc:creator>{NAME}</dc:creator><meta:creator-initials>UT</meta:creator-initials>"
        f"{p('Ring ' + NAME)}</office:annotation>"
    )
    header = f"<s {NS}><text:p>Till {NAME}</text:p></s>"
    properties = f"<o {NS} {OTHER}><meta:keyword>{NAME}</meta:keyword><dc:date>2024-01-02</dc:date></o>"
    before = odt(changes + rules + p(f"Hej{comment}"), {"styles.xml": header, "meta.xml": properties})
    after = written(before)
    assert canaries(after) == []
    assert "<meta:creator-initials></meta:creator-initials>" in body(after)
    assert members(after)["styles.xml"].decode() == header.replace(NAME, MARK)
    assert members(after)["meta.xml"].decode() == properties.replace(NAME, MARK)


def row(*cells: str, extra: str = "") -> str:
    said = "".join(f"<table:table-cell>{p(one)}</table:table-cell>" for one in cells)
    return f"<table:table-row{extra}>{said}</table:table-row>"


HEAD, BO, OWN = row("Namn", "E-post"), row("Bo Ek", "bo@annan.example"), row(NAME, MAIL)


def tabled(*rows: str) -> str:
    return "<table:table table:name='T'>" + "".join(rows) + "</table:table>"


def test_a_row_leaves_whole_and_another_is_amended() -> None:
    after = amended(odt(p(NAME) + tabled(HEAD, OWN, BO, OWN)), ("row 3",), remove=(("row 1",),))
    assert after == p(NAME) + tabled(HEAD, BO, row(MARK, MARK))


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (row("Bo", extra=' table:number-rows-repeated="2"'), "several"),
        (row("Bo<text:bookmark-start text:name='a'/>"), "bookmark"),
        (row("Bo<draw:frame><draw:image/></draw:frame>"), "picture"),
        (row("Bo").replace("<table:table-cell>", "<table:table-cell table:number-rows-spanned='2'>"), "merged"),
        (
            row("Bo") + row("9").replace("<table:table-cell>", "<table:table-cell table:formula='ooow:&lt;A1>'>"),
            "formula",
        ),
    ],
)
def test_a_row_that_others_lean_on_stays(line: str, reason: str) -> None:
    assert reason in refused(odt(tabled(HEAD, BO, line)), remove=(("row 2",),))


def test_rows_of_tables_in_tables_are_for_a_person() -> None:
    inner = f"<table:table-row><table:table-cell>{tabled(OWN)}</table:table-cell></table:table-row>"
    assert refused(odt(tabled(HEAD, BO, inner)), remove=(("table 1", "row 1"),))


@pytest.mark.parametrize(
    "data",
    [
        odt(p(NAME), {"settings.xml": f"<o><item>{NAME}</item></o>"}),
        odt(p(NAME), styles=f"<office:automatic-styles><s name='{NAME}'/></office:automatic-styles>"),
        odt(p(NAME), {f"Pictures/{NAME}.bin": b"x"}),
        odt(p(f"{NAME}<!-- {NAME} -->")),
    ],
)
def test_a_place_that_no_reader_tells_of_is_for_a_person(data: bytes) -> None:
    assert "the person stands in" in refused(data, ())


def test_a_cells_own_value_is_for_a_person() -> None:
    cell = f"<table:table-row><table:table-cell office:value='{MAIL}'>{p(MAIL)}</table:table-cell></table:table-row>"
    assert "number or formula" in refused(odt(tabled(HEAD, BO, cell)), ("row 2",))


@pytest.mark.parametrize(("old", "new"), [("Bo Ek", "Bo Eg"), ("Bo Ek", ""), ("Bo Ek", MARK), (BO, ""), ("'T'", "'U'")])
def test_a_difference_beyond_the_edits_is_seen(old: str, new: str) -> None:
    before = odt(p(f"{NAME} och sen Bo Ek") + tabled(HEAD, BO))
    edits = Edits(amend=frozenset({()}))
    after = EDITOR.edit(Blob(before, "brev.odt"), edits, SUBJECT, Limits())
    assert EDITOR.differences(before, after, edits, SUBJECT) == []
    parts: dict[str, str | bytes] = {**members(after)}
    changed = members(after)["content.xml"].decode().replace(old, new, 1)
    assert changed.encode() != members(after)["content.xml"]
    parts["content.xml"] = changed
    assert EDITOR.differences(before, packed(parts), edits, SUBJECT) != []


def test_text_of_is_what_a_reader_reads() -> None:
    data = odt(p("Hej Ulri<text:span>ka Testsson</text:span>"))
    assert text_of(data) == f"Hej {NAME}"
    assert text_of(written(data)) == f"Hej {MARK}"
