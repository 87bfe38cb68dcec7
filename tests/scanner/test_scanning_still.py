"""While a case is searched after its run, nobody walks its sources; nobody waits for another in a ring."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from scanner import scanning
from scanner.casework import look_and_search_again
from scanner.model import Case
from scanner.scan_lock import ScanLocks
from scanner.still_there import search_into
from scanner.workspace import Workspace
from tests.conftest import Desk
from tests.little import ANNA, Little, little


@pytest.fixture
def work(company: Little) -> Iterator[Workspace]:
    with Workspace.open(company.root / "gallra.toml") as work:
        yield work


@pytest.fixture
def company(desk: Desk) -> Little:
    return little(desk)


def others(work: Workspace) -> ScanLocks:
    """Another process' view: a lock is held by an open file, whoever opened it."""
    return ScanLocks(work.state, work.sealer)


def test_the_search_after_a_run_is_made_while_nobody_scans(
    company: Little, work: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    number, _ = company.find(ANNA)
    seen = list[bool]()

    def watched(work: Workspace, case: Case) -> None:
        seen.extend(others(work).is_held(name) for name in ("kunder", "post"))
        search_into(work, case)

    monkeypatch.setattr("scanner.casework.search_into", watched)
    with work.cases.lock(number):
        look_and_search_again(work, work.cases.load(number))
    assert seen == [True, True]
    assert not any(others(work).is_held(name) for name in ("kunder", "post"))


def test_a_source_that_is_scanned_for_long_is_not_waited_for_for_ever(work: Workspace) -> None:
    work.patience, told = 0.2, list[str]()
    work.waiting = told.append
    with others(work).hold("kunder"), scanning.still(work, ["post", "kunder"]):
        assert others(work).is_held("post")
    assert told == ["kunder"]
    assert not others(work).is_held("post")


def test_two_that_hold_several_come_both_to_their_end(work: Workspace) -> None:
    done = list[int]()

    def hold(names: list[str]) -> None:
        for number in range(50):
            with scanning.still(work, names):
                done.append(number)

    threads = [threading.Thread(target=hold, args=(names,)) for names in (["kunder", "post"], ["post", "kunder"])]
    for one in threads:
        one.start()
    for one in threads:
        one.join(50)
    assert len(done) == 100
