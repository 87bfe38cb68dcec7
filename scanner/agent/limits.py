"""How many jobs may run at once: on this machine, on one server, and of those that erase. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

from config.model import Source

_LONG: Final = 120.0  # seconds after which a scan counts as slow
_SHORT: Final = 60.0  # seconds that a scan took which counts as short
_REMOTE: Final = re.compile(r"(?:[^/@:]+@)?(\[[^\]]+\]|[^/@:]+):")  # scp's way to write a server: user@host:path
_SERVICES: Final = frozenset({"b2", "azure", "gs", "swift"})  # of restic: one provider each, whose name is no host


@dataclass(frozen=True, slots=True)
class Load:
    """A job that runs or shall run. `server` as of `server_of`; `chore`: no scan; `part`: only of changed paths.

    `failing`: its last run failed. `seconds`: how long it has been running, `took` how long it took last (None: nobody
    knows).
    """

    server: str | None = None
    chore: bool = False
    part: bool = False
    failing: bool = False
    seconds: float = 0.0
    took: float | None = None


def fits(load: Load, running: Sequence[Load], at_once: int, per_server: int) -> bool:
    """Whether a job may begin beside those that run.

    Chores run one at a time, so that never two erase at once, and beside all scans. Changed paths are looked at even
    where all places are taken, one source after another. Sources that fail never take all places where there are two or
    more; and where all places are taken by what fails or has become slow, one more is scanned that does not fail (and,
    beside slow ones, is known to be short): so a slow or dead source delays no other.
    """
    if load.chore:
        return not any(one.chore for one in running)
    scans = [one for one in running if not one.chore]
    if load.server is not None and sum(one.server == load.server for one in scans) >= per_server:
        return False
    whole = [one for one in scans if not one.part]
    if load.part:
        return len(scans) < at_once or len(whole) == len(scans)
    if len(whole) < at_once:
        return not load.failing or sum(one.failing for one in whole) < max(1, at_once - 1)
    return len(whole) == at_once and not load.failing and all(_makes_way(one, load) for one in whole)


def _makes_way(one: Load, load: Load) -> bool:
    short = load.took is not None and load.took <= _SHORT
    return one.failing or (one.seconds > _LONG and short)


def server_of(source: Source) -> str | None:
    """The server that a source or backup lies on, in small letters; None for what lies in this machine's folders."""
    settings = source.settings
    for found in (_host(settings), _address(settings), _repository(str(settings.get("repository") or ""))):
        if found:
            return found.lower()
    if source.kind == "s3":
        return f"s3.{settings.get('region') or 'amazonaws'}"
    return None


def _host(settings: Mapping[str, Any]) -> str:
    return str(settings.get("host") or "")


def _address(settings: Mapping[str, Any]) -> str:
    text = str(settings.get("url") or settings.get("endpoint") or "")
    return _name(text if "://" in text else f"//{text}") if text else ""


def _repository(text: str) -> str:
    """The server in a repository's address, as restic or borg writes it."""
    scheme, colon, rest = text.partition(":")
    if not colon or text.startswith(("/", ".", "file:")):
        return ""
    if scheme in _SERVICES:
        return scheme
    if scheme == "rclone":
        return f"rclone:{rest.partition(':')[0]}"
    if rest.startswith("//"):
        return _name(text)
    if scheme in ("rest", "s3", "sftp"):
        remote = _REMOTE.match(rest) if scheme == "sftp" else None
        return remote[1].strip("[]") if remote else _name(rest if "://" in rest else f"//{rest}")
    remote = _REMOTE.match(text)
    return remote[1].strip("[]") if remote else ""


def _name(address: str) -> str:
    try:
        return urlsplit(address).hostname or ""
    except ValueError:
        return ""
