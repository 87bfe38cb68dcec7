"""The code page of the 8-bit text of a Word 6 or 95 file: what its saver had, else what its language has."""

from __future__ import annotations

import olefile

from scanner.formats.legacy.doc_fib import Header
from scanner.formats.ole.ole_properties import system_code_page

# Primary languages ([MS-LCID]) that do not write in Windows-1252.
_PAGES = {
    0x01: "cp1256",
    0x02: "cp1251",
    0x04: "cp936",
    0x05: "cp1250",
    0x08: "cp1253",
    0x0D: "cp1255",
    0x0E: "cp1250",
    0x11: "cp932",
    0x12: "cp949",
    0x15: "cp1250",
    0x18: "cp1250",
    0x19: "cp1251",
    0x1A: "cp1250",
    0x1B: "cp1250",
    0x1C: "cp1250",
    0x1E: "cp874",
    0x1F: "cp1254",
    0x22: "cp1251",
    0x23: "cp1251",
    0x24: "cp1250",
    0x25: "cp1257",
    0x26: "cp1257",
    0x27: "cp1257",
    0x29: "cp1256",
    0x2A: "cp1258",
    0x2F: "cp1251",
}
_TRADITIONAL = frozenset({0x0404, 0x0C04, 0x1404})  # Chinese of Taiwan, Hong Kong, Macau


def codec_of(ole: olefile.OleFileIO, head: Header) -> str:
    """Python's name of it."""
    if head.mac:
        return "mac_roman"
    if head.language in _TRADITIONAL:
        return "cp950"
    return system_code_page(ole) or _PAGES.get(head.language & 0x3FF, "cp1252")
