"""The snapshot as the contract of `gallra status --json` and /health has it."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date, datetime
from typing import Any

from scanner.agent.book import Run, Told
from scanner.agent.status import Job, Snapshot


def as_json(one: Snapshot) -> dict[str, Any]:
    """All of it, ready for `json.dumps`."""
    live = one.live
    agent = {
        "running": one.pid is not None,
        "pid": one.pid or None,
        "since": _iso(live.since if live else None),
        "stopping": live.stopping if live else False,
        "config_read": _iso(live.config_read if live else None),
        "config_refused": _iso(live.refused if live else None),
        "config_problems": live.problems if live else 0,
    }
    sources = [
        {"source": job.name, "kind": job.kind, "backup": job.backup, **_told(job), "watch": job.watch or None,
         "items": job.held.items if job.held else None, "gaps": job.held.gaps if job.held else None,
         "scanned_at": _iso(job.held.scanned_at if job.held else None)}
        for job in one.sources
    ]  # fmt: skip
    return {
        "ok": one.code == 0,
        "problems": list(one.problems),
        "agent": agent,
        "sources": sources,
        "chores": [{"chore": job.name, **_told(job)} for job in one.chores],
        "notices": {"ways": list(one.ways), "untold": one.untold, "newest": [_notice(told) for told in one.notices]},
        "drift": [asdict(look) | {"at": _iso(look.at)} for look in one.drift],
    }


def _told(job: Job) -> dict[str, Any]:
    return {
        "state": job.state,
        "since": _iso(job.since),
        "last_good": _run(job.good),
        "last": _run(job.last),
        "next": _iso(job.next),
        "failures": job.failures,
        "error": job.error or None,
    }


def _run(run: Run | None) -> dict[str, Any] | None:
    if run is None:
        return None
    return {
        "run": run.id,
        "begun": _iso(run.begun),
        "ended": _iso(run.ended),
        "outcome": run.outcome,
        "code": run.code,
        "counts": dict(run.counts),
    }


def _notice(told: Told) -> dict[str, Any]:
    notice = told.notice
    return {
        "event": notice.event,
        "case": notice.case or None,
        "source": notice.source or None,
        "due": _iso(notice.due),
        "counts": dict(notice.counts),
        "noted": _iso(told.noted),
        "mailed": _iso(told.mailed),
        "posted": _iso(told.posted),
        "tries": told.tries,
        "next": _iso(told.next),
    }


def _iso(moment: datetime | date | None) -> str | None:
    if isinstance(moment, datetime):
        return moment.isoformat(timespec="seconds")
    return moment.isoformat() if moment is not None else None
