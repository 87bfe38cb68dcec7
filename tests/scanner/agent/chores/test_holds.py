"""Holds that end: told once, and erased unasked only where the very rule says so, of the very content, surely hers."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable
from datetime import date, timedelta

import pytest

from scanner.agent import lapsed
from scanner.journal import Journal
from tests.little import ANNA, CONFIG, FILES, HERS, Little
from tests.scanner.agent.chores.conftest import Night

HOLD = """
[[hold]]
name = "avtal"
statute = "Preskriptionslagen 2 §"
sources = ["kunder"]
match = ["**/avtal.txt"]
until = {}
unattended = {}
"""
HELD = "kunder/Anna Ek/avtal.txt"
ITEM = "Anna Ek/avtal.txt"
TEXT = f"Avtal: {ANNA}, 070-174 06 05.\n"  # found again by what the ledger knows, which has no name alone


def ruled(company: Little, until: date, *, unattended: bool = True, more: str = "") -> None:
    company.desk.write(CONFIG + HOLD.format(until.isoformat(), str(unattended).lower()) + more)


def erased(company: Little, until: date, *, unattended: bool = True, more: str = "") -> str:
    """A case about Anna that was approved and run, with her contract held."""
    ruled(company, until, unattended=unattended, more=more)
    company.write(HELD, TEXT)
    company.desk("scan", "kunder", code=0)
    case, _ = company.find()
    company.desk("erase", case, "--yes", code=0)
    assert set(company.files()) & HERS == {HELD}
    return case


def today() -> date:
    return date.today()


@pytest.mark.parametrize("close", [pytest.param(False, marks=pytest.mark.prove), True], ids=["open", "closed"])
def test_what_an_unattended_rule_kept_goes_the_day_after_its_last_and_is_told_once(
    company: Little, night: Night, close: bool
) -> None:
    """The day before the last, on it, and after it; twice each, with nothing more the second time."""
    case = erased(company, today() + timedelta(days=1))
    if close:
        company.desk("close", case, "--no-certificate", code=0)
    spared = {path: digest for path, digest in company.files().items() if path != HELD}
    for days in (0, 1):
        night.on(days)
        assert night("holds").code == 0
        assert (company.root / HELD).read_text() == TEXT, f"held {1 - days} days more"
        assert night.told() == []
    night.on(2)
    night("holds")
    night("holds")
    assert company.files() == spared
    (told,) = night.told()
    assert (told["event"], told["due"]) == ("erased", None)
    assert told["counts"]["erased"] >= 1
    assert told["case"] == (f"{case[:4]}-0002" if close else case)
    begun = [one for one in night.audit("erase-begun") if one["details"].get("actor") == "agent"]
    assert [one["details"]["chore"] for one in begun] == ["holds"]
    assert night.cases()[told["case"]] == "verified"


@pytest.mark.prove
@pytest.mark.parametrize("close", [False, True], ids=["open", "closed"])
def test_without_the_rules_word_it_is_planned_told_once_and_stays(company: Little, night: Night, close: bool) -> None:
    case = erased(company, today(), unattended=False)
    if close:
        company.desk("close", case, "--no-certificate", code=0)
    before = company.files()
    night.on(1)
    night("holds")
    night("holds")
    night.on(5)
    night("holds")
    assert company.files() == before
    (told,) = night.told()
    assert (told["event"], told["due"], told["counts"]) == ("hold-ended", today().isoformat(), {"items": 1})
    assert len(night.cases()) == 1 + close, "one draft, however often it was looked at"
    shown = company.desk("show", told["case"], "--json", code=[0, 3]).json
    plan = {one["path"]: one["action"] for one in shown["findings"] if one["state"] in ("open", "held")}
    assert ITEM in plan


CHANGES: dict[str, Callable[[Little], object]] = {
    "gone": lambda company: company.desk.write(CONFIG),
    "renamed": lambda company: company.desk.write((company.root / "gallra.toml").read_text().replace('"avtal"', '"x"')),
    "about other places": lambda company: company.desk.write(
        (company.root / "gallra.toml").read_text().replace("**/avtal.txt", "arkiv/**")
    ),
    "with another end": lambda company: ruled(company, today() - timedelta(days=400)),
    "and one that asks ends on that day": lambda company: ruled(
        company,
        today(),
        more=HOLD.format(today().isoformat(), "false").replace('"avtal"', '"frågar"'),
    ),
}


@pytest.mark.prove
@pytest.mark.parametrize("close", [False, True], ids=["open", "closed"])
@pytest.mark.parametrize("change", CHANGES)
def test_a_rule_that_is_another_one_now_erases_nothing_unasked(
    company: Little, night: Night, change: str, close: bool
) -> None:
    case = erased(company, today())
    if close:
        company.desk("close", case, "--no-certificate", code=0)
    before = company.files()
    CHANGES[change](company)
    night.on(1)
    night("holds")
    assert company.files() == before
    assert [one["event"] for one in night.told()] == ["hold-ended"]


@pytest.mark.prove
def test_a_rule_that_holds_longer_now_holds_longer(company: Little, night: Night) -> None:
    erased(company, today())
    ruled(company, today() + timedelta(days=9))
    before = company.files()
    night.on(1)
    night("holds")
    assert company.files() == before
    assert night.told() == []
    night.on(10)
    night("holds")
    assert set(before) - set(company.files()) == {HELD}


@pytest.mark.prove
@pytest.mark.parametrize("close", [False, True], ids=["open", "closed"])
def test_content_that_changed_waits_for_a_person(company: Little, night: Night, close: bool) -> None:
    case = erased(company, today())
    if close:
        company.desk("close", case, "--no-certificate", code=0)
    company.write(HELD, TEXT + "Tillägg.\n")
    company.desk("scan", code=[0, 3])
    before = company.files()
    night.on(1)
    night("holds")
    assert company.files() == before
    assert [one["event"] for one in night.told()] == ["hold-ended"]


@pytest.mark.prove
def test_content_that_changed_unseen_by_any_scan_is_not_touched(company: Little, night: Night) -> None:
    erased(company, today())
    company.write(HELD, TEXT + "Tillägg.\n")
    before = company.files()
    night.on(1)
    night("holds")
    assert company.files() == before
    assert [one["event"] for one in night.told()] == ["hold-ended"]


@pytest.mark.prove
def test_what_nobody_ever_approved_waits_for_a_person(company: Little, night: Night) -> None:
    ruled(company, today())
    company.find()
    before = company.files()
    night.on(1)
    night("holds")
    assert company.files() == before
    assert [one["event"] for one in night.told()] == ["hold-ended"]


@pytest.mark.prove
def test_what_is_only_probably_hers_waits_for_a_person(company: Little, night: Night) -> None:
    """A receipt with nothing but her name, in her folder: held by the rule as all else, and not surely hers."""
    company.desk.write(CONFIG + HOLD.format(today().isoformat(), "true").replace("**/avtal.txt", "**/kvitto.txt"))
    case, found = company.find()
    (one,) = (one for one in found.json["findings"] if one["path"] == "Anna Ek/kvitto.txt")
    assert (one["state"], one["tier"]) == ("held", "probable")
    company.desk("erase", case, "--yes", code=0)
    before = company.files()
    night.on(1)
    night("holds")
    assert company.files() == before
    assert (company.root / "kunder/Anna Ek/kvitto.txt").exists()
    assert [one["event"] for one in night.told()] == ["hold-ended"]


@pytest.mark.prove
def test_a_ceiling_stops_it_and_a_person_is_told(company: Little, night: Night) -> None:
    company.write("kunder/Anna Ek/2/avtal.txt", TEXT + "Nummer två.\n")
    ruled(company, today())
    company.desk("scan", "kunder", code=0)
    case, _ = company.find()
    company.desk("erase", case, "--yes", code=0)
    before = company.files()
    assert set(before) & {HELD, "kunder/Anna Ek/2/avtal.txt"} == {HELD, "kunder/Anna Ek/2/avtal.txt"}
    ruled(company, today(), more="\n[erase]\nmax_items_per_run = 1\n")
    night.on(1)
    night("holds")
    night("holds")
    assert company.files() == before
    assert sorted(one["event"] for one in night.told()) == ["attention", "hold-ended"]
    assert {one["case"] for one in night.told()} == {case}


@pytest.mark.prove
def test_a_case_that_a_person_has_in_hand_waits(company: Little, night: Night) -> None:
    case = erased(company, today())
    before = company.files()
    night.on(1)
    held = os.open(company.root / f".gallra/case-{case}.lock", os.O_RDWR | os.O_CREAT)
    fcntl.flock(held, fcntl.LOCK_EX)
    assert night("holds").code == 0
    assert company.files() == before
    assert night.told() == []
    os.close(held)
    night("holds")
    assert set(before) - set(company.files()) == {HELD}


@pytest.mark.prove
@pytest.mark.parametrize("close", [False, True], ids=["open", "closed"])
@pytest.mark.parametrize(
    ("target", "name", "after"),
    [(Journal, "intend", True), (Journal, "answered", False), (Journal, "save", False), (lapsed, "part_of", True)],
    ids=["intended", "removed", "not yet saved", "planned"],
)
def test_killed_half_way_it_comes_to_the_same_end_and_is_told_once(
    company: Little, night: Night, close: bool, target: object, name: str, after: bool
) -> None:
    case = erased(company, today())
    if close:
        company.desk("close", case, "--no-certificate", code=0)
    spared = {path: digest for path, digest in company.files().items() if path != HELD}
    night.on(1)
    night.kill("holds", target, name, after=after)
    for _ in range(2):
        night("resume")
        night("holds")
    assert company.files() == spared
    assert [one["event"] for one in night.told()] == ["erased"]
    assert len(night.cases()) == 1 + close
    assert set(night.cases().values()) <= {"verified", "closed"}


@pytest.mark.prove
def test_a_copy_in_a_backup_goes_with_it(company: Little, night: Night) -> None:
    spegel = company.root / "spegel/2026-01-01/kunder"
    for path, text in FILES.items():
        company.write(f"spegel/2026-01-01/kunder/{path}", text)
    mirror = (
        '\n[[backup]]\nname = "spegel"\nkind = "mirror"\npath = "spegel"\ncovers = ["kunder"]\n'
        'at = { kunder = "kunder" }\n'
    )
    config = CONFIG.replace('backup = "none"\n', "", 1) + HOLD.format(today().isoformat(), "true") + mirror
    company.desk.write(config)
    company.desk("scan", code=0)
    case, _ = company.find()
    company.desk("erase", case, "--yes", code=[0, 3])
    assert (spegel / ITEM).exists()
    night.on(1)
    night("holds")
    assert not (spegel / ITEM).exists()
    assert not (company.root / HELD).exists()
    assert (spegel / "Bo Dal/avtal.txt").read_text() == FILES["Bo Dal/avtal.txt"]
    assert ANNA not in (company.root / "kunder/lista.csv").read_text()


@pytest.mark.prove
@pytest.mark.parametrize("close", [False, True], ids=["open", "closed"])
@pytest.mark.parametrize("moved", [False, True], ids=["copied", "moved"])
def test_what_lies_in_another_place_than_it_was_kept_in_waits_for_a_person(
    company: Little, night: Night, moved: bool, close: bool
) -> None:
    """The very content, in the folder of somebody else: no hold kept anything there. That it waits is told."""
    case = erased(company, today())
    if close:
        company.desk("close", case, "--no-certificate", code=0)
    company.write("kunder/Bo Dal/x/avtal.txt", TEXT)
    if moved:
        (company.root / HELD).unlink()
    company.desk("scan", code=[0, 3])
    before = company.files()
    night.on(1)
    night("holds")
    night("holds")
    assert set(before) - set(company.files()) == ({HELD} - {HELD if moved else ""})
    ended = night.told("hold-ended")
    assert [one["counts"] for one in ended] == [{"items": 1}]
