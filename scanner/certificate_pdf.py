r"""A certificate as a PDF: the same blocks as the HTML, and the signed JSON as an attached file.

The standard fonts of PDF are used, which know the Latin letters of western Europe; others are shown as `\uXXXX` (the
attached JSON has them as they are). Streams are not compressed, so that the same values give the same bytes wherever
they are drawn with the same version of fpdf2.
"""

from __future__ import annotations

from datetime import datetime
from functools import singledispatchmethod
from itertools import zip_longest
from typing import Any, Literal

from fpdf import FPDF
from fpdf.enums import Align, XPos, YPos
from fpdf.fonts import FontFace

from scanner import certificate_page as blocks
from scanner.certificate import embedded
from scanner.certificate_page import page

ATTACHED = "certificate.json"
OPENING, CLOSING = b"stream\n", b"\nendstream"
"""What stands around the attached JSON; it begins with `{`, as no other stream of such a file does."""

_MARGIN = 18.0  # mm
_SIZE, _SMALL, _CODE, _TINY = 11.0, 10.0, 7.5, 9.0  # points
_LINE = 1.35  # lines, of the type's size
_POINT = 25.4 / 72  # mm
_DARK, _GREY, _PALE = 26, 58, 138
_LIKE = {"–": "-", "—": "-", "’": "'", "‘": "'", "“": '"', "”": '"', "…": "...", "€": "EUR"}


def to_pdf(values: dict[str, Any], language: str) -> bytes:
    """The file in Swedish ("sv") or, for anything else, English; the same values always give the same bytes."""
    shown = page(values, language)
    pdf = _Pdf(shown, values)
    pdf.add_page()
    pdf.put(shown.title, 20, after=3)
    for block, after in zip_longest(shown.blocks, shown.blocks[1:]):
        if isinstance(after, blocks.Lines) and pdf.will_page_break(61):
            pdf.add_page()  # the title of what is signed stays with it
        pdf.draw(block)
    return bytes(pdf.output())


class _Pdf(FPDF):
    """A4, upright; knows how to draw each block."""

    def __init__(self, shown: blocks.Page, values: dict[str, Any]) -> None:
        super().__init__(format="A4", unit="mm")
        self.set_compression(False)
        self.set_margins(_MARGIN, _MARGIN + 2, _MARGIN)
        self.set_auto_page_break(auto=True, margin=_MARGIN + 2)
        self.set_text_color(_DARK)
        self.set_draw_color(_DARK)
        self.set_title(f"{shown.title} {shown.case}")
        self.set_lang(shown.language)
        self.set_producer(f"gallra {values['software']['version']}")
        self.set_creation_date(datetime.fromisoformat(values["dates"]["issued"]))
        self.embed_file(bytes=embedded(values), basename=ATTACHED, mime_type="application/json")
        self._foot = f"{shown.title} {shown.case}"

    def footer(self) -> None:
        """Which certificate this page is of, and its number."""
        self.set_y(-15)
        self.set_font("Times", size=_TINY)
        self.set_text_color(_GREY)
        self.cell(0, 5, latin(f"{self._foot} - {self.page_no()}"), align=Align.R)
        self.set_text_color(_DARK)

    def put(self, text: str, size: float = _SIZE, *, style: str = "", after: float = 1.0, grey: bool = False) -> None:
        """A paragraph over the whole width, and `after` mm of room under it."""
        self.set_font("Times", style, size)
        self.set_text_color(_GREY if grey else _DARK)
        self._lines(text, size)
        self.set_text_color(_DARK)
        self.ln(after)

    @singledispatchmethod
    def draw(self, block: object) -> None:
        """One block, under what is there."""
        raise TypeError(type(block).__name__)

    @draw.register
    def _(self, block: blocks.Heading) -> None:
        if self.will_page_break(25):
            self.add_page()
        self.ln(5)
        self.put(block.text, 12, style="B", after=0.5)
        self.set_line_width(0.18)
        self.line(self.l_margin, self.get_y(), self.w - self.r_margin, self.get_y())
        self.ln(1.5)

    @draw.register
    def _(self, block: blocks.Lead) -> None:
        self.put(block.text, grey=True, after=4)

    @draw.register
    def _(self, block: blocks.Note) -> None:
        self.put(block.text, _SMALL, grey=True, after=2)

    @draw.register
    def _(self, block: blocks.Paragraph) -> None:
        self.put(block.text)

    @draw.register
    def _(self, block: blocks.Outcome) -> None:
        self.ln(2)
        self.set_line_width(0.9 if block.incomplete else 0.35)
        self.set_font("Times", "B", 13)
        self._lines(f"{block.label}: {block.text}", 13, border=1, padding=3)
        self.set_line_width(0.18)
        self.ln(3)

    @draw.register
    def _(self, block: blocks.Facts) -> None:
        code = FontFace(family="Courier", size_pt=_CODE)
        self.set_font("Times", size=_SIZE)
        with self.table(
            borders_layout="NONE", col_widths=(38, 62), first_row_as_headings=False, text_align="L", line_height=5
        ) as table:
            for name, value in block.rows:
                row = table.row()
                row.cell(latin(name), style=FontFace(color=_GREY), v_align="T")
                row.cell(latin(value), style=code if block.code else None, v_align="T")

    @draw.register
    def _(self, block: blocks.Table) -> None:
        self.set_font("Times", size=_TINY)
        self.set_draw_color(_PALE)
        with self.table(
            borders_layout="HORIZONTAL_LINES",
            col_widths=tuple(one.width for one in block.columns),
            text_align=tuple("R" if one.number else "L" for one in block.columns),
            line_height=4.2,
            padding=(1, 1.5, 1, 0),
        ) as table:
            for cells in ([one.title for one in block.columns], *block.rows):
                row = table.row()
                for cell in cells:
                    row.cell(latin(cell), v_align="T")
        self.set_draw_color(_DARK)
        self.ln(1.5)

    @draw.register
    def _(self, block: blocks.Lines) -> None:
        if self.will_page_break(36):
            self.add_page()
        wide = (self.epw - 10) / 2
        for number, text in enumerate(block.texts):
            left = self.l_margin + (number % 2) * (wide + 10)
            top = self.get_y() + (12 if number % 2 == 0 else 0)
            self.line(left, top, left + wide, top)
            self.set_xy(left, top + 1)
            self.set_font("Times", size=_TINY)
            self.cell(wide, 4, latin(text))
            self.set_xy(self.l_margin, top + 5 if number % 2 else top)

    def _lines(self, text: str, size: float, *, border: Literal[0, 1] = 0, padding: int = 0) -> None:
        self.multi_cell(
            0,
            size * _LINE * _POINT,
            latin(text),
            border=border,
            align=Align.L,
            padding=padding,
            new_x=XPos.LMARGIN,
            new_y=YPos.NEXT,
        )


def latin(text: str) -> str:
    """The text in the letters of the standard fonts; all others as escapes."""
    for one, like in _LIKE.items():
        text = text.replace(one, like)
    return text.encode("latin-1", "backslashreplace").decode("latin-1")
