"""Promises 11 and 12: what lies in something else is found, and taken out of it, and all around it stays.

More of 11 is in tests/scanner/surgery; here is one sheet, through the real command line.
"""

from __future__ import annotations

import email
import io
import zipfile
from email import policy
from email.message import EmailMessage

import openpyxl
from openpyxl.styles import Font
from openpyxl.worksheet.worksheet import Worksheet

from tests.little import ANNA, BO, Little, mail

LETTER = f"Hej {ANNA}\n".encode()
BOS = f"Hej {BO}\n".encode()


def test_11_a_shared_sheet_keeps_its_other_rows_formulas_and_styles(company: Little) -> None:
    rows: list[list[str | int | None]] = [["Bo Dal", BO, 10], ["Anna Ek", ANNA, 20], ["Cia Lo", "cia@kund.example", 30]]
    path = company.write("kunder/reg.xlsx", _sheet(rows))
    company.desk("scan", code=0)
    case, run = company.find()
    (one,) = (one for one in run.json["findings"] if one["path"] == "reg.xlsx" and one["action"] != "decide")
    assert (one["action"], one["within"]) == ("remove-record", ["sheet Kunder", "row 2"])
    company.desk("erase", case, "--yes", code=0)
    book = openpyxl.load_workbook(path)
    sheet, other = book["Kunder"], book["Lager"]
    left = [values for values in sheet.values if any(values)]
    assert left == [("Namn", "E-post", "Summa"), tuple(rows[0]), tuple(rows[2]), (None, None, "=SUM(C2:C4)")]
    assert sheet["A4"].value == "Cia Lo", "rows keep their numbers, so that formulas mean what they meant"
    assert (sheet["A1"].font.b, sheet["A4"].font.i, sheet["A2"].font.i) == (True, True, False)
    assert list(other.values) == [("Skruv", 3)]
    with zipfile.ZipFile(path) as zipped:
        raw = b"".join(zipped.read(name) for name in zipped.namelist())
    assert b"Anna" not in raw
    assert ANNA.encode() not in raw


def _sheet(rows: list[list[str | int | None]]) -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    sheet.title = "Kunder"
    table: list[list[str | int | None]] = [["Namn", "E-post", "Summa"], *rows, [None, None, "=SUM(C2:C4)"]]
    for row in table:
        sheet.append(row)
    sheet["A1"].font, sheet["A4"].font = Font(bold=True), Font(italic=True)
    book.create_sheet("Lager").append(["Skruv", 3])
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def test_12_what_lies_in_mails_and_archives_is_found_and_erased(company: Little) -> None:
    inner = mail(f"Anna Ek <{ANNA}>", "Inre", "Hej")
    letters = {
        "zip": _attached(_zip({"in/brev.txt": LETTER, "bo.txt": BOS}), "application", "zip", "a.zip"),
        "brev": _attached(inner, "message", "rfc822", "a.eml"),
        "djup": _attached(_zip({"b.eml": inner, "bo.txt": BOS}), "application", "zip", "b.zip"),
        "citat": _reply(f"Se nedan.\n\n> Den 3 mars skrev {ANNA}:\n>> Hej\n"),
    }
    for name, data in letters.items():
        company.write(f"post/cur/17000001.{name}.x:2,S", data)
    company.write("kunder/arkiv.zip", _zip({"inre.zip": _zip({"brev.txt": LETTER, "bo.txt": BOS}), "bo.txt": BOS}))
    company.desk("scan", code=0)
    case, run = company.find()
    found = {(one["path"], tuple(one["within"])): one for one in run.json["findings"]}
    assert found["INBOX/17000001.zip.x", ("attachment 1: a.zip", "member in/brev.txt")]["tier"] == "certain"
    assert found["arkiv.zip", ("member inre.zip", "member brev.txt")]["action"] == "remove-record"
    assert any(path.endswith("brev.x") and steps[:1] == ("attachment 1: a.eml",) for path, steps in found)
    assert any(path.endswith("djup.x") and steps[1:2] == ("member b.eml",) for path, steps in found)
    assert ("INBOX/17000001.citat.x", ()) in found
    waiting = [str(one["id"]) for one in run.json["findings"] if one["action"] == "decide"]
    if waiting:
        company.desk("decide", case, *waiting, "erase", code=[0, 3])
        company.desk("show", case)
    company.desk("erase", case, "--yes", code=[0, 3])
    for name in letters:
        assert ANNA.encode() not in _all_in(company, name), name
    with zipfile.ZipFile(company.root / "kunder/arkiv.zip") as outer:
        assert sorted(outer.namelist()) == ["bo.txt", "inre.zip"]
        assert outer.read("bo.txt") == BOS
        assert _members(outer.read("inre.zip")) == {"bo.txt": BOS}


def test_12_beside_her_attachment_another_persons_stays(company: Little) -> None:
    both = {"anna.txt": LETTER, "bo.txt": BOS}
    company.write("post/cur/17000001.tva.x:2,S", _attached(_zip(both), "application", "zip", "a.zip"))
    company.desk("scan", code=0)
    case, run = company.find()
    (one,) = (one for one in run.json["findings"] if one["within"][-1:] == ["member anna.txt"])
    assert one["action"] == "remove-record"
    company.desk("erase", case, "--yes", code=0)
    (path,) = company.root.glob("post/cur/17000001.tva*")
    message = email.message_from_bytes(path.read_bytes(), policy=policy.default)
    (part,) = message.iter_attachments()
    content = part.get_content()
    assert isinstance(content, bytes)
    assert _members(content) == {"bo.txt": BOS}


def _all_in(company: Little, name: str) -> bytes:
    """All bytes of a mail with what lies in it unpacked; nothing where the mail is gone."""
    found = b""
    for path in company.root.glob(f"post/*/17000001.{name}*"):
        message = email.message_from_bytes(path.read_bytes(), policy=policy.default)
        found += path.read_bytes()
        for part in message.walk():
            payload = part.get_payload(decode=True)
            raw = payload if isinstance(payload, bytes) else b""
            found += raw + (b"".join(_members(raw).values()) if raw.startswith(b"PK") else b"")
    return found


def _members(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as zipped:
        return {name: zipped.read(name) for name in zipped.namelist()}


def _zip(members: dict[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as zipped:
        for name, data in members.items():
            zipped.writestr(name, data)
    return stream.getvalue()


def _reply(text: str) -> bytes:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "eva@invex.example", "olle@invex.example", "Sv"
    message.set_content(text)
    return message.as_bytes()


def _attached(data: bytes, main: str, sub: str, name: str) -> bytes:
    """A mail between two of the staff with something in it."""
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "eva@invex.example", "olle@invex.example", "Vb"
    message.set_content("Se bilagan.")
    if main == "message":
        message.add_attachment(email.message_from_bytes(data, policy=policy.default), filename=name)
    else:
        message.add_attachment(data, maintype=main, subtype=sub, filename=name)
    return message.as_bytes()
