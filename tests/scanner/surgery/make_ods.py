"""OpenDocument sheets by odfpy with rows whose every value is known, in the manifold ways that people make them."""

from __future__ import annotations

import io
import random

from odf.dc import Creator
from odf.office import Annotation
from odf.opendocument import OpenDocumentSpreadsheet
from odf.style import Style, TextProperties
from odf.table import CoveredTableCell, Table, TableCell, TableColumn, TableHeaderRows, TableRow
from odf.text import A, P

from tests.scanner.surgery.make_xlsx import HEAD, TOWNS, Made


def make(rng: random.Random, rows: int) -> Made:
    """A document with so many data rows over one to three sheets, and a sheet of formulas that look at them."""
    document = OpenDocumentSpreadsheet()
    bold = Style(name="Fet", family="table-cell")
    bold.addElement(TextProperties(fontweight="bold"))
    document.automaticstyles.addElement(bold)
    made = Made(b"")
    sheets = rng.randint(1, 3)
    left = rows
    shown: dict[tuple[str, int], str] = {}
    for number in range(1, sheets + 1):
        count = left if number == sheets else rng.randint(0, left)
        left -= count
        title = f"Blad {number}" if number > 1 else "Kunder"
        document.spreadsheet.addElement(_sheet(rng, title, count, made, bold, shown))
    document.spreadsheet.addElement(_looking(rng, shown))
    document.addThumbnail(b"\x89PNG\r\n\x1a\n a picture of the first sheet")
    buffer = io.BytesIO()
    document.save(buffer)
    made.data = buffer.getvalue()
    return made


def _sheet(
    rng: random.Random, title: str, count: int, made: Made, bold: Style, shown: dict[tuple[str, int], str]
) -> Table:
    table = Table(name=title)
    table.addElement(TableColumn(numbercolumnsrepeated=len(HEAD)))
    head = TableHeaderRows()
    head.addElement(_row([_text(word, stylename=bold) for word in HEAD]))
    table.addElement(head)
    at = 2
    while at < count + 2:
        token = f"{rng.getrandbits(40):010x}"
        times = rng.randint(2, 4) if rng.random() < 0.05 else 1
        cells = [
            _text(f"Kanarie Q{token}", stylename=bold if rng.random() < 0.1 else None),
            _linked(f"q{token}@x.example") if rng.random() < 0.3 else _text(f"q{token}@x.example"),
            _text(f"07{rng.randrange(10**8):08d}"),
            _text(rng.choice(TOWNS)),
            _number(rng.randrange(1000)),
        ]
        told = [f"Kanarie Q{token}", f"q{token}@x.example"]
        told += _extras(cells, rng, token, at)
        cells.append(TableCell(numbercolumnsrepeated=1000))
        row = _row(cells)
        if times > 1:
            row.setAttribute("numberrowsrepeated", times)
        table.addElement(row)
        for number in range(at, at + times):
            made.rows[title, number] = told if times == 1 else []
            if times == 1:
                shown[title, number] = told[0]
        at += times
    blank = _row([TableCell(numbercolumnsrepeated=4)])
    blank.setAttribute("numberrowsrepeated", 3)
    table.addElement(blank)
    table.addElement(_row([_text("Summa"), _number(7, formula=f"of:=SUM([.E2:.E{count + 1}])")]))
    return table


def _extras(cells: list[TableCell], rng: random.Random, token: str, row: int) -> list[str]:
    told = []
    if rng.random() < 0.2:
        note = Annotation()
        note.addElement(Creator(text="Lena Skog"))
        note.addElement(P(text=f"Ring om Z{token}"))
        cells[0].insertBefore(note, cells[0].childNodes[0])
        told.append(f"Z{token}")
    if rng.random() < 0.3:
        cells.append(_text(f"anteckning W{token} åäö <&>"))
        told.append(f"W{token}")
    elif rng.random() < 0.3:
        cells.append(_number(4, formula=f"of:=[.E{row}]*2"))
    elif rng.random() < 0.2:
        cells.append(_text("över två", numbercolumnsspanned=2, numberrowsspanned=1))
        cells.append(CoveredTableCell())
    return told


def _looking(rng: random.Random, shown: dict[tuple[str, int], str]) -> Table:
    table = Table(name="Uppslag")
    table.addElement(_row([_text("Vem")]))
    for title, row in rng.sample(sorted(shown), min(5, len(shown))):
        where = f"$'{title}'" if " " in title else f"${title}"
        cell = TableCell(formula=f"of:=[{where}.A{row}]", valuetype="string", stringvalue=shown[title, row])
        cell.addElement(P(text=shown[title, row]))
        table.addElement(_row([cell]))
    return table


def _row(cells: list[TableCell]) -> TableRow:
    row = TableRow()
    for cell in cells:
        row.addElement(cell)
    return row


def _text(text: str, **attributes: object) -> TableCell:
    cell = TableCell(valuetype="string", **{key: value for key, value in attributes.items() if value is not None})
    cell.addElement(P(text=text))
    return cell


def _linked(address: str) -> TableCell:
    cell = TableCell(valuetype="string")
    paragraph = P()
    paragraph.addElement(A(href=f"mailto:{address}", text=address))
    cell.addElement(paragraph)
    return cell


def _number(value: int, **attributes: object) -> TableCell:
    cell = TableCell(valuetype="float", value=value, **attributes)
    cell.addElement(P(text=str(value)))
    return cell
