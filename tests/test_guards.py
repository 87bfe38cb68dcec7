"""The table of guards fits the code: a guard that was moved or renamed must not fall out of it unseen.

`make guards` takes each of them out and demands that its tests fail; here the same is done with one.
"""

from __future__ import annotations

import ast
from dataclasses import replace
from pathlib import Path

import pytest

from scripts.guard import Edit, Guard
from scripts.guard_table import GUARDS
from scripts.guards import ROOT, Rotten, check_copy, chosen, copied, main, missed, without

NAMES = [one.name for one in GUARDS]


@pytest.mark.parametrize("guard", GUARDS, ids=NAMES)
def test_its_text_stands_there_once_and_what_replaces_it_is_python(guard: Guard) -> None:
    assert without(guard, ROOT)


@pytest.mark.parametrize("guard", GUARDS, ids=NAMES)
def test_its_tests_exist(guard: Guard) -> None:
    assert guard.tests
    for test in guard.tests:
        file, _, name = test.partition("[")[0].partition("::")
        path = ROOT / file
        assert path.is_file(), file
        if name and "::" not in name:
            tree = ast.parse(path.read_text(encoding="utf-8"))
            assert name in {one.name for one in tree.body if isinstance(one, ast.FunctionDef)}, test


def test_there_are_enough_and_each_is_named_once() -> None:
    assert len(GUARDS) >= 20
    assert len(set(NAMES)) == len(NAMES)
    assert {one.promise for one in GUARDS} >= {0, 1, 2, 3, 4, 5, 6, 7, 8, 10, 11, 13, 14, 15, 16, 17}


def test_guards_are_chosen_by_words_and_numbers() -> None:
    assert chosen([]) == list(GUARDS)
    assert {one.promise for one in chosen(["14"])} == {14}


def test_a_word_that_names_no_guard_runs_no_test(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["no guard has this name"]) == 1
    assert "no guard is called that" in capsys.readouterr().out


def test_a_text_that_is_not_there_just_once_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("x = 1\nx = 1\ny = 2\n", encoding="utf-8")
    for text, instead in (("x = 1\n", ""), ("z = 1\n", ""), ("y = 2\n", "y = (\n"), ("y = 2\n", "y = 2\n")):
        with pytest.raises(Rotten):
            without(Guard(0, "a", (Edit("a.py", text, instead),), ("t",)), tmp_path)
    assert without(Guard(0, "a", (Edit("a.py", "y = 2\n", "y = 3\n"),), ("t",)), tmp_path)["a.py"].endswith("y = 3\n")


@pytest.mark.prove
def test_a_guard_that_is_taken_out_is_missed_and_one_that_does_nothing_is_not() -> None:
    with copied() as copy:
        check_copy(copy)
    (guard,) = chosen(["what several share is not certain"])
    assert missed(guard)
    (edit,) = guard.edits
    idle = replace(guard, edits=(replace(edit, instead=f"{edit.text}  # still there"),))
    assert not missed(idle)
    with pytest.raises(Rotten):
        missed(replace(guard, tests=("tests/no_such_test.py",)))


@pytest.mark.prove
@pytest.mark.timeout(3600)
def test_every_guard_is_missed() -> None:
    assert main([]) == 0
