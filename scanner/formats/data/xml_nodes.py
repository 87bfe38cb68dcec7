"""Elements of XML to values and texts: what is data becomes keys and values, what is a document one text."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from lxml import etree

from scanner.formats.base import Found
from scanner.formats.data.json_tree import Pairs, Value
from scanner.formats.inline import Inline
from scanner.formats.xml_safe import local
from scanner.records import Entity, Fact, IdType, Record, Role

Element = etree._Element

_SVG = "{http://www.w3.org/2000/svg}"
_SVG_TEXTS = frozenset({"href", "title", "aria-label", "label", "alt", "docname", "description", "content"})
_INLINE = frozenset(
    {
        "a", "b", "i", "u", "em", "strong", "span", "font", "bold", "italic", "sub", "sup", "tspan", "emphasis", "hi",
        "underline", "small", "tt", "code", "r", "t", "run", "ph", "g",
    }
)  # fmt: skip


def is_data(root: Element) -> bool:
    """True where no element holds both text and elements, and no drawing or inline element is in it."""
    for element in root.iter():
        if not isinstance(element.tag, str):
            continue
        if element.tag.startswith(_SVG):
            return False
        if not len(element) or not any(isinstance(child.tag, str) for child in element):
            continue
        if _said(element.text) or any(_said(child.tail) for child in element):
            return False
        if any(local(child) in _INLINE and not len(child) and not child.attrib for child in element):
            return False
    return True


def _said(value: str | None) -> bool:
    return bool(value) and not str(value).isspace()


# Data


@dataclass(slots=True)
class Data:
    """A document of data: the one list that it is (if it is no more), all else, and the text of its comments."""

    rest: Value
    rows: list[Value] | None
    comments: str


def data_of(root: Element) -> Data:
    """The root as keys and values."""
    comments = "\n".join([*_around(root), *(said for one in root.iter() if (said := _comment(one)))])
    if local(root) in _BACKUPS:
        rows = [_backed_up(child) for child in root if isinstance(child.tag, str)]
        return Data(Pairs(_attributes(root)), rows, comments)
    value = _value(root)
    if not isinstance(value, Pairs):
        return Data(value, None, comments)
    lists = [inner for _, inner in value if isinstance(inner, list)]
    texts = Pairs(member for member in value if isinstance(member[1], str))
    if len(lists) == 1 and len(texts) + 1 == len(value):
        return Data(texts, lists[0], comments)
    return Data(value, None, comments)


def _around(root: Element) -> Iterator[str]:
    """Comments before and after the root."""
    for one in (*root.itersiblings(preceding=True), *root.itersiblings()):
        if said := _comment(one):
            yield said


def _comment(node: Element) -> str:
    return (node.text or "").strip() if isinstance(node, etree._Comment) else ""


def _value(element: Element) -> Value:
    """A leaf is its text; else attributes and elements, those of one name as a list. 256 deep at most (libxml2)."""
    children = [child for child in element if isinstance(child.tag, str)]
    own = "" if children else _own(element)
    if not children and not element.attrib:
        return own
    members = _attributes(element)
    grouped: dict[str, list[Value]] = {}
    for child in children:
        grouped.setdefault(local(child), []).append(_value(child))
    alone = len(grouped) == 1 and not _has_text(members)
    for name, values in grouped.items():
        listed = len(values) > 1 or (alone and _is_row(values[0]))
        members.append((name, values if listed else values[0]))
    if own:
        members.append(("value", own))
    return Pairs(members)


def _own(element: Element) -> str:
    """The text of a leaf, without the comments in it."""
    return "".join([element.text or "", *(child.tail or "" for child in element)]).strip()


def _attributes(element: Element) -> list[tuple[str, Value]]:
    return [(str(key).rpartition("}")[2], str(value)) for key, value in element.attrib.items()]


def _has_text(members: list[tuple[str, Value]]) -> bool:
    return any(isinstance(value, str) and not value.replace(".", "").isdigit() for _, value in members)


def _is_row(value: Value) -> bool:
    """One element of a list of one: `<contacts><contact>...</contact></contacts>`."""
    return isinstance(value, Pairs) and len(value) > 1 and all(isinstance(inner, str) for _, inner in value)


# SMS Backup & Restore (Android): the other party's number is called `address` and `number`.
_BACKUPS = frozenset({"smses", "calls"})
_NUMBERS = frozenset({"address", "number"})
_NOBODY = frozenset({"(Unknown)", "null"})


def _backed_up(element: Element) -> Value:
    """One message or call, with the parts and addresses in it."""
    members: list[tuple[str, Value]] = []
    for key, value in _attributes(element):
        if value not in _NOBODY:
            members.append(("phone" if key in _NUMBERS and "~" not in str(value) else key, value))
    for inner in element.iterdescendants():
        if isinstance(inner.tag, str):
            members.extend((f"{local(inner)} {key}", value) for key, value in _attributes(inner))
            members.append((local(inner), (inner.text or "").strip()))
    return Pairs(members)


# Documents


def prose(root: Element, inline: Inline) -> Iterator[Found]:
    """The text of a document in its order, each block on a line, with what stands in attributes and comments."""
    pieces: list[str] = []
    joined = False
    found: list[Entity] = []
    for event, element in etree.iterwalk(root, events=("start", "end", "comment")):
        if event == "comment":
            pieces.append(f"\n{element.text or ''}\n{element.tail or ''}")
            continue
        if event == "start":
            joined = _is_inline(element)
            pieces.append(_opening(element, inline, joined=joined))
            if local(element) in ("surname", "family-name", "familyName"):
                found.extend(_author(element))
        else:
            pieces.append(_apart(element) + ("" if _is_inline(element) else "\n") + (element.tail or ""))
    pieces.extend(_around(root))
    text = "\n".join(line for line in (" ".join(one.split()) for one in "".join(pieces).split("\n")) if line)
    if text:
        yield Record((), "file", [(Role.BODY, inline.taken(text))], found)


def _apart(element: Element) -> str:
    """Inline elements with no text between them, apart too: `<a>Vera</a><b>v@a.example</b>` may be two values."""
    if len(element) < 2 or _said(element.text) or any(_said(child.tail) for child in element):
        return ""
    if not all(local(child) in _INLINE and not str(child.tag).startswith(_SVG) for child in element):
        return ""
    return "\n" + " ".join(" ".join(str(text) for text in child.itertext()) for child in element) + "\n"


def _is_inline(element: Element) -> bool:
    """By its name, or because text stands around it."""
    if local(element) in _INLINE:
        return True
    parent = element.getparent()
    previous = element.getprevious()
    before = parent.text if parent is not None and previous is None else previous.tail if previous is not None else None
    return _said(element.tail) or _said(before)


def _opening(element: Element, inline: Inline, *, joined: bool) -> str:
    drawn = isinstance(element.tag, str) and element.tag.startswith(_SVG)
    said = [inline.taken(str(value)) for key, value in _attributes(element) if not drawn or key in _SVG_TEXTS]
    texts = "\n".join(value for value in said if value.strip())
    if texts:
        return f"\n{texts}\n{element.text or ''}" if not joined else f" {texts} {element.text or ''}"
    return ("" if joined else "\n") + (element.text or "")


def _author(family: Element) -> Iterator[Entity]:
    """`<name><surname>Ek</surname><given-names>Vera</given-names></name>` (JATS and its like)."""
    parent = family.getparent()
    if parent is None:
        return
    given = next((child for child in parent if local(child) in ("given-names", "given-name", "givenName")), None)
    names = [
        " ".join(" ".join(str(text) for text in one.itertext()).split()) for one in (given, family) if one is not None
    ]
    if len(names) == 2 and all(names):
        above = {local(one) for one in family.iterancestors()}
        role = Role.AUTHOR if "contrib" in above or "author" in above else Role.RELATED
        yield Entity(role, [Fact(IdType.NAME, " ".join(names))])
