"""What differs between two office files, as openpyxl, odfpy, python-docx and lxml see it, beyond what was to leave."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Iterator, Sequence
from typing import Any
from urllib.parse import quote

import docx
import openpyxl
from lxml import etree
from odf.opendocument import load
from odf.table import CoveredTableCell, Table, TableCell, TableRow
from odf.teletype import extractText

Gone = set[tuple[str, int]]  # sheets and their rows, from 1


def _members(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        return {info.filename: archive.read(info) for info in archive.infolist()}


# -- workbooks --------------------------------------------------------------------------------------------------------

_LOOKED = re.compile(r"='(.+)'!([A-Z]+)(\d+)")


def workbook_differs(before: bytes, after: bytes, gone: Gone) -> list[str]:
    """By openpyxl. Cells of rows that left are empty, keep their looks, and have no notes, links or own rules."""
    old, new = _workbook(before), _workbook(after)
    found = [f"{key}: not in both" for key in old.keys() ^ new.keys()]
    for key in old.keys() & new.keys():
        was, now = old[key], new[key]
        if key[0] == "cell" and (key[1], key[2]) in gone:
            was = (None, was[1], None, None, None)
        elif key[0] == "cell" and was[4] != now[4] and now[4] is None and _shows(was[0], gone):
            was = (*was[:4], None)  # the last result of a formula that showed a row that left
        elif key[0] == "rules":
            was = [rule for rule in was if not _is_own(rule[0], key[1], gone)]
        if was != now:
            found.append(f"{key}: differs")
    return found


def _workbook(data: bytes) -> dict[tuple[Any, ...], Any]:
    book = openpyxl.load_workbook(io.BytesIO(data))
    values = openpyxl.load_workbook(io.BytesIO(data), data_only=True)
    seen: dict[tuple[Any, ...], Any] = {("names",): {name: one.attr_text for name, one in book.defined_names.items()}}
    for sheet in book.worksheets:
        shown = values[sheet.title]
        for row in sheet.iter_rows():
            for cell in row:
                note, link = cell.comment, cell.hyperlink
                look = (cell.font.b, cell.font.i, cell.fill.fgColor.rgb, cell.number_format, cell.alignment.wrap_text)
                told = (note.text, note.author) if note else None
                value = shown[cell.coordinate].value
                seen["cell", sheet.title, cell.row, cell.column] = (
                    cell.value, look, told, link.target if link else None, value,
                )  # fmt: skip
        seen["beside", sheet.title] = (
            sorted(map(str, sheet.merged_cells.ranges)), sheet.freeze_panes, sheet.print_title_rows,
            sheet.auto_filter.ref, {one.name: one.ref for one in sheet.tables.values()}, sheet.dimensions,
            {row: one.height for row, one in sheet.row_dimensions.items() if one.height},
        )  # fmt: skip
        seen["rules", sheet.title] = [
            (str(rule.sqref), rule.type, rule.formula1, rule.prompt) for rule in sheet.data_validations.dataValidation
        ]
    return seen


def _shows(formula: object, gone: Gone) -> bool:
    match = _LOOKED.fullmatch(str(formula))
    return match is not None and (match[1], int(match[3])) in gone


def _is_own(places: str, sheet: str, gone: Gone) -> bool:
    cells = re.findall(r"[A-Z]+(\d+)", places)
    return ":" not in places and all((sheet, int(row)) in gone for row in cells)


# -- OpenDocument sheets ----------------------------------------------------------------------------------------------

_CELLS = (TableCell().qname, CoveredTableCell().qname)
_LASTING = ("style-name", "number-columns-repeated", "number-columns-spanned", "number-rows-spanned")
_SHOWN = re.compile(r"\[(?:\$'?([^'.]+)'?)?\.[A-Z](\d+)(?::\.[A-Z](\d+))?\]")
_PREVIEWS = ("Thumbnails/thumbnail.png", "docProps/thumbnail.jpeg")


def spreadsheet_differs(before: bytes, after: bytes, gone: Gone) -> list[str]:
    """By odfpy. Cells of rows that left are empty and keep their looks; the preview of the first page is gone."""
    old, new = _spreadsheet(before), _spreadsheet(after)
    found = [] if list(old) == list(new) else ["the sheets differ"]
    for sheet, rows in old.items():
        now = new.get(sheet, [])
        if len(now) != len(rows):
            found.append(f"{sheet}: {len(now)} rows of {len(rows)}")
        for number, (was, one) in enumerate(zip(rows, now, strict=False), 1):
            wanted = [_blank(cell) for cell in was] if (sheet, number) in gone else was
            if one != wanted and [_kept(cell, sheet, gone) for cell in wanted] != one:
                found.append(f"{sheet} {number}: differs")
    return found + _other_members(before, after, ("content.xml", "META-INF/manifest.xml"))


def _spreadsheet(data: bytes) -> dict[str, list[list[tuple[Any, ...]]]]:
    seen = {}
    for table in load(io.BytesIO(data)).spreadsheet.getElementsByType(Table):
        rows: list[list[tuple[Any, ...]]] = []
        for row in table.getElementsByType(TableRow):
            cells = [_cell(one) for one in row.childNodes if one.qname in _CELLS]
            rows += [cells] * int(row.getAttribute("numberrowsrepeated") or 1)
        seen[table.getAttribute("name")] = rows
    return seen


def _cell(one: Any) -> tuple[Any, ...]:
    lasting = {key[1]: value for key, value in one.attributes.items() if key[1] in _LASTING}
    said = {key[1]: value for key, value in one.attributes.items() if key[1] not in _LASTING}
    return one.qname, lasting, said, extractText(one)


def _blank(cell: tuple[Any, ...]) -> tuple[Any, ...]:
    return (cell[0], cell[1], {}, "")


def _kept(cell: tuple[Any, ...], sheet: str, gone: Gone) -> tuple[Any, ...]:
    """The cell, without the last result of a formula that shows nothing but rows that left."""
    match = _SHOWN.search(cell[2].get("formula", ""))
    if match is None:
        return cell
    rows = range(int(match[2]), int(match[3] or match[2]) + 1)
    if {(match[1] or sheet, row) for row in rows} <= gone:
        return (cell[0], cell[1], {"formula": cell[2]["formula"]}, "")
    return cell


def _other_members(before: bytes, after: bytes, touched: Sequence[str]) -> list[str]:
    """Members besides those, byte for byte; the preview may not be left."""
    old, new = _members(before), _members(after)
    names = [name for name in old.keys() | new.keys() if name not in touched and name not in _PREVIEWS]
    found = [f"{name}: differs" for name in names if old.get(name) != new.get(name)]
    return found + [f"{name}: is still there" for name in new if name in _PREVIEWS]


# -- documents --------------------------------------------------------------------------------------------------------

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
_TABLE_ROW = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}table-row"
_ANNOTATION = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}annotation"
_OWN_TEXT = (_ANNOTATION, f"{_TEXT}note")

Said = Callable[[Any], str]


def word_differs(before: bytes, after: bytes, values: Sequence[str], mark: str) -> list[str]:
    """By python-docx and lxml. The values of the person are the mark, and rows of tables that held them are gone."""
    old, new = docx.Document(io.BytesIO(before)), docx.Document(io.BytesIO(after))
    found = [] if _looks(old) == _looks(new) else ["looks of the body differ"]
    was, now = _members(before), _members(after)
    found += [f"{name}: not in both" for name in was.keys() ^ now.keys() if name not in _PREVIEWS]
    found += [f"{name}: is still there" for name in now if name in _PREVIEWS]
    for name in was.keys() & now.keys():
        if name.startswith("word/") and name.endswith(".xml"):
            found += _texts_differ(name, was[name], now[name], values, mark, f"{_W}p", f"{_W}tr", _word_text)
        elif name.endswith(".rels"):
            wanted = {key: _masked(target, values, quote(mark)) for key, target in _targets(was[name]).items()}
            found += [f"{name}: differs"] * (wanted != _targets(now[name]))
        elif name == "docProps/core.xml":
            found += [f"{name}: differs"] * (_masked(was[name].decode(), values, mark) != now[name].decode())
        elif name != "[Content_Types].xml" and was[name] != now[name]:
            found.append(f"{name}: differs")
    return found


def writer_differs(before: bytes, after: bytes, values: Sequence[str], mark: str) -> list[str]:
    """By lxml. As `word_differs`; odfpy can read what is left."""
    load(io.BytesIO(after))
    was, now = _members(before), _members(after)
    found = _other_members(before, after, ("content.xml", "styles.xml", "meta.xml", "META-INF/manifest.xml"))
    for name in ("content.xml", "styles.xml"):
        found += _texts_differ(name, was[name], now[name], values, mark, f"{_TEXT}p", _TABLE_ROW, _writer_text)
        found += _texts_differ(name, was[name], now[name], values, mark, f"{_TEXT}h", _TABLE_ROW, _writer_text)
    old, new = ([one.text for one in etree.fromstring(part["meta.xml"]).iter()] for part in (was, now))
    return found + ["meta.xml: differs"] * ([text and _masked(text, values, mark) for text in old] != new)


def _texts_differ(
    name: str, before: bytes, after: bytes, values: Sequence[str], mark: str, paragraph: str, row: str, said: Said
) -> list[str]:
    old, new = etree.fromstring(before), etree.fromstring(after)
    for one in list(old.iter(row)):
        if any(value in said(one) for value in values):
            above = one.getparent()
            assert above is not None
            above.remove(one)
    wanted = [_spaced(_masked(said(one), values, mark)) for one in old.iter(paragraph)]
    return [] if wanted == [_spaced(said(one)) for one in new.iter(paragraph)] else [f"{name}: its text differs"]


def _targets(data: bytes) -> dict[str, str]:
    """What the relations lead to; that to a preview may go."""
    found = {one.get("Id", ""): one.get("Target", "") for one in etree.fromstring(data)}
    return {key: target for key, target in found.items() if target not in _PREVIEWS}


def _spaced(text: str) -> str:
    """With single spaces: a name's own space may be an element, and stays."""
    return re.sub(" +", " ", text)


def _masked(text: str, values: Sequence[str], mark: str) -> str:
    for value in values:
        text = text.replace(value, mark)
    return text


def _word_text(one: Any) -> str:
    return "".join(piece.text or "" for piece in one.iter(f"{_W}t", f"{_W}delText"))


def _writer_text(one: Any) -> str:
    return "".join(_pieces(one))


def _pieces(one: Any) -> Iterator[str]:
    """The text of a paragraph without its notes and comments, which have paragraphs of their own."""
    yield one.text or ""
    for child in one:
        if child.tag == f"{_TEXT}s":
            yield " " * int(child.get(f"{_TEXT}c", "1"))
        elif child.tag not in _OWN_TEXT:
            yield from _pieces(child)
        yield child.tail or ""


def _looks(document: docx.document.Document) -> list[Any]:
    return [(one.style and one.style.name, [(run.bold, run.italic) for run in one.runs]) for one in document.paragraphs]
