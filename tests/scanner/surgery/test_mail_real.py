"""Mails through the engine, and real ones: judged by stdlib `email` and `zipfile`."""

from __future__ import annotations

import email
import io
import json
import zipfile
from collections.abc import Iterator
from datetime import date
from email.message import EmailMessage, Message
from email.utils import getaddresses

from scanner.blob import Blob
from scanner.detect.base import DetectSettings
from scanner.formats import registry
from scanner.formats.base import Nested
from scanner.model import Cut, SubjectId
from scanner.records import IdType
from scanner.surgery.base import CannotEdit
from scanner.surgery.operate import operate
from scanner.surgery.person import Subject
from tests.samples import SAMPLES, TRUTH, needs_samples
from tests.scanner.surgery.canaries import LIMITS, MARK, NOBODY


def eml(data: bytes) -> Blob:
    return Blob(data, "mail.eml", media_type="message/rfc822")


def test_a_member_of_a_zip_in_a_mail_in_a_mail_leaves_alone() -> None:
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w") as archive:
        for name in ("anna.txt", "bo.txt"):
            archive.writestr(zipfile.ZipInfo(name), b"canary of " + name.encode())
    inner = EmailMessage()
    inner["From"] = "p@a.example"
    inner.set_content("inner")
    inner.add_attachment(sink.getvalue(), maintype="application", subtype="zip", filename="all.zip")
    outer = EmailMessage()
    outer["From"] = "q@a.example"
    outer.set_content("outer")
    outer.add_attachment(inner)
    outer.add_attachment(b"%PDF- no", maintype="application", subtype="x-other", filename="b.bin")
    cuts = [Cut(("attachment 1: message.eml", "attachment 1: all.zip", "member anna.txt"))]
    after = operate(eml(outer.as_bytes()), cuts, NOBODY, LIMITS)
    parts = list(email.message_from_bytes(after).walk())
    packed = next(part.get_payload(decode=True) for part in parts if part.get_filename() == "all.zip")
    assert isinstance(packed, bytes)
    assert b"anna" not in packed
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        assert {name: archive.read(name) for name in archive.namelist()} == {"bo.txt": b"canary of bo.txt"}
    assert [part.get_filename() for part in parts] == [
        part.get_filename() for part in email.message_from_bytes(outer.as_bytes()).walk()
    ]


def test_a_row_of_a_csv_in_a_mail_leaves_alone() -> None:
    rows = "namn;e-post\r\n" + "".join(f"Per {n};p{n}@a.example\r\n" for n in range(99))
    made = EmailMessage()
    made["From"] = "q@a.example"
    made.set_content("here")
    made.add_attachment(rows.encode(), maintype="text", subtype="csv", filename="l.csv")
    after = operate(eml(made.as_bytes()), [Cut(("attachment 1: l.csv", "row 50"))], NOBODY, LIMITS)
    (part,) = [one for one in email.message_from_bytes(after).walk() if one.get_filename()]
    assert part.get_payload(decode=True) == rows.replace("Per 49;p49@a.example\r\n", "").encode()


def parts(message: Message) -> Iterator[Message]:
    """Every part of a mail, mails inside as a whole."""
    payload = message.get_payload()
    if isinstance(payload, list) and message.get_content_maintype() == "multipart":
        for one in payload:
            assert isinstance(one, Message)
            yield from parts(one)
    else:
        yield message


def leaves(data: bytes) -> list[tuple[str | None, object]]:
    """Name and content of every part."""
    found = parts(email.message_from_bytes(data))
    return [
        (one.get_filename(), one.get_payload() if isinstance(one.get_payload(), str) else one.as_bytes())
        for one in found
    ]


@needs_samples
def test_each_attachment_of_real_mails_leaves_alone() -> None:
    count = 0
    for path in sorted((SAMPLES / "composed_mail" / "maildir").rglob("*.M*")):
        data = path.read_bytes()
        for found in registry.load("mail").extract(eml(data), LIMITS):
            if not isinstance(found, Nested) or not found.steps[0].startswith("attachment"):
                continue
            after = operate(eml(data), [Cut(found.steps)], NOBODY, LIMITS)
            changed = [(old, new) for old, new in zip(leaves(data), leaves(after), strict=True) if old != new]
            ((old, new),) = changed
            assert new == (None, MARK)
            assert old[0] in (None, found.blob.name)
            count += 1
    assert count > 100


@needs_samples
def test_a_person_leaves_real_mails_that_others_wrote() -> None:
    truth = json.loads((TRUTH / "composed_mail__annaandersson.json").read_text())
    known = [SubjectId(IdType.EMAIL, "annaandersson@dayrep.com", given=True)]
    known.append(SubjectId(IdType.NAME, "Anna Andersson", given=True))
    anna = Subject.of(known, DetectSettings(), "sv", date(2026, 11, 22))
    count = 0
    for name in truth["must_find"]:
        data = (SAMPLES / "composed_mail" / name).read_bytes()
        try:
            after = operate(eml(data), [Cut((), amend=True)], anna, LIMITS)
        except CannotEdit:
            continue
        count += 1
        for part in parts(email.message_from_bytes(after)):
            payload = part.get_payload(decode=True)
            if isinstance(payload, bytes) and not part.get_filename() and part.get_content_maintype() == "text":
                assert b"annaandersson@dayrep" not in payload.lower()
        old, new = [
            {box for name in ("to", "cc") for box in getaddresses(email.message_from_bytes(one).get_all(name, []))}
            for one in (data, after)
        ]
        assert {box for box in old - new if box[1].lower() != "annaandersson@dayrep.com"} == set()
        assert not [box for box in new if box[1].lower() == "annaandersson@dayrep.com"]
    assert count > 20
