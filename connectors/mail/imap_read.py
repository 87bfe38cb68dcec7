"""Reading one message by itself: small ones at once, large ones piece by piece, so that memory stays bounded."""

from __future__ import annotations

import io
from typing import BinaryIO, cast

from connectors.base import Content, Strength, Version
from connectors.errors import Changed, NotFound, ProtocolBroken
from connectors.locator import Locator
from connectors.mail.imap_ahead import LARGE, Mail
from connectors.mail.imap_box import Box, bodies, has
from connectors.mail.imap_errors import Dropped
from connectors.mail.imap_names import token
from connectors.mail.imap_session import Session

_PIECE = 1 << 20
_GONE = "the message is not there"
_MEANWHILE = "the message went, or its folder was made anew, while it was read"


def content_of(mail: Mail, uid: int) -> Content:
    """A message that was fetched whole."""
    version = Version(token(mail.uidvalidity, uid, mail.size), Strength.STRONG)
    return Content(io.BytesIO(mail.content), version, len(mail.content), f"{uid}.eml", "message/rfc822")


def read(session: Session, folder: str, uid: int, locator: Locator) -> Content:
    """The message, by a fresh look at its folder. Raises NotFound, Denied, Unreachable."""
    box = session.box(folder, locator)
    session.remember(box)
    size, first = _fetch(session, uid, 0, LARGE, locator)
    if size is None:
        if not has(session.line, uid, locator):
            raise NotFound(_GONE, locator)
        raise ProtocolBroken("the mail server has the message and does not give it", locator)
    if size and not first:
        raise ProtocolBroken("the mail server has the message and gives nothing of it", locator)
    if size <= LARGE:
        return content_of(Mail(box.uidvalidity, size, first), uid)
    version = Version(token(box.uidvalidity, uid, size), Strength.STRONG)
    stream = io.BufferedReader(_Pieces(session, box, uid, size, first, locator), _PIECE)
    return Content(cast(BinaryIO, stream), version, size, f"{uid}.eml", "message/rfc822")


def again(session: Session, folder: str, uid: int, locator: Locator) -> Content:
    """The message, after the line was cut twice at it.

    Raises ProtocolBroken where the server still has it and cuts the line once more: Dovecot does where a message's file
    is damaged. Raises NotFound, Unreachable.
    """
    session.awake()
    session.box(folder, locator)
    if not has(session.line, uid, locator):
        raise NotFound(_GONE, locator)
    try:
        return read(session, folder, uid, locator)
    except Dropped:
        session.awake()
        raise ProtocolBroken("the mail server ends the connection rather than give the message", locator) from None


def whole(session: Session, uid: int, locator: Locator) -> bytes | None:
    """All bytes of a message in the open folder; None where it is not there. For what is as large as what was given."""
    found: list[bytes] = []
    take = bodies(lambda number, _, content: found.append(content) if number == uid else None)
    ask = (b"UID FETCH", b"%d" % uid, b"(UID RFC822.SIZE BODY.PEEK[])")
    session.line.ask(*ask, take={"FETCH": take}).check("reading the message", locator)
    return found[0] if found else None


def _fetch(session: Session, uid: int, start: int, length: int, locator: Locator) -> tuple[int | None, bytes]:
    """Size and a piece of a message in the open folder; no size where the server gave nothing."""
    found: list[tuple[int | None, bytes]] = []
    take = bodies(lambda number, size, content: found.append((size, content)) if number == uid else None)
    ask = (b"UID FETCH", b"%d" % uid, b"(UID RFC822.SIZE BODY.PEEK[]<%d.%d>)" % (start, length))
    session.line.ask(*ask, take={"FETCH": take}).check("reading the message", locator)
    return found[0] if found else (None, b"")


class _Pieces(io.RawIOBase):
    """A message's bytes, asked for when they are wanted; `first` are those that it begins with."""

    def __init__(self, session: Session, box: Box, uid: int, size: int, first: bytes, locator: Locator) -> None:
        super().__init__()
        self._session = session
        self._box = box
        self._uid = uid
        self._size = size
        self._first = first
        self._locator = locator
        self._at = 0

    def readable(self) -> bool:
        """It is."""
        return True

    def seekable(self) -> bool:
        """It is."""
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """See io.IOBase."""
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        self._at = max(0, start + offset)
        return self._at

    def tell(self) -> int:
        """See io.IOBase."""
        return self._at

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        """See io.RawIOBase. Raises Changed, Unreachable."""
        length = min(len(buffer), self._size - self._at)
        if length <= 0:
            return 0
        size, piece = self._session.patiently(lambda: self._piece(length))
        if size != self._size:
            raise Changed(_MEANWHILE, self._locator)
        if not 0 < len(piece) <= length:
            raise ProtocolBroken("the mail server gives less of the message than it has", self._locator)
        buffer[: len(piece)] = piece
        self._at += len(piece)
        return len(piece)

    def _piece(self, length: int) -> tuple[int | None, bytes]:
        if self._at < len(self._first):
            return self._size, self._first[self._at : self._at + length]
        try:
            box = self._session.standing(self._box.folder, self._locator)
        except NotFound:
            raise Changed(_MEANWHILE, self._locator) from None
        if box.uidvalidity != self._box.uidvalidity:
            raise Changed(_MEANWHILE, self._locator)
        return _fetch(self._session, self._uid, self._at, length, self._locator)
