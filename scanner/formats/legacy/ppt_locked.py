"""PowerPoint files under a password ([MS-PPT] 2.3.7), opened: msoffcrypto finds the key, this uses it.

The library takes objects to lie in the order of their numbers, and writes noise over those that do not.
"""

from __future__ import annotations

import io
import struct
from typing import Any

import olefile

from scanner.formats.legacy.ppt_records import current, directory

_STREAM, _USER = "PowerPoint Document", "Current User"
_OPEN = struct.pack("<I", 0xE391C05F)  # what Current User says of a file that is not encrypted


def decrypted(file: Any) -> bytes:  # noqa: ANN401 - the library has no types
    """The file with its objects in the clear; `file` is msoffcrypto's, with its key loaded. May raise anything.

    Pictures and properties stay closed.
    """
    stored = io.BytesIO(file.ole.fp.getvalue())
    ole = olefile.OleFileIO(stored, write_mode=True)
    data = bytearray(ole.openstream(_STREAM).read())
    user = ole.openstream(_USER).read()
    edit = current(user).edit
    session = struct.unpack_from("<I", data, edit + 8 + 28)[0]
    left = 2 * len(data)  # objects may lie over each other: no more work than this
    for number, place in directory(bytes(data), edit).places.items():
        if number == session:
            continue
        head = _opened(file, number, data[place : place + 8])
        end = min(len(data), place + 8 + int.from_bytes(head[4:], "little"))
        left -= end - place
        if left >= 0:
            data[place:end] = _opened(file, number, data[place:end])
    ole.write_stream(_STREAM, bytes(data))
    ole.write_stream(_USER, user[:12] + _OPEN + user[16:])
    return stored.getvalue()


def _opened(file: Any, number: int, data: bytearray) -> bytes:  # noqa: ANN401
    """Each object has a key of its own, made with its number."""
    from msoffcrypto.method.rc4_cryptoapi import DocumentRC4CryptoAPI  # noqa: PLC0415 - few files are encrypted

    plain: bytes = DocumentRC4CryptoAPI.decrypt(
        file.key, file.salt, file.keySize, io.BytesIO(bytes(data)), blocksize=max(1, len(data)), block=number
    ).read()
    return plain
