"""A certificate as one printable page: no script, no outside file, nothing but what the JSON holds."""

from __future__ import annotations

from datetime import datetime
from html import escape
from typing import Any

from scanner.certificate_texts import GAPS_SV, TEXTS, counted
from scanner.verify import COMPLETE, INCOMPLETE

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
_WIDTHS = {"source": 16, "items": 9, "records": 11, "scanned_at": 17, "findings": 24, "not_searched": 23}  # per cent


def to_html(values: dict[str, Any], language: str) -> str:
    """The page in Swedish ("sv") or, for anything else, English."""
    language = language if language in TEXTS else "en"
    text = TEXTS[language]
    body = [
        f"<h1>{escape(text['title'])}</h1>",
        f'<p class="lead">{escape(text["lead"])}</p>',
        _facts(_head(values, text)),
        _outcome(values, text),
        _note(text["incomplete_note"]) if values["outcome"] == INCOMPLETE else "",
        _facts([(text["total"], _counted(values["states"], text))]),
        _heading(text["dates"]),
        _facts([(text[name], _day(values["dates"][name])) for name in values["dates"]]),
        _heading(text["sources"]),
        _sources(values["sources"], text, language),
        _note(text["scope"]),
        _heading(text["verification"]),
        _verification(values["verification"], text),
        _heading(text["traces"]),
        _facts(_traces(values, text), code=True),
        _heading(text["sign"]),
        _signature(values, text),
    ]
    title = escape(f"{text['title']} {values['case']}")
    return (
        f'<!DOCTYPE html>\n<html lang="{language}">\n<head>\n<meta charset="utf-8">\n'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">\n<title>{title}</title>\n'
        f"<style>{_STYLE}</style>\n</head>\n<body>\n<main>\n" + "\n".join(body) + "\n</main>\n</body>\n</html>\n"
    )


def _head(values: dict[str, Any], text: dict[str, str]) -> list[tuple[str, str]]:
    rows = [(text["case"], values["case"]), (text["ground"], text["ground_value"])]
    if values["controller"]:
        rows.insert(1, (text["controller"], values["controller"]))
    return rows


def _outcome(values: dict[str, Any], text: dict[str, str]) -> str:
    found: str = values["outcome"]
    if found == COMPLETE:
        words, kind = text["complete"], "outcome"
    elif found == INCOMPLETE:
        words = text["incomplete"].format(
            unresolved=_number(values["unresolved"], text["unresolved"]), gaps=_number(values["gaps"], text["gaps"])
        )
        kind = "outcome incomplete"
    else:
        until = found.rpartition(" until ")[2]
        until = until if until[:1].isdigit() else text["until_unknown"]
        words, kind = text["complete_except"].format(until=until), "outcome"
    return f'<p class="{kind}"><strong>{escape(text["outcome"])}:</strong> {escape(words)}</p>'


def _sources(rows: list[dict[str, Any]], text: dict[str, str], language: str) -> str:
    names = ("source", "items", "records", "scanned_at", "findings", "not_searched")
    numbers = ("items", "records")
    head = "".join(
        f'<th scope="col" style="width: {_WIDTHS[name]}%"{_number_class(name in numbers)}>{escape(text[name])}</th>'
        for name in names
    )
    body = "".join(_source(row, text, language) for row in rows)
    return f'<table class="sources"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'


def _source(row: dict[str, Any], text: dict[str, str], language: str) -> str:
    gaps = [f"{count} {counted(_gap(reason, language), count)}" for reason, count in row["gaps"].items()]
    cells = [
        (row["source"], False),
        (str(row["items"]), True),
        (str(row["records"]), True),
        (_day(row["scanned_at"]) if row["scanned_at"] else text["never"], False),
        (_counted(row["findings"], text), False),
        (", ".join(gaps) or text["none"], False),
    ]
    return "<tr>" + "".join(f"<td{_number_class(number)}>{escape(cell)}</td>" for cell, number in cells) + "</tr>"


def _counted(states: dict[str, int], text: dict[str, str]) -> str:
    return ", ".join(f"{count} {counted(text[state], count)}" for state, count in states.items()) or text["none"]


def _number(count: int, words: str) -> str:
    return counted(words, count).format(count=count)


def _number_class(number: bool) -> str:
    return ' class="number"' if number else ""


def _gap(reason: str, language: str) -> str:
    return GAPS_SV.get(reason, reason) if language == "sv" else reason


def _verification(values: dict[str, Any], text: dict[str, str]) -> str:
    words = text["verification_value"].format(
        looked=_number(values["looked_at_again"], text["looked"]),
        searched=_number(values["searched_again"], text["searched"]),
    )
    return f"<p>{escape(_day(values['at']))}: {escape(words)}</p>"


def _traces(values: dict[str, Any], text: dict[str, str]) -> list[tuple[str, str]]:
    software = values["software"]
    return [
        (text["plan"], values["plan"] or "–"),
        (text["audit"], values["audit"] or "–"),
        (text["software"], f"{software['name']} {software['version']}"),
    ]


def _signature(values: dict[str, Any], text: dict[str, str]) -> str:
    role = text["role"] + (f": {values['operator_role']}" if values["operator_role"] else "")
    lines = (text["place_date"], text["signature"], role, text["name"])
    return '<div class="sign">' + "".join(f"<div>{escape(line)}</div>" for line in lines) + "</div>"


def _note(text: str) -> str:
    return f'<p class="note">{escape(text)}</p>'


def _heading(text: str) -> str:
    return f"<h2>{escape(text)}</h2>"


def _facts(rows: list[tuple[str, str]], *, code: bool = False) -> str:
    left, right = ("<code>", "</code>") if code else ("", "")
    return (
        '<table class="facts">'
        + "".join(
            f'<tr><th scope="row">{escape(name)}</th><td>{left}{escape(value)}{right}</td></tr>' for name, value in rows
        )
        + "</table>"
    )


def _day(stamp: str | None) -> str:
    """A moment as a reader writes it: date, time to the minute, and that it is UTC."""
    if not stamp:
        return "–"
    moment = datetime.fromisoformat(stamp)
    return moment.strftime("%Y-%m-%d %H:%M") + (" UTC" if not moment.utcoffset() else moment.strftime(" %z"))
