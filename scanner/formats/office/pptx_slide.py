"""DrawingML on a slide: paragraphs with their runs joined, tables row by row, what pictures and links are called."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from scanner.formats.xml_safe import Element, attribute, local

_TEXTS = ("{*}t", "{*}br", "{*}tab")
_LABELS = {
    "cNvPr": ("descr", "title", "name"),
    "hlinkClick": ("tooltip",),
    "hlinkHover": ("tooltip",),
    "oleObj": ("name",),
    "control": ("name",),
    "tag": ("val",),
    "cSld": ("name",),
}
_TAGS = tuple(f"{{*}}{name}" for name in _LABELS)
_DULL = re.compile(r"(?:[^\W\d_]+ ){1,4}\d{1,4}|[\w-]{1,30} ?\d*|")  # what PowerPoint calls shapes


@dataclass(slots=True)
class Drawn:
    """What stands on a slide, a page of notes or a master."""

    lines: list[str] = field(default_factory=list)
    tables: list[list[tuple[int, list[str]]]] = field(default_factory=list)
    labels: dict[str, None] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """The paragraphs outside of tables, then the labels."""
        return "\n".join(line for line in (*self.lines, *self.labels) if line)


def drawn(root: Element) -> Drawn:
    """All text of a part, hidden shapes and groups too."""
    found = Drawn()
    for element in root.iter("{*}p", "{*}tbl", "{*}text"):
        name = local(element)
        if next(element.iterancestors("{*}tbl"), None) is not None:
            continue
        if name == "p":
            found.lines.append(paragraph(element))
        elif name == "text":  # of an old comment
            found.lines.append(element.text or "")
        else:
            found.tables.append(list(enumerate(_rows(element))))
    for element in root.iter(*_TAGS):
        found.labels.update(dict.fromkeys(_named(element)))
    return found


def paragraph(element: Element) -> str:
    """A paragraph's text; fields that number pages are left out."""
    pieces: list[str] = []
    for node in element.iter(*_TEXTS):
        name = local(node)
        if name != "t":
            pieces.append("\n" if name == "br" else "\t")
        elif node.text and not _is_number(node):
            pieces.append(node.text)
    return "".join(pieces).strip()


def _is_number(node: Element) -> bool:
    parent = node.getparent()
    return parent is not None and local(parent) == "fld" and parent.get("type") == "slidenum"


def _rows(table: Element) -> Iterator[list[str]]:
    for row in table.iterchildren("{*}tr"):
        yield ["\n".join(filter(None, map(paragraph, cell.iter("{*}p")))) for cell in row.iterchildren("{*}tc")]


def _named(element: Element) -> Iterator[str]:
    for key in _LABELS[local(element)]:
        value = attribute(element, key)
        if value and not (key == "name" and _DULL.fullmatch(value)):
            yield value
