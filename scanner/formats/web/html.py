"""Web pages: their text as a reader sees it, tables of data as rows, and what stands in them unseen.

`render` gives the text of markup for other formats (mail bodies). Inline elements join, so an address that is split
over spans is whole; block elements break lines; what is hidden splits nothing and follows what is shown. What stands in
`mailto:` and `tel:` links, in titles, alternative texts, form values, comments and any attribute with an address is
read too; scripts and styles are not.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import unquote

from selectolax.lexbor import LexborHTMLParser, LexborNode

from scanner.blob import Blob
from scanner.formats import charset, header
from scanner.formats.base import Format, Found
from scanner.formats.office.ooxml_text import authors
from scanner.formats.web import html_aside, html_files, html_hidden, html_tables, html_tags
from scanner.limits import Limits
from scanner.records import Record, Role

_BLOCK = re.compile(
    r"<(?=/?(?:p|div|br|hr|td|th|tr|li|ul|ol|dl|dt|dd|table|thead|tbody|tfoot|caption|h[1-6]|section|article|header"
    r"|footer|nav|aside|main|address|blockquote|pre|form|fieldset|legend|option|select|button|label|input|textarea"
    r"|figure|figcaption|title|body|center|details|summary)\b)",
    re.IGNORECASE,
)
_DROPPED = ["script", "style"]
_TEMPLATE = re.compile(r"<(/?)template\b", re.IGNORECASE)  # parsers keep what is in it out of the page
_UNSEEN = (
    "\u200b\u200c\u200d\u2060\ufeff\u00ad\u200e\u200f\u180e\u034f\u061c\u202a\u202b\u202c\u202d\u202e\u2061\u2062\u2063"
    "\u2064\u2066\u2067\u2068\u2069\ufe0e\ufe0f"
)
_FORMLESS = frozenset(_UNSEEN)
_INVISIBLE = dict.fromkeys(map(ord, _UNSEEN))
_ATTRIBUTE = re.compile(r"\s(?:alt|title|value|placeholder|content|aria-label)\s+=")
_ATTRIBUTES = ("alt", "title", "value", "placeholder", "aria-label")
_APART = re.compile(r"\s=")
_ATTRIBUTE_STARTS = ("alt=", "title=", "value=", "placeholder=", "content=", "aria-label=")
_LINK = re.compile(r"(?:mailto|tel|sms|callto):", re.IGNORECASE)
_LINKED = "a[href],area[href],form[action]"
_ANY_LINK = "[href],[action],[xlink\\:href]"
_LINKS = ("mailto:", "tel:", "sms:", "callto:")
_DATA = re.compile(r"data:[\w+.-]{1,80}/[\w+.;=-]{1,160};base64,[A-Za-z0-9+/=%]{200,}", re.IGNORECASE)
_SOURCE = re.compile("srcdoc", re.IGNORECASE)
_DOUBLE = re.compile(r"&(?:#64|#[xX]40|commat);")  # escaped twice
_META = "meta[name][content],meta[property][content]"
_META_AUTHORS = "meta[name$=author i],meta[name$=creator i],meta[property$=author i],meta[name=publisher i]"
_TARGETS = ("href", "action", "xlink:href")
_FIELD = re.compile(r"\b(?:cc|bcc|to|subject|body)=", re.IGNORECASE)
_CDATA = re.compile(r"<!\[CDATA\[(.*?)(?:\]\]>|\Z)", re.IGNORECASE | re.DOTALL)
_SPACES = re.compile(r"  +")
_LINES = re.compile(r"\n[ \n]+")
_META_CHARSET = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([A-Za-z0-9_:.-]+)", re.IGNORECASE)
_XML_CHARSET = re.compile(rb"<\?xml[^>]{0,100}?encoding\s*=\s*[\"']([A-Za-z0-9_:.-]+)")


def render(markup: str) -> str:
    """All text of `markup`, tables too, one line a block."""
    lower = markup.lower()
    tree, aside = _parse(markup, lower)
    if tree.root is None:
        return ""
    text = _text_of(tree.root, lower)
    beside = _asides(markup, lower, aside)
    return "\n".join([one for one in (text, *beside) if one]) if beside else text


def images(markup: str) -> Iterator[tuple[str, bytes]]:
    """Name and bytes of each picture that stands in the markup itself."""
    return html_files.images(markup)


def decode(data: bytes, declared: str | None = None) -> str:
    """Markup bytes to text: what was declared outside, else what the page says of itself."""
    if declared is None:
        match = _META_CHARSET.search(data, 0, 2048) or _XML_CHARSET.search(data, 0, 200)
        declared = match[1].decode("ascii") if match else None
    return charset.decode(data, declared)


def _extract(blob: Blob, limits: Limits) -> Iterator[Found]:
    del limits
    markup = decode(blob.data())
    lower = markup.lower()
    tree, aside = _parse(markup, lower)
    if tree.root is None:
        return
    persons = _authors(tree, markup)
    for node in tree.css(_META_AUTHORS) if persons else ():  # who wrote the page is not named in it
        node.decompose()
    tables = html_tables.data_tables(tree)
    rows: list[Record] = []
    for number, table in enumerate(tables, 1):
        rows.extend(_rows(table, (f"table {number}",) if len(tables) > 1 else ()))
    for table in tables:
        html_tables.drop_cells(table)
    known = {word for row in rows for _, text in row.texts for word in text.split()}
    beside = [
        text
        for text in _asides(markup, lower, aside)
        if not known.issuperset(text.split()) and text.strip() not in persons
    ]
    text = "\n".join([text for text in (_text_of(tree.root, lower), *beside) if text])
    if text:
        yield Record((), "file", [(Role.BODY, text)])
    yield from rows
    if persons:
        yield Record(("part properties",), "part", [], authors(persons))
    yield from html_files.nested(markup, blob.limit)


FORMAT = Format(
    "html",
    4,
    "selectolax (lexbor)",
    _extract,
    records="the whole, `row N`, `table N`, `part properties`, `part imageN.png`, `part fileN.pdf`",
    entities="authors that the page names; persons of table rows",
    editable="rows and tables; passages, on decision",
    limits="scripts (but for JSON-LD), styles, fonts",
)


# Text


def _parse(markup: str, lower: str) -> tuple[LexborHTMLParser, list[str]]:
    """The tree of what is read, and text of what was taken out of it.

    Breaks go in front of block tags before parsing: far cheaper than a walk over the tree.
    """
    if "base64," in lower:
        markup = _DATA.sub("data:,", markup)
    if "<template" in lower:
        markup = _TEMPLATE.sub(r"<\1div", markup)
    if "<![cdata[" in lower:
        markup = _CDATA.sub(lambda match: html_aside.escaped(match[1]), markup)
    tree = LexborHTMLParser(html_tags.shallow(_BLOCK.sub("\n<", html_tags.bounded(markup))))
    if html_hidden.wanted(lower):
        html_hidden.mark(tree, _BLOCK)
    aside = []
    if "ld+json" in lower:
        aside = [html_aside.linked_data(node.text(deep=True)) for node in tree.css("script[type*='ld+json' i]")]
    tree.strip_tags(_DROPPED, recursive=True)
    return tree, aside


def _text_of(root: LexborNode, lower: str) -> str:
    """The text of a part of the page; `lower` is its markup in lower case."""
    pieces = [_tidy(html_hidden.shown(root.text(deep=True, separator="")))]
    if any(start in lower for start in _LINKS):
        pieces.extend(_links(root, _ANY_LINK if ":href" in lower or "<v:" in lower else _LINKED))
    if any(start in lower for start in _ATTRIBUTE_STARTS) or (_APART.search(lower) and _ATTRIBUTE.search(lower)):
        pieces.extend(_attributes(root, meta="<meta" in lower))
    if "srcdoc" in lower:  # a page in a page; not a third in that
        pieces.extend(render(_SOURCE.sub("title", value)) for value in _values(root, "srcdoc"))
    return "\n".join(piece for piece in pieces if piece)


def _values(root: LexborNode, name: str) -> list[str]:
    return [node.attributes.get(name) or "" for node in root.css(f"[{name}]")]


def _asides(markup: str, lower: str, found: list[str]) -> list[str]:
    """Lines of everything in the page that is in no element's text; `found` are those known already."""
    if "<!" in markup:
        found.extend(html_aside.comments(markup, lower, render, _BLOCK))
    found.extend(html_aside.instructions(markup))
    found.extend(html_aside.addresses(markup))
    return _tidy("\n".join(dict.fromkeys(found))).split("\n") if found else found


def _authors(tree: LexborHTMLParser, markup: str) -> list[str]:
    named = [node.attributes.get("content") or "" for node in tree.css(_META_AUTHORS)]
    return [*named, *html_aside.authors(markup)]


def _tidy(text: str) -> str:
    """Runs of white space as one space, or one line break; nothing that cannot be seen."""
    if not text.isascii() and (
        not _FORMLESS.isdisjoint(text) if len(text) < 128 else any(map(text.__contains__, _UNSEEN))
    ):
        text = text.translate(_INVISIBLE)
    for space in "\t\r\f\v\xa0":
        if space in text:
            text = text.replace(space, " ")
    if "  " in text:
        text = _SPACES.sub(" ", text)
    if "&#" in text or "&comm" in text:
        text = _DOUBLE.sub("@", text)
    return _LINES.sub("\n", text.replace(" \n", "\n")).strip()


def _links(root: LexborNode, linked: str) -> list[str]:
    """What `mailto:` and `tel:` links point at, percent-decoded; copies and subjects of a mailto as well."""
    found = []
    for node in root.css(linked):
        value = next((one for name in _TARGETS if (one := node.attributes.get(name))), "").strip()
        link = _LINK.match(value)
        if link:
            found.append(unquote(value[link.end() :]).replace("?", " ").replace("&", " "))
    return [_FIELD.sub(" ", one) for one in dict.fromkeys(found)]


def _attributes(root: LexborNode, *, meta: bool) -> list[str]:
    found: list[str] = []
    for node in root.css("[alt],[title],[value],[placeholder],[aria-label]"):
        attributes = node.attributes
        found.extend(value for name in _ATTRIBUTES if (value := attributes.get(name)) and not value.isspace())
    if meta:
        found.extend(node.attributes.get("content") or "" for node in root.css(_META))
    return [_tidy(value) for value in dict.fromkeys(found)]


# Tables


def _rows(table: LexborNode, before: tuple[str, ...]) -> Iterator[Record]:
    rows = [
        ([_cell(node) if node is not None else "" for node in nodes], heading)
        for nodes, heading in html_tables.grid(table)
    ]
    heads, columns = html_tables.head(rows)
    titles = [cell for cells, _ in rows[:heads] for cell in cells if cell]
    if header.has_data(titles):
        yield Record((*before, "row 0"), "row", [(Role.BODY, "\n".join(titles))])
    for number, (cells, _) in enumerate(rows[heads:], 1):
        text = "\n".join(cell for cell in cells if cell)
        if text:
            found = header.entities(columns, cells) if columns else []
            yield Record((*before, f"row {number}"), "row", [(Role.BODY, text)], found)


def _cell(node: LexborNode) -> str:
    markup = node.html or ""
    lower = markup.lower()
    return "\n".join(text for text in (_text_of(node, lower), *_asides(markup, lower, [])) if text)
