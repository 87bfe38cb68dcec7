"""After a scan: how far from its policy the company is now. Nothing is changed but what the book knows of it."""

from __future__ import annotations

from datetime import datetime

from scanner.agent.book import Book
from scanner.agent.done import Done, Notice
from scanner.drift.history import noted
from scanner.drift.look import look
from scanner.index.errors import NoIndex
from scanner.workspace import Workspace

_UNREAD = "some items could not be read for their days: their sources were away, or they have changed since the scan"


def run(work: Workspace, book: Book, now: datetime) -> Done:
    """Count every `[[policy]]`, note it, and tell once of each rule that begins to be broken."""
    if not work.config.policies:
        return Done()
    try:
        found = look(work, now)
    except NoIndex:  # no scan has ended yet: the next one comes here again
        return Done()
    notices = []
    for one in found.counts:
        key = f"drift:{one.rule.name}"
        if one.broken:
            counts = {"breaking": one.breaking, "untold": one.untold, "looked": one.looked}
            notices.append(Notice("drift", key, source=one.rule.name, counts=counts))
        else:
            book.forget(key)
    book.drifted(noted(book, found.counts, now))
    broken = sum(one.broken for one in found.counts)
    counts = {"rules": len(found.counts), "broken": broken, "unread": found.unread}
    return Done(3 if found.unread else 0, counts, tuple(notices), _UNREAD if found.unread else "")
