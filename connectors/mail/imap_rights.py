"""What the account may do in a folder: capabilities, rights (RFC 4314), and what the folder keeps."""

from __future__ import annotations

from connectors.errors import Denied, Unsupported
from connectors.locator import Locator
from connectors.mail.imap_box import Box
from connectors.mail.imap_line import Line, string

DELETED = b"\\Deleted"
NO_UIDPLUS = (
    "the mail server lacks UIDPLUS: without it an expunge takes all messages that anybody has marked as deleted; erase "
    "by hand, or on the server's own disk (kind maildir)"
)
GMAIL = (
    "this is Gmail over IMAP, where an expunge may only archive and All Mail keeps the message: use kind google for it"
)
_READ_ONLY = "the mail folder is open for reading only: look at the account's rights"
_NO_DELETING = "the account may not delete messages in the mail folder: it needs the rights t and e (delete, expunge)"
_NO_ADDING = (
    "the account may not put messages into the mail folder: it needs the right i (insert), and w and s for flags"
)
_NOT_STICKY = "the mail folder's numbers do not last, so no message in it can be told from others"


def cannot_erase(line: Line) -> str | None:
    """Why nothing can be erased on this server; None where it can."""
    if line.has("X-GM-EXT-1"):
        return GMAIL
    return None if line.has("UIDPLUS") else NO_UIDPLUS


def rights(line: Line, wire: bytes) -> frozenset[str] | None:
    """The account's rights in a folder, one letter each; None where the server does not tell."""
    if not line.has("ACL"):
        return None
    answer = line.ask(b"MYRIGHTS", string(wire))
    told = answer.untagged.get("MYRIGHTS", [])
    if answer.status != "OK" or not told:
        return None
    last = told[-1][-1]
    text = last if isinstance(last, bytes) else last[1]
    return frozenset(text.decode("ascii", "replace").rsplit(" ", 1)[-1].strip('"'))


def lacks_deleting(line: Line, given: frozenset[str] | None) -> bool:
    """True where the rights say that nothing can be deleted. An older server (RFC 2086) has one right for both: d."""
    if given is None:
        return False
    modern = any(name.startswith("RIGHTS=") for name in line.capabilities)
    return not ({"t", "e"} <= given if modern else given & {"d", "t"})


def may_erase(line: Line, box: Box, locator: Locator) -> None:
    """Raises Unsupported or Denied where a message of the folder cannot be erased, and it alone."""
    reason = cannot_erase(line)
    if reason is not None:
        raise Unsupported(reason, locator)
    if not box.sticky:
        raise Unsupported(_NOT_STICKY, locator)
    if not box.writable:
        raise Denied(_READ_ONLY, locator)
    if not box.may_keep(DELETED.lower()) or lacks_deleting(line, rights(line, box.wire)):
        raise Denied(_NO_DELETING, locator)


def may_add(line: Line, box: Box, locator: Locator) -> None:
    """Raises Denied where no message can be put into the folder with its flags."""
    given = rights(line, box.wire)
    if given is not None and not {"i", "w", "s"} <= given:
        raise Denied(_NO_ADDING, locator)
