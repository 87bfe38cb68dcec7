"""What Word and Excel files have in common: properties, links, embedded files, text of lesser parts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from typing import Final, cast

from lxml import etree

from scanner.formats.base import Nested
from scanner.formats.package import Package
from scanner.formats.xml_safe import Element, drop, local
from scanner.records import Entity, Fact, IdType, ReadError, Record, Role, Unread

PROPERTIES: Final = ("part properties",)
_PERSONS = frozenset({"creator", "lastModifiedBy", "Manager", "Company"})
_DULL = frozenset({"Application", "AppVersion", "DocSecurity", "created", "modified", "revision", "i4", "bool"})
_TELLING = frozenset({"v", "val", "descr", "displayName", "userId", "author"})
_EMBEDDED = re.compile(r"/(embeddings|activex)/|\.(html?|mht|mhtml|rtf|txt|docx|xlsx|eml|msg|pdf)$")


def authors(values: Iterator[str] | list[str]) -> list[Entity]:
    """One entity an author; a field may name several, parted by `;`."""
    found = dict.fromkeys(name.strip() for value in values for name in value.split(";"))
    return [Entity(Role.AUTHOR, [author_fact(name)]) for name in found if name]


def author_fact(name: str) -> Fact:
    """An author is a name, or where it holds an @ an address."""
    return Fact(IdType.EMAIL if "@" in name else IdType.NAME, name)


def properties(package: Package, extra_authors: list[str] | None = None) -> Record | None:
    """docProps/core.xml, app.xml and custom.xml, with the authors of comments and changes."""
    persons: list[str] = list(extra_authors or ())
    texts: list[str] = []
    for part in ("docprops/core.xml", "docprops/app.xml", "docprops/custom.xml"):
        if part not in package:
            continue
        for element in package.elements(part):
            value = (element.text or "").strip()
            name = local(element)
            if not value or name in _DULL or _is_count(value) or value in ("true", "false"):
                continue
            (persons if name in _PERSONS else texts).append(value)
    if not persons and not texts:
        return None
    return Record(PROPERTIES, "part", [(Role.BODY, "\n".join(texts))] if texts else [], authors(persons))


def links(package: Package, part: str) -> list[str]:
    """Addresses outside of the file that a part points at: mailto:, file paths, sites."""
    return [one.target for one in package.relations(part) if one.external and one.target]


def embedded(package: Package, folder: str) -> Iterator[Nested | Unread]:
    """Files inside the file: objects, and imported pages (altChunk)."""
    for part in package.parts:
        if part.startswith(folder) and _EMBEDDED.search(part) and not part.endswith((".xml", ".rels")):
            yield member(package, part)


def member(package: Package, part: str) -> Nested | Unread:
    """A part that is a file of its own."""
    steps = (f"member {package.name(part)}",)
    try:
        return Nested(steps, package.blob(part), "member")
    except ReadError as fault:
        return Unread(steps, fault.reason, fault.detail)


def part_text(package: Package, part: str) -> str:
    """All text of an XML part without a reader of its own, and cached values (`v`): charts, pivots, drawings."""
    pieces: list[str] = []
    root = package.tree(part)
    if root is not None:
        for _, element in etree.iterwalk(root, events=("end",)):
            _collect(element, pieces)
        return "".join(pieces).strip()
    for element in package.elements(part):
        _collect(element, pieces)
        drop(element)
    return "".join(pieces).strip()


def _collect(element: Element, pieces: list[str]) -> None:
    name = local(element)
    text = element.text
    if text and not text.isspace():
        pieces.append(text if name == "t" else text + "\n")
    if name == "p":
        pieces.append("\n")
    if not element.attrib:
        return
    for key, value in cast("list[tuple[str, str]]", element.items()):
        if key.rpartition("}")[2] in _TELLING and not _is_count(value):
            pieces.append(value + "\n")


def _is_count(value: str) -> bool:
    """A small number, of pages or colours; a long one may be somebody's."""
    return len(value) < 6 and value.isdecimal()


def plain(markup: bytes) -> str:
    """Text cut out of XML as bytes, with its escapes undone."""
    return unescape(markup.decode("utf-8", "replace"))
