"""Checks of a backup that cannot be listed, or keeps what it has: "could not tell" is never "gone"."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

from connectors.backups.base import SCOPE, Backup
from connectors.backups.conformance import states
from connectors.backups.conformance.suite_rewrite import outcomes
from connectors.backups.conformance.world import (
    BackupWorld,
    locators,
    must_raise,
    nothing_altered,
    of_states,
    picture,
    private_texts,
    tells_nothing,
    without,
)
from connectors.base import Item, Locator, Outcome, Presence, Receipt
from connectors.errors import ConnectorError, Denied, ProtocolBroken, Unreachable

_DOOMED = {states.SUBJECT: states.CANARY}
_STOPS = (Unreachable, Denied, ProtocolBroken)


class ReachChecks:
    """No silence is taken for an answer."""

    def test_a_backup_that_is_broken_is_not_empty(self, world: BackupWorld) -> None:
        """A new session can tell nothing of it, and changes nothing."""
        private = private_texts(world)
        with world.connect() as backup:
            there = locators(world, backup, _DOOMED)
            notes = backup.note(there)
        asks: tuple[Callable[[Backup], object], ...] = (
            lambda backup: list(backup.walk(SCOPE)),
            lambda backup: backup.presence(there[0]),
            lambda backup: _raised(backup.prove(notes)[there[0]]),
            lambda backup: _raised(backup.rewrite(there)[there[0]]),
        )
        with nothing_altered(world):
            for way in world.ways_to_break:
                with world.broken(way):
                    for ask in asks:
                        with must_raise(world, *_STOPS, private=private), world.connect() as backup:
                            ask(backup)

    def test_a_backup_that_breaks_is_not_empty(self, world: BackupWorld) -> None:
        """A session that had begun says absent of nothing, and takes nothing out."""
        private = private_texts(world)
        for way in world.ways_to_break:
            with nothing_altered(world), world.connect() as backup:
                there = locators(world, backup, _DOOMED)
                notes = backup.note(there)
                with world.broken(way):
                    self._never_gone(backup, notes, private)
                    with must_raise(world, *_STOPS, private=private):
                        _raised(backup.rewrite(there)[there[0]])

    def test_what_is_not_reclaimed_is_not_gone_because_nobody_answers(self, world: BackupWorld) -> None:
        """A backup that breaks after it was rewritten: in the same session and in the next."""
        private = private_texts(world)
        with world.connect() as backup:
            there = locators(world, backup, _DOOMED)
            notes = backup.note(there)
            backup.rewrite(there)
            if not world.readable(states.CANARY.strip()):
                return  # the kind keeps nothing once its snapshots are rewritten
            for way in world.ways_to_break:
                with world.broken(way):
                    self._never_gone(backup, notes, private)
                    with suppress(*_STOPS), world.connect() as another:
                        self._never_gone(another, notes, private)
                        assert another.unreclaimed() is True

    def test_a_listing_that_breaks_off_raises(self, world: BackupWorld) -> None:
        """It is whole, or no listing at all."""
        private = private_texts(world)
        with world.connect() as backup:
            whole = {event.locator for event in backup.walk(SCOPE) if isinstance(event, Item)}
        for way in world.ways_to_break:
            with world.connect() as backup:
                events = backup.walk(SCOPE)
                met = {event.locator for event in (next(events),) if isinstance(event, Item)}
                with world.broken(way):
                    try:
                        met |= {event.locator for event in events if isinstance(event, Item)}
                    except ConnectorError as error:
                        tells_nothing(error, private)
                        assert isinstance(error, _STOPS)
                    else:
                        assert met == whole

    def test_closing_is_safe_at_any_time(self, world: BackupWorld) -> None:
        """Twice, before opening, and after a failed opening."""
        backup = world.connect()
        backup.close()
        with world.broken(world.ways_to_break[0]):
            with suppress(ConnectorError):
                backup.open()
            backup.close()
        with backup:
            assert backup.snapshots()
        backup.close()
        backup.close()

    def test_what_the_backup_keeps_is_told_with_its_date(self, world: BackupWorld) -> None:
        """Where the kind can lock: it stays, and is never called gone; what is not locked goes all the same."""
        until = world.lock(states.SUBJECT)
        if until is None:
            return
        free = of_states(world, [states.STAYING])
        before = picture(world)
        with world.connect() as backup:
            there, other = locators(world, backup, _DOOMED | free)
            notes = backup.note([there, other])
            answer = backup.rewrite([there, other])
            assert answer[there] == Receipt(there, Outcome.RECOVERABLE, _survives(answer[there]), until)
            assert outcomes(answer)[other] is Outcome.ERASED
            backup.reclaim()
            assert backup.prove(notes) == {there: Presence.PRESENT, other: Presence.ABSENT}
            assert backup.presence(there) is Presence.PRESENT
        assert picture(world) == without(before, free)

    def _never_gone(self, backup: Backup, notes: dict[Locator, str], private: set[str]) -> None:
        """Present, or an error that tells nothing."""
        for locator in notes:
            try:
                told: list[Presence | ConnectorError] = [backup.presence(locator)]
            except ConnectorError as error:
                told = [error]
            try:
                told.append(backup.prove(notes)[locator])
            except ConnectorError as error:
                told.append(error)
            for one in told:
                if isinstance(one, ConnectorError):
                    tells_nothing(one, private)
                else:
                    assert one is Presence.PRESENT


def _raised(told: Presence | Receipt | ConnectorError) -> Locator | None:
    """Raises what was told of one locator as an error."""
    if isinstance(told, ConnectorError):
        raise told
    return None


def _survives(told: Receipt | ConnectorError) -> tuple[str, ...]:
    return told.survives if isinstance(told, Receipt) else ()
