"""The table that says whose an item is: every row of it, and what takes a removal back."""

from __future__ import annotations

from dataclasses import replace

import pytest

from scanner.model import Action, Ownership, Tier
from scanner.ownership import Facts, best, judge
from scanner.records import Role

MAIL = Facts(True, False, 0, frozenset({Role.FROM}), Tier.CERTAIN, False)
FILE = Facts(False, False, 0, frozenset({Role.BODY}), Tier.CERTAIN, False)


@pytest.mark.parametrize(
    ("facts", "ownership", "action"),
    [
        (MAIL, Ownership.CORRESPONDENCE, Action.REMOVE),
        (replace(MAIL, tier=Tier.PROBABLE), Ownership.CORRESPONDENCE, Action.REMOVE),
        (replace(MAIL, tier=Tier.POSSIBLE), Ownership.CORRESPONDENCE, Action.DECIDE),
        (replace(MAIL, others=1), Ownership.SHARED, Action.DECIDE),
        (replace(MAIL, others=1, roles=frozenset({Role.BODY})), Ownership.INCIDENTAL, Action.DECIDE),
        (replace(MAIL, unread=True), Ownership.CORRESPONDENCE, Action.DECIDE),
        (FILE, Ownership.OWN, Action.REMOVE),
        (replace(FILE, others=2), Ownership.INCIDENTAL, Action.DECIDE),
        (replace(FILE, others=2, roles=frozenset({Role.OWNER})), Ownership.SHARED, Action.DECIDE),
        (replace(FILE, others=2, folder_own=True), Ownership.OWN, Action.DECIDE),
        (replace(FILE, folder_own=True, tier=Tier.PROBABLE), Ownership.OWN, Action.REMOVE),
        (replace(FILE, tier=Tier.POSSIBLE), Ownership.OWN, Action.DECIDE),
        (replace(FILE, unread=True), Ownership.OWN, Action.DECIDE),
        (replace(FILE, links=2), Ownership.OWN, Action.DECIDE),
        (replace(FILE, apart=True), Ownership.INCIDENTAL, Action.DECIDE),
        (replace(FILE, apart=True, folder_own=True), Ownership.OWN, Action.REMOVE),
        (replace(FILE, database=True), Ownership.SHARED, Action.DECIDE),
        (replace(FILE, database=True, folder_own=True), Ownership.OWN, Action.REMOVE),
    ],
)
def test_the_table(facts: Facts, ownership: Ownership, action: Action) -> None:
    judgement = judge(facts)
    assert (judgement.ownership, judgement.action) == (ownership, action)
    assert (judgement.reason is None) == (action is Action.REMOVE), "what waits for a person says why"


def test_the_best_tier_is_the_surest() -> None:
    assert best([Tier.POSSIBLE, Tier.CERTAIN, Tier.PROBABLE]) is Tier.CERTAIN
    assert best([Tier.POSSIBLE, Tier.PROBABLE]) is Tier.PROBABLE


@pytest.mark.parametrize(("others", "told"), [(1, "names 1 other identifier"), (3, "names 3 other identifiers")])
def test_how_many_others_is_told(others: int, told: str) -> None:
    assert (judge(replace(FILE, others=others, folder_own=True)).reason or "").endswith(told)
