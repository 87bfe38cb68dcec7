"""Phones through the command line: a task for the holder, which only a newer export without the person closes.

The witness is the bytes of the raw exports, cut at their cards by a split of its own.
"""

from __future__ import annotations

import hashlib
import os
import signal
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Desk, Run

ANNA = "anna.ek@kund.example"
CONFIG = """
[agent]
state = ".gallra"
key = "file:gallra.key"

[company]
name = "Invex AB"
domains = ["invex.example"]

[[source]]
name = "kunder"
kind = "folder"
backup = "none"
path = "kunder"

[[source]]
name = "evas"
kind = "phone"
backup = "none"
holder = "Eva Holm"
exports = "evas"

[[source]]
name = "karins"
kind = "phone"
backup = "none"
holder = "Karin"
exports = "karins"

[[source]]
name = "ivars"
kind = "phone"
backup = "none"
holder = "Ivar"
syncs = "kunder"
"""
V21 = (
    "BEGIN:VCARD\r\nVERSION:2.1\r\nN:{last};{first};;;\r\nFN:{first} {last}\r\nTEL;CELL:{phone}\r\n"
    "EMAIL;INTERNET;PREF:{email}\r\nEND:VCARD\r\n"
)
V30 = (
    "BEGIN:VCARD\r\nVERSION:3.0\r\nFN:{first} {last}\r\nN:{last};{first};;;\r\nEMAIL;TYPE=INTERNET:{email}\r\n"
    "TEL;TYPE=CELL:{phone}\r\nEND:VCARD\r\n"
)
V40 = (
    "BEGIN:VCARD\r\nVERSION:4.0\r\nFN:{first} {last}\r\nEMAIL;PREF=1:{email}\r\nTEL;VALUE=uri:tel:{phone}\r\n"
    "UID:urn:uuid:{first}-{phone}\r\nEND:VCARD\r\n"
)
HOUR = 3600.0


def card(form: str, first: str, last: str, email: str, phone: str) -> str:
    return form.format(first=first, last=last, email=email, phone=phone)


def cards(form: str) -> dict[str, str]:
    """Anna; her namesake; two who look like her; somebody else."""
    return {
        "anna": card(form, "Anna", "Ek", ANNA, "+46701740605"),
        "namesake": card(form, "Anna", "Ek", "annas@annan.example", "+46701740699"),
        "like": card(form, "Anna", "Eklund", "anna.eklund@kund.example", "+46701740606"),
        "address": card(form, "Hanna", "Berg", "hanna.ek@kund.example", "+46701740607"),
        "bo": card(form, "Bo", "Dal", "bo.dal@kund.example", "+46701740608"),
    }


@dataclass
class Phones:
    desk: Desk
    form: str = V30

    @property
    def cards(self) -> dict[str, str]:
        return cards(self.form)

    def export(self, path: str, names: str, ago: float = 0.0) -> None:
        """An export of these cards, in this order, handed over `ago` seconds before now."""
        self.put(path, "".join(self.cards[name] for name in names.split()), ago)

    def put(self, path: str, text: str, ago: float = 0.0) -> None:
        full = self.desk.root / path
        full.write_bytes(text.encode())
        written = time.time() - ago
        os.utime(full, (written, written))

    def names(self, path: str) -> str:
        """Which cards an export has, whole and in which order; fails for bytes that are none of the cards."""
        left, found = (self.desk.root / path).read_bytes().decode(), []
        known = {text: name for name, text in self.cards.items()}
        while left:
            whole, end, left = left.partition("END:VCARD\r\n")
            found.append(known[whole + end])
        return " ".join(found)

    def find(self, *who: str) -> Run:
        self.desk("scan", code=[0, 3])
        return self.desk("find", *(who or (ANNA,)), "--json", code=[0, 3])

    def erase(self, case: str = "1", code: int = 3) -> list[dict[str, Any]]:
        self.desk("show", case, "--json", code=[0, 3])
        run = self.desk("erase", case, "--yes", "--json", code=code)
        return list(run.json["findings"])


@pytest.fixture
def phones(desk: Desk) -> Phones:
    for folder in ("kunder", "evas", "karins"):
        (desk.root / folder).mkdir()
    (desk.root / "kunder/bo.txt").write_text("Bo Dal, bo.dal@kund.example\n")
    desk.write(CONFIG)
    made = Phones(desk)
    made.export("karins/allt.vcf", "bo like", 2 * HOUR)
    return made


def states(findings: list[dict[str, Any]]) -> dict[str, tuple[str, str]]:
    return {
        f"{one['source']}/{one['path']}": (one["action"], one["state"]) for one in findings if one["tier"] != "possible"
    }


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_a_phone_is_erased_by_its_holder_and_believed_by_its_newer_export(phones: Phones) -> None:
    desk, root = phones.desk, phones.desk.root
    phones.export("evas/gammal.vcf", "bo anna like address", 3 * HOUR)
    phones.export("evas/ny.vcf", "bo anna like address", 2 * HOUR)
    untouched = digest(root / "evas/ny.vcf"), digest(root / "karins/allt.vcf")
    found = phones.find()
    assert states(found.json["findings"]) == {
        "evas/gammal.vcf": ("remove-record", "open"),
        "evas/ny.vcf": ("task", "open"),
    }
    shown = " ".join(desk("show", "1", code=3).out.split())
    assert "1 task for the holder of evas" in shown
    assert "Eva Holm must delete the contact on the phone and hand over a new export of all its contacts" in " ".join(
        shown.split()
    )

    desk("show", "1", "--html", "a.html", code=3)
    page = (root / "a.html").read_text()
    assert "Uppgifter för personer" in page
    assert "Eva Holm ska radera kontakten i telefonen och lämna en ny export av alla kontakter" in page

    erased = desk("erase", "1", "--yes", "--json", code=3).json["findings"]
    assert states(erased) == {"evas/gammal.vcf": ("remove-record", "erased"), "evas/ny.vcf": ("task", "task")}
    assert phones.names("evas/gammal.vcf") == "bo like address"
    assert (digest(root / "evas/ny.vcf"), digest(root / "karins/allt.vcf")) == untouched
    (task,) = desk("tasks", "--json", code=3).json["tasks"]
    assert (task["case"], task["source"], task["holder"], task["days"]) == (found.json["case"], "evas", "Eva Holm", 0)
    assert "subject" not in task
    text = desk("tasks", "--subject", code=3).out
    assert ANNA in text
    assert "Anna" not in text.replace(ANNA, "")
    assert desk("certificate", "1", "-o", "a.json", code=3)
    assert '"incomplete"' in (root / "a.json").read_text()
    log = (root / ".gallra/audit.jsonl").read_text()
    assert "Eva Holm" not in log
    assert "ny.vcf" not in log

    phones.export("evas/nyast.vcf", "bo like address")
    verified = desk("verify", "1", "--json", code=3).json
    assert states(verified["findings"])["evas/ny.vcf"] == ("remove-record", "open"), "the older one has it still"
    assert f"Next: gallra show {verified['case']} shows the new plan" in desk("verify", "1", code=3).out
    desk("show", "1", code=3)
    assert states(phones.erase(code=0))["evas/ny.vcf"] == ("remove-record", "erased")
    assert phones.names("evas/ny.vcf") == phones.names("evas/nyast.vcf") == "bo like address"
    assert digest(root / "karins/allt.vcf") == untouched[1]
    desk("tasks", code=0)
    desk("certificate", "1", "-o", "b.json", code=0)
    assert '"complete"' in (root / "b.json").read_text()


@pytest.mark.prove
@pytest.mark.parametrize("form", [V21, V40], ids=["2.1", "4.0"])
def test_exports_of_every_version_of_vcard(phones: Phones, form: str) -> None:
    phones.form = form
    phones.export("karins/allt.vcf", "bo like", 2 * HOUR)
    phones.export("evas/gammal.vcf", "bo anna like address", 3 * HOUR)
    phones.export("evas/ny.vcf", "bo anna like address", 2 * HOUR)
    phones.find()
    assert states(phones.erase()) == {"evas/gammal.vcf": ("remove-record", "erased"), "evas/ny.vcf": ("task", "task")}
    assert phones.names("evas/gammal.vcf") == "bo like address"
    phones.export("evas/ny.vcf", "bo like address")
    phones.desk("verify", "1", code=0)


def _remove(phones: Phones) -> None:
    (phones.desk.root / "evas/ny.vcf").unlink()


def _partial(phones: Phones) -> None:
    phones.export("evas/ny.vcf", "bo")


def _truncated(phones: Phones) -> None:
    phones.put("evas/ny.vcf", "".join(phones.cards[name] for name in ["bo", "like", "address"])[:-4])


def _older(phones: Phones) -> None:
    phones.export("evas/annan.vcf", "bo like address", HOUR)


def _still(phones: Phones) -> None:
    phones.export("evas/nyast.vcf", "bo like anna address")


@pytest.mark.parametrize(
    ("event", "waits"),
    [
        (_remove, "evas/ny.vcf"),
        pytest.param(_partial, "evas/ny.vcf", marks=pytest.mark.prove),
        pytest.param(_truncated, "evas/ny.vcf", marks=pytest.mark.prove),
        pytest.param(_older, "evas/ny.vcf", marks=pytest.mark.prove),
        (_still, "evas/nyast.vcf"),
    ],
)
def test_what_shows_nothing_closes_no_task(phones: Phones, event: Any, waits: str) -> None:
    phones.export("evas/annan.vcf", "bo", 5 * HOUR)
    phones.export("evas/ny.vcf", "bo anna like address", 2 * HOUR)
    phones.find()
    phones.erase()
    (before,) = phones.desk("tasks", "--json", code=3).json["tasks"]
    event(phones)
    verified = phones.desk("verify", "1", "--json", code=[3, 5])
    assert states(verified.json["findings"])[waits] == ("task", "task")
    (after,) = phones.desk("tasks", "--json", code=3).json["tasks"]
    assert after["since"] == before["since"]
    if event is _still:
        phones.export("evas/sist.vcf", "bo like address")
        phones.desk("verify", "1", code=3)
        phones.desk("tasks", code=0)
        phones.erase(code=0)
        assert {phones.names(f"evas/{name}") for name in ("ny.vcf", "nyast.vcf", "sist.vcf")} == {"bo like address"}


def test_each_phone_has_its_own_task_and_a_resync_is_told_and_proposed_again(phones: Phones) -> None:
    """Promise 10, for a phone. An export saved over the old one closes the task too."""
    desk = phones.desk
    for phone in ("evas", "karins"):
        phones.export(f"{phone}/allt.vcf", "bo anna like", 2 * HOUR)
    phones.find()
    assert set(states(phones.erase()).values()) == {("task", "task")}
    phones.export("evas/allt.vcf", "bo like")
    before = digest(desk.root / "evas/allt.vcf")
    told = states(desk("verify", "1", "--json", code=3).json["findings"])
    assert told == {"evas/allt.vcf": ("task", "absent"), "karins/allt.vcf": ("task", "task")}
    assert [one["source"] for one in desk("tasks", "--json", code=3).json["tasks"]] == ["karins"]
    phones.export("karins/allt.vcf", "bo like")
    desk("verify", "1", code=0)
    assert digest(desk.root / "evas/allt.vcf") == before
    desk("close", "1", "--no-certificate", code=0)
    phones.export("evas/igen.vcf", "bo anna like")
    returned = desk("scan", "--json", code=3).json["returns"]
    assert [(one["source"], one["path"]) for one in returned] == [("evas", "igen.vcf")]
    (again,) = desk("after-restore", "--json", code=3).json["cases"]
    assert states(again["findings"]) == {"evas/igen.vcf": ("task", "open")}


def test_a_task_is_given_once_however_often_the_run_is_killed(phones: Phones) -> None:
    phones.export("evas/gammal.vcf", "bo anna like address", 3 * HOUR)
    phones.export("evas/ny.vcf", "bo anna like address", 2 * HOUR)
    phones.find()
    phones.desk("show", "1", code=3)
    newest, older = (phones.desk.root / "evas" / name for name in ("ny.vcf", "gammal.vcf"))
    before, size = digest(newest), older.stat().st_size
    with phones.desk.start("erase", "1", "--yes") as process:
        while process.poll() is None and older.stat().st_size == size:
            time.sleep(0.001)
        process.send_signal(signal.SIGKILL)
        process.communicate()
    assert states(phones.erase()) == {"evas/gammal.vcf": ("remove-record", "erased"), "evas/ny.vcf": ("task", "task")}
    assert phones.names("evas/gammal.vcf") == "bo like address"
    assert digest(newest) == before
    assert len(phones.desk("tasks", "--json", code=3).json["tasks"]) == 1


def test_a_namesake_is_no_task_before_a_person_says_so_and_a_decision_to_keep_ends_it(phones: Phones) -> None:
    phones.export("evas/allt.vcf", "bo anna like namesake", 2 * HOUR)
    found = {one["within"][0]: one for one in phones.find().json["findings"]}
    assert (found["card 2"]["action"], found["card 4"]["action"], found["card 4"]["tier"]) == (
        "task", "decide", "possible",
    )  # fmt: skip
    numbers = {within: str(one["id"]) for within, one in found.items()}
    erased = {one["within"][0]: one["state"] for one in phones.erase()}
    assert erased == {"card 2": "task", "card 4": "open"}
    phones.desk("decide", "1", numbers["card 4"], "erase", code=[0, 3])
    assert {one["state"] for one in phones.erase()} == {"task"}
    phones.desk("decide", "1", numbers["card 2"], numbers["card 4"], "keep", "--reason", "kvar", code=[0, 3])
    phones.desk("tasks", code=0)


def test_a_phone_that_syncs_is_told_with_its_account(phones: Phones) -> None:
    desk = phones.desk
    phones.export("evas/allt.vcf", "bo", 2 * HOUR)
    fresh = desk("check", "ivars", "--json", code=3).json["sources"][0]
    assert fresh["problems"] == ["it syncs with kunder, which was never scanned: gallra scan kunder"]
    assert fresh["facts"] == ['it syncs with "kunder": what is erased there leaves the phone at its next sync']
    desk("scan", code=0)
    checked = desk("check", "ivars", "--json", code=0).json["sources"][0]
    assert (checked["problems"], checked["follows"]) == ([], "kunder")
    text = desk("check", code=[0, 3]).out
    assert "is it the right place" not in text
    assert "What the sources tell" in text
    told = 'ivars syncs with "kunder": what is erased there leaves it at its next sync'
    found = desk("find", "bo.dal@kund.example", code=[0, 3])
    assert told in found.out
    phones.erase(code=3)
    desk("certificate", "1", "-o", "a.html", code=3)
    assert "ivars synkar med kunder" in (desk.root / "a.html").read_text()
    searched = desk("show", "1", "--json", code=3).json
    assert {one["source"]: one["follows"] for one in searched["searched"]}["ivars"] == "kunder"
    assert not [gap for gap in searched["gaps"] if gap["source"] == "ivars"]


def test_a_phone_of_which_nobody_has_an_export_or_an_old_one_is_a_gap(phones: Phones) -> None:
    phones.export("karins/allt.vcf", "bo", 50 * 24 * HOUR)
    run = phones.find()
    gaps = {one["source"]: (one["reason"], one["detail"]) for one in run.json["gaps"]}
    assert gaps == {
        "evas": ("stale", "by hand: no whole export lies there"),
        "karins": ("stale", "by hand: the newest export is 50 days old"),
    }
    assert "- evas: no export lies there yet" in phones.desk("check", code=[3, 5]).out
    text = phones.desk("show", "1", code=3).out
    assert "ask who has it for a new export of all contacts" in text
