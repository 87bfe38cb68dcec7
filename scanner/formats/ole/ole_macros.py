"""The source text of macros ([MS-OVBA]), which is read as any text and never run: comments in it name who wrote it."""

from __future__ import annotations

import re
from collections.abc import Iterator

import olefile

from connectors.base import GapReason
from scanner.formats.charset import handler
from scanner.formats.ole.ole import stream
from scanner.formats.ole.ole_properties import code_page, system_code_page
from scanner.limits import Limits
from scanner.records import ReadError, Record, Role, Unread

STEPS = ("part macros",)
_SWITCH = re.compile(
    r"Attribute VB_(?:Base|GlobalNameSpace|Creatable|PredeclaredId|Exposed|TemplateDerived|Customizable) = "
)
_SOURCE = b"\0Attribut"  # how every module's source begins, as the packed bytes have it
_CHUNK = 4096
_MOST = 16 << 20  # bytes of source of all modules


def has_macros(ole: olefile.OleFileIO) -> bool:
    """Whether there is a project of macros in the file."""
    return any(_is_module(path) for path in ole.listdir())


def macros(ole: olefile.OleFileIO, limits: Limits) -> Iterator[Record | Unread]:
    """The source of all modules as one record; forms' own streams are not in it."""
    texts: list[str] = []
    codec = _codec(ole, limits)
    left = _MOST
    for path in filter(_is_module, ole.listdir()):
        try:
            data = stream(ole, path, limits.blob)
        except ReadError as fault:
            yield Unread(STEPS, fault.reason, fault.detail)
            continue
        start = data.find(_SOURCE)
        if start < 3:
            continue
        source, whole = unpacked(data, start - 3, left)
        left -= len(source)
        texts.append("\n".join(line for line in source.decode(codec, handler(codec)).splitlines() if _is_own(line)))
        if not whole:
            yield Unread(STEPS, GapReason.UNREADABLE, "macro source")
    if any(texts):
        yield Record(STEPS, "part", [(Role.BODY, "\n".join(text for text in texts if text))])


def _codec(ole: olefile.OleFileIO, limits: Limits) -> str:
    """The code page that the project says (PROJECTCODEPAGE, 2.3.4.2.1.4), or that of the file."""
    for path in ole.listdir():
        if len(path) > 1 and path[-2].upper() == "VBA" and path[-1].lower() == "dir":
            try:
                plain, _ = unpacked(stream(ole, path, limits.blob), 0)
            except ReadError:
                break
            place = plain.find(_CODE_PAGE) + len(_CODE_PAGE)
            if place >= len(_CODE_PAGE) and place + 2 <= len(plain):
                return code_page(int.from_bytes(plain[place : place + 2], "little"))
    return system_code_page(ole) or "cp1252"


_CODE_PAGE = b"\3\0\2\0\0\0"


def _is_module(path: list[str]) -> bool:
    return len(path) > 1 and path[-2].upper() == "VBA" and not path[-1].startswith(("__SRP_", "_VBA_PROJECT"))


def _is_own(line: str) -> bool:
    return bool(line.strip()) and _SWITCH.match(line) is None


def unpacked(data: bytes, place: int, most: int = _MOST) -> tuple[bytes, bool]:
    """A compressed container (2.4.1) that begins at a place, and whether it was whole."""
    if data[place : place + 1] != b"\1":
        return b"", False
    place += 1
    found = bytearray()
    while place + 2 <= len(data) and len(found) < most:
        head = int.from_bytes(data[place : place + 2], "little")
        if head >> 12 & 7 != 3:
            return bytes(found), False
        end = min(len(data), place + (head & 0xFFF) + 3)
        if head & 0x8000:
            if not _chunk(data[place + 2 : end], found):
                return bytes(found), False
        else:
            found += data[place + 2 : end]
        place = end
    return bytes(found), len(found) < most


def _chunk(data: bytes, found: bytearray) -> bool:
    """Literals and copies of what this chunk has already said (2.4.1.3.5); no more than 4096 bytes."""
    start = len(found)
    place = 0
    while place < len(data):
        flags = data[place]
        place += 1
        for bit in range(8):
            if place >= len(data):
                break
            if not flags >> bit & 1:
                found.append(data[place])
                place += 1
                continue
            done = len(found) - start
            if not done or done > _CHUNK:
                return False
            token = int.from_bytes(data[place : place + 2], "little")
            place += 2
            bits = max(4, (done - 1).bit_length())
            length = (token & (0xFFFF >> bits)) + 3
            back = (token >> (16 - bits)) + 1
            if back > done:
                return False
            for _ in range(length):
                found.append(found[-back])
    return True
