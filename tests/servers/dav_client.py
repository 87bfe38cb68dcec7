"""Plain HTTP to a DAV server: what seeds it, disturbs it as a colleague would, and judges it. http.client only."""

from __future__ import annotations

import base64
import http.client
from dataclasses import dataclass
from urllib.parse import quote, unquote
from xml.etree import ElementTree as ET

DAV = "{DAV:}"
_LIST = b'<propfind xmlns="DAV:"><prop><getetag/><displayname/><getcontenttype/></prop></propfind>'
_KINDS = {
    "calendar": '<C:calendar xmlns:C="urn:ietf:params:xml:ns:caldav"/>',
    "addressbook": '<C:addressbook xmlns:C="urn:ietf:params:xml:ns:carddav"/>',
}


@dataclass(frozen=True)
class Said:
    """What the server answered."""

    status: int
    headers: dict[str, str]
    body: bytes


class Client:
    """One user, by password, or by what a proxy that signs people in says. Paths are as they stand in a request."""

    def __init__(self, port: int, user: str, password: str, homes: dict[str, str]) -> None:
        """`homes` is where calendars and address books are, by kind."""
        self.port, self.user, self.password, self.homes = port, user, password, homes
        self.signed = {"Authorization": _basic(user, password)} if password else {"X-Remote-User": user}

    def ask(self, method: str, path: str, body: bytes = b"", **headers: str) -> Said:
        """One request on a line of its own; underscores in header names are hyphens."""
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        named = self.signed | {name.replace("_", "-"): value for name, value in headers.items()}
        try:
            line.request(method, path, body or None, named)
            answer = line.getresponse()
            return Said(answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read())
        finally:
            line.close()

    def done(self, method: str, path: str, body: bytes = b"", **headers: str) -> Said:
        """The same, which must succeed."""
        said = self.ask(method, path, body, **headers)
        assert 200 <= said.status < 300, f"{method}: {said.status} {said.body[:500]!r}"
        return said

    def make(self, name: str, kind: str, title: str) -> str:
        """A calendar or address book; its path."""
        path = f"{self.homes[kind]}{name}/"
        body = (
            f'<mkcol xmlns="DAV:"><set><prop><resourcetype><collection/>{_KINDS[kind]}</resourcetype>'
            f"<displayname>{title}</displayname></prop></set></mkcol>"
        )
        self.done("MKCOL", path, body.encode(), Content_Type="application/xml")
        return path

    def put(self, collection: str, name: str, content: bytes) -> str:
        """A new item under a name that is not encoded yet; the path that the server lists it under."""
        kind = "text/calendar" if content.startswith(b"BEGIN:VCAL") else "text/vcard"
        self.done("PUT", collection + quote(name, safe=""), content, Content_Type=f"{kind}; charset=utf-8")
        return next(path for path in self.etags(collection) if unquote(path.rpartition("/")[2]) == name)

    def write(self, path: str, content: bytes) -> None:
        """Other bytes for an item."""
        kind = "text/calendar" if content.startswith(b"BEGIN:VCAL") else "text/vcard"
        self.done("PUT", path, content, Content_Type=f"{kind}; charset=utf-8")

    def delete(self, path: str) -> None:
        self.done("DELETE", path)

    def etags(self, collection: str) -> dict[str, str]:
        """Every item of a collection: path -> etag."""
        return {path: etag for path, etag, _, _ in self._listed(collection) if not path.endswith("/")}

    def types(self, collection: str) -> dict[str, str]:
        """Every item of a collection: path -> media type."""
        return {path: kind for path, _, _, kind in self._listed(collection) if not path.endswith("/")}

    def titles(self, kind: str) -> dict[str, str]:
        """What is in a home: path -> display name."""
        home = self.homes[kind]
        return {path: name for path, _, name, _ in self._listed(home) if path.endswith("/") and path != home}

    def bytes_of(self, path: str) -> bytes:
        return self.done("GET", path).body

    def contents(self, collection: str) -> dict[str, bytes]:
        """Every item of a collection: path -> bytes."""
        return {path: self.bytes_of(path) for path in self.etags(collection)}

    def _listed(self, path: str) -> list[tuple[str, str, str, str]]:
        said = self.done("PROPFIND", path, _LIST, Depth="1", Content_Type="application/xml")
        found = []
        for one in ET.fromstring(said.body).iter(f"{DAV}response"):
            etag, name, kind = (_text(one, prop) for prop in ("getetag", "displayname", "getcontenttype"))
            found.append((one.findtext(f"{DAV}href") or "", etag, name, kind))
        return found


def _text(one: ET.Element, name: str) -> str:
    return next((tag.text or "" for tag in one.iter(DAV + name)), "")


def _basic(user: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()
