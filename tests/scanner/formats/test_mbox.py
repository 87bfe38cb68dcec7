"""Mailboxes in one file, judged by stdlib `mailbox`."""

from __future__ import annotations

import io
import mailbox
from email.message import EmailMessage
from pathlib import Path

from connectors.base import GapReason
from scanner.blob import Blob
from scanner.formats.base import Found, Nested
from scanner.formats.mail import mbox
from scanner.limits import Limits
from scanner.records import Record, Unread


def read(data: bytes, limit: int = 64 << 20) -> list[Found]:
    return list(mbox.FORMAT.extract(Blob(io.BytesIO(data), "all.mbox", limit=limit), Limits()))


def write(path: Path, bodies: list[str]) -> None:
    box = mailbox.mbox(path)
    for n, body in enumerate(bodies):
        made = EmailMessage()
        made["From"] = f"p{n}@a.example"
        made.set_content(body)
        box.add(made)
    box.close()


def test_messages_are_those_of_stdlib(tmp_path: Path) -> None:
    path = tmp_path / "all.mbox"
    write(
        path,
        ["Hej\n\nFrom here on\n\nmer", "kort", "x" * 3_000_000, ">From citat", ""] + [f"nr {n}" for n in range(300)],
    )
    found = read(path.read_bytes())
    box = mailbox.mbox(path)
    assert [one.steps for one in found if isinstance(one, Nested)] == [
        (f"message {n}",) for n in range(1, len(box) + 1)
    ]
    for one, witness in zip(found, box, strict=True):
        assert isinstance(one, Nested)
        assert (one.kind, one.blob.media_type) == ("message", "message/rfc822")
        assert b"From: %s" % str(witness["From"]).encode() in one.blob.data()
    assert b"\nFrom here on" in found[0].blob.data()  # type: ignore[union-attr]


def test_a_paragraph_that_begins_with_from_is_no_message() -> None:
    data = b"From a@a.example Mon Jan  1 00:00:00 2024\nFrom: a@a.example\n\nHej\n\nFrom Monday we are closed.\nBye\n"
    assert len(read(data)) == 1


def test_crlf_and_envelope() -> None:
    one = b"From vera@a.example Mon Jan  1 00:00:00 2024\r\nSubject: x\r\n\r\nbody\r\n\r\n"
    found = read(one * 3)
    assert len(found) == 3
    assert isinstance(found[2], Nested)
    assert found[2].entities[0].facts[0].value == "vera@a.example"


def test_one_too_large_leaves_the_others() -> None:
    one = b"From a@a.example Mon Jan  1 00:00:00 2024\nSubject: x\n\n%s\n\n"
    found = read(one % b"a" + one % (b"b\n" * 3_000_000) + one % b"c", limit=100_000)
    assert [type(item) for item in found] == [Nested, Unread, Nested]
    assert isinstance(found[1], Unread)
    assert (found[1].steps, found[1].reason) == (("message 2",), GapReason.TOO_LARGE)
    assert b"\nc" in found[2].blob.data()  # type: ignore[union-attr]


def test_text_before_the_first_message_is_read() -> None:
    found = read(b"junk@a.example\n\nFrom a@a.example Mon Jan  1 00:00:00 2024\nSubject: x\n\nbody\n")
    assert isinstance(found[0], Record)
    assert "junk@a.example" in found[0].texts[0][1]
    assert isinstance(found[1], Nested)
