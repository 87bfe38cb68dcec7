"""One content line written anew: its text masked between the escapes, folded as it was, encoded as it was."""

from __future__ import annotations

import binascii
import re
from collections.abc import Callable, Sequence

from scanner.formats import charset
from scanner.surgery.base import CannotEdit, Person
from scanner.surgery.contacts.content_lines import Piece, Working

_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_PARAMETER = re.compile(r";((?:[^;\"]|\"[^\"]*\"?)*)")
_VALUE = re.compile(r'"[^"]*"?|[^,"]+')
_UNSAFE = re.compile(r'[:;,"\n]')
_FOLD = 75  # octets, RFC 5545, 3.1 and RFC 6350, 3.2
_SOFT = 76  # characters, RFC 2045, 6.7


def masked(text: str, person: Person) -> str:
    r"""Escaped text (`\n`, `\,`) with the mark where the person stood; all else is as it was."""
    plain, places = _plain(text)
    mark = re.sub(r"([\\;,])", r"\\\1", person.mark)
    out: list[str] = []
    place = 0
    for start, end in person.spans(plain):
        out += [text[place : places[start]], mark]
        place = places[end]
    return "".join([*out, text[place:]])


def _plain(text: str) -> tuple[str, Sequence[int]]:
    """The text without escapes, and where in the escaped text each of its characters begins (and where it ends)."""
    if "\\" not in text:
        return text, range(len(text) + 1)
    said: list[str] = []
    places: list[int] = []
    place = 0
    while place < len(text):
        places.append(place)
        match = _ESCAPE.match(text, place)
        said.append(text[place] if match is None else "\n" if match[1] in "nN" else match[1])
        place += 1 if match is None else 2
    return "".join(said), [*places, len(text)]


def with_parameters(head: str, change: Callable[[str, str], str | None]) -> str:
    """The head of a line with each parameter's text as `change(NAME, text)` wants it; None takes the parameter out."""
    name, semicolon, rest = head[:-1].partition(";")
    found = _PARAMETER.findall(semicolon + rest)
    if semicolon + rest != "".join(f";{one}" for one in found):
        raise CannotEdit("a line's parameters are damaged")
    kept = []
    for one in found:
        key, equals, value = one.partition("=")
        new = change(key.strip().upper(), value) if equals else one
        if new is not None:
            kept.append(f";{key}={new}" if equals else f";{one}")
    return name + "".join(kept) + ":"


def without(values: str, leaves: Callable[[str], bool]) -> str | None:
    """A parameter's list of values without those that leave; None where none is left."""
    found = [match[0] for match in _VALUE.finditer(values)]
    kept = [one for one in found if not leaves(one.strip().strip('"'))]
    if len(kept) == len(found):
        return values
    return ",".join(one.strip() for one in kept) or None


def masked_parameter(value: str, person: Person) -> str:
    """A parameter's text with the mark, which there holds no character that would end the parameter."""
    mark = " ".join(_UNSAFE.sub(" ", person.mark).split())
    out: list[str] = []
    place = 0
    for start, end in person.spans(value):
        out += [value[place:start], mark]
        place = end
    return "".join([*out, value[place:]])


def written(working: Working, piece: Piece, head: str, value: str) -> bytes:
    """The bytes of a line whose name and parameters, or value, changed: folded at the width that it had, or at 75."""
    _, old = piece.split()
    quoted = piece.line.parameter("ENCODING").upper() == "QUOTED-PRINTABLE"
    codec = _codec(piece, binascii.a2b_qp(old) if quoted else old)
    try:
        data = value.encode(codec, "strict")
    except UnicodeError as error:
        raise CannotEdit("the charset of a line cannot say what would be written") from error
    raw = working.data
    ends = [raw[row.stop : row.end] for row in piece.rows]
    inner = ends[0] or next_end(raw)
    longest = max(row.stop - row.start for row in piece.rows)
    first = head.encode("utf-8", "surrogateescape")
    if quoted:
        if b"\n" in old:
            raise CannotEdit("a line in quoted-printable is broken")
        body = [_soft(first, data, max(_SOFT, longest), inner)]
    else:
        width = max(_FOLD, longest)
        said, *more = (first + data).split(b"\n")
        body = [_folded(said, width, inner, _indent(raw, piece)), *more]
    return inner.join(body) + ends[-1]


def next_end(data: bytes) -> bytes:
    """The line end of the file's first line, or that of RFC 5545."""
    match = re.search(rb"\r\n|\r|\n", data)
    return match[0] if match else b"\r\n"


def _codec(piece: Piece, data: bytes) -> str:
    """In which charset the value is written: one that gives what the reader read, and the same bytes again."""
    text = piece.line.value if piece.line.name else piece.line.raw
    for name in (charset.codec(piece.line.parameter("CHARSET") or "utf-8"), "utf-8", "cp1252"):
        try:
            if name and data.decode(name, "strict") == text and text.encode(name, "strict") == data:
                return name
        except UnicodeError:
            continue
    raise CannotEdit("the charset of a line is not sure")


def _indent(raw: bytes, piece: Piece) -> bytes:
    """What its folds begin with; nothing where white space would become a part of the value (vCard 2.1)."""
    if piece.keeps_folds:
        return b""
    second = piece.rows[1].start if len(piece.rows) > 1 else 0
    return b"\t" if second and raw[second : second + 1] == b"\t" else b" "


def _folded(said: bytes, width: int, end: bytes, indent: bytes) -> bytes:
    """Rows of at most `width` octets, no character of UTF-8 torn, none of white space alone (that would be a blank)."""
    if not indent or len(said) <= width:
        return said
    rows: list[bytes] = []
    place = 0
    while place < len(said):
        stop = min(len(said), place + width - bool(rows))
        while place < stop < len(said) and said[stop] & 0xC0 == 0x80:
            stop -= 1
        stop = stop if stop > place else min(len(said), place + width - bool(rows))
        chunk = said[place:stop]
        if rows and chunk.isspace():
            rows[-1] += chunk
        else:
            rows.append(chunk)
        place = stop
    return (end + indent).join(rows)


def _soft(head: bytes, data: bytes, width: int, end: bytes) -> bytes:
    """Quoted-printable after the head, with soft breaks."""
    tokens = [bytes([one]) if (33 <= one <= 126 and one != 61) or one == 32 else b"=%02X" % one for one in data]
    if tokens and tokens[-1] == b" ":
        tokens[-1] = b"=20"
    out, row = [], len(head)
    for token in tokens:
        if row + len(token) > width - 1:
            out.append(b"=" + end)
            row = 0
        out.append(token)
        row += len(token)
    return head + b"".join(out)
