"""The maildir connector before the suite; the witness is os."""

from __future__ import annotations

import mailbox
import os
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from connectors.base import Connector, Content
from connectors.conformance import Conformance, World
from connectors.mail.maildir import Maildir

# folder as users see it -> the directory it is
FOLDERS = {"INBOX": ".", "Arkiv/2024": ".Arkiv.2024", "Skräppost": ".Skr&AOQ-ppost"}


class MaildirWitness:
    def __init__(self, root: Path) -> None:
        self._root = root

    def items(self) -> dict[str, bytes]:
        return {path: self._bytes(full) for path, full in self._messages()}

    def marks(self) -> dict[str, str]:
        return {path: f"{os.path.basename(full)} {os.lstat(full).st_atime_ns}" for path, full in self._messages()}

    def attributes(self) -> dict[str, str]:
        shown = {}
        for path, full in self._messages():
            state = os.lstat(full)
            mode = stat.S_IMODE(state.st_mode)
            shown[path] = f"{os.path.basename(full)} {mode:o} {state.st_uid}:{state.st_gid}"
        return shown

    def surroundings(self) -> dict[str, bytes]:
        near = {}
        for folder, _, names in os.walk(self._root):
            if os.path.basename(folder) not in ("cur", "new"):
                near.update({os.path.join(folder, name): self._bytes(os.path.join(folder, name)) for name in names})
        return near

    def _messages(self) -> Iterator[tuple[str, str]]:
        for folder, directory in FOLDERS.items():
            for box in ("cur", "new"):
                for name in os.listdir(self._root / directory / box):
                    yield f"{folder}/{name.split(':2,')[0]}", os.path.join(self._root, directory, box, name)

    def _bytes(self, full: str) -> bytes:
        with os.fdopen(os.open(full, os.O_RDONLY | os.O_NOATIME), "rb") as stream:
            return stream.read()


class MaildirWorld(World):
    subject = "INBOX/1700000000.M1P2.mail.invex.example,S=64"
    neighbours = (
        "Arkiv/2024/1700000000.M1P2.mail.invex.example,S=64", "INBOX/1700000000.M1P2.mail.invex.example,S=642",
        "INBOX/1700000000.M1P2", "Skräppost/1700000000.M1P2",
    )  # fmt: skip
    hostile = tuple(
        f"INBOX/{name}"
        for name in (
            "*", "[x]", "x", "-rf", "100%", "a_b", "axb", "a\nb", "..x", "a..b", "it's", 'a"b', "\udcff", "a;inode=1",
        )
    )  # fmt: skip
    ways_to_vanish = ("gone", "emptied", "no maildir")

    def __init__(self, base: Path, without_rights: Callable[[Callable[[], Any]], Any]) -> None:
        self.base, self.root = base, base / "Maildir"
        self._without_rights = without_rights
        for directory in FOLDERS.values():
            mailbox.Maildir(self.root / directory, create=True)
        (self.root / "dovecot-uidlist").write_text("3 V1 N1\n")
        (self.root / "tmp" / "1700000001.delivery").write_text("half a mess")
        for number, path in enumerate((self.subject, *self.neighbours, *self.hostile)):
            folder, _, unique = path.rpartition("/")
            box, flags = (("cur", ":2,S"), ("new", ""), ("cur", ":2,"))[number % 3]
            full = os.path.join(self.root, FOLDERS[folder], box, unique + flags)
            text = "Maja Blomqvist" if number < 2 else f"number {number}"
            with open(full, "wb") as stream:
                stream.write(f"From: maja@blomqvist.example\r\nSubject: {text}\r\n\r\nHej\r\n".encode())
            os.chmod(full, 0o640 if number % 2 else 0o600)
            if os.geteuid() == 0:
                os.chown(full, 1000 + number, 2000 + number)

    @property
    def witness(self) -> MaildirWitness:
        return MaildirWitness(self.root)

    def connect(self) -> Connector:
        return Maildir(self.source, {"path": str(self.root), "folders": []})

    def change(self, path: str) -> None:
        with open(self._full(path), "ab") as stream:
            stream.write(b"and more, by a colleague\n")

    def delete(self, path: str) -> None:
        os.unlink(self._full(path))

    @contextmanager
    def vanished(self, way: str) -> Iterator[None]:
        aside = self.base / "aside"
        self.root.rename(aside)
        if way == "no maildir":
            self.root.mkdir()
        elif way == "emptied":
            for directory in FOLDERS.values():
                mailbox.Maildir(self.root / directory, create=True)
        yield
        if way != "gone":
            for folder, folders, _ in os.walk(self.root, topdown=False):
                for name in folders:
                    os.rmdir(os.path.join(folder, name))
            # stdlib's Maildir makes no files, so the directories are all there is
            for name in os.listdir(self.root):
                os.unlink(self.root / name)
            self.root.rmdir()
        aside.rename(self.root)

    def refused(self, path: str, ask: Callable[[Connector], Any]) -> Any:
        boxes = [self.root / FOLDERS[path.rpartition("/")[0]] / box for box in ("cur", "new", "tmp")]
        everything = [self.root, *self.root.rglob("*")]
        modes = {entry: stat.S_IMODE(entry.stat().st_mode) for entry in everything if entry.is_dir()}
        for entry in modes:
            entry.chmod(0 if entry in boxes else 0o755)

        def child() -> Any:
            with self.connect() as connector:
                answer = ask(connector)
                return None if isinstance(answer, Content) else answer

        try:
            return self._without_rights(child)
        finally:
            for entry, mode in modes.items():
                entry.chmod(mode)

    def on_disk(self, path: str) -> str:
        return os.path.relpath(self._full(path), self.root)

    def _full(self, path: str) -> str:
        folder, _, unique = path.rpartition("/")
        for box in ("cur", "new"):
            directory = os.path.join(self.root, FOLDERS[folder], box)
            for name in os.listdir(directory):
                if name.split(":2,")[0] == unique:
                    return os.path.join(directory, name)
        raise FileNotFoundError


class TestMaildir(Conformance):
    @pytest.fixture
    def world(self, open_tmp: Path, without_rights: Callable[[Callable[[], Any]], Any]) -> MaildirWorld:
        return MaildirWorld(open_tmp, without_rights)
