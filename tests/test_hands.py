"""Processors, binders and providers through the command line: asked, written to, reminded, confirmed, and forgotten.

The witnesses are the bytes of what gallra keeps, opened with the installation's key, and the mail that a server took.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import sqlite3
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from scanner.index.seal import Keys, Sealer
from tests.conftest import Desk
from tests.standins.smtp_moods import Moods, smtp_with
from tests.standins.smtp_sink import Sink, smtp_sink

ANNA = "anna.ek@kund.example"
CONFIG = """
[agent]
state = ".gallra"
key = "file:gallra.key"
ledger_key = "file:ledger.key"

[company]
name = "Invex AB"
domains = ["invex.example"]

[[source]]
name = "kunder"
kind = "folder"
path = "kunder"

[[source]]
name = "byrån"
kind = "processor"
contact = "dpo@lon.example"
owner = "karin@invex.example"
what = "löneunderlag"

[[source]]
name = "pärmar"
kind = "paper"
owner = "Eva"
place = "arkivet, hylla 3"
label = "Kunder A-L"
span = "2015-2019"

[[backup]]
name = "molnet"
kind = "provider"
covers = ["kunder"]
contact = "help@moln.example"
deadline_days = 7
"""
SMTP = """
[smtp]
host = "127.0.0.1"
port = {port}
tls = "{tls}"
sender = "dataskydd@invex.example"
"""


@pytest.fixture(scope="module")
def carried_out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Anna's folder, and a case whose plan has been carried out: three tasks wait. Made once, and copied."""
    desk = Desk(tmp_path_factory.mktemp("hands") / "hem")
    (desk.root / "kunder/Anna Ek").mkdir(parents=True)
    (desk.root / "kunder/Anna Ek/brev.eml").write_text(f"From: Anna Ek <{ANNA}>\nTo: info@invex.example\n\nHej\n")
    (desk.root / "kunder/lista.csv").write_text(f"namn,epost\nAnna Ek,{ANNA}\nBo Dal,bo.dal@kund.example\n")
    desk.write(CONFIG)
    desk("scan", code=0)
    found = desk("find", ANNA, "Anna Ek", "--json", code=0).json
    for one in found["findings"]:
        if one["action"] == "decide":
            desk("decide", "1", str(one["id"]), "erase", code=0)
    desk("show", "1", "--json", code=3)
    desk("erase", "1", "--yes", code=3)
    return desk.root


@pytest.fixture
def asked(desk: Desk, carried_out: Path) -> Desk:
    """The same, for a test of its own."""
    desk.root.rmdir()
    shutil.copytree(carried_out, desk.root)
    return desk


def tasks(desk: Desk) -> dict[str, dict[str, Any]]:
    return {one["source"]: one for one in desk("tasks", "--json", code=[0, 3]).json["tasks"]}


def number(desk: Desk, source: str) -> str:
    return str(tasks(desk)[source]["number"])


def states(desk: Desk) -> dict[str, tuple[str, str | None]]:
    found = desk("show", "1", "--json", code=[0, 3]).json["findings"]
    return {
        one["source"]: (one["state"], one["until"])
        for one in found
        if one["kind"] in ("processor", "paper", "provider")
    }


def wait(desk: Desk, days: int) -> None:
    """Let days pass since the tasks were given: with the key, in the sealed case."""
    sealer = key_of(desk.root)
    with sqlite3.connect(desk.root / ".gallra/cases.sqlite") as db:
        ((number, sealed),) = db.execute("SELECT number, sealed FROM cases").fetchall()
        case = json.loads(sealer.open(sealed, b"case " + number.encode()))
        for one in case["findings"]:
            if one["since"]:
                one["since"] = (datetime.fromisoformat(one["since"]) - timedelta(days=days)).isoformat()
        again = sealer.seal(json.dumps(case).encode(), b"case " + number.encode())
        db.execute("UPDATE cases SET sealed = ?", (again,))
    desk("tasks", code=3)


def key_of(root: Path) -> Sealer:
    return Sealer(Keys.derive(bytes.fromhex((root / "gallra.key").read_text().strip())))


def events(desk: Desk) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (desk.root / ".gallra/audit.jsonl").read_text().splitlines()]


def kept_with_the_key(root: Path) -> bytes:
    """All that gallra keeps, plain, and each sealed case opened with the key."""
    found = b"".join(one.read_bytes() for one in sorted((root / ".gallra").rglob("*")) if one.is_file())
    sealer = key_of(root)
    with sqlite3.connect(root / ".gallra/cases.sqlite") as db:
        for case, sealed in db.execute("SELECT number, sealed FROM cases WHERE length(sealed) > 0"):
            found += sealer.open(sealed, b"case " + case.encode())
    return found


def test_asked_written_confirmed_and_forgotten(asked: Desk) -> None:
    desk, root = asked, asked.root
    found = tasks(desk)
    assert {name: (one["kind"], one["holder"], one["overdue"]) for name, one in found.items()} == {
        "molnet": ("provider", None, False),
        "byrån": ("processor", "karin@invex.example", False),
        "pärmar": ("paper", "Eva", False),
    }
    assert next(iter(found)) == "molnet", "what is due first comes first"
    assert found["pärmar"]["place"] == "arkivet, hylla 3"
    assert (date.fromisoformat(found["byrån"]["due"]) - date.fromisoformat(found["molnet"]["due"])).days == 23
    assert '"incomplete"' in desk("certificate", "1", "--json", code=3).out

    desk("task", "letter", number(desk, "molnet"), "-o", "moln.txt", code=0)
    letter = (root / "moln.txt").read_text()
    assert (root / "moln.txt").stat().st_mode & 0o777 == 0o600
    assert "kunder | Anna Ek/brev.eml | helt" in letter
    assert "kunder | lista.csv | en del" in letter
    desk("task", "letter", number(desk, "pärmar"), "-o", "parm.pdf", code=0)
    assert (root / "parm.pdf").read_bytes().startswith(b"%PDF-")
    desk("task", "letter", number(desk, "byrån"), "-o", "byra.html", "--language", "en", code=0)
    assert ANNA in (root / "byra.html").read_text()
    assert "is there already" in desk("task", "letter", number(desk, "byrån"), "-o", "byra.html", code=4).err
    desk("task", "letter", number(desk, "byrån"), "-o", "byra.html", "--force", code=0)

    (root / "svar.pdf").write_bytes(b"%PDF-1.4 Anna Ek")
    numbers = {name: str(one["number"]) for name, one in found.items()}
    done = desk("task", "done", numbers["byrån"], "--by", "Karin", "--file", "svar.pdf", "--note", "i mejl", code=0)
    assert "is closed: erased" in done.out
    desk("task", "done", numbers["pärmar"], "--by", "Eva", "--found", "none", code=0)
    until = (date.today() + timedelta(days=90)).isoformat()
    desk("task", "done", found["molnet"]["task"], "--by", "KH", "--until", until, code=0)
    expected = {"byrån": ("erased", None), "pärmar": ("absent", None), "molnet": ("recoverable", until)}
    assert states(desk) == expected
    reasons = [
        one["reason"] for one in desk("show", "1", "--json", code=0).json["findings"] if one["source"] == "byrån"
    ]
    digest = hashlib.sha256(b"%PDF-1.4 Anna Ek").hexdigest()
    assert reasons == [f"confirmed, says Karin on {date.today()} (SHA-256 {digest}): i mejl"]
    told = {one["details"]["task"]: one["details"] for one in events(desk) if one["event"] == "task-done"}
    assert told["erased"]["confirmation"] == digest
    assert told["recoverable"]["until"] == until
    assert len({one["by"] for one in told.values()}) == 3
    desk("verify", "1", code=0)
    assert states(desk) == expected, "looking again neither opens nor doubles them"
    desk("certificate", "1", "-o", "c.json", code=0)
    certificate = json.loads((root / "c.json").read_text())
    assert certificate["outcome"] == f"complete except what is retained until {until}"

    before = kept_with_the_key(root)
    assert "löneunderlag".encode() not in before, "what the configuration says is kept there alone"
    assert b"Karin" in before
    desk("close", "1", "--no-certificate", code=0)
    after = kept_with_the_key(root) + (root / ".gallra/audit.jsonl").read_bytes()
    for word in ("Anna", "Ek", ANNA, "Karin", "Eva", "i mejl", "pärmar", "arkivet", "brev.eml"):
        assert word.encode() not in after, word
    desk("audit", "verify", code=0)
    assert desk("tasks", code=0).out == "No task waits for anybody.\n"
    assert "was closed" in desk("task", "done", numbers["byrån"], "--by", "K", code=4).err


def test_the_customers_name_stands_in_the_case_and_on_the_paper_alone(asked: Desk) -> None:
    desk, root = asked, asked.root
    desk("task", "letter", number(desk, "pärmar"), "-o", "parm.txt", code=0)
    desk("task", "remind", code=[0, 3])
    paper = (root / "parm.txt").read_text()
    assert "Namn: Anna Ek" in paper
    assert ANNA not in paper
    files = [one for one in (root / ".gallra").rglob("*") if one.is_file()]
    assert {"cases.sqlite", "ledger.sqlite", "audit.jsonl"} <= {one.name for one in files}
    for one in files:
        data = one.read_bytes()
        assert b"Anna" not in data, one.name
        if one.name == "cases.sqlite":  # the names of sources are the company's, and still sealed
            assert "pärmar".encode() not in data
            assert b"Eva" not in data
    assert b"Anna Ek" in kept_with_the_key(root), "the witness can see it where it is"


def test_a_number_means_one_task_and_what_is_done_stays_done(asked: Desk) -> None:
    desk = asked
    found = tasks(desk)
    numbers = {name: str(one["number"]) for name, one in found.items()}
    desk("task", "done", numbers["byrån"], "--by", "Karin", code=0)
    assert number(desk, "pärmar") == numbers["pärmar"], "no other task takes a number that is free"
    again = desk("task", "done", numbers["byrån"], "--by", "Eva", "--found", "none", code=4)
    assert "settled already" in again.err
    assert states(desk)["byrån"][0] == "erased"
    assert states(desk)["pärmar"][0] == "task"
    for word in ("9", "0", "-1", "x", "2026-0001/99", "1/", "/4", "1e3"):
        assert desk("task", "done", "--by", "K", "--", word, code=2).out == ""
    assert "no such case" in desk("task", "done", "9/4", "--by", "K", code=2).err
    desk("task", "done", "1/1", "--by", "K", code=4)
    assert [one["state"] for one in desk("show", "1", "--json", code=3).json["findings"]].count("task") == 2


WRONG: list[tuple[list[str], int, str]] = [
    (["--by", "K", "--file", "nowhere.pdf"], 2, "No such file"),
    (["--by", "K", "--file", "kunder"], 2, "Is a directory"),
    (["--by", "K", "--file", "tom.pdf"], 2, "is empty"),
    ([], 2, "--by"),
    (["--by", "K 19811218-9876"], 4, "without numbers"),
    (["--by", "K", "--found", "maybe"], 2, "--found"),
    (["--by", "K", "--until", "2020-01-01"], 4, "must lie ahead"),
    (["--by", "K", "--until", "i morgon"], 2, "--until"),
    (["--by", "K", "--found", "none", "--until", "2090-01-01"], 4, "nothing is"),
    (["--by", "K", "--note", "a\nb"], 4, "--note"),
]


def test_a_wrong_word_closes_nothing(asked: Desk) -> None:
    (asked.root / "tom.pdf").write_bytes(b"")
    mine = number(asked, "byrån")
    for options, code, told in WRONG:
        run = asked("task", "done", mine, *options, code=code)
        assert told in run.err, options
        assert "nowhere" not in run.err
    assert states(asked)["byrån"] == ("task", None)
    assert not [one for one in events(asked) if one["event"] == "task-done"]


def test_a_person_may_keep_it_and_ask_after_all(asked: Desk) -> None:
    desk = asked
    found = tasks(desk)["byrån"]
    finding = str(found["findings"][0])
    desk("decide", "1", finding, "keep", "--reason", "we never gave them anything", code=0)
    assert states(desk)["byrån"][0] == "kept"
    assert "byrån" not in tasks(desk)
    assert "settled already" in desk("task", "letter", str(found["number"]), code=4).err
    desk("decide", "1", finding, "erase", code=0)
    desk("show", "1", code=3)
    desk("erase", "1", "--yes", code=3)
    assert tasks(desk)["byrån"]["number"] == found["number"]
    assert tasks(desk)["byrån"]["since"] == found["since"], "the days count from when it was given first"


def test_a_provider_confirms_only_what_its_letter_lists(asked: Desk) -> None:
    mine = number(asked, "molnet")
    asked("task", "letter", mine, "-o", "a.txt", code=0)
    (asked.root / "kunder/Anna Ek").mkdir()
    (asked.root / "kunder/Anna Ek/nytt.eml").write_text(f"From: Anna Ek <{ANNA}>\nTo: info@invex.example\n\nIgen\n")
    asked("scan", code=3)
    asked("show", "1", code=3)
    asked("erase", "1", "--yes", code=3)
    assert not (asked.root / "kunder/Anna Ek/nytt.eml").exists()
    refused = asked("task", "done", mine, "--by", "K", code=4)
    assert f"gallra task letter {mine} once more" in refused.err
    asked("task", "letter", mine, "-o", "b.txt", code=0)
    assert "nytt.eml" in (asked.root / "b.txt").read_text()
    asked("task", "done", mine, "--by", "K", code=0)


def test_the_page_for_reading_tells_it_in_swedish(asked: Desk) -> None:
    asked("task", "done", number(asked, "pärmar"), "--by", "Eva", "--found", "none", code=0)
    asked("show", "1", "--html", "a.html", code=3)
    page = (asked.root / "a.html").read_text()
    assert "karin@invex.example ska se till att biträdet raderar" in page
    assert "någon ska se till att leverantören raderar" in page
    assert "ingenting fanns där, enligt Eva den" in page
    run = asked("show", "1", "--context", code=3)
    assert "could not be read" not in run.out


class TestMail:
    @pytest.fixture
    def sink(self, asked: Desk) -> Iterator[Sink]:
        with smtp_sink() as sink:
            with (asked.root / "gallra.toml").open("a") as config:
                config.write(SMTP.format(port=sink.port, tls="none"))
            yield sink

    def test_a_letter_goes_once_and_again_only_when_asked(self, asked: Desk, sink: Sink) -> None:
        mine = number(asked, "byrån")
        assert "was sent" in asked("task", "letter", mine, "--send", code=0).out
        assert tasks(asked)["byrån"]["letter_sent"] == date.today().isoformat()
        refused = asked("task", "letter", mine, "--send", code=4)
        assert "--again" in refused.err
        asked("task", "letter", mine, "--send", "--again", code=0)
        first, second = sink.mails
        assert first.recipients == second.recipients == ("dpo@lon.example",)
        assert first.sender == "dataskydd@invex.example"
        head = first.data.partition(b"\r\n\r\n")[0].decode()
        assert "Anna" not in head
        assert "2026-0001" in str(first.message["Subject"])
        body, pdf = list(first.message.iter_parts())
        assert "Anna Ek" in body.get_content()
        assert pdf.get_content().startswith(b"%PDF-")
        log = (asked.root / ".gallra/audit.jsonl").read_text()
        assert "example" not in log
        assert [one["event"] for one in events(asked)].count("letter-sent") == 2

    def test_the_paper_of_a_binder_is_never_mailed(self, asked: Desk, sink: Sink) -> None:
        run = asked("task", "letter", number(asked, "pärmar"), "--send", code=4)
        assert "printed and handed over" in run.err
        assert sink.mails == []

    def test_who_has_no_address_gets_no_letter(self, asked: Desk, sink: Sink) -> None:
        config = (asked.root / "gallra.toml").read_text()
        asked.write(config.replace('contact = "help@moln.example"\n', ""))
        assert "has no contact" in asked("task", "letter", number(asked, "molnet"), "--send", code=2).err
        asked.write(config.replace("help@moln.example", "helpdesk"))
        assert "email address" in asked("tasks", code=2).err
        assert sink.mails == []

    def test_reminders_tell_the_case_and_never_the_person(self, asked: Desk, sink: Sink) -> None:
        wait(asked, 40)
        listed = asked("task", "remind", code=3)
        assert "Tasks for people (3" in listed.out
        assert sink.mails == []
        sent = asked("task", "remind", "--send", code=3)
        assert "nobody to write to" in sent.err, "Eva has no address, and no letter went to the provider"
        (mail,) = sink.mails
        assert mail.recipients == ("karin@invex.example",)
        text = str(mail.message["Subject"]) + mail.message.get_content()
        assert "2026-0001" in text
        assert "Anna" not in text
        assert ANNA not in text
        asked("task", "letter", number(asked, "molnet"), "-o", "m.txt", code=0)
        asked("task", "remind", "--send", code=3)
        assert [one.recipients for one in sink.mails[1:]] == [("help@moln.example",)], "Karin was reminded today"
        assert "gallra" not in sink.mails[1].message.get_content()

    @pytest.mark.parametrize(
        ("moods", "tls", "code", "told", "noted"),
        [
            (Moods(says={"RCPT": "550 no such user"}), "none", 4, "SMTP code 550", None),
            (Moods(), "starttls", 5, "STARTTLS", None),
            (Moods(cut_after_data=True), "none", 5, "may have been sent", date.today().isoformat()),
        ],
    )
    def test_what_was_not_sent_is_not_noted_as_sent(
        self, asked: Desk, moods: Moods, tls: str, code: int, told: str, noted: str | None
    ) -> None:
        with smtp_with(moods):
            with (asked.root / "gallra.toml").open("a") as config:
                config.write(SMTP.format(port=moods.port, tls=tls))
            run = asked("task", "letter", number(asked, "byrån"), "--send", code=code)
        assert told in run.err
        assert "example" not in run.err
        assert tasks(asked)["byrån"]["letter_sent"] == noted
        assert not [one for one in events(asked) if one["event"] == "letter-sent"]

    def test_without_a_server_nothing_is_sent_and_the_next_step_told(self, asked: Desk) -> None:
        assert "use -o FILE" in asked("task", "letter", number(asked, "byrån"), "--send", code=2).err
        asked("task", "remind", "--send", code=[0, 2])
        assert tasks(asked)["byrån"]["letter_sent"] is None


def test_overdue_tasks_are_told_everywhere(asked: Desk) -> None:
    desk = asked
    ask_all = [
        ["find", "--no-case", ANNA], ["scan"], ["check"], ["tasks"], ["show", "1", "--json"],
        ["certificate", "1", "--json"], ["verify", "1"], ["erase", "1", "--yes"], ["decide", "1", "1", "keep"],
    ]  # fmt: skip
    for command in ask_all[:4]:
        assert "overdue" not in desk(*command, code=[0, 3]).err
    wait(desk, 30)
    (first,) = {one["due"] for one in tasks(desk).values() if one["overdue"]}
    for command in ask_all:
        run = desk(*command, code=[0, 3, 4])
        assert run.err.count(f"1 task is overdue, the first since {first}: gallra tasks") == 1, command
        assert "overdue" not in run.out.lower() or command[0].startswith("task")
    wait(desk, 1)
    told = desk("tasks", code=3)
    assert "3 tasks are overdue" in told.err
    assert told.out.count("OVERDUE") == 3
    assert desk("tasks", "--json", code=3).json["overdue"] == 3
    for one in tasks(desk).values():
        desk("task", "done", str(one["number"]), "--by", "K", code=0)
    assert "overdue" not in desk("scan", code=0).err


def test_a_phone_is_closed_by_an_export_and_not_by_a_word(desk: Desk) -> None:
    (desk.root / "evas").mkdir()
    card = "BEGIN:VCARD\r\nVERSION:3.0\r\nFN:{0}\r\nN:{0};;;;\r\nEMAIL:{1}\r\nEND:VCARD\r\n"
    people = card.format("Anna Ek", ANNA) + card.format("Bo Dal", "bo@kund.example")
    (desk.root / "evas/alla.vcf").write_text(people)
    phone = '[[source]]\nname = "evas"\nkind = "phone"\nholder = "Eva"\nexports = "evas"\n'
    desk.write(CONFIG.partition("[[source]]")[0] + phone)
    desk("scan", code=[0, 3])
    desk("find", ANNA, code=[0, 3])
    desk("erase", "1", "--yes", code=3)
    (task,) = desk("tasks", "--json", code=3).json["tasks"]
    assert (task["holder"], task["kind"]) == ("Eva", None)
    refused = desk("task", "done", str(task["number"]), "--by", "Eva", code=4)
    assert "a newer export" in refused.err
    assert "gallra verify 2026-0001" in refused.err
    assert "holder" in desk("task", "letter", str(task["number"]), code=4).err
    assert desk("tasks", "--json", code=3).json["tasks"][0]["findings"] == task["findings"]
