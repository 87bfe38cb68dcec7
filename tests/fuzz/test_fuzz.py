"""Broken files, thousands a format: none stops a scan, none is passed in silence, and the good ones are read."""

from __future__ import annotations

from collections import Counter
from functools import partial

import pytest

from scanner.formats import registry
from scanner.supervise import Failure, Supervisor
from tests.fuzz.jobs import LIMITS, Outcome, Task, make_job
from tests.fuzz.seeds import SAMPLES, seeds

A_SHARE, ALL = 50, 5000
NAMES = registry.names()
# No free program writes these, so that only real ones can be broken: they come with the shared samples.
ONLY_REAL = {"msg", "doc", "ppt", "xls", "locked"}


@pytest.fixture(scope="session")
def broken(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[bytes]]:
    return seeds(tmp_path_factory.mktemp("seeds"))


def _check(name: str, files: dict[str, list[bytes]], count: int) -> None:
    tasks = [Task(name, number, f"a.{name}") for number in range(count)] + [Task(name, 0, "good")]
    failures: Counter[str] = Counter()
    wrong: list[tuple[int, str]] = []
    answered: set[int] = set()
    good: list[Outcome] = []
    with Supervisor(partial(make_job, {name: files[name]}), 1, LIMITS) as supervisor:
        for task, result in supervisor.run(tasks):
            answered.add(task.number)
            if isinstance(result, Failure):
                failures[result.reason] += 1
                if result.reason == "unreadable":  # an exception that got past the expander
                    wrong.append((task.number, result.detail))
            elif result.wrong:
                wrong.append((task.number, result.wrong))
            elif task.number == 0:
                good.append(result)
    print(f"{name}: {count} broken, {dict(failures)}")
    assert answered == set(range(count))
    assert wrong == []
    assert len(good) == 2
    assert good[0] == good[1], "the same good file is read the same way after all the broken ones"
    assert sum(failures.values()) * 100 <= count, "more than a hundredth of the broken files cost their worker"


def _needs(name: str, files: dict[str, list[bytes]]) -> None:
    if name in ONLY_REAL and not SAMPLES.is_dir():
        pytest.skip("the shared samples are not on this machine")
    assert files.get(name), f"no file to break: give seeds.py one for {name}"


@pytest.mark.parametrize("name", NAMES)
def test_a_share_of_broken_files(name: str, broken: dict[str, list[bytes]]) -> None:
    _needs(name, broken)
    _check(name, broken, A_SHARE)


@pytest.mark.prove
@pytest.mark.timeout(3000)
@pytest.mark.parametrize("name", NAMES)
def test_all_broken_files(name: str, broken: dict[str, list[bytes]]) -> None:
    _needs(name, broken)
    _check(name, broken, ALL)
