"""The formats by name, each imported when it is first needed. A new format is one module and one line here."""

from __future__ import annotations

from functools import cache
from importlib import import_module

from scanner.formats.base import Format

_MODULES = {
    "text": "scanner.formats.text",
    "csv": "scanner.formats.sheet_csv",
    "html": "scanner.formats.html",
    "mail": "scanner.formats.mail",
    "mbox": "scanner.formats.mbox",
    "vcard": "scanner.formats.vcard",
    "ics": "scanner.formats.calendar",
    "pdf": "scanner.formats.pdf",
    "docx": "scanner.formats.docx",
    "odt": "scanner.formats.odt",
    "xlsx": "scanner.formats.xlsx",
    "zip": "scanner.formats.archive_zip",
    "tar": "scanner.formats.archive_tar",
    "gz": "scanner.formats.archive_gz",
}


def names() -> tuple[str, ...]:
    """The names of all formats."""
    return tuple(_MODULES)


@cache
def load(name: str) -> Format:
    """The format of that name. Raises KeyError for a name that is not registered."""
    loaded = import_module(_MODULES[name]).FORMAT
    assert isinstance(loaded, Format)
    return loaded
