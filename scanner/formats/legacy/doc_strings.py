"""What a Word file says beside its text: authors of comments, of changes and of versions, variables, form fields."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from scanner.formats.legacy.doc_fib import (
    ASSOCIATED,
    BOOKMARKS,
    CHANGE_AUTHORS,
    COMMENT_OWNERS,
    SAVED_BY,
    VARIABLES,
    Header,
    listed,
    strings,
    variables,
)

_NOBODY = frozenset({"unknown", ""})
_AUTHOR, _LAST = 6, 7  # of the associated strings (2.9.272)


@dataclass(slots=True)
class Beside:
    """Names of persons and other text that belongs to the whole file."""

    commenters: list[str] = field(default_factory=list)
    persons: list[str] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)


def beside(head: Header, table: bytes, codec: str | None) -> Beside:
    """Everything that the tables of strings say."""
    found = Beside(commenters=_names(listed(head.part(table, COMMENT_OWNERS), codec)))
    found.persons = _names(strings(head.part(table, CHANGE_AUTHORS), codec))
    associated = strings(head.part(table, ASSOCIATED), codec)
    found.persons += _names(associated[_AUTHOR : _LAST + 1])
    found.texts = [text for text in (*associated[:_AUTHOR], *associated[_LAST + 1 :]) if text]
    bookmarks = strings(head.part(table, BOOKMARKS), codec)
    found.texts += [name for name in bookmarks if name and not name.startswith("_")]  # `_Toc12` is Word's own
    if head.wide:
        saved = strings(head.part(table, SAVED_BY), None)  # a name and a path, in turn (2.9.276)
        found.persons += _names(saved[0::2])
        found.texts += saved[1::2]
        found.texts += [text for text in variables(head.part(table, VARIABLES)) if text]
    return found


_FORM_FIELD = re.compile(rb"\x44\0[\0-\xff]{62}\xff\xff\xff\xff")


def form_fields(data: bytes) -> list[str]:
    """Names, default texts, choices and help of form fields, from the Data stream (2.9.78, FFData)."""
    found: dict[str, None] = {}
    left = 4 * len(data)  # lists of choices that lie in each other are read no more often
    for match in _FORM_FIELD.finditer(data):
        place = match.end()
        kind = int.from_bytes(data[place : place + 2], "little") & 3
        place += 6
        for number in range(7):  # name, default (a number but in text fields), format, help, status, two macros
            if number == 1 and kind != 0:
                place += 2
                continue
            text, place = _ended(data, place)
            if text:
                found[text] = None
        if kind == 2 and left > 0:
            choices = strings(data[place : place + 65536], None)
            left -= sum(map(len, choices)) * 2 + len(choices) * 2
            found.update(dict.fromkeys(choices))
    return [text for text in found if text]


def _ended(data: bytes, place: int) -> tuple[str, int]:
    """A counted string that ends with NUL too (2.2.3, Xstz); none where it is no such thing."""
    end = place + 2 + 2 * int.from_bytes(data[place : place + 2], "little")
    if data[end : end + 2] != b"\0\0":
        return "", place
    return data[place + 2 : end].decode("utf-16-le", "replace"), end + 2


def _names(found: list[str]) -> list[str]:
    return [name for name in dict.fromkeys(found) if name.strip().lower() not in _NOBODY]
