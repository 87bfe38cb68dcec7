"""Folders that bear the subject's name: this version erases what lies in them, not the folders, and so it tells them.

A name in the file system is personal data too: without this a case would be called complete while it still stands.
"""

from __future__ import annotations

import contextlib

from connectors.base import HoldsFolders, Locator, Strength, Version
from connectors.errors import ConfigError, ConnectorError
from scanner.erase import Connect, opened
from scanner.folders import OwnFolders
from scanner.model import Action, Case, Evidence, Finding, Ownership, State, Tier
from scanner.outcomes import GONE
from scanner.plan import FOLDER
from scanner.records import IdType, Role

REASON = "the folder bears the subject's name, and this version removes no folders: remove it by hand, then verify"

_SEEN = Evidence(IdType.NAME, Role.PATH)


def tell_folders(case: Case, connect: Connect) -> None:
    """Add a finding for every such folder that is still there, and settle those that are not any more.

    A source that does not answer, or is configured no more, changes nothing: its case is not verified anyway.
    """
    for source, paths in _emptied(case).items():
        with contextlib.suppress(ConnectorError, ConfigError), opened(case, connect, source) as connector:
            if isinstance(connector, HoldsFolders):
                for path in sorted(paths):
                    _note(case, Locator(source, path), there=connector.has_folder(path))


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


def _note(case: Case, locator: Locator, *, there: bool) -> None:
    known = next((one for one in case.findings if one.kind == FOLDER and one.locator == locator), None)
    if known is None and there:
        number = max((one.id for one in case.findings), default=0) + 1
        case.findings.append(
            Finding(
                id=number,
                locator=locator,
                kind=FOLDER,
                tier=Tier.PROBABLE,
                evidence=(_SEEN,),
                ownership=Ownership.OWN,
                action=Action.DECIDE,
                version=Version("", Strength.NONE),
                reason=REASON,
            )
        )
    elif known is not None and known.state is not State.KEPT:
        known.state, known.reason = (State.OPEN, REASON) if there else (State.ABSENT, None)
