"""One page of an OpenDocument presentation or drawing: its text and tables, the speaker's notes, comments."""

from __future__ import annotations

import re
from collections.abc import Iterator

from scanner.formats.office.ooxml import authors, record
from scanner.formats.opendocument.odt_flow import comments_of, lines, rows, said, shape_names
from scanner.formats.rows import row_records
from scanner.formats.xml_safe import Element, attribute
from scanner.records import Record, Role, Steps

_DULL = re.compile(r"(?:page|slide|sida|bild)?\s*\d*", re.IGNORECASE)


def page_records(page: Element, steps: Steps) -> Iterator[Record]:
    """The page's records at `steps`. Hidden pages are read like the others. Takes the page apart."""
    for notes in _taken(page, "{*}notes"):
        yield from record((*steps, "part notes"), lines(notes))
    notes_text, names = comments_of(page)
    yield from record((*steps, "part comments"), notes_text, authors(names))
    tables = [one for one in page.iter("{*}table") if next(one.iterancestors("{*}table"), None) is None]
    found = [list(rows(one)) for one in tables]
    for one in tables:
        _remove(one)
    name = attribute(page, "name")
    texts = [*lines(page), *_labels(page), *shape_names(page), "" if _DULL.fullmatch(name) else name]
    body = "\n".join(text for text in texts if text)
    if body:
        yield Record(steps, "page", [(Role.BODY, body)])
    for number, table in enumerate(found, 1):
        yield from row_records((*steps, f"table {number}") if len(found) > 1 else steps, table)


def _labels(page: Element) -> Iterator[str]:
    for one in page.iter("{*}title", "{*}desc"):
        if next(one.iterancestors("{*}p", "{*}h"), None) is None:
            yield one.text or ""
    for one in page.iter("{*}a", "{*}event-listener", "{*}plugin"):
        yield attribute(one, "href")
    for one in page.iter("{*}forms"):
        yield said(one)


def _taken(page: Element, tag: str) -> list[Element]:
    found = list(page.iterchildren(tag))
    for one in found:
        page.remove(one)
    return found


def _remove(element: Element) -> None:
    parent = element.getparent()
    if parent is not None:
        parent.remove(element)
