"""A person leaves every editable format through the real command line, and every other byte and record stays."""

from __future__ import annotations

import email
import gzip
import io
import mailbox
import zipfile
from datetime import date, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import docx
import openpyxl
import pytest
from openpyxl.styles import Font

from tests.conftest import Desk
from tests.little import ANNA, BO, CONFIG, HERS, Little, little, mail

CIA = "cia.lo@kund.example"
PEOPLE = (("Bo Dal", BO), ("Anna Ek", ANNA), ("Cia Lo", CIA))


@pytest.fixture
def company(desk: Desk) -> Little:
    made = little(desk)
    for path, data in _files().items():
        made.write(f"kunder/{path}", data)
    desk("scan", code=0)
    return made


def _files() -> dict[str, bytes]:
    return {
        "kort.vcf": _cards(*PEOPLE),
        "kalender.ics": _calendar(),
        "register.xlsx": _book(),
        "post.mbox": _box(),
        "gammalt.mbox.gz": gzip.compress(_box(), mtime=0),
        "arkiv.zip": _zip({"in/kort.vcf": _cards(*PEOPLE), "in/reg.xlsx": _book(), "Bo.txt": f"Bo Dal, {BO}".encode()}),
        "brev.eml": _letter(),
        "anteckning.md": f"# Möte\nBo Dal {BO} talade med Anna Ek, {ANNA}.\nSlut.\n".encode(),
        "protokoll.docx": _minutes(),
    }


def _cards(*people: tuple[str, str]) -> bytes:
    return "".join(f"BEGIN:VCARD\r\nVERSION:3.0\r\nFN:{n}\r\nEMAIL:{m}\r\nEND:VCARD\r\n" for n, m in people).encode()


def _event(uid: str, summary: str, *lines: str) -> str:
    head = f"BEGIN:VEVENT\r\nUID:{uid}\r\nDTSTAMP:20260101T000000Z\r\nDTSTART:20260101T000000Z\r\nSUMMARY:{summary}\r\n"
    return head + "".join(f"{line}\r\n" for line in lines) + "END:VEVENT\r\n"


HER_SEAT = f"ATTENDEE;CN=Anna Ek:mailto:{ANNA}"
BOS = (f"ORGANIZER;CN=Bo Dal:mailto:{BO}", f"ATTENDEE;CN=Bo Dal:mailto:{BO}")


def _calendar(*, without: bool = False) -> bytes:
    shared = _event("1@x", "Planering", BOS[0], *(() if without else (HER_SEAT,)), BOS[1])
    own = "" if without else _event("2@x", "Samtal", HER_SEAT)
    other = _event("3@x", "Annat", *BOS)
    return f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\n{shared}{own}{other}END:VCALENDAR\r\n".encode()


def _book() -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(("Namn", "E-post", "Belopp"))
    for at, (name, address) in enumerate(PEOPLE):
        sheet.append((name, address, 10 + at))
    sheet["C5"], sheet["D4"] = "=SUM(C2:C4)", "=C4*2"
    sheet["A1"].font = sheet["A3"].font = Font(bold=True)
    sheet.column_dimensions["B"].width = 31
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _box() -> bytes:
    letters = (mail(f"{name} <{mail_}>", "Hej", f"Hej från {name}").replace(b"\r\n", b"\n") for name, mail_ in PEOPLE)
    return b"".join(b"From x@y Mon Mar  2 10:00:00 2026\n" + one + b"\n" for one in letters)


def _zip(members: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(zipfile.ZipInfo(name, (2024, 1, 2, 3, 4, 6)), data)
    return out.getvalue()


def _letter() -> bytes:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "eva@invex.example", "olle@invex.example", "Listan"
    message.set_content("Se bilagan.")
    rows = "".join(f"{name};{mail_}\r\n" for name, mail_ in PEOPLE)
    packed = _zip({"lista.csv": f"Namn;E-post\r\n{rows}".encode()})
    message.add_attachment(packed, maintype="application", subtype="zip", filename="lista.zip")
    return message.as_bytes()


def _minutes() -> bytes:
    made = docx.Document()
    made.add_paragraph(f"Närvarande: Bo Dal {BO} och Anna Ek ({ANNA}).")
    made.add_paragraph("Beslut: inget.")
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def _member(data: bytes, name: str) -> bytes:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return archive.read(name)


def _senders(data: bytes, folder: Path) -> list[str]:
    box = folder / "box"
    box.write_bytes(data)
    return [str(one["From"]) for one in mailbox.mbox(box, create=False)]


def _found(run: Any, path: str) -> dict[str, Any]:
    (one,) = [one for one in run["findings"] if one["path"] == path]
    assert isinstance(one, dict)
    return one


def _check_sheet(data: bytes) -> None:
    """Her row is empty, and values, formulas and looks of the others are what they were."""
    old, new = openpyxl.load_workbook(io.BytesIO(_book())).active, openpyxl.load_workbook(io.BytesIO(data)).active
    assert old is not None
    assert new is not None
    for row in old.iter_rows():
        for cell in row:
            now = new[cell.coordinate]
            assert now.value == (None if cell.row == 3 else cell.value), cell.coordinate
            assert (now.font.b, now.number_format) == (cell.font.b, cell.number_format)
    assert new.column_dimensions["B"].width == 31
    parts = zipfile.ZipFile(io.BytesIO(data))
    assert not [name for name in parts.namelist() if b"anna" in parts.read(name).lower()]


def test_a_person_leaves_every_format_and_all_else_stays(company: Little, tmp_path: Path) -> None:
    before = company.files()
    case, run = company.find()
    waits = [_found(run.json, path) for path in ("anteckning.md", "protokoll.docx")]
    assert {one["action"] for one in waits} == {"decide"}
    shown = company.desk("show", case, "--changes", str(waits[0]["id"]), code=0).out
    assert shown.splitlines() == [
        f"- Bo Dal {BO} talade med Anna Ek, {ANNA}.",
        f"+ Bo Dal {BO} talade med [raderad], [raderad].",
    ]
    company.desk("decide", case, *(str(one["id"]) for one in waits), "erase", code=[0, 3])
    end = company.desk("erase", "--json", case, "--yes", code=0).json
    assert {one["state"] for one in end["findings"]} == {"erased"}
    after = company.files()
    edited = {f"kunder/{name}" for name in _files()} | {"kunder/lista.csv"}
    assert set(before) - set(after) == HERS
    assert {path for path in after if after[path] != before.get(path)} == edited
    _check_left(company.root / "kunder", tmp_path)
    company.desk("scan", code=0)
    assert company.desk("find", "--json", "--no-case", ANNA, "Anna Ek", code=0).json["findings"] == []


def _check_left(root: Path, work: Path) -> None:
    others = [one for one in PEOPLE if one[1] != ANNA]
    senders = [f"{name} <{mail_}>" for name, mail_ in others]
    assert (root / "kort.vcf").read_bytes() == _cards(*others)
    assert (root / "kalender.ics").read_bytes() == _calendar(without=True)
    assert (root / "lista.csv").read_text() == f"Namn;E-post;Mobil\nBo Dal;{BO};070-174 06 06\n"
    assert _senders((root / "post.mbox").read_bytes(), work) == senders
    assert _senders(gzip.decompress((root / "gammalt.mbox.gz").read_bytes()), work) == senders
    _check_sheet((root / "register.xlsx").read_bytes())
    packed = (root / "arkiv.zip").read_bytes()
    assert _member(packed, "in/kort.vcf") == _cards(*others)
    assert _member(packed, "Bo.txt") == f"Bo Dal, {BO}".encode()
    _check_sheet(_member(packed, "in/reg.xlsx"))
    letter = email.message_from_bytes((root / "brev.eml").read_bytes())
    (attached,) = [part for part in letter.walk() if part.get_filename()]
    inner = attached.get_payload(decode=True)
    assert isinstance(inner, bytes)
    rows = "".join(f"{name};{mail_}\r\n" for name, mail_ in others)
    assert _member(inner, "lista.csv") == f"Namn;E-post\r\n{rows}".encode()
    note = (root / "anteckning.md").read_text()
    assert note == f"# Möte\nBo Dal {BO} talade med [raderad], [raderad].\nSlut.\n"
    texts = [one.text for one in docx.Document(str(root / "protokoll.docx")).paragraphs]
    assert texts == [f"Närvarande: Bo Dal {BO} och [raderad] ([raderad]).", "Beslut: inget."]


def test_11_a_shared_sheet_keeps_its_other_rows_formulas_and_styles(company: Little) -> None:
    case, run = company.find()
    assert _found(run.json, "register.xlsx")["action"] == "remove-record"
    company.desk("erase", case, "--yes", code=3)
    _check_sheet((company.root / "kunder/register.xlsx").read_bytes())


# -- holds ------------------------------------------------------------------------------------------------------------

INVOICE = (
    "FAKTURA\nFakturanummer: 1001\n{}Kund: Anna Ek\n{}\nAtt betala: 1 250,00 kr\nBankgiro: 5050-1055\n"
    "OCR: 1234566\nMoms 25%: 250,00\n"
)
HOLD = """
[[hold]]
name = "avtal"
statute = "Egen lag 3 §"
match = ["Avtal/**"]
until = 2099-12-31

[[cull]]
name = "ansökningar-egna"
match = ["Sökande/**"]
after = { months = 24, from = "received" }
"""


def _held(desk: Desk) -> tuple[Little, int]:
    made = little(desk)
    desk.write('include = ["builtin:retention-se"]\n' + CONFIG + HOLD)
    year = date.today().year - 2
    made.write("kunder/Fakturor/1.txt", INVOICE.format(f"Fakturadatum: {year}-03-01\n", ANNA))
    made.write("kunder/Fakturor/2.txt", INVOICE.format("", ANNA))
    made.write("kunder/Avtal/3.txt", f"Avtal med Anna Ek, {ANNA}.\n")
    desk("scan", code=0)
    return made, year


def test_what_the_law_holds_stays_and_is_dated(desk: Desk) -> None:
    company, year = _held(desk)
    before = company.files()
    case, run = company.find()
    dated, unknown, own = (_found(run.json, path) for path in ("Fakturor/1.txt", "Fakturor/2.txt", "Avtal/3.txt"))
    assert (dated["action"], dated["state"], dated["until"]) == ("hold", "held", f"{year + 7}-12-31")
    assert "7 kap. 2 §" in dated["statute"]
    assert (unknown["action"], unknown["until"]) == ("hold", None)
    assert (own["statute"], own["until"]) == ("Egen lag 3 §", "2099-12-31")
    company.desk("decide", case, str(dated["id"]), "erase", code=4)
    company.desk("decide", case, str(unknown["id"]), "keep", code=2)
    ahead = (date.today() + timedelta(days=400)).isoformat()
    company.desk("decide", case, str(unknown["id"]), "keep", "--until", ahead)
    company.desk("erase", case, "--yes", code=[0, 3])
    after = company.files()
    for path in ("Fakturor/1.txt", "Fakturor/2.txt", "Avtal/3.txt"):
        assert after[f"kunder/{path}"] == before[f"kunder/{path}"]
    end = company.desk("show", "--json", case, code=[0, 3]).json
    assert _found(end, "Fakturor/2.txt")["until"] == ahead
    again = company.desk("find", "--json", "--no-case", ANNA, "Anna Ek", code=[0, 3]).json["findings"]
    left = {one["path"] for one in end["findings"] if one["state"] != "erased"}
    assert {one["path"] for one in again} <= left


def test_a_person_holds_one_item_by_a_ground(desk: Desk) -> None:
    company = little(desk)
    before = company.files()
    case, run = company.find()
    number = str(_found(run.json, "Anna Ek/avtal.txt")["id"])
    ahead = (date.today() + timedelta(days=90)).isoformat()
    company.desk("decide", case, number, "keep", "--ground", "e", code=2)
    company.desk("decide", case, number, "keep", "--ground", "e", "--reason", "tvist", "--until", ahead)
    company.desk("erase", case, "--yes", code=[0, 3])
    one = _found(company.desk("show", "--json", case, code=[0, 3]).json, "Anna Ek/avtal.txt")
    assert (one["state"], one["until"], one["statute"]) == ("held", ahead, "GDPR Art. 17(3)(e)")
    after = company.files()
    assert after["kunder/Anna Ek/avtal.txt"] == before["kunder/Anna Ek/avtal.txt"]
    assert "kunder/Anna Ek/kvitto.txt" not in after


# -- what must be so before a plan runs -------------------------------------------------------------------------------


@pytest.mark.parametrize("more", ["[erase]\nmax_items_per_run = 2\n", "[cases]\nidentity_check = true\n"])
def test_14_a_plan_that_may_not_run_touches_nothing(more: str, desk: Desk) -> None:
    company = little(desk)
    desk.write(CONFIG + more)
    before = company.files()
    case, _ = company.find()
    company.desk("erase", case, "--yes", code=4)
    assert company.files() == before


def test_14_an_identity_that_was_checked_lets_it_run(desk: Desk) -> None:
    company = little(desk)
    desk.write(CONFIG + "[cases]\nidentity_check = true\n")
    case, _ = company.find()
    company.desk("request", case, "--identified", "BankID", "--by", "EL", code=0)
    company.desk("erase", case, "--yes", code=[0, 3])
    assert not HERS & set(company.files())
