"""What comes back of an erased person is told once, gets one draft, and loses nothing; told again if it came again."""

from __future__ import annotations

import shutil

import pytest

from scanner import redo
from scanner.agent.marks import Marks
from tests.little import ANNA, BO, FILES, MAILS, Little, mail
from tests.scanner.agent.chores.conftest import Night
from tests.scanner.agent.chores.test_holds import erased as held
from tests.scanner.agent.chores.test_holds import today

HERS = "kunder/Anna Ek/avtal.txt"
CARD = "BEGIN:VCARD\r\nVERSION:3.0\r\nFN:{}\r\nEMAIL:{}\r\nEND:VCARD\r\n"


def erased(company: Little) -> str:
    case, _ = company.find()
    company.desk("erase", case, "--yes", code=0)
    company.desk("close", case, "--no-certificate", code=0)
    return case


def restored(company: Little) -> None:
    company.write(HERS, FILES["Anna Ek/avtal.txt"])
    company.desk("scan", code=3)


def test_a_file_and_a_contact_that_came_back_are_told_once_and_nothing_is_erased(company: Little, night: Night) -> None:
    case = erased(company)
    night("returns")
    assert night.told() == []
    company.write("kunder/telefon/export.vcf", CARD.format("Bo Dal", BO) + CARD.format("Anna Ek", ANNA))
    restored(company)
    before = company.files()
    night("returns")
    night("returns")
    assert company.files() == before
    (told,) = night.told()
    assert (told["event"], told["counts"]) == ("returned", {"items": 2})
    assert night.cases() == {case: "closed", told["case"]: "draft"}
    raw = (company.root / ".gallra/agent.sqlite").read_bytes()
    assert b"avtal" not in raw and b"export" not in raw and b"anna" not in raw.lower()
    shown = company.desk("show", told["case"], "--json", code=[0, 3]).json
    assert {one["path"] for one in shown["findings"]} >= {"Anna Ek/avtal.txt", "telefon/export.vcf"}


@pytest.mark.prove
def test_the_agents_draft_is_not_erased_by_yes_before_anybody_saw_its_plan(company: Little, night: Night) -> None:
    erased(company)
    path = next(iter(MAILS))
    company.write(path, mail(*MAILS[path]))
    company.desk("scan", code=3)
    night("returns")
    (told,) = night.told()
    company.desk("erase", told["case"], "--yes", code=4)
    assert (company.root / path).exists()
    company.desk("show", told["case"], code=[0, 3])
    company.desk("erase", told["case"], "--yes", code=0)
    assert not (company.root / path).exists()


@pytest.mark.prove
def test_what_left_and_came_again_is_told_again_and_more_of_it_too(company: Little, night: Night) -> None:
    erased(company)
    restored(company)
    night("returns")
    shutil.rmtree(company.root / "kunder/Anna Ek")
    company.desk("scan", code=[0, 3])
    night("returns")
    assert len(night.told()) == 1
    restored(company)
    night("returns")
    night("returns")
    assert len(night.told()) == 2
    company.write("kunder/Anna Ek/nytt.txt", f"Ny offert till {ANNA}.\n")
    company.desk("scan", code=3)
    night("returns")
    assert [one["counts"] for one in night.told()] == [{"items": 1}] * 3


@pytest.mark.prove
def test_killed_anywhere_it_opens_one_draft_and_tells_once(company: Little, night: Night) -> None:
    case = erased(company)
    restored(company)
    night.kill("returns", redo, "_searched")
    night.kill("returns", redo, "_searched", after=True)
    night.kill("returns", Marks, "set")
    night("returns")
    night("returns")
    assert [one["event"] for one in night.told()] == ["returned"]
    assert len(night.cases()) == 2
    assert night.cases()[case] == "closed"


@pytest.mark.prove
def test_what_a_hold_kept_and_keeps_no_longer_is_for_the_other_chore(company: Little, night: Night) -> None:
    case = held(company, today(), unattended=False)
    company.desk("close", case, "--no-certificate", code=0)
    night.on(1)
    night("returns")
    assert night.told() == []
    night("holds")
    night("returns")
    assert [one["event"] for one in night.told()] == ["hold-ended"]
