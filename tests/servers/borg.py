"""Repositories of borg, made by borg itself, and a witness that reads their bytes: segments, msgpack and lz4 by hand.

The witness knows nothing of the connector, and of borg only what its documentation says of the formats ("Data
structures and file formats"). It reads repositories without encryption; one test has borg confirm what it sees.
"""

from __future__ import annotations

import atexit
import os
import shutil
import struct
import subprocess
import tempfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from tests.servers.common import missing

SECONDS = 120
_MANIFEST = bytes(32)
_PLAINTEXT = 2


def needed() -> None:
    """Skips the test where borg is not installed; fails where it must be."""
    if shutil.which("borg") is None:
        missing("borg")


@cache
def quick() -> Path:
    """The same borg without its tests of itself at each start, which cost as much as what it does here."""
    folder = Path(tempfile.mkdtemp(prefix="gallra-borg-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    program = folder / "borg"
    program.write_text('#!/bin/sh\nBORG_SELFTEST=disabled exec borg "$@"\n')
    program.chmod(0o755)
    return program


@dataclass(frozen=True, slots=True)
class Repository:
    """One repository in a folder, and the folder in which borg keeps what it knows of it."""

    path: Path
    base: Path
    password: str = ""
    more: Mapping[str, str] = field(default_factory=dict)

    def borg(self, *arguments: str, cwd: Path | None = None, feed: bytes | None = None, code: int = 0) -> bytes:
        """Run borg. Fails unless it ends with the code."""
        done = subprocess.run(
            ["borg", *arguments],
            check=False,
            input=feed,
            stdin=subprocess.DEVNULL if feed is None else None,
            capture_output=True,
            cwd=cwd,
            env=self.environment(),
            timeout=SECONDS,
        )
        assert done.returncode == code, done.stderr.decode(errors="replace")[-2000:]
        return done.stdout

    def environment(self) -> dict[str, str]:
        """What borg is told by it."""
        return {
            **os.environ,
            "BORG_REPO": str(self.path),
            "BORG_BASE_DIR": str(self.base),
            "BORG_PASSPHRASE": self.password,
            "BORG_UNKNOWN_UNENCRYPTED_REPO_ACCESS_IS_OK": "yes",
            "BORG_RELOCATED_REPO_ACCESS_IS_OK": "yes",
            "BORG_SELFTEST": "disabled",
            "LC_ALL": "C.UTF-8",
            "TZ": "Asia/Tokyo",  # whoever takes local time for UTC is found out
            **self.more,
        }

    def init(self, *arguments: str, encryption: str = "none") -> None:
        self.borg("init", "--encryption", encryption, *arguments, "::")

    def create(self, name: str, folder: Path, *arguments: str, timestamp: str = "", code: int = 0) -> None:
        """An archive of the folder, under its own name, with nothing compressed."""
        when = ["--timestamp", timestamp] if timestamp else []
        what = ["create", "--compression", "none", *when, *arguments, f"::{name}", folder.name]
        self.borg(*what, cwd=folder.parent, code=code)

    def copied(self, to: Path) -> Repository:
        """Another repository with the same bytes, of which a new borg knows nothing."""
        shutil.copytree(self.path, to / "repository")
        return Repository(to / "repository", to / "base", self.password, self.more)


def write(folder: Path, files: Mapping[str, bytes], number: int = 0) -> None:
    """Lay the files down, each with a time and a mode of its own."""
    for path, data in files.items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)
        file.chmod(0o640 if len(path) % 2 else 0o604)
        os.utime(file, ns=(0, 1_700_000_000_123_456_789 + len(path) * 1_000_000_007 + number))


@dataclass(frozen=True, slots=True)
class Seen:
    """One archive as its bytes tell it. Paths and names as text, with surrogate escapes."""

    name: str
    facts: Mapping[str, Any]
    items: tuple[Mapping[str, Any], ...]
    objects: Mapping[bytes, bytes]

    def files(self) -> dict[str, bytes]:
        """Every file by its path: by name, or by that of which it is a hard link."""
        masters = {item["path"]: item for item in self.items if "chunks" in item}
        found = {}
        for item in self.items:
            if item["mode"] & 0o170000 == 0o100000 and "part" not in item:
                chunks = (item if "chunks" in item else masters[item["source"]])["chunks"]
                found[_text(item["path"])] = b"".join(self.objects[one[0]] for one in chunks)
        return found

    def folders(self) -> set[str]:
        return {_text(item["path"]) for item in self.items if item["mode"] & 0o170000 == 0o040000}

    def attributes(self) -> dict[str, str]:
        """What else a restore gives back of every file."""
        wanted = ("mode", "uid", "gid", "user", "group", "mtime", "ctime", "xattrs")
        return {
            _text(item["path"]): repr([item.get(one) for one in wanted])
            for item in self.items
            if item["mode"] & 0o170000 == 0o100000
        }


def archives(repository: Path) -> list[Seen]:
    """The archives of an unencrypted repository, the oldest first."""
    objects = live(repository)
    manifest = _unpacked(objects[_MANIFEST])
    found = []
    for name, entry in manifest["archives"].items():
        facts = _unpacked(objects[entry["id"]])
        stream = b"".join(objects[one] for one in facts["items"])
        found.append(Seen(_text(name), facts, tuple(_stream(stream)), objects))
    return sorted(found, key=lambda one: (one.facts["time"], one.name))


def live(repository: Path) -> dict[bytes, bytes]:
    """By id, every object that the committed segments hold and that was not deleted, unpacked."""
    found: dict[bytes, bytes] = {}
    pending: list[tuple[bytes, bytes | None]] = []
    for tag, name, data in _entries(repository):
        if tag == 2:
            for one, kept in pending:
                if kept is None:
                    found.pop(one, None)
                else:
                    found[one] = kept
            pending.clear()
        else:
            pending.append((name, _decompressed(data) if tag == 0 else None))
    return found


def readable(repository: Path, needle: bytes) -> bool:
    """Whether the needle is in any file of the repository as it stands, or in any object ever stored, unpacked."""
    if any(needle in path.read_bytes() for path in repository.rglob("*") if path.is_file()):
        return True
    return any(needle in _decompressed(data) for tag, _, data in _entries(repository) if tag == 0)


def _entries(repository: Path) -> Iterator[tuple[int, bytes, bytes]]:
    """Tag, id and data of every entry of every segment. Their checksums are checked."""
    segments = [path for path in (repository / "data").glob("*/*") if path.name.isdigit()]
    for path in sorted(segments, key=lambda one: int(one.name)):
        raw = path.read_bytes()
        assert raw[:8] == b"BORG_SEG"
        at = 8
        while at < len(raw):
            crc, size, tag = struct.unpack_from("<IIB", raw, at)
            if size < 9 or at + size > len(raw):
                break  # a run that was killed
            assert zlib.crc32(raw[at + 4 : at + size]) == crc
            yield tag, raw[at + 9 : at + 41], raw[at + 41 : at + size]
            at += size


def _decompressed(data: bytes) -> bytes:
    assert data[0] == _PLAINTEXT, "the witness reads what is not encrypted"
    kind, packed = data[1:3], data[3:]
    if kind == b"\x00\x00":
        return packed
    assert kind == b"\x01\x00", "only lz4 besides"
    return _lz4(packed)


def _lz4(packed: bytes) -> bytes:
    """One block of lz4, as its format description says."""
    out = bytearray()
    at = 0
    while at < len(packed):
        token = packed[at]
        length, at = _length(packed, at + 1, token >> 4)
        out += packed[at : at + length]
        at += length
        if at >= len(packed):
            break
        back = packed[at] | packed[at + 1] << 8
        length, at = _length(packed, at + 2, token & 15)
        for _ in range(length + 4):
            out.append(out[-back])
    return bytes(out)


def _length(packed: bytes, at: int, length: int) -> tuple[int, int]:
    more = length == 15
    while more:
        length += packed[at]
        more = packed[at] == 255
        at += 1
    return length, at


def _text(raw: bytes | str) -> str:
    return raw if isinstance(raw, str) else raw.decode("utf-8", "surrogateescape")


def _unpacked(raw: bytes) -> dict[str, Any]:
    found = next(_stream(raw))
    assert isinstance(found, dict)
    return found


def _stream(raw: bytes) -> Iterator[Any]:
    at = 0
    while at < len(raw):
        value, at = _value(raw, at)
        yield value


_FIXED = {
    0xCC: ">B", 0xCD: ">H", 0xCE: ">I", 0xCF: ">Q", 0xD0: ">b", 0xD1: ">h", 0xD2: ">i", 0xD3: ">q", 0xCA: ">f",
    0xCB: ">d",
}  # fmt: skip
_SIZES = {
    0xC4: ">B", 0xC5: ">H", 0xC6: ">I", 0xD9: ">B", 0xDA: ">H", 0xDB: ">I", 0xDC: ">H", 0xDD: ">I", 0xDE: ">H",
    0xDF: ">I",
}  # fmt: skip


def _value(raw: bytes, at: int) -> tuple[Any, int]:
    """One value of msgpack, and where the next begins. Keys of mappings become text, all else stays bytes."""
    kind = raw[at]
    at += 1
    if kind < 0x80 or kind >= 0xE0:
        return (kind if kind < 0x80 else kind - 256), at
    if kind in (0xC0, 0xC2, 0xC3):
        return {0xC0: None, 0xC2: False, 0xC3: True}[kind], at
    if kind in _FIXED:
        form = _FIXED[kind]
        return struct.unpack_from(form, raw, at)[0], at + struct.calcsize(form)
    if kind in _SIZES:
        form = _SIZES[kind]
        size = struct.unpack_from(form, raw, at)[0]
        at += struct.calcsize(form)
    else:
        size = kind & (0x1F if kind >= 0xA0 else 0x0F)
    if kind in (0xDE, 0xDF) or 0x80 <= kind < 0x90:
        return _mapping(raw, at, size)
    if kind in (0xDC, 0xDD) or 0x90 <= kind < 0xA0:
        return _sequence(raw, at, size)
    return raw[at : at + size], at + size


def _mapping(raw: bytes, at: int, size: int) -> tuple[dict[Any, Any], int]:
    found = {}
    for _ in range(size):
        name, at = _value(raw, at)
        found[name.decode("utf-8", "surrogateescape") if isinstance(name, bytes) else name], at = _value(raw, at)
    return found, at


def _sequence(raw: bytes, at: int, size: int) -> tuple[list[Any], int]:
    found = []
    for _ in range(size):
        value, at = _value(raw, at)
        found.append(value)
    return found, at
