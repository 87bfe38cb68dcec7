"""Name and city, the links that are missing, who else bears the name, and identifiers of two persons."""

from __future__ import annotations

from pathlib import Path

import pytest

from scanner.company import Company
from scanner.identity.city import BARE, NOBODY, SEVERAL
from scanner.identity.conflict import two_persons
from scanner.identity.look import Look
from scanner.identity.missing import DOUBTFUL
from scanner.identity.suggest import MOST
from scanner.identity.widen import Identity, Known
from scanner.model import Choice, SubjectId, Whether
from scanner.records import Entity, IdType, Role
from tests.scanner.shelf import (
    ANNA_ID,
    ANNA_PHONE,
    BO_ID,
    BO_PHONE,
    EMAIL,
    HOME_PHONE,
    ID,
    PHONE,
    Shelf,
    canonical,
    person,
    record,
    values,
)

MAIL, OTHER = "anna@kund.example", "anna2@x.example"
KALMAR, MALMO = "Hittepåvägen 7, 392 30 Kalmar", "Storgatan 2, 211 45 Malmö"


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return Shelf(tmp_path / "index.sqlite")


def put(shelf: Shelf, *rows: Entity, kind: str = "row") -> None:
    for number, row in enumerate(rows):
        shelf.put(f"{kind}{number}", record("row 1", kind=kind, who=[row]))


def learn(shelf: Shelf, *words: str, city: str = "", choices: tuple[Choice, ...] = ()) -> Known:
    given = shelf.given(words, {})
    given += [SubjectId(IdType.CITY, city, given=True)] if city else []
    company = shelf.company.without([(one.type, one.value) for one in given])
    return Identity(shelf.index, shelf.sealer, company).learn(given, choices)


def pairs(known: Known) -> set[str]:
    return {one.value for one in known.suggestions}


# Name and city


@pytest.mark.parametrize(
    ("address", "city"),
    [(KALMAR, "kalmar"), (KALMAR + ", Sverige", "kalmar"), ("Box 1, 194 00 Upplands Väsby", "upplands vasby")],
)
def test_the_one_of_that_name_there_is_followed(shelf: Shelf, address: str, city: str) -> None:
    put(
        shelf,
        person(name="Anna Ek", address=address, phone=ANNA_PHONE),
        person(name="Anna Ek", phone=ANNA_PHONE, email=MAIL),
    )
    put(shelf, person(name="Anna Ek", address=MALMO, email=OTHER), kind="card")
    known = learn(shelf, "Anna Ek", city=city)
    assert set(values(known.subject, EMAIL)) == {MAIL}
    assert values(known.subject, PHONE)[canonical(PHONE, ANNA_PHONE)].because == (
        "bears the given name and city in kunder: row0 > row 1"
    )
    assert known.missing == []


@pytest.mark.parametrize("address", ["Kalmargatan 7, 211 45 Malmö", "Kalmar 7, 211 45 Malmö", MALMO])
def test_a_street_of_the_citys_name_is_not_in_it(shelf: Shelf, address: str) -> None:
    put(shelf, person(name="Anna Ek", address=address, email=MAIL))
    known = learn(shelf, "Anna Ek", city="kalmar")
    assert not values(known.subject, EMAIL)
    assert known.missing == [NOBODY]


TWO = [
    ({"email": MAIL}, {"email": OTHER}),
    ({"email": MAIL}, {"phone": ANNA_PHONE}),
    ({"phone": HOME_PHONE, "email": MAIL}, {"phone": HOME_PHONE, "email": OTHER}),
    ({"email": MAIL, "id": ANNA_ID}, {"email": MAIL, "id": BO_ID}),
    ({"email": MAIL, "birth": "1985-03-12"}, {"email": MAIL, "birth": "1972-01-01"}),
    ({"email": MAIL, "id": ANNA_ID}, {"email": MAIL, "birth": "1972-01-01"}),
]


@pytest.mark.parametrize(("one", "other"), TWO)
def test_where_they_may_be_two_none_is_followed(shelf: Shelf, one: dict[str, str], other: dict[str, str]) -> None:
    put(shelf, *(person(Role.OWNER, name="Anna Ek", address=KALMAR, **facts) for facts in (one, other)))
    known = learn(shelf, "Anna Ek", city="kalmar")
    assert [one.given for one in known.subject] == [True, True]
    assert known.missing == [SEVERAL]


def test_two_entries_that_an_identifier_joins_are_one_person(shelf: Shelf) -> None:
    put(
        shelf,
        *(
            person(Role.OWNER, name="Anna Ek", address=KALMAR, phone=ANNA_PHONE, **more)
            for more in ({}, {"email": MAIL})
        ),
    )
    assert set(values(learn(shelf, "Anna Ek", city="kalmar").subject, EMAIL)) == {MAIL}


@pytest.mark.parametrize("name", ["Bo Ek", "A. Berg", "Ek"])
def test_others_in_the_city_are_not_she(shelf: Shelf, name: str) -> None:
    put(shelf, person(name=name, address=KALMAR, email=MAIL))
    assert learn(shelf, "Anna Ek", city="kalmar").missing == [NOBODY]


def test_an_entry_with_nothing_but_the_address_is_the_missing_link(shelf: Shelf) -> None:
    put(shelf, person(name="Anna Ek", address=KALMAR))
    assert learn(shelf, "Anna Ek", city="kalmar").missing == [BARE]


def test_a_mails_sender_lives_nowhere(shelf: Shelf) -> None:
    shelf.put("m", record(who=[person(Role.FROM, name="Anna Ek", email=MAIL, address=KALMAR)]), mail=True)
    assert learn(shelf, "Anna Ek", city="kalmar").missing == [NOBODY]


# Missing links


def test_a_phone_that_nothing_joins_to_an_address_says_so(shelf: Shelf) -> None:
    put(shelf, person(name="Anna Ek", phone=ANNA_PHONE))
    assert learn(shelf, ANNA_PHONE).missing == ["no register row or card joins this phone to an e-mail address"]


def test_a_phone_that_stands_nowhere_lacks_the_name_too(shelf: Shelf) -> None:
    assert len(learn(shelf, ANNA_PHONE).missing) == 2


def test_a_shared_phone_says_that_it_was_not_followed(shelf: Shelf) -> None:
    put(shelf, person(name="Anna Ek", phone=HOME_PHONE), person(name="Bo Ek", phone=HOME_PHONE))
    assert learn(shelf, HOME_PHONE).missing == [
        "the given phone is used by several persons: nothing was added through it"
    ]


def test_a_name_alone_says_what_to_give(shelf: Shelf) -> None:
    (sentence,) = learn(shelf, "Anna Ek").missing
    assert "a name alone" in sentence


def test_nothing_is_missing_where_all_is_joined(shelf: Shelf) -> None:
    put(shelf, person(name="Anna Ek", phone=ANNA_PHONE, email=MAIL))
    assert [learn(shelf, one).missing for one in (ANNA_PHONE, MAIL)] == [[], []]


def test_what_may_be_anothers_of_the_name_is_told_and_suggested(shelf: Shelf) -> None:
    put(
        shelf,
        person(name="Lars Ek", email="lars@hem.example", phone=HOME_PHONE),
        person(name="Lars Ek", email="lasse@skola.example", phone=HOME_PHONE),
    )
    known = learn(shelf, "lars@hem.example")
    assert DOUBTFUL in known.missing
    assert pairs(known) == {"lasse@skola.example"}


# Suggestions


def test_the_same_name_with_another_address_is_suggested_with_its_places(shelf: Shelf) -> None:
    put(shelf, person(name="Anna Ek", email=MAIL, phone=ANNA_PHONE))
    for number in range(3):
        shelf.put(f"m{number}", record(who=[person(Role.FROM, name="Ek, Anna", email=OTHER)]), mail=True)
    shelf.put("z", record("card 1", kind="card", who=[person(name="Anna Ek", email=OTHER, phone=BO_PHONE)]))
    known = learn(shelf, MAIL)
    (one,) = known.suggestions
    assert (one.name, one.type, one.value, one.places, one.where) == ("Ek, Anna", EMAIL, OTHER, 4, "kunder: m0")
    assert OTHER not in {each.value for each in known.subject}, "shown, and not searched"


@pytest.mark.parametrize(
    "row",
    [
        {"name": "Anna Ek", "email": OTHER, "id": BO_ID},
        {"name": "Anna Ek", "email": OTHER, "birth": "1972-01-01"},
        {"name": "Bo Ek", "email": OTHER},
        {"name": "A. Ek", "email": OTHER},
        {"name": "Anna Ek", "email": "info@bolag.example"},
        {"name": "Anna Ek", "email": "anna@invex.example"},
        {"name": "Anna Ek", "email": MAIL},
        {"name": "Anna Ek", "id": ANNA_ID},
        {"name": "Anna Ek"},
    ],
)
def test_who_is_known_to_be_another_or_is_the_companys_is_not_suggested(shelf: Shelf, row: dict[str, str]) -> None:
    put(shelf, person(name="Anna Ek", email=MAIL, id=ANNA_ID), person(Role.OWNER, **row))
    assert learn(shelf, MAIL).suggestions == []


def test_one_entry_of_another_personnummer_rules_out_all_that_is_joined_to_it(shelf: Shelf) -> None:
    put(
        shelf,
        person(name="Anna Ek", email=MAIL, id=ANNA_ID),
        person(name="Anna Ek", email=OTHER, phone=BO_PHONE),
        person(name="Anna Ek", phone=BO_PHONE, id=BO_ID),
    )
    assert learn(shelf, MAIL).suggestions == []


def test_staff_of_that_name_are_not_suggested(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path / "i", Company(emails=["anna@privat.example"], names=["Anna Ek"]))
    put(
        shelf, person(name="Anna Ek", email=MAIL, phone=ANNA_PHONE), person(name="Anna Ek", email="anna@privat.example")
    )
    assert learn(shelf, MAIL, "Anna Ek").suggestions == []


def test_few_are_shown_and_the_most_frequent_first(shelf: Shelf) -> None:
    put(shelf, *(person(name="Anna Ek", email=f"anna{number}@x.example") for number in range(MOST + 5)))
    shelf.put("again", record("card 1", kind="card", who=[person(name="Anna Ek", email=f"anna{MOST}@x.example")]))
    found = learn(shelf, "Anna Ek").suggestions
    assert len(found) == MOST
    assert (found[0].value, found[0].places) == (f"anna{MOST}@x.example", 2)


def test_decisions_are_remembered(shelf: Shelf) -> None:
    put(shelf, person(name="Anna Ek", email=MAIL), person(name="Anna Ek", email=OTHER, phone=BO_PHONE))
    no = learn(shelf, MAIL, "Anna Ek", choices=(Choice(EMAIL, OTHER, Whether.NO),))
    assert no.suggestions == []
    unsure = learn(shelf, MAIL, "Anna Ek", choices=(Choice(EMAIL, OTHER, Whether.UNSURE),))
    assert [(one.value, one.unsure) for one in unsure.suggestions] == [(OTHER, True)]
    gone = learn(shelf, MAIL, "Anna Ek", choices=(Choice(EMAIL, "x@y.example", Whether.UNSURE),))
    assert ("x@y.example", True) in {(one.value, one.unsure) for one in gone.suggestions}, "shown, wherever it stood"


# Two persons


def conflict(shelf: Shelf, *words: str) -> list[list[str]]:
    return two_persons(Look(shelf.index, shelf.sealer), {one: one.value for one in shelf.given(words, {})})


BO = "bo@kund.example"


def couple(shelf: Shelf, **more: str) -> None:
    put(
        shelf,
        person(Role.OWNER, name="Anna Ek", email=MAIL, phone=ANNA_PHONE, address=KALMAR, **more),
        person(Role.OWNER, name="Bo Ek", email=BO, phone=BO_PHONE, address=KALMAR, **more),
    )


def test_identifiers_of_two_persons_are_told_by_person(shelf: Shelf) -> None:
    couple(shelf)
    assert conflict(shelf, MAIL, BO, BO_PHONE, ANNA_PHONE) == [
        [canonical(PHONE, ANNA_PHONE), MAIL],
        [canonical(PHONE, BO_PHONE), BO],
    ] or conflict(shelf, MAIL, BO, BO_PHONE, ANNA_PHONE) == [
        [canonical(PHONE, BO_PHONE), BO],
        [canonical(PHONE, ANNA_PHONE), MAIL],
    ]


def test_all_of_one_person_agree(shelf: Shelf) -> None:
    couple(shelf)
    assert conflict(shelf, MAIL, ANNA_PHONE) == []
    assert conflict(shelf, MAIL, "nobody@x.example") == [], "what stands nowhere speaks for nothing"


@pytest.mark.parametrize("asked", [(HOME_PHONE,), (MAIL, HOME_PHONE), (MAIL, HOME_PHONE, ANNA_PHONE)])
def test_a_couples_phone_trips_nothing(shelf: Shelf, asked: tuple[str, ...]) -> None:
    couple(shelf)
    put(shelf, *(person(name=name, phone=HOME_PHONE) for name in ("Anna Ek", "Bo Ek")), kind="card")
    assert conflict(shelf, *asked) == []


def test_a_couples_phone_joins_no_two(shelf: Shelf) -> None:
    couple(shelf)
    put(shelf, *(person(name=n, phone=HOME_PHONE, email=e) for n, e in (("Anna Ek", MAIL), ("Bo Ek", BO))), kind="card")
    assert len(conflict(shelf, MAIL, BO, HOME_PHONE)) == 2


def test_two_of_one_name_and_different_personnummer_are_two(shelf: Shelf) -> None:
    put(shelf, person(name="Anna Ek", email=MAIL, id=ANNA_ID), person(name="Anna Ek", email=OTHER, id=BO_ID))
    assert len(conflict(shelf, MAIL, OTHER)) == 2
    assert len(conflict(shelf, ANNA_ID, OTHER)) == 2


@pytest.mark.parametrize("name", ["Anna Alm", "Anki Ek", "Ek, Anna", "Salong Klipp", "kundtjänst x"])
def test_a_maiden_name_or_a_firm_is_no_other_person(shelf: Shelf, name: str) -> None:
    put(shelf, person(name="Anna Ek", email=MAIL), person(name=name, email=OTHER))
    assert conflict(shelf, MAIL, OTHER) == []


def test_what_stands_together_somewhere_is_one_persons(shelf: Shelf) -> None:
    put(
        shelf,
        person(name="Anna Ek", email=MAIL),
        person(name="Bo Alm", email=OTHER),
        person(email=OTHER, customer="KND-1"),
    )
    put(shelf, person(email=MAIL, phone=ANNA_PHONE), person(email=OTHER, phone=ANNA_PHONE), kind="card")
    assert len(conflict(shelf, MAIL, OTHER)) == 2
    put(shelf, Entity(Role.OWNER, [*person(email=MAIL).facts, *person(email=OTHER).facts]), kind="both")
    assert conflict(shelf, MAIL, OTHER) == []


def test_a_name_beside_an_identifier_is_weighed_by_the_widening(shelf: Shelf) -> None:
    couple(shelf)
    assert conflict(shelf, "Anna Ek", BO) == [], "a maiden name may be asked for"
    known = learn(shelf, "Anna Ek", BO)
    assert not values(known.subject, ID)
    assert canonical(PHONE, BO_PHONE) not in values(known.subject, PHONE)
