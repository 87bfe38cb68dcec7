"""Outlook messages ([MS-OXMSG]): mails, contacts, appointments, tasks and notes, with all that is attached to them.

Messages inside messages are read here, to the depth of the limit. A part that is broken is a gap, and the rest is read.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from typing import Protocol

import olefile

from connectors.base import GapReason
from scanner.blob import Blob
from scanner.formats.base import Format, Found
from scanner.formats.ole import ole_embedded, ole_write
from scanner.formats.ole.ole import opened
from scanner.formats.outlook import mapi, mapi_attach, mapi_ids
from scanner.formats.outlook.mapi_named import named
from scanner.formats.outlook.mapi_values import BINARY, MANY, OBJECT, STRING8, UNICODE, Key, Properties
from scanner.formats.streams import FAULTS
from scanner.limits import Limits
from scanner.records import ReadError, Record, Role, Steps, Unread

_FIXED = "__properties_version1.0"
_STREAM = re.compile(r"__substg1\.0_([0-9A-F]{4})([0-9A-F]{4})(-[0-9A-F]{8})?", re.IGNORECASE)
_EMBEDDED = "__substg1.0_3701000d"
_STORAGES = ("__recip_version1.0_#", "__attach_version1.0_#", "__nameid_version1.0", _EMBEDDED)
_VARIABLE = frozenset({STRING8, UNICODE, BINARY})
_FAULTS = (*FAULTS, IndexError, AttributeError, TypeError)  # of olefile on broken files

_HARMLESS = re.compile("header|empty stream|cutoff", re.IGNORECASE)  # complaints about what holds no content


class _Entry(Protocol):
    """A stream or a storage, as olefile gives it."""

    name: str
    entry_type: int
    kids: list[_Entry]
    isectStart: int  # noqa: N815 - olefile's word
    size: int


def _extract(blob: Blob, limits: Limits) -> Iterator[Found]:
    file = _File(opened(blob), blob.size, blob.limit, limits.depth)
    yield from file.message(file.root, (), 0)
    if file.is_damaged():
        yield Unread((), GapReason.UNREADABLE, "damaged OLE file")


FORMAT = Format(
    "msg",
    1,
    "olefile",
    _extract,
    records="the message, `attachment N: NAME`",
    entities="from, sender, to, cc, bcc, reply-to, organizer, attendee, author, owner of a card or task, related",
    limits="ids, time zones, search keys and pictures of icons",
)


class _File:
    """One container, and how its storages are read."""

    def __init__(self, ole: olefile.OleFileIO, size: int, limit: int, depth: int) -> None:
        self.root: _Entry = ole.root
        self._ole = ole
        self._limit = limit
        self._depth = depth
        self._left = 2 * size  # bytes that all streams may be together: more only if they share sectors
        self._names = self._named()

    def message(self, storage: _Entry, steps: Steps, depth: int) -> Iterator[Found]:
        """A message, then its attachments."""
        problems: list[Found] = []
        found = self._properties(storage, None, steps, problems)
        rows = [self._properties(kid, found.charset, steps, problems) for kid in _kids(storage, _STORAGES[0])]
        attached = [
            (kid, self._properties(kid, found.charset, steps, problems)) for kid in _kids(storage, _STORAGES[1])
        ]
        extra = [text for _, one in attached for text in mapi_attach.texts_of(one)]
        yield from mapi.message(found, rows, steps, extra)
        yield from problems
        for number, (kid, one) in enumerate(attached, 1):
            yield from self._attachment(kid, one, (*steps, *mapi_attach.steps_of(one, number)), depth)

    def _attachment(self, storage: _Entry, found: Properties, steps: Steps, depth: int) -> Iterator[Found]:
        kids = {kid.name.lower(): kid for kid in storage.kids}
        inner = kids.get(_EMBEDDED)
        data = kids.get("__substg1.0_37010102")
        try:
            if inner is not None and any(kid.name.lower() == _FIXED for kid in inner.kids):
                yield from self._inner(inner, steps, depth)
            elif inner is not None:
                yield from self._object(inner, found, steps)
            elif data is not None:
                yield from mapi_attach.nested(found, self._blob(self._read(data)), steps)
            else:
                yield Record(steps, "attachment", [(Role.FILENAME, mapi_attach.name_of(found))])
                if not mapi_attach.is_linked(found):
                    yield Unread(steps, GapReason.UNREADABLE, "its data is not there")
        except ReadError as fault:
            yield Unread(steps, fault.reason, fault.detail)
        except _FAULTS as fault:
            yield Unread(steps, GapReason.UNREADABLE, f"broken stream ({type(fault).__name__})")

    def _inner(self, storage: _Entry, steps: Steps, depth: int) -> Iterator[Found]:
        if depth + 1 >= self._depth:
            yield Unread(steps, GapReason.TOO_DEEP, f"messages nested more than {self._depth} deep")
            return
        yield from self.message(storage, steps, depth + 1)

    def _object(self, storage: _Entry, found: Properties, steps: Steps) -> Iterator[Found]:
        """An OLE object: the file that is packed in it, or all of it as a file of its own."""
        streams = dict(self._streams(storage, (), 0))
        blob = ole_embedded.content(streams) or Blob(ole_write.written(streams), "")
        blob.limit = self._limit
        yield from mapi_attach.nested(found, blob, steps)

    def _streams(self, storage: _Entry, path: tuple[str, ...], depth: int) -> Iterator[tuple[tuple[str, ...], bytes]]:
        if depth > self._depth:
            raise ReadError(GapReason.TOO_DEEP, "storages nested too deep")
        for kid in storage.kids:
            if kid.entry_type == olefile.STGTY_STREAM:
                yield (*path, kid.name), self._read(kid)
            else:
                yield from self._streams(kid, (*path, kid.name), depth + 1)

    def _blob(self, data: bytes) -> Blob:
        return Blob(data, "part.bin", limit=self._limit)

    def is_damaged(self) -> bool:
        """Whether bytes that belong to a stream were missing or shared, or a part of the directory made no sense."""
        return any(not _HARMLESS.search(str(issue)) for _, issue in self._ole.parsing_issues)

    # Properties

    def _properties(self, storage: _Entry, inherited: str | None, steps: Steps, problems: list[Found]) -> Properties:
        """All properties of a storage but its data; what cannot be read of them is told in `problems`."""
        found = Properties(inherited)
        lists: dict[tuple[int, int], list[bytes]] = {}
        for kid in sorted(storage.kids, key=_order):
            try:
                if kid.name.lower() == _FIXED:
                    if not self._fixed(self._read(kid), found, storage):
                        problems.append(Unread(steps, GapReason.UNREADABLE, "streams of properties are not there"))
                elif kid.entry_type == olefile.STGTY_STREAM:
                    self._variable(kid, found, lists)
                elif kid.kids and not kid.name.lower().startswith(_STORAGES):
                    problems.append(Unread(steps, GapReason.UNKNOWN_FORMAT, "an object inside the message"))
            except ReadError as fault:
                problems.append(Unread(steps, fault.reason, fault.detail))
            except _FAULTS as fault:
                problems.append(Unread(steps, GapReason.UNREADABLE, f"broken stream ({type(fault).__name__})"))
        for (number, kind), values in lists.items():
            found.add(self._key(number), kind, values)
        return found

    def _fixed(self, data: bytes, found: Properties, storage: _Entry) -> bool:
        """The property stream (2.4): a header, then 16 bytes a property. False if it names what is not there."""
        name = storage.name.lower()
        there = {kid.name.lower() for kid in storage.kids}
        whole = True
        start = 8 if name.startswith("__") and name != _EMBEDDED else 24 if name == _EMBEDDED else 32
        for place in range(start, len(data) - 15, 16):
            kind = int.from_bytes(data[place : place + 2], "little")
            number = int.from_bytes(data[place + 2 : place + 4], "little")
            if kind in _VARIABLE:
                size = int.from_bytes(data[place + 8 : place + 12], "little")  # of an empty string: with its end
                whole = whole and (size <= 2 or f"__substg1.0_{number:04x}{kind:04x}" in there)
            elif kind != OBJECT and not kind & MANY:
                found.add(self._key(number), kind, data[place + 8 : place + 16])
        return whole

    def _variable(self, entry: _Entry, found: Properties, lists: dict[tuple[int, int], list[bytes]]) -> None:
        match = _STREAM.fullmatch(entry.name)
        if match is None:  # nobody knows it; words in it are read all the same
            found.add(entry.name, BINARY, self._read(entry))
            return
        number, kind = int(match[1], 16), int(match[2], 16)
        if number == mapi_ids.ATTACH_DATA:
            return
        if match[3]:
            lists.setdefault((number, kind), []).append(self._read(entry))
        elif kind in _VARIABLE:
            found.add(self._key(number), kind, self._read(entry))

    def _key(self, number: int) -> Key:
        return self._names.get(number, number) if number >= 0x8000 else number

    def _named(self) -> dict[int, Key]:
        """The named properties of the whole file (2.2.3); none where that part is broken."""
        for storage in _kids(self.root, _STORAGES[2]):
            streams = {kid.name.lower(): kid for kid in storage.kids}
            try:
                guids, entries, strings = (self._read(streams[f"__substg1.0_000{number}0102"]) for number in (2, 3, 4))
            except (KeyError, ReadError, *_FAULTS):
                return {}
            return named(guids, entries, strings)
        return {}

    def _read(self, entry: _Entry) -> bytes:
        if entry.size > self._limit:
            raise ReadError(GapReason.TOO_LARGE, f"{entry.size} bytes, limit {self._limit}")
        self._left -= entry.size
        if self._left < 0:
            raise ReadError(GapReason.UNREADABLE, "streams that share their bytes")
        stream: io.BytesIO = self._ole._open(entry.isectStart, entry.size)
        return stream.read()


def _kids(storage: _Entry, start: str) -> Iterator[_Entry]:
    return (kid for kid in sorted(storage.kids, key=_order) if kid.name.lower().startswith(start))


def _order(entry: _Entry) -> str:
    name: str = entry.name.lower()
    return "" if name == _FIXED else name
