"""`gallra init` and what stands around every command: run as the command, some in a process of their own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from config.load import load
from config.model import Agent
from scanner.cli.init import FILE, STATE
from scanner.cli.main import main

EXAMPLE = Path(__file__).parents[3] / "config" / "example.toml"


def run(*arguments: str) -> int:
    """The exit code of the command."""
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert isinstance(ended.value.code, int)
    return ended.value.code


def tree(folder: Path) -> dict[str, tuple[int, bytes]]:
    """Modes and bytes of everything in the folder."""
    return {
        str(path.relative_to(folder)): (path.stat().st_mode & 0o777, path.read_bytes() if path.is_file() else b"")
        for path in sorted(folder.rglob("*"))
    }


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("GALLRA_CONFIG", raising=False)
    return tmp_path


@pytest.mark.parametrize("directory", [(), ("new/office",), ("med mellanslag å",)])
def test_init_makes_all_that_a_scan_needs(
    directory: tuple[str, ...], here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("init", *directory) == 0
    folder = here.joinpath(*directory)
    found = tree(folder)
    keys = ["gallra-ledger.key", "gallra.key"]
    assert list(found) == [".gallra", "example", "example/kunder.csv", *keys, "gallra.toml"]
    assert found[".gallra"][0] == 0o700
    assert [found[key][0] for key in keys] == [0o600, 0o600]
    assert [len(bytes.fromhex(found[key][1].decode())) for key in keys] == [32, 32]
    assert found[keys[0]][1] != found[keys[1]][1]
    assert found["gallra.toml"][1] == EXAMPLE.read_bytes()
    config = load(folder / "gallra.toml")
    assert config.agent == Agent(folder / STATE)
    assert [os.listdir(source.settings["path"]) for source in config.sources] == [["kunder.csv"]]
    told = capsys.readouterr().out
    assert "copy of the key" in told
    assert "copy of the ledger's key" in told
    assert "apart from the state folder" in told
    assert (
        "gallra scan" in told
        or f"gallra --config '{directory[0]}/{FILE}' scan" in told
        or (f"gallra --config {directory[0]}/{FILE} scan" in told)
    )


def test_init_again_changes_nothing_and_says_what_is_next(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run("init")
    (here / FILE).write_text("# mine\n")
    before = tree(here)
    capsys.readouterr()
    assert run("init") == 2
    assert tree(here) == before
    assert capsys.readouterr().err == (
        "gallra.toml: is there already, and stays as it is. Next: `gallra scan`, or `gallra init` with the name of "
        "another folder\n"
    )


def test_init_ends_what_an_earlier_run_began(here: Path) -> None:
    run("init")
    key = (here / "gallra.key").read_bytes()
    (here / FILE).unlink()
    assert run("init") == 0
    assert (here / "gallra.key").read_bytes() == key
    assert (here / FILE).exists()


def test_init_makes_no_new_key_beside_state_in_use(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run("init")
    (here / STATE / "index.sqlite").write_bytes(b"x")
    (here / FILE).unlink()
    (here / "gallra.key").unlink()
    before = tree(here)
    assert run("init") == 2
    assert tree(here) == before
    assert "Put your copy of it back" in capsys.readouterr().err


def test_init_makes_no_new_ledger_key_beside_a_ledger(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run("init")
    (here / STATE / "ledger.sqlite").write_bytes(b"x")
    (here / FILE).unlink()
    (here / "gallra-ledger.key").unlink()
    before = tree(here)
    assert run("init") == 2
    assert tree(here) == before
    assert "key of the ledger is not here. Put your copy of it back" in capsys.readouterr().err


def test_init_closes_a_state_folder_that_is_open_to_others(here: Path) -> None:
    (here / STATE).mkdir(mode=0o755)
    assert run("init") == 0
    assert (here / STATE).stat().st_mode & 0o777 == 0o700


def test_init_leaves_the_files_of_others(here: Path) -> None:
    (here / "example").mkdir()
    (here / "example" / "own.txt").write_text("x")
    assert run("init") == 0
    assert os.listdir(here / "example") == ["own.txt"]


def test_init_where_nothing_can_be_made(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "file").write_text("x")
    assert run("init", "file") == 2
    assert capsys.readouterr().err == "file: cannot be set up: File exists\n"
    assert run("init", "file/below") == 2
    assert capsys.readouterr().err == "file/below: cannot be set up: Not a directory\n"


def gallra(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "scanner.cli.main", *arguments],
        env={**os.environ, "PYTHONPATH": str(EXAMPLE.parents[1]), **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_command_in_a_process_of_its_own(here: Path) -> None:
    assert gallra("init").returncode == 0
    done = gallra("audit", "verify")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "0 entries, head " + "0" * 64 + "\nThe chain is whole.\n"
    shutil.move(FILE, "other.toml")
    missing = gallra("audit", "verify")
    assert missing.returncode == 2
    assert missing.stderr.startswith("gallra.toml: there is no such file. `gallra init` writes one")
    assert gallra("audit", "verify", GALLRA_CONFIG="other.toml").returncode == 0
    assert gallra("--config", "other.toml", "audit", "verify").returncode == 0
