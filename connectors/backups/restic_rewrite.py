"""Taking files out of snapshots: beside the old ones first, compared with them, and only then in their place.

`restic rewrite --forget` would throw the old snapshot away before anybody has looked at the new one. So the new ones
are laid down beside the old (restic marks them with the tag `rewrite`), `restic diff` says what they lack, and where
that is exactly what was to go, the tag is taken off and the old ones are forgotten. What a crash left beside is found
by the snapshot it came from, compared in the same way, and used.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Final

from connectors.backups.restic_errors import DAMAGED
from connectors.backups.restic_patterns import patterns
from connectors.backups.restic_repository import Repository, State
from connectors.backups.restic_survey import Held
from connectors.errors import Denied, ProtocolBroken

_TAG: Final = "rewrite"
_WRONG: Final = (
    "restic took out something else than it was asked to; the snapshots are as they were: look for known faults of "
    "this version of restic"
)
_TWICE: Final = (
    "the repository lets nobody take the old snapshots away: it is append-only or read-only; the rewritten ones lie "
    "beside them, and an account that may delete finishes it"
)


def rewrite(repository: Repository, states: Sequence[State], found: Sequence[Held]) -> None:
    """Take out of each snapshot what was found in it. `states` are all that there are.

    Raises Unreachable (locked, full), Denied (append-only), ProtocolBroken (damaged, or not what was asked for).
    """
    if not found:
        return
    repository.await_unlocked()
    done = _beside(repository, found, states)
    done |= _made(repository, [held for held in found if held.keeps and held.state.id not in done], states)
    _check(found, done)
    try:
        _instead(repository, found, done)
    except Denied:
        raise Denied(_TWICE) from None


def _made(repository: Repository, found: Sequence[Held], states: Sequence[State]) -> dict[str, State]:
    """New snapshots beside the old, by the id of the old; compared. What is not as it should be is taken back."""
    for paths, ids in _groups(found).items():
        repository.rewrite(ids, patterns(sorted(paths)))
    before = {state.id for state in states}
    new = {state.original: state for state in repository.states() if state.id not in before} if found else {}
    made = {held.state.id: new[held.state.id] for held in found if held.state.id in new}
    if len(made) < len(found) or not all(_is_right(repository, held, made[held.state.id]) for held in found):
        repository.forget([state.id for state in made.values()])
        raise ProtocolBroken(_WRONG)
    return made


def _groups(found: Sequence[Held]) -> dict[frozenset[str], list[str]]:
    """The snapshots by what is to be taken out of them, as few sets as can be: one command for each.

    A path may be named for a snapshot that does not hold it, never for one that holds something else there.
    """
    every = frozenset(path for held in found for path in (*held.emptied, *held.files))
    groups: dict[frozenset[str], list[str]] = defaultdict(list)
    for held in found:
        groups[every - held.collides].append(held.state.id)
    return groups


def _beside(repository: Repository, found: Sequence[Held], states: Sequence[State]) -> dict[str, State]:
    """What an interrupted run has left: snapshots that are exactly what this one would make."""
    made: dict[str, list[State]] = defaultdict(list)
    for state in states:
        made[state.original].append(state)
    done = {}
    for held in found:
        for state in made[held.state.id]:
            if held.keeps and state.readable and _is_right(repository, held, state):
                done[held.state.id] = state
    return done


def _is_right(repository: Repository, held: Held, new: State) -> bool:
    """Whether the new snapshot is the old one less what goes, and says the same of itself."""
    old = held.state
    if new.labels != old.labels or sorted({*new.tags} - {_TAG}) != sorted({*old.tags} - {_TAG}):
        return False
    changes: Counter[str] = Counter()
    for line in repository.lines("diff", "--json", "--metadata", old.id, new.id):
        raw = json.loads(line)
        if raw.get("message_type") != "change":
            continue
        path, how = str(raw["path"]), raw["modifier"]
        if how == "-":
            changes[path] += 1
        elif how != "U" or not path.endswith("/"):  # a folder's entry changes with what is in it
            return False
    return changes == Counter(held.goes)


def _check(found: Sequence[Held], done: dict[str, State]) -> None:
    if any(held.keeps and held.state.id not in done for held in found):
        raise ProtocolBroken(DAMAGED)


def _instead(repository: Repository, found: Sequence[Held], done: dict[str, State]) -> None:
    """The new ones get the old ones' tags, and the old ones go; so does a snapshot of which nothing is left."""
    marked = [
        done[held.state.id].id
        for held in found
        if held.keeps and _TAG not in held.state.tags and _TAG in done[held.state.id].tags
    ]
    if marked:
        repository.untag(marked, _TAG)
    there = repository.states()
    for held in found:
        if held.keeps and not any(_replaces(one, held.state, done[held.state.id]) for one in there):
            raise ProtocolBroken(_WRONG)
    repository.forget([held.state.id for held in found])


def _replaces(one: State, old: State, new: State) -> bool:
    same = one.labels == old.labels and sorted(one.tags) == sorted(old.tags)
    return same and one.original == old.id and one.tree == new.tree
