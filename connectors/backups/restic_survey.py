"""Which snapshots hold what is wanted, and what else they hold: the ground on which `rewrite` and `prove` stand."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from connectors.backups.base import above
from connectors.backups.restic_listing import FILE, FOLDER, UNKNOWN, Node, nodes
from connectors.backups.restic_repository import Repository, State
from connectors.errors import ProtocolBroken

_REMEMBERED: Final = 500_000  # nodes of listings that are kept for the session

_UNREADABLE: Final = "a snapshot cannot be read: run `restic check`, and repair or forget that snapshot"

Wanted = Mapping[str, Collection[str]]
"""By path in the backup, the ids of the contents that are meant."""


@dataclass(slots=True)
class Held:
    """What of the wanted one snapshot holds.

    `files`: path by content. `emptied`: wanted folders in which nothing else is, the topmost of those that nest.
    `goes`: all that leaves when both do, as restic prints it. `keeps`: whether anything stays in the snapshot then.
    `collides`: wanted paths and folders that are something else there, which must stay.
    """

    state: State
    files: dict[str, str] = field(default_factory=dict)
    emptied: tuple[str, ...] = ()
    goes: list[str] = field(default_factory=list)
    keeps: bool = False
    collides: set[str] = field(default_factory=set)


class Surveyor:
    """Lists snapshots, each once a session where that fits into memory: under one id they never change."""

    def __init__(self, repository: Repository) -> None:
        self._repository = repository
        self._known: dict[str, list[Node]] = {}

    def survey(self, states: Iterable[State], wanted: Wanted, folders: Collection[str] = ()) -> list[Held]:
        """Of every snapshot that holds any of it. Raises ProtocolBroken where one cannot be read, Unreachable."""
        found = []
        for state in states:
            if not state.readable:
                raise ProtocolBroken(_UNREADABLE)
            held = _held(state, self._nodes(state), wanted, frozenset(folders))
            if held.files or held.emptied:
                found.append(held)
        return found

    def has_folder(self, states: Iterable[State], path: str) -> bool:
        """Whether any of the snapshots has it, whatever is in it. Raises ProtocolBroken, Unreachable."""
        for state in states:
            if not state.readable:
                raise ProtocolBroken(_UNREADABLE)
            if any(node.path == path or node.path.startswith(f"{path}/") for node in self._nodes(state)):
                return True
        return False

    def _nodes(self, state: State) -> list[Node]:
        if state.id not in self._known:
            listed = list(nodes(self._repository, state))
            if sum(map(len, self._known.values())) + len(listed) > _REMEMBERED:
                self._known.clear()
            self._known[state.id] = listed
        return self._known[state.id]


def _held(state: State, listed: list[Node], wanted: Wanted, folders: frozenset[str]) -> Held:
    held = Held(state)
    there: set[str] = set()
    full: set[str] = set()
    for node in listed:
        if node.kind == FILE and node.content in wanted.get(node.path, ()):
            held.files[node.path] = node.content
        elif node.kind == FOLDER and node.path in folders:
            there.add(node.path)
        elif node.kind != FOLDER:
            full.update(_around(node, folders))
    emptied = there - full
    held.emptied = tuple(sorted(one for one in emptied if not any(outer in emptied for outer in above(one))))
    tops = frozenset(held.emptied)
    for node in listed:
        if node.path in held.files or node.path in tops or any(outer in tops for outer in above(node.path)):
            held.goes.append(node.shown + "/" * (node.kind == FOLDER))
            continue
        held.keeps = True
        if node.path in wanted or node.path in folders:
            held.collides.add(node.path)
    return held


def _around(node: Node, folders: frozenset[str]) -> Iterable[str]:
    """Those of the folders that it lies in; all of them where it is not known which."""
    if not folders:
        return ()
    return folders if node.kind == UNKNOWN else (one for one in above(node.path) if one in folders)
