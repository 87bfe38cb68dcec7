"""E-mail addresses in text: a run of letters around each @, then a look at both ends of it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from urllib.parse import unquote

import re2

from scanner.detect.wrapped import seen, whole

_LOCAL = bytes(byte for byte in range(256) if byte >= 128 or chr(byte).isalnum() or byte in b"._%+'=-")
_DOMAIN = re.compile(rb"[0-9A-Za-z\x80-\xff.@-]*")
_NEAR = 128  # bytes before an @ that are looked at first
_REMEMBERED = 1 << 15  # candidates whose addresses are kept: the same come again and again
_LONGEST_REMEMBERED = 200  # bytes

# The local part is what people really have (RFC 5321 allows more); non-ASCII bytes are judged after decoding, so that
# "björn@x.se" is never cut to "rn@x.se". "%40" and "%2540" are "@" inside a link.
_CANDIDATE = re2.compile(rb"[0-9A-Za-z._%+'=\x80-\xff-]+(?:@|%(?:25)*40)[0-9A-Za-z\x80-\xff.@-]+")
_ESCAPE = re.compile(r"%[0-9A-Fa-f]{2}")
_LOCAL_TAIL = re.compile(r"(?:[^\W_]|[._%+'=-])+\Z")
_DOMAIN_HEAD = re.compile(r"(?:[^\W_]|[.-])+")
_GLUED = re.compile(r"(.*[a-z]\.[a-z]{2,})\.[A-ZÅÄÖ][a-zåäö]*\Z")
_TLD = re.compile(r"[a-z]{2,24}\Z|xn--[a-z0-9-]{2,59}\Z")
_LABELS = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{2,63}\Z")
_FILE_ENDINGS = re.compile(
    r"(?:png|jpe?g|jpe|gif|bmp|svg|webp|ico|tiff?|heic|css|m?js|json|xml|x?html?|php|aspx?|jsp|pdf|docx?|xlsx?|pptx?|od[ts]"
    r"|csv|txt|log|ini|cfg|conf|tmp|bak|mp[34]|avi|wav|woff|ttf|eot|otf|eml|msg|dll|exe|jar|tar|gz|bz|rar|rb)\Z"
)
_FILE_NAME = re.compile(
    r"(.+\.[a-z]{2,})\.(?:pdf|docx?|xlsx?|pptx?|od[ts]|csv|txt|eml|msg|vcf|ics|json|xml|html?|bak)\Z"
)
_IMAGE_NAME = re.compile(r"\.(?:png|jpe?g|gif|bmp|emz|wmz)\Z")
_HEX_DOMAIN = re.compile(r"[0-9a-f]{8}\.[0-9a-f]{8}\Z")
_DOTLESS_PROVIDERS = frozenset({"gmail.com", "googlemail.com"})
_QUOTES = "\"'<>()[]{}«»“”‘’„ \t\r\n,;.:"


def find_emails(data: bytes) -> list[str]:
    """Canonical addresses in UTF-8 text, as often as they stand there; without what is invisible, over line breaks."""
    escaped = b"%40" in data or b"2540" in data
    if not escaped and b"@" not in data:
        return []
    data, ends = seen(data)
    found: list[str] = []
    lines = b"\n" in data  # within one line nothing is broken
    for start, end in (match.span() for match in _CANDIDATE.finditer(data)) if escaped else _spans(data):
        for candidate in whole(data, start, end) if lines else (data[start:end],):
            found += _known_addresses[candidate]
    for part in ends:
        found += [address for one in _candidates(part)[-1:] for address in _known_addresses[one]]
    return found


def normalise_email(raw: str) -> str | None:
    """The canonical form of one address, or None: lower-case, domain in IDNA (ASCII), plus tag kept.

    Takes `mailto:`, angle brackets, quotes and %40 around or in it.
    """
    text = seen(raw.encode("utf-8", "replace"))[0].decode("utf-8").strip(_QUOTES)
    if text[:7].lower() == "mailto:":
        text = text[7:].partition("?")[0].strip(_QUOTES)
    if "@" not in text or _ESCAPE.search(text):
        text = unquote(unquote(text)).strip(_QUOTES)
    local, at, domain = text.rpartition("@")
    if not at or not _LOCAL_TAIL.fullmatch(local) or not _DOMAIN_HEAD.fullmatch(domain):
        return None
    return _canonical(local, domain)


def email_keys(value: str) -> tuple[str, ...]:
    """The keys under which a canonical address is looked up: itself, without its plus tag, and for Gmail without dots.

    Two addresses are the same mailbox when they share a key.
    """
    local, _, domain = value.rpartition("@")
    base = local.partition("+")[0] or local
    keys = {value: None, f"{base}@{domain}": None}
    if domain in _DOTLESS_PROVIDERS:
        plain = base.replace(".", "") or base
        keys[f"{plain}@gmail.com"] = None
        keys[f"{plain}@googlemail.com"] = None
    return tuple(keys)


def _candidates(data: bytes) -> list[bytes]:
    """What `_CANDIDATE` finds in text without an escaped @."""
    return [
        data[start:end] for start, end in _spans(data) if data[end - 1 : end] != b"@" or b"@" in data[start : end - 1]
    ]


def _spans(data: bytes) -> list[tuple[int, int]]:
    """Where the candidates are, from each @ outwards: many times as fast; and those that end with their line."""
    found: list[tuple[int, int]] = []
    at, end = data.find(b"@"), 0
    while at >= 0:
        after = at + 1
        local = _run_before(data, end, at)
        if local:
            stop = _DOMAIN.match(data, after).end()  # type: ignore[union-attr] # it matches nothing, too
            if stop > after or data[after : after + 1] in (b"\r", b"\n", b" "):
                found.append((at - len(local), stop))
                after = end = stop
        at = data.find(b"@", after)
    return found


def _run_before(data: bytes, start: int, end: int) -> bytes:
    """The bytes of a local part that stand before `end`."""
    near = _NEAR
    while True:  # looks twice as far each time, so that no text makes it slow
        head = data[max(start, end - near) : end]
        kept = len(head.rstrip(_LOCAL))
        if kept or len(head) < near:
            return head[kept:]
        near *= 2


class _KnownAddresses(dict[bytes, tuple[str, ...]]):
    """Candidate -> its addresses."""

    __slots__ = ()

    def __missing__(self, candidate: bytes) -> tuple[str, ...]:
        found = tuple(_addresses(candidate.decode("utf-8", "replace")))
        if len(candidate) <= _LONGEST_REMEMBERED:
            if len(self) >= _REMEMBERED:
                self.clear()
            self[candidate] = found
        return found


_known_addresses = _KnownAddresses()


def _addresses(candidate: str) -> Iterator[str]:
    if _ESCAPE.search(candidate):
        candidate = unquote(unquote(candidate))
    parts = candidate.split("@")
    for left, right in pairwise(parts):
        tail = _LOCAL_TAIL.search(left[-260:])
        head = _DOMAIN_HEAD.match(right)
        if tail is None or head is None:
            continue
        domain = head.group().strip(".-")
        file_name = _FILE_NAME.match(domain)  # "ann@x.se.pdf"
        domain = file_name.group(1) if file_name else domain
        glued = _GLUED.match(domain)  # "ann@x.se.Nästa mening": a full stop, not a domain
        for local in _locals(tail.group()):
            value = _canonical(local, glued.group(1) if glued else domain)
            if value is not None:
                yield value


def _locals(text: str) -> list[str]:
    """`mail=ann` is a form field, `bounce-ann=x.se` (VERP) an address of its own: where it may be both, both."""
    head, equals, tail = text.rpartition("=")
    if not equals:
        return [text]
    is_verp = "." in tail and ("-" in head or "+" in head)
    return [text, tail] if is_verp else [tail]


def _canonical(local: str, domain: str) -> str | None:
    local = local.lstrip(".-'+=").rstrip("'").lower()
    if not local or len(local) > 128 or ".." in local:
        local = local.rpartition("..")[2].lstrip(".-'+=")  # "se...ann@x.se"
        if not local or len(local) > 128:
            return None
    host = _host(domain)
    if host is None or len(local) + len(host) > 254:
        return None
    if _IMAGE_NAME.search(local) and (_HEX_DOMAIN.match(host) or host.count(".") == 0):
        return None
    return f"{local}@{host}"


def _host(domain: str) -> str | None:
    domain = domain.strip(".-")
    if len(domain) > 253 or "." not in domain:
        return None
    if not domain.isascii():
        try:
            domain = domain.encode("idna").decode("ascii")
        except UnicodeError:
            return None
    host = domain.lower()
    tld = host.rpartition(".")[2]
    if _FILE_ENDINGS.match(tld) or not _TLD.match(tld) or not _LABELS.match(host):
        return None
    return host
