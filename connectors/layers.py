"""Wrappers around any connector, connectors themselves: read-only, retrying, throttling, metering.

They stack in any order.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import BinaryIO, ClassVar, TypeVar, cast

from connectors.base import (
    Capabilities,
    Checkpoint,
    Connector,
    Content,
    LeftOut,
    Locator,
    Presence,
    Receipt,
    Staged,
    Version,
    WalkEvent,
)
from connectors.errors import ConnectorError, Denied, Throttled
from connectors.pace import Pace, Sleep
from connectors.patience import wait

T = TypeVar("T")
R = TypeVar("R")

_MOST = 1 << 18  # bytes of an item that are read between two looks at its budget
_LEAST = 1 << 12


class Layer(Connector):
    """Hands everything on to `inner`. The base of the layers; `kind` is not in the registry."""

    kind: ClassVar[str] = "layer"

    def __init__(self, inner: Connector) -> None:
        super().__init__(inner.name, inner.settings)
        self.inner = inner
        self.networked = inner.networked

    def __setattr__(self, name: str, value: object) -> None:
        if name == "expect_items":
            self.inner.expect_items = bool(value)
        super().__setattr__(name, value)

    def open(self) -> Capabilities:
        """See Connector."""
        return self._call(self.inner.open)

    def close(self) -> None:
        """See Connector. Never held up by a layer."""
        self.inner.close()

    def scopes(self) -> Iterator[str]:
        """See Connector."""
        yield from self._stream(self.inner.scopes)

    def walk(self, scope: str, cursor: str | None = None) -> Iterator[WalkEvent]:
        """See Connector."""
        yield from self._stream(lambda: self.inner.walk(scope, cursor))

    def left_out(self) -> tuple[LeftOut, ...]:
        """See Connector."""
        return self.inner.left_out()

    def read(self, locator: Locator) -> Content:
        """See Connector."""
        return self._call(lambda: self.inner.read(locator))

    def version(self, locator: Locator) -> Version:
        """See Connector."""
        return self._call(lambda: self.inner.version(locator))

    def presence(self, locator: Locator) -> Presence:
        """See Connector."""
        return self._call(lambda: self.inner.presence(locator))

    def remove(self, locator: Locator, expected: Version) -> Receipt:
        """See Connector."""
        return self._call(lambda: self.inner.remove(locator, expected))

    def stage(self, locator: Locator, expected: Version, content: bytes) -> Staged:
        """See Connector."""
        return self._call(lambda: self.inner.stage(locator, expected, content))

    def commit(self, staged: Staged) -> tuple[Locator, Version]:
        """See Connector."""
        return self._call(lambda: self.inner.commit(staged))

    def abandon(self, staged: Staged) -> None:
        """See Connector."""
        self._call(lambda: self.inner.abandon(staged))

    def _call(self, call: Callable[[], T]) -> T:
        return call()

    def _stream(self, start: Callable[[], Iterator[T]]) -> Iterator[T]:
        yield from start()


class ReadOnly(Layer):
    """Refuses every call that would change the source, before the source hears of it."""

    kind: ClassVar[str] = "read-only"

    def open(self) -> Capabilities:
        """The source's capabilities, less all that changes it."""
        offered = super().open()
        return replace(offered, removes=False, stages=False, limits=(*offered.limits, "opened for reading only"))

    def remove(self, locator: Locator, expected: Version) -> Receipt:
        """Raises Denied."""
        raise _read_only(locator)

    def stage(self, locator: Locator, expected: Version, content: bytes) -> Staged:
        """Raises Denied."""
        raise _read_only(locator)

    def commit(self, staged: Staged) -> tuple[Locator, Version]:
        """Raises Denied."""
        raise _read_only(staged.locator)

    def abandon(self, staged: Staged) -> None:
        """Raises Denied: what is staged lies in the source too."""
        raise _read_only(staged.locator)


class Retrying(Layer):
    """Tries again after transient errors; never after final ones.

    A walk that has yielded anything is not begun again (its caller would meet items twice): it raises. A `stage` is
    tried again only when the source refused it for its pace: after a cut line, it may have been done.
    """

    kind: ClassVar[str] = "retrying"

    def __init__(
        self,
        inner: Connector,
        tries: int = 4,
        first_wait: float = 1.0,
        longest_wait: float = 120.0,
        sleep: Sleep = wait,
        *,
        hasty: bool = False,
    ) -> None:
        """At most `tries` calls; waits double from `first_wait` (seconds) and are never shorter than `retry_after`.

        An answer that asks for more patience than `longest_wait` is raised at once. `hasty`: somebody waits to hear
        whether the source is there, so an `open` that does not reach it is not tried again.
        """
        super().__init__(inner)
        self._tries = max(1, tries)
        self._first_wait = first_wait
        self._longest_wait = longest_wait
        self._sleep = sleep
        self._hasty = hasty

    def open(self) -> Capabilities:
        """See Connector."""
        return self._repeat(self.inner.open, _refused_for_pace if self._hasty else _transient)

    def stage(self, locator: Locator, expected: Version, content: bytes) -> Staged:
        """See Connector; see the class for what is tried again."""
        return self._repeat(lambda: self.inner.stage(locator, expected, content), _refused_for_pace)

    def _call(self, call: Callable[[], T]) -> T:
        return self._repeat(call, _transient)

    def _stream(self, start: Callable[[], Iterator[T]]) -> Iterator[T]:
        stream, first = self._repeat(lambda: _begin(start), _transient)
        yield from first
        yield from stream

    def _repeat(self, call: Callable[[], T], may_repeat: Callable[[ConnectorError], bool]) -> T:
        for attempt in range(1, self._tries):
            try:
                return call()
            except ConnectorError as error:
                wait = self._wait(attempt, error)
                if not may_repeat(error) or wait is None:
                    raise
            self._sleep(wait)
        return call()

    def _wait(self, attempt: int, error: ConnectorError) -> float | None:
        asked = error.retry_after if isinstance(error, Throttled) else 0.0
        if asked > self._longest_wait:
            return None
        return max(asked, min(self._first_wait * 2.0 ** (attempt - 1), self._longest_wait))


class Throttling(Layer):
    """Keeps the source's pace: one call, or one page of a walk (up to a Checkpoint), at a time."""

    kind: ClassVar[str] = "throttling"

    def __init__(self, inner: Connector, pace: Pace) -> None:
        super().__init__(inner)
        self._pace = pace

    def _call(self, call: Callable[[], T]) -> T:
        self._pace.take()
        return call()

    def _stream(self, start: Callable[[], Iterator[T]]) -> Iterator[T]:
        self._pace.take()
        for event in start():
            yield event
            if isinstance(event, Checkpoint):
                self._pace.take()


class Metering(Layer):
    """Keeps to so many bytes of items a second, as they are read. What is read of an item again is free."""

    kind: ClassVar[str] = "metering"

    def __init__(self, inner: Connector, per_second: int, pace: Pace) -> None:
        """`pace` takes bytes, `per_second` of them."""
        super().__init__(inner)
        self._pace = pace
        self._piece = max(_LEAST, min(_MOST, per_second // 4))

    def read(self, locator: Locator) -> Content:
        """See Connector. What is in memory was fetched, and counts at once; the rest counts as it is read."""
        content = self.inner.read(locator)
        if isinstance(content.stream, io.BytesIO):
            self._pace.take(max(1, content.stream.seek(0, io.SEEK_END)))
            content.stream.seek(0)
        else:
            metered = _Metered(content.stream, content.size, self._pace, self._piece)
            content.stream = cast(BinaryIO, io.BufferedReader(metered, self._piece))
        return content


class _Metered(io.RawIOBase):
    """A stream whose bytes are paid for, up to those that the item has."""

    def __init__(self, inner: BinaryIO, size: int | None, pace: Pace, piece: int) -> None:
        super().__init__()
        self._inner = inner
        self._unpaid = size
        self._pace = pace
        self._piece = piece

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        return self._inner.seek(offset, whence)

    def tell(self) -> int:
        return self._inner.tell()

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        data = self._inner.read(min(len(buffer), self._piece))
        buffer[: len(data)] = data
        self._pay(len(data))
        return len(data)

    def close(self) -> None:
        if not self.closed:
            self._inner.close()
        super().close()

    def _pay(self, count: int) -> None:
        if self._unpaid is not None:
            count = min(count, self._unpaid)
            self._unpaid -= count
        if count:
            self._pace.take(count)


def role_of(connector: Connector, role: type[R]) -> R | None:
    """The connector in an optional role of the contract (`Ordered`, `Notifying`, ...), None where it has not that role.

    Its calls go past the layers; behind `ReadOnly` nobody has a role.
    """
    while isinstance(connector, Layer):
        if isinstance(connector, ReadOnly):
            return None
        connector = connector.inner
    return connector if isinstance(connector, role) else None


def _begin(start: Callable[[], Iterator[T]]) -> tuple[Iterator[T], list[T]]:
    """A stream, begun: an error before its first event is met here."""
    stream = iter(start())
    for first in stream:
        return stream, [first]
    return stream, []


def _transient(error: ConnectorError) -> bool:
    return error.transient


def _refused_for_pace(error: ConnectorError) -> bool:
    return isinstance(error, Throttled)


def _read_only(locator: Locator) -> Denied:
    return Denied("the source is opened for reading only", locator)
