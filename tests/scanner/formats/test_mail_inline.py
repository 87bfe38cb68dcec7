"""Files in the text of mails (uuencode by stdlib binascii, yEnc by hand), parts of messages, and attachments' names."""

from __future__ import annotations

import base64
import binascii
import time
from email.message import EmailMessage

import pytest

from connectors.base import GapReason
from scanner.blob import Blob
from scanner.formats.base import Found, Nested
from scanner.formats.mail import mail
from scanner.limits import Limits
from scanner.records import Record, Role, Unread

FILE = "Kunder: Bo Ek bo.ek@kund.example, Åsa Öberg\n".encode() * 9
HEADER = b"From: asa@a.example\r\nSubject: lista\r\n"


def read(raw: bytes) -> tuple[Record, list[Nested], list[Unread]]:
    found: list[Found] = list(mail.FORMAT.extract(Blob(raw, "a.eml", media_type="message/rfc822"), Limits()))
    record = next(one for one in found if isinstance(one, Record))
    nested = [one for one in found if isinstance(one, Nested)]
    return record, nested, [one for one in found if isinstance(one, Unread)]


def text(record: Record, role: Role = Role.BODY) -> str:
    return "\n".join(one for which, one in record.texts if which is role)


def uu(data: bytes, name: str = "lista.txt", *, backtick: bool = True) -> bytes:
    lines = [binascii.b2a_uu(data[at : at + 45], backtick=backtick) for at in range(0, len(data), 45)]
    return f"begin 644 {name}\n".encode() + b"".join(lines) + (b"`\n" if backtick else b" \n") + b"end\n"


def yenc(data: bytes, name: str = "lista.bin") -> bytes:
    out = bytearray()
    for value in data:
        code = (value + 42) & 255
        out += bytes([61, (code + 64) & 255]) if code in (0, 10, 13, 61) else bytes([code])
    lines = b"\r\n".join(bytes(out[at : at + 128]) for at in range(0, len(out), 128))
    return f"=ybegin line=128 size={len(data)} name={name}\r\n".encode() + lines + b"\r\n=yend size=%d\r\n" % len(data)


@pytest.mark.parametrize("backtick", [True, False])
@pytest.mark.parametrize("ends", [b"\n", b"\r\n"])
def test_uuencode_in_the_text_is_an_attachment(ends: bytes, *, backtick: bool) -> None:
    body = (b"Se bilaga\n\n" + uu(FILE, backtick=backtick) + b"\nHej\n" + uu(b"\0\1\2", "b.bin")).replace(b"\n", ends)
    record, nested, gaps = read(HEADER + b"\r\n" + body)
    assert gaps == []
    assert [(one.steps, one.blob.data()) for one in nested] == [
        (("attachment 1: lista.txt",), FILE),
        (("attachment 2: b.bin",), b"\0\1\2"),
    ]
    assert text(record).split() == ["Se", "bilaga", "Hej"]


def test_spaces_at_ends_of_lines_that_were_cut() -> None:
    data = b"Karin" + bytes(40) + b"Ek"
    body = b"\n".join(line.rstrip() for line in uu(data, backtick=False).split(b"\n"))
    _, nested, _ = read(HEADER + b"\n" + body)
    assert nested[0].blob.data() == data


def test_the_old_kind_with_base64_and_yenc() -> None:
    coded = b"begin-base64 644 a.txt\n" + base64.encodebytes(FILE) + b"====\n"
    data = bytes(range(256)) * 3
    _, nested, gaps = read(HEADER + b"\n" + coded + b"mitten\n" + yenc(data))
    assert gaps == []
    assert [(one.blob.name, one.blob.data()) for one in nested] == [("a.txt", FILE), ("lista.bin", data)]


def test_numbers_follow_those_of_the_attachments() -> None:
    made = EmailMessage()
    made.set_content("Se bilaga\n" + uu(FILE).decode())
    made.add_attachment(b"%PDF", maintype="application", subtype="pdf", filename="a.pdf")
    _, nested, _ = read(made.as_bytes())
    assert [one.steps for one in nested] == [("attachment 1: a.pdf",), ("attachment 2: lista.txt",)]


@pytest.mark.parametrize("coding", ["base64", "quoted-printable"])
def test_under_a_transfer_encoding(coding: str) -> None:
    made = EmailMessage()
    made.set_content("x Åsa\n" + uu(FILE).decode(), cte=coding)
    record, nested, _ = read(made.as_bytes())
    assert [one.blob.data() for one in nested] == [FILE]
    assert text(record).strip() == "x Åsa"


@pytest.mark.parametrize("whole", [uu(FILE), yenc(FILE)])
def test_what_is_cut_is_read_so_far_and_a_gap(whole: bytes) -> None:
    record, nested, gaps = read(HEADER + b"\nHej\n" + whole[: len(whole) * 2 // 3])
    assert FILE.startswith(nested[0].blob.data()[:90])
    assert [(gap.steps, gap.reason) for gap in gaps] == [(nested[0].steps, GapReason.UNREADABLE)]
    assert text(record).startswith("Hej")


@pytest.mark.parametrize("words", ["begin 644 kronor\nvi börjar i maj\nend\n", "begin 12 x\n", "=ybegin ", "begin"])
def test_words_stay_text(words: str) -> None:
    record, nested, gaps = read(HEADER + b"Content-Type: text/plain; charset=utf-8\n\n" + words.encode())
    assert (nested, gaps) == ([], [])
    assert text(record) == words


def test_a_part_in_uuencode_is_decoded() -> None:
    part = b'Content-Type: application/pdf; name="a.pdf"\nContent-Transfer-Encoding: x-uuencode\n\n'
    _, nested, gaps = read(HEADER + part + uu(FILE))
    assert gaps == []
    assert [one.blob.data() for one in nested] == [FILE]


def test_a_part_of_a_message_is_a_gap_beside_its_text() -> None:
    declared = b'Content-Type: message/partial; id="x@a.example"; number=2; total=3\n\n'
    _, nested, gaps = read(HEADER + declared + b"fortsatt text om Bo Ek")
    assert nested[0].blob.data() == b"fortsatt text om Bo Ek"
    assert [(gap.steps, gap.detail) for gap in gaps] == [(nested[0].steps, "a part of a message")]


@pytest.mark.parametrize(
    "more",
    [
        "Content-Type: application/pdf; name=\"a.pdf\"; name*0*=utf-8''Avtal%20; name*1*=%C3%85sa%20%C3%96berg",
        "Content-Type: application/pdf; name*=utf-8''Avtal%20%C3%85sa%20%C3%96berg",
        "Content-Type: application/pdf\nContent-Description: =?utf-8?Q?Avtal_=C3=85sa_=C3=96berg?=",
    ],
)
def test_every_name_of_an_attachment_is_told(more: str) -> None:
    fields = f'{more}\nContent-Disposition: attachment; filename="a.pdf"\n\n'
    record, nested, _ = read(HEADER + fields.encode() + b"%PDF")
    assert nested[0].steps == ("attachment 1: a.pdf",)
    assert "Avtal Åsa Öberg" in text(record, Role.FILENAME)


def test_the_same_name_twice_is_told_once() -> None:
    fields = b'Content-Type: application/pdf; name="a.pdf"\nContent-Disposition: attachment; filename=a.pdf\n\n'
    assert text(read(HEADER + fields + b"%PDF")[0], Role.FILENAME) == ""


@pytest.mark.parametrize(
    "line",
    [b"begin 644 x\n", b"begin 644 x\n#AAAA\n", b"begin-base64 644 x\nAAAA\n", b"=ybegin line=1 size=1 name=x\n"],
)
def test_many_beginnings_take_no_square_of_time(line: bytes) -> None:
    started = time.process_time()
    read(HEADER + b"\n" + line * 20_000)
    assert time.process_time() - started < 2
