"""A second look at items on their live content: does the name really stand there, and whom else does the text name?

The index holds words, not sentences; "Anna" on one line and "Andersson" ten lines down is no Anna Andersson. So what is
found by name alone is confirmed here, and what is proposed for removal is looked through for other persons. Runs in
worker processes like a scan; nothing of the content comes back but counts and addresses of records.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from connectors.base import ItemKind, Locator
from connectors.errors import ConnectorError
from scanner.aids import Aids, Ocr
from scanner.asked_text import TextMatcher
from scanner.detect.detector import Detector
from scanner.detect.names import NameMatcher, Strength, other_names
from scanner.detect.parse import lookup_keys, normalise
from scanner.examined import FAILED, Examined, ExamineTask
from scanner.expand import Expansion
from scanner.identity.facts import STRONG
from scanner.index.seal import Keys, Sealer
from scanner.limits import Limits
from scanner.model import SubjectId
from scanner.papers import Paper, Papers
from scanner.pictures import Budget, reader
from scanner.read import ReaderSettings, Sources, blob_of
from scanner.records import IdType, Record, Role, Steps, Unread
from scanner.registers.by_path import ByPath
from scanner.remembered import Remembered
from scanner.strangers import in_cells, is_strange, named_on_the_way
from scanner.surgery.operate import refusal
from scanner.surgery.person import Subject
from scanner.surgery.prints import Prints
from scanner.surgery.reach import reach

__all__ = ["FAILED", "ExamineSettings", "ExamineTask", "Examined", "Examiner", "make_examine_job"]

_POSTCODE = re.compile(r"\b(\d{3}) (\d{2})\b", re.ASCII)


@dataclass(frozen=True, slots=True)
class ExamineSettings:
    """The reader's settings, the subject's names, and names that are nobody else's (staff, the company)."""

    reader: ReaderSettings
    names: tuple[str, ...]
    ours: tuple[str, ...]
    addresses: tuple[str, ...] = ()  # canonical ones
    subject: tuple[SubjectId, ...] = ()
    language: str = "sv"
    papers: bool = False  # whether the rules ask what kind of document something is


class Examiner:
    """Looks items through in one process."""

    def __init__(self, settings: ExamineSettings) -> None:
        self._settings = settings
        self._sources = Sources(settings.reader.sources)
        self._limits: Limits = settings.reader.limits
        self._ocr = settings.reader.ocr
        self._aids = Aids(settings.reader.keys(), None, Remembered())
        self._registers = ByPath(settings.reader.registers, settings.reader.origins)
        self._matcher = NameMatcher(settings.names) if settings.names else None
        self._numbers = TextMatcher(one.value for one in settings.subject if one.type is IdType.TEXT)
        self._known = (*settings.names, *settings.ours)
        self._sealer = Sealer(Keys.derive(settings.reader.master))
        self._detect = settings.reader.detect
        self._addresses = [f" {_joined(one)} " for one in settings.addresses]

    def ahead(self, tasks: Sequence[ExamineTask]) -> None:
        """Tell the source what will be looked at next, where it wants to know."""
        self._sources.ahead([Locator(task.source, task.path) for task in tasks])

    def __call__(self, task: ExamineTask) -> Examined:
        """As `look`: what a worker calls."""
        return self.look(task)

    def look(self, task: ExamineTask) -> Examined:
        """Read the item once more and compare. A source that does not answer gives `failed`, never "not named"."""
        try:
            with self._sources.get(task.source).read(Locator(task.source, task.path)) as content:
                changed = bool(task.version) and content.version.token != task.version
                blob = blob_of(content, self._limits)
                aids = self._registers.aids(self._aids, task.source, task.path)
                if task.cuts:
                    beside: list[str] = []
                    reason = refusal(blob, task.cuts, self._person, self._limits, aids, beside=beside)
                    return Examined(frozenset(), self._strangers_in(beside), changed, refused=reason)
                seen = self._look(Expansion(blob, self._limits, self._aids_for(task, aids)), task, changed)
                return replace(seen, reach=reach(blob, task.wanted, self._limits)) if task.wanted else seen
        except ConnectorError:
            return FAILED

    @cached_property
    def _person(self) -> Subject:
        settings = self._settings
        return Subject.of(settings.subject, settings.reader.detect, settings.language)

    def _aids_for(self, task: ExamineTask, aids: Aids) -> Aids:
        """Pictures are read where the scan has read them, and only there: they are slow."""
        if not task.pictures or not self._ocr.enabled:
            return aids
        return replace(aids, ocr=Budget(self._reader, self._ocr.pages, self._ocr.seconds))

    @cached_property
    def _detector(self) -> Detector:
        return Detector(self._detect)

    @cached_property
    def _reader(self) -> Ocr:
        return reader(self._ocr)

    def _look(self, expansion: Expansion, task: ExamineTask, changed: bool) -> Examined:
        notes = _Notes(task.wanted, Prints(self._sealer.content))
        papers = Papers() if self._settings.papers else None
        for found in expansion:
            if isinstance(found, Unread):
                notes.unread.add(found.steps)
                continue
            texts = _texts(found, task.kind)
            facts = (fact.value for entity in found.entities for fact in entity.facts)
            if any(map(self._numbers.matches, (*texts, *facts))):
                notes.spelt.add(found.steps)
            names = {name for text in texts for name in _names_in(found, text)}
            strength = self._strength(found, texts)
            if strength is Strength.STRONG:
                notes.named.add(found.steps)
                if self._addresses and any(map(self._has_address, texts)):
                    notes.addressed.add(found.steps)
            elif strength is not Strength.NONE:
                notes.perhaps[found.steps] = strength
                if any(self._fits(name) for name in names):
                    notes.fitting.add(found.steps)
            notes.take(found, names)
            if papers is not None:
                papers.take(found)
        if task.kind == ItemKind.FILE:
            notes.others.update(named_on_the_way(self._settings.reader.origins.shown(task.source, task.path)))
        return notes.examined(self._is_stranger, changed, papers.found() if papers is not None else ())

    def _strength(self, record: Record, texts: list[str]) -> Strength:
        """How surely the record's text holds one of the names; names of files by rules of their own."""
        if self._matcher is None:
            return Strength.NONE
        best = max(map(self._matcher.strength, texts), default=Strength.NONE)
        if best is Strength.STRONG:
            return best
        files = (text for role, text in record.texts if role is Role.FILENAME)
        return max(best, max(map(self._matcher.strength_in_name, files), default=Strength.NONE))

    def _fits(self, name: str) -> bool:
        """True for somebody else's name that an initial or a spelling of the subject's may stand for as well."""
        return self._is_stranger(name) and self._matcher is not None and self._matcher.fits(name)

    def _strangers_in(self, texts: list[str]) -> int:
        """How many other persons texts name that would leave with a record though they stand elsewhere: its notes."""
        names = {name for text in texts for name in other_names(text) if self._is_stranger(name)}
        own = {(one.type, key) for one in self._settings.subject for key in lookup_keys(one.type, one.value)}
        record = Record((), "part", [(Role.BODY, text) for text in texts])
        told = {(one.type, one.value) for one in self._detector.mentions(record) if one.type in STRONG}
        return len(names) + len(told - own)

    def _is_stranger(self, name: str) -> bool:
        return is_strange(name, self._known)

    def _has_address(self, text: str) -> bool:
        """A postal address is only looked for where it is known and the name stands: as a second fact."""
        words = normalise(IdType.ADDRESS, text, self._detect)
        return words is not None and any(one in f" {_joined(words)} " for one in self._addresses)


class _Notes:
    """What a look gathers."""

    def __init__(self, wanted: Sequence[Steps], prints: Prints) -> None:
        self.named: set[Steps] = set()
        self.addressed: set[Steps] = set()
        self.spelt: set[Steps] = set()
        self.perhaps: dict[Steps, Strength] = {}
        self.fitting: set[Steps] = set()
        self.unread: set[Steps] = set()
        self.others: set[str] = set()
        self._prints = prints
        self._wanted = frozenset(wanted)
        self._depths = sorted({len(steps) for steps in wanted})
        self._within: dict[Steps, set[str]] = {}
        self._known: dict[Steps, tuple[str, int]] = {}

    def take(self, record: Record, names: set[str]) -> None:
        """One record with the names of persons that its text seems to hold."""
        self.others |= names
        if not self._wanted:
            return
        known = self._prints.of(record)  # of every record: twins are counted
        if record.steps in self._wanted:
            self._known[record.steps] = known
        for depth in self._depths:
            top = record.steps[:depth]
            if names and len(top) == depth and top in self._wanted:
                self._within.setdefault(top, set()).update(names)

    def examined(self, is_stranger: Callable[[str], bool], changed: bool, papers: tuple[Paper, ...]) -> Examined:
        """All of it; of the names only how many are strangers'."""
        strangers = {name for name in self.others if is_stranger(name)}
        return Examined(
            frozenset(self.named),
            len(strangers),
            changed,
            addressed=frozenset(self.addressed),
            spelt=frozenset(self.spelt),
            perhaps=self.perhaps,
            fitting=frozenset(self.fitting),
            unread=frozenset(self.unread),
            prints=self._known,
            strangers={steps: len(names & strangers) for steps, names in self._within.items()},
            papers=papers,
        )


def _names_in(record: Record, text: str) -> set[str]:
    return other_names(text) | in_cells(text) if record.kind == "row" else other_names(text)


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
    return Examiner(settings)
