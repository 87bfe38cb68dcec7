"""The ledger's own keys: tokens that can be compared and not read back, and sealed values.

Apart from the index's keys, so that the ledger outlives the index: who loses the index key scans again, and still knows
what comes back. Tokens are keyed BLAKE2b (RFC 7693), sealing is AES-SIV (RFC 5297), each under a key that HKDF
(RFC 5869) makes of the ledger key.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from scanner.index.seal import to_bytes
from scanner.refusal import Refusal

Json = dict[str, Any]


class WrongLedgerKey(Refusal):
    """The ledger was made with another key, or is damaged."""

    exit_code = 2


class LedgerSealer:
    """Makes tokens, seals and opens. Not shared between threads."""

    def __init__(self, master: bytes) -> None:
        """`master` is the ledger key."""
        self._siv = AESSIV(_derived(master, b"seal", 64))
        self._tokens = hashlib.blake2b(key=_derived(master, b"token", 32), digest_size=16, person=b"gallra ledger")

    def token(self, kind: str, *values: str | bytes) -> bytes:
        """The 16 bytes that stand for values of a kind. Their order counts, and where each ends."""
        hasher = self._tokens.copy()
        for value in (kind, *values):
            data = to_bytes(value) if isinstance(value, str) else value
            hasher.update(len(data).to_bytes(8, "big") + data)
        return hasher.digest()

    def seal(self, value: Json, context: str) -> bytes:
        """A value as only the ledger key opens it, bound to its context."""
        return self._siv.encrypt(json.dumps(value, sort_keys=True).encode("ascii"), [context.encode("utf-8")])

    def open(self, sealed: bytes, context: str) -> Json:
        """What was sealed. Raises WrongLedgerKey."""
        try:
            value: Json = json.loads(self._siv.decrypt(sealed, [context.encode("utf-8")]))
        except (InvalidTag, ValueError) as error:
            raise WrongLedgerKey(
                "the ledger was made with another key, or is damaged: put back your copy of the ledger key "
                "(`ledger_key` in [agent]), or of ledger.sqlite"
            ) from error
        return value


def _derived(master: bytes, use: bytes, size: int) -> bytes:
    return HKDF(algorithm=SHA256(), length=size, salt=None, info=b"gallra ledger 1 " + use).derive(master)
