"""Lists of MAPI properties inside TNEF ([MS-OXTNEF] 2.1.3.4): read as far as they make sense."""

from __future__ import annotations

from scanner.formats.outlook.mapi_named import HEADER, INTERNET_HEADERS, key_of
from scanner.formats.outlook.mapi_values import BINARY, MANY, OBJECT, STRING8, UNICODE, Key, Properties, Raw

_VARIABLE = frozenset({OBJECT, STRING8, UNICODE, BINARY})
# Bytes of a fixed value, filled up to a multiple of 4: short, long, floats, dates, currency, classes.
_SIZES = {1: 4, 2: 4, 3: 4, 4: 4, 5: 8, 6: 8, 7: 8, 0x0A: 4, 0x0B: 4, 0x14: 8, 0x40: 8, 0x48: 16}
_MOST = 1 << 16  # properties in a list: their ids have 16 bits


class Reader:
    """Goes once through the bytes of an attribute. `broken`: it ended before what it announced."""

    def __init__(self, data: bytes) -> None:
        self.broken = False
        self._data = data
        self._place = 0

    def rows(self, charset: str | None, most: int) -> list[Properties]:
        """The recipient table: a list of properties for each."""
        found: list[Properties] = []
        for _ in range(min(self._number(), most)):
            if self.broken:
                break
            row = Properties(charset)
            self.properties(row)
            found.append(row)
        return found

    def properties(self, found: Properties) -> None:
        """One list of properties, added to `found`."""
        for at in range(self._number()):
            if at >= _MOST:
                self.broken = True
            if self.broken:
                break
            kind, number = self._number(2), self._number(2)
            key = self._key() if number >= 0x8000 else number
            raw = self._value(kind)
            if not self.broken or raw:
                found.add(key, kind, raw)

    def _key(self) -> Key:
        guid = self._bytes(16)
        if self._number() == 0:
            return key_of(self._number())
        name = self._counted().decode("utf-16-le", "replace").strip("\0")
        return HEADER + name.lower() if guid == INTERNET_HEADERS else name

    def _value(self, kind: int) -> Raw:
        single = kind & ~MANY
        if single in _VARIABLE:
            values = []
            for _ in range(min(self._number(), len(self._data))):
                values.append(self._counted())
                if self.broken:
                    break
            return values if kind & MANY else b"".join(values[:1])
        size = _SIZES.get(single)
        if size is None:
            self.broken = True
            return b""
        count = self._number() if kind & MANY else 1
        data = self._bytes(size * count)
        return [data] if kind & MANY else data

    def _counted(self) -> bytes:
        size = self._number()
        data = self._bytes(size)
        self._place += -size % 4
        return data

    def _number(self, size: int = 4) -> int:
        return int.from_bytes(self._bytes(size), "little")

    def _bytes(self, size: int) -> bytes:
        data = self._data[self._place : self._place + size]
        self._place += size
        self.broken = self.broken or len(data) < size
        return data
