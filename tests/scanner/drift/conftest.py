from __future__ import annotations

from pathlib import Path

import pytest

from tests.scanner.drift.policy_world import DAY, PolicyWorld


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> PolicyWorld:
    """A folder and a maildir, empty. Nothing runs in workers: they cost more than these looks; test_invex has them."""
    monkeypatch.setattr("scanner.workspace.workers", lambda: 0)
    world = PolicyWorld(tmp_path, monkeypatch, DAY)
    (tmp_path / "filer").mkdir()
    for name in ("cur", "new", "tmp"):
        (tmp_path / "post" / name).mkdir(parents=True)
    return world
