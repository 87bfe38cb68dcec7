"""What must not be rewritten is recognised by its bytes."""

from __future__ import annotations

import io
import zipfile
from random import Random

import pytest

from scanner.blob import Blob
from scanner.surgery.office import guards
from scanner.surgery.office.docx import EDITOR as DOCX
from scanner.surgery.office.odt import EDITOR as ODT
from tests.scanner.surgery import make_docx, make_odt
from tests.scanner.surgery.office_person import members, packed

PLAIN = {"[Content_Types].xml": "<Types/>", "word/document.xml": "<d/>"}
MANIFEST = "<m:manifest xmlns:m='urn:m'><m:file-entry><m:encryption-data/></m:file-entry></m:manifest>"


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("_xmlsignatures/origin.sigs", "", "signed"),
        ("_xmlsignatures/sig1.xml", "<s/>", "signed"),
        ("META-INF/documentsignatures.xml", "<s/>", "signed"),
        ("_rels/.rels", "<R><Relationship Type='http://x/digital-signature/origin'/></R>", "signed"),
        ("word/vbaProject.bin", b"\xd0\xcf", "macros"),
        ("xl/macrosheets/sheet1.xml", "<x/>", "macros"),
        ("word/activeX/activeX1.xml", "<x/>", "macros"),
        ("Basic/Standard/Module1.xml", "<x/>", "macros"),
        ("Scripts/python/a.py", "x", "macros"),
        ("content.xml", "<c><script:event-listener/></c>", "macros"),
        ("META-INF/manifest.xml", MANIFEST, "encrypted"),
        ("encrypted-package", b"x", "encrypted"),
        ("WORD/Document.xml", "<d/>", "same name"),
    ],
)
def test_a_package_with_this_part_is_refused(name: str, content: str | bytes, reason: str) -> None:
    assert guards.refusal(packed(PLAIN)) is None
    data = packed({**PLAIN, name: content})
    assert reason in (guards.refusal(data) or "")
    assert reason in (DOCX.refuses(Blob(data, "a.docx")) or "")


def test_types_of_macros_are_refused() -> None:
    types = "<Types><Override ContentType='application/vnd.ms-word.document.macroEnabled.main+xml'/></Types>"
    assert guards.has_macros(packed({**PLAIN, "[Content_Types].xml": types})) is not None
    wide = types.encode("utf-16")
    assert guards.has_macros(packed({**PLAIN, "[Content_Types].xml": wide})) is not None


def test_encrypted_files_and_members_are_refused() -> None:
    assert guards.encrypted(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 512) is not None
    data = bytearray(packed(PLAIN))
    data[data.index(b"PK\x01\x02") + 8] |= 1  # the flag of the first member, in the directory
    assert guards.encrypted(bytes(data)) is not None


def test_damaged_packages_are_refused() -> None:
    data = packed({**PLAIN, "word/big.xml": b"<x>" + bytes(range(256)) * 40})
    assert guards.damaged(data[:-30]) is not None
    assert guards.damaged(b"no package") is not None
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        place = archive.getinfo("word/big.xml").header_offset + 60
    assert guards.damaged(data[:place] + b"\xff\xff\xff\xff" + data[place + 4 :]) is not None


def test_common_documents_are_not_refused() -> None:
    assert DOCX.refuses(Blob(make_docx.make(Random(1), 5).data, "a.docx")) is None
    odt = make_odt.make(Random(1), 5).data
    assert ODT.refuses(Blob(odt, "a.odt")) is None


@pytest.mark.parametrize("kind", ["presentation", "graphics", "chart", "formula"])
def test_other_opendocument_files_are_for_a_person(kind: str) -> None:
    parts: dict[str, str | bytes] = {**members(make_odt.make(Random(1), 2).data)}
    parts["mimetype"] = f"application/vnd.oasis.opendocument.{kind}"
    assert "not edited" in (ODT.refuses(Blob(packed(parts), "a.odp")) or "")
    assert "not edited" in (ODT.refuses(Blob(b"<office:document/>", "a.fodt")) or "")
