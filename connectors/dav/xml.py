"""XML of DAV servers: requests are written, answers are read by a parser that follows nothing and expands nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from xml.sax.saxutils import escape, quoteattr

from lxml import etree

from connectors.errors import ProtocolBroken, Unreachable

DAV = "{DAV:}"
CAL = "{urn:ietf:params:xml:ns:caldav}"
CARD = "{urn:ietf:params:xml:ns:carddav}"
APPLE = "{http://calendarserver.org/ns/}"
NEXTCLOUD = "{http://nextcloud.com/ns}"

_PREFIXES = {"DAV:": "d", CAL[1:-1]: "c", CARD[1:-1]: "a", APPLE[1:-1]: "s", NEXTCLOUD[1:-1]: "n"}
_SPACES = " ".join(f"xmlns:{prefix}={quoteattr(space)}" for space, prefix in _PREFIXES.items())
_BROKEN = "the server's answer is not the XML that WebDAV asks for"
_CUT = "the server's answer broke off"


@dataclass(frozen=True, slots=True)
class Prop:
    """A property: its text, the addresses in it, and what elements and names it has in it, at any depth."""

    text: str
    hrefs: tuple[str, ...] = ()
    tags: frozenset[str] = frozenset()
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Response:
    """What a server says of one address. `status` is that of the thing; 200 where it has properties."""

    href: str
    status: int
    props: Mapping[str, Prop] = field(default_factory=dict)
    errors: frozenset[str] = frozenset()

    def text(self, name: str) -> str:
        """A property's text; empty where it has none."""
        found = self.props.get(name)
        return found.text.strip() if found else ""


class Answers:
    """The answers of a multistatus, one by one; `token` is the sync token, once all are read.

    Raises Unreachable where it breaks off, ProtocolBroken for what is none.
    """

    def __init__(self, chunks: Iterable[bytes]) -> None:
        self._chunks = chunks
        self.token = ""

    def __iter__(self) -> Iterator[Response]:
        parser = etree.XMLPullParser(
            events=("start", "end"),
            resolve_entities=False,
            no_network=True,
            load_dtd=False,
            huge_tree=False,
            remove_comments=True,
            remove_pis=True,
        )
        seen = _Seen()
        for chunk in self._chunks:
            _fed(parser, chunk)
            yield from self._ready(parser, seen)
        if not seen.whole:
            raise Unreachable(_CUT)
        try:
            parser.close()
        except etree.XMLSyntaxError:
            raise ProtocolBroken(_BROKEN) from None

    def _ready(self, parser: etree.XMLPullParser, seen: _Seen) -> Iterator[Response]:
        for event, element in parser.read_events():
            if not isinstance(element, etree._Element):
                continue
            if seen.root is None:
                seen.root = element
                _check_root(element)
            elif event == "end" and element.getparent() is seen.root:
                if element.tag == DAV + "response":
                    yield from _responses(element)
                elif element.tag == DAV + "sync-token":
                    self.token = (element.text or "").strip()
                element.clear()
            if event == "end" and element is seen.root:
                seen.whole = True


@dataclass(slots=True)
class _Seen:
    root: etree._Element | None = None
    whole: bool = False


def _fed(parser: etree.XMLPullParser, chunk: bytes) -> None:
    try:
        parser.feed(chunk)
    except etree.XMLSyntaxError:
        raise ProtocolBroken(_BROKEN) from None


def propfind(*names: str) -> bytes:
    """The request for properties, by their names in braces."""
    return _written("d:propfind", f"<d:prop>{_elements(names)}</d:prop>")


def sync(token: str, *names: str) -> bytes:
    """The request for what changed since a token (RFC 6578, 6.1)."""
    inner = f"<d:sync-token>{escape(token)}</d:sync-token><d:sync-level>1</d:sync-level>"
    return _written("d:sync-collection", f"{inner}<d:prop>{_elements(names)}</d:prop>")


def multiget(report: str, hrefs: Iterable[str], *names: str) -> bytes:
    """The request for several things at once (RFC 4791, 7.9; RFC 6352, 8.7)."""
    inner = "".join(f"<d:href>{escape(href)}</d:href>" for href in hrefs)
    return _written(_prefixed(report), f"<d:prop>{_elements(names)}</d:prop>{inner}")


def all_of_calendar(*names: str) -> bytes:
    """The request for all things in a calendar, where it can be queried and not listed (RFC 4791, 7.8)."""
    inner = f'<d:prop>{_elements(names)}</d:prop><c:filter><c:comp-filter name="VCALENDAR"/></c:filter>'
    return _written("c:calendar-query", inner)


def conditions(body: bytes) -> frozenset[str]:
    """The conditions that an error's body names (RFC 4918, 16); none where it is no XML."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(body, parser)
    except (etree.XMLSyntaxError, ValueError):
        return frozenset()
    return (
        frozenset(str(one.tag) for one in root.iter() if isinstance(one.tag, str)) if root is not None else frozenset()
    )


def _check_root(root: etree._Element) -> None:
    if root.getroottree().docinfo.internalDTD is not None or root.tag != DAV + "multistatus":
        raise ProtocolBroken(_BROKEN)


def _responses(element: etree._Element) -> Iterator[Response]:
    """One response; one an address, where a status is told for several at once."""
    props: dict[str, Prop] = {}
    statuses = []
    for part in element.iterchildren(DAV + "propstat"):
        status = _status(part)
        statuses.append(status)
        if 200 <= status < 300:
            props.update({str(one.tag): _prop(one) for found in part.iterchildren(DAV + "prop") for one in found})
    own = _status(element, 0)
    status = own or (200 if props or not statuses else _worst(statuses))
    errors = frozenset(str(one.tag) for found in element.iterchildren(DAV + "error") for one in found)
    for href in element.iterchildren(DAV + "href"):
        yield Response((href.text or "").strip(), status, props, errors)


def _worst(statuses: list[int]) -> int:
    """What keeps all properties away: 404 is said of properties too, and the thing itself is there."""
    return next((one for one in statuses if one in (401, 403) or one >= 500), 200)


def _status(element: etree._Element, other: int = 200) -> int:
    """`HTTP/1.1 404 Not Found` -> 404. Raises ProtocolBroken."""
    text = element.findtext(DAV + "status")
    if text is None:
        return other
    parts = text.split()
    if len(parts) < 2 or not (parts[1].isascii() and parts[1].isdigit() and len(parts[1]) == 3):
        raise ProtocolBroken(_BROKEN)
    return int(parts[1])


def _prop(element: etree._Element) -> Prop:
    inner = [one for one in element.iterdescendants() if isinstance(one.tag, str)]
    return Prop(
        element.text or "",
        tuple((one.text or "").strip() for one in inner if one.tag == DAV + "href"),
        frozenset(str(one.tag) for one in inner),
        tuple(name for one in inner if (name := one.get("name"))),
    )


def _elements(names: Iterable[str]) -> str:
    return "".join(f"<{_prefixed(name)}/>" for name in names)


def _prefixed(name: str) -> str:
    space, _, local = name[1:].partition("}")
    return f"{_PREFIXES[space]}:{local}"


def _written(root: str, inner: str) -> bytes:
    return f'<?xml version="1.0" encoding="utf-8"?>\n<{root} {_SPACES}>{inner}</{root}>'.encode()
