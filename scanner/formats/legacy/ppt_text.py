"""Text of one PowerPoint object ([MS-PPT]): a slide, its notes, a master, or the document with its list of slides."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from scanner.formats.legacy.ppt_records import (
    C_STRING,
    COMMENT,
    COMMENT_AUTHORS,
    NOTES_ATOM,
    OLE_ATOM,
    PROGRAM_TAG,
    SHAPE_PROPERTIES,
    SLIDE_LIST,
    SLIDE_PERSIST,
    TEXT_BYTES,
    TEXT_CHARS,
    Atom,
    walk,
)
from scanner.formats.ole.office_art import said

_BREAKS = str.maketrans({"\r": "\n", "\x0b": "\n", "\xa0": " ", "\x1f": "", "\xad": ""})
_INITIALS = 2  # the third string of a comment


@dataclass(slots=True)
class Listed:
    """A slide, master or notes page in the document's list: its object, its own number, its outline's text."""

    instance: int  # of the list: 0 slides, 1 masters, 2 notes
    object: int
    number: int
    lines: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Said:
    """What one object says."""

    lines: list[str] = field(default_factory=list)
    comments: list[str] = field(default_factory=list)
    commenters: list[str] = field(default_factory=list)
    listed: list[Listed] = field(default_factory=list)
    objects: dict[int, str] = field(default_factory=dict)  # what embedded objects are called, by object
    slide: int = -1  # the slide that notes belong to


def read(data: bytes, outer: Atom) -> Said:
    """All text in a container, in its order, and what it says of other objects."""
    found = Said()
    list_end = -1
    instance = 0
    naming = -1  # the embedded object whose names follow
    for atom in walk(data, outer):
        kind = atom.kind
        if kind == SLIDE_LIST:
            list_end, instance = atom.end, atom.instance
        elif kind == SLIDE_PERSIST:
            found.listed.append(Listed(instance, _number(data, atom, 0), _number(data, atom, 12)))
        elif kind == NOTES_ATOM:
            found.slide = _number(data, atom, 0)
        elif kind == OLE_ATOM:
            naming = _number(data, atom, 16)
        elif kind == C_STRING:
            _string(data, atom, found, naming)
        else:
            lines = found.lines
            if atom.start < list_end and found.listed:
                lines = found.listed[-1].lines
            lines.extend(text for text in _texts(data, atom) if text and text != "*")
    return found


def _texts(data: bytes, atom: Atom) -> Iterator[str]:
    if atom.kind == TEXT_CHARS:
        yield _clean(data[atom.start : atom.end].decode("utf-16-le", "replace"))
    elif atom.kind == TEXT_BYTES:
        yield _clean(data[atom.start : atom.end].decode("latin-1"))  # the low bytes of UTF-16
    elif atom.kind in SHAPE_PROPERTIES:
        yield from map(_clean, said(data[atom.start : atom.end], atom.instance))


def _string(data: bytes, atom: Atom, found: Said, naming: int) -> None:
    """A string means what its container and its variant say."""
    text = _clean(data[atom.start : atom.end].decode("utf-16-le", "replace"))
    if not text or atom.parent == PROGRAM_TAG:
        return
    if atom.parent == COMMENT:
        if atom.instance == 0:
            found.commenters.append(text)
        elif atom.instance != _INITIALS:
            found.comments.append(text)
    elif atom.parent == COMMENT_AUTHORS:
        found.commenters.append(text)
    else:
        found.lines.append(text)
        if naming >= 0:
            found.objects.setdefault(naming, text)


def _number(data: bytes, atom: Atom, offset: int) -> int:
    return int.from_bytes(data[atom.start + offset : min(atom.end, atom.start + offset + 4)], "little")


def _clean(text: str) -> str:
    return text.rstrip("\0").translate(_BREAKS).strip()
