"""Whether a backup holds what `covers` says: each source is looked for at its place in the newest snapshots.

A look, no scan: it ends when each source was seen, or when enough was looked at. Where a source lies in a backup
decides which rules hold its copies, and which copies follow what is erased.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass, field

from config.model import Backup, Config
from connectors.backups.base import Backup as Opened
from connectors.backups.base import Entry, Snapshot
from connectors.base import Gap
from connectors.errors import NotFound
from scanner.backups.origins import Origins

_SNAPSHOTS = 10  # that are looked into, at most, the newest first
_FILES = 20_000  # that are looked at, at most


@dataclass(slots=True)
class Covered:
    """What was told: `problems` of sources that are not there, `facts` of those of which nobody can say."""

    problems: list[str] = field(default_factory=list)
    facts: list[str] = field(default_factory=list)


def covered(backup: Backup, opened: Opened, snapshots: Sequence[Snapshot], config: Config) -> Covered:
    """Look for the sources that the backup covers. Raises as `entries` does."""
    origins, told = Origins.of(config), Covered()
    placed = {one.source for one in origins.roots.get(backup.name, ())}
    for name in backup.covers:
        if name not in placed:
            told.facts.append(
                f"where {name} lies in it is not known, so rules hold more of its copies than they need to: say it "
                f'with at = {{ {_key(name)} = "..." }}'
            )
    missing = placed & set(backup.covers)
    files = 0
    for path in _paths(opened, sorted(snapshots, key=lambda one: one.at, reverse=True)) if missing else ():
        origin = origins.origin(backup.name, path)
        if origin is not None:
            missing.discard(origin.source)
        files += 1
        if not missing or files >= _FILES:
            break
    cut = files >= _FILES or len(snapshots) > _SNAPSHOTS
    for name in sorted(missing):
        sentence = (
            f"nothing of {name} was seen at its place in it: say where its root lies with "
            f'at = {{ {_key(name)} = "..." }}, or take it out of covers'
        )
        if cut:
            told.facts.append(f"{sentence}. Not all of it was looked at")
        else:
            told.problems.append(sentence)
    return told


def _paths(opened: Opened, snapshots: Sequence[Snapshot]) -> Iterator[str]:
    for snapshot in snapshots[:_SNAPSHOTS]:
        entries: Iterator[Entry | Gap] = opened.entries(snapshot)
        try:
            for entry in entries:
                if isinstance(entry, Entry):
                    yield entry.path
        except NotFound:  # it was forgotten meanwhile
            continue
        finally:
            if isinstance(entries, Generator):  # one that runs a tool ends it then
                entries.close()


def _key(name: str) -> str:
    """A name as a key in TOML."""
    return name if name.isascii() and name.replace("-", "").replace("_", "").isalnum() else f'"{name}"'
