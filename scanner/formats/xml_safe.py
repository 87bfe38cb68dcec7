"""XML that strangers wrote: no entities, no document type, no network, no huge trees. Streamed."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import IO

from lxml import etree

from connectors.base import GapReason
from scanner.records import ReadError

Element = etree._Element


def elements(stream: IO[bytes], tags: tuple[str, ...] | None = None) -> Iterator[Element]:
    """Every element (of these tags, `{*}name` takes any namespace) at its end, in the order they end.

    What a caller is done with it may `drop`. Raises ReadError UNREADABLE on a document type (entities may hide text,
    or be a bomb) and on anything that is no XML.
    """
    parser = etree.iterparse(
        stream,
        events=("end",),
        tag=tags,
        resolve_entities=False,
        load_dtd=False,
        no_network=True,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    checked = False
    try:
        for _, element in parser:
            if not checked:
                _refuse_doctype(element)
                checked = True
            yield element
    except etree.XMLSyntaxError as fault:
        entities = "entit" in (fault.msg or "").lower()  # libxml2 stops a bomb before we see its document type
        raise ReadError(GapReason.UNREADABLE, "XML entities" if entities else "XML") from None
    if not checked and parser.root is not None:
        _refuse_doctype(parser.root)


def tree(data: bytes) -> Element | None:
    """The root of a small document, built at once; None for what is no XML. Raises ReadError on a document type."""
    parser = etree.XMLParser(
        resolve_entities=False, load_dtd=False, no_network=True, huge_tree=False, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError):
        return None
    _refuse_doctype(root)
    return root


def salvaged(data: bytes) -> Element | None:
    """The root of damaged XML, as far as it can be told; None where nothing can. Raises ReadError as `tree`."""
    parser = etree.XMLParser(
        recover=True,
        resolve_entities=False,
        load_dtd=False,
        no_network=True,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError):
        return None
    if root is not None:
        _refuse_doctype(root)
    return root


def drop(element: Element) -> None:
    """Forget an element's content and what stands before it, so that a long document takes little memory."""
    element.clear()
    parent = element.getparent()
    if parent is not None:
        while element.getprevious() is not None:
            del parent[0]


def local(element: Element | None) -> str:
    """The tag without its namespace; nothing for no element."""
    return _local(element.tag) if element is not None else ""


@lru_cache(maxsize=4096)
def _local(tag: object) -> str:
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def attribute(element: Element, name: str) -> str:
    """The value of an attribute in any namespace, or nothing."""
    for key, value in element.items():
        if _local(key) == name:
            return str(value)
    return ""


def _refuse_doctype(element: Element) -> None:
    if element.getroottree().docinfo.internalDTD is not None:
        raise ReadError(GapReason.UNREADABLE, "XML entities")
