"""What a later search does not find any more, and is still there as it was, is never told as gone."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from scanner.model import State
from scanner.records import IdType
from scanner.still_there import STILL_THERE, search_into
from scanner.workspace import Workspace
from tests.conftest import Desk
from tests.little import ANNA, Little, little


@pytest.fixture
def company(desk: Desk) -> Little:
    return little(desk)


def test_what_only_the_search_lost_waits_for_a_look(company: Little) -> None:
    case, _ = company.find(ANNA, "Anna Ek")
    with Workspace.open(Path(company.root) / "gallra.toml") as work:
        held = work.cases.load(case)
        held.subject = [one for one in held.subject if one.type is not IdType.NAME]
        (company.root / "kunder" / "Anna Ek" / "avtal.txt").unlink()
        held.run_at = datetime.now(UTC)
        work.scan()
        search_into(work, held)
        states = {one.locator.path: (one.state, one.reason) for one in held.findings if one.kind == "file"}
    assert states["Anna Ek/kvitto.txt"] == (State.OPEN, STILL_THERE), "it bears the name alone, and is there"
    assert states["Anna Ek/avtal.txt"][0] is State.ABSENT, "it is gone indeed"
