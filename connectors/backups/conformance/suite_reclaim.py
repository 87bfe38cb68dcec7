"""Checks of what is left: nothing is said gone while the backup stores it, and afterwards nothing is there."""

from __future__ import annotations

from connectors.backups.base import Backup
from connectors.backups.conformance import states
from connectors.backups.conformance.suite_rewrite import outcomes
from connectors.backups.conformance.world import BackupWorld, locators, nothing_altered, picture, without
from connectors.base import Locator, Outcome, Presence
from connectors.errors import ConnectorError, Unreachable

_DOOMED = {states.SUBJECT: states.CANARY}


class ReclaimChecks:
    """The witness reads everything that the backup stores."""

    def test_what_is_reclaimed_is_nowhere(self, world: BackupWorld) -> None:
        """Neither its bytes nor its name, and its note leads nowhere, in this session and in the next."""
        before = picture(world)
        with world.connect() as backup:
            there = locators(world, backup, _DOOMED)
            notes = backup.note(there)
            assert backup.prove(notes) == dict.fromkeys(there, Presence.PRESENT)
            assert outcomes(backup.rewrite(there)) == dict.fromkeys(there, Outcome.ERASED)
            backup.reclaim()
            assert not world.readable(states.CANARY.strip())
            assert not world.readable(states.SUBJECT.rpartition("/")[2].encode())
            self._is_gone(backup, notes)
        with world.connect() as backup:
            self._is_gone(backup, notes)
        assert picture(world) == without(before, _DOOMED)

    def test_nothing_is_said_gone_before_it_is_reclaimed(self, world: BackupWorld) -> None:
        """While the witness can read it, it is present, or the question raises; a new session goes on from there."""
        with world.connect() as backup:
            there = locators(world, backup, _DOOMED)
            notes = backup.note(there)
            backup.rewrite(there)
            self._not_gone(world, backup, notes)
        with world.connect() as backup:
            self._not_gone(world, backup, notes)
            assert outcomes(backup.rewrite(there)) == dict.fromkeys(there, Outcome.ABSENT)
            self._not_gone(world, backup, notes)
            backup.reclaim()
            self._is_gone(backup, notes)
        assert not world.readable(states.CANARY.strip())

    def test_reclaiming_takes_no_more(self, world: BackupWorld) -> None:
        """With nothing to do, and twice."""
        with nothing_altered(world), world.connect() as backup:
            backup.reclaim()
            backup.reclaim()
            assert backup.unreclaimed() is False

    def test_the_same_bytes_elsewhere_stay(self, world: BackupWorld) -> None:
        """They do not count against the one that went, and go when their turn comes."""
        first, second = states.TWINS
        before = picture(world)
        needle = states.TWIN_BYTES.strip()
        with world.connect() as backup:
            for number, path in enumerate((first, second)):
                there = locators(world, backup, {path: states.TWIN_BYTES})
                notes = backup.note(there)
                backup.rewrite(there)
                backup.reclaim()
                self._is_gone(backup, notes)
                assert world.readable(needle) is (number == 0)
                gone = dict.fromkeys((first, second)[: number + 1], states.TWIN_BYTES)
                assert picture(world) == without(before, gone)

    def test_removing_twice_says_absent(self, world: BackupWorld) -> None:
        """One item by itself, in the same session and in the next."""
        before = picture(world)
        with world.connect() as backup:
            there = locators(world, backup, _DOOMED)[0]
            version = backup.version(there)
            receipt = backup.remove(there, version)
            assert (receipt.locator, receipt.outcome) == (there, Outcome.ERASED)
            assert not world.readable(states.CANARY.strip())
            assert backup.remove(there, version).outcome is Outcome.ABSENT
        with world.connect() as backup:
            assert backup.remove(there, version).outcome is Outcome.ABSENT
        assert picture(world) == without(before, _DOOMED)

    def _is_gone(self, backup: Backup, notes: dict[Locator, str]) -> None:
        assert backup.unreclaimed() is False
        assert backup.prove(notes) == dict.fromkeys(notes, Presence.ABSENT)
        assert all(backup.presence(locator) is Presence.ABSENT for locator in notes)

    def _not_gone(self, world: BackupWorld, backup: Backup, notes: dict[Locator, str]) -> None:
        if not world.readable(states.CANARY.strip()):
            return  # the kind keeps nothing once its snapshots are rewritten
        assert backup.unreclaimed() is True
        told = backup.prove(notes)
        assert all(one is Presence.PRESENT or isinstance(one, ConnectorError) for one in told.values())
        for locator in notes:
            try:
                assert backup.presence(locator) is Presence.PRESENT
            except ConnectorError as error:
                assert isinstance(error, Unreachable)
