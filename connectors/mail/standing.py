"""The boxes of the folder that is being read, kept open from one message to the next.

Opening them anew costs more than reading a message. A kept handle also works on a folder that was moved away, so before
each use every step of the way from the root is looked at: by its name, through no link, it must still lead to what was
opened.
"""

from __future__ import annotations

import os

from connectors.files.handles import Root, open_listing
from connectors.mail.folders import BOXES


class Standing:
    """Handles on one folder's boxes at a time. `close` when done."""

    def __init__(self) -> None:
        self._parts: tuple[str, ...] | None = None
        self._steps: list[tuple[int, str, int, int]] = []  # folder, name in it, device and inode of what was opened
        self._opened: list[int] = []
        self._boxes: dict[str, int] = {}

    def boxes(self, root: Root, parts: tuple[str, ...]) -> dict[str, int]:
        """A handle for every box of the folder. Raises OSError where one cannot be opened, Unreachable."""
        root.check()
        if self._parts != parts or not self._stands():
            self.close()
            try:
                self._open(root, parts)
            except BaseException:
                self.close()
                raise
        return self._boxes

    def close(self) -> None:
        """Let go of the handles. Safe to call twice."""
        self._parts = None
        self._boxes = {}
        self._steps.clear()
        while self._opened:
            os.close(self._opened.pop())

    def _stands(self) -> bool:
        try:
            for folder, name, device, inode in self._steps:
                state = os.stat(name, dir_fd=folder, follow_symlinks=False)
                if state.st_ino != inode or state.st_dev != device:
                    return False
        except OSError:
            return False
        return True

    def _open(self, root: Root, parts: tuple[str, ...]) -> None:
        folder = root.fd
        for part in parts:
            folder = self._step(folder, part)
        for box in BOXES:
            try:
                self._boxes[box] = self._step(folder, box)
            except FileNotFoundError:
                continue  # many a copy drops empty directories
        self._parts = parts

    def _step(self, folder: int, name: str) -> int:
        handle = open_listing(name, folder)
        self._opened.append(handle)
        state = os.fstat(handle)
        self._steps.append((folder, name, state.st_dev, state.st_ino))
        return handle
