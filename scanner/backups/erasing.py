"""One backup, all that goes from it at once: look, note, rewrite, reclaim, prove, in that order and from the journal.

Nothing is called gone before it is proven. What is noted of an item is on disk before the first snapshot is rewritten,
and stays there until the proof: a run that is cut off anywhere is finished by the next, which takes out what is still
listed, reclaims, and proves with the notes of both.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, TypeVar

from connectors.backups.base import Backup
from connectors.base import Connector, Locator, Outcome, Presence, Receipt, Staged
from connectors.errors import ConnectorError, ProtocolBroken
from connectors.layers import role_of
from scanner.backups.pending import notes_of, token_of, unreclaimed
from scanner.journal import Entry, Journal, Result
from scanner.looked import refused
from scanner.model import Case, State, Step
from scanner.opening import Connect, opened
from scanner.outcomes import CHANGED, NOT_EMPTY, Places, apply, judged, of_error, stops

if TYPE_CHECKING:
    from scanner.prepare import Prepare, Prepared
    from scanner.statistics import Line

    Leave = Callable[[Sequence[Line]], None]

T = TypeVar("T")
Answers = Mapping[Locator, Receipt | ConnectorError]

STILL_READ = "it was taken out of the snapshots, and can still be read; run gallra erase {number} again"
UNPROVEN = "rewritten, but nobody could tell whether it can still be read; run gallra erase {number} again"
UNTOLD = ProtocolBroken("the backup did not say what became of it")
LIVE_STAYS = "what it is a copy of stays"


@dataclass(frozen=True, slots=True)
class Share:
    """What one case has to do in backups: approved steps, and what looks at each item before it is touched."""

    case: Case
    steps: Sequence[Step]
    prepare: Prepare


@dataclass(slots=True)
class _Going:
    """One step that goes, or that an earlier run began (`began`). Not `planned`: it is only to be proven."""

    share: Share
    places: Places
    entry: Entry
    notes: tuple[str, ...] = ()
    began: bool = False
    planned: bool = True
    lines: tuple[Line, ...] = ()

    @property
    def locator(self) -> Locator:
        return self.entry.step.locator

    def give(self, result: Result) -> None:
        apply(self.places, self.entry.step, result)


@dataclass(slots=True)
class Erasure:
    """What goes from one backup in one run."""

    name: str
    shares: Sequence[Share]
    journal: Journal
    tick: Callable[[], None]
    leave: Leave
    reached: bool = True
    _folders: list[_Going] = field(default_factory=list)

    def run(self, connect: Connect) -> bool:
        """Take out all steps of the shares that lie in this backup; False where it could not be reached."""
        first, *others = (share.case for share in self.shares)
        opening = opened(first, connect, self.name, *others)
        connector = _asked(opening.__enter__)
        if isinstance(connector, Exception):
            self._untried(of_error(connector))
            return self.reached
        try:
            backup = role_of(connector, Backup)
            assert backup is not None
            self._take(connector, backup)
        finally:
            opening.__exit__(None, None, None)
        return self.reached

    def _take(self, connector: Connector, backup: Backup) -> None:
        going = [one for share in self.shares for one in self._looked(connector, share)]
        if not going and not self._folders:
            return
        wanted = list(dict.fromkeys(one.locator for one in going if one.planned))
        notes = _asked(lambda: backup.note(wanted))
        if isinstance(notes, Exception):
            self._failed(going + self._folders, of_error(notes))
            return
        for one in (*going, *self._folders):
            self._note(one, notes.get(one.locator, ""))
        folders = list(dict.fromkeys(one.locator.path for one in self._folders))
        answers: Answers | Exception = {}
        if wanted or folders:
            answers = _asked(lambda: backup.rewrite(wanted, folders))
        if isinstance(answers, Exception):
            self._broke_off(backup, going, notes, of_error(answers))
            return
        self._prove(backup, self._refused(going, answers), answers)

    def _looked(self, connector: Connector, share: Share) -> Iterator[_Going]:
        """The steps of a case that may be done now, each with its entry; and those that began and left the plan."""
        places = Places(share.case.findings)
        began = {one.step.locator: one for one in self.journal.pending(share.case) if self._is_mine(one.step)}
        steps = [step for step in share.steps if self._is_mine(step)]
        for step in steps:
            if step.folder:
                known = began.get(step.locator) or self.journal.intend(share.case.number, step)
                self._folders.append(_Going(share, places, replace(known, step=step), began=step.locator in began))
        for step, found in share.prepare([step for step in steps if not step.folder]):
            entry = began.get(step.locator)
            intended = replace(entry, step=step) if entry else self.journal.intend(share.case.number, step)
            one = _Going(share, places, intended, began=entry is not None)
            one.notes, one.lines = notes_of(one.entry), _lines(share.case, step, found)
            result = _live(share.case, step) or refused(connector, step, found)
            if result is None:
                yield one
            else:
                self._stays(one, result)
        planned = {step.locator for step in steps}
        for locator, entry in began.items():
            if locator not in planned and self._is_claimed(share, places, entry):
                yield _Going(share, places, entry, notes_of(entry), began=True, planned=False)

    def _is_mine(self, step: Step) -> bool:
        return step.locator.source == self.name

    def _is_claimed(self, share: Share, places: Places, entry: Entry) -> bool:
        """Whether anything is to be said of a step that is in no plan any more; else it is over.

        What was never noted was never rewritten. Of what is held or kept now, nothing says that it is gone.
        """
        known = places.named(entry.step)
        if (
            notes_of(entry)
            and not entry.step.folder
            and not (known and all(one.state in (State.HELD, State.KEPT) for one in known))
        ):
            return True
        self.journal.done(share.case.number, entry, Result(State.OPEN, CHANGED))
        return False

    def _stays(self, one: _Going, result: Result) -> None:
        """Something speaks against the step. What an earlier run began, and could not be looked at, is not over."""
        if not one.began or result.state in (State.HELD, State.OPEN):
            self.journal.done(one.share.case.number, one.entry, result)
        self._tell(one, result)

    def _note(self, one: _Going, note: str) -> None:
        """Put on disk what the proof will need, with what earlier runs noted."""
        if one.planned:
            one.notes = tuple(dict.fromkeys([*one.notes, *([note] if note or not one.notes else [])]))
            number, step = one.share.case.number, one.entry.step
            staged = Staged(step.locator, step.version, token_of(one.notes))
            one.entry = self.journal.staged(number, one.entry, staged, "")
        one.give(Result(State.FAILED, unreclaimed(one.share.case.number)))

    def _refused(self, going: Sequence[_Going], answers: Answers) -> list[_Going]:
        """Those that left the snapshots. What kept an item in is its result; one without an answer is not over."""
        left = []
        for one in going:
            answer = answers.get(one.locator, UNTOLD) if one.planned else None
            if not isinstance(answer, ConnectorError):
                left.append(one)
                continue
            result = of_error(answer)
            if answer is not UNTOLD:
                self.journal.done(one.share.case.number, one.entry, result)
            self._tell(one, result)
        return left

    def _prove(self, backup: Backup, going: Sequence[_Going], answers: Answers) -> None:
        if not going and not self._folders:
            return
        error = _asked(backup.reclaim)
        if isinstance(error, Exception):
            result = of_error(error)
            for one in (*going, *self._folders):
                why = f"{unreclaimed(one.share.case.number)} ({result.reason})"
                self._tell(one, Result(State.FAILED, why, unreachable=result.unreachable))
            return
        proven = _proven(backup, going)
        for one in going:
            self._settle(one, answers.get(one.locator), proven[one.locator])
        self._settle_folders(backup)

    def _settle(self, one: _Going, answer: Receipt | ConnectorError | None, seen: Presence | Exception) -> None:
        receipt = answer if isinstance(answer, Receipt) else None
        if receipt is not None and receipt.outcome is Outcome.ABSENT and any(one.notes) and one.began:
            receipt = None  # the run that was cut off had taken it out
        number = one.share.case.number
        if receipt is not None and receipt.outcome is Outcome.RECOVERABLE:
            result = Result(State.RECOVERABLE, until=receipt.until)
        elif isinstance(seen, Exception):
            why = f"{UNPROVEN.format(number=number)} ({of_error(seen).reason})"
            self._tell(one, Result(State.FAILED, why, unreachable=stops(seen)))
            return
        elif seen is Presence.PRESENT:
            self._tell(one, Result(State.FAILED, STILL_READ.format(number=number)))
            return
        else:
            result = judged(receipt, seen, links=1)
        self.journal.done(number, one.entry, result)
        self._tell(one, result)
        if result.state is State.ERASED and one.lines:
            self.leave(one.lines)

    def _settle_folders(self, backup: Backup) -> None:
        for one in self._folders:
            there = _asked(lambda one=one: backup.has_folder(one.locator.path))  # type: ignore[misc]
            if isinstance(there, Exception):
                result = of_error(there)
            else:
                result = Result(State.OPEN, NOT_EMPTY) if there else Result(State.ERASED)
            self.journal.done(one.share.case.number, one.entry, result)
            self._tell(one, result)

    def _broke_off(self, backup: Backup, going: Sequence[_Going], notes: Mapping[Locator, str], result: Result) -> None:
        """Nobody knows how far the rewriting came, unless all is listed as it was: then nothing was begun."""
        again = _asked(lambda: backup.note(list(notes)))
        untouched = not isinstance(again, Exception) and bool(notes) and all(notes.values()) and again == notes
        for one in (*going, *self._folders):
            if untouched and not one.began:
                self.journal.done(one.share.case.number, one.entry, result)
            self._tell(one, result)

    def _failed(self, going: Iterable[_Going], result: Result) -> None:
        """Nothing was rewritten in this run; what an earlier one began stays begun."""
        for one in going:
            if not one.began:
                self.journal.done(one.share.case.number, one.entry, result)
            self._tell(one, result)

    def _untried(self, result: Result) -> None:
        self.reached = not result.unreachable
        for share in self.shares:
            places = Places(share.case.findings)
            for step in share.steps:
                if self._is_mine(step):
                    apply(places, step, result)
                    self.tick()

    def _tell(self, one: _Going, result: Result) -> None:
        self.reached = self.reached and not result.unreachable
        one.give(result)
        if one.planned:
            self.tick()


def _asked(call: Callable[[], T]) -> T | Exception:
    try:
        return call()
    except Exception as error:
        return error  # a connector's fault must not stop the other backups


def _proven(backup: Backup, going: Sequence[_Going]) -> dict[Locator, Presence | Exception]:
    """The worst that is said of any of the notes: of this run's, and of those before a crash."""
    notes: dict[Locator, tuple[str, ...]] = {}
    for one in going:
        notes[one.locator] = tuple(dict.fromkeys([*notes.get(one.locator, ()), *one.notes]))
    found: dict[Locator, Presence | Exception] = dict.fromkeys(notes, Presence.ABSENT)
    for number in range(max(map(len, notes.values()), default=0)):
        part = {locator: known[number] for locator, known in notes.items() if number < len(known)}
        answers = _asked(lambda part=part: backup.prove(part))  # type: ignore[misc]
        for locator in part:
            said = answers if isinstance(answers, Exception) else answers.get(locator, UNTOLD)
            if said is not Presence.ABSENT and not isinstance(found[locator], Exception):
                found[locator] = said
    return found


def _live(case: Case, step: Step) -> Result | None:
    """A copy of what turned out to be held in this very run stays as well."""
    for number in step.findings:
        one = case.finding(number)
        live = case.finding(one.copy_of) if one is not None and one.copy_of else None
        if live is not None and live.state is State.HELD:
            return Result(State.HELD, live.reason or LIVE_STAYS, live.until, statute=live.statute, hold=live.hold)
        if live is not None and live.state is State.KEPT:
            return Result(State.OPEN, LIVE_STAYS)
    return None


def _lines(case: Case, step: Step, found: Prepared) -> tuple[Line, ...]:
    """What it leaves for statistics; a copy leaves nothing, as what it is a copy of did."""
    known = (case.finding(number) for number in step.findings)
    return () if any(one is not None and one.copy_of for one in known) else found.lines
