"""What lies behind a job, as the Book has it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from scanner.agent.book import CUT_OFF, Book, Run
from scanner.agent.due import Past

SCAN = "scan:"
CHORE = "chore:"

DONE = "done"
INCOMPLETE = "incomplete"
FAILED = "failed"
STOPPED = "stopped"
GOOD = (DONE, INCOMPLETE)
"""The outcomes of a run that came to its end."""

PATHS = "paths"
"""The count of a scan that looked at so many changed paths alone: it did not walk the source."""
CHANGED = "changed"
"""The count of a scan: 1 where it changed anything in the index."""

_RUNS = 200


def past_of(book: Book, job: str, since: datetime | None = None) -> Past:
    """What is behind a job; `since` as of `Past`."""
    runs = [run for run in book.runs(job, _RUNS) if run.ended is not None]
    good = next((run for run in runs if run.outcome in GOOD and PATHS not in run.counts), None)
    failed = _failed(runs)
    return Past(
        begun=good.begun if good else None,
        ended=good.ended if good else None,
        failures=len(failed),
        failing=failed[-1].ended if failed else None,
        failed=failed[0].ended if failed else None,
        broken=bool(runs) and runs[0].outcome in (CUT_OFF, STOPPED),
        since=since,
    )


def took(past: Past) -> float | None:
    """Seconds that the newest run which came to its end took; None where there is none."""
    return None if past.begun is None or past.ended is None else (past.ended - past.begun).total_seconds()


def changed(run: Run) -> bool:
    """True where a scan changed the index, or was ended before it could say so."""
    return run.counts.get(CHANGED, 1) > 0


def missed(book: Book, chore: str) -> bool:
    """True where a scan changed something since this chore, one of those after a scan, was last done."""
    job = CHORE + chore
    good = book.last_good(job)
    scans = (run for name in book.jobs() if name.startswith(SCAN) for run in book.runs(name, _RUNS))
    return any(changed(run) and (good is None or run.ended >= good.begun) for run in scans if run.ended is not None)


def first_known(book: Book, now: datetime) -> datetime:
    """Since when the agent has been at work here: times that were missed before do not count."""
    return min((runs[-1].begun for job in book.jobs() if (runs := book.runs(job, _RUNS))), default=now)


def _failed(runs: Sequence[Run]) -> list[Run]:
    """The failures since the last good run, the newest first."""
    found = []
    for run in runs:
        if run.outcome in GOOD:
            break
        if run.outcome == FAILED:
            found.append(run)
    return found
