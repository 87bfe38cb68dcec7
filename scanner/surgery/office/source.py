"""The source text of one XML part, with where every element, text and attribute value stands in it.

What is changed is written into the source, so that all else keeps its bytes: prefixes, quotes, order, white space.
lxml says first that it is well formed and has no document type; then few constructs are left to tell apart.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import quote
from xml.sax.saxutils import escape

from scanner.formats.xml_safe import tree
from scanner.records import ReadError
from scanner.surgery.base import CannotEdit

_TOKEN = re.compile(
    r"<!--.*?-->|<\?.*?\?>|<!\[CDATA\[(?P<raw>.*?)\]\]>|</[^>]*>"
    r"|<(?P<name>[^\s/<>!?]+)(?P<attributes>(?:\s+[^\s=<>/\"']+\s*=\s*(?:\"[^\"]*\"|'[^']*'))*)\s*(?P<empty>/?)>",
    re.DOTALL,
)
_ATTRIBUTE = re.compile(r"([^\s=]+)\s*=\s*(?:\"([^\"]*)\"|'([^']*)')")
_ENCODING = re.compile(rb"""<\?xml[^>]*?\sencoding\s*=\s*["']([A-Za-z0-9._-]+)["']""")
_ESCAPE = re.compile(r"&(#x[0-9A-Fa-f]+|#[0-9]+|amp|lt|gt|quot|apos);|\r\n?")
_NAMED = {"amp": "&", "lt": "<", "gt": ">", "quot": '"', "apos": "'"}


@dataclass(slots=True, eq=False)
class Slot:
    """A text, or with a `key` the value of an attribute, of one element; `start` and `end` are places in the source."""

    node: int
    key: str  # as written, with its prefix; nothing for text
    start: int
    end: int
    text: str
    escaped: bool = True  # False in CDATA
    address: bool = False  # True for a link: the mark is percent-encoded there (RFC 3986, 2.1)
    cuts: list[tuple[int, int, bool]] = field(default_factory=list)  # what leaves, and whether the mark comes there

    @property
    def local(self) -> str:
        """The attribute's name without its prefix."""
        return self.key.rpartition(":")[2]


@dataclass(slots=True, eq=False)
class Node:
    """One element. `parent` is the place of the one around it in the list, -1 for the root."""

    name: str  # without its prefix
    parent: int
    start: int  # of its first tag
    inner: int  # the end of its first tag
    end: int  # of its last tag
    last: int = -1  # the last element inside, or itself
    empty: bool = False
    attributes: list[Slot] = field(default_factory=list)

    def get(self, name: str) -> str:
        """An attribute's value by its name without prefix; nothing where there is none."""
        return next((slot.text for slot in self.attributes if slot.local == name), "")


class Source:
    """One part. `content` gives elements and texts in the order in which they stand."""

    def __init__(self, data: bytes) -> None:
        """Raises CannotEdit for what is no XML, has a document type, or is written in a rare way."""
        self._codec = _codec(data)
        try:
            self.text = data.decode(self._codec)
            whole = self.text.encode(self._codec) == data
            root = tree(data)
        except (UnicodeError, LookupError, ReadError):
            raise CannotEdit("a part of it is damaged, or written in a rare way") from None
        if root is None or not whole:
            raise CannotEdit("a part of it is damaged, or written in a rare way")
        self.nodes: list[Node] = []
        self.content: list[int | Slot] = []  # an element where it starts, a text where it stands
        self.remarks: list[str] = []  # comments and instructions, which no reader reads
        self._inserted: dict[int, str] = {}
        self._cut: list[tuple[int, int]] = []
        self.is_changed = False  # known once it is written
        self._parse()
        self.elements = list(root.iter("*"))
        if [node.name for node in self.nodes] != [str(one.tag).rpartition("}")[2] for one in self.elements]:
            raise CannotEdit("a part of it is damaged, or written in a rare way")

    def _parse(self) -> None:
        above: list[int] = []
        at = 0
        for match in _TOKEN.finditer(self.text):
            if match.start() > at and above:
                self._say(above[-1], at, match.start())
            at = match.end()
            if match["raw"] is not None and above:
                self._say(above[-1], match.start("raw"), match.end("raw"), escaped=False)
            elif match["name"]:
                self._open(match, above)
            elif self.text.startswith("</", match.start()) and above:
                self._close(above.pop(), at)
            else:
                self.remarks.append(match[0])

    def _open(self, match: re.Match[str], above: list[int]) -> None:
        number = len(self.nodes)
        node = Node(match["name"].rpartition(":")[2], above[-1] if above else -1, match.start(), match.end(), -1)
        self.nodes.append(node)
        self.content.append(number)
        for one in _ATTRIBUTE.finditer(match["attributes"]):
            if not one[1].startswith("xmlns"):
                group = 2 if one[2] is not None else 3
                start = match.start("attributes") + one.start(group)
                node.attributes.append(Slot(number, one[1], start, start + len(one[group]), _decoded(one[group])))
        if match["empty"]:
            node.empty = True
            self._close(number, match.end())
        else:
            above.append(number)

    def _close(self, number: int, at: int) -> None:
        self.nodes[number].end = at
        self.nodes[number].last = len(self.nodes) - 1

    def _say(self, node: int, start: int, end: int, *, escaped: bool = True) -> None:
        raw = self.text[start:end]
        self.content.append(Slot(node, "", start, end, _decoded(raw) if escaped else raw, escaped))

    def slots(self) -> Iterator[Slot]:
        """Every attribute value and text."""
        for one in self.content:
            if isinstance(one, Slot):
                yield one
            else:
                yield from self.nodes[one].attributes

    def chain(self, number: int) -> Iterator[int]:
        """An element and those around it, from the nearest, by their places in the list."""
        while number >= 0:
            yield number
            number = self.nodes[number].parent

    def above(self, number: int) -> Iterator[Node]:
        """The elements around one, from the nearest."""
        at = self.nodes[number].parent
        while at >= 0:
            yield self.nodes[at]
            at = self.nodes[at].parent

    def remove(self, node: Node) -> None:
        """Takes an element out, with all in it."""
        self._cut.append((node.start, node.end))

    def insert(self, at: int, text: str) -> None:
        """Puts source text in."""
        self._inserted[at] = text

    def written(self, mark: str) -> bytes:
        """The part's bytes with the cuts of all slots made."""
        changes = [(at, at, text) for at, text in self._inserted.items()]
        for slot in self.slots():
            changes.extend(_replaced(slot, self.text[slot.start : slot.end], mark))
        self.is_changed = bool(changes or self._cut)
        changes.extend((start, end, "") for start, end in self._cut)
        return self._spliced(sorted(changes)).encode(self._codec, "xmlcharrefreplace")

    def _spliced(self, changes: list[tuple[int, int, str]]) -> str:
        pieces: list[str] = []
        at = 0
        for start, end, text in changes:
            if start < at:
                continue  # inside of an element that is taken out
            pieces += (self.text[at:start], text)
            at = end
        return "".join((*pieces, self.text[at:]))


def _codec(data: bytes) -> str:
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return "utf-16"
    found = _ENCODING.match(data.removeprefix(b"\xef\xbb\xbf"))
    return found[1].decode("ascii").lower() if found else "utf-8"


def _decoded(raw: str) -> str:
    return _ESCAPE.sub(_character, raw) if "&" in raw or "\r" in raw else raw


def _character(match: re.Match[str]) -> str:
    name = match[1]
    if name is None:
        return "\n"
    if name in _NAMED:
        return _NAMED[name]
    return chr(int(name[2:], 16) if name.startswith("#x") else int(name[1:]))


def _replaced(slot: Slot, raw: str, mark: str) -> Iterator[tuple[int, int, str]]:
    """The changes of the source that a slot's cuts come to; cuts that overlap are one."""
    if not slot.cuts:
        return
    places = _places(raw) if slot.escaped and slot.text != raw else None
    written = quoted(mark) if slot.address else mark
    written = escape(written, {'"': "&quot;", "'": "&apos;"}) if slot.escaped else written
    for start, end, marked in merged(slot.cuts):
        first, last = (start, end) if places is None else (places[start], places[end])
        yield slot.start + first, slot.start + last, written if marked else ""


def quoted(mark: str) -> str:
    """The mark as it may stand in an address."""
    return quote(mark, safe="")


def _places(raw: str) -> list[int]:
    """Where each character of the text begins in the source."""
    places: list[int] = []
    at = 0
    for match in _ESCAPE.finditer(raw):
        places += [*range(at, match.start()), match.start()]
        at = match.end()
    return [*places, *range(at, len(raw)), len(raw)]


def merged(cuts: list[tuple[int, int, bool]]) -> list[tuple[int, int, bool]]:
    """Cuts in order; those that overlap are one, with the mark if any of them had it."""
    found: list[tuple[int, int, bool]] = []
    for start, end, marked in sorted(cuts):
        if found and start < found[-1][1]:
            first, last, was = found[-1]
            found[-1] = (first, max(last, end), was or marked)
        else:
            found.append((start, end, marked))
    return found


def starts(lengths: list[int], place: int) -> int:
    """The first of several pieces, by the places where they end, that goes beyond a place."""
    return bisect_left(lengths, place + 1)
