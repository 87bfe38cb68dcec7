"""What backups hold, on an answer's page: the copies of a finding, and the one decision on records in backups."""

from __future__ import annotations

from collections.abc import Sequence

from scanner.backups.copies import records
from scanner.model import Case, Finding, State
from scanner.page.markup import note, safe, section
from scanner.page.words import Words


def copy_list(finding: Finding, copies: Sequence[Finding], words: Words) -> str:
    """A line for each backup that holds the finding; of one that is in a backup alone, that it is."""
    return f"<ul>{''.join(f'<li>{safe(_told(one, words, alone=one is finding))}</li>' for one in copies)}</ul>"


def records_section(case: Case, words: Words) -> str:
    """What a person decides once of files from which only records should leave; empty where there are none."""
    found = records(case)
    if not found:
        return ""
    lines = []
    for one in found:
        parts = [words("in_backups_files", one.files, backup=one.backup), words("snapshots", one.snapshots)]
        parts += [words("in_backups_others", one.others)] if one.others else []
        lines.append(f"<li>{safe(', '.join(parts))}: {safe(words(f'in_backups_{one.state}'))}</li>")
    told = note(words("in_backups_note", case=case.number or "CASE"))
    return section(words("in_backups"), f"{told}<ul>{''.join(lines)}</ul>", sum(one.files for one in found))


def _told(one: Finding, words: Words, *, alone: bool) -> str:
    where = words("copy_alone" if alone else "copy_in", backup=one.locator.source)
    days = sorted({f"{when:%Y-%m-%d}" for when in (one.oldest, one.newest) if when is not None})
    parts = [f"{where}: {words('snapshots', one.snapshots)}", " – ".join(days)]
    if one.state is not State.OPEN and not alone:
        parts.append(words.outcome(one))
    return ", ".join(part for part in parts if part)
