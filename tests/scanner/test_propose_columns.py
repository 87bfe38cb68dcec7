"""Columns are proposed by their names and by what stands in them; what is printed is TOML, and holds no value."""

from __future__ import annotations

import tomllib
from datetime import date
from typing import Any

import pytest

from connectors.registers.describe import ColumnShape, ForeignKey, TableShape
from scanner.detect.base import DetectSettings
from scanner.registers.columns import Proposed, propose
from scanner.registers.toml import register, source_tables

TODAY = date(2026, 11, 23)
GIVEN = ["Anna", "Bo", "Cecilia", "David", "Erik", "Frida", "Gustav", "Hanna", "Ivar", "Johan"]
FAMILY = ["Ek", "Dal", "Lund", "Berg", "Alm", "Sjö", "Hed", "Holm", "Vik", "Ås"]
FULL = [f"{one} {other}" for one, other in zip(GIVEN, FAMILY, strict=True)]
EMAIL = [f"kund{number}@post.example" for number in range(10)]
PHONE = [f"070-174 06 {number:02}" for number in range(5, 15)]
NATIONAL = ["811218-9876", "19811218-9876", "8112189876"] * 3 + ["811218-9876"]
CITY = ["Uppsala", "Umeå"] * 5
NUMBER = [f"KND-{number}" for number in range(10000, 10010)]
NOTE = ["Ringde och ville ha en offert på nya fönster.", "Vill bli uppringd efter lunch på torsdag."] * 5
DIGITS = [str(number) for number in range(1, 11)]


def table(columns: dict[str, list[str] | list[None]], *, name: str = "t", key: str = "id", **more: Any) -> TableShape:
    rows = tuple(zip(*columns.values(), strict=True))
    shapes = tuple(ColumnShape(one) for one in columns)
    return TableShape(name, shapes, (key,) if key else (), sample=rows, **more)


def proposed(columns: dict[str, Any], *, patterns: tuple[str, ...] = (), **more: Any) -> dict[str, Proposed]:
    settings = DetectSettings(customer_numbers=patterns)
    return {one.column: one for one in propose(table(columns, **more), settings, TODAY).columns}


def told(found: dict[str, Proposed]) -> dict[str, tuple[str, bool]]:
    return {name: (one.kind, one.sure) for name, one in found.items()}


@pytest.mark.parametrize(
    ("name", "values", "kind"),
    [
        ("epost", EMAIL, "email"),
        ("Mobil", PHONE, "phone"),
        ("pnr", NATIONAL, "national_id"),
        ("Förnamn", GIVEN, "first_name"),
        ("last_name", FAMILY, "last_name"),
        ("kundnamn", FULL, "name"),
        ("kundnr", NUMBER, "customer_number"),
    ],
)
def test_a_name_that_its_values_bear_out(name: str, values: list[str], kind: str) -> None:
    assert told(proposed({name: values})) == {name: (kind, True)}


@pytest.mark.parametrize(
    ("values", "kind"), [(EMAIL, "email"), (PHONE, "phone"), (NATIONAL, "national_id"), (FULL, "name"), (NOTE, "text")]
)
def test_values_tell_of_themselves(values: list[str], kind: str) -> None:
    assert told(proposed({"q7": values})) == {"q7": (kind, True)}


def test_the_companys_own_customer_numbers_are_known_by_their_pattern() -> None:
    assert proposed({"q7": NUMBER}) == {}
    assert told(proposed({"q7": NUMBER}, patterns=("KND-[0-9]{5}",))) == {"q7": ("customer_number", True)}


def test_it_says_how_much_speaks_for_it() -> None:
    values = [*EMAIL[:8], "saknas", "okänd"]
    assert proposed({"q7": values})["q7"].because == "8 of 10 values are e-mail addresses"


@pytest.mark.parametrize("values", [["", "x"] * 5, [None] * 10])
def test_what_stands_against_its_name_is_unsure(values: list[Any]) -> None:
    """An empty column is what its name says; one full of other things is not."""
    assert told(proposed({"epost": values})) == {"epost": ("email", values[0] is None)}


def test_short_numbers_are_no_strong_customer_numbers() -> None:
    assert told(proposed({"kundnr": DIGITS, "epost": EMAIL}))["kundnr"] == ("customer_number", False)
    assert told(proposed({"kundnr": ["10401", "10402"] * 5, "epost": EMAIL}))["kundnr"] == ("customer_number", True)


def test_a_key_to_another_table_is_nobodys_number() -> None:
    key = ForeignKey(("kund_id",), "kunder", ("id",))
    found = proposed({"kund_id": ["10401", "10402"] * 5, "not": NOTE}, foreign_keys=(key,))
    assert told(found) == {"kund_id": ("customer_number", False), "not": ("text", True)}


def test_products_have_names_and_are_no_persons() -> None:
    found = proposed({"id": DIGITS, "namn": ["Fönster", "Dörr"] * 5, "pris": DIGITS})
    assert told(found) == {"namn": ("name", False)}


def test_others_in_the_row_are_kept_apart() -> None:
    columns = {"namn": FULL, "epost": EMAIL, "kontaktperson": FULL[::-1], "kontaktperson_epost": EMAIL[::-1]}
    found = proposed(columns)
    assert {name for name, one in found.items() if not one.who} == {"namn", "epost"}
    assert len({found["kontaktperson"].who, found["kontaktperson_epost"].who, ""}) == 2


def test_a_second_person_by_number() -> None:
    found = proposed({"Namn 1": FULL, "Tel 1": PHONE, "Namn 2": FULL[::-1], "Tel 2": PHONE[::-1]})
    assert found["Namn 1"].who == found["Tel 1"].who == ""
    assert found["Namn 2"].who == found["Tel 2"].who != ""


def test_two_columns_that_nothing_tells_apart_are_not_tied_together() -> None:
    found = proposed({"q1": EMAIL, "q2": EMAIL[::-1]})
    assert [one.sure for one in found.values()] == [True, False]


def test_numbers_of_other_things_are_no_phones() -> None:
    assert not any(one.sure for one in proposed({"ordernr": [str(4_601_740_600 + n) for n in range(10)]}).values())


KUNDER = table(
    {"id": DIGITS, "namn": FULL, "epost": EMAIL, "tel": PHONE, "mobil": PHONE, "anm": NOTE, "målsman": FULL[::-1]},
    name="kunder",
)
ORDER = table(
    {"id": DIGITS, "kund_id": DIGITS, "beskrivning": NOTE},
    name="order",
    foreign_keys=(ForeignKey(("kund_id",), "kunder", ("id",)),),
)
PRISER = table({"id": DIGITS, "pris": DIGITS}, name="priser")


def printed(*tables: TableShape) -> str:
    return source_tables("crm", [propose(one, DetectSettings(), TODAY) for one in tables])


def test_it_is_toml_that_says_what_was_proposed() -> None:
    text = printed(KUNDER, ORDER, PRISER)
    tables = tomllib.loads('[[source]]\nname = "crm"\n' + text)["source"][0]["table"]
    assert [one["name"] for one in tables] == ["kunder", "order"]
    person = {"name": "namn", "email": "epost", "phone": ["tel", "mobil"]}
    assert tables[0] == {"name": "kunder", "text": ["anm"], "person": person, "related": [{"name": "målsman"}]}
    assert tables[1] == {"name": "order", "text": ["beskrivning"]}
    assert '# [[source.table.with]]\n# table = "order"\n# column = "kund_id"\n# to = "id"\n' in text
    assert '# Nothing about persons was seen in: "priser"' in text


def test_no_value_is_printed() -> None:
    text = printed(KUNDER, ORDER)
    values = {value for one in (KUNDER, ORDER) for row in one.sample for value in row if value and not value.isdigit()}
    assert values
    assert not [value for value in values if value in text]


def test_a_table_without_a_key_is_a_comment() -> None:
    text = printed(table({"epost": EMAIL}, name="lista", key=""))
    assert tomllib.loads(text) == {}
    assert "no primary key" in text


def test_odd_names_are_written_as_toml_writes_them() -> None:
    odd = 'a "b"\\c\n\x7f]'
    text = register("kunder", ["x.csv"], "", propose(table({odd: EMAIL}), DetectSettings(), TODAY), header=True)
    (found,) = tomllib.loads(text)["register"]
    assert found == {"sources": ["kunder"], "match": ["x.csv"], "person": {"email": odd}}


def test_what_is_unsure_is_a_comment_as_a_whole() -> None:
    proposal = propose(table({"namn": ["Fönster", "Dörr"] * 5}), DetectSettings(), TODAY)
    text = register("kunder", ["x.csv"], "Blad1", proposal, header=False)
    assert tomllib.loads(text) == {}
    assert '# name = "namn"  # unsure: ' in text
