"""Text in bytes that nobody can parse: what stands there in plain sight, in an 8-bit code page or UTF-16."""

from __future__ import annotations

import re
from collections.abc import Collection

import olefile

from scanner.formats import charset
from scanner.formats.ole.ole import stream
from scanner.records import ReadError

_WIDE = rb"(?:[\t\x20-\x7e\xa0-\xff]\0|[\0-\xff][\x01-\x04]){4,}"
_NARROW = rb"[\t\x20-\x7e\x85\x91-\x97\xa0-\xff]{6,}"
_RUNS = re.compile(rb"(%b)|%b" % (_WIDE, _NARROW))
_PLAIN = bytes(set(range(0x30, 0x3A)) | set(range(0x41, 0x5B)) | set(range(0x61, 0x7B))) + b" @.-_"
_HIGH = bytes(range(0xC0, 0x100))


def runs(data: bytes, codec: str = "cp1252") -> str:
    """The runs of readable characters, a line each, once each: at least four wide ones or six narrow ones.

    A run of mostly signs is noise, and left out; in code pages of other alphabets their letters are no signs.
    """
    plain = _PLAIN if codec == "cp1252" else _PLAIN + _HIGH
    found: dict[str, None] = {}
    for match in _RUNS.finditer(data):
        run = match[0]
        if match[1]:
            text = run.decode("utf-16-le", "replace")
            telling = sum(map(str.isalnum, text)) + text.count(" ")
        else:
            text = run.decode(codec, charset.handler(codec))
            telling = len(run) - len(run.translate(None, plain))
        if telling * 3 >= len(text) * 2:
            found[text.strip()] = None
    return "\n".join(text for text in found if text)


_MOST = 16 << 20  # bytes of one file to look through
_DULL = ("\x05", "\x01CompObj", "\x01Ole", "PROJECT", "__SRP_", "_VBA_PROJECT")  # properties, and what programs note


def seen(ole: olefile.OleFileIO, known: Collection[str] = ()) -> tuple[str, bool]:
    """The runs of all streams but those that readers know, and whether all could be looked through.

    `known` are names at the root, lower-cased. Modules of macros are packed, and have their own reader.
    """
    left = _MOST
    found: dict[str, None] = {}
    whole = True
    for path in ole.listdir():
        packed = len(path) > 1 and path[-2].upper() == "VBA"
        if path[0].lower() in known or packed or (path[-1].startswith(_DULL) and path[-1] != "\x01Ole10Native"):
            continue
        try:
            data = stream(ole, path, left)
        except ReadError:
            whole = False
            continue
        left -= len(data)
        found[runs(data)] = None
    return "\n".join(text for text in found if text), whole
