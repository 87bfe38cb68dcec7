"""Where the parts of a message lie in its bytes, numbered as the reader of mails numbers them.

The walk is that of `scanner.formats.mail.mime`, with places. Both are compared: a message that they would see in two
ways is not edited.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from scanner.formats.mail import mail, mime
from scanner.records import Steps
from scanner.surgery.base import CannotEdit


@dataclass(frozen=True, slots=True)
class Outer:
    """The multipart around a part: its type, and the delimiter of it and of those around it."""

    kind: str
    mark: bytes
    outer: Outer | None = None

    def kinds(self) -> Iterator[str]:
        """The types from the inside out."""
        yield self.kind
        if self.outer is not None:
            yield from self.outer.kinds()

    def marks(self) -> Iterator[bytes]:
        """The delimiters (`--boundary`) from the inside out."""
        yield self.mark
        if self.outer is not None:
            yield from self.outer.marks()


@dataclass(frozen=True, slots=True)
class Place:
    """A part, where its header, its body and its end lie, and where the delimiter lines around it begin.

    `outer` is None for a message that is no multipart; `before` and `after` are -1 where there is no such line.
    """

    part: mime.Part
    start: int
    body: int
    end: int
    outer: Outer | None
    before: int = -1
    after: int = -1


@dataclass(frozen=True, slots=True)
class _Area:
    start: int
    body: int
    end: int
    outer: Outer | None
    before: int = -1
    after: int = -1


def places(raw: bytes) -> list[Place]:
    """All parts in order. Raises CannotEdit where this walk and the reader's do not agree."""
    if b"\n" not in raw and b"\r" in raw:
        raise CannotEdit("the mail has line ends of a kind that is not edited")
    fields, start = mime.headers(raw)
    found = list(_walk(raw, _Area(0, start, len(raw), None), mime.content_headers(fields), "text/plain"))
    theirs = [_told(part) for part in mime.parts(raw, fields, start)]
    if [_told(place.part) for place in found] != theirs:
        raise CannotEdit("the parts of the mail cannot be told apart for sure")
    return found


def attachments(found: list[Place]) -> dict[Steps, Place]:
    """The parts that the reader numbers as attachments, by their steps."""
    numbered = [
        place
        for place in found
        if (place.part.is_attachment or place.part.encrypted) and place.part.type != "application/pgp-encrypted"
    ]
    return {
        (f"attachment {number}: {place.part.filename or mail.part_name(place.part.type)}",): place
        for number, place in enumerate(numbered, 1)
    }


def bodies(found: list[Place]) -> list[Place]:
    """The parts that are the text of the message itself, text between parts counted in."""
    return [place for place in found if not place.part.is_attachment and not place.part.encrypted]


def _told(part: mime.Part) -> tuple[object, ...]:
    return part.type, part.headers, part.body, part.loose, part.encrypted


def _walk(raw: bytes, area: _Area, fields: dict[str, str], default: str) -> Iterator[Place]:
    declared = fields.get("content-type", "")
    kind = mime.media_type(declared) if declared else default
    if not kind.startswith("multipart/"):
        yield _placed(raw, area, fields if declared else {**fields, "content-type": default})
        return
    boundary = mime.parameter(declared, "boundary")
    depth = sum(1 for _ in area.outer.kinds()) if area.outer else 0
    mark = b"--" + (boundary or "").encode("utf-8", "surrogateescape")
    outer = Outer(kind, mark, area.outer)
    areas = _areas(raw, area, outer) if boundary and depth < mime.MAX_DEPTH else []
    if not areas:
        yield _placed(raw, replace(area, outer=outer), {}, loose=True)
    inner = "message/rfc822" if kind == "multipart/digest" else "text/plain"
    for one, loose in areas:
        if loose:
            if raw[one.start : one.end].strip():
                yield _placed(raw, one, {}, loose=True)
            continue
        inner_fields, start = mime.headers(raw[one.start : one.end])
        deeper = _Area(one.start, one.start + start, one.end, one.outer, one.before, one.after)
        yield from _walk(raw, deeper, mime.content_headers(inner_fields), inner)


def _placed(raw: bytes, area: _Area, fields: dict[str, str], *, loose: bool = False) -> Place:
    part = mime.Part(fields, raw[area.body : area.end], loose=loose)
    sealed = area.outer is not None and "multipart/encrypted" in area.outer.kinds()
    part.encrypted = sealed and part.type != "application/pgp-encrypted"
    return Place(part, area.start, area.body, area.end, area.outer, area.before, area.after)


def _areas(raw: bytes, area: _Area, outer: Outer) -> list[tuple[_Area, bool]]:
    """The runs between delimiter lines, and whether each is only text that stands outside."""
    found: list[tuple[_Area, bool]] = []
    place, before, loose = area.body, -1, True
    body = raw[area.body : area.end]
    for start, end, last in mime.delimiters(body, outer.mark):
        line = _line(raw, area.body + start)
        found.append(_run(raw, _Area(place, place, area.body + start, outer, before, line), loose=loose))
        place, before, loose = area.body + end, line, last
    if before < 0:
        return []
    found.append(_run(raw, _Area(place, place, area.end, outer, before), loose=loose))
    return found


_BREAK = re.compile(rb"(?:\r?\n)?")


def _line(raw: bytes, start: int) -> int:
    """Where the delimiter's own line begins: the line break before it counts as its own."""
    match = _BREAK.match(raw, start)
    return match.end() if match else start


def _run(raw: bytes, area: _Area, *, loose: bool) -> tuple[_Area, bool]:
    """A part begins behind the line break of its delimiter."""
    if loose:
        return area, True
    start = area.start
    start += raw.startswith(b"\r", start, area.end)
    start += raw.startswith(b"\n", start, area.end)
    return _Area(start, start, area.end, area.outer, area.before, area.after), False
