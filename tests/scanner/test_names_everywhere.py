"""A name wherever a company writes names, on real files through scan and find; and the neighbours that are not it.

Asked is for the name and an address of hers. A register row adds her home, so what holds the name and the home is
`probable`, what holds the name alone `possible`, and what only may be the name never more than that.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from email.message import EmailMessage
from pathlib import Path

import docx
import openpyxl
import pytest
from fpdf import FPDF

from scanner.asked import asked
from scanner.model import ERASING, Finding, Tier
from scanner.workspace import Workspace
from tests.test_world_find import _here

EMAIL, HOME = "anna@kund.example", "Hittepåvägen 7, 392 30 Kalmar"
NAME = "Anna Andersson"
CONFIG = """
[company]
name = "Invex AB"
domains = ["invex.example"]

[[source]]
name = "k"
kind = "folder"
backup = "none"
path = "k"
"""


def word(*paragraphs: str) -> bytes:
    made, out = docx.Document(), io.BytesIO()
    for one in paragraphs:
        made.add_paragraph(one)
    made.save(out)
    return out.getvalue()


def sheet(title: str, *rows: list[str]) -> bytes:
    book, out = openpyxl.Workbook(), io.BytesIO()
    page = book.active
    assert page is not None
    page.title = title
    for one in rows:
        page.append(one)
    book.save(out)
    return out.getvalue()


def mail(
    sender: str = "Kontoret <info@invex.example>",
    subject: str = "Hej",
    text: str = "Hej!\n",
    to: str = "info@invex.example",
    attached: str = "",
) -> bytes:
    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = sender, to, subject
    made["Date"] = "Mon, 02 Mar 2026 10:00:00 +0100"
    made.set_content(text)
    if attached:
        made.add_attachment("bilaga", filename=attached)
    return made.as_bytes()


def event(*lines: str) -> bytes:
    head = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//x//x//SV", "BEGIN:VEVENT", "UID:1@invex.example"]
    when = ["DTSTAMP:20260302T090000Z", "DTSTART:20260302T090000Z"]
    return "\r\n".join([*head, *when, *lines, "END:VEVENT", "END:VCALENDAR", ""]).encode()


def card(*lines: str) -> bytes:
    return "\r\n".join(["BEGIN:VCARD", "VERSION:3.0", *lines, "END:VCARD", ""]).encode()


def paper(*lines: str) -> bytes:
    made = FPDF()
    made.add_page()
    made.set_font("Helvetica", size=10)
    for line in lines:
        made.cell(0, 5, line, new_x="LMARGIN", new_y="NEXT")
    return bytes(made.output())


REGISTER = f'Namn;E-post;Adress\n{NAME};{EMAIL};"{HOME}"\n'

# Found by name: `possible` alone, whatever the place.
NAMED: dict[str, bytes] = {
    "skiftläge/stora.txt": b"ANNA ANDERSSON",
    "skiftläge/små.txt": b"ring anna andersson idag",
    "ordning/komma.txt": b"Andersson, Anna",
    "ordning/utan-komma.txt": b"Namn: ANDERSSON Anna",
    "ordning/rad.txt": b"Anna\r\nAndersson",
    "ordning/flik.txt": b"Anna\t\tAndersson",
    "ordning/formulär.txt": "Efternamn: Andersson\nFörnamn: Anna".encode(),
    "tecken/hårt.txt": "Anna\u00a0Andersson".encode(),
    "tecken/smalt.txt": "Anna\u202fAndersson".encode(),
    "tecken/osynligt.txt": "An\u200bna An\u2060ders\u200dson".encode(),
    "tecken/mjukt.txt": "Anna Anders\u00adson".encode(),
    "tecken/mjukt-radslut.txt": "Anna Anders\u00ad\nson".encode(),
    "tecken/avstavat.txt": b"Vi har talat med Anna Anders-\nson om saken.",
    "tecken/avstavat-stort.txt": b"ANNA ANDERS-\r\nSON",
    "tecken/utf16.txt": "Anna Andersson".encode("utf-16"),
    "böjt/genitiv.txt": b"Anna Anderssons bil",
    "böjt/engelskt.txt": b"Anna Andersson's car",
    "böjt/mellannamn.txt": b"Anna K. von Andersson",
    "böjt/dubbelnamn.txt": b"Anna-Karin Andersson",
    "ord/brev.docx": word("Hej", "Med hälsning", "Anna", "Andersson"),
    "ord/tabell.xlsx": sheet("Blad1", ["Ort", "Förnamn", "Efternamn"], ["Umeå", "Anna", "Andersson"]),
    "ord/flik.xlsx": sheet("Anna Andersson", ["Ort", "Antal"], ["Umeå", "3"]),
    "ord/kolumn.xlsx": sheet("Plan", ["Vecka", "Anna Andersson"], ["12", "ledig"]),
    "ord/kolumn.csv": b"Vecka;Anna Andersson\n12;ledig\n",
    "ord/sida.pdf": paper("Protokoll", "Vid mötet deltog Anna Anders-", "son från Kalmar."),
    "post/avsändare.eml": mail(sender='"Andersson, Anna" <aa1978@annan.example>'),
    "post/mottagare.eml": mail(to="ANNA ANDERSSON <aa1978@annan.example>"),
    "post/ämne.eml": mail(subject="Anna Anderssons ärende"),
    "post/underskrift.eml": mail(text="Hej!\n\n-- \nAnna Andersson\nKundservice\n"),
    "post/citat.eml": mail(text="Svar nedan\n> hälsar Anna\n> Andersson\n"),
    "post/bilaga.eml": mail(attached="AnnaAndersson_cv.txt"),
    "möte/deltagare.ics": event("SUMMARY:Möte", 'ATTENDEE;CN="Andersson, Anna":mailto:aa1978@annan.example'),
    "möte/rubrik.ics": event("SUMMARY:Samtal Anna Andersson"),
    "kort/helt.vcf": card("FN:Anna Andersson", "N:Andersson;Anna;;;"),
    "kort/delar.vcf": card("FN:Kund", "N:Andersson;Anna;;;"),
    "namn/AnnaAndersson_cv.txt": b"x",
    "namn/anna.andersson.txt": b"x",
    "namn/andersson-anna-2024.txt": b"x",
    "namn/cv2024AnnaAndersson.txt": b"x",
    "namn/Anna+Andersson.txt": b"x",
    "namn/Anna_Andersson2.txt": b"x",
    "mapp/Anna Andersson 2/x.txt": b"x",
    "mapp/AnnaAndersson/x.txt": b"x",
}

# Only may be the name: `possible`, with the reason, though her home stands beside it or the folder bears her name.
PERHAPS: dict[str, tuple[str, str]] = {
    "initial.txt": ("A. Andersson", "initial"),
    "initial-utan-punkt.txt": ("A Andersson", "initial"),
    "initial-efter.txt": ("Andersson, A.", "initial"),
    "initialer.txt": ("A.K. Andersson", "initial"),
    "initial-genitiv.txt": ("A. Anderssons bil", "initial"),
    "stavning.txt": ("Anna Anderson-Andersson", "in part"),
    "delat.txt": ("Anna och Bengt Andersson", "in part"),
    "dubbelnamn.txt": ("Anna Andersson-Berg", "in part"),
    "egennamn.txt": ("Annie Andersson", "short form"),
}

OTHERS: dict[str, bytes] = {
    "annan/johanna.txt": b"Johanna Andersson",
    "annan/anderberg.txt": b"Anna Anderberg",
    "annan/lista.txt": b"Bengt Andersson, Anna Svensson",
    "annan/lista2.txt": b"Bengt Andersson\nAnna Svensson",
    "annan/isär.txt": b"Anna kom. Sedan kom Andersson.",
    "annan/initial.txt": b"B. Andersson",
    "annan/mellaninitial.txt": b"Bengt A. Andersson",
    "annan/initialer.txt": b"AA",
    "annan/bolag.txt": b"Andersson A/S",
    "annan/ord.txt": b"i Andersson",
    "annan/JohannaAndersson.txt": b"x",
    "annan/AnnaAnderssonberg.txt": b"x",
    "annan/anna.txt": b"Andersson",
    "annan/rader.csv": ("Namn;Ort\nAnna;x\n" + "y;z\n" * 498 + "Andersson;x\n").encode(),
    "annan/adress.eml": mail(sender="a.andersson@annan.example"),
    "annan/två.vcf": card("FN:Anna Svensson") + card("FN:Bengt Andersson"),
}


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All cases in one folder, scanned once."""
    root = tmp_path_factory.mktemp("namn")
    files: dict[str, bytes] = {"reg.csv": REGISTER.encode(), **NAMED, **OTHERS}
    for name, (text, _) in PERHAPS.items():
        files[f"kanske/{name}"] = text.encode()
        files[f"hemma/{name}"] = f"{text}\n{HOME}\n".encode()
        files[f"Anna Andersson/{name}"] = text.encode()
    files["Anna Andersson/avtal.txt"] = f"Avtal med {EMAIL}".encode()
    files["kanske/annan-också.txt"] = b"Anders Andersson kom. A. Andersson gick."
    files["hemma/namn.txt"] = f"Anna Andersson\n{HOME}\n".encode()
    for path, data in files.items():
        (root / "k" / path).parent.mkdir(parents=True, exist_ok=True)
        (root / "k" / path).write_bytes(data)
    (root / "gallra.toml").write_text(CONFIG, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("scanner.workspace.Supervisor", _here)
        with Workspace.open(root / "gallra.toml") as work:
            assert [report.error for report in work.scan()] == [None]
    return root


@pytest.fixture(scope="module")
def ask(root: Path) -> Callable[..., dict[str, list[Finding]]]:
    """The findings by path."""

    def run(*who: str) -> dict[str, list[Finding]]:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("scanner.workspace.Supervisor", _here)
            with Workspace.open(root / "gallra.toml") as work:
                findings, _, _ = work.search(work.identify(asked(who, {}, work.detect)))
        found: dict[str, list[Finding]] = {}
        for one in findings:
            found.setdefault(one.locator.path, []).append(one)
        return found

    return run


@pytest.fixture(scope="module")
def found(ask: Callable[..., dict[str, list[Finding]]]) -> Mapping[str, list[Finding]]:
    return ask(EMAIL, NAME)


@pytest.mark.parametrize("path", NAMED)
def test_the_name_is_found(found: Mapping[str, list[Finding]], path: str) -> None:
    assert path in found
    assert {one.tier for one in found[path]} == {Tier.POSSIBLE}, "a name alone"
    assert any(not seen.how for one in found[path] for seen in one.evidence), "and it is the name"
    assert not any(one.action in ERASING for one in found[path])


@pytest.mark.parametrize("path", OTHERS)
def test_a_neighbour_is_not(found: Mapping[str, list[Finding]], path: str) -> None:
    assert path not in found


@pytest.mark.parametrize("name", PERHAPS)
@pytest.mark.parametrize("folder", ["kanske", "hemma"])
def test_what_only_may_be_the_name_is_possible_and_says_why(
    found: Mapping[str, list[Finding]], folder: str, name: str
) -> None:
    (one,) = found[f"{folder}/{name}"]
    assert one.tier is Tier.POSSIBLE
    assert PERHAPS[name][1] in {seen.how for seen in one.evidence}
    assert one.action not in ERASING


def test_the_name_at_home_and_in_the_own_folder_is_probable(found: Mapping[str, list[Finding]]) -> None:
    """The traps beside it stand in a world where the name and a second fact do count."""
    assert {one.tier for one in found["hemma/namn.txt"]} == {Tier.PROBABLE}
    assert {one.tier for one in found["Anna Andersson/initial.txt"]} == {Tier.PROBABLE}, "by the folder's name"


def test_an_initial_that_fits_another_in_the_same_text_says_so(found: Mapping[str, list[Finding]]) -> None:
    (one,) = found["kanske/annan-också.txt"]
    assert (one.tier, {seen.how for seen in one.evidence}) == (Tier.POSSIBLE, {"initial, fits another too"})


def test_by_the_name_alone_the_same_is_found(
    ask: Callable[..., dict[str, list[Finding]]], found: Mapping[str, list[Finding]]
) -> None:
    alone = ask(NAME)
    assert set(NAMED) <= set(alone)
    assert not set(OTHERS) & set(alone)
    assert {one.tier for findings in alone.values() for one in findings} == {Tier.POSSIBLE}
