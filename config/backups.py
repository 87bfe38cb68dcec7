"""The `[[backup]]` tables: copies of sources that gallra reads and erases from, or that a provider keeps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from config.fields import TYPE_NAMES, Table, tables
from config.hands import covers, keeps_days, provider
from config.model import Backup, Hand, Source, unknown
from config.named import PROVIDER, Known, Taken
from config.names import folded
from config.options import read
from config.problems import Problems
from config.reach import in_reach
from config.running import Schedule
from config.schedules import COMMON as RUNNING
from config.schedules import running

COMMON = ("name", "kind", "covers", "keeps_days", "at", "batch", "max_items_per_run", *RUNNING)
"""The keys that every kind of backup takes that gallra can read."""


def backups(
    document: Mapping[str, Any],
    base: Path,
    known: Known,
    taken: Taken,
    sources: Sequence[Source],
    usual: Schedule,
    problems: Problems,
) -> tuple[tuple[Backup, ...], tuple[Hand, ...]]:
    """Every `[[backup]]`, the providers apart; those with a problem are noted and left out.

    `sources` are those that gallra reads: none of them may have a backup in its reach. `usual` is the schedule of
    those that say nothing of their own.
    """
    found: list[Backup] = []
    providers: list[Hand] = []
    for one in tables(document, "backup", problems):
        before = len(problems)
        name = taken.name(one, "backup")
        with_people = one.values.get("kind") == PROVIDER
        place = provider(one, name, known) if with_people else _backup(one, name, base, known, usual)
        if isinstance(place, Backup):
            _keep_apart(one, place.source, sources)
        if place is None or len(problems) != before:
            continue
        if isinstance(place, Hand):
            providers.append(place)
        else:
            found.append(place)
    return tuple(found), tuple(providers)


def _backup(found: Table, name: str, base: Path, known: Known, usual: Schedule) -> Backup | None:
    covered = covers(found, known)
    at = _at(found, covered)
    keeps, batch = keeps_days(found), found.flag("batch", default=False)
    source = read(found, name, base, COMMON, (PROVIDER,))
    return None if source is None else Backup(running(found, source, usual), covered, at, keeps, batch)


def _keep_apart(found: Table, backup: Source, sources: Sequence[Source]) -> None:
    folder = backup.settings.get("path")
    for one in in_reach(folder, sources) if isinstance(folder, str) and folder else ():
        found.problem(
            f'is in reach of the source "{one.name}", which would take copies for the thing itself: keep them apart, '
            "or leave it out there with exclude",
            "path",
        )


def _at(found: Table, covered: tuple[str, ...]) -> dict[str, str]:
    """Where the roots of sources lie in the backup, by the names of the sources; "" is the backup's own root."""
    values = found.values.get("at", {})
    if not isinstance(values, dict):
        found.problem('must be a table, as in { kunder = "/srv/kunder" }', "at")
        return {}
    names = {folded(name): name for name in covered}
    good: dict[str, str] = {}
    for name, path in values.items():
        said = _wrong_root(path) if folded(name) in names else f"{unknown('source', name, covered)}: it is in no covers"
        if said is None:
            good[names[folded(name)]] = path.strip("/")
        else:
            found.problems.add((*found.place, "at", name), f"{found.label} at: {said}")
    return good


def _wrong_root(path: object) -> str | None:
    if not isinstance(path, str):
        return f"must hold only {TYPE_NAMES[str]}"
    if not path or "\0" in path:
        return 'must be a path in the backup; "/" is the root of it'
    if any(part in (".", "..") for part in path.split("/")):
        return "must not hold . or .. as a folder: it starts at the root of the backup"
    return None
