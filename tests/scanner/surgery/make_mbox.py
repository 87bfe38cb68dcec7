"""Mailboxes in all the ways that stores write them: mboxo, mboxrd, CRLF, with lengths, with quoted From lines."""

from __future__ import annotations

import random

from tests.scanner.surgery.canaries import Made

_LINES = (
    b"From here on it is another matter.",
    b">From a quoted line",
    b">>From twice quoted",
    b"",
    b"Content-Length: 12",
    b"From: no header",
    b"--",
    "Åsa hälsar".encode(),
    b" From with a space",
    b"Hej!",
)


def chunks(rng: random.Random, count: int) -> list[bytes]:
    """The messages, each with its From line and all up to the next one."""
    end = rng.choice([b"\n", b"\r\n"])
    quoted = rng.random() < 0.7
    lengths = rng.random() < 0.3
    return [_message(rng, number, end, quoted=quoted, lengths=lengths) for number in range(count)]


def canary(number: int) -> bytes:
    return b"canary-%05d-x" % number


def _message(rng: random.Random, number: int, end: bytes, *, quoted: bool, lengths: bool) -> bytes:
    if rng.random() < 0.1:
        number_of_twin = number  # twins differ in nothing but the canary
        body = [b"twin", canary(number_of_twin)]
    else:
        body = [rng.choice(_LINES) for _ in range(rng.randrange(12))] + [canary(number)]
        rng.shuffle(body)
    text = b"".join(_escaped(line, quoted=quoted) + end for line in body)
    head = [
        b"From p%d@a.example Mon Jan  1 00:00:%02d 2024" % (number % 7, number % 60),
        b"From: Per <p%d@a.example>" % (number % 7),
        b"Message-ID: <%s@a.example>" % canary(number),
        b"Subject: nr",
    ]
    if lengths:
        head.append(b"Content-Length: %d" % len(text))
    return end.join([*head, b"", b""]) + text + end


def _escaped(line: bytes, *, quoted: bool) -> bytes:
    if line.lstrip(b">").startswith(b"From "):
        return b">" + line if quoted or line.startswith(b"From ") else line
    return line


def make(rng: random.Random, count: int) -> Made:
    """A mailbox of `count` messages."""
    return Made(
        "all.mbox",
        b"".join(chunks(rng, count)),
        [(f"message {number}",) for number in range(1, count + 1)],
        [canary(number) for number in range(count)],
    )
