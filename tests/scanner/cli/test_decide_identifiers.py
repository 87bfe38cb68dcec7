"""`gallra decide CASE --also, --not, --unsure` and the verdict `unsure`, over files: remembered, and survived."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Desk
from tests.scanner.cli.test_find import ANNA, BO, HERS, OTHER, made

PHONE = "070-174 06 05"


@pytest.fixture
def gallra(tmp_path: Path) -> Desk:
    """A case about Anna, number 1; `namne.txt` is the namesake's."""
    desk = made(tmp_path)
    desk("find", ANNA, code=0)
    return desk


def show(gallra: Desk) -> Any:
    return gallra("show", "1", "--json", code=[0, 3]).json


def paths(gallra: Desk, tier: str = "certain") -> set[str]:
    return {one["path"] for one in show(gallra)["findings"] if one["tier"] == tier}


def known(gallra: Desk) -> dict[str, Any]:
    return {one["value"]: one for one in show(gallra)["subject"]["identifiers"]}


def suggested(gallra: Desk) -> dict[str, bool]:
    return {one["value"]: one["unsure"] for one in show(gallra)["subject"]["suggestions"]}


def changed(gallra: Desk) -> None:
    """A later scan: the case is searched again when it is shown next."""
    (gallra.root / "kunder" / "nytt.txt").write_text(f"Mer om {ANNA}\n", encoding="utf-8")
    gallra("scan", code=0)


def test_yes_adds_it_and_searches_again(gallra: Desk) -> None:
    assert "namne.txt" not in paths(gallra)
    run = gallra("decide", "1", "--also", OTHER, code=0)
    assert "given: taken by a person" in run.out
    assert "namne.txt" in paths(gallra)
    assert known(gallra)[OTHER] == {"type": "email", "value": OTHER, "given": True, "because": "taken by a person"}
    assert suggested(gallra) == {}


def test_no_is_suggested_never_again(gallra: Desk) -> None:
    assert set(suggested(gallra)) == {OTHER}
    gallra("decide", "1", "--not", OTHER, code=0)
    assert suggested(gallra) == {}
    changed(gallra)
    assert suggested(gallra) == {}
    gallra("decide", "1", "--unsure", "070-174 06 99", code=0)
    assert OTHER not in suggested(gallra), "another decision widens again, and remembers the first"


def test_unsure_stays_a_suggestion_and_is_marked(gallra: Desk) -> None:
    run = gallra("decide", "1", "--unsure", OTHER, code=0)
    assert "somebody looked and could not tell" in run.out
    changed(gallra)
    assert suggested(gallra) == {OTHER: True}
    assert "namne.txt" not in paths(gallra)


@pytest.mark.parametrize("option", ["--not", "--unsure"])
def test_an_added_identifier_that_is_not_hers_leaves_with_all_that_it_alone_led_to(gallra: Desk, option: str) -> None:
    assert paths(gallra) == HERS
    gallra("decide", "1", option, PHONE, code=0)
    assert paths(gallra) == {"register.csv", "hennes.txt"}
    assert not {"bara-tel.txt", "bara-id.txt"} & {one["path"] for one in show(gallra)["findings"]}
    assert {one["type"] for one in known(gallra).values()} == {"email", "name", "customer_number", "address"}


def test_the_last_word_holds(gallra: Desk) -> None:
    gallra("decide", "1", "--not", OTHER, code=0)
    gallra("decide", "1", "--also", OTHER, code=0)
    assert "namne.txt" in paths(gallra)
    gallra("decide", "1", "--not", OTHER, code=0)
    assert "namne.txt" not in paths(gallra)
    assert OTHER not in known(gallra)


def test_decisions_survive_an_erasure_and_its_verification(gallra: Desk) -> None:
    gallra("decide", "1", "--also", OTHER, code=0)
    gallra("decide", "1", "--unsure", "070-174 06 99", code=0)
    gallra("erase", "1", "--yes", code=[0, 3])
    gallra("verify", "1", code=[0, 3])
    assert known(gallra)[OTHER]["because"] == "taken by a person"
    assert "+46701740699" in suggested(gallra)
    kunder = gallra.root / "kunder"
    assert not (kunder / "namne.txt").exists()
    assert (kunder / "slarv.txt").exists()
    assert BO in (kunder / "register.csv").read_text(encoding="utf-8")
    gallra("decide", "1", "--not", "x@y.example", code=[0, 3])
    assert ANNA in known(gallra)
    assert "198503129804" in known(gallra), "the row that said so is erased; what was known stays known"


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("--also", BO), 4),  # another person's, as the index has it
        (("--not", ANNA), 4),  # asked for
        (("--also", "Anna Ek"), 2),
        (("--also", "anna@"), 2),
        (("--also", OTHER, "--not", OTHER), 2),
        (("--also", OTHER, "1", "keep"), 2),
        ((), 2),
        (("keep",), 2),
        (("1",), 2),
        (("1", "burn"), 2),
    ],
)
def test_what_cannot_be_decided_changes_nothing(gallra: Desk, arguments: tuple[str, ...], code: int) -> None:
    before = show(gallra)
    run = gallra("decide", "1", *arguments, code=code)
    assert BO not in run.text
    assert OTHER not in run.err
    assert show(gallra) == before


def test_no_value_is_in_the_log(gallra: Desk) -> None:
    gallra("decide", "1", "--not", OTHER, "--unsure", PHONE, code=0)
    log = (gallra.root / ".gallra" / "audit.jsonl").read_text(encoding="utf-8")
    assert OTHER not in log
    assert "0701740605" not in log.replace("-", "").replace(" ", "")
    assert '"verdict":"unsure"' in log.replace(" ", "")


# The verdict on findings


def finding(gallra: Desk, path: str) -> Any:
    return next(one for one in show(gallra)["findings"] if one["path"] == path)


def test_unsure_of_a_finding_keeps_it_waiting_with_a_note(gallra: Desk) -> None:
    number = str(finding(gallra, "hennes.txt")["id"])
    assert finding(gallra, "hennes.txt")["action"] == "remove"
    gallra("decide", "1", number, "unsure", "--reason", "no file to compare", code=0)
    one = finding(gallra, "hennes.txt")
    assert (one["action"], one["state"]) == ("decide", "open")
    assert one["reason"] == "a person looked and could not tell: no file to compare"
    changed(gallra)
    assert finding(gallra, "hennes.txt")["reason"] == one["reason"]
    gallra("erase", "1", "--yes", code=3)
    assert (gallra.root / "kunder" / "hennes.txt").exists()
    gallra("verify", "1", code=3)
    assert finding(gallra, "hennes.txt")["state"] == "open", "neither erased nor kept: unresolved"
    gallra("decide", "1", number, "erase", code=[0, 3])
    assert finding(gallra, "hennes.txt")["action"] == "remove", "the last word holds"


def test_nothing_around_what_nobody_was_sure_of_leaves(gallra: Desk) -> None:
    """One record of an item: the item does not go whole."""
    number = str(finding(gallra, "larm.csv")["id"])
    gallra("decide", "1", number, "unsure", code=0)
    gallra("erase", "1", "--yes", code=3)
    assert "19850312-9804" in (gallra.root / "kunder" / "larm.csv").read_text(encoding="utf-8")


def test_unsure_takes_no_ground(gallra: Desk) -> None:
    assert "--ground" in gallra("decide", "1", "1", "unsure", "--ground", "e", "--reason", "x", code=2).err
