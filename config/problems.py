"""Collects everything that is wrong with one file, so that the admin sees all of it in one message."""

from __future__ import annotations

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

    def __len__(self) -> int:
        return len(self._found)

    def check(self) -> None:
        """Raise one ConfigError with all problems in the file's order, if there are any."""
        if self._found:
            ordered = sorted(self._found, key=lambda found: found[0])
            raise ConfigError([f"{self.file}:{line}: {text}" for line, text in ordered])
