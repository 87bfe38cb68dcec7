"""One item rewritten without the records that leave it: staged, noted, made the item, and read again.

A crash before the note leaves the old item, and the step is done anew; after it the commit is done again, which is safe
(connectors.base). Either way the end is the same: the new bytes are a function of the old ones.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from io import BytesIO
from typing import BinaryIO

from connectors.base import Canonical, Connector, Content, Outcome, Receipt, Staged, Version
from connectors.layers import role_of
from scanner.journal import Entry, Journal, Phase, Result
from scanner.model import State
from scanner.outcomes import NOT_REWRITTEN, UNSEEN, of_error, stops

Fingerprint = Callable[[BinaryIO], str]  # the keyed hash of content, as the index has it, in hex


class Rewriter:
    """Rewrites items of one case through one connector."""

    def __init__(self, number: str, journal: Journal, fingerprint: Fingerprint) -> None:
        self._number = number
        self._journal = journal
        self._fingerprint = fingerprint

    def rewrite(self, connector: Connector, entry: Entry, after: bytes, made: str) -> Result:
        """The step's result. Errors of the source become results; nothing but the old or the new item is left."""
        try:
            staged = connector.stage(entry.step.locator, entry.step.version, after)
        except Exception as error:
            return self._ended(entry, of_error(error))
        if (role := role_of(connector, Canonical)) is not None:
            made = self._fingerprint(BytesIO(role.canonical(after)))
        entry = self._journal.staged(self._number, entry, staged, made)
        return self.finish(connector, entry)

    def finish(self, connector: Connector, entry: Entry) -> Result:
        """From a staged item to the end; also where an earlier run was cut off after staging."""
        assert entry.staged is not None
        try:
            locator, version = connector.commit(entry.staged)
        except Exception as error:
            if stops(error):
                return of_error(error)  # the note stays: nobody knows whether the source took it
            self._abandon(connector, entry.staged)
            return self._ended(entry, of_error(error))
        if entry.phase is Phase.STAGED:
            entry = self._journal.answered(self._number, entry, Receipt(locator, Outcome.ERASED))
        return self._look(connector, entry, version)

    def _look(self, connector: Connector, entry: Entry, version: Version) -> Result:
        """What the source gives now must be what was made, and nothing else."""
        assert entry.receipt is not None
        try:
            with connector.read(entry.receipt.locator) as content:
                seen, now = self._fingerprint(content.stream), content.version
                same = self._same(connector, content, seen, entry.made)
        except Exception as error:
            return Result(State.FAILED, UNSEEN, unreachable=stops(error))
        if not same:
            return self._ended(entry, Result(State.FAILED, NOT_REWRITTEN))
        return self._ended(entry, Result(State.ERASED, version=now or version, content=seen))

    def _same(self, connector: Connector, content: Content, seen: str, made: str) -> bool:
        """Whether what is read is what was made, in whatever writing the source keeps it."""
        role = role_of(connector, Canonical)
        if role is None:
            return seen == made
        content.stream.seek(0)
        return self._fingerprint(BytesIO(role.canonical(content.stream.read()))) == made

    def _abandon(self, connector: Connector, staged: Staged) -> None:
        """Take away what was laid beside an item that does not take it. What cannot be taken away a scan tells of."""
        with suppress(Exception):
            connector.abandon(staged)

    def _ended(self, entry: Entry, result: Result) -> Result:
        self._journal.done(self._number, entry, result)
        return result
