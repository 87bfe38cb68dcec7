"""What a workbook holds beside its cells: names, comments and who wrote them, links, lists, headers of pages."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from scanner.formats.base import Found
from scanner.formats.office.ooxml import Beside, authors, links, record
from scanner.formats.office.ooxml_text import person
from scanner.formats.office.package import Package
from scanner.formats.office.xlsx_scan import SheetScan, is_reference
from scanner.formats.xml_safe import Element, attribute, drop, local
from scanner.records import Entity, ReadError, Unread


@dataclass(slots=True)
class Workbook:
    """What workbook.xml says: sheets' names in order, with their parts; names of cells; who holds the file open."""

    sheets: dict[str, str] = field(default_factory=dict)
    words: list[str] = field(default_factory=list)
    users: list[str] = field(default_factory=list)


def read_workbook(package: Package, main: str) -> tuple[Workbook, Unread | None]:
    """The workbook, as far as it can be read, and what went wrong."""
    book = Workbook()
    targets = {relation.id: relation.target for relation in package.relations(main)}
    try:
        for element in package.elements(main, "sheet", "definedName", "fileSharing", "absPath", "customWorkbookView"):
            name = local(element)
            if name == "sheet":
                _sheet(package, element, targets, book)
            elif name == "definedName":
                book.words.extend(_defined(element))
            elif name == "absPath":
                book.words.append(attribute(element, "url"))
            elif name == "customWorkbookView":
                book.words.append(element.get("name", ""))
            else:
                book.users.append(attribute(element, "userName"))
    except ReadError as fault:
        return book, Unread((), fault.reason, fault.detail)
    return book, None


def _sheet(package: Package, element: Element, targets: dict[str, str], book: Workbook) -> None:
    key = next((value for name, value in element.attrib.items() if str(name).endswith("}id")), "")
    part = targets.get(str(key), "")
    name = element.get("name", "")
    if part in package and name not in book.sheets:
        book.sheets[name] = part
    elif part not in package:
        book.words.append(name)


def _defined(element: Element) -> Iterator[str]:
    """A name of cells or of a value, and what somebody wrote of it. Excel's own (`_xlnm.`) only have cells."""
    name = element.get("name", "")
    if not name.startswith("_xlnm."):
        yield name
    text = element.text or ""
    if not is_reference(text):
        yield text
    yield from (element.get(key, "") for key in ("comment", "description", "help", "statusBar", "customMenu"))


def sheet_parts(
    package: Package, name: str, part: str, scan: SheetScan | None, beside: Beside, persons: dict[str, Entity]
) -> Iterator[Found]:
    """What belongs to a sheet and is no cell; `persons` are those who comment."""
    sheet = f"sheet {name}"
    scan = scan or SheetScan()
    yield from record((sheet, "part header"), scan.headers)
    yield from record((sheet, "part links"), [*links(package, part), *scan.formulas])
    yield from record((sheet, "part rules"), scan.rules, authors(scan.users))
    comments: list[str] = []
    entities: list[Entity] = []
    try:
        for relation in package.relations(part):
            if relation.target in package and relation.kind.lower() in ("comments", "threadedcomment"):
                beside.taken.add(relation.target)
                _comments(package, relation.target, persons, comments, entities)
    except ReadError as fault:
        yield Unread((sheet, "part comments"), fault.reason, fault.detail)
    yield from record((sheet, "part comments"), comments, entities)


def _comments(
    package: Package, part: str, persons: dict[str, Entity], comments: list[str], entities: list[Entity]
) -> None:
    known = {tuple(entity.facts) for entity in entities}
    for element in package.elements(part, "author", "comment", "threadedComment"):
        name = local(element)
        if name == "author":
            author = (element.text or "").strip()
            entities.extend(authors([author] if not author.startswith("tc={") else []))
            continue
        comments.append("".join(str(node.text or "") for node in element.iter("{*}t", "{*}text")))
        who = persons.get(attribute(element, "personId")) if name == "threadedComment" else None
        if who is not None and tuple(who.facts) not in known:
            known.add(tuple(who.facts))
            entities.append(who)
        drop(element)


def commenters(package: Package) -> dict[str, Entity]:
    """Who comments, by id. What is wrong with such a part is told where it is read on its own."""
    found: dict[str, Entity] = {}
    for part in package.parts:
        if part.startswith("xl/persons/") and part.endswith(".xml"):
            root, _ = package.whole(part)
            for element in root.iter("{*}person") if root is not None else ():
                who = person(attribute(element, "displayName"), attribute(element, "userId"))
                if who is not None:
                    found[attribute(element, "id")] = who
    return found
