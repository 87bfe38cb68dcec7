"""What an officer reads on a terminal of 100 columns: all of it, in groups, and nothing wider than it must be."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime

import pytest

from connectors.base import GapReason, LeftOut, Locator, Version
from scanner.candidates import NOT_LOOKED_THROUGH
from scanner.cli.gap_help import help_against
from scanner.cli.output import width
from scanner.cli.render import render_case, render_end
from scanner.cli.render_gaps import gap_lines
from scanner.evidence_words import seen
from scanner.model import (
    Action,
    Case,
    CaseGap,
    Evidence,
    Finding,
    Ownership,
    Plan,
    Searched,
    State,
    Step,
    SubjectId,
    Tier,
    Verdict,
)
from scanner.plan import FOLDER
from scanner.records import IdType, Role

OTHERS = "it also holds others' data; only whole items are removed yet"
LONG = ("attachment 1: Vidarebefordrat meddelande.eml", "attachment 1: mått och priser.xlsx", "sheet Mått", "row 17")


@pytest.fixture(autouse=True)
def hundred_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "100")


def finding(number: int, path: str, *steps: str, **changes: object) -> Finding:
    values: dict[str, object] = {
        "id": number,
        "locator": Locator("kunder", path, steps),
        "kind": "file",
        "tier": Tier.CERTAIN,
        "evidence": (Evidence(IdType.EMAIL, Role.BODY), Evidence(IdType.CUSTOMER_NUMBER, Role.BODY)),
        "ownership": Ownership.OWN,
        "action": Action.REMOVE,
        "version": Version("1"),
    }
    return Finding(**(values | changes))  # type: ignore[arg-type]


def waiting(number: int, path: str, *steps: str, **changes: object) -> Finding:
    shared = {"ownership": Ownership.SHARED, "action": Action.DECIDE, "others": 12, "reason": OTHERS}
    return finding(number, path, *steps, **(shared | changes))


def case_of(*findings: Finding, gaps: tuple[CaseGap, ...] = ()) -> Case:
    subject = [
        SubjectId(IdType.EMAIL, "anna@x.example", given=True),
        SubjectId(IdType.CUSTOMER_NUMBER, "KND-1", given=False, because="stands with the given email in 2 places"),
        SubjectId(IdType.PHONE, "+46701740605", given=False, because="a card", shared=True),
    ]
    return Case("2026-0001", datetime(2026, 3, 1, tzinfo=UTC), subject, list(findings), list(gaps))


def plan_of(*findings: Finding) -> Plan:
    return Plan(tuple(Step(one.locator.item, one.version, "", (one.id,)) for one in findings), "ab" * 16)


def test_no_line_is_wider_than_the_terminal_and_no_place_is_cut() -> None:
    findings = [
        finding(1, "Anna Exempelsson/" + "x" * 40 + ".docx"),
        waiting(2, "post/" + "y" * 40 + ".eml", *LONG),
        waiting(3, "a.csv", "row 3", reason="en mycket lång anledning " * 12),
    ]
    text = render_case(case_of(*findings), plan_of(findings[0]))
    assert [line for line in text.split("\n") if width(line) > 100] == []
    joined = re.sub(r"\s+", "", text)
    for one in findings:
        for part in (one.locator.path, *one.locator.steps):
            assert re.sub(r"\s+", "", part) in joined
    assert "enmycketlånganledning" * 12 in joined


def test_a_reason_is_said_once_for_all_that_share_it() -> None:
    findings = [waiting(number, f"lista{number}.csv", f"row {number}") for number in range(1, 8)]
    findings.append(waiting(8, "bild.jpg", ownership=Ownership.OWN, others=0, reason="part of it could not be read"))
    text = render_case(case_of(*findings), plan_of())
    assert text.count(OTHERS) == 1
    assert f"- {OTHERS} (7)" in text
    assert "- part of it could not be read (1)" in text
    assert re.search(
        r"^ +5 +certain +shared +12 +kunder: lista5.csv > row 5 +e-mail and customer number in the text$", text, re.M
    )
    assert re.search(r"^ +8 +certain +own +kunder: bild.jpg ", text, re.M)


def test_the_surest_group_comes_first() -> None:
    findings = [
        waiting(1, "a", tier=Tier.PROBABLE, reason="first reason"),
        waiting(2, "b", tier=Tier.CERTAIN, reason="second reason"),
    ]
    text = render_case(case_of(*findings), plan_of())
    assert text.index("second reason") < text.index("first reason")


def test_what_will_be_removed_is_told_by_whose_it_is() -> None:
    own, mail = finding(1, "a.txt"), finding(2, "b", ownership=Ownership.CORRESPONDENCE)
    decided = finding(3, "c.csv", ownership=Ownership.SHARED, others=4, verdict=Verdict.ERASE, reason="asked twice")
    text = render_case(case_of(own, mail, decided), plan_of(own, mail, decided))
    assert "- own: the person's folder, contract, card (1)" in text
    assert "- correspondence: between the company and the person (1)" in text
    assert "- shared with other persons, by decision (1)" in text
    assert "4 identifiers of other persons go with it; decided: asked twice" in " ".join(text.split())


@pytest.mark.parametrize("action", [Action.REMOVE, Action.AMEND])
def test_whom_a_server_writes_to_is_told_until_it_is_done(action: Action) -> None:
    let_go = {"verdict": Verdict.ERASE, "notifies": 4, "offer": action, "action": Action.DECIDE}
    told, other = finding(1, "möte.ics", "event 1", **let_go), finding(2, "annat.ics")
    text = " ".join(render_case(case_of(told, other), plan_of(told, other)).split())
    assert text.count("decided: it would notify 4 people") == 1
    assert "notify" not in render_case(case_of(other), plan_of(other))


def test_how_the_person_is_known() -> None:
    text = render_case(case_of(), plan_of())
    assert re.search(r"anna@x\.example +email +given\n", text)
    assert re.search(r"KND-1 +customer number +added: stands with the given email in 2 places\n", text)
    assert re.search(r"\+46701740605 +phone +added: a card, shared by several\n", text)


def test_evidence_is_told_by_place_and_not_twice() -> None:
    evidence = [Evidence(type_, role) for type_ in (IdType.EMAIL, IdType.NAME) for role in (Role.OWNER, Role.BODY)]
    evidence.append(Evidence(IdType.PHONE, Role.BODY))
    assert seen(evidence) == "e-mail and name in the person's own card or row; phone in the text"
    assert seen([Evidence(IdType.NAME, Role.PATH)]) == "name in a folder's name"
    both = [Evidence(IdType.NAME, Role.TO), Evidence(IdType.NAME, Role.FROM)]
    assert seen(both) == "name in the From header; name in the To header"
    unsure = [Evidence(IdType.NAME, Role.BODY, "initial"), Evidence(IdType.EMAIL, Role.BODY)]
    assert seen(unsure) == "e-mail and name (initial) in the text"


def test_what_a_decision_comes_to_is_said_once_or_of_each() -> None:
    row = {"offer": Action.REMOVE_RECORD}
    alike = render_case(case_of(*(waiting(number, f"l{number}.csv", "row 1", **row) for number in (1, 2))), plan_of())
    assert alike.count("decided erase, it leaves its item and the rest stays") == 1
    mixed = render_case(case_of(waiting(1, "a.csv", "row 1", **row), waiting(2, "b.txt", offer=Action.NONE)), plan_of())
    text = " ".join(mixed.split())
    assert "a.csv > row 1 e-mail and customer number in the text; decided erase, it leaves its item" in text
    assert "b.txt e-mail and customer number in the text; gallra cannot take it out" in text
    kept = waiting(3, "c.csv", verdict=Verdict.KEEP, state=State.KEPT)
    assert "decided erase" not in render_case(case_of(kept), plan_of())


def test_the_next_steps_are_commands_that_fit_the_case() -> None:
    one, other = finding(1, "a.txt"), waiting(2, "b.csv")
    gap = CaseGap(Locator("kunder", "x.zip"), GapReason.ENCRYPTED)
    text = render_case(case_of(one, other, gaps=(gap,)), plan_of(one))
    end = text[text.index("Plan ") :]
    assert re.findall(r"^  gallra (.*?)  ", end, re.M) == [
        "erase 2026-0001",
        "decide 2026-0001 NO... erase|keep",
        "show 2026-0001 --gaps",
    ]
    assert "Next" not in render_case(case_of(), plan_of())


def gaps(count: int, source: str = "kunder", detail: str = "jpeg") -> list[CaseGap]:
    return [
        CaseGap(Locator(source, f"bild{number:03}.jpg"), GapReason.UNKNOWN_FORMAT, detail) for number in range(count)
    ]


def test_gaps_are_counted_by_source_and_reason_with_examples_of_this_case_first() -> None:
    many = [*gaps(70), *gaps(2, detail=""), CaseGap(Locator("post", "a", ("page 1",)), GapReason.NEEDS_OCR)]
    text = render_case(case_of(finding(1, "bild050.jpg"), gaps=tuple(many)), plan_of())
    assert "Could not be searched (73)" in text
    assert re.search(r"^kunder: 72 parts  unknown format \(70 jpeg, 2 other\)$", text, re.M)
    assert re.search(r"^  as bild050\.jpg, bild000\.jpg, bild000\.jpg and 69 more$", text, re.M)
    assert re.search(r"^post: a > page 1 +needs OCR$", text, re.M)


def test_all_gaps_can_be_listed() -> None:
    lines = gap_lines(gaps(70), show_all=True)
    assert [f"kunder: bild{number:03}.jpg  unknown format (jpeg)" for number in range(70)] == lines[1:71]
    case = case_of(gaps=tuple(gaps(70)))
    assert "kunder: bild069.jpg" in render_case(case, plan_of(), all_gaps=True)
    assert "kunder: bild069.jpg" not in render_case(case, plan_of())


def one_gap(reason: GapReason, detail: str = "", path: str = "a") -> CaseGap:
    return CaseGap(Locator("kunder", path), reason, detail)


@pytest.mark.parametrize(
    ("reason", "detail", "help_"),
    [
        (GapReason.NEEDS_OCR, "", "switch on [ocr] in gallra.toml (docs/configuration.md)"),
        (GapReason.NEEDS_OCR, "more pages than one scan may read", "scan again"),
        (GapReason.NEEDS_OCR, "the item has more pictures than [ocr] pages = 5", "raise the key of [ocr]"),
        (GapReason.ENCRYPTED, "Office", "name what opens it in [read] passwords"),
        (GapReason.TOO_LARGE, "900 bytes, limit 800", "raise [limits] blob"),
        (GapReason.TOO_LARGE, "more than 5 records", "raise [limits] members"),
        (GapReason.TOO_LARGE, "unpacks to more than 200 times its size", "raise [limits] ratio"),
        (GapReason.TOO_LARGE, "the item unpacks to more than 9 bytes", "raise [limits] expanded"),
        (GapReason.TIMED_OUT, "", "raise [limits] seconds"),
        (GapReason.UNKNOWN_FORMAT, "7z: needs pip install gallra[archives]", "install what is named"),
    ],
)
def test_what_would_help_is_told_by_reason(reason: GapReason, detail: str, help_: str) -> None:
    shown = gap_lines([one_gap(reason, detail)])
    title = shown.index("What would help")
    assert re.fullmatch(rf"  {reason.value}  {re.escape(help_)}.*", shown[title + 1])
    assert len(shown) == title + 2


def test_there_is_help_for_every_reason_and_it_fits_the_terminal() -> None:
    shown = gap_lines([one_gap(reason) for reason in GapReason])
    told = shown[shown.index("What would help") + 1 :]
    assert len(told) == len(GapReason)
    assert all(width(line) <= 100 and len(line.split("  ")) > 2 for line in told)


def test_many_gaps_are_counted_by_ending_and_folder() -> None:
    many = [one_gap(GapReason.NEEDS_OCR, path=f"bilder/2019/{n}.JPG") for n in range(300)]
    many += [one_gap(GapReason.NEEDS_OCR, path=f"skannat/{n}.png") for n in range(200)]
    many.append(CaseGap(Locator("kunder", "post/1", ("attachment 1: foto.tif",)), GapReason.NEEDS_OCR))
    many.append(one_gap(GapReason.NEEDS_OCR, path="utan"))
    text = " ".join(" ".join(gap_lines(many)).split())
    assert "by ending: 300 .jpg, 200 .png, 1 .tif, 1 in 1 more" in text
    assert "by folder: 300 bilder/2019, 200 skannat, 1 post, 1 in 1 more" in text
    assert "by ending" not in " ".join(gap_lines(many[:9]))


def test_details_that_are_sentences_are_counted_behind() -> None:
    needs = "pst: needs pip install gallra[pst]"
    mixed = [*gaps(70), one_gap(GapReason.UNKNOWN_FORMAT, needs), one_gap(GapReason.UNKNOWN_FORMAT, needs)]
    assert f"unknown format (70 jpeg, {needs}: 2)" in gap_lines(mixed)[1]


def test_without_a_case_the_head_says_only_when_it_was_searched() -> None:
    case = case_of()
    case.number = ""
    text = render_case(case, plan_of())
    assert text.startswith(f"No case was opened; searched {case.created:%Y-%m-%d}\n")
    assert "draft" not in text


def test_nothing_found_is_said_with_what_was_searched() -> None:
    case = case_of()
    case.searched = [Searched("kunder", 5, 9, datetime(2026, 3, 1, tzinfo=UTC))]
    text = render_case(case, plan_of())
    assert "Nothing was found.\n" in text
    assert re.search(r"^kunder +5 +9 +2026-03-01", text, re.M)
    case.gaps = gaps(1)
    assert "Nothing was found, but not all could be searched.\n" in render_case(case, plan_of())
    assert "Nothing was found" not in render_case(case_of(finding(1, "a.txt")), plan_of())


def test_a_limit_of_the_search_stands_under_a_heading_of_its_own() -> None:
    case, when = case_of(), datetime(2026, 3, 1, tzinfo=UTC)
    left = (LeftOut("*.iso", 3), LeftOut("table ordrar (not configured)", countable=False), NOT_LOOKED_THROUGH)
    case.searched = [Searched("a", 5, 9, when, left), Searched("b", 5, 9, when, (NOT_LOOKED_THROUGH,))]
    settings, _, rest = render_case(case, plan_of()).partition("Left out by configuration\n")[2].partition("\n\n")
    assert " ".join(settings.split()) == "a: *.iso (3 items when last scanned), table ordrar (not configured)"
    limits = " ".join(rest.partition("\n\n")[0].split())
    assert limits == f"Not looked through {NOT_LOOKED_THROUGH.setting}", "once"


def test_an_identifier_that_is_not_enough_says_so() -> None:
    case = case_of()
    case.subject = [SubjectId(IdType.NAME, "Karin Ek", given=False, because="x", unsure=True)]
    assert "added: x, unsure: it finds, and is not enough by itself" in render_case(case, plan_of())


def test_columns_that_are_not_there_are_for_the_configuration_to_mend() -> None:
    where = Locator("kunder", "reg.csv")
    told = help_against(CaseGap(where, GapReason.UNREADABLE, '[[register]] "x": no column E2'))
    assert "[[register]]" in told
    assert "--propose" in told
    assert "put a whole copy" in help_against(CaseGap(where, GapReason.UNREADABLE, "broken"))


def test_a_folder_that_bears_the_name_is_named_at_the_end() -> None:
    folder = waiting(1, "Ek, Karin", reason="the folder bears the subject's name")
    folder.kind = FOLDER
    text = render_end(case_of(folder, finding(2, "a.txt", state=State.ERASED)))
    assert re.search(r"kunder: Ek, Karin", text)


def test_findings_and_items_are_both_counted() -> None:
    one, row = finding(1, "a.csv", state=State.ERASED), finding(2, "a.csv", "row 2", state=State.ERASED)
    assert render_end(case_of(one, row)).startswith("erased: 2 findings in 1 item")


def test_after_a_run_what_went_wrong_is_listed_and_what_waits_is_counted() -> None:
    findings = [
        finding(1, "a.txt", state=State.ERASED),
        finding(2, "b.txt", state=State.FAILED, reason="the source says erased, and still has it"),
        finding(3, "c.txt", state=State.OPEN, reason="it is there again"),
        *(waiting(number, f"l{number}.csv") for number in range(4, 14)),
        *(waiting(number, f"p{number}.csv", tier=Tier.POSSIBLE) for number in range(14, 19)),
        finding(19, "k.txt", state=State.RECOVERABLE, until=date(2026, 9, 1)),
    ]
    text = render_end(case_of(*findings))
    assert text.split("\n\n")[0].split("\n") == [
        "erased: 1 finding in 1 item",
        "recoverable: 1 finding in 1 item",
        "open: 16 findings in 16 items",
        "failed: 1 finding in 1 item",
    ]
    assert "- failed: the source says erased, and still has it (1)" in text
    assert "kunder: b.txt" in text
    assert "- it is there again (1)" in text
    assert "kunder: c.txt" in text
    assert "Wait for a decision (15): gallra show 2026-0001 lists them" in text
    assert f"  10  {OTHERS}\n" in text
    assert f"   5  {OTHERS} (only possible)" in text
    assert "l4.csv" not in text


@pytest.mark.parametrize("bad", ["\x1b[2J", "\u202e", "\nErase this", "\udcff", "\u200b"])
def test_nothing_hidden_reaches_the_terminal(bad: str) -> None:
    findings = [
        waiting(1, f"a{bad}", f"row{bad}", reason=f"because{bad}"),
        finding(2, f"b{bad}", reason=f"x{bad}", verdict=Verdict.ERASE),
        finding(3, f"c{bad}", state=State.KEPT, reason=f"y{bad}"),
        finding(4, f"d{bad}", state=State.FAILED, reason=f"z{bad}"),
    ]
    told = tuple(CaseGap(Locator("kunder", f"g{number}{bad}"), GapReason.ENCRYPTED, f"d{bad}") for number in range(4))
    case = case_of(*findings, gaps=told)
    case.subject[1] = SubjectId(IdType.NAME, f"n{bad}", given=False, because=f"w{bad}")
    for text in (
        render_case(case, plan_of(findings[1])),
        render_case(case, plan_of(), all_gaps=True),
        render_end(case),
    ):
        assert all(line.isprintable() for line in text.split("\n"))
        assert "\nErase this" not in text
