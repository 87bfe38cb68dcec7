"""All text of an XML part without a reader of its own: its elements' text, and the attributes that people write."""

from __future__ import annotations

import re
from binascii import Error, a2b_base64
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache

from scanner.formats.office.package import Package
from scanner.formats.xml_safe import Element, attribute, drop, local
from scanner.records import Entity, Fact, IdType, Role

_TELLING = frozenset(
    {
        "v", "val", "value", "descr", "displayName", "caption", "title", "alt", "string", "prompt", "promptTitle",
        "error", "errorTitle", "display", "tooltip", "comment", "text", "altText", "description", "command",
        "connection", "sourceFile", "url", "displayText", "string-value", "name", "label", "current-value",
    }
)  # fmt: skip
_PERSONS = frozenset(
    {
        "author",
        "userName",
        "lastModifiedBy",
        "refreshedBy",
        "user",
        "createdBy",
        "modifiedBy",
        "lastEditUser",
        "resolvedBy",
    }
)
_SOMEBODY = frozenset({"person", "author", "cmAuthor"})  # elements
_SKIPPED = frozenset(
    {"typeface", "style", "path", "spid", "ProgID", "progId", "type", "ContentType", "schemaLocation", "formatCode"}
)
_HUMAN = re.compile(r"@|[^\W\d_]{2,}[ ,;]+[^\W\d_]|[^\x00-\x7f]")
_DULL = re.compile(r"-?[\d.,]{1,5}|true|false|on|off|auto|none")
_NAMED = re.compile(r"(?:[^\W\d_]+ ){1,3}\d{1,4}|[\w.{}-]{1,40}")  # what programs call shapes: `Text Box 3`
# Strokes of a pen, places on a page, and how numbers look.
_MUTE = frozenset({"trace", "col", "row", "colOff", "rowOff", "posOffset", "formatCode"})
_RUN = re.compile(rb"(?:[\x20-\x7e\xc0-\xff]\0){3,}|[\x20-\x7e\xc0-\xff]{4,}")


_NOTHING, _ANY, _LABEL, _NAME, _AUTHOR = range(5)


@dataclass(slots=True)
class Gathered:
    """What a part says. `labels` are from attributes, `entities` the persons that it names as authors."""

    pieces: list[str] = field(default_factory=list)
    labels: dict[str, None] = field(default_factory=dict)
    entities: list[Entity] = field(default_factory=list)

    @property
    def text(self) -> str:
        """The text of elements, then that of attributes."""
        return "\n".join(part for part in ("".join(self.pieces).strip(), *self.labels) if part)

    def add(self, element: Element) -> None:
        """One element, without those in it."""
        name = local(element)
        text = element.text
        if text:
            self._text(name, text)
        if name == "p":
            self.pieces.append("\n")
        attributes: list[tuple[str, str]] = element.items()  # type: ignore[assignment]
        if attributes and not name.endswith("Clr"):
            self._attributes(element, name, attributes)

    def _text(self, name: str, text: str) -> None:
        if name == "X509Certificate":
            self.pieces.append(_certificate(text))
        elif name == "t":
            self.pieces.append(text)
        elif not text.isspace() and name not in _MUTE and not _DULL.fullmatch(text):
            self.pieces.append(text + "\n")

    def _attributes(self, element: Element, name: str, attributes: list[tuple[str, str]]) -> None:
        if name in _SOMEBODY and (who := _person(element)) is not None:
            self.entities.append(who)
            return
        for raw, value in attributes:
            kind = _kind(raw)
            if kind == _ANY:
                if not (value.isalnum() and value.isascii()) and _HUMAN.search(value):  # most are numbers
                    self.labels[value] = None
            elif kind == _AUTHOR:
                self.entities.extend(authors([value]))
            elif kind != _NOTHING and value and _is_label(kind, value):
                self.labels[value] = None


@lru_cache(maxsize=4096)
def _kind(raw: str) -> int:
    """What an attribute may be, by its name: nothing of interest, perhaps words, words, a name, or somebody."""
    key = raw.rpartition("}")[2]
    if key in _PERSONS:
        return _AUTHOR
    if key in _SKIPPED:
        return _NOTHING
    return _NAME if key == "name" else _LABEL if key in _TELLING else _ANY


def _is_label(kind: int, value: str) -> bool:
    if kind == _NAME and _NAMED.fullmatch(value):
        return False
    return not _DULL.fullmatch(value) or _HUMAN.search(value) is not None


def gathered(package: Package, part: str) -> Gathered:
    """All that an XML part says. Raises ReadError."""
    found = Gathered()
    root = package.tree(part)
    if root is not None:
        gather(root, found)
        return found
    for element in package.elements(part):
        found.add(element)
        drop(element)
    return found


def gather(root: Element, found: Gathered) -> None:
    """All that a tree says."""
    for element in root.iter("*"):
        found.add(element)


def author_fact(name: str) -> Fact:
    """An author is a name, or where it holds an @ an address."""
    return Fact(IdType.EMAIL if "@" in name else IdType.NAME, name)


def authors(values: Iterable[str]) -> list[Entity]:
    """One entity an author; a field may name several, parted by `;`."""
    found = dict.fromkeys(name.strip() for value in values for name in value.split(";"))
    return [Entity(Role.AUTHOR, [author_fact(name)]) for name in found if name]


def person(name: str, user: str) -> Entity | None:
    """Somebody as Office knows a user: the name, and an address where `S::anna@x.example::number` holds one."""
    facts = [author_fact(name.strip())] if name.strip() else []
    facts.extend(Fact(IdType.EMAIL, one.strip()) for one in user.split("::") if "@" in one)
    return Entity(Role.AUTHOR, list(dict.fromkeys(facts))) if facts else None


def runs(data: bytes) -> list[str]:
    """Readable runs in bytes of an unknown make: of UTF-16, and of one byte a letter."""
    return [
        one.decode("utf-16-le") if b"\0" in one else one.decode("utf-8" if one.isascii() else "cp1252", "replace")
        for one in _RUN.findall(data)
    ]


def _person(element: Element) -> Entity | None:
    """w15:person, xl's person, p:cmAuthor and p188:author ([MS-DOCX] 2.5.1, [MS-XLSX] 2.6.200, [MS-PPTX] 2.16.3)."""
    name = attribute(element, "displayName") or attribute(element, "author") or attribute(element, "name")
    inner = next(element.iterchildren("{*}presenceInfo"), None)
    return person(name, attribute(element if inner is None else inner, "userId"))


def _certificate(text: str) -> str:
    """The readable runs of a signer's certificate (X.509): the names of who signed stand so in it."""
    try:
        return "\n".join(runs(a2b_base64(text))) + "\n"
    except (Error, ValueError):
        return text + "\n"
