"""The simpler papers: pdf, html, plain text, csv, pictures, mbox, contact cards and calendars from their parts."""

from __future__ import annotations

import csv
import functools
import io
from collections.abc import Sequence
from datetime import UTC, datetime
from html import escape

from fpdf import FPDF
from PIL import Image

from tests.world.model import Steps
from tests.world.truth import Draft, Piece

_DATE = datetime(2024, 1, 2, 3, 4, tzinfo=UTC)


def pdf(pages: Sequence[tuple[Sequence[str], Draft | None]]) -> Piece:
    """A PDF; every line is one run of text, so keep lines under 95 letters of Latin-1."""
    paper = FPDF()
    paper.set_creation_date(_DATE)
    paper.set_auto_page_break(False)
    paper.set_font("Helvetica", size=10)
    for lines, _ in pages:
        paper.add_page()
        for line in lines:
            paper.cell(0, 5, line, new_x="LMARGIN", new_y="NEXT")
    records: list[tuple[Steps, Draft]] = [
        ((f"page {number}",), draft) for number, (_, draft) in enumerate(pages, 1) if draft is not None
    ]
    return Piece(bytes(paper.output()), records)


def picture_pdf(shade: int) -> bytes:
    """A scanned page: a picture and no text."""
    paper = FPDF()
    paper.set_creation_date(_DATE)
    paper.add_page()
    paper.image(Image.new("L", (60, 80), shade), 10, 10, 150, 200)
    return bytes(paper.output())


def html(title: str, paragraphs: Sequence[str], draft: Draft | None = None) -> Piece:
    """A saved web page, with a script that holds nothing."""
    body = "\n".join(f"<p>{escape(text)}</p>" for text in paragraphs)
    head = f'<!DOCTYPE html>\n<html lang="sv"><head><meta charset="utf-8"><title>{escape(title)}</title>'
    page = f"{head}\n<script>var besok = 1;</script></head>\n<body>\n{body}\n</body></html>\n"
    return Piece(page.encode(), [((), draft)] if draft else [])


def text(lines: Sequence[str], draft: Draft | None = None, encoding: str = "utf-8") -> Piece:
    """Plain text; Latin-1 and UTF-16 come with Windows line ends, as they do."""
    end = "\n" if encoding == "utf-8" else "\r\n"
    return Piece((end.join(lines) + end).encode(encoding), [((), draft)] if draft else [])


def table(header: Sequence[str], rows: Sequence[tuple[Sequence[str], Draft | None]], encoding: str = "cp1252") -> Piece:
    """A csv as a Swedish Excel writes it: `;`, CRLF, no UTF-8 unless marked."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, delimiter=";")
    writer.writerow(header)
    writer.writerows(row for row, _ in rows)
    records: list[tuple[Steps, Draft]] = [
        ((f"row {number}",), draft) for number, (_, draft) in enumerate(rows, 1) if draft is not None
    ]
    return Piece(buffer.getvalue().encode(encoding), records)


def mbox(messages: Sequence[Piece]) -> Piece:
    """An old mailbox file (RFC 4155)."""
    parts: list[bytes] = []
    records: list[tuple[Steps, Draft]] = []
    for number, piece in enumerate(messages, 1):
        lines = piece.data.replace(b"\r\n", b"\n").replace(b"\nFrom ", b"\n>From ")
        parts.append(b"From MAILER-DAEMON Tue Jan  2 03:04:00 2024\n" + lines.rstrip(b"\n") + b"\n\n")
        records += piece.below(f"message {number}")
    return Piece(b"".join(parts), records)


@functools.cache
def picture(shade: int) -> bytes:
    """A small photo, of which nobody can tell without looking that no text is in it."""
    buffer = io.BytesIO()
    Image.new("RGB", (240, 180), (shade, 90, 255 - shade)).save(buffer, "JPEG", quality=60)
    return buffer.getvalue()


def calendar(events: Sequence[tuple[str, str, Draft]]) -> Piece:
    """A calendar of `(uid, event, draft)`; see `tests.world.meetings`."""
    body = "".join(event for _, event, _ in events)
    page = f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Invex//Kalender//SV\r\n{body}END:VCALENDAR\r\n"
    return Piece(page.encode(), [((f"event {uid}",), draft) for uid, _, draft in events])


def cards(written: Sequence[tuple[str, Draft]]) -> Piece:
    """A file of contact cards."""
    records: list[tuple[Steps, Draft]] = [((f"card {number}",), draft) for number, (_, draft) in enumerate(written, 1)]
    return Piece("".join(card for card, _ in written).encode(), records)


def fold(line: str) -> str:
    """A line of iCalendar or vCard folded at 75 octets (RFC 5545 3.1, RFC 6350 3.2), never inside a letter."""
    out, width = "", 0
    for letter in line:
        size = len(letter.encode())
        if width + size > 75:
            out, width = out + "\r\n ", 1
        out, width = out + letter, width + size
    return out + "\r\n"
