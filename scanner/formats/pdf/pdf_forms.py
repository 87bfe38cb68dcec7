"""XFA forms and signatures of a PDF, and alternative texts of one whose objects are encrypted."""

from __future__ import annotations

import ctypes
import warnings
from collections.abc import Iterator
from contextlib import suppress
from typing import Any, Final

from pypdfium2 import raw

from scanner.formats.images.image_xmp import loose
from scanner.formats.pdf.pdf_notes import string
from scanner.formats.xml_safe import tree
from scanner.records import ReadError

_DULL: Final = frozenset({"config", "localeSet", "preamble", "postamble", "stylesheet", "xdc", "connectionSet"})
_MOST: Final = 1000  # packets, signatures
_ELEMENTS: Final = 20_000  # of the structure of one page


def xfa(document: Any, limit: int) -> Iterator[str | None]:  # noqa: ANN401 - pypdfium2 has no types
    """The texts of the form's packets: what was filled in, and the form's own words. None: one is unreadable."""
    for number in range(min(raw.FPDF_GetXFAPacketCount(document), _MOST)):
        if _name(document, number) in _DULL:
            continue
        size = ctypes.c_ulong()
        raw.FPDF_GetXFAPacketContent(document, number, None, 0, size)
        if not size.value:
            continue
        if size.value > limit:
            yield None
            continue
        buffer = ctypes.create_string_buffer(size.value)
        raw.FPDF_GetXFAPacketContent(document, number, buffer, size.value, size)
        yield _texts(buffer.raw)


def signers(document: Any) -> Iterator[tuple[str, list[str]]]:  # noqa: ANN401
    """The name in each signature's certificate, and what else it says of its holder. Those of authorities are not."""
    for number in range(min(raw.FPDF_GetSignatureCount(document), _MOST)):
        handle = raw.FPDF_GetSignatureObject(document, number)
        reason = string(raw.FPDFSignatureObj_GetReason, handle)
        if reason:
            yield "", [reason]
        size = raw.FPDFSignatureObj_GetContents(handle, None, 0)
        buffer = ctypes.create_string_buffer(size)
        raw.FPDFSignatureObj_GetContents(handle, buffer, size)
        yield from _holders(buffer.raw.rstrip(b"\0"), buffer.raw)


def alternative(page: Any) -> Iterator[str]:  # noqa: ANN401
    """Alternative texts, replacements and titles of a page's structure."""
    root = raw.FPDF_StructTree_GetForPage(page)
    if not root:
        return
    try:
        children, get = raw.FPDF_StructElement_CountChildren, raw.FPDF_StructElement_GetChildAtIndex
        count = raw.FPDF_StructTree_CountChildren(root)
        stack = [raw.FPDF_StructTree_GetChildAtIndex(root, number) for number in range(min(count, _ELEMENTS))]
        for _ in range(_ELEMENTS):
            if not stack:
                return
            one = stack.pop()
            if not one:
                continue
            for function in _ALTERNATIVES:
                text = string(function, one)
                if text:
                    yield text
            stack.extend(get(one, number) for number in range(min(children(one), _ELEMENTS - len(stack))))
    finally:
        raw.FPDF_StructTree_Close(root)


_ALTERNATIVES: Final = (
    raw.FPDF_StructElement_GetAltText,
    raw.FPDF_StructElement_GetActualText,
    raw.FPDF_StructElement_GetTitle,
    raw.FPDF_StructElement_GetExpansion,
)


def _name(document: Any, number: int) -> str:  # noqa: ANN401
    size = raw.FPDF_GetXFAPacketName(document, number, None, 0)
    buffer = ctypes.create_string_buffer(size + 1)
    raw.FPDF_GetXFAPacketName(document, number, buffer, size)
    return buffer.value.decode("utf-8", "replace")


def _texts(packet: bytes) -> str:
    """The text of a packet; what is no XML is searched with its markup taken out."""
    try:
        root = tree(packet)
    except ReadError:
        root = None
    if root is None:
        return loose(packet)
    return "\n".join(text.strip() for text in root.itertext() if isinstance(text, str) and text.strip())


def _holders(*contents: bytes) -> Iterator[tuple[str, list[str]]]:
    from cryptography import x509  # noqa: PLC0415 - slow to load, and few files are signed
    from cryptography.hazmat.primitives.serialization import pkcs7  # noqa: PLC0415

    for content in contents:
        with suppress(ValueError, TypeError, x509.DuplicateExtension), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of zeros after the signature
            for certificate in pkcs7.load_der_pkcs7_certificates(content):
                if _is_authority(certificate):
                    continue
                found = [(one.oid, str(one.value)) for one in certificate.subject]
                names = [value for oid, value in found if oid == x509.NameOID.COMMON_NAME]
                yield (names or [""])[0], [value for _, value in found]
            return


def _is_authority(certificate: Any) -> bool:  # noqa: ANN401
    from cryptography import x509  # noqa: PLC0415

    try:
        return bool(certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca)
    except (x509.ExtensionNotFound, ValueError):
        return bool(certificate.subject == certificate.issuer)
