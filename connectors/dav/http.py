"""HTTP for DAV: signed in, verified, one request at a time, and never a word to a host that was not named.

`requests` and not `caldav`: what erases must know each header it sends (If-Match, Schedule-Reply) and each status it
gets, and `caldav` follows redirects, takes 404 for a success of DELETE, and brings `urllib3-future`, which puts itself
in the place of the `urllib3` that other sources use.
"""

from __future__ import annotations

import email.utils
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.cookiejar import DefaultCookiePolicy
from typing import Any
from urllib.parse import urljoin, urlsplit

import requests
from requests.auth import AuthBase, HTTPBasicAuth, HTTPDigestAuth

from connectors import network
from connectors.dav import settings as dav_settings
from connectors.dav import xml
from connectors.dav.hrefs import Hostile, origin_of, path_of, sent
from connectors.errors import (
    Changed,
    ConnectorError,
    Denied,
    Held,
    NotFound,
    ProtocolBroken,
    Throttled,
    Unreachable,
    Unsupported,
)
from connectors.locator import Locator

_CHUNK = 1 << 16
_XML = "application/xml; charset=utf-8"
_MOST = 256 << 20  # bytes of one answer
_REDIRECTS = (301, 302, 303, 307, 308)
_NO_ANSWER = "the server cannot be reached: is it running, is url right?"
_CERTIFICATE = "the server's certificate is not one that can be trusted: correct url, or name its authority in ca"
_NO_TLS = "the server does not speak TLS there: check the port in url"
_ELSEWHERE = "the server leads to another host, and the password is sent to none that is not named: see hosts"
_FULL = "the server has no space left for this account"


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back: the headers' names are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes = b""


class _Bearer(AuthBase):
    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self._token}"
        return request


class Http:
    """One account's session. Raises the contract's errors, in words that hold no address."""

    def __init__(self, settings: Mapping[str, Any]) -> None:
        self._settings = settings
        self.origin, self.path = dav_settings.base_of(settings)
        self._timeout = float(settings.get("timeout") or 60)
        self._first = network.first_answer(settings)
        self._answered = False
        self._session = requests.Session()
        self._session.trust_env = False  # no .netrc, no proxies of the environment: nobody else gets the password
        self._session.verify = network.authority(settings) or True
        self._session.auth = _auth(settings)
        self._session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        self._session.headers.update({"User-Agent": "gallra", "Accept": "*/*", "Accept-Encoding": "identity"})

    def close(self) -> None:
        """Let go of the connections."""
        self._session.close()

    def ask(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        locator: Locator | None = None,
    ) -> Reply:
        """The whole answer, whatever its status is."""
        with self._answer(method, path, body, headers, locator) as reply:
            return Reply(reply.status_code, _headers(reply), b"".join(_chunks(reply, locator)))

    def fine(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        locator: Locator | None = None,
    ) -> Reply:
        """The answer, which is one of success. Raises what any other means."""
        reply = self.ask(method, path, body, headers, locator)
        if not 200 <= reply.status < 300:
            raise failure(reply, locator)
        return reply

    def responses(
        self, method: str, path: str, body: bytes, depth: str, locator: Locator | None = None
    ) -> tuple[list[xml.Response], str]:
        """All parts of a multistatus, and its sync token. Read to its end at once: a server does not wait."""
        headers = {"Depth": depth, "Content-Type": _XML}
        with self._answer(method, path, body, headers, locator) as reply:
            if reply.status_code != 207:
                told = Reply(reply.status_code, _headers(reply), b"".join(_chunks(reply, locator)))
                raise failure(told, locator)
            answers = xml.Answers(_chunks(reply, locator))
            found = list(answers)
            return found, answers.token

    def led(self, path: str, locator: Locator | None = None, tries: int = 5) -> str:
        """Where PROPFIND on the path leads, on a host that may be asked. Raises Unreachable where to another host."""
        body, headers = xml.propfind(xml.DAV + "current-user-principal"), {"Depth": "0", "Content-Type": _XML}
        for _ in range(tries):
            reply = self.ask("PROPFIND", path, body, headers, locator)
            if reply.status not in _REDIRECTS:
                return path
            path = self.to(urljoin(self.origin.base + path, reply.headers.get("location", "")))
        raise Unreachable("the server leads in a circle")

    def to(self, href: str) -> str:
        """The path of an address that the server names for the account. Goes over to its host, where that is named."""
        try:
            return path_of(href, self.origin)
        except Hostile:
            pass
        try:
            there = origin_of(urlsplit(href))
            path = path_of(href, there)
        except (Hostile, ValueError):
            raise ProtocolBroken("the server names an address that is none") from None
        if not dav_settings.trusts(self._settings, there):
            raise Unreachable(_ELSEWHERE)
        self.origin = there
        return path

    @contextmanager
    def _answer(
        self,
        method: str,
        path: str,
        body: bytes | None,
        headers: Mapping[str, str] | None,
        locator: Locator | None,
    ) -> Iterator[requests.Response]:
        """Errors of the line are the contract's, also those met while the answer is read."""
        try:
            with self._sent(method, path, body, headers or {}) as reply:
                yield reply
        except requests.exceptions.SSLError as error:
            doubted = "CERTIFICATE_VERIFY_FAILED" in str(error) or "doesn't match" in str(error)
            raise Unreachable(_CERTIFICATE if doubted else _NO_TLS, locator) from None
        except (requests.exceptions.RequestException, OSError):
            raise Unreachable(_NO_ANSWER, locator) from None

    def _sent(self, method: str, path: str, body: bytes | None, headers: Mapping[str, str]) -> requests.Response:
        url = self.origin.base + sent(path)
        request = self._session.prepare_request(requests.Request(method, url, headers=dict(headers), data=body))
        request.url = url  # as the server wrote it, and not as a client would tidy it up
        patience = (self._first, self._timeout if self._answered else self._first)
        reply = self._session.send(request, stream=True, allow_redirects=False, timeout=patience)
        self._answered = True
        return reply


def failure(reply: Reply, locator: Locator | None = None) -> ConnectorError:  # noqa: C901 - one line a status
    """What a status that is no success means."""
    match reply.status:
        case 401:
            return Denied("the server does not let the account in: check user, password (or token) and auth", locator)
        case 403:
            return Denied("the account may not do this there", locator)
        case 404 | 410:
            return NotFound("the server has nothing there", locator)
        case 412:
            return Changed("the item is not what was expected", locator)
        case 423:
            return Held("open elsewhere: a client has locked it; try again later", locator)
        case 429:
            return Throttled("the server asks for patience", _patience(reply, 30.0), locator)
        case 503 if "retry-after" in reply.headers:
            return Throttled("the server asks for patience", _patience(reply, 30.0), locator)
        case 507:
            return Unsupported(_FULL, locator)
        case status if status in _REDIRECTS:
            return Unreachable("the server says that it has moved: correct url", locator)
        case status if status >= 500 and status != 501:
            return Unreachable(f"the server fails by itself (HTTP status {status})", locator)
        case status:
            return ProtocolBroken(f"the server answers with HTTP status {status}", locator)


def _auth(settings: Mapping[str, Any]) -> AuthBase | None:
    if settings.get("auth") == dav_settings.BEARER:
        return _Bearer(str(settings["token"]))
    if not settings.get("user"):
        return _Nobody()
    user, password = str(settings["user"]).encode(), str(settings.get("password") or "").encode()
    if settings.get("auth") == dav_settings.DIGEST:
        return HTTPDigestAuth(user.decode(), password.decode())
    return HTTPBasicAuth(user, password)  # as UTF-8 (RFC 7617, 2.1): as text it would be Latin-1


class _Nobody(AuthBase):
    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        return request


def _headers(reply: requests.Response) -> dict[str, str]:
    return {name.lower(): value for name, value in reply.headers.items()}


def _chunks(reply: requests.Response, locator: Locator | None) -> Iterator[bytes]:
    size = 0
    for chunk in reply.iter_content(_CHUNK):
        size += len(chunk)
        if size > _MOST:
            raise Unsupported("the server's answer is larger than 256 MB", locator)
        yield chunk


def _patience(reply: Reply, other: float) -> float:
    """Seconds to wait, from a number or a date (RFC 9110, 10.2.3)."""
    text = reply.headers.get("retry-after", "").strip()
    if text.isascii() and text.isdigit():
        return float(text)
    try:
        return max(0.0, email.utils.parsedate_to_datetime(text).timestamp() - time.time())
    except (ValueError, TypeError):
        return other
