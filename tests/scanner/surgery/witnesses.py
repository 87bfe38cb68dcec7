"""What other programs' parsers see in a file: the standard library, lxml, openpyxl, odfpy, python-docx."""

from __future__ import annotations

import bz2
import csv
import email
import gzip
import io
import lzma
import mailbox
import re
import tarfile
import tempfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from lxml import html

from tests.scanner.surgery.office_witnesses import (
    spreadsheet_differs,
    word_differs,
    workbook_differs,
    writer_differs,
)

__all__ = ["spreadsheet_differs", "word_differs", "workbook_differs", "writer_differs"]

_DEEPEST = 8
_MAIL = re.compile(rb"(?im)^(?:mime-version|content-type|message-id|received|from):")


def opened(data: bytes, depth: int = 0) -> Iterator[bytes]:
    """The bytes, and those of all that is packed in them, however deep."""
    yield data
    if depth == _DEEPEST:
        return
    for inner in _inside(data):
        yield from opened(inner, depth + 1)


def _inside(data: bytes) -> Iterator[bytes]:
    if data.startswith(b"\x1f\x8b"):
        yield gzip.decompress(data)
    elif data.startswith(b"BZh"):
        yield bz2.decompress(data)
    elif data.startswith(b"\xfd7zXZ"):
        yield lzma.decompress(data)
    elif data[257:262] == b"ustar":
        for member in tar_members(data):
            yield repr(member[:-1]).encode()
            yield member[-1] if isinstance(member[-1], bytes) else b""
    elif zipfile.is_zipfile(io.BytesIO(data)):
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for info in archive.infolist():
                yield b"\0".join((info.filename.encode("utf-8", "surrogateescape"), info.comment, info.extra))
                yield archive.read(info)
    elif _MAIL.search(data[:2000]):
        yield from _letters(data)


def _letters(data: bytes) -> Iterator[bytes]:
    """The decoded parts of a mail, or of every mail of a mailbox."""
    letters = [one for _, one in messages(data)] if data.startswith(b"From ") else [data]
    for letter in letters:
        for part in parts(letter):
            yield part.content


def csv_rows(data: bytes, codec: str, delimiter: str) -> list[list[str]]:
    """All rows, as the csv module gives them."""
    return list(csv.reader(io.StringIO(data.decode(codec), newline=""), delimiter=delimiter))


def html_rows(data: bytes) -> list[tuple[str, ...]]:
    """The texts of the cells of every row of every table."""
    page = html.document_fromstring(data.decode())
    return [tuple(str(cell.xpath("string()")) for cell in row) for row in page.iter("tr")]


def _unfolded(data: bytes) -> list[str]:
    text = re.sub(r"\r?\n[ \t]", "", data.decode())
    return [line for line in re.split(r"\r?\n", text) if line]


def vcards(data: bytes) -> list[tuple[str, ...]]:
    """The lines of each card; those of a card within a card count as the outer one's."""
    return _blocks(_unfolded(data.removeprefix(b"\xef\xbb\xbf")), ("VCARD",))


def components(data: bytes) -> list[tuple[str, ...]]:
    """The lines of each event, to-do, journal entry and free/busy time."""
    return _blocks(_unfolded(data), ("VEVENT", "VTODO", "VJOURNAL", "VFREEBUSY"))


def _blocks(lines: list[str], names: tuple[str, ...]) -> list[tuple[str, ...]]:
    found: list[tuple[str, ...]] = []
    block: list[str] = []
    depth = 0
    for line in lines:
        depth += line in {f"BEGIN:{name}" for name in names}
        if depth:
            block.append(line)
        if line in {f"END:{name}" for name in names}:
            depth -= 1
            if not depth:
                found.append(tuple(block))
                block = []
    return found


def messages(data: bytes) -> list[tuple[str, bytes]]:
    """The From line and the bytes of each message, as the mailbox module gives them."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "box"
        path.write_bytes(data)
        box = mailbox.mbox(path, create=False)
        try:
            return [(box.get_message(key).get_from(), box.get_bytes(key)) for key in box.keys()]  # noqa: SIM118
        finally:
            box.close()


@dataclass(frozen=True)
class Part:
    """A leaf of a mail."""

    kind: str
    content: bytes
    headers: tuple[tuple[str, str], ...]


def parts(data: bytes) -> list[Part]:
    """All leaves of a mail, decoded, those of mails within it too."""
    found = []
    for part in email.message_from_bytes(data).walk():
        if not part.is_multipart():
            content = part.get_payload(decode=True)
            assert isinstance(content, bytes)
            found.append(Part(part.get_content_type(), content, tuple(part.items())))
    return found


def zip_members(data: bytes) -> list[tuple[object, ...]]:
    """All that zipfile tells of each member, with its content."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        return [
            (info.filename, info.date_time, info.compress_type, info.comment, info.extra, info.external_attr,
             info.create_system, info.flag_bits, info.CRC, archive.read(info))
            for info in archive.infolist()
        ]  # fmt: skip


def tar_members(data: bytes) -> list[tuple[object, ...]]:
    """All that tarfile tells of each member, with its content."""
    with tarfile.open(fileobj=io.BytesIO(data), mode="r:") as archive:
        return [
            (info.name, info.size, info.mtime, info.mode, info.type, info.linkname, info.uid, info.gid, info.uname,
             info.gname, sorted(info.pax_headers.items()), _content(archive, info))
            for info in archive.getmembers()
        ]  # fmt: skip


def _content(archive: tarfile.TarFile, info: tarfile.TarInfo) -> bytes:
    stream = archive.extractfile(info) if info.isreg() else None
    return stream.read() if stream is not None else b""
