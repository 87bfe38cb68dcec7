"""Keys, sealed values and keyed tokens: what makes the index unreadable to who has only the file.

Sealing is AES-SIV (RFC 5297), which needs no nonce: equal values in equal contexts give equal bytes, and that is all
it tells. Tokens are keyed BLAKE2b (RFC 7693): they can be compared and not read back. Every use has a key of its own,
made from the master key by HKDF (RFC 5869).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final, Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from scanner.index.errors import SealBroken

__all__ = ["ContentHasher", "Keys", "SealBroken", "Sealer", "from_bytes", "to_bytes"]

_MASTER_MIN = 16  # bytes
_WORD_CACHE = 100_000  # words; about 15 MB, and nine of ten words of running text
_PAIRS: Final = [a + b for a in "abcdefghijklmnopqrstuvwxyz234567" for b in "abcdefghijklmnopqrstuvwxyz234567"]


class ContentHasher(Protocol):
    """A running keyed hash."""

    def update(self, data: bytes, /) -> None:
        """Take in more."""

    def digest(self) -> bytes:
        """The 16 bytes of all that was taken in."""


@dataclass(frozen=True, slots=True)
class Keys:
    """One key a use. Never printed."""

    seal: bytes = field(repr=False)  # 64 bytes, AES-256-SIV
    token: bytes = field(repr=False)  # 32 bytes each
    content: bytes = field(repr=False)
    plan: bytes = field(repr=False)

    @classmethod
    def derive(cls, master: bytes) -> Keys:
        """All keys from the master key. Raises ValueError when it is shorter than 16 bytes."""
        if len(master) < _MASTER_MIN:
            raise ValueError(f"the master key must have at least {_MASTER_MIN} bytes")
        return cls(*(_derived(master, use, size) for use, size in _USES))


_USES: Final = ((b"seal", 64), (b"token", 32), (b"content", 32), (b"plan", 32))


class Sealer:
    """Seals, opens and makes tokens. Cheap to make, picklable (it carries the keys), not shared between threads."""

    def __init__(self, keys: Keys) -> None:
        self._keys = keys
        self._siv = AESSIV(keys.seal)
        self._tokens = hashlib.blake2b(key=keys.token, digest_size=8, person=b"gallra token")
        self._kinds: dict[str, hashlib.blake2b] = {}
        self._words = _Words(keys.token)
        self._content = hashlib.blake2b(key=keys.content, digest_size=16, person=b"gallra content")
        self._plan = hashlib.blake2b(key=keys.plan, digest_size=16, person=b"gallra plan")

    def __reduce__(self) -> tuple[type[Sealer], tuple[Keys]]:
        return Sealer, (self._keys,)

    def seal(self, data: bytes, context: bytes) -> bytes:
        """`data` as only the key opens it, 16 bytes longer. `context` says what it is and must be given to open it."""
        return self._siv.encrypt(data, [context])

    def open(self, data: bytes, context: bytes) -> bytes:
        """What was sealed. Raises SealBroken for another key, another context or changed bytes."""
        try:
            return self._siv.decrypt(data, [context])
        except (InvalidTag, ValueError) as error:
            raise SealBroken("a sealed value does not open with this key") from error

    def seal_text(self, text: str, context: bytes) -> bytes:
        """`seal` for a string, whatever it holds."""
        return self._siv.encrypt(to_bytes(text), [context])

    def open_text(self, data: bytes, context: bytes) -> str:
        """The string that `seal_text` took."""
        return from_bytes(self.open(data, context))

    def token(self, kind: str, value: str) -> int:
        """A signed 64-bit number that stands for a value of a kind (`email`, `path`, ...)."""
        base = self._kinds.get(kind)
        if base is None:
            base = self._tokens.copy()
            base.update(to_bytes(kind) + b"\0")
            self._kinds[kind] = base
        hasher = base.copy()
        hasher.update(to_bytes(value))
        return int.from_bytes(hasher.digest(), "big", signed=True)

    def word(self, word: str) -> str:
        """Eight letters (40 bits, base32, lower-case) that stand for a folded word."""
        return self._words[word]

    def new_word(self, word: str) -> str:
        """`word` of one that is not to be remembered here."""
        return self._words.made(word)

    def words(self, words: Iterable[str]) -> str:
        """`word` of each, with spaces between: what the word index takes."""
        return " ".join(map(self._words.__getitem__, words))

    def content(self, data: bytes) -> bytes:
        """The keyed 16-byte hash of an item's content."""
        hasher = self.content_hasher()
        hasher.update(data)
        return hasher.digest()

    def content_hasher(self) -> ContentHasher:
        """`content` for what comes in pieces."""
        return self._content.copy()

    def plan_hash(self, data: bytes) -> str:
        """The keyed hash of a plan, 32 hexadecimal digits."""
        hasher = self._plan.copy()
        hasher.update(data)
        return hasher.hexdigest()


class _Words(dict[str, str]):
    """Word -> token, remembered, since words repeat; emptied when full, so that memory stays bounded."""

    __slots__ = ("_base",)

    def __init__(self, key: bytes) -> None:
        super().__init__()
        self._base = hashlib.blake2b(key=key, digest_size=5, person=b"gallra word")

    def __missing__(self, word: str) -> str:
        if len(self) >= _WORD_CACHE:
            self.clear()
        token = self[word] = self.made(word)
        return token

    def made(self, word: str) -> str:
        """Its token, computed."""
        hasher = self._base.copy()
        hasher.update(to_bytes(word))
        bits = int.from_bytes(hasher.digest(), "big")
        return _PAIRS[bits >> 30] + _PAIRS[bits >> 20 & 1023] + _PAIRS[bits >> 10 & 1023] + _PAIRS[bits & 1023]


def to_bytes(text: str) -> bytes:
    """UTF-8 with surrogate escapes (PEP 383); strings with other lone surrogates are kept too, under a mark."""
    try:
        data = text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return b"\xff\x01" + text.encode("utf-8", "surrogatepass")
    return b"\xff\x00" + data if data[:1] == b"\xff" else data


def from_bytes(data: bytes) -> str:
    """The string that `to_bytes` took, exactly."""
    if data[:1] != b"\xff":
        return data.decode("utf-8", "surrogateescape")
    return data[2:].decode("utf-8", "surrogatepass" if data[1:2] == b"\x01" else "surrogateescape")


def _derived(master: bytes, use: bytes, size: int) -> bytes:
    return HKDF(algorithm=SHA256(), length=size, salt=None, info=b"gallra index 1 " + use).derive(master)
