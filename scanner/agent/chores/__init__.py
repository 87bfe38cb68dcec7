"""What the agent does besides scanning: each chore is one function, run in a process of its own.

A chore is `run(work, book, now) -> Done` (`scanner.workspace.Workspace`, `scanner.agent.book.Book`, an aware datetime).
It may be killed at any point and run again: what it did must not be done twice, and what it tells is told once.
"""

from __future__ import annotations

from collections.abc import Mapping

AFTER_SCAN: Mapping[str, str] = {
    "returns": "scanner.agent.chores.returns:run",
    "policies": "scanner.agent.chores.policies:run",
}
"""Done when a scan has changed something, once for all scans that ended meanwhile."""

NIGHTLY: Mapping[str, str] = {
    "resume": "scanner.agent.chores.resume:run",
    "holds": "scanner.agent.chores.holds:run",
    "culls": "scanner.agent.chores.culls:run",
    "backups": "scanner.agent.chores.backups:run",
    "tasks": "scanner.agent.chores.tasks:run",
    "deadlines": "scanner.agent.chores.deadlines:run",
    "tidy": "scanner.agent.chores.tidy:run",
    "policies": "scanner.agent.chores.policies:run",  # ages break by time alone
}
"""Done one after another at night, in this order; one that fails keeps none of the others from being done."""
