"""The mirror before the suite: trees by rsync and by rsnapshot; the witness is os."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from connectors.backups.conformance import BackupConformance, states
from tests.connectors.backups.mirror_world import MirrorWorld, rsnapshot_trees, rsync_trees


def copied(prepared: Path, to: Path) -> Path:
    """With its hard links."""
    subprocess.run(["cp", "-a", str(prepared), str(to / "mirror")], check=True)
    return to / "mirror"


class TestRsyncTrees(BackupConformance):
    @pytest.fixture(scope="class")
    def prepared(self, tmp_path_factory: pytest.TempPathFactory) -> Path:
        return rsync_trees(tmp_path_factory.mktemp("rsync"), [dict(one) for one in states.states()])

    @pytest.fixture
    def world(self, prepared: Path, tmp_path: Path) -> MirrorWorld:
        return MirrorWorld(copied(prepared, tmp_path))


class TestRsnapshot(BackupConformance):
    @pytest.fixture(scope="class")
    def prepared(self, tmp_path_factory: pytest.TempPathFactory) -> Path:
        return rsnapshot_trees(tmp_path_factory.mktemp("rsnapshot"), [dict(one) for one in states.states()])

    @pytest.fixture
    def world(self, prepared: Path, tmp_path: Path) -> MirrorWorld:
        return MirrorWorld(copied(prepared, tmp_path), ("daily.2", "daily.1", "daily.0"))
