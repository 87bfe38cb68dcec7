"""Traps in which a careless tool removes somebody else's data. Each says which files may be proposed for removal."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from scanner.asked import asked
from scanner.model import Action, Finding
from scanner.plan import FOLDER
from scanner.workspace import Workspace

ANNA = "anna@kund.example"
REGISTER = "Namn;E-post;Mobil;Kundnr\nAnna Andersson;anna@kund.example;070-174 06 05;KND-10001\n"

Proposed = Callable[..., set[str]]
Searched = Callable[..., list[Finding]]


@pytest.fixture
def searched(tmp_path: Path) -> Searched:
    """Write the files, scan, ask, and give the findings."""

    def run(files: Mapping[str, str | bytes], *who: str) -> list[Finding]:
        root = tmp_path / "k"
        for path, text in files.items():
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_bytes(text if isinstance(text, bytes) else text.encode())
        config = tmp_path / "gallra.toml"
        config.write_text(
            '[[source]]\nname = "k"\nkind = "folder"\npath = "k"\n[detect]\ncustomer_number = ["KND-[0-9]{5}"]\n',
            encoding="utf-8",
        )
        with Workspace.open(config) as work:
            assert [report.error for report in work.scan()] == [None]
            findings, _, _ = work.search(work.identify(asked(who, {}, work.detect)))
        return findings

    return run


@pytest.fixture
def proposed(searched: Searched) -> Proposed:
    """The paths of the items that the plan would remove whole."""

    def run(files: Mapping[str, str | bytes], *who: str) -> set[str]:
        found = searched(files, *who)
        return {one.locator.path for one in found if one.action is Action.REMOVE and one.kind != FOLDER}

    return run


@pytest.fixture
def taken(searched: Searched) -> Proposed:
    """The places of the records that the plan would take out, or take the subject out of."""

    def run(files: Mapping[str, str | bytes], *who: str) -> set[str]:
        found = [one for one in searched(files, *who) if one.action in (Action.REMOVE_RECORD, Action.AMEND)]
        return {";".join((one.locator.path, *one.locator.steps)) for one in found}

    return run


@pytest.mark.parametrize(
    "folder",
    [
        "Anna Andersson och Karin Lund",
        "Anna Andersson & Karin Lund",
        "Anna Andersson, Karin Lund",
        "Anna Andersson - Karin Lund",
        "Anna Andersson_Karin Lund",
        "Karin Lund (Anna Andersson)",
        "Anna Andersson ombud för Karin Lund",
        "Karin Lund/Anna Andersson",
    ],
)
def test_a_folder_of_two_is_not_the_subjects_own(proposed: Proposed, folder: str) -> None:
    files = {
        "reg.csv": REGISTER,
        f"{folder}/avtal.txt": f"Avtal med {ANNA}",
        f"{folder}/hennes.txt": "skuld, sjuk",
        "Anna Andersson (Malmö)/offert.txt": f"Offert till {ANNA}",
    }
    removed = proposed(files, ANNA, "Anna Andersson")
    assert "Anna Andersson (Malmö)/offert.txt" in removed, "the trap is set in a world where something is removed"
    assert not any(path.startswith(folder) for path in removed)


def test_a_file_named_after_somebody_else_waits(proposed: Proposed) -> None:
    files = {
        "reg.csv": REGISTER,
        "Karin Lund.txt": f"Ring {ANNA}",
        "Fullmakt Karin Lund/x.txt": f"se {ANNA}",
        "brev.txt": ANNA,
    }
    assert proposed(files, ANNA) & {"Karin Lund.txt", "Fullmakt Karin Lund/x.txt", "brev.txt"} == {"brev.txt"}


def test_an_added_identifier_alone_removes_nothing(proposed: Proposed) -> None:
    """A slip in one row gives her somebody's phone: what holds only that phone may be his."""
    files = {
        "reg.csv": REGISTER + "Bo Alm;bo@kund.example;070-174 06 06;KND-10002\n",
        "med-namn.txt": "Anna Andersson, tel 070-174 06 05",
        "bara-telefon.txt": "Tel 070-174 06 05, har varit sjuk",
        "bara-nummer.txt": "KND-10001 betalar inte",
    }
    assert proposed(files, ANNA) == {"med-namn.txt"}


def test_a_phone_that_was_asked_for_removes_nothing_by_itself(proposed: Proposed) -> None:
    files = {"a.txt": "Bengt, tel +46 70 174 06 05, har cancer", "b.txt": "Anna Andersson, 070-174 06 05"}
    assert proposed(files, "Anna Andersson", "070-174 06 05") == {"b.txt"}


def test_what_a_sender_calls_himself_makes_no_folder_the_subjects(proposed: Proposed) -> None:
    mail = "From: Bengt Berg <{0}>\r\nTo: info@invex.example\r\nSubject: hej\r\n\r\nHej\r\n"
    files = {
        "1.eml": mail.format(ANNA),
        "Bengt Berg/x.txt": "hans papper",
        "Bengt Berg/y.txt": f"Svar till {ANNA}",
    }
    assert proposed(files, ANNA) == {"Bengt Berg/y.txt"}, "what holds the address that was asked for"


def test_one_tag_of_a_mailbox_is_not_all_of_it(proposed: Proposed) -> None:
    files = {"bas.txt": "familj@hem.example: pappas skuld", "tagg.txt": "familj+anna@hem.example"}
    assert proposed(files, "familj+anna@hem.example") == {"tagg.txt"}


def test_the_whole_mailbox_has_its_tags(proposed: Proposed) -> None:
    files = {"bas.txt": "anna@kund.example", "tagg.txt": "anna+faktura@kund.example"}
    assert proposed(files, ANNA) == {"bas.txt", "tagg.txt"}


@pytest.mark.parametrize(
    "text",
    [
        "Namn:\tBengt\tBerg",
        "Förnamn: Bengt\nEfternamn: Berg",
        "Det var i går kväll på gården som jag såg min granne Bengt\nBerg med en stege",
    ],
)
def test_a_name_over_cells_labels_and_wrapped_lines_is_seen(proposed: Proposed, text: str) -> None:
    assert proposed({"a.txt": f"{ANNA}\n{text}", "b.txt": ANNA}, ANNA) == {"b.txt"}


def test_who_wrote_a_document_or_stands_in_its_properties_alone_does_not_own_it(proposed: Proposed) -> None:
    page = '<html><head><meta name="author" content="Anna Andersson <anna@kund.example>"></head><body>{}</body></html>'
    files = {
        "personalhandbok.html": page.format("<p>Regler om semester och raster."),
        "brev.html": page.format("<p>Hej Anna Andersson, anna@kund.example!"),
    }
    assert proposed(files, ANNA, "Anna Andersson") == {"brev.html"}


def test_a_database_is_not_removed_for_one_row_of_it(proposed: Proposed) -> None:
    with sqlite3.connect(":memory:") as db:
        db.execute("CREATE TABLE kund (namn TEXT, epost TEXT)")
        db.execute("INSERT INTO kund VALUES ('Anna Andersson', ?)", [ANNA])
        db.execute("CREATE TABLE lager (vara TEXT, antal INTEGER)")
        db.executemany("INSERT INTO lager VALUES (?, 3)", [("pensel",), ("hink",)])
        db.commit()
        files = {"register.db": db.serialize(), "brev.txt": f"Hej Anna Andersson, {ANNA}"}
    assert proposed(files, ANNA) == {"brev.txt"}


OTHERS = "asa.berg@kund.example"


@pytest.mark.parametrize("unseen", ["\u200b", "\u00ad", "\u2060", "\u200e", "\ufeff", "-\n", "_\n", "-\r\n> "])
def test_the_tail_of_an_address_is_another_address(proposed: Proposed, unseen: str) -> None:
    files = {"hennes.txt": f"Avtal för asa.o{unseen}berg@kund.example, köp", "bergs.txt": "Avtal för berg@kund.example"}
    assert proposed(files, "berg@kund.example") == {"bergs.txt"}


SHARED = {
    "rader.csv": f'Namn;E-post\nAnna Andersson & Åsa Berg;"{ANNA}; {OTHERS}"\n',
    "par.vcf": f"BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Anna Andersson & Åsa Berg\r\nEMAIL:{ANNA}\r\nEMAIL:{OTHERS}\r\n"
    "END:VCARD\r\n",
    "twofn.vcf": f"BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Anna Andersson\r\nEMAIL:{ANNA}\r\nFN:Åsa Berg\r\nEMAIL:{OTHERS}"
    "\r\nEND:VCARD\r\n",
    "kontakt.csv": f"Namn;E-post;Kontakt;Mail\nAnna Andersson;{ANNA};Åsa Berg;{OTHERS}\n",
}


@pytest.mark.parametrize("file", ["rader.csv", "par.vcf", "twofn.vcf", "kontakt.csv"])
def test_what_two_share_is_not_removed_for_one(proposed: Proposed, file: str) -> None:
    """Nor is what holds only the other's address: nothing ties it to who was asked for."""
    files = {file: SHARED[file], "hennes.txt": f"Reklamation från {OTHERS}", "eget.txt": f"Från {ANNA}"}
    assert proposed(files, ANNA) == {"eget.txt"}


CIA = "Cia Lo;cia@kund.example\n"


def test_what_two_share_is_not_taken_out_for_one(taken: Proposed) -> None:
    """A row or card of both waits for a person; beside it, in a list of many, the row that is hers alone leaves."""
    mine = f"Namn;E-post\n{CIA}Anna Andersson;{ANNA}\n"
    files = {f"{number} {name}": text for number, (name, text) in enumerate(SHARED.items())}
    assert taken({**files, "lista.csv": mine}, ANNA) == {"lista.csv;row 2"}


def test_a_row_with_the_name_alone_stays(taken: Proposed) -> None:
    """Her address tells her row; the row of another Anna Andersson, and one with the name only, may be another's."""
    rows = f"Namn;E-post\n{CIA}Anna Andersson;{ANNA}\nAnna Andersson;aa@annan.example\nAnna Andersson;\n"
    assert taken({"lista.csv": rows}, ANNA, "Anna Andersson") == {"lista.csv;row 2"}
