"""The few pieces of HTML that an answer's page is made of. Every value passes `safe`, and stands apart in direction."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

from scanner.printable import clean


def safe(text: str) -> str:
    """Text that can be nothing but text: markup escaped, controls and direction marks shown as escapes."""
    return escape(clean(text))


def apart(text: str, kind: str = "") -> str:
    """A value whose own writing direction changes nothing around it."""
    return f"<bdi{_class(kind)}>{safe(text)}</bdi>"


def section(title: str, inner: str, count: int | None = None) -> str:
    """A section with its title, and how many it holds."""
    told = f' <span class="count">({count})</span>' if count is not None else ""
    return f"<section>\n<h2>{safe(title)}{told}</h2>\n{inner}\n</section>"


def paragraph(text: str) -> str:
    """A paragraph."""
    return f"<p>{apart(text)}</p>"


def note(text: str, kind: str = "note") -> str:
    """A remark."""
    return f'<p class="{kind}">{safe(text)}</p>'


def definitions(rows: Iterable[tuple[str, str]]) -> str:
    """Names and values."""
    return f"<dl>{''.join(f'<dt>{safe(name)}</dt><dd>{apart(value)}</dd>' for name, value in rows)}</dl>"


def entry(value: str, kind: str, *lines: str) -> str:
    """One identifier of a list: its value, its type, and what is said of it below."""
    told = "".join(f"<br>{apart(line)}" for line in lines if line)
    return f'<li>{apart(value, "value")} <span class="label">{safe(kind)}</span>{told}</li>'


def cell(value: object, kind: str = "") -> str:
    """A cell of a table."""
    return f"<td{_class(kind)}>{apart(str(value))}</td>"


def table(heads: Sequence[tuple[str, str]], rows: Iterable[Sequence[str]]) -> str:
    """Rows of cells under their heads (title, class); no heads for a list of facts."""
    head = "".join(f'<th scope="col"{_class(kind)}>{safe(title)}</th>' for title, kind in heads)
    body = "".join(f"<tr>{''.join(row)}</tr>" for row in rows)
    return f"<table>{f'<thead><tr>{head}</tr></thead>' if heads else ''}<tbody>{body}</tbody></table>"


def _class(kind: str) -> str:
    return f' class="{kind}"' if kind else ""
