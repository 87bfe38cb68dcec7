"""A look at a source: what is said of one that is well, gone, empty or closed, judged by what the test made."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from config.load import load
from config.model import Config, Source
from scanner.check import check_source, config_advice, config_problems


@contextmanager
def not_root() -> Iterator[None]:
    """As somebody whom permissions bind."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that another account can come to, unlike tmp_path."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    yield folder
    for path in folder.rglob("*"):
        if path.is_dir():
            path.chmod(0o755)
    shutil.rmtree(folder)


def source(path: Path, **settings: object) -> Source:
    return Source("kunder", "folder", {"path": str(path), "exclude": [], "sentinel": "", **settings})


def write(folder: Path, text: str) -> Config:
    (folder / "gallra.toml").write_text(text)
    return load(folder / "gallra.toml")


def snapshot(folder: Path) -> list[tuple[str, int, int]]:
    return [(str(path), path.stat().st_mtime_ns, path.stat().st_mode) for path in sorted(folder.rglob("*"))]


def test_a_source_that_is_well_and_is_left_as_it_was(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "x.txt").write_text("x")
    before = snapshot(tmp_path)
    found = check_source(source(tmp_path), known=True)
    assert (found.reached, found.items, found.erases, found.problems, found.error) == (True, True, True, [], None)
    assert any("snapshots" in limit for limit in found.limits)
    assert snapshot(tmp_path) == before


def test_one_that_is_gone_is_not_reached(tmp_path: Path) -> None:
    found = check_source(source(tmp_path / "gone"), known=False)
    assert (found.reached, found.items, found.exit_code) == (False, None, 5)
    assert "mounted" in (found.error or "")


def test_an_empty_one_is_a_problem_and_unreached_where_it_held_something(tmp_path: Path) -> None:
    fresh = check_source(source(tmp_path), known=False)
    assert (fresh.reached, fresh.items) == (True, False)
    assert fresh.problems == ["there is nothing in it: is it the right place?"]
    assert check_source(source(tmp_path), known=True).exit_code == 5


def test_folders_that_may_not_be_written_are_counted(open_folder: Path) -> None:
    for name in ("a", "b", "c"):
        (open_folder / name).mkdir()
        (open_folder / name / "x.txt").write_text("x")
        (open_folder / name).chmod(0o777)
    open_folder.chmod(0o777)
    with not_root():
        assert check_source(source(open_folder), known=False).problems == []
    (open_folder / "b").chmod(0o555)
    with not_root():
        found = check_source(source(open_folder), known=False)
    assert found.reached
    assert found.problems == ["1 of 4 folders may not be written: nothing in them can be erased; first: b"]


def test_what_may_not_be_read_is_counted(open_folder: Path) -> None:
    (open_folder / "x.txt").write_text("x")
    (open_folder / "a").mkdir(mode=0o000)
    (open_folder / "a").chmod(0o000)
    open_folder.chmod(0o777)
    with not_root():
        found = check_source(source(open_folder), known=False)
    assert "1 parts may not be read by this account" in found.problems


def test_a_secret_that_cannot_be_had_is_told_and_no_traceback(tmp_path: Path) -> None:
    found = check_source(Source("x", "no-such-kind", {}), known=False)
    assert (found.reached, found.exit_code) == (False, 2)
    assert "no-such-kind" in (found.error or "")


SOURCE = '[[source]]\nname = "kunder"\nkind = "folder"\npath = "kunder"\n'


def test_state_that_would_be_searched_or_read_by_others_is_a_problem(tmp_path: Path) -> None:
    (tmp_path / "kunder").mkdir()
    (tmp_path / "state").mkdir(mode=0o700)
    fine = write(tmp_path, '[agent]\nstate = "state"\n' + SOURCE)
    assert config_problems(fine) == []
    (tmp_path / "state").chmod(0o750)
    assert ["chmod 700" in one for one in config_problems(fine)] == [True]
    (tmp_path / "kunder" / "link").symlink_to(tmp_path / "kunder", target_is_directory=True)
    inside = write(tmp_path, '[agent]\nstate = "kunder/link/.gallra"\n' + SOURCE)
    assert ["lies in the source kunder" in one for one in config_problems(inside)] == [True]


def test_advice_on_what_works_but_could_be_better(tmp_path: Path) -> None:
    (tmp_path / "kunder" / "under").mkdir(parents=True)
    (tmp_path / "keys").mkdir()
    keys = '[agent]\nkey = "file:keys/k"\nledger_key = "file:keys/l"\n'
    ours = '[company]\ndomains = ["x.example"]\n[[staff]]\nname = "Eva Exempel"\n'
    good = 'include = ["builtin:retention-se"]\n' + keys + ours + SOURCE
    assert config_advice(write(tmp_path, good)) == []
    told = config_advice(write(tmp_path, SOURCE))
    assert any("[company] domains is empty" in one for one in told)
    assert any("no [[staff]]" in one for one in told)
    assert any("the key lies beside the state folder" in one for one in told)
    nested = SOURCE + '[[source]]\nname = "under"\nkind = "folder"\npath = "kunder/under"\n'
    assert "under lies in kunder: what is in it is found twice" in config_advice(write(tmp_path, nested))
    here = '[[source]]\nname = "allt"\nkind = "folder"\npath = "."\n'
    assert any(one.startswith("gallra.toml lies in the source allt") for one in config_advice(write(tmp_path, here)))


def test_without_a_hold_it_warns_of_vouchers_and_with_one_it_does_not(tmp_path: Path) -> None:
    def told(text: str) -> list[str]:
        return [one for one in config_advice(write(tmp_path, text + SOURCE)) if "[[hold]]" in one]

    (warning,) = told("")
    assert "invoices and receipts" in warning
    assert 'include = ["builtin:retention-se"]' in warning
    assert told('include = ["builtin:retention-se"]\n') == []
    own = '[[hold]]\nname = "x"\nstatute = "BFL 7:2"\nmatch = ["**/Fakturor/**"]\nuntil = 2030-12-31\n'
    assert told(own) == []


def test_keys_and_statistics_inside_a_source_are_told_and_those_outside_are_not(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()

    def told(folder: str) -> list[str]:
        keys = f'[agent]\nkey = "file:{folder}/a.key"\nledger_key = "file:{folder}/b.key"\n'
        source = '[[source]]\nname = "kunder"\nkind = "folder"\npath = "data"\n'
        text = f'{keys}{source}[erase]\nstatistics = "{folder}/quotes.csv"\n'
        return [one.partition(" lies in")[0] for one in config_advice(write(tmp_path, text)) if "lies in the" in one]

    assert told("data") == ["the key", "the ledger's key", "the file of [erase] statistics"]
    assert told("elsewhere") == []


def test_both_keys_beside_the_state_folder_are_told(tmp_path: Path) -> None:
    told = [one.partition(" lies beside")[0] for one in config_advice(write(tmp_path, SOURCE)) if "lies beside" in one]
    assert told == ["the key", "the ledger's key"]
