"""Word files made by python-docx, and parts put in by hand; python-docx is the witness."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Mapping

import docx
import msoffcrypto.format.ooxml
import pytest
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls

from connectors.base import GapReason
from scanner.blob import Blob
from scanner.expand import expand
from scanner.formats import registry
from scanner.formats.base import Found as Found_
from scanner.formats.base import Nested
from scanner.limits import Limits
from scanner.records import Entity, Fact, IdType, Record, Role, Unread
from tests.scanner.cfb import cfb

LIMITS = Limits()
Found = tuple[dict[tuple[str, ...], Record], list[Unread]]


def saved(document: object, name: str = "a.docx", **parts: str | bytes) -> Found:
    buffer = io.BytesIO()
    document.save(buffer)  # type: ignore[attr-defined]
    return read(added(buffer.getvalue(), parts), name)


def added(data: bytes, parts: Mapping[str, str | bytes]) -> bytes:
    """The package with parts added, or replaced."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as new:
        for info in old.infolist():
            if info.filename not in parts:
                new.writestr(info.filename, old.read(info))
        for name, text in parts.items():
            new.writestr(name, text)
    return buffer.getvalue()


def read(data: bytes, name: str = "a.docx") -> Found:
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


def part(name: str, inner: str) -> str:
    return f"<w:{name} {nsdecls('w')}>{inner}</w:{name}>"


def test_runs_of_a_paragraph_join_and_breaks_part() -> None:
    document = docx.Document()
    paragraph = document.add_paragraph()
    for text in ("karin", ".ek@in", "vex.example"):
        paragraph.add_run(text).bold = True
    paragraph.add_run("\tefter\nrad")
    document.add_paragraph("Andra stycket")
    records, gaps = saved(document)
    assert gaps == []
    assert body(records[()]) == "karin.ek@invex.example\tefter\nrad\nAndra stycket"
    assert records[()].kind == "file"


def test_one_table_gives_rows_and_several_give_tables() -> None:
    document = docx.Document()
    rows = [("Namn", "E-post"), ("Karin Ek", "karin@x.example"), ("Bo Lind", "bo@x.example")]
    for count in (1, 2):
        table = document.add_table(3, 2)
        for cells, row in zip(table.rows, rows, strict=True):
            for cell, text in zip(cells.cells, row, strict=True):
                cell.text = text
        records, gaps = saved(document)
        assert gaps == []
        steps = ("row 2",) if count == 1 else ("table 2", "row 2")
        assert body(records[steps]) == "Bo Lind\tbo@x.example"
        assert records[steps].kind == "row"
        facts = {Fact(IdType.NAME, "Bo Lind"), Fact(IdType.EMAIL, "bo@x.example")}
        assert [set(entity.facts) for entity in records[steps].entities] == [facts]
        assert "Bo" not in body(records[()])


def test_a_table_without_header_counts_from_its_first_row() -> None:
    document = docx.Document()
    table = document.add_table(2, 2)
    for row, name in zip(table.rows, ("Karin Ek", "Bo Lind"), strict=True):
        row.cells[0].text, row.cells[1].text = name, "070-123 45 67"
    records, _ = saved(document)
    assert body(records[("row 1",)]).startswith("Karin Ek")
    assert body(records[("row 2",)]).startswith("Bo Lind")


def test_merged_cells_do_not_shift_the_columns() -> None:
    document = docx.Document()
    table = document.add_table(2, 3)
    for cell, text in zip(table.rows[0].cells, ("Förnamn", "Efternamn", "E-post"), strict=True):
        cell.text = text
    merged = table.rows[1].cells[0].merge(table.rows[1].cells[1])
    merged.text = "Karin Ek"
    table.rows[1].cells[2].text = "karin@x.example"
    records, _ = saved(document)
    assert Fact(IdType.EMAIL, "karin@x.example") in records[("row 1",)].entities[0].facts


def test_a_table_in_a_cell_is_text_of_the_cell() -> None:
    document = docx.Document()
    outer = document.add_table(1, 2)
    outer.rows[0].cells[0].text = "utanför"
    inner = outer.rows[0].cells[1].add_table(1, 1)
    inner.rows[0].cells[0].text = "Karin inuti"
    records, _ = saved(document)
    assert "Karin inuti" in body(records[("row 1",)])
    assert body(records[("row 1",)]).count("Karin inuti") == 1
    assert not any("table" in step for steps in records for step in steps)


def test_headers_footers_comments_and_notes_are_parts() -> None:
    document = docx.Document()
    paragraph = document.add_paragraph("text")
    document.sections[0].header.paragraphs[0].text = "Sidhuvud Karin"
    document.sections[0].footer.paragraphs[0].text = "Sidfot Bo"
    document.add_comment(paragraph.runs, text="Ring Karin Ek", author="Lena Skog", initials="LS")
    note = part("footnotes", "<w:footnote><w:p><w:r><w:t>Fotnot</w:t></w:r></w:p></w:footnote>")
    records, gaps = saved(document, **{"word/footnotes.xml": note, "word/endnotes1.xml": note.replace("foot", "end")})
    assert gaps == []
    assert "Sidhuvud Karin" in body(records[("part header",)])
    assert "Sidfot Bo" in body(records[("part footer",)])
    assert "Ring Karin Ek" in body(records[("part comments",)])
    assert Entity(Role.AUTHOR, [Fact(IdType.NAME, "Lena Skog")]) in records[("part comments",)].entities
    assert body(records[("part footnotes",)]) == "Fotnot"
    assert records[("part header",)].kind == "part"


def test_properties_name_their_authors() -> None:
    document = docx.Document()
    document.core_properties.author = "Karin Ek; Bo Lind"
    document.core_properties.last_modified_by = "lena@invex.example"
    document.core_properties.title = "Offert till Ada"
    app = "<Properties xmlns='x'><Company>Invex AB</Company><Manager>Siv Berg</Manager><Words>3</Words></Properties>"
    records, _ = saved(document, **{"docProps/app.xml": app})
    record = records[("part properties",)]
    assert "Offert till Ada" in body(record)
    assert {fact for entity in record.entities for fact in entity.facts} == {
        Fact(IdType.NAME, "Karin Ek"),
        Fact(IdType.NAME, "Bo Lind"),
        Fact(IdType.EMAIL, "lena@invex.example"),
        Fact(IdType.NAME, "Siv Berg"),
        Fact(IdType.NAME, "Invex AB"),
    }
    assert {entity.role for entity in record.entities} == {Role.AUTHOR}


def test_tracked_changes_show_both_texts_and_their_authors() -> None:
    document = docx.Document()
    xml = (
        "<w:r><w:t xml:space='preserve'>Hej </w:t></w:r>"
        "<w:del w:author='Lena Skog'><w:r><w:delText>Karin</w:delText></w:r></w:del>"
        "<w:ins w:author='Siv Berg'><w:r><w:t>Bo</w:t></w:r></w:ins><w:r><w:t>!</w:t></w:r>"
    )
    document.element.body.insert(0, parse_xml(part("p", xml)))
    records, _ = saved(document)
    assert body(records[()]).splitlines() == ["Hej Bo!", "Hej Karin!"]
    names = [fact.value for entity in records[("part properties",)].entities for fact in entity.facts]
    assert {"Lena Skog", "Siv Berg"} <= set(names)


def test_hidden_text_links_fields_text_boxes_and_picture_texts() -> None:
    document = docx.Document()
    document.add_paragraph().add_run("gömd").font.hidden = True
    document.part.relate_to("mailto:karin@x.example", RELATIONSHIP_TYPE.HYPERLINK, is_external=True)
    field = '<w:r><w:instrText>HYPERLINK "mailto:bo@x.example"</w:instrText></w:r><w:r><w:t>Bo</w:t></w:r>'
    box = (
        "<w:r><w:pict><v:shape xmlns:v='urn:schemas-microsoft-com:vml'><v:textbox><w:txbxContent>"
        "<w:p><w:r><w:t>i rutan</w:t></w:r></w:p></w:txbxContent></v:textbox></v:shape></w:pict></w:r>"
    )
    picture = "<w:r><w:drawing><docPr descr='Foto av Ada'/></w:drawing></w:r>"
    for xml in (field, box, picture):
        document.element.body.insert(0, parse_xml(part("p", xml)))
    records, _ = saved(document)
    text = body(records[()])
    for word in ("gömd", "mailto:karin@x.example", "mailto:bo@x.example", "i rutan", "Foto av Ada"):
        assert text.count(word) == 1, word


def test_embedded_files_are_attachments() -> None:
    inner = io.BytesIO()
    other = docx.Document()
    other.add_paragraph("Karin inuti")
    other.save(inner)
    page = "<html><body><p>Bo i en hel sida</p></body></html>"
    parts: dict[str, str | bytes] = {"word/embeddings/inre.docx": inner.getvalue(), "word/afchunk.htm": page}
    records, gaps = saved(docx.Document(), **parts)
    assert gaps == []
    assert body(records[("attachment 1: inre.docx",)]) == "Karin inuti"
    assert records[("attachment 1: inre.docx",)].kind == "attachment"
    assert body(records[("attachment 2: afchunk.htm",)]) == "Bo i en hel sida"


def test_a_page_brought_in_as_xml_is_a_file_of_its_own() -> None:
    kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/aFChunk"
    document = docx.Document()
    buffer = io.BytesIO()
    document.save(buffer)
    with zipfile.ZipFile(buffer) as archive:
        rels = archive.read("word/_rels/document.xml.rels").decode()
    rels = rels.replace("</Rel", f'<Relationship Id="a1" Type="{kind}" Target="chunk.xml"/></Rel', 1)
    parts = {"word/_rels/document.xml.rels": rels, "word/chunk.xml": "<?xml version='1.0'?><a><b>Karin Ek</b></a>"}
    found = extracted(added(buffer.getvalue(), parts))
    assert [one.steps for one in found if isinstance(one, Nested)] == [("attachment 1: chunk.xml",)]


def extracted(data: bytes) -> list[Found_]:
    """What the reader itself gives, before the expander goes into what is nested."""
    return list(registry.load("docx").extract(Blob(data, "a.docx"), LIMITS))


def test_every_picture_goes_to_the_reader_of_pictures_but_previews() -> None:
    buffer = io.BytesIO()
    docx.Document().save(buffer)
    parts = {"word/media/image1.png": "ett", "word/glossary/media/image1.png": "två", "docProps/thumbnail.emf": "tre"}
    all_found = registry.load("docx").extract(Blob(added(buffer.getvalue(), parts), "a.docx"), LIMITS)
    found = {(one.steps, one.blob.data().decode(), one.kind) for one in all_found if isinstance(one, Nested)}
    assert found == {(("part image1.png",), "ett", "image"), (("part image1.png (2)",), "två", "image")}


def test_a_text_box_that_is_written_twice_is_read_once() -> None:
    box = "<w:txbxContent><w:p><w:r><w:t>i rutan</w:t></w:r></w:p></w:txbxContent>"
    space = 'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"'
    other = box.replace("rutan", "gamla rutan")
    for fallback, count in ((box, 1), (other, 1)):
        document = docx.Document()
        both = f"<mc:Choice>{box}</mc:Choice><mc:Fallback><w:pict>{fallback}</w:pict></mc:Fallback>"
        xml = f"<w:r><mc:AlternateContent {space}>{both}</mc:AlternateContent></w:r>"
        document.element.body.insert(0, parse_xml(part("p", xml)))
        text = body(saved(document)[0][()])
        assert text.count("i rutan") == count
        assert ("gamla" in text) == (fallback is other)


def test_controls_form_fields_bookmarks_and_watermarks() -> None:
    control = (
        "<w:sdtPr><w:alias w:val='Kund Ada'/><w:dropDownList><w:listItem w:displayText='Bo Lind' w:value='17'/>"
        "</w:dropDownList></w:sdtPr><w:sdtContent><w:p><w:r><w:t>vald</w:t></w:r></w:p></w:sdtContent>"
    )
    paragraph = (
        "<w:bookmarkStart w:name='Siv_Berg'/><w:bookmarkStart w:name='_Toc1'/><w:r><w:fldChar><w:ffData><w:ddList>"
        "<w:listEntry w:val='Eva Alm'/></w:ddList></w:ffData></w:fldChar></w:r><w:r><w:pict><v:textpath "
        "xmlns:v='urn:schemas-microsoft-com:vml' string='KARIN EK'/></w:pict></w:r>"
    )
    document = docx.Document()
    document.element.body.insert(0, parse_xml(part("sdt", control)))
    document.element.body.insert(0, parse_xml(part("p", paragraph)))
    text = body(saved(document)[0][()])
    for word in ("Kund Ada", "Bo Lind", "vald", "Siv_Berg", "Eva Alm", "KARIN EK"):
        assert text.count(word) == 1, word
    assert "_Toc" not in text


def test_people_variables_custom_data_and_what_lists_begin_with() -> None:
    people = (
        "<w15:people xmlns:w15='x'><w15:person w15:author='Karin Ek'><w15:presenceInfo w15:userId="
        "'S::karin@x.example::1'/></w15:person></w15:people>"
    )
    settings = part("settings", "<w:docVars><w:docVar w:name='kund' w:val='Bo Lind'/></w:docVars>")
    custom = "<Properties><property name='Kundansvarig'><lpwstr>Siv Berg</lpwstr></property></Properties>"
    records, gaps = saved(
        docx.Document(),
        **{
            "word/people.xml": people,
            "word/settings.xml": settings,
            "word/numbering.xml": part("numbering", "<w:lvl><w:lvlText w:val='Ärende Ada %1'/></w:lvl>"),
            "docProps/custom.xml": custom,
            "customXml/item1.xml": "<kund epost='ada@x.example'><namn>Ada Alm</namn></kund>",
            "word/charts/chart1.xml": "<c><v>Eva Sund</v></c>",
        },
    )
    assert gaps == []
    facts = [Fact(IdType.NAME, "Karin Ek"), Fact(IdType.EMAIL, "karin@x.example")]
    assert records[("part people.xml",)].entities == [Entity(Role.AUTHOR, facts)]
    assert body(records[("part settings",)]) == "Bo Lind"
    assert body(records[("part numbering",)]) == "Ärende Ada %1"
    assert "Kundansvarig\nSiv Berg" in body(records[("part properties",)])
    assert body(records[("part item1.xml",)]) == "Ada Alm\nada@x.example"
    assert body(records[("part chart1.xml",)]) == "Eva Sund"


def test_odd_packages_backslashes_case_and_no_relations() -> None:
    text = part("document", "<w:body><w:p><w:r><w:t>Karin</w:t></w:r></w:p></w:body>")
    strict = text.replace(
        "http://schemas.openxmlformats.org/wordprocessingml/2006/main",
        "http://purl.oclc.org/ooxml/wordprocessingml/main",
    )
    assert strict != text
    for name, content in (("word\\Document.XML", text), ("WORD/document.xml", text), ("word/document.xml", strict)):
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as archive:
            archive.writestr("[Content_Types].xml", "<Types/>")
            archive.writestr(zipfile.ZipInfo(name), content)
        records, gaps = read(buffer.getvalue())
        assert (body(records[()]), gaps) == ("Karin", [])


def test_a_second_part_of_the_same_name_is_read_too() -> None:
    buffer = io.BytesIO()
    docx.Document().save(buffer)
    with zipfile.ZipFile(buffer, "a") as archive:
        archive.writestr(
            "WORD/document.xml", part("document", "<w:body><w:p><w:r><w:t>Karin</w:t></w:r></w:p></w:body>")
        )
    records, _ = read(buffer.getvalue())
    assert any("Karin" in body(record) for record in records.values())


def test_broken_relations_are_a_gap_and_the_text_is_read() -> None:
    document = docx.Document()
    document.add_paragraph("Karin")
    records, gaps = saved(document, **{"word/_rels/document.xml.rels": "<Relationships><Rel"})
    assert body(records[()]) == "Karin"
    assert [(gap.steps, gap.reason) for gap in gaps] == [(("part document.xml.rels",), GapReason.UNREADABLE)]


LAUGHS = "<!DOCTYPE x [<!ENTITY a 'ha'>" + "".join(
    f"<!ENTITY {chr(98 + n)} '{f'&{chr(97 + n)};' * 10}'>" for n in range(9)
)


@pytest.mark.parametrize("entity", [f"{LAUGHS}]>", "<!DOCTYPE x [<!ENTITY j SYSTEM 'file:///etc/hostname'>]>"])
def test_xml_entities_are_refused_and_the_rest_is_read(entity: str) -> None:
    bomb = entity + part("document", "<w:body><w:p><w:r><w:t>&j;</w:t></w:r></w:p></w:body>")
    document = docx.Document()
    document.core_properties.author = "Karin Ek"
    records, gaps = saved(document, **{"word/document.xml": bomb})
    assert [(gap.steps, gap.reason, gap.detail) for gap in gaps] == [((), GapReason.UNREADABLE, "XML entities")]
    assert records[("part properties",)].entities == [Entity(Role.AUTHOR, [Fact(IdType.NAME, "Karin Ek")])]
    with open("/etc/hostname") as name:
        assert name.read().strip() not in body(records[()])


def test_a_bomb_in_a_part_is_not_unpacked() -> None:
    huge = part("document", "<w:body><w:p>" + " " * (40 << 20) + "</w:p></w:body>")
    _, gaps = saved(docx.Document(), **{"word/document.xml": huge})
    assert [gap.reason for gap in gaps] == [GapReason.TOO_LARGE]


def test_deep_xml_ends() -> None:
    deep = part("document", "<w:body>" + "<w:p>" * 5000 + "</w:p>" * 5000 + "</w:body>")
    _, gaps = saved(docx.Document(), **{"word/document.xml": deep})
    assert [gap.reason for gap in gaps] == [GapReason.UNREADABLE]


@pytest.mark.parametrize("share", [0.1, 0.5, 0.95])
def test_a_cut_file_is_a_gap(share: float) -> None:
    document = docx.Document()
    document.add_paragraph("text " * 100)
    buffer = io.BytesIO()
    document.save(buffer)
    records, gaps = read(buffer.getvalue()[: int(len(buffer.getvalue()) * share)])
    assert [gap.reason for gap in gaps] == [GapReason.UNREADABLE]
    assert list(records) == [()]


def test_cut_xml_keeps_what_came_before() -> None:
    cut = part("document", "<w:body><w:p><w:r><w:t>Karin</w:t></w:r></w:p><w:p><w:r><w:t>Bo").removesuffix(
        "</w:document>"
    )
    records, gaps = saved(docx.Document(), **{"word/document.xml": cut})
    assert body(records[()]) == "Karin"
    assert [gap.reason for gap in gaps] == [GapReason.UNREADABLE]


def test_a_password_is_told() -> None:
    document, locked = io.BytesIO(), io.BytesIO()
    docx.Document().save(document)
    msoffcrypto.format.ooxml.OOXMLFile(document).encrypt("hemligt", locked)
    _, gaps = read(locked.getvalue())
    assert [(gap.steps, gap.reason) for gap in gaps] == [((), GapReason.ENCRYPTED)]


def test_docm_and_dotx_are_read_too() -> None:
    for name in ("a.docm", "a.dotx"):
        document = docx.Document()
        document.add_paragraph("Karin")
        records, gaps = saved(document, name)
        assert (body(records[()]), gaps) == ("Karin", [])


def test_macros_are_searched() -> None:
    source = b'Attribute VB_Name = "M"\r\n\' av Karin Ek\r\n'
    tokens = b"".join(b"\0" + source[at : at + 8] for at in range(0, len(source), 8))
    project = cfb({"VBA/M": b"code" + b"\1" + struct.pack("<H", 0xB000 | (len(tokens) - 1)) + tokens})
    records, gaps = saved(docx.Document(), **{"word/vbaProject.bin": project})
    assert gaps == []
    assert "av Karin Ek" in body(records[("attachment 1: vbaProject.bin", "part macros")])
