from __future__ import annotations

import json
import os
import stat
from pathlib import Path
from typing import Any

import pytest

from connectors.base import GapReason, Locator, Outcome, Receipt, Version
from connectors.errors import ConfigError
from connectors.memory import Memory
from scanner.cli import erase
from scanner.model import CaseGap, Step

OWN = {"x/a.txt", "x/b.txt"}


class Liar(Memory):
    def remove(self, locator: Locator, expected: Version) -> Receipt:
        return Receipt(locator, Outcome.ERASED)


def settle_rest(desk: Any) -> None:
    """Decide all that waits, so that the case can be complete."""
    assert desk.code(desk.run("decide", "1", "3-4", "keep")) == 0


def test_the_plan_that_was_shown_is_carried_out_and_verified(desk: Any) -> None:
    settle_rest(desk)
    approved = desk.case().shown_plan
    before = desk.items()
    result = desk.run("erase", "1", "--yes")
    assert desk.code(result) == 0
    assert desk.items() == before - OWN
    assert desk.states() == {1: "erased", 2: "erased", 3: "kept", 4: "kept"}
    case = desk.case()
    assert (case.status, case.approved_plan) == ("verified", approved)
    assert desk.work.walked == ["kunder", "post"]
    assert {one.path for one in desk.work.forgotten} == OWN
    assert "erased: 2 findings in 2 items" in result.stdout
    events = [(one["event"], one["details"]) for one in desk.events()]
    plan = {"plan": approved}
    assert events[1:] == [
        ("approved", plan),
        ("erase-begun", plan),
        ("erase-ended", plan),
        ("verified", {"status": "complete"}),
    ]


@pytest.mark.parametrize("command", [("erase", "1", "--yes"), ("verify", "1")])
def test_nothing_is_erased_or_looked_for_where_the_look_afterwards_could_not_be_made(
    desk: Any, command: tuple[str, ...]
) -> None:
    """A passwords file that is gone, say: it must not be told only when everything is erased."""
    desk.run("show", "1")
    desk.work.unreadable = "[read] passwords: file:pw.txt: cannot be read"
    result = desk.run(*command)
    assert isinstance(result.exception, ConfigError)
    assert desk.items() >= OWN
    assert desk.work.walked == []
    assert desk.states() == dict.fromkeys(range(1, 5), "open")


def test_a_look_that_fails_all_the_same_tells_what_was_erased_and_what_is_next(
    desk: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> None:
        raise ConfigError(["gone"])

    desk.run("show", "1")
    monkeypatch.setattr(type(desk.work), "search_again", fails)
    result = desk.run("erase", "1", "--yes")
    assert isinstance(result.exception, ConfigError)
    assert not desk.items() & OWN
    assert "Erased: 2 findings in 2 items. The case is not verified" in result.stderr
    assert f"gallra verify {desk.case().number}" in result.stderr
    assert (desk.case().status, desk.states()[1]) == ("run", "erased")


def test_what_still_waits_makes_it_incomplete(desk: Any) -> None:
    desk.run("show", "1")
    result = desk.run("erase", "1", "--yes", "--json")
    assert desk.code(result) == 3
    value = json.loads(result.stdout)
    assert value["states"] == {"open": 2, "erased": 2}
    assert [(one["id"], one["state"]) for one in value["findings"]] == [
        (1, "erased"),
        (2, "erased"),
        (3, "open"),
        (4, "open"),
    ]
    assert value["plan"] == desk.case().approved_plan
    assert list(value) == ["case", "plan", "states", "findings", "gaps", "searched"]


def test_yes_without_a_plan_that_was_shown_is_refused(desk: Any) -> None:
    result = desk.run("erase", "1", "--yes")
    assert desk.code(result) == 4
    assert desk.items() >= OWN
    assert desk.events()[-1]["details"] == {"refused": "plan stale"}


def test_yes_refuses_a_plan_that_has_changed_since(desk: Any) -> None:
    desk.run("show", "1")
    with desk.work as work:
        case = work.cases.load("1")
        case.finding(1).version = Version("other")
        work.cases.save(case)
    result = desk.run("erase", "1", "--yes")
    assert desk.code(result) == 4
    assert "gallra show" in result.stderr
    assert desk.items() >= OWN


def test_without_a_terminal_and_without_yes_nothing_is_erased(desk: Any) -> None:
    desk.run("show", "1")
    result = desk.run("erase", "1", input="y\n")
    assert desk.code(result) == 4
    assert desk.items() >= OWN
    assert desk.case().approved_at is None


@pytest.mark.parametrize(("answer", "code", "gone"), [("y\n", 3, True), ("n\n", 4, False), ("\n", 4, False)])
def test_on_a_terminal_the_plan_is_shown_and_asked_for(
    desk: Any, monkeypatch: pytest.MonkeyPatch, answer: str, code: int, gone: bool
) -> None:
    monkeypatch.setattr(erase, "_terminal", lambda: True)
    result = desk.run("erase", "1", input=answer)
    assert "Will be removed, as whole items (2)" in result.stderr
    assert "Erase 2 findings in 2 items for good?" in result.stderr
    assert desk.code(result) == code
    assert (desk.items() & OWN == set()) is gone


def test_the_plan_may_be_named_by_its_first_digits(desk: Any) -> None:
    desk.run("show", "1")
    plan = desk.case().shown_plan
    for wrong in (plan[:7], "0" * 32, plan + "0", ""):
        assert desk.code(desk.run("erase", "1", "--yes", "--plan", wrong)) == 4
    assert desk.items() >= OWN
    assert desk.code(desk.run("erase", "1", "--yes", "--plan", plan[:8].upper())) == 3
    assert not desk.items() & OWN


def test_an_empty_plan_says_so(desk: Any) -> None:
    desk.run("decide", "1", "1-4", "keep")
    result = desk.run("erase", "1", "--yes")
    assert desk.code(result) == 0
    assert "nothing to erase" in result.stdout


def test_a_source_that_lies_leaves_the_finding_unresolved(desk: Any) -> None:
    settle_rest(desk)
    desk.work.kinds["kunder"] = Liar
    assert desk.code(desk.run("erase", "1", "--yes")) == 3
    assert desk.states()[1] == "failed"


def test_a_source_that_is_lost_gives_5_and_the_case_is_not_verified(desk: Any) -> None:
    settle_rest(desk)
    desk.work.stores["kunder"].reachable = False
    desk.work.lost = {"kunder"}
    result = desk.run("erase", "1", "--yes")
    assert desk.code(result) == 5
    assert desk.case().status == "run"
    assert "kunder: could not be looked at again" in result.stderr
    assert desk.code(desk.run("certificate", "1", "--json")) == 4


@pytest.mark.parametrize("way", ["lost", "raising"])
def test_a_walk_that_fails_leaves_the_case_unverified_until_verify_gets_through(desk: Any, way: str) -> None:
    settle_rest(desk)
    setattr(desk.work, way, {"post"})
    assert desk.code(desk.run("erase", "1", "--yes")) == 5
    assert desk.case().status == "run"
    setattr(desk.work, way, set())
    assert desk.code(desk.run("verify", "1")) == 0
    assert desk.case().status == "verified"


def test_what_comes_back_is_found_by_verify_and_planned_anew(desk: Any) -> None:
    settle_rest(desk)
    desk.run("erase", "1", "--yes")
    desk.work.stores["kunder"].items["x/a.txt"] = b"SUBJECT"
    desk.work.stores["kunder"].items["x/moved.txt"] = b"SUBJECT two"
    result = desk.run("verify", "1", "--json")
    assert desk.code(result) == 3
    assert desk.states() == {1: "open", 2: "erased", 3: "kept", 4: "kept", 5: "open"}
    assert desk.code(desk.run("erase", "1", "--yes")) == 4  # the new plan was not shown yet
    desk.run("show", "1")
    assert desk.code(desk.run("erase", "1", "--yes")) == 0
    assert desk.items() == {"x/list.csv", "x/bystander.txt", "x/1"}


def test_an_open_gap_makes_it_incomplete(desk: Any) -> None:
    settle_rest(desk)
    desk.work.gaps = [CaseGap(Locator("kunder", "x/z.zip"), GapReason.ENCRYPTED)]
    result = desk.run("erase", "1", "--yes")
    assert desk.code(result) == 3
    assert "x/z.zip" in result.stdout


def test_a_run_that_was_cut_off_is_ended_by_the_same_command(desk: Any) -> None:
    settle_rest(desk)
    one = desk.case().finding(1)
    with desk.work as work:
        work.journal.intend(desk.case().number, Step(one.locator, one.version, one.content, (1,)))
    del desk.work.stores["kunder"].items["x/a.txt"]
    assert "cut off" in desk.run("show", "1").stderr
    assert desk.code(desk.run("erase", "1", "--yes")) == 0
    assert desk.states() == {1: "erased", 2: "erased", 3: "kept", 4: "kept"}
    assert "erase-resumed" in [event["event"] for event in desk.events()]


def test_a_run_that_died_while_it_looked_again_is_looked_at_by_the_same_command(desk: Any) -> None:
    settle_rest(desk)
    assert desk.code(desk.run("erase", "1", "--yes")) == 0
    with desk.work as work:  # as it is where the states were saved, and nothing after
        case = work.cases.load("1")
        case.status, case.verified_at = "run", None
        work.cases.save(case)
    desk.work.walked.clear()
    assert desk.code(desk.run("erase", "1", "--yes")) == 0
    assert (desk.case().status, desk.work.walked) == ("verified", ["kunder", "post"])
    desk.work.walked.clear()
    assert desk.code(desk.run("erase", "1", "--yes")) == 0
    assert desk.work.walked == []  # once is enough


def test_a_case_that_another_process_holds_is_refused(desk: Any) -> None:
    desk.run("show", "1")
    with desk.work as work, work.cases.lock("1"):
        child = os.fork()
        if child == 0:
            os._exit(desk.code(desk.run("erase", "1", "--yes")))
        _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == 4
    assert desk.items() >= OWN


def verified(desk: Any) -> None:
    settle_rest(desk)
    assert desk.code(desk.run("erase", "1", "--yes")) == 0


def test_a_certificate_is_written_whole_private_and_never_over_another(desk: Any, tmp_path: Path) -> None:
    verified(desk)
    target = tmp_path / "out" / "intyg.html"
    target.parent.mkdir()
    assert desk.code(desk.run("certificate", "1", "-o", str(target))) == 0
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    assert "Intyg om radering" in target.read_text("utf-8")
    target.write_text("mine")
    result = desk.run("certificate", "1", "-o", str(target))
    assert desk.code(result) == 4
    assert target.read_text() == "mine"
    assert desk.code(desk.run("certificate", "1", "-o", str(target), "--force")) == 0
    assert "Intyg om radering" in target.read_text("utf-8")
    assert [path.name for path in target.parent.iterdir()] == ["intyg.html"]


def test_the_json_certificate_carries_the_head_of_the_audit_chain(desk: Any, tmp_path: Path) -> None:
    verified(desk)
    head = desk.events()[-1]["hash"]
    target = tmp_path / "intyg.json"
    printed = json.loads(desk.run("certificate", "1", "-o", str(target), "--json").stdout)
    assert json.loads(target.read_text()) == printed
    assert (printed["audit"], printed["outcome"], printed["controller"]) == (head, "complete", "Bolaget AB")
    assert desk.events()[-1]["event"] == "certified"


@pytest.mark.parametrize("name", ["intyg.txt", "intyg"])
def test_another_format_is_a_usage_error(desk: Any, tmp_path: Path, name: str) -> None:
    verified(desk)
    assert type(desk.run("certificate", "1", "-o", str(tmp_path / name)).exception).__name__ == "BadParameter"
    assert not (tmp_path / name).exists()


def test_a_source_with_another_name_now_is_told_with_the_name_to_give_it_back(desk: Any) -> None:
    settle_rest(desk)
    assert desk.code(desk.run("erase", "1", "--yes")) == 0
    store = desk.work.stores.pop("post")
    desk.work.stores["brev"] = store
    desk.work.lost = {"post"}
    result = desk.run("verify", "1")
    assert desk.code(result) == 5
    assert 'name it "post" again in gallra.toml' in result.stderr
    assert f"gallra verify {desk.case().number}" in result.stderr
