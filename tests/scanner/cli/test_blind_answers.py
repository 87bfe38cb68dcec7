"""What closes every answer: sources never scanned, long ago, not to the end; formats not read; what was left out."""

from __future__ import annotations

import hashlib
import json
import shutil
import sqlite3
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from scanner.cli.main import main

CONFIG = """[agent]
state = ".gallra"
key = "file:gallra.key"
{agent}
[company]
name = "Invex AB"
domains = ["invex.example"]

[[source]]
name = "kunder"
kind = "folder"
backup = "none"
path = "kunder"
exclude = ["*.iso", "Arkiv", "*.none"]

[[source]]
name = "lager"
kind = "folder"
backup = "none"
path = "lager"
"""
ANNA = "anna.ek@kund.example"
BINARY = b"".join(hashlib.sha256(bytes([number])).digest() for number in range(64))  # as of a program of drawings
Ask = Callable[..., tuple[int, str]]


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("GALLRA_CONFIG", raising=False)
    (tmp_path / "gallra.toml").write_text(CONFIG.format(agent=""))
    for name, text in {
        "kunder/Anna Ek/avtal.txt": f"Avtal med Anna Ek, {ANNA}\n",
        "kunder/bild.iso": "x",
        "kunder/b/bild.iso": "x",
        "kunder/Arkiv/gammalt.txt": f"{ANNA}\n",
        "kunder/Arkiv/mer.txt": f"{ANNA}\n",
        "lager/lista.txt": "Skruv\n",
    }.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


@pytest.fixture
def ask(root: Path, capsys: pytest.CaptureFixture[str]) -> Ask:
    def run(*arguments: str) -> tuple[int, str]:
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main(arguments)
        assert isinstance(ended.value.code, int)
        return ended.value.code, capsys.readouterr().out

    return run


def asked(ask: Ask, *arguments: str) -> tuple[int, Any]:
    code, out = ask(*arguments, "--json")
    return code, json.loads(out)


def age(root: Path, source_number: int, days: int) -> None:
    """Say in the index file itself that a source was scanned so long ago."""
    when = (datetime.now(UTC) - timedelta(days=days)).isoformat(timespec="microseconds")
    with sqlite3.connect(root / ".gallra" / "index.sqlite") as db:
        assert db.execute("UPDATE scope SET scanned_at = ? WHERE source = ?", (when, source_number)).rowcount == 1
    db.close()


def test_what_is_left_out_is_counted_and_is_no_gap(root: Path, ask: Ask) -> None:
    assert ask("scan")[0] == 0
    code, value = asked(ask, "find", ANNA)
    assert (code, value["gaps"]) == (0, [])
    (kunder, lager) = value["searched"]
    isos = sum(path.suffix == ".iso" for path in (root / "kunder").rglob("*"))
    assert kunder["left_out"] == [
        {"pattern": "*.iso", "items": isos, "folders": 0},
        {"pattern": "Arkiv", "items": 1, "folders": 1},
        {"pattern": "*.none", "items": 0, "folders": 0},
    ]
    assert (kunder["error"], lager["left_out"]) == (None, [])
    number = value["case"]
    for told in (ask("find", ANNA, "--no-case")[1], ask("show", number)[1], ask("verify", number)[1]):
        flat = " ".join(told.split())
        assert "Left out by configuration" in flat
        assert "kunder: *.iso (2 items when last scanned), Arkiv (1 folder with all in it when last scanned)" in flat
    for command in (("show", number), ("verify", number), ("erase", number, "--yes")):
        assert asked(ask, *command)[1]["searched"][0]["left_out"] == kunder["left_out"]
    assert (root / "kunder/Arkiv/gammalt.txt").read_text() == f"{ANNA}\n"


def test_a_pattern_that_came_later_is_not_counted_yet(root: Path, ask: Ask) -> None:
    ask("scan")
    text = (root / "gallra.toml").read_text().replace('"*.none"]', '"*.tmp"]')
    (root / "gallra.toml").write_text(text)
    (kunder, _) = asked(ask, "find", ANNA)[1]["searched"]
    assert {"pattern": "*.tmp", "items": None, "folders": 0} in kunder["left_out"]
    assert {"pattern": "*.none", "items": 0, "folders": 0} in kunder["left_out"]  # the answer is from that scan


def test_a_source_never_scanned_is_a_gap_of_every_answer(ask: Ask) -> None:
    ask("scan", "kunder")
    code, value = asked(ask, "find", ANNA)
    assert code == 3
    assert [(one["source"], one["path"], one["reason"]) for one in value["gaps"]] == [("lager", "", "never scanned")]
    code, value = asked(ask, "verify", value["case"])
    assert (code, [one["reason"] for one in value["gaps"]]) == (3, ["never scanned"])


def test_a_source_scanned_long_ago_is_a_gap_until_verify_has_walked_it(root: Path, ask: Ask) -> None:
    ask("scan")
    number = asked(ask, "find", ANNA, "Anna Ek")[1]["case"]
    age(root, 1, 7)
    assert asked(ask, "find", ANNA)[0] == 0  # as old as may be
    age(root, 1, 12)
    code, value = asked(ask, "show", number)  # a case that was opened before knows it too
    assert (code, value["gaps"]) == (
        3,
        [{"source": "kunder", "path": "", "within": [], "reason": "stale", "detail": "last scanned 12 days ago"}],
    )
    assert "kunder: (all of it)" in (told := ask("show", number)[1])
    assert "stale (last scanned 12 days ago)" in told
    code, value = asked(ask, "erase", number, "--yes")
    assert (code, value["gaps"], value["states"]) == (0, [], {"erased": 2})


def test_how_old_is_for_the_admin_to_say(root: Path, ask: Ask) -> None:
    ask("scan")
    age(root, 1, 12)
    (root / "gallra.toml").write_text(CONFIG.format(agent="stale_after_days = 12"))
    assert asked(ask, "find", ANNA)[0] == 0
    (root / "gallra.toml").write_text(CONFIG.format(agent="stale_after_days = 11"))
    assert asked(ask, "find", ANNA)[0] == 3
    (root / "gallra.toml").write_text(CONFIG.format(agent="stale_after_days = 0"))
    assert ask("find", ANNA)[0] == 2


def test_a_scan_that_failed_is_told_until_one_goes_well(root: Path, ask: Ask) -> None:
    ask("scan")
    shutil.move(root / "lager", root / "bort")
    assert ask("scan")[0] == 5
    code, value = asked(ask, "find", ANNA)
    (gap,) = value["gaps"]
    assert (code, gap["source"], gap["reason"]) == (3, "lager", "stale")
    assert gap["detail"].startswith("the last scan failed: ")
    assert str(root) not in gap["detail"]
    assert value["searched"][1]["error"]
    assert "failed" in ask("find", ANNA)[1]
    shutil.move(root / "bort", root / "lager")
    ask("scan")
    assert asked(ask, "find", ANNA)[0] == 0


def test_a_scan_that_broke_off_is_told(root: Path, ask: Ask) -> None:
    ask("scan")
    with sqlite3.connect(root / ".gallra" / "index.sqlite") as db:  # as a kill in the middle of a walk leaves it
        db.execute("UPDATE scope SET complete = 0 WHERE source = 2")
    db.close()
    _, value = asked(ask, "find", ANNA)
    assert [(one["source"], one["detail"]) for one in value["gaps"]] == [
        ("lager", "a scan of it has not ended, or broke off")
    ]


def test_formats_that_nobody_reads_are_summed_up(root: Path, ask: Ask) -> None:
    for number in range(12):
        (root / "lager" / f"m{number}.cad").write_bytes(BINARY)
    (root / "lager" / "prog.exe").write_bytes(b"MZ\x90\x00" + BINARY)
    ask("scan")
    code, told = ask("find", ANNA)
    assert code == 3
    assert "by ending: 12 .cad, 1 .exe" in " ".join(told.split())
    gaps = asked(ask, "find", ANNA)[1]["gaps"]
    assert {(one["reason"], one["detail"]) for one in gaps} >= {("unknown format", "exe")}
    assert len(gaps) == 13


def test_check_foretells_it_all_before_any_scan(root: Path, ask: Ask) -> None:
    (root / "lager" / "m.cad").write_bytes(BINARY)
    (root / "lager" / "skyltar.png").write_bytes(
        bytes.fromhex(
            "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360606060000000"
            "050001a5f645400000000049454e44ae426082"
        )
    )
    with zipfile.ZipFile(root / "lager" / "fin.zip", "w") as archive:
        archive.writestr("a.txt", "x")
    locked = bytearray((root / "lager" / "fin.zip").read_bytes())
    for signature, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        locked[locked.index(signature) + at] |= 1  # the bit that says: encrypted
    (root / "lager" / "hemlig.zip").write_bytes(locked)
    (root / "lager" / "ut").symlink_to("/")
    before = sorted(str(path) for path in root.rglob("*"))
    code, value = asked(ask, "check")
    assert code == 3
    assert [(one["source"], one["reason"]) for one in value["gaps"]] == [
        ("kunder", "never scanned"),
        ("lager", "never scanned"),
    ]
    kunder, lager = value["sources"]
    assert kunder["blind"] == ["left out by its settings: *.iso, Arkiv, *.none"]
    assert {"pattern": "Arkiv", "items": 1, "folders": 1} in kunder["left_out"]
    told = "\n".join(lager["blind"])
    assert "1 link not followed" in told
    assert "unknown format (.cad): 1 of 5 items read as a sample" in told
    assert "encrypted (zip member): 1 of 5 items read as a sample: [read] passwords is empty" in told
    assert "hemlig" not in told and "skyltar" not in told
    assert lager["sampled"] == 5
    assert "Answers will not know of" in ask("check")[1]
    assert sorted(str(path) for path in root.rglob("*")) == before  # it is no scan


def test_check_tells_of_pictures_and_of_what_is_old(root: Path, ask: Ask) -> None:
    from PIL import Image

    Image.new("RGB", (600, 400), "white").save(root / "lager" / "skylt.png")
    _, value = asked(ask, "check")
    assert any("pictures that nobody reads" in one and "[ocr] is off" in one for one in value["sources"][1]["blind"])
    ask("scan")
    age(root, 2, 30)
    _, value = asked(ask, "check")
    told = {(one["source"], one["reason"], one["detail"]) for one in value["gaps"]}
    assert ("lager", "stale", "last scanned 30 days ago") in told
