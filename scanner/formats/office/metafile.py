"""Windows metafiles (EMF, EMF+, WMF): the text that they draw, and the pictures in them."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

from connectors.base import GapReason
from scanner.blob import Blob
from scanner.formats.base import Format, Found, Nested, legible
from scanner.formats.office.metafile_text import Run, joined
from scanner.formats.office.metafile_wmf import wmf
from scanner.limits import Limits
from scanner.records import ReadError, Record, Role, Unread

_EMF_PLUS = b"EMF+"
_GLYPHS = 0x10  # ETO_GLYPH_INDEX: numbers of shapes in a font, not letters ([MS-EMF] 2.1.11)
_SMALL = 0x200  # ETO_SMALL_CHARS: one byte a letter
_NO_RECT = 0x100
# Where a record tells of its bitmap: offset of offBmi, cbBmi, offBits, cbBits ([MS-EMF] 2.3.1).
_BITMAPS = {76: 84, 77: 84, 78: 84, 79: 96, 80: 48, 81: 48, 114: 84, 116: 84}


@dataclass(slots=True)
class Drawing:
    """What a metafile draws, as it is read."""

    runs: list[Run] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    glyphs: bool = False  # text whose letters cannot be told
    pictures: int = 0
    left: int = 0  # bytes of text that may still come: pieces may share theirs, and no file means that


def _extract(blob: Blob, limits: Limits) -> Iterator[Found]:
    del limits
    data = blob.data()
    drawing = Drawing(left=8 * len(data))
    failure: ReadError | None = None
    try:
        if data[40:44] == b" EMF":
            yield from _emf(data, drawing)
        else:
            yield from (_picture(drawing, dib) for dib in wmf(data, drawing.runs) if _is_legible(dib))
    except (struct.error, IndexError) as fault:
        failure = ReadError(GapReason.UNREADABLE, f"metafile ({type(fault).__name__})")
    text = "\n".join(part for part in (*drawing.texts, joined(drawing.runs)) if part)
    if text:
        yield Record((), "file", [(Role.BODY, text)])
    if drawing.glyphs:
        yield Unread((), GapReason.NEEDS_OCR, "text drawn as shapes")
    if failure is not None:
        raise failure


def _emf(data: bytes, drawing: Drawing) -> Iterator[Found]:
    """Record by record ([MS-EMF] 2.3). Raises struct.error where it breaks off."""
    count, start = struct.unpack_from("<II", data, 60)
    if count and start:
        drawing.texts.extend(data[start : start + 2 * count].decode("utf-16-le", "replace").strip("\0").split("\0"))
    plus: list[Run] = []
    at = 0
    while at < len(data):
        kind, size = struct.unpack_from("<II", data, at)
        if kind == 14:  # EMR_EOF
            break
        if size < 8:
            raise struct.error
        record = data[at : at + size]
        at += size
        if kind == 70 and record[12:16] == _EMF_PLUS:
            for picture in _emf_plus(record[16 : 12 + int.from_bytes(record[8:12], "little")], plus, drawing):
                yield _nested(drawing, picture, "")
        elif kind in _BITMAPS:
            dib = _dib(record, _BITMAPS[kind])
            if dib is not None and _is_legible(dib):
                yield _picture(drawing, dib)
        else:
            _text(kind, record, drawing)
    said = {run.text for run in drawing.runs}
    drawing.runs.extend(run for run in plus if run.text not in said)  # most files say all twice, for old programs


def _text(kind: int, record: bytes, drawing: Drawing) -> None:
    if kind in (83, 84):
        _string(record, 36, drawing, wide=kind == 84)
    elif kind in (96, 97):
        count = struct.unpack_from("<I", record, 36)[0]
        for number in range(min(count, len(record) // 40)):
            _string(record, 40 + 40 * number, drawing, wide=kind == 97)
    elif kind == 108:
        x, y, count, options = struct.unpack_from("<iiII", record, 8)
        start = 36 if options & _NO_RECT else 52
        raw = record[start : start + count * (1 if options & _SMALL else 2)]
        _add(drawing, Run(x, y, None, raw.decode("cp1252" if options & _SMALL else "utf-16-le", "replace")), options)


def _string(record: bytes, at: int, drawing: Drawing, *, wide: bool) -> None:
    """EmrText ([MS-EMF] 2.2.5): where it begins, its letters, and how far each goes."""
    x, y, count, start, options = struct.unpack_from("<iiIII", record, at)
    spread = struct.unpack_from("<I", record, at + 36)[0]
    count = min(count, len(record))
    drawing.left -= 8 * count
    if drawing.left < 0:
        raise struct.error
    raw = record[start : start + count * (2 if wide else 1)]
    text = raw.decode("utf-16-le" if wide else "cp1252", "replace")
    steps = record[spread : spread + 4 * count] if spread else b""
    width = sum(struct.unpack(f"<{len(steps) // 4}i", steps[: len(steps) // 4 * 4])) if steps else None
    _add(drawing, Run(x, y, width, text), options)


def _add(drawing: Drawing, run: Run, options: int) -> None:
    if options & _GLYPHS:
        drawing.glyphs = drawing.glyphs or bool(run.text)
    else:
        drawing.runs.append(run)


def _emf_plus(data: bytes, runs: list[Run], drawing: Drawing) -> Iterator[bytes]:
    """Records of GDI+ ([MS-EMFPLUS] 2.3): strings; and pictures as files."""
    at = 0
    while at + 12 <= len(data):
        kind, flags, size, count = struct.unpack_from("<HHII", data, at)
        if size < 12:
            return
        body = data[at + 12 : at + 12 + count]
        at += size
        if kind == 0x401C and len(body) >= 28:  # DrawString
            length, x, y = struct.unpack_from("<Iff", body, 8)
            runs.append(Run(int(x), int(y), None, body[28 : 28 + 2 * length].decode("utf-16-le", "replace")))
        elif kind == 0x4036 and len(body) >= 16:  # DrawDriverString
            options, _, length = struct.unpack_from("<III", body, 4)
            if options & 1:  # letters, not glyphs
                runs.append(Run(0, len(runs), None, body[16 : 16 + 2 * length].decode("utf-16-le", "replace")))
            else:
                drawing.glyphs = True
        elif kind == 0x4008 and flags >> 8 & 0x7F == 5:  # an image
            yield from _image(body)


def _image(body: bytes) -> Iterator[bytes]:
    """EmfPlusImage ([MS-EMFPLUS] 2.2.1.4): a bitmap that is a file, or a metafile."""
    kind = int.from_bytes(body[4:8], "little")
    if kind == 1 and body[24:28] == b"\1\0\0\0":
        yield body[28:]
    elif kind == 2:
        yield body[16:]


def _dib(record: bytes, at: int) -> bytes | None:
    header, header_size, bits, bits_size = struct.unpack_from("<IIII", record, at)
    if not header or not bits:
        return None
    return record[header : header + header_size] + record[bits : bits + bits_size]


def _is_legible(dib: bytes) -> bool:
    if len(dib) < 16:
        return False
    if dib[:4] == b"\x0c\0\0\0":
        width, height = struct.unpack_from("<HH", dib, 4)
    else:
        width, height = struct.unpack_from("<ii", dib, 4)
    return legible(abs(width), abs(height))


def _picture(drawing: Drawing, dib: bytes) -> Nested:
    """A device-independent bitmap as the .bmp file that it is but for 14 bytes."""
    size = int.from_bytes(dib[:4], "little")
    depth, packing = struct.unpack_from("<HI", dib, 14) if size >= 40 else (struct.unpack_from("<H", dib, 10)[0], 0)
    used = int.from_bytes(dib[32:36], "little") if size >= 40 else 0
    colours = min(used or (1 << depth if depth <= 8 else 0), 256) * (4 if size >= 40 else 3)
    start = 14 + size + colours + (12 if packing == 3 and size == 40 else 0)
    return _nested(drawing, b"BM" + struct.pack("<III", 14 + len(dib), 0, start) + dib, ".bmp")


def _nested(drawing: Drawing, content: bytes, ending: str) -> Nested:
    drawing.pictures += 1
    name = f"picture {drawing.pictures}{ending}"
    return Nested((f"part {name}",), Blob(content, name), "image")


FORMAT = Format(
    "metafile",
    1,
    "own",
    _extract,
    records="the whole, `part picture N`",
    limits="letters drawn as lines",
)
