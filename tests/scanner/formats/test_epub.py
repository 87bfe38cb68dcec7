"""E-books: who wrote them, every member, and what is locked."""

from __future__ import annotations

import io
import zipfile

from connectors.base import GapReason
from scanner.blob import Blob
from scanner.expand import expand
from scanner.formats.base import Found
from scanner.formats.sniff import sniff
from scanner.formats.web import epub
from scanner.limits import Limits
from scanner.records import Record, Role, Unread

CONTAINER = (
    '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>'
    '<rootfile full-path="OPS/bok.opf" media-type="application/oebps-package+xml"/></rootfiles></container>'
)
BOOK = (
    '<package xmlns="http://www.idpf.org/2007/opf" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:opf="o"><metadata>'
    '<dc:title>Minnen</dc:title><dc:creator opf:file-as="Ek, Vera">Vera Ek</dc:creator>'
    "<dc:contributor>bo@a.example</dc:contributor><dc:publisher>Förlaget</dc:publisher>"
    '<meta name="calibre:owner" content="Siv Ås"/><meta property="dcterms:creator">Kim Berg</meta></metadata>'
    '<manifest><item href="ett.xhtml"/></manifest></package>'
)
CHAPTER = "<?xml version='1.0'?><!DOCTYPE html><html><body><p>ola<b>@a</b>.example</p></body></html>"


def book(**more: str | bytes) -> Blob:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("mimetype", "application/epub+zip")
        for name, content in {
            "META-INF/container.xml": CONTAINER,
            "OPS/bok.opf": BOOK,
            "OPS/ett.xhtml": CHAPTER,
            "OPS/typ.otf": b"OTTO\0\1\0\0",
            **more,
        }.items():
            archive.writestr(name, content)
    return Blob(stream.getvalue(), "bok.epub")


def whole(blob: Blob) -> list[Record | Unread]:
    return list(expand(blob, Limits()))


def records(found: list[Record | Unread] | list[Found]) -> dict[tuple[str, ...], Record]:
    return {one.steps: one for one in found if isinstance(one, Record)}


def test_what_is_said_of_the_book() -> None:
    record = records(list(epub.FORMAT.extract(book(), Limits())))["part properties",]
    assert all(one.role is Role.AUTHOR for one in record.entities)
    assert [fact.value for one in record.entities for fact in one.facts] == ["Vera Ek", "bo@a.example", "Kim Berg"]
    text = record.texts[0][1].split("\n")
    assert {"Minnen", "Ek, Vera", "Förlaget", "Siv Ås"} <= set(text)


def test_every_member_is_read() -> None:
    assert sniff(book()) == "epub"
    found = whole(book(**{"OPS/data.bin": bytes(64)}))
    chapter = records(found)["member OPS/ett.xhtml",]
    assert "ola@a.example" in [text for _, text in chapter.texts]
    gaps = {one.steps: one.reason for one in found if isinstance(one, Unread)}
    assert gaps == {("member OPS/data.bin",): GapReason.UNKNOWN_FORMAT}


def test_locked_chapters_are_gaps_and_veiled_fonts_are_not() -> None:
    locked = (
        '<encryption xmlns:e="http://www.w3.org/2001/04/xmlenc#"><e:EncryptedData><e:EncryptionMethod Algorithm='
        '"http://www.w3.org/2001/04/xmlenc#aes128-cbc"/><e:CipherData><e:CipherReference URI="OPS/tv%C3%A5.xhtml"/>'
        "</e:CipherData></e:EncryptedData><e:EncryptedData><e:EncryptionMethod Algorithm="
        '"http://www.idpf.org/2008/embedding"/><e:CipherData><e:CipherReference URI="OPS/ett.xhtml"/>'
        "</e:CipherData></e:EncryptedData></encryption>"
    )
    found = whole(book(**{"META-INF/encryption.xml": locked, "OPS/två.xhtml": b"\x8f\0\1abc"}))
    assert [one for one in found if isinstance(one, Unread)] == [
        Unread(("member OPS/två.xhtml",), GapReason.ENCRYPTED, "EPUB")
    ]
    assert "ola@a.example" in [text for _, text in records(found)["member OPS/ett.xhtml",].texts]


def test_damage_hides_no_member() -> None:
    found = whole(book(**{"META-INF/encryption.xml": "<a", "OPS/bok.opf": "<package><metadata>"}))
    assert "ola@a.example" in [text for _, text in records(found)["member OPS/ett.xhtml",].texts]
    assert ("part properties",) in {one.steps for one in found if isinstance(one, Unread)}


def test_books_without_a_container() -> None:
    found = whole(book(**{"META-INF/container.xml": "<container/>"}))
    assert records(found)["part properties",].entities
