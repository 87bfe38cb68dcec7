"""PDFs made by fpdf2 and reportlab, and broken ones made by hand."""

from __future__ import annotations

import re
from pathlib import Path

import fpdf
import pypdfium2
import pytest
from PIL import Image

from connectors.base import GapReason
from scanner.blob import Blob
from scanner.expand import expand
from scanner.limits import Limits
from scanner.records import Entity, Fact, IdType, Record, Role, Unread

LIMITS = Limits()
Found = tuple[dict[tuple[str, ...], Record], list[Unread]]


def read(data: bytes, limits: Limits = LIMITS) -> Found:
    records: dict[tuple[str, ...], Record] = {}
    gaps = []
    for found in expand(Blob(data, "a.pdf", limit=limits.blob), limits):
        if isinstance(found, Unread):
            gaps.append(found)
        else:
            assert found.steps not in records
            records[found.steps] = found
    return records, gaps


def body(record: Record) -> str:
    return "\n".join(text for role, text in record.texts if role is Role.BODY)


def pages(*texts: str) -> fpdf.FPDF:
    document = fpdf.FPDF()
    document.set_font("helvetica", size=12)
    for text in texts:
        document.add_page()
        if text:
            document.multi_cell(0, text=text)
    return document


def test_pages_have_their_text_with_line_breaks() -> None:
    records, gaps = read(bytes(pages("Karin Ek\nStorgatan 1\nÅmål", "070-123 45 67").output()))
    assert gaps == []
    assert body(records[("page 1",)]) == "Karin Ek\nStorgatan 1\nÅmål"
    assert body(records[("page 2",)]) == "070-123 45 67"
    assert records[("page 1",)].kind == "page"
    assert records[()].kind == "file"


def test_properties_name_the_author() -> None:
    document = pages("x")
    document.set_author("Karin Ek; Bo Lind")
    document.set_creator("Microsoft Word")
    document.set_title("Offert")
    document.set_subject("till Ada")
    document.set_keywords("bil, båt")
    record = read(bytes(document.output()))[0][("part properties",)]
    assert body(record).splitlines()[:3] == ["Offert", "till Ada", "bil, båt"]
    assert record.entities == [
        Entity(Role.AUTHOR, [Fact(IdType.NAME, "Karin Ek")]),
        Entity(Role.AUTHOR, [Fact(IdType.NAME, "Bo Lind")]),
    ]


def test_a_password_is_told_and_an_owner_password_is_no_hindrance() -> None:
    for user, expected in (("hemligt", [((), GapReason.ENCRYPTED)]), ("", [])):
        document = pages("Karin Ek")
        document.set_encryption(owner_password="ägare", user_password=user or None)
        records, gaps = read(bytes(document.output()))
        assert [(gap.steps, gap.reason) for gap in gaps] == expected
        assert (("page 1",) in records) == (not user)


def picture() -> Image.Image:
    return Image.new("RGB", (20, 20), "red")


def test_a_picture_without_text_needs_ocr() -> None:
    document = pages("text", "", "text och bild")
    document.page = 2
    document.image(picture(), x=10, y=10, w=50)
    document.page = 3
    document.image(picture(), x=10, y=100, w=50)
    _, gaps = read(bytes(document.output()))
    assert [(gap.steps, gap.reason) for gap in gaps] == [(("page 2",), GapReason.NEEDS_OCR)]


def test_a_document_without_any_text_is_never_passed_in_silence() -> None:
    assert [gap.reason for gap in read(bytes(pages("", "").output()))[1]] == [GapReason.UNREADABLE]
    drawn = pages("")
    drawn.line(10, 10, 100, 100)
    assert [gap.reason for gap in read(bytes(drawn.output()))[1]] == [GapReason.NEEDS_OCR]


def test_notes_links_and_form_fields_are_searched() -> None:
    document = pages("text")
    document.text_annotation(50, 50, text="Ring Karin Ek")
    document.link(10, 10, 20, 20, "mailto:bo@x.example")
    text = body(read(bytes(document.output()))[0][("page 1",)])
    assert "Ring Karin Ek" in text
    assert "mailto:bo@x.example" in text


FORM = b"""%PDF-1.7
1 0 obj <</Type/Catalog /Pages 2 0 R /AcroForm <</Fields [4 0 R]>> >> endobj
2 0 obj <</Type/Pages /Kids [3 0 R] /Count 1>> endobj
3 0 obj <</Type/Page /Parent 2 0 R /MediaBox [0 0 200 200] /Annots [5 0 R]>> endobj
4 0 obj <</FT/Tx /T (namn) /V (Ada Berg) /Kids [5 0 R]>> endobj
5 0 obj <</Type/Annot /Subtype/Widget /Rect [0 0 99 20] /Parent 4 0 R>> endobj
trailer <</Root 1 0 R>>
"""


def test_the_value_of_a_form_field_is_searched_though_it_stands_on_no_page() -> None:
    records, gaps = read(FORM)
    assert gaps == []
    assert "Ada Berg" in body(records[("page 1",)])


def test_a_file_pinned_to_a_page_is_read(tmp_path: Path) -> None:
    file = tmp_path / "pinned.txt"
    file.write_text("Karin i nålen")
    document = pages("text")
    document.file_attachment_annotation(str(file), 50, 50)
    records, gaps = read(bytes(document.output()))
    assert gaps == []
    assert "Karin i nålen" in [body(record) for record in records.values()]


def test_attached_files_are_read() -> None:
    document = pages("text")
    document.embed_file(basename="a.txt", bytes=b"Karin i bilagan")
    records, gaps = read(bytes(document.output()))
    assert gaps == []
    record = records[("attachment 1: a.txt",)]
    assert body(record) == "Karin i bilagan"
    assert record.kind == "attachment"
    assert (Role.FILENAME, "a.txt") in record.texts


def test_bookmarks_are_searched() -> None:
    document = pages("text")
    document.start_section("Kapitel om Karin")
    assert "Kapitel om Karin" in body(read(bytes(document.output()))[0][("part properties",)])


def test_many_pages_end_in_one_gap() -> None:
    data = bytes(pages(*[f"sida {n}" for n in range(60)]).output())
    records, gaps = read(data, Limits(members=20))
    assert [gap.reason for gap in gaps] == [GapReason.TOO_LARGE]
    assert ("page 10",) in records
    assert () in records


def test_a_page_count_that_lies_does_not_loop() -> None:
    data = re.sub(rb"/Count \d+", b"/Count 999999999", bytes(pages("Karin", "Bo").output()))
    records, gaps = read(data, Limits(members=200))
    assert len(gaps) + len(records) <= 202
    assert gaps or {body(records[("page 1",)]), body(records[("page 2",)])} == {"Karin", "Bo"}


def test_a_page_tree_that_loops_ends() -> None:
    data = bytes(pages("Karin").output())
    kid = re.search(rb"/Kids \[(\d+) 0 R\]", data)
    assert kid
    root = re.search(rb"/Pages (\d+) 0 R", data)
    assert root
    looped = data.replace(kid[0], b"/Kids [" + root[1] + b" 0 R" + b" " * (len(kid[1]) - len(root[1])) + b"]")
    _, gaps = read(looped, Limits(members=200))
    assert gaps


@pytest.mark.parametrize("share", [0.0, 0.02, 0.3, 0.6, 0.9, 0.99])
def test_a_cut_file_is_a_gap_or_was_repaired(share: float) -> None:
    texts = [f"Sida {n} " + "ord " * 300 for n in range(5)]
    data = bytes(pages(*texts).output())
    cut = b"%PDF-1.7\n" + data[9 : int(len(data) * share)]
    records, gaps = read(cut)
    whole = all("Sida" in body(records.get((f"page {n}",), Record((), ""))) for n in range(1, 6))
    assert whole or gaps
    assert () in records


def test_no_pdfium_objects_stay() -> None:
    data = bytes(pages("Karin", "Bo").output())
    opened: list[object] = []
    original = pypdfium2.PdfDocument.__init__

    def counted(self: object, *args: object, **options: object) -> None:
        opened.append(self)
        original(self, *args, **options)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pypdfium2.PdfDocument, "__init__", counted)
        read(data)
    assert len(opened) == 1
    assert all(getattr(document, "raw", None) is None for document in opened)
