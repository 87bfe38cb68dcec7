"""Formats by content: names that lie must not fool the sniffer."""

from __future__ import annotations

import gzip
import io
import tarfile
import zipfile
from email.message import EmailMessage

import docx
import openpyxl
import pytest

from scanner.blob import Blob
from scanner.formats import registry
from scanner.formats.sniff import sniff


def mail() -> bytes:
    made = EmailMessage()
    made["From"] = "v@a.example"
    made["Subject"] = "Hej"
    made.set_content("hej")
    return made.as_bytes()


def saved(document: object) -> bytes:
    out = io.BytesIO()
    document.save(out)  # type: ignore[attr-defined]
    return out.getvalue()


def zipped(name: str, content: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr(name, content)
    return out.getvalue()


def tarred() -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        archive.addfile(tarfile.TarInfo("a.txt"), io.BytesIO())
    return out.getvalue()


DOCX = saved(docx.Document())
CASES = [
    (mail(), "brev.txt", "mail"),
    (mail(), "brev.csv", "mail"),
    (b"\r\n" + mail(), "x", "mail"),
    (b"From a@a.example Mon Jan  1 00:00:00 2024\n" + mail(), "inkorg", "mbox"),
    (DOCX, "avtal.bin", "docx"),
    (saved(openpyxl.Workbook()), "x.zip", "xlsx"),
    (zipped("inuti.docx", DOCX), "x.docx", "zip"),
    (tarred(), "x.txt", "tar"),
    (gzip.compress(tarred(), mtime=0), "x.bin", "tar"),
    (gzip.compress(b"hej", mtime=0), "x.txt.gz", "gz"),
    (b"%PDF-1.7\n", "x.txt", "pdf"),
    (b"Namn;E-post\nVera;v@a.example\n", "lista.txt", "csv"),
    ("Namn\tE-post\r\nVera\tv@a.example\r\n".encode("utf-16"), "lista.txt", "csv"),
    (b"Vera,Ek,1\nBo,Alm,2\nCia,Ask,3\n", "x.dat", "csv"),
    (b"<html><table><tr><td>x</table>", "lista.xls", "html"),
    (b"<!DOCTYPE html>\n<p>x", "a.txt", "html"),
    (b"BEGIN:VCARD\nFN:V\nEND:VCARD\n", "a.txt", "vcard"),
    ("BEGIN:VCARD\nFN:V\nEND:VCARD\n".encode("utf-16"), "a.txt", "vcard"),
    (b"BEGIN:VCALENDAR\nEND:VCALENDAR\n", "a.vcf", "ics"),
    ("Hej Åsa,\ndetta är en text, inte en tabell.\nHälsningar, Vera\n".encode("cp1252"), "a.txt", "text"),
    (b'{"namn": "Vera", "x": 1}\n', "a.json", "json"),
    (b"hej", "a.csv", "csv"),
    (b"", "a.bin", "text"),
    (bytes(range(256)) * 40, "a.txt", None),
    (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(200), "a.html", "image"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "a.doc", "ole"),
]  # fmt: skip


@pytest.mark.parametrize(("data", "name", "expected"), CASES)
def test_by_content(data: bytes, name: str, expected: str | None) -> None:
    assert sniff(Blob(data, name)) == expected
    assert sniff(Blob(io.BytesIO(data), name)) == expected


def test_media_type_counts_where_content_says_little() -> None:
    assert sniff(Blob(b"Subject: x\n\nhej", "x", media_type="message/rfc822")) == "mail"
    assert sniff(Blob(b"a b", "x", media_type="text/csv; charset=x")) == "csv"
    assert sniff(Blob(b"From a@a.example Mon\nTo: x\n\nhej", "x", media_type="message/rfc822")) == "mail"


def test_what_a_mail_store_calls_a_mail_and_begins_like_one_is_a_mail_whatever_it_carries() -> None:
    raw = b"From: vera@a.example\nContent-Type: application/pdf\n\n%PDF-1.7\n"
    assert sniff(Blob(raw, "x.eml", media_type="message/rfc822")) == "mail"
    assert sniff(Blob(b"%PDF-1.7\nFrom: x\n", "x.eml", media_type="message/rfc822")) == "pdf"
    assert sniff(Blob(b"Subject: x\n\n" + bytes(8000), "x.eml", media_type="message/rfc822")) is None
    assert sniff(Blob(b"BEGIN:VCARD\nFN:V\n", "x.eml", media_type="message/rfc822")) == "vcard"


def test_every_registered_module_is_there() -> None:
    for name in registry.names():
        assert registry.load(name).name == name
    with pytest.raises(KeyError):
        registry.load("no such")


def test_rich_text_is_no_plain_text() -> None:
    """Its letters beyond ASCII are escaped: a reader of plain text would miss names and say nothing."""
    assert sniff(Blob(rb"{\rtf1\ansi \u197\'c5sa \'d6berg}", "brev.txt")) == "rtf"
