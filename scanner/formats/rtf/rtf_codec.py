r"""The code pages of RTF: by \ansicpg and its kin, and by each font's \fcharset."""

from __future__ import annotations

import re
from typing import Final

from scanner.formats import charset

DEFAULT: Final = "cp1252"
_NAMED = {"mac": "mac_roman", "pc": "cp437", "pca": "cp850", "ansi": DEFAULT}
# RTF 1.9.1, "Font Table", \fcharset; those of the Mac as the Windows page of the same script where Python has no other.
_FONTS = {
    0: DEFAULT,
    2: DEFAULT,
    77: "mac_roman",
    78: "cp932",
    79: "cp949",
    80: "gb18030",
    81: "cp950",
    83: "cp1255",
    84: "cp1256",
    85: "mac_greek",
    86: "mac_turkish",
    87: "cp874",
    88: "mac_latin2",
    89: "mac_cyrillic",
    128: "cp932",
    129: "cp949",
    130: "johab",
    134: "gb18030",
    136: "cp950",
    161: "cp1253",
    162: "cp1254",
    163: "cp1258",
    177: "cp1255",
    178: "cp1256",
    186: "cp1257",
    204: "cp1251",
    222: "cp874",
    238: "cp1250",
    254: "cp437",
    255: "cp850",
}
_PAGES = {10000: "mac_roman", 65001: "utf-8", 1361: "johab", 936: "gb18030"}
_SURROGATE = re.compile("[\ud800-\udfff]")


def of_page(number: int) -> str | None:
    """The codec of a Windows code page, or None where there is none."""
    return _PAGES.get(number) or (charset.codec(f"cp{number}") if 0 < number < 65536 else None)


def of_font(number: int) -> str | None:
    r"""The codec of a font's \fcharset, or None for one that leaves it to the document."""
    return _FONTS.get(number)


def of_word(word: str) -> str:
    r"""The codec of \ansi, \mac, \pc and \pca."""
    return _NAMED[word]


def decode(data: bytes, codec: str) -> str:
    """A run of text. What is UTF-8 although a Western page is declared is what careless programs write."""
    if data.isascii():
        return data.decode("ascii")
    if codec == DEFAULT:
        try:
            return data.decode("utf-8")
        except UnicodeDecodeError:
            pass
    return charset.decoded(data, codec)


def whole(text: str) -> str:
    """Text whose characters outside the first plane were written as two halves."""
    if text.isascii() or _SURROGATE.search(text) is None:
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
