"""Tiers, inheritance, and the looks that come before anything is said or proposed."""

from __future__ import annotations

from pathlib import Path

import pytest

from connectors.base import GapReason
from scanner.model import Action, Finding, Ownership, Tier
from scanner.records import IdType, Role, Unread
from tests.scanner.shelf import ANNA_ID, ANNA_PHONE, BO_ID, HOME_PHONE, Shelf, person, record

ASKED = ("anna@kund.example", "Anna Ek", ANNA_ID)
ANNA = {"name": "Anna Ek", "email": "anna@kund.example"}


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return Shelf(tmp_path / "index.sqlite")


def tiers(found: list[Finding]) -> dict[str, str]:
    return {"/".join([one.locator.path, *one.locator.steps]): one.tier.value for one in found}


@pytest.mark.parametrize("text", ["anna@kund.example", ANNA_ID, "ANNA@KUND.EXAMPLE", "19850312 9804"])
def test_a_strong_identifier_is_certain(shelf: Shelf, text: str) -> None:
    shelf.put("a.txt", record(text=text))
    assert tiers(shelf.find(*ASKED)) == {"a.txt": "certain"}


def test_a_name_alone_is_possible(shelf: Shelf) -> None:
    shelf.put("a.txt", record(text="Anna Ek"))
    shelf.seen("a.txt", ())
    (found,) = shelf.find(*ASKED)
    assert (found.tier, found.action) == (Tier.POSSIBLE, Action.DECIDE)


def test_a_shared_identifier_alone_is_possible(shelf: Shelf) -> None:
    shelf.put("a.txt", record(text="info@bolag.example"))
    (found,) = shelf.find("info@bolag.example")
    assert (found.tier, found.action) == (Tier.POSSIBLE, Action.DECIDE)


def test_a_name_and_an_address_of_a_desk_are_possible(shelf: Shelf) -> None:
    """Whoever works there may be a namesake."""
    shelf.put("a.txt", record(text="Anna Ek, info@bolag.example"))
    shelf.seen("a.txt", ())
    assert tiers(shelf.find("info@bolag.example", "Anna Ek")) == {"a.txt": "possible"}


def test_a_name_and_the_phone_of_the_family_are_probable(shelf: Shelf) -> None:
    for number, name in enumerate(("Anna Ek", "Bo Ek", "Cia Lo"), 1):
        shelf.put(f"{number}.vcf", record("card 1", kind="card", who=[person(name=name, phone=HOME_PHONE)]))
    shelf.put("a.txt", record(text=f"Anna Ek, {HOME_PHONE}"))
    shelf.seen("a.txt", ())
    assert tiers(shelf.find("Anna Ek", HOME_PHONE))["a.txt"] == "probable"


def test_a_name_and_a_phone_that_many_answer_are_possible(shelf: Shelf) -> None:
    rows = [
        person(name=f"{given} Ek", phone=HOME_PHONE) for given in ("Anna", "Bo", "Cia", "Dan", "Eva", "Finn", "Gun")
    ]
    shelf.put("lista.csv", *(record(f"row {n}", kind="row", who=[one]) for n, one in enumerate(rows, 1)))
    shelf.put("a.txt", record(text=f"Anna Ek, {HOME_PHONE}"))
    shelf.seen("a.txt", ())
    assert tiers(shelf.find("Anna Ek", HOME_PHONE))["a.txt"] == "possible"


def test_a_home_of_two_namesakes_is_no_second_fact(shelf: Shelf) -> None:
    """Mother and daughter of one name in one house: the daughter's personnummer tells that there are two."""
    home = "Hittepåvägen 7, 392 30 Kalmar"
    shelf.put("register.csv", record("row 1", kind="row", who=[person(**ANNA, id=ANNA_ID, address=home)]))
    shelf.put("annan.csv", record("row 1", kind="row", who=[person(name="Anna Ek", id=BO_ID, address=home)]))
    shelf.put("gammal.csv", record("row 1", kind="row", who=[person(name="Ek, Anna", address=home)]))
    shelf.put("brev.txt", record(text="Anna Ek\nHittepåvägen 7\n39230 Kalmar"))
    shelf.seen("brev.txt", (), addressed=True)
    found = tiers(shelf.find("anna@kund.example"))
    assert (found["register.csv/row 1"], found["gammal.csv/row 1"]) == ("certain", "possible")
    assert found["brev.txt"] == "possible"


@pytest.mark.parametrize("town", ["Kalmar", "392 30 Kalmar", "392 30  KALMAR, Sverige"])
def test_a_name_and_a_town_are_possible(shelf: Shelf, town: str) -> None:
    shelf.put("register.csv", record("row 1", kind="row", who=[person(**ANNA, address=town)]))
    shelf.put("gammal.csv", record("row 1", kind="row", who=[person(name="Ek, Anna", address=town)]))
    shelf.put("brev.txt", record(text=f"Anna Ek, {town}"))
    shelf.seen("brev.txt", (), addressed=True)
    found = tiers(shelf.find("anna@kund.example"))
    assert (found["gammal.csv/row 1"], found["brev.txt"]) == ("possible", "possible")


def test_a_name_and_the_home_address_in_a_row_are_probable(shelf: Shelf) -> None:
    home = "Hittepåvägen 7, 392 30 Kalmar"
    shelf.put("register.csv", record("row 1", kind="row", who=[person(**ANNA, address=home)]))
    shelf.put("gammal.csv", record("row 1", kind="row", who=[person(name="Ek, Anna", address=home)]))
    assert tiers(shelf.find("anna@kund.example"))["gammal.csv/row 1"] == "probable"


def test_a_name_and_the_home_address_in_free_text_are_probable(shelf: Shelf) -> None:
    home = "Hittepåvägen 7, 392 30 Kalmar"
    shelf.put("register.csv", record("row 1", kind="row", who=[person(**ANNA, address=home)]))
    shelf.put("brev.txt", record(text="Anna Ek\nHittepåvägen 7\n39230 Kalmar"))
    shelf.seen("brev.txt", (), addressed=True)
    found = {one.locator.path: one for one in shelf.find("anna@kund.example")}
    assert found["brev.txt"].tier is Tier.PROBABLE
    assert {seen.type for seen in found["brev.txt"].evidence} == {IdType.NAME, IdType.ADDRESS}


def test_a_mere_address_is_nothing(shelf: Shelf) -> None:
    """The neighbour's row."""
    home = "Hittepåvägen 7, 392 30 Kalmar"
    shelf.put("register.csv", record("row 1", kind="row", who=[person(**ANNA, address=home)]))
    shelf.put("annan.csv", record("row 1", kind="row", who=[person(name="Bo Dal", address=home)]))
    assert list(tiers(shelf.find("anna@kund.example"))) == ["register.csv/row 1"]


def test_a_name_in_the_own_folder_is_probable(shelf: Shelf) -> None:
    shelf.put("Anna Ek/avtal.txt", record(text="anna@kund.example"))
    shelf.put("Anna Ek/kvitto.txt", record(text="Kund: ANNA EK"))
    shelf.put("Anna Ek/tom.txt", record(text="inget"))
    assert tiers(shelf.find(*ASKED)) == {
        "Anna Ek/avtal.txt": "certain",
        "Anna Ek/kvitto.txt": "probable",
        "Anna Ek/tom.txt": "probable",
    }


def test_a_namesakes_folder_is_possible_at_most(shelf: Shelf) -> None:
    shelf.put("Anna Ek (Malmö)/avtal.txt", record(who=[person(name="Anna Ek", email="ae@posten.example", id=BO_ID)]))
    shelf.put("Anna Ek (Malmö)/kvitto.txt", record(text="Anna Ek"))
    for path in ("avtal", "kvitto"):
        shelf.seen(f"Anna Ek (Malmö)/{path}.txt", ())
    assert {one.tier for one in shelf.find(*ASKED)} == {Tier.POSSIBLE}
    assert {one.action for one in shelf.find(*ASKED)} == {Action.DECIDE}


def test_a_mails_attachment_inherits_from_the_mail(shelf: Shelf) -> None:
    shelf.put(
        "INBOX/1",
        record("attachment 1: order.pdf", "page 1", kind="page", text="Beställare: Anna Ek"),
        record(kind="message", who=[person(Role.FROM, **ANNA)]),
        mail=True,
    )
    shelf.seen("INBOX/1", ("attachment 1: order.pdf", "page 1"))
    assert tiers(shelf.find(*ASKED)) == {
        "INBOX/1": "certain",
        "INBOX/1/attachment 1: order.pdf/page 1": "probable",
    }


@pytest.mark.parametrize("kind", ["row", "card", "event", "todo"])
def test_a_listed_record_does_not_inherit(shelf: Shelf, kind: str) -> None:
    """Anna mails a list; the Anna Ek in its third row may be a namesake."""
    steps = ("attachment 1: lista.csv", f"{kind} 3")
    shelf.put(
        "INBOX/1",
        record(*steps, kind=kind, text="Anna Ek"),
        record(kind="message", who=[person(Role.FROM, **ANNA)]),
        mail=True,
    )
    shelf.seen("INBOX/1", steps)
    assert tiers(shelf.find(*ASKED))["INBOX/1/" + "/".join(steps)] == "possible"


def test_a_file_gives_nothing_on(shelf: Shelf) -> None:
    """A certain member of an archive makes no other member probable."""
    shelf.put("a.zip", record("member a", text="anna@kund.example"), record("member b", text="Anna Ek"))
    shelf.seen("a.zip", ("member b",))
    assert tiers(shelf.find(*ASKED)) == {"a.zip/member a": "certain", "a.zip/member b": "possible"}


def test_an_outer_mail_does_not_inherit_from_the_inner(shelf: Shelf) -> None:
    shelf.put(
        "INBOX/1",
        record("attachment 1: m.eml", kind="message", who=[person(Role.FROM, **ANNA)]),
        record(kind="message", text="Anna Ek"),
        mail=True,
    )
    shelf.seen("INBOX/1", ())
    assert tiers(shelf.find(*ASKED))["INBOX/1"] == "possible"


# -- words that stand apart (promise 17) ----------------------------------------------------------------------------


def test_words_apart_in_a_record_are_no_name_once_somebody_looked(shelf: Shelf) -> None:
    shelf.put("a.txt", record(text="Anna kom. Sedan kom Ek."))
    shelf.seen("a.txt")
    assert shelf.find(*ASKED) == []
    assert [task.path for task in shelf.looked] == ["a.txt"]


def test_where_nobody_could_look_they_are_possible_and_wait(shelf: Shelf) -> None:
    shelf.put("a.txt", record(text="Anna kom. Sedan kom Ek."))
    (found,) = shelf.find(*ASKED)
    assert (found.tier, found.action) == (Tier.POSSIBLE, Action.DECIDE)


def test_where_the_item_has_changed_they_are_possible(shelf: Shelf) -> None:
    """The name may stand elsewhere in it now; the next scan tells."""
    shelf.put("a.txt", record(text="Anna kom. Sedan kom Ek."))
    shelf.seen("a.txt", changed=True)
    (found,) = shelf.find(*ASKED)
    assert (found.tier, found.action) == (Tier.POSSIBLE, Action.DECIDE)


def test_rows_that_share_a_name_are_none(shelf: Shelf) -> None:
    """Promise 17."""
    shelf.put("a.xlsx", record("sheet L", "row 1", kind="row", text="Anna"), record("sheet L", "row 500", text="Ek"))
    assert shelf.find(*ASKED) == []
    assert not shelf.looked, "not even a look is needed"


# -- what may be proposed ---------------------------------------------------------------------------------------------


def test_nothing_is_proposed_before_its_live_text_was_looked_at(shelf: Shelf) -> None:
    shelf.put("a.txt", record(text="anna@kund.example"))
    (found,) = shelf.find(*ASKED)
    assert [task.path for task in shelf.looked] == ["a.txt"]
    assert (found.tier, found.ownership, found.action) == (Tier.CERTAIN, Ownership.OWN, Action.DECIDE)
    shelf.seen("a.txt")
    (found,) = shelf.find(*ASKED)
    assert found.action is Action.REMOVE
    assert found.reason is None


def test_other_persons_in_the_live_text_take_the_proposal_back(shelf: Shelf) -> None:
    shelf.put("a.txt", record(text="anna@kund.example"))
    shelf.seen("a.txt", others=2)
    (found,) = shelf.find(*ASKED)
    assert found.action is Action.DECIDE
    assert found.others == 2


def test_a_change_since_the_scan_takes_the_proposal_back(shelf: Shelf) -> None:
    shelf.put("a.txt", record(text="anna@kund.example"))
    shelf.seen("a.txt", changed=True)
    assert shelf.find(*ASKED)[0].action is Action.DECIDE


def test_what_is_shared_waits_where_nothing_can_be_taken_out(shelf: Shelf) -> None:
    shelf.put("a.csv", record("row 1", text="anna@kund.example"), record("row 2", text="bo@kund.example"))
    (found,) = shelf.find(*ASKED)
    assert (found.action, found.offer) == (Action.DECIDE, Action.NONE)
    assert [task.wanted for task in shelf.looked] == [(("row 1",),)]


def test_hard_links_and_gaps_inside_wait(shelf: Shelf) -> None:
    shelf.put("a.txt", record(text="anna@kund.example"), links=2)
    shelf.put("b.zip", record(text="anna@kund.example"), unread=[Unread(("member x",), GapReason.ENCRYPTED)])
    for path in ("a.txt", "b.zip"):
        shelf.seen(path)
    assert {one.action for one in shelf.find(*ASKED)} == {Action.DECIDE}


def test_every_item_is_looked_at_once(shelf: Shelf) -> None:
    """A mail that is confirmed by a look is not read again before it is proposed."""
    shelf.put("INBOX/1", record(who=[person(Role.FROM, **ANNA)]), record("part 1", text="Anna Ek"), mail=True)
    shelf.seen("INBOX/1", ("part 1",))
    assert {one.action for one in shelf.find(*ASKED)} == {Action.REMOVE}
    assert len(shelf.looked) == 1


def test_findings_are_numbered_with_the_own_ones_first(shelf: Shelf) -> None:
    for row in (10, 9):
        shelf.put(f"{row}.csv", record(f"row {row}", text="anna@kund.example"), record("row 1", text="bo@x.example"))
    shelf.put("z.csv", *(record(f"row {n}", text="anna@kund.example") for n in (10, 9)))
    shelf.seen("z.csv")
    found = shelf.find(*ASKED)
    assert [one.id for one in found] == [1, 2, 3, 4]
    assert [(one.locator.path, one.locator.steps) for one in found] == [
        ("z.csv", ("row 9",)),
        ("z.csv", ("row 10",)),
        ("10.csv", ("row 10",)),
        ("9.csv", ("row 9",)),
    ]


def test_a_phone_that_two_use_is_possible_alone(shelf: Shelf) -> None:
    shelf.put("a.vcf", record("card 1", kind="card", who=[person(**ANNA, phone=ANNA_PHONE)]))
    shelf.put("b.vcf", record("card 1", kind="card", who=[person(name="Bo Dal", phone=ANNA_PHONE)]))
    shelf.put("c.txt", record(text=f"Ring {ANNA_PHONE}"))
    found = tiers(shelf.find("anna@kund.example"))
    assert found["c.txt"] == "possible"
    assert found["a.vcf/card 1"] == "certain"
    assert found["b.vcf/card 1"] == "possible"


@pytest.mark.parametrize(
    ("asked", "name"), [("Anna Ek", "A. Ek"), ("Eva Lindqvist", "Eva Lindkvist"), ("Anna Ek", "Annie Ek")]
)
def test_what_only_may_be_the_name_gains_nothing_from_a_home_or_a_mail(shelf: Shelf, asked: str, name: str) -> None:
    home = "Hittepåvägen 7, 392 30 Kalmar"
    shelf.put("reg.csv", record("row 1", kind="row", who=[person(name=asked, email="anna@kund.example", address=home)]))
    shelf.put("a.csv", record("row 1", kind="row", who=[person(name=name, address=home)]))
    shelf.put(
        "INBOX/1",
        record("attachment 1: a.pdf", "page 1", kind="page", who=[person(name=name)]),
        record(kind="message", who=[person(Role.FROM, name=asked, email="anna@kund.example")]),
        mail=True,
    )
    found = tiers(shelf.find("anna@kund.example", asked))
    assert (found["reg.csv/row 1"], found["INBOX/1"]) == ("certain", "certain")
    assert (found["a.csv/row 1"], found["INBOX/1/attachment 1: a.pdf/page 1"]) == ("possible", "possible")


def test_without_a_look_an_initial_is_nothing(shelf: Shelf) -> None:
    shelf.put("a.txt", record(text="A. Ek"))
    assert shelf.find(*ASKED) == []
    assert [task.path for task in shelf.looked] == ["a.txt"]
