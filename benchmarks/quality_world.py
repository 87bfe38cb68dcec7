"""One made-up company, every person of it asked for, and the answers held against its known truth.

A company is built, scanned and asked as an installation is: `Workspace.scan`, `learn`, `search` with its look at the
live content. Two things are left out, as they change no tier: the look is in this process (the worker processes have
tests of their own), and no editor tries what it could take out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from unittest import mock

import scanner.examining
from scanner.asked import asked
from scanner.examine import Examined, ExamineTask
from scanner.examining import Examining
from scanner.limits import Limits
from scanner.model import SubjectId, Tier
from scanner.plan import FOLDER
from scanner.records import IdType
from scanner.supervise import Supervisor
from scanner.workspace import Workspace
from tests.world import Place, World, build, build_mails, config_text

Typed = Mapping[IdType, list[str]]
MakeJob = Callable[[], Callable[[ExamineTask], Examined]]


@dataclass(frozen=True, slots=True)
class Answer:
    """What gallra said: findings by place with their tier, gaps, whom it took the person for, and what it missed."""

    found: Mapping[Place, Tier]
    gaps: frozenset[Place]
    subject: tuple[SubjectId, ...]
    missing: tuple[str, ...]


@dataclass(slots=True)
class Company:
    """A built and scanned company, open for questions."""

    world: World
    work: Workspace
    _certain: dict[str, set[Place]] = field(default_factory=dict)

    def ask(self, typed: Typed) -> Answer:
        """All that gallra finds from what is typed."""
        known = self.work.learn(asked((), typed, self.work.detect))
        findings, gaps, _ = self.work.search(known.subject)
        return Answer(
            {
                Place(one.locator.source, one.locator.path, one.locator.steps): one.tier
                for one in findings
                if one.kind != FOLDER
            },
            frozenset(Place(gap.locator.source, gap.locator.path, gap.locator.steps) for gap in gaps),
            tuple(known.subject),
            tuple(known.missing),
        )


def make(root: Path, seed: int, customers: int, items: int) -> World:
    """Build and scan a company with so many customers; mails about nobody fill it up to `items` files."""
    world = build(root, seed, customers)
    short = items - len(world.files())
    if short > 0:
        build_mails(root / world.sources["post"], short, seed)
    (root / "gallra.toml").write_text(config_text(world), encoding="utf-8")
    with Workspace.open(root / "gallra.toml") as work:
        for report in work.scan():
            if report.error:
                raise RuntimeError(report.error)
    return world


@contextmanager
def opened(world: World) -> Iterator[Company]:
    """The company's installation, with every look in this process."""
    here = mock.patch.object(scanner.examining, "Supervisor", _here)
    look = mock.patch.object(Examining, "__call__", _look)
    with here, look, Workspace.open(world.root / "gallra.toml") as work:
        yield Company(world, work)


_look_at = Examining.__call__


def _look(examining: Examining, tasks: Sequence[ExamineTask]) -> dict[tuple[str, str], Examined]:
    """The real look at every item; where only an editor would be tried, that nothing is in its way."""
    looked = _look_at(examining, [one for one in tasks if not one.cuts])
    return looked | {(one.source, one.path): _UNTRIED for one in tasks if one.cuts}


_UNTRIED = Examined(frozenset(), 0, changed=False)


def _here(make_job: MakeJob, workers: int, limits: Limits, chunk: int) -> Supervisor[ExamineTask, Examined]:
    del workers
    return Supervisor(make_job, 0, limits, chunk)
