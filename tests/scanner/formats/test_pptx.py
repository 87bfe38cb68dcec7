"""Presentations made by hand, part by part as ECMA-376 has them."""

from __future__ import annotations

import io
import json
import zipfile

from connectors.base import GapReason
from scanner.blob import Blob
from scanner.expand import expand
from scanner.formats import registry
from scanner.formats.base import Nested
from scanner.limits import Limits
from scanner.records import Entity, Fact, IdType, Record, Role, Unread
from tests.samples import SAMPLES, needs_samples

LIMITS = Limits()
SPACES = 'xmlns:a="a" xmlns:p="p" xmlns:r="r" xmlns:p14="p14" xmlns:p188="p188"'
KIND = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/"
Found = tuple[dict[tuple[str, ...], Record], list[Unread]]


def relations(*lines: tuple[str, str, str]) -> str:
    """Id, kind and target; what is no part of the package is external."""
    found = ""
    for key, kind, target in lines:
        mode = ' TargetMode="External"' if ":" in target else ""
        found += f'<Relationship Id="{key}" Type="{KIND}{kind}" Target="{target}"{mode}/>'
    return f"<Relationships>{found}</Relationships>"


def shape(*paragraphs: str, name: str = "Title 1", descr: str = "") -> str:
    lines = "".join(f"<a:p>{one}</a:p>" for one in paragraphs)
    named = f'<p:nvSpPr><p:cNvPr id="1" name="{name}" descr="{descr}"/></p:nvSpPr>'
    return f"<p:sp>{named}<p:txBody>{lines}</p:txBody></p:sp>"


def run(text: str) -> str:
    return f"<a:r><a:rPr/><a:t>{text}</a:t></a:r>"


def slide(*shapes: str, attributes: str = "", tag: str = "p:sld") -> str:
    return f"<{tag} {SPACES} {attributes}><p:cSld><p:spTree>{''.join(shapes)}</p:spTree></p:cSld></{tag}>"


def deck(slides: list[str], extra: str = "", **parts: str | bytes) -> bytes:
    """A presentation whose slides come in this order, though their parts are numbered the other way round."""
    count = len(slides)
    order = "".join(f'<p:sldId id="{n}" r:id="r{n}"/>' for n in range(count))
    made: dict[str, str | bytes] = {
        "[Content_Types].xml": "<Types/>",
        "_rels/.rels": relations(("m", "officeDocument", "ppt/presentation.xml")),
        "ppt/presentation.xml": f"<p:presentation {SPACES}><p:sldIdLst>{order}</p:sldIdLst>{extra}</p:presentation>",
        "ppt/_rels/presentation.xml.rels": relations(
            *((f"r{n}", "slide", f"slides/slide{count - n}.xml") for n in range(count))
        ),
        **{f"ppt/slides/slide{count - n}.xml": text for n, text in enumerate(slides)},
        **parts,
    }
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in made.items():
            archive.writestr(name, text)
    return buffer.getvalue()


def read(data: bytes) -> Found:
    records: dict[tuple[str, ...], Record] = {}
    gaps = []
    for found in expand(Blob(data, "a.pptx"), LIMITS):
        if isinstance(found, Unread):
            gaps.append(found)
        else:
            assert found.steps not in records
            records[found.steps] = found
    return records, gaps


def body(record: Record) -> str:
    return "\n".join(text for role, text in record.texts if role is Role.BODY)


def names(record: Record) -> list[list[Fact]]:
    assert {entity.role for entity in record.entities} <= {Role.AUTHOR}
    return [entity.facts for entity in record.entities]


def test_slides_come_in_the_order_of_the_show_hidden_ones_too() -> None:
    data = deck([slide(shape(run("först"))), slide(shape(run("sedan")), attributes='show="0"')])
    records, gaps = read(data)
    assert gaps == []
    assert (body(records[("page 1",)]), body(records[("page 2",)])) == ("först", "sedan")
    assert records[("page 1",)].kind == "page"


def test_runs_join_breaks_part_groups_are_read_and_numbers_of_pages_are_not() -> None:
    number = '<a:fld type="slidenum"><a:t>17</a:t></a:fld>'
    date = '<a:fld type="datetime1"><a:t>1981-12-18</a:t></a:fld>'
    first = shape(run("karin.ek@in") + run("vex.example") + "<a:br/>" + run("rad"), number, date)
    records, _ = read(deck([slide(first, f"<p:grpSp><p:grpSp>{shape(run('inne'))}</p:grpSp></p:grpSp>")]))
    assert body(records[("page 1",)]).split("\n") == ["karin.ek@invex.example", "rad", "1981-12-18", "inne"]


def test_tables_are_rows_with_their_persons() -> None:
    rows = [("Namn", "E-post"), ("Karin Ek", "karin@x.example"), ("Bo Lind", "bo@x.example")]
    made = "".join(
        f"<a:tr>{''.join(f'<a:tc><a:txBody><a:p>{run(cell)}</a:p></a:txBody></a:tc>' for cell in row)}</a:tr>"
        for row in rows
    )
    table = f"<p:graphicFrame><a:graphic><a:tbl>{made}</a:tbl></a:graphic></p:graphicFrame>"
    records, _ = read(deck([slide(shape(run("Kunder")), table)]))
    assert body(records[("page 1",)]) == "Kunder"
    assert set(records[("page 1", "row 2")].entities[0].facts) == {
        Fact(IdType.NAME, "Bo Lind"),
        Fact(IdType.EMAIL, "bo@x.example"),
    }
    records, _ = read(deck([slide(table, table)]))
    assert body(records[("page 1", "table 2", "row 1")]) == "Karin Ek\tkarin@x.example"


def test_notes_comments_of_both_kinds_charts_and_diagrams_stand_at_their_slide() -> None:
    old = f'<p:cmLst {SPACES}><p:cm authorId="3"><p:text>Ring Bo</p:text></p:cm></p:cmLst>'
    reply = f'<p188:reply authorId="{{B}}"><p188:txBody><a:p>{run("Gjort")}</a:p></p188:txBody></p188:reply>'
    new = (
        f'<p188:cmLst {SPACES}><p188:cm authorId="{{A}}"><p188:replyLst>{reply}</p188:replyLst><p188:txBody><a:p>'
        f"{run('Fråga Ada')}</a:p></p188:txBody></p188:cm></p188:cmLst>"
    )
    rels = relations(
        ("1", "notesSlide", "../notesSlides/notesSlide1.xml"),
        ("2", "comments", "../comments/comment1.xml"),
        ("3", "comments", "../comments/modernComment_1.xml"),
        ("4", "chart", "../charts/chart1.xml"),
        ("5", "diagramData", "../diagrams/data1.xml"),
        ("6", "hyperlink", "mailto:karin@x.example"),
    )
    records, gaps = read(
        deck(
            [slide(shape(run("text")))],
            **{
                "ppt/slides/_rels/slide1.xml.rels": rels,
                "ppt/notesSlides/notesSlide1.xml": slide(shape(run("Säg till Siv")), tag="p:notes"),
                "ppt/comments/comment1.xml": old,
                "ppt/comments/modernComment_1.xml": new,
                "ppt/commentAuthors.xml": f'<p:l {SPACES}><p:cmAuthor id="3" name="Lena Skog"/></p:l>',
                "ppt/authors.xml": f'<p188:authorLst {SPACES}><p188:author id="{{A}}" name="Eva Alm" userId="S::'
                'eva@x.example::1"/><p188:author id="{B}" name="Ulf Ek" userId="None"/></p188:authorLst>',
                "ppt/charts/chart1.xml": "<c><c><v>Per Dal</v></c></c>",
                "ppt/diagrams/data1.xml": f"<d {SPACES}><a:p>{run('Ina ')}{run('Ros')}</a:p></d>",
            },
        )
    )
    assert gaps == []
    assert body(records[("page 1",)]) == "text\nmailto:karin@x.example"
    assert body(records[("page 1", "part notes")]) == "Säg till Siv"
    comments = records[("page 1", "part comments")]
    assert set(body(comments).split("\n")) == {"Ring Bo", "Fråga Ada", "Gjort"}
    assert sorted(names(comments)) == [
        [Fact(IdType.NAME, "Eva Alm"), Fact(IdType.EMAIL, "eva@x.example")],
        [Fact(IdType.NAME, "Lena Skog")],
        [Fact(IdType.NAME, "Ulf Ek")],
    ]
    assert body(records[("page 1", "part chart1.xml")]) == "Per Dal"
    assert body(records[("page 1", "part data1.xml")]) == "Ina Ros"


def test_masters_without_what_powerpoint_writes_itself() -> None:
    master = slide(shape(run("Click to edit Master title style"), run("Ansvarig Karin Ek")), tag="p:sldMaster")
    layout = slide(shape(run("Ansvarig Karin Ek")), tag="p:sldLayout")
    parts = {"ppt/slideMasters/slideMaster1.xml": master, "ppt/slideLayouts/slideLayout1.xml": layout}
    records, _ = read(deck([slide()], **parts))
    assert body(records[("part masters",)]) == "Ansvarig Karin Ek"


def test_names_of_pictures_sections_and_tags_and_who_wrote_it() -> None:
    section = '<p:extLst><p14:section name="Kund Ada Alm"/></p:extLst>'
    picture = '<p:pic><p:cNvPr id="2" name="Foto Bo Lind.jpg" descr="Siv på båten"/></p:pic>'
    core = "<c><creator>Karin Ek</creator><title>Offert</title></c>"
    parts = {
        "ppt/tags/tag1.xml": f'<p:tagLst {SPACES}><p:tag name="KUND" val="Eva Sund"/></p:tagLst>',
        "docProps/core.xml": core,
        "docProps/app.xml": "<c><Company>Invex AB</Company><Manager>Ulf Ek</Manager></c>",
    }
    records, _ = read(deck([slide(shape(run("text")), picture)], section, **parts))
    assert body(records[()]) == "Kund Ada Alm"
    assert set(body(records[("page 1",)]).split("\n")) == {"text", "Foto Bo Lind.jpg", "Siv på båten"}
    assert "Eva Sund" in body(records[("part tag1.xml",)])
    properties = records[("part properties",)]
    assert body(properties) == "Offert"
    assert {facts[0].value for facts in names(properties)} == {"Karin Ek", "Invex AB", "Ulf Ek"}


def test_a_slide_that_no_show_has_is_read() -> None:
    records, gaps = read(deck([slide()], **{"ppt/slides/slide9.xml": slide(shape(run("Karin")))}))
    assert gaps == []
    assert body(records[("part slide9.xml",)]) == "Karin"


def test_pictures_and_files_inside_but_no_preview() -> None:
    parts = {"ppt/media/image1.png": b"ett", "ppt/embeddings/lista.xlsx": b"PK", "docProps/thumbnail.jpeg": b"tre"}
    data = deck([slide()], **parts)
    found = [one for one in registry.load("pptx").extract(Blob(data, "a"), LIMITS) if isinstance(one, Nested)]
    assert [(one.steps, one.kind) for one in found] == [
        (("part image1.png",), "image"),
        (("attachment 1: lista.xlsx",), "attachment"),
    ]


def test_damaged_parts_are_gaps_and_the_rest_is_read() -> None:
    whole = slide(shape(run("Karin")), shape(run("Bo")))
    cut = whole[: whole.index(">Bo<") + 3]
    bomb = "<!DOCTYPE a [<!ENTITY b 'c'>]>" + slide(shape(run("&b;")))
    records, gaps = read(deck([cut, slide(shape(run("hel"))), bomb]))
    assert body(records[("page 1",)]).split("\n") == ["Karin", "Bo"]
    assert body(records[("page 2",)]) == "hel"
    assert [(gap.steps, gap.reason, gap.detail) for gap in gaps] == [
        (("page 1",), GapReason.UNREADABLE, "XML"),
        (("page 3",), GapReason.UNREADABLE, "XML entities"),
    ]


def test_a_bomb_in_a_slide_is_not_unpacked() -> None:
    _, gaps = read(deck([slide(" " * (40 << 20))]))
    assert [(gap.steps, gap.reason) for gap in gaps] == [(("page 1",), GapReason.TOO_LARGE)]


@needs_samples
def test_truth() -> None:
    ours = (".pptx", ".odp", ".odt", ".docx", ".xlsb", "2003ml.xml")
    missed, seen = [], 0
    for path in sorted(SAMPLES.glob("truth/documents__*.json")):
        truth = json.loads(path.read_text())
        person = truth["person"]
        words = [*person["emails"], *person["names"]]
        words += [", ".join(name.rsplit(" ", 1)[::-1]) for name in person["names"]]
        for name in truth["must_find"] if words else ():
            if not name.endswith(ours):
                continue
            seen += 1
            found = list(expand(Blob((SAMPLES / "documents" / name).read_bytes(), name), LIMITS))
            texts = [text for one in found if isinstance(one, Record) for _, text in one.texts]
            texts += [f.value for one in found if isinstance(one, Record) for e in one.entities for f in e.facts]
            if not any(word.lower() in text.lower() for word in words for text in texts):
                missed.append((path.stem, name))
    assert seen > 5
    assert missed == []


def test_an_author_is_no_other_entity() -> None:
    parts = {"ppt/commentAuthors.xml": f'<p:l {SPACES}><p:cmAuthor id="3" name="Lena Skog"/></p:l>'}
    records, _ = read(deck([slide()], **parts))
    assert records[("part commentAuthors.xml",)].entities == [Entity(Role.AUTHOR, [Fact(IdType.NAME, "Lena Skog")])]
