"""A DAV account as a source: what `caldav` and `carddav` have in common."""

from __future__ import annotations

import io
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar

from connectors.base import (
    Capabilities,
    Connector,
    Content,
    Gap,
    GapReason,
    LeftOut,
    Locator,
    Outcome,
    Presence,
    Receipt,
    Staged,
    Strength,
    Version,
    WalkEvent,
)
from connectors.dav import listing
from connectors.dav import settings as dav_settings
from connectors.dav.account import Collection, Flavour
from connectors.dav.canonical import canonical
from connectors.dav.changing import packed, unpacked
from connectors.dav.facts import facts_of, limits_of
from connectors.dav.hrefs import Hostile, is_child, key, name_of, parent, same
from connectors.dav.session import Session
from connectors.dav.walking import Walker
from connectors.errors import Changed, Denied, Malformed, NotFound, Unreachable
from connectors.network import Slot

_EMPTY = "nothing is there, and something was: was the account emptied, or is it another one?"
_GONE = "a collection is not there any more"
_NOT_OURS = "not the address of an item in a configured collection"


class Dav(Connector):
    """One account at a server. An item's path is its address as the server gives it, without the host.

    A scope is a collection. Its cursor is a sync token (RFC 6578), or else its ctag. What is put there is conditional
    on the item's ETag, and so is what is erased.
    """

    networked = True
    flavour: ClassVar[Flavour]
    chosen_by: ClassVar[str]  # the option that names collections

    def __init__(self, name: str, settings: Mapping[str, Any]) -> None:
        super().__init__(name, settings)
        self._session: Session | None = None
        self._slot: Slot | None = None
        self._abandoned: set[str] = set()
        self._alive: deque[str] = deque(maxlen=3)  # paths of items that were seen not long ago

    @classmethod
    def validate(cls, settings: Mapping[str, Any]) -> list[str]:
        """The address, and how to sign in."""
        return dav_settings.problems(settings, cls.chosen_by)

    def open(self) -> Capabilities:
        """Sign in and find the account's collections. Raises Denied, Unreachable, Throttled, ConfigError."""
        self.close()
        seconds = float(self.settings.get("timeout") or 60)
        origin = dav_settings.base_of(self.settings)[0]
        self._slot = Slot(origin.server, int(self.settings.get("connections") or 4), seconds)
        try:
            self._slot.open()
            session = self._session = Session(self.settings, self.flavour)
            session.open()
            self._choose()
        except BaseException:
            self.close()
            raise
        may = [one for one in self._chosen if one.may("unbind")]
        return Capabilities(
            Strength.STRONG,
            removes=bool(may) or not self._chosen,
            stages=any(one.may("write-content") for one in self._chosen) or not self._chosen,
            limits=limits_of(session.collections),
            facts=facts_of(self.flavour, session, self._chosen),
        )

    def close(self) -> None:
        """Let go of the connections."""
        if self._session is not None:
            self._session.close()
            self._session = None
        if self._slot is not None:
            self._slot.close()
            self._slot = None
        self._alive.clear()

    def scopes(self) -> Iterator[str]:
        """The addresses of the collections, as the server tells them now."""
        self._opened.refresh()
        chosen = self._choose()
        refused = self._refused()
        if self.expect_items and not chosen and not refused:
            raise Unreachable(_EMPTY)
        yield from [one.path for one in chosen]
        yield from refused

    def walk(self, scope: str, cursor: str | None = None) -> Iterator[WalkEvent]:
        """Every item of the collection, or what changed since the cursor. A gap of the whole tells that it is refused.

        Raises Unreachable where the collection is not there, or the account is empty and was not.
        """
        if scope in self._refused():
            yield Gap(Locator(self.name, scope), GapReason.DENIED)
            return
        try:
            now = self._opened.look(self._scope(scope).path)
        except NotFound:
            raise Unreachable(_GONE) from None
        except Denied:
            yield Gap(Locator(self.name, scope), GapReason.DENIED)
            return
        yield from Walker(self.name, self._opened, self._vouch_for).walk(now, cursor)

    def left_out(self) -> tuple[LeftOut, ...]:
        """The collections that the settings do not name, and those of another kind, as last listed."""
        if self._session is None:
            return ()
        chosen = {one.path for one in self._chosen}
        others = [one for one in self._session.collections if self._fits(one) and one.path not in chosen]
        odd = [one for one in self._session.collections if self._is_odd(one)]
        found = [LeftOut(one.name, None, 1) for one in others]
        found += [LeftOut(f"{one.name} (of another kind)", countable=False) for one in odd]
        if self._session.account.unseen:
            found.append(LeftOut("what the server lists and does not show", None, self._session.account.unseen))
        return tuple(found)

    def read(self, locator: Locator) -> Content:
        """The item as the server gives it; nothing changes by reading it."""
        told = self._opened.reader.read(self._address(locator), locator)
        name = name_of(locator.path)
        name = name if name.lower().endswith(self.flavour.ending) else name + self.flavour.ending
        return Content(io.BytesIO(told.content), told.version, len(told.content), name, self.flavour.media_type)

    def ahead(self, locators: Sequence[Locator]) -> None:
        """See `connectors.base.ReadsAhead`: neighbours among these come in one answer."""
        if self._session is not None:
            self._session.reader.ahead([one.path for one in locators if one.source == self.name and not one.steps])

    def version(self, locator: Locator) -> Version:
        """The item's ETag: strong, as calendars and address books must give them (RFC 4791, 5.3.4)."""
        version = self._opened.one(self._address(locator), locator).version
        assert version is not None
        return version

    def presence(self, locator: Locator) -> Presence:
        """Absent when the server has nothing there while its collection answers, or is told to be no more."""
        path = self._address(locator)
        try:
            self._opened.one(path, locator)
        except NotFound:
            self._absent(path)
            return Presence.ABSENT
        return Presence.PRESENT

    def remove(self, locator: Locator, expected: Version) -> Receipt:
        """Erase it if it is at that version, past a trash bin where there is one; then look."""
        path = self._address(locator)
        session = self._opened
        session.reader.forget()
        try:
            session.changer.at(path, expected, locator)
            if self._guard(locator, path, None):
                session.changer.at(path, expected, locator)
        except NotFound:
            self._absent(path)
            return Receipt(locator, Outcome.ABSENT)
        until = session.changer.delete(path, expected, locator, trash=session.trash_for(path))
        self._absent(path)
        if until is not None:
            return Receipt(locator, Outcome.RECOVERABLE, until=until)
        return Receipt(locator, Outcome.ERASED)

    def stage(self, locator: Locator, expected: Version, content: bytes) -> Staged:
        """Only prepare it: one conditional PUT replaces the item, so nothing lies at the server before."""
        path = self._address(locator)
        self._opened.changer.at(path, expected, locator)
        self._guard(locator, path, content)
        staged = Staged(locator, expected, packed(content))
        self._abandoned.discard(_mark(staged))
        return staged

    def commit(self, staged: Staged) -> tuple[Locator, Version]:
        """Replace it if it is at the version it was staged on, or is what was staged already."""
        locator = staged.locator
        path, content = self._address(locator), unpacked(staged.token, locator)
        if _mark(staged) in self._abandoned:
            raise Changed("it was abandoned", locator)
        session = self._opened
        session.reader.forget()
        if self._may_notify(path) and session.one(path, locator).version == staged.expected:
            self._guard(locator, path, content)
        return locator, session.changer.put(path, staged.expected, content, locator)

    def abandon(self, staged: Staged) -> None:
        """Nothing lies at the server; only not to be committed any more."""
        self._abandoned.add(_mark(staged))

    def canonical(self, content: bytes) -> bytes:
        """See `connectors.base.Canonical` and `connectors.dav.canonical`."""
        return canonical(content)

    # -- what the kinds differ in

    def _guard(self, locator: Locator, path: str, content: bytes | None) -> bool:
        """Raises Unsupported where the server would write to people; True where that had to be asked.

        `content` None: the item goes.
        """
        del locator, path, content
        return False

    def _may_notify(self, path: str) -> bool:
        """Whether the server writes to people for what lies there, as far as it says."""
        del path
        return False

    def _fits(self, one: Collection) -> bool:
        """Whether a collection is one of those that are searched."""
        return self.flavour.type in one.types

    def _is_odd(self, one: Collection) -> bool:
        """Whether a collection is near to those and none of them, so that it is told as left out."""
        del one
        return False

    # -- collections

    @property
    def _opened(self) -> Session:
        if self._session is None:
            raise Unreachable("the source is not open")
        return self._session

    @property
    def _chosen(self) -> list[Collection]:
        fixed = self._opened.account.fixed
        wanted = [fixed] if fixed else [str(one) for one in self.settings.get(self.chosen_by) or ()]
        fitting = [one for one in self._opened.collections if self._fits(one)]
        return [one for one in fitting if not wanted or any(_is_named(one, name) for name in wanted)]

    def _refused(self) -> list[str]:
        """What the account lists and may not look at: perhaps one that is searched, so that nothing in it is gone."""
        account = self._opened.account
        chosen = account.fixed or self.settings.get(self.chosen_by)  # one that is named and not there is told
        return [] if chosen else list(account.refused)

    def _choose(self) -> list[Collection]:
        """Those that are searched. Raises Unreachable where one that is named is not there."""
        chosen = self._chosen
        wanted = self.settings.get(self.chosen_by) or ()
        for number, name in enumerate(wanted, 1):
            if not any(_is_named(one, str(name)) for one in chosen):
                which = f"name {number} of {len(wanted)} in `{self.chosen_by}`"
                raise Unreachable(f"{which} is not there: is it spelt right, is it shared with this account?")
        return chosen

    def _scope(self, scope: str) -> Collection:
        found = next((one for one in self._chosen if one.path == scope), None)
        if found is None:
            self._opened.refresh()
            found = next((one for one in self._choose() if one.path == scope), None)
        if found is None:
            raise Unreachable(_GONE)
        return found

    # -- addresses, and what is not there

    def _address(self, locator: Locator) -> str:
        """The path of an item in a collection that is searched. Raises Malformed, Denied, Unreachable.

        One in a collection that is no more, directly in a home of the account, is let through: only looking tells.
        """
        try:
            parts = key(locator.path)
        except Hostile:
            parts = ()
        if locator.source != self.name or locator.steps or len(parts) < 2 or not parts[-1]:
            raise Malformed(_NOT_OURS, locator)
        path = locator.path
        if any(self._holds(one, path) for one in self._chosen):
            return path
        self._opened.refresh()
        if any(self._holds(one, path) for one in self._choose()):
            return path
        account = self._opened.account
        listed = any(is_child(parent(path).rstrip("/"), home) for home in account.homes)
        if account.fixed or not listed or self._opened.has(parent(path)):
            raise Malformed(_NOT_OURS, locator)
        return path

    def _holds(self, one: Collection, path: str) -> bool:
        return is_child(path, one.path + "objects/" if one.is_trash else one.path)

    def _absent(self, path: str) -> None:
        """Raises Unreachable unless it is sure that an item which was not found is not there."""
        if path in self._alive:
            self._alive.remove(path)
        session = self._opened
        at = next((one.path for one in self._chosen if self._holds(one, path)), None)
        try:
            session.look(at or parent(path))
        except NotFound:
            session.refresh()  # raises where the account does not list what it has
            if session.account.fixed or session.has(at or parent(path)):
                raise Unreachable(_GONE) from None
        self._vouch(known=self.expect_items)

    def _vouch_for(self, met: Sequence[str]) -> None:
        """Raises Unreachable where the account is empty and was not; `met` are paths of items that were just listed."""
        self._alive.extend(met[:3])
        self._vouch(known=self.expect_items or bool(met))

    def _vouch(self, *, known: bool) -> None:
        """Raises Unreachable where something should be in the account, and nothing is in any collection."""
        if not known:
            return
        while self._alive:
            try:
                self._opened.one(self._alive[-1])
            except NotFound:
                self._alive.pop()
            else:
                return
        if not any(self._holds_any(one) for one in self._choose()):
            raise Unreachable(_EMPTY)

    def _holds_any(self, one: Collection) -> bool:
        try:
            found = [met.path for met in listing.everything(self._opened.http, one) if met.version is not None]
        except Denied:
            return True  # not known to be empty; the walk tells the gap
        except NotFound:
            return False
        self._alive.extend(found[:3])
        return bool(found)


def _is_named(one: Collection, name: str) -> bool:
    try:
        return one.name == name or (name.startswith("/") and same(one.path, name))
    except Hostile:
        return False


def _mark(staged: Staged) -> str:
    return f"{staged.locator} {staged.expected.token} {staged.token}"
