"""One small file of every format that can be edited, with Anna in it beside Bo, and what is to happen to it."""

from __future__ import annotations

import gzip
import io
import re
import tarfile
import zipfile
from dataclasses import dataclass
from email.message import EmailMessage
from functools import cache

import docx
import openpyxl
from odf import table, text
from odf.opendocument import OpenDocumentSpreadsheet, OpenDocumentText

from scanner.model import SubjectId
from scanner.records import IdType, Steps

ANNA, BO, CIA = "anna.ek@kund.example", "bo.dal@kund.example", "cia.lo@kund.example"
PEOPLE = (("Bo Dal", BO), ("Anna Ek", ANNA), ("Cia Lo", CIA))
SUBJECT = (
    SubjectId(IdType.EMAIL, ANNA, given=True),
    SubjectId(IdType.NAME, "anna ek", given=False, because="a card"),
)


@dataclass(frozen=True)
class Piece:
    """A file: what leaves it, and what Anna leaves. Nothing at all: it goes whole."""

    data: bytes
    remove: tuple[Steps, ...] = ()
    amend: tuple[Steps, ...] = ()


def lines(separator: str, people: tuple[tuple[str, str], ...] = PEOPLE) -> str:
    """A register; Anna is its second row."""
    return "".join(f"{separator.join(row)}\r\n" for row in (("Namn", "E-post"), *people))


def card(name: str, email: str) -> str:
    return f"BEGIN:VCARD\r\nVERSION:3.0\r\nFN:{name}\r\nEMAIL:{email}\r\nEND:VCARD\r\n"


def event(uid: str, title: str, *attendees: tuple[str, str]) -> str:
    guests = "".join(f"ATTENDEE;CN={name}:mailto:{email}\r\n" for name, email in attendees)
    return (
        f"BEGIN:VEVENT\r\nUID:{uid}\r\nDTSTAMP:20260101T000000Z\r\nDTSTART:20260101T090000Z\r\n"
        f"SUMMARY:{title}\r\n{guests}END:VEVENT\r\n"
    )


def calendar() -> str:
    """Anna's own event leaves; of the meeting she alone does."""
    return (
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\n"
        + event("1@x", "Planering", *PEOPLE)
        + event("2@x", "Anna Ek", PEOPLE[1])
        + event("3@x", "Lunch", PEOPLE[0])
        + "END:VCALENDAR\r\n"
    )


def mail(sender: str, *attached: tuple[str, bytes]) -> bytes:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = sender, "info@invex.example", "Hej"
    message["Date"] = "Mon, 02 Mar 2026 10:00:00 +0100"
    message.set_content("Se bilagan.\n")
    for name, data in attached:
        message.add_attachment(data, maintype="application", subtype="octet-stream", filename=name)
    if attached:
        message.set_boundary("===grans===")
    return message.as_bytes()


def mailbox(*people: tuple[str, str]) -> bytes:
    return b"".join(
        b"From x@y Mon Mar  2 10:00:00 2026\n" + mail(f"{name} <{email}>") + b"\n" for name, email in people
    )


def zipped(*members: tuple[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in members:
            archive.writestr(zipfile.ZipInfo(name, (2026, 1, 2, 3, 4, 6)), data)
    return out.getvalue()


def tarred(*members: tuple[str, bytes]) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for name, data in members:
            info = tarfile.TarInfo(name)
            info.size, info.mtime = len(data), 1_700_000_000
            archive.addfile(info, io.BytesIO(data))
    return out.getvalue()


def workbook() -> bytes:
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    for row in (("Namn", "E-post"), *PEOPLE):
        sheet.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def sheet() -> bytes:
    document = OpenDocumentSpreadsheet()
    made = table.Table(name="Blad")
    for row in (("Namn", "E-post"), *PEOPLE):
        line = table.TableRow()
        for value in row:
            cell = table.TableCell(valuetype="string")
            cell.addElement(text.P(text=value))
            line.addElement(cell)
        made.addElement(line)
    document.spreadsheet.addElement(made)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


SAID = (f"Bo Dal {BO} talade med Anna Ek, {ANNA}.", "Beslut: inget.")


def word() -> bytes:
    """Without the many styles that python-docx adds: they would cost a test most of its time."""
    document = docx.Document()
    for line in SAID:
        document.add_paragraph(line)
    saved, lean = io.BytesIO(), io.BytesIO()
    document.save(saved)
    with zipfile.ZipFile(saved) as old, zipfile.ZipFile(lean, "w") as new:
        for name in old.namelist():
            data = old.read(name)
            if name in ("word/styles.xml", "word/stylesWithEffects.xml"):
                data = re.sub(rb"(<w:styles[^>]*>).*(</w:styles>)", rb"\1\2", data, flags=re.S)
            new.writestr(name, data)
    return lean.getvalue()


def writer() -> bytes:
    document = OpenDocumentText()
    for line in SAID:
        document.text.addElement(text.P(text=line))
    out = io.BytesIO()
    document.write(out)
    return out.getvalue()


@cache
def pieces() -> dict[str, Piece]:
    """Every file by its path. What is not about Anna is not among them: see `BYSTANDERS`."""
    register = lines(";").encode("cp1252")
    second: tuple[Steps, ...] = (("row 2",),)
    members = (("lista.csv", register), ("Anna.txt", f"Avtal Anna Ek {ANNA}".encode()), ("Bo.txt", BO.encode()))
    said = "\n".join(SAID)
    page = f"<html><body><p>{SAID[0]}</p><p>{SAID[1]}</p></body></html>"
    return {
        "lista.csv": Piece(register, second),
        "lista.tsv": Piece(lines("\t").encode(), second),
        "lista.xlsx": Piece(workbook(), (("sheet Sheet", "row 2"),)),
        "lista.ods": Piece(sheet(), (("sheet Blad", "row 2"),)),
        "kort.vcf": Piece("".join(card(*one) for one in PEOPLE).encode(), (("card 2",),)),
        "kal.ics": Piece(calendar().encode(), (("event 2@x",),), (("event 1@x",),)),
        "post.mbox": Piece(mailbox(*PEOPLE), (("message 2",),)),
        "arkiv.zip": Piece(zipped(*members), (("member Anna.txt",), ("member lista.csv", "row 2"))),
        "arkiv.tar": Piece(tarred(*members), (("member Anna.txt",), ("member lista.csv", "row 2"))),
        "arkiv.tar.gz": Piece(gzip.compress(tarred(*members), mtime=0), (("member Anna.txt",),)),
        "lista.csv.gz": Piece(gzip.compress(register, mtime=0), (("member lista.csv", "row 2"),)),
        "brev.eml": Piece(mail(f"Bo Dal <{BO}>", ("lista.csv", register)), (("attachment 1: lista.csv", "row 2"),)),
        "not.txt": Piece(said.encode("utf-8-sig"), amend=((),)),
        "not.md": Piece(f"# Möte\n{said}\n".encode(), amend=((),)),
        "not.html": Piece(page.encode(), amend=((),)),
        "not.docx": Piece(word(), amend=((),)),
        "not.odt": Piece(writer(), amend=((),)),
        "Anna Ek/avtal.txt": Piece(f"Avtal med Anna Ek, {ANNA}.\n".encode()),
        "Anna Ek/offert/1.txt": Piece(b"Offert\n"),
        "Anna Ek/kvitto.bin": Piece(bytes(range(256))),
    }


BYSTANDERS = {"Bo Dal/avtal.txt": f"Avtal med Bo Dal, {BO}.\n".encode(), "lista-2.csv": lines(";", PEOPLE[:1]).encode()}
FOLDER = "Anna Ek"
