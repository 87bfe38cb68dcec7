"""One account, signed in: its collections, and who reads and changes items there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from connectors.dav import listing
from connectors.dav.account import Account, Collection, Flavour, addresses_of, collections, discover, look
from connectors.dav.changing import Changer
from connectors.dav.hrefs import same
from connectors.dav.http import Http
from connectors.dav.listing import Met
from connectors.dav.reading import Reader
from connectors.errors import ConnectorError
from connectors.locator import Locator


class Session:
    """What `connectors.dav.source` asks the server by."""

    def __init__(self, settings: Mapping[str, Any], flavour: Flavour) -> None:
        self.http = Http(settings)
        self.flavour = flavour
        self.account = Account(flavour)
        self.collections: list[Collection] = []
        self.reader = Reader(self.http, flavour)
        self.changer = Changer(self.http, flavour, self.reader)
        self._abilities: dict[str, frozenset[str]] = {}
        self._addresses: dict[str, frozenset[str]] = {}
        self._server = ""

    def open(self) -> None:
        """Find the account. Raises Denied, Unreachable."""
        self.account = discover(self.http, self.flavour)
        self.refresh()

    def close(self) -> None:
        """Let go of the connections."""
        self.http.close()

    def refresh(self) -> None:
        """The collections as they are now. Raises Unreachable where not all of the account is shown."""
        self.collections = collections(self.http, self.account)

    def has(self, path: str) -> bool:
        """Whether the account lists a collection of that path."""
        return any(same(one.path, path) for one in self.collections)

    def look(self, path: str) -> Collection:
        """A collection as it is now. Raises NotFound, Denied."""
        return look(self.http, path)

    def one(self, path: str, locator: Locator | None = None) -> Met:
        """An item as it is now. Raises NotFound, Denied."""
        try:
            return listing.one(self.http, path)
        except ConnectorError as error:
            error.locator = error.locator or locator
            raise

    def trash_for(self, path: str) -> Collection | None:
        """The trash bin that takes what is deleted at the path; none for what lies in it already."""
        bins = [one for one in self.collections if one.is_trash]
        return next((one for one in bins if not path.startswith(one.path)), None)

    @property
    def server(self) -> str:
        """What the server calls itself; known once `abilities` was asked."""
        return self._server

    def abilities(self, path: str) -> frozenset[str]:
        """What OPTIONS says that the server can do there, in lower case (RFC 4918, 10.1)."""
        if path not in self._abilities:
            reply = self.http.fine("OPTIONS", path)
            self._server = reply.headers.get("server", "")
            told = reply.headers.get("dav", "").lower().split(",")
            self._abilities[path] = frozenset(one.strip() for one in told if one.strip())
        return self._abilities[path]

    def addresses(self, collection: Collection) -> tuple[frozenset[str], bool]:
        """The calendar addresses of the account and of whose calendar it is; whether the latter are known.

        A server acts for the calendar's owner (RFC 6638, 3.1). Where it tells none, that is the account.
        """
        owner = collection.owner
        if not owner:
            return self.account.addresses, _are_known(self.account.addresses)
        if owner not in self._addresses:
            self._addresses[owner] = addresses_of(self.http, owner)
        owners = self._addresses[owner]
        return self.account.addresses | owners, _are_known(owners)

    def syncs(self, one: Collection) -> bool:
        """Whether the sync report works there: tried, as servers do not always say so."""
        return bool(one.token) and listing.changes(self.http, one, one.token) is not None

    def quota(self, one: Collection) -> tuple[int, int] | None:
        """Bytes used and free (RFC 4331); None where it is not told."""
        told = [int(text) for text in (one.used, one.free) if text.isascii() and text.isdigit() and len(text) < 19]
        return (told[0], told[1]) if len(told) == 2 else None


def _are_known(addresses: frozenset[str]) -> bool:
    return any(one.startswith("mailto:") for one in addresses)
