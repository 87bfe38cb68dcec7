"""A letter as a PDF of A4 pages, with the standard fonts of PDF, which know the letters of western Europe only."""

from __future__ import annotations

from functools import singledispatchmethod
from typing import Final

from fpdf import FPDF
from fpdf.enums import Align, XPos, YPos

from scanner.certificate_pdf import latin
from scanner.hands.letter import Boxes, Facts, Heading, Letter, Lines, Paragraph, Rows, values_of
from scanner.printable import clean
from scanner.refusal import Refusal

_MARGIN: Final = 20.0  # mm
_SIZE: Final = 11.0  # points
_SMALL: Final = 9.0
_LINE: Final = 5.2  # mm
_DARK: Final = 26
_GREY: Final = 90
_BOX: Final = 3.6  # mm


def to_pdf(letter: Letter) -> bytes:
    """The file. Raises Refusal where a name or a path has letters that it could not show as they are."""
    if not fits_pdf(letter):
        raise Refusal(
            "a PDF cannot show all letters of it as they are, and a name must not be changed: use .html or .txt"
        )
    pdf = _Pdf(letter)
    pdf.add_page()
    pdf.say(letter.title, 18, after=4)
    for block in letter.blocks:
        pdf.draw(block)
    return bytes(pdf.output())


def fits_pdf(letter: Letter) -> bool:
    """True where the fonts have every letter of it; dashes and quotes may be simplified."""
    letters = {one for text in values_of(letter) for one in clean(text)} - {"\\"}
    return not any(latin(one).startswith("\\") for one in letters)


class _Pdf(FPDF):
    """Knows how to draw each block."""

    def __init__(self, letter: Letter) -> None:
        super().__init__(format="A4", unit="mm")
        self.set_margins(_MARGIN, _MARGIN, _MARGIN)
        self.set_auto_page_break(auto=True, margin=_MARGIN)
        self.set_text_color(_DARK)
        self.set_draw_color(_DARK)
        self.set_title(latin(letter.subject))
        self.set_lang(letter.language)
        self.set_producer("gallra")
        self._foot = letter.subject

    def footer(self) -> None:
        """Which letter this page is of, and its number."""
        self.set_y(-14)
        self.set_font("Times", size=_SMALL)
        self.set_text_color(_GREY)
        self.cell(0, 5, latin(f"{self._foot} - {self.page_no()}"), align=Align.R)
        self.set_text_color(_DARK)

    def say(self, text: str, size: float = _SIZE, *, style: str = "", after: float = 2.0) -> None:
        """A paragraph, and `after` mm of room under it."""
        self.set_font("Times", style, size)
        self.multi_cell(0, _LINE * size / _SIZE, latin(clean(text)), align=Align.L, new_x=XPos.LMARGIN, new_y=YPos.NEXT)
        self.ln(after)

    @singledispatchmethod
    def draw(self, block: object) -> None:
        """One block, under what is there."""
        raise TypeError(type(block).__name__)

    @draw.register
    def _(self, block: Heading) -> None:
        if block.apart or self.will_page_break(30):
            self.add_page()
        self.ln(3)
        self.say(block.text, 12.5, style="B", after=1)

    @draw.register
    def _(self, block: Paragraph) -> None:
        self.say(block.text)

    @draw.register
    def _(self, block: Facts) -> None:
        self.set_font("Times", size=_SIZE)
        with self.table(
            borders_layout="NONE", col_widths=(28, 72), first_row_as_headings=False, text_align="L", line_height=_LINE
        ) as table:
            for name, value in block.rows:
                row = table.row()
                row.cell(latin(clean(name)), v_align="T")
                row.cell(latin(clean(value)), v_align="T")
        self.ln(2)

    @draw.register
    def _(self, block: Rows) -> None:
        self.set_font("Times", size=_SMALL)
        with self.table(
            borders_layout="HORIZONTAL_LINES",
            col_widths=(20, 65, 15),
            text_align="L",
            line_height=4.4,
            padding=(1, 1.5, 1, 0),
        ) as table:
            for cells in (block.titles, *block.rows):
                row = table.row()
                for cell in cells:
                    row.cell(latin(clean(cell)), v_align="T")
        self.ln(3)

    @draw.register
    def _(self, block: Boxes) -> None:
        for text in block.texts:
            if self.will_page_break(12):
                self.add_page()
            self.rect(self.l_margin, self.get_y() + 0.7, _BOX, _BOX)
            self.set_x(self.l_margin + _BOX + 3)
            self.say(text, after=2.5)

    @draw.register
    def _(self, block: Lines) -> None:
        if self.will_page_break(40):
            self.add_page()
        wide = (self.epw - 10) / 2
        for number, text in enumerate(block.texts):
            left = self.l_margin + (number % 2) * (wide + 10)
            top = self.get_y() + (14 if number % 2 == 0 else 0)
            self.line(left, top, left + wide, top)
            self.set_xy(left, top + 1)
            self.set_font("Times", size=_SMALL)
            self.cell(wide, 4, latin(text))
            self.set_xy(self.l_margin, top + 5 if number % 2 else top)
