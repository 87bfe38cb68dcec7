"""Word files: takes the person out of the text, or a table's row out whole; every other byte of the parts stays.

Amending a record means all that the reader tells in it (paragraphs, links, comments, properties) and the authors of its
tracked changes. What no reader tells (styles, themes, names of parts) must not name the person: then a person decides.
The preview of the first page leaves with any edit, as it may picture what left.
"""

from __future__ import annotations

from scanner.blob import Blob
from scanner.formats.office.docx import FORMAT
from scanner.limits import Limits
from scanner.surgery.base import CannotEdit, Editor, Edits, Person
from scanner.surgery.office import guards, word_amend, word_rows
from scanner.surgery.office.beside import changed, check
from scanner.surgery.office.runs import Scrub
from scanner.surgery.office.text import running
from scanner.surgery.office.witness import compared
from scanner.surgery.office.word import opened


def edit(blob: Blob, edits: Edits, person: Person, limits: Limits) -> bytes:
    """The document without these rows, and without the person in these records. Raises CannotEdit."""
    reason = refuses(blob)
    if reason is not None:
        raise CannotEdit(reason)
    places = opened(Blob(blob.data(), blob.name, limit=blob.limit), limits)
    if edits.amend or edits.remove:
        scrub = Scrub(person)
        check(blob.data(), places, edits, scrub)
        word_rows.remove(places, edits.remove)
        word_amend.amend(places, edits.amend, scrub)
    return changed(blob.data(), places, edits, person)


def refuses(blob: Blob) -> str | None:
    """Signed, encrypted, with macros, damaged."""
    return guards.refusal(blob.data())


def text_of(data: bytes) -> str:
    """The document's text, a line a paragraph or row: to show what an edit changes. Raises ReadError."""
    return running(FORMAT, data)


EDITOR = Editor(
    edit,
    compared,
    refuses,
    records=frozenset({"row"}),
    amends=frozenset({"", "part", "row", "table"}),
)
