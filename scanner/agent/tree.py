"""Every folder of a tree, watched by inotify, and a whole tree told again where that could miss something.

watchdog 7.1 reads the kernel's events (`InotifyFD`) and hands them to a `WatchCallback`: `Tree` is one. Its Observer is
not used, because of what it keeps to itself: after an overflow it only logs, a folder that gets no watch (ENOSPC of
`fs.inotify.max_user_watches`, EACCES) is passed over in silence, IN_UNMOUNT and a renamed root are not told, and its
queues have no bounds. Here each of these is `lost`, or `in_part`.

Why nothing falls between: a folder is watched first and listed then, from the top down, and only then told, as a whole.
What was in it before is found by who looks at what was told; what comes after is told by its watch. A folder that is
moved away loses its watches and gets new ones by the event of its new name, since the path that was noted for a watch
may be another folder's by now.
"""

from __future__ import annotations

import errno
import itertools
import logging
import os
import threading
from collections.abc import Callable
from typing import Final

from watchdog.observers.inotify_c import CallbackId, InotifyConstants, InotifyEvent, InotifyFD, Mask, WatchDescriptor

from scanner.agent.events import Ignored
from scanner.agent.standing import NO_MORE

_IN: Final = InotifyConstants
# Not IN_ATTRIB, IN_ACCESS, IN_OPEN: what is only looked at, or gets other rights, holds what it held.
_BELOW: Final = Mask(
    _IN.IN_MODIFY
    | _IN.IN_CLOSE_WRITE
    | _IN.IN_CREATE
    | _IN.IN_DELETE
    | _IN.IN_MOVE
    | _IN.IN_DELETE_SELF
    | _IN.IN_MOVE_SELF
    | _IN.IN_ONLYDIR
    | _IN.IN_EXCL_UNLINK
    | _IN.IN_DONT_FOLLOW
)
_ROOT: Final = Mask(_BELOW & ~_IN.IN_DONT_FOLLOW)
_GONE: Final = frozenset({errno.ENOENT, errno.ENOTDIR, errno.ELOOP})  # an event tells what stands there now

_logger = logging.getLogger("watchdog")  # its lines may hold paths
_logger.addHandler(logging.NullHandler())
_logger.propagate = False


class Tree:
    """One tree. `changed` is called with relative paths and `lost` where events were, by a thread of its own.

    Both must be quick and raise nothing. After `lost` the tree is of no use: stop it, and start another.
    """

    word: Final = "watched"

    def __init__(
        self, root: str, changed: Callable[[str], None], lost: Callable[[], None], ignored: Ignored | None = None
    ) -> None:
        self._root = os.fsencode(root)
        self._start = len(self._root.rstrip(b"/")) + 1
        self._changed, self._tell_lost = changed, lost
        self._ignored = ignored or Ignored()
        self._fd: InotifyFD | None = None
        self._lock = threading.Lock()
        self._closing = False
        self._numbers = itertools.count(1)
        self._watches: dict[WatchDescriptor, tuple[CallbackId, bytes]] = {}
        self._limited = self._denied = False

    def start(self) -> None:
        """Watch every folder; takes as long as listing them. Raises OSError where the root cannot be watched."""
        self._fd = InotifyFD()
        self._fd.start()
        try:
            self._watch_all(self._root)
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Tell nothing any more, and let go of all watches. Safe to call twice."""
        with self._lock:
            self._closing = True
        if self._fd is not None:
            self._fd.stop()
            self._fd.join()
            self._fd = None
        self._watches.clear()

    @property
    def alive(self) -> bool:
        """False where its thread has ended, so that nothing more will be told."""
        return self._fd is not None and self._fd.is_alive()

    @property
    def trouble(self) -> str:
        """Never any: what stops it is told as `lost`."""
        return ""

    @property
    def in_part(self) -> str:
        """Why some folders are not watched; empty where all are."""
        if self._limited:
            return NO_MORE[errno.ENOSPC]
        return "some folders may not be read, or lie too deep" if self._denied else ""

    def again(self) -> None:
        """Try those folders again that are not watched; takes as long as `start`."""
        self._limited = self._denied = False
        self._watch_all(self._root)

    def on_queue_overflow(self) -> None:
        """The kernel dropped events (IN_Q_OVERFLOW)."""
        self._lose()

    def on_watch_deleted(self, wd: WatchDescriptor) -> None:
        """A watched folder is gone, or what it was on is unmounted (IN_IGNORED)."""
        with self._lock:
            _, path = self._watches.pop(wd, (0, b""))
        if path == self._root:
            self._lose()

    def on_event(self, event: InotifyEvent) -> None:
        """One event, in the thread that reads them: an error would end it without a word."""
        try:
            self._on_event(event)
        except Exception:  # whatever it was, an event is lost
            self._lose()

    def _on_event(self, event: InotifyEvent) -> None:
        with self._lock:
            folder = None if self._closing or event.wd not in self._watches else self._watches[event.wd][1]
        if folder is None:
            return
        if event.mask & (_IN.IN_UNMOUNT | _IN.IN_DELETE_SELF | _IN.IN_MOVE_SELF):
            if folder == self._root:
                self._lose()
            elif event.mask & _IN.IN_UNMOUNT:
                self._changed(self._relative(folder))
            return
        if not event.name:
            return
        path = os.path.join(folder, event.name)  # noqa: PTH118 - bytes
        relative = self._relative(path)
        if relative in self._ignored:
            return
        if event.mask & _IN.IN_ISDIR:
            self._folder(event, path)
        self._changed(relative)

    def _folder(self, event: InotifyEvent, path: bytes) -> None:
        if event.is_moved_from:
            self._forget(path)
        elif event.is_create or event.is_moved_to:
            self._watch_all(path)

    def _lose(self) -> None:
        if not self._closing:
            self._tell_lost()

    def _relative(self, path: bytes) -> str:
        return os.fsdecode(path[self._start :])

    def _watch_all(self, top: bytes) -> None:
        """Watch a folder and all below: each is watched before it is listed."""
        stack = [top]
        while stack and not self._limited:
            folder = stack.pop()
            if not self._watch(folder):
                continue
            try:
                with os.scandir(folder) as entries:
                    stack += [
                        entry.path
                        for entry in entries
                        if entry.is_dir(follow_symlinks=False) and self._relative(entry.path) not in self._ignored
                    ]
            except OSError as error:
                self._denied |= error.errno not in _GONE

    def _watch(self, path: bytes) -> bool:
        """Watch one folder; False where there is none, or it cannot be. Raises OSError for the root."""
        root = path == self._root
        with self._lock:
            if self._closing or self._fd is None:
                return False
            number = CallbackId(next(self._numbers))
            try:
                wd = self._fd.add_callback(path, _ROOT if root else _BELOW, self, number)
                if wd < 0:  # watchdog answers EACCES so
                    self._fd.remove_callbacks([(wd, number)])
                    raise PermissionError(errno.EACCES, "may not be read")
                before = self._watches.get(wd)
                self._watches[wd] = (number, path)
                if before is not None:  # the same folder, under an older name maybe
                    self._fd.remove_callbacks([(wd, before[0])])
            except OSError as error:
                if root:
                    raise
                self._limited |= error.errno == errno.ENOSPC
                self._denied |= error.errno not in _GONE
                return False
        return True

    def _forget(self, top: bytes) -> None:
        """Let go of the watches of a folder that is not there any more, and of all below it."""
        below = top + b"/"
        with self._lock:
            gone = [wd for wd, (_, path) in self._watches.items() if path == top or path.startswith(below)]
            numbers = [(wd, self._watches.pop(wd)[0]) for wd in gone]
            if self._fd is not None:
                self._fd.remove_callbacks(numbers)
