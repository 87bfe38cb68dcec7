"""Office files under a password, new (docx, xlsx, pptx) and old (doc, xls, ppt), opened with one of those given."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import olefile

from connectors.base import GapReason
from scanner.blob import Blob
from scanner.formats.base import Format, Found, Nested
from scanner.formats.legacy import ppt_locked
from scanner.formats.ole.ole import opened
from scanner.formats.passwords import MOST, refused, tried
from scanner.limits import Limits
from scanner.records import ReadError, Unread

_DEFAULTS = ("VelvetSweatshop", "/01Hannes Ruescher/01")  # Excel's and PowerPoint's, for "read only" ([MS-OFFCRYPTO])
_ROUNDS = 20_000_000  # hashes for one file in all, about half a minute: a password costs twice what the file asks for
_RIGHTS = ("\x06DataSpaces/TransformInfo/DRMEncryptedTransform", "\x09DRMContent")
# Streams that stay closed beside the decrypted main one ([MS-OFFCRYPTO] 2.3.5.4, [MS-XLS] 2.2.10, [MS-PPT] 2.3.7).
_APART = {
    "encryption": "part properties",
    "encryptedsummary": "part properties",
    "pictures": "part pictures",
    "_sx_db_cur": "part pivot caches",
    "_sx_db": "part pivot caches",
    "revision log": "part revisions",
}


def unlocked(blob: Blob) -> Iterator[Found]:
    """The same file, decrypted, as a Nested without steps; and a gap for each stream of it that stays closed.

    Tries the passwords that Office itself uses, then `blob.keys`. Raises ReadError ENCRYPTED where none fits.
    """
    ole = opened(blob)
    if any(ole.exists(path) for path in _RIGHTS):
        raise ReadError(GapReason.ENCRYPTED, "Office: rights management")
    data = _decrypted(blob)
    if data.startswith(b"PK"):
        yield Nested((), Blob(data, blob.name, limit=blob.limit), "file")
        return
    closed: dict[str, None] = {}
    data = _blanked(data, closed)
    yield Nested((), Blob(data, blob.name, limit=blob.limit), "file")
    for step in closed:
        yield Unread((step,), GapReason.ENCRYPTED, "Office: encrypted apart from the rest")


def _extract(blob: Blob, limits: Limits) -> Iterator[Found]:
    del limits
    yield from unlocked(blob)


def _state() -> str:
    from importlib.metadata import version  # noqa: PLC0415 - asked once a scan

    return version("msoffcrypto-tool")


FORMAT = Format(
    "locked",
    1,
    "msoffcrypto-tool",
    _extract,
    records="those of the decrypted file",
    entities="those of the decrypted file",
    limits=f"at most {MOST} passwords are tried",
    state=_state,
)


def _decrypted(blob: Blob) -> bytes:
    data = blob.data()
    try:
        file = _office(data)
        rounds = _rounds(file)
    except Exception as fault:  # the library raises whatever its parsing meets
        raise ReadError(GapReason.ENCRYPTED, f"Office: an unknown way ({type(fault).__name__})") from None
    keys = blob.keys
    most = max(_ROUNDS // (2 * rounds) - len(_DEFAULTS), 0)
    for word in (*_DEFAULTS, *tried(keys, most)):
        plain = _opened_with(file, word)
        if plain is not None:
            return plain
    raise ReadError(GapReason.ENCRYPTED, refused("Office", keys, most))


def _office(data: bytes) -> Any:  # noqa: ANN401 - the library has no types
    import msoffcrypto  # noqa: PLC0415 - heavy, and few files are encrypted
    from msoffcrypto.format import doc97, ppt97, xls97  # noqa: PLC0415

    for module in (doc97, ppt97, xls97):  # it would put what it decrypts into temporary files
        module.tempfile = _InMemory
    return msoffcrypto.OfficeFile(io.BytesIO(data))


class _InMemory:
    """What msoffcrypto uses of the module `tempfile`, without files."""

    TemporaryFile = io.BytesIO


def _rounds(file: Any) -> int:  # noqa: ANN401
    """How often a password is hashed; old files do it so seldom that it does not count."""
    info = getattr(file, "info", None)
    if getattr(file, "format", "") != "ooxml" or not isinstance(info, dict):
        return 1000
    return max(1000, int(info.get("spinValue", 50_000)))


def _opened_with(file: Any, word: str) -> bytes | None:  # noqa: ANN401
    plain = io.BytesIO()
    try:
        if file.format == "ooxml":
            file.load_key(password=word, verify_password=True)
        else:
            file.load_key(password=word)
        if file.format == "ppt97":
            plain.write(ppt_locked.decrypted(file))
        else:
            file.decrypt(plain)
    except Exception:  # a wrong password, or noise: it asserts, indexes and unpacks without looking
        return None
    data = plain.getvalue()
    return data if data.startswith((b"PK", b"\xd0\xcf\x11\xe0")) else None


def _blanked(data: bytes, closed: dict[str, None]) -> bytes:
    """The file with zeros where streams are still encrypted, so that nobody reads noise; `closed` gets their steps."""
    if not _has_closed(data):
        return data
    stream = io.BytesIO(data)
    ole = olefile.OleFileIO(stream, write_mode=True)
    for path in ole.listdir():
        step = _APART.get(path[0].lower())
        size = ole.get_size(path) if step else 0
        if step and size:
            closed[step] = None
            ole.write_stream(path, bytes(size))
    return stream.getvalue()


def _has_closed(data: bytes) -> bool:
    names = {path[0].lower() for path in olefile.OleFileIO(io.BytesIO(data)).listdir()}
    return not names.isdisjoint(_APART)
