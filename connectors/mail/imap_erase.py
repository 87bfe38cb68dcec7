"""Erasing one message: marked as deleted, expunged by its UID alone (RFC 4315), and looked for again.

EXPUNGE and CLOSE take every message of the folder that anybody has marked: they are never sent. Where the expunge is
refused, a mark of ours is taken back.
"""

from __future__ import annotations

from contextlib import suppress

from connectors.base import Outcome, Receipt, Version
from connectors.errors import Changed, ConnectorError, ProtocolBroken
from connectors.locator import Locator
from connectors.mail.imap_box import Box, Seen, has, look
from connectors.mail.imap_line import Line
from connectors.mail.imap_names import untoken
from connectors.mail.imap_rights import DELETED, may_erase
from connectors.mail.imap_session import Session

_OTHER = "the message is not what was expected: look again"
_ANEW = "the mail folder was made anew, and its messages are numbered anew: look again"
_LEFT = "the mail server says that it has erased the message, and still has it"


def remove(session: Session, folder: str, uid: int, expected: Version, locator: Locator) -> Receipt:
    """Erase the message. Raises Changed, Denied, Unsupported, NotFound (no such folder), Unreachable."""
    box = open_at(session, folder, expected, locator)
    may_erase(session.line, box, locator)
    seen = look(session.line, uid, locator)
    if seen is None:
        known = untoken(expected.token)
        if known is not None and known[1] != uid:  # of a message that a change has put under another number
            raise Changed(_OTHER, locator)
        return Receipt(locator, Outcome.ABSENT)
    at(box, seen, expected, locator)
    expunge(session, box, seen, locator)
    return Receipt(locator, Outcome.ERASED)


def open_at(session: Session, folder: str, expected: Version, locator: Locator) -> Box:
    """The folder, open for writing. Raises Changed where its messages are not numbered as in `expected`."""
    known = untoken(expected.token)
    box = session.patiently(lambda: session.box(folder, locator, write=True))
    if known is None:
        raise Changed(_OTHER, locator)
    if known[0] != box.uidvalidity:
        raise Changed(_ANEW, locator)
    return box


def at(box: Box, seen: Seen, expected: Version, locator: Locator) -> None:
    """Raises Changed where the message is not at `expected`."""
    if seen.token(box) != expected.token:
        raise Changed(_OTHER, locator)


def expunge(session: Session, box: Box, seen: Seen, locator: Locator) -> None:
    """Erase a message of the open folder, and look whether it is gone. Raises what the server refuses."""
    line, number = session.line, b"%d" % seen.uid
    ours = not seen.has(DELETED.lower())
    if ours:
        mark(line, seen.uid, b"+FLAGS.SILENT", DELETED, locator)
    try:
        line.ask(b"UID EXPUNGE", number).check("erasing the message", locator)
        fresh = session.box(box.folder, locator)
        left = fresh.uidvalidity == box.uidvalidity and has(session.line, seen.uid, locator)
    except ConnectorError:
        _take_back(session, box, seen, locator, ours=ours)
        raise
    if fresh.uidvalidity != box.uidvalidity:
        raise Changed(_ANEW, locator)
    if left:
        _take_back(session, box, seen, locator, ours=ours)
        raise ProtocolBroken(_LEFT, locator)


def mark(line: Line, uid: int, how: bytes, flags: bytes, locator: Locator) -> None:
    """Set or clear flags of one message. Raises what the server refuses."""
    line.ask(b"UID STORE", b"%d" % uid, how, b"(" + flags + b")").check("marking the message", locator)


def _take_back(session: Session, box: Box, seen: Seen, locator: Locator, *, ours: bool) -> None:
    """The message is still there: as it was, if we can. A line that was cut is left to the next try."""
    if not ours or session.line.dead:
        return
    with suppress(ConnectorError):
        again = session.box(box.folder, locator, write=True)
        now = look(session.line, seen.uid, locator) if again.uidvalidity == box.uidvalidity else None
        if now is not None:
            mark(session.line, seen.uid, b"-FLAGS.SILENT", DELETED, locator)
