"""Collects everything that is wrong with one file, so that the admin sees all of it in one message."""

from __future__ import annotations

from collections.abc import Iterable

from config.lines import Place, line_of
from connectors.errors import ConfigError


class Problems:
    """Problems with their lines. No text that is added may hold the value of a secret."""

    def __init__(self, file: str, lines: dict[Place, int]) -> None:
        self.file = file
        self.lines = lines
        self._found: list[tuple[int, str]] = []

    def add(self, place: Place, text: str) -> None:
        """Note a problem at the place, or at the nearest known place around it."""
        self._found.append((line_of(self.lines, place), text))

    def line(self, place: Place) -> int:
        """The line of the place, or of the nearest known place around it."""
        return line_of(self.lines, place)

    def __len__(self) -> int:
        return len(self._found)

    def told(self) -> list[str]:
        """All problems in the file's order, each with the file's name and its line."""
        return [f"{self.file}:{line}: {text}" for line, text in sorted(self._found, key=lambda found: found[0])]


def check(files: Iterable[Problems]) -> None:
    """Raise one ConfigError with all problems of all the files, if there are any."""
    told = [problem for one in files for problem in one.told()]
    if told:
        raise ConfigError(told)
