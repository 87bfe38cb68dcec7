"""`gallra show --context` and `--html` as a user runs them: read live, marked, and kept nowhere."""

from __future__ import annotations

import os
import pty
import re
import stat
from pathlib import Path

import pytest

from tests.conftest import Desk
from tests.little import ANNA, Little, little

CANARY = "Zebrafinkar"  # stands beside the person in a text; in no name, and nothing searches for it
SAID = f"{CANARY} i bur.\nAnna Ek ringde, personnummer för Bo: 19850312-9804. {CANARY} igen.\n"


@pytest.fixture
def company(tmp_path: Path) -> Little:
    root = tmp_path / "hem"
    root.mkdir()
    (tmp_path / "tillfälligt").mkdir()
    made = little(Desk(root, {"TMPDIR": str(tmp_path / "tillfälligt"), "COLUMNS": "120"}))
    made.write("kunder/Anna Ek/samtal.txt", SAID)
    made.desk("scan", code=0)
    return made


def bytes_of(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())


def number_of(company: Little, case: str, path: str) -> str:
    found = company.desk("show", case, "--json").json["findings"]
    return str(next(one["id"] for one in found if one["path"].endswith(path)))


def test_the_text_is_shown_marked_and_kept_nowhere(company: Little) -> None:
    case, _ = company.find()
    run = company.desk("show", case, "--context", code=[0, 3])
    assert f"text: {CANARY} i bur. ⏎ «Anna Ek» ringde, personnummer för Bo: ••••••-••••. {CANARY} igen." in run.out
    assert f"From: «Anna Ek» <«{ANNA}»>" in run.out
    assert f"text: «Anna Ek» | «{ANNA}» | «070-174 06 05»" in run.out
    assert "9804" not in run.out
    assert "••••••-•••• stands for the national id of another person" in run.out
    company.desk("show", case, "--context", "--json", code=[0, 3])
    for kept in (company.root / ".gallra", Path(company.desk.env["TMPDIR"])):
        data = bytes_of(kept)
        for coded in (CANARY.encode(), CANARY.encode("utf-16-le"), CANARY.lower().encode()):
            assert coded not in data, kept
    assert bytes_of(company.root / ".gallra"), "there is something to look in"
    assert not list(Path(company.desk.env["TMPDIR"]).rglob("*"))


def test_without_the_option_no_item_is_read(company: Little) -> None:
    case, _ = company.find()
    assert CANARY not in company.desk("show", case, code=[0, 3]).out
    assert all("context" not in one for one in company.desk("show", case, "--json").json["findings"])


def test_only_the_findings_that_were_named(company: Little) -> None:
    case, _ = company.find()
    wanted = number_of(company, case, "samtal.txt")
    run = company.desk("show", case, "--context", wanted, code=[0, 3])
    assert run.out.count(CANARY) == 2
    assert "lista.csv" not in run.out
    assert "Plan" not in run.out
    found = company.desk("show", case, wanted, "--context", "--json", code=[0, 3]).json["findings"]
    (one,) = [one for one in found if "context" in one]
    (text, folder) = one["context"]
    assert str(one["id"]) == wanted
    assert [text["text"][start:end] for start, end in text["marks"]] == ["Anna Ek"]
    assert (text["role"], text["field"], folder["role"]) == ("body", False, "path")
    assert (one["context_more"], one["context_notes"]) == (0, [])


@pytest.mark.parametrize(
    "words",
    [
        ["3"],
        ["--context", "99"],
        ["--context", "x"],
        ["--context", "3-1"],
        ["--force"],
        ["--changes", "1", "--context"],
    ],
)
def test_what_cannot_be_meant_is_a_usage_error(company: Little, words: list[str]) -> None:
    case, _ = company.find()
    company.desk("show", case, *words, code=2)


def test_on_a_terminal_it_is_bold_and_nothing_else_is(company: Little) -> None:
    case, _ = company.find()
    company.write("kunder/Anna Ek/samtal.txt", SAID.replace("ringde", "\x1b[31mringde\x07"))
    wanted = number_of(company, case, "samtal.txt")
    ours, theirs = pty.openpty()
    with company.desk.start("show", case, "--context", wanted, stdout=theirs) as process:
        os.close(theirs)
        data = b""
        while True:
            try:
                piece = os.read(ours, 65536)
            except OSError:  # what a pty says when its other end is closed
                break
            if not piece:
                break
            data += piece
        process.wait(60)
    os.close(ours)
    shown = data.decode()
    assert "\x1b[1mAnna Ek\x1b[22m \\x1b[31mringde\\x07" in shown
    assert "«" not in shown
    assert set(re.findall(r"\x1b\[[0-9;]*[A-Za-z]", shown)) <= {"\x1b[1m", "\x1b[22m"}
    assert "it changed since the last scan" in " ".join(shown.split())


def test_what_is_gone_held_or_erased_says_so(company: Little) -> None:
    case, _ = company.find()
    wanted = number_of(company, case, "samtal.txt")
    letter = number_of(company, case, "kvitto.txt")
    company.desk(
        "decide", case, letter, "keep", "--ground", "e", "--until", "2099-12-31", "--reason", "tvist", code=[0, 3]
    )
    held = company.desk("show", case, "--context", letter, code=[0, 3])
    assert "«ANNA EK»" in held.out, "what the law keeps can be read"
    (company.root / "kunder/Anna Ek/samtal.txt").unlink()
    assert "it is not there any more" in company.desk("show", case, "--context", wanted, code=[0, 3]).out
    company.desk("erase", case, "--yes")
    erased = number_of(company, case, "avtal.txt")
    assert "(it was erased)" in company.desk("show", case, "--context", erased, code=[0, 3]).out


def test_a_source_that_is_away_gives_5(company: Little) -> None:
    case, _ = company.find()
    (company.root / "kunder").rename(company.root / "borta")
    run = company.desk("show", case, "--context", code=5)
    assert "its source could not be read now" in run.out
    assert f"From: «Anna Ek» <«{ANNA}»>" in run.out, "the other source is read"


def test_the_page_is_the_users_own_file(company: Little) -> None:
    case, _ = company.find()
    target = company.root / "svar.html"
    run = company.desk("show", case, "--html", "svar.html", code=[0, 3])
    assert "holds personal data and is yours to keep and to delete" in run.err
    assert run.out == ""
    page = target.read_text(encoding="utf-8")
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    assert page.startswith("<!DOCTYPE html>")
    assert CANARY not in page
    assert ANNA in page
    refused = company.desk("show", case, "--html", "svar.html", "--context", code=4)
    assert "the file is there already" in refused.err
    assert target.read_text(encoding="utf-8") == page
    company.desk("show", case, "--html", "svar.html", "--context", "--force", code=[0, 3])
    assert f"{CANARY} i bur" in target.read_text(encoding="utf-8")
    assert CANARY.encode() not in bytes_of(company.root / ".gallra")
    assert sorted(path.name for path in company.root.iterdir() if path.name.startswith(".")) == [".gallra"]


@pytest.mark.parametrize("target", ["ingen/svar.html", "kunder"])
def test_a_place_where_no_page_can_be_is_refused(company: Little, target: str) -> None:
    case, _ = company.find()
    run = company.desk("show", case, "--html", target, code=4)
    assert "folder" in run.err


def test_a_page_is_no_showing_of_the_plan(company: Little) -> None:
    """`erase --yes` carries out what was shown on the screen: a page may lie unread."""
    case, _ = company.find()
    company.write("kunder/Anna Ek/nytt.txt", f"{ANNA}\n")
    company.desk("scan", code=0)
    company.desk("show", case, "--html", "svar.html", code=[0, 3])
    assert company.desk("erase", case, "--yes").code == 4
