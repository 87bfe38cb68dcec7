"""A look at some paths of a source, which were told to have changed: no whole walk, and it never counts as one.

What is not there any more at a path, or below it, leaves the index; all else of the source stays as it was. What an
item held may have moved to where nobody has looked yet: so the source is noted as one of which something was `lost`.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from typing import Final

from connectors.base import Connector, Gap, Item, Looked, Watchable
from connectors.errors import Unreachable
from connectors.layers import role_of
from scanner.index.pack import path_token
from scanner.index.seal import Sealer
from scanner.index.sqlite import Index
from scanner.index.views import State
from scanner.read import ReadTask
from scanner.scan_walk import Known, OwnFiles, Walk, hidden_by

_CHUNK: Final = 1000  # events

KnownOf = Callable[[Mapping[int, State]], Known]


class PathsWalk(Walk):
    """What a look at some paths of one scope has seen, against what the index has of them. See `Walk`."""

    def __init__(self, source: str, scope: str, paths: Sequence[str], index: Index, known_of: KnownOf) -> None:
        """`known_of` tells what the index has as it should be."""
        super().__init__(source, scope, known_of({}))
        self._paths = paths
        self._index = index
        self._known_of = known_of
        self._looked: dict[int, str] = {}  # by the tokens of their paths
        self._noted = self._lost = False

    def tasks(self, connector: Connector, sealer: Sealer, own: OwnFiles) -> Generator[ReadTask, None, None]:
        """The items at the paths that the index does not have as they are now."""
        role = role_of(connector, Watchable)
        if role is None:
            raise Unreachable("only a whole walk can look at this source")
        for chunk in _chunks(role.look(self.scope, [path for path in self._paths if path not in own])):
            items = [event for event in chunk if not isinstance(event, Looked)]
            self._learn([path_token(sealer, event.locator.path) for event in items if isinstance(event, Item)])
            for task in self.changed(items, sealer, own):
                self._note_part(lost=self._had(path_token(sealer, task.path)))
                yield task
            looked = [event.locator.path for event in chunk if isinstance(event, Looked)]
            self._looked |= {path_token(sealer, path): path for path in looked}

    def finish(self, index: Index) -> tuple[int, bool]:
        """Take out of the index what is gone; how many items, and whether anything else changed than what was read."""
        gone, hidden = self.missing(index)
        if gone or hidden:
            self._note_part(lost=bool(gone))
        stale = index.mark_stale(hidden)
        index.retire(gone)
        tops = set(self._looked.values())
        gaps = [(gap.locator.path, gap.reason, gap.detail) for gap in self.gaps]
        others = index.set_walk_gaps(self.source, self.scope, gaps, lambda path: _is_below(path, tops))
        if self._noted or others:
            self._noted = False
            self._note_part()  # who searched meanwhile has not seen all of it
        return len(gone), stale or others

    def missing(self, index: Index) -> tuple[list[int], set[int]]:
        """The items at and below what was looked at that are not there, and those of them that a gap hides."""
        unseen = self._unseen(index)
        hidden = hidden_by(self.gaps, index, self.source, unseen)
        return [item for item in unseen if item not in hidden], hidden

    def _unseen(self, index: Index) -> list[int]:
        """A file has nothing below it, so most looks need not open every path of the source.

        What lay in a folder whose place a file took is left to the next whole walk, where that alone would ask for it.
        """
        states = index.states_of(self.source, self.scope, self._looked)
        found = [state.item for token, state in states.items() if token not in self._seen]
        folders = {path for token, path in self._looked.items() if token not in self._seen and token not in states}
        if not folders:
            return found
        tops, known = set(self._looked.values()), set(found)
        return found + [
            item
            for item, token, path in index.paths(self.source, self.scope)
            if token not in self._seen and item not in known and _is_below(path, tops)
        ]

    def _learn(self, tokens: Iterable[int]) -> None:
        known, stale, marks = self._known_of(self._index.states_of(self.source, self.scope, tokens))
        self._known, self._stale, self._marks = known, stale, marks

    def _had(self, token: int) -> bool:
        return token in self._known or token in self._stale

    def _note_part(self, *, lost: bool = False) -> None:
        """Before the index changes: whoever finds it changed must find the note changed too."""
        if not self._noted or (lost and not self._lost):
            note = self._index.note(self.source)
            self._noted, self._lost = True, self._lost or lost
            self._index.set_note(self.source, replace(note, parts=note.parts + 1, lost=note.lost or lost))


def _chunks(events: Iterator[Item | Gap | Looked]) -> Iterator[list[Item | Gap | Looked]]:
    while chunk := list(islice(events, _CHUNK)):
        yield chunk


def _is_below(path: str, tops: set[str]) -> bool:
    """True where the path, or a folder above it, is one of the tops; what is the root covers all."""
    end = path.find("/")
    while end >= 0:
        if path[:end] in tops:
            return True
        end = path.find("/", end + 1)
    return path in tops or "" in tops
