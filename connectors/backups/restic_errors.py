"""What restic says when it stops, as an error of the contract. Its own words hold paths, and are never repeated."""

from __future__ import annotations

import re
import socket
from typing import Final

from connectors.backups.commands import Done
from connectors.backups.processes import lives
from connectors.errors import ConnectorError, Denied, NotFound, ProtocolBroken, Unreachable

NO_REPOSITORY: Final = 10
LOCKED: Final = 11
WRONG_PASSWORD: Final = 12

DAMAGED: Final = (
    "the repository is damaged: what it stores is missing, or is not what was stored; run `restic check --read-data`, "
    "and follow restic's own guide to repair it"
)
_PLACE = "there is no restic repository at that place now: is it mounted, and is the name right?"
_PASSWORD = "the password does not open the repository: look at `password`"  # noqa: S105 - a sentence
_FULL = "the disk of the repository is full: make room there, and try again"
_REFUSED = (
    "the repository does not let this account do that: it may be append-only or read-only; it must be opened by an "
    "account that may delete, for as long as the erasing takes"
)
_OFFLINE = "the repository does not answer: look at the network, and at the server that it lies on"

# In this order: the first that fits tells. Of several complaints the one that explains the others stands first.
_SAYINGS: Final[tuple[tuple[str, type[ConnectorError], str], ...]] = (
    (r"wrong password or no key found", Denied, _PASSWORD),
    (r"no space left on device|disk quota exceeded|EntityTooLarge|507 Insufficient", Unreachable, _FULL),
    (
        r"permission denied|operation not permitted|read-only file system|\b40[13]\b|Access ?Denied|Forbidden"
        r"|ObjectLocked|not authorized",
        Denied,
        _REFUSED,
    ),
    (
        r"dial tcp|connection refused|no such host|i/o timeout|connection reset|network is unreachable|no route to host"
        r"|ssh: |unable to start the sftp|TLS handshake|x509: ",
        Unreachable,
        _OFFLINE,
    ),
    (r"no matching ID found|no such snapshot|failed to find snapshot", NotFound, "that snapshot is no more"),
    (
        r"ciphertext verification failed|hash mismatch|does not match|not found in (the )?(index|repository)"
        r"|invalid data returned|data corrupted|Integrity check failed|index is not complete|unable to load"
        r"|packs? .*miss|load <data|Load\(<(data|index|snapshot)|loading tree|tree .* (not found|could not)"
        r"|repository contains errors|Fatal: (load|failed to dump)|invalid header"
        r"|failed to load|blob .* not found|ReadFull",
        ProtocolBroken,
        DAMAGED,
    ),
    (r"repository does not exist|Is there a repository at|unable to open config file", Unreachable, _PLACE),
)
_BY_CODE: Final = {NO_REPOSITORY: (Unreachable, _PLACE), WRONG_PASSWORD: (Denied, _PASSWORD)}
_HOLDER = re.compile(r"locked (?P<only>exclusively )?by PID (?P<pid>[0-9]+) on (?P<host>\S+)")
_SINCE = re.compile(r"lock was created at (?P<day>[0-9]{4}-[0-9]{2}-[0-9]{2}) (?P<hour>[0-9]{2}:[0-9]{2})")


def is_locked(done: Done) -> bool:
    """True where restic stopped because somebody else has the repository locked.

    A lock is a file: on a full disk, or where the account may write nothing, it cannot be made, and nobody has one.
    """
    if "already locked" in done.err:
        return True
    if any(re.search(saying, done.err) for saying, _, text in _SAYINGS if text in (_FULL, _REFUSED)):
        return False
    return done.code == LOCKED or "unable to create lock" in done.err


def failure(done: Done) -> ConnectorError:
    """The error that a restic that did not end well stands for."""
    if is_locked(done):
        return locked(done.err)
    if done.code in _BY_CODE and "dial tcp" not in done.err:
        kind, text = _BY_CODE[done.code]
        return kind(text)
    for saying, kind, text in _SAYINGS:
        if re.search(saying, done.err):
            return kind(text)
    if done.code < 0:
        return Unreachable("restic was ended before it was done; try again")
    return Unreachable(f"restic stopped with exit code {done.code}; run `restic check` to see what it says")


def locked(said: str) -> Unreachable:
    """Who has it locked and since when, as far as it is told; and what to do."""
    holder, since = _HOLDER.search(said), _SINCE.search(said)
    who, stale = "somebody else", False
    if holder:
        here = holder["host"] == socket.gethostname()
        stale = here and not lives(int(holder["pid"]))
        kind = "a process that wants it alone" if holder["only"] else "a process"
        who = f"{kind} on {'this' if here else 'another'} computer"
    when = f" since {since['day']} {since['hour']}" if since else ""
    if stale:
        return Unreachable(
            f"the repository is locked{when} by {who} that has ended; nobody else removes that lock: when no restic is "
            "at work on it, run `restic unlock`, and try again"
        )
    return Unreachable(
        f"the repository is locked{when} by {who}; try again when that is done, or run `restic unlock` where nothing "
        "is at work on it any more"
    )
