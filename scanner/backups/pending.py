"""What is not proven yet: steps in backups that the journal began, and what a backup may store that nothing lists.

Nothing of that is erased or absent, whatever a listing, a look or a search says.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Sequence
from contextlib import suppress
from datetime import date

from connectors.backups.base import Backup
from connectors.base import Locator
from connectors.layers import role_of
from scanner.journal import Entry, Journal
from scanner.model import Case, Finding, State
from scanner.opening import Connect
from scanner.outcomes import GONE, Places
from scanner.plan import FOLDER

WAITS = "waits for gallra backups erase"
STORED = (
    "no snapshot lists it any more, but the backup still stores what no snapshot refers to, and that may be it: "
    "gallra erase CASE makes that room free"
)
UNTOLD = "not found any more, but the backup could not tell whether it still stores what no snapshot refers to"
FOLDER_LEFT = (
    "nothing is found in it any more, but snapshots have the folder itself: gallra erase CASE takes it out where it is "
    "empty; what else is in it, as a link, is for the backup's own tool"
)

Missing = Callable[[Finding], str | None]  # why what is not found any more may still be there; None: it is not

_UNSETTLED = frozenset({State.OPEN, State.FAILED, State.BLOCKED})
_BEGUN = ("rewritten, ", "it was taken out of the snapshots, ")  # how the reasons of what is not proven begin


def is_begun(one: Finding) -> bool:
    """True for what has left the snapshots of a backup, as far as is known, and is not proven gone."""
    return one.state is State.FAILED and (one.reason or "").startswith(_BEGUN)


def unreclaimed(number: str) -> str:
    """Why a finding that left the snapshots is not erased yet, with the next step."""
    return f"rewritten, but the room is not reclaimed yet: run gallra erase {number} again"


def notes_of(entry: Entry) -> tuple[str, ...]:
    """What runs noted of the step's item, the first of them first; none where none came so far."""
    return tuple(json.loads(entry.staged.token)) if entry.staged is not None else ()


def token_of(notes: Sequence[str]) -> str:
    """Notes as the journal keeps them: see `notes_of`."""
    return json.dumps(list(notes), ensure_ascii=True, separators=(",", ":"))


def pending(case: Case, journal: Journal) -> list[Entry]:
    """The steps in backups that a run began and nobody has proven. What was only intended was not begun.

    The journal alone tells: a backup that cannot be set up now, or is configured no more, has not lost anything by it.
    """
    return [one for one in journal.pending(case) if not one.step.cuts and notes_of(one)]


def keep_open(case: Case, journal: Journal) -> None:
    """Let no look and no search settle what is not proven, and say what waits for `gallra backups erase`."""
    places = Places(case.findings)
    for entry in pending(case, journal):
        for one in places.named(entry.step):
            if (one.state in GONE or one.state in _UNSETTLED) and not is_begun(one):
                why = f" ({one.reason})" if one.reason and one.state is not State.OPEN else ""
                one.state, one.until, one.reason = State.FAILED, None, unreclaimed(case.number) + why
    for step in journal.waiting(case):
        for one in places.named(step):
            if one.state is State.OPEN:
                one.reason = WAITS


class StillStored:
    """Answers `Missing` for the sources of one installation. A backup is opened when it is first asked about."""

    def __init__(self, case: Case, journal: Journal, connect: Connect, backups: Collection[str]) -> None:
        """`backups` are the names of those that are configured, whether they can be set up now or not."""
        self._connect = connect
        self._backups = backups
        self._began = {entry.step.locator for entry in pending(case, journal)}
        self._number = case.number
        self._told: dict[str, str | None] = {}

    def __call__(self, finding: Finding) -> str | None:
        """See `Missing`."""
        locator = finding.locator
        if locator.item in self._began:
            return unreclaimed(self._number)
        if locator.source not in self._backups:
            return None
        if finding.kind == FOLDER and (why := _stands(self._connect, locator)) is not None:
            return why
        if locator.source not in self._told:
            self._told[locator.source] = _stores(self._connect, locator.source)
        return self._told[locator.source]


def is_retained(one: Finding, today: date) -> bool:
    """True for what a backup keeps by a rule of its own until a day that has not passed: it is there, as was told."""
    return one.state is State.RECOVERABLE and (one.until is None or one.until >= today)


def look(backup: Backup, groups: Iterable[tuple[Locator, list[Finding]]]) -> list[list[Finding]]:
    """The findings that an opened backup has again. Raises what keeps the backup from telling.

    What is gone by our word was proven so, and what went without gallra counted as absent only when the backup stored
    nothing that no snapshot refers to (`StillStored`). Both stay gone while no snapshot lists them, whatever room
    others leave to be freed later: a nightly `restic forget` must not open every case again.
    """
    return [found for locator, found in groups if backup.listed(locator)]


def _stands(connect: Connect, folder: Locator) -> str | None:
    with suppress(Exception), connect(folder.source) as connector:  # whatever is raised is no evidence of absence
        backup = role_of(connector, Backup)
        assert backup is not None
        return FOLDER_LEFT if backup.has_folder(folder.path) else None
    return UNTOLD


def _stores(connect: Connect, source: str) -> str | None:
    with suppress(Exception), connect(source) as connector:  # whatever is raised is no evidence of absence
        backup = role_of(connector, Backup)
        assert backup is not None
        return STORED if backup.unreclaimed() else None
    return UNTOLD
