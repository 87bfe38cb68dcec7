from __future__ import annotations

import os
import sqlite3
import stat
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from connectors.base import GapReason, Locator, Strength, Version
from scanner.case_lock import CaseBusy
from scanner.cases import CaseStore, CaseUnreadable, UnknownCase
from scanner.index.seal import Keys, Sealer
from scanner.model import (
    Action,
    Case,
    CaseGap,
    Evidence,
    Finding,
    Ownership,
    Searched,
    State,
    SubjectId,
    Tier,
    Verdict,
)
from scanner.records import IdType, Role

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
ROOT = Path(__file__).parents[2]


class Clock:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(tmp_path: Path, clock: Clock) -> CaseStore:
    return CaseStore(tmp_path / "cases.sqlite", Sealer(Keys.derive(b"k" * 32)), clock)


def full(case: Case) -> Case:
    """Every field away from its default, and a name that is not UTF-8."""
    case.subject = [
        SubjectId(IdType.EMAIL, "åsa@x.example", given=True),
        SubjectId(IdType.NAME, "Åsa Ek", given=False, because="a card", shared=True),
    ]
    case.findings = [
        Finding(
            7,
            Locator("kunder", "Åsa/\udcff!:#.zip", ("member a!b", "row 2")),
            "row",
            Tier.PROBABLE,
            (Evidence(IdType.NAME, Role.BODY), Evidence(IdType.PHONE, Role.OWNER)),
            Ownership.SHARED,
            Action.DECIDE,
            Version("7-8-9", Strength.STRONG),
            "c0ffee",
            3,
            2,
            State.RECOVERABLE,
            date(2026, 9, 1),
            "why",
            Verdict.ERASE,
        )
    ]
    case.gaps = [CaseGap(Locator("kunder", "x.zip"), GapReason.ENCRYPTED, "AES")]
    case.searched = [Searched("kunder", 3, 4, NOW), Searched("info", 0, 0, None)]
    case.shown_plan, case.approved_plan, case.status = "ab" * 16, "cd" * 16, "verified"
    case.approved_at, case.run_at, case.verified_at = NOW, NOW + timedelta(1), NOW + timedelta(2)
    return case


def test_a_case_comes_back_as_it_was_saved(store: CaseStore) -> None:
    case = full(store.new([], NOW))
    store.save(case)
    assert store.load(case.number) == case


def test_the_file_tells_nothing_but_number_dates_and_status(store: CaseStore) -> None:
    store.save(full(store.new([], NOW)))
    raw = store.path.read_bytes().lower()
    for word in ("åsa".encode(), b"asa", b"x.example", b"kunder", b"member", b"why", b"email", b"encrypted"):
        assert word not in raw
    rows = sqlite3.connect(store.path).execute("SELECT number, created, touched, status FROM cases").fetchall()
    assert rows == [("2026-0001", NOW.isoformat(), NOW.isoformat(), "verified")]
    assert stat.S_IMODE(store.path.stat().st_mode) == 0o600


def test_numbers_follow_and_are_never_used_twice(store: CaseStore) -> None:
    first, second = store.new([], NOW), store.new([], NOW)
    store.delete(second.number)
    third = store.new([], NOW)
    next_year = store.new([], NOW.replace(year=2027))
    assert [one.number for one in (first, second, third, next_year)] == [
        "2026-0001",
        "2026-0002",
        "2026-0003",
        "2027-0001",
    ]


@pytest.mark.parametrize("text", ["1", "0001", "2026-0001", "2026-1", " 1 "])
def test_short_numbers_are_of_this_year(store: CaseStore, text: str) -> None:
    store.new([], NOW)
    assert store.load(text).number == "2026-0001"


@pytest.mark.parametrize("text", ["2", "2025-0001", "", "x", "-1", "1' OR 1", "２"])
def test_an_unknown_number_is_told_with_those_that_are_known(store: CaseStore, text: str) -> None:
    store.new([], NOW)
    with pytest.raises(UnknownCase, match="2026-0001") as caught:
        store.load(text)
    assert caught.value.exit_code == 2


def test_another_key_opens_nothing(store: CaseStore) -> None:
    store.new([], NOW)
    other = CaseStore(store.path, Sealer(Keys.derive(b"o" * 32)))
    with pytest.raises(CaseUnreadable):
        other.load("2026-0001")


def test_a_blob_under_another_number_does_not_open(store: CaseStore) -> None:
    store.new([], NOW)
    store.new([], NOW)
    with sqlite3.connect(store.path) as db:
        db.execute("UPDATE cases SET sealed = (SELECT sealed FROM cases WHERE number = '2026-0001')")
    with pytest.raises(CaseUnreadable):
        store.load("2026-0002")


def test_drafts_that_nobody_touches_are_overwritten_after_30_days(store: CaseStore, clock: Clock) -> None:
    old, touched, run = (store.new([], NOW) for _ in range(3))
    full(old)
    old.status = "draft"
    store.save(old)
    sealed = sqlite3.connect(store.path).execute("SELECT sealed FROM cases WHERE number = '2026-0001'").fetchone()[0]
    run.status = "run"
    store.save(run)
    clock.now = NOW + timedelta(days=10)
    store.save(touched)
    assert store.expire(NOW + timedelta(days=30)) == []
    assert list(store.expire(NOW + timedelta(days=30, seconds=1))) == [old.number]
    assert [line.number for line in store.list()] == [touched.number, run.number]
    for file in store.path.parent.iterdir():
        raw = file.read_bytes()
        assert not any(sealed[place : place + 16] in raw for place in range(0, len(sealed) - 16, 16))


def test_every_commit_is_durable_and_deleted_pages_are_overwritten(store: CaseStore) -> None:
    assert store.db.pragma("synchronous") == 3  # EXTRA
    assert store.db.pragma("secure_delete") == 1


def test_another_process_is_told_that_the_case_is_busy(store: CaseStore) -> None:
    code = (
        "import sys\nfrom pathlib import Path\nfrom scanner.case_lock import case_lock\n"
        "with case_lock(Path(sys.argv[1]), '2026-0001'):\n print('held', flush=True)\n sys.stdin.read()\n"
    )
    arguments = [sys.executable, "-c", code, str(store.path.parent)]
    with subprocess.Popen(
        arguments, stdin=-1, stdout=-1, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"held\n"
        with pytest.raises(CaseBusy, match="2026-0001") as caught, store.lock("1"):
            pass
        assert caught.value.exit_code == 4
        with store.lock("2"):
            pass
        other.kill()
    with store.lock("1"):
        pass
    assert not list(store.path.parent.glob("*.lock"))
