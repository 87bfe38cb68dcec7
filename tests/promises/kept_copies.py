"""A folder that changes from day to day, backed up each day by the real tool, and what each day's copy must hold.

Hers are the files with a canary in the content and one in the name; everybody else's hold letters without a word, so
that gigabytes are read in no time. What a day held is noted here, when it is written, and never asked of the tool.
"""

from __future__ import annotations

import hashlib
import os
import random
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

ANNA: Final = "anna.ek@kund.example"
CANARY: Final = "KANARIE"  # in each of her contents, with a number
FILE: Final = "fagel"  # in each of her files' names, with a number

_ALPHABET: Final = (b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ" * 5)[:256]

Day = dict[str, str]  # path in the folder -> sha256


@dataclass
class Copied:
    """The folder `root`, with `files` files of `size` bytes, `hers` of them hers. Drawn from a seed."""

    root: Path
    files: int
    hers: int
    size: int
    days: list[Day] = field(default_factory=list)
    now: Day = field(default_factory=dict)
    _random: random.Random = field(default_factory=lambda: random.Random(7))

    def begin(self) -> None:
        """The first day."""
        for number in range(self.files - self.hers):
            self._others(number)
        for number in range(self.hers):
            self._hers(number, 0)

    def change(self, day: int) -> None:
        """Another day: some files of others are new or changed, some of hers too, and some of hers are deleted."""
        for number in self._random.sample(range(self.files - self.hers), max(2, self.files // 100)):
            self._others(number)
        self._others(self.files + day)
        for number in range(day, self.hers, 10):
            path = _hers(number)
            if number % 3 == 0 and path in self.now:
                (self.root / path).unlink()
                del self.now[path]
            elif path in self.now:
                self._hers(number, day)

    def note(self) -> None:
        """The day is backed up now."""
        self.days.append(dict(self.now))

    def left(self, day: int) -> Day:
        """What a day's copy must hold when she is gone: all of it but hers."""
        return {path: digest for path, digest in self.days[day].items() if FILE not in path}

    def _others(self, number: int) -> None:
        letters = self._random.randbytes(self.size).translate(_ALPHABET)
        self._write(f"Bo Dal {number % 97}/akt {number}.txt", b"Akt\n" + letters + b"\n")

    def _hers(self, number: int, day: int) -> None:
        text = f"Avtal med Anna Ek, {ANNA}.\n{CANARY}{number:04d}x dag {day}\n".encode()
        self._write(_hers(number), text + self._random.randbytes(self.size // 2).translate(_ALPHABET) + b"\n")

    def _write(self, path: str, data: bytes) -> None:
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)
        os.utime(target, ns=(stamp := self._random.randrange(1_600_000_000, 1_700_000_000) * 10**9, stamp))
        self.now[path] = hashlib.sha256(data).hexdigest()


NEEDLES: Final = re.compile(rb"KANARIE\d{4}x|fagel-\d{4}")


def needles(hers: int) -> set[bytes]:
    """All that NEEDLES finds before, and must not find afterwards: every canary, and every name of a file."""
    numbers = range(hers)
    return {f"{CANARY}{one:04d}x".encode() for one in numbers} | {f"{FILE}-{one:04d}".encode() for one in numbers}


def _hers(number: int) -> str:
    return f"Anna Ek/{number % 7}/{FILE}-{number:04d}.txt"
