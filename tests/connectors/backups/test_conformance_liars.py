"""The suite of backups proves itself: the honest one passes every check, and each liar fails the one made for it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from connectors.backups.base import parted, versioned
from connectors.backups.conformance import BackupConformance
from connectors.backups.conformance.in_memory import MemoryBackupWorld
from connectors.backups.memory import MemoryBackup
from connectors.errors import ConnectorError
from tests.connectors.backups import liars_taking as taking
from tests.connectors.backups import liars_telling as telling

LIARS: dict[type[MemoryBackup], str] = {
    taking.DropsByPattern: "test_hostile_names_are_taken_literally",
    taking.DropsBelow: "test_another_content_at_the_path_stays",
    taking.DropsWhatBeginsSo: "test_rewrite_takes_exactly_the_doomed",
    taking.DropsAnyCase: "test_rewrite_takes_exactly_the_doomed",
    taking.StripsBlanks: "test_hostile_names_are_taken_literally",
    taking.NormalisesLetters: "test_look_alikes_of_hostile_names_go_alone",
    taking.TakesTheOtherVersion: "test_another_content_at_the_path_stays",
    taking.TakesTwins: "test_the_same_bytes_elsewhere_stay",
    taking.ForgetsASnapshot: "test_rewrite_takes_exactly_the_doomed",
    taking.LosesASnapshot: "test_rewrite_takes_exactly_the_doomed",
    taking.MovesTimes: "test_rewrite_takes_exactly_the_doomed",
    taking.DropsTags: "test_rewrite_takes_exactly_the_doomed",
    taking.ChangesOwners: "test_rewrite_takes_exactly_the_doomed",
    taking.EmptyMeansAll: "test_rewriting_nothing_changes_nothing",
    taking.TakesAnyVersion: "test_what_is_no_address_is_refused",
    taking.AnswersForThoseThere: "test_one_rewrite_answers_for_each",
    taking.SaysErasedOfNothing: "test_one_rewrite_answers_for_each",
    taking.KeepsNamedFolders: "test_emptied_folders_go_where_they_are_named",
    taking.DropsEmptyFolders: "test_emptied_folders_go_where_they_are_named",
    taking.DropsFullFolders: "test_emptied_folders_go_where_they_are_named",
    telling.KeepsTheBlobs: "test_what_is_reclaimed_is_nowhere",
    telling.ProvesByListing: "test_nothing_is_said_gone_before_it_is_reclaimed",
    telling.LooksByListing: "test_nothing_is_said_gone_before_it_is_reclaimed",
    telling.CountsTwins: "test_the_same_bytes_elsewhere_stay",
    telling.ProvesInOneSession: "test_nothing_is_said_gone_before_it_is_reclaimed",
    telling.GuessesReclaimed: "test_what_is_not_reclaimed_is_not_gone_because_nobody_answers",
    telling.NeverClean: "test_reclaiming_takes_no_more",
    telling.ReclaimsASnapshot: "test_reclaiming_takes_no_more",
    telling.AbsentOnErrors: "test_a_backup_that_is_broken_is_not_empty",
    telling.ProvesOnErrors: "test_a_backup_that_breaks_is_not_empty",
    telling.EndsShort: "test_a_listing_that_breaks_off_raises",
    telling.HidesAFile: "test_every_file_of_every_snapshot_is_told_once",
    telling.TellsTwice: "test_every_file_of_every_snapshot_is_told_once",
    telling.HidesASnapshot: "test_snapshots_are_the_same_in_every_session",
    telling.NewestFirst: "test_snapshots_are_the_same_in_every_session",
    telling.NamesInLabels: "test_snapshots_are_the_same_in_every_session",
    telling.IdsOfTheSession: "test_the_same_content_has_the_same_id",
    telling.IdsOfTheSnapshot: "test_the_same_content_has_the_same_id",
    telling.IdsOfThePath: "test_the_same_content_has_the_same_id",
    telling.WrongSizes: "test_every_file_of_every_snapshot_is_told_once",
    telling.ReadsTheNewest: "test_walk_yields_each_content_of_each_path_once",
    telling.ReadsNothing: "test_what_was_never_there_is_not_found",
    telling.LeaksPaths: "test_what_was_never_there_is_not_found",
    telling.LeaksByCause: "test_a_backup_that_is_broken_is_not_empty",
    telling.NotesNames: "test_looking_changes_nothing",
    telling.NotesWhatIsNot: "test_what_was_never_there_is_not_found",
    telling.ChangesOnNote: "test_looking_changes_nothing",
    telling.BreaksLocks: "test_what_the_backup_keeps_is_told_with_its_date",
    telling.CallsTheLockedErased: "test_what_the_backup_keeps_is_told_with_its_date",
    telling.EditsFiles: "test_nothing_is_edited",
    telling.FailsTheSecondTime: "test_removing_twice_says_absent",
    telling.RemovesWithoutReclaiming: "test_removing_twice_says_absent",
    telling.StaysOpen: "test_closing_is_safe_at_any_time",
}

FAILED = (AssertionError, ConnectorError, LookupError)
CHECKS = sorted(name for name in dir(BackupConformance) if name.startswith("test_"))


@pytest.mark.parametrize("liar", LIARS, ids=lambda liar: liar.__name__)
def test_each_liar_fails_the_check_made_for_it(liar: type[MemoryBackup]) -> None:
    check: Callable[[MemoryBackupWorld], None] = getattr(BackupConformance(), LIARS[liar])
    check(MemoryBackupWorld())
    with pytest.raises(FAILED):
        check(MemoryBackupWorld(liar))


def test_every_promise_has_its_liar() -> None:
    assert set(CHECKS) - set(LIARS.values()) <= {"test_the_world_is_worth_testing"}


def test_the_names_in_addresses_are_parted_from_the_right() -> None:
    address = versioned(f"a;version={'b' * 20}", "c" * 20)
    assert parted(address) == (f"a;version={'b' * 20}", "c" * 20)
