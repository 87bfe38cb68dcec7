"""What only comes forwards is read from any place, as a file is."""

from __future__ import annotations

import io
import random

import pytest

from connectors.backups.seeking import Seeking
from connectors.errors import ConnectorError, Unreachable

DATA = bytes(random.Random(7).randrange(256) for _ in range(5000))


class Tape(Seeking):
    """Gives at most 100 bytes at once, and counts how often it was wound back. It may end before `DATA` does."""

    def __init__(self, end: int = len(DATA)) -> None:
        super().__init__(len(DATA))
        self.end, self.at, self.wound = end, 0, 0

    def piece(self, place: int, most: int) -> bytes:
        self.wound += place < self.at
        if place >= self.end:
            raise Unreachable("the tape is torn")
        self.at = min(place + min(most, 100), self.end)
        return DATA[place : self.at]


def test_it_reads_as_a_file_does() -> None:
    tape, file = io.BufferedReader(Tape(), 64), io.BytesIO(DATA)
    chance = random.Random(11)
    for _ in range(300):
        whence = chance.choice([io.SEEK_SET, io.SEEK_END])
        offset = chance.randrange(6000) - (5000 if whence == io.SEEK_END else 0)
        assert tape.seek(offset, whence) == file.seek(offset, whence)
        count = chance.randrange(400)
        assert tape.read(count) == file.read(count)
        assert tape.tell() == file.tell()
    tape.seek(0)
    assert tape.read() == DATA


def test_reading_on_winds_nothing_back() -> None:
    tape = Tape()
    assert io.BufferedReader(tape, 64).read() == DATA
    assert tape.wound == 0


def test_what_ends_short_raises_and_is_never_a_shorter_file() -> None:
    with pytest.raises(ConnectorError, match="torn"):
        io.BufferedReader(Tape(end=4000), 64).read()
