"""Real restic repositories, laid down and looked into by restic itself: the witness shares no code with the connector.

What is stored at all, referred to or not, is read without restic: see `tests.servers.restic_packs`.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import shutil
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt
from cryptography.hazmat.primitives.poly1305 import Poly1305

from tests.servers.common import SECONDS, missing

PASSWORD = "a made-up word"


def encoded(path: str) -> bytes:
    return path.encode("utf-8", "surrogateescape")


class Restic:
    """One repository in a folder, and the binary. The cache is the repository's own."""

    def __init__(self, folder: Path, password: str = PASSWORD) -> None:
        if shutil.which("restic") is None:
            missing("restic")
        self.folder = folder
        self.password = password

    @property
    def environment(self) -> dict[str, str]:
        kept = {key: value for key, value in os.environ.items() if not key.startswith("RESTIC_")}
        told = {"RESTIC_REPOSITORY": str(self.folder), "RESTIC_PASSWORD": self.password}
        return kept | told | {"RESTIC_CACHE_DIR": str(self.folder.parent / "cache")}

    def run(self, *arguments: str | bytes, cwd: Path | None = None, fails: bool = False) -> bytes:
        """What it prints; fails unless it ends as expected."""
        done = subprocess.run(
            ["restic", "--no-cache", *arguments],
            check=False,
            capture_output=True,
            env=self.environment,
            cwd=cwd,
            timeout=SECONDS,
        )
        assert (done.returncode != 0) is fails, done.stderr.decode(errors="replace")[-2000:]
        return done.stdout

    def start(self, *arguments: str) -> subprocess.Popen[bytes]:
        """Begin a command in a process group of its own."""
        command = ["restic", "--no-cache", *arguments]
        quiet = subprocess.DEVNULL
        return subprocess.Popen(
            command, env=self.environment, stdin=quiet, stdout=quiet, stderr=quiet, start_new_session=True
        )

    def make(self) -> None:
        """A new one, with a key that is opened in no time: restic's own takes a third of a second every time."""
        self.run("init", "-q")
        cheapen(next((self.folder / "keys").iterdir()), self.password)

    def copied(self, folder: Path) -> Restic:
        """The same repository elsewhere: its key is opened as dearly, but it need not be filled again."""
        shutil.copytree(self.folder, folder)
        return Restic(folder, self.password)

    def backup(self, root: Path, names: Sequence[str], *options: str) -> None:
        """A snapshot of what is in the folder, with paths that begin there."""
        self.run("backup", "-q", *options, "--", *map(encoded, names), cwd=root)

    def snapshots(self) -> list[dict[str, Any]]:
        """The oldest first."""
        found: list[dict[str, Any]] = json.loads(self.run("snapshots", "--json"))
        return sorted(found, key=lambda one: str(one["time"]))

    def restore(self, snapshot: str, target: Path) -> None:
        self.run("restore", "-q", snapshot, "--target", str(target))

    def check(self) -> None:
        """By restic itself, reading all that is stored."""
        self.run("check", "--read-data")

    def locks(self) -> list[str]:
        return self.run("--no-lock", "list", "locks").decode().split()


def cheapen(path: Path, password: str, other: str = "") -> None:
    """Lay the same key under the same password, or another, by a derivation that costs nothing."""
    raw = json.loads(path.read_bytes())
    salt = base64.b64decode(raw["salt"])
    dear = _user_key(password, salt, raw["N"], raw["r"], raw["p"])
    sealed = base64.b64decode(raw["data"])
    master = _counted(dear[:32], sealed[:16], sealed[16:-16])
    raw |= {"N": 2, "r": 1, "p": 1}
    cheap = _user_key(other or password, salt, 2, 1, 1)
    nonce = os.urandom(16)
    text = _counted(cheap[:32], nonce, master)
    block = Cipher(algorithms.AES(cheap[32:48]), modes.ECB()).encryptor().update(nonce)
    raw["data"] = base64.b64encode(nonce + text + Poly1305.generate_tag(cheap[48:] + block, text)).decode()
    written = json.dumps(raw).encode()
    path.unlink()
    path.with_name(hashlib.sha256(written).hexdigest()).write_bytes(written)


def _user_key(password: str, salt: bytes, n: int, r: int, p: int) -> bytes:
    return Scrypt(salt=salt, length=64, n=n, r=r, p=p).derive(password.encode())


def _counted(key: bytes, nonce: bytes, data: bytes) -> bytes:
    return Cipher(algorithms.AES(key), modes.CTR(nonce)).encryptor().update(data)


def lay(root: Path, files: Mapping[str, bytes]) -> None:
    """Make a folder hold these and nothing else. What stays the same is left alone, with its times and inode."""
    there = {path: data for path, data in seen(root).items() if files.get(path) == data}
    for folder, names, leaves in os.walk(encoded(str(root)), topdown=False):
        for leaf in leaves:
            place = os.path.join(folder, leaf)
            if os.path.relpath(place, encoded(str(root))).decode("utf-8", "surrogateescape") not in there:
                os.remove(place)
        if folder != encoded(str(root)) and not os.listdir(folder):
            os.rmdir(folder)
        del names
    for path, data in files.items():
        if path not in there:
            place = os.path.join(encoded(str(root)), encoded(path))
            os.makedirs(os.path.dirname(place), exist_ok=True)
            with open(place, "wb") as file:
                file.write(data)


def seen(root: Path) -> dict[str, bytes]:
    """Every file below the folder, by its path in it."""
    return {path: Path(os.fsdecode(place)).read_bytes() for path, place in _places(root)}


def dressed(root: Path) -> dict[str, str]:
    """By path, what a restore gives back besides the bytes."""
    told = {}
    for path, place in _places(root):
        facts = os.lstat(place)
        told[path] = f"{facts.st_mode:o} {facts.st_uid} {facts.st_gid} {facts.st_mtime_ns}"
    return told


def folders(root: Path) -> set[str]:
    """Every folder below the folder."""
    top = encoded(str(root))
    found = {os.path.relpath(folder, top) for folder, _, _ in os.walk(top)} - {b"."}
    return {one.decode("utf-8", "surrogateescape") for one in found}


def _places(root: Path) -> Iterable[tuple[str, bytes]]:
    top = encoded(str(root))
    for folder, _, leaves in os.walk(top):
        for leaf in leaves:
            place = os.path.join(folder, leaf)
            if os.path.isfile(place) and not os.path.islink(place):
                yield os.path.relpath(place, top).decode("utf-8", "surrogateescape"), place
