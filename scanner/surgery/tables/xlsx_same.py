"""Whether two workbooks differ in nothing but rows that left: read by lxml, where the edit works on bytes by expat."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import zip_longest

from lxml import etree

from scanner.blob import Blob
from scanner.formats.office.ooxml import main_part
from scanner.formats.office.package import Package
from scanner.formats.office.xlsx_beside import read_workbook
from scanner.formats.office.xlsx_cells import cell_rows, strings
from scanner.formats.xml_safe import Element, drop, local
from scanner.limits import Limits
from scanner.records import ReadError
from scanner.surgery.base import CannotEdit, Edits, Person
from scanner.surgery.packages import same_but
from scanner.surgery.tables.sheet_rows import MERGED, Wanted, origin, wanted, without

_GONE = re.compile(r".*calcchain\.xml$|docprops/thumbnail")
_CHANGED = re.compile(r"\[content_types\]\.xml|(?:.*/)?_rels/[^/]*\.rels|xl/charts/[^/]*\.xml|.*sharedstrings\.xml$")
_NOTES = ("comments", "threadedcomment", "vmldrawing")
_LOSES = frozenset({"Relationship", "Override", "pt"})
_PLACE = re.compile(r"\$?[A-Z]+\$?(\d+)(?::\$?[A-Z]+\$?(\d+))?")


def differences(before: bytes, after: bytes, edits: Edits, person: Person) -> list[str]:
    """What differs between two workbooks beyond the edits; see `Editor`."""
    if not wanted(edits):
        return [] if before == after else ["the workbook"]
    try:
        limits = Limits()
        with Package(Blob(before, "a"), limits) as old, Package(Blob(after, "a"), limits) as new:
            return list(dict.fromkeys(_Comparison(old, new, person).run(before, after, wanted(edits))))
    except (ReadError, etree.LxmlError, ValueError, IndexError):
        return ["one of both could not be read to its end"]
    except CannotEdit as error:
        return [error.reason]


class _Comparison:
    def __init__(self, old: Package, new: Package, person: Person) -> None:
        self._old = old
        self._new = new
        self._person = person
        self._texts = (strings(old), strings(new))
        self._used: set[int] = set()

    def run(self, before: bytes, after: bytes, rows: dict[str, Wanted]) -> Iterator[str]:
        """All that differs."""
        old = self._old
        main = main_part(old, "xl/workbook.xml")
        book, problem = read_workbook(old, main)
        if problem is not None or read_workbook(self._new, main)[0] != book:
            yield "the list of sheets"
        sheets = {part: Wanted() for part in old.parts if part.startswith("xl/worksheets/") and part.endswith(".xml")}
        for name, part in book.sheets.items():
            asked = rows.pop(f"sheet {name}", Wanted())
            start = origin(cell_rows(old, part, self._texts[0])) + 1 if asked.remove or asked.amend else 0
            sheets[part] = Wanted({start + one for one in asked.remove}, {start + one for one in asked.amend})
        if rows:
            yield "a sheet is missing"
        notes = self._notes(sheets)
        may = {part for part in old.parts if _GONE.match(part) or _CHANGED.fullmatch(part)}
        may |= {main, *sheets, *notes}
        yield from same_but(before, after, {old.name(part) for part in may})
        yield from self._parts(may, sheets, notes, main)

    def _parts(self, may: set[str], sheets: dict[str, Wanted], notes: dict[str, set[int]], main: str) -> Iterator[str]:
        for part, asked in sheets.items():
            if part not in self._new:
                yield "a sheet is missing"
            else:
                yield from self._sheet(part, asked)
        for part in sorted(may - sheets.keys()):
            if part not in self._new:
                if not _GONE.match(part):
                    yield "a part is missing"
            elif part.endswith("sharedstrings.xml"):
                yield from self._strings(part)
            elif not _GONE.match(part):
                yield from self._lesser(part, notes.get(part, set()), part == main)

    def _notes(self, sheets: dict[str, Wanted]) -> dict[str, set[int]]:
        """Parts with notes on rows, and the rows of theirs that leave."""
        found: dict[str, set[int]] = {}
        for part, asked in sheets.items():
            for relation in self._old.relations(part):
                if (
                    relation.kind.lower() in ("comments", "threadedcomment", "vmldrawing")
                    and relation.target in self._old
                ):
                    found.setdefault(relation.target, set()).update(asked.remove)
        return found

    def _lesser(self, part: str, rows: set[int], is_main: bool) -> Iterator[str]:
        if self._old.stream(part).read() == self._new.stream(part).read():
            return
        old, new = self._old.whole(part)[0], self._new.whole(part)[0]
        if old is None or new is None:
            yield "a part that is no XML"
            return
        for root in (old, new) if is_main else ():
            for rule in root.findall("{*}calcPr"):
                root.remove(rule)
        if not _is_less(old, new, rows):
            yield f"a part of the workbook: {part.rpartition('/')[2] if part == '[content_types].xml' else 'beside'}"

    def _strings(self, part: str) -> Iterator[str]:
        pairs = zip_longest(self._old.elements(part, "si"), self._new.elements(part, "si"))
        for number, (old, new) in enumerate(pairs):
            if old is None or new is None:
                yield "how many shared strings there are"
                return
            is_blank = number not in self._used and not "".join(map(str, new.itertext()))
            if not is_blank and _canonical(old) != _canonical(new):
                yield "a shared string"
            drop(old)
            drop(new)

    def _sheet(self, part: str, asked: Wanted) -> Iterator[str]:
        tails: tuple[list[_Top], list[_Top]] = ([], [])
        for old, new in zip_longest(_rows(self._old, part, tails[0]), _rows(self._new, part, tails[1])):
            if old is None or new is None or old.items() != new.items():
                yield "the rows of a sheet"
                return
            yield from self._row(old, new, asked)
        yield from _tails(*tails, asked.remove)
        for area, _, _ in (one for tag, _, inner in tails[0] if tag == "mergeCells" for one in inner):
            if _is_begun(area, asked.remove) and not _is_in(area, asked.remove):
                yield MERGED

    def _row(self, old: Element, new: Element, asked: Wanted) -> Iterator[str]:
        number = old.get("r", "")
        at = int(number) if number.isdecimal() else 0
        if [cell.get("r") for cell in old] != [cell.get("r") for cell in new]:
            yield "the cells of a row"
            return
        left = without(self._person, [self._value(cell, 0) for cell in old]) if at in asked.amend else {}
        for column, (was, now) in enumerate(zip(old, new, strict=True)):
            if now.get("t") == "s":
                self._used.add(int(now.findtext("{*}v", "-1")))
            if was.get("s") != now.get("s"):
                yield "the style of a cell"
            if at in asked.remove:
                if len(now) or now.text:
                    yield "a cell of the row that leaves still holds something"
            elif not _is_same_cell(was, now) and (
                was.find("{*}f") is not None or self._value(now, 1) != left.get(column)
            ):
                yield "a cell of a row that stays"

    def _value(self, cell: Element, side: int) -> str:
        inline = cell.find("{*}is")
        if inline is not None:
            said = (one for one in inline.iter("{*}t") if local(one.getparent()) != "rPh")
            return "".join(one.text or "" for one in said)
        value = cell.findtext("{*}v", "")
        return self._texts[side][int(value)] if cell.get("t") == "s" else value


_Top = tuple[str, str, list[tuple[str, str, str]]]  # tag, all of it; of the children place, start and all


def _rows(package: Package, part: str, tail: list[_Top]) -> Iterator[Element]:
    """The rows; what stands before and behind them is put in `tail`."""
    for element in package.elements(part):
        above = element.getparent()
        if above is None or local(element) == "sheetData":
            continue
        if local(element) == "row" and local(above) == "sheetData":
            yield element
            drop(element)
        elif above.getparent() is None:
            place = ("ref", "sqref")
            inner = [(" ".join(filter(None, map(one.get, place))), _start(one), _canonical(one)) for one in element]
            tail.append((local(element), _canonical(element), inner))


def _is_same_cell(was: Element, now: Element) -> bool:
    """Whether a cell is as it was, or has lost no more than the last result of its formula."""
    if _flat(was) == _flat(now):
        return True
    formula = was.find("{*}f")
    rest = [one for one in now if local(one) != "f"]
    return formula is not None and not rest and _canonical(formula) == _canonical(now.find("{*}f"))


def _flat(cell: Element) -> tuple[object, ...]:
    return (
        cell.items(),
        [(one.tag, one.text, one.items()) if not len(one) else _canonical(one) for one in cell],
    )


def _tails(old: list[_Top], new: list[_Top], rows: set[int]) -> Iterator[str]:
    """What stands beside the cells: links and validations of the rows may be gone, or the whole list of them."""
    waiting = list(new)
    for tag, whole, inner in old:
        if waiting and waiting[0][:2] == (tag, whole):
            waiting.pop(0)
        elif tag not in ("hyperlinks", "dataValidations"):
            yield "what stands beside the cells of a sheet"
        else:
            left = waiting.pop(0)[2] if waiting and waiting[0][0] == tag else []
            yield from _fewer(inner, left, rows)
    if waiting:
        yield "what stands beside the cells of a sheet"


def _fewer(old: list[tuple[str, str, str]], new: list[tuple[str, str, str]], rows: set[int]) -> Iterator[str]:
    at = 0
    for place, start, whole in old:
        if at < len(new) and (new[at][2] == whole or (new[at][1] == start and "formula1" in whole)):
            at += 1  # as it was, or a list of allowed values that the person left
        elif not _is_in(place, rows):
            yield "a link or a validation of a row that stays"
    if at != len(new):
        yield "a link or a validation that was not there"


def _is_in(places: str, rows: set[int]) -> bool:
    for place in places.split():
        match = _PLACE.fullmatch(place)
        if match is None:
            return False
        first, last = sorted((int(match[1]), int(match[2] or match[1])))
        if last - first >= len(rows) or not all(row in rows for row in range(first, last + 1)):
            return False
    return True


def _is_begun(area: str, rows: set[int]) -> bool:
    """Whether the first row of the area is one of these."""
    match = _PLACE.fullmatch(area)
    return match is None or min(int(match[1]), int(match[2] or match[1])) in rows


def _is_less(old: Element, new: Element, rows: set[int]) -> bool:
    """Whether `new` is `old` without some of the elements that may go: notes only of these rows."""
    if old.tag != new.tag or old.items() != new.items() or (old.text or "") != (new.text or ""):
        return False
    left = list(new)
    left.reverse()
    for one in old:
        if left and left[-1].tag == one.tag and _is_less(one, left[-1], rows):
            left.pop()
        elif not _may_go(one, rows):
            return False
    return not left


def _may_go(element: Element, rows: set[int]) -> bool:
    name = local(element)
    if name in ("comment", "threadedComment"):
        return _is_in(element.get("ref", ""), rows)
    if name == "shape":
        row = element.findtext(".//{*}Row", "")
        return row.strip().isdecimal() and int(row) + 1 in rows
    return name in _LOSES


def _canonical(element: Element | None) -> str:
    return "" if element is None else etree.tostring(element, method="c14n", with_tail=False).decode()


def _start(element: Element) -> str:
    return repr((element.tag, sorted(element.items())))
