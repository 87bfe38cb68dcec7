"""OpenDocument files: texts here, spreadsheets by their own editor; presentations and drawings wait for a person.

Amending a record means all that the reader tells in it (paragraphs, links, comments, changes, properties). What no
reader tells (styles, settings, names of parts) must not name the person: then a person decides. The preview of the
first page leaves with any edit, as it may picture what left.
"""

from __future__ import annotations

import io
import zipfile

from scanner.blob import Blob
from scanner.formats.opendocument.odt import FORMAT
from scanner.limits import Limits
from scanner.surgery.base import CannotEdit, Editor, Edits, Person
from scanner.surgery.office import guards, odf_amend, odf_rows
from scanner.surgery.office.beside import changed, check
from scanner.surgery.office.odf import opened
from scanner.surgery.office.runs import Scrub
from scanner.surgery.office.text import running
from scanner.surgery.office.witness import compared

_TEXTS = "application/vnd.oasis.opendocument.text"
_SHEETS = "application/vnd.oasis.opendocument.spreadsheet"
_OTHER = "this kind of OpenDocument file is not edited"


def edit(blob: Blob, edits: Edits, person: Person, limits: Limits) -> bytes:
    """The document without these rows, and without the person in these records. Raises CannotEdit."""
    reason = refuses(blob)
    if reason is not None:
        raise CannotEdit(reason)
    if _kind(blob).startswith(_SHEETS):
        return _sheets().edit(blob, edits, person, limits)
    places = opened(Blob(blob.data(), blob.name, limit=blob.limit), limits)
    if edits.amend or edits.remove:
        scrub = Scrub(person)
        check(blob.data(), places, edits, scrub)
        odf_rows.remove(places, edits.remove)
        odf_amend.amend(places, edits.amend, scrub)
    return changed(blob.data(), places, edits, person)


def differences(before: bytes, after: bytes, edits: Edits, person: Person) -> list[str]:
    """What differs beyond the edits; see `witness`."""
    blob = Blob(before, "")
    if _kind(blob).startswith(_SHEETS):
        return _sheets().differences(before, after, edits, person)
    return compared(before, after, edits, person)


def refuses(blob: Blob) -> str | None:
    """Signed, encrypted, with macros, damaged; a presentation, a drawing, or a file that is one XML."""
    reason = guards.refusal(blob.data())
    if reason is not None:
        return _OTHER if not zipfile.is_zipfile(io.BytesIO(blob.data())) else reason
    kind = _kind(blob)
    if kind.startswith(_SHEETS):
        return _sheets().refuses(blob)
    return None if kind.startswith(_TEXTS) else _OTHER


def text_of(data: bytes) -> str:
    """The document's text, a line a paragraph or row: to show what an edit changes. Raises ReadError."""
    return running(FORMAT, data)


def _kind(blob: Blob) -> str:
    """The media type that the package states ([ODF 1.3] part 2, 3.3)."""
    try:
        with zipfile.ZipFile(io.BytesIO(blob.data())) as archive:
            return archive.read("mimetype").decode("ascii", "replace").strip()
    except (zipfile.BadZipFile, KeyError, OSError, ValueError, RuntimeError, NotImplementedError):
        return ""


def _sheets() -> Editor:
    from scanner.surgery.tables.ods import EDITOR as SHEETS  # noqa: PLC0415 - only for spreadsheets

    return SHEETS


EDITOR = Editor(
    edit,
    differences,
    refuses,
    records=frozenset({"row"}),
    amends=frozenset({"", "part", "row", "table"}),
)
