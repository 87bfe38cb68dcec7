"""Breaks files as transfers, disks and attackers do. The same seed breaks them the same way."""

from __future__ import annotations

import io
import random
import re
import struct
import zipfile
import zlib
from collections.abc import Callable, Sequence

_NUMBERS = (0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 0xFFFFFFFE)
_WORDS = (
    b"\0",
    b"<",
    b">",
    b'"',
    b"\\",
    b"{",
    b"}",
    b"\r\n",
    b"BEGIN:VCARD\r\n",
    b"=?utf-8?B?",
    b"%",
    b"\x1b$B",
    b"9" * 40,
)
_TOKEN = re.compile(rb"[A-Za-z0-9@._-]{2,}")
_MOST = 256 << 10


def mutated(rng: random.Random, seeds: Sequence[bytes]) -> bytes:
    """One of the seeds with one to six faults in it; what is a zip is broken inside its members half of the time."""
    data = rng.choice(seeds)
    if data.startswith(b"PK") and rng.random() < 0.6:
        inner = _inside_zip(rng, data)
        if inner is not None:
            return inner
    for _ in range(rng.choice((1, 1, 2, 3, 6))):
        data = rng.choice(_FAULTS)(rng, data)
        if rng.random() < 0.05:
            data = _splice(rng, data, rng.choice(seeds))
    return data[:_MOST]


def _place(rng: random.Random, data: bytes) -> int:
    """Headers are where it hurts: a third of all faults go into the first 600 bytes or the last."""
    if not data:
        return 0
    if rng.random() < 0.35:
        return (
            rng.randrange(min(len(data), 600))
            if rng.random() < 0.7
            else rng.randrange(max(0, len(data) - 600), len(data))
        )
    return rng.randrange(len(data))


def _bit(rng: random.Random, data: bytes) -> bytes:
    at = _place(rng, data)
    return data[:at] + bytes(byte ^ (1 << rng.randrange(8)) for byte in data[at : at + 1]) + data[at + 1 :]


def _noise(rng: random.Random, data: bytes) -> bytes:
    at, count = _place(rng, data), rng.choice((1, 2, 4, 16, 64))
    return data[:at] + rng.randbytes(count) + data[at + count :]


def _number(rng: random.Random, data: bytes) -> bytes:
    at = _place(rng, data)
    form = rng.choice(("<H", ">H", "<I", ">I"))
    size = struct.calcsize(form)
    return data[:at] + struct.pack(form, rng.choice(_NUMBERS) & ((1 << 8 * size) - 1)) + data[at + size :]


def _cut(rng: random.Random, data: bytes) -> bytes:
    return data[: _place(rng, data)]


def _drop(rng: random.Random, data: bytes) -> bytes:
    at = _place(rng, data)
    return data[:at] + data[at + rng.choice((1, 2, 7, 40, 512)) :]


def _twice(rng: random.Random, data: bytes) -> bytes:
    at, count = _place(rng, data), rng.choice((1, 4, 32, 512, 4096))
    return data[:at] + data[at : at + count] * rng.choice((2, 3, 50)) + data[at + count :]


def _word(rng: random.Random, data: bytes) -> bytes:
    at = _place(rng, data)
    return data[:at] + rng.choice(_WORDS) + data[at:]


def _token(rng: random.Random, data: bytes) -> bytes:
    """A word of a text replaced by another of it, so that what must match does not."""
    found = list(_TOKEN.finditer(data, 0, 20_000))
    if len(found) < 2:
        return _bit(rng, data)
    one, other = rng.sample(found, 2)
    return data[: one.start()] + other[0] + data[one.end() :]


def _splice(rng: random.Random, data: bytes, other: bytes) -> bytes:
    return data[: _place(rng, data)] + other[_place(rng, other) :]


_FAULTS: tuple[Callable[[random.Random, bytes], bytes], ...] = (
    _bit, _bit, _noise, _number, _number, _cut, _drop, _twice, _word, _token,
)  # fmt: skip


def _inside_zip(rng: random.Random, data: bytes) -> bytes | None:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = [(info, archive.read(info)) for info in archive.infolist()]
    except (zipfile.BadZipFile, zlib.error, RuntimeError, NotImplementedError, EOFError, OSError, ValueError):
        return None
    if not members:
        return None
    chosen = rng.randrange(len(members))
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for number, (info, content) in enumerate(members):
            broken = rng.choice(_FAULTS)(rng, content) if number == chosen else content
            archive.writestr(info.filename, broken, info.compress_type)
    return out.getvalue()[: 4 * _MOST]
