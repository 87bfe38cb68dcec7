"""A single file packed with gzip, bzip2 or xz, with other content in it.

Several gzip members become one, under the header of the first. The content cannot leave: then the whole file does.
"""

from __future__ import annotations

import bz2
import gzip
import lzma

from scanner.blob import Blob
from scanner.formats.archives.archive_gz import inner_name
from scanner.formats.streams import FAULTS
from scanner.limits import Limits
from scanner.records import ReadError
from scanner.surgery.archives.packing import named_in, packed_as, unpacked
from scanner.surgery.base import CannotEdit, Editor, Edits, Person


def _edit(blob: Blob, edits: Edits, person: Person, limits: Limits) -> bytes:
    if edits.remove or edits.amend:
        raise CannotEdit("it holds one file only: remove the whole")
    data = _data(blob)
    if len(edits.replace) != 1 or not edits.replace.keys() <= {(), (f"member {inner_name(blob.name)}",)}:
        raise CannotEdit("a member that is to change is not there")
    unpacked(data, limits.blob)  # what is damaged is not written anew
    if named_in(data, person):
        raise CannotEdit("the name that the packed file keeps is the person's")
    (content,) = edits.replace.values()
    return packed_as(data, content)


def _data(blob: Blob) -> bytes:
    try:
        return blob.data()
    except ReadError as fault:
        raise CannotEdit(f"the packed file cannot be held in memory: {fault.reason.value}") from None


def _refuses(blob: Blob) -> str | None:
    try:
        packed_as(_data(blob), b"")
    except CannotEdit as fault:
        return fault.reason
    return None


def _differences(before: bytes, after: bytes, edits: Edits, person: Person) -> list[str]:
    del person
    try:
        content = _content(after)
    except FAULTS:
        return ["the packed file cannot be unpacked"]
    found = [] if [content] == list(edits.replace.values()) else ["the content of the packed file"]
    fixed = 10 if before.startswith(b"\x1f\x8b") else 8 if before.startswith(b"\xfd") else 4
    if before[:fixed] != after[:fixed] or _gzip_name(before) != _gzip_name(after):
        found.append("the header of the packed file")
    return found


def _content(data: bytes) -> bytes:
    if data.startswith(b"BZh"):
        return bz2.decompress(data)
    return lzma.decompress(data) if data.startswith(b"\xfd7zXZ") else gzip.decompress(data)


def _gzip_name(data: bytes) -> bytes:
    """The labels behind the fixed header of gzip."""
    if not data.startswith(b"\x1f\x8b"):
        return b""
    count = bin(data[3] & 24).count("1")
    return b"\0".join(data[10:].split(b"\0", count)[:count])


EDITOR = Editor(_edit, _differences, _refuses)
