"""What only people can do: which findings become tasks, giving the tasks, and believing what shows that they are done.

A task is closed by what its source shows and by nothing else: not by an item that is missing, unreadable or older than
the task, and not by a search that does not find the person any more.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime

from connectors import registry
from connectors.base import ByHand, Connector, Locator
from connectors.errors import ConfigError, ConnectorError
from connectors.layers import role_of
from connectors.manual import Shown, Shows
from scanner.hands.kinds import is_hand
from scanner.journal import Result
from scanner.model import ERASING, Action, Case, Finding, Plan, State
from scanner.outcomes import CHANGED, of_error
from scanner.ownership import ANOTHERS
from scanner.plan import becomes_task
from scanner.uncovered import hiding

UNTOLD = "what must be done by hand could not be told: its source could not be looked at"
REPLACED = "a newer export has taken the place of this one, which is in the plan now"
REFUSED = "it cannot be taken out safely"  # as `find` begins its reason: a person can delete it all the same

Connect = Callable[[str], Connector]
Seen = Callable[[Locator], str | None]  # the version token of an item in the index


def tell_tasks(findings: Sequence[Finding], kinds: Mapping[str, str], connect: Connect) -> None:
    """Make a task of every proposal that only a person can carry out. `kinds` is each source's kind, by its name.

    Where the source cannot be asked, nothing in it is proposed.
    """
    asked: dict[str, list[Finding]] = {}
    for one in findings:
        if one.state is State.OPEN and _is_by_hand(kinds.get(one.locator.source)):
            asked.setdefault(one.locator.source, []).append(one)
    for source, group in asked.items():
        try:
            with connect(source) as connector:
                role = role_of(connector, ByHand)
                told = {one.locator.item: role.task(one.locator.item) if role else None for one in group}
        except (ConnectorError, ConfigError):
            _leave(group)
            continue
        for one in group:
            sentence = told[one.locator.item]
            if sentence is not None:
                _propose(one, sentence)


def give_tasks(case: Case, plan: Plan, connect: Connect, now: datetime) -> set[str]:
    """Move the plan's tasks to the state `task`; gives the sources that could not be reached."""
    unreachable: set[str] = set()
    given = [one for one in case.findings if one.id in plan.tasks]
    for one in filter(is_hand, given):  # no source speaks for it, and a reminder counts from the first day
        _give(one, one.reason, one.since or now, one.mark)
    for source, group in _by_source(one for one in given if not is_hand(one)).items():
        try:
            with connect(source) as connector:
                role, shows = role_of(connector, ByHand), role_of(connector, Shows)
                mark = shows.mark() if shows is not None else ""
                for one in group:
                    sentence = role.task(one.locator.item) if role is not None else None
                    _give(one, sentence, now, mark)
        except (ConnectorError, ConfigError) as error:
            result = of_error(error)
            for one in group:
                one.state, one.reason = result.state, result.reason
            unreachable |= {source} if _is_unreachable(result) else set()
    return unreachable


def settle_tasks(case: Case, connect: Connect, seen: Seen) -> None:
    """Close the tasks that are shown to be done, after a search was merged into the case; all others stay.

    What a newer export does not have is done; what is found in older ones is proposed anew, and what a newer one still
    has is the same task, there. `seen` tells what the index has of the item that shows it.
    """
    waiting = [one for one in case.findings if one.state is State.TASK and not is_hand(one)]
    for source, group in _by_source(waiting).items():
        try:
            with connect(source) as connector:
                shows = role_of(connector, Shows)
                doubtful = [one for one in group if one.unseen or Action.TASK not in (one.effective, one.offer)]
                found = {(one.since, one.mark): _ask(shows, one, case, seen) for one in doubtful}
                mark = shows.mark() if shows is not None else ""
                again = _still_there(case, source, role_of(connector, ByHand))
        except (ConnectorError, ConfigError):
            continue  # could not tell
        since = min((one.since for one in group if one.since is not None), default=None)
        for one in doubtful:
            _settle(one, found[one.since, one.mark])
        if since is not None:  # the holder has been asked, and the contact is still there
            for one, sentence in again:
                _give(one, sentence, since, mark)


def is_waiting(case: Case) -> bool:
    """True where a task of the case is open."""
    return any(one.state is State.TASK for one in case.findings)


def _still_there(case: Case, source: str, role: ByHand | None) -> list[tuple[Finding, str]]:
    """What a task that is open would make go, found since then, with what its holder must do."""
    found = [one for one in case.findings if one.locator.source == source and becomes_task(one)]
    told = [(one, role.task(one.locator.item) if role is not None else None) for one in found]
    return [(one, sentence) for one, sentence in told if sentence is not None]


def _propose(one: Finding, sentence: str) -> None:
    if one.action in ERASING or (one.action is Action.DECIDE and (one.reason or "").startswith(REFUSED)):
        one.action, one.offer, one.reason = Action.TASK, Action.TASK, sentence
    elif one.offer in ERASING or one.reason != ANOTHERS:
        one.offer = Action.TASK


def _leave(findings: Iterable[Finding]) -> None:
    for one in findings:
        one.action, one.offer, one.reason = Action.DECIDE, Action.NONE, UNTOLD


def _give(one: Finding, sentence: str | None, now: datetime, mark: str) -> None:
    if sentence is None:
        one.state, one.reason = State.OPEN, CHANGED
        return
    one.state, one.reason, one.since, one.mark = State.TASK, sentence, now, mark


def _ask(shows: Shows | None, one: Finding, case: Case, seen: Seen) -> Shown:
    """What speaks for it, where that was searched: an export that nobody has read yet shows nothing."""
    if shows is None or one.since is None:
        return Shown(why=one.reason or "")
    shown = shows.shown(one.since, one.mark)
    if shown.by is None:
        return shown
    hidden = any(gap.locator.covers(shown.by) or gap.locator.item == shown.by for gap in hiding(case.gaps))
    return shown if seen(shown.by) == shown.version and not hidden else Shown(why=one.reason or "")


def _settle(one: Finding, shown: Shown) -> None:
    if shown.by is None:
        one.reason = shown.why or one.reason
        one.action = one.offer = Action.TASK
    elif one.unseen:  # nobody finds it there any more, and the newer export does not have it
        one.state, one.reason, one.since, one.taken = State.ABSENT, None, None, True
    else:  # it lies in what was replaced
        one.state, one.reason, one.since = State.OPEN, REPLACED, None


def _is_by_hand(kind: str | None) -> bool:
    try:
        return kind is not None and issubclass(registry.load(kind), ByHand)
    except ConfigError:  # its client is not installed
        return False


def _is_unreachable(result: Result) -> bool:
    return result.unreachable


def _by_source(findings: Iterable[Finding]) -> dict[str, list[Finding]]:
    groups: dict[str, list[Finding]] = {}
    for one in findings:
        groups.setdefault(one.locator.source, []).append(one)
    return groups
