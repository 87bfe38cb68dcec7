"""Content lines with their place in the file: which bytes each line of the reader is made of.

The reader (`scanner.formats.contacts.content_lines`) says what a line means; this says where it stands, with its folds
and soft breaks. Both must come to the same lines, or nothing is edited.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from scanner.formats import charset
from scanner.formats.contacts.content_lines import Line, lines
from scanner.surgery.base import CannotEdit

_ROW = re.compile(rb"[^\r\n]*(?:\r\r\n|\r\n|\r|\n|\Z)")
_HEAD = re.compile(
    rb"[ \t]*(?:[A-Za-z0-9_-]+\.)?([A-Za-z0-9_-]+)[ \t]*(?:;(?:[^:;\"]|\"[^\"\n]*\")*)*:"
    rb"|[ \t]*(?:[A-Za-z0-9_-]+\.)?([A-Za-z0-9_-]+);[^:]*:"
)
_BASE64_ROW = re.compile(rb"[A-Za-z0-9+/=]+\Z")
_BINARY = re.compile(rb";(?:ENCODING=)?(?:BASE64|B)(?=[;:])", re.IGNORECASE)
_QUOTED = re.compile(rb";(?:ENCODING=)?\"?QUOTED-PRINTABLE", re.IGNORECASE)
_CHARSET = re.compile(rb"charset=", re.IGNORECASE)
_STATEFUL = ("iso2022", "utf-7", "utf_7", "hz")


class Row(NamedTuple):
    """One physical line: where it begins, where its text ends, where its line end ends."""

    start: int
    stop: int
    end: int


@dataclass(slots=True)
class Piece:
    """One property with its rows. `text` is what the rows say with folds and soft breaks taken away."""

    line: Line
    rows: list[Row]
    text: bytes
    keeps_folds: bool = False  # a fold's white space belongs to the value (vCard 2.1)

    @property
    def start(self) -> int:
        """The first byte."""
        return self.rows[0].start

    @property
    def end(self) -> int:
        """The byte after the last line end."""
        return self.rows[-1].end

    def split(self) -> tuple[str, bytes]:
        """Name and parameters with the colon, and the value as it is written. What is no property is all value."""
        match = _HEAD.match(self.text)
        cut = match.end() if match and self.line.name else 0
        return self.text[:cut].decode("utf-8", "surrogateescape"), self.text[cut:]


@dataclass(frozen=True, slots=True)
class Working:
    """A file's bytes to work on: its own, or UTF-8 where the reader takes the whole file to be in another charset."""

    data: bytes
    mark: bytes  # the byte order mark
    codec: str  # "" where the bytes are the file's own

    def closed(self, data: bytes) -> bytes:
        """Changed bytes in the file's charset. Raises CannotEdit where they have no place in it."""
        if not self.codec:
            return self.mark + data
        try:
            return self.mark + data.decode("utf-8", "surrogatepass").encode(self.codec, "strict")
        except UnicodeError as error:
            raise CannotEdit("the charset of the file cannot say what would be written") from error


def opened(data: bytes) -> Working:
    """The bytes to work on. Raises CannotEdit where the file's charset could not be written again as it was."""
    name, skip = charset.encoding(data[:4096])
    mark, rest = data[:skip], data[skip:]
    wide = name.startswith(("utf-16", "utf-32"))
    if not wide and (name == "utf-8" or _CHARSET.search(data)):
        return Working(rest, mark, "")
    try:
        text = rest.decode(name, "strict")
        same = not name.startswith(_STATEFUL) and text.encode(name, "strict") == rest
    except UnicodeError:
        same = False
    if not same:
        raise CannotEdit("the charset of the file is not sure")
    return Working(text.encode("utf-8", "surrogatepass"), mark, name)


def pieces(working: Working, *, keep_folds: bool) -> list[Piece]:
    """The properties in order. Raises CannotEdit where they are not the reader's."""
    groups = list(_logical(working.data, _rows(working.data), keep_folds))
    read = list(lines(working.closed(working.data), keep_folds=keep_folds))
    found = [Piece(line, rows, text, keep_folds) for line, (rows, text) in zip(read, groups, strict=False)]
    if len(read) != len(groups) or any(_name(piece) != piece.line.name for piece in found):
        raise CannotEdit("where its lines begin and end is not sure")
    return found


def replaced(data: bytes, changes: Sequence[tuple[int, int, bytes]]) -> bytes:
    """The bytes with each range (begin, end; not overlapping) replaced."""
    out: list[bytes] = []
    place = 0
    for start, end, new in sorted(changes):
        if start < place:
            raise CannotEdit("two changes meet in one place")
        out += [data[place:start], new]
        place = end
    return b"".join([*out, data[place:]])


def _name(piece: Piece) -> str:
    match = _HEAD.match(piece.text)
    return (match[1] or match[2]).decode("ascii").upper() if match else ""


def _rows(data: bytes) -> Iterator[Row]:
    for match in _ROW.finditer(data):
        if match.end() > match.start():
            yield Row(match.start(), match.start() + len(match[0].rstrip(b"\r\n")), match.end())


_Run = tuple[list[Row], bytes]


def _logical(data: bytes, rows: Iterator[Row], keep_folds: bool) -> Iterator[_Run]:
    """Runs of rows that are one property; a run that is no property belongs to the one before."""
    held: list[Row] = []
    said: list[bytes] = []
    for run, text in _unfolded(data, rows, keep_folds):
        if held and text and not _HEAD.match(text):
            held += run
            said.append(text)
            continue
        if held:
            yield held, b"\n".join(said)
        held, said = (run, [text]) if text else ([], [])
    if held:
        yield held, b"\n".join(said)


def _unfolded(data: bytes, rows: Iterator[Row], keep_folds: bool) -> Iterator[_Run]:
    """Rows with their folds, soft breaks and runs of base64; a blank one is a run that says nothing."""
    held: list[Row] = []
    said: list[bytes] = []
    soft = binary = quoted = False
    for row in rows:
        text = data[row.start : row.stop].replace(b"\0", b"")
        if soft:
            said[-1] = said[-1][:-1]
            more = text
        elif held and text[:1] in (b" ", b"\t") and not text.isspace():
            more = text if keep_folds and not binary else text[1:]
        elif binary and _BASE64_ROW.match(text):
            more = text
        else:
            if held:
                yield held, b"".join(said)
            held, said = [], []
            if not text.strip():
                yield [row], b""
                binary = quoted = soft = False
                continue
            head = text.split(b":", 1)[0] + b":" if b";" in text else b""
            binary, quoted = _BINARY.search(head) is not None, _QUOTED.search(head) is not None
            more = text
        held.append(row)
        said.append(more)
        soft = quoted and text.endswith(b"=")
    if held:
        yield held, b"".join(said)
