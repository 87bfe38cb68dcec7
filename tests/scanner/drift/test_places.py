"""Rules about whole places: backups that keep longer than promised, and what is not scanned."""

from __future__ import annotations

import os
import shutil
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from tests.scanner.drift.policy_world import PolicyWorld

CONFIG = """
[[source]]
name = "filer"
kind = "folder"
path = "filer"
[[source]]
name = "arkiv"
kind = "folder"
path = "arkiv"
[[backup]]
name = "natt"
kind = "mirror"
covers = ["filer", "arkiv"]
path = "natt"
at = { filer = "filer", arkiv = "arkiv" }
[[policy]]
name = "90"
area = "Backup"
says = "90 dagar"
backups = ["natt"]
keeps_days = 90
[[policy]]
name = "läst"
area = "Alla"
says = "Allt genomsöks varje vecka"
scanned_within = "7d"
[[policy]]
name = "speglat"
area = "Backup"
says = "Kopiorna också"
backups = ["natt"]
scanned_within = "2d"
"""
DAY = date.today()


@pytest.fixture(autouse=True)
def _in_this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """Workers cost more than these looks; test_invex has them."""
    monkeypatch.setattr("scanner.workspace.workers", lambda: 0)


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> PolicyWorld:
    world = PolicyWorld(tmp_path, monkeypatch, DAY)
    world.configure(CONFIG)
    world.write("filer/a.txt")
    world.write("arkiv/a.txt")
    return world


def made(world: PolicyWorld, number: int, days: int) -> None:
    world.write(f"natt/daily.{number}/filer/a.txt")
    noon = datetime(DAY.year, DAY.month, DAY.day, 12).astimezone() - timedelta(days=days)
    os.utime(world.root / f"natt/daily.{number}", (noon.timestamp(), noon.timestamp()))


def test_snapshots_that_should_be_gone(world: PolicyWorld) -> None:
    for number, days in enumerate((1, 89, 91, 92, 200)):
        made(world, number, days)
    world.scan()
    world.now = datetime.now(UTC)
    world.look()
    assert world.counts()["90"] == (2, 0, 5), "a day's grace, as in gallra check"
    for number in (3, 4):
        shutil.rmtree(world.root / f"natt/daily.{number}")
    world.scan("natt")
    world.now += timedelta(hours=1)
    world.look()
    assert world.counts()["90"] == (0, 0, 3)


def test_what_was_not_walked_lately(world: PolicyWorld) -> None:
    made(world, 0, 1)
    world.scan("filer")
    world.now = datetime.now(UTC)
    world.look()
    assert world.counts() == {"90": (0, 1, 0), "läst": (1, 0, 2), "speglat": (1, 0, 1)}
    world.scan()
    world.now = datetime.now(UTC)
    world.look()
    assert world.counts() == {"90": (0, 0, 1), "läst": (0, 0, 2), "speglat": (0, 0, 1)}
    with world.work() as work, work.index(read_only=False) as index:
        index.begin_walks("arkiv", index.scopes("arkiv"))  # as one that never ended
    world.now += timedelta(days=3)
    world.look()
    assert world.counts() == {"90": (0, 0, 1), "läst": (1, 0, 2), "speglat": (1, 0, 1)}
    world.now += timedelta(days=5)
    world.look()
    assert world.counts()["läst"] == (2, 0, 2)
