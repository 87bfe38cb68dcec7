from __future__ import annotations

from typing import Any

import pytest

from connectors.base import Locator
from scanner.model import Step, Verdict


def test_a_decision_changes_the_plan_and_what_is_printed_counts_as_shown(desk: Any) -> None:
    desk.run("show", "1")
    before = desk.case().shown_plan
    result = desk.run("decide", "1", "4", "erase", "--reason", "it is she")
    case = desk.case()
    assert desk.code(result) == 0
    assert case.finding(4).verdict is Verdict.ERASE
    assert case.finding(4).reason == "it is she"
    assert case.shown_plan != before
    assert f"Plan {case.shown_plan}: 3 findings in 3 items to remove" in result.stdout


def test_kept_is_settled_with_its_reason_and_the_reason_is_in_no_log(desk: Any) -> None:
    result = desk.run("decide", "1", "1-2", "3", "keep", "--reason", "Brottmål 17")
    assert desk.states() == {1: "kept", 2: "kept", 3: "kept", 4: "open"}
    assert "kept: Brottmål 17" in result.stdout
    assert "nothing to remove" in result.stdout
    event = desk.events()[-1]
    assert (event["event"], event["counts"], event["details"]) == ("decided", {"decisions": 3}, {"verdict": "keep"})
    for file in desk.work.folder.iterdir():
        assert b"Brottm" not in file.read_bytes()


def test_erasing_a_shared_item_tells_how_many_others_go_with_it(desk: Any) -> None:
    result = desk.run("decide", "1", "3", "erase")
    assert "no 3: erasing it erases 2 identifiers of other persons with it" in result.stderr
    with desk.work as work:
        case = work.cases.load("1")
        case.finding(3).others = 1
        work.cases.save(case)
    alone = desk.run("decide", "1", "3", "erase")
    assert "no 3: erasing it erases 1 identifier of other persons with it" in alone.stderr
    assert "1 identifier of other persons goes with it" in alone.stdout
    assert "2 identifiers of other persons go with it" in result.stdout


def test_where_one_is_refused_none_is_decided(desk: Any) -> None:
    with desk.work as work:
        case = work.cases.load("1")
        case.finding(3).locator = Locator("kunder", "x/list.csv", ("row 1",))
        work.cases.save(case)
    result = desk.run("decide", "1", "3-4", "erase")
    assert desk.code(result) == 4
    assert "no 3: it cannot be taken out of its item safely" in result.stderr
    assert desk.case().finding(4).verdict is None


@pytest.mark.parametrize("numbers", [("9",), ("1-9",), ("0",), ("3-1",), ("x",), ("-1",), ("1,2",)])
def test_numbers_that_are_none_are_usage_errors_and_change_nothing(desk: Any, numbers: tuple[str, ...]) -> None:
    result = desk.run("decide", "1", *numbers, "keep")
    assert type(result.exception).__name__ in {"BadParameter", "NoSuchOption"}
    assert set(desk.states().values()) == {"open"}


def test_nothing_is_decided_while_a_run_is_cut_off(desk: Any) -> None:
    with desk.work as work:
        one = desk.case().finding(1)
        work.journal.intend(desk.case().number, Step(one.locator, one.version, one.content, (1,)))
    result = desk.run("decide", "1", "1", "keep")
    assert desk.code(result) == 4
    assert "gallra erase" in result.stderr
