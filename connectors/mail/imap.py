"""Mailboxes on a server that speaks IMAP (RFC 3501 and its extensions): Dovecot, Cyrus, Courier, hosted mail."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar

from connectors.base import (
    Capabilities,
    Connector,
    Content,
    Item,
    LeftOut,
    Locator,
    Option,
    Outcome,
    Presence,
    Receipt,
    Staged,
    Strength,
    Version,
    WalkEvent,
)
from connectors.errors import Malformed, NotFound, Unreachable
from connectors.mail import imap_settings
from connectors.mail.imap_errors import Dropped
from connectors.mail.imap_settings import filled

if TYPE_CHECKING:
    from connectors.mail.imap_ahead import Ahead
    from connectors.mail.imap_session import Session

_NOT_OPEN = "the source is not open"
_GONE = "the message is not there"


class Imap(Connector):
    """An account's mail folders. A message's path is ``FOLDER;UID=n``, and a folder is a scope.

    Messages never change in IMAP, so UIDVALIDITY, UID and size are a strong version; flags are not in it. `stage` needs
    keywords and UIDPLUS; `imap_swap` says how a message is changed where nothing can be.
    """

    kind: ClassVar[str] = "imap"
    options: ClassVar[tuple[Option, ...]] = imap_settings.OPTIONS
    networked = True

    def __init__(self, name: str, settings: Mapping[str, Any]) -> None:
        super().__init__(name, filled(settings))
        self._session: Session | None = None
        self._ahead: Ahead | None = None

    @classmethod
    def validate(cls, settings: Mapping[str, Any]) -> list[str]:
        """A line that others can read, secrets that are missing, numbers that cannot be."""
        return imap_settings.problems(settings)

    def open(self) -> Capabilities:
        """Sign in, list the folders, and learn what the server can do. Raises ConfigError too, for `ca`."""
        from connectors.mail.imap_ahead import Ahead  # noqa: PLC0415 - the client is imported when it is needed
        from connectors.mail.imap_facts import capabilities  # noqa: PLC0415
        from connectors.mail.imap_session import Session  # noqa: PLC0415

        self.close()
        session = Session(self.name, self.settings)
        session.open()
        try:
            found = capabilities(session)
        except BaseException:
            session.close()
            raise
        self._session, self._ahead = session, Ahead(session)
        return found

    def close(self) -> None:
        """Sign out. Expunges nothing."""
        if self._session is not None:
            self._session.close()
        self._session = self._ahead = None

    def scopes(self) -> Iterator[str]:
        """The mail folders, by the names users see, INBOX first."""
        session = self._opened
        session.patiently(session.refresh)
        chosen = session.tree.chosen(self.settings)
        session.vouch(known=self.expect_items)
        yield from chosen

    def walk(self, scope: str, cursor: str | None = None) -> Iterator[WalkEvent]:
        """Every message, or what has changed since the cursor; see `imap_walk`."""
        from connectors.mail.imap_walk import walk  # noqa: PLC0415

        session = self._opened
        session.awake()
        if scope not in session.tree.chosen(self.settings):
            session.refresh()
        if scope not in session.tree.chosen(self.settings):
            raise Unreachable("the mail folder is not there any more")
        session.patiently(lambda: session.vouch(known=self.expect_items))
        something = False
        for event in walk(session, scope, cursor):
            something = something or isinstance(event, Item)
            yield event
        session.vouch(known=self.expect_items or something)

    def left_out(self) -> tuple[LeftOut, ...]:
        """The mail folders that `folders` and `exclude` keep out."""
        return self._session.tree.left_out(self.settings) if self._session is not None else ()

    def ahead(self, locators: Sequence[Locator]) -> None:
        """See `connectors.base.ReadsAhead`."""
        places = []
        for locator in locators:
            with suppress(Malformed):
                folder, uid = self._place(locator)
                if uid is not None:
                    places.append((folder, uid))
        if self._ahead is not None:
            self._ahead.plan(places)

    def known_as(self, locator: Locator, version: Version) -> None:
        """See `connectors.base.Renumbers`."""
        from connectors.mail.imap_names import untoken  # noqa: PLC0415

        told = untoken(version.token)
        if told is not None:
            self._opened.numbered(self._place(locator)[0], told[0])

    def read(self, locator: Locator) -> Content:
        """The message's bytes, by BODY.PEEK[] in a folder opened by EXAMINE: no flag changes."""
        from connectors.mail.imap_read import again, content_of, read  # noqa: PLC0415

        session, (folder, uid) = self._opened, self._place(locator)
        ahead = self._ahead
        if uid is None or ahead is None:
            raise NotFound(_GONE, locator)

        def once() -> Content:
            if session.line.dead:
                ahead.forget()
            mail = ahead.take((folder, uid))
            return content_of(mail, uid) if mail is not None else read(session, folder, uid, locator)

        try:
            return session.patiently(once)
        except Dropped:
            return again(session, folder, uid, locator)

    def version(self, locator: Locator) -> Version:
        """UIDVALIDITY, UID and size: strong."""
        from connectors.mail.imap_box import look  # noqa: PLC0415

        session, (folder, uid) = self._opened, self._place(locator)

        def once() -> Version:
            box = session.box(folder, locator)
            seen = look(session.line, uid, locator) if uid is not None else None
            if seen is None:
                raise NotFound(_GONE, locator)
            session.remember(box)
            return Version(seen.token(box), Strength.STRONG)

        return session.patiently(once)

    def here_since(self, locator: Locator) -> datetime | None:
        """Its INTERNALDATE (RFC 3501, 2.3.3): when it came, or what who copied it here says of that."""
        from connectors.mail.imap_box import look  # noqa: PLC0415

        session, (folder, uid) = self._opened, self._place(locator)

        def once() -> bytes:
            box = session.standing(folder, locator)
            seen = look(session.line, uid, locator) if uid is not None else None
            if seen is None:
                raise NotFound(_GONE, locator)
            session.remember(box)
            return seen.date

        told = session.patiently(once).decode("ascii", "replace").strip('" ')
        with suppress(ValueError):
            return datetime.strptime(told, "%d-%b-%Y %H:%M:%S %z")
        return None

    def presence(self, locator: Locator) -> Presence:
        """Absent when two questions in a folder that was opened anew say so, or when the server has no such folder.

        Raises Changed where the folder was made anew since this session told of its messages.
        """
        from connectors.mail.imap_box import has  # noqa: PLC0415

        session, (folder, uid) = self._opened, self._place(locator)

        def once() -> bool:
            box = session.box(folder, locator)
            session.same(box, locator)
            return uid is not None and has(session.line, uid, locator)

        with suppress(NotFound):
            if session.patiently(once):
                return Presence.PRESENT
        session.vouch(known=self.expect_items)
        return Presence.ABSENT

    def remove(self, locator: Locator, expected: Version) -> Receipt:
        """Erase the message by UID STORE and UID EXPUNGE, then look again; see `imap_erase`."""
        from connectors.mail.imap_erase import remove  # noqa: PLC0415

        session, (folder, uid) = self._opened, self._place(locator)
        self._forget()
        receipt = Receipt(locator, Outcome.ABSENT)
        with suppress(NotFound):
            if uid is not None:
                receipt = remove(session, folder, uid, expected, locator)
        if receipt.outcome is Outcome.ABSENT:
            session.vouch(known=self.expect_items)
        return receipt

    def stage(self, locator: Locator, expected: Version, content: bytes) -> Staged:
        """Put the changed message beside the old one, hidden; see `imap_swap`."""
        from connectors.mail.imap_swap import stage  # noqa: PLC0415

        session, (folder, uid) = self._opened, self._place(locator)
        self._forget()
        if uid is None:
            raise NotFound(_GONE, locator)
        return stage(session, folder, uid, expected, content, locator)

    def commit(self, staged: Staged) -> tuple[Locator, Version]:
        """Give the changed message the old one's flags, and erase the old one."""
        from connectors.mail.imap_swap import commit  # noqa: PLC0415

        self._forget()
        return commit(self._opened, self._place(staged.locator)[0], staged)

    def abandon(self, staged: Staged) -> None:
        """Erase the changed message, where it has not taken the old one's place."""
        from connectors.mail.imap_swap import abandon  # noqa: PLC0415

        self._forget()
        abandon(self._opened, self._place(staged.locator)[0], staged)

    # -- details

    @property
    def _opened(self) -> Session:
        if self._session is None:
            raise Unreachable(_NOT_OPEN)
        return self._session

    def _forget(self) -> None:
        if self._ahead is not None:
            self._ahead.forget()

    def _place(self, locator: Locator) -> tuple[str, int | None]:
        from connectors.mail.imap_names import place_of  # noqa: PLC0415

        return place_of(locator, self.name)
