"""The second and third step: how far widening reaches, and the traps in which it would reach somebody else."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from scanner.identity.widen import Identity
from scanner.model import Choice, Whether
from scanner.records import Entity, Role
from tests.scanner.shelf import (
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

MAIL, WORK = "anna@kund.example", "anna@jobb.example"
LANDLINE = "08-465 004 10"


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return Shelf(tmp_path / "index.sqlite")


def put(shelf: Shelf, *rows: Entity, kind: str = "row") -> None:
    for number, row in enumerate(rows):
        shelf.put(f"{kind}{number}", record("row 1", kind=kind, who=[row]))


def test_what_was_added_by_a_row_leads_on_and_names_its_link(shelf: Shelf) -> None:
    put(
        shelf,
        person(name="Anna Ek", email=MAIL, phone=ANNA_PHONE),
        person(name="Anna Ek", phone=ANNA_PHONE, id=ANNA_ID),
    )
    found = values(shelf.widen(MAIL), ID)
    assert found[canonical(ID, ANNA_ID)].because == "stands with the added phone in kunder: row1 > row 1"


def chain(length: int) -> list[Entity]:
    """Rows that are joined one to the next: e-mail, phone, customer number, ..."""
    facts = [
        {"email": MAIL, "phone": ANNA_PHONE},
        {"phone": ANNA_PHONE, "customer": "KND-10001"},
        {"customer": "KND-10001", "id": ANNA_ID},
        {"id": ANNA_ID, "phone": BO_PHONE},
    ]
    return [person(Role.OWNER, name="Anna Ek", **one) for one in facts[:length]]


def test_three_steps_and_no_more(shelf: Shelf) -> None:
    put(shelf, *chain(4))
    subject = shelf.widen(MAIL)
    assert canonical(ID, ANNA_ID) in values(subject, ID), "the third step"
    assert canonical(PHONE, BO_PHONE) not in values(subject, PHONE), "the fourth"


@pytest.mark.parametrize("start", [MAIL, ANNA_PHONE, "KND-10001", ANNA_ID])
def test_every_start_reaches_the_same(shelf: Shelf, start: str) -> None:
    put(shelf, *chain(3))
    assert {one.value for one in shelf.widen(start)} == {
        "Anna Ek",
        MAIL,
        canonical(PHONE, ANNA_PHONE),
        "KND-10001",
        canonical(ID, ANNA_ID),
    }


@pytest.mark.parametrize("role", [Role.FROM, Role.TO, Role.ATTENDEE, Role.AUTHOR, Role.RELATED])
def test_headers_and_guests_carry_no_hop(shelf: Shelf, role: Role) -> None:
    """They may call themselves what they like; not from one is gone on, and to none."""
    put(shelf, person(role, name="Anna Ek", email=MAIL, phone=ANNA_PHONE))
    put(shelf, person(name="Anna Ek", phone=ANNA_PHONE, customer="KND-10001"), kind="card")
    assert not values(shelf.widen(MAIL), CUSTOMER)


def test_no_hop_goes_to_a_header(shelf: Shelf) -> None:
    put(shelf, person(name="Anna Ek", phone=ANNA_PHONE, email=MAIL))
    shelf.put("m", record(who=[person(Role.FROM, name="Anna Ek", email=MAIL, phone=BO_PHONE)]), mail=True)
    assert set(values(shelf.widen(ANNA_PHONE), PHONE)) == {canonical(PHONE, ANNA_PHONE)}


@pytest.mark.parametrize(
    "row",
    [
        {"name": "Bo Alm"},
        {},
        {"name": "Ek"},
        {"name": "A. Ek"},
        {"name": "Anna-Karin Ek"},
        {"name": "Karin Ek"},
        {"name": "Lisa"},
        {"name": "Anna Ek", "birth": "1972-01-01"},
        {"name": "Anna Ek", "id": BO_ID},
    ],
)
def test_who_does_not_bear_the_name_or_contradicts_is_not_followed(shelf: Shelf, row: dict[str, str]) -> None:
    put(
        shelf,
        person(name="Anna Ek", email=MAIL, phone=ANNA_PHONE, id=ANNA_ID),
        person(Role.OWNER, **row, phone=ANNA_PHONE, customer="KND-10002"),
    )
    assert not values(shelf.widen(MAIL), CUSTOMER)


def test_a_mistyped_phone_in_a_card_brings_nothing_of_who_has_it(shelf: Shelf) -> None:
    put(
        shelf,
        person(name="Anna Ek", email=MAIL, phone=BO_PHONE),
        person(name="Bo Alm", email="bo@kund.example", phone=BO_PHONE, customer="KND-10002"),
    )
    subject = shelf.widen(MAIL)
    assert {one.type for one in subject} == {EMAIL, NAME, PHONE}
    assert values(subject, PHONE)[canonical(PHONE, BO_PHONE)].shared, "told, and neither followed nor enough"


def test_a_family_phone_is_no_link(shelf: Shelf) -> None:
    family = [
        person(name=f"{first} Ek", phone=HOME_PHONE, customer=f"KND-2000{n}") for n, first in enumerate(("Bo", "Ida"))
    ]
    put(shelf, person(name="Anna Ek", email=MAIL, phone=HOME_PHONE), *family)
    subject = shelf.widen(MAIL)
    assert not values(subject, CUSTOMER)
    assert values(subject, PHONE)[canonical(PHONE, HOME_PHONE)].shared


def test_a_landline_is_no_link_between_two_of_one_name(shelf: Shelf) -> None:
    put(
        shelf,
        person(name="Lars Ek", email="lars@hem.example", phone=LANDLINE),
        person(name="Lars Ek", phone=LANDLINE, customer="KND-10002"),
    )
    assert not values(shelf.widen("lars@hem.example"), CUSTOMER)


@pytest.mark.parametrize("asked", [("lars@hem.example",), ("lars@hem.example", HOME_PHONE), (HOME_PHONE,)])
@pytest.mark.parametrize(
    "son",
    [{"email": "lasse@skola.example"}, {"customer": "KND-10002"}, {"email": "l@s.example", "customer": "KND-10002"}],
)
def test_father_and_son_of_one_name_and_phone_are_kept_apart(
    shelf: Shelf, asked: tuple[str, ...], son: dict[str, str]
) -> None:
    """No personnummer is known: each has an address, or a customer number, that the other lacks."""
    put(
        shelf,
        person(name="Lars Ek", email="lars@hem.example", phone=HOME_PHONE, customer="KND-10001"),
        person(Role.OWNER, name="Lars Ek", phone=HOME_PHONE, **son),
    )
    subject = shelf.widen(*asked)
    assert not {"lasse@skola.example", "KND-10002", "l@s.example"} & {one.value for one in subject}


def test_a_child_is_not_reached_over_a_parents_mobile(shelf: Shelf) -> None:
    born = date.today().replace(year=date.today().year - 10, day=1)
    put(
        shelf,
        person(name="Lars Ek", email="lars@hem.example", phone=HOME_PHONE),
        person(name="Lars Ek", phone=HOME_PHONE, birth=born.isoformat(), customer="KND-10002"),
    )
    assert not values(shelf.widen("lars@hem.example"), CUSTOMER)


def test_two_personnummer_on_the_way_and_neither_is_taken(shelf: Shelf) -> None:
    put(
        shelf,
        person(name="Lars Ek", email="lars@hem.example", phone=HOME_PHONE),
        person(name="Lars Ek", phone=HOME_PHONE, id=ANNA_ID),
        person(name="Lars Ek", phone=HOME_PHONE, id=BO_ID),
    )
    assert not values(shelf.widen("lars@hem.example"), ID)


def test_a_personnummer_and_another_birth_date_on_the_way_and_neither_is_taken(shelf: Shelf) -> None:
    put(
        shelf,
        person(name="Lars Ek", email="lars@hem.example", phone=HOME_PHONE),
        person(name="Lars Ek", email="lars@hem.example", id=ANNA_ID),
        person(name="Lars Ek", email="lars@hem.example", birth="1972-01-01"),
    )
    subject = shelf.widen("lars@hem.example")
    assert not values(subject, ID)
    assert {one.type for one in subject} == {EMAIL, NAME, PHONE}


def test_a_customer_number_that_was_given_again_is_no_link_and_not_enough(shelf: Shelf) -> None:
    put(
        shelf,
        person(name="Anna Ek", email=MAIL, customer="KND-10001"),
        person(name="Bo Alm", email="bo@kund.example", customer="KND-10001", phone=BO_PHONE),
    )
    subject = shelf.widen(MAIL)
    assert not values(subject, PHONE)
    assert values(subject, CUSTOMER)["KND-10001"].shared


def test_a_maiden_name_is_not_followed_by_itself(shelf: Shelf) -> None:
    put(
        shelf,
        person(name="Anna Ek", email=MAIL, phone=ANNA_PHONE),
        person(name="Anna Alm", phone=ANNA_PHONE, customer="KND-10001"),
    )
    assert not values(shelf.widen(MAIL), CUSTOMER)
    assert values(shelf.widen(MAIL, ANNA_PHONE, "Anna Ek", name="Anna Alm"), CUSTOMER), "asked for, it is"


def test_an_address_that_headers_alone_joined_leads_nowhere(shelf: Shelf) -> None:
    """From: "Anna Ek" <x@...> says what the sender likes: the name is unsure, and no row of that name is followed."""
    shelf.put("m", record(who=[person(Role.FROM, name="Anna Ek", email=MAIL)]), mail=True)
    put(shelf, person(name="Anna Ek", email=WORK, phone=ANNA_PHONE))
    subject = shelf.widen(MAIL)
    assert {one.value for one in subject} == {MAIL, "Anna Ek"}
    assert values(subject, NAME)["Anna Ek"].unsure


def test_an_other_century_of_one_personnummer_is_no_contradiction(shelf: Shelf) -> None:
    """Ten digits in a row may have been read into the wrong century."""
    put(shelf, person(name="Anna Ek", email=MAIL, id="850312-9804", phone=ANNA_PHONE))
    assert values(shelf.widen(MAIL, "18850312-9804"), PHONE)


@pytest.mark.parametrize("answer", [Whether.NO, Whether.UNSURE])
def test_what_a_person_ruled_out_is_not_added_nor_what_it_led_to(shelf: Shelf, answer: Whether) -> None:
    put(shelf, *chain(3))
    choice = Choice(CUSTOMER, "KND-10001", answer)
    given = shelf.given((MAIL,), {})
    subject = Identity(shelf.index, shelf.sealer, shelf.company).widen(given, [choice])
    assert {one.type for one in subject} == {EMAIL, NAME, PHONE}
