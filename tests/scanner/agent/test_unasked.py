"""What the agent erased unasked is told, also where as much came back meanwhile; what it did not erase is not."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from scanner.agent.unasked import erased
from scanner.audit import AuditLog

AGENT = {"actor": "agent", "chore": "holds"}


@pytest.mark.parametrize(
    ("begun", "ended", "seen", "told"),
    [(1, 2, 2, [{"erased": 1, "open": 1}]), (2, 3, 2, [{"erased": 0, "open": 1}]), (2, 2, 2, [])],
    ids=["known to be back before it", "seen to be back after it", "nothing erased"],
)
def test_it_is_told_though_something_came_back(
    tmp_path: Path, begun: int, ended: int, seen: int, told: list[dict[str, int]]
) -> None:
    log = AuditLog(tmp_path / "audit.jsonl")
    log.append("erase-begun", "2026-0001", {"steps": 2}, {})
    log.append("verified", "2026-0001", {"findings": 3, "erased": 2}, {})
    log.append("erase-begun", "2026-0001", {"steps": 1, "erased": begun}, AGENT)
    log.append("erase-ended", "2026-0001", {"findings": 3, "erased": ended}, AGENT)
    log.append("verified", "2026-0001", {"findings": 3, "erased": seen, "open": 1}, {})
    assert [dict(one.counts) for one in erased(log, datetime.now(UTC))] == told
