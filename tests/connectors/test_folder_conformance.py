"""The folder connector before the suite; the witness is os."""

from __future__ import annotations

import os
import socket
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from connectors.base import Connector, Content
from connectors.conformance import Conformance, World
from connectors.files.local import Folder


class OsWitness:
    def __init__(self, root: Path, outside: Path) -> None:
        self._root, self._outside = root, outside

    def items(self) -> dict[str, bytes]:
        return {path: self._bytes(full) for path, full in self._files(self._root)}

    def marks(self) -> dict[str, str]:
        return {path: str(os.lstat(full).st_atime_ns) for path, full in self._files(self._root)}

    def attributes(self) -> dict[str, str]:
        shown = {}
        for path, full in self._files(self._root):
            state = os.lstat(full)
            extra = {name: os.getxattr(full, name) for name in os.listxattr(full) if name.startswith("user.")}
            shown[path] = f"{stat.S_IMODE(state.st_mode):o} {state.st_uid}:{state.st_gid} {extra}"
        return shown

    def surroundings(self) -> dict[str, bytes]:
        return {path: self._bytes(full) for path, full in self._files(self._outside)}

    def _files(self, top: Path) -> Iterator[tuple[str, str]]:
        for folder, _, names in os.walk(top):
            for name in names:
                full = os.path.join(folder, name)
                if stat.S_ISREG(os.lstat(full).st_mode):
                    yield os.path.relpath(full, top), full

    def _bytes(self, full: str) -> bytes:
        handle = os.open(full, os.O_RDONLY | os.O_NOATIME)
        with os.fdopen(handle, "rb") as stream:
            return stream.read()


class FolderWorld(World):
    subject = "Maja Blomqvist/offert.txt"
    neighbours = (
        "Maja Blomqvist/offert.txt2", "Maja Blomqvist/Offert.txt", "Maja Blomqvistsson/offert.txt", "offert.txt",
        "Maja Blomqvist/offert.txt~",
    )  # fmt: skip
    hostile = tuple(
        f"kunder/{name}"
        for name in (
            "*", "[x]", "x", "-rf", "--", "100%", "a_b", "axb", "a\nb", "..x", "a..b", "it's", 'say "x"', "räksmörgås",
            "ra\u0308ksmo\u0308rga\u030as", "\udcff\udce5.txt", "a;b", "a!b", "a:b", "%2e%2e", " ", "~",
            "$HOME", "a\\b",
        )
    )  # fmt: skip
    gaps = frozenset({"kunder/fifo", "kunder/socket", "kunder/out", "out-file", "kunder/nowhere"})
    ways_to_vanish = ("gone", "emptied", "replaced")

    def __init__(self, base: Path, without_rights: Callable[[Callable[[], Any]], Any], sentinel: str = "") -> None:
        self._sentinel = sentinel
        if sentinel:
            self.ways_to_vanish = (*self.ways_to_vanish, "sentinel gone")
        self.base, self.root, self.outside = base, base / "källa", base / "outside"
        self._without_rights = without_rights
        for number, path in enumerate((self.subject, *self.neighbours, *self.hostile, "mounted.ok")):
            full = os.path.join(self.root, path)
            os.makedirs(os.path.dirname(full), exist_ok=True)
            with open(full, "wb") as stream:
                stream.write(b"Maja Blomqvist in both\n" if number < 2 else f"content {number}\n".encode())
            os.chmod(full, 0o640 if number % 2 else 0o604)
            if os.geteuid() == 0:
                os.chown(full, 1000 + number, 2000 + number)
        os.setxattr(os.path.join(self.root, self.subject), "user.charset", b"utf-8")
        (self.root / "empty").mkdir()
        self.outside.mkdir()
        (self.outside / "offert.txt").write_text("another's\n")
        os.mkfifo(self.root / "kunder/fifo")
        with socket.socket(socket.AF_UNIX) as made:
            made.bind(str(self.root / "kunder/socket"))
        (self.root / "kunder/out").symlink_to(self.outside)
        (self.root / "out-file").symlink_to(self.outside / "offert.txt")
        (self.root / "kunder/nowhere").symlink_to("missing")
        (self.root / "inside").symlink_to("kunder")  # walked under its own name, so neither item nor gap

    @property
    def witness(self) -> OsWitness:
        return OsWitness(self.root, self.outside)

    def connect(self) -> Connector:
        settings = {"path": str(self.root), "exclude": [], "follow_symlinks": False, "sentinel": self._sentinel}
        return Folder(self.source, settings)

    def change(self, path: str) -> None:
        with open(os.path.join(self.root, path), "ab") as stream:
            stream.write(b"and more, by a colleague\n")

    def delete(self, path: str) -> None:
        os.unlink(os.path.join(self.root, path))

    @contextmanager
    def vanished(self, way: str) -> Iterator[None]:
        aside = self.base / "aside"
        if way == "sentinel gone":
            (self.root / "mounted.ok").rename(aside)
            yield
            aside.rename(self.root / "mounted.ok")
        elif way == "emptied":
            aside.mkdir()
            names = os.listdir(self.root)
            for name in names:
                os.rename(self.root / name, aside / name)
            yield
            for name in names:
                os.rename(aside / name, self.root / name)
            aside.rmdir()
        else:
            self.root.rename(aside)
            if way == "replaced":
                self.root.mkdir()
            yield
            if way == "replaced":
                self.root.rmdir()
            aside.rename(self.root)

    def refused(self, path: str, ask: Callable[[Connector], Any]) -> Any:
        folder = os.path.join(self.root, os.path.dirname(path))
        mode = stat.S_IMODE(os.stat(folder).st_mode)
        os.chmod(folder, 0)

        def child() -> Any:
            with self.connect() as connector:
                answer = ask(connector)
                return None if isinstance(answer, Content) else answer

        try:
            return self._without_rights(child)
        finally:
            os.chmod(folder, mode)


class TestFolder(Conformance):
    @pytest.fixture
    def world(self, open_tmp: Path, without_rights: Callable[[Callable[[], Any]], Any]) -> FolderWorld:
        return FolderWorld(open_tmp, without_rights)


class TestFolderWithASentinel(Conformance):
    @pytest.fixture
    def world(self, open_tmp: Path, without_rights: Callable[[Callable[[], Any]], Any]) -> FolderWorld:
        return FolderWorld(open_tmp, without_rights, "mounted.ok")
