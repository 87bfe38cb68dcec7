"""Borg before the suite, on real repositories; the witness reads their bytes by itself.

A borg command costs a fifth of a second: all checks together are for `make prove`, and the rest of `make test` covers
the ground of those that are left out there.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from connectors.backups.conformance import BackupConformance
from tests.connectors.backups.borg_world import BorgWorld
from tests.connectors.backups.quick import only_quick

QUICK = (
    "test_the_world_is_worth_testing", "test_snapshots_are_the_same_in_every_session",
    "test_every_file_of_every_snapshot_is_told_once", "test_what_is_no_address_is_refused",
    "test_closing_is_safe_at_any_time", "test_a_backup_that_is_broken_is_not_empty",
    "test_hostile_names_are_taken_literally",
)  # fmt: skip


class TestBorg(BackupConformance):
    """Unencrypted, on this machine."""

    @pytest.fixture
    def world(self, tmp_path: Path) -> BorgWorld:
        return BorgWorld(tmp_path)


only_quick(TestBorg, QUICK)


@pytest.mark.prove
class TestBorgWhole(BackupConformance):
    """The same, with every check."""

    @pytest.fixture
    def world(self, tmp_path: Path) -> BorgWorld:
        return BorgWorld(tmp_path)
