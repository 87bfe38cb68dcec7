"""A person erases while the agent scans everything all the time: erased, verified, and nothing else is touched."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

import pytest

from tests.agent.conftest import Company
from tests.agent.living import Living
from tests.agent.the_agent import wait_for

pytest.importorskip("watchdog.observers.inotify_c")


@contextmanager
def growing(living: Living) -> Iterator[None]:
    """Things of others come all the while."""
    over, failed = threading.Event(), list[Exception]()

    def grow() -> None:
        try:
            while not over.wait(0.5):
                living.rng.choice([living.folder.make, living.folder.make, living.post.arrive])()
        except Exception as error:  # told below
            failed.append(error)

    thread = threading.Thread(target=grow)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
    assert not failed, failed


def is_known(company: Company, who: str, places: set[tuple[str, str]]) -> bool:
    return company.known(who) == places


@pytest.mark.parametrize("persons", [1, pytest.param(6, marks=[pytest.mark.prove, pytest.mark.timeout(900)])])
def test_a_person_is_erased_while_everything_is_scanned(company: Company, persons: int) -> None:
    living, agent = company.living, company.agent
    often = {"kalender": "2s", "kontakter": "2s"} if persons > 1 else {"kalender": "30d", "kontakter": "30d"}
    company.configure(kunder="2s", post="2s", **often)
    living.fill(1)
    for number in range(persons):
        who = f"vera{number}@kund.example"
        hers = {(place.source, place.add(who)) for place in living.places.values()}
        if not number:
            agent.start()
        wait_for(partial(is_known, company, who, hers), pause=0.5)
        others = {one for one in living.truth() if one[2] != who}
        with growing(living):
            found = company.desk("find", who, "--json", code=(0, 3))
            assert {(gap["reason"], gap["path"]) for gap in found.json["gaps"]} <= {("stale", "")}, "but being scanned"
            assert {(one["source"], one["path"]) for one in found.json["findings"]} == hers
            case, began = found.json["case"], time.monotonic()
            erased = company.desk("erase", case, "--yes", code=0)
            print(f"erased in {time.monotonic() - began:.1f} s")
            assert "try again" not in erased.text
            if persons > 1:
                company.desk("verify", case, code=0)
        truth = living.truth()
        assert not {one for one in truth if one[2] == who}
        assert others <= truth
    path = living.folder.add("efter@kund.example")
    wait_for(lambda: company.known("efter@kund.example") == {("kunder", path)}, pause=0.5)
    if persons > 1:
        wait_for(lambda: company.index() == {one for one in living.truth() if "efter" not in one[2]}, pause=0.5)
    agent.stop()
    agent.check_runs()
    company.desk("audit", "verify", code=0)
