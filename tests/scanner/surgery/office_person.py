"""The person who leaves the documents of these tests, and a few plain means to look at a package."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Mapping
from datetime import date

from scanner.blob import Blob
from scanner.detect.base import DetectSettings
from scanner.expand import Expansion
from scanner.limits import Limits
from scanner.model import Cut, SubjectId
from scanner.records import IdType, Record, Steps
from scanner.surgery.base import Edits
from scanner.surgery.person import Subject
from tests.scanner.surgery.make_docx import PERSON

SUBJECT = Subject.of(
    [SubjectId(IdType.NAME, PERSON[0], given=True), SubjectId(IdType.EMAIL, PERSON[1], given=True)],
    DetectSettings(),
    "sv",
    date(2025, 1, 1),
)
MARK = SUBJECT.mark
CANARIES = ("ulrika", "testsson")
_TAG = re.compile(rb"<[^>]*>")


def members(data: bytes) -> dict[str, bytes]:
    """Every member's bytes, by zipfile."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {info.filename: archive.read(info) for info in archive.infolist()}


def packed(parts: Mapping[str, str | bytes]) -> bytes:
    """A package of these parts."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(zipfile.ZipInfo(name, (2024, 1, 2, 3, 4, 6)), content)
    return out.getvalue()


def canaries(data: bytes) -> list[str]:
    """The parts in which the person stands, in markup or in text with all markup taken out."""
    found: list[str] = []
    for name, content in members(data).items():
        both = (content + b"\0" + _TAG.sub(b"", content)).decode("utf-8", "replace").lower()
        found.extend(name for canary in CANARIES if canary in both)
    return found


def masked(text: str) -> str:
    """The text with the mark for every value of the person, by plain replacement."""
    for value in (PERSON[1], PERSON[0]):
        text = text.replace(value, MARK)
    return text


def held(data: bytes, name: str) -> list[Steps]:
    """The records that a scan reads the person in."""
    found: list[Steps] = []
    for one in Expansion(Blob(data, name), Limits()):
        if isinstance(one, Record):
            said = "\n".join([*(text for _, text in one.texts), *(f.value for e in one.entities for f in e.facts)])
            if any(canary in said.lower() for canary in CANARIES):
                found.append(one.steps)
    return list(dict.fromkeys(found))


def cuts(steps: list[Steps]) -> list[Cut]:
    """Rows leave whole, all else is amended."""
    return [Cut(one, amend=not (one and one[-1].startswith("row "))) for one in steps]


def edits_of(wanted: list[Cut]) -> Edits:
    """The same for an editor."""
    gone = frozenset(cut.steps for cut in wanted if not cut.amend)
    return Edits(gone, frozenset(cut.steps for cut in wanted if cut.amend))
