"""The last look before anything is written: every editor that lies is caught, and an honest one passes."""

from __future__ import annotations

import io
import zipfile

import pytest

from scanner.blob import Blob
from scanner.limits import Limits
from scanner.model import Cut
from scanner.surgery.compare import compare
from tests.scanner.surgery.people import anna

LIMITS = Limits()
ANNA, BO, CIA = "Anna Andersson;anna@kund.example", "Bo Dal;bo@kund.example", "Cia Lo;cia@kund.example"
HEAD = "Namn;E-post"


def table(*rows: str) -> bytes:
    return "".join(f"{row}\r\n" for row in (HEAD, *rows)).encode()


def problems(before: bytes, after: bytes, *cuts: Cut, name: str = "lista.csv") -> list[str]:
    return compare(Blob(before, name), after, cuts, anna(), LIMITS)


RUBBISH = b"\x00\x01\x02" * 99
SECOND = Cut(("row 2",))
THREE = table(BO, ANNA, CIA)


def test_an_honest_editor_passes() -> None:
    assert problems(THREE, table(BO, CIA), SECOND) == []
    assert problems(table(ANNA), table(), Cut(("row 1",))) == []


@pytest.mark.parametrize(
    "after",
    [
        pytest.param(THREE, id="does nothing"),
        pytest.param(table(BO), id="drops a neighbour too"),
        pytest.param(table(ANNA, CIA), id="drops a neighbour instead"),
        pytest.param(table(BO, CIA.replace("Lo", "Low")), id="adds to a neighbour's value"),
        pytest.param(table(BO, CIA.replace("cia@", "ci@")), id="alters a neighbour's value"),
        pytest.param(table(BO, CIA.replace(" Lo", "")), id="shortens a neighbour's value"),
        pytest.param(table(BO, CIA.removesuffix(".example")), id="takes a word of the person's from a neighbour"),
        pytest.param(table(BO, "Lo Cia;cia@kund.example"), id="turns a neighbour's words round"),
        pytest.param(table(BO, "Cia Lo;"), id="empties a neighbour's cell"),
        pytest.param(table("Bo Dal;cia@kund.example", "Cia Lo;bo@kund.example"), id="swaps two neighbours' values"),
        pytest.param(table("bo@kund.example;Bo Dal", CIA), id="swaps a neighbour's cells"),
        pytest.param(table(BO, CIA, "Dag Ny;dag@kund.example"), id="adds a record"),
        pytest.param(table(BO, CIA, CIA), id="doubles a neighbour"),
        pytest.param(table(BO, CIA, "Anna Andersson;"), id="leaves the person's name"),
        pytest.param(table(BO, CIA, "[raderad];[raderad]"), id="leaves a row of marks"),
        pytest.param(b"", id="leaves nothing"),
        pytest.param(RUBBISH, id="leaves rubbish"),
        pytest.param(table(BO, CIA).replace(HEAD.encode(), b"E-post;Namn"), id="swaps the heads"),
    ],
)
def test_an_editor_that_lies_about_a_table_is_caught(after: bytes) -> None:
    assert problems(THREE, after, SECOND)


def test_the_neighbours_may_not_change_places_with_who_left() -> None:
    """The person's values under a neighbour's number."""
    assert problems(THREE, table(BO, ANNA), SECOND)


TWINS = table(ANNA, ANNA, BO, BO, BO)


@pytest.mark.parametrize(
    ("after", "honest"),
    [
        (table(ANNA, BO, BO, BO), True),
        (table(BO, BO, BO), False),
        (TWINS, False),
        (table(ANNA, BO, BO), False),
        (table(ANNA, BO, BO, BO, BO), False),
    ],
    ids=["one twin", "both twins", "no twin", "a neighbour's twin too", "a twin for a neighbour"],
)
def test_of_twins_just_as_many_leave_as_were_cut(after: bytes, honest: bool) -> None:
    assert (problems(TWINS, after, Cut(("row 2",))) == []) == honest


def test_a_record_that_is_not_there_is_told() -> None:
    assert problems(THREE, THREE, Cut(("row 9",)))
    assert problems(THREE, table(BO, CIA), SECOND, Cut(("row 9",)))


NOTE = "Bo Dal talade med Anna Andersson, anna@kund.example, om taket."


@pytest.mark.parametrize(
    ("after", "honest"),
    [
        ("Bo Dal talade med [raderad], [raderad], om taket.", True),
        (NOTE, False),
        ("Bo Dal talade med [raderad], anna@kund.example, om taket.", False),
        ("Bo Dal talade med Anna Andersson, [raderad], om taket.", False),
        ("[raderad] talade med [raderad], [raderad], om taket.", False),
        ("Bo Dal talade med [raderad], [raderad], om [raderad].", False),
        ("Bo Dal talade med [raderad], [raderad].", False),
        ("Bo Dal talade inte med [raderad], [raderad], om taket.", False),
    ],
    ids=["masked", "as it was", "address left", "name left", "too much", "a word more", "the end gone", "a word added"],
)
def test_an_amended_record_lacks_the_person_and_nothing_else(after: str, honest: bool) -> None:
    cut = Cut((), amend=True)
    assert (problems(NOTE.encode(), after.encode(), cut, name="not.txt") == []) == honest


def event(uid: str, *lines: str) -> str:
    return "".join(
        f"{line}\r\n"
        for line in (
            "BEGIN:VEVENT",
            f"UID:{uid}",
            "DTSTAMP:20260101T000000Z",
            "DTSTART:20260101T090000Z",
            *lines,
            "END:VEVENT",
        )
    )


def calendar(*events: str) -> bytes:
    return f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\n{''.join(events)}END:VCALENDAR\r\n".encode()


GUEST_ANNA = "ATTENDEE;CN=Anna Andersson:mailto:anna@kund.example"
GUEST_BO, HOST = "ATTENDEE;CN=Bo Dal:mailto:bo@kund.example", "ORGANIZER;CN=Cia Lo:mailto:cia@kund.example"


@pytest.mark.parametrize(
    ("left", "honest"),
    [
        ((HOST, GUEST_BO), True),
        ((HOST,), False),
        ((GUEST_BO,), False),
        ((HOST, GUEST_BO, GUEST_ANNA), False),
        ((HOST, GUEST_BO, "ATTENDEE:mailto:anna@kund.example"), False),
        ((HOST.replace("Cia Lo", "Bo Dal"), GUEST_BO), False),
    ],
    ids=["one guest", "all guests", "the host", "none", "the name alone", "another host"],
)
def test_of_a_meeting_just_the_guest_leaves(left: tuple[str, ...], honest: bool) -> None:
    before = calendar(event("1", HOST, GUEST_ANNA, GUEST_BO), event("2", HOST))
    after = calendar(event("1", *left), event("2", HOST))
    assert (problems(before, after, Cut(("event 1",), amend=True), name="kal.ics") == []) == honest


def archive(**members: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        for name, data in members.items():
            made.writestr(name.replace("_", "."), data)
    return out.getvalue()


def test_a_new_gap_is_a_loss() -> None:
    """What cannot be read any more may be anything."""
    before = archive(lista_csv=THREE, bild_bin=RUBBISH, bo_txt=b"Bo Dal")
    cut = Cut(("member lista.csv", "row 2"))
    honest = archive(lista_csv=table(BO, CIA), bild_bin=RUBBISH, bo_txt=b"Bo Dal")
    assert problems(before, honest, cut, name="a.zip") == []
    broken = archive(lista_csv=table(BO, CIA), bild_bin=RUBBISH, bo_txt=RUBBISH)
    assert problems(before, broken, cut, name="a.zip")
    assert problems(before, archive(lista_csv=table(BO, CIA), bo_txt=b"Bo Dal"), cut, name="a.zip"), "a gap less"
    assert problems(before, honest[:-30], cut, name="a.zip")


def test_another_member_may_not_lose_a_word_of_who_left() -> None:
    before = archive(anna_txt=b"Anna anna@kund.example", bo_txt=b"Anna och Bo")
    cut = Cut(("member anna.txt",))
    assert problems(before, archive(bo_txt=b"Anna och Bo"), cut, name="a.zip") == []
    assert problems(before, archive(bo_txt=b"och Bo"), cut, name="a.zip")


def test_what_is_told_names_no_content() -> None:
    for after in (table(BO), table(BO, CIA, ANNA), b""):
        told = " ".join(problems(THREE, after, SECOND))
        assert told
        assert not [word for word in ("Anna", "Bo", "Cia", "kund.example") if word in told]
