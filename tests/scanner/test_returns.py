"""What came back is told, from where, how surely; what never left, or was decided to stay, is not."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from scanner.model import State
from tests.scanner.ledger_shelf import (
    ADDRESS,
    BIRTH,
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

ANNA, BO, MOBILE = "anna.ek@kund.example", "bo.dal@kund.example", "+46701740605"
CONTENT = bytes(range(16))
NUMBER, OTHER_NUMBER, STREET = "198112189876", "199001019802", "storgatan 1"
WHO = [given(EMAIL, ANNA), given(NAME, "Anna Ek"), added(PHONE, MOBILE)]


@pytest.fixture
def shelf(tmp_path: Path) -> Iterator[Shelf]:
    made = Shelf(tmp_path / "state")
    yield made
    made.close()


# -- what is told -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("subject", "entity", "said"),
    [
        ([given(EMAIL, ANNA)], [(EMAIL, ANNA)], "certain"),
        ([added(CUSTOMER, "k-1")], [(CUSTOMER, "k-1")], "certain"),
        ([given(NATIONAL, NUMBER)], [(NATIONAL, NUMBER)], "certain"),
        ([added(PHONE, MOBILE)], [(PHONE, MOBILE)], "possible"),
        (WHO, [(PHONE, MOBILE), (NAME, "Ek, Anna")], "probable"),
        (WHO, [(PHONE, MOBILE), (NAME, "Bo Dal")], "possible"),
        ([given(NAME, "Anna Ek"), added(ADDRESS, STREET)], [(NAME, "ANNA EK"), (ADDRESS, STREET)], "probable"),
        ([given(NAME, "Anna Ek"), added(ADDRESS, STREET)], [(ADDRESS, STREET)], None),
        ([given(NAME, "Anna Ek"), added(ADDRESS, STREET)], [(NAME, "Bo Ek"), (ADDRESS, STREET)], None),
        ([given(NAME, "Anna Ek")], [(NAME, "Anna Ek")], None),
        ([added(EMAIL, "info@kund.example", shared=True)], [(EMAIL, "info@kund.example")], None),
        ([given(NATIONAL, NUMBER), given(EMAIL, ANNA)], [(EMAIL, ANNA), (NATIONAL, OTHER_NUMBER)], "possible"),
        ([given(NATIONAL, NUMBER), given(EMAIL, ANNA)], [(EMAIL, ANNA), (BIRTH, "1990-01-01")], "possible"),
        ([given(NATIONAL, NUMBER), given(EMAIL, ANNA)], [(EMAIL, ANNA), (BIRTH, "1981-12-18")], "certain"),
        ([given(NATIONAL, NUMBER), given(NAME, "Anna Ek")], [(NAME, "Anna Ek"), (BIRTH, "1981-12-18")], "probable"),
        (WHO, [(EMAIL, BO), (NAME, "Bo Dal")], None),
    ],
)  # fmt: skip
def test_how_surely_it_is_the_same_person(shelf: Shelf, subject: Any, entity: Any, said: str | None) -> None:
    shelf.case(*subject)
    shelf.put("lista.csv", entity)
    assert [tier for _, tier, _ in shelf.told()] == ([said] if said else [])


def test_it_is_told_where_and_of_which_case(shelf: Shelf) -> None:
    case = shelf.case(*WHO)
    shelf.put("lista.csv", [(EMAIL, BO)], [(EMAIL, ANNA), (NAME, "Anna Ek"), (PHONE, MOBILE)])
    (one,) = shelf.look()
    assert (one.number, one.noted, str(one.locator)) == (case.number, TODAY, "kunder:lista.csv")
    assert one.within == (("row 2",),)
    assert one.evidence == ("email", "name", "phone")
    assert one.identifiers == {(EMAIL, ANNA): True, (NAME, "Anna Ek"): True, (PHONE, MOBILE): False}
    assert ANNA not in repr(one), "for a log it has no identifiers"


def test_an_items_very_content_is_a_return_without_any_identifier(shelf: Shelf) -> None:
    shelf.put("Anna Ek/kvitto.txt", content=CONTENT)
    shelf.case(*WHO, erased=["Anna Ek/kvitto.txt"], contents=[CONTENT])
    shelf.take("Anna Ek/kvitto.txt")
    assert shelf.told() == []
    shelf.put("återläst/kvitto.txt", content=CONTENT)
    shelf.put("återläst/annat.txt", content=bytes(16))
    assert shelf.told() == [("återläst/kvitto.txt", "certain", ("content",))]


def test_it_is_told_every_time_until_it_is_gone(shelf: Shelf) -> None:
    shelf.case(*WHO)
    shelf.put("a.csv", [(EMAIL, ANNA)])
    assert shelf.told() == shelf.told() == [("a.csv", "certain", ("email",))]
    shelf.take("a.csv")
    assert shelf.told() == []
    shelf.put("a.csv", [(EMAIL, ANNA)])
    assert len(shelf.told()) == 1


def test_only_what_is_new_is_looked_at(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    shelf.case(*WHO)
    opened: list[int] = []
    real = shelf.index.identifiers

    def counting(tokens: Iterable[int]) -> dict[int, Any]:
        wanted = list(tokens)
        opened.extend(wanted)
        return real(wanted)

    monkeypatch.setattr(shelf.index, "identifiers", counting)
    shelf.put("gammal.csv", *([(EMAIL, f"kund{number}@x.example")] for number in range(50)))
    assert shelf.told() == []
    assert len(opened) == 50
    opened.clear()
    shelf.put("ny.csv", [(EMAIL, BO)])
    assert shelf.told() == []
    assert opened == [shelf.email(BO)]
    opened.clear()
    assert shelf.told() == []
    assert opened == []


def test_what_was_there_before_the_first_erasure_is_that_cases_own_business(shelf: Shelf) -> None:
    shelf.put("lista.csv", [(EMAIL, ANNA)])
    shelf.case(*WHO)
    assert shelf.told() == []


def test_a_new_index_is_looked_through_from_its_start(shelf: Shelf, tmp_path: Path) -> None:
    shelf.case(*WHO)
    shelf.put("a.csv", *([(EMAIL, f"kund{number}@x.example")] for number in range(9)))
    shelf.look()
    other = Shelf(tmp_path / "ny")
    try:
        other.put("b.csv", [(EMAIL, ANNA)])
        other.ledger.close()
        other.ledger = shelf.ledger
        assert [path for path, *_ in other.told()] == ["b.csv"]
    finally:
        other.close()


def test_a_look_that_is_cut_off_is_made_again(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    shelf.case(*WHO)
    shelf.put("a.csv", [(EMAIL, ANNA)])

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(shelf.ledger, "saw", killed)
        with pytest.raises(KeyboardInterrupt):
            shelf.look()
    assert len(shelf.told()) == 1


def test_who_is_forgotten_is_not_told_any_more(shelf: Shelf) -> None:
    case = shelf.case(*WHO)
    shelf.put("a.csv", [(EMAIL, ANNA)])
    shelf.ledger.keep_until(case.number, TODAY)
    assert len(shelf.look(TODAY)) == 1
    assert shelf.look(TODAY + timedelta(days=1)) == []


def test_one_person_erased_twice_comes_back_once(shelf: Shelf) -> None:
    shelf.case(given(EMAIL, ANNA), given(CUSTOMER, "k-1"))
    second = shelf.case(given(EMAIL, ANNA))
    shelf.put("a.csv", [(EMAIL, ANNA)], [(CUSTOMER, "k-1")])
    assert [(one.number, one.within) for one in shelf.look()] == [(second.number, (("row 1",), ("row 2",)))]


# -- what is held or kept ---------------------------------------------------------------------------------------------


def closed(shelf: Shelf, state: State = State.KEPT, until: date | None = None, *, whole: bool = False) -> str:
    """A closed case that keeps row 2 of lista.csv (or the whole of it), and has erased the rest."""
    case = shelf.case(*WHO, erased=["Anna Ek/avtal.txt"])
    steps = () if whole else ("row 2",)
    case.findings.append(finding(2, "lista.csv", *steps, state=state, until=until))
    shelf.keep(case)
    return case.number


LIST = ([(EMAIL, BO)], [(EMAIL, ANNA), (NAME, "Anna Ek")])


def test_what_was_kept_is_no_return_though_its_list_changes(shelf: Shelf) -> None:
    shelf.put("lista.csv", *LIST, content=CONTENT)
    closed(shelf)
    shelf.put("lista.csv", [(EMAIL, "ny@x.example")], *LIST, content=bytes(16), version="2")
    assert shelf.told() == []


def test_another_row_beside_the_kept_one_is_a_return(shelf: Shelf) -> None:
    shelf.put("lista.csv", *LIST, content=CONTENT)
    closed(shelf)
    shelf.put("lista.csv", *LIST, [(EMAIL, ANNA), (NAME, "Anna Ek"), (PHONE, MOBILE)], version="2")
    assert [one.within for one in shelf.look()] == [(("row 3",),)]


def test_a_second_row_just_like_the_kept_one_is_a_return(shelf: Shelf) -> None:
    shelf.put("lista.csv", *LIST, content=CONTENT)
    closed(shelf)
    shelf.put("lista.csv", *LIST, LIST[1], version="2")
    assert [one.within for one in shelf.look()] == [(("row 2",), ("row 3",))]


def test_the_kept_row_in_another_file_is_a_return(shelf: Shelf) -> None:
    shelf.put("lista.csv", *LIST, content=CONTENT)
    closed(shelf)
    shelf.put("kopia.csv", *LIST, content=bytes(16))
    assert [path for path, *_ in shelf.told()] == ["kopia.csv"]


def test_a_held_item_that_moves_is_no_return(shelf: Shelf) -> None:
    shelf.put("lista.csv", *LIST, content=CONTENT)
    closed(shelf, State.HELD, date(2033, 12, 31), whole=True)
    shelf.take("lista.csv")
    shelf.put("Arkiv/lista.csv", *LIST, content=CONTENT)
    assert shelf.told() == []


def test_a_copy_of_a_held_item_that_is_still_in_its_place_is_a_return(shelf: Shelf) -> None:
    shelf.put("lista.csv", *LIST, content=CONTENT)
    closed(shelf, State.HELD, date(2033, 12, 31), whole=True)
    shelf.put("kopia.csv", *LIST, content=CONTENT)
    shelf.put("lista.csv", *LIST, content=CONTENT, version="2")
    assert [path for path, *_ in shelf.told()] == ["kopia.csv"]


def test_what_one_keeps_of_his_own_hides_nobody_elses_return(shelf: Shelf) -> None:
    shelf.put("lista.csv", *LIST, content=CONTENT)
    bo = shelf.case(given(EMAIL, BO))
    bo.findings = [finding(1, "lista.csv", "row 1", state=State.KEPT)]
    shelf.keep(bo)
    anna = shelf.case(*WHO)
    shelf.put("lista.csv", *LIST, content=CONTENT, version="2")
    assert [(one.number, one.within) for one in shelf.look()] == [(anna.number, (("row 2",),))]


def test_what_was_kept_and_then_erased_is_a_return(shelf: Shelf) -> None:
    shelf.put("lista.csv", *LIST, content=CONTENT)
    closed(shelf, whole=True)
    shelf.case(*WHO, erased=["lista.csv"], contents=[CONTENT])
    shelf.put("lista.csv", *LIST, content=CONTENT, version="2")
    assert [path for path, *_ in shelf.told()] == ["lista.csv"]


def test_when_the_hold_ends_it_is_told_wherever_it_lies(shelf: Shelf) -> None:
    last = date(2033, 12, 31)
    shelf.put("lista.csv", *LIST, content=CONTENT)
    number = closed(shelf, State.HELD, last, whole=True)
    shelf.take("lista.csv")
    shelf.put("Arkiv/lista.csv", *LIST, content=CONTENT)
    assert shelf.look(last) == []
    (one,) = shelf.look(last + timedelta(days=1))
    assert (one.number, one.locator.path, one.ended, one.tier) == (number, "Arkiv/lista.csv", last, "certain")


def test_a_hold_that_ends_is_told_also_where_nothing_was_ever_erased(shelf: Shelf) -> None:
    last = date(2033, 12, 31)
    shelf.put("lista.csv", *LIST, content=CONTENT)
    number = closed(shelf, State.HELD, last, whole=True)
    shelf.ledger.forget(number)
    assert shelf.look(last) == []
    (one,) = shelf.look(last + timedelta(days=1))
    assert (one.number, one.locator.path, one.ended, one.identifiers) == (number, "lista.csv", last, {})


# -- cases that are open yet ------------------------------------------------------------------------------------------


def opened(shelf: Shelf, *findings: Any) -> str:
    case = shelf.cases.new(WHO, NOW)
    case.findings = list(findings)
    case.status = "verified"
    shelf.ledger.note(case, (), shelf.index, NOW)
    shelf.cases.save(case)
    return case.number


def test_what_an_open_case_has_not_erased_is_no_return(shelf: Shelf) -> None:
    opened(shelf, finding(1, "lista.csv", "row 2", state=State.OPEN))
    shelf.put("lista.csv", *LIST)
    assert shelf.told() == []


def test_what_an_open_case_has_erased_is_one(shelf: Shelf) -> None:
    number = opened(shelf, finding(1, "lista.csv", "row 2"), finding(2, "brev.txt", state=State.KEPT))
    shelf.put("lista.csv", *LIST)
    shelf.put("brev.txt", [(EMAIL, ANNA)])
    assert [(one.number, one.locator.path) for one in shelf.look()] == [(number, "lista.csv")]


def test_one_row_that_waits_does_not_hide_another_that_came_back(shelf: Shelf) -> None:
    opened(shelf, finding(1, "lista.csv", "row 2", state=State.OPEN), finding(2, "lista.csv", "row 3"))
    shelf.put("lista.csv", *LIST, [(EMAIL, ANNA), (PHONE, MOBILE)])
    assert [one.locator.path for one in shelf.look()] == ["lista.csv"]
