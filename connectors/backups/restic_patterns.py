"""Exact paths as restic's exclude patterns, each of which fits that path and no other.

A pattern begins with `/`, which ties it to the root, and every character that could mean something is escaped: Go's
`filepath.Match` for a name, and the file that patterns stand in, of which blanks at the end of a line are cut off and
in which `$NAME` means an environment variable. Bytes that are no UTF-8 are compared as bytes. Whether it worked is not
taken from here: see `restic_rewrite`, which compares the snapshots before and after.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from connectors.errors import Unsupported

_MEANS: Final = frozenset("*?[]\\")
_NEWLINE: Final = "[^\x01-\x09\x0b-\U0010ffff]"  # all but a newline, the other way round: no line can hold one
_LONGEST: Final = 60_000  # bytes of a line that restic reads


def patterns(paths: Iterable[str]) -> bytes:
    """A line for each path in a snapshot (`srv/Anna/brev.txt`). Raises Unsupported for one that is too long."""
    lines = [pattern(path) for path in paths]
    if any(len(line) > _LONGEST for line in lines):
        raise Unsupported("a path in the backup is too long for restic to select")
    return b"".join(line + b"\n" for line in lines)


def pattern(path: str) -> bytes:
    """One line, without its end."""
    return ("/" + "".join(map(_escaped, path))).encode("utf-8", "surrogateescape")


def _escaped(letter: str) -> str:
    if letter in _MEANS:
        return "\\" + letter
    if letter == "$":
        return "$$"
    if letter == "\n":
        return _NEWLINE
    if letter.isspace():
        return f"[{letter}]"
    return letter
