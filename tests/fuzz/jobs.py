"""What a worker does with one broken file: top-level, so that workers can import it."""

from __future__ import annotations

import random
from collections.abc import Callable
from functools import partial
from typing import NamedTuple

from scanner import expand as expander
from scanner.blob import Blob
from scanner.formats.sniff import sniff
from scanner.limits import Limits
from scanner.records import Record, Unread
from tests.fuzz.mutate import mutated

LIMITS = Limits(seconds=10, memory=1 << 30, blob=16 << 20, members=20_000, expanded=64 << 20)


class Task(NamedTuple):
    """One mutation: of which format, its number, and the name of the file."""

    format: str
    number: int
    name: str


class Outcome(NamedTuple):
    """What came of it: how many records and gaps there were, and what is wrong with them."""

    records: int
    gaps: int
    wrong: str


def make_job(seeds: dict[str, list[bytes]]) -> Callable[[Task], Outcome]:
    """A job that breaks and reads."""
    return partial(run, seeds)


def data_of(seeds: dict[str, list[bytes]], task: Task) -> bytes:
    """The broken bytes; number 0 is the first seed, unbroken."""
    if task.number == 0:
        return seeds[task.format][0]
    return mutated(random.Random(f"{task.format} {task.number}"), seeds[task.format])


def run(seeds: dict[str, list[bytes]], task: Task) -> Outcome:
    """Read one broken file by the entry of its format, whatever it now looks like."""
    blob = Blob(data_of(seeds, task), task.name, limit=LIMITS.blob)
    expander.sniff = lambda one: task.format if one is blob else sniff(one)  # type: ignore[attr-defined,assignment]
    records: list[Record] = []
    gaps = 0
    for found in expander.expand(blob, LIMITS):
        if isinstance(found, Unread):
            gaps += 1
        else:
            records.append(found)
    return Outcome(len(records), gaps, _wrong(records))


def _wrong(records: list[Record]) -> str:
    if not records or records[-1].steps:
        return "the record of the whole does not come last"
    if sum(not one.steps for one in records) != 1:
        return "the record of the whole does not come once"
    for one in records:
        if not all(isinstance(text, str) for _, text in one.texts):
            return "text that is no text"
        if not all(isinstance(step, str) for step in one.steps):
            return "a step that is no text"
    return ""
