"""Checks of rewriting: exactly what was given leaves the snapshots, and all else stays, byte for byte."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from connectors.backups.base import SCOPE, parted, versioned
from connectors.backups.conformance import states
from connectors.backups.conformance.world import (
    BackupWorld,
    locators,
    nothing_altered,
    of_states,
    picture,
    private_texts,
    tells_nothing,
    without,
)
from connectors.base import Item, Locator, Outcome, Receipt
from connectors.errors import ConnectorError, Malformed, Unsupported


class RewriteChecks:
    """What is doomed goes, from every snapshot that holds it."""

    def test_rewrite_takes_exactly_the_doomed(self, world: BackupWorld) -> None:
        """From the two snapshots that hold it; neighbours, labels, times and owners stay."""
        take(world, {states.SUBJECT: states.CANARY})

    def test_another_content_at_the_path_stays(self, world: BackupWorld) -> None:
        """In its own snapshots; so does what lies below the path of today's folder that was a file once."""
        first = world.restored()[0]
        take(world, {path: first[path] for path in (states.SHARED, states.TURNED)})
        assert [files[states.SHARED] for files in world.restored()[1:]] == [b"second, longer\n", b"third\n"]

    def test_hostile_names_are_taken_literally(self, world: BackupWorld) -> None:
        """What a pattern, an option or an escape would reach stays."""
        take(world, of_states(world, states.hostile()))

    def test_look_alikes_of_hostile_names_go_alone(self, world: BackupWorld) -> None:
        """The other way round, with everything that looks like the subject, which stays."""
        take(world, of_states(world, (*states.plain(), *states.NEIGHBOURS, f"{states.TURNED}/b")))

    def test_emptied_folders_go_where_they_are_named(self, world: BackupWorld) -> None:
        """Named and emptied: gone. Emptied but not named, or named but not empty: they stay."""
        named, unnamed = states.EMPTIED
        full = "kunder/Anna Andersson"
        before = world.folders()
        doomed = of_states(world, (f"{named}/fil.txt", f"{unnamed}/fil.txt"))
        take(world, doomed, folders=[named, full])
        if before is not None:
            assert world.folders() == [folders - {named} for folders in before]

    def test_rewriting_nothing_changes_nothing(self, world: BackupWorld) -> None:
        """No selector is never all; what no snapshot lists is told as absent."""
        with nothing_altered(world), world.connect() as backup:
            there = locators(world, backup, {states.SUBJECT: states.CANARY})[0]
            path, content = parted(there.path)
            ids = [one.id for one in backup.snapshots()]
            try:
                assert backup.rewrite([]) == {}
            except ConnectorError as error:
                assert isinstance(error, Malformed | Unsupported)
            strange = Locator(world.source, versioned(path + "x", content))
            assert outcomes(backup.rewrite([strange])) == {strange: Outcome.ABSENT}
            assert [one.id for one in backup.snapshots()] == ids

    def test_one_rewrite_answers_for_each(self, world: BackupWorld) -> None:
        """There, never there and there again, in one request."""
        doomed = {states.SUBJECT: states.CANARY, **of_states(world, [states.STAYING])}
        before = picture(world)
        with world.connect() as backup:
            there = locators(world, backup, doomed)
            strange = Locator(world.source, versioned(*reversed_id(there[0])))
            answer = backup.rewrite([there[0], strange, there[1]])
            assert outcomes(answer) == {
                there[0]: Outcome.ERASED, strange: Outcome.ABSENT, there[1]: Outcome.ERASED
            }  # fmt: skip
            assert outcomes(backup.rewrite(there)) == dict.fromkeys(there, Outcome.ABSENT)
        assert picture(world) == without(before, doomed)


def take(world: BackupWorld, doomed: Mapping[str, bytes], folders: Sequence[str] = ()) -> None:
    """Rewrite and reclaim; fails unless exactly these have gone, for the witness and for the connector."""
    before = picture(world)
    private = private_texts(world)
    kept = {(world.inside(path), data) for files in before[0] for path, data in files.items()}
    kept -= {(world.inside(path), data) for path, data in doomed.items()}
    with world.connect() as backup:
        there = locators(world, backup, doomed)
        answer = backup.rewrite(there, [world.inside(folder) for folder in folders])
        for error in (one for one in answer.values() if isinstance(one, ConnectorError)):
            tells_nothing(error, private)
        assert outcomes(answer) == dict.fromkeys(there, Outcome.ERASED)
        assert picture(world) == without(before, doomed)
        backup.reclaim()
        seen = [event.locator for event in backup.walk(SCOPE) if isinstance(event, Item)]
    assert picture(world) == without(before, doomed)
    with world.connect() as backup:
        assert [event.locator for event in backup.walk(SCOPE) if isinstance(event, Item)] == seen
    assert len(seen) == len(kept)
    assert not set(seen) & set(there)


def outcomes(answer: Mapping[Locator, Receipt | ConnectorError]) -> dict[Locator, Outcome | type[ConnectorError]]:
    """The answers' words; fails where a receipt is not its locator's."""
    told: dict[Locator, Outcome | type[ConnectorError]] = {}
    for locator, one in answer.items():
        assert isinstance(one, ConnectorError) or one.locator == locator
        told[locator] = type(one) if isinstance(one, ConnectorError) else one.outcome
    return told


def reversed_id(locator: Locator) -> tuple[str, str]:
    """The path with a content id that nothing has."""
    path, content = parted(locator.path)
    return path, content[::-1] if content[::-1] != content else "ab" * 10
