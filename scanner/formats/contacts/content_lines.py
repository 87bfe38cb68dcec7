"""Content lines of vCard and iCalendar files (RFC 6350, 3.2; RFC 5545, 3.1; vCard and vCalendar 2.1), read tolerantly.

Own code, because the libraries (vobject, icalendar) refuse a file for one line that is not as it should be, and phones
write many: quoted-printable with soft breaks, photos without folding, folds without their space, bare carriage returns.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass

from scanner.formats import charset

_PROPERTY = re.compile(
    rb"[ \t]*(?:([A-Za-z0-9_-]+)\.)?([A-Za-z0-9_-]+)[ \t]*((?:;(?:[^:;\"]|\"[^\"\n]*\")*)*):(.*)\Z", re.DOTALL
)
_LOOSE = re.compile(rb"[ \t]*(?:([A-Za-z0-9_-]+)\.)?([A-Za-z0-9_-]+)(;[^:]*):(.*)\Z", re.DOTALL)
_PARAMETER = re.compile(r";((?:[^;\"]|\"[^\"]*\"?)*)")
_BASE64_LINE = re.compile(rb"[A-Za-z0-9+/=]+\Z")
_BINARY = re.compile(rb";(?:ENCODING=)?(?:BASE64|B)(?=[;:])", re.IGNORECASE)
_QUOTED = re.compile(rb";(?:ENCODING=)?\"?QUOTED-PRINTABLE", re.IGNORECASE)


@dataclass(slots=True)
class Line:
    """One property: its upper-case name, its parameters by upper-case name, and its value decoded to text.

    `binary` holds the undecoded text of a base64 value instead; `value` is then empty.
    """

    name: str
    parameters: dict[str, list[str]]
    value: str
    group: str = ""
    binary: bytes = b""
    raw: str = ""  # a line that is no property at all

    def parameter(self, name: str) -> str:
        """The first value of a parameter, or ""."""
        values = self.parameters.get(name)
        return values[0] if values else ""


def lines(data: bytes, *, keep_folds: bool = False) -> Iterator[Line]:
    """The properties of a file, in order. `keep_folds`: a fold's white space belongs to the value (vCard 2.1)."""
    for logical in _logical(_utf8(data), keep_folds):
        yield _parse(logical)


_CHARSET = re.compile(rb"charset=", re.IGNORECASE)


def _utf8(data: bytes) -> bytes:
    """UTF-16 to UTF-8, marks away, one kind of line end. Other charsets stay bytes till a line says which it is in."""
    name, skip = charset.encoding(data[:4096])
    guessed = name != "utf-8" and _CHARSET.search(data) is None  # where a line says its own, that holds
    if guessed or name.startswith(("utf-16", "utf-32")):
        data = data[skip:].decode(name, "replace").encode("utf-8", "surrogatepass")
    else:
        data = data[skip:]
    if b"\r" in data:
        data = data.replace(b"\r\r\n", b"\n").replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    return data.replace(b"\0", b"")


def _logical(data: bytes, keep_folds: bool) -> Iterator[bytes]:
    """Whole properties. A line that is none belongs to the one before: its break should have been escaped."""
    held = b""
    for line in _unfolded(data, keep_folds):
        if held and line and not _is_property(line):
            held += b"\n" + line
            continue
        if held:
            yield held
        held = line
    if held:
        yield held


def _unfolded(data: bytes, keep_folds: bool) -> Iterator[bytes]:
    """Lines with their folds, soft breaks and runs of base64 joined; b"" for a blank one."""
    held: list[bytes] = []
    soft = binary = quoted = False
    for line in data.split(b"\n"):
        if soft:  # quoted-printable goes on whatever the next line looks like
            held[-1] = held[-1][:-1]
            held.append(line)
        elif held and line[:1] in (b" ", b"\t") and not line.isspace():
            held.append(line if keep_folds and not binary else line[1:])
        elif binary and _BASE64_LINE.match(line):
            held.append(line)
        else:
            if held:
                yield b"".join(held)
            held = [line] if line.strip() else []
            if not held:
                yield b""
            head = line.split(b":", 1)[0] + b":" if b";" in line else b""
            binary, quoted = _BINARY.search(head) is not None, _QUOTED.search(head) is not None
        soft = quoted and line.endswith(b"=")
    if held:
        yield b"".join(held)


def _is_property(line: bytes) -> bool:
    return b":" in line and (_PROPERTY.match(line) or _LOOSE.match(line)) is not None


def _parse(logical: bytes) -> Line:
    match = _PROPERTY.match(logical) or _LOOSE.match(logical)
    if not match:
        return Line("", {}, "", raw=charset.decode(logical))
    group, name, parameters, value = match.groups()
    read = _parameters(charset.decode(parameters)) if parameters else {}
    line = Line(name.decode("ascii").upper(), read, "", (group or b"").decode("ascii").lower())
    encoding = line.parameter("ENCODING").upper()
    if encoding in ("B", "BASE64"):
        line.binary = value
    else:
        if encoding == "QUOTED-PRINTABLE":
            value = binascii.a2b_qp(value)
        line.value = charset.decode(value, line.parameter("CHARSET") or None)
    return line


_BARE = {"QUOTED-PRINTABLE": "ENCODING", "BASE64": "ENCODING", "B": "ENCODING", "8BIT": "ENCODING", "7BIT": "ENCODING"}


def _parameters(text: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for piece in _PARAMETER.findall(text):
        name, equals, value = piece.partition("=")
        name = name.strip().upper()
        if not equals:  # vCard 2.1: `TEL;HOME;CELL:`
            name, value = _BARE.get(name, "TYPE"), name
        found.setdefault(name, []).extend(_values(value.strip()))
    return found


_VALUES = re.compile(r'"([^"]*)"?|([^,"]+)')
_CARET = re.compile(r"\^([n'^])")
_CARET_MEANS = {"n": "\n", "'": '"', "^": "^"}  # RFC 6868


def _values(text: str) -> list[str]:
    if '"' not in text and "," not in text:
        values = [text]
    else:
        values = [quoted or bare for quoted, bare in _VALUES.findall(text)]
    return [_CARET.sub(lambda m: _CARET_MEANS[m[1]], value) if "^" in value else value for value in values]


_ESCAPE = re.compile(r"\\(.)", re.DOTALL)


def unescape(value: str) -> str:
    r"""`\n`, `\,`, `\;` and `\\` as what they stand for."""
    if "\\" not in value:
        return value
    return _ESCAPE.sub(lambda match: "\n" if match[1] in "nN" else match[1], value)


_COMPONENT = re.compile(r"((?:[^\\;]|\\.)*)(?:;|\\?\Z)", re.DOTALL)


def components(value: str) -> list[str]:
    """The parts of a structured value (N, ADR), split at semicolons that are not escaped."""
    if "\\" not in value:
        return [part.strip() for part in value.split(";")]
    return [unescape(part).strip() for part in _COMPONENT.findall(value)]
