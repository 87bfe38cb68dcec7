"""Office documents: docx, odt and xlsx. Libraries make the shells once; the bodies are put in, which is quick."""

from __future__ import annotations

import functools
import io
import re
import zipfile
from collections.abc import Sequence
from html import escape

import openpyxl
from docx import Document
from odf.opendocument import OpenDocumentText

from tests.world.model import Steps
from tests.world.packing import settle, zip_bytes
from tests.world.truth import Draft, Piece

Sheet = tuple[str, Sequence[str], Sequence[tuple[Sequence[object], Draft | None]]]  # name, header, rows

_NAMESPACE = re.compile(rb' xmlns:([a-z0-9]+)="[^"]*"')
_ROOT = re.compile(rb"<[a-z]+:[a-z-]+")
_THUMBNAIL = re.compile(rb"<Relationship [^>]*thumbnail[^>]*/>")


def docx(paragraphs: Sequence[str], draft: Draft | None = None, table: Sequence[Sequence[str]] = ()) -> Piece:
    """A Word document. A `|` in a paragraph ends a run: Word cuts a name in two like that when one half is edited."""
    body = "".join(_paragraph(text) for text in paragraphs) + (_table(table) if table else "")
    head, tail, parts = _word()
    members = [*parts, ("word/document.xml", (head + body + tail).encode())]
    return Piece(zip_bytes(members), [((), draft)] if draft else [])


def odt(paragraphs: Sequence[str], draft: Draft | None = None) -> Piece:
    """A LibreOffice text."""
    head, tail, parts = _writer()
    body = "".join(f"<text:p>{escape(text)}</text:p>" for text in paragraphs)
    members = [(name, (head + body + tail).encode() if name == "content.xml" else data) for name, data in parts]
    return Piece(zip_bytes(members), [((), draft)] if draft else [])


def xlsx(sheets: Sequence[Sheet]) -> Piece:
    """A workbook; rows count from 1 below the header."""
    book = openpyxl.Workbook(write_only=True)
    records: list[tuple[Steps, Draft]] = []
    for name, header, rows in sheets:
        page = book.create_sheet(name)
        page.append(list(header))
        for number, (values, draft) in enumerate(rows, 1):
            page.append(list(values))
            if draft is not None:
                records.append(((f"sheet {name}", f"row {number}"), draft))
    buffer = io.BytesIO()
    book.save(buffer)
    return Piece(settle(buffer.getvalue()), records)


def _paragraph(text: str) -> str:
    runs = "".join(f'<w:r><w:t xml:space="preserve">{escape(run)}</w:t></w:r>' for run in text.split("|"))
    return f"<w:p>{runs}</w:p>"


def _table(rows: Sequence[Sequence[str]]) -> str:
    cells = ("".join(f"<w:tc>{_paragraph(cell)}</w:tc>" for cell in row) for row in rows)
    lines = "".join(f"<w:tr>{row}</w:tr>" for row in cells)
    grid = "<w:gridCol/>" * len(rows[0])
    return f"<w:tbl><w:tblPr/><w:tblGrid>{grid}</w:tblGrid>{lines}</w:tbl>"


@functools.cache
def _word() -> tuple[str, str, list[tuple[str, bytes]]]:
    buffer = io.BytesIO()
    Document().save(buffer)
    parts = dict(_members(buffer.getvalue()))
    body = parts.pop("word/document.xml").decode()
    parts.pop("docProps/thumbnail.jpeg", None)
    parts["_rels/.rels"] = _THUMBNAIL.sub(b"", parts["_rels/.rels"])
    cut = body.index("<w:sectPr")
    return body[:cut], body[cut:], list(parts.items())


@functools.cache
def _writer() -> tuple[str, str, list[tuple[str, bytes]]]:
    buffer = io.BytesIO()
    OpenDocumentText().save(buffer)
    parts = [(name, _own_namespaces(data)) for name, data in _members(buffer.getvalue())]
    head, _, tail = dict(parts)["content.xml"].decode().partition("<office:text/>")
    return head + "<office:text>", "</office:text>" + tail, parts


def _own_namespaces(data: bytes) -> bytes:
    """Only the namespaces that are used: odfpy also writes those that other documents of this process have used."""
    found = {match[1]: match[0] for match in _NAMESPACE.finditer(data)}
    bare = _NAMESPACE.sub(b"", data)
    root = _ROOT.search(bare)
    if root is None:
        return data
    used = [found[prefix] for prefix in sorted(found) if prefix in (b"office", b"text") or prefix + b":" in bare]
    return bare[: root.end()] + b"".join(used) + bare[root.end() :]


def _members(data: bytes) -> list[tuple[str, bytes]]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return [(info.filename, archive.read(info)) for info in archive.infolist()]
