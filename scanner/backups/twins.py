"""Items with the same content are looked at once: the live one where there is one, and what it says goes for all.

Only what the content says is shared. The names on an item's own path are its own, and so are the rules of its place.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from scanner.backups.origins import Origins
from scanner.examined import Examined, ExamineTask
from scanner.registers.by_path import ByPath

if TYPE_CHECKING:
    from scanner.papers import Key

    Examine = Callable[[Sequence[ExamineTask]], dict[Key, Examined]]

NamesIn = Callable[[str], frozenset[str]]


class _Same(NamedTuple):
    """What must be the same for one look to do for two items."""

    content: str
    kind: str
    format: str  # what the name's ending says
    register: str


class Twins:
    """Looks at items, as `examine` does, each content of a backup once."""

    def __init__(self, examine: Examine, origins: Origins, registers: ByPath, strangers: NamesIn) -> None:
        """`strangers` are the other persons whom a path seems to name."""
        self._examine = examine
        self._origins = origins
        self._registers = registers
        self._strangers = strangers
        self._contents: dict[Key, str] = {}
        self._seen: dict[_Same, tuple[ExamineTask, Examined]] = {}

    def know(self, contents: Mapping[Key, str]) -> None:
        """The keyed hashes of the items' contents, by source and path: without one, an item is looked at by itself."""
        self._contents.update(contents)

    def __call__(self, tasks: Sequence[ExamineTask]) -> dict[Key, Examined]:
        """What each item says of the person, by its source and path."""
        leading, following = self._split(tasks)
        found = self._examine(leading)
        for task in leading:
            self._remember(task, found[task.source, task.path])
        again: list[ExamineTask] = []
        for task in following:
            seen = self._of_twin(task)
            if seen is None:
                again.append(task)  # its twin could not be looked at, or is not what was indexed
            else:
                found[task.source, task.path] = seen
        if again and len(again) < len(tasks):
            found.update(self(again))
        elif again:
            found.update(self._examine(again))
        return found

    def _split(self, tasks: Sequence[ExamineTask]) -> tuple[list[ExamineTask], list[ExamineTask]]:
        """Those to look at, and those for which the look of another will do."""
        leading: list[ExamineTask] = []
        following: list[ExamineTask] = []
        wanted: dict[_Same, int] = {}
        for task in sorted(tasks, key=lambda task: self._origins.is_backup(task.source)):  # the live ones come first
            key = self._key(task)
            backup = self._origins.is_backup(task.source)
            if key is not None and backup and (key in wanted or self._knows(key, task)):
                following.append(task)
                if key in wanted:
                    first = leading[wanted[key]]
                    steps = dict.fromkeys((*first.wanted, *task.wanted))
                    leading[wanted[key]] = first._replace(wanted=tuple(steps), pictures=first.pictures or task.pictures)
            else:
                if key is not None:
                    wanted.setdefault(key, len(leading))
                leading.append(task)
        return leading, following

    def _key(self, task: ExamineTask) -> _Same | None:
        content = self._contents.get((task.source, task.path))
        if not content or task.cuts:
            return None
        name = self._origins.shown(task.source, task.path).rpartition("/")[2]
        mark = self._registers.mark(task.source, task.path)
        return _Same(content, task.kind, name.rpartition(".")[2].casefold() if "." in name else "", mark)

    def _knows(self, key: _Same, task: ExamineTask) -> bool:
        known = self._seen.get(key)
        return known is not None and set(task.wanted) <= set(known[0].wanted) and known[0].pictures >= task.pictures

    def _remember(self, task: ExamineTask, seen: Examined) -> None:
        key = self._key(task)
        if key is not None and not seen.failed and not seen.changed and (key not in self._seen):
            self._seen[key] = (task, seen)

    def _of_twin(self, task: ExamineTask) -> Examined | None:
        key = self._key(task)
        if key is None or not self._knows(key, task):
            return None
        first, seen = self._seen[key]
        own, other = self._named(task), self._named(first)
        return replace(seen, others=seen.others + len(own - other))

    def _named(self, task: ExamineTask) -> frozenset[str]:
        return self._strangers(self._origins.shown(task.source, task.path))


def contents_of(items: Iterable[tuple[str, str, bytes | None]]) -> dict[tuple[str, str], str]:
    """Source, path and keyed hash of items, as `Twins.know` takes them."""
    return {(source, path): content.hex() for source, path, content in items if content}
