"""A letter as plain text, and as one page of HTML: what can be printed, pasted, or sent as the body of a mail."""

from __future__ import annotations

import base64
import hashlib
import textwrap
from collections.abc import Iterator, Sequence
from typing import Final

from scanner.hands.letter import Block, Boxes, Facts, Heading, Letter, Lines, Paragraph, Rows
from scanner.hands.texts import LINE
from scanner.page.markup import cell, definitions, paragraph, safe, table
from scanner.page.style import STYLE
from scanner.printable import clean

_WIDTH: Final = 76  # columns: what mail programs leave as it is, with room for a mark of quoting
_OWN: Final = """
main.letter { max-width: 46rem; }
.boxes { list-style: none; padding: 0; } .boxes li { padding: .35rem 0; break-inside: avoid; }
h2.apart { break-before: page; }
.lines { display: grid; grid-template-columns: 1fr 1fr; gap: 2.6rem 2rem; margin-top: 2.6rem; break-inside: avoid; }
.lines div { border-top: 1px solid var(--ink); padding-top: .2rem; font-size: .85rem; }
"""


def to_text(letter: Letter) -> str:
    """The letter in lines of 76 columns at most; an address or a path is never broken."""
    lines = [letter.title, "=" * len(letter.title)]
    for block in letter.blocks:
        lines += ["", *_lines(block)]
    return "\n".join(lines) + "\n"


def to_html(letter: Letter) -> str:
    """The letter as one page that loads, runs and sends nothing."""
    style = STYLE + _OWN
    digest = base64.b64encode(hashlib.sha256(style.encode("utf-8")).digest()).decode("ascii")
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    body = "\n".join(_markup(block) for block in letter.blocks)
    return (
        f'<!DOCTYPE html>\n<html lang="{letter.language}">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="referrer" content="no-referrer">\n<meta name="robots" content="noindex, nofollow">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{safe(letter.subject)}</title>\n<style>{style}</style>\n</head>\n"
        f'<body>\n<main class="letter">\n<h1>{safe(letter.title)}</h1>\n{body}\n</main>\n</body>\n</html>\n'
    )


def _lines(block: Block) -> Iterator[str]:
    if isinstance(block, Heading):
        yield clean(block.text)
        yield "-" * len(block.text)
    elif isinstance(block, Paragraph):
        yield from _wrapped(block.text)
    elif isinstance(block, Facts):
        wide = max((len(name) for name, _ in block.rows), default=0) + 2
        for name, value in block.rows:
            yield from _wrapped(value, clean(f"{name}:").ljust(wide))
    elif isinstance(block, Rows):
        yield clean(" | ".join(block.titles))
        for row in block.rows:
            yield clean(" | ".join(row))
    elif isinstance(block, Boxes):
        for text in block.texts:
            yield from _wrapped(text, "[ ] ")
    else:
        for text in block.texts:
            yield f"{text}: {LINE}{LINE}"
            yield ""


def _wrapped(text: str, first: str = "") -> Sequence[str]:
    return textwrap.wrap(
        clean(text),
        _WIDTH,
        initial_indent=first,
        subsequent_indent=" " * len(first),
        break_long_words=False,
        break_on_hyphens=False,
    )


def _markup(block: Block) -> str:
    if isinstance(block, Heading):
        apart = ' class="apart"' if block.apart else ""
        return f"<h2{apart}>{safe(block.text)}</h2>"
    if isinstance(block, Paragraph):
        return paragraph(block.text)
    if isinstance(block, Facts):
        return definitions(block.rows)
    if isinstance(block, Rows):
        return table([(title, "") for title in block.titles], [[cell(part) for part in row] for row in block.rows])
    if isinstance(block, Boxes):
        return f'<ul class="boxes">{"".join(f"<li>&#9744; {safe(text)}</li>" for text in block.texts)}</ul>'
    assert isinstance(block, Lines)
    return f'<div class="lines">{"".join(f"<div>{safe(text)}</div>" for text in block.texts)}</div>'
