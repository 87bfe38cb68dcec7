"""What another case holds or keeps is not erased with the item around it."""

from __future__ import annotations

import pytest

from connectors.base import Locator
from scanner.model import Action, Finding, State
from scanner.standing import Standing, apply_standing, items_with
from tests.scanner.backups.test_copies import finding

PLACE = "Anna/lista.xlsx"


def token(path: str) -> int:
    return sum(path.encode())


def standing(state: State, path: str = PLACE, content: str = "c9") -> Standing:
    """Somebody else's row in the item."""
    return Standing("2026-0002", state, "law", None, ("kunder", token(path)), content, "another row")


@pytest.mark.parametrize(("state", "content"), [(State.HELD, "c9"), (State.HELD, "c1"), (State.KEPT, "c9")])
def test_the_item_around_anothers_record_does_not_leave_by_itself(state: State, content: str) -> None:
    whole, elsewhere = finding(1, "kunder", PLACE), finding(2, "kunder", "Anna/brev.txt", content="c2")
    apply_standing([whole, elsewhere], [standing(state, content=content)], token)
    assert (whole.action, whole.state) == (
        (Action.HOLD, State.HELD) if state is State.HELD else (Action.DECIDE, State.OPEN)
    )
    assert "2026-0002" in str(whole.reason)
    assert (elsewhere.action, elsewhere.state) == (Action.REMOVE, State.OPEN)


def test_the_record_beside_anothers_leaves_as_before() -> None:
    root, row = finding(1, "kunder", PLACE, action=Action.DECIDE), finding(2, "kunder", PLACE, "row 3")
    row.action, row.print = Action.REMOVE_RECORD, "own row"
    apply_standing([root, row], [standing(State.HELD)], token)
    assert (root.state, row.state, row.action) == (State.OPEN, State.OPEN, Action.REMOVE_RECORD)


def test_an_item_is_known_by_its_place_or_its_content() -> None:
    known: list[Finding] = [
        finding(1, "kunder", PLACE, "row 3", content="c5"),
        finding(2, "nas", "elsewhere", "row 3", content="c9"),
        finding(3, "nas", "third", "row 3", content="c7"),
    ]
    assert items_with(known, [standing(State.KEPT)], token) == {Locator("kunder", PLACE), Locator("nas", "elsewhere")}
    assert items_with(known, [standing(State.KEPT, "nowhere", "")], token) == frozenset()
