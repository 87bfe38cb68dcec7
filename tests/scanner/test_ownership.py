"""The table that says whose an item is: every row of it, and what takes a removal back."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import pytest

from scanner.model import Action, Ownership, Tier
from scanner.ownership import Facts, RecordFacts, best, judge, judge_record
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
        (replace(FILE, anothers=True), Ownership.INCIDENTAL, Action.DECIDE),
        (replace(FILE, anothers=True, folder_own=True), Ownership.INCIDENTAL, Action.DECIDE),
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


ROW = RecordFacts("row", True, Tier.CERTAIN, frozenset({Role.OWNER}), 0, True, None, None, "no")
EVENT = replace(ROW, kind="event", roles=frozenset({Role.ATTENDEE}), others=3, amends=None)
PASSAGE = RecordFacts("file", False, Tier.CERTAIN, frozenset({Role.BODY}), 2, True, None, "no", None)
TAKE, AMEND, DECIDE, NONE, WHOLE = (
    Action.REMOVE_RECORD,
    Action.AMEND,
    Action.DECIDE,
    Action.NONE,
    Action.REMOVE,
)
IN_TEXT, GUEST_NAMED = frozenset({Role.BODY}), frozenset({Role.ATTENDEE, Role.BODY})
HOST = frozenset({Role.ORGANIZER})


@pytest.mark.parametrize(
    ("facts", "action", "offer"),
    [
        # the record that is the subject's alone leaves
        *((replace(ROW, kind=kind), TAKE, TAKE) for kind in ("row", "card", "event", "todo", "message", "member")),
        *((replace(ROW, kind=kind), TAKE, TAKE) for kind in ("attachment", "journal", "freebusy")),
        (replace(ROW, roles=IN_TEXT), TAKE, TAKE),
        (replace(ROW, tier=Tier.PROBABLE), TAKE, TAKE),
        # ... but only by a person's decision where others stand in it, or it may be another's
        (replace(ROW, others=1), DECIDE, TAKE),
        (replace(ROW, kind="message", roles=IN_TEXT, others=1), DECIDE, TAKE),
        (replace(ROW, tier=Tier.POSSIBLE), DECIDE, TAKE),
        (replace(ROW, supported=False), DECIDE, TAKE),
        (replace(ROW, blocked="hard links"), DECIDE, TAKE),
        # a row of somebody else's that names the subject: the subject leaves it, or all of it by decision
        (replace(ROW, others=1, roles=IN_TEXT), DECIDE, TAKE),
        (replace(ROW, others=1, roles=IN_TEXT, amends=None), DECIDE, AMEND),
        # the guest leaves the event of others
        (EVENT, AMEND, AMEND),
        (replace(EVENT, kind="todo"), AMEND, AMEND),
        (replace(EVENT, roles=GUEST_NAMED), DECIDE, AMEND),
        (replace(EVENT, roles=HOST), DECIDE, TAKE),
        (replace(EVENT, roles=HOST | EVENT.roles), DECIDE, TAKE),
        (replace(EVENT, roles=HOST, removes="sealed"), DECIDE, NONE),
        (replace(EVENT, tier=Tier.POSSIBLE), DECIDE, AMEND),
        (replace(EVENT, supported=False), DECIDE, AMEND),
        (replace(EVENT, blocked="changed"), DECIDE, AMEND),
        # a passage is amended on decision only
        (PASSAGE, DECIDE, AMEND),
        (replace(PASSAGE, others=0), DECIDE, AMEND),
        (replace(PASSAGE, kind="page", inside=True), DECIDE, AMEND),
        # where there is no editor: nothing, or the whole item where nobody else is in it
        (replace(PASSAGE, amends="signed"), DECIDE, NONE),
        (replace(PASSAGE, amends="signed", others=0), DECIDE, WHOLE),
        (replace(ROW, removes="signed"), DECIDE, NONE),
        (replace(ROW, kind="page"), DECIDE, NONE),
    ],
)
def test_the_table_of_records(facts: RecordFacts, action: Action, offer: Action) -> None:
    proposal = judge_record(facts)
    assert (proposal.action, proposal.offer) == (action, offer)
    assert (proposal.reason is None) == (action is not DECIDE), "what waits for a person says why"


def test_nothing_is_ever_proposed_for_what_may_be_anothers() -> None:
    """Over all that the table looks at."""
    kinds = ("row", "card", "event", "todo", "message", "member", "page", "file", "part")
    roles = (IN_TEXT, HOST, GUEST_NAMED, frozenset({Role.OWNER}), frozenset({Role.ATTENDEE}))
    every = product(
        kinds, (True, False), list(Tier), roles, (0, 2), (True, False), (None, "x"), (None, "x"), (None, "x")
    )
    for values in every:
        facts = RecordFacts(*values)
        proposal = judge_record(facts)
        unsure = facts.tier is Tier.POSSIBLE or not facts.supported or facts.blocked is not None
        assert proposal.action is DECIDE or not unsure, facts
        assert proposal.action in (DECIDE, TAKE, AMEND), "no record takes its item along"
        if proposal.action is TAKE:
            assert (facts.inside, facts.others, facts.removes) == (True, 0, None)
        if proposal.action is AMEND:
            assert (facts.kind in ("event", "todo"), facts.amends, facts.roles) == (True, None, EVENT.roles)


@pytest.mark.parametrize(
    ("facts", "told"),
    [
        (replace(ROW, others=1), "it is the person's, but names 1 other identifier"),
        (replace(ROW, others=4), "it is the person's, but names 4 other identifiers"),
        (replace(ROW, removes="it is signed"), "it also holds others' data, and it is signed"),
        (replace(ROW, blocked="it changed"), "it changed"),
    ],
)
def test_why_a_record_waits(facts: RecordFacts, told: str) -> None:
    assert judge_record(facts).reason == told
