"""Proving that what was taken out cannot be read any more: by ids of what it was stored in, noted before it went.

A note holds the ids of the blobs that the file's content is in, and of the tree that its name is in. Each is a SHA-256
of its plaintext, so that a note is a keyless hash of a person's data: it stays in the sealed journal.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Final

from connectors.backups.base import Key
from connectors.backups.restic_listing import FILE, tree
from connectors.backups.restic_repository import Repository, State, batches
from connectors.backups.restic_survey import Held
from connectors.errors import ProtocolBroken

_BLOB: Final = re.compile(r"[0-9a-f]{64}")
_PRUNED: Final = re.compile(r"^total prune:\s*0 blobs / 0 B\s*$", re.M)


def notes(repository: Repository, found: Iterable[Held]) -> dict[Key, str]:
    """A note of every file that was found. One command for each folder, in the newest snapshot that has it."""
    done: dict[Key, str] = {}
    for held in reversed(list(found)):
        folders: dict[str, dict[str, str]] = defaultdict(dict)
        for path, content in held.files.items():
            if (path, content) not in done:
                folder, _, name = path.rpartition("/")
                folders[folder][name] = content
        for folder, names in folders.items():
            done |= _notes(repository, held.state, folder, names)
    return done


def _notes(repository: Repository, state: State, folder: str, names: Mapping[str, str]) -> dict[Key, str]:
    listed = tree(repository, state, folder)
    found = {}
    for node in listed.nodes:
        if node["name"] in names and node["type"] == FILE:
            path = f"{folder}/{node['name']}" if folder else node["name"]
            found[path, names[node["name"]]] = " ".join([listed.id, *(node.get("content") or ())])
    if len(found) < len(names):
        raise ProtocolBroken("a folder in a snapshot does not hold what the snapshot's list says")
    return found


def unreclaimed(repository: Repository) -> bool:
    """Whether a prune to the last byte would find anything to take away; also where its answer is not understood."""
    return _PRUNED.search(repository.plan_of_prune()) is None


def readable(repository: Repository, noted: Iterable[str]) -> set[str]:
    """The notes of which something can still be read that no snapshot refers to.

    What another file, or another folder with the same list, refers to is theirs. Packs that no index knows are not
    looked into: `unreclaimed` tells of them.
    """
    blobs = {note: set(_BLOB.findall(note)) for note in noted}
    every = {blob for some in blobs.values() for blob in some}
    stored = {
        blob for line in repository.lines("list", "blobs") for blob in _BLOB.findall(line.decode()) if blob in every
    }
    left = {blob for blob in stored if blob not in _referred(repository, stored)} if stored else set()
    gone = sorted(every - stored)
    left |= {blob for blob in (gone[0], gone[-1]) if repository.has_blob(blob)} if gone else set()
    return {note for note, some in blobs.items() if some & left}


def _referred(repository: Repository, blobs: Iterable[str]) -> set[str]:
    """Those of the blobs that a snapshot refers to."""
    found: set[str] = set()
    for some in batches(sorted(blobs)):
        for kind in ("--blob", "--tree"):
            told = repository.look("find", "--json", kind, *some)
            found.update(_ids(told))
    return found


def _ids(told: bytes) -> list[str]:
    try:
        return [str(one["id"]) for one in json.loads(told or b"[]") or ()]
    except (ValueError, KeyError, TypeError):
        raise ProtocolBroken("restic's answer about who refers to what cannot be understood") from None
