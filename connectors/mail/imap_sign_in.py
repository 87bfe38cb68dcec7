"""From settings to a signed-in line: TLS with verification, STARTTLS, LOGIN, PLAIN and XOAUTH2.

A password never goes over a line that others could read: without TLS only to this machine itself, by the address that
was really reached. A certificate that does not hold is a reason to stop, never one to go on without.
"""

from __future__ import annotations

import imaplib
import socket
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any

from imapclient import IMAPClient
from imapclient.exceptions import IMAPClientError

from connectors.base import require
from connectors.errors import ConfigError, ConnectorError, Denied, Throttled, Unreachable
from connectors.mail.imap_errors import Dropped, farewell, sign_in_refusal
from connectors.mail.imap_line import Line, string
from connectors.mail.imap_settings import is_loopback, port_of
from connectors.network import authority, first_answer

_NO_SERVER = "the mail server does not answer: is `host` right, is the server up, is the port open?"
_NO_NAME = "the name in `host` is not found: is it spelt right, and does this machine reach a name server?"
_SILENT = (
    "the mail server stays silent: check `host` and `port`, that no firewall is between, and that `tls` is as the port "
    'wants it (993: true, 143: "starttls")'
)
_NO_TLS = "the mail server does not speak TLS there: check `port` and `tls`"
_BAD_CERTIFICATE = (
    "the mail server's certificate does not hold: `host` must be the name in it, and an own authority's certificate is "
    "named by `ca`"
)
_NO_STARTTLS = (
    'the mail server offers no STARTTLS: use its TLS port with tls = true, and never tls = "false" over a network'
)
_OPEN_LINE = "the line to the mail server is not encrypted: nothing is sent over it; set tls"
_NO_LOGIN = 'the mail server takes no LOGIN: set auth = "plain", or "xoauth2" with a token'
_NO_PLAIN = 'the mail server offers no AUTHENTICATE PLAIN: set auth = "login"'


def connect(settings: Mapping[str, Any]) -> Line:
    """A signed-in line. Raises Unreachable, Denied, Throttled, ProtocolBroken; ConfigError for a `ca` of no use."""
    line = Line(_reach(settings))
    try:
        with suppress(OSError):
            line.client.socket().setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        _encrypt(line, settings)
        with line.wired():
            line.client.socket().settimeout(float(settings["timeout"]))
        if line.client._imap.state == "NONAUTH":
            line.learn()
            _sign_in(line, settings)
        line.learn()
    except BaseException:
        line.hang_up()
        raise
    return line


def _reach(settings: Mapping[str, Any]) -> IMAPClient:
    direct = settings["tls"] is True
    context = _context(settings) if direct else None
    with _greeted():
        return IMAPClient(
            str(require(settings, "host")),
            port=port_of(settings),
            ssl=direct,
            ssl_context=context,
            timeout=first_answer(settings),
        )


def _context(settings: Mapping[str, Any]) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=authority(settings))


def _encrypt(line: Line, settings: Mapping[str, Any]) -> None:
    if settings["tls"] == "starttls":
        context = _context(settings)
        if not line.client.has_capability("STARTTLS") or line.client._imap.state != "NONAUTH":
            raise Unreachable(_NO_STARTTLS)
        with _greeted():
            line.client.starttls(context)
    elif settings["tls"] is False:
        with line.wired():
            peer = str(line.client.socket().getpeername()[0])
        if not is_loopback(peer):
            raise Denied(_OPEN_LINE)


def _sign_in(line: Line, settings: Mapping[str, Any]) -> None:
    auth, user = settings["auth"], str(require(settings, "user"))
    if auth == "login":
        if line.has("LOGINDISABLED"):
            raise Denied(_NO_LOGIN)
        secret = str(require(settings, "password"))
        answer = line.ask(b"LOGIN", string(user.encode()), string(secret.encode()))
        if answer.status != "OK":
            raise sign_in_refusal(answer.code, auth)
        return
    if not line.has(f"AUTH={auth.upper()}"):
        raise Denied(_NO_PLAIN if auth == "plain" else sign_in_refusal("", auth).args[0])
    if auth == "plain":
        told = f"\0{user}\0{require(settings, 'password')}"
    else:
        told = f"user={user}\1auth=Bearer {require(settings, 'token')}\1\1"
    answer = line.authenticate(auth.upper(), told.encode())
    if answer.status != "OK":
        raise sign_in_refusal(answer.code, auth)


def _code_in(text: str) -> str:
    """The response code at the start of a server's refusal."""
    _, bracket, rest = text.partition("[")
    return rest.partition("]")[0].partition(" ")[0].upper() if bracket else ""


@contextmanager
def _greeted() -> Iterator[None]:
    """Errors of connecting. No retry without verification is ever made."""
    try:
        yield
    except (ConnectorError, ConfigError):
        raise
    except ssl.SSLCertVerificationError:
        raise Unreachable(_BAD_CERTIFICATE) from None
    except ssl.SSLError:
        raise Unreachable(_NO_TLS) from None
    except TimeoutError:
        raise Unreachable(_SILENT) from None
    except (socket.gaierror, UnicodeError):
        raise Unreachable(_NO_NAME) from None
    except OSError:
        raise Unreachable(_NO_SERVER) from None
    except (imaplib.IMAP4.error, IMAPClientError) as error:
        text = str(error).encode("utf-8", "replace")
        told = farewell(text, _code_in(str(error)))
        raise told if isinstance(told, Throttled) else Dropped(_NO_SERVER) from None
