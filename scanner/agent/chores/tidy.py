"""Cases whose time is over: closed where nothing waits in them, told once where something does; old drafts leave.

Sources that are not configured any more leave the index.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from scanner.agent.done import Done, Notice
from scanner.closing import Over, tidied
from scanner.scanning import forget_lost

if TYPE_CHECKING:
    from scanner.agent.book import Book
    from scanner.workspace import Workspace


def run(work: Workspace, book: Book, now: datetime) -> Done:
    """As every command does on its way (`scanner.closing`), and `gallra find` with drafts that nothing followed."""
    expired = work.cases.expire(now)
    for number in expired:
        work.audit.append("case-expired", number, {}, {})
    over = tidied(work, now)
    closed = [one for one in over if one.closed]
    left = [one for one in over if not one.closed]
    counts = {"closed": len(closed), "waiting": len(left), "expired": len(expired), "sources left": forget_lost(work)}
    return Done(0, counts, tuple(map(_notice, left)))


def _notice(one: Over) -> Notice:
    """`due` is the day on which the case closes by itself; None: it waits for something, and never does."""
    when = one.closes.isoformat() if one.closes is not None else "waits"
    return Notice("attention", f"tidy:{one.number}:{when}", case=one.number, due=one.closes)
