"""Members of a zip that Python's zipfile does not open: under a password, packed in a rare way, named in two ways."""

from __future__ import annotations

import copy
import struct
import zipfile
from collections.abc import Iterator
from typing import IO, Any, cast

from connectors.base import GapReason
from scanner.blob import Blob
from scanner.formats.archives.libarchive_read import single, state
from scanner.formats.passwords import refused, tried
from scanner.formats.streams import FAULTS
from scanner.records import ReadError

ENCRYPTED, _STRONG, _UTF8 = 0x1, 0x40, 0x800
_AES = 99  # as the method; the real one stands in an extra field (WinZip AE-1 and AE-2)
_METHODS = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA})
_SLOW = 2 << 20  # bytes that Python decrypts in about two seconds; libarchive is a hundred times as fast
_SLOWEST = 16 << 20
_LOCAL = struct.Struct("<4s5H3I2H")
_CODECS = ("utf-8", "cp1252", "cp437")
_TRIES = 5000  # for all members of one archive


def is_closed(info: zipfile.ZipInfo) -> bool:
    """Whether `Closed` is needed to read it."""
    return bool(info.flag_bits & ENCRYPTED) or info.compress_type not in _METHODS


class Closed:
    """Opens such members of one archive; a password that fitted one is tried first for the next."""

    def __init__(self, archive: zipfile.ZipFile, blob: Blob) -> None:
        self._archive = archive
        self._blob = blob
        self._keys: list[bytes] | None = None
        self._aes: Any = None
        self._twins: dict[int, Any] = {}
        self._left = _TRIES

    def content(self, info: zipfile.ZipInfo, limit: int) -> bytes:
        """The member's bytes, checked against its sum. Raises ReadError: ENCRYPTED, TOO_LARGE above `limit`."""
        if info.flag_bits & _STRONG:
            raise ReadError(GapReason.ENCRYPTED, "zip member: strong encryption")
        if info.flag_bits & ENCRYPTED:
            return self._decrypted(info, limit)
        _checked(info, limit)
        try:
            return single(self._alone(info), (), limit)
        except ReadError as fault:
            raise ReadError(fault.reason, f"zip compression method {info.compress_type}: {fault.detail}") from None

    def _decrypted(self, info: zipfile.ZipInfo, limit: int) -> bytes:
        keys = self._passwords()
        for number, key in enumerate(keys):
            self._left -= 1
            if self._left < 0:
                raise ReadError(GapReason.ENCRYPTED, f"zip member: {_TRIES} tries were not enough for the archive")
            data = self._with(info, key, limit)
            if data is not None:
                keys.insert(0, keys.pop(number))
                return data
        raise ReadError(GapReason.ENCRYPTED, refused("zip member", self._blob.keys))

    def _passwords(self) -> list[bytes]:
        if self._keys is None:
            self._keys = list(dict.fromkeys(_encoded(tried(self._blob.keys))))
        return self._keys

    def _with(self, info: zipfile.ZipInfo, key: bytes, limit: int) -> bytes | None:
        """The bytes, or None for a wrong password: one in 256 is not seen to be wrong but by what it makes."""
        try:
            with self._stream(info, key) as stream:
                _checked(info, limit)  # now it is known that it could be read
                if self._is_quick(info):
                    return stream.read()
            return single(self._alone(info), (key,), limit)
        except ReadError as fault:
            if fault.reason in (GapReason.ENCRYPTED, GapReason.UNREADABLE):
                return None
            raise
        except (RuntimeError, *FAULTS):
            return None

    def _stream(self, info: zipfile.ZipInfo, key: bytes) -> IO[bytes]:
        if info.compress_type != _AES:
            return self._archive.open(info if info.compress_type in _METHODS else _as_stored(info), pwd=key)
        if self._aes is None:
            import pyzipper  # noqa: PLC0415 - brings a library of ciphers

            self._aes = pyzipper.AESZipFile(self._archive.fp)
            self._twins = dict(zip(map(id, self._archive.infolist()), self._aes.infolist(), strict=True))
        return cast(IO[bytes], self._aes.open(self._twins[id(info)], pwd=key))

    def _is_quick(self, info: zipfile.ZipInfo) -> bool:
        if info.compress_type == _AES or (info.compress_type in _METHODS and info.compress_size <= _SLOW):
            return True
        if info.compress_type not in _METHODS or state():
            return False
        if info.compress_size > _SLOWEST:
            raise ReadError(GapReason.TOO_LARGE, f"a zip member under a password, of more than {_SLOWEST} bytes")
        return True

    def _alone(self, info: zipfile.ZipInfo) -> bytes:
        """The member as a zip of its own. Raises ReadError UNREADABLE."""
        stream = self._archive.fp
        assert stream is not None
        try:
            stream.seek(info.header_offset)
            head = _LOCAL.unpack(stream.read(_LOCAL.size))
            stream.seek(head[9] + head[10], 1)
            data = stream.read(info.compress_size)
        except FAULTS as fault:
            raise ReadError(GapReason.UNREADABLE, f"zip member ({type(fault).__name__})") from None
        fixed = (*head[1:6], info.CRC, info.compress_size, info.file_size, 1, len(info.extra))
        local = _LOCAL.pack(b"PK\x03\x04", *fixed) + b"a" + info.extra
        place = struct.pack("<HHHII", 0, 0, 0, 0, 0)
        central = struct.pack("<4sH5H3I2H", b"PK\x01\x02", 20, *fixed) + place + b"a" + info.extra
        return (
            local
            + data
            + central
            + struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, 1, 1, len(central), len(local) + len(data), 0)
        )


def _checked(info: zipfile.ZipInfo, limit: int) -> None:
    if info.file_size > limit:
        raise ReadError(GapReason.TOO_LARGE, f"{info.file_size} bytes, limit {limit}")


def renamed(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> zipfile.ZipInfo:
    """The member as its own header names it, which zipfile compares; Raises ReadError UNREADABLE."""
    stream = archive.fp
    assert stream is not None
    try:
        stream.seek(info.header_offset)
        head = _LOCAL.unpack(stream.read(_LOCAL.size))
        name = stream.read(head[9])
    except FAULTS as fault:
        raise ReadError(GapReason.UNREADABLE, f"zip member ({type(fault).__name__})") from None
    same = copy.copy(info)
    same.orig_filename = name.decode("utf-8" if head[2] & _UTF8 else "cp437", "replace")
    return same


def _as_stored(info: zipfile.ZipInfo) -> zipfile.ZipInfo:
    """To check a password, the way of packing does not matter."""
    same = copy.copy(info)
    same.compress_type = zipfile.ZIP_STORED
    return same


def _encoded(keys: tuple[str, ...]) -> Iterator[bytes]:
    for key in keys:
        for codec in _CODECS:
            try:
                yield key.encode(codec)
            except UnicodeEncodeError:
                continue
