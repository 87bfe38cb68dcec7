"""Word files: the person leaves, all else stays; python-docx and zipfile are the witnesses."""

from __future__ import annotations

import io
from base64 import b64encode
from random import Random

import docx
import pytest

from scanner.blob import Blob
from scanner.limits import Limits
from scanner.surgery.base import CannotEdit, Edits
from scanner.surgery.office.docx import EDITOR, text_of
from scanner.surgery.operate import operate
from tests.scanner.surgery.make_docx import PERSON, make
from tests.scanner.surgery.office_person import MARK, SUBJECT, canaries, cuts, edits_of, held, masked, members, packed

W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
R = 'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
TYPE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
NAME, MAIL = PERSON


def written(data: bytes) -> bytes:
    blob = Blob(data, "brev.docx")
    return operate(blob, cuts(held(data, "brev.docx")), SUBJECT, Limits())


def amended(data: bytes, *steps: tuple[str, ...], remove: tuple[tuple[str, ...], ...] = ()) -> bytes:
    edits = Edits(frozenset(remove), frozenset(steps))
    after = EDITOR.edit(Blob(data, "brev.docx"), edits, SUBJECT, Limits())
    assert EDITOR.differences(data, after, edits, SUBJECT) == []
    return after


def refused(data: bytes, *steps: tuple[str, ...], remove: tuple[tuple[str, ...], ...] = ()) -> str:
    with pytest.raises(CannotEdit) as caught:
        EDITOR.edit(Blob(data, "brev.docx"), Edits(frozenset(remove), frozenset(steps)), SUBJECT, Limits())
    return caught.value.reason


def word(body: str, parts: dict[str, str | bytes] | None = None, rels: str = "") -> bytes:
    """A small Word file by hand."""
    return packed(
        {
            "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>',
            "_rels/.rels": _rels(f'<Relationship Id="rId1" Type="{TYPE}/officeDocument" Target="word/document.xml"/>'),
            "word/document.xml": f"<?xml version='1.0'?>\r\n<w:document {W} {R}><w:body>{body}</w:body></w:document>",
            **({"word/_rels/document.xml.rels": _rels(rels)} if rels else {}),
            **(parts or {}),
        }
    )


def _rels(lines: str) -> str:
    return (
        f'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{lines}</Relationships>'
    )


def p(*texts: str) -> str:
    return "<w:p>" + "".join(f"<w:r><w:t xml:space='preserve'>{text}</w:t></w:r>" for text in texts) + "</w:p>"


def main(data: bytes) -> str:
    return members(data)["word/document.xml"].decode()


def _looks(document: docx.document.Document) -> list[list[tuple[bool | None, bool | None]]]:
    return [[(run.bold, run.italic) for run in one.runs] for one in document.paragraphs]


def _styles(document: docx.document.Document) -> list[str]:
    return [str(one.style.name) if one.style is not None else "" for one in document.paragraphs]


def _rows(document: docx.document.Document) -> list[list[str]]:
    return [[cell.text for cell in row.cells] for row in document.tables[0].rows]


def check(seed: int) -> None:
    """One document by chance: the person is out of all its records, and python-docx sees all else as it was."""
    random = Random(seed)
    made = make(random, random.randint(1, 300))
    after = written(made.data)
    assert canaries(after) == []
    old, new = docx.Document(io.BytesIO(made.data)), docx.Document(io.BytesIO(after))
    assert [one.text for one in new.paragraphs] == [masked(one.text) for one in old.paragraphs]
    assert _looks(new) == _looks(old)
    assert _styles(new) == _styles(old)
    assert _rows(new) == [row for row in made.table_rows if NAME not in row]
    assert [one.text for one in new.comments] == [masked(one.text) for one in old.comments]
    assert [one.author for one in new.comments] == [masked(one.author) for one in old.comments]
    assert [one.initials for one in new.comments] == ["" if o.author == NAME else o.initials for o in old.comments]
    assert new.core_properties.title == masked(old.core_properties.title)
    assert new.core_properties.last_modified_by == old.core_properties.last_modified_by
    assert new.sections[0].footer.paragraphs[0].text == old.sections[0].footer.paragraphs[0].text
    before, now = members(made.data), members(after)
    assert all(
        now[name] == before[name]
        for name in now
        if not any(c in name for c in (".rels", "docu", "head", "comm", "core"))
    )
    assert written(made.data) == after


@pytest.mark.parametrize("seed", range(20))
def test_the_person_leaves_documents_made_by_chance(seed: int) -> None:
    check(seed)


@pytest.mark.prove
@pytest.mark.parametrize("seed", range(20, 200))
def test_the_person_leaves_many_documents(seed: int) -> None:
    check(seed)


def test_untouched_source_keeps_its_bytes() -> None:
    odd = "<w:p w:rsidR='00A1'  ><w:r ><w:t>a &#38; b&gt;</w:t ></w:r></w:p>\r\n<!-- så --><?x y?>"
    before = word(odd + p("Hej ", "Ulri", "ka Tests", "son, hej"))
    after = amended(before, ())
    texts = ("Hej ", MARK, "", ", hej")
    assert main(after) == main(before)[: main(before).index("<w:p><w:r>")] + p(*texts) + "</w:body></w:document>"


def test_a_space_that_is_laid_bare_is_kept() -> None:
    before = word("<w:p><w:r><w:t>ulrika.testsson@</w:t></w:r><w:r><w:t>kund.example hej</w:t></w:r></w:p>")
    after = amended(before, ())
    assert f'<w:t>{MARK}</w:t></w:r><w:r><w:t xml:space="preserve"> hej</w:t>' in main(after)


def test_a_text_box_is_cut_in_both_of_its_forms() -> None:
    box = "<w:txbxContent>" + p("Till ", "Ulrika Test", "sson") + "</w:txbxContent>"
    alternate = (
        '<w:p><w:r><mc:AlternateContent xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006">'
        f'<mc:Choice Requires="wps">{box}</mc:Choice><mc:Fallback><w:pict>{box}</w:pict></mc:Fallback>'
        "</mc:AlternateContent></w:r></w:p>"
    )
    after = amended(word(alternate), ())
    assert canaries(after) == []
    assert main(after).count(MARK) == 2


def test_fields_links_labels_and_controls() -> None:
    body = (
        f'<w:p><w:bookmarkStart w:id="1" w:name="{NAME}"/><w:bookmarkEnd w:id="1"/>'
        f'<w:r><w:instrText>HYPERLINK "mailto:ulrika.</w:instrText></w:r><w:r>'
        '<w:instrText>testsson@kund.example"</w:instrText>'
        f'</w:r><w:hyperlink r:id="rId5" w:tooltip="Skriv till {NAME}"><w:r><w:t>brev </w:t></w:r></w:hyperlink>'
        f'<w:fldSimple w:instr=" AUTHOR &quot;{NAME}&quot; "><w:r><w:t>{NAME}</w:t></w:r></w:fldSimple></w:p>'
        f'<w:sdt><w:sdtPr><w:alias w:val="{NAME}"/></w:sdtPr>'
        f"<w:sdtContent>{p('Ulrika ', 'Testsson')}</w:sdtContent></w:sdt>"
        '<w:p><w:r><w:drawing><wp:docPr xmlns:wp="urn:wp" id="1" '
        f'name="Bild 1" descr="Porträtt av {NAME}"/></w:drawing></w:r></w:p>'
    )
    rels = f'<Relationship Id="rId5" Type="{TYPE}/hyperlink" Target="mailto:{MAIL}?subject=Hej" TargetMode="External"/>'
    after = amended(word(body, rels=rels), ())
    assert canaries(after) == []
    assert 'Target="mailto:%5Braderad%5D?subject=Hej"' in members(after)["word/_rels/document.xml.rels"].decode()


def test_every_other_place_that_a_reader_tells() -> None:
    other = p("Ulrika ", "Testsson ringde", " Bo")
    parts: dict[str, str | bytes] = {
        **{f"word/{kind}.xml": f"<w:{kind} {W}>{other}</w:{kind}>" for kind in ("footnotes", "endnotes", "header1")},
        "word/comments.xml": f'<w:comments {W}><w:comment w:id="1" w:author="{NAME}" w:initials="UT">{other}</w:comment></w:comments>',  # noqa: E501
        "word/people.xml": f'<w15:people xmlns:w15="urn:w15"><w15:person w15:author="{NAME}"/></w15:people>',
        "word/settings.xml": f'<w:settings {W}><w:docVar w:name="kund" w:val="{MAIL}"/></w:settings>',
        "word/_rels/settings.xml.rels": _rels(
            f'<Relationship Id="r1" Type="{TYPE}/attachedTemplate" Target="file:///C:/Mallar/Ulrika%20Testsson/a.dotx" '
            'TargetMode="External"/>'
        ),
        "customXml/item1.xml": f"<k><namn>{NAME}</namn><ort>Ystad</ort></k>",
        "docProps/core.xml": f"<c xmlns:d='urn:d'><d:creator>{NAME}</d:creator><d:title>Till {NAME}</d:title></c>",
        "docProps/app.xml": f"<Properties><Manager>{NAME}</Manager><Pages>1</Pages></Properties>",
        "docProps/custom.xml": f'<Properties><property name="{NAME}"><lpwstr>{MAIL}</lpwstr></property></Properties>',
    }
    before = word(p("Ingen här"), parts)
    after = written(before)
    assert canaries(after) == []
    assert "ringde</w:t>" in members(after)["word/footnotes.xml"].decode()
    assert 'w:initials=""' in members(after)["word/comments.xml"].decode()
    assert members(after)["customXml/item1.xml"] == f"<k><namn>{MARK}</namn><ort>Ystad</ort></k>".encode()
    assert main(after) == main(before)


def test_tracked_changes_and_their_authors() -> None:
    change = (
        f'<w:p><w:del w:author="{NAME}"><w:r><w:delText>Ulrika </w:delText></w:r></w:del>'
        f'<w:ins w:author="Bo Ek"><w:r><w:t>Kalle Bo, </w:t></w:r></w:ins><w:r><w:t>Testsson</w:t></w:r></w:p>'
    )
    after = written(word(change))
    assert canaries(after) == []
    assert "Kalle Bo" in main(after)
    assert 'w:author="Bo Ek"' in main(after)


def test_what_changes_leave_unsure_is_for_a_person() -> None:
    change = f'<w:p><w:r><w:t>{NAME}</w:t></w:r><w:ins w:author="Bo Ek"><w:r><w:t> Bergqvist</w:t></w:r></w:ins></w:p>'
    assert "unsure" in refused(word(change), ())


def test_another_person_with_more_names_is_left() -> None:
    before = word(p("Karin Ulrika Testsson Bergqvist kom."))
    assert main(amended(before, ())) == main(before)


TABLE = [["Namn", "E-post"], [NAME, MAIL], ["Bo Ek", "bo@annan.example"], [NAME, MAIL]]


def tbl(rows: list[list[str]], tail: str = "") -> str:
    lines = ("".join(f"<w:tc>{p(text)}</w:tc>" for text in row) for row in rows)
    return "<w:tbl>" + "".join(f"<w:tr>{line}</w:tr>" for line in lines) + tail + "</w:tbl>"


def test_a_row_leaves_whole_and_another_is_amended() -> None:
    after = amended(word(tbl(TABLE)), ("row 3",), remove=(("row 1",),))
    assert main(after).split("<w:tbl>")[1] == tbl([TABLE[0], TABLE[2], [MARK, MARK]])[7:] + "</w:body></w:document>"


def test_a_records_scope_is_kept() -> None:
    before = word(p(f"Till {NAME}") + tbl(TABLE) + tbl(TABLE))
    after = amended(before, ("table 2", "row 1"))
    assert main(after) == main(before)[::-1].replace(f"{MAIL}"[::-1], MAIL[::-1], 1)[::-1].replace(
        tbl(TABLE) + "</w:body>", tbl([TABLE[0], [MARK, MARK], *TABLE[2:]]) + "</w:body>"
    )


def test_a_link_of_a_row_leaves_with_it() -> None:
    shown = '<w:hyperlink r:id="rId9"><w:r><w:t>Ulrika Testsson</w:t></w:r></w:hyperlink>'
    link = f"<w:tr><w:tc><w:p>{shown}</w:p></w:tc></w:tr>"
    rels = f'<Relationship Id="rId9" Type="{TYPE}/hyperlink" Target="mailto:{MAIL}" TargetMode="External"/>'
    before = word(tbl(TABLE[:1] + TABLE[2:3], link), rels=rels)
    after = amended(before, remove=(("row 2",),))
    assert canaries(after) == []
    assert main(after) == main(word(tbl(TABLE[:1] + TABLE[2:3])))


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        ('<w:tcPr><w:vMerge w:val="restart"/></w:tcPr><w:p><w:r><w:t>Bo Ek</w:t></w:r></w:p>', "merged"),
        ('<w:p><w:bookmarkStart w:id="4" w:name="x"/><w:r><w:t>Bo Ek</w:t></w:r></w:p>', "bookmark"),
        ('<w:p><w:r><w:t>Bo Ek</w:t><w:commentReference w:id="1"/></w:r></w:p>', "comment"),
        ('<w:p><w:r><w:t>Bo Ek</w:t><w:drawing r:embed="rId8"/></w:r></w:p>', "picture"),
        ("<w:p><w:r><w:t>4</w:t><w:instrText> =SUM(A1:A2) </w:instrText></w:r></w:p>", "formula"),
    ],
)
def test_a_row_that_others_lean_on_stays(cell: str, reason: str) -> None:
    rels = f'<Relationship Id="rId8" Type="{TYPE}/image" Target="media/a.bin"/>'
    before = word(tbl(TABLE, f"<w:tr><w:tc>{cell}</w:tc></w:tr>"), {"word/media/a.bin": b"x"}, rels)
    assert reason in refused(before, remove=(("row 4",),))


def test_a_table_keeps_a_row() -> None:
    before = word(tbl([["Bo Ek", "bo@annan.example"]]))
    assert "no rows left" in refused(before, remove=(("row 1",),))


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("word/styles.xml", f'<w:styles {W}><w:style w:styleId="a"><w:name w:val="{NAME}"/></w:style></w:styles>'),
        ("word/theme/theme1.xml", f"<t><!-- {NAME} --></t>"),
        ("word/printerSettings/printerSettings1.bin", f"xx {NAME} på plan 2".encode("utf-16-le")),
        (f"word/media/{NAME}.bin", b"data"),
    ],
)
def test_a_place_that_no_reader_tells_of_is_for_a_person(name: str, content: str | bytes) -> None:
    assert "the person stands in" in refused(word(p(NAME), {name: content}), ())


def test_steps_that_are_no_text_are_refused() -> None:
    data = word(p(NAME))
    assert refused(data, ("part image1.png",))
    assert refused(data, remove=(("row 1",),))
    assert refused(data, remove=((),))


def test_the_preview_leaves_with_any_edit() -> None:
    made = make(Random(3), 5)
    before = members(made.data)
    assert "docProps/thumbnail.jpeg" in before  # python-docx's own template has one
    now = members(amended(made.data, ()))
    assert "docProps/thumbnail.jpeg" not in now
    assert b"thumbnail" in before["_rels/.rels"]
    assert b"thumbnail" not in now["_rels/.rels"]


def test_a_file_inside_is_replaced_and_nothing_else() -> None:
    data = word(p(NAME), {"word/embeddings/a.bin": b"%PDF-old"})
    edits = Edits(replace={("attachment 1: a.bin",): b"%PDF-new"})
    after = EDITOR.edit(Blob(data, "brev.docx"), edits, SUBJECT, Limits())
    assert EDITOR.differences(data, after, edits, SUBJECT) == []
    assert members(after) == {**members(data), "word/embeddings/a.bin": b"%PDF-new"}


@pytest.mark.parametrize(
    ("part", "old", "new"),
    [
        ("word/document.xml", "Bo Ek", "Bo Eg"),
        ("word/document.xml", "Bo Ek", "Bo"),
        ("word/document.xml", "Bo Ek", MARK),
        ("word/document.xml", "<w:b/>", "<w:i/>"),
        ("word/document.xml", '"7"', '"8"'),
        ("word/document.xml", f"<w:tr><w:tc>{p('Bo Ek')}</w:tc></w:tr>", ""),
        ("word/styles.xml", "Rubrik", "Titel"),
    ],
)
def test_a_difference_beyond_the_edits_is_seen(part: str, old: str, new: str) -> None:
    body = (
        p(NAME, " och sen Bo Ek") + '<w:p w:x="7"><w:r><w:rPr><w:b/></w:rPr></w:r></w:p>' + tbl([["Bo Ek"], ["Eva Ek"]])
    )
    before = word(body, {"word/styles.xml": f"<w:styles {W}>Rubrik</w:styles>"})
    edits = Edits(amend=frozenset({()}))
    after = EDITOR.edit(Blob(before, "brev.docx"), edits, SUBJECT, Limits())
    assert EDITOR.differences(before, after, edits, SUBJECT) == []
    parts: dict[str, str | bytes] = {**members(after)}
    changed = members(after)[part].decode().replace(old, new, 1)
    assert changed != members(after)[part].decode()
    assert EDITOR.differences(before, packed({**parts, part: changed}), edits, SUBJECT) != []


def test_what_was_left_out_is_seen_by_the_second_reading() -> None:
    data = word(p("Karin Ulrika Testsson Bergqvist"))
    with pytest.raises(CannotEdit):
        operate(Blob(data, "brev.docx"), cuts([()]), SUBJECT, Limits())


def test_text_of_is_what_a_reader_reads() -> None:
    data = word(p("Hej ", "Ulri", "ka Testsson") + tbl(TABLE[:2]))
    assert text_of(data).splitlines() == [f"Hej {NAME}", f"{NAME}\t{MAIL}"]
    assert text_of(written(data)).splitlines()[0] == f"Hej {MARK}"


def test_the_same_edits_give_the_same_bytes() -> None:
    made = make(Random(7), 40)
    edits = edits_of(cuts(held(made.data, "brev.docx")))
    first, second = (EDITOR.edit(Blob(made.data, "a.docx"), edits, SUBJECT, Limits()) for _ in range(2))
    assert first == second


def test_data_of_a_field_is_looked_into() -> None:
    data = b64encode(f"xx {NAME} ring".encode("utf-16-le")).decode()
    field = f'<w:p><w:r><w:fldChar w:fldCharType="begin"><w:fldData>{data}</w:fldData></w:fldChar></w:r></w:p>'
    assert "data of a field" in refused(word(p(NAME) + field), ())
