"""Names on the wire: folders in modified UTF-7 (RFC 3501, 5.1.3) or UTF-8, addresses of messages, sets of UIDs."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from imapclient.imap_utf7 import decode, encode

from connectors.errors import Malformed
from connectors.locator import Locator

INBOX = "INBOX"
LAST_UID = 0xFFFFFFFF

_UID = re.compile(r"[1-9][0-9]{0,9}", re.ASCII)
_RANGE = re.compile(rb"(\d+)(?::(\d+))?")
_UNQUOTED = re.compile(rb"[\x20-\x7e]*")


def shown(wire: bytes) -> str:
    """A folder's name as users see it.

    What is no modified UTF-7, or not written as gallra would write it, is shown as it came, so that no two names of a
    server become one. Bytes that are no UTF-8 are held with surrogate escapes.
    """
    if wire.upper() == b"INBOX":
        return INBOX
    try:
        name = str(decode(wire))
        if wire.isascii() and encode(name) == wire:
            return name
    except (ValueError, UnicodeError):
        pass
    return wire.decode("utf-8", "surrogateescape")


def quoted(wire: bytes) -> bytes | None:
    """A string between quotes, None where only a literal can hold it."""
    if not _UNQUOTED.fullmatch(wire):
        return None
    return b'"' + wire.replace(b"\\", b"\\\\").replace(b'"', b'\\"') + b'"'


def path_of(folder: str, uid: int) -> str:
    """A message's path."""
    return f"{folder};UID={uid}"


def place_of(locator: Locator, source: str) -> tuple[str, int | None]:
    """Folder and UID; no UID where no message can have that address. Raises Malformed for what is no address here."""
    folder, mark, uid = locator.path.rpartition(";UID=")
    if locator.source != source or locator.steps or not mark or not folder:
        raise Malformed("not the address of a message in this source", locator)
    number = int(uid) if _UID.fullmatch(uid) else 0
    return folder, number if 0 < number <= LAST_UID else None


def token(uidvalidity: int, uid: int, size: int) -> str:
    """A version: what IMAP promises to be one message for ever (RFC 3501, 2.3.1.1), and its size."""
    return f"{uidvalidity}.{uid}.{size}"


def untoken(text: str) -> tuple[int, int, int] | None:
    """UIDVALIDITY, UID and size of a version; None for what is none."""
    parts = text.split(".")
    if len(parts) != 3 or not all(part.isascii() and part.isdigit() for part in parts):
        return None
    return int(parts[0]), int(parts[1]), int(parts[2])


def uid_set(uids: Iterable[int]) -> bytes:
    """A set of ascending UIDs as it is sent, neighbours joined."""
    joined: list[list[int]] = []
    for uid in uids:
        if joined and joined[-1][1] == uid - 1:
            joined[-1][1] = uid
        else:
            joined.append([uid, uid])
    return b",".join(b"%d" % low if low == high else b"%d:%d" % (low, high) for low, high in joined)


def ranges(data: bytes) -> list[tuple[int, int]]:
    """A set of UIDs as it was received: pairs of first and last. They may span UIDs that no message ever had."""
    found = [(int(low), int(high or low)) for low, high in _RANGE.findall(data)]
    return [(min(pair), max(pair)) for pair in found]


def within(pairs: Sequence[tuple[int, int]], last: int) -> Iterator[int]:
    """Every UID of the pairs up to `last`."""
    for low, high in pairs:
        yield from range(low, min(high, last) + 1)
