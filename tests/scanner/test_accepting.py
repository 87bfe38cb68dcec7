from __future__ import annotations

import random
from datetime import UTC, datetime

import pytest

from connectors.base import GapReason, Locator
from scanner.accepting import Range, accept, accepted_gaps, is_whole_source, numbered, open_gaps, pick, withdraw
from scanner.case_json import dump_case, load_case
from scanner.model import Case, CaseGap
from scanner.refusal import Refusal

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
OCR, ZIP = GapReason.NEEDS_OCR, GapReason.ENCRYPTED


def gap(path: str, reason: GapReason, source: str = "kunder", *steps: str, detail: str = "") -> CaseGap:
    return CaseGap(Locator(source, path, steps), reason, detail)


def world() -> Case:
    case = Case("2026-0001", NOW, [])
    case.gaps = [
        gap("b.zip", ZIP),
        gap("a.tif", OCR),
        gap("", GapReason.NEVER_SCANNED, "arkiv"),
        gap("a.tif", OCR, "post"),
        gap("c.zip", OCR, "kunder", "member x.png"),
        gap("c.zip", ZIP, "kunder", "member y.zip"),
    ]
    return case


def places(case: Case, gaps: list[CaseGap]) -> list[int]:
    known = {(one.locator, one.reason): number for number, one in numbered(case).items()}
    return [known[one.locator, one.reason] for one in gaps]


def test_numbers_follow_source_path_steps_and_reason_whatever_the_order() -> None:
    case = world()
    told = [
        (one.locator.source, one.locator.path, *one.locator.steps, one.reason.value) for one in numbered(case).values()
    ]
    assert told == [
        ("arkiv", "", "never scanned"),
        ("kunder", "a.tif", "needs OCR"),
        ("kunder", "b.zip", "encrypted"),
        ("kunder", "c.zip", "member x.png", "needs OCR"),
        ("kunder", "c.zip", "member y.zip", "encrypted"),
        ("post", "a.tif", "needs OCR"),
    ]
    before = numbered(case)
    random.Random(4).shuffle(case.gaps)
    case.gaps.append(gap("a.tif", OCR, detail="page 7"))  # the same place and reason told twice is one
    assert {number: (one.locator, one.reason) for number, one in numbered(case).items()} == {
        number: (one.locator, one.reason) for number, one in before.items()
    }


def test_an_acceptance_speaks_for_its_place_and_reason_only() -> None:
    case = world()
    assert accept(case, [numbered(case)[2]], " DPO ", " gamla bilder ", NOW) == 1
    assert places(case, open_gaps(case)) == [3, 1, 6, 4, 5]
    assert [(one.by, one.why) for _, one in accepted_gaps(case)] == [("DPO", "gamla bilder")]
    case.gaps[1] = gap("a.tif", ZIP)
    assert len(open_gaps(case)) == 6
    case.gaps[1] = gap("a.tif", OCR, detail="another detail")
    assert len(open_gaps(case)) == 5
    case.gaps[1] = gap("a.tif", OCR, "kunder", "page 1")
    assert len(open_gaps(case)) == 6


def test_accepting_again_replaces_and_withdrawing_opens() -> None:
    case = world()
    first = numbered(case)[2]
    accept(case, [first], "DPO", "en", NOW)
    assert accept(case, [first, numbered(case)[3]], "AB", "två", NOW) == 1
    assert [(one.by, one.why) for one in case.accepted] == [("AB", "två"), ("AB", "två")]
    assert withdraw(case, [first]) == 1
    assert withdraw(case, [first]) == 0
    assert sorted(places(case, open_gaps(case))) == [1, 2, 4, 5, 6]
    assert len(case.accepted) == 1


def test_acceptances_live_in_the_case_file() -> None:
    case = world()
    accept(case, numbered(case).values(), "DPO", "skäl", NOW)
    again = load_case(dump_case(case))
    assert again.accepted == case.accepted
    assert open_gaps(again) == []


@pytest.mark.parametrize(
    ("by", "why"),
    [("", "x"), (" ", "x"), ("7", "x"), ("811218-9876", "x"), ("DPO", ""), ("DPO", "  "), ("DPO", "x" * 501)],
)
def test_a_person_and_a_reason_are_needed(by: str, why: str) -> None:
    case = world()
    with pytest.raises(Refusal):
        accept(case, [case.gaps[0]], by, why, NOW)
    assert case.accepted == []


def test_gaps_are_picked_by_number_reason_and_source() -> None:
    case = world()
    assert places(case, pick(case, [Range(4, 5), Range(2, 2)], [], None)) == [2, 4, 5]
    assert places(case, pick(case, [], [OCR], None)) == [2, 4, 6]
    assert places(case, pick(case, [], [OCR, ZIP], "kunder")) == [2, 3, 4, 5]
    assert places(case, pick(case, [], [], "post")) == [6]
    assert places(case, pick(case, [Range(1, 1)], [ZIP], "kunder")) == [1, 3, 5]


def test_a_source_that_nobody_saw_is_never_taken_along() -> None:
    case = world()
    for ranges, source in (([Range(1, 6)], None), ([], "arkiv")):
        with pytest.raises(Refusal, match=r'no 1 is a whole source.*--reason-is "never scanned"'):
            pick(case, ranges, [], source)
    assert places(case, pick(case, [Range(1, 1)], [], None)) == [1]
    assert places(case, pick(case, [], [GapReason.NEVER_SCANNED], None)) == [1]
    assert [is_whole_source(one) for one in numbered(case).values()] == [True, False, False, False, False, False]
    assert is_whole_source(gap("", GapReason.UNREACHABLE))
    assert not is_whole_source(gap("mapp", GapReason.UNREACHABLE))
    assert not is_whole_source(gap("", ZIP))


@pytest.mark.parametrize("one", [Range(0, 1), Range(6, 7), Range(9, 9)])
def test_a_number_without_a_gap_is_refused(one: Range) -> None:
    with pytest.raises(Refusal, match="gallra accept 2026-0001 lists them"):
        pick(world(), [one], [], None)


def test_picking_nothing_is_refused() -> None:
    with pytest.raises(Refusal, match="no such gap"):
        pick(world(), [], [GapReason.STALE], None)
    with pytest.raises(Refusal, match="no such gap"):
        pick(world(), [], [], "nowhere")
