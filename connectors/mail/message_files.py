"""Which of some files of a maildir tree are messages, and of which folder; all else in it is no item of a walk."""

from __future__ import annotations

import os
import stat
from collections.abc import Collection, Iterable

from connectors.errors import ConnectorError, NotFound
from connectors.files.handles import Root
from connectors.files.leftovers import PREFIX
from connectors.mail.folders import BOXES, Tree


def message_files(root: Root, tree: Tree, chosen: Collection[str], paths: Iterable[str]) -> dict[str, list[str]] | None:
    """Those of the paths that are, or were, files in boxes of the chosen folders, by these.

    None where one is a directory or a link, of which only a walk of the whole tree can tell what it means.
    """
    names = {parts: name for name, parts in tree.folders.items()}
    found: dict[str, list[str]] = {}
    for path in paths:
        if path and ("\0" in path or any(part in ("", ".", "..") for part in path.split("/"))):
            continue  # no path in the tree
        *folder, box, entry = ("", "", *path.split("/"))
        scope = names.get(tuple(folder[2:])) if box in BOXES else None
        if scope is None:
            if _is_structure(root, path):
                return None
        elif scope in chosen and (box != "tmp" or entry.startswith(PREFIX)):
            found.setdefault(scope, []).append(path)
    return found


def _is_structure(root: Root, path: str) -> bool:
    """True for what is there and is no file. A mail folder that went away is missed among the scopes."""
    *above, name = path.split("/")  # of the root: one empty name
    try:
        with root.folder(above) as folder:
            return not stat.S_ISREG(os.stat(name or ".", dir_fd=folder, follow_symlinks=False).st_mode)
    except (FileNotFoundError, NotFound):
        return False
    except (OSError, ConnectorError):
        return True
