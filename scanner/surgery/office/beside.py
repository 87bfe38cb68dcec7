"""What lies beside the text of a package: files inside it, the preview, and what no reader reads."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Mapping

from scanner.formats.office.ooxml_text import runs
from scanner.formats.ole.ole import OLE
from scanner.records import Steps
from scanner.surgery.base import CannotEdit, Edits, Person
from scanner.surgery.office.places import Places
from scanner.surgery.office.runs import Scrub
from scanner.surgery.office.source import Node, Source
from scanner.surgery.packages import rewrite

_PREVIEW = re.compile(r"(?:^|/)thumbnails?(?:/[^/]*|[^/]*)\.\w+$")
_LISTS = {"Relationship": "Target", "Override": "PartName", "file-entry": "full-path"}
_FONT = re.compile(r"\.(?:odttf|fntdata|ttf|otf|woff2?)$")


def check(data: bytes, places: Places, edits: Edits, scrub: Scrub) -> None:
    """Raises CannotEdit where the steps are not there, or the person stands where nothing is cut."""
    if not edits.amend <= places.steps:
        raise CannotEdit("what stands there is no text of the document itself")
    if not edits.remove <= places.rows.keys():
        raise CannotEdit("what stands there is no row of a table")
    for part in places.parts:
        remarks(scrub, part.source)
        if part.steps is None:
            unread(scrub, part.source)
    names(scrub, data)
    for name, content in places.bare.items():
        unread_bytes(scrub, name, content)


def changed(data: bytes, places: Places, edits: Edits, person: Person) -> bytes:
    """The package with all cuts made, and files inside replaced."""
    changes: dict[str, bytes | None] = {**replacements(data, places.nested, edits)}
    if edits.amend or edits.remove:
        changes.update(without_preview(places))
        for part in places.parts:
            new = part.source.written(person.mark)
            if part.source.is_changed:
                changes[part.name] = new
    return rewrite(data, changes)


def replacements(data: bytes, nested: Mapping[Steps, str], edits: Edits) -> dict[str, bytes]:
    """The new bytes of files inside, by their members. Raises CannotEdit where one is not there, or is wrapped."""
    found = {}
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for steps, new in edits.replace.items():
            name = nested.get(steps)
            if name is None:
                raise CannotEdit("a file inside is not to be had")
            if archive.read(name)[: len(OLE)] == OLE:
                raise CannotEdit("a file inside is wrapped in an object of a program")
            found[name] = new
    return found


def unread(scrub: Scrub, source: Source) -> None:
    """Raises CannotEdit where a part that no reader tells of names the person."""
    for slot in source.slots():
        scrub.refuse(slot, "a style, a setting or the name of a part")


def remarks(scrub: Scrub, source: Source) -> None:
    """The same for comments in the XML of a part."""
    if any(map(scrub.holds, source.remarks)):
        raise CannotEdit("the person stands in a remark of a program")


def unread_bytes(scrub: Scrub, name: str, data: bytes) -> None:
    """The same for a part that is no XML; fonts hold no text, previews leave."""
    if not _FONT.search(name.lower()) and not is_preview(name) and any(map(scrub.holds, runs(data))):
        raise CannotEdit("the person stands in a part that holds data of a program")


def names(scrub: Scrub, data: bytes) -> None:
    """Raises CannotEdit where a member's name or comment, or that of the package, names the person."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        told = [archive.comment, *(info.comment for info in archive.infolist())]
        texts = {piece for info in archive.infolist() for piece in re.split(r"[\\/]", info.filename)}
        if any(map(scrub.holds, [*texts, *(one.decode("utf-8", "replace") for one in told if one)])):
            raise CannotEdit("the person stands in the name of a part")


def is_preview(name: str) -> bool:
    """Whether a member is a picture of the first page."""
    return _PREVIEW.search(name.lower()) is not None


def without_preview(places: Places) -> dict[str, bytes | None]:
    """Takes the previews out, and what points at them in the relations, the list of types and the manifest."""
    gone: dict[str, bytes | None] = {name: None for name in places.bare if is_preview(name)}
    lower = {name.replace("\\", "/").lstrip("/").lower() for name in gone}
    if gone:
        for part in places.parts:
            for node in part.source.nodes:
                if node.name in _LISTS and _target(part.name, node) in lower:
                    part.source.remove(node)
    return gone


def _target(part: str, node: Node) -> str:
    """The member that a line of a package's own lists is about."""
    if node.name == "Relationship" and (part.lower() != "_rels/.rels" or node.get("TargetMode") == "External"):
        return ""
    value = node.get(_LISTS[node.name])
    return value.removeprefix("./").lstrip("/").lower()
