"""A web page as pieces of its source: text, attributes and comments with their places; nothing is made anew.

Tags are told apart as the standard does (HTML, 13.2.5); all takes time by the page's length.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from scanner.formats.web.html import _BLOCK

_HEAD = re.compile(r"<(/?)([A-Za-z][^\s/>]*+)")
_ATTRIBUTE = re.compile(
    r"""[\s/]*+(?P<name>=?+[^\s/>=]++)(?:\s*+=\s*+(?:"(?P<d>[^"]*+)(?:"|\Z)|'(?P<s>[^']*+)(?:'|\Z)"""
    r"""|(?P<u>[^\s>"'][^\s>]*+))?)?"""
)
_END = re.compile(r"[\s/]*+>?")
_REFERENCE = re.compile(r"&(?:#[0-9]{1,7};?|#[xX][0-9A-Fa-f]{1,6};?|[A-Za-z][A-Za-z0-9]{1,31};?)")
_SPACE = re.compile(r"[ \t\r\n\f]+")
_RAW = frozenset({"script", "style", "xmp", "noembed", "noframes", "iframe", "plaintext"})
_PLAIN = frozenset({"title", "textarea"})  # text with references and no tags
_KEPT = frozenset({"pre", "textarea", "listing"})  # where line ends are line ends


@dataclass(frozen=True, slots=True)
class Attribute:
    """One attribute with a value; `start` and `end` are those of the value, without its quotes."""

    name: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of the source. `kind`: text, open, close, comment, code (scripts, styles), other (`<?...>`, `<!...>`)."""

    kind: str
    start: int
    end: int
    name: str = ""
    attributes: tuple[Attribute, ...] = ()
    is_kept: bool = False  # text in which line ends are line ends


@dataclass(slots=True)
class Shown:
    """Text as a reader sees it; each character with its place in the source, (-1, -1) for the break of a block."""

    pieces: list[str] = field(default_factory=list)
    places: list[tuple[int, int]] = field(default_factory=list)

    def add(self, markup: str, start: int, end: int, *, is_kept: bool = False) -> None:
        """Append a piece of text: references as what they stand for, white space as one space."""
        place = start
        for match in _REFERENCE.finditer(markup, start, end):
            self._plain(markup, place, match.start(), is_kept)
            sign = html.unescape(match.group())
            if sign == match.group():
                self._plain(markup, match.start(), match.end(), is_kept)
            else:
                self._put(sign, match.start(), match.end())
            place = match.end()
        self._plain(markup, place, end, is_kept)

    def block(self) -> None:
        """A line ends here."""
        if self.pieces and self.pieces[-1] != "\n":
            self._put("\n", -1, -1)

    def _put(self, text: str, start: int, end: int) -> None:
        self.pieces.extend(text)
        self.places.extend([(start, end)] * len(text))

    def _plain(self, markup: str, start: int, end: int, is_kept: bool) -> None:
        place = start
        for match in _SPACE.finditer(markup, start, end) if not is_kept else ():
            self._signs(markup, place, match.start())
            self._put(" ", *match.span())
            place = match.end()
        self._signs(markup, place, end)

    def _signs(self, markup: str, start: int, end: int) -> None:
        self.pieces.extend(markup[start:end])
        self.places.extend((at, at + 1) for at in range(start, end))


def tokens(markup: str) -> Iterator[Token]:
    """The pieces of the source in order, without gaps."""
    place, kept = 0, 0
    lower = markup.lower() if len(markup.lower()) == len(markup) else markup
    while place < len(markup):
        start = markup.find("<", place)
        start = len(markup) if start < 0 else start
        head = _HEAD.match(markup, start)
        while start < len(markup) and head is None and markup[start + 1 : start + 2] not in ("!", "?", "/"):
            start = markup.find("<", start + 1)
            start = len(markup) if start < 0 else start
            head = _HEAD.match(markup, start)
        if start > place:
            yield Token("text", place, start, is_kept=kept > 0)
        if start == len(markup):
            return
        token = _other(markup, start) if head is None else _tag(markup, head)
        yield token
        place = token.end
        if token.name in _KEPT:
            kept = max(0, kept + (1 if token.kind == "open" else -1))
        if token.kind == "open" and token.name in _RAW | _PLAIN:
            end = lower.find(f"</{token.name}", place)
            end = len(markup) if end < 0 or token.name == "plaintext" else end
            if end > place:
                yield Token("code" if token.name in _RAW else "text", place, end, token.name, is_kept=kept > 0)
            place = end


def is_block(markup: str, token: Token) -> bool:
    """Whether a tag breaks the line."""
    return _BLOCK.match(markup, token.start) is not None


def _other(markup: str, start: int) -> Token:
    if markup.startswith("<!--", start):
        end = markup.find("-->", start + 4)
        return Token("comment", start, len(markup) if end < 0 else end + 3)
    close = "]]>" if markup.startswith("<![CDATA[", start) else ">"
    end = markup.find(close, start)
    return Token("other", start, len(markup) if end < 0 else end + len(close))


def _tag(markup: str, head: re.Match[str]) -> Token:
    found: list[Attribute] = []
    place = head.end()
    while match := _ATTRIBUTE.match(markup, place):
        group = next((one for one in ("d", "s", "u") if match[one] is not None), None)
        if group is not None:
            found.append(Attribute(match["name"].lower(), *match.span(group)))
        place = match.end()
    end = _END.match(markup, place)
    stop = end.end() if end else place
    return Token("close" if head[1] else "open", head.start(), max(stop, head.end()), head[2].lower(), tuple(found))
