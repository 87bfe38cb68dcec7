"""Naming paths to borg exactly: lines of an `--exclude-from` or `--patterns-from` file, which goes through a pipe.

`pf:PATH` is a full path, looked up in a dictionary. But borg strips blanks from lines, reads the file in UTF-8, and
makes the path normal: what would not survive that is written as a regular expression in plain ASCII.
"""

from __future__ import annotations

import os.path
import sys
import unicodedata
from collections.abc import Iterable, Iterator

FILE = "/dev/stdin"
"""Where borg reads its patterns: names of files stand neither in its arguments nor on a disk."""

_LETTERS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/")


def excluding(paths: Iterable[str]) -> bytes:
    """For `--exclude-from`: exactly these."""
    return "".join(f"{line}\n" for line in _lines(paths)).encode()


def only(paths: Iterable[str]) -> bytes:
    """For `--patterns-from`: nothing but these."""
    return ("".join(f"+ {line}\n" for line in _lines(paths)) + "- re:(?s).\n").encode()


def key(path: str) -> str:
    """What borg compares: two paths with the same key cannot be told apart by a pattern."""
    shown = unicodedata.normalize("NFD", path) if sys.platform == "darwin" else path
    return shown.lstrip("/")


def _lines(paths: Iterable[str]) -> Iterator[str]:
    strange = []
    for path in paths:
        if _simple(path):
            yield f"pf:{path}"
        else:
            strange.append(path)
    if strange:
        yield f"re:^(?:{'|'.join(_expression(key(path)) for path in strange)})\\Z"


def _simple(path: str) -> bool:
    return path.isprintable() and path == path.strip() and os.path.normpath(path) == path == path.lstrip("/")


def _expression(path: str) -> str:
    return "".join(letter if letter in _LETTERS else _code(ord(letter)) for letter in path)


def _code(number: int) -> str:
    """Surrogates too, which is how names that are not UTF-8 are held (PEP 383)."""
    return f"\\x{number:02x}" if number < 0x100 else f"\\u{number:04x}" if number < 0x10000 else f"\\U{number:08x}"
