"""Carries an approved plan out, step by step, from the journal.

For each step: note what is intended, erase the version that was seen, note the receipt, look, note the result. A crash
at any point leaves the journal; the next run looks before it tries again, and comes to the same end.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import BinaryIO

from connectors.base import Connector, Locator, Outcome, Presence, Receipt, Strength
from connectors.errors import Changed, ConnectorError, NotFound
from scanner.journal import Entry, Journal, Phase, Result
from scanner.model import Case, Plan, State, Step
from scanner.outcomes import (
    GONE,
    NOT_TRIED,
    UNSEEN,
    apply,
    judged,
    left_item,
    of_error,
    settle_links,
    stops,
)

Connect = Callable[[str], Connector]
Fingerprint = Callable[[BinaryIO], str]  # the keyed hash of content, as the index has it, in hex
Progress = Callable[[int, int], None]  # steps done, steps in all


def run(
    case: Case,
    plan: Plan,
    connect: Connect,
    journal: Journal,
    now: Callable[[], datetime],
    progress: Progress,
    fingerprint: Fingerprint,
) -> frozenset[str]:
    """Erase what the plan names and set the states of its findings; gives the sources that could not be reached.

    The caller holds the case's lock and calls `journal.save(case)` afterwards, also where this raises
    (KeyboardInterrupt): the states are those of the steps that were finished.
    """
    settled = settle(case, connect, journal)
    todo = [step for step in plan.steps if step.locator not in settled]
    job = _Job(case, journal, fingerprint, progress, len(plan.steps), done=len(plan.steps) - len(todo))
    try:
        for source, steps in _by_source(todo):
            job.source(source, steps, connect)
        case.status = "run"
    finally:
        settle_links(case)
        case.run_at = now()
    return frozenset(job.unreachable)


def settle(case: Case, connect: Connect, journal: Journal) -> set[Locator]:
    """Take over what an earlier run left in the journal, by looking; removes nothing. Gives the items that are gone.

    What is still there, or could not be looked at, keeps its state: it is in the plan and will be tried again.
    """
    settled: set[Locator] = set()
    entries = {entry.step.locator: entry for entry in journal.entries(case) if _may_be_gone(entry)}
    for source, steps in _by_source([entry.step for entry in entries.values()]):
        for locator in _absent(case, connect, source, [step.locator for step in steps]):
            entry = entries[locator]
            result = entry.result or judged(entry.receipt, Presence.ABSENT, _links(case, entry.step))
            journal.done(case.number, entry, result)
            apply(case, entry.step.findings, result)
            settled.add(locator)
    settle_links(case)
    return settled


@contextlib.contextmanager
def opened(case: Case, connect: Connect, source: str) -> Iterator[Connector]:
    """The source's connector, open, told whether an empty source would be believable."""
    connector = connect(source)
    connector.expect_items = _holds_more(case, source)
    try:
        connector.open()
        yield connector
    finally:
        with contextlib.suppress(Exception):
            connector.close()


@dataclass(slots=True)
class _Job:
    """One run."""

    case: Case
    journal: Journal
    fingerprint: Fingerprint
    progress: Progress
    total: int
    done: int = 0
    unreachable: set[str] = field(default_factory=set)

    def source(self, source: str, steps: Sequence[Step], connect: Connect) -> None:
        """All steps of one source; when it cannot be reached, the rest of them fail untried."""
        with contextlib.ExitStack() as stack:
            try:
                connector = stack.enter_context(opened(self.case, connect, source))
            except Exception as error:
                self._give_up(source, steps, of_error(error))
                return
            for place, step in enumerate(steps):
                if not self._step(connector, step):
                    self._give_up(source, steps[place + 1 :], Result(State.FAILED, NOT_TRIED, unreachable=True))
                    return

    def _step(self, connector: Connector, step: Step) -> bool:
        """One step; False where the source stopped answering."""
        entry = self.journal.intend(self.case.number, step)
        answer = self._ask(connector, step)
        if isinstance(answer, Exception):
            result = of_error(answer)
            self.journal.done(self.case.number, entry, result)
        else:
            result = self._look(connector, self.journal.answered(self.case.number, entry, answer))
        apply(self.case, step.findings, result)
        self._count()
        return not result.unreachable

    def _ask(self, connector: Connector, step: Step) -> Receipt | Exception:
        try:
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
            presence = connector.presence(entry.step.locator)
        except Exception as error:
            return Result(State.FAILED, UNSEEN, unreachable=stops(error))
        result = judged(entry.receipt, presence, _links(self.case, entry.step))
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
            apply(self.case, step.findings, result)
            self._count()

    def _count(self) -> None:
        self.done += 1
        self.progress(self.done, self.total)


def _absent(case: Case, connect: Connect, source: str, locators: Sequence[Locator]) -> list[Locator]:
    """Those of which the source says that they are absent; a source that cannot tell says it of none."""
    absent = []
    with contextlib.suppress(Exception), opened(case, connect, source) as connector:
        for locator in locators:
            with contextlib.suppress(ConnectorError):
                if connector.presence(locator) is Presence.ABSENT:
                    absent.append(locator)
    return absent


def _may_be_gone(entry: Entry) -> bool:
    """All but the steps of which it is known that they left the item where it was: those are tried anew."""
    return entry.phase is not Phase.DONE or (entry.result is not None and left_item(entry.result))


def _links(case: Case, step: Step) -> int:
    findings = (case.finding(number) for number in step.findings)
    return max((one.links for one in findings if one is not None), default=1)


def _holds_more(case: Case, source: str) -> bool:
    """True where the source must hold more than what this case removes, or has removed since the index was made."""
    known = next((one for one in case.searched if one.source == source), None)
    if known is None:
        return False
    walked = case.run_at is not None and known.scanned_at is not None and known.scanned_at >= case.run_at
    counted = {
        one.locator.item
        for one in case.findings
        if one.locator.source == source and one.state is not State.KEPT and not (walked and one.state in GONE)
    }
    return known.items > len(counted)


def _by_source(steps: Sequence[Step]) -> Iterator[tuple[str, list[Step]]]:
    groups: dict[str, list[Step]] = {}
    for step in steps:
        groups.setdefault(step.locator.source, []).append(step)
    yield from groups.items()
