"""E-books (EPUB): who wrote them and what is said of them; each chapter and picture in them as a member."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import unquote

from connectors.base import GapReason
from scanner.blob import Blob
from scanner.formats.archives import archive_zip
from scanner.formats.base import Format, Found, Nested
from scanner.formats.office.ooxml import PROPERTIES
from scanner.formats.office.ooxml_text import authors
from scanner.formats.office.package import Package
from scanner.formats.xml_safe import attribute, local
from scanner.limits import Limits
from scanner.records import ReadError, Record, Role, Unread

_CONTAINER = "meta-inf/container.xml"
_ENCRYPTION = "meta-inf/encryption.xml"
_PERSONS = frozenset({"creator", "contributor", "dcterms:creator", "dcterms:contributor"})
# How fonts are veiled: no secret, and nothing of anybody's (EPUB OCF 3.3, 4.4; Adobe's way).
_FONTS_ONLY = ("http://www.idpf.org/2008/embedding", "http://ns.adobe.com/pdf/enc#RC")
_FONT = re.compile(r"\.(?:otf|ttf|ttc|woff2?|eot)$", re.IGNORECASE)


def _extract(blob: Blob, limits: Limits) -> Iterator[Found]:
    with Package(blob, limits) as package:
        yield from _metadata(package)
        locked = _locked(package)
    for found in archive_zip.FORMAT.extract(blob, limits):
        name = found.blob.name if isinstance(found, Nested) else ""
        if name in locked:
            yield Record(found.steps, "member", [(Role.FILENAME, name)])
            yield Unread(found.steps, GapReason.ENCRYPTED, "EPUB")
        elif not _FONT.search(name):
            yield found


FORMAT = Format(
    "epub",
    1,
    "zipfile (Python), lxml",
    _extract,
    records="`part properties`, `member PATH`",
    entities="authors and contributors",
    limits="fonts",
)


def _metadata(package: Package) -> Iterator[Record | Unread]:
    persons: list[str] = []
    texts: list[str] = []
    try:
        for part in _books(package):
            for element in package.elements(part):
                if local(element) == "metadata":
                    for one in element.iter():
                        _said(local(one), one.get("property", ""), (one.text or "").strip(), persons, texts)
                        texts.extend(value for name in ("file-as", "content") if (value := attribute(one, name)))
    except ReadError as fault:
        yield Unread(PROPERTIES, fault.reason, fault.detail)
    if persons or texts:
        body = [(Role.BODY, "\n".join(dict.fromkeys(texts)))] if texts else []
        yield Record(PROPERTIES, "part", body, authors(persons))


def _said(name: str, prop: str, value: str, persons: list[str], texts: list[str]) -> None:
    if value:
        (persons if name in _PERSONS or prop in _PERSONS else texts).append(value)


def _books(package: Package) -> list[str]:
    """The package documents that the container names, or all there are."""
    found: list[str] = []
    if _CONTAINER in package:
        named = (unquote(one.get("full-path", "")).lower() for one in package.elements(_CONTAINER, "rootfile"))
        found = [part for part in dict.fromkeys(named) if part in package]
    return found or [part for part in package.parts if part.endswith(".opf")]


def _locked(package: Package) -> set[str]:
    """Names of the members that are encrypted, as the zip has them (EPUB OCF 3.3, 4.2.6.3.2)."""
    found: set[str] = set()
    if _ENCRYPTION not in package:
        return found
    try:
        for element in package.elements(_ENCRYPTION, "EncryptedData"):
            method = next(element.iter("{*}EncryptionMethod"), None)
            if method is None or method.get("Algorithm") not in _FONTS_ONLY:
                names = (unquote(one.get("URI", "")).lstrip("/") for one in element.iter("{*}CipherReference"))
                found.update(package.name(name) if name in package else name for name in names)
    except ReadError:  # it is a member too, and told of as such
        pass
    return found
