"""`gallra check`: can every source be reached and erased from, and what will stay out of reach?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import Any

import click

from config.load import load
from config.model import Backup, Config, Source
from config.secrets import load_key
from connectors.base import Locator
from connectors.errors import ConfigError
from scanner.answer_json import left_out_json
from scanner.blind import Known, known_sources, source_gaps
from scanner.check import SourceCheck, check_source, config_advice, config_problems, reading_problems
from scanner.check_backups import BackupCheck, check_backup
from scanner.check_blind import predictions
from scanner.check_sample import Sampler
from scanner.cli import check_copies
from scanner.cli.output import Exit, clean, exit_code, print_json, table, wrapped
from scanner.cli.overdue import tell_overdue_tasks
from scanner.cli.render_gaps import gap_lines
from scanner.index.sqlite import Index
from scanner.index.views import SearchedView
from scanner.model import CaseGap
from scanner.today import today
from scanner.uncovered import backup_gaps
from scanner.workspace import CASES, INDEX, Workspace

_Check = SourceCheck | BackupCheck
_NO_KEY = "there is no key yet: the first `gallra scan` makes it"


@dataclass(slots=True)
class _Known:
    """What the index knows: how much of each source, and what could not be searched."""

    sources: dict[str, SearchedView] = field(default_factory=dict)
    whole: dict[str, Known] = field(default_factory=dict)
    gaps: list[CaseGap] = field(default_factory=list)
    told: bool = True  # False where an index may be there that cannot be opened


@click.command("check")
@click.argument("source", nargs=-1)
@click.option("--gaps", is_flag=True, help="List everything that could not be searched, one by one.")
@click.option("--propose", is_flag=True, help="Print [[source.table]] and [[register]] for the tables in SOURCE.")
@click.option("--json", "as_json", is_flag=True, help="Print the answer as JSON.")
@click.pass_context
def command(ctx: click.Context, source: tuple[str, ...], *, gaps: bool, propose: bool, as_json: bool) -> None:
    """Look SOURCE over (all sources and backups, if none is named): reached, may be erased from, what is out of reach.

    Changes nothing at the sources. What could not be searched is what the last scan could not read. Of a backup it
    tells whether what is claimed of it (keeps_days) is so of the snapshots that exist.
    """
    config = load(ctx.obj["config"])
    named = config.pick(source)
    picked, kept = [one for one in named if not one.backup], [one for one in config.backups if one.source in named]
    if propose:
        _propose(ctx, config, picked, alone=not (gaps or as_json))
        return
    reading = reading_problems(config)
    problems, advice = [*reading, *config_problems(config)], config_advice(config)
    with _known(config, problems, advice) as known:
        known.gaps = _gaps(known, [one.name for one in named], config)
        with nullcontext() if reading else Sampler(config) as sampler:
            checks = [check_source(one, known=_items(known, one.name) > 0, sampler=sampler) for one in picked]
    copies = _copies(kept, config)
    for check in checks:
        _note_follower(check, known)
    blind = {one.source: predictions(one, source, config) for one, source in zip(checks, picked, strict=True)}
    if as_json:
        print_json(_json(checks, copies, known, config, problems, advice, blind))
    else:
        click.echo(_text(checks, copies, known, config, problems, advice, blind, all_gaps=gaps))
    looked: list[_Check] = [*checks, *copies]
    told = problems or known.gaps or any(one.problems for one in looked)
    codes = [one.exit_code for one in looked] + ([Exit.USAGE] if reading else [])  # no scan begins with these
    ctx.exit(exit_code([*codes, Exit.INCOMPLETE if told or not named else Exit.DONE]))


def _propose(ctx: click.Context, config: Config, picked: Sequence[Source], *, alone: bool) -> None:
    if not alone:
        raise click.UsageError("--propose prints TOML: it goes with neither --json nor --gaps")
    from scanner.cli.propose import proposals, told

    found = proposals(config, picked)
    told(found)
    ctx.exit(exit_code(found.codes or [Exit.DONE]))


@contextmanager
def _known(config: Config, problems: list[str], advice: list[str]) -> Iterator[_Known]:
    """What the index knows, if there is one and its key fits; what is wrong with the key goes to the problems."""
    state = config.agent.state
    try:
        master = load_key(config.agent.key, config.base)
    except ConfigError as error:
        used = (state / INDEX).exists() or (state / CASES).exists()
        missing = any("there is no key here" in problem for problem in error.problems)
        (advice if missing and not used else problems).extend([_NO_KEY] if missing and not used else error.problems)
        yield _Known(told=missing and not used)
        return
    if not (state / INDEX).exists():
        yield _Known()
        return
    with Workspace(config, master) as work, work.index() as index:
        tell_overdue_tasks(work)
        yield _read(index, [one.name for one in config.places])


def _read(index: Index, names: Sequence[str]) -> _Known:
    gaps = [CaseGap(Locator(one.source, one.path, one.steps), one.reason, one.detail) for one in index.gaps()]
    return _Known({one.source: one for one in index.searched()}, known_sources(index, names), gaps)


def _gaps(known: _Known, picked: Sequence[str], config: Config) -> list[CaseGap]:
    """What could not be searched in these sources; one that was never scanned, or is behind, is a gap as a whole."""
    found = [gap for gap in known.gaps + backup_gaps(config) if gap.locator.source in picked]
    if not known.told:
        return found
    whole = {name: known.whole.get(name, Known(None)) for name in picked}
    return found + source_gaps(whole, today(), config.agent.stale_after_days)


def _items(known: _Known, source: str) -> int:
    return known.sources[source].items if source in known.sources else 0


def _copies(backups: Sequence[Backup], config: Config) -> list[BackupCheck]:
    now = datetime.now(UTC)
    return [check_backup(one, config, now) for one in backups]


def _text(
    checks: Sequence[SourceCheck],
    copies: Sequence[BackupCheck],
    known: _Known,
    config: Config,
    problems: Sequence[str],
    advice: Sequence[str],
    blind: Mapping[str, Sequence[str]],
    *,
    all_gaps: bool,
) -> str:
    places: list[_Check] = [*checks, *copies]
    mend = [
        *problems,
        *(f"{one.source}: {problem}" for one in places for problem in (one.problems if one.reached else [])),
    ]
    mend += [f"{one.source}: {one.error}" for one in places if one.error]
    if not config.sources:
        mend.append("no sources are configured: add a [[source]] to the configuration file")
    parts = [
        _sources(checks, known),
        check_copies.backups_table(copies, partial(_items, known), partial(_scanned, known)),
        check_copies.covers(copies, config),
        check_copies.hands(config),
        _facts(places),
        _list("To mend", mend),
        _list("Better", advice),
        _limits(places),
        _list("Answers will not know of", [f"{name}: {told}" for name, each in blind.items() for told in each]),
        _unsearched(known.gaps, all_gaps=all_gaps),
        "" if mend or known.gaps else "All is well.",
    ]
    return "\n\n".join(part for part in parts if part)


def _unsearched(gaps: Sequence[CaseGap], *, all_gaps: bool) -> str:
    if not gaps:
        return ""
    lines = [f"Could not be searched ({len(gaps)})", *gap_lines(gaps, show_all=all_gaps)]
    return "\n".join(lines if all_gaps else [*lines, "  gallra check --gaps lists each"])


def _sources(checks: Sequence[SourceCheck], known: _Known) -> str:
    if not checks:
        return ""
    rows = [
        (
            one.source,
            one.kind,
            "yes" if one.reached else "NO",
            "-" if one.items is None or one.follows else "yes" if one.items else "NO",
            "-"
            if not one.reached or one.follows
            else "yes"
            if one.erases and not _closed(one)
            else "not everywhere"
            if one.erases
            else "NO",
            str(_items(known, one.source)),
            _scanned(known, one.source),
        )
        for one in checks
    ]
    return table(("source", "kind", "reached", "items", "may erase", "indexed", "last walked (UTC)"), rows)


def _closed(one: SourceCheck) -> bool:
    return any("may not be written" in problem for problem in one.problems)


def _scanned(known: _Known, source: str) -> str:
    view = known.sources.get(source)
    return f"{view.scanned_at:%Y-%m-%d %H:%M}" if view and view.scanned_at else "never: gallra scan"


def _note_follower(check: SourceCheck, known: _Known) -> None:
    """A phone is erased with the account that it syncs with: that must be one that is scanned."""
    view = known.sources.get(check.follows)
    if check.follows and known.told and (view is None or view.scanned_at is None):
        check.problems.append(f"it syncs with {check.follows}, which was never scanned: gallra scan {check.follows}")


def _facts(checks: Sequence[_Check]) -> str:
    """What each source told of itself: what it is, its rights, how erasing works there."""
    lines = []
    for one in checks:
        if one.facts:
            lines += [
                f"  {clean(one.source)}",
                *(line for fact in one.facts for line in wrapped(clean(f"- {fact}"), 4, 2)),
            ]
    return "\n".join(("What the sources tell", *lines)) if lines else ""


def _limits(checks: Sequence[_Check]) -> str:
    """What erasing leaves behind, once for each kind of source."""
    kinds: dict[tuple[str, tuple[str, ...]], list[str]] = {}
    for one in checks:
        if one.limits:
            kinds.setdefault((one.kind, one.limits), []).append(one.source)
    lines = []
    for (kind, limits), names in kinds.items():
        lines += [f"  {clean(kind)} ({clean(', '.join(names))})", *(f"    - {clean(limit)}" for limit in limits)]
    return "\n".join(("What erasing does not reach", *lines)) if lines else ""


def _list(title: str, lines: Sequence[str]) -> str:
    return "\n".join((f"{title} ({len(lines)})", *(f"  - {clean(line)}" for line in lines))) if lines else ""


def _json(
    checks: Sequence[SourceCheck],
    copies: Sequence[BackupCheck],
    known: _Known,
    config: Config,
    problems: Sequence[str],
    advice: Sequence[str],
    blind: Mapping[str, Sequence[str]],
) -> dict[str, Any]:
    """The contract of `check --json`. `gaps` are counted by source, reason and sort; `places` holds each."""
    gaps = Counter((one.locator.source, one.reason.value, one.detail) for one in known.gaps)
    return {
        "sources": [
            {
                "source": one.source,
                "kind": one.kind,
                "reached": one.reached,
                "error": one.error,
                "items": one.items,
                "erases": one.erases,
                "limits": list(one.limits),
                "facts": list(one.facts),
                "follows": one.follows or None,
                "problems": one.problems,
                "indexed": _items(known, one.source),
                "left_out": left_out_json(one.left_out),
                "sampled": one.seen.read,
                "blind": list(blind[one.source]),
            }
            for one in checks
        ],
        "backups": check_copies.backups_json(copies, partial(_items, known)),
        "hands": check_copies.hands_json(config),
        "uncovered": config.uncovered(),
        "problems": list(problems),
        "advice": list(advice),
        "gaps": [
            {"source": source, "reason": reason, "detail": detail, "count": count}
            for (source, reason, detail), count in sorted(gaps.items())
        ],
        "places": [
            {
                "source": one.locator.source,
                "path": one.locator.path,
                "within": list(one.locator.steps),
                "reason": one.reason.value,
                "detail": one.detail,
            }
            for one in known.gaps
        ],
    }
