"""What the commands print: JSON for programs, tables for people, progress for terminals, and one exit code."""

from __future__ import annotations

import json
import shutil
import sys
import textwrap
import time
from collections.abc import Iterable, Sequence
from itertools import zip_longest
from types import TracebackType
from typing import Self

import click

from scanner.exits import Exit, exit_code
from scanner.printable import clean, width

__all__ = [
    "EXIT_CODES",
    "Exit",
    "Progress",
    "clean",
    "complain",
    "exit_code",
    "print_json",
    "screen",
    "table",
    "width",
]


EXIT_CODES = """\b
Exit codes, the first that applies of 1, 2, 5, 4, 3, 0:
  0  done and complete
  1  unexpected: a fault, or no space on the disk
  2  usage or configuration
  3  done, but something in scope was not searched or not resolved
  4  refused: approval missing, plan stale, hold
  5  a source could not be reached"""
"""The epilog of every command's help."""

_PAUSE = 0.1  # seconds between two looks of a progress line


def print_json(value: object) -> None:
    """Print one JSON document on stdout, in ASCII: names that are not UTF-8 survive as lone surrogates."""
    click.echo(json.dumps(value, ensure_ascii=True, indent=2, allow_nan=False))


def table(headers: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Columns under their headers, two spaces apart; cells are cleaned, and a short row is filled up."""
    cells = [[clean(str(cell)) for cell in row] for row in (headers, *rows)]
    columns = list(zip_longest(*cells, fillvalue=""))
    widths = [max(map(width, column)) for column in columns]
    return "\n".join(
        "  ".join(cell + " " * (wide - width(cell)) for cell, wide in zip(row, widths, strict=True)).rstrip()
        for row in zip(*columns, strict=True)
    )


def screen() -> int:
    """Columns to write for: the terminal's, between 60 and 160; 100 where there is none."""
    return min(max(shutil.get_terminal_size(fallback=(100, 24)).columns, 60), 160)


def wrapped(text: str, indent: int, hang: int = 0) -> list[str]:
    """Text in lines of the screen's width, all of them indented, and those after the first by `hang` more."""
    return textwrap.wrap(
        text,
        max(screen(), indent + 20),
        initial_indent=" " * indent,
        subsequent_indent=" " * (indent + hang),
        break_on_hyphens=False,
    )


def complain(text: str) -> None:
    """Print on stderr, each line cleaned."""
    for line in text.split("\n"):
        click.echo(clean(line), err=True)


def tell_waiting(source: str) -> None:
    """Say that a source has to be waited for."""
    complain(f"{source}: being scanned by another gallra; waiting")


class Progress:
    """One line on stderr that is written over; nothing at all where stderr is no terminal."""

    def __init__(self) -> None:
        self._live = sys.stderr.isatty()
        self._next = 0.0
        self._shown = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._shown:
            self._write("")

    def show(self, text: str) -> None:
        """Show the text, at most ten times a second."""
        now = time.monotonic()
        if not self._live or now < self._next:
            return
        self._next = now + _PAUSE
        self._shown = True
        columns = shutil.get_terminal_size().columns
        self._write(clean(text)[: max(columns - 1, 1)])

    def scan(self, source: str, seen: int, read: int) -> None:
        """The progress of a scan: items seen and items read so far."""
        self.show(f"{source}: {seen} items, {read} read")

    def waiting(self, source: str) -> None:
        """A source has to be waited for: on a line of its own, as nothing else may be shown for long."""
        if self._shown:
            self._write("")
        tell_waiting(source)

    @staticmethod
    def _write(text: str) -> None:
        sys.stderr.write(f"\r\x1b[K{text}")
        sys.stderr.flush()
