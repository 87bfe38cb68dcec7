"""The company's people: nobody's "other person", and, asked for themselves, not the owners of the company's mails.

A small company with a seller, her personnel file and her customers. What was kept and what went is read from the disk.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from scanner.cli.main import main

CONFIG = """include = ["builtin:retention-se"]
[agent]
state = ".gallra"
key = "file:gallra.key"
[company]
name = "Invex AB"
domains = ["invex.example"]
phones = ["018-10 20 30"]
[[staff]]
name = "Eva Ek"
emails = ["eva.ek@invex.example"]
phones = ["070-174 06 05"]
[[staff]]
name = "Olle Berg"
emails = ["olle.berg@invex.example"]
[[source]]
name = "kunder"
kind = "folder"
backup = "none"
path = "kunder"
[[source]]
name = "akter"
kind = "folder"
backup = "none"
path = "akter"
[[source]]
name = "post"
kind = "maildir"
backup = "none"
path = "post"
"""
EVA, HOME, OLLE = "eva.ek@invex.example", "eva.hemma@hem.example", "olle.berg@invex.example"
ANNA = "anna.dal@kund.example"
SLIP = (
    "LÖNESPECIFIKATION\nUtbetalningsdag: 2024-05-24\nEva Ek\nBruttolön 35 700,00\nPreliminär skatt -8 900,00\n"
    "Nettolön 26 800,00\n"
)
SIGNED = "\n\nMed vänlig hälsning\nEva Ek\nInvex AB, 018-10 20 30, 070-174 06 05\n" + EVA
FILES = {
    "akter/Personal/Eva Ek/anställningsavtal.txt": f"Anställningsavtal\nArbetsgivare: Invex AB\nArbetstagare: Eva Ek\n"
    f"Befattning: säljare\nE-post: {EVA}\n",
    "akter/Personal/Eva Ek/lön 2024-05.txt": SLIP,
    "akter/Personal/Eva Ek/läkarintyg.txt": "Läkarintyg\nPatient: Eva Ek\nNedsatt arbetsförmåga till hälften.\n",
    "akter/Personal/Olle Berg/anställningsavtal.txt": f"Anställningsavtal\nArbetstagare: Olle Berg\n{OLLE}\n",
    "akter/Personal/Olle Berg/signerat.txt": f"Anställningsavtal\nArbetstagare: Olle Berg\nBolaget: Eva Ek, {EVA}\n",
    "kunder/avtal Olle.txt": f"Anställningsavtal\nArbetstagare: Olle Berg\nFör bolaget: Eva Ek, {EVA}\n",
    "kunder/lönebesked.txt": f"Lönebesked maj\nBruttolön 31 000 kr\nAvser {OLLE}, utbetalt av {EVA}\n",
    "kunder/Eva Ek/prislista.txt": f"Prislista våren\nSkruv 12 kr\nFrågor: Eva Ek, {EVA}\n",
    "kunder/handbok.txt": f"Handbok för butiken\nNycklar lämnas till Eva Ek, {EVA}\n",
    "kunder/Anna Dal/besked.txt": f"Hej Anna Dal, {ANNA}.\nVi ses på torsdag.{SIGNED}\n",
    "kunder/kunder.csv": f"Namn;E-post;Säljare\nAnna Dal;{ANNA};{EVA}\nBo Lund;bo.lund@kund.example;{EVA}\n",
    "kunder/säljare.csv": f"Artikel;Antal;Säljare\nSkruv;12;{EVA}\nMutter;4;{EVA}\n",
    "kunder/kort.vcf": f"BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Eva Ek\r\nN:Ek;Eva;;;\r\nEMAIL:{EVA}\r\nTEL:+46701740605\r\n"
    f"END:VCARD\r\nBEGIN:VCARD\r\nVERSION:3.0\r\nFN:Anna Dal\r\nN:Dal;Anna;;;\r\nEMAIL:{ANNA}\r\nEND:VCARD\r\n",
    "kunder/möte.ics": "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//x//SV\r\nBEGIN:VEVENT\r\nUID:1@x\r\n"
    "DTSTAMP:20240501T080000Z\r\nDTSTART:20240502T080000Z\r\nSUMMARY:Genomgång\r\n"
    f"ORGANIZER;CN=Eva Ek:mailto:{EVA}\r\nATTENDEE;CN=Anna Dal:mailto:{ANNA}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n",
}
MANY = 30
Ask = Callable[..., tuple[int, Any]]


def mail(sender: str, to: str, subject: str, text: str, cc: str = "") -> bytes:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = sender, to, subject
    if cc:
        message["Cc"] = cc
    message["Date"] = "Mon, 06 May 2024 10:00:00 +0200"
    message.set_content(text)
    return message.as_bytes()


MAILS = {
    "tokund": mail(f"Eva Ek <{EVA}>", f"Anna Dal <{ANNA}>", "Svar", f"Hej Anna!{SIGNED}"),
    "frankund": mail(f"Anna Dal <{ANNA}>", f"Eva Ek <{EVA}>", "Fråga", "Hej Eva!", cc=f"Olle Berg <{OLLE}>"),
    "tillhr": mail(f"Eva Ek <{EVA}>", "hr@invex.example", "Semester", f"Jag vill ha ledigt i juli.{SIGNED}"),
    "hemifran": mail(f"Eva Ek <{HOME}>", f"Olle Berg <{OLLE}>", "Ledigt", f"Jag är på {HOME} i juli.\nEva\n{EVA}"),
    "kollega": mail(f"Eva Ek <{EVA}>", f"Olle Berg <{OLLE}>", "Projekt Alfa", f"Lagret ska flyttas.{SIGNED}"),
    "omnamnd": mail(f"Olle Berg <{OLLE}>", "order@invex.example", "Lager", f"Fråga {EVA} om skruven.\nOlle"),
    "olles": mail(f"Olle Berg <{OLLE}>", f"Eva Ek <{EVA}>", "Sjukanmälan", "Jag är sjuk i dag och blir hemma.\nOlle"),
    "loner": mail(
        f"Eva Ek <{EVA}>", f"Olle Berg <{OLLE}>", "Anställningsavtal", "Anställningsavtal\nArbetstagare: Olle Berg\n"
    ),
    "lon": mail(f"Olle Berg <{OLLE}>", f"Eva Ek <{EVA}>", "Lön", SLIP),
    "sjuk": mail(f"Eva Ek <{EVA}>", f"Olle Berg <{OLLE}>", "Sjukanmälan", "Jag är sjuk i dag och blir hemma.\nEva"),
} | {
    f"mer{number}": mail(f"Eva Ek <{EVA}>", f"kund{number}@kund.example", f"Order {number}", f"Tack!{SIGNED}")
    for number in range(MANY)
}


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("GALLRA_CONFIG", raising=False)
    (tmp_path / "gallra.toml").write_text(CONFIG)
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(text.encode())
    for folder in ("cur", "new", "tmp"):
        (tmp_path / "post" / folder).mkdir(parents=True)
    for name, data in MAILS.items():
        (tmp_path / "post" / "cur" / f"{name}:2,S").write_bytes(data)
    with pytest.raises(SystemExit) as ended:
        main(["scan"])
    assert ended.value.code == 0
    return tmp_path


@pytest.fixture
def ask(root: Path, capsys: pytest.CaptureFixture[str]) -> Ask:
    def run(*arguments: str) -> tuple[int, Any]:
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main(arguments)
        assert isinstance(ended.value.code, int)
        out = capsys.readouterr().out
        return ended.value.code, json.loads(out) if "--json" in arguments else out

    return run


def places(value: Any) -> dict[str, Any]:
    """The finding of each whole item, by the last of its path: `besked.txt`, `tokund`."""
    whole = [one for one in value["findings"] if not one["within"] and one["kind"] != "folder"]
    return {one["path"].rpartition("/")[2]: one for one in whole}


def on_disk(root: Path) -> dict[str, str]:
    found = {}
    for source in ("kunder", "akter", "post"):
        for path in (root / source).rglob("*"):
            if path.is_file():
                name = path.relative_to(root).as_posix().partition(":")[0]
                found[name] = hashlib.sha256(path.read_bytes()).hexdigest()
    return found


def test_the_staff_are_nobody_in_a_customers_case(ask: Ask) -> None:
    _, value = ask("find", ANNA, "--json")
    values = {one["value"] for one in value["subject"]["identifiers"]}
    assert not {EVA, OLLE, "Eva Ek", "Olle Berg", "+46701740605", "+4618102030"} & values
    found = places(value)
    for name in ("tokund", "frankund", "besked.txt"):  # From, To, Cc, and a signature in mail and file
        assert (found[name]["action"], found[name]["tier"]) == ("remove", "certain"), (name, found[name])
    assert not {"tillhr", "kollega", "mer1", "handbok.txt", "säljare.csv"} & set(found)
    within = {(one["path"], *one["within"]): one["action"] for one in value["findings"] if one["within"]}
    assert within["kunder.csv", "row 1"] == "remove-record"  # her seller's address goes with her row
    assert within["kort.vcf", "card 2"] == "remove-record"
    assert ("kort.vcf", "card 1") not in within and ("kunder.csv", "row 2") not in within


def test_an_employees_own_papers_are_found_and_the_companys_mails_wait(ask: Ask) -> None:
    _, value = ask("find", EVA, "Eva Ek", "--json")
    found = places(value)
    got = {name: (one["tier"], one["ownership"], one["action"]) for name, one in found.items()}
    assert got["anställningsavtal.txt"] == ("certain", "own", "remove")
    assert got["läkarintyg.txt"][1:] == ("own", "remove")
    assert got["lön 2024-05.txt"][1:] == ("own", "hold")
    assert (found["lön 2024-05.txt"]["until"], found["lön 2024-05.txt"]["statute"]) == (
        "2031-12-31",
        "Bokföringslagen 7 kap. 2 §",
    )
    assert got["tillhr"] == ("certain", "correspondence", "remove")
    assert got["sjuk"] == ("certain", "correspondence", "remove")
    assert got["lon"][2] == "hold"
    for name in ("tokund", "frankund", *(f"mer{number}" for number in range(MANY))):
        assert got[name] == ("certain", "shared", "decide"), (name, got[name])
        assert "acts for the company" in found[name]["reason"]
    for name in ("signerat.txt", "avtal Olle.txt", "lönebesked.txt", "loner", "olles"):  # a colleague's, by her hand
        assert got[name][2] in ("decide", "hold"), (name, got[name])
    for name in ("kollega", "omnamnd", "handbok.txt"):
        assert got[name][1:] == ("incidental", "decide"), (name, got[name])
    assert got["prislista.txt"][1:] == ("own", "decide")  # her folder, and no personnel file
    within = {(one["path"], *one["within"]): one["action"] for one in value["findings"] if one["within"]}
    assert within["kort.vcf", "card 1"] == "remove-record"
    assert {within[path, f"row {row}"] for path in ("kunder.csv", "säljare.csv") for row in (1, 2)} == {"decide"}
    assert {action for (path, *_), action in within.items() if path == "möte.ics"} == {"decide"}


def test_a_private_address_makes_a_mail_the_employees(ask: Ask) -> None:
    _, value = ask("find", EVA, HOME, "Eva Ek", "--json")
    found = places(value)
    assert (found["hemifran"]["ownership"], found["hemifran"]["action"]) == ("correspondence", "remove")
    assert found["kollega"]["action"] == "decide"


def test_thousands_of_mails_do_not_drown_the_answer(ask: Ask) -> None:
    _, value = ask("find", EVA, "Eva Ek", "--json")
    waiting = sorted(one["id"] for one in value["findings"] if "acts for the company" in (one["reason"] or ""))
    assert len(waiting) >= MANY + 2
    _, told = ask("show", value["case"])
    flat = " ".join(told.split())
    assert f"acts for the company in it: it is the company's, and the other side's too ({len(waiting)})" in flat
    listed = [name for name in (f"mer{number}" for number in range(MANY)) if f"INBOX/{name} " in f"{flat} "]
    assert len(listed) <= 3, listed
    assert f"no {waiting[0]}-" in flat  # the numbers to decide on, as ranges
    code, _ = ask("decide", value["case"], str(waiting[0]), "keep", "--reason", "företagets post")
    assert code == 0
    told = " ".join(ask("show", value["case"])[1].split())
    assert f"the other side's too ({len(waiting) - 1})" in told


def test_erasing_an_employee_leaves_the_company_whole(root: Path, ask: Ask) -> None:
    before = on_disk(root)
    _, value = ask("find", EVA, "Eva Ek", "--json")
    code, _ = ask("erase", value["case"], "--yes", "--plan", value["plan"], "--json")
    assert code == 3  # the company's mails wait for a person
    after = on_disk(root)
    gone = {name for name in before if name not in after}
    assert gone == {
        "akter/Personal/Eva Ek/anställningsavtal.txt",
        "akter/Personal/Eva Ek/läkarintyg.txt",
        "post/cur/tillhr",
        "post/cur/sjuk",
    }
    changed = {name for name in after if after[name] != before[name]}
    assert changed == {"kunder/kort.vcf"}
    card = (root / "kunder" / "kort.vcf").read_text()
    assert "Eva" not in card and "Anna Dal" in card
    for name in ("akter/Personal/Eva Ek/lön 2024-05.txt", "post/cur/lon"):
        assert after[name] == before[name]  # held: byte for byte


def test_a_name_alone_is_enough_to_find_and_to_erase_nothing(ask: Ask) -> None:
    _, value = ask("find", "Eva Ek", "--json")
    found = places(value)
    assert {"anställningsavtal.txt", "läkarintyg.txt", "tokund"} <= set(found)
    assert {one["action"] for one in value["findings"]} <= {"decide", "hold"}
