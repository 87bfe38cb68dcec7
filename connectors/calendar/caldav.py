"""Calendars on CalDAV servers (RFC 4791): an event with all its instances, a to-do or a journal entry is an item."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from connectors.base import Capabilities, Locator, Option
from connectors.calendar.notifying import is_scheduled, told, told_of_answer
from connectors.dav.account import CALENDARS, Collection, Flavour
from connectors.dav.facts import SCHEDULES
from connectors.dav.settings import options
from connectors.dav.source import Dav
from connectors.dav.xml import APPLE
from connectors.errors import Denied, NotFound, ProtocolBroken, Unsupported

_KINDS = frozenset({"VEVENT", "VTODO", "VJOURNAL"})


class CalDav(Dav):
    """The calendars of one account, the inbox of invitations and a trash bin. Nothing is sent to anybody.

    An item's path is its address at the server, as ``/anna/jobb/1.ics``. Where the server writes to attendees by
    itself (RFC 6638), what it would write for is refused, unless `allow` named the item.
    """

    kind: ClassVar[str] = "caldav"
    options: ClassVar[tuple[Option, ...]] = options("calendars", "calendars")
    flavour: ClassVar[Flavour] = CALENDARS
    chosen_by: ClassVar[str] = "calendars"

    def __init__(self, name: str, settings: Mapping[str, Any]) -> None:
        super().__init__(name, settings)
        self._allowed: set[Locator] = set()

    def open(self) -> Capabilities:
        """See Connector. What was allowed in an earlier session is not any more."""
        self._allowed.clear()
        return super().open()

    def would_notify(self, locator: Locator) -> int:
        """See `connectors.base.Notifying`: those whom the server writes to, by what the event says now."""
        path = self._address(locator)
        content = self._opened.reader.get(path, locator).content
        return self._told(path, content, None) if self._may_notify(path) else 0

    def allow(self, locator: Locator) -> None:
        """See `connectors.base.Notifying`."""
        self._allowed.add(locator)

    def _guard(self, locator: Locator, path: str, content: bytes | None) -> bool:
        if locator in self._allowed or not self._may_notify(path):
            return False
        many = self._told(path, self._opened.reader.get(path, locator).content, content)
        if many:
            raise Unsupported(f"would notify {many} {'person' if many == 1 else 'people'}", locator)
        return True

    def _told(self, path: str, before: bytes, after: bytes | None) -> int:
        """How many the server writes to when the event becomes `after`, or goes."""
        at = self._at(path)
        own, known = self._opened.addresses(at) if at is not None else (self._opened.account.addresses, False)
        many = told(before, own, known=known)
        if after is None or many:
            return many
        return told(after, own, known=known) or (told_of_answer(before, after, own) if is_scheduled(before) else 0)

    def _at(self, path: str) -> Collection | None:
        return next((one for one in self._opened.collections if self._holds(one, path)), None)

    def _may_notify(self, path: str) -> bool:
        at = self._at(path)
        if at is None:
            return True  # nobody knows what it is: as if the server wrote
        # What lies in an inbox is a message that came (RFC 6638, 4.1).
        return not at.is_inbox and any(self._schedules(one) for one in (at.path, *self._opened.account.homes))

    def _schedules(self, path: str) -> bool:
        """Whether the server says there that it writes by itself (RFC 6638, 2)."""
        try:
            return SCHEDULES in self._opened.abilities(path)
        except (ProtocolBroken, Denied, NotFound):
            return True  # it does not say: as if it did

    def _fits(self, one: Collection) -> bool:
        if one.is_trash or one.is_inbox:
            return True
        return super()._fits(one) and (not one.components or bool(_KINDS & set(one.components)))

    def _is_odd(self, one: Collection) -> bool:
        subscribed = APPLE + "subscribed" in one.types
        return not self._fits(one) and (subscribed or self.flavour.type in one.types)
