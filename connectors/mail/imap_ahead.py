r"""Reading ahead: messages that are about to be read are fetched in batches, and the next batch is already asked for.

A batch is one UID FETCH of BODY.PEEK[] in one folder that was opened by EXAMINE: it sets no \Seen and takes no
\Recent. The batch at hand and the one on the way together stay below about four megabytes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from connectors.errors import ConnectorError
from connectors.mail.imap_box import Box, bodies, sizes
from connectors.mail.imap_line import Flight
from connectors.mail.imap_names import uid_set
from connectors.mail.imap_session import Session

LARGE = 4 << 20  # bytes; what is larger is read piece by piece
_BATCH = LARGE // 2
_MESSAGES = 200  # in a batch
_SIZES = 500  # asked for at once

Place = tuple[str, int]  # folder and UID


@dataclass(frozen=True, slots=True)
class Mail:
    """A message as it was fetched, and the UIDVALIDITY of its folder then."""

    uidvalidity: int
    size: int  # as the server counts, which is in the version
    content: bytes


@dataclass(frozen=True, slots=True)
class _Batch:
    """What was asked for, and what has come of it."""

    flight: Flight
    places: frozenset[Place]
    mails: dict[Place, Mail]


class Ahead:
    """The plan of what will be read, and what has been fetched of it."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._plan: list[Place] = []
        self._number: dict[Place, int] = {}
        self._sizes: dict[Place, int] = {}
        self._ready: dict[Place, Mail] = {}
        self._coming: _Batch | None = None
        self._next = 0  # the first place of the plan that was not asked for

    def plan(self, places: Sequence[Place]) -> None:
        """These are about to be read, in this order. Asks nothing."""
        self._plan = list(places)
        self._number = {place: number for number, place in enumerate(self._plan)}
        self._ready, self._sizes, self._coming, self._next = {}, {}, None, 0

    def forget(self) -> None:
        """The batch on the way will not come: the line was cut, or something else was asked."""
        self._coming = None

    def take(self, place: Place) -> Mail | None:
        """The message, where the plan has it and the server gave it; None: look for it by itself."""
        number = self._number.get(place)
        if place in self._ready or number is None:
            return self._ready.pop(place, None)
        if self._coming is None or place not in self._coming.places:
            self._next = number
            self._coming = self._send()
        if self._coming is None or place not in self._coming.places:
            return None
        batch, self._coming = self._coming, None
        self._ready = batch.mails
        try:
            self._session.line.finish(batch.flight)
        except ConnectorError:
            for one in batch.places:  # by itself, then: a message that a server cannot read may have ended the line
                self._number.pop(one, None)
            raise
        self._coming = self._send()
        return self._ready.pop(place, None)

    # -- details

    def _send(self) -> _Batch | None:
        """Ask for the next messages of the plan; None where nothing is left. What is large or gone is passed by."""
        while self._next < len(self._plan):
            folder = self._plan[self._next][0]
            box = self._open(folder)
            places = self._pick(box) if box is not None else []
            if box is not None and places:
                return self._ask(box, places)
        return None

    def _open(self, folder: str) -> Box | None:
        """The folder; None, and its messages passed by, where each of them will be told why it cannot be read."""
        try:
            box = self._session.standing(folder)
        except ConnectorError as error:
            if error.transient:
                raise
        else:
            self._session.remember(box)
            return box
        while self._next < len(self._plan) and self._plan[self._next][0] == folder:
            self._next += 1
        return None

    def _pick(self, box: Box) -> list[Place]:
        """The next ones of the plan in the same folder that make a batch."""
        if self._plan[self._next] not in self._sizes:
            self._measure(box)
        picked: list[Place] = []
        weight = 0
        for place in self._plan[self._next :][:_MESSAGES]:
            size = self._sizes.get(place)
            if size is None or (picked and weight + min(size, LARGE) > _BATCH):
                break
            self._next += 1
            if 0 <= size <= LARGE:
                picked.append(place)
                weight += size
        return picked

    def _measure(self, box: Box) -> None:
        """Learn the sizes of the next messages in the folder; -1 for those that it has not."""
        run = []
        for place in self._plan[self._next : self._next + _SIZES]:
            if place[0] != box.folder:
                break
            run.append(place)
        answer, uids, lengths = sizes(self._session.line, uid_set(sorted({uid for _, uid in run})))
        self._sizes = dict.fromkeys(run, -1)
        if answer.status == "OK":
            self._sizes |= {(box.folder, uid): size for uid, size in zip(uids, lengths, strict=True)}

    def _ask(self, box: Box, places: list[Place]) -> _Batch:
        mails: dict[Place, Mail] = {}

        def give(uid: int, size: int | None, content: bytes) -> None:
            if size is not None and (content or not size):
                mails[box.folder, uid] = Mail(box.uidvalidity, size, content)

        ask = (b"UID FETCH", uid_set(sorted(uid for _, uid in places)), b"(UID RFC822.SIZE BODY.PEEK[])")
        flight = self._session.line.start(*ask, take={"FETCH": bodies(give)})
        return _Batch(flight, frozenset(places), mails)
