"""Records that bear the subject's address and are somebody else's: a spouse's card, a child's row, a firm's contact.

A register says who the subject is. Each trap lies beside it; nothing of a trap may be proposed, all of it waits.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import pytest
from openpyxl import Workbook
from openpyxl.comments import Comment

from scanner.asked import asked
from scanner.model import Action, Finding
from scanner.workspace import Workspace

ANNA, BO, CIA = "anna.ek@kund.example", "bo.dal@kund.example", "cia.lo@kund.example"
PHONE = "070-174 06 05"
BOTH = ("Anna Ek", ANNA)
CIAS = f"Cia Lo;{CIA};\n"

Searched = Callable[..., list[Finding]]
Taken = Callable[..., set[str]]


def card(*lines: str) -> str:
    return "".join(f"{line}\r\n" for line in ("BEGIN:VCARD", "VERSION:3.0", *lines, "END:VCARD"))


SEED = card("FN:Anna Ek", f"EMAIL:{ANNA}", f"TEL:{PHONE}")
BOS = card("FN:Bo Dal", f"EMAIL:{BO}", "TEL:070-174 06 06")


@pytest.fixture
def searched(tmp_path: Path) -> Searched:
    """Write the files, scan, ask, and give the findings."""

    def run(files: dict[str, str | bytes], *who: str) -> list[Finding]:
        root = tmp_path / "k"
        root.mkdir()
        for path, text in files.items():
            (root / path).write_bytes(text if isinstance(text, bytes) else text.encode())
        config = tmp_path / "gallra.toml"
        config.write_text('[[source]]\nname = "k"\nkind = "folder"\npath = "k"\n', encoding="utf-8")
        with Workspace.open(config) as work:
            assert [report.error for report in work.scan()] == [None]
            findings, _, _ = work.search(work.identify(asked(who, {}, work.detect)))
        return findings

    return run


@pytest.fixture
def taken(searched: Searched) -> Taken:
    """The places that would leave unasked."""

    def run(files: dict[str, str | bytes], *who: str) -> set[str]:
        proposed = (Action.REMOVE, Action.REMOVE_RECORD, Action.AMEND)
        return {
            ";".join((one.locator.path, *one.locator.steps)) for one in searched(files, *who) if one.action in proposed
        }

    return run


def test_an_address_of_two_asked_for_alone_takes_nothing(taken: Taken) -> None:
    """Nobody said which of the two asks; what names neither may be either's."""
    files = {
        "par.vcf": SEED + card("FN:Bo Dal", f"EMAIL:{ANNA}", "NOTE:diabetes") + card("FN:Cia Lo", f"EMAIL:{CIA}"),
        "reg.csv": f"Namn;E-post;Not\nBo Dal;{ANNA};skyddad adress\n{CIAS}",
        "bara.csv": f"Namn;E-post\nBo Dal;{ANNA}\n",
        "namnlos.txt": f"Svar till {ANNA}",
    }
    assert taken(files, ANNA) == set()


def test_with_the_name_the_subjects_own_card_leaves(taken: Taken) -> None:
    cards = card("FN:Bo Dal", f"EMAIL:{ANNA}", "NOTE:diabetes") + card("FN:Cia Lo", f"EMAIL:{CIA}")
    files = {"par.vcf": SEED + cards, "bara.csv": f"Namn;E-post\nBo Dal;{ANNA}\n"}
    assert taken(files, *BOTH) == {"par.vcf;card 1"}


@pytest.mark.parametrize("who", [(ANNA,), BOTH])
@pytest.mark.parametrize("name", ["FN:Familjen Ek-Dal", "FN:", "FN:Anna Ek"])
def test_a_card_with_anothers_address_waits(taken: Taken, who: tuple[str, ...], name: str) -> None:
    """Bo's address is known from his own card: one that has both is not hers alone."""
    shared = card(name, f"EMAIL:{ANNA}", f"EMAIL:{BO}") + card("FN:Cia Lo", f"EMAIL:{CIA}")
    files = {"reg.vcf": SEED + BOS, "fam.vcf": shared, "eget.csv": f"Namn;E-post\nAnna Ek;{ANNA}\n"}
    gone = taken(files, *who)
    assert not {"fam.vcf", "fam.vcf;card 1", "reg.vcf", "reg.vcf;card 2"} & gone
    contested = name == "FN:Familjen Ek-Dal" and who == (ANNA,)
    assert ("eget.csv;row 1" in gone) != contested


def test_anothers_address_in_a_nameless_card_is_not_searched_for(searched: Searched) -> None:
    """It stands beside hers once; his own card and letters are not about her."""
    files = {
        "reg.vcf": SEED + BOS,
        "fam.vcf": card("FN:", f"EMAIL:{ANNA}", f"EMAIL:{BO}"),
        "bo.txt": f"Bo Dal, {BO}: sjukintyg",
    }
    found = {(one.locator.path, one.locator.steps): one for one in searched(files, *BOTH)}
    assert ("reg.vcf", ("card 1",)) in found
    his = [one for (path, steps), one in found.items() if path == "bo.txt" or steps == ("card 2",)]
    assert not any(one.tier == "certain" for one in his)


@pytest.mark.parametrize("who", [(ANNA,), BOTH])
@pytest.mark.parametrize(
    "rows",
    [
        f"Elev;Vårdnadshavares e-post\nLisa;{ANNA}\n",
        f"Elev;Vårdnadshavares e-post\nXiu;{ANNA}\n",
        f"Elev;E-post\nLisa;{ANNA}\n",
        f"Namn;E-post;Not\nLisa;{ANNA};nötallergi\n",
        f"Namn;E-post;Not\nXiu;{ANNA};nötallergi\n",
        f"Barnets namn;E-post\nLisa;{ANNA}\n",
        f"Namn;Förälders e-post\nLisa;{ANNA}\n",
        f"Kundnr;Belopp;God man\n77;100;{ANNA}\n",
        f"Kundnr;Belopp;Gode mannens e-post\n77;100;{ANNA}\n",
        f"Namn;Nödkontakt\nLisa;{ANNA}\n",
        f"Namn;Guardian email\nXiu;{ANNA}\n",
        f"Företag;Kontaktperson;E-post\nBygg AB;Anna Ek;{ANNA}\n",
        f"Namn;E-post\nSkruvkompaniet;{ANNA}\n",
        f"Namn;E-post\nSkruv Sex;{ANNA}\n",
    ],
)
def test_a_row_of_a_child_or_a_firm_waits(taken: Taken, rows: str, who: tuple[str, ...]) -> None:
    gone = taken({"reg.vcf": SEED + BOS, "lista.csv": rows}, *who)
    assert not any(place.startswith("lista.csv") for place in gone)


@pytest.mark.parametrize("name", ["Anna", "Ek", "annaek", "Ek, Anna", "Kund", "ANNA EK"])
def test_a_part_of_the_subjects_name_is_no_stranger(taken: Taken, name: str) -> None:
    files = {"reg.vcf": SEED + BOS, "lista.csv": f'Namn;E-post;Not\n"{name}";{ANNA};x\n{CIAS}'}
    assert taken(files, *BOTH) == {"reg.vcf;card 1", "lista.csv;row 1"}


def test_a_childs_card_waits_and_its_phone_is_not_the_parents(searched: Searched) -> None:
    files = {
        "reg.vcf": SEED + BOS,
        "lisa.vcf": card("FN:Lisa", f"EMAIL:{ANNA}", "TEL:070-174 06 07"),
        "skola.txt": "Lisas mobil är 070-174 06 07, hon är sjuk",
    }
    found = {one.locator.path: one for one in searched(files, *BOTH)}
    assert found["lisa.vcf"].action is Action.DECIDE
    assert "skola.txt" not in found


@pytest.mark.parametrize(
    ("note", "leaves"),
    [
        ("640823-3234 är sambo", False),
        (f"se {BO}", False),
        ("Bo Dal är sambo", False),
        ("ring 070-174 06 06", False),
        ("vill ha blå skruvar", True),
        (f"Anna Ek, {ANNA}", True),
    ],
)
def test_a_row_whose_note_names_another_waits(searched: Searched, note: str, *, leaves: bool) -> None:
    """The note goes with the row, and Bo's number with the note."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (["Namn", "E-post"], ["Anna Ek", ANNA], ["Cia Lo", CIA]):
        sheet.append(row)
    sheet["A2"].comment = Comment(note, "x")
    made = io.BytesIO()
    book.save(made)
    found = searched({"reg.vcf": SEED + BOS, "bok.xlsx": made.getvalue()}, *BOTH)
    (hers,) = [one for one in found if one.locator.path == "bok.xlsx" and one.kind == "row"]
    assert (hers.action is Action.REMOVE_RECORD) == leaves
    assert hers.offer is Action.REMOVE_RECORD
