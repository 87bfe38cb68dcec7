"""What an admin writes about a DAV account, and what is wrong with it."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from connectors import network
from connectors.base import Option
from connectors.dav.hrefs import Hostile, Origin, key, origin_of
from connectors.errors import ConfigError

BASIC, DIGEST, BEARER = "basic", "digest", "bearer"

_URL = "the account: https://dav.example, or the address of its principal, its home or one collection"


def options(plural: str, thing: str) -> tuple[Option, ...]:
    """The options of a DAV kind; `plural` is that which names its collections, and `thing` what they are called."""
    return (
        *network.OPTIONS,
        Option("url", str, _URL),
        Option("user", str, "the account's name; none means that the server asks for none", ""),
        Option("password", str, "the account's password, as a reference", None, secret=True),
        Option("auth", str, "how to sign in", BASIC, choices=(BASIC, DIGEST, BEARER)),
        Option("token", str, 'the token of auth = "bearer", as a reference', None, secret=True),
        Option("ca", str, "a file of certificates (PEM) to trust instead of the usual ones", None, path=True),
        Option("hosts", list, 'other hosts that the password may go to, like "*.icloud.com"', []),
        Option(plural, list, f"the {thing} to search, by name or address; none means all", []),
    )


def problems(settings: Mapping[str, Any], plural: str) -> list[str]:
    """Problems that types alone do not show, one sentence each."""
    found = network.problems(settings)
    try:
        base_of(settings)
    except ConfigError as error:
        found += error.problems
    if settings.get("auth") == BEARER:
        found += [] if settings.get("token") else ['token: auth = "bearer" needs one']
    elif bool(settings.get("user")) != bool(settings.get("password")):
        found.append("user, password: one of them is missing")
    for name in (plural, "hosts"):
        if not all(isinstance(one, str) and one for one in settings.get(name) or ()):
            found.append(f"{name}: every name must be a text that is not empty")
    return found


def base_of(settings: Mapping[str, Any]) -> tuple[Origin, str]:
    """The server and the path that `url` means. Raises ConfigError."""
    text = str(settings.get("url") or "")
    try:
        parts = urlsplit(text if "://" in text else f"https://{text}")
        if parts.username is not None or parts.password is not None:
            raise ConfigError(["url: must not hold an account or a password; write them as user and password"])
        origin = origin_of(parts)
        if parts.query or parts.fragment:
            raise Hostile("a question")
        key(parts.path or "/")
    except ValueError:
        raise ConfigError(["url: cannot be read as an address, like https://dav.example/"]) from None
    if origin.scheme != "https" and not is_loopback(origin.host):
        raise ConfigError(["url: must begin with https://, or a password would be sent in the clear"])
    return origin, parts.path or "/"


def is_loopback(host: str) -> bool:
    """Whether the host is this machine."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def trusts(settings: Mapping[str, Any], origin: Origin) -> bool:
    """Whether `hosts` lets the password go to another host of the provider."""
    if origin.scheme != "https" and not is_loopback(origin.host):
        return False
    wanted = [str(one).lower() for one in settings.get("hosts") or ()]
    return any(origin.host == one or (one.startswith("*.") and origin.host.endswith(one[1:])) for one in wanted)
