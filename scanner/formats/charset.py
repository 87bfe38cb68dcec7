"""Bytes to text, whatever somebody claimed of their charset: nothing is lost and nothing raises.

A byte order mark wins, then UTF-16 and UTF-32 known by their NULs, then what was declared (if it exists and fits), then
UTF-8. What is none of these is guessed from its letters (`charset_guess`). Where Windows-1252 is the likeliest, each
byte that is not UTF-8 is read so for itself: a file with both is right in both places.
"""

from __future__ import annotations

import codecs
import re
from functools import lru_cache

from scanner.formats.charset_guess import guess

FALLBACK = "gallra_cp1252"
"""The error handler of that last rule, for streams: `open(..., encoding="utf-8", errors=FALLBACK)`."""

_MARKED = (b"\xef", b"\xff", b"\xfe", b"\0")  # how byte order marks begin
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# What senders mean by these names: the larger set that others decode them as (WHATWG Encoding Standard, 4.2).
_MEANT = {
    "iso8859-1": "cp1252",
    "iso8859-9": "cp1254",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "euc_kr": "cp949",
    "shift_jis": "cp932",
    "ascii": "utf-8",
    "utf-8-sig": "utf-8",
}
_GUESSES = frozenset({"cp1252", "cp1254", "iso8859-15"})  # often written on what is really UTF-8
_WIDE = ("utf-16", "utf-32", "utf_16", "utf_32")


def decode(data: bytes, declared: str | None = None) -> str:
    """The text of `data`, without a byte order mark. Never raises."""
    name, skip = _known(data[:4096], declared)
    if skip:
        data = data[skip:]
    if name in _GUESSES:
        try:
            return data.decode("utf-8")
        except UnicodeDecodeError:
            pass
    return decoded(data, name)


def decoded(data: bytes, name: str) -> str:
    """The text of data whose codec and byte order mark `encoding` told. Never raises."""
    if name == "utf-8":
        return _utf8_or_guessed(data)
    try:
        return data.decode(name)
    except UnicodeError:
        return _impossible(data, name)


def _impossible(data: bytes, name: str) -> str:
    """What is not in the codec that somebody said: UTF-8 if it is that, else what can be read of it."""
    if not name.startswith(_WIDE):
        try:
            return data.decode("utf-8")
        except UnicodeDecodeError:
            pass
    return data.decode(name, handler(name))


def _utf8_or_guessed(data: bytes) -> str:
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        name = guess(data)
        return _utf8_or_windows(data) if name == "utf-8" else data.decode(name, "replace")
    if "\x1b$" in text or ("+A" in text and "-" in text):
        hidden = _seven_bit(data)
        return data.decode(hidden, "replace") if hidden else text
    return text


_SHIFTED = re.compile(rb"\+(?:A[M-P][A-Za-z0-9+/])+-")


def _seven_bit(data: bytes) -> str | None:
    """Charsets that look like ASCII: Japanese with its escapes (RFC 1468), and UTF-7 where Latin letters are in it."""
    if not data.isascii():
        return None
    for sign, name in ((b"\x1b$", "iso2022_jp_2"), (b"+A", "utf-7")):
        if sign in data and (name != "utf-7" or _SHIFTED.search(data)):
            try:
                data.decode(name)
            except UnicodeError:
                continue
            return name
    return None


def _utf8_or_windows(data: bytes) -> str:
    """UTF-8, and Windows-1252 for what is not: at once where no two bytes could be UTF-8, else byte by byte."""
    if _MULTIBYTE.search(data) is None:
        return codecs.charmap_decode(data, "strict", _WINDOWS_TABLE)[0]
    return data.decode("utf-8", FALLBACK)


_MULTIBYTE = re.compile(rb"[\xc2-\xf4][\x80-\xbf]")


def handler(name: str) -> str:
    """The error handler to decode with: Windows-1252 for stray bytes in UTF-8, else a replacement mark."""
    return FALLBACK if name in ("utf-8", "cp1252") else "replace"


def encoding(head: bytes, declared: str | None = None) -> tuple[str, int]:
    """The codec for data that begins with `head`, and how many bytes of byte order mark to skip.

    `utf-8` stands for UTF-8 with stray bytes of Windows-1252 too: decode it with `handler`.
    """
    name, skip = _known(head, declared)
    if name != "utf-8" or head.isascii():
        return (_seven_bit(head) or name if b"\x1b$" in head else name), skip
    try:
        codecs.getincrementaldecoder("utf-8")("strict").decode(head)
    except UnicodeDecodeError:
        return guess(head), skip
    return name, skip


def _known(head: bytes, declared: str | None = None) -> tuple[str, int]:
    """As `encoding`, without a guess: then it is `utf-8`."""
    if head[:1] in _MARKED:
        for mark, name in _BOMS:
            if head.startswith(mark):
                return name, len(mark)
    wide = _wide(head) if b"\0" in head else None
    if wide:
        return wide, 0
    known = codec(declared) if declared else None
    if known and not known.startswith(_WIDE):
        return known, 0
    return "utf-8", 0


def codec(declared: str) -> str | None:
    """The codec that a declared charset means, or None: there is none, or it is not one of text."""
    return _codec(declared) if len(declared) < 64 else None


@lru_cache(maxsize=512)
def _codec(declared: str) -> str | None:
    try:
        info = codecs.lookup(declared.strip(" \t\"'").split("*", 1)[0])
        "".encode(info.name)
    except (LookupError, ValueError, UnicodeError, TypeError):
        return None
    return _MEANT.get(info.name, info.name)


def is_binary(data: bytes) -> bool:
    """True where the bytes are no text in any charset: more than 2% control characters."""
    name, skip = _known(data[:4096])
    sample = data[skip : skip + (1 << 20)]
    if name.startswith(_WIDE):
        return len(_CONTROL_TEXT.findall(sample.decode(name, "replace"))) * 50 > len(sample) // 2
    return (len(sample) - len(sample.translate(None, _CONTROL))) * 50 > len(sample)


_CONTROL = bytes(set(range(32)) - set(b"\t\n\r\f\x0b\x1b\x08\x1a")) + b"\x7f"
_CONTROL_TEXT = re.compile("[\0-\x07\x0e-\x19\x1c-\x1f\x7f\ud800-\udfff\ufffd\ufffe\uffff]")


def _wide(head: bytes) -> str | None:
    """UTF-16 and UTF-32 without a mark."""
    even, odd = head[0::2].count(0), head[1::2].count(0)
    half = max(1, len(head) // 2)
    if len(head) % 4 == 0 or len(head) >= 4096:
        for name, top, next_ in (("utf-32-le", head[3::4], head[2::4]), ("utf-32-be", head[0::4], head[1::4])):
            if not top.strip(b"\0") and len(next_) - len(next_.translate(None, _PLANES)) == len(next_):
                return name
    if odd * 5 >= half * 2 and even * 20 <= odd:  # in Western text every other byte is NUL, and no others are
        return "utf-16-le"
    if even * 5 >= half * 2 and odd * 20 <= even:
        return "utf-16-be"
    if len(head.translate(None, _PRINTED)) * 20 < len(head):  # a stray NUL; as UTF-16 these letters would be Chinese
        return None
    little, big = _sense(head, "utf-16-le"), _sense(head, "utf-16-be")
    if max(little, big) < 0.97 or abs(little - big) < 0.1:
        return None
    return "utf-16-le" if little > big else "utf-16-be"


_PLANES = bytes(range(17))
_PRINTED = bytes(range(32, 127)) + b"\t\n\r"
# Letters of the scripts that people write in, and what stands between them.
_SENSIBLE = re.compile(
    "[\t\n\r\x20-\x7e\xa0-\u024f\u0370-\u04ff\u0590-\u06ff\u0e00-\u0e7f\u1e00-\u1fff\u2010-\u2044\u20ac\u2116\u2122"
    "\u3000-\u30ff\u4e00-\u9fa5\uac00-\ud7a3\uff01-\uff9f]"
)
_ASCII = re.compile("[\t\n\r\x20-\x7e]")


def _sense(head: bytes, name: str) -> float:
    """The share of likely characters, where blanks or line ends are among them; 0 for what is not in that codec."""
    try:
        text = codecs.getincrementaldecoder(name)("strict").decode(head)
    except UnicodeError:
        return 0.0
    if not text or not _ASCII.search(text):
        return 0.0
    return len(_SENSIBLE.findall(text)) / len(text)


def _as_windows(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    start, end = error.start, error.end
    if end - start == 1:
        return _WINDOWS[error.object[start]], end
    return "".join(_WINDOWS[byte] for byte in error.object[start:end]), end


_WINDOWS = [bytes([byte]).decode("cp1252", "ignore") or chr(byte) for byte in range(256)]
_WINDOWS_TABLE = "".join(_WINDOWS)
codecs.register_error(FALLBACK, _as_windows)
