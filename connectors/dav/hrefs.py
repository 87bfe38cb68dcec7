"""Addresses on a DAV server: percent-encoded paths. What could lead out of where it is said to be is refused."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import SplitResult, quote, unquote_to_bytes, urlsplit

_PORTS = {"http": 80, "https": 443}
_SENT = "/%:@!$&'(),*+;=-._~"  # what a path may hold as it is (RFC 3986, 3.3), and `%` of what is encoded already
_UP = (b".", b"..")


class Hostile(ValueError):
    """An address that is not one of this server, or not one of a thing in a collection."""


@dataclass(frozen=True, slots=True)
class Origin:
    """A server as it is knocked at."""

    scheme: str
    host: str  # lower-case, an IPv6 address without its brackets
    port: int

    @property
    def server(self) -> str:
        """`host:port`."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def base(self) -> str:
        """`https://host:port`, without the slash; the usual port is left away, as servers compare Host headers."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}" + ("" if self.port == _PORTS[self.scheme] else f":{self.port}")


def origin_of(parts: SplitResult) -> Origin:
    """The server of an absolute address. Raises Hostile where it has none, or an account in it."""
    try:
        host, port = parts.hostname, parts.port
    except ValueError:
        raise Hostile("no host") from None
    if parts.scheme not in _PORTS or not host or "@" in parts.netloc:
        raise Hostile("no host")
    return Origin(parts.scheme, host.lower(), port or _PORTS[parts.scheme])


def path_of(href: str, origin: Origin) -> str:
    """The path of an address that the server gave, as it wrote it. Raises Hostile.

    `http` for `https` is forgiven: servers behind a proxy do not know better, and are asked as before anyway.
    """
    href = href.strip()
    if any(char < " " for char in href):  # urlsplit would leave them out
        raise Hostile("no address")
    try:
        parts = urlsplit(href)
    except ValueError:
        raise Hostile("no address") from None
    if parts.netloc:
        there = origin_of(parts._replace(scheme=parts.scheme or origin.scheme))
        usual = there.port == _PORTS[there.scheme] and origin.port == _PORTS[origin.scheme]
        if there.host != origin.host or not (there.port == origin.port or usual):
            raise Hostile("another host")
    elif parts.scheme:
        raise Hostile("no address on this server")
    if parts.query or parts.fragment or "?" in href or "#" in href:
        raise Hostile("a question, not a thing")
    key(parts.path)
    return parts.path


def key(path: str) -> tuple[bytes, ...]:
    """What two writings of one path have in common: its parts, decoded. A folder's last part is empty.

    Raises Hostile for a part that is `..`, or holds a slash when decoded, and for what is no absolute path.
    """
    if not path.startswith("/") or any(char < " " or char == "\x7f" for char in path):
        raise Hostile("not an absolute path")
    parts = tuple(unquote_to_bytes(part) for part in path[1:].split("/"))
    if any(part in _UP or b"/" in part or b"\0" in part for part in parts) or b"" in parts[:-1]:
        raise Hostile("a path that leads elsewhere")
    return parts


def same(one: str, other: str) -> bool:
    """Whether two paths are the same but for their writing and a last slash."""
    return _bare(key(one)) == _bare(key(other))


def parent(path: str) -> str:
    """The collection that a thing is in: its path up to the last slash."""
    return path[: path.rstrip("/").rindex("/") + 1]


def is_child(path: str, collection: str) -> bool:
    """Whether the path is that of a thing directly in the collection."""
    parts = key(path)
    return bool(parts[-1]) and parts[:-1] == _bare(key(collection))


def name_of(path: str) -> str:
    """The last part of a path, decoded; bytes that are no UTF-8 become surrogates (PEP 383)."""
    return unquote_to_bytes(path.rstrip("/").rpartition("/")[2]).decode("utf-8", "surrogateescape")


def sent(path: str) -> str:
    """The path as it stands in a request: what must be encoded and is not is encoded, all else is left."""
    return quote(path, safe=_SENT)


def _bare(parts: tuple[bytes, ...]) -> tuple[bytes, ...]:
    return parts[:-1] if parts and not parts[-1] else parts
