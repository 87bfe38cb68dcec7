"""The person leaves the backups too: the whole job through the command line, over a real mirror with hard links."""

from __future__ import annotations

import os
import random
import shutil
import signal
import time
from pathlib import Path

import pytest

from tests.conftest import Desk
from tests.kept import generation, holds, kept, restored, trees
from tests.little import ANNA, BO, FILES, Little


@pytest.fixture
def company(desk: Desk) -> Little:
    return kept(desk)


def case_of(made: Little) -> str:
    return str(made.desk("find", "--json", ANNA, code=[0, 3]).json["case"])


def states(made: Little, case: str) -> set[tuple[str, str]]:
    """Source and state of each finding, as `show` tells them; copies too."""
    told = made.desk("show", "--json", case, code=[0, 3, 5]).json
    found = {(one["source"], one["state"]) for one in told["findings"]}
    return found | {(copy["backup"], copy["state"]) for one in told["findings"] for copy in one["backups"]}


def test_she_is_nowhere_in_any_generation_and_all_others_are_as_they_were(company: Little) -> None:
    before = trees(company)
    case = case_of(company)
    company.desk("decide", case, "--backups", "drop", code=[0, 3])
    company.desk("erase", case, "--yes", code=0)
    after = trees(company)
    assert set(after) == {path for path in before if "Anna" not in path and "lista" not in path}
    assert all(after[path] == before[path] for path in after)
    assert not holds(company.root / "spegel", ANNA)
    assert not holds(company.root / "spegel", "Anna")
    links = {os.stat(company.root / path).st_nlink for path in after}
    assert links == {3}  # what is left is shared by the generations as before
    certificate = company.desk("certificate", case, "--json", code=0).json
    assert certificate["outcome"] == "complete"
    (backup,) = certificate["backups"]
    assert (backup["backup"], backup["dropped"], backup["snapshots"], backup["open"]) == ("spegel", 5, 3, 0)
    company.desk("verify", case, code=0)
    company.desk("audit", "verify", code=0)


def test_find_tells_of_copies_of_older_versions_and_of_what_was_deleted_long_ago(company: Little) -> None:
    told = company.desk("find", "--json", ANNA, code=[0, 3]).json
    live = {one["path"]: one for one in told["findings"] if one["source"] == "kunder"}
    assert [one["snapshots"] for one in live["Anna Ek/avtal.txt"]["backups"]] == [2]
    assert [one["snapshots"] for one in live["Anna Ek/kvitto.txt"]["backups"]] == [3]
    alone = {one["path"].partition(";")[0] for one in told["findings"] if one["source"] == "spegel"}
    assert alone >= {"kunder/Anna Ek/avtal.txt", "kunder/Anna Ek/offert.txt"}


def test_a_list_may_stay_in_the_backups_and_is_certified_for_what_it_is(company: Little) -> None:
    case = case_of(company)
    company.desk("decide", case, "--backups", "ledger", code=[0, 3])
    company.desk("erase", case, "--yes", code=0)
    assert sorted(holds(company.root / "spegel", ANNA)) == [f"{day}/kunder/lista.csv" for day in days(company)]
    (backup,) = company.desk("certificate", case, "--json", code=0).json["backups"]
    assert (backup["dropped"], backup["kept"]) == (4, [{"until": None, "count": 1}])
    text = (company.root / "x.html").read_text() if write(company, case) else ""
    assert "1 fil kvar efter beslut till och med tills vidare" in text


def write(company: Little, case: str) -> bool:
    company.desk("certificate", case, "-o", "x.html", code=0)
    return True


def days(company: Little) -> list[str]:
    return sorted(path.name for path in (company.root / "spegel").iterdir())


def test_a_list_in_which_another_case_holds_a_row_stays_in_the_backups(company: Little) -> None:
    case = case_of(company)
    company.desk("decide", case, "--backups", "drop", code=[0, 3])
    his = company.desk("find", "--json", BO, code=[0, 3]).json
    rows = [str(one["id"]) for one in his["findings"] if one["path"].startswith("lista.csv")]
    company.desk("decide", his["case"], *rows, "keep", "--ground", "e", "--reason", "tvist", code=[0, 3])
    before = {path: digest for path, digest in trees(company).items() if path.endswith("lista.csv")}
    company.desk("erase", case, "--yes", code=4)  # the plan is another one now
    company.desk("show", case, code=[0, 3])
    company.desk("erase", case, "--yes", code=0)
    left = {path: digest for path, digest in trees(company).items() if "Bo Dal" not in path}
    assert left == before
    assert len(before) == 3


def test_backups_that_were_not_asked_for_are_left_and_the_certificate_says_so(company: Little) -> None:
    before, case = trees(company), case_of(company)
    company.desk("request", case, "--no-backups", code=0)
    company.desk("show", case, code=[0, 3])
    company.desk("erase", case, "--yes", code=0)
    assert trees(company) == before
    assert not holds(company.root / "kunder", ANNA)
    assert company.desk("certificate", case, "--json", code=0).json["request"]["backups"]["asked"] is False


def test_a_batch_waits_and_all_cases_share_one_rewriting(desk: Desk) -> None:
    company = kept(desk, batch=True)
    first = case_of(company)
    second = str(company.desk("find", "--json", BO, code=[0, 3]).json["case"])
    for case in (first, second):
        company.desk("decide", case, "--backups", "drop", code=[0, 3])
        company.desk("show", case, code=[0, 3])  # the other case's run was a scan
        company.desk("erase", case, "--yes", code=3)
        assert ("spegel", "open") in states(company, case)
    assert not holds(company.root / "kunder", ANNA)
    assert holds(company.root / "spegel", ANNA)
    waits = company.desk("backups", "--json", code=3).json["backups"][0]
    assert (waits["snapshots"], waits["covers"], waits["batch"]) == (3, ["kunder"], True)
    assert {one["case"] for one in waits["waiting"]} == {first, second}
    assert company.desk("backups", "erase", code=4).text  # nobody can be asked here
    company.desk("backups", "erase", "--yes", code=0)
    assert trees(company) == {}
    for case in (first, second):
        assert {state for _, state in states(company, case)} == {"erased"}
        company.desk("certificate", case, "--json", code=0)
    company.desk("backups", code=0)
    assert "Nothing waits" in company.desk("backups", "erase", "--yes", code=0).out


@pytest.mark.prove  # as tests/scanner/backups/test_erasing.py does with the executor itself
def test_a_second_erase_of_the_case_takes_what_waits(desk: Desk) -> None:
    company = kept(desk, batch=True)
    case = case_of(company)
    company.desk("decide", case, "--backups", "drop", code=[0, 3])
    company.desk("erase", case, "--yes", code=3)
    company.desk("show", case, code=3)
    company.desk("erase", case, "--yes", code=0)
    assert not holds(company.root / "spegel", "Anna")


def test_what_changed_since_it_was_approved_waits_for_a_new_approval(desk: Desk) -> None:
    company = kept(desk, batch=True)
    case = case_of(company)
    company.desk("erase", case, "--yes", code=3)
    told = company.desk("show", "--json", case).json
    number = next(one["id"] for one in told["findings"] if "offert" in one["path"])
    company.desk("decide", case, str(number), "keep", "--reason", "tvist", code=[0, 3])
    company.desk("backups", "erase", "--yes", code=[3, 4])
    left = holds(company.root / "spegel", ANNA)
    assert [path for path in left if "lista" not in path] == ["2026-01-01/kunder/Anna Ek/offert.txt"]


def test_a_backup_that_is_not_there_is_5_and_the_source_is_erased_all_the_same(company: Little) -> None:
    case = case_of(company)
    company.desk("decide", case, "--backups", "drop", code=[0, 3])
    (company.root / "spegel").rename(company.root / "utdragen")
    run = company.desk("erase", case, "--yes", code=5)
    assert f"gallra verify {case}" in run.text
    assert not holds(company.root / "kunder", ANNA)
    assert ("spegel", "erased") not in states(company, case)
    assert ("spegel", "absent") not in states(company, case)
    company.desk("certificate", case, "--json", code=4)
    (company.root / "utdragen").rename(company.root / "spegel")
    company.desk("verify", case, code=3)
    company.desk("show", case)
    company.desk("erase", case, "--yes", code=0)
    assert not holds(company.root / "spegel", "Anna")


def test_what_retention_took_is_absent_without_us(company: Little) -> None:
    case = case_of(company)
    company.desk("decide", case, "--backups", "drop", code=[0, 3])
    shutil.rmtree(company.root / "spegel" / "2026-01-01")
    company.desk("scan", code=0)
    company.desk("show", case)
    company.desk("erase", case, "--yes", code=0)
    assert ("spegel", "open") not in states(company, case)
    assert not holds(company.root / "spegel", "Anna")


def test_another_generation_that_comes_after_the_plan_is_planned_anew(company: Little) -> None:
    case = case_of(company)
    company.desk("decide", case, "--backups", "drop", code=[0, 3])
    generation(company, "2026-03-15")
    company.desk("erase", case, "--yes", code=[0, 3])
    if holds(company.root / "spegel", ANNA):
        company.desk("show", case)
        company.desk("erase", case, "--yes", code=0)
    assert not holds(company.root / "spegel", ANNA)


def test_killed_at_random_moments_nothing_is_said_gone_and_one_more_run_finishes(desk: Desk) -> None:
    assert killed(desk, 3) >= 3


@pytest.mark.prove
def test_killed_fifty_times(desk: Desk) -> None:
    assert killed(desk, 50, seed=2) >= 50


def killed(desk: Desk, wanted: int, seed: int = 1) -> int:
    rng, kills, round_ = random.Random(seed), 0, 0
    while kills < wanted:
        round_ += 1
        for folder in ("kunder", "spegel", "post", ".gallra"):
            shutil.rmtree(desk.root / folder, ignore_errors=True)
        for key in desk.root.glob("*.key"):
            key.unlink()
        company = kept(desk)
        before, case = trees(company), case_of(company)
        company.desk("decide", case, "--backups", "drop", code=[0, 3])
        for _ in range(wanted - kills + 2):
            if not _killed(company, case, rng):
                break
            kills += 1
            for path, digest in trees(company).items():
                assert before.get(path) == digest, "what is left is as it was"
            _nothing_said(company, case)
        company.desk("show", case, code=[0, 3])
        last = company.desk("erase", case, "--yes", code=[0, 3])
        assert not holds(company.root / "spegel", "Anna"), last.text + company.desk("show", case).text
        assert {state for _, state in states(company, case)} == {"erased"}
        company.desk("audit", "verify", code=0)
    return kills


def _killed(company: Little, case: str, rng: random.Random) -> bool:
    """Kill one run in the midst of the mirror's erasing, or around it; False where it ended by itself."""
    hers = len([path for path in trees(company) if "Anna" in path or "lista" in path])
    enough = hers - rng.randrange(0, hers + 1)
    process = company.desk.start("erase", case, "--yes", start_new_session=True)
    until = time.monotonic() + 20
    while process.poll() is None and time.monotonic() < until:
        if len([path for path in trees(company) if "Anna" in path or "lista" in path]) < max(enough, 1):
            break
        time.sleep(0.001)
    time.sleep(rng.random() * rng.choice((0.001, 0.01, 0.1)))
    alive = process.poll() is None
    if alive:
        os.killpg(process.pid, signal.SIGKILL)
    ended = company.desk.ended(process)
    assert ended.code in (0, 3, 4, -signal.SIGKILL), ended.text
    if ended.code == 4:
        company.desk("show", case)
    return alive


def _nothing_said(company: Little, case: str) -> None:
    """Whatever verification says is gone is gone."""
    company.desk("verify", case, code=[0, 3])
    told = company.desk("show", "--json", case).json
    there = holds(company.root / "spegel", ANNA)
    for one in told["findings"]:
        path = one["path"].partition(";")[0].removeprefix("kunder/")
        copies = [one["state"]] if one["source"] == "spegel" else [copy["state"] for copy in one["backups"]]
        if one["kind"] != "folder" and {"erased", "absent"} & set(copies) and one["source"] == "kunder":
            assert not [name for name in there if name.endswith(path) and "2026-01" not in name], path


@pytest.mark.parametrize("closed", [pytest.param(False, marks=pytest.mark.prove), True])
def test_8_an_old_generation_that_is_restored_is_found_planned_and_erased_again(
    company: Little, tmp_path: Path, closed: bool
) -> None:
    aside = tmp_path / "utanför"
    shutil.copytree(company.root / "spegel" / "2026-01-01" / "kunder", aside)
    case = case_of(company)
    company.desk("decide", case, "--backups", "drop", code=[0, 3])
    company.desk("erase", case, "--yes", code=0)
    if closed:
        company.desk("close", case, "--no-certificate", code=0)
    restored(company, aside)
    assert company.desk("scan", code=3)
    run = company.desk("after-restore", "--json", code=3).json
    paths = {one["path"] for one in run["returns"]}
    assert paths >= {"Anna Ek/avtal.txt", "Anna Ek/offert.txt", "lista.csv"}
    (again,) = run["cases"]
    company.desk("erase", again["case"], "--yes", code=[0, 3])
    assert not holds(company.root / "kunder", ANNA)
    assert (company.root / "kunder/Bo Dal/avtal.txt").read_text() == FILES["Bo Dal/avtal.txt"]
    assert company.desk("after-restore", "--json", code=0).json["returns"] == []
