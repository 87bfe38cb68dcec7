"""Tar archives in the three formats, with long names, twins, folders, links and owners."""

from __future__ import annotations

import io
import random
import tarfile

from tests.scanner.surgery.canaries import Made

_HOSTILE = ("*", "[x]", "-rf", "%", "new\nline", "twin.txt", "å/ä", "x (2)", "long/" * 60 + "y", "b" * 130)


def canary(number: int) -> bytes:
    return b"canary-%05d-x" % number


def make(rng: random.Random, count: int) -> Made:
    """An archive of `count` members, unpacked."""
    form = rng.choice([tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
    sink = io.BytesIO()
    seen: set[str] = set()
    steps, canaries = [], []
    heads = {"comment": "for all"} if rng.random() < 0.3 else None
    with tarfile.open(fileobj=sink, mode="w", format=form, pax_headers=heads) as archive:
        for number in range(count):
            name = rng.choice(_HOSTILE) if rng.random() < 0.3 else f"folder{number % 5}/file{number}.txt"
            if form == tarfile.USTAR_FORMAT and len(name) > 90:
                name = f"short{number}"
            info = tarfile.TarInfo(name)
            info.mtime = rng.choice([0, 1_600_000_000, 1_600_000_000.5]) if form == tarfile.PAX_FORMAT else number
            info.mode, info.uid, info.uname = rng.choice([0o644, 0o755]), number, "ägare" if number % 9 == 0 else "per"
            data = canary(number) + rng.randbytes(rng.choice([0, 1, 498, 499, 1500]))
            if rng.random() < 0.1:
                info.type, info.linkname, data = tarfile.SYMTYPE, canary(number).decode(), b""
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
            steps.append((f"member {_unique(seen, name)}",))
            canaries.append(canary(number))
    return Made("all.tar", sink.getvalue(), steps, canaries)


def _unique(seen: set[str], name: str) -> str:
    found, number = name, 2
    while found in seen:
        found, number = f"{name} ({number})", number + 1
    seen.add(found)
    return found
