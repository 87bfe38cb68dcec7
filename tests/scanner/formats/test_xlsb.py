"""Binary workbooks: records built by hand as [MS-XLSB] has them, and a real file."""

from __future__ import annotations

import io
import zipfile

from connectors.base import GapReason
from scanner.blob import Blob
from scanner.expand import expand
from scanner.limits import Limits
from scanner.records import Entity, Fact, IdType, Record, Role, Unread
from tests.samples import SAMPLES, needs_samples

LIMITS = Limits()
SAMPLE = SAMPLES / "documents" / "poi" / "spreadsheet" / "WithTextBox.xlsb"
KIND = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/"
Found = tuple[dict[tuple[str, ...], Record], list[Unread]]


def record(kind: int, body: bytes = b"") -> bytes:
    """Type and size in 7 bits a byte, then the body (2.1.4)."""
    head = bytes([kind]) if kind < 128 else bytes([kind & 0x7F | 0x80, kind >> 7])
    size, rest = b"", len(body)
    while rest >= 128:
        size += bytes([rest & 0x7F | 0x80])
        rest >>= 7
    return head + size + bytes([rest]) + body


def wide(text: str) -> bytes:
    return len(text).to_bytes(4, "little") + text.encode("utf-16-le")


def relations(*lines: tuple[str, str, str]) -> str:
    found = "".join(f'<Relationship Id="{key}" Type="{KIND}{kind}" Target="{target}"/>' for key, kind, target in lines)
    return (
        f'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{found}</Relationships>'
    )


def book(cells: bytes = b"", comments: bytes = b"", **parts: bytes) -> bytes:
    sheet = record(129) + record(148, bytes(16)) + record(145) + cells + record(146)
    link = record(494, bytes(16) + wide("rId9") + wide("Blad!A1") + wide("Om Ada Alm") + wide("visa"))
    bundle = record(156, bytes(8) + wide("rId1") + wide("Kunder"))
    made: dict[str, bytes | str] = {
        "[Content_Types].xml": "<Types/>",
        "_rels/.rels": relations(("m", "officeDocument", "xl/workbook.bin")),
        "xl/workbook.bin": record(131) + record(153, bytes(12)) + record(143) + bundle + record(144) + record(132),
        "xl/_rels/workbook.bin.rels": relations(("rId1", "worksheet", "worksheets/sheet1.bin")),
        "xl/worksheets/sheet1.bin": sheet + link + record(130),
        "xl/worksheets/_rels/sheet1.bin.rels": relations(("c", "comments", "../comments1.bin")),
        "xl/comments1.bin": comments,
        **parts,
    }
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, data in made.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def read(data: bytes) -> Found:
    records: dict[tuple[str, ...], Record] = {}
    gaps = []
    for found in expand(Blob(data, "a.xlsb"), LIMITS):
        if isinstance(found, Unread):
            gaps.append(found)
        else:
            assert found.steps not in records
            records[found.steps] = found
    return records, gaps


def body(record: Record) -> str:
    return "\n".join(text for role, text in record.texts if role is Role.BODY)


ROW = record(0, bytes(17)) + record(6, bytes(8) + wide("Karin Ek")) + record(6, b"\1" + bytes(7) + wide("k@x.example"))
COMMENTS = (
    record(628) + record(630) + record(632, wide("Lena Skog")) + record(631) + record(633) + record(635, bytes(36))
    + record(637, b"\0" + wide("Ring Bo Lind")) + record(636) + record(634) + record(629)
)  # fmt: skip


def test_cells_comments_links_and_lesser_parts() -> None:
    pivot = record(24, wide("Siv Berg")) + record(24, wide("å" * 200))
    records, gaps = read(book(ROW, COMMENTS, **{"xl/pivotCache/pivotCacheRecords1.bin": pivot}))
    assert gaps == []
    assert body(records[("sheet Kunder", "row 1")]) == "Karin Ek\tk@x.example"
    comments = records[("sheet Kunder", "part comments")]
    assert body(comments) == "Ring Bo Lind"
    assert comments.entities == [Entity(Role.AUTHOR, [Fact(IdType.NAME, "Lena Skog")])]
    assert body(records[("sheet Kunder", "part links")]) == "Blad!A1\nOm Ada Alm\nvisa"
    assert body(records[("part pivotCacheRecords1.bin",)]) == "Siv Berg\n" + "å" * 200
    assert "Kunder" in body(records[()])


def test_a_part_that_breaks_off_is_a_gap_and_what_came_before_is_read() -> None:
    cut = record(24, wide("Siv Berg")) + record(24, wide("Bo Lind"))[:-4]
    records, gaps = read(book(ROW, COMMENTS, **{"xl/externalLinks/externalLink1.bin": cut}))
    assert body(records[("part externalLink1.bin",)]) == "Siv Berg"
    assert [(gap.steps, gap.reason) for gap in gaps] == [(("part externalLink1.bin",), GapReason.UNREADABLE)]


def test_a_workbook_that_is_damaged_is_a_gap_with_the_rest_read() -> None:
    records, gaps = read(book(ROW, COMMENTS, **{"xl/workbook.bin": b"\xff\xff"}))
    assert GapReason.UNREADABLE in {gap.reason for gap in gaps}
    assert any("Ring Bo Lind" in body(one) for one in records.values())


@needs_samples
def test_a_real_one() -> None:
    records, gaps = read(SAMPLE.read_bytes())
    assert gaps == []
    facts = [fact.value for entity in records[("part properties",)].entities for fact in entity.facts]
    assert "Allison, Timothy B." in facts
    assert {"Line 1", "Line 2"} <= set(body(records[("part drawing1.xml",)]).split("\n"))
