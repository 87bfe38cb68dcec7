"""The generations of a mirror: which folders they are, how old each is, and what stands beside them.

rsnapshot names them `daily.0`, touches them when they are made, and renames them at the next run (its manual: "rotate",
`use_lazy_deletes`); trees by `rsync --link-dest` are mostly named by their date. What is in no generation is one more
snapshot, by its path from the root: so nothing in the folder is passed over, and a plain mirror is just that.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from connectors.backups.base import content_id
from connectors.errors import NotFound
from connectors.files.failures import failure
from connectors.files.globs import Globs
from connectors.files.handles import Root, open_listing

SINGLE = "."
"""The pattern of a plain mirror: nothing in it is a generation."""

REST = "beside the generations"
WHOLE = "the mirror"

_NUMBERED = re.compile(r"[A-Za-z][A-Za-z_-]{0,30}\.[0-9]{1,5}")  # rsnapshot's intervals are of the admin's naming
_STAGING = re.compile(r"\.sync|_delete\.[0-9]+")  # rsnapshot: what is being made, and what is being thrown away
_DATED = re.compile(
    r"(?:[A-Za-z]{1,20}[-_.])?(20[0-9]{2})([-_.]?)([01][0-9])\2([0-3][0-9])"
    r"(?:[-_.T@ ]?([0-2][0-9])[-_.:h]?([0-5][0-9])(?:[-_.:m]?([0-5][0-9]))?Z?)?"
)


@dataclass(frozen=True, slots=True)
class Generation:
    """One of them: its folder, as a path from the root ("" for all that is in none), and when it was made."""

    folder: str
    id: str
    at: datetime

    @property
    def above(self) -> str:
        """What the paths of its entries begin with: where generations lie deeper (`host1/daily.0`), `host1/`."""
        return self.folder[: self.folder.rfind("/") + 1]

    @property
    def label(self) -> str:
        """How an admin knows it."""
        return self.folder or REST

    def inside(self, path: str) -> list[str] | None:
        """Where an entry's path lies, from the root; None where it cannot lie in this one."""
        if not self.folder:
            return path.split("/")
        if not path.startswith(self.above):
            return None
        return [*self.folder.split("/"), *path[len(self.above) :].split("/")]


class Generations:
    """Finds them by the patterns of the settings; none given: by the names that rsnapshot and dates give."""

    def __init__(self, patterns: Sequence[str]) -> None:
        self._plain = list(patterns) == [SINGLE]
        self._known = not patterns
        self._patterns = [[Globs([part]) for part in pattern.strip("/").split("/")] for pattern in patterns]
        self.asked = bool(patterns) and not self._plain

    def find(self, root: Root, sentinel: str = "") -> list[Generation]:
        """All, the oldest first. Raises Denied, Unreachable."""
        found: dict[str, os.stat_result] = {}
        if self._known:
            found = {name: state for name, state in _folders(root, "") if _is_known(name)}
        elif not self._plain:
            for pattern in self._patterns:
                found.update(_fitting(root, "", pattern))
        inner = {path for path in found if not any(path.startswith(other + "/") for other in found)}
        made = [_generation(path, state) for path, state in found.items() if path in inner]
        if not made or _has_more(root, "", inner, sentinel):
            state = os.fstat(root.fd)
            made.append(Generation("", content_id(["", state.st_ino]), _utc(max(state.st_mtime, state.st_ctime))))
        return sorted(made, key=lambda one: (one.at, -_number(one.folder), one.folder))


def _is_known(name: str) -> bool:
    return any(known.fullmatch(name) for known in (_NUMBERED, _STAGING, _DATED))


def _generation(path: str, state: os.stat_result) -> Generation:
    name = path.rpartition("/")[2]
    at = _dated(name) or _utc(state.st_mtime)  # rsnapshot touches it; an rsync tree has the time of what it copies
    return Generation(path, content_id([state.st_ino, at.isoformat()]), at)


def _number(folder: str) -> int:
    """The number at its name's end: of two of the same second the higher is the older, for so rsnapshot counts."""
    return int(folder.rpartition(".")[2]) if _NUMBERED.fullmatch(folder.rpartition("/")[2]) else 0


def _dated(name: str) -> datetime | None:
    """The time that a name tells; as local time, which backup scripts name by."""
    match = _DATED.fullmatch(name)
    if match is None:
        return None
    year, _, month, day, hour, minute, second = match.groups()
    try:
        told = datetime(int(year), int(month), int(day), int(hour or 0), int(minute or 0), int(second or 0))
    except ValueError:
        return None
    return told.replace(tzinfo=UTC) if name.endswith("Z") else told.astimezone(UTC)


def _utc(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _fitting(root: Root, above: str, pattern: Sequence[Globs]) -> Iterator[tuple[str, os.stat_result]]:
    first, *deeper = pattern
    for name, state in _folders(root, above):
        if not first.match(name, name):
            continue
        path = f"{above}/{name}".lstrip("/")
        if deeper:
            yield from _fitting(root, path, deeper)
        else:
            yield path, state


def _folders(root: Root, path: str) -> list[tuple[str, os.stat_result]]:
    return [(name, state) for name, state in _listed(root, path) if stat.S_ISDIR(state.st_mode)]


def _has_more(root: Root, above: str, generations: set[str], sentinel: str) -> bool:
    """Whether anything but generations, links and empty folders is in the folder."""
    for name, state in _listed(root, above):
        path = f"{above}/{name}".lstrip("/")
        if path in generations or path == sentinel:
            continue
        if stat.S_ISREG(state.st_mode):
            return True
        if not stat.S_ISDIR(state.st_mode):
            continue
        leads = any(one.startswith(path + "/") for one in generations)
        if _has_more(root, path, generations, sentinel) if leads else _listed(root, path):
            return True
    return False


def _listed(root: Root, path: str) -> list[tuple[str, os.stat_result]]:
    """What is in a folder; nothing of one that is gone meanwhile."""
    try:
        with root.folder(path.split("/") if path else ()) as folder:
            handle = open_listing(".", folder)
            try:
                with os.scandir(handle) as entries:
                    return [(entry.name, entry.stat(follow_symlinks=False)) for entry in entries]
            finally:
                os.close(handle)
    except (FileNotFoundError, NotFound):
        return []
    except OSError as error:
        raise failure(error) from None
