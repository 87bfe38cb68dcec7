"""Apple's property lists, binary and XML: contacts as cards, all else as keys and values, as in JSON.

Read with stdlib `plistlib`. Of an archive of objects (NSKeyedArchiver) every string is text. What it cannot read, gives
its legible strings as text, and is a gap.
"""

from __future__ import annotations

import plistlib
from collections.abc import Callable, Iterator

from connectors.base import GapReason
from scanner.blob import Blob
from scanner.formats.base import Format, Found
from scanner.formats.data.json_tree import Pairs, Tree, Value
from scanner.formats.data.plist_card import card
from scanner.formats.data.xml_data import as_text, parsed
from scanner.formats.inline import Inline, strings
from scanner.formats.web import html
from scanner.limits import Limits
from scanner.records import Record, Role, Unread


def _extract(blob: Blob, limits: Limits) -> Iterator[Found]:
    del limits
    data = blob.data()
    inline = Inline(blob.limit)
    if not data.startswith(b"bplist"):
        yield from _comments(data)
    try:
        value = _Plain(inline, 1000 + 4 * len(data)).value(_loaded(data))
    except Exception as fault:  # the library raises of every kind on damaged lists
        yield from _as_text(data)
        yield from inline.drained()
        yield Unread((), GapReason.UNREADABLE, f"property list ({type(fault).__name__})")
        return
    yield from inline.drained()
    found = card(value) if isinstance(value, Pairs) else None
    if found is not None:
        yield found
        return
    tree = Tree(inline)
    yield from tree.records(value)
    keys = tree.keys()
    if keys is not None:
        yield keys


FORMAT = Format(
    "plist",
    1,
    "stdlib plistlib",
    _extract,
    records="`card 1` of a contact; else `row N` (below `part KEY`)",
    entities="owner and related of contacts; else by keys, as by a header",
)


def _loaded(data: bytes) -> object:
    if not data.startswith(b"bplist"):
        data = data.lstrip(b" \t\r\n")
    loaded: object = plistlib.loads(data)
    return loaded


def _comments(data: bytes) -> Iterator[Record]:
    """What stands in comments, which the library passes over."""
    if b"<!--" not in data:
        return
    root = parsed(html.decode(data))
    said = [] if root is None else [one.text or "" for one in root.iter() if not isinstance(one.tag, str)]
    text = "\n".join(one.strip() for one in said if one.strip())
    if text:
        yield Record((), "file", [(Role.BODY, text)])


def _as_text(data: bytes) -> Iterator[Record]:
    legible = ["\n".join([*strings(data), *_wide(data)])]
    texts = legible if data.startswith(b"bplist") else as_text(html.decode(data))
    yield Record((), "file", [(Role.BODY, text) for text in texts if text.strip()])


def _wide(data: bytes) -> Iterator[str]:
    """A binary list has what is not ASCII in UTF-16, the high byte first."""
    for start in (0, 1):
        swapped = bytearray(data[start:])
        swapped = swapped[: len(swapped) // 2 * 2]
        swapped[0::2], swapped[1::2] = swapped[1::2], swapped[0::2]
        yield from (run for run in strings(bytes(swapped)) if not run.isascii() or len(run) > 7)


class _Plain:
    """The library's values to keys and values; without recursion in what refers to itself."""

    def __init__(self, inline: Inline, most: int) -> None:
        self._inline = inline
        self._left = most
        self._open: set[int] = set()

    def value(self, value: object) -> Value:
        """Texts, numbers and dates as text; bytes that are a known file apart, else what is legible in them.

        Raises ValueError for more values than the limit.
        """
        self._left -= 1
        if self._left < 0:
            raise ValueError("too many values")
        if isinstance(value, dict | list | tuple):
            return self._nested(value)
        if isinstance(value, bytes):
            return "" if self._inline.add(value) else "\n".join(strings(value))
        if isinstance(value, plistlib.UID | bool) or value is None:
            return ""
        return str(value)

    def _nested(self, value: object) -> Value:
        if id(value) in self._open:  # it holds itself
            return ""
        self._open.add(id(value))
        try:
            if isinstance(value, dict):
                if value.get("$archiver") and isinstance(value.get("$objects"), list):
                    return list(self._strings(value["$objects"]))
                return Pairs((str(key), self.value(inner)) for key, inner in value.items())
            assert isinstance(value, list | tuple)
            return [self.value(inner) for inner in value]
        finally:
            self._open.discard(id(value))

    def _strings(self, objects: list[object]) -> Iterator[Value]:
        """Every text among the objects of an archive, keys of dictionaries too, which are objects of their own."""
        take: Callable[[object], Value] = self.value
        for one in objects:
            if isinstance(one, dict):
                yield from (take(inner) for inner in one.values() if isinstance(inner, str | bytes))
            elif isinstance(one, str) and one != "$null":
                yield one
            elif not isinstance(one, str):
                yield take(one)
