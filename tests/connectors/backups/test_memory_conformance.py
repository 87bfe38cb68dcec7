"""The reference backup before the suite; the witness is its store."""

from __future__ import annotations

import pytest

from connectors.backups.conformance import BackupConformance
from connectors.backups.conformance.in_memory import MemoryBackupWorld


class TestMemoryBackup(BackupConformance):
    @pytest.fixture
    def world(self) -> MemoryBackupWorld:
        return MemoryBackupWorld()
