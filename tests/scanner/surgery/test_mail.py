"""Attachments out of mails, and the person out of mails that others wrote: judged by the bytes and stdlib `email`."""

from __future__ import annotations

import base64
import email
import email.policy
import random
from email.message import EmailMessage
from email.utils import getaddresses

import pytest

from scanner.blob import Blob
from scanner.surgery.base import CannotEdit, Edits
from scanner.surgery.mail.mail import EDITOR
from tests.scanner.surgery import make_mail
from tests.scanner.surgery.canaries import LIMITS, MARK, NOBODY, Someone, edited

ANNA = Someone(("Anna Ek", "anna@a.example"))
AMEND = Edits(amend=frozenset({()}))


def eml(data: bytes) -> Blob:
    return Blob(data, "mail.eml", media_type="message/rfc822")


def cut(data: bytes, *steps: str) -> bytes:
    return edited(EDITOR, eml(data), Edits(remove=frozenset((step,) for step in steps)))


@pytest.mark.parametrize("seed", range(20))
def test_twenty_of_many_leave_and_the_others_stay(seed: int) -> None:
    rng = random.Random(seed)
    count = rng.choice([1, 2, 21, 100, 500])
    state = rng.getstate()
    made = make_mail.make(rng, count)
    rng.setstate(state)
    pieces = make_mail.pieces(rng, count)
    gone = set(rng.sample(range(count), min(20, count)))
    after = edited(EDITOR, eml(made.data), Edits(remove=frozenset(made.steps[number] for number in gone)))
    neutral = b"Content-Type: text/plain; charset=us-ascii" + pieces.end * 2 + MARK.encode()
    assert after == pieces.joined(gone, neutral)
    found = [part.get_payload(decode=True) for part in email.message_from_bytes(after).walk()]
    held = b"\0".join(one for one in found if isinstance(one, bytes))
    assert not [made.canaries[number] for number in gone if made.canaries[number] in held + after]


@pytest.mark.parametrize("seed", range(8))
def test_changed_attachments_keep_header_and_encoding(seed: int) -> None:
    rng = random.Random(seed)
    state = rng.getstate()
    made = make_mail.make(rng, 40)
    rng.setstate(state)
    pieces = make_mail.pieces(rng, 40)
    plain = [number for number in range(40) if pieces.names[number] != "message.eml"]
    changed = {number: pieces.contents[number][:13] + b" new" * number for number in rng.sample(plain, 10)}
    after = edited(
        EDITOR, eml(made.data), Edits(replace={made.steps[number]: data for number, data in changed.items()})
    )
    old, new = [
        [one for one in email.message_from_bytes(data).walk() if not one.is_multipart()] for data in (made.data, after)
    ]
    for was, now in zip(old, new, strict=True):
        assert was.items() == now.items()
    held = [one.get_payload(decode=True) for one in new]
    assert all(data in held for data in changed.values())
    same = [number for number in range(40) if number not in changed]
    assert all(pieces.parts[number] in after for number in same)


def mail(*parts: bytes, kind: bytes = b"mixed", head: bytes = b"") -> bytes:
    body = b"".join(b"--b\n" + part + b"\n" for part in parts)
    return b"From: Per <p@a.example>\n%sContent-Type: multipart/%s; boundary=b\n\n%s--b--\n" % (head, kind, body)


TEXT = b"Content-Type: text/plain\n\nHej"
NOTE = b"Content-Type: application/x-note; name=note\n\ncanary"
NEUTRAL = b"Content-Type: text/plain; charset=us-ascii\n\n" + MARK.encode()


def test_an_alternative_is_taken_out_whole() -> None:
    invite = b"Content-Type: text/calendar\n\nBEGIN:VCALENDAR"
    data = mail(TEXT, TEXT, invite, kind=b"alternative")
    assert cut(data, "attachment 1: part.ics") == mail(TEXT, TEXT, kind=b"alternative")
    assert cut(mail(invite, TEXT, kind=b"alternative"), "attachment 1: part.ics") == mail(TEXT, kind=b"alternative")
    assert cut(mail(invite, kind=b"alternative"), "attachment 1: part.ics") == mail(NEUTRAL, kind=b"alternative")


def test_a_mark_of_other_letters_is_encoded() -> None:
    other = Someone(mark="[förstörd]")
    after = EDITOR.edit(eml(mail(TEXT, NOTE)), Edits(remove=frozenset({("attachment 1: note",)})), other, LIMITS)
    parts = list(email.message_from_bytes(after, policy=email.policy.default).walk())
    assert [part.get_content().strip() for part in parts[1:]] == ["Hej", other.mark]


def test_an_attachment_and_the_person_leave_together() -> None:
    data = mail(b"Content-Type: text/plain\n\nHej Anna Ek", NOTE, NOTE, head=b"To: b@b.example,anna@a.example\n")
    edits = Edits(remove=frozenset({("attachment 2: note",)}), amend=frozenset({()}))
    after = edited(EDITOR, eml(data), edits, ANNA)
    text = b"Content-Type: text/plain\n\nHej " + MARK.encode()
    assert after == mail(text, NOTE, NEUTRAL, head=b"To: b@b.example\n")


def test_a_mail_without_its_end_delimiter() -> None:
    data = mail(TEXT, NOTE).removesuffix(b"\n--b--\n")
    assert cut(data, "attachment 1: note") == mail(TEXT, NEUTRAL).removesuffix(b"\n--b--\n")


def test_a_mail_that_is_nothing_but_the_attachment_leaves_whole_or_not_at_all() -> None:
    data = b"From: p@a.example\n" + NOTE
    with pytest.raises(CannotEdit, match="nothing but"):
        cut(data, "attachment 1: note")
    after = edited(EDITOR, eml(data), Edits(replace={("attachment 1: note",): b"less"}))
    assert after == data.replace(b"canary", b"less")


def test_sizes_and_digests_follow_the_content() -> None:
    part = (
        b"Content-Type: text/csv\nContent-MD5: Q2hlY2sgSW50ZWdyaXR5IQ==\nContent-Length: 8\n"
        b"Content-Disposition: attachment; filename=l.csv;\n size=6; x=y\nContent-Transfer-Encoding: base64\n\n"
    )
    data = mail(TEXT, part + base64.b64encode(b"canary"), head=b"Content-Length: 9999\n")
    after = edited(EDITOR, eml(data), Edits(replace={("attachment 1: l.csv",): b"four"}))
    wanted = part.replace(b"Content-MD5: Q2hlY2sgSW50ZWdyaXR5IQ==\n", b"").replace(b"size=6", b"size=4")
    assert after == mail(TEXT, wanted + base64.b64encode(b"four"), head=b"Content-Length: 9999\n")


def test_a_length_of_the_whole_follows() -> None:
    body = mail(TEXT, NOTE).partition(b"\n\n")[2]
    after = cut(mail(TEXT, NOTE, head=b"Content-Length: %d\n" % len(body)), "attachment 1: note")
    assert email.message_from_bytes(after)["Content-Length"] == str(len(after.partition(b"\n\n")[2]))


def test_only_changed_lines_of_quoted_printable_are_written_anew() -> None:
    lines = [b"namn;e-post", b"=C5sa;=61sa@a.example", b"Bo;b=\no@b.example", b"Eva;eva@c.example"]
    head = b"Content-Type: text/csv; name=l.csv\nContent-Transfer-Encoding: quoted-printable\n\n"
    data = mail(TEXT, head + b"\n".join(lines))
    new = b"namn;e-post\n\xc5sa;asa@a.example\nEva=;eva@c.example"
    after = edited(EDITOR, eml(data), Edits(replace={("attachment 1: l.csv",): new}))
    assert after == mail(TEXT, head + b"\n".join([lines[0], lines[1], b"Eva=3D;eva@c.example"]))


@pytest.mark.parametrize(
    ("encoding", "body", "new"),
    [
        (b"7bit", b"plain", "å".encode()),
        (b"7bit", b"plain", b"x\n--b\ny"),
        (b"x-uuencode", b"begin 644 a\n#86)C\n`\nend", b"x"),
        (b"base64", b"abc!!!", b"x"),
        (b"x-own", b"abc", b"x"),
    ],
)
def test_what_cannot_be_encoded_as_before_is_for_a_person(encoding: bytes, body: bytes, new: bytes) -> None:
    part = b"Content-Type: application/x-note; name=n\nContent-Transfer-Encoding: %s\n\n" % encoding + body
    with pytest.raises(CannotEdit):
        EDITOR.edit(eml(mail(TEXT, part)), Edits(replace={("attachment 1: n",): new}), NOBODY, LIMITS)


def test_steps_that_are_not_there_and_files_in_the_text() -> None:
    uu = TEXT + b"\nbegin 644 a.txt\n#86)C\n`\nend\n"
    for step in ("attachment 2: note", "attachment 1: other", "part image1.png"):
        with pytest.raises(CannotEdit):
            cut(mail(TEXT, NOTE), step)
    with pytest.raises(CannotEdit, match="in the text"):
        cut(mail(uu, NOTE), "attachment 2: a.txt")


@pytest.mark.parametrize(
    ("data", "word"),
    [
        (mail(TEXT, b"Content-Type: application/pgp-signature\n\nx", kind=b"signed"), "signed"),
        (mail(mail(TEXT, NOTE, kind=b"signed").partition(b"\n")[2], NOTE), "signed"),
        (mail(mail(TEXT, NOTE, kind=b"signed").partition(b"\n")[2].replace(b"--b", b"--c"), NOTE), "signed"),
        (
            mail(mail(TEXT, TEXT, kind=b"signed").partition(b"\n")[2].replace(b"=b", b"=c").replace(b"--b", b"--c")),
            "signed",
        ),
        (mail(b"Content-Type: application/pgp-encrypted\n\nx", NOTE, kind=b"encrypted"), "encrypted"),
        (b"From: a@a.example\nContent-Type: application/pkcs7-mime; smime-type=enveloped-data\n\nx", "S/MIME"),
        (b"From: a@a.example\n\n-----BEGIN PGP SIGNED MESSAGE-----\nx", "PGP"),
        (b"From: a@a.example\n\n-----BEGIN PGP MESSAGE-----\nx", "PGP"),
        (b"From: a@a.example\nContent-Type: message/partial\n\nx", "part of"),
        (b"From: a@a.example\r\rtext", "line ends"),
    ],
)
def test_sealed_mails_are_refused(data: bytes, word: str) -> None:
    reason = EDITOR.refuses(eml(data))
    assert reason is not None
    assert word in reason


def test_a_servers_seal_is_no_reason_and_stays() -> None:
    seal = b"DKIM-Signature: v=1; d=a.example; b=abc\nARC-Seal: i=1; cv=none\n"
    data = mail(TEXT, NOTE, head=seal)
    assert EDITOR.refuses(eml(data)) is None
    assert cut(data, "attachment 1: note") == mail(TEXT, NEUTRAL, head=seal)


# Amending


def amended(data: bytes, person: Someone = ANNA) -> bytes:
    return edited(EDITOR, eml(data), AMEND, person)


@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_the_person_leaves_lists_and_text(end: bytes) -> None:
    data = (
        b"Received: from x by y for <anna@a.example>; Mon, 1 Jan 2024 00:00:00 +0000\n"
        b"From: Per <p@a.example>\nTo: Anna Ek <anna@a.example>,\n"
        b" =?utf-8?q?=C5sa?= <asa@b.example>, Bo <b@b.example>\n"
        b"Cc: anna@a.example\nSubject: Anna Ek and Bo\nMessage-ID: <anna@a.example>\n\nHej Anna Ek och Bo.\n\nPer\n"
    ).replace(b"\n", end)
    wanted = (
        b"Received: from x by y for <[raderad]>; Mon, 1 Jan 2024 00:00:00 +0000\n"
        b"From: Per <p@a.example>\nTo: =?utf-8?q?=C5sa?= <asa@b.example>, Bo <b@b.example>\n"
        b"Subject: [raderad] and Bo\nMessage-ID: <anna@a.example>\n\nHej [raderad] och Bo.\n\nPer\n"
    ).replace(b"\n", end)
    assert amended(data) == wanted


def test_others_of_a_list_stay_as_they_are_written() -> None:
    rng = random.Random(4)
    for _ in range(200):
        others = [f'"Ek, Per {n}" <p{n}@b.example>' for n in range(rng.randrange(1, 8))]
        others.append("bo@b.example (Bo, of Lund)")
        place = rng.randrange(len(others) + 1)
        boxes = [*others[:place], "Anna Ek <anna@a.example>", *others[place:]]
        to = "".join(rng.choice([", ", ",\n\t", ","]) + box for box in boxes).lstrip(", \n\t")
        after = amended(f"From: p@b.example\nTo: {to}\n\nHej\n".encode())
        value = after.decode().removeprefix("From: p@b.example\nTo: ").removesuffix("\n\nHej\n")
        assert getaddresses([value]) == getaddresses(others)
        assert all(one in value for one in others)


@pytest.mark.parametrize("encoding", ["base64", "quoted-printable", "8bit"])
@pytest.mark.parametrize("charset", ["utf-8", "iso-8859-1"])
def test_text_is_masked_in_its_encoding(encoding: str, charset: str) -> None:
    made = EmailMessage()
    made["From"] = "p@a.example"
    made.set_content("Åsa och Anna Ek\nträffas = här\n" * 30, charset=charset, cte=encoding)
    after = email.message_from_bytes(amended(made.as_bytes()))
    payload = after.get_payload(decode=True)
    assert isinstance(payload, bytes)
    assert payload.decode(charset) == "Åsa och [raderad]\nträffas = här\n" * 30
    assert after.items() == email.message_from_bytes(made.as_bytes()).items()


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"From: Anna Ek <anna@a.example>\n\nHej\n", "sent"),
        (b"Reply-To: anna@a.example\nFrom: p@a.example\n\nHej\n", "sent"),
        (b"From: p@a.example\nTo: All: anna@a.example, b@b.example;\n\nHej\n", "groups"),
        (b"From: p@a.example\nTo: anna@a.example b@b.example\n\nHej\n", "one place"),
        (b"From: p@a.example\nTo: Anna Ek <other@a.example>\n\nHej\n", "list"),
        (b"From: p@a.example\nContent-Type: text/plain; format=flowed\n\nHej Anna \nEk och Bo\n", "cannot be masked"),
        (b"From: p@a.example\n\nAnna Ek: *Anna* _Ek_ och Bo\n", "cannot be masked"),
        (b"ARC-Authentication-Results: smtp.mailfrom=anna@a.example\nFrom: p@a.example\n\nHej\n", "seal"),
    ],
)
def test_what_cannot_be_amended_is_for_a_person(data: bytes, why: str) -> None:
    with pytest.raises(CannotEdit, match=why):
        EDITOR.edit(eml(data), AMEND, ANNA, LIMITS)


def test_an_encoded_subject() -> None:
    made = EmailMessage()
    made["From"] = "p@a.example"
    made["Subject"] = "Möte med Anna Ek på måndag, en lång rubrik som viker sig över flera rader om det går"
    made.set_content("Hej\n")
    after = email.message_from_bytes(amended(made.as_bytes()), policy=email.policy.default)
    assert after["Subject"] == str(made["Subject"]).replace("Anna Ek", MARK)


def test_a_page_is_masked_by_the_editor_of_pages() -> None:
    made = EmailMessage()
    made["From"] = "p@a.example"
    made["To"] = "anna@a.example, b@b.example"
    made["Delivered-To"] = "anna@a.example"
    made.set_content("Hej Anna Ek och Bo\n")
    made.add_alternative("<p>Hej <b>Anna Ek</b> och Åsa</p>\n", subtype="html")
    after = email.message_from_bytes(amended(made.as_bytes()))
    texts = [one.get_payload(decode=True) for one in after.walk() if not one.is_multipart()]
    assert texts[0] == f"Hej {MARK} och Bo\n".encode()
    assert isinstance(texts[1], bytes)
    assert f"{MARK}</b> och Åsa".encode() in texts[1]
    assert (after["To"], after["Delivered-To"]) == ("b@b.example", MARK)


def test_differences_sees_what_a_bad_editor_does() -> None:
    before = mail(TEXT, NOTE, NOTE.replace(b"canary", b"other"))
    good = mail(TEXT, NEUTRAL, NOTE.replace(b"canary", b"other"))
    edits = Edits(remove=frozenset({("attachment 1: note",)}))
    assert EDITOR.differences(before, good, edits, NOBODY) == []
    for bad in (
        before,
        mail(TEXT, NEUTRAL),
        mail(TEXT, NOTE, NEUTRAL),
        mail(NEUTRAL, NEUTRAL, NOTE.replace(b"canary", b"other")),
        good.replace(b"other", b"otter"),
        good.replace(b"Hej", b"Hi"),
        good.replace(b"Per", b"Par"),
        good.replace(b"multipart/mixed", b"multipart/related"),
        good.replace(b"\n\n--b", b"\n\npreamble\n--b", 1),
        good + b"tail",
        good.replace(MARK.encode(), b"canary"),
        good.replace(b"x-note; name=note\n\nother", b"x-note; name=nose\n\nother"),
        b"",
    ):
        assert EDITOR.differences(before, bad, edits, NOBODY)


def test_differences_of_amended_mails() -> None:
    before = b"From: p@a.example\nTo: anna@a.example, b@b.example\n\nHej Anna Ek och Bo\n"
    good = b"From: p@a.example\nTo: b@b.example\n\nHej [raderad] och Bo\n"
    assert EDITOR.differences(before, good, AMEND, ANNA) == []
    for bad in (
        before,
        good.replace(b"b@b", b"c@b"),
        good.replace(b"To: b@b.example\n", b""),
        good.replace(b"och Bo", b"och Eva"),
        good.replace(b"From: p", b"From: q"),
        good.replace(b"To:", b"Cc:"),
    ):
        assert EDITOR.differences(before, bad, AMEND, ANNA)
