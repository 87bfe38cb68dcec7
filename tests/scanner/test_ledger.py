"""The ledger: what it knows again, what it says of nobody, and how long it keeps it."""

from __future__ import annotations

import sqlite3
import stat
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from config.model import Agent, Config
from connectors.base import Locator, Strength, Version
from connectors.errors import ConfigError
from scanner.ledger import FILE, Ledger
from scanner.ledger_seal import LedgerSealer, WrongLedgerKey
from scanner.ledger_tokens import PAIR, Weight, name_key, tokens_of
from scanner.model import Case, Step
from tests.scanner.ledger_shelf import (
    ADDRESS,
    CUSTOMER,
    EMAIL,
    NAME,
    NATIONAL,
    NOW,
    PHONE,
    TODAY,
    Shelf,
    added,
    finding,
    given,
)

ANNA = "anna.ek@kund.example"
WHO = [
    given(EMAIL, ANNA),
    given(NAME, "Anna Ek"),
    added(PHONE, "+46701740605"),
    added(NATIONAL, "198112189876"),
    added(CUSTOMER, "k-1001"),
    added(ADDRESS, "storgatan 1 umea"),
]
CONTENT = bytes(range(16))


@pytest.fixture
def shelf(tmp_path: Path) -> Iterator[Shelf]:
    made = Shelf(tmp_path / "state")
    yield made
    made.close()


def dump(path: Path) -> bytes:
    """Everything that another program reads in the file, and its raw bytes."""
    with sqlite3.connect(path) as db:
        names = [row[0] for row in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        rows = [row for name in names for row in db.execute(f"SELECT * FROM {name}")]
    return path.read_bytes() + repr(rows).encode()


def test_nothing_in_the_file_can_be_read(shelf: Shelf) -> None:
    case = shelf.case(*WHO, erased=["Anna Ek/avtal.txt"], contents=[CONTENT])
    shelf.put("Anna Ek/brev.txt", [(EMAIL, ANNA)])
    shelf.look()
    raw = dump(shelf.ledger.path)
    assert case.number.encode() in raw, "the witness reads the file"
    for word in ("anna", "Anna", "ek@kund", "701740605", "811218", "k-1001", "storgatan", "kunder", "avtal", "brev"):
        assert word.encode() not in raw
    for token in (CONTENT, CONTENT.hex().encode(), shelf.email(ANNA).to_bytes(8, "big", signed=True)):
        assert token not in raw, "not even the index's own tokens"
    assert shelf.ledger.sources(case.number) == ["kunder"]


def test_the_file_is_its_owners_only_and_overwrites_what_leaves(shelf: Shelf) -> None:
    assert stat.S_IMODE(shelf.ledger.path.stat().st_mode) == 0o600
    assert shelf.ledger.db.pragma("secure_delete") == 1
    assert shelf.ledger.db.pragma("synchronous") == 3  # EXTRA
    case = shelf.case(*WHO)
    tokens = [one.token for one in tokens_of(WHO, shelf.ledger.sealer)]
    assert all(token in dump(shelf.ledger.path) for token in tokens)
    shelf.ledger.forget(case.number)
    assert not any(token in dump(shelf.ledger.path) for token in tokens)


def test_noting_again_changes_nothing(shelf: Shelf) -> None:
    case = shelf.cases.new(WHO, NOW)
    steps = [Step(Locator("kunder", "a.txt"), Version("1", Strength.WEAK), CONTENT.hex(), (1,))]
    case.findings = [finding(1, "a.txt")]
    assert shelf.ledger.note(case, steps, shelf.index, NOW) > 0
    before = shelf.ledger.book()
    shelf.ledger.note(case, (), shelf.index, NOW + timedelta(days=3))
    assert shelf.ledger.book() == before
    assert [one.noted for one in shelf.ledger.entries()] == [TODAY]


def test_another_key_does_not_open_it(shelf: Shelf) -> None:
    with pytest.raises(WrongLedgerKey, match="ledger_key") as caught:
        Ledger(shelf.ledger.path, LedgerSealer(b"o" * 32))
    assert caught.value.exit_code == 2


def test_the_key_is_made_at_first_use_and_never_again(tmp_path: Path) -> None:
    (tmp_path / "state").mkdir()
    config = Config(tmp_path / "gallra.toml", Agent(tmp_path / "state"))
    key = tmp_path / "gallra-ledger.key"
    Ledger.open(config).close()
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    Ledger.open(config).close()
    lost = key.read_text()
    key.unlink()
    with pytest.raises(ConfigError, match="key of the ledger is not here"):
        Ledger.open(config)
    assert not key.exists()
    (tmp_path / "state" / FILE).unlink()
    Ledger.open(config).close()
    assert key.read_text() != lost


def weights(*subject: object) -> dict[str, set[Weight]]:
    found: dict[str, set[Weight]] = {}
    for one in tokens_of(subject, LedgerSealer(b"l" * 32)):  # type: ignore[arg-type]
        found.setdefault(str(one.kind), set()).add(one.weight)
    return found


def test_what_speaks_alone_and_what_beside_a_name_only() -> None:
    said = weights(*WHO)
    assert said["email"] == said["customer_number"] == {Weight.STRONG}
    assert said["national_id"] == {Weight.STRONG, Weight.WEAK}, "the neighbouring centuries are guesses"
    assert said["phone"] == {Weight.WEAK}
    assert said["address"] == said["birth_date"] == {Weight.FACT}
    assert said[PAIR] == {Weight.PROBABLE, Weight.NAMED}


def test_what_is_shared_never_speaks_alone() -> None:
    assert weights(added(EMAIL, "info@kund.example", shared=True)) == {"email": {Weight.FACT}}
    assert weights(added(PHONE, "+46701740605", shared=True)) == {"phone": {Weight.FACT}}


def test_a_name_alone_is_not_kept_and_one_word_is_no_name(shelf: Shelf) -> None:
    case = shelf.cases.new([given(NAME, "Anna Ek")], NOW)
    assert shelf.ledger.note(case, (), shelf.index, NOW) == 0
    assert shelf.ledger.book() == {}
    assert name_key("Anna") == ""
    assert name_key("EK, Ånna") == name_key("Anna Ek") == "anna ek"


def test_a_tagged_address_does_not_stand_for_the_whole_mailbox() -> None:
    plain, tagged = LedgerSealer(b"l" * 32).token("email", "fam@x.example"), given(EMAIL, "fam+anna@x.example")
    assert plain not in {one.token for one in tokens_of([tagged], LedgerSealer(b"l" * 32))}


def test_content_that_others_have_too_is_nobodys_own(shelf: Shelf) -> None:
    shelf.put("Anna Ek/villkor.pdf", content=CONTENT)
    shelf.put("mallar/villkor.pdf", content=CONTENT)
    shelf.case(*WHO, erased=["Anna Ek/villkor.pdf"], contents=[CONTENT])
    assert "content" not in {one.kind for known in shelf.ledger.book().values() for one in known}
    shelf.take("mallar/villkor.pdf")
    shelf.case(*WHO, erased=["Anna Ek/villkor.pdf"], contents=[CONTENT])
    assert "content" in {one.kind for known in shelf.ledger.book().values() for one in known}


def test_entries_are_kept_without_an_end_until_one_is_set(shelf: Shelf) -> None:
    first, second = shelf.case(*WHO), shelf.case(given(EMAIL, "bo@kund.example"))
    assert shelf.ledger.expire(date(2099, 1, 1)) == []
    shelf.ledger.keep_until(first.number, TODAY)
    assert shelf.ledger.expire(TODAY) == [], "through that day"
    assert shelf.ledger.expire(TODAY + timedelta(days=1)) == [first.number]
    assert [one.number for one in shelf.ledger.entries()] == [second.number]
    assert {one.number for known in shelf.ledger.book().values() for one in known} == {second.number}


def test_cases_of_one_person_are_known_as_such_and_a_household_is_not(shelf: Shelf) -> None:
    first = shelf.case(given(EMAIL, ANNA), given(CUSTOMER, "k-1"))
    again = shelf.case(given(EMAIL, ANNA))
    mate = shelf.case(given(EMAIL, "bo@kund.example"), given(CUSTOMER, "k-1"), added(EMAIL, ANNA))
    persons = shelf.ledger.persons()
    assert persons == {first.number: again.number, again.number: again.number, mate.number: mate.number}


def test_a_note_that_fails_half_way_leaves_nothing(shelf: Shelf) -> None:
    case = Case("2026-0009", NOW, list(WHO))
    with pytest.raises(RuntimeError), shelf.ledger.transaction():
        shelf.ledger.db.execute("INSERT INTO entry VALUES (?, '2026-01-01', NULL, x'')", (case.number,))
        raise RuntimeError
    assert shelf.ledger.entries() == []
