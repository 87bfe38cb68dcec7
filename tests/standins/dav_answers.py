"""What a DAV stand-in says of a path: properties (RFC 4918, 4791, 6352, 6578, 6638) as XML."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from xml.etree import ElementTree as ET

from tests.standins.dav_store import BOOK, CALENDAR, INBOX, Collection, Store

D, C, A, S = "{DAV:}", "{urn:ietf:params:xml:ns:caldav}", "{urn:ietf:params:xml:ns:carddav}", "{http://calendarserver.org/ns/}"  # fmt: skip  # noqa: E501
TOKEN = "https://standin.example/sync/"

for _prefix, _space in (("d", D), ("c", C), ("a", A), ("s", S)):
    ET.register_namespace(_prefix, _space[1:-1])

_TYPES = {CALENDAR: C + "calendar", BOOK: A + "addressbook", INBOX: C + "schedule-inbox"}
_REPORTS = {
    CALENDAR: (D + "sync-collection", C + "calendar-multiget", C + "calendar-query"),
    BOOK: (D + "sync-collection", A + "addressbook-multiget", A + "addressbook-query"),
}


def element(tag: str, *inner: ET.Element, text: str = "") -> ET.Element:
    made = ET.Element(tag)
    made.extend(inner)
    made.text = text or None
    return made


def href(path: str) -> ET.Element:
    return element(D + "href", text=path)


class Answers:
    """Properties of what is in a store, for the user who is signed in."""

    def __init__(self, store: Store, *, schedules: bool) -> None:
        self._store = store
        self._schedules = schedules

    def response(self, path: str, wanted: Iterable[str], user: str) -> ET.Element:
        found, missing = element(D + "prop"), element(D + "prop")
        for tag in wanted:
            value = self._prop(path, tag, user)
            (found if value is not None else missing).append(value if value is not None else element(tag))
        made = element(D + "response", href(path))
        for props, status in ((found, "200 OK"), (missing, "404 Not Found")):
            if len(props):
                made.append(element(D + "propstat", props, element(D + "status", text=f"HTTP/1.1 {status}")))
        return made

    def _prop(self, path: str, tag: str, user: str) -> ET.Element | None:
        if tag == D + "current-user-principal":
            return element(tag, href(f"/principals/{user}/"))
        if path in self._store.resources:
            return self._of_resource(path, tag)
        collection = self._store.collections.get(path)
        if collection is not None:
            return self._of_collection(collection, tag)
        return self._of_principal(path, tag) if path.startswith("/principals/") else self._of_root(tag)

    def _of_root(self, tag: str) -> ET.Element | None:
        return element(tag, element(D + "collection")) if tag == D + "resourcetype" else None

    def _of_principal(self, path: str, tag: str) -> ET.Element | None:
        owner = path.split("/")[2]
        if tag == D + "resourcetype":
            return element(tag, element(D + "principal"), element(D + "collection"))
        if tag == D + "principal-URL":
            return element(tag, href(path))
        if tag == C + "calendar-home-set":
            return element(tag, href(f"/calendars/{owner}/"))
        if tag == A + "addressbook-home-set":
            return element(tag, href(f"/addressbooks/{owner}/"))
        if tag == C + "calendar-user-address-set":
            mine = [href(f"mailto:{one}") for one in sorted(self._store.addresses[owner])]
            return element(tag, href(path), *mine)
        if tag == C + "schedule-inbox-URL" and self._schedules:
            return element(tag, href(f"/calendars/{owner}/inbox/"))
        return None

    def _of_collection(self, one: Collection, tag: str) -> ET.Element | None:
        makers: dict[str, Callable[[], ET.Element | None]] = {
            D + "resourcetype": lambda: element(
                tag, element(D + "collection"), *([element(_TYPES[one.kind])] if one.kind in _TYPES else [])
            ),
            D + "displayname": lambda: element(tag, text=one.name),
            D + "owner": lambda: element(tag, href(f"/principals/{one.owner}/")),
            D + "sync-token": lambda: element(tag, text=self.token()) if one.kind in _REPORTS else None,
            S + "getctag": lambda: element(tag, text=self.token()) if one.kind in _REPORTS else None,
            D + "supported-report-set": lambda: element(tag, *map(_report, _REPORTS.get(one.kind, ()))),
            D + "current-user-privilege-set": lambda: element(
                tag, *(element(D + "privilege", element(D + right)) for right in ("all", "read", "write", "unbind"))
            ),
            C + "supported-calendar-component-set": lambda: _kinds(tag) if one.kind == CALENDAR else None,
        }
        maker = makers.get(tag)
        return maker() if maker is not None else None

    def _of_resource(self, path: str, tag: str) -> ET.Element | None:
        data = self._store.resources[path]
        calendar = path.startswith("/calendars/")
        texts = {
            D + "getetag": self._store.etag(path),
            D + "getcontentlength": str(len(data)),
            D + "getcontenttype": "text/calendar; charset=utf-8" if calendar else "text/vcard; charset=utf-8",
            (C + "calendar-data" if calendar else A + "address-data"): data.decode(),
        }
        if tag == D + "resourcetype":
            return element(tag)
        return element(tag, text=texts[tag]) if tag in texts else None

    def token(self) -> str:
        return f"{TOKEN}{len(self._store.history)}"

    def place(self, token: str) -> int | None:
        """Where in the history a token stands; None for one that is not known."""
        number = token.removeprefix(TOKEN)
        return int(number) if number.isdecimal() and int(number) <= len(self._store.history) else None


def gone(path: str, status: str = "404 Not Found") -> ET.Element:
    return element(D + "response", href(path), element(D + "status", text=f"HTTP/1.1 {status}"))


def multistatus(*parts: ET.Element) -> bytes:
    return bytes(ET.tostring(element(D + "multistatus", *parts), "utf-8", xml_declaration=True))


def error(tag: str) -> bytes:
    return bytes(ET.tostring(element(D + "error", element(tag)), "utf-8", xml_declaration=True))


def _report(tag: str) -> ET.Element:
    return element(D + "supported-report", element(D + "report", element(tag)))


def _kinds(tag: str) -> ET.Element:
    made = element(tag)
    for name in ("VEVENT", "VTODO"):
        ET.SubElement(made, C + "comp", name=name)
    return made
