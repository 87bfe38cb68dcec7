"""Accounts on real DAV servers, seeded and judged by plain HTTP; the connector comes in through a gate."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, ClassVar, TypeVar

from connectors.base import Connector
from connectors.conformance import World
from connectors.dav.source import Dav
from tests.connectors.dav.samples import BO, EVA, MAJA, attendee, card, event, group, photo, without_line
from tests.servers.dav_client import Client
from tests.servers.gate import Gate
from tests.servers.radicale import Radicale
from tests.servers.xandikos import Xandikos

T = TypeVar("T")

# names that a server takes as the last part of an address; Radicale refuses * ' " ? and a leading dot
HOSTILE = (
    "[x]", "x", "-rf", "--", "100%", "a_b", "axb", "a..b", "räksmörgås", "a;b", "a!b", "%2e%2e", "a b", "a+b", "a#b",
)  # fmt: skip
MORE_HOSTILE = ("*", "..x", "it's", 'say "x"', "a?b", "a&b=c")
NAME = "Maja Blomqvist möte"


def settings_of(kind: type[Connector], **given: Any) -> dict[str, Any]:
    """What `config` would hand over: the settings, and the defaults of all others."""
    return {one.name: one.default for one in kind.options if not one.required} | given


class DavWitness:
    """What the server gives to plain HTTP. Bytes are asked for anew whenever the etag is another."""

    def __init__(self, client: Client, kind: str) -> None:
        self._client = client
        self._kind = kind
        self._other = next(one for one in ("calendar", "addressbook") if one != kind)
        self._seen: dict[tuple[str, str], bytes] = {}

    def items(self) -> dict[str, bytes]:
        return self._all(self._kind)

    def marks(self) -> dict[str, str]:
        return self._etags(self._kind)

    def attributes(self) -> dict[str, str]:
        found: dict[str, str] = {}
        for path in self._client.titles(self._kind):
            if self._is(path, self._kind):
                found |= self._client.types(path)
        return found

    def surroundings(self) -> dict[str, bytes]:
        titles = self._client.titles("calendar") | self._client.titles("addressbook")
        return self._all(self._other) | {path: title.encode() for path, title in titles.items()}

    def _etags(self, kind: str) -> dict[str, str]:
        found: dict[str, str] = {}
        for path in self._client.titles(kind):
            if self._is(path, kind):
                found |= self._client.etags(path)
        return found

    def _is(self, path: str, kind: str) -> bool:
        """The tests' own collections bear their kind in their name."""
        return path.rstrip("/").rpartition("/")[2].startswith(kind)

    def _all(self, kind: str) -> dict[str, bytes]:
        found = {}
        for path, etag in self._etags(kind).items():
            if (path, etag) not in self._seen:
                self._seen[path, etag] = self._client.bytes_of(path)
            found[path] = self._seen[path, etag]
        return found


class DavWorld(World):
    """Two collections of the kind and one of the other; look-alikes, hostile names."""

    ways_to_vanish = ("cut off", "failing", "emptied")
    kind: ClassVar[str]
    ending: ClassVar[str]
    line: ClassVar[bytes]  # how the line begins that a rewriting takes away

    def __init__(self, server: Radicale | Xandikos, connector: type[Dav], hostile: tuple[str, ...]) -> None:
        self._server = server
        self._connector = connector
        self.client = server.user(EVA) if isinstance(server, Xandikos) else server.user()
        self.gate = Gate(server.port)
        self.gate.adds = {} if self.client.password else self.client.signed
        first, second, other = (self.client.make(*one) for one in self._collections())
        self.subject = self._put(first, NAME, self.content(NAME, "1"))
        self.neighbours = (
            self._put(second, NAME, self.content(NAME, "1")),
            self._put(first, NAME.lower(), self.content(NAME, "2")),
            self._put(first, NAME + "2", self.content(NAME + "2", "3")),
            self._put(first, "grupp", self.special()),
        )
        self.hostile = tuple(
            self._put(first, name, self.content("Bo Dal", f"h{number}")) for number, name in enumerate(hostile)
        )
        self.client.put(other, f"{NAME}{self._endings()[1]}", self.neighbour_of_other_kind())

    def close(self) -> None:
        self.gate.close()

    def content(self, name: str, uid: str) -> bytes:
        raise NotImplementedError

    def special(self) -> bytes:
        """One of another sort in the same collection."""
        raise NotImplementedError

    def neighbour_of_other_kind(self) -> bytes:
        raise NotImplementedError

    @property
    def witness(self) -> DavWitness:
        if not hasattr(self, "_witness"):
            self._witness = DavWitness(self.client, self.kind)
        return self._witness

    def connect(self) -> Connector:
        signed = {"user": self.client.user, "password": self.client.password} if self.client.password else {}
        url = f"http://127.0.0.1:{self.gate.port}/"
        return self._connector(self.source, settings_of(self._connector, url=url, timeout=20, connections=8, **signed))

    def change(self, path: str) -> None:
        self.client.write(path, self.changed(self.client.bytes_of(path)))

    def changed(self, content: bytes) -> bytes:
        raise NotImplementedError

    def delete(self, path: str) -> None:
        self.client.delete(path)

    def new_content(self, path: str) -> bytes:
        return without_line(self.client.bytes_of(path), self.line)

    @contextmanager
    def vanished(self, way: str) -> Iterator[None]:
        """Cut off: no line. Failing: a proxy's 502 to all. Emptied: the server lost what it kept."""
        if way != "emptied":
            with self.gate.state(shut=way == "cut off", status=502 if way == "failing" else 0):
                yield
            return
        home = self._server.files(self.client)
        away = home.with_name(home.name + ".away")
        home.rename(away)
        try:
            yield
        finally:
            shutil.rmtree(home, ignore_errors=True)
            away.rename(home)

    def refused(self, path: str, ask: Callable[[Connector], T]) -> T:
        """The collection is listed, and may not be looked into."""
        with self.gate.state(refused=path.rpartition("/")[0] + "/"), self.connect() as connector:
            return ask(connector)

    def _put(self, collection: str, name: str, content: bytes) -> str:
        return self.client.put(collection, name + self.ending, content)

    def _collections(self) -> tuple[tuple[str, str, str], ...]:
        other = next(one for one in ("calendar", "addressbook") if one != self.kind)
        return (f"{self.kind}1", self.kind, "Arbete"), (f"{self.kind}2", self.kind, "Delad"), (f"{other}1", other, "X")

    def _endings(self) -> tuple[str, str]:
        return (".ics", ".vcf") if self.kind == "calendar" else (".vcf", ".ics")


class CalendarWorld(DavWorld):
    """Meetings with attendees, one of them with an instance of its own."""

    kind = "calendar"
    ending = ".ics"
    line = b"ATTENDEE"

    def content(self, name: str, uid: str) -> bytes:
        people = (attendee(EVA, "Eva Lind"), attendee(MAJA, "Maja Blomqvist", PARTSTAT="ACCEPTED"))
        return event(f"{uid}@invex.example", name, *people, "DESCRIPTION:Tar upp avtalet.\\nSkickas till båda.")

    def special(self) -> bytes:
        moved = (attendee(EVA, "Eva Lind"), attendee(MAJA, "Maja Blomqvist"))
        return event("serie@invex.example", "Varje vecka", attendee(BO, "Bo Dal"), override=moved)

    def neighbour_of_other_kind(self) -> bytes:
        return card("k1", "Maja Blomqvist", MAJA)

    def changed(self, content: bytes) -> bytes:
        return content.replace(b"SUMMARY:", b"SUMMARY:Flyttad ")


class OwnCalendarWorld(CalendarWorld):
    """Nobody is invited: a server that schedules lets an attendee change nothing but the own answer."""

    line = b"DESCRIPTION"

    def content(self, name: str, uid: str) -> bytes:
        return event(f"{uid}@invex.example", name, "DESCRIPTION:Maja Blomqvist ringer", "LOCATION:Rum 4", who="")

    def special(self) -> bytes:
        return event("serie@invex.example", "Varje vecka", override=("DESCRIPTION:Med Maja Blomqvist",), who="")


class BookWorld(DavWorld):
    """Cards with photos, and a group."""

    kind = "addressbook"
    ending = ".vcf"
    line = b"NOTE"

    def content(self, name: str, uid: str) -> bytes:
        return card(
            f"{uid}@invex.example", name, MAJA, "NOTE:Ringer efter lunch", photo(uid), "TEL;TYPE=CELL:+46701740605"
        )

    def special(self) -> bytes:
        return group("grupp@invex.example", "Kunder", "1", "2").replace(b"END:", b"NOTE:Alla kunder\r\nEND:")

    def neighbour_of_other_kind(self) -> bytes:
        return event("e1", "Möte", attendee(MAJA, "Maja Blomqvist"))

    def changed(self, content: bytes) -> bytes:
        return content.replace(b"NOTE:", b"NOTE:Flyttad. ")
