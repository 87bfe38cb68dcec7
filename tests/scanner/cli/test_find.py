"""`gallra find` as a user runs it, over files: how far it reaches, what it suggests, what it refuses to search for."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Desk

CONFIG = """
[company]
name = "Invex AB"
domains = ["invex.example"]
phones = ["08-465 004 20"]
shared = ["hemma@familj.example"]
[[staff]]
name = "Eva Alm"
emails = ["eva@privat.example"]
[[source]]
name = "kunder"
kind = "folder"
backup = "none"
path = "kunder"
[detect]
customer_number = ["KND-[0-9]{5}"]
"""
ANNA, OTHER, BO = "anna@kund.example", "anna2@x.example", "bo@kund.example"
FILES = {
    "register.csv": "Namn;E-post;Mobil;Kundnr;Adress;Postnr;Ort\n"
    f"Anna Ek;{ANNA};070-174 06 05;KND-10001;Hittepåvägen 7;392 30;Kalmar\n"
    f"Bo Alm;{BO};070-174 06 06;KND-10002;Storgatan 1;392 30;Kalmar\n"
    f"Anna Ek;{OTHER};070-174 06 08;KND-10003;Lillgatan 2;211 45;Malmö\n"
    "Ida Ek;info@firma.example;08-465 004 20;KND-10004;Lillgatan 3;211 45;Malmö\n"
    "Ivar Ek;ivar@invex.example;070-174 06 09;KND-10005;Lillgatan 4;211 45;Malmö\n",
    "larm.csv": "Namn;Mobil;Personnummer\nAnna Ek;070-174 06 05;19850312-9804\n",
    "familj.csv": "Namn;Hemtelefon\nAnna Ek;070-174 06 07\nBo Alm;070-174 06 07\n",
    "hennes.txt": f"Avtal {ANNA}\n",
    "bara-id.txt": "Ang. 850312-9804\n",
    "bara-tel.txt": "Ring 070-174 06 05\n",
    "namne.txt": f"Avtal {OTHER}\n",
    "slarv.txt": "Ang. 850312-9805\n",
    "slarv2.txt": "Ang. 198503129805, igen\n",
    "belopp.txt": "850312 kr, sedan 9805 kr\n",
}
HERS = {"register.csv", "larm.csv", "hennes.txt", "bara-id.txt", "bara-tel.txt"}


@pytest.fixture(scope="module")
def gallra(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """Written and scanned; nobody decides anything in it."""
    return made(tmp_path_factory.mktemp("hem"))


def made(root: Path) -> Desk:
    desk = Desk(root).write(CONFIG)
    for path, text in FILES.items():
        (root / "kunder").mkdir(exist_ok=True)
        (root / "kunder" / path).write_text(text, encoding="utf-8")
    desk("scan", code=0)
    return desk


def ask(gallra: Desk, *words: str) -> Any:
    return gallra("find", "--no-case", "--json", *words, code=0).json


def paths(answer: Any, tier: str = "certain") -> set[str]:
    return {one["path"] for one in answer["findings"] if one["tier"] == tier}


STARTS: list[Sequence[str]] = [
    (ANNA,),
    ("070-174 06 05",),
    ("KND-10001",),
    ("19850312-9804",),
    ("--name", "Anna Ek", "--city", "Kalmar"),
    ("--name", "Anna Ek", "--address", "Hittepåvägen 7"),
]


@pytest.mark.parametrize("start", STARTS)
def test_every_start_reaches_the_same_items(gallra: Desk, start: Sequence[str]) -> None:
    answer = ask(gallra, *start)
    assert paths(answer) == HERS
    assert answer["subject"]["missing"] == []


def test_the_later_link_is_named_with_its_place(gallra: Desk) -> None:
    found = {one["type"]: one for one in ask(gallra, ANNA)["subject"]["identifiers"]}
    assert found["national_id"]["because"] == "stands with the added phone in kunder: larm.csv > row 1"
    assert found["phone"]["because"] == "stands with the given email in kunder: register.csv > row 1"
    assert not found["national_id"]["given"]


def test_places_are_in_no_log(gallra: Desk) -> None:
    gallra("find", ANNA, code=0)
    log = (gallra.root / ".gallra" / "audit.jsonl").read_text(encoding="utf-8")
    assert "case-opened" in log
    for word in ("larm", "register", "stands", "Ek", "kund.example"):
        assert word not in log
    for file in (gallra.root / ".gallra").iterdir():
        assert b"larm.csv" not in file.read_bytes(), "sealed"


@pytest.mark.parametrize(
    ("start", "link"),
    [
        (("--name", "Anna Ek", "--city", "Umeå"), "no register row or card of this name gives a postal address there"),
        (("Anna Ek",), "a name alone leads to no other identifier"),
        (("070-174 06 07",), "the given phone is used by several persons"),
        (("070-174 06 99",), "no register row or card joins this phone to an e-mail address"),
    ],
)
def test_the_link_that_is_missing_is_told_on_both_ways(gallra: Desk, start: Sequence[str], link: str) -> None:
    assert any(link in sentence for sentence in ask(gallra, *start)["subject"]["missing"])
    assert link in gallra("find", "--no-case", *start, code=0).out


def test_the_namesake_is_suggested_and_not_searched(gallra: Desk) -> None:
    answer = ask(gallra, ANNA)
    assert answer["subject"]["suggestions"] == [
        {
            "name": "Anna Ek",
            "type": "email",
            "value": OTHER,
            "places": 1,
            "where": "kunder: register.csv > row 3",
            "unsure": False,
        }
    ]
    assert "namne.txt" not in {one["path"] for one in answer["findings"]}
    text = gallra("find", "--no-case", ANNA, code=0).out
    assert f"Anna Ek <{OTHER}>, in 1 place" in text
    assert "--also" in text


def test_also_takes_one_and_says_that_a_person_did(gallra: Desk) -> None:
    answer = ask(gallra, ANNA, "--also", OTHER)
    (taken,) = [one for one in answer["subject"]["identifiers"] if one["value"] == OTHER]
    assert (taken["given"], taken["because"]) == (True, "taken by a person")
    assert "namne.txt" in paths(answer)
    assert answer["subject"]["suggestions"] == []


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ((ANNA, BO), "person 1: PERSON number 1; person 2: PERSON number 2"),
        ((ANNA, "070-174 06 05", "--email", BO, "--customer", "KND-10002"), "person 2: --customer, --email"),
        ((ANNA, "--also", BO), "person 2: --also"),
    ],
)
def test_identifiers_of_two_persons_stop_it(gallra: Desk, words: Sequence[str], told: str) -> None:
    before = {path: path.read_bytes() for path in (gallra.root / ".gallra").glob("*.sqlite")}
    run = gallra("find", *words, code=2)
    assert "belong to different persons" in run.err
    assert told in run.err
    assert run.out == ""
    assert "kund.example" not in run.text
    assert "KND" not in run.text
    log = (gallra.root / ".gallra" / "audit.jsonl").read_bytes()
    gallra("find", *words, code=2)
    assert (gallra.root / ".gallra" / "audit.jsonl").read_bytes() == log, "nothing was searched"
    assert {path: path.read_bytes() for path in before} == before, "and no case opened"


def test_a_couples_phone_stops_nothing(gallra: Desk) -> None:
    assert paths(ask(gallra, ANNA, "070-174 06 07")) == HERS


@pytest.mark.parametrize("number", ["19850312-9805", "850312-9805", "8503129805"])
def test_a_wrong_check_digit_is_told_and_gives_only_possible_findings(gallra: Desk, number: str) -> None:
    run = gallra("find", "--no-case", "--json", number, code=0)
    assert "check digit" in run.err
    assert number not in run.err
    assert {(one["path"], one["tier"], one["action"]) for one in run.json["findings"]} == {
        ("slarv.txt", "possible", "decide"),
        ("slarv2.txt", "possible", "decide"),
    }
    assert {seen["type"] for one in run.json["findings"] for seen in one["evidence"]} == {"text"}


@pytest.mark.parametrize(
    "words", [("",), ("A",), ("%",), ("--name", ""), ("--name", "A"), ("--name", "%"), ("--also", ANNA)]
)
def test_what_points_at_nobody_is_refused(gallra: Desk, words: Sequence[str]) -> None:
    run = gallra("find", *words, code=2) if words[0] != "--also" else gallra("find", "--also", "Anna Ek", ANNA, code=2)
    assert run.out == ""


@pytest.mark.parametrize("phone", ["+47 21 50 00 00", "0047 21 50 00 00"])
def test_a_phone_of_another_country_is_searched(gallra: Desk, phone: str) -> None:
    assert ask(gallra, phone)["subject"]["identifiers"][0]["value"] == "+4721500000"


@pytest.mark.parametrize(
    ("start", "shared"),
    [
        ("08-465 004 20", True),  # the company's switchboard
        ("info@firma.example", True),
        ("hemma@familj.example", True),
        ("070-174 06 07", True),  # a family's
        ("070-174 06 06", False),
    ],
)
def test_what_several_use_is_told_and_leads_nowhere(gallra: Desk, start: str, shared: bool) -> None:
    text = gallra("find", "--no-case", start, code=0).out
    added = [one for one in ask(gallra, start)["subject"]["identifiers"] if not one["given"]]
    assert ("shared by several" in text) is shared
    assert (added == []) is shared


def test_the_companys_domain_is_added_to_nobody(gallra: Desk) -> None:
    found = ask(gallra, "KND-10005")["subject"]["identifiers"]
    assert {one["type"] for one in found} >= {"phone", "name"}
    assert "ivar@invex.example" not in {one["value"] for one in found}
