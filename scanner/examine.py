"""A second look at items on their live content: does the name really stand there, and whom else does the text name?

The index holds words, not sentences; "Anna" on one line and "Andersson" ten lines down is no Anna Andersson. So what is
found by name alone is confirmed here, and what is proposed for removal is looked through for other persons. Runs in
worker processes like a scan; nothing of the content comes back but counts and addresses of records.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import NamedTuple

from connectors.base import ItemKind, Locator
from connectors.errors import ConnectorError
from scanner.aids import Aids, Ocr
from scanner.detect.names import NameMatcher, other_names, same_name
from scanner.detect.parse import normalise
from scanner.expand import Expansion
from scanner.limits import Limits
from scanner.pictures import Budget, reader
from scanner.read import ReaderSettings, Sources, blob_of
from scanner.records import IdType, Record, Role, Steps, Unread
from scanner.remembered import Remembered

_POSTCODE = re.compile(r"\b(\d{3}) (\d{2})\b", re.ASCII)


class ExamineTask(NamedTuple):
    """One item to look through. `path` is its path in its source."""

    source: str
    path: str
    kind: str
    version: str  # as indexed: a differing one now means that the index is behind
    pictures: bool = False  # what was indexed is in part what its pictures say


@dataclass(frozen=True, slots=True)
class Examined:
    """What the live content says.

    `named` are the steps of the records whose text holds one of the subject's names, `addressed` those of them that
    hold a postal address of the subject too, `unread` where something could not be read.
    """

    named: frozenset[Steps]
    others: int  # other persons that the free text seems to name
    changed: bool  # it is not the content that was indexed
    failed: bool = False  # could not be looked at: nothing is confirmed
    addressed: frozenset[Steps] = frozenset()
    unread: frozenset[Steps] = frozenset()

    def rules_out(self, steps: Steps) -> bool:
        """True where the record was read whole, as it was indexed: a name that is not in `named` is not there."""
        return not self.failed and not self.changed and not any(steps[: len(gap)] == gap for gap in self.unread)


@dataclass(frozen=True, slots=True)
class ExamineSettings:
    """The reader's settings, the subject's names, and names that are nobody else's (staff, the company)."""

    reader: ReaderSettings
    names: tuple[str, ...]
    ours: tuple[str, ...]
    addresses: tuple[str, ...] = ()  # canonical ones


FAILED = Examined(frozenset(), 0, changed=False, failed=True)


class Examiner:
    """Looks items through in one process."""

    def __init__(self, settings: ExamineSettings) -> None:
        self._sources = Sources(settings.reader.sources)
        self._limits: Limits = settings.reader.limits
        self._ocr = settings.reader.ocr
        self._aids = Aids(settings.reader.keys(), None, Remembered())
        self._matcher = NameMatcher(settings.names) if settings.names else None
        self._known = (*settings.names, *settings.ours)
        self._detect = settings.reader.detect
        self._addresses = [f" {_joined(one)} " for one in settings.addresses]

    def look(self, task: ExamineTask) -> Examined:
        """Read the item once more and compare. A source that does not answer gives `failed`, never "not named"."""
        try:
            with self._sources.get(task.source).read(Locator(task.source, task.path)) as content:
                changed = bool(task.version) and content.version.token != task.version
                expansion = Expansion(blob_of(content, self._limits), self._limits, self._aids_for(task))
                return self._look(expansion, task, changed)
        except ConnectorError:
            return FAILED

    def _aids_for(self, task: ExamineTask) -> Aids:
        """Pictures are read where the scan has read them, and only there: they are slow."""
        if not task.pictures or not self._ocr.enabled:
            return self._aids
        return replace(self._aids, ocr=Budget(self._reader, self._ocr.pages, self._ocr.seconds))

    @cached_property
    def _reader(self) -> Ocr:
        return reader(self._ocr)

    def _look(self, expansion: Expansion, task: ExamineTask, changed: bool) -> Examined:
        named: set[Steps] = set()
        addressed: set[Steps] = set()
        unread: set[Steps] = set()
        others: set[str] = set()
        for found in expansion:
            if isinstance(found, Unread):
                unread.add(found.steps)
                continue
            texts = _texts(found, task.kind)
            if self._matcher is not None and any(self._matcher.matches(text) for text in texts):
                named.add(found.steps)
                if self._addresses and any(map(self._has_address, texts)):
                    addressed.add(found.steps)
            for text in texts:
                others.update(other_names(text))
        if task.kind == ItemKind.FILE:
            others.update(_named_on_the_way(task.path))
        strangers = {name for name in others if not any(same_name(name, own) for own in self._known)}
        return Examined(
            frozenset(named), len(strangers), changed, addressed=frozenset(addressed), unread=frozenset(unread)
        )

    def _has_address(self, text: str) -> bool:
        """A postal address is only looked for where it is known and the name stands: as a second fact."""
        words = normalise(IdType.ADDRESS, text, self._detect)
        return words is not None and any(one in f" {_joined(words)} " for one in self._addresses)


def _named_on_the_way(path: str) -> set[str]:
    """Persons that the names of the file and its folders seem to name."""
    parts = [part.replace("_", " ") for part in path.split("/")]
    parts[-1] = parts[-1].rpartition(".")[0] or parts[-1]
    return {name for part in parts for name in other_names(part)}


def _joined(words: str) -> str:
    """Folded words with the two parts of a postcode ("752 31") as one."""
    return _POSTCODE.sub(r"\1\2", words)


def _texts(record: Record, kind: str) -> list[str]:
    texts = [text for role, text in record.texts if role is not Role.TRACE]
    if kind == ItemKind.MESSAGE:
        return texts
    return [text.replace("_", " ") if role is Role.FILENAME else text for role, text in record.texts] or texts


def make_examine_job(settings: ExamineSettings) -> Callable[[ExamineTask], Examined]:
    """What a worker runs once at its start."""
    return Examiner(settings).look
