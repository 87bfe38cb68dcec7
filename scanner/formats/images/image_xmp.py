"""XMP, the RDF that pictures and PDFs carry: all its texts, who made it, and who is in the picture."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html import unescape
from itertools import islice
from typing import Final

from scanner.formats.charset import decode
from scanner.formats.xml_safe import Element, local, tree
from scanner.records import ReadError

_CREATORS: Final = frozenset({"creator", "Author", "Artist", "CaptionWriter", "Owner", "OwnerName", "CameraOwnerName"})
_SHOWN: Final = frozenset({"PersonInImage", "PersonDisplayName", "PersonName"})
_FRAME: Final = frozenset({"li", "Seq", "Bag", "Alt", "Description", "PersonInImageWDetails"})
_DULL: Final = re.compile(
    r"(?:xmp\.(?:iid|did)|uuid|adobe):|https?://(?:ns\.|www\.w3)|-?[\d.,/+ ]{0,5}$|(?:True|False)$|[0-9a-fA-F-]{32,}$"
    r"|\d{4}-\d\d-\d\dT[\d:.+Z-]+$"
)
_PACKET: Final = re.compile(rb"<(?:x:xmpmeta|x:xapmeta|rdf:RDF)[\s>]")
_ENDS: Final = (b"</x:xmpmeta>", b"</x:xapmeta>", b"</rdf:RDF>")
_MARKUP: Final = re.compile(r"<[^<>]*>")
_MOST: Final = 64  # packets of one file
_NEAR: Final = 20  # properties of one region
_LARGEST: Final = 16 << 20  # bytes of one packet


@dataclass(slots=True)
class Xmp:
    """What one packet says."""

    texts: list[str] = field(default_factory=list)
    creators: list[str] = field(default_factory=list)
    shown: list[str] = field(default_factory=list)
    broken: bool = False  # the packet is no XML, or has a document type


def packet(data: bytes) -> Xmp:
    """One packet. What is no XML is searched as text with its markup taken out."""
    wide = data[:64].count(0) > 8
    plain = decode(data).encode() if wide else data
    first = _PACKET.search(plain)
    end = max((plain.rfind(mark) + len(mark) for mark in _ENDS if mark in plain), default=len(plain))
    cut = plain[first.start() if first else 0 : end]
    try:
        root = tree(cut)
    except ReadError:
        root = None
    if root is not None:
        return _of(root)
    return Xmp([loose(cut)], broken=True)


def loose(data: bytes) -> str:
    """The words of what should have been XML, its markup taken out."""
    return " ".join(unescape(_MARKUP.sub("\n", decode(data))).split())


def packets(data: bytes) -> list[bytes]:
    """The packets that stand uncompressed in any file, in order; bounded, and linear in its bytes."""
    found: list[bytes] = []
    place = 0
    while len(found) < _MOST:
        start = data.find(b"<x:xmpmeta", place)
        if start < 0:
            break
        end = data.find(b"</x:xmpmeta>", start, start + _LARGEST)
        if end < 0:
            break
        place = end + 12
        found.append(data[start:place])
    return found


def _of(root: Element) -> Xmp:
    found = Xmp()
    for element in root.iter():
        name = local(element)
        for key, value in element.items():
            _add(found, str(key).rpartition("}")[2], str(value), element)
        value = (element.text or "").strip()
        if value:
            _add(found, _property(element) if name in _FRAME else name, value, element)
    return found


def _property(element: Element) -> str:
    """The property whose list an item stands in: a few steps up."""
    above: Element | None = element
    for _ in range(4):
        above = above.getparent() if above is not None else None
        if above is None:
            return ""
        if local(above) not in _FRAME:
            return local(above)
    return ""


def _add(found: Xmp, name: str, value: str, element: Element) -> None:
    value = value.strip()
    if name in ("about", "lang", "parseType", "resource", "xmptk", "nodeID", "datatype") or _DULL.match(value):
        return
    if name in _CREATORS:
        found.creators.append(value)
    elif name in _SHOWN or (name == "Name" and _is_region(element)):
        found.shown.append(value)
    else:
        found.texts.append(value)


def _is_region(element: Element) -> bool:
    """Whether the name is a face's (Metadata Working Group, regions): its Type is no Pet, BarCode or Focus."""
    parent = element.getparent()
    near = [element] if parent is None else [element, parent, *islice(parent, _NEAR)]
    for other in near:
        if local(other) == "Type":
            return (other.text or "").strip() == "Face"
        for key, value in other.items():
            if str(key).endswith("}Type"):
                return str(value) == "Face"
    return False
