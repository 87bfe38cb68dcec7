"""PowerPoint files (pptx, pptm, ppsx, potx): slides in order, notes, comments, masters, what is inside."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from scanner.blob import Blob
from scanner.formats.base import Format, Found
from scanner.formats.office.ooxml import LIMITS, Beside, links, main_part, properties, property_parts, record
from scanner.formats.office.ooxml_text import person
from scanner.formats.office.package import Package
from scanner.formats.office.pptx_slide import drawn
from scanner.formats.rows import row_records
from scanner.formats.xml_safe import attribute
from scanner.limits import Limits
from scanner.records import Entity, Record, Role, Steps, Unread

_MASTERS = re.compile(r"/(?:slidemasters|slidelayouts|notesmasters|handoutmasters)/[^/]*\.xml$")
_SLIDES = re.compile(r"/(?:slides|notesslides)/[^/]*\.xml$")
_AUTHORS = re.compile(r"/(?:commentauthors|authors)\.xml$")
_BOILERPLATE = re.compile(  # what PowerPoint itself writes on masters
    r"(?:Click (?:icon )?to (?:edit|add)|Klicka (?:här )?för att|Edit Master|(?:First|Second|Third|Fourth|Fifth) level"
    r"|Nivå (?:ett|två|tre|fyra|fem)|‹#›|<#>)[^@\d]{0,60}"
)


def _extract(blob: Blob, limits: Limits) -> Iterator[Found]:
    with Package(blob, limits) as package:
        yield from _Deck(package).records()


class _Deck:
    """One presentation."""

    def __init__(self, package: Package) -> None:
        self._package = package
        self._beside = Beside(package, ("notes", "comments", "masters"))
        self._main = main_part(package, "ppt/presentation.xml")
        self._authors = _authors(package)

    def records(self) -> Iterator[Found]:
        """Slide by slide, then what belongs to none."""
        package, beside = self._package, self._beside
        beside.taken.update((self._main, *property_parts(package)))
        slides: dict[str, None] = {}
        yield from self._presentation(slides)
        for number, part in enumerate(slides, 1):
            yield from self._slide(part, (f"page {number}",))
        for part in package.parts:
            if _SLIDES.search(part) and part not in beside.taken:  # shown by no presentation, but there
                yield from self._slide(part, (beside.named(part),))
        yield from self._masters()
        yield from properties(package)
        yield from beside.rest()

    def _presentation(self, slides: dict[str, None]) -> Iterator[Found]:
        """The order of slides, and the names of sections and shows."""
        root, fault = self._package.whole(self._main)
        targets = {one.id: one.target for one in self._package.relations(self._main)}
        words: list[str] = []
        for element in root.iter("{*}sldId", "{*}section", "{*}custShow") if root is not None else ():
            key = next((value for name, value in element.attrib.items() if str(name).endswith("}id")), "")
            target = targets.get(str(key), "")
            if target in self._package:
                slides[target] = None
            words.append(element.get("name", ""))
        words.extend(links(self._package, self._main))
        text = "\n".join(word for word in words if word)
        yield Record((), "file", [(Role.BODY, text)] if text else [])
        if fault is not None:
            yield Unread((), fault.reason, fault.detail)

    def _slide(self, part: str, steps: Steps) -> Iterator[Found]:
        self._beside.taken.add(part)
        root, fault = self._package.whole(part)
        if root is not None:
            found = drawn(root)
            texts = [found.text, *links(self._package, part)]
            body = "\n".join(text for text in texts if text)
            if body:
                yield Record(steps, "page", [(Role.BODY, body)])
            for number, table in enumerate(found.tables, 1):
                yield from row_records((*steps, f"table {number}") if len(found.tables) > 1 else steps, table)
        if fault is not None:
            yield Unread(steps, fault.reason, fault.detail)
        yield from self._related(part, steps)

    def _related(self, part: str, steps: Steps) -> Iterator[Found]:
        """Notes, comments, and the charts, diagrams and tags of a slide."""
        notes: list[str] = []
        comments: list[str] = []
        for one in self._package.relations(part):
            if one.external or one.target not in self._package or one.target in self._beside.taken:
                continue
            if one.kind == "notesSlide":
                notes.append(one.target)
            elif one.kind.lower() == "comments":
                comments.append(one.target)
            elif one.target.endswith((".xml", ".vml")) and not _MASTERS.search(one.target) and one.kind != "slide":
                yield from self._beside.lesser(one.target, steps)
        yield from self._part("notes", notes, steps)
        yield from self._part("comments", comments, steps)

    def _part(self, word: str, parts: Iterable[str], steps: Steps) -> Iterator[Found]:
        steps = (*steps, f"part {word}")
        texts: list[str] = []
        persons: list[Entity] = []
        for part in parts:
            self._beside.taken.add(part)
            root, fault = self._package.whole(part)
            if root is not None:
                texts.append(drawn(root).text)
                used = dict.fromkeys(one.get("authorId", "") for one in root.iter("{*}cm", "{*}reply"))
                persons.extend(self._authors[key] for key in used if key in self._authors)
            if fault is not None:
                yield Unread(steps, fault.reason, fault.detail)
            texts.extend(links(self._package, part))
        yield from record(steps, texts, persons)

    def _masters(self) -> Iterator[Found]:
        steps = ("part masters",)
        texts: dict[str, None] = {}
        for part in self._package.parts:
            if not _MASTERS.search(part) or part in self._beside.taken:
                continue
            self._beside.taken.add(part)
            root, fault = self._package.whole(part)
            if root is not None:
                found = drawn(root)
                rows = ("\t".join(cells) for table in found.tables for _, cells in table)
                texts.update(dict.fromkeys((*found.text.split("\n"), *rows, *links(self._package, part))))
            if fault is not None:
                yield Unread(steps, fault.reason, fault.detail)
        yield from record(steps, [text for text in texts if not _BOILERPLATE.fullmatch(text)])


def _authors(package: Package) -> dict[str, Entity]:
    """Who comments, by number or GUID: p:cmAuthor (ECMA-376, 19.4.2), p188:author ([MS-PPTX] 2.16.3.2)."""
    found: dict[str, Entity] = {}
    for part in package.parts:
        if not _AUTHORS.search(part):
            continue
        root, _ = package.whole(part)  # what is wrong with it is told where the part is read on its own
        for one in root.iter("{*}cmAuthor", "{*}author") if root is not None else ():
            who = person(one.get("name", ""), attribute(one, "userId"))
            if who is not None:
                found[one.get("id", "")] = who
    return found


FORMAT = Format(
    "pptx",
    2,
    "lxml",
    _extract,
    records="`page N` (a slide), `row N` of its tables, `part notes`, `part comments`, `part masters`, `part "
    "properties`, other parts, `attachment N: NAME`",
    entities="rows, authors of comments, authors, company",
    limits=LIMITS,
)
