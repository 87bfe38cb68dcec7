"""JSON and JSON lines: objects in a list are rows, with the persons their keys tell of; jCard and JSContact are cards.

Read with stdlib `json`: keys that come twice are both kept, numbers stay as they were written, escapes are undone (also
UTF-8 that was escaped byte by byte, as in Meta's exports). What is not valid is read as text, with its escapes undone.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from connectors.base import GapReason
from scanner.blob import Blob
from scanner.formats import charset, text
from scanner.formats.base import Format, Found
from scanner.formats.data.json_cards import card
from scanner.formats.data.json_tree import Pairs, Tree, Value
from scanner.formats.inline import Inline
from scanner.limits import Limits
from scanner.records import ReadError, Record, Role


def _extract(blob: Blob, limits: Limits) -> Iterator[Found]:
    del limits
    data = blob.data()
    if charset.is_binary(data):
        raise ReadError(GapReason.UNREADABLE, "not text")
    documents, loose = _documents(charset.decode(data))
    if loose.strip():
        yield Record((), "file", [(Role.BODY, _text(loose))])
    if documents:
        yield from _records(documents[0] if len(documents) == 1 else documents, Inline(blob.limit))


FORMAT = Format(
    "json",
    1,
    "stdlib json",
    _extract,
    records="`row N` (below `part KEY`), `card N`",
    entities="by keys, as by a header; owner and related of cards",
)


def _records(value: Value, inline: Inline) -> Iterator[Found]:
    if card(value, 1, Inline(0)) is not None or not isinstance(value, list):
        value = [value]
        alone = True
    else:
        alone = False
    cards = [found for number, one in enumerate(value, 1) if (found := card(one, number, inline)) is not None]
    if cards and len(cards) == len(value):
        yield from cards
        yield from inline.drained()
        return
    tree = Tree(inline)
    yield from tree.records(value[0] if alone else value)
    keys = tree.keys()
    if keys is not None:
        yield keys


# The bytes to values


def _documents(content: str) -> tuple[list[Value], str]:
    """The documents that stand one after another in a text, and what of it is none."""
    try:
        return [_righted(_DECODER.decode(content))], ""
    except RecursionError:
        return [], content
    except json.JSONDecodeError as fault:
        if not fault.msg.startswith("Extra data") and "\n" not in content.strip():
            return [], content
    first = next((line for line in content.splitlines() if line.strip()), "")
    return _by_line(content) if _line(first) is not None else _joined(content)


def _by_line(content: str) -> tuple[list[Value], str]:
    """Row N is the Nth line that is not blank; one that is broken is text."""
    return [
        found if (found := _line(line)) is not None else _text(line) for line in content.split("\n") if line.strip()
    ], ""


def _line(line: str) -> Value:
    try:
        found = _righted(_DECODER.decode(line))
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, Pairs | list) else None


def _joined(content: str) -> tuple[list[Value], str]:
    documents: list[Value] = []
    place = 0
    while (match := _NEXT.match(content, place)) and match.end() < len(content):
        try:
            value, place = _DECODER.raw_decode(content, match.end())
        except (ValueError, RecursionError):
            break
        documents.append(_righted(value))
    return documents, content[place:].strip(_BETWEEN)


def _text(loose: str) -> str:
    """Text that is no JSON, or broken; what shows by its quotes that it was meant to be is freed of all escapes."""
    if "\\" not in loose or not _MEANT.search(loose):
        return text.unescaped(loose)
    return _ESCAPES.sub(lambda match: _PLAIN.get(match[1]) or text.unescaped('"' + match[0])[1:], loose)


_MEANT = re.compile(r'"\s*[:,]\s*["{\[]')
_ESCAPES = re.compile(
    r"""\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|(["\\/bfnrt]))"""
)
_PLAIN = {'"': '"', "\\": "\\", "/": "/", "b": " ", "f": " ", "n": "\n", "r": "\n", "t": "\t"}
_BETWEEN = " \t\r\n,\x1e"  # RFC 7464 has a record separator
_NEXT = re.compile(f"[{_BETWEEN}]*")
_SURROGATE = re.compile("[\ud800-\udfff]")
_HIGH = re.compile("[\xc2-\xf4][\x80-\xbf]")


def _members(pairs: list[tuple[str, Value]]) -> Pairs:
    return Pairs((_put_right(key), _righted(value)) for key, value in pairs)


def _righted(value: Value) -> Value:
    """The value with the texts in it put right; those of objects are so already."""
    if isinstance(value, str):
        return _put_right(value)
    work = [value] if isinstance(value, list) else []
    while work:
        one = work.pop()
        for at, inner in enumerate(one):
            if isinstance(inner, str):
                one[at] = _put_right(inner)
            elif isinstance(inner, list):
                work.append(inner)
    return value


def _put_right(value: str) -> str:
    if value.isascii():
        return value
    if _SURROGATE.search(value):
        value = value.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    if _HIGH.search(value):
        try:
            return value.encode("latin-1").decode("utf-8")
        except UnicodeError:
            pass
    return value


_DECODER = json.JSONDecoder(
    object_pairs_hook=_members, parse_int=str, parse_float=str, parse_constant=str, strict=False
)
