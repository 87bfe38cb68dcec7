"""A document as plain text, for the comparison that is shown before a person decides."""

from __future__ import annotations

from scanner.blob import Blob
from scanner.formats.base import Format
from scanner.limits import Limits
from scanner.records import Record


def running(form: Format, data: bytes) -> str:
    """What the reader tells of a document, a line a paragraph or row, authors at the end of their record."""
    lines: list[str] = []
    for found in form.extract(Blob(data, ""), Limits()):
        if isinstance(found, Record):
            lines.extend(text for _, text in found.texts)
            if found.kind != "row":
                lines.extend(fact.value for entity in found.entities for fact in entity.facts)
    return "\n".join(lines)
