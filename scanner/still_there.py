"""A case searched again: what the search does not find any more and is still there as it was is not gone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from connectors.base import Locator
from scanner.backups.copies import link
from scanner.backups.following import follow_now
from scanner.backups.pending import StillStored, is_begun, is_retained, keep_open
from scanner.by_hand import settle_tasks
from scanner.cull.working import search_into as cull_into
from scanner.model import Action, Case, CaseGap, Finding, Searched, State
from scanner.named_folders import settle_folders
from scanner.outcomes import GONE
from scanner.today import today
from scanner.verify import merge

if TYPE_CHECKING:
    from scanner.workspace import Workspace

STILL_THERE = "still there as it was, though the search does not find it any more: look at it, then keep or erase it"

ContentOf = Callable[[Locator], str | None]


def search_into(work: Workspace, case: Case) -> None:
    """Search with the case's identifiers, or by its rule, and take what is found into it."""
    if case.cull:
        cull_into(work, case)
        return
    take_in(work, case, *work.search_again(case))
    with work.index() as index:

        def version_of(item: Locator) -> str | None:
            view = index.item_by_path(item.source, item.path)
            return view.version.token if view is not None and not view.stale else None

        def content_of(item: Locator) -> str | None:
            view = index.item_by_path(item.source, item.path)
            return view.content.hex() if view is not None and view.content else None

        settle_tasks(case, work.connect, version_of)
        reopen_unchanged(case, content_of)
    keep_open(case, work.journal)


def take_in(
    work: Workspace, case: Case, findings: Sequence[Finding], gaps: Sequence[CaseGap], searched: Sequence[Searched]
) -> None:
    """`merge`, with what is known of backups: what one may store unseen is not absent, what one keeps is there."""
    backups, day = {one.name for one in work.config.backups}, today()

    def retained(one: Finding) -> bool:
        return one.locator.source in backups and (is_begun(one) or is_retained(one, day))

    if not case.request.backups:  # they are not asked for any more: nothing in them waits
        case.findings = [
            one
            for one in case.findings
            if one.locator.source not in backups or one.state in GONE or one.taken or is_begun(one)
        ]
    merge(case, findings, gaps, searched, StillStored(case, work.journal, work.connect, backups), retained)
    link(case.findings, work.origins)
    follow_now(work, case)


def reopen_unchanged(case: Case, content_of: ContentOf) -> None:
    """Open what counts as absent where its item stands in the index with the very content that the finding was about.

    `content_of` gives the keyed hash of an item's content (hex), None where the index has no such item.
    """
    for one in case.findings:
        if one.state is State.ABSENT and one.content and content_of(one.locator.item) == one.content:
            one.offer = one.erasing
            one.state, one.action, one.verdict, one.reason = State.OPEN, Action.DECIDE, None, STILL_THERE
    settle_folders(case.findings)
