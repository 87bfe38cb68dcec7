"""The clock: it wakes at the moments that were set, at missed ones at once, and not at what was taken back."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from queue import Empty, SimpleQueue

import pytest

from scanner.agent.alarm import Alarm


@pytest.fixture
def woken() -> SimpleQueue[None]:
    return SimpleQueue()


@pytest.fixture
def alarm(woken: SimpleQueue[None]) -> Iterator[Alarm]:
    made = Alarm(lambda: woken.put(None))
    made.start()
    yield made
    made.stop()
    made.stop()


def soon(seconds: float) -> datetime:
    return datetime.now(UTC) + timedelta(seconds=seconds)


def test_a_moment_that_is_over_wakes_at_once(alarm: Alarm, woken: SimpleQueue[None]) -> None:
    alarm.set({"a": soon(-4000)})
    woken.get(timeout=8)


def test_each_moment_wakes_once(alarm: Alarm, woken: SimpleQueue[None]) -> None:
    moments = {"a": soon(0.05), "b": soon(0.1)}
    for _ in range(5):
        alarm.set(moments)
    woken.get(timeout=8)
    woken.get(timeout=8)
    with pytest.raises(Empty):
        woken.get(timeout=0.3)


def test_what_was_taken_back_or_put_off_wakes_nobody(alarm: Alarm, woken: SimpleQueue[None]) -> None:
    alarm.set({"a": soon(0.7), "b": soon(0.7), "c": soon(3600)})
    alarm.set({"b": soon(3600)})
    with pytest.raises(Empty):
        woken.get(timeout=1.0)
    alarm.set({"b": soon(0.05)})
    woken.get(timeout=8)
    alarm.set({})
