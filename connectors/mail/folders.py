"""Finding the folders of a maildir tree: `.Sub.Folder` beside the inbox (Maildir++), or maildirs in plain folders."""

from __future__ import annotations

import base64
import binascii
import os
import re
from dataclasses import dataclass, field

from connectors.base import GapReason
from connectors.errors import ConnectorError
from connectors.files.handles import Root, open_listing

BOXES = ("cur", "new", "tmp")
INBOX = "INBOX"
_DEEPEST = 50


@dataclass(slots=True)
class Tree:
    """The folders by the name that users see, each with its way from the root, and what could not be looked into."""

    folders: dict[str, tuple[str, ...]] = field(default_factory=dict)
    gaps: list[tuple[str, GapReason]] = field(default_factory=list)  # path from the root as it is on disk


def find_folders(root: Root) -> Tree:
    """All maildirs at and below the root. A directory is one if it holds `cur` or `new`. Follows no link."""
    tree = Tree()
    found: list[tuple[str, ...]] = []
    waiting: list[tuple[str, ...]] = [()]
    while waiting:
        parts = waiting.pop()
        children = _children(root, parts, tree)
        if "cur" in children or "new" in children:
            found.append(parts)
        deeper = [(*parts, child) for child in children if child not in BOXES]
        if deeper and len(parts) >= _DEEPEST:
            tree.gaps.append(("/".join(parts), GapReason.TOO_DEEP))
        else:
            waiting.extend(deeper)
    _name_all(found, tree)
    return tree


def _children(root: Root, parts: tuple[str, ...], tree: Tree) -> list[str]:
    """The directories in a directory; a link that may lead to one, or a refusal, becomes a gap."""
    names: list[str] = []
    try:
        with root.folder(parts) as above:
            handle = open_listing(".", above)
        try:
            with os.scandir(handle) as entries:
                for entry in entries:
                    if entry.is_dir(follow_symlinks=False):
                        names.append(entry.name)
                    elif entry.is_symlink() and not entry.is_file():
                        tree.gaps.append(("/".join((*parts, entry.name)), GapReason.LINK))
        finally:
            os.close(handle)
    except PermissionError:
        tree.gaps.append(("/".join(parts), GapReason.DENIED))
    except (OSError, ConnectorError):
        root.check()
        tree.gaps.append(("/".join(parts), GapReason.UNREADABLE))
    return names


def _name_all(found: list[tuple[str, ...]], tree: Tree) -> None:
    """Plain folders keep the name they have on disk; a Maildir++ name that is taken falls back to what is on disk."""
    plain = [parts for parts in found if parts and not any(part.startswith(".") for part in parts)]
    for parts in plain:
        tree.folders["/".join(parts)] = parts
    for parts in sorted(set(found) - set(plain)):
        shown = _shown(parts)
        tree.folders[shown if shown not in tree.folders else "/".join(parts) or "."] = parts


def _shown(parts: tuple[str, ...]) -> str:
    if not parts:
        return INBOX
    names: list[str] = []
    for part in parts:
        names.extend(_readable(piece) for piece in part[1:].split(".")) if part.startswith(".") else names.append(part)
    return "/".join(names) if all(names) else "/".join(parts)


_SHIFTED = re.compile(r"&([A-Za-z0-9+,]*)-")


def _readable(name: str) -> str:
    """A name in modified UTF-7 (RFC 3501, 5.1.3) as users see it; anything else as it is."""
    try:
        text = _SHIFTED.sub(lambda match: _unshifted(match[1]), name)
    except (ValueError, binascii.Error):
        return name
    return name if "/" in text or "\0" in text or text in (".", "..") else text


def _unshifted(code: str) -> str:
    if not code:
        return "&"
    padded = code.replace(",", "/") + "=" * (-len(code) % 4)
    return base64.b64decode(padded, validate=True).decode("utf-16-be")
