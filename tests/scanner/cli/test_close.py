"""`gallra close`: what it refuses, what it writes, and what it says; on a small real company."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Desk
from tests.little import ANNA, Little, little


@pytest.fixture
def company(tmp_path: Path) -> Little:
    (tmp_path / "hem").mkdir()
    return little(Desk(tmp_path / "hem"))


@pytest.fixture
def case(company: Little) -> str:
    number, _ = company.find(ANNA, "Anna Ek")
    company.desk("erase", number, "--yes", code=0)
    return number


def test_a_draft_is_refused_with_the_next_step(company: Little) -> None:
    number, _ = company.find(ANNA)
    run = company.desk("close", number, "--no-certificate", code=4)
    assert run.err == f"gallra: case {number} is not verified. Next: gallra verify {number}\n"
    assert company.desk("show", number, code=3).out.startswith(f"Case {number}, draft")


def test_without_a_certificate_it_is_refused(company: Little, case: str) -> None:
    assert f"gallra close {case} --certificate FILE" in company.desk("close", case, code=4).err
    company.desk("certificate", case, "-o", "intyg.json", code=0)
    company.desk("close", case, code=0)


def test_the_certificate_is_written_first(company: Little, case: str) -> None:
    run = company.desk("close", case, "--certificate", "intyg.json", "--json", code=0)
    assert run.json == {"case": case, "status": "closed", "stays": 0, "remembered": True}
    assert case in json.dumps(json.loads((company.root / "intyg.json").read_text()))


def test_a_certificate_that_cannot_be_written_closes_nothing(company: Little, case: str) -> None:
    company.write("intyg.json", "annat")
    company.desk("close", case, "--certificate", "intyg.json", code=4)
    company.desk("close", case, "--certificate", "saknas/intyg.json", code=4)
    assert (company.root / "intyg.json").read_text() == "annat"
    company.desk("show", case, code=0)


def test_a_refused_close_writes_no_certificate(company: Little) -> None:
    number, _ = company.find(ANNA)
    company.desk("close", number, "--certificate", "intyg.json", code=4)
    assert not (company.root / "intyg.json").exists()


def test_a_closed_case_is_a_number_and_no_more(company: Little, case: str) -> None:
    company.desk("close", case, "--no-certificate", code=0)
    for command in (["show"], ["verify"], ["erase"], ["close", "--no-certificate"], ["certificate", "-o", "x.json"]):
        run = company.desk(*command, case, code=4)
        assert f"case {case} was closed on " in run.err
    assert not (company.root / "x.json").exists()


@pytest.mark.parametrize(
    "options",
    [
        ["--incomplete"],
        ["--reason", "x"],
        ["--incomplete", "--reason", " "],
        ["--certificate", "x.json", "--no-certificate"],
    ],
)
def test_what_does_not_fit_is_a_usage_error(company: Little, options: list[str]) -> None:
    company.desk("close", "1", *options, code=2)


def test_what_is_not_resolved_is_closed_only_with_a_reason(company: Little) -> None:
    company.write("kunder/foto.zip", b"PK\x03\x04 damaged")
    company.desk("scan", code=3)
    number, _ = company.find(ANNA, "Anna Ek")
    company.desk("erase", number, "--yes", code=3)
    run = company.desk("close", number, "--no-certificate", code=4)
    assert "was not searched" in run.err
    run = company.desk("close", number, "--no-certificate", "--incomplete", "--reason", "arkivet saknas", code=3)
    assert f"Case {number} is closed" in run.out


def test_a_withdrawn_request_leaves_nothing_in_the_ledger(company: Little) -> None:
    number, _ = company.find(ANNA, "Anna Ek")
    run: Any = company.desk(
        "close", number, "--no-certificate", "--incomplete", "--reason", "begäran togs tillbaka", "--json", code=3
    ).json
    assert (run["remembered"], run["stays"] > 0) == (False, True)
    company.write("kunder/ny.txt", f"Hej {ANNA}\n")
    assert company.desk("scan", "--json", code=0).json["returns"] == []
