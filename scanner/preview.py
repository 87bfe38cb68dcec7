"""What erasing one record would change, for the person who decides: read live, shown once, never kept."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from connectors.base import Locator
from connectors.errors import ConnectorError
from scanner.aids import Aids
from scanner.blob import Blob
from scanner.expand import Expansion
from scanner.model import Cut, SubjectId
from scanner.read import ReaderSettings, Sources, blob_of
from scanner.records import Record
from scanner.registers.by_path import ByPath
from scanner.surgery.base import CannotEdit
from scanner.surgery.operate import operate
from scanner.surgery.person import Subject
from scanner.surgery.text.passages import diff


class PreviewTask(NamedTuple):
    """One record of one item."""

    source: str
    path: str
    cut: Cut


@dataclass(frozen=True, slots=True)
class Preview:
    """Lines before and after; an empty text is a line that goes. `problem` says why there is nothing to show."""

    lines: tuple[tuple[str, str], ...] = ()
    problem: str = ""


class Previewer:
    """Tries one record's erasure in one process, and writes nothing."""

    def __init__(self, reader: ReaderSettings, subject: tuple[SubjectId, ...], language: str) -> None:
        self._sources = Sources(reader.sources, hasty=True)
        self._limits = reader.limits
        self._aids = Aids(reader.keys())
        self._registers = ByPath(reader.registers, reader.origins)
        self._person = Subject.of(subject, reader.detect, language)

    def show(self, task: PreviewTask) -> Preview:
        """The changed lines of the record."""
        try:
            with self._sources.get(task.source).read(Locator(task.source, task.path)) as content:
                blob = blob_of(content, self._limits)
                aids = self._registers.aids(self._aids, task.source, task.path)
                after = operate(blob, [task.cut], self._person, self._limits, aids)
        except CannotEdit as error:
            return Preview(problem=error.reason)
        except ConnectorError as error:
            return Preview(problem=str(error))
        new = Blob(after, blob.name, media_type=blob.media_type, limit=blob.limit)
        old = self._texts(blob, task.cut)
        lines = diff(old, "" if not task.cut.amend else self._texts(new, task.cut))
        return Preview(tuple(lines))

    def _texts(self, blob: Blob, cut: Cut) -> str:
        """The record's texts. Amending moves no number, so that the steps lead to it before and after."""
        found = Expansion(blob, self._limits, self._aids)
        mine = [one for one in found if isinstance(one, Record) and one.steps == cut.steps]
        return "\n".join(line for one in mine for line in _lines(one))


def _lines(record: Record) -> list[str]:
    """Its texts, then what of its fields is in none of them: an attendee."""
    texts = [text for _, text in record.texts]
    fields = [fact.value for entity in record.entities for fact in entity.facts]
    return texts + [one for one in fields if not any(one in text for text in texts)]


def make_preview_job(
    reader: ReaderSettings, subject: tuple[SubjectId, ...], language: str
) -> Callable[[PreviewTask], Preview]:
    """What a worker runs once at its start."""
    return Previewer(reader, subject, language).show
