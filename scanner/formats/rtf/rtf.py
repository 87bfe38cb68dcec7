"""Rich text (RTF): body, headers, notes, comments, text boxes, tables as rows, properties, pictures and objects."""

from __future__ import annotations

import re
from collections.abc import Iterator

from scanner.blob import Blob
from scanner.formats.base import Format, Found
from scanner.formats.office import ooxml
from scanner.formats.rows import row_records
from scanner.formats.rtf import rtf_objects
from scanner.formats.rtf.rtf_flow import Flow, Markup
from scanner.formats.rtf.rtf_parts import Parts
from scanner.formats.web import html
from scanner.limits import Limits
from scanner.records import Entity, ReadError, Record, Role, Steps, Unread

_WORD = re.compile(r"[^\W_]{3,}")


def text(data: bytes) -> str:
    """All text of an RTF body of a mail, notes and comments too: of the HTML inside it where there is one."""
    parts = Parts(data)
    pieces = [_body(parts.body)] if isinstance(parts.body, Markup) else parts.body.lines
    for flows in parts.flows.values():
        pieces.extend(line for flow in flows for line in flow.lines)
    pieces += [*parts.commenters, *parts.other]
    return "\n".join(piece for piece in pieces if piece)


def _extract(blob: Blob, limits: Limits) -> Iterator[Found]:
    del limits
    parts = Parts(blob.data())
    body = _body(parts.body)
    yield Record((), "file", [(Role.BODY, body)] if body else [])
    yield from _tables((), parts.body.doubles.tables if isinstance(parts.body, Markup) else parts.body.tables)
    for word, flows in parts.flows.items():
        yield from _part((f"part {word}",), flows, parts.commenters if word == "comments" else ())
    if parts.other:
        yield Record(("part other",), "part", [(Role.BODY, "\n".join(parts.other))])
    if parts.authors or parts.properties:
        texts = [(Role.BODY, "\n".join(parts.properties))] if parts.properties else []
        yield Record(ooxml.PROPERTIES, "part", texts, ooxml.authors(list(parts.authors)))
    yield from _files(parts, blob.limit)


def _body(body: Flow | Markup) -> str:
    """The running text; of HTML inside RTF as rendered, and what stands beside it in the RTF alone."""
    if isinstance(body, Flow):
        return body.text
    rendered = html.render("".join(body.pieces))
    known = set(_WORD.findall(rendered))
    more = dict.fromkeys(line for line in body.doubles.lines if not known.issuperset(_WORD.findall(line)))
    return "\n".join(one for one in (rendered, *more) if one)


def _part(steps: Steps, flows: list[Flow], persons: dict[str, None] | tuple[()]) -> Iterator[Record]:
    body = "\n".join(flow.text for flow in flows if flow.text)
    known = [Entity(Role.AUTHOR, [ooxml.author_fact(name)]) for name in persons]
    if body or known:
        yield Record(steps, "part", [(Role.BODY, body)] if body else [], known)
    yield from _tables(steps, [table for flow in flows for table in flow.tables])


def _tables(steps: Steps, tables: list[list[list[str]]]) -> Iterator[Record]:
    for number, rows in enumerate(tables, 1):
        yield from row_records((*steps, f"table {number}") if len(tables) > 1 else steps, enumerate(rows, 1))


def _files(parts: Parts, limit: int) -> Iterator[Found]:
    for number, (ending, data) in enumerate(parts.pictures, 1):
        yield rtf_objects.image(number, ending, data, limit)
    for number, data in enumerate(parts.objects, 1):
        try:
            yield from rtf_objects.attachment(number, data, limit)
        except ReadError as fault:
            yield Unread((f"attachment {number}",), fault.reason, fault.detail)


FORMAT = Format(
    "rtf",
    1,
    "own",
    _extract,
    records="the whole, `row N`, `table N`, `part header`, `part footer`, `part footnotes`, `part endnotes`,"
    " `part comments`, `part textboxes`, `part other`, `part properties`, `part imageN.png`, `attachment N: NAME`",
    entities="authors of the document, its comments and changes; persons of table rows",
    limits="names of styles and bookmarks, custom XML (datastore)",
)
