"""The archives that are open at the moment, and finding a content in any of them: where it was met already, first."""

from __future__ import annotations

from collections.abc import Sequence, Set
from functools import partial

from connectors.backups.archive_files import File, handle, kind_of
from connectors.backups.archive_reading import Found, Shelf, Tar, Zip
from connectors.backups.archive_streams import Damaged, NoArchive
from connectors.backups.base import Key
from connectors.base import Locator
from connectors.errors import ConnectorError, NotFound, Unsupported
from connectors.files.handles import Root

_OPEN = 32  # archives at once


class Shelves:
    """By the ids of their files. `close` lets go of all: the next read opens what it needs."""

    def __init__(self) -> None:
        self._open: dict[str, Shelf] = {}

    def read(self, root: Root, files: Sequence[File], key: Key, wanted: Set[Key], locator: Locator) -> Found:
        """The content, from the first archive that holds it; `wanted` will be read soon.

        Raises NotFound where all were looked through, Unsupported (a password), and what kept one from being read.
        """
        first = [one for one in files if isinstance(shelf := self._open.get(one.id), Tar) and shelf.knows(key)]
        broken: ConnectorError | None = None
        for file in [*first, *files]:
            try:
                found = self._shelf(root, file, locator).find(key, wanted)
            except (NoArchive, Damaged):
                continue
            except Unsupported:
                raise
            except ConnectorError as error:
                broken = error
                continue
            if found is not None:
                return found
        if broken is not None:
            raise broken
        raise NotFound("no archive holds it", locator)

    def close(self) -> None:
        """Let go of all. Safe to call twice."""
        for shelf in self._open.values():
            shelf.close()
        self._open = {}

    def _shelf(self, root: Root, file: File, locator: Locator) -> Shelf:
        shelf = self._open.pop(file.id, None)
        if shelf is None:
            shelf = _opened(root, file, locator)
        self._open[file.id] = shelf
        if len(self._open) > _OPEN:  # each holds handles; a tar keeps what it knows
            for one in list(self._open)[:-_OPEN]:
                self._open[one].close()
                if isinstance(self._open[one], Zip):
                    del self._open[one]
        return shelf


def _opened(root: Root, file: File, locator: Locator) -> Shelf:
    stream = handle(root, file, locator)
    try:
        if kind_of(stream) == "zip":
            return Zip(stream)
    except BaseException:
        stream.close()
        raise
    stream.close()
    return Tar(partial(handle, root, file, locator))
