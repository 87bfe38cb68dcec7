from __future__ import annotations

import json
from typing import Any

import pytest

from connectors.base import GapReason, Locator
from scanner.cli import main
from scanner.model import CaseGap


@pytest.fixture(autouse=True)
def gaps(desk: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Gap 1 is a whole source, 2 to 31 need OCR, 32 is encrypted."""
    monkeypatch.setitem(main.COMMANDS, "accept", ("scanner.cli.accept:command", "Accept gaps."))
    with desk.work as work:
        case = work.cases.load("1")
        case.gaps = [CaseGap(Locator("kunder", f"bild/{number:02}.tif"), GapReason.NEEDS_OCR) for number in range(30)]
        case.gaps += [CaseGap(Locator("kunder", "x.zip", ("member a.zip",)), GapReason.ENCRYPTED)]
        case.gaps += [CaseGap(Locator("arkiv", ""), GapReason.UNREACHABLE)]
        work.cases.save(case)


def accepted(desk: Any) -> list[tuple[str, str]]:
    return sorted((one.locator.path, one.by) for one in desk.case().accepted)


def test_without_any_the_gaps_are_listed_with_their_numbers(desk: Any) -> None:
    result = desk.run("accept", "1")
    lines = result.stdout.splitlines()
    assert [line.split()[0] for line in lines[1:33]] == [str(number) for number in range(1, 33)]
    assert "arkiv: (all of it)" in lines[1]
    assert "kunder: x.zip > member a.zip  encrypted" in lines[32]
    assert lines[33] == "32 of 32 gaps are open."
    assert desk.case().accepted == []
    assert not (desk.work.folder / "audit.jsonl").exists()


def test_gaps_are_accepted_by_number_by_a_named_person_and_no_words_of_it_leave_the_case(desk: Any) -> None:
    result = desk.run("accept", "1", "2", "4-5", "--by", "DPO", "--reason", "tomma Brottmål")
    assert desk.code(result) == 0
    assert accepted(desk) == [("bild/00.tif", "DPO"), ("bild/02.tif", "DPO"), ("bild/03.tif", "DPO")]
    assert "2   kunder: bild/00.tif  needs OCR  accepted by DPO" in result.stdout
    assert "29 of 32 gaps are open." in result.stdout
    event = desk.events()[-1]
    assert (event["event"], event["counts"], event["details"]) == ("gap-accepted", {"accepted": 3, "gaps": 29}, {})
    for file in desk.work.folder.iterdir():
        assert b"Brottm" not in file.read_bytes()
        assert b"DPO" not in file.read_bytes()


def test_hundreds_are_accepted_by_their_reason(desk: Any) -> None:
    result = desk.run("accept", "1", "--reason-is", "needs OCR", "--source", "kunder", "--by", "AB", "--reason", "x")
    assert len(accepted(desk)) == 30
    assert "and 10 more" in result.stdout
    assert "2 of 32 gaps are open." in result.stdout
    answer = json.loads(desk.run("accept", "1", "--json").stdout)
    assert (answer["open"], len(answer["gaps"])) == (2, 32)
    assert answer["gaps"][0] == {
        "no": 1,
        "source": "arkiv",
        "path": "",
        "within": [],
        "reason": "unreachable",
        "accepted": None,
    }
    assert answer["gaps"][31]["within"] == ["member a.zip"]
    assert (answer["gaps"][1]["accepted"]["by"], answer["gaps"][1]["accepted"]["why"]) == ("AB", "x")


def test_a_source_that_nobody_saw_must_be_named_and_is_told(desk: Any) -> None:
    refused = desk.run("accept", "1", "1-32", "--by", "AB", "--reason", "x")
    assert desk.code(refused) == 4
    assert 'name it by its own number, or with --reason-is "unreachable"' in refused.stderr
    assert accepted(desk) == []
    result = desk.run("accept", "1", "1", "--by", "AB", "--reason", "x")
    assert desk.code(result) == 0
    assert "arkiv: nothing of this source was searched. The certificate names it apart." in result.stderr
    assert accepted(desk) == [("", "AB")]


def test_an_acceptance_is_withdrawn(desk: Any) -> None:
    desk.run("accept", "1", "2-9", "--by", "AB", "--reason", "x")
    result = desk.run("accept", "1", "2-8", "--withdraw")
    assert desk.code(result) == 0
    assert accepted(desk) == [("bild/07.tif", "AB")]
    assert "31 of 32 gaps are open." in result.stdout
    assert (desk.events()[-1]["event"], desk.events()[-1]["counts"]) == ("gap-withdrawn", {"accepted": 7, "gaps": 31})
    assert desk.code(desk.run("accept", "1", "2-8", "--withdraw")) == 4


@pytest.mark.parametrize(
    "arguments",
    [
        ("2", "--by", "", "--reason", "x"),
        ("2", "--by", "12", "--reason", "x"),
        ("2", "--by", "Anna Ek", "--reason", "x"),  # the subject is anna@x.example
        ("2", "--by", "AB", "--reason", " "),
        ("33", "--by", "AB", "--reason", "x"),
        ("--source", "nowhere", "--by", "AB", "--reason", "x"),
    ],
)
def test_what_is_refused_changes_nothing(desk: Any, arguments: tuple[str, ...]) -> None:
    assert desk.code(desk.run("accept", "1", *arguments)) == 4
    assert desk.case().accepted == []
    assert not (desk.work.folder / "audit.jsonl").exists()


@pytest.mark.parametrize(
    "arguments",
    [
        ("2",),
        ("2", "--by", "AB"),
        ("2", "--reason", "x"),
        ("--by", "AB", "--reason", "x"),
        ("--withdraw",),
        ("x", "--by", "AB", "--reason", "x"),
        ("4-2", "--by", "AB", "--reason", "x"),
        ("--reason-is", "gone", "--by", "AB", "--reason", "x"),
    ],
)
def test_half_an_answer_is_a_usage_error(desk: Any, arguments: tuple[str, ...]) -> None:
    assert type(desk.run("accept", "1", *arguments).exception).__name__ in {"UsageError", "BadParameter"}
    assert desk.case().accepted == []


def test_a_case_without_gaps_says_so(desk: Any) -> None:
    with desk.work as work:
        case = work.cases.load("1")
        case.gaps = []
        work.cases.save(case)
    assert "has no gaps" in desk.run("accept", "1").stdout
