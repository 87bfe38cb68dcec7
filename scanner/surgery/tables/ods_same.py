"""Whether two OpenDocument sheets differ in nothing but rows that left: read by lxml, not by the editor's own walk."""

from __future__ import annotations

from collections.abc import Iterator

from lxml import etree

from scanner.blob import Blob
from scanner.formats.office.package import Package
from scanner.formats.opendocument.odt_flow import rows as reader_rows
from scanner.formats.streams import Names
from scanner.formats.xml_safe import Element, attribute, local
from scanner.limits import Limits
from scanner.records import ReadError
from scanner.surgery.base import CannotEdit, Edits, Person
from scanner.surgery.packages import same_but
from scanner.surgery.tables.ods_cells import KEPT, VALUES
from scanner.surgery.tables.sheet_rows import MERGED, Wanted, origin, wanted, without

_CONTENT, _MANIFEST, _PICTURES = "content.xml", "meta-inf/manifest.xml", "thumbnails/"
_REPEATED = "number-rows-repeated"
_Run = tuple[Element, int, int]  # a row, its first position, and the one after its last


def differences(before: bytes, after: bytes, edits: Edits, person: Person) -> list[str]:
    """What differs between two documents beyond the edits; see `Editor`."""
    if not wanted(edits):
        return [] if before == after else ["the document"]
    try:
        limits = Limits()
        with Package(Blob(before, "a"), limits) as old, Package(Blob(after, "a"), limits) as new:
            may = [part for part in old.parts if part in (_CONTENT, _MANIFEST) or part.startswith(_PICTURES)]
            found = same_but(before, after, {old.name(part) for part in may})
            found += _lists(old, new)
            found += _contents(_root(old), _root(new), wanted(edits), person)
            return list(dict.fromkeys(found))
    except (ReadError, etree.LxmlError, ValueError):
        return ["one of both could not be read to its end"]
    except CannotEdit as error:
        return [error.reason]


def _root(package: Package) -> Element:
    root, problem = package.whole(_CONTENT)
    if root is None or problem is not None:
        raise ValueError
    return root


def _lists(old: Package, new: Package) -> Iterator[str]:
    """The manifest may have lost no more than the pictures of the whole."""
    if _MANIFEST not in old:
        return
    both = []
    for package in (old, new):
        root, _ = package.whole(_MANIFEST)
        entries = list(root) if root is not None else []
        both.append(
            [_canonical(one) for one in entries if not attribute(one, "full-path").lower().startswith(_PICTURES)]
        )
    if both[0] != both[1]:
        yield "the list of parts"


def _contents(old: Element, new: Element, rows: dict[str, Wanted], person: Person) -> Iterator[str]:
    names = Names()
    tables = [list(root.findall("{*}body/{*}spreadsheet/{*}table")) for root in (old, new)]
    if len(tables[0]) != len(tables[1]):
        yield "which sheets there are"
        return
    for was, now in zip(*tables, strict=True):
        asked = rows.pop(f"sheet {names.unique(attribute(was, 'name'))}", Wanted())
        start = origin(reader_rows(was)) if asked.any else 0
        remove, amend = ({start + one for one in some} for some in (asked.remove, asked.amend))
        yield from _rows(list(_runs(was)), list(_runs(now)), Wanted(remove, amend), person)
    if rows:
        yield "a sheet is missing"
    for root in (old, new):  # what is left is all that is no row
        for row in root.findall("{*}body/{*}spreadsheet/{*}table//{*}table-row"):
            row.clear()
            above = row.getparent()
            if above is not None:
                above.remove(row)
    if _canonical(old) != _canonical(new):
        yield "what stands beside the rows"


def _runs(table: Element) -> Iterator[_Run]:
    position = 0
    for row in table.iter("{*}table-row"):
        if next(row.iterancestors("{*}table"), None) is table:
            count = attribute(row, _REPEATED)
            after = position + (int(count) if count.isdecimal() and len(count) < 9 else 1)
            yield row, position, after
            position = after


def _rows(old: list[_Run], new: list[_Run], asked: Wanted, person: Person) -> Iterator[str]:
    """Walk both at once, from one end of a run to the next."""
    if (old[-1][2] if old else 0) != (new[-1][2] if new else 0):
        yield "how many rows there are"
        return
    one = other = at = 0
    while one < len(old):
        (was, _, end), (now, _, stop) = old[one], new[other]
        after = min(end, stop)
        yield from _row(was, now, range(at, after), asked, person)
        one, other, at = one + (end == after), other + (stop == after), after


def _row(was: Element, now: Element, positions: range, asked: Wanted, person: Person) -> Iterator[str]:
    if _other(was, ()) != _other(now, ()) or len(was) != len(now) or local(was.getparent()) != local(now.getparent()):
        yield "a row, or how many cells it has"
        return
    removed = positions[0] in asked.remove
    if len(positions) > 1 and now is not was and any(one in positions for one in asked.remove | asked.amend):
        yield "a row that is to leave still stands among others"
    told = [one for cell in was for one in cell if local(one) == "p"] if positions[0] in asked.amend else []
    texts = without(person, ["".join(map(str, one.itertext())) for one in told])
    left = {told[number]: text for number, text in texts.items()}
    for old, new in zip(was, now, strict=True):
        if removed and not _all_leave(positions[-1], attribute(old, "number-rows-spanned"), asked.remove):
            yield MERGED
        if removed:
            if len(new) or new.text or _other(old, VALUES, KEPT) != _other(new, (), KEPT) or _extra(new):
                yield "a cell of the row that leaves still holds something"
        elif not _is_same(old, new) and not (positions[0] in asked.amend and _is_masked(old, new, left, person)):
            yield "a cell of a row that stays"


def _all_leave(row: int, span: str, rows: set[int]) -> bool:
    """Whether all rows leave that a merged cell of this row reaches."""
    count = int(span or 1)
    return count <= 1 or (count <= len(rows) and all(row + more in rows for more in range(count)))


def _other(
    element: Element, dropped: tuple[str, ...] | frozenset[str], only: frozenset[str] = frozenset()
) -> dict[str, str]:
    """The attributes but how often a row stands there."""
    found = {str(key): str(value) for key, value in element.items()}
    return {
        key: value
        for key, value in found.items()
        if (name := key.rpartition("}")[2]) != _REPEATED and name not in dropped and (not only or name in only)
    }


def _extra(cell: Element) -> bool:
    return any(str(key).rpartition("}")[2] not in KEPT for key in cell.attrib)


def _is_same(old: Element, new: Element) -> bool:
    """Whether a cell is as it was, or has lost no more than the last result of its formula."""
    if _canonical(old) == _canonical(new):
        return True
    if not attribute(old, "formula") or _other(old, VALUES) != _other(new, ()):
        return False
    left = [_canonical(one) for one in old if local(one) != "p"]
    return left == [_canonical(one) for one in new]


def _is_masked(old: Element, new: Element, left: dict[Element, str], person: Person) -> bool:
    """Whether the cell says the same without the person; `left` is what its paragraphs say then."""
    if len(old) != len(new) or _other(old, VALUES) != _other(new, VALUES):
        return False
    for was, now in zip(old, new, strict=True):
        text = "".join(map(str, now.itertext()))
        if _canonical(was) != _canonical(now) and text != left.get(was, "".join(map(str, was.itertext()))):
            return False
    return not any(person.holds(str(value)) for value in new.attrib.values())


def _canonical(element: Element) -> str:
    return etree.tostring(element, method="c14n", with_tail=False).decode()
