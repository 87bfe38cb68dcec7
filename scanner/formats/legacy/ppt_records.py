"""The records of a PowerPoint stream ([MS-PPT] 2.3.1), and the directory that says which of them count (2.3.4)."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final, NamedTuple

DOCUMENT, SLIDE, NOTES, MASTER, HANDOUT = 1000, 1006, 1008, 1016, 4041
NOTES_ATOM, SLIDE_PERSIST, SLIDE_LIST = 1009, 1011, 4080
TEXT_CHARS, TEXT_BYTES, C_STRING = 4000, 4008, 4026
OLE_STORAGE, OLE_ATOM = 4113, 4035
COMMENT, COMMENT_AUTHORS, PROGRAM_TAG, TAG_DATA = 12000, 12004, 5002, 5003
SHAPE_PROPERTIES: Final = (0xF00B, 0xF121, 0xF122)
USER_EDIT, PERSIST_DIRECTORY = 4085, 6002
_ENCRYPTED = 0xF3D1C4DF
_MOST_EDITS = 10_000


class Atom(NamedTuple):
    """A record: what it is, its variant, where its content lies, and the kind of the container it is in."""

    kind: int
    instance: int
    start: int
    end: int
    parent: int


def top(data: bytes) -> Iterator[tuple[int, Atom]]:
    """The records of the stream and where each begins. Behind what is none, on with the next that looks like one."""
    place = 0
    while place + 8 <= len(data):
        flags, kind, size = struct.unpack_from("<HHI", data, place)
        if kind and place + 8 + size <= len(data):
            yield place, Atom(kind, flags >> 4, place + 8, place + 8 + size, 0)
            place += 8 + size
            continue
        again = _BEGIN.search(data, place + 1)
        if again is None:
            return
        place = again.start()


# Documents, slides, notes, masters and handouts; the directory; edits.
_BEGIN = re.compile(
    rb"\x0f\0(?:\xe8\x03|\xee\x03|\xf0\x03|\xf8\x03|\xc9\x0f)|\0\0\x72\x17|\0\0\xf5\x0f[\x1c\x20]\0\0\0"
)


def walk(data: bytes, outer: Atom) -> Iterator[Atom]:
    """All records inside a container, containers before what is in them. Sizes that reach out of it are cut."""
    place = outer.start
    ends = [(outer.end, outer.kind)]
    while ends:
        end, parent = ends[-1]
        if place + 8 > end:
            place = end
            ends.pop()
            continue
        flags, kind, size = struct.unpack_from("<HHI", data, place)
        start, stop = place + 8, min(place + 8 + size, end)
        yield Atom(kind, flags >> 4, start, stop, parent)
        if flags & 15 == 15 or kind == TAG_DATA:
            ends.append((stop, kind))
            place = start
        else:
            place = stop


@dataclass(slots=True)
class Current:
    """What the stream Current User says (2.3.2): the newest edit, who made it, whether all is encrypted."""

    edit: int = -1
    user: str = ""
    encrypted: bool = False


def current(data: bytes) -> Current:
    """The content of that stream; empty where it is too short."""
    if len(data) < 28:
        return Current()
    token, edit, length = struct.unpack_from("<IIH", data, 12)
    wide = data[28 + length + 4 : 28 + length + 4 + 2 * length]
    name = (
        wide.decode("utf-16-le", "replace")
        if len(wide) == 2 * length
        else data[28 : 28 + length].decode("cp1252", "replace")
    )
    return Current(edit, name.strip("\0 "), token == _ENCRYPTED)


@dataclass(slots=True)
class Directory:
    """Where the objects are that count now, by number; and the number of the document."""

    places: dict[int, int] = field(default_factory=dict)
    document: int = -1


def directory(data: bytes, edit: int) -> Directory:
    """The edits from the newest back to the first: the newest place of an object counts. Empty where it is broken."""
    found = Directory()
    seen: set[int] = set()
    left = len(data)  # bytes of directories: they do not lie in each other
    while edit not in seen and edit >= 0 and edit + 36 <= len(data) and len(seen) < _MOST_EDITS:
        seen.add(edit)
        kind = int.from_bytes(data[edit + 2 : edit + 4], "little")
        if kind != USER_EDIT:
            break
        before, places, document = struct.unpack_from("<III", data, edit + 16)
        if found.document < 0:
            found.document = document
        if places not in seen and left > 0:
            seen.add(places)
            left -= _add(data, places, found.places)
        edit = before or -1
    return found


def newest_edit(data: bytes) -> int:
    """The last edit in the stream, where Current User does not tell; -1 for none."""
    return next((place for place, atom in reversed(list(top(data))) if atom.kind == USER_EDIT), -1)


def _add(data: bytes, place: int, places: dict[int, int]) -> int:
    """One PersistDirectoryAtom (2.3.5): runs of objects, each with the number of its first. Gives its size in bytes."""
    if place + 8 > len(data) or int.from_bytes(data[place + 2 : place + 4], "little") != PERSIST_DIRECTORY:
        return 8
    start = place
    end = min(len(data), place + 8 + int.from_bytes(data[place + 4 : place + 8], "little"))
    place += 8
    while place + 4 <= end:
        run = int.from_bytes(data[place : place + 4], "little")
        place += 4
        for number in range(run & 0xFFFFF, (run & 0xFFFFF) + (run >> 20)):
            if place + 4 > end:
                return end - start
            places.setdefault(number, int.from_bytes(data[place : place + 4], "little"))
            place += 4
    return end - start
