"""Tags with more attributes, and deeper in each other, than any page has: parsers take time by the square of both."""

from __future__ import annotations

import re

_MOST = 256
_SHORT = 8000  # characters of markup in which there is no room for many
_ATTRIBUTE = (
    r"""[\s/]*+=?+[^\s/>=]++(?:\s*+=\s*+(?:"[^"]*+(?:"|\Z)|'[^']*+(?:'|\Z)|[^\s>"'][^\s>]*+)?)?"""  # HTML, 13.2.5.32
)
_ONE = re.compile(_ATTRIBUTE)
_NAME = re.compile(r"[\s/]*+(=?+[^\s/>=]++)")
# All up to such a tag. Text in which a tag is none (scripts, comments) is read over as a whole, as parsers do. What may
# not be gone back into stands in a look-ahead: Python before 3.11.5 errs in possessive groups.
_RAW = "|".join(rf"<{name}\b[^>]*+>.*?(?:</{name}\b|\Z)" for name in ("script", "style", "textarea", "title", "xmp"))
_BEFORE = re.compile(
    rf"""(?:[^<]++|<!--.*?(?:-->|\Z)|{_RAW}|<(?![A-Za-z])"""
    rf"""|<[A-Za-z][^\s/>]*+(?=((?:{_ATTRIBUTE}){{0,{_MOST}}}))\1(?![\s/]*+=?+[^\s/>=]))*""",
    re.IGNORECASE | re.DOTALL,
)
_LONG = re.compile(rf"<[A-Za-z][^\s/>]*+(?:{_ATTRIBUTE})*")
_HEAD = re.compile(r"<[A-Za-z][^\s/>]*+")
# Those that are read, or say what is hidden.
_READ = frozenset(
    {
        "alt", "title", "value", "placeholder", "content", "aria-label", "href", "action", "xlink:href", "srcdoc",
        "name", "property", "style", "hidden", "dir", "class", "id", "type",
    }
)  # fmt: skip


def bounded(markup: str) -> str:
    """The markup with only the attributes that are read in every tag of more than 256. Takes time by its length."""
    if len(markup) < _SHORT:
        return markup
    place = _past(markup, 0)
    if place >= len(markup):
        return markup
    pieces = [markup[:place]]
    while place < len(markup):
        tag = _LONG.match(markup, place)
        end = tag.end() if tag else place + 1
        pieces.append(_few(markup[place:end]) if tag else markup[place])
        place = _past(markup, end)
        pieces.append(markup[end:place])
    return "".join(pieces)


_DEEPEST = 1000
_FEW = 5000  # tags that may all be in each other: that still costs little
# Blocks that only their end closes: what parsers look through for each of them.
_NESTING = re.compile(
    r"<(/?)(?:div|ul|ol|dl|blockquote|section|article|center|details|dir|fieldset|figure|figcaption|footer|header|hgroup"
    r"|main|menu|nav|pre|address|aside|summary|listing|search)(?=[\s/>])",
    re.IGNORECASE,
)


def shallow(markup: str) -> str:
    """The markup with tags that are more than 1000 deep as `<br`: their text stays in its place."""
    if markup.count("<") < _FEW:
        return markup
    depth = place = 0
    pieces: list[str] = []
    for match in _NESTING.finditer(markup):
        if match[1]:
            depth = max(0, depth - 1)
        elif depth < _DEEPEST:
            depth += 1
        else:
            pieces += (markup[place : match.start()], "<br")
            place = match.end()
    return "".join([*pieces, markup[place:]]) if pieces else markup


def _past(markup: str, place: int) -> int:
    """Where the next tag of too many begins, or the end."""
    match = _BEFORE.match(markup, place)
    return match.end() if match else place


def _few(tag: str) -> str:
    """The first attribute of each name that is read."""
    head = _HEAD.match(tag)
    kept: dict[str, str] = {}
    if head is None:
        return tag
    for match in _ONE.finditer(tag, head.end()):
        name = _NAME.match(match[0])
        if name and name[1].lower() in _READ:
            kept.setdefault(name[1].lower(), match[0].strip("/ \t\r\n\f"))
    return " ".join([head[0], *kept.values()])
