"""Files that are made to stop, slow or fool a reader, by hand and from few bytes. `big`: as large as they may be."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import os
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

from tests.world.office import docx, odt, xlsx

HERS = "anna.berg@kund.example"
_ZEROS = bytes(1 << 20)
_LOL = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
BOMB = f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY l0 "hahaha">{_LOL}]>'


def deflated_zeros(size: int) -> bytes:
    """A raw deflate stream of so many zeros (a whole number of MiB), made without unpacking them."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    first = packer.compress(_ZEROS) + packer.flush(zlib.Z_FULL_FLUSH)
    again = packer.compress(_ZEROS) + packer.flush(zlib.Z_FULL_FLUSH)
    return first + again * ((size >> 20) - 1) + packer.flush()


def raw_zip(entries: list[tuple[str, int, int]], body: bytes, packed: int) -> bytes:
    """A zip whose members (name, offset of the local header, size unpacked) may share bytes and lie of sizes."""
    directory = b"".join(
        struct.pack(
            "<IHHHHHHIIIHHHHHII", 0x02014B50, 20, 20, 0, 8, 0, 33, 0, packed, size, len(name), 0, 0, 0, 0, 0, offset
        )
        + name.encode()
        for name, offset, size in entries
    )
    end = struct.pack("<IHHHHIIH", 0x06054B50, 0, 0, len(entries), len(entries), len(directory), len(body), 0)
    return body + directory + end


def local(name: str, data: bytes, size: int) -> bytes:
    header = struct.pack("<IHHHHHIIIHH", 0x04034B50, 20, 0, 8, 0, 33, 0, len(data), size, len(name), 0)
    return header + name.encode() + data


def flat_zip(big: bool) -> bytes:
    """Ten members of a GB each."""
    size = (1 << 30) if big else (64 << 20)
    data = deflated_zeros(size)
    body, entries = b"", []
    for number in range(10):
        entries.append((f"{number}.txt", len(body), size))
        body += local(f"{number}.txt", data, size)
    return raw_zip(entries, body, len(data))


def overlapping_zip(big: bool) -> bytes:
    """Thousands of members that all are the same bytes."""
    size = (64 << 20) if big else (4 << 20)
    data = deflated_zeros(size)
    body = local("0.txt", data, size)
    return raw_zip([("0.txt", 0, size)] * (50_000 if big else 4_000), body, len(data))


def lying_zip(big: bool) -> bytes:
    """A member that says it has hundred bytes."""
    data = deflated_zeros((1 << 30) if big else (64 << 20))
    return raw_zip([("0.txt", 0, 100)], local("0.txt", data, 100), len(data))


def zipped(members: list[tuple[str, bytes]]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return out.getvalue()


def nested_zip(big: bool) -> bytes:
    """Sixteen in sixteen in sixteen, as 42.zip."""
    data = flat_zip(False) if big else zipped([("0.txt", _ZEROS)])
    for _ in range(5):
        data = zipped([(f"{number}.zip", data) for number in range(16)])
    return data


def deep_zip(big: bool) -> bytes:
    data = zipped([("inmost.txt", HERS.encode())])
    for number in range(40):
        data = zipped([(f"{number}.zip", data), (f"{number}.txt", b"hej")])
    return data


def deep_mail(big: bool) -> bytes:
    data = f"From: bo@kund.example\nSubject: inmost\n\n{HERS}\n".encode()
    for number in range(40):
        data = f"From: a@b.example\nSubject: {number}\nContent-Type: message/rfc822\n\n".encode() + data
    return data


def many_parts(big: bool) -> bytes:
    """A mail of very many parts, hers in the last."""
    parts = "".join(f"--x\nContent-Type: text/plain\n\ndel {n}\n" for n in range(50_000 if big else 5_000))
    head = "From: a@b.example\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=x\n\n"
    return f"{head}{parts}\n{HERS}\n--x--\n".encode()


def replaced(data: bytes, name: str, part: bytes) -> bytes:
    """An office file with another part."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return zipped([(one, part if one == name else archive.read(one)) for one in archive.namelist()])


def _word(doctype: str, text: str) -> bytes:
    space = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    part = (
        f'{doctype}<w:document xmlns:w="{space}"><w:body><w:p><w:r><w:t>{text}</w:t></w:r></w:p></w:body></w:document>'
    )
    return replaced(docx(["x"]).data, "word/document.xml", part.encode())


def _sheet(doctype: str, text: str) -> bytes:
    space = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    part = (
        f'{doctype}<worksheet xmlns="{space}"><sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>{text}</t></is></c>'
        "</row></sheetData></worksheet>"
    )
    return replaced(xlsx([("Blad", ["x"], [])]).data, "xl/worksheets/sheet1.xml", part.encode())


def _writer(doctype: str, text: str) -> bytes:
    spaces = "".join(f' xmlns:{one}="urn:oasis:names:tc:opendocument:xmlns:{one}:1.0"' for one in ("office", "text"))
    part = (
        f"{doctype}<office:document-content{spaces}><office:body><office:text><text:p>{text}</text:p></office:text>"
        "</office:body></office:document-content>"
    )
    return replaced(odt(["x"]).data, "content.xml", part.encode())


def _svg(doctype: str, text: str) -> bytes:
    return f'{doctype}<svg xmlns="http://www.w3.org/2000/svg"><text>{text}</text></svg>'.encode()


def _xml(doctype: str, text: str) -> bytes:
    return f"{doctype}<x>{text}</x>".encode()


WRITERS: dict[str, Callable[[str, str], bytes]] = {
    "docx": _word,
    "xlsx": _sheet,
    "odt": _writer,
    "svg": _svg,
    "xml": _xml,
}


def laughing(kind: str) -> Callable[[bool], bytes]:
    """A billion laughs in a document of this kind."""
    return lambda big: WRITERS[kind](BOMB, "&l9;")


def reaching(kind: str, target: str) -> bytes:
    """A document that asks for what lies elsewhere: a file on this machine, or a server."""
    entities = f'<!ENTITY out SYSTEM "{target}"><!ENTITY % dtd SYSTEM "{target}"> %dtd;'
    doctype = f'<?xml version="1.0"?><!DOCTYPE x [{entities}]>'
    if kind in WRITERS:
        return WRITERS[kind](doctype, "före &out; efter")
    if kind == "html":
        tags = (
            f'<link rel=stylesheet href="{target}"><script src="{target}"></script><iframe src="{target}"></iframe>'
            f'<img src="{target}"><object data="{target}"></object><meta http-equiv=refresh content="0;url={target}">'
        )
        return f"<html><head>{tags}</head><body>före {tags} efter</body></html>".encode()
    fields = (
        rf"{{\field{{\*\fldinst INCLUDETEXT {target}}}{{\fldrslt x}}}}"
        rf"{{\field{{\*\fldinst INCLUDEPICTURE {target}}}{{\fldrslt y}}}}"
    )
    return rf"{{\rtf1\ansi{{\*\template {target}}} före {fields} efter}}".encode("latin-1", "replace")


def gz(big: bool) -> bytes:
    size = (10 << 30) if big else (256 << 20)
    head = b"\x1f\x8b\x08\0\0\0\0\0\0\xff"
    return head + deflated_zeros(size) + struct.pack("<II", 0, size & 0xFFFFFFFF)


def bz(big: bool) -> bytes:
    return bz2.compress(_ZEROS * 64) * (40 if big else 2)


def xz(big: bool) -> bytes:
    return lzma.compress(_ZEROS * 256, preset=1) * (20 if big else 1)


def gz_in_gz(big: bool) -> bytes:
    data = HERS.encode()
    for _ in range(40):
        data = gzip.compress(data)
    return data


def pages(big: bool) -> bytes:
    """A pdf of very many pages, hers on the last."""
    count = 10_000 if big else 300
    text = f"BT /F1 12 Tf 50 700 Td ({HERS}) Tj ET".encode()
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Count %d/Kids[%s]>>" % (count, b" ".join(b"%d 0 R" % (n + 6) for n in range(count))),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
        b"<</Length 37>>stream\nBT /F1 12 Tf 50 700 Td (Nummer) Tj ET \nendstream",
        b"<</Length %d>>stream\n%s\nendstream" % (len(text), text),
    ]
    for number in range(count):
        content = 5 if number == count - 1 else 4
        page = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Resources<</Font<</F1 3 0 R>>>>/Contents %d 0 R>>"
        objects.append(page % content)
    return pdf_of(objects)


def pdf_of(objects: list[bytes]) -> bytes:
    out, places = bytearray(b"%PDF-1.4\n"), []
    for number, one in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, one)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    return bytes(out + b"trailer\n<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % (len(objects) + 1, start))


def looping_pdf(big: bool) -> bytes:
    """The tree of pages, its parents and a form that draws itself go round and round."""
    return pdf_of(
        [
            b"<</Type/Catalog/Pages 2 0 R/Outlines 5 0 R>>",
            b"<</Type/Pages/Count 1000000/Kids[2 0 R 3 0 R 2 0 R]/Parent 2 0 R>>",
            b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]/Resources<</XObject<</X 4 0 R>>>>/Contents 4 0 R>>",
            b"<</Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources<</XObject<</X 4 0 R>>>>/Length 4>>"
            b"stream\n/X Do\nendstream",
            b"<</First 5 0 R/Last 5 0 R/Next 5 0 R/Title(x)>>",
        ]
    )


def lying_tar(big: bool) -> bytes:
    """A member that says it has 8 GB, in a file of a few bytes; hers comes before it."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.GNU_FORMAT) as archive:
        info = tarfile.TarInfo("a.txt")
        info.size = len(HERS)
        archive.addfile(info, io.BytesIO(HERS.encode()))
        info = tarfile.TarInfo("b.txt")
        info.size = (8 << 30) - 1
        archive.addfile(info)
    return out.getvalue()[:2048]


def nested_json(big: bool) -> bytes:
    depth = 100_000 if big else 30_000
    return b'{"a":' * depth + f'"{HERS}"'.encode() + b"}" * depth


def nested_xml(big: bool) -> bytes:
    depth = 100_000 if big else 30_000
    return b'<?xml version="1.0"?>' + b"<a>" * depth + HERS.encode() + b"</a>" * depth


def braces(big: bool) -> bytes:
    count = 1_000_000 if big else 100_000
    return b"{\\rtf1\\ansi " + b"{" * count + HERS.encode() + b"}" * count + b"}"


def runs(big: bool) -> bytes:
    """Long runs of what expressions for numbers and addresses begin to match and never end."""
    size = 4_000_000 if big else 400_000
    pieces = ("1", "07", "@", "a@", "1-", "+46 ", "SE", "a.", "a@a.", "850312-", "((", "\u00e5 ")
    return "\n".join((piece * size)[:size] for piece in pieces).encode() + f"\n{HERS}\n".encode()


def sparse(path: Path, size: int, start: bytes = b"") -> None:
    """A file that is nearly all holes."""
    path.write_bytes(start)
    os.truncate(path, size)
