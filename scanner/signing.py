"""Signs what leaves the installation with its Ed25519 key (RFC 8032), and checks such signatures.

The key is made from the installation's master key by HKDF (RFC 5869) with a use of its own, so that no further secret
must be kept: who has the master key has the signing key, and a new master key is a new signing key.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from config.model import Config
from config.secrets import load_key

_USE = b"gallra signing 1 Ed25519"
_MASTER_MIN = 16  # bytes, as scanner.index.seal demands
_PUBLIC = re.compile(r"[0-9a-f]{64}", re.ASCII)
_SIGNATURE = re.compile(r"[0-9a-f]{128}", re.ASCII)


class Signer:
    """Holds the private key. Never printed, never written."""

    def __init__(self, key: Ed25519PrivateKey) -> None:
        self._key = key

    @classmethod
    def derive(cls, master: bytes) -> Signer:
        """The signer of the installation with this master key. Raises ValueError when it is shorter than 16 bytes."""
        if len(master) < _MASTER_MIN:
            raise ValueError(f"the master key must have at least {_MASTER_MIN} bytes")
        seed = HKDF(algorithm=SHA256(), length=32, salt=None, info=_USE).derive(master)
        return cls(Ed25519PrivateKey.from_private_bytes(seed))

    @property
    def public(self) -> str:
        """The public key, 64 hexadecimal digits."""
        return self._key.public_key().public_bytes_raw().hex()

    def sign(self, purpose: bytes, values: Mapping[str, Any]) -> str:
        """The signature over the purpose and the canonical JSON of the values, 128 hexadecimal digits."""
        return self._key.sign(message(purpose, values)).hex()


def of_installation(config: Config) -> Signer:
    """The signer of a configured installation. Raises ConfigError where its key cannot be had; makes none."""
    return Signer.derive(load_key(config.agent.key, config.base, create=False))


def is_signed(public: str, purpose: bytes, values: Mapping[str, Any], signature: str) -> bool:
    """True where the holder of the key to `public` has signed just these values for this purpose."""
    if not is_public_key(public) or not _SIGNATURE.fullmatch(signature):
        return False
    try:
        known = Ed25519PublicKey.from_public_bytes(bytes.fromhex(public))
        known.verify(bytes.fromhex(signature), message(purpose, values))
    except (InvalidSignature, ValueError):
        return False
    return True


def is_public_key(text: str) -> bool:
    """True for 64 lower-case hexadecimal digits."""
    return _PUBLIC.fullmatch(text) is not None


def message(purpose: bytes, values: Mapping[str, Any]) -> bytes:
    """What is signed: the purpose, a line end, and the canonical JSON."""
    return purpose + b"\n" + canonical(values)


def canonical(values: Mapping[str, Any]) -> bytes:
    """The one way to write the values: keys sorted, no white space, ASCII. Raises ValueError for what is no JSON."""
    return json.dumps(values, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False).encode("ascii")
