"""MAPI properties ([MS-OXCDATA] 2.11): ids with values as a store has them, decoded when they are asked for.

A key is the property's id, for a named property its long id (those are 0x8000 and above, so the two never meet), and
the name of one that is named by a string or by a small number.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Final

from scanner.formats import charset

Key = int | str
Raw = bytes | list[bytes]

SHORT: Final = 0x0002
LONG: Final = 0x0003
BOOLEAN: Final = 0x000B
OBJECT: Final = 0x000D
LARGE: Final = 0x0014
STRING8: Final = 0x001E
UNICODE: Final = 0x001F
TIME: Final = 0x0040
BINARY: Final = 0x0102
MANY: Final = 0x1000  # a flag: the value is a list

_NUMBERS = {SHORT: "<h", LONG: "<i", BOOLEAN: "<?", LARGE: "<q"}
_MESSAGE_CODEPAGE, _INTERNET_CODEPAGE = 0x3FFD, 0x3FDE
# Microsoft's code pages whose Python codec is not called cpNNNN.
_CODEPAGES = {
    936: "gb18030",
    1200: "utf-16-le",
    10000: "mac_roman",
    20127: "ascii",
    20866: "koi8-r",
    20932: "euc_jp",
    21866: "koi8-u",
    50220: "iso2022_jp",
    50221: "iso2022_jp",
    50222: "iso2022_jp",
    51932: "euc_jp",
    51936: "gb18030",
    51949: "euc_kr",
    52936: "hz",
    54936: "gb18030",
    65000: "utf-7",
    65001: "utf-8",
}


class Properties:
    """The properties of one message, recipient or attachment, in the order of the store."""

    __slots__ = ("_first", "charset", "entries")

    def __init__(self, inherited: str | None = None) -> None:
        """`inherited` is the codec of 8-bit strings where nothing here tells it."""
        self.entries: list[tuple[Key, int, Raw]] = []
        self._first: dict[Key, tuple[int, Raw]] = {}
        self.charset = inherited

    def add(self, key: Key, kind: int, raw: Raw) -> None:
        """One property. Of several with the same key the first is found by the getters."""
        self.entries.append((key, kind, raw))
        self._first.setdefault(key, (kind, raw))
        if key in (_MESSAGE_CODEPAGE, _INTERNET_CODEPAGE) and (self.charset is None or key == _MESSAGE_CODEPAGE):
            self.charset = codepage(self.number(key)) or self.charset

    def __contains__(self, key: Key) -> bool:
        return key in self._first

    def text(self, key: Key) -> str:
        """The string at `key`; "" where there is none. A list is joined by line breaks."""
        return "\n".join(self.texts(key))

    def texts(self, key: Key) -> list[str]:
        """The strings at `key`, those of a list one by one, without empty ones."""
        kind, raw = self._first.get(key, (0, b""))
        return list(self.strings(kind, raw))

    def data(self, key: Key) -> bytes | None:
        """The bytes at `key`; None where there are none, or where it is a list."""
        _, raw = self._first.get(key, (0, None))
        return raw if isinstance(raw, bytes) else None

    def pieces(self, key: Key) -> list[bytes]:
        """The bytes of each value at `key`."""
        _, raw = self._first.get(key, (0, []))
        return [raw] if isinstance(raw, bytes) else raw

    def number(self, key: Key) -> int:
        """The whole number at `key`; 0 where there is none."""
        kind, raw = self._first.get(key, (0, b""))
        form = _NUMBERS.get(kind)
        if form is None or not isinstance(raw, bytes) or len(raw) < struct.calcsize(form):
            return 0
        return int(struct.unpack_from(form, raw)[0])

    def day(self, key: Key) -> str:
        """The date at `key` as yyyy-mm-dd; "" where there is none.

        Outlook writes midnight of its own time zone in UTC, or noon: half a day later it is the right day for all
        zones up to +12 and down to -11.
        """
        kind, raw = self._first.get(key, (0, b""))
        if kind != TIME or not isinstance(raw, bytes) or len(raw) < 8:
            return ""
        ticks = int.from_bytes(raw[:8], "little")  # 100 ns since 1601
        try:
            time = datetime(1601, 1, 1, tzinfo=UTC) + timedelta(microseconds=ticks // 10)
        except OverflowError:
            return ""
        return (time + timedelta(hours=12)).date().isoformat() if time.year < 4000 else ""  # 4501 means none

    def strings(self, kind: int, raw: Raw) -> Iterator[str]:
        """The strings of one entry; nothing for what is no string."""
        single = kind & ~MANY
        if single not in (STRING8, UNICODE):
            return
        for piece in [raw] if isinstance(raw, bytes) else raw:
            text = self._decoded(single, piece).strip("\0")
            if text and not text.isspace():
                yield text

    def _decoded(self, kind: int, raw: bytes) -> str:
        if kind == UNICODE:
            return raw.decode("utf-16-le", "replace")
        return charset.decode(raw.rstrip(b"\0"), self.charset)  # with its end it would look like UTF-16


def codepage(number: int) -> str | None:
    """The codec for a Windows code page; None for one that Python has not."""
    if 28591 <= number <= 28606:
        return charset.codec(f"iso8859-{number - 28590}")
    name = _CODEPAGES.get(number, f"cp{number}")
    return charset.codec(name) if number > 0 else None
