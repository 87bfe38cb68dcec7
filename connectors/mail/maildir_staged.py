"""What a maildir staged: where it lies beside the message, and how that is told in a text that outlives a crash."""

from __future__ import annotations

from urllib.parse import quote_from_bytes, unquote_to_bytes

from connectors.base import Locator, Staged, Version
from connectors.errors import Malformed
from connectors.files.leftovers import staged_name
from connectors.files.staging import Swap
from connectors.mail.boxes import Boxes, Entry
from connectors.mail.folders import BOXES


def swap_of(boxes: Boxes, unique: str, entry: Entry, expected: Version, locator: Locator) -> Swap:
    """The message and what is laid beside it in `tmp`. Raises Unsupported where there is none."""
    beside = boxes.place(Entry("tmp", staged_name(unique, expected.token)))
    return Swap(boxes.place(entry), beside, unique, expected, locator)


def with_inode(locator: Locator, version: Version) -> Locator:
    """The address of the new file, where the old one's inode was part of the address."""
    return Locator(locator.source, f"{locator.path.rpartition('=')[0]}={version.token.rpartition('-')[2]}")


def pack(beside: str, token: str, entry: Entry) -> str:
    """The token of what is staged: its name, its version, and where the message was."""
    return f"{beside} {token} {entry.box} {quote_from_bytes(entry.name.encode('utf-8', 'surrogateescape'))}"


def unpack(staged: Staged) -> tuple[str, str, Entry]:
    """What `pack` took. Raises Malformed for any other token."""
    parts = staged.token.split(" ")
    if len(parts) != 4 or parts[2] not in BOXES:
        raise Malformed("not what this source staged", staged.locator)
    beside, token, box, name = parts
    return beside, token, Entry(box, unquote_to_bytes(name).decode("utf-8", "surrogateescape"))
