"""What backups hold, as lines of a terminal: below each finding its copies, and the one decision on records in them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from scanner.backups.copies import Records, records
from scanner.cli.output import clean, wrapped
from scanner.cli.render_findings import Shown
from scanner.model import Case, Finding, InBackups, State
from scanner.outcomes import GONE

_CHOICES = {
    "open": "waits for a decision",
    InBackups.DROP.value: "decided: the whole files leave the snapshots",
    InBackups.LEDGER.value: "decided: they stay, and the ledger knows the person again after a restore",
}


def with_copies(shown: Iterable[Shown], copies: Mapping[int, Sequence[Finding]]) -> list[Shown]:
    """Findings with a line for each backup that holds them."""
    found = []
    for one in shown:
        lines = [_line(copy, alone=copy is one.finding) for copy in copies.get(one.finding.id, ())]
        found.append(replace(one, below=(*one.below, *(line for told in lines for line in wrapped(told, 6)))))
    return found


def render_records(case: Case) -> str:
    """What a person decides once of files in backups from which only records should leave; empty where there are none.

    The plan says how many go; here stands what that takes along.
    """
    found = records(case)
    if not found:
        return ""
    files = sum(one.files for one in found)
    lines = [f"Records in backups ({files} file{'s' * (files != 1)}): nobody edits a file in a backup"]
    for one in found:
        lines += wrapped(clean(f"- {_amount(one)}: {_CHOICES[one.state]}"), 2)
    if any(one.state == "open" for one in found):
        number = case.number or "CASE"
        lines += wrapped(f"gallra decide {number} --backups drop: the whole files leave the snapshots", 2)
        lines += wrapped(
            f"gallra decide {number} --backups ledger: they stay, and the ledger knows the person again", 2
        )
    return "\n".join(lines)


def told(one: Records) -> str:
    """What dropping the files takes along: said before it is decided, and with the decision."""
    return clean(_amount(one))


def _amount(one: Records) -> str:
    files = "1 file" if one.files == 1 else f"{one.files} files"
    others = "1 identifier" if one.others == 1 else f"{one.others} identifiers"
    beside = f", with {others} of other persons in {'it' if one.files == 1 else 'them'}" if one.others else ""
    return f"{one.backup}: {files} in {_snapshots(one.snapshots, most=one.files > 1)}{beside}"


def _line(one: Finding, *, alone: bool) -> str:
    days = sorted({f"{when:%Y-%m-%d}" for when in (one.oldest, one.newest) if when is not None})
    when = f", {' to '.join(days)}" if days else ""
    be = "was" if one.state in GONE else "also"
    where = "only in the backup, deleted in its source or an older version" if alone else f"{be} in the backup"
    state = "" if one.state is State.OPEN or alone else f"; {_state(one)}"
    return clean(f"{where}: {one.locator.source}, {_snapshots(one.snapshots)}{when}{state}")


def _state(one: Finding) -> str:
    until = f" until {one.until}" if one.until else ""
    return f"{one.state.value}{until}" + (f": {one.reason}" if one.reason else "")


def _snapshots(count: int, *, most: bool = False) -> str:
    return f"{'up to ' if most else ''}{count} snapshot{'s' * (count != 1)}"
