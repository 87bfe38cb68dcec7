"""Carries an approved plan out, step by step, from the journal: the sources first, then their backups.

For each step: look whether it may be done, note what is intended, erase the version that was seen (or rewrite it
without the records that leave: `rewrite`), note the receipt, look, note the result. A crash at any point leaves the
journal; the next run looks before it tries again, and comes to the same end. What goes from a backup goes all at once,
after all else: see `scanner.backups.erasing`.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from connectors.base import Connector, HoldsFolders, Locator, Ordered, Outcome, Presence, Receipt, Strength
from connectors.errors import Changed, Held, NotFound, Unsupported
from connectors.layers import role_of
from scanner.backups.batch import Share, erase_from_backups, leave_waiting
from scanner.by_hand import give_tasks
from scanner.journal import Entry, Journal, Result
from scanner.looked import refused
from scanner.model import Case, Plan, State, Step
from scanner.opening import Connect, by_source, is_backup, opened
from scanner.outcomes import (
    GONE,
    NOT_EMPTY,
    NOT_TRIED,
    UNSEEN,
    Places,
    apply,
    judged,
    of_error,
    settle_links,
    stops,
)
from scanner.rewrite import Fingerprint, Rewriter
from scanner.settling import allow, is_gone, links_of, settle

if TYPE_CHECKING:
    from scanner.prepare import Prepare, Prepared
    from scanner.statistics import Line

    Leave = Callable[[Sequence[Line]], None]  # takes the anonymous lines of quotes that were erased

Progress = Callable[[int, int], None]  # steps done, steps in all

WAITS = "not tried: rows that may belong to it could not be erased; settle those first, and run again"


def run(
    case: Case,
    plan: Plan,
    connect: Connect,
    journal: Journal,
    now: Callable[[], datetime],
    progress: Progress,
    fingerprint: Fingerprint,
    prepare: Prepare,
    check: Callable[[Case, Plan], None],
    leave: Leave = lambda _: None,
    waits: Callable[[str], bool] = lambda _: False,
) -> frozenset[str]:
    """Erase what the plan names and set the states of its findings; gives the sources that could not be reached.

    `check` raises where the plan may not run at all: before anything else. `prepare` looks at each item before it is
    touched: a held or changed one is refused, whatever the plan says. `leave` takes what quotes leave for statistics.
    The caller holds the case's lock and calls `journal.save(case)` afterwards, also where this raises
    (KeyboardInterrupt): the states are those of the steps that were finished.
    """
    check(case, plan)
    settled = settle(case, connect, journal, fingerprint)
    lost = give_tasks(case, plan, connect, now())
    todo = [step for step in plan.steps if step.locator not in settled]
    groups = by_source(todo)
    copies = {source for source in groups if is_backup(connect, source)}
    job = _Job(case, journal, fingerprint, prepare, progress, leave, len(plan.steps), done=len(plan.steps) - len(todo))
    try:
        for source, steps in groups.items():
            if source not in copies:
                job.source(source, steps, connect)
        last = [step for source in sorted(copies) for step in groups[source]]
        last = leave_waiting(case, last, journal, waits, job.tick)
        job.unreachable |= erase_from_backups([Share(case, last, prepare)], connect, journal, job.tick, leave)
        case.status = "run"
    finally:
        settle_links(case)
        case.run_at = now()
    return frozenset(job.unreachable | lost)


@dataclass(slots=True)
class _Job:
    """One run."""

    case: Case
    journal: Journal
    fingerprint: Fingerprint
    prepare: Prepare
    progress: Progress
    leave: Leave
    total: int
    done: int = 0
    unreachable: set[str] = field(default_factory=set)
    refused: list[Step] = field(default_factory=list)  # by a rule of the source, as where other rows refer to a row
    behind: bool = False  # something of an earlier group of the source is still there
    places: Places = field(init=False)

    def __post_init__(self) -> None:
        self.places = Places(self.case.findings)

    def source(self, source: str, steps: Sequence[Step], connect: Connect) -> None:
        """All steps of one source, folders last; when it cannot be reached, the rest of them fail untried."""
        left = {step.locator: step for step in steps}
        with contextlib.ExitStack() as stack:
            try:
                connector = stack.enter_context(opened(self.case, connect, source))
                groups = _in_order(connector, steps)
            except Exception as error:
                self._give_up(source, steps, of_error(error))
                return
            self.refused, self.behind = [], False
            if not all(self._group(connector, group, left) for group in groups):
                self._give_up(source, list(left.values()), Result(State.FAILED, NOT_TRIED, unreachable=True))

    def _group(self, connector: Connector, steps: Sequence[Step], left: dict[Locator, Step]) -> bool:
        """One group. Where what refers to its items was to go and is still there, it waits: else that would be lost."""
        if self.behind and not steps[0].folder:
            for step in steps:
                del left[step.locator]
            self._give_up(steps[0].locator.source, steps, Result(State.BLOCKED, WAITS))
            return True
        reached = self._all(connector, steps, left) and self._again(connector)
        found = (one for step in steps for one in self.places.named(step))
        self.behind = self.behind or any(one.state not in GONE and one.state is not State.HELD for one in found)
        return reached

    def _all(self, connector: Connector, steps: Sequence[Step], left: dict[Locator, Step]) -> bool:
        """Steps that may go in any order, each looked at first; False where the source stopped answering."""
        from scanner.prepare import Prepared  # noqa: PLC0415 - it needs every reader, which `find` needs not

        folders = steps[0].folder  # of which nothing needs a look
        looked = iter([(step, Prepared()) for step in steps]) if folders else self.prepare(steps)
        try:
            for step, found in looked:
                left.pop(step.locator, None)
                if not self._step(connector, step, found):
                    return False
        finally:
            if isinstance(looked, Generator):
                looked.close()
        return True

    def _again(self, connector: Connector) -> bool:
        """What the source refused, once more, for as long as some of it goes: rows of one table may refer to others."""
        before = len(self.refused) + 1
        while self.refused and len(self.refused) < before:
            steps, self.refused = self.refused[::-1], []
            before, self.done = len(steps), self.done - len(steps)
            if not self._all(connector, steps, {}):
                return False
        return True

    def _step(self, connector: Connector, step: Step, found: Prepared) -> bool:
        """One step; False where the source stopped answering."""
        entry = self.journal.intend(self.case.number, step)
        allow(connector, step)
        result = refused(connector, step, found)
        if result is not None:
            self.journal.done(self.case.number, entry, result)
        elif step.cuts and not found.emptied:
            assert found.after is not None
            rewriter = Rewriter(self.case.number, self.journal, self.fingerprint)
            result = rewriter.rewrite(connector, entry, found.after, found.made)
        else:
            result = self._removed(connector, entry)
        apply(self.places, step, result)
        if result.state is State.ERASED and found.lines:
            self.leave(found.lines)
        self.tick()
        return not result.unreachable

    def tick(self) -> None:
        """One step more is done."""
        self.done += 1
        self.progress(self.done, self.total)

    def _removed(self, connector: Connector, entry: Entry) -> Result:
        answer = self._ask(connector, entry.step)
        if not isinstance(answer, Exception):
            return self._look(connector, self.journal.answered(self.case.number, entry, answer))
        if isinstance(answer, Held):
            self.refused.append(entry.step)
        full = entry.step.folder and isinstance(answer, Changed)
        result = Result(State.OPEN, NOT_EMPTY) if full else of_error(answer)
        self.journal.done(self.case.number, entry, result)
        return result

    def _ask(self, connector: Connector, step: Step) -> Receipt | Exception:
        try:
            if step.folder:
                return _remove_folder(connector, step)
            if step.version.strength is Strength.NONE:
                self._compare(connector, step)
            elif step.version.strength is Strength.WEAK and step.content:  # size and time can be those of other content
                with contextlib.suppress(NotFound):  # gone, or set aside by a run that was cut off: `remove` can tell
                    self._compare(connector, step)
            return connector.remove(step.locator, step.version)
        except NotFound:
            return Receipt(step.locator, Outcome.ABSENT)
        except Exception as error:
            return error  # a connector's fault must not stop the other steps

    def _look(self, connector: Connector, entry: Entry) -> Result:
        """Is it gone? Where nobody can tell, the receipt stays in the journal until a later run can."""
        try:
            presence = Presence.ABSENT if is_gone(connector, entry.step) else Presence.PRESENT
        except Exception as error:
            return Result(State.FAILED, UNSEEN, unreachable=stops(error))
        result = judged(entry.receipt, presence, links_of(self.places, entry.step))
        self.journal.done(self.case.number, entry, result)
        return result

    def _compare(self, connector: Connector, step: Step) -> None:
        """Where a source has no strong versions, the content decides. Raises Changed, NotFound."""
        with connector.read(step.locator) as content:
            if not step.content or self.fingerprint(content.stream) != step.content:
                raise Changed("the content is not what was planned", step.locator)

    def _give_up(self, source: str, steps: Sequence[Step], result: Result) -> None:
        if result.unreachable:
            self.unreachable.add(source)
        for step in steps:
            apply(self.places, step, result)
            self.tick()


def _in_order(connector: Connector, steps: Sequence[Step]) -> list[list[Step]]:
    """Groups of steps, one after the other: what refers to others before these, then folders, inner ones first.

    A group begins when the one before it is done: what is read of a row that refers to another tells of both.
    """
    ordered, groups = role_of(connector, Ordered), dict[int, list[Step]]()
    for step in steps:
        if not step.folder:
            place = ordered.order(step.locator.path) if ordered is not None else 0
            groups.setdefault(place, []).append(step)
    folders = sorted((step for step in steps if step.folder), key=lambda one: -one.locator.path.count("/"))
    return [*(groups[place] for place in sorted(groups)), *([folders] if folders else [])]


def _remove_folder(connector: Connector, step: Step) -> Receipt:
    holder = role_of(connector, HoldsFolders)
    if holder is None:
        raise Unsupported("this source removes no folders", step.locator)
    removed = holder.remove_folder(step.locator.path)
    return Receipt(step.locator, Outcome.ERASED if removed else Outcome.ABSENT)
