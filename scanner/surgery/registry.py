"""The editors by the name of their format, each imported when it is first needed."""

from __future__ import annotations

from functools import cache
from importlib import import_module

from scanner.blob import Blob
from scanner.formats.sniff import sniff
from scanner.surgery.base import CannotEdit, Editor
from scanner.surgery.reached import NO_EDITOR

_WHY = {"row": "gallra changes no text in a database"}
"""What is said instead, of formats that are no files."""
_DEEPEST = 12

_MODULES = {
    "text": "scanner.surgery.text.text",
    "html": "scanner.surgery.text.html",
    "csv": "scanner.surgery.tables.csv",
    "xlsx": "scanner.surgery.tables.xlsx",
    "docx": "scanner.surgery.office.docx",
    "odt": "scanner.surgery.office.odt",
    "vcard": "scanner.surgery.contacts.vcard",
    "ics": "scanner.surgery.contacts.ics",
    "mail": "scanner.surgery.mail.mail",
    "mbox": "scanner.surgery.mail.mbox",
    "zip": "scanner.surgery.archives.zip",
    "tar": "scanner.surgery.archives.tar",
    "gz": "scanner.surgery.archives.gz",
}


def names() -> tuple[str, ...]:
    """The formats that can be edited."""
    return tuple(_MODULES)


@cache
def load(name: str) -> Editor | None:
    """The editor of a format; None where it has none."""
    if name not in _MODULES:
        return None
    loaded = import_module(_MODULES[name]).EDITOR
    assert isinstance(loaded, Editor)
    return loaded


def editor_for(blob: Blob, depth: int) -> Editor:
    """The editor of a blob that lies so many blobs deep. Raises CannotEdit where there is none, or it refuses it."""
    name = sniff(blob)
    editor = load(name) if name is not None and depth <= _DEEPEST else None
    if editor is None:
        raise CannotEdit(_WHY.get(name or "", NO_EDITOR))
    reason = editor.refuses(blob)
    if reason is not None:
        raise CannotEdit(reason)
    return editor
