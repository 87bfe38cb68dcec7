"""Reading items: one by GET, or many at once by a multiget that is trusted only where it gives the very same bytes.

XML turns CR LF into LF (XML 1.0, 2.11), so what comes in a multiget may not be what GET gives, and what is read must
not depend on how it was. Line ends are kept by writing CR as a reference before the answer is parsed; the length must
then be what the server says it is, and where it says none, the first item of a session is read both ways and compared.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from connectors.base import Strength, Version
from connectors.dav import hrefs, xml
from connectors.dav.account import Flavour
from connectors.dav.hrefs import Hostile, path_of
from connectors.dav.http import Http, Reply
from connectors.dav.listing import ETAG, one, version_of
from connectors.dav.xml import DAV
from connectors.errors import Changed, ConnectorError, ProtocolBroken, Unreachable
from connectors.locator import Locator

_SIZE = DAV + "getcontentlength"
_BATCH = 50
_ENOUGH = 8 << 20  # bytes of one batch after which the next one is smaller
_TRIES = 3


@dataclass(frozen=True, slots=True)
class Told:
    """An item's bytes and the version they belong to."""

    content: bytes
    version: Version


class Reader:
    """Reads items of one account, those that were announced in batches."""

    def __init__(self, http: Http, flavour: Flavour) -> None:
        self._http = http
        self._flavour = flavour
        self._queue: list[str] = []
        self._place: dict[str, int] = {}
        self._ready: dict[str, Told] = {}
        self._batch = _BATCH
        self._proved = False

    def ahead(self, paths: Sequence[str]) -> None:
        """These will be read, in this order. Forgets what was said before."""
        self._queue = [path for path in paths if _is_plain(path)]
        self._place = {path: number for number, path in enumerate(self._queue)}
        self._ready.clear()

    def forget(self) -> None:
        """What was read ahead may not be true any more."""
        self.ahead(())

    def read(self, path: str, locator: Locator) -> Told:
        """Raises NotFound, Denied, Changed, Unreachable."""
        if path not in self._ready and path in self._place and self._batch > 1:
            self._fetch(path)
        told = self._ready.pop(path, None)
        return told if told is not None else self.get(path, locator)

    def get(self, path: str, locator: Locator) -> Told:
        """By GET; where that names no ETag, one that is the same before and after."""
        for _ in range(_TRIES):
            reply = self._http.fine("GET", path, locator=locator)
            found = version_of(reply.headers.get("etag", "").strip())
            if found.strength is Strength.STRONG:
                return Told(reply.body, found)
            now = one(self._http, path).version
            assert now is not None
            if _agree(found, now):
                return Told(reply.body, now)
            again = self._http.fine("GET", path, locator=locator)
            if again.body == reply.body and one(self._http, path).version == now:
                return Told(again.body, now)
        raise Changed("it changed while it was read", locator)

    def _fetch(self, path: str) -> None:
        """The item and those after it in its collection. What does not come this way is read by GET."""
        start = self._place[path]
        at = hrefs.parent(path)
        wanted = [one for one in self._queue[start : start + self._batch] if hrefs.parent(one) == at]
        for known in wanted:
            self._place.pop(known, None)
        if len(wanted) < 2:
            return
        try:
            got = self._multiget(at, wanted)
        except Unreachable:
            raise
        except ConnectorError:
            self._batch = 0  # the server has no such report, or not so large a one
            return
        if sum(len(told.content) for told in got.values()) > _ENOUGH:
            self._batch = max(1, self._batch // 4)
        self._ready = got

    def _multiget(self, at: str, wanted: Sequence[str]) -> dict[str, Told]:
        body = xml.multiget(self._flavour.report, wanted, ETAG, _SIZE, self._flavour.data)
        headers = {"Depth": "1", "Content-Type": "application/xml; charset=utf-8"}
        reply = self._http.fine("REPORT", at, body, headers)
        if reply.status != 207:
            raise ProtocolBroken("the server answers for something else than it was asked for")
        asked = {hrefs.key(path): path for path in wanted}
        got: dict[str, Told] = {}
        for answer in xml.Answers([_kept(reply)]):
            try:
                path = asked.get(hrefs.key(path_of(answer.href, self._http.origin)))
            except Hostile:
                continue
            data = answer.props.get(self._flavour.data)
            version = version_of(answer.text(ETAG))
            if path is None or data is None or answer.status != 200 or version.strength is not Strength.STRONG:
                continue
            content = data.text.encode("utf-8", "surrogateescape")
            size = answer.text(_SIZE)
            if (size and size != str(len(content))) or not (size or self._proves(path, content, version)):
                continue
            got[path] = Told(content, version)
        return got

    def _proves(self, path: str, content: bytes, version: Version) -> bool:
        """Whether a multiget of this server gives what GET gives: asked once."""
        if not self._proved:
            told = self.get(path, Locator("", path))
            if told.version != version or told.content != content:
                raise ProtocolBroken("the server's multiget gives other bytes than GET")
            self._proved = True
        return True


def _kept(reply: Reply) -> bytes:
    """The answer with its carriage returns kept; as it is where they could stand in a tag, or in CDATA."""
    body = reply.body
    start = body.find(b"multistatus")
    if b"\r" not in body or b"<![CDATA[" in body or start < 0:
        return body
    inner = body.find(b">", start)
    head, rest = body[: inner + 1], body[inner + 1 :]
    return body if b"\r" in head[start:] else head + rest.replace(b"\r", b"&#13;")


def _is_plain(path: str) -> bool:
    try:
        return len(hrefs.key(path)) > 1
    except Hostile:
        return False


def _agree(found: Version, now: Version) -> bool:
    """Whether an answer's ETag and the property say the same; proxies that pack answers make a strong one weak."""
    return bool(found.token) and found.token.removeprefix("W/") == now.token.removeprefix("W/")
