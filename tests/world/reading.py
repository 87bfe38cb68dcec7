"""Reads a world back with other people's libraries only: the witness of `test_world.py`."""

from __future__ import annotations

import csv
import email
import email.policy
import io
import mailbox
import quopri
import re
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from email.message import EmailMessage
from pathlib import Path

import openpyxl
import pypdfium2
from docx import Document
from lxml import html as lxml_html
from odf import teletype
from odf.opendocument import load as load_odf
from odf.text import P

Read = Iterator[tuple[tuple[str, ...], str]]
CELL = " ¦ "  # between cells, so that a name does not come about by chance


def read_folder(root: Path) -> Iterator[tuple[str, tuple[str, ...], str]]:
    """Every record of a folder source: path, steps, text."""
    for file in sorted(root.rglob("*")):
        if file.is_file():
            path = file.relative_to(root).as_posix()
            for steps, text in read(file.name, file.read_bytes()):
                yield path, steps, text


def read_maildir(root: Path) -> Iterator[tuple[str, tuple[str, ...], str]]:
    """Every record of the mailbox: FOLDER/UNIQUE, steps, text."""
    box = mailbox.Maildir(str(root), create=False)
    folders = {"INBOX": box, **{name: box.get_folder(name) for name in box.list_folders()}}
    for name, folder in sorted(folders.items()):
        for key in sorted(folder.keys()):
            for steps, text in _message(folder.get_bytes(key)):
                yield f"{name}/{key}", steps, text


def read(name: str, data: bytes) -> Read:
    """The records of one file; nothing for what cannot be read."""
    ending = "tar.gz" if name.endswith(".tar.gz") else name.rpartition(".")[2].lower()
    reader = _READERS.get(ending)
    if reader is not None:
        try:
            yield from reader(data)
        except (zipfile.BadZipFile, RuntimeError, KeyError):
            return


def _docx(data: bytes) -> Read:
    document = Document(io.BytesIO(data))
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    yield (), "\n".join([*(each.text for each in document.paragraphs), *cells])


def _odt(data: bytes) -> Read:
    document = load_odf(io.BytesIO(data))
    yield (), "\n".join(teletype.extractText(each) for each in document.getElementsByType(P))


def _xlsx(data: bytes) -> Read:
    book = openpyxl.load_workbook(io.BytesIO(data), read_only=True)
    for sheet in book:
        for number, row in enumerate(sheet.iter_rows(values_only=True)):
            if number:
                yield (f"sheet {sheet.title}", f"row {number}"), CELL.join(str(cell or "") for cell in row)


def _pdf(data: bytes) -> Read:
    document = pypdfium2.PdfDocument(data)
    for number, page in enumerate(document, 1):
        yield (f"page {number}",), page.get_textpage().get_text_range().replace("\r\n", "\n")
    document.close()


def _decoded(data: bytes) -> str:
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data.decode("utf-16")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252")


def _text(data: bytes) -> Read:
    yield (), _decoded(data)


def _html(data: bytes) -> Read:
    yield (), _visible(data)


def _visible(page: str | bytes) -> str:
    found = lxml_html.fromstring(page).xpath("//body//text()[not(ancestor::script)]")
    assert isinstance(found, list)
    return "\n".join(str(each) for each in found)


def _csv(data: bytes) -> Read:
    header, *rows = csv.reader(io.StringIO(_decoded(data)), delimiter=";")
    for number, row in enumerate(rows, 1):
        cells = dict(zip(header, row, strict=True))
        whole = f"{cells['Förnamn']} {cells['Efternamn']}" if "Förnamn" in cells else ""
        yield (f"row {number}",), CELL.join([*row, whole])


def _unfolded(data: bytes) -> list[str]:
    return re.sub(r"\r\n[ \t]", "", data.decode("utf-8")).split("\r\n")


def _vcf(data: bytes) -> Read:
    number, lines = 0, list[str]()
    for line in _unfolded(data):
        lines = [] if line == "BEGIN:VCARD" else [*lines, _unquoted(line)]
        if line == "END:VCARD":
            number += 1
            yield (f"card {number}",), "\n".join(lines)


def _unquoted(line: str) -> str:
    name, _, value = line.partition(":")
    return f"{name}:{quopri.decodestring(value).decode()}" if "QUOTED-PRINTABLE" in name else line


def _ics(data: bytes) -> Read:
    uid, lines = "", list[str]()
    for line in _unfolded(data):
        lines = [] if line == "BEGIN:VEVENT" else [*lines, line]
        uid = line.removeprefix("UID:") if line.startswith("UID:") else uid
        if line == "END:VEVENT":
            yield (f"event {uid}",), "\n".join(lines)


def _message(data: bytes) -> Read:
    message = email.message_from_bytes(data, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    assert not message.defects
    yield from _parts(message)


def _parts(message: EmailMessage) -> Read:
    lines = [str(message[name]) for name in ("From", "To", "Cc", "Subject") if message[name]]
    bodies = [part for part in _leaves(message) if part.get_content_disposition() != "attachment"]
    yield (), "\n".join([*lines, *(_body(part) for part in bodies)])
    attached = [part for part in _leaves(message) if part.get_content_disposition() == "attachment"]
    for number, part in enumerate(attached, 1):
        step = f"attachment {number}: {part.get_filename()}"
        if part.get_content_type() == "message/rfc822":
            inner = part.get_content()
            assert isinstance(inner, EmailMessage)
            records = _parts(inner)
        else:
            content = part.get_payload(decode=True)
            assert isinstance(content, bytes)
            records = read(part.get_filename() or "", content)
        for steps, text in records:
            yield (step, *steps), text


def _leaves(message: EmailMessage) -> list[EmailMessage]:
    """The parts of this message, not those of a message in it."""
    if message.get_content_maintype() != "multipart":
        return [message]
    return [leaf for part in message.iter_parts() if isinstance(part, EmailMessage) for leaf in _leaves(part)]


def _body(part: EmailMessage) -> str:
    content = part.get_content()
    if part.get_content_type() == "text/html":
        return _visible(content)
    return str(content)


def _zip(data: bytes) -> Read:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for name in archive.namelist():
            for steps, text in read(name, archive.read(name)):
                yield (f"member {name}", *steps), text


def _tar(data: bytes) -> Read:
    with tarfile.open(fileobj=io.BytesIO(data), mode="r:gz") as archive:
        for member in archive.getmembers():
            file = archive.extractfile(member)
            assert file is not None
            for steps, text in read(member.name, file.read()):
                yield (f"member {member.name}", *steps), text


def _mbox(data: bytes) -> Read:
    starts = [match.start() for match in re.finditer(rb"^From ", data, re.MULTILINE)]
    for number, (start, end) in enumerate(zip(starts, [*starts[1:], len(data)], strict=True), 1):
        for steps, text in _message(data[data.index(b"\n", start) + 1 : end]):
            yield (f"message {number}", *steps), text


_READERS: dict[str, Callable[[bytes], Read]] = {
    **{"docx": _docx, "odt": _odt, "xlsx": _xlsx, "pdf": _pdf, "txt": _text, "html": _html, "csv": _csv},
    **{"vcf": _vcf, "ics": _ics, "eml": _message, "zip": _zip, "tar.gz": _tar, "mbox": _mbox},
}
