"""The subject in texts: what is hers is masked, what is another's never is, and what is unsure is told."""

from __future__ import annotations

import pickle
import random
from itertools import pairwise

import pytest

from scanner.model import SubjectId
from scanner.records import IdType
from tests.scanner.growth import is_steep
from tests.scanner.surgery.make_text import make
from tests.scanner.surgery.people import anna

HERS = [
    "anna@kund.example", "ANNA@Kund.Example", "anna+nyhetsbrev@kund.example", "anna%40kund.example",
    "070-123 45 67", "0701234567", "+46701234567", "+46 (0)70 123 45 67", "0046 70 123 45 67", "46701234567",
    "070\u2011123\u00a045\u00a067", "811218-9876", "19811218-9876", "8112189876", "198112189876", "SE811218987601",
    "K-1001", "k-1001", "SE45 5000 0000 0583 9825 7466", "SE4550000000058398257466",
    "Anna Andersson", "ANNA ANDERSSON", "Andersson, Anna", "Andersson Anna", "Anna Anderssons", "anna.andersson",
    "Anna\u00a0Ande\u00adrsson", "A\u200bnna Andersson", "Storgatan 1, 752 31 Uppsala", "STORGATAN 1 75231 UPPSALA",
]  # fmt: skip
OTHERS = [
    "joanna@kund.example", "anna@kund.example.org", "anna@kund.examples", "x-anna@kund.example", "anna.k@kund.example",
    "070-123 45 68", "1070-1234567", "070-12345678", "+47701234567", "19811218-9884", "18811218-9877",
    "1198112189876", "K-10012", "XK-1001", "SE4650000000058398257466", "Johanna Andersson", "A. Andersson", "Anna",
    "Andersson", "Anna Svensson", "Anna Andersson-Berg", "Hanna-Maria Andersson", "Bengt Andersson, Anna Svensson",
    "Norra Storgatan 1, 752 31 Uppsala", "Storgatan 12, 752 31 Uppsala", "Storgatan 1, 752 32 Uppsala",
]  # fmt: skip
PERHAPS = [
    "Anna Maria Andersson", "Karin Anna Andersson", "Eva-Anna Andersson", "Anna Andersson Berg", "Anna Andersson AB",
    "Bengt och Anna Andersson", "Anna och Bengt Andersson", "Anna & Bengt Andersson", "Berg Andersson, Anna",
    "Andersson Anna Maria", "anna.andersson@annat.example", "070-123\n45 67", "anna@\nkund.example", "811218-\n9876",
    "0701234567@sms.example", "ring Tel070-123 45 67", "1-811218-9876",
    "anna@kund.example\u200bHej", "Odd och Anna Andersson", "Odd & Anna Andersson",
    "Odd Anna Andersson", "K. Anna Andersson", "Odd_Anna_Andersson", "Anna.Andersson.Berg",
]  # fmt: skip


@pytest.mark.parametrize("value", HERS)
@pytest.mark.parametrize("frame", ["{}", "x, {}.", "({})", "\t{}\n", "“{}”", "åäö: {};"])
def test_hers_is_masked_and_nothing_beside_it(value: str, frame: str) -> None:
    person = anna()
    text = frame.format(value)
    assert person.holds(text)
    assert person.masked(text) == frame.format("[raderad]")
    assert [text[start:end] for start, end in person.spans(text)] == [value]
    assert not person.holds(person.masked(text))


@pytest.mark.parametrize("value", OTHERS)
@pytest.mark.parametrize("frame", ["{}", "x, {}.", "({})", "anna@kund.example; {}; 070-123 45 67"])
def test_others_are_never_masked_nor_told(value: str, frame: str) -> None:
    person = anna()
    frame_masked = person.masked(frame.format("\0")).replace("\0", "{}")
    assert person.masked(frame.format(value)) == frame_masked.format(value)
    assert not person.holds(value)


NUMBERS = [
    value for value in HERS if value[-4:].replace(" ", "").isdigit() and "@" not in value and "1 75" not in value
]


@pytest.mark.parametrize("value", NUMBERS)
@pytest.mark.parametrize("frame", ["1{}", "1-{}", "7.{}", "{}1", "{}-1", "{}.12", "x{}", "{}x", "ö{}"])
def test_a_number_that_is_a_part_of_another_is_left(value: str, frame: str) -> None:
    assert anna().masked(frame.format(value)) == frame.format(value)


@pytest.mark.parametrize("value", PERHAPS)
def test_what_may_be_hers_is_left_and_told(value: str) -> None:
    assert anna().masked(value) == value
    assert anna().holds(value)


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("mailto:anna@kund.example?subject=x", "mailto:[raderad]?subject=x"),
        ('"Anna Andersson" <anna@kund.example>', '"[raderad]" <[raderad]>'),
        ("Förnamn: Anna\nEfternamn: Andersson", "Förnamn: [raderad]\nEfternamn: [raderad]"),
        ("Efternamn: Andersson Förnamn: Anna", "Efternamn: [raderad] Förnamn: [raderad]"),
        ("Andersson;Anna;Lund", "[raderad];[raderad];Lund"),
        ("Hej Anna\r\nAndersson!", "Hej [raderad]\r\n[raderad]!"),
        ("Bengt Ek och Anna Andersson", "Bengt Ek och [raderad]"),
        ("Bo Odd och Anna Andersson. Och Anna Andersson", "Bo Odd och [raderad]. Och [raderad]"),
        ("VD Anna Andersson, Hej Anna Andersson", "VD [raderad], Hej [raderad]"),
        ("Offert_Anna_Andersson.pdf", "Offert_[raderad].pdf"),
        ("vi såg Anna Andersson där", "vi såg [raderad] där"),
        ("maila anna andersson om det", "maila [raderad] om det"),
        ("Anna Andersson Storgatan 7", "[raderad] Storgatan 7"),
        ("Andersson, Anna\nJohanna Andersson", "[raderad]\nJohanna Andersson"),
        ("Anna Andersson Bengt Ek", "[raderad] Bengt Ek"),
    ],
)
def test_what_is_around_a_value_stays(text: str, masked: str) -> None:
    assert anna().masked(text) == masked


@pytest.mark.parametrize("value", ["701234567", "46701234567.0", "811218 9876", "198112189876.0"])
def test_a_cell_as_sheets_write_it(value: str) -> None:
    assert anna().masked(value) == "[raderad]"


def test_a_number_without_letters_that_may_be_a_customers_is_told_not_masked() -> None:
    person = anna("sv", SubjectId(IdType.CUSTOMER_NUMBER, "10017", given=True))
    assert person.masked("10017") == "10017"
    assert person.holds("10017")
    assert not person.holds("vi var 10017 personer")


def test_shared_and_unsure_identifiers_are_left() -> None:
    shared = SubjectId(IdType.PHONE, "+4618123456", given=True, shared=True)
    unsure = SubjectId(IdType.NAME, "Annika Kund", given=False, unsure=True)
    person = anna("sv", shared, unsure)
    assert not person.holds("018-12 34 56, Annika Kund")


def test_a_second_own_name_makes_sure() -> None:
    person = anna("sv", SubjectId(IdType.NAME, "Karin Anna Andersson", given=True))
    assert person.masked("Hej Karin Anna Andersson!") == "Hej [raderad]!"


def test_a_short_form_is_told_not_masked() -> None:
    person = anna("sv", SubjectId(IdType.NAME, "Lars Ek", given=True))
    assert person.masked("Lasse Ek, Lars Ek") == "Lasse Ek, [raderad]"
    assert person.holds("Lasse Ek")
    both = anna("sv", SubjectId(IdType.NAME, "Lars Ek", given=True), SubjectId(IdType.NAME, "Lasse Ek", given=False))
    assert both.masked("Lasse Ek, Lars Ek") == "[raderad], [raderad]"


def test_a_single_word_is_never_a_name() -> None:
    person = anna("sv", SubjectId(IdType.NAME, "Lindqvist", given=True))
    assert not person.holds("Lindqvist och Eva Lindqvist")


def test_mailboxes_and_display_names() -> None:
    person = anna()
    assert person.has_email("mailto:Anna+x@KUND.example")
    assert not person.has_email("joanna@kund.example")
    assert not person.has_email("anna")
    tagged = anna("sv", SubjectId(IdType.EMAIL, "familjen+a@gmail.com", given=True))
    assert tagged.has_email("familjen+a@gmail.com")
    assert not tagged.has_email("familjen@gmail.com")
    for name in ("Anna Andersson", "Andersson, Anna", "anna@kund.example", "Anna Andersson (anna@kund.example)"):
        assert person.is_named(name)
    for name in ("Anna", "Andersson", "Anna Maria Andersson", "Anna Andersson, Bengt Ek", "", "Ekonomi"):
        assert not person.is_named(name)


def test_the_mark_follows_the_language() -> None:
    assert anna("sv").masked("K-1001") == "[raderad]"
    assert anna("en").masked("K-1001") == "[erased]"


def test_it_goes_to_other_processes() -> None:
    person = anna()
    copy = pickle.loads(pickle.dumps(person))
    assert copy == person
    assert copy.masked("Anna Andersson") == "[raderad]"


ODD = ["Anna Andersson ", "Andersson ", "anna@kund.example ", "a@", "070-123 45 67 ", "Odd Anna K. ", "%40",
       "Storgatan 1 ", "a\u0308\u00ad\n", "A\u200bnna Ander\u00adsson; "]  # fmt: skip


@pytest.mark.parametrize("piece", ODD)
def test_it_takes_time_by_the_length(piece: str) -> None:
    person = anna()
    person.holds("warm")
    assert not is_steep(lambda count: person.holds(piece * count), 2000)


@pytest.mark.parametrize("seed", range(40, 60))
def test_spans_are_ordered_apart_and_complete(seed: int) -> None:
    text = make(random.Random(seed), 40).data.decode("utf-8", "replace")
    spans = anna().spans(text)
    assert all(start < end for start, end in spans)
    assert all(one[1] <= other[0] for one, other in pairwise(spans))
    assert anna().spans(anna().masked(text)) == []
