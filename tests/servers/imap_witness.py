"""What is in a mailbox, by the standard library's bare IMAP client; and what a colleague does there with it."""

from __future__ import annotations

import base64
import contextlib
import imaplib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from tests.servers.dovecot import PASSWORD

_LISTED = re.compile(rb'\((?P<flags>[^)]*)\) (?:"[^"]*"|NIL) (?P<name>.*)', re.S)
_UID = re.compile(rb"UID (\d+)")
_FLAGS = re.compile(rb"FLAGS \(([^)]*)\)")
_DATE = re.compile(rb'INTERNALDATE "([^"]*)"')


@dataclass(frozen=True)
class Mail:
    """A message as the server has it. `flags` without Recent, which is no message's own."""

    uid: int
    flags: frozenset[str]
    date: str  # INTERNALDATE
    recent: bool = field(compare=False)  # whoever opens the folder for writing takes it from all
    data: bytes = field(repr=False)


def encoded(name: str) -> str:
    """A folder's name in modified UTF-7 (RFC 3501, 5.1.3)."""

    def shifted(found: re.Match[str]) -> str:
        if found[0] == "&":
            return "&-"
        data = base64.b64encode(found[0].encode("utf-16-be")).rstrip(b"=").replace(b"/", b",")
        return f"&{data.decode()}-"

    return re.sub(r"&|[^\x20-\x7e]+", shifted, name)


def decoded(name: str) -> str:
    """The name that users see."""

    def plain(found: re.Match[str]) -> str:
        text = found[1].replace(",", "/")
        return base64.b64decode(text + "=" * (-len(text) % 4)).decode("utf-16-be") if text else "&"

    return re.sub(r"&([^-]*)-", plain, name)


def quoted(folder: str) -> str:
    """A folder as a command takes it."""
    text = encoded(folder).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{text}"'


@contextlib.contextmanager
def signed_in(port: int, user: str) -> Iterator[imaplib.IMAP4]:
    client = imaplib.IMAP4("127.0.0.1", port)
    try:
        client.login(user, PASSWORD)
        yield client
    finally:
        with contextlib.suppress(imaplib.IMAP4.error, OSError):
            client.logout()


class Colleague:
    """Another client of the account. Every call is a session of its own."""

    def __init__(self, port: int, user: str) -> None:
        self.port, self.user = port, user

    def session(self) -> contextlib.AbstractContextManager[imaplib.IMAP4]:
        return signed_in(self.port, self.user)

    # -- looking, which changes nothing

    def folders(self) -> list[str]:
        """Every folder that can hold messages."""
        with self.session() as client:
            return _folders(client)

    def mails(self, folder: str) -> dict[int, Mail]:
        """Every message of a folder, by UID."""
        with self.session() as client:
            return _mails(client, folder)

    def everything(self) -> dict[str, dict[int, Mail]]:
        """Every message of every folder that may be looked into."""
        with self.session() as client:
            return {folder: _mails(client, folder) for folder in _folders(client)}

    def bodies(self, folder: str) -> list[bytes]:
        """The messages' bytes, in the order of their UIDs."""
        return [mail.data for mail in self.mails(folder).values()]

    def uidvalidity(self, folder: str) -> int:
        with self.session() as client:
            _ok(client.select(quoted(folder), readonly=True))
            return int(client.response("UIDVALIDITY")[1][0] or 0)

    def near(self) -> dict[str, bytes]:
        """What is of the account, but no message: its folders, subscriptions and rights."""
        with self.session() as client:
            # names alone: a server may mark folders as looked at
            listed = sorted(name.encode() for name, _ in _listed(client.list()[1]))
            lsub = sorted(name.encode() for name, _ in _listed(client.lsub()[1]))
            rights = repr(client.getacl("INBOX")).encode()
        return {"folders": b"\n".join(listed), "subscribed": b"\n".join(lsub), "rights": rights}

    # -- doing

    def create(self, folder: str) -> None:
        with self.session() as client:
            _ok(client.create(quoted(folder)))

    def drop(self, folder: str) -> None:
        with self.session() as client:
            _ok(client.delete(quoted(folder)))

    def append(self, folder: str, *messages: bytes, flags: str = "", date: str | None = None) -> None:
        """`flags` as in `\\Seen $Work`, `date` as in `01-Feb-2024 10:00:00 +0100`."""
        with self.session() as client:
            for message in messages:
                append(client, folder, message, flags, date)

    def flag(self, folder: str, uids: str, flags: str, how: str = "+FLAGS") -> None:
        with self.session() as client:
            _ok(client.select(quoted(folder)))
            _ok(client.uid("STORE", uids, f"{how}.SILENT", f"({flags})"))

    def expunge(self, folder: str, uids: str) -> None:
        with self.session() as client:
            _ok(client.select(quoted(folder)))
            _ok(client.uid("STORE", uids, "+FLAGS.SILENT", "(\\Deleted)"))
            _ok(client.uid("EXPUNGE", uids))

    def move(self, folder: str, uids: str, to: str) -> None:
        with self.session() as client:
            _ok(client.select(quoted(folder)))
            _ok(client.uid("MOVE", uids, quoted(to)))


def append(client: imaplib.IMAP4, folder: str, message: bytes, flags: str = "", date: str | None = None) -> None:
    """The bytes as they are: imaplib's own APPEND changes line ends, which must be CRLF already."""
    assert b"\n" not in message.replace(b"\r\n", b""), "a mail's lines end with CRLF"
    when = f'"{date}"' if date else None
    _ok(client.append(quoted(folder), f"({flags})" if flags else None, when, message))


def _ok(answer: tuple[str, object]) -> None:
    assert answer[0] == "OK", answer


def _folders(client: imaplib.IMAP4) -> list[str]:
    nowhere = {"\\noselect", "\\nonexistent"}
    return sorted(name for name, flags in _listed(client.list()[1]) if not flags & nowhere)


def _listed(answer: Sequence[bytes | tuple[bytes, bytes] | None]) -> Iterator[tuple[str, set[str]]]:
    """Names as users see them, and flags in lower case."""
    for one in answer:
        head, literal = one if isinstance(one, tuple) else (one, None)
        listed = _LISTED.fullmatch(head or b"")
        if listed is None:
            continue
        name = listed["name"] if literal is None else literal
        if literal is None and name.startswith(b'"'):
            name = re.sub(rb'\\(["\\])', rb"\1", name[1:-1])
        yield decoded(name.decode("ascii")), set(listed["flags"].decode().lower().split())


def _mails(client: imaplib.IMAP4, folder: str) -> dict[int, Mail]:
    answer, (count,) = client.select(quoted(folder), readonly=True)
    assert answer == "OK", answer
    if not int(count or 0):
        return {}
    _, parts = client.uid("FETCH", "1:*", "(UID FLAGS INTERNALDATE BODY.PEEK[])")
    found = {}
    for number, part in enumerate(parts):
        if not isinstance(part, tuple):
            continue
        after = parts[number + 1] if number + 1 < len(parts) else b""
        told = part[0] + (after if isinstance(after, bytes) else b"")
        uid, flags, date = (pattern.search(told) for pattern in (_UID, _FLAGS, _DATE))
        assert uid is not None
        assert flags is not None
        assert date is not None
        texts = flags[1].decode().split()
        own = frozenset(text for text in texts if text != "\\Recent")
        found[int(uid[1])] = Mail(int(uid[1]), own, date[1].decode(), "\\Recent" in texts, part[1])
    return dict(sorted(found.items()))
