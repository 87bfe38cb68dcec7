"""Carries an approved plan out, step by step, from the journal.

For each step: look whether it may be done, note what is intended, erase the version that was seen (or rewrite it
without the records that leave: `rewrite`), note the receipt, look, note the result. A crash at any point leaves the
journal; the next run looks before it tries again, and comes to the same end.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from connectors.base import (
    Connector,
    HoldsFolders,
    Locator,
    Notifying,
    Ordered,
    Outcome,
    Presence,
    Receipt,
    Renumbers,
    Strength,
)
from connectors.errors import Changed, ConnectorError, Held, NotFound, Unsupported
from connectors.layers import role_of
from scanner.by_hand import give_tasks
from scanner.journal import Entry, Journal, Phase, Result
from scanner.model import Action, Case, Finding, Plan, State, Step
from scanner.outcomes import (
    CHANGED,
    GONE,
    NOT_EMPTY,
    NOT_TRIED,
    UNSEEN,
    Places,
    apply,
    judged,
    left_item,
    of_error,
    settle_links,
    stops,
)
from scanner.plan import FOLDER
from scanner.rewrite import Fingerprint, Rewriter

if TYPE_CHECKING:
    from scanner.prepare import Prepare, Prepared
    from scanner.statistics import Line

    Leave = Callable[[Sequence[Line]], None]  # takes the anonymous lines of quotes that were erased

Connect = Callable[[str], Connector]
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
    job = _Job(case, journal, fingerprint, prepare, progress, leave, len(plan.steps), done=len(plan.steps) - len(todo))
    try:
        for source, steps in _by_source(todo):
            job.source(source, steps, connect)
        case.status = "run"
    finally:
        settle_links(case)
        case.run_at = now()
    return frozenset(job.unreachable | lost)


def settle(case: Case, connect: Connect, journal: Journal, fingerprint: Fingerprint) -> set[Locator]:
    """Take over what an earlier run left in the journal. Gives the items that are settled.

    It looks whether what was to be removed is gone, and finishes rewritings that were staged; it begins nothing. What
    is still there, or could not be looked at, keeps its state: it is in the plan and will be tried again.
    """
    settled: set[Locator] = set()
    places = Places(case.findings)
    rewriter = Rewriter(case.number, journal, fingerprint)
    entries = {entry.step.locator: entry for entry in journal.entries(case) if _may_be_gone(entry)}
    for source, steps in _by_source([entry.step for entry in entries.values()]):
        with contextlib.suppress(Exception), opened(case, connect, source) as connector:
            for step in steps:
                entry = entries[step.locator]
                result = _settled(places, connector, entry, rewriter)
                if result is not None:
                    journal.done(case.number, entry, result)
                    apply(places, step, result)
                    settled.add(step.locator)
    settle_links(case)
    return settled


def _settled(places: Places, connector: Connector, entry: Entry, rewriter: Rewriter) -> Result | None:
    """What became of a step that was cut off; None where it is not settled yet."""
    step = entry.step
    if step.cuts and (entry.staged is not None or entry.receipt is None):
        if entry.result is not None:
            return entry.result
        _allow(connector, step)
        result = rewriter.finish(connector, entry) if entry.staged is not None else None
        return result if result is not None and result.state is State.ERASED else None
    try:
        if entry.receipt is None and entry.result is None and (role := role_of(connector, Renumbers)) is not None:
            role.known_as(step.locator, step.version)  # nobody knows whether the source ever heard of the removal
        gone = _gone(connector, step)
    except ConnectorError:
        return None
    return (entry.result or judged(entry.receipt, Presence.ABSENT, _links(places, step))) if gone else None


def _gone(connector: Connector, step: Step) -> bool:
    if step.folder:
        holder = role_of(connector, HoldsFolders)
        return holder is not None and not holder.has_folder(step.locator.path)
    return connector.presence(step.locator) is Presence.ABSENT


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
        _allow(connector, step)
        result = _refused(connector, step, found)
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
        self.done += 1
        self.progress(self.done, self.total)
        return not result.unreachable

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
            presence = Presence.ABSENT if _gone(connector, entry.step) else Presence.PRESENT
        except Exception as error:
            return Result(State.FAILED, UNSEEN, unreachable=stops(error))
        result = judged(entry.receipt, presence, _links(self.places, entry.step))
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
            self.done += 1
            self.progress(self.done, self.total)


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


def _allow(connector: Connector, step: Step) -> None:
    """Let the server write to people of this item, where a person decided so, and only there."""
    if step.notifies and (role := role_of(connector, Notifying)) is not None:
        role.allow(step.locator)


def _refused(connector: Connector, step: Step, found: Prepared) -> Result | None:
    """Why the step is not tried, from what a look at the item gave; None where it may be."""
    if found.held is not None:
        held = found.held
        return Result(State.HELD, held.reason, held.until, statute=held.statute, hold=held.rule)
    if found.changed or (found.absent and step.cuts):
        return Result(State.OPEN, CHANGED)
    if found.refused:
        return Result(State.BLOCKED, f"it cannot be taken out: {found.refused}")
    if found.unread:
        return _unread(connector, step, found.unread)
    return None


def _unread(connector: Connector, step: Step, reason: str) -> Result:
    """The error that the source gives here too, or what kept the worker from looking."""
    try:
        connector.version(step.locator)
    except Exception as error:
        return of_error(error)
    return Result(State.FAILED, f"could not be looked at before erasing: {reason}")


def _remove_folder(connector: Connector, step: Step) -> Receipt:
    holder = role_of(connector, HoldsFolders)
    if holder is None:
        raise Unsupported("this source removes no folders", step.locator)
    removed = holder.remove_folder(step.locator.path)
    return Receipt(step.locator, Outcome.ERASED if removed else Outcome.ABSENT)


def _may_be_gone(entry: Entry) -> bool:
    """All but the steps of which it is known that they left the item where it was: those are tried anew."""
    return entry.phase is not Phase.DONE or (entry.result is not None and left_item(entry.result))


def _links(places: Places, step: Step) -> int:
    return max((one.links for one in places.named(step)), default=1)


def _holds_more(case: Case, source: str) -> bool:
    """True where the source must hold more than what this case removes, or has removed since the index was made."""
    known = next((one for one in case.searched if one.source == source), None)
    if known is None:
        return False
    walked = case.run_at is not None and known.scanned_at is not None and known.scanned_at >= case.run_at
    counted = {
        one.locator.item
        for one in case.findings
        if one.locator.source == source and _leaves(one) and not (walked and one.state in GONE)
    }
    return known.items > len(counted)


def _leaves(one: Finding) -> bool:
    """True for an item that has left, or goes whole when the plan runs; what is rewritten or waits stays there."""
    return one.kind != FOLDER and not one.taken and (one.state in GONE or one.effective is Action.REMOVE)


def _by_source(steps: Sequence[Step]) -> Iterator[tuple[str, list[Step]]]:
    groups: dict[str, list[Step]] = {}
    for step in steps:
        groups.setdefault(step.locator.source, []).append(step)
    yield from groups.items()
