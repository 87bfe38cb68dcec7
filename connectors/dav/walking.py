"""A walk of one collection: in full, or from a cursor on, and never an end that is only a line that broke."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from connectors.base import Checkpoint, Gap, GapReason, Gone, Item, Locator, Resumed, WalkEvent
from connectors.dav import listing
from connectors.dav.account import Collection
from connectors.dav.listing import Met
from connectors.dav.session import Session
from connectors.errors import Denied, NotFound, Unreachable

_WENT = "the collection went away while it was walked"

Vouch = Callable[[Sequence[str]], None]


class Walker:
    """Walks collections of one account. `vouch` raises Unreachable where the account was emptied."""

    def __init__(self, name: str, session: Session, vouch: Vouch) -> None:
        self._name = name
        self._session = session
        self._vouch = vouch

    def walk(self, now: Collection, cursor: str | None) -> Iterator[WalkEvent]:
        """See `connectors.base.Connector.walk`. `now` was asked for before anything is listed, and so is its token:

        what changes meanwhile is met again the next time.
        """
        kind, value = listing.read_cursor(cursor, now)
        if kind == "ctag" and value == now.ctag:
            yield Resumed()
            yield Checkpoint(cursor or "")
            return
        changed = listing.changes(self._session.http, now, value) if kind == "sync" else None
        yield from self._changes(now, *changed) if changed is not None else self._everything(now)

    def _everything(self, now: Collection) -> Iterator[WalkEvent]:
        try:
            found = listing.everything(self._session.http, now)
        except (Denied, NotFound):
            self._look_again(now)
            yield Gap(Locator(self._name, now.path), GapReason.DENIED)
            return
        yield from (self._event(one) for one in found if one.version is not None or one.gap is not None)
        self._look_again(now)
        self._vouch([one.path for one in found if one.version is not None])
        if (after := listing.cursor_of(now)) is not None:
            yield Checkpoint(after)

    def _changes(self, now: Collection, found: list[Met], token: str) -> Iterator[WalkEvent]:
        if any(one.version is None and one.gap is None for one in found):
            self._vouch(())  # not one item goes on the word of a server that was emptied
        yield Resumed()
        yield from map(self._event, found)
        yield Checkpoint(listing.cursor_of(now, token) or "")

    def _event(self, met: Met) -> WalkEvent:
        locator = Locator(self._name, met.path)
        if met.gap is not None:
            return Gap(locator, met.gap, met.detail)
        if met.version is None:
            return Gone(locator)
        return Item(locator, met.version, self._session.flavour.item, met.size)

    def _look_again(self, now: Collection) -> None:
        try:
            self._session.look(now.path)
        except NotFound:
            raise Unreachable(_WENT) from None
