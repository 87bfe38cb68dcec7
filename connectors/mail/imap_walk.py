"""The walk of a folder: every message once, by ascending UID, or what has changed since an earlier walk.

UIDs only grow, so a walk by UIDs neither skips nor doubles when others add and expunge meanwhile; what arrives later is
the next walk's. What the server says it has is counted against what it told.

A cursor is a few numbers. Going on from it must be provable: the same UIDVALIDITY, and either the server's own list of
what has vanished (QRESYNC), or as many older messages as there were (a UID never comes back). All else is a full walk.
"""

from __future__ import annotations

import json
from array import array
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass

from connectors.base import Checkpoint, Gap, GapReason, Gone, Item, ItemKind, Resumed, Strength, Version, WalkEvent
from connectors.errors import Changed, Denied, NotFound, ProtocolBroken, Unreachable
from connectors.locator import Locator
from connectors.mail.imap_box import Box, search, sizes
from connectors.mail.imap_errors import Dropped
from connectors.mail.imap_names import LAST_UID, path_of, ranges, token, uid_set, within
from connectors.mail.imap_session import Session

_FIRST = 500  # UIDs asked for at once, to begin with: the workers wait for the first
_FEW = 1000
_MOST_GONE = 100_000
_MOST_LOST = 40
_UNREADABLE = "the mail server cannot tell of the message: is its file damaged?"
_SHORT = "the mail server told of fewer messages than it has; try again"
_ANEW = "the mail folder was made anew while it was walked; try again"


@dataclass(frozen=True, slots=True)
class Cursor:
    """How far a whole walk came: the next UID, how many messages there were, and the server's modseq, if any."""

    uidvalidity: int
    uidnext: int
    count: int
    modseq: int | None

    def __str__(self) -> str:
        return json.dumps(asdict(self), separators=(",", ":"))

    @classmethod
    def parse(cls, text: str | None) -> Cursor | None:
        """The cursor that was written; None for anything else."""
        try:
            found = json.loads(text or "")
            cursor = cls(**found)
        except (ValueError, TypeError):
            return None
        numbers = [
            cursor.uidvalidity,
            cursor.uidnext,
            cursor.count,
            *([] if cursor.modseq is None else [cursor.modseq]),
        ]
        fine = all(type(number) is int and number >= 0 for number in numbers)
        return cursor if fine and 0 < cursor.uidnext <= LAST_UID + 1 else None


_Changes = tuple[list[int], "array[int]", "array[int]"]  # UIDs gone; UIDs and sizes of what is new


class Walk:
    """One walk of one folder."""

    def __init__(self, session: Session, folder: str) -> None:
        self._session = session
        self._folder = folder
        self._lost = 0  # lines that the server has cut

    def events(self, cursor: str | None) -> Iterator[WalkEvent]:
        """See Connector.walk."""
        box, changes = self._since(Cursor.parse(cursor))
        if changes is None:
            self._session.remember(box)
            yield from self._full(box)
        else:
            self._session.remember(box)
            yield Resumed()
            gone, uids, lengths = changes
            yield from (Gone(self._locator(uid)) for uid in gone)
            yield from (self._item(box, uid, size) for uid, size in zip(uids, lengths, strict=True))
        if box.uidnext is not None:
            yield Checkpoint(str(Cursor(box.uidvalidity, box.uidnext, box.exists, box.modseq)))

    # -- all of it

    def _full(self, box: Box) -> Iterator[WalkEvent]:
        low, width, told = 1, _FIRST, 0
        last = (box.uidnext - 1) if box.uidnext is not None else LAST_UID
        while low <= last and box.exists:
            high = min(low + width - 1, last)
            uids, lengths, bad = self._window(box, low, high)
            told += len(uids) + len(bad)
            yield from (self._item(box, uid, size) for uid, size in zip(uids, lengths, strict=True))
            yield from (Gap(self._locator(uid), GapReason.UNREADABLE, _UNREADABLE) for uid in bad)
            if len(uids) < _FEW:
                width *= 2
            low = high + 1
        self._settle(box, last, told)

    def _settle(self, box: Box, last: int, told: int) -> None:
        """Raises Unreachable unless all that is there now was told of, but for what came meanwhile."""
        now = self._session.patiently(lambda: self._session.box(self._folder))
        if now.uidvalidity != box.uidvalidity:
            raise Unreachable(_ANEW)
        if now.exists > told:
            came = search(self._session.line, b"UID %d:%d" % (last + 1, LAST_UID)) if last < LAST_UID else []
            if now.exists - sum(uid > last for uid in came) > told:
                raise Unreachable(_SHORT)

    def _window(self, box: Box, low: int, high: int) -> tuple[array[int], array[int], list[int]]:
        """UIDs and sizes of a range, and the UIDs of messages that the server cannot tell of."""
        found = self._sizes(box, b"%d:%d" % (low, high))
        if found is not None:
            return *found, []
        self._again(box)
        parts = [search(self._session.line, b"UID %d:%d" % (low, high))]
        uids, lengths, bad = array("L"), array("L"), []
        while parts:
            part = parts.pop()
            found = self._sizes(box, uid_set(part)) if part else None
            if found is not None:
                uids += found[0]
                lengths += found[1]
            elif len(part) > 1:
                parts += [part[len(part) // 2 :], part[: len(part) // 2]]
            else:
                bad += part
        return uids, lengths, bad

    def _sizes(self, box: Box, which: bytes) -> tuple[array[int], array[int]] | None:
        """None where the server refuses, or hangs up as Dovecot does over a damaged message, and takes us back."""
        try:
            self._again(box)
            answer, uids, lengths = sizes(self._session.line, which)
        except Dropped:
            self._lost += 1
            if self._lost > _MOST_LOST:
                raise
            self._session.awake()
            return None
        if answer.code in ("UNAVAILABLE", "INUSE", "LIMIT"):
            answer.check("listing the messages")
        return (uids, lengths) if answer.status == "OK" else None

    def _again(self, box: Box) -> None:
        """The folder, still open or opened again. Raises Unreachable where it is another by now."""
        if self._session.standing(self._folder).uidvalidity != box.uidvalidity:
            raise Unreachable(_ANEW)

    # -- what has changed

    def _since(self, since: Cursor | None) -> tuple[Box, _Changes | None]:
        """The folder, and what has changed in it; None for a full walk, for which it is opened anew."""
        if since is not None:
            parameters = self._parameters(since)
            with suppress(ProtocolBroken):  # as where an answer is longer than a line may be
                box = self._session.patiently(lambda: self._session.box(self._folder, since=parameters))
                changes = self._changes(box, since)
                if changes is not None:
                    return box, changes
            self._session.awake()
        return self._session.patiently(lambda: self._session.box(self._folder)), None

    def _parameters(self, since: Cursor) -> bytes:
        if not since.modseq or not self._session.line.has("ENABLE", "QRESYNC"):
            return b""
        known = b" 1:%d" % (since.uidnext - 1) if since.uidnext > 1 else b""
        return b"(QRESYNC (%d %d%s))" % (since.uidvalidity, since.modseq, known)

    def _changes(self, box: Box, since: Cursor) -> _Changes | None:
        """What is gone and what is new, with sizes; None where that cannot be proven."""
        if box.uidvalidity != since.uidvalidity or box.uidnext is None or box.uidnext < since.uidnext:
            return None
        if box.modseq is not None and since.modseq is not None and box.modseq < since.modseq:
            return None
        uids, lengths = array("L"), array("L")
        if box.uidnext > since.uidnext:
            answer, uids, lengths = sizes(self._session.line, b"%d:%d" % (since.uidnext, box.uidnext - 1))
            if answer.status != "OK":
                return None
        lost = since.count - (box.exists - len(uids))
        if self._session.line.expunged or lost < 0:
            return None
        if not lost:
            return [], uids, lengths
        pairs = [pair for told in box.vanished for pair in ranges(told)]
        if sum(high - low + 1 for low, high in pairs) > _MOST_GONE:
            return None
        gone = sorted(set(within(pairs, since.uidnext - 1)))
        return (gone, uids, lengths) if len(gone) >= lost else None

    def _locator(self, uid: int) -> Locator:
        return Locator(self._session.name, path_of(self._folder, uid))

    def _item(self, box: Box, uid: int, size: int) -> Item:
        return Item(
            self._locator(uid), Version(token(box.uidvalidity, uid, size), Strength.STRONG), ItemKind.MESSAGE, size
        )


def walk(session: Session, folder: str, cursor: str | None) -> Iterator[WalkEvent]:
    """The walk, with a gap for a folder that may not be opened, or went while it was to be."""
    try:
        yield from Walk(session, folder).events(cursor)
    except Denied:
        yield Gap(Locator(session.name, folder), GapReason.DENIED)
    except (Changed, NotFound):
        yield Gap(Locator(session.name, folder), GapReason.CHANGED)
