"""Addresses and numbers as programs set them: broken at a line's end, with characters in them that nobody sees.

The tail of a broken address (`asa.oberg-`, then `berg@kund.example`) is somebody else's, so it is told with its head.
"""

from __future__ import annotations

import re
from collections.abc import Iterator


def _any_of(characters: str) -> bytes:
    return b"(?:" + b"|".join(re.escape(one.encode()) for one in characters) + b")"


_HYPHEN = re.compile(_any_of("\u2010\u2011\ufe63\uff0d"))
_SOFT_BREAK = re.compile("\u00ad".encode() + rb"[ \t]*\r?\n[ \t]*")
_SPACELIKE = "\u061c\u200b\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff"
_ENDS_A_WORD = _any_of(_SPACELIKE)
# In one group, since only then the places are found by their first bytes: fifty times as fast.
_UNSEEN = re.compile(_any_of(_SPACELIKE + "\u00ad\u034f\u180e\u200c\u200d\u2060\u2061\u2062\u2063\u2064"))
_FIRSTS = (b"\xe2", b"\xc2\xad", b"\xef", b"\xcd\x8f", b"\xd8\x9c", b"\xe1\xa0\x8e")  # one of these begins each
# A whole domain, then what may be a space to the writer: "anna@x.example", U+200B, "Hej".
_DOMAIN = rb"@[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*\.[A-Za-z]{2,24}"
_AFTER_DOMAIN = re.compile(_DOMAIN + rb"(?=" + _ENDS_A_WORD + rb"+[^\W_])")
_BETWEEN_TWO = re.compile(rb"(" + _DOMAIN + rb")" + _ENDS_A_WORD + rb"+(?=[0-9A-Za-z._+-]+@)")


def seen(data: bytes) -> tuple[bytes, list[bytes]]:
    """UTF-8 text as a reader sees it, and the addresses that may end where an unseen character stands."""
    if data.isascii() or not any(first in data for first in _FIRSTS):
        return data, []
    data = _HYPHEN.sub(b"-", _SOFT_BREAK.sub(b"", data))
    if not _UNSEEN.search(data):
        return data, []
    data = _BETWEEN_TWO.sub(rb"\1 ", data)
    ends = [_UNSEEN.sub(b"", data[max(0, m.start() - 300) : m.end()]) for m in _AFTER_DOMAIN.finditer(data)]
    return _UNSEEN.sub(b"", data), ends


_NEAR = 160  # bytes around a break that are looked at
_LOCAL = rb"[0-9A-Za-z\x80-\xff._%+'=-]"
_HEAD = re.compile(rb"(" + _LOCAL + rb"*[0-9A-Za-z\x80-\xff])([-._+])[ \t]*\r?\n[ \t>]*\Z")
_BREAK = re.compile(rb"[ \t]*\r?\n[ \t>]*")
_HOST = re.compile(rb"[0-9A-Za-z\x80-\xff-]+(?:\.[0-9A-Za-z\x80-\xff-]+)+")
_LABEL = re.compile(rb"[a-z]{2,24}(?![0-9A-Za-z\x80-\xff@_-])(?!\.[0-9A-Za-z])|[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)+")


def whole(data: bytes, start: int, end: int) -> Iterator[bytes]:
    """The address at `data[start:end]` with what stands in the lines around it, where it seems to be broken there.

    A hyphen at a line's end belongs to the address or only to the break, so both are told. A full stop may have ended
    the sentence before, so the tail is told too.
    """
    ends = _domains(data, data[start:end], end) if data[end : end + 1] in _BLANKS else [data[start:end]]
    head = _head(data, start) if data[start - 1 : start] in _QUOTED else None
    if head is None:
        yield from ends
        return
    before, mark = head.groups()
    for address in ends:
        yield before + mark + address
        if mark == b"-":
            yield before + address
        elif mark == b".":
            yield address


_BLANKS = (b" ", b"\t", b"\r", b"\n")  # one of these begins a break
_QUOTED = (b" ", b"\t", b">", b"\n")  # one of these ends it
_MARKS = (b"-", b".", b"_", b"+")


def _head(data: bytes, start: int) -> re.Match[bytes] | None:
    """What stands before the break that ends at `start`, and its mark; the pattern is kept for where there is one."""
    near = data[max(0, start - _NEAR) : start]
    line = near.rstrip(b" \t>")
    if not line.endswith(b"\n") or line[:-1].removesuffix(b"\r").rstrip(b" \t")[-1:] not in _MARKS:
        return None
    return _HEAD.search(near)


def _domains(data: bytes, address: bytes, end: int) -> list[bytes]:
    gap = _BREAK.match(data[end : end + _NEAR])
    if gap is None:
        return [address]
    after = data[end + gap.end() : end + gap.end() + _NEAR]
    if b"." not in address.rpartition(b"@")[2] and not address.endswith(b"-"):  # "x@", "x@kun", then "d.example"
        host = _HOST.match(after)
        return [address + host.group()] if host else [address]
    if address.endswith(b"-"):
        host = _HOST.match(after)
        return [address + host.group(), address[:-1] + host.group()] if host else [address]
    if address.endswith(b".") and b"." not in address.rpartition(b"@")[2][:-1]:
        label = _LABEL.match(after)
        return [address + label.group()] if label else [address]
    return [address]


_PERSONAL = re.compile(rb"\b([0-9]{6}(?:[0-9]{2})?)(?: ?([-+])[ \t]*\r?\n[ \t]*|[ \t]*\r?\n[ \t]*([-+]))([0-9]{4})\b")


_GOES_ON = re.compile(rb"\n[ \t]*[-+]?[0-9]")  # few lines begin so, and looking for that costs little


def personal_numbers(data: bytes) -> Iterator[bytes]:
    """What may be a personal number broken at its sign."""
    for match in _PERSONAL.finditer(data) if _GOES_ON.search(data) else ():
        yield match.group(1) + (match.group(2) or match.group(3)) + match.group(4)


# The line before ends with an area code and mostly more, the next begins with digits.
_PHONE = re.compile(
    r"(?<![0-9A-Za-z.,:_/-])(?<![0-9] )([+(]{0,2}[0-9][0-9 ()/-]{1,18})[ ]*\r?\n"
    r"[ ]*([0-9][0-9 -]{0,13}[0-9])(?![0-9A-Za-z_]|[.,:/-][0-9])"
)
_DIGITS_NEXT = re.compile(r"\n *[0-9]")
_BEGINS = re.compile(r"\+[1-9]|\(?0[1-9][0-9]{0,2}\)? ?[-/ (]")
_TIMES = re.compile(r"[0-2][0-9] ?- ?[0-2]?[0-9]\s*")
_NUMBER_LINE = re.compile(r"\s*[0-9 ()./+:,-]*[0-9][0-9 ()./+:,-]*\s*")


def phones(text: str) -> Iterator[tuple[str, str]]:
    """The two lines' parts of what may be a phone number; never out of a list or column of numbers."""
    for match in _PHONE.finditer(text) if _DIGITS_NEXT.search(text) else ():
        first, second = match.groups()
        begins = _BEGINS.match(first) or (first.strip(" ").isdigit() and first[0] == "0" and " " in second)
        if begins and not _TIMES.fullmatch(first) and _stands_alone(text, *match.span()):
            yield first.strip(), second


def _stands_alone(text: str, start: int, end: int) -> bool:
    """False in a list: a line that is a number, and one beside it that is a number too."""
    above = text[max(0, start - _NEAR) : start].split("\n")
    below = text[end : end + _NEAR].split("\n")
    listed = len(above) > 1 and not above[-1].strip() and _NUMBER_LINE.fullmatch(above[-2])
    return not listed and not (len(below) > 1 and not below[0].strip(" .,\r") and _NUMBER_LINE.fullmatch(below[1]))
