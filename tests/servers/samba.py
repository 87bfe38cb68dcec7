"""A real Samba with one share, whose exported folder the tests see as the machine does on which the server runs."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.servers.common import SECONDS, Server, missing

_CONF = """[global]
  smb ports = {port}
  interfaces = 127.0.0.1
  bind interfaces only = yes
  private dir = {root}/private
  state directory = {root}/state
  cache directory = {root}/cache
  lock directory = {root}/lock
  pid directory = {root}/pid
  ncalrpc dir = {root}/ncalrpc
  log file = {root}/log.smbd
  max log size = 0
  security = user
  passdb backend = tdbsam
  load printers = no
  disable spoolss = yes
  server min protocol = SMB2
  deadtime = 0
[share]
  path = {share}
  read only = no
  valid users = root
  vfs objects = recycle
  recycle:repository = .recycle
  recycle:keeptree = yes
  recycle:versions = yes
"""
_FOLDERS = ("share", "private", "state", "cache", "lock", "pid", "ncalrpc")


class Samba(Server):
    """`share` is the exported folder. A colleague's client opens it by `at`."""

    user, password = "root", "a made-up word"

    def __init__(self) -> None:
        if shutil.which("smbd") is None or shutil.which("smbpasswd") is None:
            missing("samba")
        if not list(Path("/usr/lib").glob("*/samba/vfs/recycle.so")):
            missing("samba-vfs-modules")
        if os.geteuid() != 0:
            pytest.skip("only root can run Samba with users")
        super().__init__("")
        for name in _FOLDERS:
            (self.root / name).mkdir(mode=0o755)
        self.share = self.root / "share"
        self._conf = self.root / "smb.conf"
        self._conf.write_text(_CONF.format(port=self.port, root=self.root, share=self.share))
        said = f"{self.password}\n{self.password}\n".encode()
        command = ["smbpasswd", "-c", str(self._conf), "-a", "-s", self.user]
        subprocess.run(command, input=said, check=True, capture_output=True, timeout=SECONDS)
        smbd = str(shutil.which("smbd"))
        self.launch(smbd, "-F", "--no-process-group", "-s", str(self._conf), "-l", str(self.root))
        self.wait()

    def at(self, path: str) -> str:
        """The path as a client names it."""
        return "\\\\127.0.0.1\\share\\" + path.replace("/", "\\")

    @property
    def client(self) -> dict[str, Any]:
        """What every call of smbclient needs."""
        return {"port": self.port, "username": self.user, "password": self.password}

    @contextmanager
    def opened(self, path: str, mode: str = "rb", shared: str = "") -> Iterator[Any]:
        """A file that a colleague has open; what they share it for (of r, w, d) as their program asks."""
        import smbclient

        with smbclient.open_file(self.at(path), mode=mode, share_access=shared, **self.client) as file:
            yield file

    def write(self, path: str, content: bytes) -> None:
        """A colleague saves a file."""
        import smbclient

        smbclient.makedirs(self.at(path.rpartition("/")[0]), exist_ok=True, **self.client)
        with smbclient.open_file(self.at(path), mode="wb", **self.client) as file:
            file.write(content)

    def read(self, path: str) -> bytes:
        import smbclient

        with smbclient.open_file(self.at(path), mode="rb", share_access="rwd", **self.client) as file:
            return bytes(file.read())

    def delete(self, path: str) -> None:
        """A colleague deletes a file."""
        import smbclient

        smbclient.remove(self.at(path), **self.client)

    def stop(self) -> None:
        import smbclient

        smbclient.reset_connection_cache(fail_on_error=False)
        super().stop()
