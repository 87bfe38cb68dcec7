"""What people write in attributes of Word files, and characters that are numbers in a font."""

from __future__ import annotations

import io
import zipfile

import pytest

from scanner.blob import Blob
from scanner.expand import expand
from scanner.limits import Limits
from scanner.records import Record, Role, Unread

SPACES = (
    'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" '
    'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"'
)
NAME = "Karin Öberg"


def read(body: str, **parts: str) -> dict[tuple[str, ...], Record]:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("word/document.xml", f"<w:document {SPACES}><w:body>{body}</w:body></w:document>")
        for name, text in parts.items():
            archive.writestr(name, text)
    records: dict[tuple[str, ...], Record] = {}
    for found in expand(Blob(buffer.getvalue(), "a.docx"), Limits()):
        assert not isinstance(found, Unread)
        records[found.steps] = found
    return records


def text(record: Record) -> str:
    return "\n".join(text for role, text in record.texts if role is Role.BODY)


CELL = "<w:tr><w:tc><w:p><w:r><w:t>cell</w:t></w:r></w:p></w:tc></w:tr>"


@pytest.mark.parametrize(
    "inner",
    [
        f'<w:tbl><w:tblPr><w:tblCaption w:val="{NAME}"/></w:tblPr>{CELL}</w:tbl>',
        f'<w:tbl><w:tblPr><w:tblDescription w:val="{NAME}"/></w:tblPr>{CELL}</w:tbl>',
        f'<w:p><w:r><w:drawing><a:hlinkClick tooltip="{NAME}"/></w:drawing></w:r></w:p>',
        f'<w:p><w:r><w:fldChar><w:ffData><w:name w:val="{NAME}"/></w:ffData></w:fldChar></w:r></w:p>',
        f'<w:p><w:hyperlink w:tooltip="{NAME}"/></w:p>',
        f'<w:p><w:r><w:object><w:control w:name="{NAME}"/></w:object></w:r></w:p>',
    ],
)
def test_attributes_that_people_write(inner: str) -> None:
    assert NAME in text(read(inner)[()])


def test_names_of_building_blocks() -> None:
    part = (
        f'<w:docPart><w:docPartPr><w:name w:val="{NAME}"/><w:description w:val="om Bo Ek"/></w:docPartPr></w:docPart>'
    )
    glossary = f"<w:glossaryDocument {SPACES}><w:docParts>{part}</w:docParts></w:glossaryDocument>"
    said = text(read("", **{"word/glossary/document.xml": glossary})[("part glossary",)])
    assert NAME in said
    assert "om Bo Ek" in said


def line(font: str, char: str) -> str:
    runs = (
        f'<w:r><w:t>karin</w:t></w:r><w:r><w:sym w:font="{font}" w:char="{char}"/></w:r><w:r><w:t>a.example</w:t></w:r>'
    )
    return text(read(f"<w:p>{runs}</w:p>")[()])


@pytest.mark.parametrize("char", ["0040", "F040", "f040"])
def test_a_character_by_its_number_in_a_font(char: str) -> None:
    assert line("Arial", char) == "karin@a.example"


@pytest.mark.parametrize(
    ("font", "char"), [("Wingdings", "F04A"), ("Arial", "D800"), ("Arial", "E123"), ("Arial", "x")]
)
def test_a_character_that_is_no_letter_parts_words(font: str, char: str) -> None:
    assert line(font, char) == "karin a.example"


def test_before_a_change() -> None:
    sym = '<w:r><w:sym w:font="Arial" w:char="F040"/></w:r>'
    inner = f"<w:r><w:t>karin</w:t></w:r>{sym}<w:del><w:r><w:delText>a.example</w:delText></w:r></w:del>"
    assert "karin@a.example" in text(read(f"<w:p>{inner}</w:p>")[()])
