"""Which days a document gives, and which of them a rule may count from: the latest, or none."""

from __future__ import annotations

import struct
from datetime import date
from io import BytesIO

import pytest
from PIL import Image

from scanner.blob import Blob
from scanner.cull import days
from scanner.cull.evidence import Said, said
from scanner.limits import Limits
from tests.scanner.cull.culled_world import docx, mail, pdf

TODAY = date(2026, 11, 23)
DAY, LATER = date(2020, 3, 2), date(2021, 5, 6)


def told(content: bytes | str, name: str) -> Said:
    data = content.encode() if isinstance(content, str) else content
    return said(Blob(data, name), Limits(), TODAY)


def photo(*stamps: str) -> bytes:
    exif = Image.Exif()
    for tag, text in zip((306, 36867), stamps, strict=False):
        exif[tag] = text
    made = BytesIO()
    Image.new("RGB", (8, 8)).save(made, "JPEG", exif=exif)
    return made.getvalue()


def event(*lines: str) -> str:
    inner = "\r\n".join(lines)
    zone = "BEGIN:VTIMEZONE\r\nTZID:x\r\nBEGIN:STANDARD\r\nDTSTART:19701025T030000\r\nRRULE:FREQ=YEARLY\r\n"
    zone += "END:STANDARD\r\nEND:VTIMEZONE\r\n"
    return (
        f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\n{zone}BEGIN:VEVENT\r\nUID:1\r\n{inner}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    )


def card(*revised: str) -> str:
    return "".join(
        f"BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Ida\r\n{f'REV:{one}' if one else 'N:Ek;Ida'}\r\nEND:VCARD\r\n"
        for one in revised
    )


@pytest.mark.parametrize(
    ("content", "name", "day"),
    [
        (mail(DAY), "a.eml", DAY),
        (mail(DAY, LATER), "a.eml", LATER),
        (mail(LATER, DAY), "a.eml", LATER),
        (mail(DAY, date(2038, 1, 1)), "a.eml", None),
        (mail(date(1980, 1, 1), LATER), "a.eml", None),
        (mail(None), "a.eml", None),
        (b"Received: from a by b; never\n" + mail(DAY), "a.eml", None),
        (b"Received: from a by b; Thu, 6 May 2021 10:00:00 +0200\nReceived: x\n" + mail(DAY), "a.eml", LATER),
        (mail(DAY).replace(b"Date:", b"Date: x"), "a.eml", None),
        (pdf(DAY), "a.pdf", DAY),
        (pdf(None), "a.pdf", None),
        (pdf(DAY)[:400], "a.pdf", None),
        (docx("2020-03-02T10:00:00Z"), "a.docx", DAY),
        (docx("2020-03-02T10:00:00Z", "2021-05-06T10:00:00Z"), "a.docx", LATER),
        (docx("2021-05-06T10:00:00Z", "2020-03-02T10:00:00Z"), "a.docx", LATER),
        (docx("2013-12-23T23:15:00Z", "2013-12-23T23:15:00Z"), "a.docx", None),
        (docx("2020-03-02T10:00:00Z", "igår"), "a.docx", None),
        (docx("", ""), "a.docx", None),
        (photo("2020:03:02 10:00:00"), "a.jpg", DAY),
        (photo("2020:03:02 10:00:00", "2021:05:06 10:00:00"), "a.jpg", LATER),
        (photo("2000:01:01 00:00:00"), "a.jpg", None),
        (photo(), "a.jpg", None),
        (event("DTSTART:20200302T100000Z"), "a.ics", DAY),
        (event("DTSTART;VALUE=DATE:20200302", "LAST-MODIFIED:20210506T100000Z"), "a.ics", LATER),
        (event("DTSTART:20200302T100000Z", "RRULE:FREQ=WEEKLY"), "a.ics", None),
        (event("DTSTART:20200302T100000Z", "BEGIN:VALARM", "TRIGGER:-PT5M", "END:VALARM"), "a.ics", DAY),
        (event("SUMMARY:x"), "a.ics", None),
        (card("2020-03-02T10:00:00Z"), "a.vcf", DAY),
        (card("20200302T100000Z", "2021-05-06"), "a.vcf", LATER),
        (card("20200302T100000Z", ""), "a.vcf", None),
        ("Brev från 2020-03-02", "2020-03-02.txt", None),
        ("datum;namn\n2020-03-02;Ida\n", "a.csv", None),
        (b"", "a.pdf", None),
    ],
)
def test_the_latest_day_that_it_says_or_none(content: bytes | str, name: str, day: date | None) -> None:
    assert told(content, name).day == day


def test_only_mails_tell_when_they_were_received() -> None:
    assert told(mail(DAY), "a.txt").mail
    assert not told(pdf(DAY), "a.eml").mail
    assert told(mail(None), "a.eml").silent
    assert not told(mail(date(2038, 1, 1)), "a.eml").silent


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("D:20200302120000+01'00'", DAY),
        ("D:20200302", DAY),
        ("D:20200302120000Z", DAY),
        ("D:20201302120000Z", None),
        ("i mars", None),
        ("", None),
    ],
)
def test_days_of_a_pdf(text: str, day: date | None) -> None:
    assert days.pdf_day(text) == day


@pytest.mark.parametrize(
    ("path", "day"),
    [
        ("Ansökningar/2025/cv.pdf", date(2025, 12, 31)),
        ("Ansökningar/2026/cv.pdf", date(2026, 12, 31)),
        ("Ansökningar/2025-03-01 Ida.pdf", date(2025, 12, 31)),
        ("Ansökningar/bild_2048.jpg", None),
        ("Ansökningar/Ida 19811218-9876.pdf", None),
        ("Ansökningar/cv.pdf", None),
    ],
)
def test_a_day_in_a_path_can_only_keep_longer(path: str, day: date | None) -> None:
    assert days.path_day(path, TODAY) == day
    assert days.later(None, day) is None
    assert days.later(DAY, day) in (day, DAY)


def test_hostile_bytes_say_nothing() -> None:
    for content in (
        b"%PDF-1.7\n" + b"\0" * 99,
        b"PK\x03\x04" + b"x" * 99,
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"x" * 600,
    ):
        assert told(content, "a").day is None
    assert days.file_time_day(0) is None
    assert days.file_time_day((1 << 63) - 1) is None
    assert days.exif_day(struct.pack("<Q", 7).decode("latin-1")) is None
