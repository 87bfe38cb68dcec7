"""Running borg: which one, with which environment, and what its ways to fail mean.

borg reads the repository's address and the passphrase from its environment, and asks nothing: each question that it
could ask is answered beforehand. What it says is read by the ids of its messages (`--log-json`), which are documented;
their texts hold paths, and are never shown.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from connectors.backups.commands import Done, Running, Tool
from connectors.errors import ConnectorError, Denied, NotFound, ProtocolBroken, Unreachable, Unsupported

OLDEST: Final = (1, 2)
NEWEST: Final = (2, 0)  # from here on another repository and other commands

LONG: Final = 7 * 86400.0
"""Seconds. Of commands that say nothing until they are done: recreate, compact, check."""

_REMOTE = re.compile(r"ssh://|[^/:]+:")
_LOCKED = (
    "the repository is locked by another borg: try again when that is done; where no borg runs any more, an admin "
    "removes the lock by `borg break-lock`"
)
_FULL = "the disk of the repository is full, or its quota is used up: make room, and run again"
_DAMAGED = "the repository is damaged: look at `borg check`, and run again when it is whole"
_GONE = "the repository cannot be reached: look at `repository`, its mount and its server"
_PASSWORD = "the password does not open the repository: look at `password`"  # noqa: S105 - a message
_STRANGE = (
    "borg does not trust the repository (moved, exchanged, or not encrypted though there is a password): run "
    "`borg info` as the same user, and answer its question"
)
_MEANINGS: Final[Mapping[str, ConnectorError]] = {
    "LockTimeout": Unreachable(_LOCKED),
    "LockFailed": Denied("the repository cannot be locked: this user needs to write in it"),
    "LockError": Unreachable(_LOCKED),
    "LockErrorT": Unreachable(_LOCKED),
    "NotLocked": Unreachable(_LOCKED),
    "PassphraseWrong": Denied(_PASSWORD),
    "NoPassphraseFailure": Denied(_PASSWORD),
    "PasswordRetriesExceeded": Denied(_PASSWORD),
    "KeyfileNotFoundError": Denied("borg finds no key file for the repository: look at `folder`"),
    "RepoKeyNotFoundError": Unreachable(_DAMAGED),
    "Repository.DoesNotExist": Unreachable(_GONE),
    "Repository.InvalidRepository": Unreachable(_GONE),
    "Repository.InvalidRepositoryConfig": Unreachable(_DAMAGED),
    "Repository.AtticRepository": Unsupported("an Attic repository: `borg upgrade` it first"),
    "Repository.PathPermissionDenied": Denied("this user may not read the repository"),
    "PathNotAllowed": Denied("the server does not let this user in there"),
    "ConnectionClosed": Unreachable(_GONE),
    "ConnectionClosedWithHint": Unreachable(_GONE),
    "Repository.InsufficientFreeSpaceError": Unreachable(_FULL),
    "Repository.StorageQuotaExceeded": Unreachable(_FULL),
    "Repository.CheckNeeded": Unreachable(_DAMAGED),
    "Repository.ObjectNotFound": Unreachable(_DAMAGED),
    "IntegrityError": Unreachable(_DAMAGED),
    "FileIntegrityError": Unreachable(_DAMAGED),
    "DecompressionError": Unreachable(_DAMAGED),
    "NoManifestError": Unreachable(_DAMAGED),
    "Archive.DoesNotExist": NotFound("the snapshot is gone meanwhile"),
    "Archive.AlreadyExists": Unreachable(
        "there is a snapshot of the name that gallra needs for a while (NAME.gallra): run again; is it yours, rename it"
    ),
    "MandatoryFeatureUnsupported": Unsupported("the repository needs a newer borg"),
    "Cache.CacheInitAbortedError": Denied(_STRANGE),
    "Cache.EncryptionMethodMismatch": Denied(_STRANGE),
    "Cache.RepositoryAccessAborted": Denied(_STRANGE),
    "Cache.RepositoryIDNotUnique": Denied(_STRANGE),
    "Cache.RepositoryReplay": Denied(_STRANGE),
    "TAMRequiredError": Denied(_STRANGE),
    "TAMInvalid": Denied(_STRANGE),
}
_WORDS: Final = (  # of errors that borg has no id for
    ("No space left on device", Unreachable(_FULL)),
    ("Disk quota exceeded", Unreachable(_FULL)),
    ("Read-only file system", Denied("the repository is mounted read-only")),
    ("IntegrityError", Unreachable(_DAMAGED)),
    ("ObjectNotFound", Unreachable(_DAMAGED)),
    ("Permission denied", Denied("this user may not read or write all of the repository")),
    ("No such file or directory", Unreachable(_GONE)),
    ("Input/output error", Unreachable(_GONE)),
    ("Stale file handle", Unreachable(_GONE)),
)
_versions: dict[str, tuple[int, ...]] = {}


class Borg:
    """borg with one repository. What it started is ended by `close`."""

    def __init__(self, settings: Mapping[str, Any]) -> None:
        self.repository = str(settings["repository"])
        self._binary = str(settings.get("binary") or "borg")
        self._wait = str(settings.get("lock_wait") or 0)
        self._tool = Tool("borg", self._binary, environment(settings), "BORG_")

    @property
    def local(self) -> str | None:
        """The repository's folder on this machine; None for one on a server."""
        if self.repository.startswith("file://"):
            return self.repository.removeprefix("file://")
        return None if _REMOTE.match(self.repository) else self.repository

    def version(self) -> tuple[int, ...]:
        """The version of borg, asked for once a process. Raises Unsupported for one that gallra does not know."""
        if self._binary not in _versions:
            done = self._tool.run("--version")
            found = re.match(rb"borg (\d+)\.(\d+)\.(\d+)", done.out)
            if done.code or found is None:
                raise Unsupported("`binary` is no borg")
            _versions[self._binary] = tuple(int(part) for part in found.groups())
        version = _versions[self._binary]
        if not OLDEST <= version < NEWEST:
            raise Unsupported("gallra knows borg 1.2 and later versions of borg 1: install one of them")
        return version

    def run(self, *arguments: str, feed: bytes = b"", silence: float = LONG, fine: tuple[int, ...] = (0,)) -> Done:
        """Run it to its end. Raises what its failure means."""
        done = self._tool.run(*self._common, *arguments, feed=feed, silence=silence)
        if done.code not in fine:
            raise meaning(done)
        return done

    def start(self, *arguments: str, feed: bytes = b"") -> Running:
        """Begin it; whoever reads its output looks at how it ended by `ended`."""
        return self._tool.start(*self._common, *arguments, feed=feed)

    def close(self) -> None:
        """End what still runs."""
        self._tool.close()

    @property
    def _common(self) -> tuple[str, ...]:
        return ("--log-json", "--lock-wait", self._wait)


def environment(settings: Mapping[str, Any]) -> dict[str, str]:
    """What borg is told: where, by which key, and an answer to all that it could ask."""
    password = settings.get("password")
    told = {
        "BORG_REPO": str(settings["repository"]),
        "BORG_PASSPHRASE": str(password or ""),  # an empty one too is an answer: borg would ask the terminal
        "BORG_DISPLAY_PASSPHRASE": "no",
        # Without a password the admin says that it is not encrypted; with one, an unencrypted one is a trap.
        "BORG_UNKNOWN_UNENCRYPTED_REPO_ACCESS_IS_OK": "no" if password else "yes",
        "BORG_RELOCATED_REPO_ACCESS_IS_OK": "no",
        "BORG_CHECK_I_KNOW_WHAT_I_AM_DOING": "NO",
        "BORG_DELETE_I_KNOW_WHAT_I_AM_DOING": "NO",
        "BORG_RSH": str(settings.get("remote_shell") or "ssh -o BatchMode=yes"),
        "TZ": "UTC",
    }
    if settings.get("remote_path"):
        told["BORG_REMOTE_PATH"] = str(settings["remote_path"])
    if settings.get("folder"):
        told["BORG_BASE_DIR"] = str(settings["folder"])
    return told


def address(archive: str) -> str:
    """An archive of the repository, for a command line: borg replaces placeholders in braces, unless doubled."""
    if not archive:
        raise ProtocolBroken("borg told of an archive without a name")
    return "::" + literal(archive)


def literal(archive: str) -> str:
    """An archive's name where borg replaces placeholders in it."""
    return archive.replace("{", "{{").replace("}", "}}")


def meaning(done: Done) -> ConnectorError:
    """The error that a failed command means."""
    told = list(messages(done.err))
    for message in reversed(told):
        known = _MEANINGS.get(str(message.get("msgid")))
        if known is not None:
            return type(known)(*known.args)
    texts = "\n".join(str(message.get("message")) for message in told)
    for words, known in _WORDS:
        if words in texts:
            return type(known)(*known.args)
    if done.code < 0:
        return Unreachable("borg was ended from outside")
    return ProtocolBroken(f"borg failed with code {done.code} for a reason that gallra does not know")


def ended(running: Running) -> None:
    """Wait for a command whose output was read to its end. Raises what its failure means."""
    done = running.finish()
    if done.code:
        raise meaning(done)


def messages(err: str) -> Iterator[Mapping[str, Any]]:
    """What borg said on stderr, message by message; what is no JSON (of ssh, or of Python) as a text."""
    for line in err.splitlines():
        try:
            told = json.loads(line)
        except ValueError:
            told = None
        yield told if isinstance(told, dict) else {"message": line}
