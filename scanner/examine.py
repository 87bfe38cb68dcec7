"""A second look at items on their live content: does the name really stand there, and whom else does the text name?

The index holds words, not sentences; "Anna" on one line and "Andersson" ten lines down is no Anna Andersson. So what is
found by name alone is confirmed here, and what is proposed for removal is looked through for other persons. Runs in
worker processes like a scan; nothing of the content comes back but counts and addresses of records.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from connectors.base import ItemKind, Locator
from connectors.errors import ConnectorError
from scanner.detect.names import NameMatcher, other_names, same_name
from scanner.expand import Expansion
from scanner.limits import Limits
from scanner.read import ReaderSettings, Sources, blob_of
from scanner.records import Record, Role, Steps, Unread


class ExamineTask(NamedTuple):
    """One item to look through. `path` is its path in its source."""

    source: str
    path: str
    kind: str
    version: str  # as indexed: a differing one now means that the index is behind


@dataclass(frozen=True, slots=True)
class Examined:
    """What the live content says. `named` are the steps of the records whose text holds one of the subject's names."""

    named: frozenset[Steps]
    others: int  # other persons that the free text seems to name
    changed: bool
    failed: bool = False  # could not be looked at: nothing is confirmed


@dataclass(frozen=True, slots=True)
class ExamineSettings:
    """The reader's settings, the subject's names, and names that are nobody else's (staff, the company)."""

    reader: ReaderSettings
    names: tuple[str, ...]
    ours: tuple[str, ...]


FAILED = Examined(frozenset(), 0, changed=False, failed=True)


class Examiner:
    """Looks items through in one process."""

    def __init__(self, settings: ExamineSettings) -> None:
        self._sources = Sources(settings.reader.sources)
        self._limits: Limits = settings.reader.limits
        self._matcher = NameMatcher(settings.names) if settings.names else None
        self._known = (*settings.names, *settings.ours)

    def look(self, task: ExamineTask) -> Examined:
        """Read the item once more and compare. A source that does not answer gives `failed`, never "not named"."""
        try:
            with self._sources.get(task.source).read(Locator(task.source, task.path)) as content:
                changed = bool(task.version) and content.version.token != task.version
                return self._look(Expansion(blob_of(content, self._limits), self._limits), task.kind, changed)
        except ConnectorError:
            return FAILED

    def _look(self, expansion: Expansion, kind: str, changed: bool) -> Examined:
        named: set[Steps] = set()
        others: set[str] = set()
        for found in expansion:
            if isinstance(found, Unread):
                continue
            texts = _texts(found, kind)
            if self._matcher is not None and any(self._matcher.matches(text) for text in texts):
                named.add(found.steps)
            for text in texts:
                others.update(other_names(text))
        strangers = {name for name in others if not any(same_name(name, own) for own in self._known)}
        return Examined(frozenset(named), len(strangers), changed)


def _texts(record: Record, kind: str) -> list[str]:
    texts = [text for role, text in record.texts if role is not Role.TRACE]
    if kind == ItemKind.MESSAGE:
        return texts
    return [text.replace("_", " ") if role is Role.FILENAME else text for role, text in record.texts] or texts


def make_examine_job(settings: ExamineSettings) -> Callable[[ExamineTask], Examined]:
    """What a worker runs once at its start."""
    return Examiner(settings).look
