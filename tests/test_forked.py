"""A command that is forked from a warm process is the command that users start: each says and leaves the same."""

from __future__ import annotations

import os
import subprocess
from dataclasses import replace

import pytest

from tests.conftest import WARM, Desk
from tests.little import ANNA, little


@pytest.mark.parametrize(
    "arguments", [(), ("--help",), ("--version",), ("fynd",), ("find",), ("check", "--json"), ("show", "--json", "77")]
)
def test_says_and_ends_as_the_program(desk: Desk, arguments: tuple[str, ...]) -> None:
    little(desk)
    fresh = replace(desk, fresh=True)(*arguments)
    assert desk(*arguments) == fresh
    assert desk(*arguments) == fresh  # by the other of the two that take turns


def test_without_a_configuration_too(desk: Desk) -> None:
    assert desk("scan", code=2) == replace(desk, fresh=True)("scan", code=2)


def test_its_folder_umask_and_variables_are_its_own(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GALLRA_CONFIG", "/nowhere/gallra.toml")  # the tests' own are never passed on
    made = little(desk)
    before = os.umask(0o027)
    try:
        case, _ = made.find(ANNA)
        desk("erase", case, "--yes", code=0)
        desk("certificate", case, "-o", "bevis.json", code=0)
        made_anew = replace(desk, fresh=True)("certificate", case, "-o", "bevis2.json", code=0)
    finally:
        os.umask(before)
    assert "complete" in made_anew.out
    assert (desk.root / "bevis.json").stat().st_mode == (desk.root / "bevis2.json").stat().st_mode
    assert desk("--config", str(desk.root / "gallra.toml"), "show", case, code=0).out
    told = replace(desk, env={"GALLRA_CONFIG": "annan.toml"})("check", code=2)
    assert "annan.toml" in told.err


def test_what_is_read_at_an_interpreters_start_asks_for_the_program(desk: Desk) -> None:
    environment = dict(os.environ)
    forks = WARM.next(environment)
    assert forks is not None
    with forks:
        assert WARM.next(environment | {"PYTHONUTF8": "1"}) is None
        assert WARM.next(environment | {"LC_ALL": "C", "HOME": "/"}) is None


def test_two_take_turns_so_that_strings_go_in_another_order_in_the_next_command() -> None:
    """What hangs on the order of a set differs between two commands of a user, and so it does here."""
    taken = []
    for _ in range(4):
        forks = WARM.next(os.environ)
        assert forks is not None
        with forks:
            taken.append(forks)
    assert taken[0] is taken[2] is not taken[1] is taken[3]


def test_one_that_does_not_end_in_time_is_killed_and_the_next_one_runs(desk: Desk) -> None:
    forks = WARM.next(os.environ)
    assert forks is not None
    with forks:
        with pytest.raises(subprocess.TimeoutExpired):
            forks.run(["check"], os.environ, desk.root, 0.0)
        assert forks.run(["--version"], os.environ, desk.root, 60.0)[0] == 0
