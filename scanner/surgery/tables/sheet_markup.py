"""Where the elements of an XML part lie in its bytes, so that a few can be changed and the rest stays byte for byte.

By expat, which tells byte places; lxml, which the readers use, does not. Only UTF-8, and no document type.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from xml.parsers import expat  # nosec: document types are refused below
from xml.sax.saxutils import escape

from scanner.surgery.base import CannotEdit

_TAG = re.compile(rb"""<[^\s>/"']+(?:[^>"']|"[^"]*"|'[^']*')*>""")
_ATTRIBUTE = re.compile(rb"""\s+([^\s=>/"']+)\s*=\s*("[^"]*"|'[^']*')""")
_BOM = b"\xef\xbb\xbf"
COMMENT = "#comment"

Change = tuple[int, int, bytes]  # from, to, what stands there then


@dataclass(slots=True)
class Node:
    """An element: name and attributes without namespaces, its bytes `start` to `end`, all text in it in order."""

    name: str
    attributes: dict[str, str]
    start: int
    end: int = 0
    stop: int = 0  # where the end tag begins; `end` where there is none
    pieces: list[str] = field(default_factory=list)
    children: list[Node] = field(default_factory=list)

    @property
    def text(self) -> str:
        """All text in it, that of elements inside too."""
        return "".join(self.pieces)

    def get(self, name: str) -> str:
        """An attribute, or nothing."""
        return self.attributes.get(name, "")

    def child(self, name: str) -> Node | None:
        """The first child of that name."""
        return next((one for one in self.children if one.name == name), None)

    def iter(self) -> Iterator[Node]:
        """The element and all below it, in order."""
        waiting = [self]
        while waiting:
            node = waiting.pop()
            yield node
            waiting.extend(reversed(node.children))


Seen = Callable[[Node, list[Node]], None]


def visit(data: bytes, holders: Iterable[str], seen: Seen) -> Node:
    """Walk a part: `seen` gets each element whose parents all are holders (the root is one), with those around it.

    Holders are not built as trees and not given, so that a long sheet is never held whole. XML comments are given as
    elements named `#comment`. Answers the root, with the text that stands in it alone. Raises CannotEdit for what
    cannot be walked safely.
    """
    return _Walk(data, frozenset(holders), seen).run()


def tree(data: bytes) -> Node:
    """A small part's root with everything below. Raises CannotEdit."""
    walk = _Walk(data, frozenset(), lambda node, around: None)
    walk.whole = True
    return walk.run()


class _Walk:
    def __init__(self, data: bytes, holders: frozenset[str], seen: Seen) -> None:
        self.root: Node | None = None
        self.whole = False
        self._data = data
        self._holders = holders
        self._seen = seen
        self._around: list[Node] = []
        self._open: list[Node] = []
        self._parser = expat.ParserCreate(namespace_separator=" ")

    def run(self) -> Node:
        parser = self._parser
        parser.buffer_text = True
        parser.XmlDeclHandler = _check_encoding
        parser.StartDoctypeDeclHandler = _refuse_doctype
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._said
        parser.CommentHandler = self._comment
        if self._data.removeprefix(_BOM).lstrip()[:1] != b"<" or b"\0" in self._data[:8]:
            raise CannotEdit("a part of the file is no XML in UTF-8")
        try:
            parser.Parse(self._data, True)
        except expat.ExpatError:
            raise CannotEdit("a part of the file is no good XML") from None
        assert self.root is not None
        return self.root

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        at = self._parser.CurrentByteIndex
        short = {key.rpartition(" ")[2]: value for key, value in attributes.items()}
        node = Node(name.rpartition(" ")[2], short, at)
        if self.root is None:
            self.root = node
            if not self.whole:
                self._around.append(node)
                return
        if self._open:
            self._open[-1].children.append(node)
        elif not self.whole and node.name in self._holders:
            self._around.append(node)
            return
        self._open.append(node)

    def _end(self, _: str) -> None:
        at = self._parser.CurrentByteIndex
        inner = bool(self._open)
        node = self._open.pop() if inner else self._around.pop()
        node.stop = at  # of an empty element expat tells where its one tag ends
        node.end = at if self._is_empty(node, at) else self._data.index(b">", at) + 1
        end = node.end
        if self._data[node.start : node.start + 1] != b"<" or self._data[end - 1 : end] != b">":
            raise CannotEdit("a part of the file is no XML in UTF-8")
        if inner and not self._open and self._around:
            self._seen(node, self._around)

    def _is_empty(self, node: Node, at: int) -> bool:
        data = self._data
        if data[at - 2 : at] != b"/>" or data.find(b"<", node.start + 1, at) >= 0:
            return False
        match = _TAG.match(data, node.start)
        return match is not None and match.end() == at

    def _said(self, text: str) -> None:
        for node in self._open:
            node.pieces.append(text)
        if not self._open and not text.isspace():
            self._around[-1].pieces.append(text)
            if len(self._around) > 1:
                raise CannotEdit("text stands where none may")

    def _comment(self, text: str) -> None:
        at = self._parser.CurrentByteIndex
        node = Node(COMMENT, {}, at, self._data.index(b"-->", at) + 3, pieces=[text])
        if self._open:
            self._open[-1].children.append(node)
        elif self._around:
            self._seen(node, self._around)


def _check_encoding(_: str, encoding: str | None, __: int) -> None:
    if encoding is not None and encoding.lower() not in ("utf-8", "us-ascii", "ascii", "utf8"):
        raise CannotEdit("a part of the file is no XML in UTF-8")


def _refuse_doctype(*_: object) -> None:
    raise CannotEdit("a part of the file has a document type")


def changed(data: bytes, changes: Iterable[Change]) -> bytes:
    """The bytes with these changes, which must not overlap (CannotEdit)."""
    pieces = []
    at = 0
    for start, end, new in sorted(changes):
        if start < at:
            raise CannotEdit("two changes of the same place")
        pieces += [data[at:start], new]
        at = end
    return b"".join([*pieces, data[at:]])


def start_tag(data: bytes, node: Node) -> bytes:
    """The element's start tag as it stands."""
    match = _TAG.match(data, node.start, node.end)
    if match is None:
        raise CannotEdit("a part of the file is no good XML")
    return match[0]


def opening(data: bytes, node: Node, drop: Callable[[str], bool], add: bytes = b"", *, empty: bool = False) -> bytes:
    """The start tag without the attributes whose names (without prefix) are dropped; `empty` closes it at once."""
    tag = start_tag(data, node)
    head = _head(tag)
    kept = [
        match[0] for match in _ATTRIBUTE.finditer(tag, len(head)) if not drop(match[1].rpartition(b":")[2].decode())
    ]
    close = b"/>" if empty or tag.endswith(b"/>") else b">"
    return head + b"".join(kept) + add + close


def _head(tag: bytes) -> bytes:
    match = re.match(rb"<[^\s>/]+", tag)
    assert match is not None
    return match[0]


def prefix(data: bytes, node: Node) -> bytes:
    """The prefix of the element's name with its colon, or nothing."""
    before, colon, _ = _head(start_tag(data, node))[1:].rpartition(b":")
    return before + colon


def escaped(text: str) -> bytes:
    """Text as it stands in XML."""
    return escape(text, {"\r": "&#13;"}).encode("utf-8", "replace")


def has_blank_around(text: str) -> bool:
    """Whether readers would trim the text unless told to keep white space."""
    return text != text.strip()
