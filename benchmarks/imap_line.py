"""A line to a mail server on which the messages are counted whose bytes a client asks for."""

from __future__ import annotations

import re

from tests.servers.proxy import Proxy

_FETCH = re.compile(rb"^\S+ UID FETCH (\S+) \([^)\r\n]*BODY(?:\.PEEK)?\[", re.M)


class Counted(Proxy):
    """`read` holds every UID whose bytes were asked for, as often as it was."""

    def __init__(self, port: int) -> None:
        super().__init__(port, self._hear)
        self.read: list[int] = []

    def _hear(self, data: bytes) -> None:
        for found in _FETCH.finditer(data):
            for part in found[1].split(b","):
                low, _, high = part.partition(b":")
                self.read += range(int(low), int(high or low) + 1)
