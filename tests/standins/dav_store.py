"""What a DAV stand-in keeps: people, collections, resources with etags and a history for sync tokens."""

from __future__ import annotations

import hashlib
import threading
from dataclasses import dataclass, field

CALENDAR, BOOK, INBOX, PLAIN = "calendar", "addressbook", "inbox", "plain"


@dataclass
class Collection:
    path: str  # ends with /
    kind: str
    owner: str  # a user
    name: str = ""


@dataclass
class Store:
    """All paths are as they stand in a request, percent-encoded."""

    addresses: dict[str, frozenset[str]] = field(default_factory=dict)  # user -> calendar user addresses
    collections: dict[str, Collection] = field(default_factory=dict)
    resources: dict[str, bytes] = field(default_factory=dict)
    history: list[tuple[str, bool]] = field(default_factory=list)  # href, whether it is there since
    lock: threading.RLock = field(default_factory=threading.RLock)

    def add_user(self, user: str, *addresses: str) -> None:
        self.addresses[user] = frozenset(addresses)
        home, books = f"/calendars/{user}/", f"/addressbooks/{user}/"
        for path, kind, name in (
            (home, PLAIN, ""),
            (f"{home}work/", CALENDAR, "Arbete"),
            (f"{home}inbox/", INBOX, ""),
            (books, PLAIN, ""),
            (f"{books}book/", BOOK, "Kontakter"),
        ):
            self.collections[path] = Collection(path, kind, user, name)

    def put(self, href: str, data: bytes) -> None:
        self.resources[href] = data
        self.history.append((href, True))

    def drop(self, href: str) -> None:
        del self.resources[href]
        self.history.append((href, False))

    def etag(self, href: str) -> str:
        return f'"{hashlib.sha256(self.resources[href]).hexdigest()[:24]}"'

    def members(self, collection: str) -> list[str]:
        return sorted(href for href in self.resources if href.rpartition("/")[0] + "/" == collection)

    def inner(self, collection: str) -> list[Collection]:
        return [
            one
            for one in self.collections.values()
            if one.path != collection and one.path.removesuffix("/").rpartition("/")[0] + "/" == collection
        ]

    def around(self, href: str) -> Collection | None:
        return self.collections.get(href.rpartition("/")[0] + "/")

    def since(self, collection: str, place: int) -> dict[str, bool]:
        """What changed since, in order of the last change, and whether it is there now."""
        found: dict[str, bool] = {}
        for href, there in self.history[place:]:
            if href.rpartition("/")[0] + "/" == collection:
                found.pop(href, None)
                found[href] = there
        return found
