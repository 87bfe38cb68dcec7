"""Thousands of changes of a folder, in no order that anybody could foresee, but the same for the same seed."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from pathlib import Path

NAMES = ["a", "åäö", "\udce9\udcff", "new\nline", "*", "-rf", " ", "%s", "x" * 120]


class Flood:
    """Makes, changes, renames and deletes files, and folders that are filled at once.

    `done` has each path with a moment just before it was last touched. `text` is what a file holds, by its number.
    """

    def __init__(self, root: Path, seed: int, text: Callable[[int], str] = str, ending: str = "") -> None:
        self._root, self._dice = root, random.Random(seed)
        self._text, self._ending = text, ending
        self._folders, self._alive = ["old"], list[str]()
        self.done: dict[str, float] = {}

    def run(self, files: int, seconds: float) -> None:
        """So many new files, spread over at most so many seconds."""
        began, made = time.monotonic(), 0
        while made < files:
            made += self._folder() if self._dice.random() < 0.02 else self._file()
            if self._alive and self._dice.random() < 0.3:
                self._dice.choice([self._change, self._rename, self._delete])()
            late = began + seconds * made / files - time.monotonic()
            if late > 0.02:
                time.sleep(late)

    def _touch(self, path: str) -> Path:
        self.done[path] = time.monotonic()
        return self._root / path

    def _file(self) -> int:
        path = f"{self._dice.choice(self._folders)}/{self._dice.choice(NAMES)}{len(self.done)}{self._ending}"
        with self._at(path).open("w") as stream:
            stream.write(self._text(len(self.done)))
            stream.flush()
            self._touch(path)
        self._alive.append(path)
        return 1

    def _folder(self) -> int:
        top = f"{self._dice.choice(self._folders[:20])}/{self._dice.choice(NAMES)}{len(self.done)}"
        for depth in range(self._dice.randint(1, 4)):
            (self._root / top).mkdir(parents=True)
            self._folders.append(top)
            for number in range(3):
                path = f"{top}/{number}{self._ending}"
                self._touch(path).write_text(self._text(len(self.done)))
                self._alive.append(path)
            top = f"{top}/{depth}-sub"
        return 3

    def _at(self, path: str) -> Path:
        return self._root / path

    def _change(self) -> None:
        path = self._dice.choice(self._alive)
        with self._at(path).open("a") as stream:
            stream.write("\n" + self._text(self._dice.randrange(1000)))
            stream.flush()
            self._touch(path)

    def _rename(self) -> None:
        place = self._dice.randrange(len(self._alive))
        path, new = self._alive[place], f"{self._dice.choice(self._folders)}/moved{len(self.done)}{self._ending}"
        self._touch(path).rename(self._touch(new))
        self._alive[place] = new

    def _delete(self) -> None:
        place = self._dice.randrange(len(self._alive))
        self._touch(self._alive[place]).unlink()
        self._alive[place] = self._alive[-1]
        self._alive.pop()
