"""Several companies, each person of them asked for from one thing known, in worker processes: what it all came to."""

from __future__ import annotations

import multiprocessing
import os
import random
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.quality_score import SURE, Score, reached, score, shown
from benchmarks.quality_world import Answer, Company, Typed, make, opened
from scanner.records import IdType
from tests.world import Person, Place, World

_EVERY_TRAP = "x-"  # persons made to be taken for one another: never left out of a sample


@dataclass(slots=True)
class Start:
    """What one other thing to start from reached, held against what the e-mail reached for the same persons.

    `wanted` are the person's own places that the e-mail reached with certain or probable, `reached` those of them that
    this start reached at all, `sure` those with certain or probable again. `short` are persons of whom it reached less,
    `unsaid` those of them where the answer did not say which link is missing.
    """

    persons: int = 0
    wanted: int = 0
    reached: int = 0
    sure: int = 0
    short: int = 0
    unsaid: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    def add(self, other: Start) -> None:
        """Sum up."""
        self.persons += other.persons
        self.wanted += other.wanted
        self.reached += other.reached
        self.sure += other.sure
        self.short += other.short
        self.unsaid += other.unsaid
        self.wrong += other.wrong


@dataclass(slots=True)
class Outcome:
    """All answers of one company, or of several."""

    items: int = 0
    score: Score = field(default_factory=Score)
    starts: dict[str, Start] = field(default_factory=dict)

    def add(self, other: Outcome) -> None:
        """Sum up."""
        self.items += other.items
        self.score.add(other.score)
        for name, start in other.starts.items():
            self.starts.setdefault(name, Start()).add(start)


def run(folder: Path, seed: int, customers: int, items: int, persons: int, processes: int = 0) -> Outcome:
    """Build, scan and ask one company under `folder`; the rest is `ask`'s."""
    return ask(make(folder, seed, customers, items), persons, processes)


def ask(world: World, persons: int, processes: int = 0) -> Outcome:
    """Ask a built and scanned company for its people.

    `persons` is how many of those who are no look-alikes are asked for (0: all); one in four of them, and every
    look-alike, from other starts too. The staff are asked for as well, each by the e-mail. `processes` share the
    questions (0: one a core; 1: this one).
    """
    outcome = Outcome(items=len(world.files()))
    chosen = _chosen(world, persons)
    tasks = [(one.id, one.id.startswith(_EVERY_TRAP) or place % 4 == 0) for place, one in enumerate(chosen)]
    tasks += [(one.id, False) for one in (world.mates.persons if world.mates else [])]
    workers = min(processes or os.cpu_count() or 1, len(tasks))
    if workers == 1:
        with opened(world) as company:
            for key, all_starts in tasks:
                outcome.add(_one(company, key, all_starts=all_starts))
        return outcome
    with multiprocessing.get_context("spawn").Pool(workers, _open, (world,)) as pool:
        for one in pool.imap_unordered(_in_worker, tasks, chunksize=2):
            outcome.add(one)
    return outcome


def _chosen(world: World, persons: int) -> list[Person]:
    plain = [one for one in world.persons if not one.id.startswith(_EVERY_TRAP)]
    if persons and persons < len(plain):
        plain = random.Random(f"asked {world.seed}").sample(plain, persons)
    return [*(one for one in world.persons if one.id.startswith(_EVERY_TRAP)), *plain]


_open_here = ExitStack()  # in a worker process, until it ends
_company: list[Company] = []


def _open(world: World) -> None:
    _company.append(_open_here.enter_context(opened(world)))


def _in_worker(task: tuple[str, bool]) -> Outcome:
    return _one(_company[0], task[0], all_starts=task[1])


def _one(company: Company, key: str, *, all_starts: bool) -> Outcome:
    world = company.world
    if "@" in key and world.mates is not None:
        world = world.mates
    person = world.person(key)
    answer = company.ask(first_start(world, person))
    outcome = Outcome(score=score(world, person, answer.found))
    for name, start in STARTS.items() if all_starts else ():
        if typed := start(person):
            outcome.starts[name] = _compared(world, person, answer, company.ask(typed))
    return outcome


def first_start(world: World, person: Person) -> Typed:
    """The e-mail; of one who has none of his own, the personnummer."""
    own = [mail for mail in person.emails if sum(mail in one.emails for one in world.persons) == 1]
    own = [mail for mail in own if not mail.startswith("info@")]
    return {IdType.EMAIL: own[:1]} if own else {IdType.NATIONAL_ID: [person.national_id or ""]}


def _phone(person: Person) -> Typed:
    return {IdType.PHONE: [*person.phones[:1]]} if person.phones else {}


def _customer(person: Person) -> Typed:
    return {IdType.CUSTOMER_NUMBER: [person.customer_number]} if person.customer_number else {}


def _name_and_city(person: Person) -> Typed:
    return {IdType.NAME: [person.name], IdType.CITY: [person.city]} if person.city else {}


STARTS: dict[str, Callable[[Person], Typed]] = {
    "phone": _phone,
    "name and city": _name_and_city,
    "customer number": _customer,
}


def _compared(world: World, person: Person, first: Answer, other: Answer) -> Start:
    wanted = {place for place, tier in reached(world, person, first.found).items() if tier in SURE}
    again = {place: tier for place, tier in reached(world, person, other.found).items() if place in wanted}
    start = Start(1, len(wanted), len(again), sum(tier in SURE for tier in again.values()))
    if start.sure < start.wanted:
        start.short = 1
        if not _says_why(other):
            lost = sorted(wanted - {place for place, tier in again.items() if tier in SURE})
            start.unsaid.append(f"{person.id}: {_places(lost)}")
    for line in score(world, person, other.found).lines:
        if line[0] not in ("missed", "wrong possible"):  # what is only possible waits for a person
            start.wrong.append(f"{line[0]}: {line[1]}")
    return start


def _says_why(answer: Answer) -> bool:
    return bool(answer.missing)


def _places(places: Sequence[Place]) -> str:
    more = f" and {len(places) - 3} more" if len(places) > 3 else ""
    return ", ".join(shown(one) for one in places[:3]) + more
