"""OLE files, the container of old Office files and of encrypted new ones."""

from __future__ import annotations

from scanner.blob import Blob

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")  # [MS-OFFCRYPTO] 2.3.4.4


def is_encrypted_ole(blob: Blob) -> bool:
    """True for an OLE file that wraps an encrypted Office file."""
    return blob.head(8) == OLE and _ENCRYPTED in blob.data()
