"""What a person decided to hold or keep outlives the case, and a namesake that stays hides nothing that came back."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import Desk
from tests.little import ANNA, Little, Run, little

CONTRACT, RECEIPT = "kunder/Anna Ek/avtal.txt", "kunder/Anna Ek/kvitto.txt"


@pytest.fixture
def company(desk: Desk) -> Little:
    return little(desk)


def number_of(run: Run, path: str) -> str:
    return str(next(one["id"] for one in run.json["findings"] if one["path"] == path and not one["within"]))


def actions(run: Run) -> dict[str, tuple[str, str]]:
    return {one["path"]: (one["action"], one["state"]) for one in run.json["findings"] if not one["within"]}


@pytest.mark.parametrize("closed", [False, True])
def test_another_case_erases_nothing_that_a_person_holds_or_keeps(company: Little, closed: bool) -> None:
    desk = company.desk
    case, run = company.find(ANNA, "Anna Ek")
    contract = number_of(run, "Anna Ek/avtal.txt")
    desk("decide", case, contract, "keep", "--ground", "e", "--until", "2099-01-01", "--reason", "claim", code=0)
    desk("decide", case, number_of(run, "Anna Ek/kvitto.txt"), "keep", "--reason", "asked for", code=0)
    desk("erase", case, "--yes", code=0)
    if closed:
        desk("close", case, "--no-certificate", code=0)
    again, run = company.find(ANNA, "Anna Ek")
    assert again != case
    assert actions(run)["Anna Ek/avtal.txt"] == ("hold", "held")
    assert actions(run)["Anna Ek/kvitto.txt"] == ("decide", "open")
    desk("erase", again, "--yes", code=[0, 3])
    assert (company.root / CONTRACT).exists()
    assert (company.root / RECEIPT).exists()


def test_what_is_held_and_gone_is_not_certified_as_held(company: Little, tmp_path: Path) -> None:
    desk = company.desk
    case, run = company.find(ANNA, "Anna Ek")
    contract = number_of(run, "Anna Ek/avtal.txt")
    desk("decide", case, contract, "keep", "--ground", "e", "--until", "2099-01-01", "--reason", "claim", code=0)
    desk("erase", case, "--yes", code=0)
    (company.root / CONTRACT).unlink()
    desk("verify", case, code=3)  # the folder is empty now, and may go
    shown = desk("show", case, "--json", code=3)
    assert actions(shown)["Anna Ek/avtal.txt"][1] == "absent"
    signed = desk("certificate", case, "--json", code=[0, 3]).json
    assert "2099-01-01" not in str(signed)


def test_a_namesake_that_stays_hides_no_return(company: Little) -> None:
    desk = company.desk
    lista = f"Namn;E-post;Mobil\nBo Dal;bo.dal@kund.example;\nAnna Ek;{ANNA};070-174 06 05\nAnna Ek;;070-174 06 07\n"
    company.write("kunder/lista.csv", lista)
    desk("scan", code=0)
    case, run = company.find(ANNA)
    namesake = next(str(one["id"]) for one in run.json["findings"] if one["tier"] == "possible")
    desk("decide", case, namesake, "keep", "--reason", "somebody else", code=0)
    desk("erase", case, "--yes", code=[0, 3])
    assert ANNA not in (company.root / "kunder/lista.csv").read_text()
    company.write("kunder/lista.csv", lista)
    back = desk("scan", "--json", code=3).json["returns"]
    assert [one["path"] for one in back] == ["lista.csv"]
    desk("after-restore", code=3)


def test_a_case_that_never_ran_is_not_verified_by_a_look(company: Little) -> None:
    case, _ = company.find(ANNA)
    company.desk("verify", case, code=3)
    assert "verified" not in company.desk("show", case, code=[0, 3]).out.splitlines()[0]
    assert company.desk("certificate", case, "--json", code=4)


def test_a_decision_is_saved_with_what_it_means_for_the_folder(company: Little) -> None:
    desk = company.desk
    case, run = company.find(ANNA, "Anna Ek")
    assert actions(run)["Anna Ek"] == ("remove", "open")
    desk("decide", case, number_of(run, "Anna Ek/avtal.txt"), "keep", "--reason", "asked for", code=0)
    assert actions(desk("show", case, "--json", code=[0, 3]))["Anna Ek"][1] == "kept"
