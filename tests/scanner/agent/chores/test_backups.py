"""What waits for backups goes at night, once for all cases; a person's is left, and what fails is told once."""

from __future__ import annotations

import os
import signal
from contextlib import suppress

import pytest

from scanner.backups import erasing
from scanner.cli.main import gallra
from tests.conftest import Desk
from tests.kept import holds, kept, trees
from tests.little import ANNA, Little
from tests.scanner.agent.chores.conftest import Night


@pytest.fixture
def mirrored(desk: Desk) -> Little:
    """Three generations in a mirror that is erased at night."""
    made = kept(desk, batch=True)
    case, _ = made.find()
    assert case.endswith("-0001")
    desk("erase", case, "--yes", code=[0, 3])
    assert holds(made.root / "spegel", ANNA), "it waits"
    return made


def only_his(made: Little, before: dict[str, str]) -> None:
    after = trees(made)
    assert {path: before[path] for path in after} == after, "what stays is as it was"
    assert [path for path in before if "Bo Dal" in path] == [path for path in after if "Bo Dal" in path]


def test_it_goes_once_and_is_told_once(mirrored: Little, night: Night) -> None:
    before = trees(mirrored)
    assert night("backups").counts["items"] > 0
    assert night("backups").counts["items"] == 0
    only_his(mirrored, before)
    assert not [path for path in trees(mirrored) if "Anna Ek" in path]
    told = night.told("erased")
    assert [one["case"][-4:] for one in told] == ["0001"]
    (entry,) = (one for one in night.audit("erase-begun") + night.audit("erase-resumed") if one["details"].get("chore"))
    assert entry["details"]["chore"] == "backups"


@pytest.mark.prove
def test_killed_half_way_the_next_night_ends_it(mirrored: Little, night: Night) -> None:
    before = trees(mirrored)
    night.kill("backups", erasing.Erasure, "_prove")
    for _ in range(2):
        night("resume")
        night("backups")
    only_his(mirrored, before)
    assert not [path for path in trees(mirrored) if "Anna Ek" in path]
    assert len(night.told("erased")) == 1


@pytest.mark.prove
def test_a_backup_that_is_away_is_told_once_until_it_is_back(mirrored: Little, night: Night) -> None:
    spegel = mirrored.root / "spegel"
    spegel.rename(mirrored.root / "borta")
    assert night("backups").code != 0
    night("backups")
    assert [one["event"] for one in night.told()] == ["attention"]
    before = trees(mirrored, "borta")
    (mirrored.root / "borta").rename(spegel)
    night("backups")
    assert [one["event"] for one in night.told("erased")] == ["erased"]
    after = {path.replace("spegel", "borta", 1) for path in trees(mirrored)}
    gone = before.keys() - after
    assert gone and all("Anna Ek" in path for path in gone)
    assert len(night.told("attention")) == 1, "what is judged otherwise since waits on for a person, who has been told"


@pytest.mark.prove
def test_what_a_person_began_is_left_to_that_person(mirrored: Little, night: Night) -> None:
    """`gallra backups erase` that died in the backup: nothing goes on by itself."""
    before = trees(mirrored)
    child = os.fork()
    if child == 0:
        with suppress(BaseException):
            setattr(erasing.Erasure, "_prove", _die)  # noqa: B010 - in the child alone
            gallra(["--config", str(mirrored.root / "gallra.toml"), "backups", "erase", "--yes"])
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL
    left = trees(mirrored)
    only_his(mirrored, before)
    night("resume")
    night("backups")
    assert trees(mirrored) == left
    assert [one["event"] for one in night.told()] == ["attention"]


def _die(*_: object) -> None:
    os.kill(os.getpid(), signal.SIGKILL)
