"""`gallra after-restore`, and what every scan tells of it: on a small real company, by the real command."""

from __future__ import annotations

import csv
import json
import os
import shutil
import signal
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Desk
from tests.little import ANNA, BO, FILES, MAILS, Little, little, mail

CARD = "BEGIN:VCARD\r\nVERSION:3.0\r\nFN:{0}\r\nEMAIL:{1}\r\nTEL;TYPE=CELL:{2}\r\nEND:VCARD\r\n"
HERS, HIS = CARD.format("Anna Ek", ANNA, "070-174 06 05"), CARD.format("Bo Dal", BO, "070-174 06 06")


@pytest.fixture
def company(tmp_path: Path) -> Little:
    """With a backup beside it (mail names change, as a restore makes them), as it was before anything was erased."""
    (tmp_path / "hem").mkdir()
    made = little(Desk(tmp_path / "hem"))
    made.write("kunder/telefon.vcf", HERS + HIS)
    made.desk("scan", code=0)
    shutil.copytree(made.root / "kunder", tmp_path / "kopia")
    return made


def erased(company: Little, *, closed: bool = True) -> str:
    case, _ = company.find(ANNA, "Anna Ek")
    company.desk("erase", case, "--yes", code=0)
    if closed:
        company.desk("close", case, "--no-certificate", code=0)
    return case


def restore(company: Little) -> None:
    shutil.copytree(company.root.parent / "kopia", company.root / "kunder", dirs_exist_ok=True)


def returns(company: Little, *command: str, code: int = 3) -> dict[str, dict[str, Any]]:
    run = company.desk(*(command or ("scan",)), "--json", code=code)
    return {one["path"]: one for one in run.json["returns"]}


def names(company: Little) -> list[str]:
    with (company.root / "kunder/lista.csv").open(encoding="utf-8", newline="") as stream:
        return [row[0] for row in csv.reader(stream, delimiter=";")][1:]


@pytest.mark.parametrize("closed", [True, False])
def test_8_a_backup_that_is_restored_later_is_found_and_erased_again(company: Little, closed: bool) -> None:
    first = erased(company, closed=closed)
    after = company.files()
    assert returns(company, code=0) == {}
    restore(company)
    told = returns(company)
    assert set(told) == {"Anna Ek/avtal.txt", "Anna Ek/kvitto.txt", "lista.csv", "telefon.vcf"}
    assert {one["erased_in"] for one in told.values()} == {first}
    assert told["lista.csv"]["within"] == [["row 1"]]
    assert company.files() != after, "nothing is erased silently"
    run = company.desk("after-restore", "--json", code=3).json
    (case,) = run["cases"]
    assert case["case"] == ("2026-0002" if closed else first).replace("2026", first[:4])
    assert {one["case"] for one in run["returns"]} == {case["case"]}
    assert company.files() != after
    company.desk("erase", case["case"], "--yes", code=0)
    assert company.files() == after
    assert names(company) == ["Bo Dal"]
    assert returns(company, code=0) == {}
    assert returns(company, "after-restore", code=0) == {}


def test_10_a_phone_that_syncs_the_contact_again_is_reported_and_proposed_again(company: Little) -> None:
    erased(company)
    card = company.root / "kunder/telefon.vcf"
    assert ANNA not in card.read_text()
    card.write_bytes((HIS + HERS.replace("Anna Ek", "Ek, Anna")).encode())
    told = returns(company)
    assert [(path, one["within"], one["tier"]) for path, one in told.items()] == [
        ("telefon.vcf", [["card 2"]], "certain")
    ]
    (case,) = company.desk("after-restore", "--json", code=3).json["cases"]
    assert [(one["path"], one["within"]) for one in case["findings"]] == [("telefon.vcf", ["card 2"])]
    company.desk("erase", case["case"], "--yes", code=0)
    assert card.read_bytes() == HIS.encode()


def test_a_mail_that_comes_back_under_another_name_is_found(company: Little) -> None:
    erased(company)
    sender, subject, text = MAILS["post/cur/1700000001.M1P1.x:2,S"]
    company.write("post/new/1800000000.M7P7.y", mail(sender, subject, text))
    assert [(one["source"], path) for path, one in returns(company).items()] == [("post", "INBOX/1800000000.M7P7.y")]


def test_people_are_told_where_and_what_to_do(company: Little) -> None:
    erased(company)
    restore(company)
    out = company.desk("scan", code=3).out
    assert "Came back: 4 items have data of a person who was erased." in out
    assert "Anna Ek/avtal.txt" in out
    assert "gallra after-restore" in out
    out = company.desk("after-restore", code=3).out
    assert "Came back: 4 items" in out
    assert "gallra erase" in out
    assert company.desk("after-restore", "post", code=3).out.startswith("Came back"), (
        "what came back elsewhere is there"
    )


def test_asked_twice_it_opens_one_case(company: Little) -> None:
    erased(company)
    restore(company)
    first, second = (company.desk("after-restore", "--json", code=3).json["cases"] for _ in range(2))
    assert [one["case"] for one in first] == [one["case"] for one in second]
    assert ([one["new"] for one in first], [one["new"] for one in second]) == ([True], [False])
    assert first[0]["plan"] == second[0]["plan"]


def test_nobody_erased_nothing_back(company: Little) -> None:
    assert company.desk("after-restore", code=0).out == "Nothing came back of anybody who was erased.\n"
    assert not (company.root / ".gallra/ledger.sqlite").exists()


def test_what_a_person_decides_to_keep_is_not_told_again(company: Little) -> None:
    erased(company)
    company.write("kunder/ny.csv", FILES["lista.csv"])
    assert set(returns(company)) == {"ny.csv"}
    (case,) = company.desk("after-restore", "--json", code=3).json["cases"]
    company.desk("decide", case["case"], "1", "keep", "--reason", "ny kund", code=[0, 3])
    assert returns(company, code=0) == {}
    company.desk("verify", case["case"], code=0)
    company.desk("close", case["case"], "--no-certificate", code=0)
    assert returns(company, code=0) == {}
    company.write("kunder/nyare.csv", FILES["lista.csv"])
    assert set(returns(company)) == {"nyare.csv"}, "a copy beside what was kept was not"
    (company.root / "kunder/nyare.csv").unlink()
    company.write("kunder/ny.csv", FILES["lista.csv"] + "Cilla Frost;cilla@kund.example;\n")
    assert returns(company, code=0) == {}


def test_a_phone_number_alone_opens_no_case(company: Little) -> None:
    erased(company)
    company.write("kunder/ring.txt", "Ring 070-174 06 05 om offerten.\n")
    assert {path: one["tier"] for path, one in returns(company).items()} == {"ring.txt": "possible"}
    run = company.desk("after-restore", code=3)
    assert "Came back, perhaps" in run.out
    assert "gallra find" in run.out
    assert company.desk("after-restore", "--json", code=3).json["cases"] == []


def test_a_source_that_is_away_is_no_source_that_has_nothing(company: Little) -> None:
    erased(company)
    (company.root / "kunder").rename(company.root / "undan")
    company.desk("after-restore", code=5)
    restore(company)
    assert len(returns(company, "after-restore")) == 4


def test_a_crash_leaves_nothing_erased_that_the_ledger_does_not_know(company: Little) -> None:
    """Killed as soon as the first of her files is gone; the case is then lost with its file."""
    case, _ = company.find(ANNA, "Anna Ek")
    folder = company.root / "kunder/Anna Ek"
    process = company.desk.start("erase", case, "--yes", start_new_session=True)
    while process.poll() is None and len(os.listdir(folder) if folder.exists() else ()) == 2:
        pass
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
    company.desk.ended(process)
    gone = {f"Anna Ek/{name}" for name in ("avtal.txt", "kvitto.txt") if not (folder / name).exists()}
    assert gone
    for path in (company.root / ".gallra").glob("cases.sqlite*"):
        path.unlink()
    company.desk("scan", code=[0, 3])
    restore(company)
    assert set(returns(company)) >= gone


def test_without_its_key_the_ledger_says_what_is_missing(company: Little) -> None:
    erased(company)
    key = company.root / "gallra-ledger.key"
    lost = key.read_text()
    key.unlink()
    run = company.desk("scan", code=2)
    assert "the key of the ledger is not here. Put your copy of it back" in run.err
    assert not key.exists()
    case, _ = company.find(BO)
    company.desk("erase", case, "--yes", code=2)
    assert (company.root / "kunder/Bo Dal/avtal.txt").exists(), "nothing is erased that would not be known again"
    key.write_text(lost)
    key.chmod(0o600)
    company.desk("scan", code=0)


def test_nothing_of_the_person_is_in_the_audit_log(company: Little) -> None:
    erased(company)
    restore(company)
    company.desk("scan", code=3)
    company.desk("after-restore", code=3)
    lines = (company.root / ".gallra/audit.jsonl").read_text().splitlines()
    events = [json.loads(line)["event"] for line in lines]
    assert {"returned", "after-restore", "closed"} <= set(events)
    assert not [word for word in ("anna", "Anna", "avtal", "lista", "kunder") if word in "\n".join(lines)]
    company.desk("audit", "verify", code=0)
