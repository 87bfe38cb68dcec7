"""What says that a package must not be rewritten: a signature, encryption, macros. Pure looks at its bytes.

Changing one byte of a signed document breaks the signature and with it the proof that it gave; a document with macros
may look at its own text; of an encrypted one nothing can be told. Each answers with a short reason, or None.
"""

from __future__ import annotations

import io
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED = 0x1  # APPNOTE.TXT 4.4.4
# Signatures: ECMA-376 part 2, 12 (origin, xmlsignatures); [ODF 1.3] part 2, 3.5 (documentsignatures, macrosignatures).
_SIGNATURE = re.compile(
    r"^_xmlsignatures/|(?:^|/)origin\.(?:sigs|psdsxs)$|^meta-inf/[^/]*signatures?\.xml$|^signatures?/|\.(?:sigs|psdsxs)$"
)
_MACROS = re.compile(
    r"(?:^|/)(?:vbaproject(?:signature\w*)?\.bin|vbadata\.xml|attachedtoolbars\.bin)$"
    r"|(?:^|/)(?:macrosheets|dialogsheets|intlmacrosheets|customui|activex|webextensions)/|^(?:basic|scripts|dialogs)/."
)
_TYPES = "[content_types].xml"
_MACRO_TYPE = re.compile(rb"macroEnabled|vbaProject|macrosheet", re.IGNORECASE)
_SCRIPT = re.compile(rb"<script:(?:event-listener|libraries|library-embedded)\b|<office:script\b")
_SIGNED_TYPE = re.compile(rb"digital-signature", re.IGNORECASE)
_LARGEST = 64 << 20  # bytes of a member that is looked into
_FAULTS = (
    zipfile.BadZipFile,
    OSError,
    struct.error,
    ValueError,
    NotImplementedError,
    RuntimeError,
    zlib.error,
    EOFError,
)


def refusal(data: bytes) -> str | None:
    """Why this package must not be edited, by all of the rules below; None where nothing speaks against it."""
    for rule in (encrypted, damaged, signed, has_macros):
        reason = rule(data)
        if reason is not None:
            return reason
    return None


def encrypted(data: bytes) -> str | None:
    """Encryption of the whole ([MS-OFFCRYPTO], an OLE file around it), of a member, or by OpenDocument's manifest."""
    if data.startswith(_OLE):
        return "it is encrypted, or of an old kind"
    for name, info, archive in _members(data):
        if info.flag_bits & _ENCRYPTED or name in ("encryptedpackage", "encrypted-package"):
            return "it is encrypted"
        if name == "meta-inf/manifest.xml" and b"encryption-data" in _plain(archive, info):
            return "it is encrypted"
    return None


def damaged(data: bytes) -> str | None:
    """No package, two members of one name, or a member whose bytes are not what its checksum says."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = [_name(info) for info in archive.infolist()]
            if len(set(names)) != len(names):
                return "two of its parts have the same name"
            if archive.testzip() is not None:
                return "it is damaged"
    except _FAULTS:
        return "it is damaged"
    return None


def signed(data: bytes) -> str | None:
    """A digital signature of the document, of its macros, or a line to sign on that was signed."""
    for name, info, archive in _members(data):
        if _SIGNATURE.search(name):
            return "it is digitally signed"
        if name in (_TYPES, "_rels/.rels") and _SIGNED_TYPE.search(_plain(archive, info)):
            return "it is digitally signed"
    return None


def has_macros(data: bytes) -> str | None:
    """Macros or controls of programs: VBA, Excel 4, Basic and scripts of OpenDocument, events that start them."""
    for name, info, archive in _members(data):
        if _MACROS.search(name) and not (name.startswith("basic/") and name.endswith("/")):
            return "it holds macros"
        if name == _TYPES and _MACRO_TYPE.search(_plain(archive, info)):
            return "it holds macros"
        if name in ("content.xml", "styles.xml") and _SCRIPT.search(_plain(archive, info)):
            return "it holds macros"
    return None


def _members(data: bytes) -> Iterator[tuple[str, zipfile.ZipInfo, zipfile.ZipFile]]:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for info in archive.infolist():
                yield _name(info), info, archive
    except _FAULTS:
        return


def _name(info: zipfile.ZipInfo) -> str:
    return info.filename.replace("\\", "/").lstrip("/").lower()


def _plain(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> bytes:
    """The member's bytes without the zeros of UTF-16, so that words can be looked for; nothing where unreadable."""
    if info.file_size > _LARGEST:
        return b""
    try:
        return archive.read(info).replace(b"\0", b"")
    except _FAULTS:
        return b""
