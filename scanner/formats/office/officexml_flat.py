"""Packages written as one XML file, put together again so that their own readers read them."""

from __future__ import annotations

import io
import zipfile
from binascii import Error, a2b_base64
from collections.abc import Iterator

from lxml import etree

from connectors.base import GapReason
from scanner.blob import Blob
from scanner.formats.base import Found, Nested
from scanner.formats.streams import Names
from scanner.formats.xml_safe import Element, attribute, local
from scanner.records import Unread

_ENDINGS = (
    (b"\x89PNG", "png"),
    (b"\xff\xd8", "jpg"),
    (b"GIF8", "gif"),
    (b"BM", "bmp"),
    (b"\x01\0\0\0", "emf"),
    (b"\xd7\xcd", "wmf"),
    (b"<", "svg"),
)
_DOCUMENTS = 1000  # documents within one, each in an object of its own


def open_package(root: Element, blob: Blob) -> Iterator[Found]:
    """Flat OPC: a pkg:part for each part of a docx or pptx ([MS-OFFXML] and ECMA-376 part 2)."""
    parts: list[tuple[str, bytes]] = []
    for part in root.iterchildren("{*}part"):
        name = attribute(part, "name").lstrip("/")
        for held in part.iterchildren("{*}xmlData", "{*}binaryData"):
            if local(held) == "binaryData":
                data = _decoded(held)
                if data is None:
                    yield _damaged(name)
                else:
                    parts.append((name, data))
            else:
                parts.extend((name, etree.tostring(one)) for one in held.iterchildren("*"))
    if all(name.lower() != "[content_types].xml" for name, _ in parts):
        parts.insert(0, ("[Content_Types].xml", b"<Types/>"))
    yield _zipped(parts, blob)


def open_document_package(root: Element, blob: Blob) -> Iterator[Found]:
    """Flat OpenDocument ([ODF 1.3] part 3, 3.1.2): one office:document, with pictures and objects in it."""
    parts = [("mimetype", attribute(root, "mimetype").encode())]
    documents = [("", root)]
    count = 0
    for folder, document in documents:
        for element in list(document.iter("{*}object")):
            inner = next(element.iterchildren("{*}document"), None)
            if inner is not None and len(documents) < _DOCUMENTS:
                element.remove(inner)
                documents.append((f"Object {len(documents)}/", inner))
        for element in list(document.iter("{*}binary-data")):
            count += 1
            data = _decoded(element)
            element.text = None
            if data is None:
                yield _damaged(f"{count}")
            elif data:
                ending = next((word for magic, word in _ENDINGS if data.startswith(magic)), "bin")
                parts.append((f"Pictures/{count}.{ending}", data))
        for name, tag in (("meta.xml", "{*}meta"), ("styles.xml", "{*}master-styles")):
            for element in list(document.iterchildren(tag)):
                parts.append((folder + name, etree.tostring(element, with_tail=False)))
                document.remove(element)
        parts.append((folder + "content.xml", etree.tostring(document, with_tail=False)))
    yield _zipped(parts, blob)


def _decoded(element: Element) -> bytes | None:
    try:
        return a2b_base64(element.text or "")
    except (Error, ValueError):
        return None


def _damaged(name: str) -> Unread:
    return Unread((f"part {name.rpartition('/')[2]}",), GapReason.UNREADABLE, "base64")


def _zipped(parts: list[tuple[str, bytes]], blob: Blob) -> Nested:
    buffer = io.BytesIO()
    names = Names()  # zipfile would tell the world of two of one name
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, data in parts:
            archive.writestr(zipfile.ZipInfo(names.unique(name or "unnamed")), data)
    return Nested((), Blob(buffer.getvalue(), blob.name, limit=blob.limit), "part")
