"""Word files (docx, docm, dotx, dotm): text, tables, headers, notes, comments, changes, text boxes, what is inside."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from scanner.blob import Blob
from scanner.formats.base import Format, Found
from scanner.formats.office.docx_flow import Flow
from scanner.formats.office.ooxml import (
    LIMITS,
    Beside,
    author_fact,
    links,
    main_part,
    plain,
    properties,
    property_parts,
    record,
)
from scanner.formats.office.ooxml_text import gathered
from scanner.formats.office.package import Package
from scanner.limits import Limits
from scanner.records import Entity, ReadError, Record, Role, Unread

_PART = re.compile(r"/(header|footer|footnotes|endnotes|comments|document)[a-z]*\d*\.xml$")
_SETTINGS = re.compile(r"/settings\d*\.xml$")
_NUMBERING = re.compile(r"/numbering\d*\.xml$")
_TOLD = (b"docVar", b"mailMerge", b"DOCTYPE")  # in settings; the rest are switches
_LEVEL = re.compile(rb"""<\w+:lvlText\s[^<>]*?val=["']([^"'<>]{3,})["']""")
_WORDY = re.compile(r"[^\W\d_]{3,}|@")
WORDS: Final = ("header", "footer", "footnotes", "endnotes", "comments", "glossary")


def _extract(blob: Blob, limits: Limits) -> Iterator[Found]:
    with Package(blob, limits) as package:
        main = main_part(package, "word/document.xml")
        beside = Beside(package, WORDS)
        beside.taken.update((main, *property_parts(package)))
        body = Flow()
        failure: ReadError | None = None
        try:
            body.read(package, main)
        except ReadError as fault:
            failure = fault
        texts = [text for text in (body.text, *links(package, main)) if text]
        yield Record((), "file", [(Role.BODY, "\n".join(texts))] if texts else [])
        yield from body.records(())
        yield from _flows(package, beside, body)
        yield from properties(package, body.authors)
        yield from beside.rest()
        if failure is not None:
            raise failure


def _flows(package: Package, beside: Beside, body: Flow) -> Iterator[Found]:
    """Headers, notes, comments and the like: one record for each kind of part."""
    flows: dict[str, Flow] = {}
    for part in package.parts:
        word = _word(part)
        if part in beside.taken or word is None:
            continue
        beside.taken.add(part)
        flow = flows.setdefault(word, Flow())
        try:
            if word == "settings":
                flow.lines.extend(_settings(package, part))
            elif word == "numbering":
                flow.lines.extend(_levels(package, part))
            else:
                flow.read(package, part)
        except ReadError as fault:
            yield Unread((f"part {word}",), fault.reason, fault.detail)
        flow.lines.extend(links(package, part))
    for word, flow in flows.items():
        body.authors.update(flow.authors)
        persons = [Entity(Role.AUTHOR, [author_fact(name)]) for name in flow.authors]
        yield from record((f"part {word}",), [flow.text], persons)
        yield from flow.records((f"part {word}",))


def _word(part: str) -> str | None:
    """The kind of part; None for one that is not flowing text."""
    if not part.endswith(".xml"):
        return None
    if _SETTINGS.search(part):
        return "settings"
    if _NUMBERING.search(part):
        return "numbering"
    found = _PART.search("/" + part)
    if found is None:
        return None
    return "glossary" if "/glossary/" in part else found[1] if found[1] != "document" else None


def _settings(package: Package, part: str) -> list[str]:
    """Variables of the document, and where a mail merge takes its letters' data from."""
    data = package.stream(part).read()
    return [gathered(package, part).text] if any(word in data for word in _TOLD) else []


def _levels(package: Package, part: str) -> list[str]:
    """Words that stand before every paragraph of a list."""
    levels = dict.fromkeys(map(plain, _LEVEL.findall(package.stream(part).read())))
    return [level for level in levels if _WORDY.search(level)]


FORMAT = Format(
    "docx",
    3,
    "lxml",
    _extract,
    records="the whole, `row N` (`table N`), `part header`, `part comments` and other parts, `attachment N: NAME`",
    entities="table rows, authors, company",
    editable="rows of tables; passages, on decision (docx, dotx)",
    limits=LIMITS,
)
