"""The checks of the suite that `make test` has of a kind whose commands or requests are dear; `make prove` has all."""

from __future__ import annotations

from collections.abc import Collection

from connectors.backups.conformance import BackupConformance

QUICK = frozenset({
    "test_the_world_is_worth_testing", "test_snapshots_are_the_same_in_every_session",
    "test_every_file_of_every_snapshot_is_told_once", "test_the_same_content_has_the_same_id",
    "test_rewriting_nothing_changes_nothing", "test_reclaiming_takes_no_more", "test_closing_is_safe_at_any_time",
    "test_a_backup_that_is_broken_is_not_empty", "test_what_is_no_address_is_refused",
    "test_what_is_not_reclaimed_is_not_gone_because_nobody_answers",
    "test_nothing_is_said_gone_before_it_is_reclaimed", "test_what_is_reclaimed_is_nowhere",
    "test_another_content_at_the_path_stays", "test_hostile_names_are_taken_literally",
    "test_emptied_folders_go_where_they_are_named", "test_what_the_backup_keeps_is_told_with_its_date",
})  # fmt: skip


def only_quick(suite: type[BackupConformance], names: Collection[str] = QUICK) -> None:
    """Leave the other checks out of this class; another, marked `prove`, has them all."""
    checks = {name for name in dir(BackupConformance) if name.startswith("test_")}
    assert set(names) <= checks, "a check was renamed"
    for name in checks - set(names):
        setattr(suite, name, None)
