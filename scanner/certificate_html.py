"""A certificate as one printable page: nothing is loaded or run, and the signed JSON is carried along as data."""

from __future__ import annotations

from functools import singledispatch
from html import escape
from typing import Any

from scanner import certificate_page as blocks
from scanner.certificate import embedded
from scanner.certificate_page import page

_STYLE = """
@page { size: A4; margin: 20mm 18mm; }
* { box-sizing: border-box; }
body { font: 11pt/1.5 Georgia, "Times New Roman", serif; color: #1a1a1a; background: #fff;
  max-width: 178mm; margin: 12mm auto; padding: 0 4mm; }
h1 { font-size: 20pt; line-height: 1.2; margin: 0 0 3mm; font-weight: normal; }
h2 { font-size: 12pt; margin: 9mm 0 2mm; padding-bottom: 1mm; border-bottom: 0.5pt solid #1a1a1a; }
p.lead { color: #3a3a3a; margin: 0 0 6mm; }
p.outcome { border: 1pt solid #1a1a1a; padding: 3mm 4mm; font-size: 13pt; margin: 5mm 0; }
p.incomplete { border-width: 2.5pt; margin-bottom: 2mm; }
p.note { color: #3a3a3a; font-size: 10pt; margin: 2mm 0; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; vertical-align: top; padding: 1.4mm 3mm 1.4mm 0; overflow-wrap: anywhere; }
table.facts th { font-weight: normal; color: #3a3a3a; width: 38%; }
table.sources { font-size: 9.5pt; table-layout: fixed; }
table.sources thead th { overflow-wrap: normal; hyphens: auto; }
table.sources thead th { border-bottom: 0.5pt solid #1a1a1a; }
table.sources tbody tr { border-bottom: 0.25pt solid #8a8a8a; break-inside: avoid; }
td.number, th.number { text-align: right; }
code { font: 9pt/1.4 "DejaVu Sans Mono", Consolas, monospace; }
.sign { display: grid; grid-template-columns: 1fr 1fr; gap: 12mm 10mm; margin-top: 12mm; break-inside: avoid; }
.sign div { border-top: 0.5pt solid #1a1a1a; padding-top: 1mm; font-size: 9pt; color: #3a3a3a; }
@media print { body { margin: 0; padding: 0; max-width: none; } }
"""
OPENING = '<script type="application/json" id="certificate">'
CLOSING = "</script>"
"""What stands around the signed JSON. A browser does not run scripts of this type (HTML: data block)."""


def to_html(values: dict[str, Any], language: str) -> str:
    """The page in Swedish ("sv") or, for anything else, English; the same values always give the same bytes."""
    shown = page(values, language)
    title = escape(f"{shown.title} {shown.case}")
    body = "\n".join(_drawn(block) for block in shown.blocks)
    return (
        f'<!DOCTYPE html>\n<html lang="{shown.language}">\n<head>\n<meta charset="utf-8">\n'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">\n<title>{title}</title>\n'
        f"<style>{_STYLE}</style>\n</head>\n<body>\n<main>\n<h1>{escape(shown.title)}</h1>\n{body}\n</main>\n"
        f"{OPENING}{embedded(values).decode('ascii')}{CLOSING}\n</body>\n</html>\n"
    )


@singledispatch
def _drawn(block: object) -> str:
    raise TypeError(type(block).__name__)


@_drawn.register
def _(block: blocks.Heading) -> str:
    return f"<h2>{escape(block.text)}</h2>"


@_drawn.register
def _(block: blocks.Lead) -> str:
    return f'<p class="lead">{escape(block.text)}</p>'


@_drawn.register
def _(block: blocks.Note) -> str:
    return f'<p class="note">{escape(block.text)}</p>'


@_drawn.register
def _(block: blocks.Paragraph) -> str:
    return f"<p>{escape(block.text)}</p>"


@_drawn.register
def _(block: blocks.Outcome) -> str:
    kind = "outcome incomplete" if block.incomplete else "outcome"
    return f'<p class="{kind}"><strong>{escape(block.label)}:</strong> {escape(block.text)}</p>'


@_drawn.register
def _(block: blocks.Facts) -> str:
    left, right = ("<code>", "</code>") if block.code else ("", "")
    rows = (
        f'<tr><th scope="row">{escape(name)}</th><td>{left}{escape(value)}{right}</td></tr>'
        for name, value in block.rows
    )
    return f'<table class="facts">{"".join(rows)}</table>'


@_drawn.register
def _(block: blocks.Table) -> str:
    head = "".join(
        f'<th scope="col" style="width: {one.width}%"{_class(one)}>{escape(one.title)}</th>' for one in block.columns
    )
    body = "".join(f"<tr>{_cells(block.columns, row)}</tr>" for row in block.rows)
    return f'<table class="sources"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'


@_drawn.register
def _(block: blocks.Lines) -> str:
    return '<div class="sign">' + "".join(f"<div>{escape(line)}</div>" for line in block.texts) + "</div>"


def _cells(columns: tuple[blocks.Column, ...], row: tuple[str, ...]) -> str:
    return "".join(f"<td{_class(one)}>{escape(cell)}</td>" for one, cell in zip(columns, row, strict=True))


def _class(column: blocks.Column) -> str:
    return ' class="number"' if column.number else ""
