"""`gallra backups`: the backups, which sources they cover, and what waits for them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

from scanner.backups.pending import pending
from scanner.backups.told import Told, tell
from scanner.backups.waiting import counted
from scanner.cases import CLOSED, CaseError
from scanner.cli.backups_erase import erase_command
from scanner.cli.casework import open_workspace
from scanner.cli.output import Exit, clean, complain, exit_code, print_json, table

if TYPE_CHECKING:
    from scanner.workspace import Workspace


@click.group("backups", invoke_without_command=True)
@click.option("--json", "as_json", is_flag=True, help="Print the backups and what waits as JSON.")
@click.pass_context
def command(ctx: click.Context, *, as_json: bool) -> None:
    """List the backups: their snapshots, which sources they cover, and how much of which case waits for them.

    Exit 3 where a source is covered by none, or something waits; 5 where a backup could not be reached.
    """
    if ctx.invoked_subcommand is not None:
        return
    with open_workspace(ctx.obj["config"]) as work:
        told = tell(work.config, work.connect)
        waits = _waits(work)
        uncovered = work.config.uncovered()
    if as_json:
        print_json({"backups": [_json(one, waits) for one in told], "uncovered": uncovered})
    else:
        click.echo(_table(told, waits, uncovered))
    codes = [Exit.UNREACHABLE for one in told if one.error]
    ctx.exit(exit_code([*codes, Exit.INCOMPLETE if uncovered or any(waits.values()) else Exit.DONE]))


command.add_command(erase_command)


def _waits(work: Workspace) -> dict[str, list[tuple[str, int]]]:
    """Of each backup: the cases that wait for it, each with how many items."""
    found: dict[str, list[tuple[str, int]]] = {}
    for line in work.cases.list():
        if line.status == CLOSED:
            continue
        try:
            case = work.cases.load(line.number)
        except CaseError as error:
            complain(f"gallra: {error}")
            continue
        began = {entry.step.locator for entry in pending(case, work.journal)}
        for name, items in sorted(counted(case, work.journal, began).items()):
            found.setdefault(name, []).append((case.number, items))
    return found


def _json(one: Told, waits: Mapping[str, Sequence[tuple[str, int]]]) -> dict[str, Any]:
    return {
        "backup": one.name,
        "kind": one.kind,
        "covers": list(one.covers),
        "keeps_days": one.keeps_days,
        "batch": one.batch,
        "snapshots": one.snapshots,
        "oldest": one.oldest.isoformat(timespec="seconds") if one.oldest else None,
        "newest": one.newest.isoformat(timespec="seconds") if one.newest else None,
        "unreclaimed": one.unreclaimed,
        "error": one.error or None,
        "waiting": [{"case": number, "items": items} for number, items in waits.get(one.name, ())],
    }


def _table(told: Sequence[Told], waits: Mapping[str, Sequence[tuple[str, int]]], uncovered: Sequence[str]) -> str:
    lines = ["No backup is configured."] if not told else []
    if told:
        rows = [
            (one.name, one.kind, ", ".join(one.covers), _count(one), _day(one.oldest), _day(one.newest)) for one in told
        ]
        lines.append(table(("backup", "kind", "covers", "snapshots", "oldest", "newest"), rows))
    lines += [f"{one.name}: {one.error}" for one in told if one.error]
    if uncovered:
        names = clean(", ".join(uncovered))
        lines.append(
            f'No backup covers: {names}. Next: a [[backup]] that covers them, or backup = "none" in the source'
        )
    waiting_ = [(name, number, items) for name, found in sorted(waits.items()) for number, items in found]
    lines += [
        f"{clean(name)}: {items} item{'s' * (items != 1)} of case {number} wait{'s' * (items == 1)}"
        for name, number, items in waiting_
    ]
    if waiting_:
        lines.append("Next: gallra backups erase")
    return "\n".join(lines)


def _count(one: Told) -> str:
    return "" if one.snapshots is None else str(one.snapshots)


def _day(moment: datetime | None) -> str:
    return moment.date().isoformat() if moment else ""
