"""Folders that bear the subject's name: a name in the file system is personal data too, so they are findings.

They go when they are empty. Until then, and where something in them is held or kept, the case says that they stand.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Sequence
from datetime import date

from connectors.base import HoldsFolders, Locator, Strength, Version
from connectors.errors import ConfigError, ConnectorError
from connectors.layers import role_of
from scanner.folders import OwnFolders
from scanner.model import Action, Case, Evidence, Finding, Ownership, State, Tier
from scanner.opening import Connect, opened
from scanner.outcomes import GONE, NOT_EMPTY
from scanner.plan import FOLDER
from scanner.records import IdType, Role

STAYS = "it stays for what is held or kept in it"

_SEEN = Evidence(IdType.NAME, Role.PATH)


def folder_finding(source: str, path: str) -> Finding:
    """A finding for a folder of the subject's; its id is for who takes it in."""
    return Finding(
        id=0,
        locator=Locator(source, path),
        kind=FOLDER,
        tier=Tier.PROBABLE,
        evidence=(_SEEN,),
        ownership=Ownership.OWN,
        action=Action.REMOVE,
        version=Version("", Strength.NONE),
    )


def settle_folders(findings: Sequence[Finding]) -> None:
    """A folder stays as long as something in it is held or kept, and goes with the rest when nothing is.

    What a backup keeps until a day by a rule of its own is still in it, and so the folder is kept until then.
    """
    for folder in findings:
        if folder.kind != FOLDER or _is_gone(folder) or folder.verdict is not None:
            continue
        inside = [one for one in findings if one is not folder and folder.locator.covers(one.locator)]
        held = [one for one in inside if one.state is State.HELD]
        retained = [one for one in inside if one.snapshots and one.state is State.RECOVERABLE]
        kept = any(one.state is State.KEPT for one in inside)
        if held or kept or retained:
            folder.state = State.HELD if held else State.KEPT if kept else State.RECOVERABLE
            folder.until = _latest(one.until for one in held or ([] if kept else retained))
            folder.reason, folder.statute = STAYS, _statute(held)
            folder.hold = held[0].hold if held else ""
        elif folder.reason == STAYS:
            folder.state, folder.reason, folder.until, folder.statute = State.OPEN, None, None, None
            folder.hold = ""


def tell_folders(case: Case, connect: Connect) -> None:
    """Add a finding for every such folder that is still there, and settle those that are not any more.

    A source that does not answer, or is configured no more, changes nothing: its case is not verified anyway.
    """
    for source, paths in _emptied(case).items():
        with contextlib.suppress(ConnectorError, ConfigError), opened(case, connect, source) as connector:
            holder = role_of(connector, HoldsFolders)
            if holder is not None:
                for path in sorted(paths):
                    _note(case, source, path, there=holder.has_folder(path))
    settle_folders(case.findings)


def _emptied(case: Case) -> dict[str, set[str]]:
    """The folders of the subject from which something was erased, by source."""
    folders = OwnFolders(case.subject, ())
    found: dict[str, set[str]] = {}
    for one in case.findings:
        if one.kind == FOLDER:
            found.setdefault(one.locator.source, set()).add(one.locator.path)
        elif one.state in GONE and _SEEN in one.evidence:
            folder = folders.folder_above(one.locator.path)
            if folder is not None:
                found.setdefault(one.locator.source, set()).add(folder)
    return found


def _note(case: Case, source: str, path: str, *, there: bool) -> None:
    locator = Locator(source, path)
    known = next((one for one in case.findings if one.kind == FOLDER and one.locator == locator), None)
    if known is None and there:
        known = folder_finding(source, path)
        known.id = max((one.id for one in case.findings), default=0) + 1
        case.findings.append(known)
    elif known is not None and known.verdict is None and there and known.state in (*GONE, State.OPEN):
        known.state, known.reason = State.OPEN, NOT_EMPTY if case.run_at else None
    elif known is not None and not there and not _is_gone(known):
        known.state, known.reason = State.ABSENT, None


def _is_gone(folder: Finding) -> bool:
    """Not one that stays for what a backup keeps in it: that is as recoverable as that, and there."""
    return folder.state in GONE and folder.reason != STAYS


def _latest(dates: Iterable[date | None]) -> date | None:
    known = list(dates)
    return None if None in known else max((one for one in known if one is not None), default=None)


def _statute(held: Sequence[Finding]) -> str | None:
    return next((one.statute for one in held if one.statute), None)
