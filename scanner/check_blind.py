"""What answers will not know of a source, in sentences, before anybody asks: from a bounded look and the settings."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from config.model import Config, Source
from connectors.base import GapReason, LeftOut
from scanner.check import SourceCheck
from scanner.check_sample import Cause, Seen

_MOST = 8  # causes of one source that are told


def predictions(check: SourceCheck, source: Source, config: Config) -> list[str]:
    """One sentence each, the surest first; empty where nothing is foreseen. No path and no content is in them."""
    seen = check.seen
    return [
        *_left_out(check.left_out),
        *_links(seen),
        *_unread(seen, config),
        *_too_large(seen),
        *_mount(source),
    ]


def _left_out(left: Iterable[LeftOut]) -> list[str]:
    named = [one.setting for one in left]
    return [f"left out by its settings: {', '.join(named)}"] if named else []


def _links(seen: Seen) -> list[str]:
    links = seen.gaps[GapReason.LINK]
    if not links:
        return []
    return [f"{_count(links, 'link')} not followed: set follow_symlinks, or make where {_it(links)} a source"]


def _it(count: int) -> str:
    return "it leads" if count == 1 else "they lead"


def _unread(seen: Seen, config: Config) -> list[str]:
    """What the sample could not be read for, the most first."""
    causes = sorted(seen.causes.items(), key=lambda pair: (-pair[1], pair[0]))
    told = [_cause(cause, count, seen.read, config) for cause, count in causes[:_MOST]]
    return told + ([f"{len(causes) - _MOST} other causes in the same sample"] if len(causes) > _MOST else [])


def _cause(cause: Cause, count: int, read: int, config: Config) -> str:
    told = cause.reason.value + (f" ({cause.detail})" if cause.detail else "")
    helps = ""
    if cause.reason is GapReason.NEEDS_OCR and not config.ocr.enabled:
        told, helps = "pictures that nobody reads", ": [ocr] is off"
    elif cause.reason is GapReason.ENCRYPTED:
        helps = ": none of [read] passwords opens it" if config.read.passwords else ": [read] passwords is empty"
    return f"{told}: {count} of {_count(read, 'item')} read as a sample{helps}"


def _too_large(seen: Seen) -> list[str]:
    if not seen.large:
        return []
    more = " or more" if seen.cut else ""
    return [f"{_count(seen.large, 'item')}{more} above [limits] blob: of some formats they will not be read"]


def _mount(source: Source) -> list[str]:
    path = source.settings.get("path")
    if isinstance(path, str | Path) and Path(path).is_mount() and not source.settings.get("sentinel", True):
        return ["a mounted share without a sentinel: an empty place where it was may pass for it"]
    return []


def _count(number: int, what: str) -> str:
    return f"{number} {what}" + ("" if number == 1 else "s")
