"""The demo's own look at what was left: bytes, rows and cards, by other means than gallra's."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from hashlib import sha256
from pathlib import Path

import openpyxl

Parts = list[object]


class Neighbours:
    """What lay in the company's files before, to be compared with what lies there afterwards."""

    def __init__(self, root: Path, folders: Iterable[str]) -> None:
        self._root = root
        self._folders = list(folders)
        self._before = {path: sha256(path.read_bytes()).digest() for path in self._files()}
        self._parts = {path: read(path) for path in self._before if (read := _reader(path)) is not None}

    def told(self, about: set[tuple[str, str]]) -> list[str]:
        """A line for each file that lost a part, and one each for those that went and those that stayed as they were.

        `about`: source and path of what was found. Raises AssertionError where anything else changed.
        """
        after = {path: sha256(path.read_bytes()).digest() for path in self._files()}
        gone = self._before.keys() - after.keys()
        changed = sorted(path for path in after if after[path] != self._before.get(path))
        names = {path.rpartition("/")[2] for _, path in about}
        for path in [*gone, *changed]:
            assert path.name.partition(":2,")[0] in names, "a file changed that the case is not about"
        same = len(after) - len(changed)
        told = [self._part(path) for path in changed]
        return [*told, f"{len(gone)} files are gone. All {same} others are the same, byte for byte."]

    def _part(self, path: Path) -> str:
        name = path.relative_to(self._root)
        read = _reader(path)
        if read is None or path.suffix == ".ics":
            return f"{name}: rewritten, {len(path.read_bytes().split(b'BEGIN:VEVENT')) - 1} events as before"
        before, now = self._parts[path], read(path)
        left = [one for one in before if one not in now]
        assert [one for one in before if one in now] == now, "what was to stay is not as it was"
        return f"{name}: {len(left)} of {len(before)} left, the other {len(now)} are as they were"

    def _files(self) -> Iterator[Path]:
        for folder in self._folders:
            yield from (path for path in (self._root / folder).rglob("*") if path.is_file())


def _reader(path: Path) -> Callable[[Path], Parts] | None:
    return {".csv": _lines, ".xlsx": _rows, ".vcf": _cards}.get(path.suffix)


def _lines(path: Path) -> Parts:
    return list(path.read_bytes().splitlines(keepends=True))


def _cards(path: Path) -> Parts:
    return [b"BEGIN:VCARD" + one for one in path.read_bytes().split(b"BEGIN:VCARD")[1:]]


def _rows(path: Path) -> Parts:
    """The rows that say something: one that left is blank."""
    book = openpyxl.load_workbook(path)
    return [(sheet.title, row) for sheet in book for row in sheet.iter_rows(values_only=True) if any(row)]
