"""The company and its staff are nobody's "other person", until one of them is the subject."""

from __future__ import annotations

import pytest

from scanner.company import Company
from scanner.records import IdType

COMPANY = Company(
    domains=["invex.example"],
    emails=["eva@privat.example"],
    phones=["+46850012300"],
    names=["Invex AB", "Eva Ek"],
    shared=["familjen@hem.example"],
)


def test_its_domain_its_subdomains_and_its_staff_are_its_own() -> None:
    assert COMPANY.is_ours(IdType.EMAIL, "eva@invex.example")
    assert COMPANY.is_ours(IdType.EMAIL, "robot@mail.invex.example")
    assert COMPANY.is_ours(IdType.EMAIL, "eva@privat.example")
    assert COMPANY.is_ours(IdType.PHONE, "+46850012300")
    assert COMPANY.is_ours(IdType.NAME, "Ek, Eva")


def test_a_domain_that_only_ends_alike_is_not() -> None:
    assert not COMPANY.is_ours(IdType.EMAIL, "x@notinvex.example")
    assert not COMPANY.is_ours(IdType.EMAIL, "x@invex.example.evil.example")
    assert not COMPANY.is_ours(IdType.NAME, "Eva Berg")


def test_a_subject_on_the_staff_is_no_longer_the_company() -> None:
    without = COMPANY.without([(IdType.EMAIL, "eva@invex.example"), (IdType.NAME, "Eva Ek")])
    assert not without.is_ours(IdType.EMAIL, "eva@invex.example")
    assert not without.is_ours(IdType.NAME, "Eva Ek")
    assert without.is_ours(IdType.EMAIL, "olle@invex.example")


def test_desks_and_configured_values_are_shared() -> None:
    assert COMPANY.is_shared(IdType.EMAIL, "info@annat.example")
    assert COMPANY.is_shared(IdType.EMAIL, "familjen@hem.example")
    assert COMPANY.is_shared(IdType.PHONE, "+46850012300")
    assert not COMPANY.is_shared(IdType.EMAIL, "anna@annat.example")
    assert not COMPANY.is_shared(IdType.PHONE, "+46701740605")


EVA = frozenset({(IdType.NAME, "Eva Ek"), (IdType.EMAIL, "eva@privat.example"), (IdType.PHONE, "+46701740605")})
STAFFED = Company(
    domains=["invex.example"],
    emails=["eva@privat.example"],
    phones=["+46701740605", "+46850012300"],
    names=["Invex AB", "Eva Ek"],
    shared=["gemensam@invex.example"],
    staff=[EVA],
)


@pytest.mark.parametrize(
    ("subject", "on_staff"),
    [
        ([(IdType.EMAIL, "eva@privat.example")], True),
        ([(IdType.PHONE, "+46701740605")], True),
        ([(IdType.EMAIL, "nils.slutat@invex.example")], True),  # left, and stands in no [[staff]]
        ([(IdType.EMAIL, "nils@mail.invex.example"), (IdType.NAME, "Nils Ny")], True),
        ([(IdType.NAME, "Ek, Eva")], True),
        ([(IdType.NAME, "Eva Ek"), (IdType.EMAIL, "eva.ek@kund.example")], False),  # a customer of the same name
        ([(IdType.EMAIL, "anna@kund.example")], False),
        ([(IdType.NAME, "Anna Dal")], False),
        ([(IdType.EMAIL, "info@invex.example")], False),  # a desk is nobody
        ([(IdType.EMAIL, "gemensam@invex.example")], False),
        ([(IdType.EMAIL, "eva@notinvex.example")], False),
        ([], False),
    ],
)
def test_who_is_one_of_the_companys_people(subject: list[tuple[IdType, str]], on_staff: bool) -> None:
    assert not STAFFED.subject_on_staff
    assert STAFFED.without(subject).subject_on_staff is on_staff


def test_an_employee_as_subject_brings_all_that_the_configuration_knows() -> None:
    without = STAFFED.without([(IdType.EMAIL, "eva@privat.example")])
    for kind, value in EVA:
        assert not without.is_ours(kind, value)
    assert without.is_ours(IdType.PHONE, "+46850012300")
    assert without.is_domain("eva@invex.example") and not without.is_domain("eva@privat.example")
