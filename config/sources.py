"""The `[[source]]` tables: what gallra reads, and what only people can look through."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from config.fields import Table, tables
from config.hands import with_people
from config.model import Hand, Source
from config.named import NO_BACKUP, WITH_PEOPLE, Known, Taken
from config.options import read
from config.phones import phones
from config.problems import Problems
from config.running import Schedule
from config.schedules import COMMON as RUNNING
from config.schedules import running

COMMON = ("name", "kind", "max_items_per_run", "backup", *RUNNING)
"""The keys that every kind of source takes that gallra reads."""


def sources(
    document: Mapping[str, Any], base: Path, known: Known, taken: Taken, usual: Schedule, problems: Problems
) -> tuple[tuple[Source, ...], tuple[Hand, ...]]:
    """Every `[[source]]`, those that only people can look through apart; what has a problem is noted and left out.

    `usual` is the schedule of those that say nothing of their own.
    """
    found: list[tuple[int, Source]] = []
    hands: list[Hand] = []
    for one in tables(document, "source", problems):
        before = len(problems)
        name = taken.name(one, "source")
        absent = _no_backup(one)
        place = with_people(one, name) if _is_hand(one) else read(one, name, base, COMMON, WITH_PEOPLE)
        if isinstance(place, Source):
            place = running(one, place, usual)
        if place is None or len(problems) != before:
            continue
        if isinstance(place, Hand):
            hands.append(place)
        else:
            found.append((int(one.place[-1]), replace(place, no_backup=absent)))
    return phones(found, tuple(known.sources.values()), document, problems), tuple(hands)


def _is_hand(found: Table) -> bool:
    kind = found.values.get("kind")
    return isinstance(kind, str) and kind in WITH_PEOPLE


def _no_backup(found: Table) -> bool:
    """Whether the admin declares that nothing of the source lies in any backup."""
    said = found.values.get("backup")
    if said is not None and said != NO_BACKUP:
        found.problem(
            f'can only be "{NO_BACKUP}"; a backup of it is a [[backup]] of its own, with the source in its `covers`',
            "backup",
        )
    return said == NO_BACKUP
