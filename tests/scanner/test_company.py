"""The company and its staff are nobody's "other person", until one of them is the subject."""

from __future__ import annotations

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
