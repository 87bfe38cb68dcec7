"""What the index says of a subject, record by record, and whom else an item names."""

from __future__ import annotations

from pathlib import Path

import pytest

from connectors.base import GapReason
from scanner.candidates import Candidate, Candidates
from scanner.company import Company
from scanner.model import Evidence
from scanner.records import Record, Role, Unread
from tests.scanner.shelf import (
    ANNA_ID,
    ANNA_PHONE,
    BO_ID,
    BO_PHONE,
    EMAIL,
    HOME_PHONE,
    ID,
    NAME,
    PHONE,
    Shelf,
    person,
    record,
)


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return Shelf(tmp_path / "index.sqlite", STAFF)


STAFF = Company(
    domains=["invex.example"], emails=["eva@privat.example"], names=["Invex AB", "Eva Alm"], phones=["+46846500400"]
)
ANNA = {"name": "Anna Ek", "email": "anna@kund.example"}


def only(found: list[Candidate]) -> Candidate:
    assert len(found) == 1
    return found[0]


def test_evidence_says_what_was_seen_and_where(shelf: Shelf) -> None:
    mail = record(text=f"Ring {ANNA_PHONE}", who=[person(Role.FROM, **ANNA)])
    shelf.put("INBOX/1", mail, mail=True)
    hit = only(shelf.candidates("anna@kund.example", ANNA_PHONE)).hits[0]
    assert hit.evidence == {Evidence(EMAIL, Role.FROM), Evidence(NAME, Role.FROM), Evidence(PHONE, Role.BODY)}
    assert hit.strong
    assert not hit.words_only


def test_only_records_that_hold_something_are_hits(shelf: Shelf) -> None:
    rows = [record(f"row {n}", kind="row", text=text) for n, text in enumerate(("x", "anna@kund.example", "y"), 1)]
    shelf.put("lista.csv", *rows)
    assert [hit.record.steps for hit in only(shelf.candidates("anna@kund.example")).hits] == [("row 2",)]


def test_a_shared_identifier_finds_and_is_no_second_fact(shelf: Shelf) -> None:
    shelf.put("a.txt", record(text="info@bolag.example"))
    hit = only(shelf.candidates("info@bolag.example")).hits[0]
    assert (hit.strong, hit.weak, hit.searched) == (False, False, True)


def test_words_that_may_be_the_name_wait_for_a_look(shelf: Shelf) -> None:
    shelf.put("a.txt", record(text="Anna kom. Sedan kom Ek."))
    found = only(shelf.candidates("Anna Ek"))
    assert found.needs_look
    assert found.hits[0].words_only
    assert not found.hits[0].evidence


def test_words_in_two_records_are_no_name(shelf: Shelf) -> None:
    shelf.put("a.xlsx", record("row 1", kind="row", text="Anna"), record("row 500", kind="row", text="Ek"))
    assert shelf.candidates("Anna Ek") == []


def test_a_name_in_an_entity_needs_no_look(shelf: Shelf) -> None:
    shelf.put("a.vcf", record("card 1", kind="card", who=[person(name="Ek, Anna")]))
    found = only(shelf.candidates("Anna Ek"))
    assert not found.needs_look
    assert found.hits[0].named


def test_an_entity_with_another_personnummer_speaks_for_somebody_else(shelf: Shelf) -> None:
    shelf.put("a.csv", record("row 1", kind="row", who=[person(**ANNA, id=BO_ID)]))
    hit = only(shelf.candidates("anna@kund.example", "Anna Ek", ANNA_ID)).hits[0]
    assert (hit.strong, hit.weak, hit.named, hit.words_only) == (False, True, False, False)


def test_a_veto_holds_in_its_entity_only(shelf: Shelf) -> None:
    """Another's personnummer in the next entity, or in the text beside, is no evidence against her."""
    shelf.put("a.eml", record(who=[person(**ANNA), person(name="Bo Dal", id=BO_ID)]), mail=True)
    shelf.put("b.txt", record(text=f"anna@kund.example {BO_ID}"))
    found = shelf.candidates("anna@kund.example", ANNA_ID)
    assert [one.hits[0].strong for one in found] == [True, True]


def test_a_namesake_with_another_birth_date_is_no_hit(shelf: Shelf) -> None:
    shelf.put("a.vcf", record("card 1", kind="card", who=[person(name="Anna Ek", birth="1972-01-01")]))
    found = shelf.candidates("Anna Ek", ANNA_ID)
    assert all(not hit.named and not hit.words_only for one in found for hit in one.hits)


def test_the_file_name_and_its_folders_are_evidence(shelf: Shelf) -> None:
    shelf.put("Anna Ek/offert_anna_ek.txt", record(text="x"))
    hit = only(shelf.candidates("Anna Ek")).hits[0]
    assert hit.evidence == {Evidence(NAME, Role.FILENAME), Evidence(NAME, Role.PATH)}


def test_the_path_of_a_mail_is_the_servers(shelf: Shelf) -> None:
    shelf.put("Anna Ek/17", record(text="anna@kund.example"), mail=True)
    hit = only(shelf.candidates("anna@kund.example", "Anna Ek")).hits[0]
    assert hit.evidence == {Evidence(EMAIL, Role.BODY)}


def test_a_personnummer_of_another_century_is_weak(shelf: Shelf) -> None:
    shelf.put("a.txt", record(text="personnummer 850312-9804"))
    hit = only(shelf.candidates("18850312-9804")).hits[0]
    assert (hit.strong, hit.weak) == (False, True)


@pytest.mark.parametrize("written", ["anna+x@gmail.com", "a.nna@gmail.com", "anna@googlemail.com"])
def test_other_spellings_of_an_address_are_strong(shelf: Shelf, written: str) -> None:
    shelf.put("a.txt", record(text=written))
    assert only(shelf.candidates("anna@gmail.com")).hits[0].strong


# -- others ---------------------------------------------------------------------------------------------------------


def others(shelf: Shelf, *records: Record, mail: bool = False) -> int:
    shelf.put("x", record(text="anna@kund.example"), *records, mail=mail)
    return only(shelf.candidates("anna@kund.example", "Anna Ek", ANNA_PHONE)).others


def test_nobody_else(shelf: Shelf) -> None:
    assert others(shelf, record("part 1", who=[person(**ANNA)], text=f"Ek, Anna {ANNA_PHONE}")) == 0


def test_others_are_counted_in_the_whole_item(shelf: Shelf) -> None:
    row = record("row 9", kind="row", who=[person(name="Bo Dal", email="bo@kund.example", id=BO_ID)])
    assert others(shelf, row, record("row 10", text=f"{BO_PHONE} bo@kund.example")) == 4


@pytest.mark.parametrize(
    "entity",
    [
        person(Role.FROM, name="Ny Kollega", email="ny@invex.example"),
        person(Role.CC, name="Eva Alm", email="eva@privat.example"),
        person(Role.TO, name="Invex kundtjänst", email="info@invex.example"),
        person(Role.OWNER, name="Eva Alm", email="eva@invex.example", phone=HOME_PHONE),
        person(Role.FROM, name="Anna Ek", email="noreply@formular.example"),
        person(Role.TO, name="Admin"),
        person(Role.TRACE, email="srs0=x@relay.example"),
    ],
)
def test_who_is_no_other_person(shelf: Shelf, entity: object) -> None:
    assert others(shelf, record("part 1", who=[entity]), mail=True) == 0  # type: ignore[list-item]


@pytest.mark.parametrize(
    "entity",
    [
        person(Role.OWNER, name="Bo Dal", email="info@invex.example"),  # a customer whose contact is our own desk
        person(Role.OWNER, name="Bo Dal", email="eva@invex.example"),  # our seller stands in his row
        person(Role.FROM, name="Bo Dal", email="info@invex.example"),  # he wrote on our web page
        person(Role.OWNER, name="Bo Dal", phone="+46846500400"),
        person(Role.FROM, name="Bo Dal", email="noreply@formular.example"),
        person(Role.OWNER, name="Anna Ek", email="anna@kund.example", id=BO_ID),
    ],
)
def test_who_is(shelf: Shelf, entity: object) -> None:
    """Taking one of these for nobody would erase a person's data along with the subject's."""
    shelf.put("x", record(text=f"anna@kund.example {ANNA_ID}"), record("row 1", kind="row", who=[entity]))  # type: ignore[list-item]
    assert only(shelf.candidates("anna@kund.example", "Anna Ek", ANNA_ID)).others > 0


def test_a_ten_digit_phone_that_passes_for_a_personnummer_is_no_other_person(shelf: Shelf) -> None:
    """070-10... written as 0701012389: a date and a check digit by chance."""
    phone = next(
        f"070101{number:04d}" for number in range(10_000) if _luhn(f"070101{number:04d}")
    )  # 2007-01-01 is a day, and the number is a mobile's
    shelf.put("x.txt", record(text=f"anna@kund.example {phone}"))
    found = only(shelf.candidates("anna@kund.example", phone=phone))
    assert {kind for kind, _ in _identifiers(shelf)} >= {ID, PHONE}, "the detector takes it for both"
    assert found.others == 0


def test_a_list_is_a_list_beyond_a_hundred(shelf: Shelf) -> None:
    text = " ".join(f"n{number}@kund.example" for number in range(300))
    assert others(shelf, record("part 1", text=text)) == 100


# -- the item ---------------------------------------------------------------------------------------------------------


def test_an_item_with_a_gap_is_marked(shelf: Shelf) -> None:
    shelf.put("a.zip", record(text="anna@kund.example"), unread=[Unread(("member b",), GapReason.ENCRYPTED)])
    shelf.put("b.txt", record(text="anna@kund.example"))
    assert [one.unread for one in shelf.candidates("anna@kund.example")] == [True, False]


def test_a_stale_item_is_marked(shelf: Shelf) -> None:
    shelf.put("a.txt", record(text="anna@kund.example"))
    item = only(shelf.candidates("anna@kund.example")).item
    shelf.index.mark_stale([item.id])
    assert only(shelf.candidates("anna@kund.example")).unread


def test_a_source_that_is_not_configured_is_not_asked(shelf: Shelf) -> None:
    shelf.put("a.txt", record(text="anna@kund.example"), source="gammal")
    assert shelf.candidates("anna@kund.example") == []


def test_items_come_in_order(shelf: Shelf) -> None:
    for path in ("b.txt", "a.txt", "c/a.txt"):
        shelf.put(path, record(text="anna@kund.example"))
    assert [one.item.path for one in shelf.candidates("anna@kund.example")] == ["a.txt", "b.txt", "c/a.txt"]


def _luhn(digits: str) -> bool:
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (1 + place % 2)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def _identifiers(shelf: Shelf) -> set[tuple[object, str]]:
    records = shelf.index.records(range(1, 50))
    tokens = {mention.token for view in records for mention in view.mentions}
    return set(shelf.index.identifiers(tokens).values())


def test_an_initial_is_looked_for_where_its_letter_and_the_family_name_stand(shelf: Shelf) -> None:
    for name, text in (("a", "A. Ek"), ("b", "B. Ek"), ("c", "A. Dal")):
        shelf.put(f"{name}.txt", record(text=text))
    hit = only(shelf.candidates("Anna Ek")).hits[0]
    assert (hit.words_only, hit.hinted, hit.named) == (False, True, False)


def test_where_too_many_may_be_meant_by_an_initial_none_is_looked_at_and_it_is_said(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("scanner.candidates._MOST_HINTED", 3)
    for number in range(5):
        shelf.put(f"{number}.txt", record(text="A. Ek"))
        asked = Candidates(shelf.index, shelf.sealer, STAFF, {"kunder"})
        found = asked.of(shelf.widen("Anna Ek"))
        assert (len(found), asked.too_many) == ((number + 1, False) if number < 3 else (0, True))


def test_an_initial_in_an_entity_is_no_name(shelf: Shelf) -> None:
    shelf.put("a.vcf", record("card 1", kind="card", who=[person(name="A. Ek", phone=HOME_PHONE)]))
    hit = only(shelf.candidates("Anna Ek")).hits[0]
    assert (hit.named, hit.perhaps) == (False, True)
    assert {seen.how for seen in hit.evidence} == {"initial"}
