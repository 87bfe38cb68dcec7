"""A mounted share, looked at again and again: its server tells nobody here what others change there.

Done by watchdog's polling, with its two functions of our own. `_Seen` gives a path as its own inode, since servers and
FUSE make up inode numbers anew: so nothing is taken for moved, and a file is changed where its size or time is. No link
is followed, what the source leaves out is not looked at, and a share too large to be remembered twice is refused.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable, Iterator
from typing import Any, Final, NamedTuple, cast

from watchdog.events import (
    DirCreatedEvent,
    DirDeletedEvent,
    FileCreatedEvent,
    FileDeletedEvent,
    FileModifiedEvent,
    FileSystemEvent,
    FileSystemEventHandler,
)
from watchdog.observers.api import BaseObserver
from watchdog.observers.polling import PollingObserverVFS

from scanner.agent.events import Ignored

MOST_POLLED: Final = 100_000
"""Files and folders of a share that is polled: two pictures of it, and what differs, take some 100 MB."""

_DEEPEST: Final = 200  # folders in folders, as for a walk
# Folders only where they come and go: what is in one is told itself.
_TOLD: Final = [FileCreatedEvent, FileModifiedEvent, FileDeletedEvent, DirCreatedEvent, DirDeletedEvent]


class _Seen(NamedTuple):
    st_mode: int
    st_ino: str
    st_mtime: int
    st_size: int
    st_dev: int = 0


class Poll(FileSystemEventHandler):
    """One share. `changed` and `lost` as of `tree.Tree`."""

    word: Final = "polled"

    def __init__(
        self,
        root: str,
        changed: Callable[[str], None],
        lost: Callable[[], None],
        ignored: Ignored | None = None,
        every: float = 30.0,
        most: int = MOST_POLLED,
    ) -> None:
        self._root, self._start = root, len(root.rstrip("/")) + 1
        self._changed, self._lost = changed, lost
        self._ignored = ignored or Ignored()
        self._every, self._most = every, most
        self._count = 0
        self._trouble = ""
        self._observer: BaseObserver | None = None

    def start(self) -> None:
        """Take the first picture; takes as long as a walk. Raises OSError where that cannot be done."""
        observer = PollingObserverVFS(cast("Any", self._stat), cast("Any", self._list), polling_interval=self._every)
        observer.schedule(self, self._root, recursive=True, event_filter=list(_TOLD))
        observer.start()
        self._observer = observer

    def stop(self) -> None:
        """Tell nothing any more. Safe to call twice."""
        if self._observer is not None:
            self._observer.stop()
            self._observer.join()
            self._observer = None

    @property
    def alive(self) -> bool:
        """False where a thread of it has ended, so that nothing more will be told."""
        observer = self._observer
        return observer is not None and observer.is_alive() and all(one.is_alive() for one in observer.emitters)

    @property
    def trouble(self) -> str:
        """Why the last picture could not be taken; it is tried again. watchdog only logs that."""
        return self._trouble

    @property
    def in_part(self) -> str:
        """Never: what may not be read is a gap of the scan too."""
        return ""

    def again(self) -> None:
        """Nothing to try."""

    def on_any_event(self, event: FileSystemEvent) -> None:
        """Called by watchdog for each of `_TOLD`."""
        path = os.fsdecode(event.src_path)
        if path == self._root:
            self._lost()
        else:
            self._changed(path[self._start :])

    def _stat(self, path: str) -> _Seen:
        if path == self._root:  # a new picture begins
            self._count = 0
            found = os.stat(path)  # noqa: PTH116 - watchdog's own function but for links
            self._trouble = ""
        else:
            found = os.lstat(path)
        form = stat.S_IFMT(found.st_mode)
        if form == stat.S_IFDIR:
            return _Seen(form, path, 0, 0)
        return _Seen(form, path, found.st_mtime_ns, found.st_size)

    def _list(self, path: str | None) -> Iterator[os.DirEntry[str]]:
        folder = path or self._root
        if folder.count("/") - self._root.count("/") > _DEEPEST:
            return
        try:
            yield from self._entries(folder)
        except OSError as error:
            self._note(error)
            raise

    def _entries(self, folder: str) -> Iterator[os.DirEntry[str]]:
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.path[self._start :] in self._ignored:
                    continue
                self._count += 1
                if self._count > self._most:
                    raise OSError(errno.EFBIG, "too many files")
                yield entry

    def _note(self, error: OSError) -> None:
        if error.errno == errno.EFBIG:
            self._trouble = f"more than {self._most} files are not polled: its schedule finds what changes"
        elif error.errno not in (errno.ENOENT, errno.ENOTDIR, errno.EACCES, errno.EPERM):
            self._trouble = "the share does not answer"
