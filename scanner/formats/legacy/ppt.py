"""PowerPoint 97-2003 files (ppt, pps, pot): text slide by slide, notes, comments, masters, embedded files, authors."""

from __future__ import annotations

import zlib
from collections.abc import Iterator

import olefile

from connectors.base import GapReason
from scanner.blob import Blob
from scanner.formats.base import Format, Found, Nested
from scanner.formats.legacy.ppt_records import (
    DOCUMENT,
    HANDOUT,
    MASTER,
    NOTES,
    OLE_STORAGE,
    SLIDE,
    Atom,
    Current,
    Directory,
    current,
    directory,
    newest_edit,
    top,
)
from scanner.formats.legacy.ppt_text import Said, read
from scanner.formats.office.ooxml import PROPERTIES, authors
from scanner.formats.ole import locked, ole_properties
from scanner.formats.ole.office_art import pictures
from scanner.formats.ole.ole import opened, stream
from scanner.formats.ole.ole_rest import rest
from scanner.formats.ole.ole_runs import runs
from scanner.limits import Limits
from scanner.records import ReadError, Record, Role, Steps, Unread

_STREAM = "PowerPoint Document"
_DUAL = "PP97_DUALSTORAGE"  # a file for PowerPoint 95 too, with the newer one inside
_KNOWN = frozenset({_STREAM.lower(), "current user", "pictures", _DUAL.lower()})
_TEXTS = (DOCUMENT, SLIDE, NOTES, MASTER, HANDOUT)


def _extract(blob: Blob, limits: Limits) -> Iterator[Found]:
    ole = opened(blob)
    folder = [_DUAL] if ole.exists([_DUAL, _STREAM]) else []
    if not folder and not ole.exists(_STREAM):
        yield from ole_properties.read(ole)
        raise ReadError(GapReason.UNKNOWN_FORMAT, "PowerPoint 95")
    now = Current()
    if ole.exists([*folder, "Current User"]):
        now = current(stream(ole, [*folder, "Current User"], limits.blob))
    if now.encrypted:
        try:
            yield from locked.unlocked(blob)
        except ReadError:
            yield from ole_properties.read(ole)
            raise
        return
    data = stream(ole, [*folder, _STREAM], limits.blob)
    show = _Show(data, now, limits)
    yield from show.pages()
    yield from show.rest()
    yield from show.objects()
    number = 0
    for name in ("Pictures", _STREAM):
        if ole.exists([*folder, name]):
            content = data if name == _STREAM else stream(ole, [*folder, name], limits.blob)
            for _, nested in pictures(content, number + 1, limits):
                number += 1
                yield nested
    yield from rest(ole, _KNOWN)
    yield from _properties(ole, now.user)
    if show.broken:
        raise ReadError(GapReason.UNREADABLE, "PowerPoint records broken off")


class _Show:
    """The objects of one stream: those that the directory names count, the others are of earlier versions."""

    def __init__(self, data: bytes, now: Current, limits: Limits) -> None:
        self._data = data
        self._limits = limits
        self._top = dict(top(data))
        self.broken: list[bytes] = []  # what is no record
        place = 0
        for start, end in [*((at, atom.end) for at, atom in self._top.items()), (len(data), len(data))]:
            if data[place:start].strip(b"\0"):
                self._lost(place, start)
            place = end
        self._directory = directory(data, now.edit)
        if self._document() is None:
            self._directory = directory(data, newest_edit(data))
        if self._document() is None:
            self._directory = self._all()
        self._live = set(self._directory.places.values())
        self._said: dict[int, Said] = {}  # by place
        self._used: set[int] = set()

    def _lost(self, place: int, end: int) -> None:
        """Bytes that are no record: an object cut off is read as far as it goes, of others what can be seen."""
        kind = int.from_bytes(self._data[place + 2 : place + 4], "little")
        cut = self._data[place : place + 2] == b"\x0f\0" and kind in _TEXTS
        if cut:
            self._top[place] = Atom(kind, 0, place + 8, end, 0)
        self.broken.append(b"" if cut else self._data[place:end])

    def pages(self) -> Iterator[Record]:
        """The slides as `page N`, their comments and notes as parts of them, the masters, and the document's own."""
        document = self._read(self._directory.document)
        pages: dict[int, int] = {}
        notes: dict[int, list[str]] = {}
        masters: list[str] = []
        page = 0
        for listed in document.listed:
            said = self._read(listed.object)
            if listed.instance == 0:
                page += 1
                pages[listed.number] = page
                yield from _page((f"page {page}",), listed.lines + said.lines, said)
            elif listed.instance == 1:
                masters += listed.lines + said.lines
            else:
                notes.setdefault(said.slide, []).extend(listed.lines + said.lines)
        for slide in [*notes]:
            if slide in pages:
                yield from _lines((f"page {pages[slide]}", "part notes"), notes.pop(slide))
        yield from _lines(("part notes",), [line for lines in notes.values() for line in lines])
        masters += self._unlisted()
        yield from _lines(("part masters",), masters)
        yield from _page((), document.lines, document)

    def rest(self) -> Iterator[Found]:
        """What is not reachable any more: text that the newest version does not have."""
        now = {line for place in self._used for line in self._lines_at(place)}
        earlier: dict[str, None] = {}
        commenters: dict[str, None] = {}
        for place, atom in self._top.items():
            if place in self._used or atom.kind not in _TEXTS:
                continue
            earlier.update(dict.fromkeys(line for line in self._lines_at(place) if line not in now))
            commenters.update(dict.fromkeys(self._at(place).commenters))
        if self.broken:
            earlier[runs(b"\0\0\xff".join(self.broken))] = None
        yield from _lines(("part earlier versions",), list(earlier), list(commenters))

    def objects(self) -> Iterator[Nested | Unread]:
        """Embedded objects, packed or not (2.10.34), those of earlier versions too."""
        names = {}
        for place, atom in self._top.items():
            if atom.kind == DOCUMENT:
                names.update(self._at(place).objects)
        objects = {place: number for number, place in self._directory.places.items()}
        number = 0
        for place, atom in self._top.items():
            if atom.kind != OLE_STORAGE:
                continue
            number += 1
            name = names.get(objects.get(place, -1), "")
            steps = (f"attachment {number}: {name}" if name else f"attachment {number}",)
            try:
                yield Nested(steps, Blob(self._unpacked(atom), name), "attachment")
            except ReadError as fault:
                yield Unread(steps, fault.reason, fault.detail)

    def _unpacked(self, atom: Atom) -> bytes:
        content = self._data[atom.start : atom.end]
        if not atom.instance:
            return content
        unpacker = zlib.decompressobj()
        try:
            unpacked = unpacker.decompress(content[4:], self._limits.blob)
        except zlib.error:
            raise ReadError(GapReason.UNREADABLE, "embedded object") from None
        if unpacker.unconsumed_tail:
            raise ReadError(GapReason.TOO_LARGE, f"more than {self._limits.blob} bytes")
        return unpacked

    def _document(self) -> Atom | None:
        atom = self._top.get(self._directory.places.get(self._directory.document, -1))
        return atom if atom is not None and atom.kind == DOCUMENT else None

    def _all(self) -> Directory:
        """Without a directory: the last document, and everything in the order of the stream."""
        places = dict(enumerate((place for place, atom in self._top.items() if atom.kind in _TEXTS), start=1))
        last = max((number for number, place in places.items() if self._top[place].kind == DOCUMENT), default=-1)
        return Directory(places, last)

    def _unlisted(self) -> list[str]:
        """Masters of notes and handouts, which no list names."""
        found: list[str] = []
        for number, place in sorted(self._directory.places.items()):
            atom = self._top.get(place)
            if place not in self._used and atom is not None and atom.kind in (MASTER, NOTES, HANDOUT):
                found += self._read(number).lines
        return found

    def _read(self, number: int) -> Said:
        place = self._directory.places.get(number, -1)
        if place not in self._top or place in self._used:
            return Said()
        self._used.add(place)
        return self._at(place)

    def _at(self, place: int) -> Said:
        found = self._said.get(place)
        if found is None:
            found = self._said[place] = read(self._data, self._top[place])
        return found

    def _lines_at(self, place: int) -> Iterator[str]:
        said = self._at(place)
        yield from said.lines
        yield from said.comments
        for listed in said.listed:
            yield from listed.lines


def _page(steps: Steps, lines: list[str], said: Said) -> Iterator[Record]:
    if said.comments or said.commenters:
        yield from _lines((*steps, "part comments"), said.comments, said.commenters)
    yield from _lines(steps, lines)


def _lines(steps: Steps, lines: list[str], persons: list[str] | None = None) -> Iterator[Record]:
    text = "\n".join(line for line in lines if line)
    if text or persons:
        kind = "page" if steps and steps[-1].startswith("page ") else "part" if steps else "file"
        yield Record(steps, kind, [(Role.BODY, text)] if text else [], authors(persons or []))


def _properties(ole: olefile.OleFileIO, user: str) -> Iterator[Record | Unread]:
    """The properties, with who saved the file last."""
    own = Record(PROPERTIES, "part")
    for found in ole_properties.read(ole):
        if isinstance(found, Record):
            own = found
        else:
            yield found
    own.entities += [entity for entity in authors([user]) if entity not in own.entities]
    if own.texts or own.entities:
        yield own


FORMAT = Format(
    "ppt",
    1,
    "olefile and an own reader",
    _extract,
    records="`page N` with `part notes` and `part comments`, `part masters`, `part earlier versions`, "
    "`part image N.png`, `attachment N: NAME`, `part other streams`, `part properties`",
    entities="authors of the file and of comments, who saved it last",
    limits="copies of shapes that newer versions leave for themselves; PowerPoint 95",
)
