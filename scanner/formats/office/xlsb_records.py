"""The records of a binary workbook's parts (BIFF12, [MS-XLSB] 2.1.4), and the strings in them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from connectors.base import GapReason
from scanner.records import ReadError

_BUNDLE_SHEET, _COMMENT_AUTHOR = 156, 632
_CELLS = range(12)  # BrtRowHdr and the cells, whose values calamine gives
_GUID = re.compile(r"\{[0-9A-Fa-f-]{36}\}|rId\d+")
_UNSEEN = re.compile("[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffd-\uffff]")
_LONGEST = 32_767  # letters in a string, Excel's own limit


@dataclass(slots=True)
class Walk:
    """What the records of a part say."""

    texts: dict[str, None] = field(default_factory=dict)
    authors: list[str] = field(default_factory=list)
    sheets: list[tuple[str, str]] = field(default_factory=list)  # relation, name
    fault: ReadError | None = None


def walk(data: bytes, *, cells: bool = True) -> Walk:
    """Every string of every record; without `cells` not those in cells."""
    found = Walk()
    for kind, body in _records(data, found):
        if kind in _CELLS and not cells:
            continue
        texts = _strings(body)
        if kind == _COMMENT_AUTHOR:
            found.authors.extend(texts)
        elif kind == _BUNDLE_SHEET and len(texts) >= 2:
            found.sheets.append((texts[0], texts[1]))
        else:
            found.texts.update(dict.fromkeys(text for text in texts if not _GUID.fullmatch(text)))
    return found


def _records(data: bytes, found: Walk) -> Iterator[tuple[int, bytes]]:
    """Type and body; numbers of 7 bits a byte, two for the type and four for the size at most (2.1.4)."""
    at = 0
    while at < len(data):
        try:
            kind = data[at]
            at += 1
            if kind & 0x80:
                kind = (kind & 0x7F) | (data[at] & 0x7F) << 7
                at += 1
            size = 0
            for place in range(4):
                byte = data[at]
                at += 1
                size |= (byte & 0x7F) << 7 * place
                if not byte & 0x80:
                    break
        except IndexError:
            found.fault = ReadError(GapReason.UNREADABLE, "records")
            return
        if at + size > len(data):
            found.fault = ReadError(GapReason.UNREADABLE, "records")
        yield kind, data[at : at + size]
        at += size


def _strings(body: bytes) -> list[str]:
    """Strings with their count of letters before them (XLWideString, 2.5.169), wherever they are. Raises ReadError."""
    found = []
    at, end = 0, len(body)
    tries = 1000 + 16 * end  # letters that may be decoded in vain
    while at + 6 <= end:
        count = body[at] | body[at + 1] << 8
        if count > 1 and not (body[at + 2] or body[at + 3]) and count <= _LONGEST and at + 4 + 2 * count <= end:
            text = body[at + 4 : at + 4 + 2 * count].decode("utf-16-le", "replace")
            if not _UNSEEN.search(text):
                found.append(text)
                at += 4 + 2 * count
                continue
            tries -= count
            if tries < 0:
                raise ReadError(GapReason.UNREADABLE, "records")
        at += 1
    return found
