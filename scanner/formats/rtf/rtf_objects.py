"""Pictures and embedded objects of an RTF file, as files of their own."""

from __future__ import annotations

from collections.abc import Iterator

from connectors.base import GapReason
from scanner.blob import Blob
from scanner.formats.base import Found, Nested
from scanner.formats.office.ooxml import unwrapped
from scanner.formats.ole.ole_embedded import attached, native
from scanner.formats.streams import readable_name
from scanner.records import Record, Role, Unread

_LINKED, _EMBEDDED = 1, 2


def image(number: int, ending: str, data: bytes, limit: int) -> Nested:
    """A picture, `number` from 1."""
    name = f"image{number}.{ending}"
    return Nested((f"part {name}",), Blob(_bitmap(data) if ending == "bmp" else data, name, limit=limit), "image")


def attachment(number: int, data: bytes, limit: int) -> Iterator[Found]:
    r"""What \objdata holds ([MS-OLEDS] 2.2: OLE 1.0): a file, or the path of one that is only linked."""
    kind = int.from_bytes(data[4:8], "little")
    place = 8
    names = []
    for _ in range(3):  # the program, the file, what of it
        end = place + 4 + int.from_bytes(data[place : place + 4], "little")
        names.append(readable_name(data[place + 4 : end].rstrip(b"\0")))
        place = end
    steps = (f"attachment {number}",)
    if kind == _LINKED and names[0]:
        yield Record(steps, "attachment", [(Role.BODY, "\n".join(name for name in names if name))])
    elif kind == _EMBEDDED and place + 4 < len(data):
        yield from _file(number, names, data[place:], limit)
    else:
        yield Unread(steps, GapReason.UNREADABLE, "embedded object")


def _file(number: int, names: list[str], data: bytes, limit: int) -> Iterator[Found]:
    size = int.from_bytes(data[:4], "little")
    blob = unwrapped(native(b"\0\0\0\0" + data[4 : 4 + size]))
    blob.name = blob.name or names[0]
    blob.limit = limit
    if any(names[1:]):
        yield Record((f"attachment {number} from",), "attachment", [(Role.BODY, "\n".join(filter(None, names[1:])))])
    yield attached(number, blob)


def _bitmap(data: bytes) -> bytes:
    """A device independent bitmap with the header that a file has, and memory has not ([MS-WMF] 2.2.2.9)."""
    header, bits = int.from_bytes(data[:4], "little"), int.from_bytes(data[14:16], "little")
    colours = int.from_bytes(data[32:36], "little") or (1 << bits if bits <= 8 else 0)
    start = 14 + header + 4 * min(colours, 256)
    return b"BM" + (14 + len(data)).to_bytes(4, "little") + bytes(4) + start.to_bytes(4, "little") + data
