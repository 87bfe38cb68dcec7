"""XML: data (exports, backups of phones, feeds) row by row as JSON is, documents and drawings as one text.

XML is data where no element has both text and elements in it: then elements that stand side by side under one name are
rows, with the persons their names and attributes tell of. Otherwise it is a document: one text, in which inline
elements join, so that an address split over two is whole. Comments, CDATA and attributes are read, processing
instructions not. Entities a document declares itself are never expanded: they are a gap, and the source is the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from lxml import etree

from connectors.base import GapReason
from scanner.blob import Blob
from scanner.formats import charset, text
from scanner.formats.base import Format, Found
from scanner.formats.data.json_tree import Tree
from scanner.formats.data.xml_nodes import Element, data_of, is_data, prose
from scanner.formats.inline import Inline
from scanner.formats.web import html
from scanner.limits import Limits
from scanner.records import ReadError, Record, Role, Unread


def _extract(blob: Blob, limits: Limits) -> Iterator[Found]:
    del limits
    data = blob.data()
    if charset.is_binary(data):
        raise ReadError(GapReason.UNREADABLE, "not text")
    source = html.decode(data)
    inline = Inline(blob.limit)
    hidden = _DECLARED.search(source[: 1 << 16]) is not None
    root = None if hidden else parsed(source)
    if root is None:
        whole = inline.taken(source)
        yield Record((), "file", [(Role.BODY, one) for one in as_text(whole)])
        yield from inline.drained()
        if hidden:
            yield Unread((), GapReason.UNREADABLE, "XML entities")
        return
    if is_data(root):
        yield from _data(root, inline)
    else:
        yield from prose(root, inline)
    yield from inline.drained()


FORMAT = Format(
    "xml",
    1,
    "lxml",
    _extract,
    records="the whole; `row N` (below `part NAME`) of data",
    entities="by names of elements and attributes, as by a header",
    limits="the numbers that make the shapes of a drawing (SVG), processing instructions, attributes that a document "
    "type supplies",
)


def _data(root: Element, inline: Inline) -> Iterator[Found]:
    data = data_of(root)
    if data.comments:
        yield Record((), "file", [(Role.BODY, inline.taken(data.comments))])
    tree = Tree(inline)
    yield from tree.records(data.rest)
    if data.rows is not None:
        yield from tree.records(data.rows)
    keys = tree.keys()
    if keys is not None:
        yield keys


# Source to tree

# More attributes in one element than any has: lxml takes time by the square of their number.
_LONG_TAG = re.compile(r"""<[^\s<>/!?]++(?:\s++[^\s=<>"'/]++\s*+=\s*+(?:"[^"<]*+"|'[^'<]*+')){2000}""")
_DECLARED = re.compile(r"<!ENTITY\b")
_DECLARATION = re.compile(r"<\?xml[^>]*\?>")
_DOCTYPE = re.compile(r"<!DOCTYPE\b[^\[<>]*>")
_PAIR = re.compile(
    r"&#(?:(5[56]\d{3})|[xX]([dD][89abAB][0-9a-fA-F]{2}));&#(?:(5[67]\d{3})|[xX]([dD][c-fC-F][0-9a-fA-F]{2}));"
)
_NAMED = re.compile(r"&(?!(?:amp|lt|gt|quot|apos);)[A-Za-z][A-Za-z0-9]{1,30};")
_CONTROL = re.compile("[\0-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_REFERENCE = re.compile(r"&#(?:0*(\d{1,7})|[xX]0*([0-9a-fA-F]{1,6}));")


def parsed(source: str) -> Element | None:
    """The root of XML whose text is known; None for what is none, or hides in entities of its own.

    Phones write what XML forbids: characters in two halves, control characters; that is put right first.
    """
    if "&" in source:
        source = _PAIR.sub(_whole, source)
        source = _REFERENCE.sub(_allowed, source)
        source = _NAMED.sub(lambda match: html_character(match[0]), source)  # a page's names, declared elsewhere
    source = _CONTROL.sub(" ", source)
    source = source.strip()
    if _LONG_TAG.search(source):
        return None
    declaration = _DECLARATION.match(source)
    source = _DOCTYPE.sub("", source[declaration.end() :] if declaration else source, count=1)
    parser = etree.XMLParser(resolve_entities=False, load_dtd=False, no_network=True, huge_tree=False, remove_pis=True)
    try:
        root = etree.fromstring(source.strip().encode("utf-8"), parser)
    except (etree.XMLSyntaxError, ValueError):
        return None
    return root


def as_text(source: str) -> list[str]:
    """What is no XML: its source without escapes, and as a page would show it, where inline elements join."""
    return [text.unescaped(source), html.render(source)]


def html_character(reference: str) -> str:
    """What a named character of HTML stands for, or the reference as it is, with its mark escaped."""
    found = text.unescaped("<" + reference)[1:]
    return "&amp;" + reference[1:] if found == reference else found.replace("<", "&lt;").replace("&", "&amp;")


def _whole(match: re.Match[str]) -> str:
    high, low = (int(match[at]) if match[at] else int(match[at + 1], 16) for at in (1, 3))
    if not (0xD800 <= high < 0xDC00 <= low < 0xE000):
        return match[0]
    return chr(0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00))


def _allowed(match: re.Match[str]) -> str:
    code = int(match[1]) if match[1] else int(match[2], 16)
    good = code in (9, 10, 13) or 32 <= code < 0xD800 or 0xE000 <= code < 0xFFFE or 0x10000 <= code < 0x110000
    return match[0] if good else " "
