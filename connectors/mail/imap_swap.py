r"""Changing a message. IMAP cannot: the new one is put beside it (APPEND), then takes its place.

While it waits, the new one is marked \Deleted and \Seen, so that mail programs hide it and announce nothing, and with
a keyword of gallra's, by which it is found again. The order of `commit` loses nothing wherever it stops:
  1. the new one gets the flags that the old one has by then, and another keyword of gallra's: both are there, and an
     expunge of others takes neither because of us;
  2. the old one is erased, by its UID alone. What stops in it may leave a \Deleted of ours on the old one: the new
     one's flags tell whether somebody else had set it before;
  3. the keyword goes, and only now: a staged message without one belongs to a change that was finished.
What stops before 1 leaves the old one, with a hidden new one that others' EXPUNGE may take; `commit` then says Changed.
A `stage` that was cut off is found by keyword, size, date and bytes, so that a retry appends nothing.
"""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import replace
from enum import Enum

from connectors.base import Locator, Staged, Strength, Version
from connectors.errors import Changed, ConnectorError, Malformed, NotFound, ProtocolBroken, Unsupported
from connectors.mail.imap_box import Box, Seen, look, search
from connectors.mail.imap_erase import at, expunge, mark, open_at
from connectors.mail.imap_line import Literal, string
from connectors.mail.imap_names import path_of, untoken
from connectors.mail.imap_read import whole
from connectors.mail.imap_rights import DELETED, may_add, may_erase
from connectors.mail.imap_session import Session

KEYWORD = b"$GallraStaged"
SHOWN = b"$GallraShown"
_HIDDEN = rb"\Seen \Deleted " + KEYWORD
_NOT_ITS_OWN = frozenset({b"\\recent", KEYWORD.lower(), SHOWN.lower()})  # of the old one's flags
_APPENDED = re.compile(rb"(\d+) (\d+)")
_GONE = "the message is not there"
_NO_KEYWORDS = (
    "the mail folder takes no keywords, so a changed message could not be found again after a crash: change it by hand"
)
_NOT_OURS = "not what this source staged"
_NOT_THERE = "the changed message is not there any more: an expunge of somebody else's took it; look again"
_DONE = "the changed message has taken the old one's place"
_REWRITES = "the mail server changes the messages that are put into it, so this one cannot be changed safely"


def stage(session: Session, folder: str, uid: int, expected: Version, content: bytes, locator: Locator) -> Staged:
    """Put the new message beside the old one, hidden. See Connector."""
    box = open_at(session, folder, expected, locator)
    may_erase(session.line, box, locator)
    if not (box.may_keep(b"\\*") or (box.may_keep(KEYWORD.lower()) and box.may_keep(SHOWN.lower()))):
        raise Unsupported(_NO_KEYWORDS, locator)
    old = look(session.line, uid, locator)
    if old is None:
        raise NotFound(_GONE, locator)
    at(box, old, expected, locator)
    may_add(session.line, box, locator)
    new = _found(session, old, content, locator) or _append(session, box, old, content, locator)
    return Staged(locator, expected, new.token(box))


def commit(session: Session, folder: str, staged: Staged) -> tuple[Locator, Version]:
    """Make the new message the one. See Connector."""
    locator = staged.locator
    box, old, new = _both(session, folder, staged)
    if new is None:
        raise Changed(_NOT_THERE, locator)
    state = _state(new)
    if old is None and state is _State.HIDDEN:
        raise Changed("the message is not there any more: nothing is put in its place", locator)
    if old is not None:
        if state is _State.FINISHED:
            raise Changed("the changed message is not marked as such any more: look again", locator)
        at(box, old, staged.expected, locator)
        may_erase(session.line, box, locator)
        _replace(session, box, old, new, locator)
    if state is not _State.FINISHED:
        box = session.box(folder, locator, write=True)
        mark(session.line, new.uid, b"-FLAGS.SILENT", KEYWORD + b" " + SHOWN, locator)
    session.remember(box)
    return Locator(locator.source, path_of(folder, new.uid)), Version(staged.token, Strength.STRONG)


def abandon(session: Session, folder: str, staged: Staged) -> None:
    """Take the new message away, where it has not become the one. See Connector."""
    try:
        box, old, new = _both(session, folder, staged)
    except NotFound:
        return  # the folder went, and all in it
    except Changed:
        if not search(session.line, b"KEYWORD " + KEYWORD, staged.locator):
            return  # the folder was made anew, and nothing staged is in it
        raise
    if new is None:
        return
    state = _state(new)
    if state is _State.FINISHED or (old is None and state is _State.SHOWN):
        raise Changed(_DONE, staged.locator)
    may_erase(session.line, box, staged.locator)
    if old is not None and _marked_by_us(old, new):
        mark(session.line, old.uid, b"-FLAGS.SILENT", DELETED, staged.locator)
    expunge(session, box, new, staged.locator)


# -- details


class _State(Enum):
    HIDDEN = "waits"
    SHOWN = "has its flags, and the old one may be there still"
    FINISHED = "is the message"


def _state(new: Seen) -> _State:
    if new.has(SHOWN.lower()):
        return _State.SHOWN
    return _State.HIDDEN if new.has(KEYWORD.lower()) else _State.FINISHED


def _marked_by_us(old: Seen, new: Seen) -> bool:
    r"""True where an earlier try marked the old one: it had no \Deleted when the new one got its flags."""
    return _state(new) is _State.SHOWN and old.has(DELETED.lower()) and not new.has(DELETED.lower())


def _both(session: Session, folder: str, staged: Staged) -> tuple[Box, Seen | None, Seen | None]:
    """The folder, open for writing, and what it has of the old and the new message."""
    known, old = untoken(staged.token), untoken(staged.expected.token)
    if known is None or old is None or known[0] != old[0]:
        raise Malformed(_NOT_OURS, staged.locator)
    box = open_at(session, folder, staged.expected, staged.locator)
    new = look(session.line, known[1], staged.locator)
    if new is not None and new.token(box) != staged.token:
        raise Malformed(_NOT_OURS, staged.locator)
    return box, look(session.line, old[1], staged.locator), new


def _replace(session: Session, box: Box, old: Seen, new: Seen, locator: Locator) -> None:
    """Steps 1 and 2. Where the old one cannot be erased, the new one waits again."""
    if _marked_by_us(old, new):  # and to be taken back as ours, should the old one stay
        old = replace(old, flags=tuple(flag for flag in old.flags if flag.lower() != DELETED.lower()))
    try:
        if _state(new) is _State.HIDDEN:
            _show(session, old, new, locator)
        expunge(session, box, old, locator)
    except ConnectorError:
        _hide(session, box, old, new, locator)
        raise


def _show(session: Session, old: Seen, new: Seen, locator: Locator) -> None:
    """Step 1."""
    flags = [*(flag for flag in old.flags if flag.lower() not in _NOT_ITS_OWN), SHOWN]
    mark(session.line, new.uid, b"FLAGS.SILENT", b" ".join(flags), locator)
    shown = look(session.line, new.uid, locator)
    if shown is None or {one.lower() for one in flags} - {one.lower() for one in shown.flags}:
        raise Changed(_NOT_THERE, locator)


def _hide(session: Session, box: Box, old: Seen, new: Seen, locator: Locator) -> None:
    """The old one is there as it was: the new one waits again. After a cut line the next `commit` goes on."""
    if session.line.dead:
        return
    with suppress(ConnectorError):
        again = session.box(box.folder, locator, write=True)
        if again.uidvalidity == box.uidvalidity and look(session.line, old.uid, locator) is not None:
            mark(session.line, new.uid, b"FLAGS.SILENT", _HIDDEN, locator)


def _found(session: Session, old: Seen, content: bytes, locator: Locator) -> Seen | None:
    """What an earlier try put there. The same bytes, date and keyword: its own, or as good as its own."""
    for uid in search(session.line, b"KEYWORD " + KEYWORD, locator):
        seen = look(session.line, uid, locator)
        if (
            seen is not None
            and (seen.size, seen.date) == (len(content), old.date)
            and uid > old.uid
            and _state(seen) is _State.HIDDEN
            and whole(session, uid, locator) == content
        ):
            return seen
    return None


def _append(session: Session, box: Box, old: Seen, content: bytes, locator: Locator) -> Seen:
    """Put it there, and read it back before anybody relies on it."""
    line = session.line
    answer = line.ask(b"APPEND", string(box.wire), b"(" + _HIDDEN + b")", old.date, Literal(content))
    answer.check("putting the message beside the old one", locator)
    told = _APPENDED.fullmatch(answer.told) if answer.code == "APPENDUID" else None
    if told is None or int(told[1]) != box.uidvalidity:
        found = _found(session, old, content, locator)
        if found is None:
            raise ProtocolBroken("the mail server took the changed message, and does not tell where it is", locator)
        return found
    uid = int(told[2])
    seen = look(line, uid, locator)
    if seen is None:
        raise Changed(_NOT_THERE, locator)
    if whole(session, uid, locator) != content or seen.date != old.date or _state(seen) is not _State.HIDDEN:
        expunge(session, box, seen, locator)
        raise Unsupported(_REWRITES, locator)
    return seen
