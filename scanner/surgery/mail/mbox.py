"""Mailboxes in one file, without some of their messages; the others stay byte for byte, separators and all.

A message leaves with the blank line below it, which belongs to no message: the one that is then the last still has its
own, so that a mailer may append. A changed message keeps its `From ` line, and `>` is put before its lines as before.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from typing import NamedTuple

from scanner.blob import Blob
from scanner.formats.mail.mbox import FIRST, LOOKAHEAD, SEPARATOR, unescaped
from scanner.limits import Limits
from scanner.records import ReadError, Steps
from scanner.surgery.base import CannotEdit, Editor, Edits, Person
from scanner.surgery.mail import lengths

_FROM = re.compile(rb"^(>*From )", re.MULTILINE)


class _Span(NamedTuple):
    """A message from its `From ` line, to the blank line that parts it from the next, to the next."""

    start: int
    stop: int
    end: int


def _edit(blob: Blob, edits: Edits, person: Person, limits: Limits) -> bytes:
    del person, limits
    if edits.amend:
        raise CannotEdit("a mailbox is not amended, only its messages")
    data = _data(blob)
    spans = {(f"message {number}",): span for number, span in enumerate(_sure_spans(data), 1)}
    if not spans.keys() >= edits.remove | edits.replace.keys():
        raise CannotEdit("a message that is to leave is not there")
    kept = [data[: min((span.start for span in spans.values()), default=len(data))]]
    for steps, span in spans.items():
        if steps in edits.remove:
            continue
        new = edits.replace.get(steps)
        kept.append(data[span.start : span.end] if new is None else _replaced(data, span, new))
    whole = b"".join(kept)
    return whole if whole.strip() else b""


def _refuses(blob: Blob) -> str | None:
    try:
        _sure_spans(_data(blob))
    except CannotEdit as fault:
        return fault.reason
    return None


def _data(blob: Blob) -> bytes:
    try:
        return blob.data()
    except ReadError as fault:
        raise CannotEdit(f"the mailbox cannot be held in memory: {fault.reason.value}") from None


def _spans(data: bytes) -> list[_Span]:
    """The messages as the reader counts them; text before the first one is none."""
    spans: list[_Span] = []
    place = 0
    for stop, end in [*((match.start(), match.end()) for match in SEPARATOR.finditer(data)), (len(data), len(data))]:
        start = place
        if not spans:
            first = FIRST.match(data[place : min(stop, place + LOOKAHEAD)])
            start = place + first.end() if first else -1
        if start >= 0:
            spans.append(_Span(start, stop, end))
        place = end
    return spans


def _sure_spans(data: bytes) -> list[_Span]:
    """The messages. Raises CannotEdit where the reader may have taken a line of a letter for the next message's begin.

    Some stores (mboxcl, mboxcl2) put no `>` before such lines, as a length tells where each message ends. A length
    counts where a message does end there; others are of mailers that changed the body, and say nothing.
    """
    spans = _spans(data)
    ends = [span.end for span in spans]
    for number, span in enumerate(spans):
        line = data.find(b"\n", span.start, span.stop) + 1
        told = lengths.body_end(data[line : span.stop])
        if told is None or line + told <= span.end:
            continue
        place = line + told
        last = bisect_left(ends, place - lengths.SLACK, number + 1)
        if last < len(spans) and spans[last].stop - lengths.SLACK <= place <= ends[last] + lengths.SLACK:
            raise CannotEdit("the borders of the messages are not sure: lengths in the mailbox tell of others")
    return spans


def _replaced(data: bytes, span: _Span, new: bytes) -> bytes:
    """The message with new content, in the same `From ` escaping. Raises CannotEdit where that is not to be known."""
    line = data.find(b"\n", span.start, span.stop) + 1
    old = data[line : span.stop]
    if _escaped(unescaped(old)) != old:
        raise CannotEdit("the mailbox marks lines that begin with From in more than one way")
    made = _escaped(new)
    if old.endswith(b"\n") and not made.endswith(b"\n"):
        raise CannotEdit("the changed message has no end of its last line")
    made = data[span.start : line] + lengths.adapted(old, made)
    if not FIRST.match(made) or SEPARATOR.search(made):
        raise CannotEdit("the changed message does not begin as a message, or is two")
    return made + data[span.stop : span.end]


def _escaped(body: bytes) -> bytes:
    return _FROM.sub(rb">\1", body)


# The proof: the same mailbox read line by line


def _differences(before: bytes, after: bytes, edits: Edits, person: Person) -> list[str]:
    del person
    (head, *old), (new_head, *new) = _by_lines(before), _by_lines(after)
    found = [] if head.strip() == new_head.strip() else ["what stands before the first message"]
    steps: list[Steps] = [(f"message {number}",) for number in range(1, len(old) + 1)]
    left = [(one, message) for one, message in zip(steps, old, strict=True) if one not in edits.remove]
    if len(left) != len(new) or not edits.remove <= set(steps):
        return [*found, "how many messages there are"]
    for number, ((one, was), now) in enumerate(zip(left, new, strict=True), 1):
        if one not in edits.replace:
            if was != now:
                found.append(f"message {number}")
        elif not _is_made_of(now, was, edits.replace[one]):
            found.append(f"message {number}, which was changed")
    return found


def _by_lines(data: bytes) -> list[bytes]:
    """What stands before the first message, then each message with all up to the next."""
    lines = list(_lines(data.lstrip()))
    pieces: list[list[bytes]] = [[]]
    for number, line in enumerate(lines):
        blank = number == 0 or lines[number - 1] in (b"\n", b"\r\n")
        if blank and line.startswith(b"From ") and _is_head(lines, number + 1):
            pieces.append([])
        pieces[-1].append(line)
    return [b"".join(piece) for piece in pieces]


def _lines(data: bytes) -> Iterator[bytes]:
    pieces = data.split(b"\n")
    yield from (piece + b"\n" for piece in pieces[:-1])
    if pieces[-1]:
        yield pieces[-1]


def _is_head(lines: list[bytes], at: int) -> bool:
    while at < len(lines) and lines[at].lstrip(b">").startswith(b"From ") and not lines[at].startswith(b">>"):
        at += 1
    name, colon, _ = lines[at].partition(b":") if at < len(lines) else (b"", b"", b"")
    name = name.rstrip(b" \t")
    return bool(colon and name) and all(33 <= byte <= 126 for byte in name)


def _is_made_of(now: bytes, was: bytes, content: bytes) -> bool:
    """Whether the message is the content behind the old `From ` line, but for numbers in its header."""
    if now.partition(b"\n")[0] != was.partition(b"\n")[0]:
        return False
    lines = [line[1:] if line.lstrip(b">").startswith(b"From ") else line for line in _lines(now)][1:]
    wanted = list(_lines(content))
    rest = lines[len(wanted) :]
    pairs = zip(lines[: len(wanted)], wanted, strict=False)
    return len(lines) >= len(wanted) and not b"".join(rest).strip() and all(_is_same(*pair) for pair in pairs)


def _is_same(one: bytes, other: bytes) -> bool:
    name = one.partition(b":")[0].strip().lower()
    return one == other or (name in (b"content-length", b"lines") and other.partition(b":")[0].strip().lower() == name)


EDITOR = Editor(_edit, _differences, _refuses, records=frozenset({"message"}))
