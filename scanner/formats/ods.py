"""OpenDocument sheets: rows as they are shown, annotations, properties. Part of the workbook reader."""

from __future__ import annotations

from collections.abc import Iterator

from scanner.formats.base import Found
from scanner.formats.odt import meta, part, refuse_encrypted, rows, text
from scanner.formats.package import Package
from scanner.formats.rows import row_records, titles
from scanner.formats.xml_safe import attribute, drop
from scanner.records import Record


def open_document(package: Package) -> Iterator[Found]:
    """The records of a sheet file. Raises ReadError."""
    refuse_encrypted(package)
    yield Record((), "file")
    yield from meta(package)
    for table in package.elements("content.xml", "table"):
        if next(table.iterancestors("{*}table", "{*}shapes"), None) is not None:
            continue
        name = attribute(table, "name")
        yield Record((), "file", titles([name]))
        yield from row_records((f"sheet {name}",), rows(table))
        notes = [text(line) for note in table.iter("{*}annotation") for line in note.iter("{*}p")]
        links = [attribute(link, "href") for link in table.iter("{*}a")]
        names = [creator.text or "" for creator in table.iter("{*}creator")]
        for record in part("comments", notes + links, names):
            record.steps = (f"sheet {name}", *record.steps)
            yield record
        drop(table)
