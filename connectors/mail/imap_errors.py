"""A server's refusals as errors of the contract. Its own words are never told: they may hold names."""

from __future__ import annotations

from connectors.errors import (
    ConnectorError,
    Denied,
    NotFound,
    ProtocolBroken,
    Throttled,
    Unreachable,
)
from connectors.locator import Locator

PATIENCE = 5.0  # seconds, where a server names none
_BUSY = frozenset({"UNAVAILABLE", "INUSE", "LIMIT", "THROTTLED"})
_MANY = (b"too many", b"maximum number of", b"try again", b"rate limit", b"throttl")


class Dropped(Unreachable):
    """The line is dead: what was asked may or may not have been done."""


def refusal(status: str, code: str, what: str, locator: Locator | None = None) -> ConnectorError:
    """The error for NO or BAD with a response code of RFC 5530; `what` is what was tried, as a noun."""
    if code in _BUSY:
        return Throttled("the mail server asks for patience; try again later", PATIENCE, locator)
    if code == "SERVERBUG":
        return Unreachable(f"the mail server failed at {what}: its own log says why", locator)
    if code in ("NONEXISTENT", "TRYCREATE"):
        return NotFound("the mail folder is not there", locator)
    if code == "OVERQUOTA":
        return Denied("the mailbox is full, so nothing can be put into it: make room, and try again", locator)
    if code == "PRIVACYREQUIRED":
        return Denied("the mail server wants an encrypted line: set tls", locator)
    if code in ("CORRUPTION", "PARSE") or status != "NO":
        return ProtocolBroken(f"the mail server could not do {what}", locator)
    return Denied(f"the mail server refuses {what}: look at the account's rights", locator)


def sign_in_refusal(code: str, auth: str) -> ConnectorError:
    """The error where signing in was refused."""
    if code in _BUSY:
        return Throttled("the mail server takes no more connections now; lower `connections`, or try later", PATIENCE)
    if code == "PRIVACYREQUIRED":
        return Denied("the mail server wants an encrypted line before it lets anybody in: set tls")
    if code == "SERVERBUG":
        return Unreachable("the mail server could not look the account up: its own log says why")
    if code == "EXPIRED":
        return Denied("the account's password has expired: renew it")
    secret = "the access token (`token`)" if auth == "xoauth2" else "`password`"
    return Denied(f"the mail server does not let the account in: check `user`, {secret} and `auth`")


def farewell(text: bytes, code: str = "") -> ConnectorError:
    """The error where the server says BYE."""
    if code in _BUSY or any(word in text.lower() for word in _MANY):
        return Throttled("the mail server takes no more connections now; lower `connections`, or try later", PATIENCE)
    return Dropped("the mail server ended the connection")
