"""Posting a notice to a webhook: one signed JSON document, over TLS that is verified, and no redirect followed.

The address is never told: many services put a secret into it. Whatever the server does, it is over after SECONDS.
"""

from __future__ import annotations

import hashlib
import hmac
import http.client
import socket
import ssl
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import ClassVar, Final
from urllib.parse import SplitResult, urlsplit

from connectors.errors import ConfigError
from scanner.refusal import Refusal

SECONDS: Final = 10.0  # for one connection to be made, and then for the whole of request and answer
SIGNATURE: Final = "X-Gallra-Signature"
LONGEST_WAIT: Final = 86400.0  # seconds that a server may ask us to wait

_LATER: Final = frozenset({408, 425, 429, *range(500, 600)})
"""Answers of a server that may take it later (RFC 9110, 15.5.9 and 15.6; RFC 6585, 4; RFC 8470, 5.2)."""


class HookRefused(Refusal):
    """The server does not take this; others it may take."""


class HookUnreachable(Refusal):
    """The server cannot be reached, or takes nothing now. `retry_after`: seconds that it asks for, 0 for none."""

    exit_code: ClassVar[int] = 5

    def __init__(self, text: str, retry_after: float = 0.0) -> None:
        super().__init__(text)
        self.retry_after = retry_after


@dataclass(frozen=True, slots=True)
class Hook:
    """Where to, and what the body is signed with; `secret` b"": not signed."""

    url: str
    secret: bytes = b""


def signature(secret: bytes, body: bytes) -> str:
    """What the header says: HMAC-SHA256 (RFC 2104) of the body's bytes, in hexadecimal digits."""
    return f"sha256={hmac.new(secret, body, hashlib.sha256).hexdigest()}"


def post(hook: Hook, body: bytes, key: str) -> None:
    """Hand the JSON document to the server; `key` is the same at each try. Raises HookRefused, HookUnreachable.

    It is taken where the server says so with a code from 200 to 299, and only then. Proxies of the environment are not
    used.
    """
    headers = {"Content-Type": "application/json", "User-Agent": "gallra", "Idempotency-Key": key}
    if hook.secret:
        headers[SIGNATURE] = signature(hook.secret, body)
    code, after = _answer(urlsplit(hook.url), body, headers)
    if 200 <= code < 300:  # RFC 9110, 15.3
        return
    if code in _LATER:
        raise HookUnreachable(f"the webhook takes nothing now (HTTP code {code})", _seconds(after))
    if 300 <= code < 400:  # RFC 9110, 15.4
        raise HookRefused(f"the webhook points elsewhere (HTTP code {code}): name its new address in [notify] webhook")
    raise HookRefused(f"the webhook does not take it (HTTP code {code}): are address and secret of [notify] right?")


def _answer(url: SplitResult, body: bytes, headers: Mapping[str, str]) -> tuple[int, str]:
    """The code of the answer and what it says of when to try again."""
    try:
        with _connected(url) as line:
            path = (url.path or "/") + (f"?{url.query}" if url.query else "")
            line.request("POST", path, body, dict(headers))
            found = line.getresponse()
            return found.status, found.getheader("Retry-After", "")
    except ssl.SSLCertVerificationError:
        raise HookUnreachable("the webhook's certificate is not one of a known authority for this host") from None
    except (OSError, http.client.HTTPException):
        raise HookUnreachable("the webhook cannot be reached, or gives no answer") from None
    except ValueError:
        raise ConfigError(["[notify] webhook: is no address that a request can be sent to"]) from None


@contextmanager
def _connected(url: SplitResult) -> Iterator[http.client.HTTPConnection]:
    """A line to the server, cut when the time is over: a limit on each read alone lets a server drip for hours."""
    host, port = url.hostname or "", url.port or (443 if url.scheme == "https" else 80)
    context = ssl.create_default_context() if url.scheme == "https" else None
    talk = (
        http.client.HTTPSConnection(host, port, context=context) if context else http.client.HTTPConnection(host, port)
    )
    line = socket.create_connection((host, port), SECONDS)
    if context:
        line = context.wrap_socket(line, server_hostname=host, do_handshake_on_connect=False)
    cut = threading.Timer(SECONDS, _cut, (line,))
    cut.daemon = True
    cut.start()
    try:
        if isinstance(line, ssl.SSLSocket):
            line.do_handshake()
        talk.sock = line
        yield talk
    finally:
        cut.cancel()
        talk.close()
        line.close()


def _cut(line: socket.socket) -> None:
    with suppress(OSError):
        socket.socket.shutdown(line, socket.SHUT_RDWR)  # beneath TLS, whose own is not for two threads


def _seconds(after: str) -> float:
    """Retry-After as seconds (RFC 9110, 10.2.3): a count or a date; 0 for none, and for what is neither."""
    if after.isascii() and after.isdigit():
        return min(float(after), LONGEST_WAIT)
    try:
        moment = parsedate_to_datetime(after)
    except ValueError:
        return 0.0
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return min(max((moment - datetime.now(UTC)).total_seconds(), 0.0), LONGEST_WAIT)
