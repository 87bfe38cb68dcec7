"""A look at a backup: what is said of one that is well, gone, empty, locked, and of claims that are not so."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from config.model import Backup, Config, Hand, Smtp, Source
from connectors import registry
from connectors.backups.base import Snapshot
from connectors.backups.memory import BackupStore, MemoryBackup
from connectors.base import Capabilities, Strength
from scanner.check_backups import age, check_backup, false_claims
from scanner.check_hands import hand_facts

NOW = datetime(2026, 6, 15, 12, tzinfo=UTC)
TODAY = date(2026, 6, 15)
DAY = timedelta(days=1)


class Locked(MemoryBackup):
    """One that lets nothing be erased, and of which one snapshot is locked."""

    def open(self) -> Capabilities:
        super().open()
        return Capabilities(Strength.STRONG, removes=False, limits=("append-only",), facts=("version 1",))

    def snapshots(self) -> list[Snapshot]:
        first, *others = super().snapshots()
        return [Snapshot(first.id, first.at, first.label, TODAY + 10 * DAY), *others]


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> Iterator[BackupStore]:
    monkeypatch.setitem(registry.BACKUPS, "memory", "connectors.backups.memory:MemoryBackup")
    store = BackupStore()
    for days in (40, 20, 1):
        store.add(NOW - days * DAY, {f"srv/{days}.txt": b"x", "srv/all.txt": b"y"})
    yield store


def looked(store: BackupStore, **more: Any) -> Any:
    backup = Backup(
        Source("band", "memory", {"store": store}, backup=True), ("kunder",), **({"at": {"kunder": "srv"}} | more)
    )
    return check_backup(backup, config(backups=(backup,)), NOW)


def test_one_that_is_well(store: BackupStore) -> None:
    found = looked(store, keeps_days=40, batch=True)
    assert (found.source, found.kind, found.covers, found.keeps_days, found.batch) == (
        *("band", "memory", ("kunder",), 40, True),
    )
    assert (found.reached, found.error, found.exit_code, found.erases) == (True, None, 0, True)
    assert (found.snapshots, found.oldest, found.newest) == (3, NOW - 40 * DAY, NOW - DAY)
    assert (found.problems, found.facts, found.locked, found.locked_until) == ([], (), 0, None)


def test_nothing_is_changed_by_a_look(store: BackupStore) -> None:
    steps: list[str] = []
    store.hook = steps.append
    looked(store)
    assert set(steps) == {"open", "snapshots", "entries", "entry"}


def test_one_that_cannot_be_reached_says_so_and_no_more(store: BackupStore) -> None:
    store.reachable = False
    found = looked(store, keeps_days=1)
    assert (found.reached, found.error, found.exit_code, found.snapshots) == (False, "the memory is cut off", 5, None)
    assert found.problems == []


def test_one_whose_kind_cannot_be_had_is_a_matter_of_the_settings() -> None:
    found = check_backup(Backup(Source("band", "memory", {}, backup=True), ("kunder",)), config(), NOW)
    assert (found.reached, found.exit_code) == (False, 2)
    assert "is not known" in (found.error or "")


def test_one_without_snapshots(store: BackupStore) -> None:
    store.snapshots.clear()
    found = looked(store, keeps_days=1)
    assert (found.snapshots, found.oldest, found.newest) == (0, None, None)
    assert found.problems == ["it holds no snapshot: is it the right place?"]


def test_what_may_not_be_changed_is_told(store: BackupStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(registry.BACKUPS, "memory", f"{__name__}:Locked")
    found = looked(store)
    assert (found.erases, found.locked, found.locked_until) == (False, 1, TODAY + 10 * DAY)
    assert found.problems == [
        "nothing can be erased from this backup, as it is set up or as this account may use it",
    ]
    assert found.limits == ("append-only",)
    assert found.facts == (
        "version 1",
        "1 snapshot of 3 may be changed by nobody, the last of them through 2026-06-25",
    )


def test_a_claim_that_is_not_so_is_told_with_its_dates(store: BackupStore) -> None:
    assert looked(store, keeps_days=30).problems == [
        "keeps_days = 30 is not true: the oldest snapshot is of 2026-05-06, 40 days ago, and 1 snapshot of 3 is older. "
        "Set it to what is so, or have the backup forget them"
    ]


def snapshots(*days: int, until: date | None = None) -> list[Snapshot]:
    return [Snapshot(str(one), NOW - one * DAY, immutable_until=until) for one in days]


@pytest.mark.parametrize(
    ("keeps", "days", "count"),
    [(30, 30, None), (30, 31, None), (30, 32, 1), (1, 2, None), (1, 3, 1), (None, 4000, None), (90, 0, None)],
)
def test_a_day_of_grace_and_no_more(keeps: int | None, days: int, count: int | None) -> None:
    assert len(false_claims(keeps, snapshots(days, 0), TODAY)) == (count or 0)


def test_all_that_are_older_are_counted() -> None:
    (told,) = false_claims(10, snapshots(5, 300, 12, 11, 20), TODAY)
    assert "is of 2025-08-19, 300 days ago, and 3 snapshots of 5 are older" in told


def test_a_lock_that_outlasts_the_claim_is_not_so_either() -> None:
    told = false_claims(30, snapshots(20, 1, until=TODAY + 20 * DAY), TODAY)
    assert told == [
        "keeps_days = 30 is not true: the snapshot of 2026-05-26 may not be changed before 2026-07-05, "
        "40 days after it was made"
    ]
    assert false_claims(40, snapshots(20, 1, until=TODAY + 20 * DAY), TODAY) == []


@pytest.mark.parametrize(
    ("days", "told"),
    [(0, ""), (7, ""), (8, "the newest snapshot is of 2026-06-07, 8 days ago"), (-1, ""), (-3, "is the clock right?")],
)
def test_how_old_the_newest_is(days: int, told: str) -> None:
    found = age(NOW - days * DAY, TODAY)
    assert told in found
    assert bool(found) is bool(told)


KUNDER = Source("kunder", "folder", {"path": "/srv/kunder"})
POST = Source("post", "imap", {})


def config(smtp: Smtp | None = None, **more: Any) -> Config:
    values = {"sources": (KUNDER, POST), "smtp": smtp, **more}
    return Config(path=None, agent=None, **values)  # type: ignore[arg-type]  # neither is asked for


def test_a_source_that_is_not_where_it_should_be_is_told(store: BackupStore) -> None:
    assert looked(store, at={}).problems == [
        'nothing of kunder was seen at its place in it: say where its root lies with at = { kunder = "..." }, or take '
        "it out of covers"
    ]
    assert looked(store, at={"kunder": "srv/djupt"}).problems != []
    store.add(NOW - 300 * DAY, {"mnt/srv/kunder/a.txt": b"z"})
    assert looked(store, at={}).problems == [], "by its own path, in the oldest of four snapshots"


def test_what_cannot_be_listed_speaks_for_nothing(store: BackupStore) -> None:
    store.hidden |= {path for one in store.snapshots for path in one.files}
    assert len(looked(store).problems) == 1


def test_a_look_that_ends_early_says_so_and_blames_nothing(store: BackupStore) -> None:
    for days in range(2, 12):
        store.add(NOW - days * DAY, {"etc/hosts": b"x"})
    found = looked(store, at={})
    assert found.problems == []
    (fact,) = [one for one in found.facts if one.startswith("nothing of kunder was seen")]
    assert fact.endswith("Not all of it was looked at")


def test_a_source_without_a_place_is_a_fact(store: BackupStore) -> None:
    backup = Backup(Source("band", "memory", {"store": store}, backup=True), ("post",))
    found = check_backup(backup, config(backups=(backup,)), NOW)
    assert found.problems == []
    (fact,) = found.facts
    assert fact.startswith("where post lies in it is not known") and "at = { post = " in fact


def test_what_is_lacking_before_people_can_be_asked() -> None:
    assert hand_facts(Hand("lön", "processor"), config()) == [
        "no contact: its letter can be written, and somebody must find out where to send it",
        "no owner: nobody is named who sees to it",
    ]
    moln = Hand("moln", "provider", "a@moln.example", "It", covers=("kunder",))
    assert hand_facts(moln, config()) == [
        "no [smtp]: its letter is written, and a person sends it",
        "no keeps_days: no day can be told by which its copies are gone",
    ]
    assert hand_facts(Hand("lön", "processor", "a@lon.example", "Eva"), config(Smtp("m", "s@x.example"))) == []
    (paper,) = hand_facts(Hand("pärm", "paper", owner="Eva", place="Rum 3"), config())
    assert "somebody looks into the binder" in paper
