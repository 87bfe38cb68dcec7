"""Passages: what changes in a text, shown to the person who decides; and a person found across pieces of one text."""

from __future__ import annotations

import html
import re
from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate

from scanner.surgery.base import Person

Span = tuple[int, int]

MARKED = "a value of the person is written with marks between its letters or words"
_ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])")  # CommonMark 2.4
_EMPHASIS = re.compile(r"[*`\u00ad\u200b-\u200f\u2060\ufeff]+|~~|(?<!\w)_+|(?<!_)_+(?!\w)")


def diff(before_text: str, after_text: str) -> list[tuple[str, str]]:
    """The lines that differ, each as it was and as it is now; "" where there is no such line on that side.

    Shown on request, and never stored: the first of each pair is personal data. Linear in both texts.
    """
    old, new = before_text.splitlines(), after_text.splitlines()
    if len(old) != len(new):
        head = _shared(old, new)
        tail = _shared(old[head:][::-1], new[head:][::-1])
        old, new = old[head : len(old) - tail], new[head : len(new) - tail]
        longest = max(len(old), len(new))
        old, new = [*old, *[""] * (longest - len(old))], [*new, *[""] * (longest - len(new))]
    return [(was, now) for was, now in zip(old, new, strict=True) if was != now]


def _shared(one: Sequence[str], other: Sequence[str]) -> int:
    """How many lines both begin with."""
    count = 0
    for left, right in zip(one, other, strict=False):
        if left != right:
            break
        count += 1
    return count


def bare(text: str) -> str:
    """The text as a reader sees it where it was written as Markdown: without escapes, emphasis and unseen signs.

    An underline between two letters or digits is no emphasis (CommonMark 6.2), and stays.
    """
    seen = html.unescape(text) if "&" in text else text
    return _EMPHASIS.sub("", _ESCAPED.sub(r"\1", seen))


def spread(person: Person, pieces: Sequence[str], between: str = "") -> list[list[Span]]:
    """Where the person stands in each piece of one text: cells of a row, runs of a paragraph, nodes of a page.

    `between` is what a reader sees between two pieces. A span over several pieces is told of each of them.
    """
    starts = [0, *accumulate(len(piece) + len(between) for piece in pieces)]
    found: list[list[Span]] = [[] for _ in pieces]
    for start, end in person.spans(between.join(pieces)):
        number = max(0, bisect_right(starts, start) - 1)
        while number < len(pieces) and starts[number] < end:
            first = max(start - starts[number], 0)
            last = min(end - starts[number], len(pieces[number]))
            if first < last:
                found[number].append((first, last))
            number += 1
    return found
