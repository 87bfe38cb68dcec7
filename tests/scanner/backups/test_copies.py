"""A copy goes or stays with its finding; records in backups wait for the one decision of the case."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from connectors.base import Locator, Strength, Version
from scanner.answer_groups import Group, groups
from scanner.answer_json import findings_json
from scanner.backups.copies import ALONE, BESIDE, IN_LEDGER, RECORD, copies, follow, link, records, whole_only
from scanner.backups.origins import Origins, Root
from scanner.backups.pending import WAITS
from scanner.case_json import dump_case, load_case
from scanner.cli.render import render_case, render_end
from scanner.model import (
    SURGERY,
    Action,
    Case,
    Evidence,
    Finding,
    InBackups,
    Ownership,
    Plan,
    State,
    Tier,
    Verdict,
)
from scanner.plan import can_decide, make_plan
from scanner.records import IdType, Role
from scanner.verify import merge, outcome, unresolved

NOW = datetime(2026, 3, 1, tzinfo=UTC)
V, W = ";version=abcdefghijklmnopabcd", ";version=bbbbbbbbbbbbbbbbbbbb"
ORIGINS = Origins({"nas": ("kunder",)}, {"nas": (Root("kunder", ("srv",)),)})


def finding(
    number: int, source: str, path: str, *steps: str, action: Action = Action.REMOVE, content: str = "c1"
) -> Finding:
    one = Finding(
        number,
        Locator(source, path, steps),
        "file",
        Tier.CERTAIN,
        (Evidence(IdType.EMAIL, Role.BODY),),
        Ownership.OWN,
        action,
        Version("v", Strength.STRONG),
        content,
    )
    if source == "nas":
        one.snapshots, one.oldest, one.newest = 3, NOW, NOW
    return one


def case(*findings: Finding) -> Case:
    return Case("2026-0001", NOW, [], list(findings))


def pair(action: Action = Action.REMOVE, *steps: str) -> tuple[Case, Finding, Finding]:
    """A live finding and its copy, linked and followed."""
    live, copy = finding(1, "kunder", "a.csv", *steps, action=action), finding(2, "nas", f"srv/a.csv{V}", *steps)
    found = case(live, copy)
    link(found.findings, ORIGINS)
    follow(found)
    return found, live, copy


def plan(found: Case) -> Plan:
    return make_plan(found.findings, lambda data: data.hex())


def test_a_copy_has_the_content_the_place_and_the_steps() -> None:
    live = [finding(1, "kunder", "a.csv", "row 1"), finding(2, "kunder", "b.csv", "row 1")]
    same = finding(3, "nas", f"srv/a.csv{V}", "row 1")
    older = finding(4, "nas", f"srv/a.csv{W}", "row 1", content="c0")
    elsewhere = finding(5, "nas", f"srv/annat/a.csv{V}", "row 1")
    other = finding(6, "nas", f"srv/a.csv{V}", "row 2")
    unknown = finding(7, "nas", f"a.csv{V}", "row 1")
    link([*live, same, older, elsewhere, other, unknown], ORIGINS)
    assert [one.copy_of for one in (same, older, elsewhere, other, unknown)] == [1, 0, 0, 0, 0]


def test_a_message_is_known_by_its_content_alone() -> None:
    live, copy = finding(1, "kunder", "Inbox;UID=7"), finding(2, "nas", f"srv/cur/7.eml{V}")
    live.kind = "message"
    link([live, copy], ORIGINS)
    assert copy.copy_of == 1
    twin, second = finding(3, "kunder", "Arkiv;UID=9"), finding(4, "nas", f"srv/cur/7.eml{V}")
    twin.kind = "message"
    link([live, twin, second], ORIGINS)
    assert second.copy_of == 0  # which of the two it is, nobody can tell


def test_what_goes_whole_goes_from_the_backup_too() -> None:
    found, _, copy = pair()
    assert (copy.action, copy.part) == (Action.REMOVE, False)
    assert [step.locator.source for step in plan(found).steps] == ["kunder", "nas"]


def test_what_is_held_or_kept_stays_in_the_backup_too() -> None:
    found, live, copy = pair()
    live.state, live.until, live.statute, live.hold, live.action = State.HELD, date(2099, 1, 1), "law", "r", Action.HOLD
    follow(found)
    assert (copy.state, copy.until, copy.statute, copy.hold) == (State.HELD, date(2099, 1, 1), "law", "r")
    found, live, copy = pair()
    live.state, live.verdict, live.reason = State.KEPT, Verdict.KEEP, "a reason"
    follow(found)
    assert (copy.state, copy.verdict, copy.reason) == (State.KEPT, Verdict.KEEP, "a reason")
    live.state, live.verdict, live.reason = State.OPEN, Verdict.ERASE, None
    follow(found)
    assert (copy.state, copy.effective, copy.reason) == (State.OPEN, Action.REMOVE, None)


def test_what_a_rule_holds_in_the_backup_itself_stays_held() -> None:
    found, live, copy = pair()
    copy.state, copy.hold, copy.until, copy.action = State.HELD, "own", date(2099, 1, 1), Action.HOLD
    follow(found)
    assert (copy.state, copy.hold, live.state) == (State.HELD, "own", State.OPEN)


def test_a_file_in_which_another_case_holds_something_is_not_dropped_for_a_record() -> None:
    found, _, copy = pair(Action.REMOVE_RECORD, "row 1")
    older = finding(3, "nas", f"srv/a.csv{W}", "row 1", action=Action.DECIDE, content="c0")
    older.part = True
    found.findings.append(older)
    found.in_backups = InBackups.DROP
    follow(found, None, {copy.locator.item})
    assert (copy.state, copy.reason) == (State.KEPT, BESIDE)
    assert (older.state, older.effective) == (State.OPEN, Action.REMOVE)
    older.verdict = Verdict.ERASE
    follow(found, None, {copy.locator.item, older.locator.item})
    assert [older.state, older.verdict, older.reason] == [State.KEPT, None, BESIDE]
    assert [step.locator.source for step in plan(found).steps] == ["kunder"]
    unsure = finding(4, "nas", f"srv/b.csv{V}", "row 2", action=Action.DECIDE)
    unsure.verdict = Verdict.ERASE
    found.findings.append(unsure)
    follow(found, None, {copy.locator.item, older.locator.item, unsure.locator.item})
    assert unsure.effective is Action.DECIDE
    found.findings.remove(unsure)
    follow(found)  # nothing is held there any more
    assert (copy.effective, older.effective) == (Action.REMOVE, Action.REMOVE)


def test_a_possible_one_waits_with_its_original() -> None:
    found, live, copy = pair(Action.DECIDE)
    live.tier, live.reason = Tier.POSSIBLE, "it may be somebody else of the same name"
    follow(found)
    assert (copy.effective, copy.tier, copy.reason) == (Action.DECIDE, Tier.POSSIBLE, live.reason)
    found.in_backups = InBackups.DROP
    follow(found)
    assert copy.effective == "decide"  # that decision is not about it
    assert plan(found).steps == ()
    assert "follows no 1" in (can_decide(found, copy, Verdict.ERASE) or "")
    assert "follows no 1" in (can_decide(found, copy, Verdict.KEEP) or "")
    live.verdict = Verdict.ERASE
    follow(found)
    assert copy.effective is Action.REMOVE


@pytest.mark.parametrize("action", sorted(SURGERY))
def test_a_record_waits_for_the_one_decision(action: Action) -> None:
    found, _, copy = pair(action, "row 1")
    copy.others = 4
    assert (copy.action, copy.part, copy.reason) == (Action.DECIDE, True, RECORD)
    before = plan(found)
    assert [(step.locator.source, len(step.cuts)) for step in before.steps] == [("kunder", 1)]
    found.in_backups = InBackups.DROP
    follow(found)
    dropped = plan(found)
    assert [(step.locator.path, step.cuts) for step in dropped.steps if step.locator.source == "nas"] == [
        (f"srv/a.csv{V}", ())
    ]
    found.in_backups, found.in_backups_why = InBackups.LEDGER, "soon gone"
    follow(found, {"nas": 90})
    assert (copy.state, copy.until, copy.reason) == (State.KEPT, date(2026, 5, 30), f"{IN_LEDGER}: soon gone")
    kept = plan(found)
    assert len({before.hash, dropped.hash, kept.hash}) == 3
    follow(found)  # who does not know the days leaves the date
    assert copy.until == date(2026, 5, 30)
    found.in_backups = None
    follow(found)
    again = found.findings[1]
    assert (again.state, again.until, again.reason) == (State.OPEN, None, RECORD)


def test_a_file_that_holds_something_held_is_not_dropped() -> None:
    one, other = finding(1, "nas", f"srv/a.csv{V}", "row 1"), finding(2, "nas", f"srv/a.csv{V}", "row 2")
    one.part, one.action = True, Action.DECIDE
    other.state, other.hold, other.action = State.HELD, "r", Action.HOLD
    found = case(one, other)
    found.in_backups = InBackups.DROP
    follow(found)
    assert (one.state, one.reason) == (State.KEPT, BESIDE)
    assert plan(found).steps == ()


def test_a_file_with_something_undecided_waits() -> None:
    one, other = finding(1, "nas", f"srv/a.csv{V}", "row 1"), finding(2, "nas", f"srv/a.csv{V}", "row 2")
    one.part, one.action = True, Action.DECIDE
    other.action, other.tier = Action.DECIDE, Tier.POSSIBLE
    found = case(one, other)
    found.in_backups = InBackups.DROP
    follow(found)
    assert plan(found).steps == ()
    assert len(unresolved(found)) == 2


def test_no_surgery_is_proposed_in_a_backup() -> None:
    one, other = finding(1, "nas", f"srv/a.csv{V}", "row 1"), finding(2, "nas", f"srv/b.csv{V}", "row 1")
    one.action = one.offer = Action.REMOVE_RECORD
    other.action, other.offer, other.reason = Action.DECIDE, Action.AMEND, "why"
    whole_only([one, other], lambda _: 7)
    assert (one.action, one.offer, one.part, one.others) == (Action.DECIDE, Action.REMOVE, True, 7)
    assert (other.action, other.offer, other.part, other.reason) == (Action.DECIDE, Action.REMOVE, False, "why")
    found = case(one, other)
    assert can_decide(found, other, Verdict.ERASE) is None  # the whole file, with a warning
    other.verdict = Verdict.ERASE
    assert [step.cuts for step in plan(found).steps] == [()]


def test_after_the_original_was_erased_the_copy_still_goes() -> None:
    found, live, copy = pair()
    live.state = State.ERASED
    follow(found)
    assert copy.effective is Action.REMOVE
    assert outcome(found) == "incomplete"
    copy.state = State.ERASED
    assert outcome(found) == "complete"


def test_after_a_record_was_taken_out_its_copy_is_a_record_in_a_backup() -> None:
    found, live, copy = pair(Action.REMOVE_RECORD, "row 1")
    live.state, live.taken, live.content = State.ERASED, True, "c2"
    follow(found)
    assert (copy.part, copy.action) == (True, Action.DECIDE)


def test_an_original_that_left_undecided_decides_nothing() -> None:
    found, live, copy = pair(Action.DECIDE)
    live.state = State.ABSENT
    follow(found)
    assert (copy.copy_of, copy.effective, copy.reason) == (0, Action.DECIDE, ALONE)


def test_what_was_tried_keeps_its_state_and_its_reason() -> None:
    found, _, copy = pair()
    copy.state, copy.reason = State.FAILED, "could not be reached: locked"
    follow(found)
    assert (copy.state, copy.reason, copy.effective) == (State.FAILED, "could not be reached: locked", Action.REMOVE)


def test_a_copy_that_waits_for_the_batch_goes_on_saying_so() -> None:
    found, live, copy = pair()
    live.state, copy.reason = State.ERASED, WAITS
    follow(found)
    assert (copy.state, copy.reason, copy.effective) == (State.OPEN, WAITS, Action.REMOVE)
    assert "gallra backups erase" in render_end(found)


def test_copies_stay_copies_through_a_search() -> None:
    found, live, copy = pair()
    live.id, copy.id, copy.copy_of = 7, 9, 7  # numbers of a case mean nothing in a fresh search
    fresh = [finding(1, "kunder", "a.csv"), finding(2, "nas", f"srv/a.csv{V}"), finding(3, "nas", f"srv/b.csv{V}")]
    link(fresh, ORIGINS)
    merge(found, fresh)
    assert [(one.id, one.copy_of) for one in found.findings] == [(7, 0), (9, 7), (10, 0)]
    live.state = State.ERASED
    merge(found, [finding(1, "nas", f"srv/a.csv{V}"), finding(2, "nas", f"srv/b.csv{V}")])
    assert copy.copy_of == 7


def test_an_answer_folds_copies_and_tells_what_differs() -> None:
    found, live, copy = pair()
    told = findings_json(found, plan(found))
    assert [one["id"] for one in told] == [1]
    assert told[0]["backups"][0]["snapshots"] == 3
    assert [len(group) for group in groups(found, plan(found)).values()] == [1, 0, 0, 0, 0, 0, 0, 0]
    live.state, copy.state, copy.reason = State.ERASED, State.FAILED, "locked"
    told = findings_json(found, plan(found))
    assert (told[0]["state"], told[0]["backups"][0]["state"]) == ("erased", "failed")
    assert [one.id for one in groups(found, plan(found))[Group.REMOVE]] == [2]
    live.state, copy.state, copy.reason = State.OPEN, State.ERASED, None  # the original came back
    assert {one.id for group in groups(found, plan(found)).values() for one in group} == {1}
    assert "was in the backup: nas, 3 snapshots, 2026-03-01; erased" in render_case(found, plan(found))


def test_records_are_counted_by_backup_and_by_decision() -> None:
    found, _, copy = pair(Action.REMOVE_RECORD, "row 1")
    copy.others = 4
    (one,) = records(found)
    assert (one.backup, one.files, one.snapshots, one.others, one.state) == ("nas", 1, 3, 4, "open")
    assert groups(found, plan(found))[Group.BACKUPS] == [copy]
    found.in_backups = InBackups.DROP
    follow(found)
    assert [one.state for one in records(found)] == ["drop"]
    found.in_backups = InBackups.LEDGER
    follow(found)
    assert [one.state for one in records(found)] == ["ledger"]
    assert copies(found) == {1: [copy]}


def test_a_case_keeps_the_decision() -> None:
    found, _, copy = pair(Action.AMEND, "row 1")
    found.in_backups, found.in_backups_why = InBackups.LEDGER, "soon gone"
    follow(found, {"nas": 90})
    again = load_case(dump_case(found))
    assert (again.in_backups, again.in_backups_why) == (InBackups.LEDGER, "soon gone")
    assert again.findings == found.findings
    assert again.findings[1].part is copy.part is True
