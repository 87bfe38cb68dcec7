"""Mails with many attachments: nested multiparts, all transfer encodings, mails in mails, names in every way."""

from __future__ import annotations

import base64
import quopri
import random
from dataclasses import dataclass, field

from tests.scanner.surgery.canaries import Made


@dataclass
class Pieces:
    """The mail in pieces: text as it is, and parts by their number."""

    end: bytes
    pieces: list[bytes | int] = field(default_factory=list)
    parts: list[bytes] = field(default_factory=list)  # header and body, without the line break of the delimiter
    names: list[str] = field(default_factory=list)
    contents: list[bytes] = field(default_factory=list)

    def joined(self, without: set[int] | None = None, neutral: bytes = b"") -> bytes:
        """The whole mail, with `neutral` in place of some parts."""
        gone = without or set()
        return b"".join(
            piece if isinstance(piece, bytes) else neutral if piece in gone else self.parts[piece]
            for piece in self.pieces
        )


def canary(number: int) -> bytes:
    return b"canary-%05d-x" % number


def pieces(rng: random.Random, count: int) -> Pieces:
    """A mail of `count` attachments, some of them in multiparts of their own."""
    made = Pieces(rng.choice([b"\n", b"\r\n"]))
    end = made.end
    top = b"top-%d" % rng.randrange(1000)
    head = [b"From: Per <per@a.example>", b"To: Bo <bo@b.example>, Eva <eva@c.example>", b"Subject: files"]
    head += [b"MIME-Version: 1.0", b'Content-Type: multipart/mixed;%s boundary="%s"' % (end, top), b"", b""]
    made.pieces.append(end.join(head) + rng.choice([b"", b"For old readers" + end]))
    made.pieces.append(end.join([b"--" + top, b"Content-Type: text/plain; charset=utf-8", b"", "Hälsningar".encode()]))
    number = 0
    while number < count:
        made.pieces.append(end + b"--" + top + end)
        if rng.random() < 0.15:
            number = _group(rng, made, number, count, top)
        else:
            _part(rng, made, number)
            number += 1
    made.pieces.append(end + b"--" + top + b"--" + end + rng.choice([b"", b"behind" + end]))
    return made


def _group(rng: random.Random, made: Pieces, number: int, count: int, top: bytes) -> int:
    mark = top + b"-in-%d" % number
    end = made.end
    made.pieces.append(
        b"Content-Type: multipart/%s; boundary=%s" % (rng.choice([b"mixed", b"related"]), mark) + end * 2
    )
    for _ in range(rng.randrange(1, 4)):
        if number == count:
            break
        made.pieces.append(b"--" + mark + end)
        _part(rng, made, number)
        made.pieces.append(end)
        number += 1
    made.pieces.append(b"--" + mark + b"--")
    return number


def _part(rng: random.Random, made: Pieces, number: int) -> None:
    end = made.end
    content = canary(number) + rng.randbytes(rng.choice([0, 5, 200]))
    name = f"file{number}.bin" if rng.random() < 0.8 else "twin.bin"
    how = rng.choice(["base64", "quoted-printable", "7bit", "mail"])
    head = [b'Content-Type: application/octet-stream; name="%s"' % name.encode()]
    head.append(b'Content-Disposition: attachment;%s filename="%s"' % (end + b" ", name.encode()))
    if how == "mail":
        head, name = [b"Content-Type: message/rfc822"], "message.eml"
        content = end.join([b"From: x@x.example", b"Subject: inner", b"", canary(number), b""])
        body = content
    elif how == "base64":
        head.append(b"Content-Transfer-Encoding: base64")
        coded = base64.b64encode(content)
        body = end.join(coded[at : at + 60] for at in range(0, len(coded), 60))
    elif how == "quoted-printable":
        head.append(b"Content-Transfer-Encoding: quoted-printable")
        content = canary(number) + "å rader = 2".encode()
        body = quopri.encodestring(content)
    else:
        content = body = canary(number) + end + b"-- " + end + b"plain"
    made.pieces.append(len(made.parts))
    made.parts.append(end.join([*head, b"", b""]) + body)
    made.names.append(name)
    made.contents.append(content)


def make(rng: random.Random, count: int) -> Made:
    """A mail of `count` attachments."""
    found = pieces(rng, count)
    steps = [(f"attachment {number}: {name}",) for number, name in enumerate(found.names, 1)]
    return Made("mail.eml", found.joined(), steps, [canary(number) for number in range(count)])
