"""`gallra status` for people: tables, and what must be seen to."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Final

from scanner.agent.book import Told
from scanner.agent.notice_texts import title
from scanner.agent.status import Job, Snapshot
from scanner.agent.status_cases import Waiting
from scanner.cli.output import clean, table, wrapped

_NEVER: Final = "never"
_NONE: Final = "-"


def render_status(one: Snapshot, waiting: Waiting | None, problems: Sequence[str]) -> str:
    """All of it. `waiting` None: the cases were not looked at."""
    parts = [_agent(one), _sources(one), _chores(one)]
    if waiting is not None:
        parts += [_deadlines(waiting), _culls(waiting), _tasks(waiting)]
    parts += [_notices(one), _drift(one), _problems(problems)]
    return "\n\n".join(part for part in parts if part)


def _agent(one: Snapshot) -> str:
    if one.pid is None:
        return "The agent does not run."
    process = f" (process {one.pid})" if one.pid else ""
    if one.live is None:
        return f"The agent runs{process} and has not told anything yet."
    stopping = " It is stopping." if one.live.stopping else ""
    since, read = _when(one.live.since), _when(one.live.config_read)
    return f"The agent runs{process} since {since}, with the configuration of {read}.{stopping}"


def _sources(one: Snapshot) -> str:
    if not one.sources:
        return "No sources are configured: add a [[source]] to the configuration file."
    headers = ("source", "kind", "state", "last scan", "next", "items", "gaps", "watch")
    return table(headers, [(*_row(job), *_held(job), job.watch or _NONE) for job in one.sources])


def _row(job: Job) -> tuple[str, ...]:
    kind = f"{job.kind} (backup)" if job.backup else job.kind
    return job.name, kind, _state(job), _scanned(job), _when(job.next)


def _scanned(job: Job) -> str:
    """When it was walked last, by the agent or by a command."""
    walks = [job.good.begun if job.good is not None else None, job.held.scanned_at if job.held is not None else None]
    known = [one for one in walks if one is not None]
    return _when(max(known)) if known else _NEVER


def _held(job: Job) -> tuple[str, str]:
    return (str(job.held.items), str(job.held.gaps)) if job.held is not None else (_NONE, _NONE)


def _chores(one: Snapshot) -> str:
    if one.pid is None and all(job.last is None for job in one.chores):
        return ""
    rows = [
        (job.name, _state(job), _ended(job), job.last.outcome if job.last is not None else _NONE, _when(job.next))
        for job in one.chores
    ]
    return table(("chore", "state", "last done", "last outcome", "next"), rows)


def _state(job: Job) -> str:
    times = f" ({job.failures} times)" if job.failures > 1 else ""
    since = f" since {_when(job.since)}" if job.since is not None and job.state not in ("idle", "never") else ""
    return f"{job.state}{since}{times}"


def _ended(job: Job) -> str:
    return _when(job.good.ended) if job.good is not None else _NEVER


def _deadlines(waiting: Waiting) -> str:
    rows = [(one.case, one.due, _left(one.due, waiting.day)) for one in waiting.deadlines]
    return table(("case", "answer due", ""), rows) if rows else ""


def _left(due: date, day: date) -> str:
    left = (due - day).days
    if left == 0:
        return "today"
    days = "1 day" if abs(left) == 1 else f"{abs(left)} days"
    return f"{days} left" if left > 0 else f"{days} late"


def _culls(waiting: Waiting) -> str:
    rows = [
        (one.case, one.rule, one.items, "approved" if one.approved else f"gallra erase {one.case}")
        for one in waiting.culls
    ]
    return table(("case", "cull", "items", "next"), rows) if rows else ""


def _tasks(waiting: Waiting) -> str:
    if not waiting.tasks:
        return ""
    what = "1 task waits" if len(waiting.tasks) == 1 else f"{len(waiting.tasks)} tasks wait"
    return f"{what} for people, {waiting.overdue} of them overdue: gallra tasks"


def _notices(one: Snapshot) -> str:
    if not one.notices:
        return ""
    if not one.ways:
        head = "Newest notices ([notify] names nobody to be told)"
    else:
        head = f"Notices that wait to be sent by {' and '.join(one.ways)}: {one.untold}"
    rows = [
        (_when(told.noted), title(told.notice, "en"), told.notice.case, told.notice.source, _counts(told), _tried(told))
        for told in one.notices
    ]
    return f"{head}\n{table(('noted', 'what', 'case', 'source or rule', 'count', ''), rows)}"


def _counts(told: Told) -> str:
    return ", ".join(f"{name} {number}" for name, number in sorted(told.notice.counts.items()))


def _tried(told: Told) -> str:
    times = "once" if told.tries == 1 else f"{told.tries} times"
    return f"tried {times}, next {_when(told.next)}" if told.tries else ""


def _drift(one: Snapshot) -> str:
    if not one.drift:
        return ""
    items = sum(look.breaking for look in one.drift)
    rules = "1 rule was" if len(one.drift) == 1 else f"{len(one.drift)} rules were"
    breaks = "1 item breaks one of" if items == 1 else f"{items} items break"
    return f"Policy: {rules} looked at, {breaks} them: gallra status --policy"


def _problems(problems: Iterable[str]) -> str:
    lines = [line for one in problems for line in wrapped(f"- {clean(one)}", 2, 2)]
    return "\n".join(["To be seen to:", *lines]) if lines else "All is well."


def _when(moment: datetime | None) -> str:
    """In local time, to the minute."""
    return moment.astimezone().strftime("%Y-%m-%d %H:%M") if moment is not None else _NONE
