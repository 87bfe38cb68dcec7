"""Whatever is asked of the made-up company, the answer is measured against its known truth.

All that is certain or probable is found, with that tier, unless it lies in a gap; nothing that is another person's is
more than possible; nothing is proposed for removal but what is right; every gap is told.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from typing import Any

import pytest

import scanner.workspace
from scanner.asked import asked
from scanner.model import ERASING, Action, CaseGap, Finding, Ownership, SubjectId
from scanner.plan import FOLDER
from scanner.records import IdType
from scanner.supervise import Supervisor
from scanner.workspace import Workspace
from tests.world import Expected, ExpectedGap, Person, Place, World

Found = dict[Place, Finding]
_WHOLE = {Ownership.OWN.value, Ownership.CORRESPONDENCE.value}


@pytest.fixture(scope="module", params=["scanned_world", pytest.param("second_world", marks=pytest.mark.prove)])
def world(request: pytest.FixtureRequest) -> World:
    made = request.getfixturevalue(request.param)
    assert isinstance(made, World)
    return made


@pytest.fixture(scope="module")
def work(world: World) -> Iterator[Workspace]:
    """The workspace, looking at live content in this process: the command line's tests use the workers."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(scanner.workspace, "Supervisor", _here)
        with Workspace.open(world.root / "gallra.toml") as opened:
            yield opened


def _here(make_job: Any, workers: int, limits: Any, chunk: int) -> Supervisor[Any, Any]:
    del workers
    return Supervisor(make_job, 0, limits, chunk)


def everything(person: Person) -> dict[IdType, list[str]]:
    typed: dict[IdType, list[str | None]] = {
        IdType.NAME: [person.name],
        IdType.EMAIL: [*person.emails],
        IdType.PHONE: [*person.phones],
        IdType.NATIONAL_ID: [person.national_id],
        IdType.CUSTOMER_NUMBER: [person.customer_number],
    }
    return {kind: [value for value in values if value] for kind, values in typed.items()}


def search(work: Workspace, typed: Mapping[IdType, list[str]]) -> tuple[Found, list[CaseGap], list[SubjectId]]:
    subject = work.identify(asked((), typed, work.detect))
    findings, gaps, searched = work.search(subject)
    assert {one.source for one in searched} == {one.name for one in work.config.sources}
    assert all(one.scanned_at for one in searched)
    return {Place(one.locator.source, one.locator.path, one.locator.steps): one for one in findings}, gaps, subject


def in_a_gap(world: World, one: Expected) -> bool:
    return any(_told(gap.place, one.place) for gap in world.gaps)


def _told(gap: Place, place: Place) -> bool:
    return gap.covers(place)


def wrongs(world: World, person: Person, found: Found) -> Iterator[str]:
    """What is wrong with an answer, told by places of made-up persons."""
    for one in world.truth(person):
        got = found.get(one.place)
        if one.tier == "possible":
            continue
        if got is None:
            if not in_a_gap(world, one):
                yield f"{person.id}: missed {one}"
        elif got.tier.value != one.tier:
            yield f"{person.id}: {got.tier} where {one.tier} is right: {one}"
    others = {
        one.place: other.id
        for other in world.persons
        for one in world.truth(other)
        if other.id != person.id and one.tier == "certain"
    }
    folders = {place for place, got in found.items() if got.kind == FOLDER}
    yield from _wrong_folders(world, person, folders)
    for place, got in found.items():
        if place in folders:
            continue
        verdict = world.verdict(person, place)
        if verdict != "right" and got.tier.value != "possible":
            yield f"{person.id}: {got.tier} where the truth says {verdict}: {place}"
        if got.action in ERASING and verdict != "right":
            yield f"{person.id}: would {got.action} what is not hers: {place}"
        if got.action is Action.REMOVE_RECORD and place in others:
            yield f"{person.id}: would take out what is {others[place]}'s too: {place}"
    best = world.items(person)
    for place, got in found.items():
        if place in folders:
            continue
        true = best.get((place.source, place.path))
        if got.action is Action.REMOVE and (true is None or true.ownership not in _WHOLE):
            yield f"{person.id}: would remove whole what others share: {place}"


def _wrong_folders(world: World, person: Person, folders: Iterable[Place]) -> Iterator[str]:
    """Only a folder in which something is hers, and nothing is surely another's, may go once it is empty."""
    for folder in folders:
        if not any(_below(folder, one.place) for one in world.truth(person)):
            yield f"{person.id}: nothing of hers is in {folder}"
        for other in world.persons:
            theirs = [one for one in world.truth(other) if one.tier != "possible" and _below(folder, one.place)]
            if other.id != person.id and any(one.ownership in _WHOLE for one in theirs):
                yield f"{person.id}: would remove the folder of {other.id}: {folder}"


def _below(folder: Place, place: Place) -> bool:
    return place.source == folder.source and place.path.startswith(f"{folder.path}/")


def test_every_person_asked_for_with_all_that_is_known(world: World, work: Workspace) -> None:
    problems: list[str] = []
    counted = {"certain": 0, "probable": 0, "remove": 0, "remove-record": 0}
    for person in world.persons:
        found, _, _ = search(work, everything(person))
        problems += wrongs(world, person, found)
        for one in world.truth(person):
            if one.tier in counted:
                counted[one.tier] += 1
        for action in (Action.REMOVE, Action.REMOVE_RECORD):
            counted[action.value] += sum(one.action is action for one in found.values())
    assert not problems, "\n".join(problems)
    assert counted["certain"] > 700
    assert counted["probable"] > 150
    assert counted["remove"] > 500, "what is plainly the subject's own is proposed"
    assert counted["remove-record"] > 100, "and so are rows, cards and messages that are nobody else's"


@pytest.mark.parametrize("kind", [IdType.EMAIL, IdType.PHONE, IdType.CUSTOMER_NUMBER, IdType.NATIONAL_ID])
def test_one_identifier_leads_to_all_the_rest(world: World, work: Workspace, kind: IdType) -> None:
    """The register holds every customer, so any of them is enough."""
    problems: list[str] = []
    customers = [one for one in world.persons if one.id.startswith("c")][::6]
    for person in customers:
        found, _, subject = search(work, {kind: everything(person)[kind][:1]})
        assert {one.type for one in subject} >= {IdType.NAME, IdType.EMAIL, IdType.NATIONAL_ID, IdType.CUSTOMER_NUMBER}
        problems += wrongs(world, person, found)
    assert len(customers) >= 5
    assert not problems, "\n".join(problems)


def test_a_name_alone_is_never_more_than_possible(world: World, work: Workspace) -> None:
    anna = world.person("x-anna")
    found, _, subject = search(work, {IdType.NAME: [anna.name]})
    assert [one.type for one in subject] == [IdType.NAME]
    assert {one.tier.value for one in found.values()} == {"possible"}
    assert {one.action for one in found.values()} == {Action.DECIDE}
    named = {one.place for one in world.truth(anna) if "name" in one.why}
    assert named <= set(found)


def test_no_lookalike_is_more_than_possible(world: World, work: Workspace) -> None:
    """Every trap, for every person it is set for, and nothing in one is proposed for removal."""
    assert len(world.lookalikes) >= 13
    problems = []
    for trap in world.lookalikes:
        person = world.person(trap.persons[0])
        found, _, _ = search(work, everything(person))
        for place, got in found.items():
            hit = any(each.covers(place) for each in trap.places)
            if hit and (got.tier.value != "possible" or got.action in ERASING):
                problems.append(f"{trap.kind}: {place} {got.tier}")
    assert not problems, "\n".join(problems)


def test_every_gap_is_told_with_its_reason(world: World, work: Workspace) -> None:
    _, gaps, _ = search(work, {IdType.EMAIL: ["ingen@ingenstans.example"]})
    told = {(gap.locator.source, gap.locator.path, gap.locator.steps): gap.reason.value for gap in gaps}
    missing = [gap for gap in world.gaps if not any(_covers(place, reason, gap) for place, reason in told.items())]
    assert not missing
    images = {(place.source, place.path) for place in world.images}
    assert images <= {place[:2] for place in told}, "pictures hold text that nobody read"


def _covers(place: tuple[str, str, tuple[str, ...]], reason: str, gap: ExpectedGap) -> bool:
    return Place(*place).covers(gap.place) and reason == gap.reason


def test_one_of_the_staff_may_be_the_subject(world: World, work: Workspace) -> None:
    mate = world.staff[0]
    subject = work.identify(asked((mate.email,), {}, work.detect))
    assert mate.name in {one.value for one in subject if one.type is IdType.NAME}
    findings, _, _ = work.search(subject)
    assert len(findings) > 20
    customers = partial(_of_customer, world)
    removed = [one for one in findings if one.action is Action.REMOVE and customers(one)]
    assert not removed, "mail with a customer is not hers alone"


def _of_customer(world: World, finding: Finding) -> bool:
    place = Place(finding.locator.source, finding.locator.path)
    return any(place.covers(one.place) for found in world.found.values() for one in found if one.tier != "possible")
