"""Text of a page that stands in no element's text: comments, attributes with addresses, data for search engines."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import unquote

_CODE = re.compile(r"<(style|script)\b[^>]*>.*?(?:</\1\b[^>]*>|\Z)", re.IGNORECASE | re.DOTALL)
_CONDITION = re.compile(r"^\s*\[if[^\]]*\]>|<!\[endif\]\s*$|<!\[(?:if[^\]]*|endif)\]>", re.IGNORECASE)
_TAG = re.compile(r"<[^<>]*>")
_TOLD = re.compile(r"mailto:|tel:|\s(?:alt|title|value|content)\s*=", re.IGNORECASE)
_LETTER = re.compile(r"[^\W_]{2}")
_OFFICE = re.compile(r"<o:(?:Author|LastAuthor|Manager|Company)>([^<]+)<", re.IGNORECASE)
_INSTRUCTION = re.compile(r"<[?!](?!--|doctype|xml\b|\[)([^>]*)", re.IGNORECASE)
_VALUE = re.compile(r"""=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""")
_SIGNS = ("@", "%40")
_ESCAPED = ("&#64;", "&#x40;", "&commat;")
_NOT_HERE = ("cid:", "mid:", "data:", "mailto:", "sms:")  # ids in the shape of an address; what is read as a link


def comments(markup: str, lower: str, render: Callable[[str], str], broken: re.Pattern[str]) -> Iterator[str]:
    """What somebody commented out is still there, and Outlook shows what its conditional comments hold.

    `lower` is the markup in lower case; `broken` is in front of tags that break lines; `render` is asked where
    attributes may tell something.
    """
    if "</style" in lower or "</script" in lower:
        markup = _CODE.sub("", markup)
    place = markup.find("<!")
    while place >= 0:
        end = place + 2
        if markup.startswith("--", end):
            end = markup.find("-->", end)
            end = len(markup) if end < 0 else end
            yield from _comment(markup[place + 4 : end], render, broken)
        elif not markup.startswith("[", end) and (match := _INSTRUCTION.match(markup, place)):
            yield match[1]
            end = match.end()
        place = markup.find("<!", end)


def _comment(text: str, render: Callable[[str], str], broken: re.Pattern[str]) -> Iterator[str]:
    if "[" in text:
        text = _CONDITION.sub("", text)
    if "<" not in text and "&" not in text:
        plain = text
    elif _TOLD.search(text):
        plain = render(text.replace("<!--", " "))
    else:
        plain = html.unescape(_TAG.sub("", broken.sub("\n<", text)))
    if _LETTER.search(plain):
        yield plain


def instructions(markup: str) -> Iterator[str]:
    """What stands in `<?...>`: of programs that run on servers, or of XML."""
    place = markup.find("<?")
    while place >= 0:
        match = _INSTRUCTION.match(markup, place)
        if match and _LETTER.search(match[1]):
            yield match[1].strip("?- ")
        place = markup.find("<?", match.end() if match else place + 2)


def addresses(markup: str) -> Iterator[str]:
    """Values of attributes that hold an address: targets of links with a query, handlers, data-*."""
    for sign in (*_SIGNS, *_ESCAPED) if "&#" in markup or "&comm" in markup else _SIGNS:
        looked = 0
        place = markup.find(sign)
        while place >= 0:
            start = markup.rfind("<", looked, place)
            looked = place
            if start >= 0 and _is_open(markup, start, place):
                looked = _tag_end(markup, start, place)
                tag = markup[start:looked]
                if tag.count("@") != 1 or "mailto:" not in tag or "%40" in tag:  # most are links, read as such
                    yield from _values(tag)
            place = markup.find(sign, max(looked, place + 1))


def _is_open(markup: str, start: int, place: int) -> bool:
    """Whether the tag that starts there goes on until here: a `>` in quotes does not end it."""
    end = markup.find(">", start, place)
    return end < 0 or markup.count('"', start, end) % 2 == 1


def _tag_end(markup: str, start: int, place: int) -> int:
    end = markup.find(">", place)
    if end < 0:
        return len(markup)
    return end if markup.count('"', start, end) % 2 == 0 else max(end, markup.find('"', end) + 1)


def _values(tag: str) -> Iterator[str]:
    for match in _VALUE.finditer(tag):
        value = html.unescape(match[match.lastindex or 0]).strip()
        if ("@" in value or "%40" in value) and not value.lower().startswith(_NOT_HERE):
            yield unquote(unquote(value))


def authors(markup: str) -> list[str]:
    """Who wrote the page, as Office notes it when it saves one."""
    return [html.unescape(name).strip() for name in _OFFICE.findall(markup)]


def escaped(text: str) -> str:
    """Text of a CDATA section, as markup that says the same."""
    return html.escape(text, quote=False)


def linked_data(source: str) -> str:
    """The values of JSON-LD, one a line; as it is, where it is no JSON."""
    try:
        return "\n".join(_leaves(json.loads(source, strict=False)))
    except (ValueError, RecursionError):
        return source


def _leaves(value: Any) -> Iterator[str]:  # noqa: ANN401 - any JSON
    left = [value]
    while left:
        one = left.pop()
        if isinstance(one, dict):
            left.extend(reversed(one.values()))
        elif isinstance(one, list):
            left.extend(reversed(one))
        elif isinstance(one, str | int | float) and not isinstance(one, bool):
            yield str(one)
