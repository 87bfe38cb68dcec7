"""What the tests of backups share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from connectors import registry
from tests.scanner.backups.backup_world import BackupWorld


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[BackupWorld]:
    """A backup in memory and an index."""
    monkeypatch.setitem(registry.BACKUPS, "memory", "tests.scanner.backups.backup_world:Counting")
    monkeypatch.setitem(registry.BACKUPS, "thawed", "tests.scanner.backups.backup_world:Thawed")
    found = BackupWorld(tmp_path)
    yield found
    found.index.close()
