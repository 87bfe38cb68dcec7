"""Which finding of a fresh search is which of the case, when rows move, twins part and neighbours take numbers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from connectors.base import Locator, Version
from scanner.matching import match
from scanner.model import Action, Case, Finding, Ownership, Searched, State, Tier, Verdict
from scanner.outcomes import AGAIN
from scanner.verify import merge

RUN = datetime(2026, 3, 1, 12, tzinfo=UTC)
WALKED = [Searched("kunder", 5, 5, RUN + timedelta(seconds=1))]
STALE = [Searched("kunder", 5, 5, RUN - timedelta(seconds=1))]


def row(number: int, place: int, mark: str, occurrence: int = 1, path: str = "lista.csv", **more: Any) -> Finding:
    """Finding `number` at row `place`, that says what `mark` stands for."""
    values: dict[str, Any] = {"kind": "row", "tier": Tier.CERTAIN, "evidence": (), "ownership": Ownership.SHARED}
    values |= {"action": Action.REMOVE_RECORD, "version": Version("1"), "content": "aa", "print": mark}
    return Finding(
        id=number, locator=Locator("kunder", path, (f"row {place}",)), occurrence=occurrence, **values | more
    )


def gone(number: int, place: int, mark: str, occurrence: int = 1, **more: Any) -> Finding:
    return row(number, place, mark, occurrence, state=State.ERASED, taken=True, **more)


def pairs(known: list[Finding], *fresh: Finding) -> tuple[dict[int, str], list[str]]:
    """By id of the known one where it is now; and where the new ones are."""
    found = match(known, fresh)
    places = {number: one.locator.steps[0] for number, one in found.mates.items()}
    return places, [one.locator.steps[0] for one in found.new]


def case_of(*findings: Finding) -> Case:
    return Case("2026-0001", RUN, [], list(findings), status="run", run_at=RUN)


def test_row_numbers_shift() -> None:
    known = [gone(1, 3, "a"), row(2, 12, "b"), row(3, 13, "c")]
    assert pairs(known, row(1, 11, "b"), row(2, 12, "c")) == ({2: "row 11", 3: "row 12"}, [])


def test_rows_change_places() -> None:
    assert pairs([row(1, 3, "a"), row(2, 4, "b")], row(1, 4, "a"), row(2, 3, "b")) == ({1: "row 4", 2: "row 3"}, [])


def test_of_two_twins_the_one_that_stays_is_the_one_that_is_found() -> None:
    for left in (1, 2):
        known = [(gone if left != number else row)(number, number + 2, "a", number) for number in (1, 2)]
        assert pairs(known, row(1, 3, "a")) == ({left: "row 3"}, []), left


def test_of_two_twins_that_are_both_there_each_is_itself() -> None:
    assert pairs([row(1, 3, "a"), row(2, 9, "a", 2)], row(1, 8, "a", 2), row(2, 3, "a")) == (
        {1: "row 3", 2: "row 8"},
        [],
    )


def test_a_twin_more_than_there_was_is_new() -> None:
    known = [row(1, 3, "a"), row(2, 4, "b")]
    assert pairs(known, row(1, 3, "a"), row(2, 4, "b"), row(3, 5, "a", 2)) == ({1: "row 3", 2: "row 4"}, ["row 5"])


def test_another_record_of_the_persons_with_the_number_of_a_taken_one_is_new() -> None:
    assert pairs([gone(1, 3, "a")], row(1, 3, "b")) == ({}, ["row 3"])


def test_a_record_that_was_edited_in_its_place_is_the_same_finding() -> None:
    assert pairs([row(1, 3, "a")], row(1, 3, "b")) == ({1: "row 3"}, [])


def test_the_same_record_in_another_item_is_another() -> None:
    assert pairs([row(1, 3, "a")], row(1, 3, "a", path="annan.csv")) == ({}, ["row 3"])


def test_without_prints_the_place_decides() -> None:
    assert pairs([row(1, 3, ""), row(2, 4, "")], row(1, 4, ""), row(2, 5, "")) == ({2: "row 4"}, ["row 5"])


def test_no_finding_is_two() -> None:
    """The moved one takes its own, though its old number is another's now."""
    places, new = pairs([row(1, 3, "a"), row(2, 4, "b")], row(1, 3, "b"), row(2, 4, "c"))
    assert (places, new) == ({2: "row 3"}, ["row 4"])


def test_a_record_that_is_there_again_is_open_again() -> None:
    case = case_of(gone(1, 3, "a"))
    merge(case, [row(1, 7, "a", version=Version("2"), content="bb")], [], WALKED)
    (one,) = case.findings
    assert (one.state, one.reason, one.taken, one.locator.steps) == (State.OPEN, AGAIN, False, ("row 7",))


def test_a_record_that_stays_away_stays_erased_whatever_its_neighbours_do() -> None:
    kept = row(2, 4, "b", state=State.KEPT, verdict=Verdict.KEEP)
    case = case_of(gone(1, 3, "a"), kept)
    merge(case, [row(1, 3, "b", version=Version("2"), content="bb")], [], WALKED)
    assert [(one.state, one.taken) for one in case.findings] == [(State.ERASED, True), (State.KEPT, False)]
    assert case.findings[1].locator.steps == ("row 3",)


def test_a_kept_twin_does_not_bring_the_erased_one_back() -> None:
    case = case_of(gone(1, 3, "a"), row(2, 4, "a", 2, state=State.KEPT, verdict=Verdict.KEEP))
    merge(case, [row(1, 3, "a", version=Version("2"), content="bb")], [], WALKED)
    assert [one.state for one in case.findings] == [State.ERASED, State.KEPT]


def test_an_index_that_has_not_looked_since_the_run_brings_nothing_back() -> None:
    """It still knows the rows as they were."""
    case = case_of(gone(1, 3, "a", version=Version("2"), content="bb"))
    merge(case, [row(1, 3, "a")], [], STALE)
    before = case.findings[0].state
    merge(case, [row(1, 3, "a", version=Version("3"), content="cc")], [], WALKED)
    assert (before, case.findings[0].state) == (State.ERASED, State.OPEN)


def test_a_new_record_of_the_persons_gets_an_id_of_its_own_and_leaves_the_taken_one_erased() -> None:
    case = case_of(gone(1, 3, "a"))
    merge(case, [row(1, 3, "b", version=Version("2"), content="bb")], [], WALKED)
    assert [(one.id, one.state, one.print) for one in case.findings] == [(1, State.ERASED, "a"), (2, State.OPEN, "b")]


def test_an_amended_record_that_still_names_the_person_is_open_again() -> None:
    """What it says is another thing by now, so its place alone speaks for it."""
    amended = row(1, 3, "a", kind="event", state=State.ERASED, taken=True, action=Action.AMEND)
    case = case_of(amended)
    merge(case, [row(1, 3, "c", kind="event", version=Version("2"), content="bb")], [], WALKED)
    assert [one.state for one in case.findings if one.state is not State.ERASED] == [State.OPEN]


def test_a_decision_on_a_record_moves_with_it_and_ends_when_it_says_another_thing() -> None:
    decided = row(1, 3, "a", action=Action.DECIDE, verdict=Verdict.ERASE)
    case = case_of(decided)
    merge(case, [row(1, 9, "a", version=Version("2"), content="bb", action=Action.DECIDE)], [], WALKED)
    assert case.findings[0].verdict is Verdict.ERASE
    merge(case, [row(1, 9, "b", version=Version("3"), content="cc", action=Action.DECIDE)], [], WALKED)
    assert case.findings[0].verdict is None


def test_many_rows_are_matched_each_to_itself() -> None:
    known = [row(number, number, f"{number % 50}", number // 50 + 1) for number in range(1, 2001)]
    fresh = [row(0, one.id + 7, one.print, one.occurrence) for one in reversed(known)]
    found = match(known, fresh)
    assert not found.new
    assert all(mate.locator.steps == (f"row {number + 7}",) for number, mate in found.mates.items())
