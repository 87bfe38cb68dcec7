"""What a rule culls and what not, witnessed by the operating system: the whole way from a look to a closed case."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from scanner import casework
from scanner.case_json import dump_case, load_case
from scanner.closing import close
from scanner.cull.cases import Rule, look
from scanner.may_run import NotAllowed
from scanner.model import Action, Case, State, Verdict
from scanner.plan import decide
from scanner.policy_match import folders_of
from scanner.verify import outcome
from scanner.workspace import Workspace
from tests.scanner.cull.culled_world import LATELY, NEW, OLD, Company, in_years, mail, pdf, rule, shifted, the_rule

_LATER = (f"{LATELY}.M2", "1583143201.M3", f"{LATELY}.M4")  # received lately, one way or another
SHIPPED = "builtin:retention-se"
INVOICE = (
    "Faktura\nFakturanummer: 10234\nFakturadatum: 2025-02-03\nFörfallodatum: 2025-03-05\nBankgiro 5050-1055\n"
    "Moms 25 %: 250,00\nAtt betala: 1 250,00 kr\nOrg.nr 556677-8899\n"
)


@pytest.fixture(autouse=True)
def _in_this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """Workers cost more than these looks."""
    monkeypatch.setattr("scanner.workspace.workers", lambda: 0)


def now() -> datetime:
    return datetime.now(UTC)


def culled(work: Workspace, name: str) -> Rule:
    return look(work, the_rule(work, name), now())


def going(case: Case | None) -> set[str]:
    return {one.locator.path for one in case.findings if one.effective is Action.REMOVE} if case else set()


@contextmanager
def in_hand(work: Workspace, found: Rule) -> Iterator[Case]:
    assert found.case is not None
    with work.cases.lock(found.case.number):
        yield work.cases.load(found.case.number)


def carried_out(work: Workspace, found: Rule) -> Case:
    """As the commands and the agent do."""
    with in_hand(work, found) as case:
        plan = casework.plan_of(work, case)
        case.approved_plan, case.status = plan.hash, "approved"
        work.cases.save(case)
        casework.carry_out(work, case, plan)
        casework.look_and_search_again(work, case)
        return case


def test_the_shipped_rule_takes_old_applications_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    firm = Company(tmp_path, include=SHIPPED)
    old = {firm.mailbox("Ansökningar", "1583143200.M1.x:2,S", mail(OLD, OLD))}
    firm.mailbox("Ansökningar", f"{LATELY}.M2.x:2,S", mail(NEW, NEW))
    firm.mailbox("Ansökningar", "1583143201.M3.x:2,S", mail(OLD, NEW))  # the sender's clock, or a lie
    firm.mailbox("Ansökningar", f"{LATELY}.M4.x:2,S", mail(OLD))  # delivered lately, by its name
    firm.mailbox("Kunder", "1583143202.M5.x:2,S", mail(OLD, OLD))
    old.add("kunder/Ansökningar/Ida/ansökan.eml")
    firm.write("kunder/Ansökningar/Ida/ansökan.eml", mail(OLD, OLD))
    firm.write("kunder/Ansökningar/Ida/cv.pdf", pdf(OLD))  # made long ago, and here since today
    firm.write("kunder/Ansökningar/Ida/utan datum.txt", "Ansökan 2019")
    firm.write("kunder/Ansökningar/Ida/faktura.eml", mail(date(2020, 2, 3), subject="Faktura", text=INVOICE))
    firm.write("kunder/Kunder/Ida/cv.pdf", pdf(OLD))
    os.utime(firm.root / "kunder/Ansökningar/Ida/cv.pdf", (1583143200, 1583143200))
    before = firm.files()
    with firm.scanned() as work:
        mails, files = culled(work, "ansökningar-postmappar"), culled(work, "ansökningar")
        assert (mails.found.undated, files.found.undated) == (0, 1)
        assert files.found.held == 1
        assert files.case is not None
        assert [one.hold for one in files.case.findings if one.state is State.HELD] == ["bokföring-verifikationer"]
        for found in (mails, files):
            case = carried_out(work, found)
            assert outcome(case).startswith("complete")
            assert not (firm.root / ".gallra" / "ledger.sqlite").exists()  # nobody was erased
    after = firm.files()
    assert before.keys() - after.keys() == old
    assert {path: before[path] for path in after} == after

    shifted(monkeypatch, in_years(2))  # the pdf came here today: it is due when that is two years ago
    with firm.open() as work:
        due = going(culled(work, "ansökningar").case)
    assert due == {"Ansökningar/Ida/cv.pdf", *(f"Ansökningar/{one}.x" for one in _LATER)}


@pytest.mark.parametrize(("today", "due"), [("2024-03-01", False), ("2024-03-02", False), ("2024-03-03", True)])
def test_the_day_before_on_and_after(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, today: str, due: bool) -> None:
    """Kept for 24 months from 2022-03-02, through 2024-03-02; at the very last by the executor itself."""
    firm = Company(tmp_path, rule("a", "Ans/**"))
    path = firm.write("kunder/Ans/cv.pdf", pdf(date(2022, 3, 2)))
    with firm.scanned() as work:
        planned = culled(work, "a")  # on a day when it is due
        shifted(monkeypatch, date.fromisoformat(today))
        if not due:
            assert culled(work, "a").found.due == 0
            planned = Rule(planned.rule, planned.case, planned.found)
            with in_hand(work, planned) as case:  # the plan of the day after, though it is the day before
                assert planned.case is not None
                case.findings = planned.case.findings
                casework.carry_out(work, case, casework.plan_of(work, case))
        else:
            carried_out(work, planned)
    assert path.exists() is not due


def test_what_changed_after_the_plan_stays_whatever_its_dates(tmp_path: Path) -> None:
    firm = Company(tmp_path, rule("a", "Ans/**"))
    changed = firm.write("kunder/Ans/cv.pdf", pdf(OLD))
    swapped = firm.write("kunder/Ans/brev.pdf", pdf(OLD, "Brev"))
    outside = firm.write("viktigt.pdf", pdf(OLD, "Viktigt"))
    with firm.scanned() as work:
        found = culled(work, "a")
        assert going(found.case) == {"Ans/cv.pdf", "Ans/brev.pdf"}
        changed.write_bytes(pdf(OLD, "Ett annat CV"))
        swapped.unlink()
        swapped.symlink_to(outside)
        carried_out(work, found)
    assert changed.exists() and swapped.is_symlink() and outside.exists()


def test_a_folder_swapped_for_a_link_between_plan_and_run_leads_nowhere(tmp_path: Path) -> None:
    firm = Company(tmp_path, rule("a", "Ans/**"))
    firm.write("kunder/Ans/cv.pdf", pdf(OLD))
    away = firm.write("annat/cv.pdf", pdf(OLD))
    with firm.scanned() as work:
        found = culled(work, "a")
        (firm.root / "kunder/Ans/cv.pdf").unlink()
        (firm.root / "kunder/Ans").rmdir()
        (firm.root / "kunder/Ans").symlink_to(away.parent, target_is_directory=True)
        carried_out(work, found)
    assert away.exists()


@pytest.mark.parametrize(
    ("pattern", "own"),
    [
        ("Ans/*.pdf", {"Ans/a.pdf", "Ans/[a].pdf", "Ans/*.pdf", "Ans/%_.pdf", "Ans/-rf.pdf", "Ans/ny\nrad.pdf"}),
        ("Ans/[a].pdf", {"Ans/a.pdf"}),
        pytest.param("Ans/?.pdf", {"Ans/a.pdf", "Ans/*.pdf"}, marks=pytest.mark.prove),
        pytest.param("ANS/A.PDF", {"Ans/a.pdf"}, marks=pytest.mark.prove),
    ],
)
def test_hostile_names_are_matched_as_names(tmp_path: Path, pattern: str, own: set[str]) -> None:
    firm = Company(tmp_path, rule("a", pattern))
    names = ["a.pdf", "[a].pdf", "*.pdf", "%_.pdf", "-rf.pdf", "ny\nrad.pdf", "a.pdf.txt", "x/a.pdf", "a.pdfx"]
    for number, name in enumerate(names):
        firm.write(f"kunder/Ans/{name}", pdf(OLD, f"Brev {number}"))
    firm.write("kunder/Ans2/a.pdf", pdf(OLD, "Brev x"))
    firm.write("kunder/Ansökan;UID=3", mail(OLD, OLD))
    before = firm.files()
    with firm.scanned() as work:
        carried_out(work, culled(work, "a"))
    assert before.keys() - firm.files().keys() == {f"kunder/{path}" for path in own}


@pytest.mark.parametrize("rules", [rule("a", "Ans/**", months=1200), rule("a", "Andra/**"), rule("b", "Ans/**")])
def test_a_rule_that_was_changed_or_taken_away_culls_nothing_by_the_old_plan(tmp_path: Path, rules: str) -> None:
    firm = Company(tmp_path, rule("a", "Ans/**"))
    path = firm.write("kunder/Ans/cv.pdf", pdf(OLD))
    with firm.scanned() as work:
        found = culled(work, "a")
    firm.configure(rules)
    with firm.open() as work, in_hand(work, found) as case:
        old = casework.plan_of(work, case)
        assert old.steps and work.is_behind(case)
        with suppress(NotAllowed):  # where there is no such rule
            casework.carry_out(work, case, old)  # as if nobody had looked
        assert path.exists()
        fresh = work.cases.load(case.number)
        casework.catch_up(work, fresh)
        assert not casework.plan_of(work, fresh).steps


def test_the_oldest_go_first_and_no_more_than_the_rule_allows(tmp_path: Path) -> None:
    firm = Company(tmp_path, rule("a", "Ans/**", more="max_items = 2"))
    for year in (2016, 2014, 2018, 2015, 2017):
        firm.write(f"kunder/Ans/{year}.pdf", pdf(date(year, 5, 1), str(year)))
    with firm.scanned() as work:
        first = culled(work, "a")
        assert going(first.case) == {"Ans/2014.pdf", "Ans/2015.pdf"}
        assert first.found.more == 3
        case = carried_out(work, first)
        assert (outcome(case), case.status) == ("complete", "verified")
        again = culled(work, "a")
        assert again.case is not None and first.case is not None
        assert again.case.number != first.case.number
        carried_out(work, again)
        last = culled(work, "a")
        assert going(last.case) == {"Ans/2018.pdf"}
        with in_hand(work, last) as case:
            plan = casework.plan_of(work, case)
            grown = replace(plan, steps=plan.steps * 3)  # by mistake
            with pytest.raises(NotAllowed, match="at most 2"):
                casework.carry_out(work, case, grown)
    assert {one for one in firm.files() if "Ans/" in one} == {"kunder/Ans/2018.pdf"}


def test_one_open_case_a_rule_that_is_taken_up_and_says_what_is_due_today(tmp_path: Path) -> None:
    firm = Company(tmp_path, rule("a", "Ans/**"))
    gone = firm.write("kunder/Ans/1.pdf", pdf(OLD, "1"))
    firm.write("kunder/Ans/2.pdf", pdf(OLD, "2"))
    with firm.scanned() as work:
        first = culled(work, "a")
        assert first.new and first.case is not None
        gone.unlink()
        firm.write("kunder/Ans/2.pdf", pdf(NEW, "2"))
        firm.write("kunder/Ans/3.pdf", pdf(OLD, "3"))
        work.scan()
        again = culled(work, "a")
        assert again.case is not None and not again.new
        assert again.case.number == first.case.number
        assert going(again.case) == {"Ans/3.pdf"}
        assert [one.locator.path for one in again.case.findings] == ["Ans/3.pdf"]


def test_what_a_person_keeps_stays_in_this_case_and_in_the_next_ones(tmp_path: Path) -> None:
    firm = Company(tmp_path, rule("a", "Ans/**") + rule("b", "Ans/**"))
    kept = firm.write("kunder/Ans/1.pdf", pdf(OLD, "1"))
    firm.write("kunder/Ans/2.pdf", pdf(OLD, "2"))
    with firm.scanned() as work:
        found = culled(work, "a")
        with in_hand(work, found) as case:
            decide(next(one for one in case.findings if one.locator.path == "Ans/1.pdf"), Verdict.KEEP, "behövs")
            work.cases.save(case)
        assert going(culled(work, "b").case) == {"Ans/2.pdf"}
        case = carried_out(work, found)
        assert outcome(case) == "complete"
        with work.cases.lock(case.number):
            close(work, case, now())
        assert going(culled(work, "a").case) == set()
    assert kept.exists()


def test_a_case_file_of_an_earlier_version_is_about_a_person() -> None:
    case = Case("2026-0001", now(), [], cull="a")
    assert load_case(dump_case(case)).cull == "a"
    raw = json.loads(dump_case(case))
    del raw["cull"]
    assert load_case(json.dumps(raw).encode()).cull == ""


@pytest.mark.parametrize(
    ("kind", "path", "folders"),
    [
        ("message", "Bokföring;UID=7", ("Bokföring",)),
        ("message", "INBOX/Bokföring;UID=7", ("INBOX", "Bokföring")),
        ("message", "INBOX/1700000001.M1P1.x", ("INBOX",)),
        ("file", "Bokföring;UID=7", ()),
        ("file", "Kunder/Ida/cv.pdf", ("Kunder", "Ida")),
    ],
)
def test_a_message_of_a_server_lies_in_its_mail_folder(kind: str, path: str, folders: tuple[str, ...]) -> None:
    assert folders_of(kind, path) == folders
