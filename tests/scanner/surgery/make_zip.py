"""Zip archives as many programs write them: names in old charsets, twins, descriptors, ZIP64, extra fields, remarks."""

from __future__ import annotations

import io
import random
import struct
import warnings
import zipfile
from typing import IO, cast

from tests.scanner.surgery.canaries import Made

_HOSTILE = (
    "*",
    "[x]",
    "-rf",
    "%",
    "a_b",
    "new\nline",
    "../up",
    "å/ä/ö",
    "C:",
    "twin.txt",
    " ",
    "x (2)",
    "deep/" * 20 + "y",
)
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2)


class Unseekable(io.RawIOBase):
    """A sink that cannot go back: zipfile then writes descriptors behind the members."""

    def __init__(self) -> None:
        super().__init__()
        self.held = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, data: object) -> int:
        piece = bytes(data)  # type: ignore[call-overload]
        self.held += piece
        return len(piece)


def canary(number: int) -> bytes:
    return b"canary-%05d-x" % number


def content(rng: random.Random, number: int) -> bytes:
    """Bytes that do not shrink, so that they stand as they are (or unmistakably packed) in the archive."""
    return canary(number) + rng.randbytes(rng.choice([0, 1, 40, 300]))


def make(rng: random.Random, count: int) -> Made:
    """An archive of `count` members. Names stand there more than once."""
    sink: io.RawIOBase | io.BytesIO = Unseekable() if rng.random() < 0.4 else io.BytesIO()
    seen: dict[str, int] = {}
    steps = []
    with warnings.catch_warnings(), zipfile.ZipFile(cast(IO[bytes], sink), "w") as archive:
        warnings.simplefilter("ignore")  # of names that stand there twice
        archive.comment = rng.choice([b"", b"of the archive"])
        for number in range(count):
            name = rng.choice(_HOSTILE) if rng.random() < 0.3 else f"folder{number % 5}/file{number}.txt"
            steps.append((f"member {_unique(seen, name)}",))
            info = zipfile.ZipInfo(name, (1980 + number % 50, 1 + number % 12, 1 + number % 28, 3, 4, 6))
            info.compress_type = rng.choice(_METHODS)
            info.external_attr = rng.choice([0o644, 0o755, 0o600]) << 16
            info.create_system = rng.choice([0, 3])
            info.comment = rng.choice([b"", b"a remark"])
            info.extra = rng.choice([b"", struct.pack("<HHBL", 0x5455, 5, 1, number)])
            with archive.open(info, "w", force_zip64=rng.random() < 0.2) as stream:
                stream.write(content(rng, number))
    data = bytes(sink.held) if isinstance(sink, Unseekable) else sink.getvalue()  # type: ignore[union-attr]
    return Made("all.zip", data, steps, [canary(number) for number in range(count)])


def _unique(seen: dict[str, int], name: str) -> str:
    """As a person would tell them apart: the second one is `name (2)`, or the next number that is free."""
    taken = set(seen)
    seen.setdefault(name, 0)
    if name not in taken:
        return name
    number = 2
    while f"{name} ({number})" in taken:
        number += 1
    seen[f"{name} ({number})"] = 0
    return f"{name} ({number})"
