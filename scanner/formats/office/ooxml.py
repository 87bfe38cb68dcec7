"""What Word, Excel and PowerPoint files have in common: properties, links, pictures, files inside, lesser parts."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from html import unescape
from typing import Final

from scanner.blob import Blob
from scanner.formats.base import Found, Nested
from scanner.formats.office.ooxml_text import author_fact, authors, gathered, runs
from scanner.formats.office.package import Package
from scanner.formats.ole.ole import OLE, opened
from scanner.formats.streams import Names
from scanner.formats.xml_safe import attribute, local
from scanner.records import Entity, ReadError, Record, Role, Steps, Unread

__all__ = ["LIMITS", "PROPERTIES", "Beside", "author_fact", "authors", "links", "main_part", "plain", "properties"]

PROPERTIES: Final = ("part properties",)
LIMITS: Final = "names of styles and fonts, printer settings, previews of the whole"
"""What none of the readers of Office files reads, nor tells of."""

_CORE = {"core-properties": "core", "extended-properties": "app", "custom-properties": "custom"}
_PERSONS = frozenset({"creator", "lastModifiedBy", "Manager", "Company"})
_DULL = frozenset({"Application", "AppVersion", "DocSecurity", "created", "modified", "revision", "i4", "bool"})
_SILENT = re.compile(
    r"(?:^|/)(?:\[content_types\]\.xml|[^/]*\.rels|thumbnail\.\w+|vbaprojectsignature\w*\.bin|vbadata\.xml"
    r"|(?:styles\w*|fonttable|websettings|theme\d*|themeoverride\d*|itemprops\d*|calcchain|tablestyles|viewprops"
    r"|presprops)\.(?:xml|bin))$"
    r"|/(?:printersettings|fonts|theme|slideupdateinfo)/|/diagrams/(?:layout|quickstyle|colors)\d*\.xml$"
    r"|/charts/(?:style|colors)\d*\.xml$|^docprops/thumbnail|/uncompressed|\.(?:odttf|fntdata|ttf)$|^mimetype$"
)
_PICTURE = re.compile(
    r"\.(?:png|jpe?g|jpe|jfif|gif|bmp|dib|tiff?|emf|wmf|emz|wmz|svg|webp|wdp|jxr|pcx|pict?|heic|avif)$"
)
_CONTROL = re.compile(r"/activex/[^/]*\.bin$")
_VML = re.compile(r"<[^<>]*>")
_VML_LABEL = re.compile(r"""\s(?:alt|title|o:title|string|href)\s*=\s*(?:"([^"<>]*)"|'([^'<>]*)')""")


def main_part(package: Package, usual: str) -> str:
    """The part that the package begins with."""
    for relation in package.relations(""):
        if relation.kind == "officeDocument" and relation.target in package:
            return relation.target
    return usual


def property_parts(package: Package) -> dict[str, str]:
    """The parts with the properties (core, app, custom), by name."""
    found = {f"docprops/{word}.xml": word for word in _CORE.values() if f"docprops/{word}.xml" in package}
    for relation in package.relations(""):
        if relation.kind in _CORE and relation.target in package:
            found[relation.target] = _CORE[relation.kind]
    return found


def properties(package: Package, extra_authors: Iterable[str] = ()) -> Iterator[Record | Unread]:
    """Title, keywords, company and so on, with the authors of comments and changes."""
    persons: list[str] = list(extra_authors)
    texts: list[str] = []
    for part in property_parts(package):
        try:
            _property(package, part, persons, texts)
        except ReadError as fault:
            yield Unread(PROPERTIES, fault.reason, fault.detail)
    if persons or texts:
        yield Record(PROPERTIES, "part", [(Role.BODY, "\n".join(texts))] if texts else [], authors(persons))


def _property(package: Package, part: str, persons: list[str], texts: list[str]) -> None:
    root = package.tree(part)
    for element in package.elements(part) if root is None else root.iter("*"):
        name = local(element)
        if name == "property" and (title := attribute(element, "name")):
            texts.append(title)
        value = (element.text or "").strip()
        if value and name not in _DULL and not _is_count(value) and value not in ("true", "false"):
            (persons if name in _PERSONS else texts).append(value)


def links(package: Package, part: str) -> list[str]:
    """Addresses outside of the file that a part points at: mailto:, file paths, sites."""
    return [one.target for one in package.relations(part) if one.external and one.target]


class Beside:
    """What lies beside the text in one package: pictures, files inside it, and parts without a reader of their own.

    Gives each a step that no other has, and knows by `taken` which parts were read.
    """

    def __init__(self, package: Package, words: Iterable[str] = ()) -> None:
        self.taken: set[str] = set()
        self._package = package
        self._names = Names()
        self._count = 0
        for word in ("properties", *words):
            self._names.unique(word)

    def step(self, name: str) -> str:
        """`part NAME`, with a number where another has that name."""
        return f"part {self._names.unique(name)}"

    def named(self, part: str) -> str:
        """The step of a part, by its name as the file writes it."""
        return self.step(_last(self._package.name(part)))

    def numbered(self, name: str) -> str:
        """`attachment N: NAME` for the next thing inside."""
        self._count += 1
        return f"attachment {self._count}: {_last(name)}"

    def attached(self, part: str) -> Nested | Unread:
        """A part that is a file of its own; an OLE object around a file is taken off."""
        self.taken.add(part)
        self._count += 1
        try:
            blob = unwrapped(self._package.blob(part))
        except ReadError as fault:
            return Unread((f"attachment {self._count}: {_last(self._package.name(part))}",), fault.reason, fault.detail)
        return Nested((f"attachment {self._count}: {blob.name}",), blob, "attachment")

    def pictures(self) -> Iterator[Found]:
        """Every picture in the package that nobody took."""
        for part in self._package.parts:
            if part not in self.taken and _PICTURE.search(part) and not _SILENT.search(part):
                self.taken.add(part)
                yield from self._nested(part, "image")

    def _nested(self, part: str, kind: str) -> Iterator[Found]:
        step = self.step(_last(self._package.name(part)))
        try:
            yield Nested((step,), self._package.blob(part), kind)
        except ReadError as fault:
            yield Unread((step,), fault.reason, fault.detail)

    def rest(self) -> Iterator[Found]:
        """All other parts that nobody took: XML as text, controls by their readable runs, the others as files."""
        yield from self.pictures()
        apart = _pages(self._package)
        for part in self._package.parts:
            if part in self.taken or _SILENT.search(part):
                continue
            if part in apart or not (part.endswith((".xml", ".vml")) or _CONTROL.search(part)):
                yield self.attached(part)
            else:
                yield from self.lesser(part)
        for rels, fault in self._package.faults.items():
            yield Unread((self.step(_last(rels)),), fault.reason, fault.detail)

    def lesser(self, part: str, steps: Steps = ()) -> Iterator[Found]:
        """A part without a reader of its own, below `steps`."""
        if part in self.taken or _SILENT.search(part):
            return
        self.taken.add(part)
        name = _last(self._package.name(part))
        entities: list[Entity] = []
        try:
            if part.endswith(".xml"):
                found = gathered(self._package, part)
                texts, entities = [found.text], found.entities
            else:
                data = self._package.stream(part).read()
                texts = _drawn(data) if part.endswith(".vml") else runs(data)
            texts.extend(links(self._package, part))
        except ReadError as fault:
            yield Unread((*steps, self.step(name)), fault.reason, fault.detail)
            return
        yield from record((*steps, self.step(name)), texts, entities)


def record(steps: Steps, texts: Iterable[str], entities: list[Entity] | None = None) -> Iterator[Record]:
    """A record of a part, where it says anything."""
    body = "\n".join(text for text in texts if text and not text.isspace())
    if body or entities:
        yield Record(steps, "part", [(Role.BODY, body)] if body else [], entities or [])


def _pages(package: Package) -> set[str]:
    """Pages that Word brought in whole (altChunk) may be XML, and yet are files of their own."""
    documents = [part for part in package.parts if part.startswith("word/") and part.endswith(".xml")]
    return {one.target for part in documents for one in package.relations(part) if one.kind == "aFChunk"}


def unwrapped(blob: Blob) -> Blob:
    """The file in an OLE object; the blob itself where it is no OLE file, or nothing in it is a file of its own.

    Raises ReadError where it is too large to hold.
    """
    if blob.head(8) != OLE:
        return blob
    from scanner.formats.ole.ole_embedded import CONTENT, NATIVE, content  # noqa: PLC0415 - only for objects of old programs

    whole = Blob(blob.data(), blob.name, limit=blob.limit)  # an OLE file is read back and forth: not from a packed one
    try:
        ole = opened(whole)
        roots = [path for path in ole.listdir() if len(path) == 1 and path[0].lower() in (NATIVE, *CONTENT)]
        found = content({tuple(path): ole.openstream(path).read() for path in roots})
    except Exception:  # what is wrong with it says the reader that it goes to
        return whole
    if found is None:
        return whole
    found.name = _last(found.name) or blob.name
    return found


def plain(markup: bytes) -> str:
    """Text cut out of XML as bytes, with its escapes undone."""
    return unescape(markup.decode("utf-8", "replace"))


def _last(name: str) -> str:
    return name.replace("\\", "/").rpartition("/")[2]


def _drawn(data: bytes) -> list[str]:
    """Text of a VML drawing, which is often no good XML."""
    markup = data.decode("utf-8", "replace")
    labels = [one or other for one, other in _VML_LABEL.findall(markup)]
    return [unescape(one).strip() for one in (" ".join(_VML.sub(" ", markup).split()), *labels)]


def _is_count(value: str) -> bool:
    """A small number, of pages or colours; a long one may be somebody's."""
    return len(value) < 6 and value.isdecimal()
