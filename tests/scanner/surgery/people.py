"""A made-up subject and others beside her, for the tests of surgery."""

from __future__ import annotations

from datetime import date

from scanner.detect.base import DetectSettings
from scanner.model import SubjectId
from scanner.records import IdType
from scanner.surgery.person import Subject

SETTINGS = DetectSettings("SE", (r"K-\d{4}",))
TODAY = date(2026, 11, 1)
VALUES = (
    (IdType.NAME, "Anna Andersson"),
    (IdType.EMAIL, "anna@kund.example"),
    (IdType.PHONE, "+46701234567"),
    (IdType.NATIONAL_ID, "198112189876"),
    (IdType.CUSTOMER_NUMBER, "K-1001"),
    (IdType.IBAN, "SE4550000000058398257466"),
    (IdType.ADDRESS, "storgatan 1 752 31 uppsala"),
)


def anna(language: str = "sv", *more: SubjectId) -> Subject:
    known = [SubjectId(kind, value, given=True) for kind, value in VALUES]
    return Subject.of([*known, *more], SETTINGS, language, TODAY)
