"""Widening: what belongs to the same person, why, and what is left alone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from scanner.company import Company
from scanner.records import Entity, Role
from tests.scanner.shelf import (
    ADDRESS,
    ANNA_ID,
    ANNA_PHONE,
    BO_ID,
    BO_PHONE,
    CUSTOMER,
    EMAIL,
    HOME_PHONE,
    ID,
    NAME,
    PHONE,
    Shelf,
    canonical,
    person,
    record,
    values,
)


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return Shelf(tmp_path / "index.sqlite")


ANNA = person(name="Anna Ek", email="anna@kund.example", phone=ANNA_PHONE, id=ANNA_ID, customer="KND-10001")


def test_a_register_row_adds_all_that_stands_in_it_with_a_reason(shelf: Shelf) -> None:
    shelf.put("lista.csv", record("row 1", kind="row", who=[ANNA]))
    subject = shelf.widen("anna@kund.example")
    assert [one.given for one in subject] == [True, False, False, False, False]
    assert set(values(subject, NAME)) == {"Anna Ek"}
    assert set(values(subject, PHONE)) == {canonical(PHONE, ANNA_PHONE)}
    assert set(values(subject, ID)) == {canonical(ID, ANNA_ID)}
    assert set(values(subject, CUSTOMER)) == {"KND-10001"}
    assert subject[0].because is None
    assert {one.because for one in subject[1:]} == {"stands with the given email in kunder: lista.csv > row 1"}


@pytest.mark.parametrize("asked", ["anna@kund.example", ANNA_PHONE, ANNA_ID, "KND-10001"])
def test_any_strong_identifier_leads_to_the_others(shelf: Shelf, asked: str) -> None:
    shelf.put("lista.csv", record("row 1", kind="row", who=[ANNA]))
    subject = shelf.widen(asked)
    assert {one.type for one in subject} == {EMAIL, PHONE, ID, CUSTOMER, NAME}
    assert sum(one.given for one in subject) == 1


def test_the_reason_is_in_words(shelf: Shelf) -> None:
    shelf.put("lista.csv", record("row 1", kind="row", who=[ANNA]))
    assert {one.because for one in shelf.widen("KND-10001")[1:]} == {
        "stands with the given customer number in kunder: lista.csv > row 1"
    }


@pytest.mark.parametrize("role", [Role.OWNER, Role.ATTENDEE, Role.FROM, Role.CC])
def test_a_card_an_attendee_and_a_header_pair_add_a_name(shelf: Shelf, role: Role) -> None:
    shelf.put("x", record(who=[person(role, name="Anna Ek", email="anna@kund.example")]), mail=True)
    assert set(values(shelf.widen("anna@kund.example"), NAME)) == {"Anna Ek"}


@pytest.mark.parametrize(("places", "more"), [(1, ""), (2, ", and 1 more place"), (3, ", and 2 more places")])
def test_a_place_and_the_number_of_more_is_told(shelf: Shelf, places: int, more: str) -> None:
    for number in range(places):
        shelf.put(f"{number}.vcf", record("card 1", kind="card", who=[ANNA]))
    assert values(shelf.widen("anna@kund.example"), PHONE)[canonical(PHONE, ANNA_PHONE)].because == (
        f"stands with the given email in kunder: 0.vcf > card 1{more}"
    )


def test_the_place_told_is_a_register_or_card_before_a_header(shelf: Shelf) -> None:
    shelf.put("a.eml", record(who=[person(Role.FROM, name="Anna Ek", email="anna@kund.example")]), mail=True)
    shelf.put("b.vcf", record("card 1", kind="card", who=[ANNA]))
    assert values(shelf.widen("anna@kund.example"), NAME)["Anna Ek"].because == (
        "stands with the given email in kunder: b.vcf > card 1, and 1 more place"
    )


def test_a_name_does_not_widen(shelf: Shelf) -> None:
    shelf.put("lista.csv", record("row 1", kind="row", who=[ANNA]))
    assert [(one.type, one.value) for one in shelf.widen("Anna Ek")] == [(NAME, "Anna Ek")]


def test_what_stands_in_the_same_record_but_another_entity_is_not_added(shelf: Shelf) -> None:
    shelf.put("brev", record(who=[ANNA, person(Role.TO, name="Bo Alm", email="bo@kund.example")], text=BO_PHONE))
    found = {one.value for one in shelf.widen("anna@kund.example")}
    assert not found & {"Bo Alm", "bo@kund.example", canonical(PHONE, BO_PHONE)}


def test_a_phone_of_two_persons_is_told_and_not_followed(shelf: Shelf) -> None:
    shelf.put("a.vcf", record("card 1", kind="card", who=[person(name="Anna Ek", phone=HOME_PHONE)]))
    bo = person(name="Bo Alm", phone=HOME_PHONE, email="bo@kund.example")
    shelf.put("b.vcf", record("card 1", kind="card", who=[bo]))
    subject = shelf.widen(HOME_PHONE)
    assert [(one.type, one.shared) for one in subject] == [(PHONE, True)]


def test_a_phone_that_is_added_is_marked_shared_too(shelf: Shelf) -> None:
    shelf.put(
        "a.vcf", record("card 1", kind="card", who=[person(name="Anna Ek", email="a@x.example", phone=HOME_PHONE)])
    )
    shelf.put("b.vcf", record("card 1", kind="card", who=[person(name="Bo Alm", phone=HOME_PHONE)]))
    subject = shelf.widen("a@x.example")
    assert values(subject, PHONE)[canonical(PHONE, HOME_PHONE)].shared
    assert not values(subject, EMAIL)["a@x.example"].shared


def test_one_person_under_two_ways_of_writing_does_not_share_with_herself(shelf: Shelf) -> None:
    for number, name in enumerate(("Anna Ek", "Ek, Anna", "ANNA EK", "Anna K. Ek")):
        shelf.put(f"{number}.vcf", record("card 1", kind="card", who=[person(name=name, phone=ANNA_PHONE)]))
    assert not values(shelf.widen(ANNA_PHONE), PHONE)[canonical(PHONE, ANNA_PHONE)].shared


@pytest.mark.parametrize("key", ["email", "phone"])
def test_father_and_son_of_one_name_share_what_two_personnummer_use(shelf: Shelf, key: str) -> None:
    given = {"email": "lars@hem.example", "phone": HOME_PHONE}[key]
    for number, id_ in enumerate((ANNA_ID, BO_ID)):
        shelf.put(f"{number}.csv", record("row 1", kind="row", who=[person(name="Lars Ek", id=id_, **{key: given})]))
    subject = shelf.widen(given)
    assert [one.shared for one in subject] == [True], "and neither personnummer is taken for the subject's"


def test_one_personnummer_with_and_without_its_century_is_one(shelf: Shelf) -> None:
    for number, id_ in enumerate((ANNA_ID, ANNA_ID[2:])):
        shelf.put(
            f"{number}.csv",
            record("row 1", kind="row", who=[person(name="Anna Ek", id=id_, email="anna@kund.example")]),
        )
    subject = shelf.widen("anna@kund.example")
    assert not subject[0].shared
    assert canonical(ID, ANNA_ID) in values(subject, ID)


def test_an_address_of_a_couple_does_not_lead_to_the_others_things(shelf: Shelf) -> None:
    both = "familjen@hem.example"
    for number, (name, phone) in enumerate((("Anna Ek", ANNA_PHONE), ("Bo Alm", BO_PHONE), ("Anna Ek", ANNA_PHONE))):
        shelf.put(f"{number}.csv", record("row 1", kind="row", who=[person(name=name, email=both, phone=phone)]))
    assert canonical(PHONE, BO_PHONE) not in values(shelf.widen(both), PHONE), "the more frequent name decides nothing"
    subject = shelf.widen(both, "Anna Ek")
    assert set(values(subject, PHONE)) == {canonical(PHONE, ANNA_PHONE)}, "Bo's phone is not hers"


def test_where_two_use_an_address_as_often_neither_is_followed(shelf: Shelf) -> None:
    both = "familjen@hem.example"
    for number, (name, phone) in enumerate((("Anna Ek", ANNA_PHONE), ("Bo Alm", BO_PHONE))):
        shelf.put(f"{number}.csv", record("row 1", kind="row", who=[person(name=name, email=both, phone=phone)]))
    assert [one.value for one in shelf.widen(both)] == [both]
    assert canonical(PHONE, ANNA_PHONE) in values(shelf.widen(both, "Anna Ek"), PHONE), "the name settles it"


def test_a_row_without_a_name_is_not_followed_where_two_use_the_address(shelf: Shelf) -> None:
    both = "familjen@hem.example"
    shelf.put("a", record(who=[person(name="Anna Ek", email=both)]))
    shelf.put("b", record(who=[person(name="Bo Alm", email=both)]))
    shelf.put("c", record(who=[person(phone=BO_PHONE, email=both)]))
    assert not values(shelf.widen(both, "Anna Ek"), PHONE)


def test_a_customer_number_of_a_household_leads_to_nobody(shelf: Shelf) -> None:
    shelf.put("a", record(who=[person(name="Anna Ek", customer="KND-10001", email="anna@kund.example")]))
    shelf.put("b", record(who=[person(name="Bo Alm", customer="KND-10001", email="bo@kund.example")]))
    assert not values(shelf.widen("KND-10001"), EMAIL)
    assert set(values(shelf.widen("KND-10001", "Bo Alm"), EMAIL)) == {"bo@kund.example"}


def test_three_names_on_one_address_make_it_shared(shelf: Shelf) -> None:
    for name in ("Anna Ek", "Bo Alm", "Cecilia Dahl"):
        shelf.put(f"{name}.eml", record(who=[person(Role.FROM, name=name, email="salong@x.example")]), mail=True)
    assert values(shelf.widen("salong@x.example"), EMAIL)["salong@x.example"].shared


@pytest.mark.parametrize("desk", ["info@bolag.example", "order@bolag.example", "noreply@bolag.example"])
def test_the_address_of_a_desk_is_shared_and_not_followed(shelf: Shelf, desk: str) -> None:
    shelf.put("a.vcf", record("card 1", kind="card", who=[person(name="Anna Ek", email=desk, phone=ANNA_PHONE)]))
    subject = shelf.widen(desk)
    assert [(one.value, one.shared) for one in subject] == [(desk, True)]


def test_configured_values_are_shared(tmp_path: Path) -> None:
    company = Company(shared=["hemma@x.example", canonical(PHONE, HOME_PHONE)])
    shelf = Shelf(tmp_path / "i", company)
    shelf.put("a", record(who=[person(name="Anna Ek", email="hemma@x.example", phone=ANNA_PHONE)]))
    shelf.put("b", record(who=[person(name="Anna Ek", email="anna@x.example", phone=HOME_PHONE)]))
    assert [one.shared for one in shelf.widen("hemma@x.example")] == [True]
    subject = shelf.widen("anna@x.example")
    assert canonical(PHONE, HOME_PHONE) not in values(subject, PHONE), "the company's own values are not added at all"


STAFF = Company(
    domains=["invex.example"],
    emails=["eva@invex.example", "eva@privat.example"],
    phones=[canonical(PHONE, HOME_PHONE)],
    names=["Invex AB", "Eva Alm"],
    staff=[
        frozenset(
            {
                (NAME, "Eva Alm"),
                (EMAIL, "eva@invex.example"),
                (EMAIL, "eva@privat.example"),
                (PHONE, canonical(PHONE, HOME_PHONE)),
            }
        )
    ],
)


def test_staff_and_company_never_widen(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path / "i", STAFF)
    mixed = [("Anna Ek", "anna@kund.example"), ("Eva Alm", "eva@privat.example"), ("X", "nils@invex.example")]
    facts = [fact for name, email in mixed for fact in person(name=name, email=email).facts]
    facts += person(phone=HOME_PHONE).facts
    shelf.put("kort.vcf", record("card 1", kind="card", who=[Entity(Role.OWNER, facts)]))
    subject = shelf.widen("anna@kund.example", "Anna Ek")
    assert {one.value for one in subject} == {"anna@kund.example", "Anna Ek"}


def test_the_subject_may_be_a_member_of_staff(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path / "i", STAFF)
    eva = person(name="Eva Alm", email="eva@invex.example", phone=HOME_PHONE)
    shelf.put("kort.vcf", record("card 1", kind="card", who=[eva]))
    subject = shelf.widen("eva@invex.example")
    assert set(values(subject, NAME)) == {"Eva Alm"}, "her name is no longer the company's"
    assert not values(subject, PHONE)[canonical(PHONE, HOME_PHONE)].shared


def _id(other: str) -> Entity:
    return person(name="Anna Ek", email="anna@kund.example", id=other, phone=BO_PHONE)


def _birth(other: str) -> Entity:
    return person(name="Anna Ek", email="anna@kund.example", birth=other, phone=BO_PHONE)


@pytest.mark.parametrize(("entity", "other"), [(_id, BO_ID), (_birth, "1972-01-01")])
def test_another_personnummer_or_birth_date_vetoes(shelf: Shelf, entity: Callable[[str], Entity], other: str) -> None:
    shelf.put("lista.csv", record("row 1", kind="row", who=[entity(other)]))
    assert not values(shelf.widen("anna@kund.example", ANNA_ID), PHONE)


def test_the_same_birth_date_is_no_veto(shelf: Shelf) -> None:
    shelf.put("lista.csv", record("row 1", kind="row", who=[_birth("1985-03-12")]))
    assert values(shelf.widen("anna@kund.example", ANNA_ID), PHONE)


def test_another_name_vetoes(shelf: Shelf) -> None:
    bo = person(name="Bo Alm", email="anna@kund.example", phone=BO_PHONE)
    shelf.put("lista.csv", record("row 1", kind="row", who=[bo]))
    assert not values(shelf.widen("anna@kund.example", "Anna Ek"), PHONE)


@pytest.mark.parametrize(
    ("written", "asked"),
    [
        ("anna+klubben@kund.example", "anna@kund.example"),
        ("anna.ek@gmail.com", "annaek@gmail.com"),
        ("annaek@gmail.com", "anna.ek@googlemail.com"),
        ("anna@kund.example", "anna+klubben@kund.example"),
    ],
)
def test_other_spellings_of_a_mailbox_lead_on(shelf: Shelf, written: str, asked: str) -> None:
    shelf.put("a", record(who=[person(name="Anna Ek", email=written, phone=ANNA_PHONE)]))
    assert canonical(PHONE, ANNA_PHONE) in values(shelf.widen(asked), PHONE)


def test_dots_are_letters_elsewhere(shelf: Shelf) -> None:
    shelf.put("a", record(who=[person(name="Anna Ek", email="anna.ek@kund.example", phone=ANNA_PHONE)]))
    assert not values(shelf.widen("annaek@kund.example"), PHONE)


def test_an_address_is_added_as_a_second_fact(shelf: Shelf) -> None:
    home = person(name="Anna Ek", email="anna@kund.example", address="Hittepåvägen 7, 392 30 Kalmar")
    shelf.put("a", record(who=[home]))
    assert set(values(shelf.widen("anna@kund.example"), ADDRESS)) == {"hittepavagen 7 392 30 kalmar"}


def test_what_was_given_stays_first_and_is_not_doubled(shelf: Shelf) -> None:
    shelf.put("a", record(who=[ANNA]))
    subject = shelf.widen("anna@kund.example", ANNA_PHONE, "Anna Ek")
    assert [one.type for one in subject if one.given] == [EMAIL, PHONE, NAME]
    assert [one.given for one in subject[:3]] == [True] * 3
    assert len({(one.type, one.value) for one in subject}) == len(subject)
