"""The formats by name, each imported when it is first needed. A new format is one module and one line here."""

from __future__ import annotations

from functools import cache
from importlib import import_module

from scanner.formats.base import Format

_MODULES = {
    "text": "scanner.formats.text",
    "csv": "scanner.formats.data.sheet_csv",
    "json": "scanner.formats.data.json_data",
    "xml": "scanner.formats.data.xml_data",
    "ldif": "scanner.formats.contacts.ldif",
    "plist": "scanner.formats.data.plist",
    "sqlite": "scanner.formats.data.sqlite_data",
    "row": "scanner.formats.data.row",
    "html": "scanner.formats.web.html",
    "epub": "scanner.formats.web.epub",
    "mail": "scanner.formats.mail.mail",
    "mbox": "scanner.formats.mail.mbox",
    "msg": "scanner.formats.outlook.msg",
    "tnef": "scanner.formats.outlook.tnef",
    "pst": "scanner.formats.outlook.pst",
    "vcard": "scanner.formats.contacts.vcard",
    "ics": "scanner.formats.contacts.calendar",
    "pdf": "scanner.formats.pdf.pdf",
    "rtf": "scanner.formats.rtf.rtf",
    "doc": "scanner.formats.legacy.doc",
    "docx": "scanner.formats.office.docx",
    "officexml": "scanner.formats.office.officexml",
    "odt": "scanner.formats.opendocument.odt",
    "ppt": "scanner.formats.legacy.ppt",
    "pptx": "scanner.formats.office.pptx",
    "xls": "scanner.formats.legacy.xls",
    "xlsx": "scanner.formats.office.xlsx",
    "ole": "scanner.formats.ole.ole_other",
    "iwork": "scanner.formats.office.iwork",
    "locked": "scanner.formats.ole.locked",
    "image": "scanner.formats.images.image",
    "metafile": "scanner.formats.office.metafile",
    "zip": "scanner.formats.archives.archive_zip",
    "tar": "scanner.formats.archives.archive_tar",
    "gz": "scanner.formats.archives.archive_gz",
    "7z": "scanner.formats.archives.archive_7z",
    "rar": "scanner.formats.archives.archive_rar",
    "archive": "scanner.formats.archives.archive_libarchive",
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
