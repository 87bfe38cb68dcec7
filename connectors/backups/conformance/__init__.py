"""The suite that every backup passes, for third parties' kinds too.

Write a `BackupWorld` that lays a backup down of `states()` with the tool itself and looks into it without the
connector, and a class:

    class TestMine(BackupConformance):
        @pytest.fixture
        def world(self, tmp_path):
            return MyWorld(tmp_path)

Every check gets a fresh world: where laying it down is dear, copy one that was prepared. The truth is always the
world's word, never the connector's.
"""

from connectors.backups.conformance.suite import BackupConformance
from connectors.backups.conformance.world import BackupWorld

__all__ = ["BackupConformance", "BackupWorld"]
