"""What an archive holds, told alike of tar and zip."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from connectors.backups.base import above
from connectors.base import GapReason


class Form(Enum):
    """What a member is to a backup."""

    FILE = 1
    FOLDER = 2
    OTHER = 3  # a link, a device, a label: it holds no content, and stays


@dataclass(frozen=True, slots=True)
class Member:
    """One member. `path` is plain (`plain_path`); `content` is the id of a file's content, "" for what is none.

    `start` and `end` are where all of its blocks lie in the unpacked archive; `data` where its content begins, of
    `stored` bytes. A sparse file has a map of (offset, size) pairs, which lie there one behind the other. `target` is
    the number of the member that a hard link shares its content with.
    """

    path: str
    form: Form
    content: str = ""
    size: int = 0
    start: int = 0
    end: int = 0
    data: int = 0
    stored: int = 0
    holes: tuple[tuple[int, int], ...] | None = None
    target: int | None = None


@dataclass(frozen=True, slots=True)
class Unlisted:
    """A member that cannot be told as one, and why."""

    path: str
    reason: GapReason
    detail: str = ""


def plain_path(name: str) -> str:
    """The path by which two ways of writing it are the same: `./a`, `/a`, `a/` and `b/../a` are `a`. "" for none."""
    parts: list[str] = []
    for part in name.split("/"):
        if part == "..":
            del parts[-1:]
        elif part not in ("", "."):
            parts.append(part)
    return "/".join(parts)


def emptied(members: Sequence[Member | Unlisted], doomed: set[int], folders: set[str]) -> set[int]:
    """The members that are these folders, or empty folders in them, and below which nothing is left."""
    left = {""}
    for number, member in enumerate(members):
        if number in doomed or (isinstance(member, Member) and member.form is Form.FOLDER):
            continue
        path = member.path
        while path := path.rpartition("/")[0]:
            if path in left:
                break
            left.add(path)
    return {
        number
        for number, member in enumerate(members)
        if isinstance(member, Member)
        and member.form is Form.FOLDER
        and member.path not in left
        and not folders.isdisjoint((member.path, *above(member.path)))
    }
