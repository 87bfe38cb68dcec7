"""Making room in a repository to the last byte, and borg's own check of it."""

from __future__ import annotations

from typing import Final

from connectors.backups import borg_segments
from connectors.backups.borg_tool import Borg, messages
from connectors.errors import Denied, ProtocolBroken, Unreachable

_FREED = "compaction freed about"  # what borg says when it has compacted, and not where it may not
_CHECKS: Final = {"archives": ("--archives-only",), "repository": (), "data": ("--verify-data",)}
_ORPHANED = "orphaned"


def reclaim(borg: Borg, check: str) -> None:
    """Raises Denied (append-only), Unreachable (something is still stored), ProtocolBroken (the check fails)."""
    done = borg.run("--info", "compact", "--threshold", "0", "::")
    if not any(_FREED in str(message.get("message")) for message in messages(done.err)):
        raise Denied(
            "borg did not compact: the repository is append-only here or on its server, and keeps all that was ever "
            "stored until an admin compacts it there"
        )
    if borg.local is not None:
        stored = borg_segments.stored(borg.local)
        if stored.dead - stored.live:
            raise Unreachable("borg left bytes that it should have freed: run again when no borg is at work")
    _check(borg, check)


def _check(borg: Borg, how: str) -> None:
    done = borg.run("--info", "check", *_CHECKS[how], "::", fine=(0, 1))
    if done.code == 0:
        return
    if any(_ORPHANED in str(message.get("message")) for message in messages(done.err)):
        raise ProtocolBroken(
            "borg stores objects that no archive refers to, of a run that broke off: an admin runs "
            "`borg check --repair --archives-only`, then gallra again"
        )
    raise ProtocolBroken("borg's own check finds the repository damaged: an admin looks at `borg check`")
