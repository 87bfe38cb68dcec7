"""Erasing and replacing one item, conditionally, and looking afterwards at what came of it."""

from __future__ import annotations

import base64
import binascii
import zlib
from collections.abc import Mapping
from datetime import date, timedelta

from connectors.base import Strength, Version
from connectors.dav import hrefs, xml
from connectors.dav.account import Collection, Flavour
from connectors.dav.canonical import canonical
from connectors.dav.http import Http, Reply, failure
from connectors.dav.listing import CALENDAR_OF_TRASH, ETAG, one, version_of
from connectors.dav.reading import Reader
from connectors.errors import Changed, ConnectorError, Malformed, NotFound, ProtocolBroken, Unreachable, Unsupported
from connectors.locator import Locator

_STILL = "the server says that it is erased, and still has it"
_OTHER = "the server does not keep what it was given"
_WEAK = "the server gives only weak versions there, and takes no conditional change"
_NOT_TAKEN = "the server does not take the changed item"
_DAYS = 30  # Nextcloud's own default for what lies in the trash bin
_MARK = "dav1 "
# RFC 6638, 8.1: no reply to an organiser. SabreDAV (Nextcloud, ownCloud, Baïkal) sends nothing at all then.
_SILENT = {"Schedule-Reply": "F"}
_NO_TRASH = {"X-NC-CalDAV-No-Trashbin": "1"}  # Nextcloud; in calendars of others too, whose bins nobody else sees
_MOST = 256 << 20


class Changer:
    """Changes items of one account. What the server would tell others is asked before by who calls."""

    def __init__(self, http: Http, flavour: Flavour, reader: Reader) -> None:
        self._http = http
        self._flavour = flavour
        self._reader = reader

    def at(self, path: str, expected: Version, locator: Locator) -> None:
        """Raises Changed where the item is not at that version, NotFound where it is not there."""
        if one(self._http, path).version != expected:
            raise Changed("the item is not what was expected", locator)

    def delete(self, path: str, expected: Version, locator: Locator, *, trash: Collection | None) -> date | None:
        """Erase it, past the trash bin. A date says until when the server keeps it nevertheless.

        Raises Changed, Denied, Held, Unsupported, ProtocolBroken where it is still there, Unreachable.
        """
        self._conditionally("DELETE", path, None, expected, _NO_TRASH, locator)
        try:
            now = one(self._http, path).version
        except NotFound:
            return self._purged(path, expected, trash)
        if now == expected:
            raise ProtocolBroken(_STILL, locator)
        raise Changed("somebody has put another one there", locator)

    def put(self, path: str, expected: Version, content: bytes, locator: Locator) -> Version:
        """Replace it; the version of what the server made of it. Safe to call again.

        Raises Changed, also where it is not there any more; Denied, Held, Unsupported, ProtocolBroken, Unreachable.
        """
        if one(self._http, path).version == expected:
            extra = {"Content-Type": f"{self._flavour.media_type}; charset=utf-8"}
            self._conditionally("PUT", path, content, expected, extra, locator)
            told = self._reader.get(path, locator)
            if canonical(told.content) != canonical(content):
                raise ProtocolBroken(_OTHER, locator)
            return told.version
        told = self._reader.get(path, locator)
        if canonical(told.content) != canonical(content):
            raise Changed("the item is not what was expected", locator)
        return told.version

    def _conditionally(
        self,
        method: str,
        path: str,
        body: bytes | None,
        expected: Version,
        extra: Mapping[str, str],
        locator: Locator,
    ) -> None:
        """A request that the server carries out only on the expected version. A lost answer is looked after."""
        condition = expected.token if expected.strength is not Strength.NONE else "*"
        headers = {"If-Match": condition, **_SILENT, **extra}
        try:
            reply = self._http.ask(method, path, body, headers, locator)
        except Unreachable:
            if self._came_true(path, body, locator):
                return
            raise
        if not 200 <= reply.status < 300:
            raise self._refused(method, path, expected, reply, locator)

    def _came_true(self, path: str, body: bytes | None, locator: Locator) -> bool:
        """Whether a request was carried out whose answer was lost. Raises Unreachable where nobody can tell."""
        try:
            told = self._reader.get(path, locator)
        except NotFound:
            return body is None
        return body is not None and canonical(told.content) == canonical(body)

    def _refused(self, method: str, path: str, expected: Version, reply: Reply, locator: Locator) -> ConnectorError:
        error = failure(reply, locator)
        if reply.status == 412 and expected.strength is Strength.WEAK and self._is_at(path, expected):
            return Unsupported(_WEAK, locator)
        if method == "PUT" and reply.status in (400, 403, 409, 412, 413, 415, 422):
            told = sorted(name for tag in xml.conditions(reply.body) if (name := _condition(tag)))
            if told or reply.status not in (403, 412):
                return Unsupported(f"{_NOT_TAKEN}: {', '.join(told) or f'HTTP status {reply.status}'}", locator)
        return error

    def _is_at(self, path: str, expected: Version) -> bool:
        try:
            return one(self._http, path).version == expected
        except NotFound:
            return False

    # -- the trash bin

    def _purged(self, path: str, expected: Version, trash: Collection | None) -> date | None:
        """Take what was just deleted out of the trash bin, should it lie there in spite of all."""
        if trash is None:
            return None
        try:
            for href, version in self._in_trash(path, expected, trash):
                headers = {"If-Match": version.token, **_SILENT}
                self._http.fine("DELETE", href, headers=headers)
            left = any(True for _ in self._in_trash(path, expected, trash))
        except (ConnectorError, hrefs.Hostile):
            left = True
        return date.today() + timedelta(days=retention_days(trash) + 1) if left else None

    def _in_trash(self, path: str, expected: Version, trash: Collection) -> list[tuple[str, Version]]:
        """What lies in the trash bin, has these bytes, and was in this calendar."""
        at = trash.path + "objects/"
        answers, _ = self._http.responses("REPORT", at, xml.all_of_calendar(ETAG, CALENDAR_OF_TRASH), "1")
        calendar = hrefs.name_of(hrefs.parent(path))
        found = []
        for answer in answers:
            version = version_of(answer.text(ETAG))
            if version != expected or answer.text(CALENDAR_OF_TRASH) != calendar:
                continue
            href = hrefs.path_of(answer.href, self._http.origin)
            if hrefs.is_child(href, at):
                found.append((href, version))
        return found


def retention_days(trash: Collection) -> int:
    """How long the trash bin keeps things. Told in seconds."""
    text = trash.retention
    return -(-int(text) // 86400) if text.isascii() and text.isdigit() and len(text) < 12 else _DAYS


def packed(content: bytes) -> str:
    """New content as a token: nothing lies at the server before it is committed, so a crash must not lose it."""
    return _MARK + base64.b64encode(zlib.compress(content)).decode("ascii")


def unpacked(token: str, locator: Locator) -> bytes:
    """The content of a token. Raises Malformed."""
    reader = zlib.decompressobj()
    try:
        content = reader.decompress(base64.b64decode(token.removeprefix(_MARK), validate=True), _MOST)
    except (ValueError, binascii.Error, zlib.error):
        content = b""
    if not token.startswith(_MARK) or not reader.eof:
        raise Malformed("not what this source staged", locator)
    return content


def _condition(tag: str) -> str:
    """A precondition's own name (RFC 4791, 5.3.2.1; RFC 6352, 6.3.2.1): a word of the protocol, never content."""
    space, _, name = tag[1:].partition("}")
    known = space == "DAV:" or space.startswith("urn:ietf:params:xml:ns:")
    plain = name.replace("-", "").isascii() and name.replace("-", "").isalpha() and len(name) < 60
    return name if known and plain and name not in ("error", "href", "responsedescription") else ""
