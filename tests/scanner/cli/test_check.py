"""`gallra check` as it is typed, in an installation that `gallra init` made."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from scanner.cli.main import main


def run(*arguments: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert isinstance(ended.value.code, int)
    return ended.value.code


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("GALLRA_CONFIG", raising=False)
    run("init")
    return tmp_path


def answer(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, Any]:
    capsys.readouterr()
    code = run("check", *arguments, "--json")
    return code, json.loads(capsys.readouterr().out)


def test_a_fresh_installation_lacks_only_a_scan(capsys: pytest.CaptureFixture[str]) -> None:
    code, value = answer(capsys)
    assert code == 3
    assert list(value) == ["sources", "backups", "hands", "uncovered", "problems", "advice", "gaps", "places"]
    (one,) = value["sources"]
    known = [
        "source",
        "kind",
        "reached",
        "error",
        "items",
        "erases",
        "limits",
        "facts",
        "follows",
        "problems",
        "indexed",
    ]
    assert list(one) == [*known, "left_out", "sampled", "blind"]
    assert (one["left_out"], one["sampled"] > 0, one["blind"]) == ([], True, [])
    assert (one["source"], one["reached"], one["items"], one["erases"], one["indexed"]) == (
        "example",
        True,
        True,
        True,
        0,
    )
    assert value["problems"] == []
    assert value["gaps"] == [{"source": "example", "reason": "never scanned", "detail": "", "count": 1}]
    assert run("check") == 3
    told = capsys.readouterr().out
    assert "never: gallra scan" in told
    assert "blocks on the disk are freed, not overwritten" in told
    assert "All is well." not in told
    run("scan")
    assert run("check") == 0
    assert capsys.readouterr().out.endswith("All is well.\n")


def test_it_makes_no_key_no_state_and_no_index(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "gallra.key").unlink()
    shutil.rmtree(here / ".gallra")
    code, value = answer(capsys)
    assert code == 3
    assert any("there is no key yet" in one for one in value["advice"])
    assert sorted(path.name for path in here.iterdir()) == ["example", "gallra-ledger.key", "gallra.toml"]


def test_gaps_of_the_last_scan_are_counted_by_reason(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for number in range(4):
        (here / "example" / f"film{number}.mp4").write_bytes(b"\0\0\0\x18ftypisom" + bytes(100))
    assert run("scan") == 3
    assert "4 parts could not be searched" in capsys.readouterr().out
    code, value = answer(capsys)
    assert code == 3
    assert [(one["source"], one["reason"], one["count"]) for one in value["gaps"]] == [("example", "unknown format", 4)]
    assert value["sources"][0]["indexed"] == 5
    run("check")
    told = capsys.readouterr().out
    assert "Could not be searched (4)" in told
    assert "example: 4 parts  unknown format" in told
    assert "as film0.mp4, film1.mp4, film2.mp4 and 1 more" in told


def test_every_gap_can_be_listed_without_a_case(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for number in range(40):
        (here / "example" / f"film{number:02}.mp4").write_bytes(b"\0\0\0\x18ftypisom" + bytes(100))
    run("scan")
    _, value = answer(capsys)
    names = [f"film{number:02}.mp4" for number in range(40)]
    assert sorted(one["path"] for one in value["places"]) == names
    assert value["places"][0].items() >= {"source": "example", "within": [], "reason": "unknown format"}.items()
    assert value["places"][0]["detail"] == "mp4"
    assert run("check") == 3
    told = capsys.readouterr().out
    assert "by ending: 40 .mp4; by folder: 40 the top folder" in told
    assert "gallra check --gaps" in told
    assert "film20.mp4" not in told
    assert run("check", "--gaps") == 3
    lines = capsys.readouterr().out.splitlines()
    assert [line for line in lines if "film" in line] == [f"example: {name}  unknown format (mp4)" for name in names]


def test_a_source_that_is_gone_or_emptied_since_the_scan_is_5(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run("scan")
    (here / "example" / "kunder.csv").unlink()
    assert answer(capsys)[0] == 5
    (here / "example").rmdir()
    code, value = answer(capsys)
    assert code == 5
    assert (value["sources"][0]["reached"], value["sources"][0]["items"]) == (False, None)
    assert run("check") == 5
    assert "example: the source's folder is not there" in capsys.readouterr().out


@pytest.mark.parametrize("harm", ["open to others", "lost", "another"])
def test_a_key_that_does_not_do_is_told(here: Path, capsys: pytest.CaptureFixture[str], harm: str) -> None:
    run("scan")
    key = here / "gallra.key"
    if harm == "open to others":
        key.chmod(0o644)
        told = "chmod 600"
    elif harm == "lost":
        key.unlink()
        told = "Put your copy of it back"
    else:
        key.write_text("ab" * 32)
        assert run("check") == 2
        assert "made with another key" in capsys.readouterr().err
        return
    code, value = answer(capsys)
    assert code == 3
    assert [told in one for one in value["problems"]] == [True]


def test_state_inside_a_source_is_3(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = (here / "gallra.toml").read_text().replace('state = ".gallra"', 'state = "example/.gallra"')
    (here / "gallra.toml").write_text(text)
    code, value = answer(capsys)
    assert code == 3
    assert ["lies in the source example" in one for one in value["problems"]] == [True]


def test_one_source_by_name(capsys: pytest.CaptureFixture[str]) -> None:
    run("scan")
    assert answer(capsys, "example")[0] == 0
    assert run("check", "exmple") == 2
    assert 'did you mean "example"?' in capsys.readouterr().err


def test_no_sources_at_all(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "gallra.toml").write_text('[company]\nname = "X"\n')
    capsys.readouterr()
    assert run("check") == 3
    assert "no sources are configured" in capsys.readouterr().out
