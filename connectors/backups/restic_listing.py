"""What a snapshot holds, as `restic ls --json` tells it, in the order in which `restic dump` gives it too.

JSON cannot hold a name that is no UTF-8: restic writes U+FFFD for each such byte. What has that letter in its name is
looked up in the tree itself (`restic cat tree`), which quotes every byte, and is told as a gap where it cannot be.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple

from connectors.backups.base import content_id
from connectors.backups.restic_repository import Repository, State
from connectors.errors import NotFound, ProtocolBroken

FILE: Final = "file"
FOLDER: Final = "dir"
UNKNOWN: Final = "unknown"
"""What a node is. All else (symlink, fifo, ...) is as restic calls it; unknown is what has a name that nobody knows."""

_UNSEEN: Final = "\ufffd"
_ESCAPE: Final = re.compile(r"\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-7]{3})|(.))", re.S)
_LETTERS: Final = {"a": b"\a", "b": b"\b", "f": b"\f", "n": b"\n", "r": b"\r", "t": b"\t", "v": b"\v"}


class Node(NamedTuple):
    """One thing in a snapshot. `path` is without the leading slash; `shown` is what restic prints for it."""

    path: str
    kind: str
    shown: str
    content: str = ""
    size: int = 0


class Tree(NamedTuple):
    """One folder of a snapshot: the id of its list, and by name what stands in it."""

    id: str
    nodes: list[dict[str, Any]]


def nodes(repository: Repository, state: State) -> Iterator[Node]:
    """Everything in the snapshot. Raises NotFound (it is gone), ProtocolBroken (damaged), Unreachable, Denied."""
    host = str(state.labels.get("hostname", ""))
    names = _Names(repository, state)
    whole = False
    for line in repository.lines("ls", "--json", state.id):
        try:
            raw = json.loads(line)
            if raw.get("struct_type") == "snapshot" or raw.get("message_type") == "snapshot":
                whole = True
            elif "path" in raw:
                yield _node(raw, names, host)
        except (ValueError, KeyError, TypeError):
            raise ProtocolBroken("restic's list of a snapshot cannot be understood") from None
    if not whole:
        raise ProtocolBroken("restic's list of a snapshot is empty, which it never is")


def tree(repository: Repository, state: State, folder: str) -> Tree:
    """The list of one folder; "" is the root. Raises NotFound where the snapshot has no such folder."""
    where = f"{state.id}:/{folder}" if folder else state.id
    raw = repository.look("cat", "tree", where)
    try:
        found = json.loads(raw)["nodes"] or []
        for node in found:
            node["name"] = unquoted(node["name"])
    except (ValueError, KeyError, TypeError):
        raise ProtocolBroken("restic's list of a folder cannot be understood") from None
    return Tree(hashlib.sha256(raw).hexdigest(), found)


def unquoted(text: str) -> str:
    """A name as Go quotes it in a tree; bytes that are no UTF-8 become surrogate escapes (PEP 383)."""
    if "\\" not in text:
        return text
    done, start = b"", 0
    for found in _ESCAPE.finditer(text):
        done += text[start : found.start()].encode("utf-8", "surrogateescape")
        start = found.end()
        byte, short, long, octal, letter = found.groups()
        if byte or octal:
            done += bytes([int(byte, 16) if byte else int(octal, 8)])
        elif short or long:
            done += chr(int(short or long, 16)).encode("utf-8")
        else:
            done += _LETTERS.get(letter, letter.encode("utf-8"))
    return (done + text[start:].encode("utf-8", "surrogateescape")).decode("utf-8", "surrogateescape")


def shown(path: str) -> str:
    """What restic's JSON makes of a path or name: a letter that stands for nothing for each byte that is no UTF-8."""
    return path if path.isascii() else "".join(_UNSEEN if "\udc80" <= one <= "\udcff" else one for one in path)


class _Names:
    """The names behind those in a listing, which comes folder by folder, a folder before what is in it."""

    def __init__(self, repository: Repository, state: State) -> None:
        self._repository = repository
        self._state = state
        self._above: list[tuple[str, str | None, dict[str, list[dict[str, Any]]] | None]] = [("", "", None)]

    def real(self, raw: dict[str, Any]) -> str | None:
        """The whole path, without the leading slash; None where nobody can tell."""
        seen = str(raw["path"]).lstrip("/")
        while self._above[-1][0] and not seen.startswith(self._above[-1][0] + "/"):
            self._above.pop()
        folder = self._above[-1][1]
        name = seen[len(self._above[-1][0]) :].lstrip("/")
        known = self._looked_up(raw) if _UNSEEN in name else name
        path = None if folder is None or known is None else f"{folder}/{known}" if folder else known
        if raw["type"] == FOLDER:
            self._above.append((seen, path, None))
        return path

    @property
    def folder(self) -> str | None:
        """Where the last one that is no folder lies."""
        return self._above[-1][1]

    def _looked_up(self, raw: dict[str, Any]) -> str | None:
        seen, folder, known = self._above[-1]
        if folder is None:
            return None
        if known is None:
            try:
                found = tree(self._repository, self._state, folder).nodes
            except NotFound:
                found = []
            known = {}
            for node in found:
                known.setdefault(shown(node["name"]), []).append(node)
            self._above[-1] = (seen, folder, known)
        waiting = known.get(str(raw["name"]), [])
        node = waiting.pop(0) if waiting else {}
        same = all((node.get(key) or 0) == (raw.get(key) or 0) for key in ("type", "inode", "size"))
        return str(node["name"]) if node and same else None


def _node(raw: dict[str, Any], names: _Names, host: str) -> Node:
    path = names.real(raw)
    seen = str(raw["path"])
    if path is None:
        return Node(names.folder or "", UNKNOWN, seen)
    if raw["type"] != FILE:
        return Node(path, str(raw["type"]), seen)
    size = int(raw.get("size") or 0)
    return Node(path, FILE, seen, _content(raw, size, host), size)


def _content(raw: dict[str, Any], size: int, host: str) -> str:
    """Of what restic itself takes for unchanged: size, times and inode. Where there is no inode, only of one host."""
    inode = int(raw.get("inode") or 0)
    facts = [size, _instant(str(raw.get("mtime", ""))), _instant(str(raw.get("ctime", ""))), inode]
    return content_id(facts if inode else [*facts, host])


def _instant(text: str) -> str:
    """A time in UTC, to the last digit: what is written down of it changes with the zone of who writes."""
    if text.endswith("Z") or len(text) < 25:
        return text
    whole, dot, rest = text.partition(".")
    digits = dot + rest[:-6] if dot else ""
    try:
        moment = datetime.fromisoformat(whole + text[-6:] if dot else text)
        return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S") + digits + "Z"
    except (ValueError, OverflowError):
        return text
