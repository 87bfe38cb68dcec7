"""What an old workbook keeps in other streams than its main one: pivot caches, revisions, controls, macros."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator

import olefile

from connectors.base import GapReason
from scanner.blob import Blob
from scanner.formats.base import Found, Nested
from scanner.formats.legacy.xls_biff import Biff, Strings, records
from scanner.formats.legacy.xls_cells import shown
from scanner.formats.office.ooxml import author_fact
from scanner.formats.ole import ole_properties
from scanner.formats.ole.ole_embedded import embedded, storages
from scanner.formats.ole.ole_macros import macros
from scanner.formats.ole.ole_runs import runs
from scanner.limits import Limits
from scanner.records import Entity, Record, Role, Unread

_CACHES = frozenset({"_sx_db_cur", "_sx_db"})
_REVISIONS, _USERS = "revision log", "user names"
_XML, _MACROS = "msodatastore", "_vba_project_cur"
_OWN = frozenset({*_CACHES, _XML, _MACROS})
_KNOWN = frozenset({"workbook", "book", _REVISIONS, _USERS})
_USER = 0x193  # UsrInfo
_CONTROL = re.compile("[\0-\x1f]")


def stores(ole: olefile.OleFileIO, limits: Limits) -> Iterator[Found]:
    """All of it, with document properties and embedded files. Broken parts are gaps."""
    yield from ole_properties.read(ole)
    yield from macros(ole, limits)
    paths = [tuple(path) for path in ole.listdir()]
    for path in paths:
        try:
            yield from _stream(ole, path)
        except Exception as fault:  # olefile raises whatever it meets
            yield Unread((_step(path),), GapReason.UNREADABLE, type(fault).__name__)
    objects = [path for path in storages(ole) if path[0].lower() not in _OWN]
    yield from embedded(ole, objects)


def _step(path: tuple[str, ...]) -> str:
    return "part " + _CONTROL.sub("", "/".join(path))


def _stream(ole: olefile.OleFileIO, path: tuple[str, ...]) -> Iterator[Found]:
    root = path[0].lower()
    if root in _CACHES:
        yield from _body(path, "\n".join(filter(None, dict.fromkeys(_cached(_data(ole, path))))))
    elif root == _XML and path[-1].lower() == "item":
        yield Nested((_step(path),), Blob(_data(ole, path), "item.xml"), "part")
    elif root == _MACROS:
        if path[1:2] and path[1].lower() != "vba":  # what forms show; the modules have their own reader
            yield from _body(path, runs(_data(ole, path)))
    elif len(path) > 1:
        return
    elif root in (_REVISIONS, _USERS):
        yield from _revisions(path, _data(ole, path))
    elif root not in _KNOWN and not root.startswith(("\x01", "\x05", "\x06", "\x09")):
        yield from _body(path, runs(_data(ole, path)))


def _data(ole: olefile.OleFileIO, path: tuple[str, ...]) -> bytes:
    data: bytes = ole.openstream(list(path)).read()
    return data


def _body(path: tuple[str, ...], text: str) -> Iterator[Record]:
    if text:
        yield Record((_step(path),), "part", [(Role.BODY, text)])


def _cached(data: bytes) -> Iterator[str]:
    """The values that a pivot table was made from ([MS-XLS] 2.1.7.12), of which the sheet itself may be gone."""
    strings = Strings(8)
    for record in records(data):
        try:
            yield _value(record, strings)
        except (struct.error, IndexError):
            continue


def _value(record: Biff, strings: Strings) -> str:
    data = record.data
    if record.kind == 0xCD:
        return strings.long(data, 0)[0] if data[:2] != b"\xff\xff" else ""
    if record.kind == 0xC7:
        return strings.long(data, 14)[0]
    if record.kind == 0xC9:
        return shown(struct.unpack_from("<d", data)[0])
    if record.kind == 0xCE:
        year, month, day = struct.unpack_from("<HHB", data)
        return f"{year:04}-{month:02}-{day:02}"
    return ""


def _revisions(path: tuple[str, ...], data: bytes) -> Iterator[Record]:
    """Who changed what in a shared workbook, old values too ([MS-XLS] 2.1.7.14, 2.1.7.19)."""
    texts: dict[str, None] = {}
    users: dict[str, None] = {}
    for record in records(data):
        if record.kind == _USER:
            users[_user(record.data)] = None
        else:
            texts[runs(record.data)] = None
    users.pop("", None)
    texts.pop("", None)
    if users or texts:
        body = [(Role.BODY, "\n".join(texts))] if texts else []
        persons = [Entity(Role.AUTHOR, [author_fact(name)]) for name in users]
        yield Record((_step(path),), "part", body, persons)


def _user(data: bytes) -> str:
    """The name in a UsrInfo record (2.4.340): the string that ends it, behind ids and a time."""
    try:
        return Strings(8).long(data, 28)[0].strip("\0 ")
    except (struct.error, IndexError):
        return ""
