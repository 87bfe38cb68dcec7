"""What `gallra check` tells of a mail server: what it is, what it can do, and what erasing will really do there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress

from imapclient.response_parser import parse_response

from connectors.base import Capabilities, Strength
from connectors.errors import ConnectorError
from connectors.mail.imap_line import Line, string
from connectors.mail.imap_rights import cannot_erase, lacks_deleting, rights
from connectors.mail.imap_session import Session

_TELLING = ("UIDPLUS", "CONDSTORE", "QRESYNC", "MOVE", "ACL", "QUOTA", "OBJECTID", "UTF8=ACCEPT")
_MOST = 50  # folders whose rights are asked for
_LIMITS = (
    "the mail server's backups, full-text indexes and delayed expunges (Dovecot's lazy_expunge) keep erased messages "
    "until they are renewed",
    "mails that a mail program has copied to its own disk go when it next synchronises",
    "a changed message is a new one to the server: it gets another number, and mail programs fetch it again",
)
_WORD = re.compile(r"[\w .+-]{1,40}", re.ASCII)


def capabilities(session: Session) -> Capabilities:
    """What this server, as signed in, can do."""
    line = session.line
    reason = cannot_erase(line)
    open_folders = [name for name in session.tree.chosen(session.settings) if name in session.tree.folders]
    given = [rights(line, session.tree.folders[name].wire) for name in open_folders[:_MOST]]
    refused = sum(lacks_deleting(line, one) for one in given)
    removes = reason is None and (refused < len(given) or not given)
    limits = [*([reason] if reason else []), *_LIMITS]
    if refused:
        limits.insert(0, f"the account may not delete in {refused} of {len(given)} mail folders")
    return Capabilities(Strength.STRONG, removes=removes, stages=removes, limits=tuple(limits), facts=_facts(session))


def _facts(session: Session) -> tuple[str, ...]:
    line = session.line
    offered = [name for name in _TELLING if line.has(name)]
    found = [f"offers {', '.join(offered)}" if offered else "offers none of the extensions that gallra uses"]
    with suppress(ConnectorError):
        found = [*_server(line), *found, *_quota(session)]
    if line.has("QRESYNC", "ENABLE"):
        found.append("a scan reads only what is new, and is told what has gone")
    else:
        found.append("a scan reads only what is new; where something has gone, it lists the whole folder")
    idle = session.tree.idle(session.settings)
    found += [f"name {number} in `exclude` is no mail folder there, and leaves nothing out" for number in idle]
    erases = "erases one message by its number (UID EXPUNGE), for good as far as the server tells"
    return (*found, "erases nothing" if cannot_erase(line) else erases)


def _server(line: Line) -> Iterator[str]:
    """Name and version, where the server tells them (RFC 2971), and nothing else of what it tells."""
    if not line.has("ID"):
        return
    answer = line.ask(b"ID", b"NIL").check("telling what it is")
    with line.wired():
        told = [parse_response(list(one)) for one in answer.untagged.get("ID", [])]
    pairs = told[-1][0] if told and told[-1] and isinstance(told[-1][0], tuple) else ()
    words = {str(_text(key)).lower(): _text(value) for key, value in zip(pairs[::2], pairs[1::2], strict=False)}
    shown = " ".join(word for word in (words.get("name"), words.get("version")) if word)
    if shown:
        yield f"server: {shown}"


def _text(value: object) -> str:
    text = value.decode("ascii", "replace") if isinstance(value, bytes) else str(value or "")
    return text if _WORD.fullmatch(text) else ""


def _quota(session: Session) -> Iterator[str]:
    """How full the mailbox is (RFC 2087)."""
    line = session.line
    first = next(iter(session.tree.chosen(session.settings)), None)
    if not line.has("QUOTA") or first not in session.tree.folders:
        return
    answer = line.ask(b"GETQUOTAROOT", string(session.tree.folders[first].wire))
    if answer.status != "OK":
        return
    with line.wired():
        told = [parse_response(list(one)) for one in answer.untagged.get("QUOTA", [])]
    for one in told:
        resources = one[1] if len(one) > 1 and isinstance(one[1], tuple) else ()
        for what, used, most in zip(resources[::3], resources[1::3], resources[2::3], strict=False):
            if what == b"STORAGE" and isinstance(used, int) and isinstance(most, int):
                yield f"quota: {used // 1024} of {most // 1024} MiB are used"
            elif what == b"MESSAGE" and isinstance(used, int) and isinstance(most, int):
                yield f"quota: {used} of {most} messages"
