"""What would help against a gap: by its reason, and by what its detail says."""

from __future__ import annotations

from collections.abc import Iterable

from connectors.base import GapReason
from connectors.manual import GAP
from scanner.cli.output import table
from scanner.model import CaseGap

_MORE_PAGES = "more pages than one scan may read"
_REGISTER = "[[register]]"  # as the detail of a register begins whose columns are not there
_BY_REASON = {
    GapReason.ENCRYPTED: "name what opens it in [read] passwords (zip, Office, PDF), or decrypt it",
    GapReason.UNREADABLE: "open it and look; put a whole copy in its place, or leave it out with exclude",
    GapReason.TOO_DEEP: "raise [limits] depth, or unpack it",
    GapReason.DENIED: "give the account that runs gallra the right to read it",
    GapReason.TIMED_OUT: "raise [limits] seconds",
    GapReason.OUT_OF_MEMORY: "raise [limits] memory",
    GapReason.CRASHED: "open it and look; gallra scan --full tries it again",
    GapReason.UNKNOWN_FORMAT: "open it and look; save it in another format, or leave it out with exclude",
    GapReason.SPECIAL_FILE: "no file that could be read: leave it out with exclude",
    GapReason.LINK: "set follow_symlinks, or make where it leads a source",
    GapReason.CHANGED: "scan again when nobody writes to it",
    GapReason.STALE: "scan again when its source is reached whole",
    GapReason.NEVER_SCANNED: "gallra scan",
    GapReason.NO_BACKUP: 'name it in covers of a [[backup]], or say backup = "none" in its [[source]]',
    GapReason.UNREACHABLE: "see that the source is there, and scan again",
}
# What a detail of "too large" speaks of, and the key of [limits] that says how much of it is read.
_BY_SIZE = (
    ("records", "raise [limits] members"),
    ("times its size", "raise [limits] ratio"),
    ("unpack", "raise [limits] expanded"),
    ("pixels", "save it smaller: gallra reads no pictures of that size"),
    ("pages", "raise [limits] members"),
)


def help_lines(gaps: Iterable[CaseGap]) -> list[str]:
    """A title, and for each reason what would help; empty for no gaps."""
    rows: dict[tuple[str, str], None] = {}
    for one in gaps:
        rows[(f"  {one.reason.value}", help_against(one))] = None
    return ["What would help", *table(("", ""), sorted(rows)).split("\n")[1:]] if rows else []


def help_against(gap: CaseGap) -> str:
    """One short sentence to an admin."""
    if gap.detail.startswith(_REGISTER):
        return "mend that [[register]]: sheet and columns as they are called now (gallra check --propose), then scan"
    if gap.detail.startswith(GAP):
        return "ask who has it for a new export of all contacts, put it into its folder, and scan"
    if gap.reason is GapReason.NEVER_SCANNED and "failed" in gap.detail:
        return "mend what the last scan failed at (gallra check tries it without a wait), then gallra scan"
    if gap.reason is GapReason.NEEDS_OCR:
        return _pictures(gap.detail)
    if gap.reason is GapReason.TOO_LARGE:
        return next((help_ for word, help_ in _BY_SIZE if word in gap.detail), "raise [limits] blob or expanded")
    if gap.reason is GapReason.TIMED_OUT and "picture" in gap.detail:
        return "open it and look: it took Tesseract too long"
    if gap.reason is GapReason.UNKNOWN_FORMAT and "pip install" in gap.detail:
        return "install what is named, and scan again"
    return _BY_REASON[gap.reason]


def _pictures(detail: str) -> str:
    if not detail:
        return "switch on [ocr] in gallra.toml (docs/configuration.md)"
    if detail == _MORE_PAGES:
        return "scan again: each scan reads up to [ocr] pages of them"
    return "raise the key of [ocr] that is named" if "[ocr] " in detail else "mend what is named, and scan again"
