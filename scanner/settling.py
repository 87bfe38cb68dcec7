"""What an earlier run left in the journal is taken over, and what was staged is finished. Nothing new is begun.

What lies in a backup is not settled by a look: it was taken out of snapshots, and is gone only when that is proven.
`scanner.backups.erasing` finishes it in the next run; only what it has proven before the crash is taken over here.
"""

from __future__ import annotations

import contextlib

from connectors.base import Connector, HoldsFolders, Locator, Notifying, Presence, Renumbers
from connectors.errors import ConnectorError
from connectors.layers import role_of
from scanner.journal import Entry, Journal, Phase, Result
from scanner.model import Case, State, Step
from scanner.opening import Connect, by_source, is_backup, opened
from scanner.outcomes import Places, apply, judged, left_item, settle_links
from scanner.rewrite import Fingerprint, Rewriter


def settle(case: Case, connect: Connect, journal: Journal, fingerprint: Fingerprint) -> set[Locator]:
    """Take over what an earlier run left in the journal. Gives the items that are settled.

    It looks whether what was to be removed is gone, and finishes rewritings that were staged; it begins nothing. What
    is still there, or could not be looked at, keeps its state: it is in the plan and will be tried again.
    """
    settled: set[Locator] = set()
    places = Places(case.findings)
    rewriter = Rewriter(case.number, journal, fingerprint)
    entries = {entry.step.locator: entry for entry in journal.entries(case) if _may_be_gone(entry)}
    for source, steps in by_source([entry.step for entry in entries.values()]).items():
        if is_backup(connect, source):
            settled |= _proven(places, [entries[step.locator] for step in steps])
            continue
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


def is_gone(connector: Connector, step: Step) -> bool:
    """Whether the source has the item of this step no more. Raises where it cannot tell."""
    if step.folder:
        holder = role_of(connector, HoldsFolders)
        return holder is not None and not holder.has_folder(step.locator.path)
    return connector.presence(step.locator) is Presence.ABSENT


def links_of(places: Places, step: Step) -> int:
    """How many names the content of a step had when it was scanned."""
    return max((one.links for one in places.named(step)), default=1)


def allow(connector: Connector, step: Step) -> None:
    """Let the server write to people of this item, where a person decided so, and only there."""
    if step.notifies and (role := role_of(connector, Notifying)) is not None:
        role.allow(step.locator)


def _proven(places: Places, entries: list[Entry]) -> set[Locator]:
    """What a run had proven gone from a backup, and was killed before it was saved."""
    found = set()
    for entry in entries:
        if entry.phase is Phase.DONE and entry.result is not None:
            apply(places, entry.step, entry.result)
            found.add(entry.step.locator)
    return found


def _settled(places: Places, connector: Connector, entry: Entry, rewriter: Rewriter) -> Result | None:
    """What became of a step that was cut off; None where it is not settled yet."""
    step = entry.step
    if step.cuts and (entry.staged is not None or entry.receipt is None):
        if entry.result is not None:
            return entry.result
        allow(connector, step)
        result = rewriter.finish(connector, entry) if entry.staged is not None else None
        return result if result is not None and result.state is State.ERASED else None
    try:
        if entry.receipt is None and entry.result is None and (role := role_of(connector, Renumbers)) is not None:
            role.known_as(step.locator, step.version)  # nobody knows whether the source ever heard of the removal
        gone = is_gone(connector, step)
    except ConnectorError:
        return None
    return (entry.result or judged(entry.receipt, Presence.ABSENT, links_of(places, step))) if gone else None


def _may_be_gone(entry: Entry) -> bool:
    """All but the steps of which it is known that they left the item where it was: those are tried anew."""
    return entry.phase is not Phase.DONE or (entry.result is not None and left_item(entry.result))
