"""Mails: made and judged by stdlib `email`."""

from __future__ import annotations

import base64
from email.message import EmailMessage

import pytest

from connectors.base import GapReason
from scanner.blob import Blob
from scanner.formats.base import Found, Nested
from scanner.formats.mail import mail
from scanner.limits import Limits
from scanner.records import ReadError, Record, Role, Unread

LONG = "Åsas löneavtal med ett mycket långt namn som delas upp i flera delar.pdf"


def read(raw: bytes | EmailMessage) -> list[Found]:
    data = raw if isinstance(raw, bytes) else raw.as_bytes()
    return list(mail.FORMAT.extract(Blob(data, "a.eml", media_type="message/rfc822"), Limits()))


def message(raw: bytes | EmailMessage) -> Record:
    found = read(raw)[0]
    assert isinstance(found, Record)
    assert (found.steps, found.kind) == ((), "message")
    return found


def text(record: Record, role: Role) -> str:
    return "\n".join(one for which, one in record.texts if which is role)


def made() -> EmailMessage:
    made = EmailMessage()
    made["From"] = "Åsa Öberg <asa@a.example>"
    made["To"] = '"Ek, Vera" <vera@a.example>'
    made["Subject"] = "Ärende om äpplen"
    made["Message-ID"] = "<looks.like@an.address.example>"
    made.set_content("Hej från brödtexten")
    return made


def test_every_header_of_persons_has_its_role() -> None:
    raw = b"".join(
        f"{name}: Person{n} <p{n}@a.example>\n".encode()
        for n, name in enumerate(
            [
                "From",
                "TO",
                "cc",
                "Bcc",
                "Reply-To",
                "Sender",
                "Resent-From",
                "Resent-To",
                "Errors-To",
                "Disposition-Notification-To",
            ]
        )
    )
    found = message(raw + b"\nhej\n")
    roles = [entity.role for entity in found.entities]
    assert roles == [
        Role.FROM,
        Role.TO,
        Role.CC,
        Role.BCC,
        Role.REPLY_TO,
        Role.SENDER,
        Role.FROM,
        Role.TO,
        Role.REPLY_TO,
        Role.REPLY_TO,
    ]
    assert [entity.facts[0].value for entity in found.entities] == [f"p{n}@a.example" for n in range(10)]


def test_trace_and_ids() -> None:
    found = message(
        b"Received: from x by y with ESMTP id <200.FSQ@id.example> for <trace@a.example>;\n\tMon\n"
        b"Return-Path: <path@a.example>\nMessage-ID: <mid@id.example>\nReferences: <ref@id.example>\n"
        b"In-Reply-To: <irt@id.example>; from old@a.example on Mon\nDKIM-Signature: i=@id.example; b=x@id.example\n"
        b"Content-ID: <cid@id.example>\nX-Whatever: Vera <x@a.example>\nFrom: v@a.example\n\nbody\n"
    )
    trace = text(found, Role.TRACE)
    for wanted in ("trace@a.example", "path@a.example", "old@a.example", "x@a.example"):
        assert wanted in trace
    assert "id.example" not in str(found)


def test_bodies_of_all_alternatives_and_encodings() -> None:
    mail_made = made()
    mail_made.add_alternative("<p>Hej <b>ver</b>a&#64;html.example</p><script>no</script>", subtype="html")
    found = message(mail_made)
    assert text(found, Role.SUBJECT) == "Ärende om äpplen"
    assert "Hej från brödtexten" in text(found, Role.BODY)
    assert "Hej vera@html.example" in text(found, Role.BODY)
    assert "no" not in text(found, Role.BODY).split()


@pytest.mark.parametrize(
    ("cte", "charset"),
    [("base64", "utf-16"), ("quoted-printable", "iso-8859-1"), ("8bit", "utf-8"), ("base64", "no-such")],
)
def test_transfer_encodings_and_charsets(cte: str, charset: str) -> None:
    mail_made = EmailMessage()
    mail_made["From"] = "v@a.example"
    words = "Åsa skrev till vera.ek@a.example " * 4
    if charset in ("utf-16", "no-such"):
        payload = base64.encodebytes(words.encode("utf-16" if charset == "utf-16" else "utf-8"))
        raw = f"From: v@a.example\nContent-Type: text/plain; charset={charset}\n".encode()
        raw += f"Content-Transfer-Encoding: {cte}\n\n".encode()
        raw += payload
    else:
        mail_made.set_content(words, cte=cte, charset=charset)
        raw = mail_made.as_bytes()
    assert words.strip() in text(message(raw), Role.BODY)


def test_attachments_are_counted_and_named() -> None:
    mail_made = made()
    mail_made.add_attachment(
        b"%PDF-1",
        maintype="application",
        subtype="pdf",
        filename=LONG,
    )
    mail_made.add_attachment("BEGIN:VCALENDAR", subtype="calendar")
    inner = made()
    mail_made.add_attachment(inner)
    mail_made.add_attachment("text i bilaga", filename="b.txt")
    found = [one for one in read(mail_made) if isinstance(one, Nested)]
    assert [one.steps[0] for one in found] == [
        f"attachment 1: {LONG}",
        "attachment 2: part.ics",
        "attachment 3: message.eml",
        "attachment 4: b.txt",
    ]
    assert [one.kind for one in found] == ["attachment", "attachment", "message", "attachment"]
    assert [one.blob.media_type for one in found][:3] == ["application/pdf", "text/calendar", "message/rfc822"]
    assert found[0].blob.data() == b"%PDF-1"
    assert "Hej från brödtexten" in text(message(found[2].blob.data()), Role.BODY)


def test_rfc2047_file_names() -> None:
    raw = (
        b'From: v@a.example\nContent-Type: application/pdf; name="=?utf-8?Q?=C3=85sa.pdf?="\n'
        b"Content-Transfer-Encoding: base64\n\nQUJD\n"
    )
    nested = read(raw)[1]
    assert isinstance(nested, Nested)
    assert nested.steps == ("attachment 1: Åsa.pdf",)
    assert nested.blob.data() == b"ABC"


def test_text_around_and_without_parts_is_read() -> None:
    raw = (
        b"From: v@a.example\nContent-Type: multipart/mixed; boundary=B\n\n"
        b"before@a.example\n--B\n\npart@a.example\n--B--\n"
        b"footer@a.example\n"
    )
    body = text(message(raw), Role.BODY)
    assert all(word in body for word in ("before@a.example", "part@a.example", "footer@a.example"))
    broken = b"From: v@a.example\nContent-Type: multipart/mixed; boundary=GONE\n\nlost@a.example\n"
    assert "lost@a.example" in text(message(broken), Role.BODY)


def test_similar_boundaries_and_a_missing_end() -> None:
    raw = (
        b"From: v@a.example\nContent-Type: multipart/mixed; boundary=B\n\n"
        b"--B\nContent-Type: multipart/alternative; boundary=B2\n\n"
        b"--B2\n\none@a.example\n--B2--\n--B\nContent-Disposition: attachment; filename=x.txt\n\ntwo@a.example\n"
    )
    found = read(raw)
    assert "one@a.example" in str(found[0])
    assert isinstance(found[1], Nested)
    assert found[1].blob.data() == b"two@a.example\n"


def test_broken_base64_gives_what_it_can_and_a_gap() -> None:
    good = base64.b64encode(b"vera@a.example skrev detta i en bilaga")
    raw = (
        b"From: v@a.example\nContent-Type: multipart/mixed; boundary=B\n\n"
        b"--B\nContent-Type: application/x; name=x.bin\n"
        b"Content-Transfer-Encoding: base64\n\n" + good.rstrip(b"=") + b"!!*A\n--B--\n"
    )
    found = read(raw)[1:]
    assert isinstance(found[0], Nested)
    assert b"vera@a.example" in found[0].blob.data()
    assert isinstance(found[1], Unread)
    assert (found[1].steps, found[1].reason) == (found[0].steps, GapReason.UNREADABLE)


def test_text_after_a_base64_body_is_read() -> None:
    payload = base64.encodebytes("kropp åt vera@a.example".encode())
    raw = b"From: v@a.example\nContent-Type: text/plain; charset=utf-8\n"
    raw += b"Content-Transfer-Encoding: base64\n\n" + payload
    body = text(message(raw + b"\n_____\nfooter@a.example list\n"), Role.BODY)
    assert "vera@a.example" in body
    assert "footer@a.example" in body


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (
            b'Content-Type: multipart/encrypted; boundary=B; protocol="application/pgp-encrypted"\n\n'
            b"--B\nContent-Type: application/"
            b"pgp-encrypted\n\nVersion: 1\n--B\nContent-Type: application/octet-stream\n\nxx\n--B--\n",
            GapReason.ENCRYPTED,
        ),
        (
            b"Content-Type: application/pkcs7-mime; smime-type=enveloped-data; name=smime.p7m\n"
            b"Content-Transfer-Encoding: base64\n\n"
            b"QUJD\n",
            GapReason.ENCRYPTED,
        ),
        (
            b"Content-Type: application/pkcs7-mime; smime-type=signed-data\n"
            b"Content-Transfer-Encoding: base64\n\nQUJD\n",
            GapReason.UNREADABLE,
        ),
        (b"\n-----BEGIN PGP MESSAGE-----\nxx\n-----END PGP MESSAGE-----\n", GapReason.ENCRYPTED),
    ],
)
def test_sealed_parts_are_gaps_and_headers_are_read(raw: bytes, reason: GapReason) -> None:
    found = read(b"From: Vera <v@a.example>\n" + raw)
    assert isinstance(found[0], Record)
    assert found[0].entities[0].facts[0].value == "v@a.example"
    gaps = [one for one in found if isinstance(one, Unread)]
    assert [gap.reason for gap in gaps] == [reason]
    assert not any(isinstance(one, Nested) for one in found)


def test_flowed_text_is_joined() -> None:
    raw = (
        b"From: v@a.example\nContent-Type: text/plain; format=flowed; delsp=yes\n\nskriv till vera.ek \n@a.example nu\n"
    )
    assert "vera.ek@a.example" in text(message(raw), Role.BODY)


def test_too_large_still_gives_its_headers() -> None:
    raw = b"From: Vera <v@a.example>\n\n" + b"x" * 5000
    import io

    extract = mail.FORMAT.extract(Blob(io.BytesIO(raw), "a.eml", limit=1000), Limits())
    found = next(extract)
    assert isinstance(found, Record)
    assert found.entities[0].facts[0].value == "v@a.example"
    with pytest.raises(ReadError) as caught:
        next(extract)
    assert caught.value.reason is GapReason.TOO_LARGE


@pytest.mark.parametrize(
    "raw", [b"", b"\n", b"no header at all", b"From: x\rTo: vera@a.example\r\rbody", b"\xff\xfe\0\0", b":\n:\n\n"]
)
def test_oddities_do_not_raise(raw: bytes) -> None:
    read(raw)


def test_deep_nesting_ends() -> None:
    raw = b"From: v@a.example\n"
    for n in range(500):
        raw += b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n)
    assert "deep@a.example" in text(message(raw + b"\ndeep@a.example\n"), Role.BODY)
