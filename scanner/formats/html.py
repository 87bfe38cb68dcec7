"""Web pages: their text as a reader sees it, and tables of data as rows.

`render` gives the text of markup for other formats (mail bodies). Inline elements join, so an address that is split
over spans is whole; block elements break lines. What stands in `mailto:` and `tel:` links, in titles, alternative texts
and form values is read too; scripts and styles are not.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import unquote

from selectolax.lexbor import LexborHTMLParser, LexborNode

from scanner.blob import Blob
from scanner.formats import charset, header
from scanner.formats.base import Format, Found
from scanner.limits import Limits
from scanner.records import Record, Role

_BLOCK = re.compile(
    r"<(?=/?(?:p|div|br|hr|td|th|tr|li|ul|ol|dl|dt|dd|table|thead|tbody|tfoot|caption|h[1-6]|section|article|header"
    r"|footer|nav|aside|main|address|blockquote|pre|form|fieldset|legend|option|select|button|label|input|textarea"
    r"|figure|figcaption|title|body|center|details|summary)\b)",
    re.IGNORECASE,
)
_DROPPED = ["script", "style", "template"]
_UNSEEN = "\u200b\u200c\u200d\u2060\ufeff\u00ad\u200e\u200f\u180e"
_INVISIBLE = dict.fromkeys(map(ord, _UNSEEN))
_ATTRIBUTE = re.compile(r"\s(?:alt|title|value|placeholder|content|aria-label)\s+=")
_ATTRIBUTES = ("alt", "title", "value", "placeholder", "aria-label")
_APART = re.compile(r"\s=")
_ATTRIBUTE_STARTS = ("alt=", "title=", "value=", "placeholder=", "content=", "aria-label=")
_LINK = re.compile(r"(?:mailto|tel|sms|callto):", re.IGNORECASE)
_LINKS = ("mailto:", "tel:", "sms:", "callto:")
_PICTURE = re.compile(r"""(?<=["'(=])data:(?:image|font|audio|video)/[\w+.;=-]{0,80};base64,[A-Za-z0-9+/=%]{200,}""")
_FIELD = re.compile(r"\b(?:cc|bcc|to|subject|body)=", re.IGNORECASE)
_TAG = re.compile(r"<[^<>]*>")
_SPACES = re.compile(r"  +")
_LINES = re.compile(r"\n[ \n]+")
_META_CHARSET = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([A-Za-z0-9_:.-]+)", re.IGNORECASE)
_XML_CHARSET = re.compile(rb"<\?xml[^>]{0,100}?encoding\s*=\s*[\"']([A-Za-z0-9_:.-]+)")


def render(markup: str) -> str:
    """All text of `markup`, tables too, one line a block."""
    tree = _parse(markup)
    return _text_of(tree.root, markup) if tree.root is not None else ""


def decode(data: bytes, declared: str | None = None) -> str:
    """Markup bytes to text: what was declared outside, else what the page says of itself."""
    if declared is None:
        match = _META_CHARSET.search(data, 0, 2048) or _XML_CHARSET.search(data, 0, 200)
        declared = match[1].decode("ascii") if match else None
    return charset.decode(data, declared)


def _extract(blob: Blob, limits: Limits) -> Iterator[Found]:
    del limits
    markup = decode(blob.data())
    tree = _parse(markup)
    if tree.root is None:
        return
    tables = _data_tables(tree)
    rows: list[Record] = []
    for number, table in enumerate(tables, 1):
        rows.extend(_rows(table, (f"table {number}",) if len(tables) > 1 else ()))
    for table in tables:
        table.decompose()
    text = _text_of(tree.root, markup)
    if text:
        yield Record((), "file", [(Role.BODY, text)])
    yield from rows


FORMAT = Format("html", 2, "selectolax (lexbor)", _extract)


# Text


def _parse(markup: str) -> LexborHTMLParser:
    """Breaks go in front of block tags before parsing: far cheaper than a walk over the tree."""
    if "base64," in markup:
        markup = _PICTURE.sub("data:,", markup)
    tree = LexborHTMLParser(_BLOCK.sub("\n<", markup))
    tree.strip_tags(_DROPPED, recursive=True)
    return tree


def _text_of(root: LexborNode, markup: str) -> str:
    pieces = [_tidy(root.text(deep=True, separator=""))]
    lower = markup.lower()
    if any(start in lower for start in _LINKS):
        pieces.extend(_links(root))
    if any(start in lower for start in _ATTRIBUTE_STARTS) or (_APART.search(lower) and _ATTRIBUTE.search(lower)):
        pieces.extend(_attributes(root))
    if "<!--" in markup:
        pieces.extend(_comments(markup))
    return "\n".join(piece for piece in pieces if piece)


def _tidy(text: str) -> str:
    """Runs of white space as one space, or one line break; nothing that cannot be seen."""
    if not text.isascii() and any(one in text for one in _UNSEEN):
        text = text.translate(_INVISIBLE)
    for space in "\t\r\f\v\xa0":
        if space in text:
            text = text.replace(space, " ")
    if "  " in text:
        text = _SPACES.sub(" ", text)
    return _LINES.sub("\n", text.replace(" \n", "\n")).strip()


def _links(root: LexborNode) -> list[str]:
    """What `mailto:` and `tel:` links point at, percent-decoded; copies and subjects of a mailto as well."""
    found = []
    for node in root.css("a[href], area[href], form[action]"):
        value = (node.attributes.get("href") or node.attributes.get("action") or "").strip()
        link = _LINK.match(value)
        if link:
            found.append(unquote(value[link.end() :]).replace("?", " ").replace("&", " "))
    return [_FIELD.sub(" ", one) for one in dict.fromkeys(found)]


def _attributes(root: LexborNode) -> list[str]:
    found: list[str] = []
    for node in root.css("[alt],[title],[value],[placeholder],[aria-label]"):
        attributes = node.attributes
        found.extend(value for name in _ATTRIBUTES if (value := attributes.get(name)) and not value.isspace())
    found.extend(node.attributes.get("content") or "" for node in root.css("meta[name][content]"))
    return [_tidy(value) for value in dict.fromkeys(found)]


def _comments(markup: str) -> Iterator[str]:
    """Comments that hold an address: rows that somebody commented out are still there."""
    place = markup.find("<!--")
    while place >= 0:
        end = markup.find("-->", place)
        if end < 0:
            return
        if "@" in markup[place:end]:
            comment = markup[place + 4 : end]
            if "@" in _TAG.sub(" ", comment):
                yield _tidy(_TAG.sub(" ", comment).replace("&#64;", "@"))
        place = markup.find("<!--", end)


# Tables


def _data_tables(tree: LexborHTMLParser) -> list[LexborNode]:
    """Tables of at least two rows of at least two cells, without a table in or around them: others are layout."""
    tables = tree.css("table")
    if len(tables) > 1:
        nested = {node.mem_id for node in tree.css("table table")}
        tables = [table for table in tables if table.mem_id not in nested]
    return [table for table in tables if _is_data(table)]


def _is_data(table: LexborNode) -> bool:
    if table.css_first("td table, th table") is not None:
        return False
    return sum(1 for row in table.css("tr") if len(row.css("td, th")) >= 2) >= 2


def _rows(table: LexborNode, before: tuple[str, ...]) -> Iterator[Record]:
    number = 0
    columns = None
    for index, row in enumerate(table.css("tr")):
        nodes = row.css("td, th")
        cells = [_cell(node) for node in nodes]
        if index == 0:
            columns = header.columns(cells)
            if columns is not None or all(node.tag == "th" for node in nodes):
                if header.has_data(cells):
                    yield Record((*before, "row 0"), "row", [(Role.BODY, "\n".join(cells))])
                continue
        number += 1
        text = "\n".join(cell for cell in cells if cell)
        if text:
            found = header.entities(columns, cells) if columns else []
            yield Record((*before, f"row {number}"), "row", [(Role.BODY, text)], found)


def _cell(node: LexborNode) -> str:
    return _text_of(node, node.html or "")
