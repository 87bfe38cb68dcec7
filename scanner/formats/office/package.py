"""The parts of an Office or OpenDocument file: a zip of XML, read part by part within limits."""

from __future__ import annotations

import posixpath
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from types import TracebackType
from typing import IO, BinaryIO, Self
from urllib.parse import unquote

from connectors.base import GapReason
from scanner.blob import Blob
from scanner.formats.archives.archive_zip import open_zip, refused
from scanner.formats.ole.ole import OLE
from scanner.formats.streams import Names, member_stream
from scanner.formats.xml_safe import Element, elements, salvaged, tree
from scanner.limits import Limits
from scanner.records import ReadError

_AT_ONCE = 2 << 20  # bytes of a part whose tree may be held whole


@dataclass(frozen=True, slots=True)
class Relation:
    """One line of a .rels part. `target` is a part's name, or (external) what the document links to."""

    id: str
    kind: str  # the last word of the type's URI
    target: str
    external: bool


class Package:
    """An opened package; part names are lower-cased, as Office compares them so. A context manager."""

    def __init__(self, blob: Blob, limits: Limits) -> None:
        """Raises ReadError UNREADABLE for what is no package."""
        if blob.head(8) == OLE:
            raise ReadError(GapReason.UNREADABLE, "an OLE file")
        self._limits = limits
        self._spent = 0
        self._zip = open_zip(blob)
        self._parts: dict[str, zipfile.ZipInfo] = {}
        self._relations: dict[str, list[Relation]] = {}
        self.faults: dict[str, ReadError] = {}
        """What was wrong with a part's .rels, by the name of the .rels."""
        names = Names()  # a second part of the same name is hidden from Office, not from us
        for info in self._zip.infolist():
            name = info.filename.replace("\\", "/").lstrip("/").lower()
            if name and not name.endswith("/"):
                self._parts[names.unique(name)] = info

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._zip.close()

    def __contains__(self, part: str) -> bool:
        return part.lower() in self._parts

    @property
    def parts(self) -> list[str]:
        """The parts' names, lower-cased, in the order of the file."""
        return list(self._parts)

    def name(self, part: str) -> str:
        """The part's name as the file writes it."""
        return self._parts[part.lower()].filename

    def size(self, part: str) -> int:
        """Unpacked bytes, as the zip says and `stream` enforces."""
        return self._parts[part.lower()].file_size

    def stream(self, part: str) -> BinaryIO:
        """The part's bytes. Raises ReadError: UNREADABLE where it is missing, ENCRYPTED, TOO_LARGE."""
        info = self._parts.get(part.lower())
        if info is None:
            raise ReadError(GapReason.UNREADABLE, "a part is missing")
        problem = refused(info, self._limits)
        if problem is not None:
            raise problem
        self._spent += info.file_size
        if self._spent > self._limits.expanded:
            raise ReadError(GapReason.TOO_LARGE, f"unpacks to more than {self._limits.expanded} bytes")
        return member_stream(lambda: self._opened(info), info.file_size)

    def blob(self, part: str) -> Blob:
        """The part as a blob of its own, for what is nested."""
        name = self.name(part).replace("\\", "/").rpartition("/")[2]
        return Blob(self.stream(part), name, size=self.size(part), limit=self._limits.blob)

    def elements(self, part: str, *tags: str) -> Iterator[Element]:
        """The part's elements at their ends; see xml_safe."""
        return elements(self.stream(part), tuple(f"{{*}}{tag}" for tag in tags) or None)

    def tree(self, part: str) -> Element | None:
        """The root of a small part, built at once: several times as fast as `elements`.

        None for a large part and for one that is no XML: `elements` then streams it, or says how far it can be read.
        Raises ReadError as `elements` does.
        """
        if part.lower() not in self._parts or self.size(part) > _AT_ONCE:
            return None
        spent = self._spent
        root = tree(self.stream(part).read())
        if root is None:
            self._spent = spent
        return root

    def whole(self, part: str) -> tuple[Element | None, ReadError | None]:
        """A part's root, as far as it can be read, and what is wrong with it. Never raises."""
        size = self.size(part) if part.lower() in self._parts else 0
        if size > self._limits.blob:
            return None, ReadError(GapReason.TOO_LARGE, f"{size} bytes, limit {self._limits.blob}")
        try:
            data = self.stream(part).read()
            root = tree(data)
            if root is not None:
                return root, None
            return salvaged(data), ReadError(GapReason.UNREADABLE, "XML")
        except ReadError as fault:
            return None, fault

    def relations(self, part: str) -> list[Relation]:
        """What the part points at. Empty where it has no .rels; what is wrong with that is kept in `faults`."""
        folder, name = posixpath.split(part.lower())
        rels = posixpath.join(folder, "_rels", name + ".rels")
        if rels not in self._parts:
            return []
        known = self._relations.get(rels)
        if known is not None:
            return known
        found = self._relations.setdefault(rels, [])
        try:
            root = self.tree(rels)
            for element in self.elements(rels, "Relationship") if root is None else root.iter("{*}Relationship"):
                found.append(_relation(element, folder))
        except ReadError as fault:
            self.faults[rels] = fault
        return found

    def _opened(self, info: zipfile.ZipInfo) -> IO[bytes]:
        return self._zip.open(info)


def _relation(element: Element, folder: str) -> Relation:
    external = element.get("TargetMode") == "External"
    target = unquote(element.get("Target", ""))
    if not external:
        target = posixpath.normpath(posixpath.join("/", folder, target.replace("\\", "/"))).lstrip("/").lower()
    kind = element.get("Type", "").rpartition("/")[2]
    return Relation(element.get("Id", ""), kind, target, external)
