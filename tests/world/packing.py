"""Archives whose bytes depend on their content alone: zip, encrypted zip, tar.gz."""

from __future__ import annotations

import gzip
import io
import re
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Sequence

from tests.world.truth import Piece

_DATE = (2024, 1, 2, 3, 4, 0)
_STAMPS = re.compile(rb"(<dcterms:(?:created|modified)[^>]*>)[^<]*(<)")


def zip_bytes(members: Sequence[tuple[str, bytes]]) -> bytes:
    """A zip with fixed dates. A member called `mimetype` is stored, as OpenDocument wants it."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, data in members:
            info = zipfile.ZipInfo(name, _DATE)
            info.create_system = 3
            info.external_attr = 0o644 << 16
            info.compress_type = zipfile.ZIP_STORED if name == "mimetype" else zipfile.ZIP_DEFLATED
            archive.writestr(info, data)
    return buffer.getvalue()


def settle(data: bytes) -> bytes:
    """The same zip (an Office file) without the clock: fixed member dates, and dates of birth and change."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        members = [(info.filename, archive.read(info)) for info in archive.infolist()]
    fixed = rb"\g<1>2024-01-02T03:04:00Z\2"
    return zip_bytes([(name, _STAMPS.sub(fixed, each) if "core" in name else each) for name, each in members])


def zip_piece(members: Sequence[tuple[str, Piece]]) -> Piece:
    """A zip of pieces; their records stand under `member NAME`."""
    records = [record for name, piece in members for record in piece.below(f"member {name}")]
    return Piece(zip_bytes([(name, piece.data) for name, piece in members]), records)


def tar_piece(members: Sequence[tuple[str, Piece]]) -> Piece:
    """A .tar.gz of pieces."""
    buffer = io.BytesIO()
    with (
        gzip.GzipFile(fileobj=buffer, mode="wb", mtime=1_700_000_000) as packed,
        tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as archive,
    ):
        for name, piece in members:
            info = tarfile.TarInfo(name)
            info.size, info.mtime = len(piece.data), 1_700_000_000
            archive.addfile(info, io.BytesIO(piece.data))
    return Piece(buffer.getvalue(), [record for name, piece in members for record in piece.below(f"member {name}")])


def encrypted_zip(name: str, data: bytes, password: bytes) -> bytes:
    """A zip with one member under the traditional encryption (APPNOTE.TXT 6.1), which zipfile only reads."""
    checksum = zlib.crc32(data)
    cipher = _Cipher(password)
    # The last of the twelve header bytes is what a reader checks the password by.
    secret = cipher.encrypt(b"elevenbytes" + bytes([checksum >> 24]) + data)
    plain = zip_bytes([(name, data)])
    with zipfile.ZipFile(io.BytesIO(plain)) as archive:
        flags = archive.infolist()[0].flag_bits | 1
    stamp = (4 | 3 << 5, 2 | 1 << 5 | (2024 - 1980) << 9)  # time and date of _DATE: 03:04, 2 January 2024
    raw = name.encode()
    common = struct.pack(
        "<HHHHHIIIHH", 20, flags, 0, 4 << 5 | 3 << 11, stamp[1], *_sizes(checksum, secret, data), len(raw), 0
    )
    local = b"PK\3\4" + common + raw + secret
    central = b"PK\1\2" + struct.pack("<H", 0x0314) + common + struct.pack("<HHHII", 0, 0, 0, 0o644 << 16, 0) + raw
    return local + central + b"PK\5\6" + struct.pack("<HHHHIIH", 0, 0, 1, 1, len(central), len(local), 0)


def _sizes(checksum: int, secret: bytes, data: bytes) -> tuple[int, int, int]:
    return checksum, len(secret), len(data)


class _Cipher:
    """The three keys of APPNOTE.TXT 6.1.5."""

    def __init__(self, password: bytes) -> None:
        self.keys = [0x12345678, 0x23456789, 0x34567890]
        for byte in password:
            self._update(byte)

    def encrypt(self, data: bytes) -> bytes:
        out = bytearray()
        for byte in data:
            mask = (self.keys[2] | 2) & 0xFFFF
            out.append(byte ^ (mask * (mask ^ 1) >> 8 & 0xFF))
            self._update(byte)
        return bytes(out)

    def _update(self, byte: int) -> None:
        keys = self.keys
        keys[0] = _crc(keys[0], byte)
        keys[1] = ((keys[1] + (keys[0] & 0xFF)) * 134775813 + 1) & 0xFFFFFFFF
        keys[2] = _crc(keys[2], keys[1] >> 24)


def _crc(value: int, byte: int) -> int:
    """One step of CRC-32 without the inversions before and after it."""
    return zlib.crc32(bytes([byte]), value ^ 0xFFFFFFFF) ^ 0xFFFFFFFF
