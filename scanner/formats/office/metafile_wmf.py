"""Records of Windows metafiles before EMF ([MS-WMF] 2.3): text in the charset of its font, and bitmaps."""

from __future__ import annotations

import heapq
import struct
from collections.abc import Iterator

from scanner.formats.office.metafile_text import Run

# LOGFONT's charset ([MS-WMF] 2.1.1.5) as a codec.
_CHARSETS = {
    0: "cp1252", 77: "mac_roman", 128: "cp932", 129: "cp949", 134: "gb18030", 136: "big5", 161: "cp1253", 162: "cp1254",
    163: "cp1258", 177: "cp1255", 178: "cp1256", 186: "cp1257", 204: "cp1251", 222: "cp874", 238: "cp1250",
    255: "cp850",
}  # fmt: skip
_CREATES = frozenset({0x00F7, 0x01F9, 0x02FA, 0x02FC, 0x06FF, 0x0142})  # palette, pattern, pen, brush, region, pattern
_BITMAPS = {0x0F43: 22, 0x0B41: 20, 0x0940: 16, 0x0D33: 18}  # bytes of the parameters before the bitmap
_OPAQUE, _CLIPPED = 2, 4  # a rectangle stands before the letters


def wmf(data: bytes, runs: list[Run]) -> Iterator[bytes]:
    """The bitmaps (DIB) of a WMF; its text goes to `runs`. Raises struct.error where it breaks off."""
    at = 22 if data[:4] == b"\xd7\xcd\xc6\x9a" else 0
    at += 2 * struct.unpack_from("<H", data, at + 2)[0]
    fonts = _Fonts()
    while at < len(data):
        words, kind = struct.unpack_from("<IH", data, at)
        if kind == 0:
            return
        if words < 3:
            raise struct.error
        body = data[at + 6 : at + 2 * words]
        at += 2 * words
        start = _BITMAPS.get(kind)
        if start is not None and len(body) > start + 40:
            yield body[start:]
        elif kind == 0x0521:  # TEXTOUT
            _text_out(body, runs, fonts.codec)
        elif kind == 0x0A32:  # EXTTEXTOUT
            _ext_text_out(body, runs, fonts.codec)
        else:
            fonts.note(kind, body)


class _Fonts:
    """Which font is chosen: objects take the lowest free number, and are chosen by it ([MS-WMF] 3.1.4.1)."""

    def __init__(self) -> None:
        self.codec = "cp1252"
        self._objects: list[str | None] = []  # the codec of a font, "" another thing, None free
        self._free: list[int] = []

    def note(self, kind: int, body: bytes) -> None:
        """Follow a record that makes, chooses or deletes an object."""
        if kind == 0x02FB:
            self._make(_CHARSETS.get(body[13], "cp1252") if len(body) > 13 else "cp1252")
        elif kind in _CREATES:
            self._make("")
        elif kind in (0x012D, 0x01F0) and len(body) >= 2:
            number = int.from_bytes(body[:2], "little")
            if number >= len(self._objects):
                return
            codec = self._objects[number]
            if kind == 0x012D:
                self.codec = codec or self.codec
            elif codec is not None:
                self._objects[number] = None
                heapq.heappush(self._free, number)

    def _make(self, codec: str) -> None:
        if self._free:
            self._objects[heapq.heappop(self._free)] = codec
        else:
            self._objects.append(codec)


def _text_out(body: bytes, runs: list[Run], codec: str) -> None:
    count = struct.unpack_from("<h", body)[0]
    end = 2 + max(count, 0) + (count & 1)
    y, x = struct.unpack_from("<hh", body, end)
    runs.append(Run(x, y, None, body[2 : 2 + count].decode(codec, "replace")))


def _ext_text_out(body: bytes, runs: list[Run], codec: str) -> None:
    y, x, count, options = struct.unpack_from("<hhhH", body)
    start = 16 if options & (_OPAQUE | _CLIPPED) else 8
    text = body[start : start + max(count, 0)].decode(codec, "replace")
    steps = body[start + count + (count & 1) :][: 2 * max(count, 0)]
    width = sum(struct.unpack(f"<{len(steps) // 2}h", steps[: len(steps) // 2 * 2])) if steps else None
    runs.append(Run(x, y, width, text))
