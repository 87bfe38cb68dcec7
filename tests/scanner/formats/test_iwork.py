"""iWork, old (XML) and new (IWA): text, tables, authors, files inside."""

from __future__ import annotations

import gzip
import io
import zipfile

import pytest

from connectors.base import GapReason
from scanner.blob import Blob
from scanner.expand import expand
from scanner.formats.office.iwork_iwa import strings, unpacked
from scanner.formats.sniff import sniff
from scanner.limits import Limits
from scanner.records import ReadError, Record, Role, Unread
from tests.samples import SAMPLES, needs_samples

OLD = """<?xml version="1.0"?>
<sl:document xmlns:sl="l" xmlns:sf="f" xmlns:sfa="a"><sf:metadata>
<sf:title><sf:string sfa:string="Avtal om Vera"/></sf:title>
<sf:authors><sf:string sfa:string="Vera Ek"/></sf:authors></sf:metadata>
<sf:annotation sf:author="Bo Berg"><sf:p>notis</sf:p>
</sf:annotation><sf:text-body><sf:p sf:style="s">ve<sf:span>ra@a</sf:span>.example<sf:br/></sf:p>
<sf:p>ett<sf:tab/>två<sf:link href="mailto:kim@a.example">skriv</sf:link
><sf:footnote><sf:p>fot</sf:p></sf:footnote> slut</sf:p>
</sf:text-body><sf:grid sf:numrows="2" sf:numcols="2"><sf:datasource><sf:t><sf:ct sfa:s="Namn"/></sf:t>
<sf:t><sf:ct sfa:s="E-post"/></sf:t><sf:t><sf:so><sf:text-body><sf:p>Siv Ås</sf:p></sf:text-body></sf:so></sf:t>
<sf:t><sf:ct sfa:s="siv@a.example"/></sf:t></sf:datasource></sf:grid></sl:document>
"""


def bundle(**members: str | bytes) -> Blob:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return Blob(stream.getvalue(), "a.pages")


def read(blob: Blob) -> tuple[dict[tuple[str, ...], Record], dict[tuple[str, ...], GapReason]]:
    found = list(expand(blob, Limits()))
    return (
        {one.steps: one for one in found if isinstance(one, Record)},
        {one.steps: one.reason for one in found if isinstance(one, Unread)},
    )


def body(record: Record) -> str:
    return "\n".join(text for role, text in record.texts if role is Role.BODY)


# Old files


@pytest.mark.parametrize("name", ["index.xml", "index.apxl", "index.xml.gz", "index.apxl.gz"])
def test_old_files(name: str) -> None:
    data = gzip.compress(OLD.encode()) if name.endswith(".gz") else OLD.encode()
    blob = bundle(**{"buildVersionHistory.plist": "<plist><array/></plist>", name: data, "thumbs/a.tiff": b"II*\0"})
    assert sniff(blob) == "iwork"
    got, gaps = read(blob)
    assert body(got[()]).split("\n") == [
        "notis",
        "vera@a.example",
        "ett\ttvåskriv slut",
        "mailto:kim@a.example",
        "fot",
    ]
    assert [fact.value for one in got["part properties",].entities for fact in one.facts] == ["Vera Ek", "Bo Berg"]
    assert body(got["part properties",]) == "Avtal om Vera"
    assert [fact.value for fact in got["row 1",].entities[0].facts] == ["Siv Ås", "siv@a.example"]
    assert not gaps


def test_damaged_old_files_are_gaps() -> None:
    _, gaps = read(bundle(**{"buildVersionHistory.plist": "<plist><array/></plist>", "index.xml": "<a><b>"}))
    assert gaps == {("member index.xml",): GapReason.UNREADABLE}
    _, gaps = read(bundle(**{"buildVersionHistory.plist": "<plist><array/></plist>", "index.xml.gz": b"\x1f\x8bxx"}))
    assert gaps == {("member index.xml.gz",): GapReason.UNREADABLE}


# New files: bytes by hand, after Google's descriptions of Snappy and of protocol buffers


def field(number: int, value: bytes) -> bytes:
    return bytes([number << 3 | 2]) + varint(len(value)) + value


def varint(value: int) -> bytes:
    found = b""
    while value > 127:
        found += bytes([value & 127 | 128])
        value >>= 7
    return found + bytes([value])


def archive(*messages: bytes) -> bytes:
    """TSP.ArchiveInfo (identifier, message_infos with type and length), then the messages."""
    infos = b"".join(field(2, b"\x08\x01\x18" + varint(len(one))) for one in messages)
    info = b"\x08\x07" + infos
    return varint(len(info)) + info + b"".join(messages)


def framed(data: bytes) -> bytes:
    """Snappy with literals of 50 bytes alone."""
    block = varint(len(data))
    for start in range(0, len(data), 50):
        piece = data[start : start + 50]
        block += bytes([(len(piece) - 1) << 2]) + piece
    return b"\0" + len(block).to_bytes(3, "little") + block


def test_snappy() -> None:
    block = b"\x0f" + b"\x14Wikipe" + b"\x05\x06" + b"\x0a\x02\0"  # 6 letters, 5 from 6 before, 3 from 2 before
    frame = b"\0" + len(block).to_bytes(3, "little") + block
    with pytest.raises(ReadError):
        unpacked(frame, 100)  # one byte less than it says
    block = b"\x0e" + block[1:]
    frame = b"\0" + len(block).to_bytes(3, "little") + block
    assert unpacked(frame * 2, 100) == b"WikipeWikipipi" * 2
    long = b"\x46" + b"\xf0\x3f" + b"a" * 64 + b"\x17\x01\0\0\0"  # a length in a byte of its own; 6 from 1 before
    assert unpacked(b"\0" + len(long).to_bytes(3, "little") + long, 100) == b"a" * 70


@pytest.mark.parametrize(
    ("block", "reason"),
    [
        (b"\xff\xff\xff\x7f\0a", GapReason.TOO_LARGE),
        (b"\x05\0a\x05\x09", GapReason.UNREADABLE),
        (b"\x05\0a\x05\0", GapReason.UNREADABLE),
        (b"\xff", GapReason.UNREADABLE),
    ],
)
def test_damaged_blocks(block: bytes, reason: GapReason) -> None:
    with pytest.raises(ReadError) as raised:
        unpacked(b"\0" + len(block).to_bytes(3, "little") + block, 1000)
    assert raised.value.reason is reason


def test_strings_of_messages() -> None:
    storage = b"\x08\x00" + field(3, "Vera Ek\nvera@a.example\x04slut på sidan\ufffc".encode()) + b"\x15\0\0\0\0"
    nested = field(1, field(2, field(5, b"djupt inne") + b"\x08\x96\x01") + b"\x09" + bytes(8))
    identity = field(1, b"01234567-89ab-cdef-0123-456789abcdef") + field(2, b"\xff\xfe\xfd")
    assert list(strings(archive(storage, nested) + archive(identity))) == [
        "Vera Ek\nvera@a.example\nslut på sidan\ufffc",
        "djupt inne",
    ]


def test_new_files() -> None:
    blob = bundle(
        **{
            "Index/Document.iwa": framed(archive(field(3, b"Hej Vera Ek") * 3)),
            "Index/AnnotationAuthorStorage.iwa": framed(archive(field(1, b"Bo Berg"))),
            "Index/Broken.iwa": b"\0\xff\0\0x",
            "Data/lista.csv": "Namn;E-post\nSiv;siv@a.example\n",
            "preview.jpg": b"\xff\xd8\xff",
        }
    )
    assert sniff(blob) == "iwork"
    got, gaps = read(blob)
    assert body(got[()]) == "Hej Vera Ek"
    assert [fact.value for one in got["part properties",].entities for fact in one.facts] == ["Bo Berg"]
    assert ("member Data/lista.csv", "row 1") in got
    assert gaps == {("member Index/Broken.iwa",): GapReason.UNREADABLE}


def test_archives_in_a_zip_of_their_own() -> None:
    inner = bundle(**{"Index/Document.iwa": framed(archive(field(3, b"Hej Vera Ek")))}).data()
    got, gaps = read(bundle(**{"Index.zip": inner, "Metadata/Properties.txt": "x"}))
    assert body(got["member Index.zip",]) == "Hej Vera Ek"
    assert not gaps


def test_passwords() -> None:
    _, gaps = read(bundle(**{".iwpv2": b"\2\0", "Index.zip": b"\xaa" * 40}))
    assert gaps == {(): GapReason.ENCRYPTED}


@needs_samples
def test_a_real_file() -> None:
    path = next((SAMPLES / "documents" / "formatcorpus" / "variations").rglob("lorem-ipsum.pages"))
    got, gaps = read(Blob(path.read_bytes(), path.name))
    assert "Andrew Jackson has waived" in body(got[()])
    assert not gaps
