"""The archive files of a folder: which there are, what is left of a run that was cut off, and opening one."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import BinaryIO

from connectors.backups.archive_streams import CHUNK, Forward, NoArchive, check_kind, is_packed, unpacked
from connectors.backups.archive_tar import BLOCK, is_tar
from connectors.backups.archive_zip import ends_as_zip, is_zip
from connectors.backups.base import Snapshot, content_id
from connectors.backups.mirror_listing import Mounts, Trouble, files
from connectors.base import Locator
from connectors.errors import Changed, Denied
from connectors.files.atomic import Place
from connectors.files.globs import Globs
from connectors.files.handles import Root
from connectors.files.leftovers import PREFIX, staged_name
from connectors.files.states import look, token_of
from connectors.files.steady import open_file

_ENDINGS = (".tar.gz", ".tar.bz2", ".tar.xz", ".tar.zst", ".tgz", ".tbz2", ".tbz", ".txz", ".tzst", ".tar", ".zip")
DEFAULT = [f"*{ending}" for ending in _ENDINGS]
_MARK = "archive"  # in the hashed name of what is laid beside one


@dataclass(frozen=True, slots=True)
class File:
    """One archive as it lies in the folder. `id` changes when it is written anew."""

    path: str
    id: str
    token: str
    size: int
    at: datetime

    @property
    def parts(self) -> list[str]:
        """The folders and the name."""
        return self.path.split("/")

    @property
    def snapshot(self) -> Snapshot:
        """With the time and the ending for a label: the name may be a person's."""
        ending = next((one for one in _ENDINGS if self.path.lower().endswith(one)), "")
        return Snapshot(self.id, self.at, f"{self.at:%Y-%m-%d %H:%M} {ending}".strip())


def found(root: Root, match: Globs, only: str = "") -> tuple[list[File], list[str]]:
    """The archives, the oldest first, and the paths of what a run that was cut off has left.

    `only`: just the file of this name. Raises Denied where a folder cannot be listed, Unreachable.
    """
    if only:
        return _only(root, only)
    archives: list[File] = []
    left: list[str] = []
    for one in files(root, "", set(), Mounts(root).inode):
        if isinstance(one, Trouble):
            raise Denied("a folder in the backup's folder cannot be listed: see that the account may read it")
        path, _, state = one
        name = path.rpartition("/")[2]
        if name.startswith(f"{PREFIX}new-"):
            left.append(path)
        elif match.match(name, path):
            archives.append(_file(path, state))
    return sorted(archives, key=lambda one: (one.at, one.path)), left


def _only(root: Root, name: str) -> tuple[list[File], list[str]]:
    state, left = (look(Place(root.fd, one)) for one in (name, beside(name)))
    archive = [] if state is None or not stat.S_ISREG(state.st_mode) else [_file(name, state)]
    return archive, [] if left is None else [beside(name)]


def _file(path: str, state: os.stat_result) -> File:
    # By ctime too: written anew, an archive keeps its time, often its size (a tar is padded), and may get an old inode.
    identity = content_id((path, state.st_size, state.st_mtime_ns, state.st_ino, state.st_ctime_ns))
    return File(path, identity, token_of(state), state.st_size, datetime.fromtimestamp(state.st_mtime, UTC))


def beside(name: str) -> str:
    """The private name of what is laid beside an archive while it is written anew."""
    return staged_name(name, _MARK)


def handle(root: Root, file: File, locator: Locator) -> BinaryIO:
    """The file, if it is still the one that was found. Raises NotFound, Changed, Denied, Unreachable."""
    *folders, name = file.parts
    with root.folder(folders, locator) as folder:
        number, state = open_file(Place(folder, name), locator)
    stream = os.fdopen(number, "rb", CHUNK)
    if token_of(state) != file.token:
        stream.close()
        raise Changed("the archive is not what it was; look again", locator)
    return stream


def kind_of(stream: BinaryIO) -> str:
    """What it is, "zip" or "tar"; the stream stands at its start again. Raises NoArchive, Damaged."""
    head = stream.read(BLOCK)
    stream.seek(0)
    if is_zip(head):
        return "zip"
    check_kind(head)
    inner = unpacked_of(stream) if is_packed(head) else None
    block = head if inner is None else inner.read(BLOCK)
    stream.seek(0)
    if not is_tar(block):
        if inner is None and ends_as_zip(stream):
            return "zip"
        raise NoArchive("no tar and no zip is in it")
    return "tar"


def unpacked_of(stream: BinaryIO) -> Forward:
    """The bytes inside, from the start. The stream is lent, and stays open."""
    stream.seek(0)
    head = stream.read(8)
    stream.seek(0)
    return unpacked(stream, head)
