"""Workbooks by openpyxl with rows whose every value is known, in the manifold ways that people make them."""

from __future__ import annotations

import io
import random
import re
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field

import openpyxl
from openpyxl.comments import Comment
from openpyxl.styles import Font, PatternFill
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.table import Table
from openpyxl.worksheet.worksheet import Worksheet

HEAD = ("Namn", "E-post", "Telefon", "Ort", "Belopp", "Anteckning", "Total")
TOWNS = ("Lund", "Kiruna", "Ystad", "Visby")


@dataclass(slots=True)
class Made:
    """The bytes, and for each (sheet, row of the sheet) the strings that stand in no other row."""

    data: bytes
    rows: dict[tuple[str, int], list[str]] = field(default_factory=dict)
    first: int = 2  # the sheet's row that is `row 1`


def make(rng: random.Random, rows: int) -> Made:
    """A workbook with so many data rows over one to three sheets, and a sheet of formulas that look at them."""
    book = openpyxl.Workbook()
    made = Made(b"")
    sheets = rng.randint(1, 3)
    book.remove(book.worksheets[0])
    left = rows
    for number in range(1, sheets + 1):
        count = left if number == sheets else rng.randint(0, left)
        left -= count
        _sheet(book, rng, f"Blad {number}" if number > 1 else "Kunder", count, made)
    shown = _looking(book, rng, made)
    buffer = io.BytesIO()
    book.save(buffer)
    made.data = with_parts(buffer.getvalue(), {f"xl/worksheets/sheet{sheets + 1}.xml": lambda xml: _cached(xml, shown)})
    if rng.random() < 0.7:
        made.data = with_shared_strings(made.data)
    return made


_INLINE = re.compile(r'(<c r="[A-Z]+\d+"(?: s="\d+")?) t="inlineStr"><is>(<t[^>]*>[^<]*</t>)</is></c>')
_STRINGS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/sharedStrings"


def with_shared_strings(data: bytes) -> bytes:
    """The workbook with its strings in a part of their own, each once, as Excel writes them; openpyxl does not."""
    known: dict[str, int] = {}

    def pointed(match: re.Match[str]) -> str:
        return f'{match[1]} t="s"><v>{known.setdefault(match[2], len(known))}</v></c>'

    with zipfile.ZipFile(io.BytesIO(data)) as whole:
        sheets = [name for name in whole.namelist() if name.startswith("xl/worksheets/sheet")]
    data = with_parts(data, dict.fromkeys(sheets, lambda xml: _INLINE.sub(pointed, xml)))
    items = "".join(f"<si>{text}</si>" for text in known)
    space = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"
    rel = f'<Relationship Id="rIdS" Type="{_STRINGS}" Target="sharedStrings.xml"/></Relationships>'
    override = f'<Override PartName="/xl/sharedStrings.xml" ContentType="{kind}"/></Types>'
    return with_parts(
        data,
        {
            "xl/_rels/workbook.xml.rels": lambda xml: xml.replace("</Relationships>", rel),
            "[Content_Types].xml": lambda xml: xml.replace("</Types>", override),
        },
        {"xl/sharedStrings.xml": f'<sst xmlns="{space}" uniqueCount="{len(known)}">{items}</sst>'},
    )


def with_parts(data: bytes, parts: dict[str, Callable[[str], str]], more: dict[str, str] | None = None) -> bytes:
    """The workbook with some parts' XML passed through these, and some new parts."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for info in old.infolist():
            content = old.read(info)
            if info.filename in parts:
                content = parts[info.filename](content.decode()).encode()
            new.writestr(info, content)
        for name, text in (more or {}).items():
            new.writestr(name, text)
    return out.getvalue()


def _cached(xml: str, shown: dict[str, str]) -> str:
    """The last results of formulas, which openpyxl does not write and Excel does."""
    for place, value in shown.items():
        xml, count = re.subn(
            rf'<c r="{place}"( s="\d+")?><f>([^<]*)</f><v ?/?>(</v>)?',
            rf'<c r="{place}"\1 t="str"><f>\2</f><v>{value}</v>',
            xml,
        )
        assert count == 1
    return xml


def _sheet(book: openpyxl.Workbook, rng: random.Random, title: str, count: int, made: Made) -> None:
    sheet = book.create_sheet(title)
    sheet.append(HEAD)
    for cell in sheet[1]:
        cell.font = Font(bold=True)
    for row in range(2, count + 2):
        if row > 2 and rng.random() < 0.03:  # the same row once more, as registers have them
            for column in range(1, 6):
                sheet.cell(row, column, sheet.cell(row - 1, column).value)
            made.rows[title, row] = []
            made.rows[title, row - 1] = []
            continue
        token = f"{rng.getrandbits(40):010x}"
        values = (f"Kanarie Q{token}", f"q{token}@x.example", f"07{rng.randrange(10**8):08d}", rng.choice(TOWNS))
        for column, value in enumerate(values, 1):
            sheet.cell(row, column, value)
        sheet.cell(row, 5, rng.randrange(1000))
        told = [values[0], values[1]]
        told += _extras(sheet, rng, row, token)
        made.rows[title, row] = told
    sheet["E1"].fill = PatternFill("solid", fgColor="FFEE00")
    sheet.cell(count + 4, 4, "Summa")
    sheet.cell(count + 4, 5, f"=SUM(E2:E{count + 1})")
    rule = DataValidation(type="list", formula1='"Lund,Kiruna,Ystad,Visby"', allow_blank=True)
    rule.add(f"D2:D{count + 2}")
    sheet.add_data_validation(rule)
    sheet.merge_cells(start_row=count + 6, end_row=count + 6, start_column=1, end_column=3)
    sheet.freeze_panes = "A2"
    sheet.print_title_rows = "1:1"
    if title == "Kunder" and count > 1 and rng.random() < 0.5:
        sheet.add_table(Table(displayName="Kundlista", ref=f"A1:G{count + 1}"))
    else:
        sheet.auto_filter.ref = f"A1:G{count + 1}"


def _extras(sheet: Worksheet, rng: random.Random, row: int, token: str) -> list[str]:
    told = []
    if rng.random() < 0.2:
        sheet.cell(row, 1).comment = Comment(f"Ring om Z{token}", "Lena Skog")
        told.append(f"Z{token}")
    if rng.random() < 0.2:
        sheet.cell(row, 2).hyperlink = f"mailto:q{token}@x.example"
    if rng.random() < 0.3:
        sheet.cell(row, 6, f"anteckning  W{token} åäö <&>").font = Font(italic=True)
        told.append(f"W{token}")
    if rng.random() < 0.3:
        sheet.cell(row, 7, f"=E{row}*2")
    if rng.random() < 0.1:
        rule = DataValidation(type="decimal", promptTitle="Obs", prompt=f"Fråga V{token}")
        rule.add(f"E{row}")
        sheet.add_data_validation(rule)
        told.append(f"V{token}")
    if rng.random() < 0.1:
        sheet.row_dimensions[row].height = 30
    return told


def _looking(book: openpyxl.Workbook, rng: random.Random, made: Made) -> dict[str, str]:
    """A sheet of formulas that show cells of the others; answers what they showed last, by place."""
    sheet = book.create_sheet("Uppslag")
    sheet.append(("Vem", "Belopp"))
    shown = {}
    for number, (title, row) in enumerate(rng.sample(sorted(made.rows), min(5, len(made.rows))), 2):
        sheet.append((f"='{title}'!A{row}", f"='{title}'!E{row}"))
        shown[f"A{number}"] = str(book[title].cell(row, 1).value)
    book.defined_names["Belopp"] = DefinedName("Belopp", attr_text="Kunder!$E$2:$E$9")
    return shown


def steps(sheet: str, row: int, first: int = 2) -> tuple[str, str]:
    """Where a scan finds the row."""
    return (f"sheet {sheet}", f"row {row - first + 1}")
