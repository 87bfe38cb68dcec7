"""Rows of databases: what each configured column becomes, whose related rows are, and what is no row at all."""

from __future__ import annotations

import json
from typing import Any

import pytest

from connectors.base import GapReason
from connectors.registers.columns import KINDS
from scanner.blob import Blob
from scanner.detect.base import DetectSettings
from scanner.detect.detector import Detector
from scanner.expand import Expansion
from scanner.formats import person_facts
from scanner.formats.sniff import ROW, sniff
from scanner.limits import Limits
from scanner.records import Entity, Fact, IdType, Record, Role, Unread

ANNA = [
    ["first_name", "fornamn", "Anna"],
    ["last_name", "efternamn", "Ek"],
    ["email", "epost", "anna.ek@kund.example"],
    ["phone", "mobil", "070-174 06 05"],
    ["customer_number", "nr", "4711"],
    ["address", "gata", "Storgatan 1"],
    ["postcode", "postnr", "753 31"],
    ["city", "ort", "Uppsala"],
]
BO = [["name", "kontakt", "Bo Dal"], ["email", "kontakt_epost", "bo.dal@kund.example"]]


def blob(row: Any, media_type: str | None = ROW) -> Blob:
    return Blob(json.dumps(row, ensure_ascii=False).encode(), "kunder-1.row", media_type=media_type)


def read(row: Any) -> list[Record | Unread]:
    return list(Expansion(blob(row), Limits()))


def person(columns: list[list[Any]], *, related: bool = False) -> dict[str, Any]:
    return {"related": related, "columns": columns}


def own(row: Any) -> Record:
    (found,) = [one for one in read(row) if isinstance(one, Record) and not one.steps]
    return found


def test_names_and_addresses_are_put_together() -> None:
    record = own({"table": "kunder", "persons": [person(ANNA)], "text": [["anm", "Ring efter lunch."]]})
    assert record.kind == "row"
    assert record.entities == [
        Entity(
            Role.OWNER,
            [
                Fact(IdType.NAME, "Anna Ek"),
                Fact(IdType.EMAIL, "anna.ek@kund.example"),
                Fact(IdType.PHONE, "070-174 06 05"),
                Fact(IdType.CUSTOMER_NUMBER, "4711"),
                Fact(IdType.ADDRESS, "Storgatan 1 753 31 Uppsala"),
            ],
        )
    ]
    assert [text for _, text in record.texts][1:] == ["Ring efter lunch."]
    told = record.texts[0][1]
    assert all(value in told for _, _, value in ANNA)


def test_a_customer_number_counts_though_no_pattern_knows_it() -> None:
    record = own({"table": "kunder", "persons": [person(ANNA)]})
    found = Detector(DetectSettings()).mentions(record)
    assert (IdType.CUSTOMER_NUMBER, "4711", Role.OWNER, 1) in {tuple(one) for one in found}


def test_others_in_the_row_are_persons_of_their_own() -> None:
    record = own({"table": "kunder", "persons": [person(ANNA), person(BO, related=True)]})
    assert [entity.role for entity in record.entities] == [Role.OWNER, Role.RELATED]
    assert Fact(IdType.EMAIL, "bo.dal@kund.example") in record.entities[1].facts


def test_two_names_in_one_column_tie_nothing_together() -> None:
    row = {"table": "k", "persons": [person([["name", "namn", "Bo Ek & Åsa Öberg"], ["phone", "tel", "070-1740605"]])]}
    assert all(len(entity.facts) == 1 for entity in own(row).entities)


def test_a_related_row_is_about_whom_the_row_is_about() -> None:
    row = {
        "table": "kunder",
        "persons": [person(ANNA)],
        "with": [
            {"table": "order", "key": "1", "persons": [], "text": [["not", "Blå bil"]]},
            {"table": "order", "key": "2", "persons": [person(BO)], "text": []},
            {"table": "samtal", "key": "1", "persons": [person(BO, related=True)], "text": [["om", None]]},
        ],
    }
    records = {one.steps: one for one in read(row) if isinstance(one, Record)}
    first = records["sheet order", "row 1"]
    assert first.kind == "row"
    assert first.texts == [(Role.BODY, "Blå bil")]
    assert Fact(IdType.EMAIL, "anna.ek@kund.example") in first.entities[0].facts
    assert [one.facts[0].value for one in records["sheet order", "row 2"].entities] == ["Bo Dal"]
    third = records["sheet samtal", "row 1"]
    assert [one.role for one in third.entities] == [Role.OWNER, Role.RELATED]
    assert () in records
    assert len(records) == 4


def test_a_row_is_also_the_one_its_key_leads_to() -> None:
    row = {
        "table": "order",
        "persons": [],
        "text": [["n", "x"]],
        "parent": {"table": "kunder", "persons": [person(ANNA)]},
    }
    (entity,) = own(row).entities
    assert entity.role is Role.OWNER
    assert Fact(IdType.EMAIL, "anna.ek@kund.example") in entity.facts
    assert "anna.ek" not in " ".join(text for _, text in own(row).texts)


def test_the_same_row_gives_the_same_records() -> None:
    row = {"table": "k", "persons": [person(ANNA)], "with": [{"table": "o", "key": "9", "persons": [], "text": []}]}
    assert read(row) == read(row)


def test_every_kind_of_column_is_told() -> None:
    assert set(person_facts.TYPES) == set(KINDS)
    values = [[kind, kind, "anna@kund.example" if kind == "email" else "Storgatan 12"] for kind in KINDS]
    said = {fact.type for fact in own({"table": "k", "persons": [person(values)]}).entities[0].facts}
    assert said == set(person_facts.TYPES.values())


def test_a_town_alone_is_no_address() -> None:
    assert own({"table": "k", "persons": [person([["city", "ort", "Uppsala"]])]}).entities == []


def test_each_street_has_its_own_town() -> None:
    columns = [
        ["address", "a", "Gatan 1"],
        ["address", "b", "Vägen 2"],
        ["city", "c", "Uppsala"],
        ["city", "d", "Umeå"],
    ]
    (entity,) = own({"table": "k", "persons": [person(columns)]}).entities
    assert [fact.value for fact in entity.facts] == ["Gatan 1 Uppsala", "Vägen 2 Umeå"]


@pytest.mark.parametrize("value", [None, "", "  "])
def test_empty_columns_name_nobody(value: str | None) -> None:
    assert own({"table": "k", "persons": [person([["email", "e", value], ["name", "n", value]])]}).entities == []


@pytest.mark.parametrize(
    "row",
    [
        [1],
        "x",
        {"table": "k", "persons": [person([["shoe", "skor", "42"]])]},
        {"table": "k", "persons": [person([["email"]])]},
        {"table": "k", "persons": {}},
        {"table": "k", "text": [["a"]]},
        {"table": "k", "with": [{"key": "1"}]},
        {"table": "k", "parent": []},
    ],
)
def test_what_is_no_row_is_a_gap(row: Any) -> None:
    assert GapReason.UNREADABLE in [one.reason for one in read(row) if isinstance(one, Unread)]


def test_bytes_that_are_no_json_are_a_gap() -> None:
    found = list(Expansion(Blob(b"{\xff", "k.row", media_type=ROW), Limits()))
    assert [one.reason for one in found if isinstance(one, Unread)] == [GapReason.UNREADABLE]


def test_only_a_register_says_that_something_is_a_row() -> None:
    row = {"table": "kunder", "persons": [person(ANNA)]}
    assert sniff(blob(row)) == "row"
    assert sniff(blob(row, None)) == "json"
    assert sniff(blob(row, "application/json")) == "json"
