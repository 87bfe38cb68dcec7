"""Objects inside OLE files: a file that somebody dragged into a document, a sheet or a slide embedded in another."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from itertools import count

import olefile

from connectors.base import GapReason
from scanner.blob import Blob
from scanner.formats.base import Nested
from scanner.formats.ole.ole_write import written
from scanner.formats.sniff import sniff
from scanner.formats.streams import readable_name
from scanner.records import Unread

Path = tuple[str, ...]

NATIVE = "\x01ole10native"
# Streams that hold a whole file as their program wrote it; the first that is there counts. Lower-cased.
CONTENT = ("package", "embeddedodf", "contents")


def storages(ole: olefile.OleFileIO, under: Path = ()) -> list[Path]:
    """The storages right below one, in the order of the directory."""
    paths = (tuple(path) for path in ole.listdir(streams=False, storages=True))
    return [path for path in paths if len(path) == len(under) + 1 and _below(path, under)]


def embedded(ole: olefile.OleFileIO, found: list[Path], first: int = 1) -> Iterator[Nested | Unread]:
    """Each of these storages as `attachment N: NAME`, from number `first` on: the file in it, or it as a file.

    Hostile directories let many storages share their bytes: no more is copied than the file has, the rest is a gap.
    """
    inside: dict[Path, list[Path]] = {path: [] for path in found}
    for listed in ole.listdir():
        path = tuple(listed)
        for length in range(1, len(path)):
            if path[:length] in inside:
                inside[path[:length]].append(path)
                break
    left = _size(ole)
    for number, storage in zip(count(first), found, strict=False):
        left -= sum(ole.get_size(list(path)) for path in inside[storage])
        if left < 0:
            yield Unread((f"attachment {number}",), GapReason.TOO_LARGE, "objects larger than their file")
            continue
        try:
            streams = {path[len(storage) :]: ole.openstream(list(path)).read() for path in inside[storage]}
        except Exception as fault:  # olefile raises whatever it meets
            yield Unread((f"attachment {number}",), GapReason.UNREADABLE, f"embedded object ({type(fault).__name__})")
            continue
        if streams:
            yield attached(number, _blob(storage[-1], streams))


def attached(number: int, blob: Blob) -> Nested:
    """An embedded file by its number, named without the folders it once lay in."""
    name = blob.name.replace("\\", "/").rpartition("/")[2]
    return Nested((f"attachment {number}: {name}" if name else f"attachment {number}",), blob, "attachment")


def native(data: bytes) -> Blob:
    """The file in a stream Ole10Native ([MS-OLEDS] 2.3.6): the packager's, with its name, or a program's own."""
    packed = _packed(data)
    if packed is not None:
        return packed
    return Blob(data[4:], "")


def content(streams: dict[Path, bytes]) -> Blob | None:
    """The file that an object's streams hold as it was, if they do."""
    roots = {path[0].lower(): data for path, data in streams.items() if len(path) == 1}
    if NATIVE in roots and len(roots[NATIVE]) > 4:
        return native(roots[NATIVE])
    for name in CONTENT:
        blob = Blob(roots.get(name, b""), "")
        if blob.size and sniff(blob) is not None:  # form controls call their own bytes CONTENTS too
            return blob
    return None


def user_type(data: bytes) -> str:
    """What a CompObj stream calls the object: `Microsoft Excel Worksheet` ([MS-OLEDS] 2.3.8)."""
    length = int.from_bytes(data[28:32], "little")
    return readable_name(data[32 : 32 + min(length, 64)].partition(b"\0")[0]).strip() if 0 < length < 256 else ""


def _blob(name: str, streams: dict[Path, bytes]) -> Blob:
    blob = content(streams)
    if blob is None:
        blob = Blob(written(streams), "")
    if not blob.name:
        blob.name = user_type(streams.get(("\x01CompObj",), b"")) or name
    return blob


def _packed(data: bytes) -> Blob | None:
    """The packager's own form: label, path, path of a copy, and the file, all of it counted or ended by NUL."""
    if data[4:6] != b"\2\0":
        return None
    label_end = data.find(b"\0", 6)
    path_end = data.find(b"\0", label_end + 1)
    if label_end < 0 or path_end < 0:
        return None
    try:
        copy = struct.unpack_from("<I", data, path_end + 5)[0]
        start = path_end + 9 + copy
        size = struct.unpack_from("<I", data, start)[0]
    except struct.error:
        return None
    label, path = data[6:label_end], data[label_end + 1 : path_end]
    name = _wide_path(data[start + 4 + size :]) or readable_name(path or label)
    return Blob(data[start + 4 : start + 4 + size], name.replace("\\", "/"))


def _wide_path(data: bytes) -> str:
    """The path once more in UTF-16, behind the file: the third of three counted strings."""
    place = 0
    text = ""
    for _ in range(3):
        end = place + 4 + 2 * int.from_bytes(data[place : place + 4], "little")
        if len(data) < place + 4 or end > len(data):
            return ""
        text = data[place + 4 : end].decode("utf-16-le", "replace")
        place = end
    return text.strip("\0")


def _below(path: Path, under: Path) -> bool:
    return tuple(name.lower() for name in path[: len(under)]) == tuple(name.lower() for name in under)


def _size(ole: olefile.OleFileIO) -> int:
    place = ole.fp.tell()
    size: int = ole.fp.seek(0, 2)
    ole.fp.seek(place)
    return size
