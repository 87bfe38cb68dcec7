"""A witness of restic repositories that needs no restic: it opens the key and reads every blob of every pack.

After the design of the repository format, version 2: a pack holds blobs, then an encrypted header that lists them, then
the header's length. A blob is an IV of 16 bytes, the text under AES-256-CTR, and a MAC of 16 bytes, which a reader that
only looks for bytes need not check. What is compressed is zstd.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import zstandard
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

_LENGTHS: Final = {0: 37, 1: 37, 2: 41, 3: 41}  # bytes of a header's entry, by its type
_IV: Final = 16


@dataclass(frozen=True)
class Blob:
    """One blob, as it is stored: `tree` is a folder's list, else it is a piece of a file."""

    id: str
    tree: bool
    data: bytes


class Packs:
    """A local repository, opened with a password."""

    def __init__(self, repository: Path, password: str) -> None:
        self._repository = repository
        self._key = _opened(next((repository / "keys").iterdir()), password)

    def blobs(self) -> Iterator[Blob]:
        """Every blob of every pack, referred to or not."""
        for path in sorted((self._repository / "data").rglob("*")):
            if path.is_file():
                yield from self._pack(path.read_bytes())

    def holds(self, needles: re.Pattern[bytes]) -> set[bytes]:
        """All that the pattern finds in blobs (names in folders too), snapshots and index files."""
        return {found for text in self._texts() for found in needles.findall(text)}

    def ids(self) -> set[str]:
        """The ids of all blobs that are stored."""
        return {blob.id for blob in self.blobs()}

    def contents(self, mark: str) -> set[str]:
        """The ids of the pieces of every file whose name has `mark` in it, in any tree."""
        trees = (json.loads(blob.data) for blob in self.blobs() if blob.tree)
        nodes = (node for tree in trees for node in tree["nodes"])
        return {id_ for node in nodes if mark in node["name"] for id_ in node.get("content") or ()}

    def _texts(self) -> Iterator[bytes]:
        for blob in self.blobs():
            yield blob.data
        for folder in ("snapshots", "index"):
            for path in sorted((self._repository / folder).iterdir()):
                yield _expanded(_plain(self._key, path.read_bytes()))

    def _pack(self, raw: bytes) -> Iterator[Blob]:
        size = int.from_bytes(raw[-4:], "little")
        header, start, place = _plain(self._key, raw[-4 - size : -4]), 0, 0
        while place < len(header):
            kind = header[place]
            length = int.from_bytes(header[place + 1 : place + 5], "little")
            end = place + _LENGTHS[kind]
            data = _plain(self._key, raw[start : start + length])
            if kind > 1:
                data = zstandard.ZstdDecompressor().decompress(data, max_output_size=1 << 28)
            yield Blob(header[end - 32 : end].hex(), kind in (1, 3), data)
            start, place = start + length, end


def _plain(key: bytes, sealed: bytes) -> bytes:
    decryptor = Cipher(algorithms.AES(key), modes.CTR(sealed[:_IV])).decryptor()
    return decryptor.update(sealed[_IV:-16])


def _expanded(data: bytes) -> bytes:
    """Files other than packs begin with 2 where they are compressed, and with a bracket where they are not."""
    return zstandard.ZstdDecompressor().decompressobj().decompress(data[1:]) if data[:1] == b"\x02" else data


def _opened(path: Path, password: str) -> bytes:
    """The key under which everything is encrypted, from a file of `keys`."""
    raw: dict[str, Any] = json.loads(path.read_bytes())
    salt = base64.b64decode(raw["salt"])
    user = Scrypt(salt=salt, length=64, n=raw["N"], r=raw["r"], p=raw["p"]).derive(password.encode())
    master = json.loads(_plain(user[:32], base64.b64decode(raw["data"])))
    return base64.b64decode(master["encrypt"])
