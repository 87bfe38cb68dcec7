"""The main job through the real command line, from an empty folder to the certificate.

What is gone and what stays is told by os and hashlib, never by gallra.
"""

from __future__ import annotations

import json
import re
import shutil
import sqlite3
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Desk, built
from tests.little import ANNA, HERS, Little, little
from tests.promises.witness import only_hers_went
from tests.world import Person, World
from tests.world.truth import national

FINDING = {
    "id": int,
    "source": str,
    "path": str,
    "within": list,
    "kind": str,
    "tier": {"certain", "probable", "possible"},
    "evidence": list,
    "ownership": {"own", "correspondence", "shared", "incidental"},
    "locator": str,
    "action": {"remove", "remove-record", "amend", "hold", "decide", "task", "none"},
    "state": {
        *("open", "erased", "absent", "recoverable", "held", "kept", "task", "blocked", "failed"),
    },
    "until": (str, type(None)),
    "since": (str, type(None)),
    "statute": (str, type(None)),
    "reason": (str, type(None)),
    "backups": list,
}
ANSWER = {"case": (str, type(None)), "subject": dict, "findings": list, "plan": str, "gaps": list, "searched": list}
IDENTIFIER = {"type": str, "value": str, "given": bool, "because": (str, type(None))}
# What design, section 9, does not name came with 0.4.0: keys may be added.
GAP = {"source": str, "path": str, "within": list, "reason": str, "detail": str}
SEARCHED = {
    "source": str,
    "items": int,
    "records": int,
    "scanned_at": (str, type(None)),
    "error": (str, type(None)),
    "follows": (str, type(None)),
    "left_out": list,
}
ERASED = {"case": str, "plan": str, "states": dict, "findings": list, "gaps": list, "searched": list}


def fits(value: dict[str, Any], shape: dict[str, Any]) -> None:
    """Exactly these keys, of these types or values."""
    assert set(value) == set(shape)
    for key, what in shape.items():
        if isinstance(what, set):
            assert value[key] in what, (key, value[key])
        else:
            assert isinstance(value[key], what), (key, value[key])


def check_answer(value: dict[str, Any]) -> None:
    """Design, section 9, key by key."""
    fits(value, ANSWER)
    assert re.fullmatch(r"[0-9a-f]{16,}", value["plan"])
    assert set(value["subject"]) == {"identifiers", "missing", "suggestions"}
    for one in value["subject"]["identifiers"]:
        fits(one, IDENTIFIER)
        assert one["given"] == (one["because"] is None)
    check_findings(value["findings"])
    for one in value["gaps"]:
        fits(one, GAP)
    for one in value["searched"]:
        fits(one, SEARCHED)
        assert datetime.fromisoformat(one["scanned_at"]).tzinfo is not None


def check_findings(findings: list[dict[str, Any]]) -> None:
    assert [one["id"] for one in findings] == list(range(1, len(findings) + 1))
    for one in findings:
        fits(one, FINDING)
        assert all(isinstance(step, str) for step in one["within"])
        for seen in one["evidence"]:
            fits(seen, {"type": str, "role": str})


# -- the example ------------------------------------------------------------------------------------------------------


@pytest.fixture
def desk(desk: Desk) -> Desk:
    """The installed program for every command here, as users start it."""
    return replace(desk, fresh=True)


def test_init_in_an_empty_folder_then_scan_and_find_as_it_says(desk: Desk) -> None:
    made = desk("init", code=0)
    commands = [line.split("(")[0].split()[1:] for line in made.out.splitlines() if line.strip().startswith("gallra ")]
    assert [words[0] for words in commands] == ["scan", "find"]
    for words in commands:
        run = desk(*words, code=0)
    assert "anna.exempelsson@kund.example" in run.out
    assert "kunder.csv" in run.out
    assert (desk.root / "gallra.key").stat().st_mode & 0o777 == 0o600
    assert (desk.root / ".gallra").stat().st_mode & 0o777 == 0o700


def test_init_twice_is_refused_and_changes_nothing(desk: Desk) -> None:
    desk("init", code=0)
    before = {path.name: path.read_bytes() for path in desk.root.iterdir() if path.is_file()}
    desk("init", code=2)
    assert before == {path.name: path.read_bytes() for path in desk.root.iterdir() if path.is_file()}


# -- the world --------------------------------------------------------------------------------------------------------


def sources_of(world: World) -> dict[str, str]:
    folders = tuple(f"{folder}/" for folder in world.sources.values())
    return {path: digest for path, digest in world.files().items() if path.startswith(folders)}


def on_disk(world: World, places: Iterable[tuple[str, str]]) -> set[str]:
    """The files of items, found without gallra: a mail by its unique name, whatever its flags."""
    by_unique = {Path(path).name.partition(":")[0]: path for path in sources_of(world) if path.startswith("post/")}
    return {
        by_unique[path.rpartition("/")[2]] if source == "post" else f"{world.sources[source]}/{path}"
        for source, path in places
    }


OUT = ("remove-record", "amend")


def removed(findings: list[dict[str, Any]]) -> set[tuple[str, str]]:
    """The items that leave whole."""
    return {(one["source"], one["path"]) for one in findings if one["action"] == "remove" and one["kind"] != "folder"}


def taken_out(findings: list[dict[str, Any]]) -> set[tuple[str, str]]:
    """The items that a record leaves."""
    return {(one["source"], one["path"]) for one in findings if one["action"] in OUT}


def test_the_whole_job(tmp_path: Path) -> None:
    world = built(tmp_path / "bolag", customers=5)
    desk = Desk(world.root, fresh=True)
    anna = world.person("x-anna")
    assert "kunder" in desk("scan", code=3).out
    again = desk("scan", "--json", code=[0, 3]).json
    assert sum(one["read"] for one in again["sources"]) == 0, "nothing has changed, so nothing is read"

    found = desk("find", "--json", anna.emails[0], code=3).json
    check_answer(found)
    case = found["case"]
    shown = desk("show", "--json", case, code=3).json
    assert shown == found
    plan = [one for one in found["findings"] if one["action"] == "remove" and one["kind"] != "folder"]
    kept = next(one for one in plan if one["source"] == "kunder")
    desk("decide", case, str(kept["id"]), "keep", "--reason", "avtal löper", code=0)
    shown = desk("show", "--json", case, code=3).json
    assert shown["plan"] != found["plan"]
    planned = removed(shown["findings"])
    folders = {one["path"] for one in shown["findings"] if one["kind"] == "folder"}
    edited = on_disk(world, taken_out(shown["findings"]))
    assert len(edited) >= 3, "lists, calendars and archives lose her part of them"
    assert (kept["source"], kept["path"]) not in planned
    assert len(planned) >= 8

    before = sources_of(world)
    doomed = on_disk(world, planned)
    erased = desk("erase", "--json", case, "--yes", code=3).json
    fits(erased, ERASED)
    check_findings(erased["findings"][: len(found["findings"])])
    assert erased["plan"] == shown["plan"]
    after = sources_of(world)
    assert set(before) - set(after) == doomed, "what is gone is what was planned"
    assert {path for path in after if after[path] != before[path]} == edited, "all else is byte for byte the same"
    _only_hers(world, anna, planned)
    states = {(one["source"], one["path"]): one["state"] for one in erased["findings"] if not one["within"]}
    assert {states[place] for place in planned if place in states} == {"erased"}
    assert states[kept["source"], kept["path"]] == "kept"
    assert {one["state"] for one in erased["findings"] if one["action"] in OUT} == {"erased"}
    assert all((world.root / world.sources["kunder"] / one).exists() for one in folders if kept["path"].startswith(one))
    assert sum(erased["states"].values()) == len(erased["findings"])

    verified = desk("verify", "--json", case, code=3).json
    fits(verified, ERASED)
    assert verified["states"] == erased["states"]
    assert sources_of(world) == after
    _certified(desk, world, case)
    assert "whole" in desk("audit", "verify", code=0).out.lower()

    left = desk("find", "--json", anna.emails[0], code=3).json
    places = {(one["source"], one["path"]) for one in left["findings"]}
    assert not places & planned
    assert {
        one["action"] for one in left["findings"] if (one["source"], one["path"]) != (kept["source"], kept["path"])
    } == {"decide"}
    assert sum(one["read"] for one in desk("scan", "--json", code=[0, 3]).json["sources"]) == 0


def _only_hers(world: World, anna: Person, planned: set[tuple[str, str]]) -> None:
    """Nothing that went was true of anybody else."""
    for person in world.persons:
        if person.id != anna.id:
            theirs = {(one.source, one.path) for one in world.truth(person) if one.tier != "possible"}
            assert not theirs & planned, person.id
    assert planned <= {(one.source, one.path) for one in world.truth(anna)}


def _certified(desk: Desk, world: World, case: str) -> None:
    for ending in ("json", "html"):
        target = desk.root / f"bevis.{ending}"
        desk("certificate", case, "-o", str(target), code=3)
        text = target.read_text(encoding="utf-8")
        assert target.stat().st_mode & 0o777 == 0o600
        assert case in text
        leaks = [word for word in _secrets(world) if word.lower() in text.lower()]
        assert not leaks, f"{ending}: {len(leaks)} leaks"
    values = json.loads((desk.root / "bevis.json").read_text())
    assert values["outcome"] == "incomplete"
    assert values["states"]["erased"] > 0


def _secrets(world: World) -> set[str]:
    """Every name, address, number and path of the world."""
    found: set[str] = set()
    for one in world.persons:
        phones = [form for phone in one.phones for form in (phone, phone[3:], national(phone), "0" + phone[3:])]
        ids = [one.national_id, one.national_id[2:], one.national_id.replace("-", "")] if one.national_id else []
        words = [one.name, one.last, *one.emails, *phones, *ids, one.customer_number, one.street, one.folder]
        found.update(word for word in words if word)
    for mate in world.staff:
        found.update((mate.name, mate.email, mate.phone))
    names = {Path(path).name for path in sources_of(world)} | set(sources_of(world))
    found.update(name for name in names if "." in name)
    return {word for word in found if len(word) > 4}


# -- what may come between --------------------------------------------------------------------------------------------


@pytest.fixture
def company(desk: Desk) -> Little:
    return little(desk)


def test_the_little_company_is_erased_and_complete(company: Little) -> None:
    before = company.files()
    case, run = company.find()
    check_answer(run.json)
    company.desk("erase", case, "--yes", code=0)
    only_hers_went(before, company.files())
    assert not (company.root / "kunder/Anna Ek").exists(), "it bore her name, and was empty"
    company.desk("verify", case, code=0)
    assert "complete" in company.desk("certificate", case, "-o", "bevis.json", code=0).out


def test_without_a_terminal_and_without_yes_nothing_happens(company: Little) -> None:
    before = company.files()
    case, _ = company.find()
    company.desk("erase", case, code=4)
    assert company.files() == before


def test_yes_after_the_plan_changed_is_refused(company: Little) -> None:
    """Somebody decides in another way than the one that was shown: what was shown is no longer what would be done."""
    before = company.files()
    case, run = company.find()
    old = run.json["plan"]
    first = next(one["id"] for one in run.json["findings"] if one["action"] == "remove")
    company.desk("decide", case, str(first), "keep", code=0)
    assert "plan" in company.desk("erase", case, "--plan", old, "--yes", code=4).text
    assert company.files() == before


def test_a_case_that_was_never_shown_in_its_present_plan_is_refused(company: Little) -> None:
    """The plan that an erasure left behind was not yet shown, so --yes does not carry it out."""
    case, _ = company.find()
    (company.root / "kunder/Anna Ek/avtal.txt").write_text(f"Nytt avtal med {ANNA}\n")
    company.desk("erase", case, "--yes", code=3)
    before = company.files()
    company.desk("erase", case, "--yes", code=4)
    assert company.files() == before
    company.desk("show", case, code=3)
    company.desk("erase", case, "--yes", code=0)
    assert "kunder/Anna Ek/avtal.txt" not in company.files()


def test_a_source_that_vanished_is_5_and_nothing_is_called_gone(company: Little) -> None:
    case, _ = company.find()
    (company.root / "kunder").rename(company.root / "bortkopplad")
    run = company.desk("erase", "--json", case, "--yes", code=5).json
    states = {one["state"] for one in run["findings"] if one["source"] == "kunder"}
    assert states <= {"failed", "open"}
    assert len(list((company.root / "bortkopplad").rglob("*.txt"))) == 3
    company.desk("verify", case, code=5)
    company.desk("certificate", case, "-o", "bevis.json", code=4)
    (company.root / "bortkopplad").rename(company.root / "kunder")
    company.desk("verify", case, code=3)
    company.desk("show", case, code=3)
    company.desk("erase", case, "--yes", code=0)
    assert not HERS & set(company.files())


def test_a_source_that_is_suddenly_empty_is_5(company: Little) -> None:
    """A share that is not mounted leaves an empty folder."""
    case, _ = company.find()
    (company.root / "kunder").rename(company.root / "undan")
    (company.root / "kunder").mkdir()
    assert company.desk("scan", code=5).out
    company.desk("show", case)
    run = company.desk("erase", "--json", case, "--yes", code=5).json
    assert not {one["state"] for one in run["findings"] if one["source"] == "kunder"} & {"erased", "absent"}


def test_a_source_of_hers_and_a_list_that_is_suddenly_empty_is_5(company: Little) -> None:
    """The list is rewritten, not removed: an empty folder is not what the plan leaves."""
    shutil.rmtree(company.root / "kunder/Bo Dal")
    company.desk("scan", code=0)
    case, _ = company.find()
    (company.root / "kunder").rename(company.root / "undan")
    (company.root / "kunder").mkdir()
    run = company.desk("erase", "--json", case, "--yes", code=5).json
    assert not {one["state"] for one in run["findings"] if one["source"] == "kunder"} & {"erased", "absent"}


def test_keep_keeps(company: Little) -> None:
    case, run = company.find()
    ids = [str(one["id"]) for one in run.json["findings"]]
    before = company.files()
    company.desk("decide", case, *ids, "keep", code=0)
    company.desk("erase", case, "--yes", code=0)
    assert company.files() == before


def test_only_looking_leaves_no_case(company: Little) -> None:
    run = company.desk("find", "--no-case", "--json", ANNA, code=0).json
    assert run["case"] is None
    check_answer(run)
    assert _cases(company) == []
    company.desk("show", "1", code=2)


def test_drafts_expire_and_it_is_told(company: Little) -> None:
    case, _ = company.find()
    old = (datetime.now(UTC) - timedelta(days=31)).isoformat()
    with sqlite3.connect(company.root / ".gallra/cases.sqlite") as db:
        db.execute("UPDATE cases SET touched = ?", (old,))
    db.close()
    run = company.desk("find", "--no-case", ANNA, code=0)
    assert case in run.err
    assert _cases(company) == []
    company.desk("show", case, code=2)


def test_an_approved_case_does_not_expire(company: Little) -> None:
    case, run = company.find()
    row = next(one["id"] for one in run.json["findings"] if one["path"] == "lista.csv")
    company.desk("decide", case, str(row), "keep", code=0)
    company.desk("erase", case, "--yes", code=0)
    with sqlite3.connect(company.root / ".gallra/cases.sqlite") as db:
        db.execute("UPDATE cases SET touched = '2020-01-01T00:00:00+00:00'")
    db.close()
    company.desk("find", "--no-case", ANNA, code=0)
    assert _cases(company) == [case]


def test_nothing_readable_is_left_in_the_state_folder(company: Little) -> None:
    """Index, cases and log are sealed."""
    company.find()
    words = [b"anna.ek", b"Anna Ek", b"avtal.txt", b"bo.dal", b"701740605", b"1700000001"]
    for path in (company.root / ".gallra").iterdir():
        data = path.read_bytes()
        assert not [word for word in words if word in data], path.name


def test_a_person_of_whom_nothing_is_held(company: Little) -> None:
    run = company.desk("find", "--json", "ingen@ingenstans.example", code=0).json
    assert run["findings"] == []
    company.desk("erase", run["case"], "--yes", code=0)


def _cases(company: Little) -> list[str]:
    with sqlite3.connect(company.root / ".gallra/cases.sqlite") as db:
        rows = db.execute("SELECT number FROM cases").fetchall()
    db.close()
    return [row[0] for row in rows]
