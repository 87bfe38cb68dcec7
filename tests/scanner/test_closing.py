"""Closing a case: what is refused, what is written down first, and that nothing of the person is left (promise 15)."""

from __future__ import annotations

import base64
import json
import sqlite3
import struct
import unicodedata
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import apsw
import pytest

from config.secrets import load_key
from connectors.base import GapReason, Locator, Strength, Version
from scanner.cases import CaseClosed, CaseStore
from scanner.closing import is_certified, refusal, tidy
from scanner.detect.words import words_of
from scanner.index.codes import ID_TYPES
from scanner.index.pack import PATH, PATH_TOKEN, identifier_context
from scanner.index.seal import Keys, Sealer
from scanner.model import Action, Case, CaseGap, State, Step, Verdict
from scanner.records import IdType
from scanner.workspace import Workspace
from tests.conftest import Desk
from tests.little import ANNA, Little, little, mail
from tests.scanner.ledger_shelf import EMAIL, finding, given

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


# -- what is refused --------------------------------------------------------------------------------------------------


def verified(*states: State) -> Case:
    case = Case("2026-0001", NOW, [given(EMAIL, ANNA)])
    case.findings = [finding(number, f"{number}.txt", state=state) for number, state in enumerate(states, start=1)]
    case.status, case.verified_at, case.run_at = "verified", NOW, NOW
    return case


def test_what_is_verified_and_resolved_may_be_closed() -> None:
    case = verified(State.ERASED, State.ABSENT, State.KEPT, State.RECOVERABLE)
    case.findings.append(finding(9, "9.txt", state=State.HELD, until=NOW.date()))
    assert refusal(case, pending=False) is None


@pytest.mark.parametrize("state", [State.OPEN, State.FAILED, State.BLOCKED, State.TASK])
def test_what_waits_is_refused_with_the_next_step(state: State) -> None:
    assert refusal(verified(State.ERASED, state), pending=False) == (
        "1 finding waits in case 2026-0001. Next: gallra show 2026-0001"
    )


@pytest.mark.parametrize("status", ["draft", "approved", "run"])
def test_what_is_not_verified_is_refused(status: str) -> None:
    case = verified(State.ERASED)
    case.status = status
    assert refusal(case, pending=False) == "case 2026-0001 is not verified. Next: gallra verify 2026-0001"


def test_a_gap_is_refused() -> None:
    case = verified(State.ERASED)
    case.gaps = [CaseGap(Locator("kunder", "x.zip"), GapReason.ENCRYPTED)]
    assert refusal(case, pending=False) == (
        "something in the scope of case 2026-0001 was not searched. Next: gallra show 2026-0001 --gaps"
    )
    assert refusal(case, pending=False, incomplete=True) is None


def test_an_erasure_that_was_cut_off_is_refused_in_any_case() -> None:
    for incomplete in (False, True):
        said = refusal(verified(State.ERASED), pending=True, incomplete=incomplete)
        assert said == "an erasure of case 2026-0001 was cut off. Next: gallra erase 2026-0001"


def test_a_decision_to_erase_that_was_not_carried_out_is_refused() -> None:
    case = verified(State.ERASED, State.OPEN)
    case.findings[1].action, case.findings[1].verdict = Action.DECIDE, Verdict.ERASE
    assert refusal(case, pending=False) is not None


# -- what stays of the case in its own file ---------------------------------------------------------------------------


def test_only_a_plain_line_is_left_of_a_case_and_nothing_of_its_journal(tmp_path: Path) -> None:
    store = CaseStore(tmp_path / "cases.sqlite", Sealer(Keys.derive(b"k" * 32)), lambda: NOW)
    other, case = store.new([given(EMAIL, "bo@kund.example")], NOW), store.new([given(EMAIL, ANNA)], NOW)
    case.findings = [finding(number, f"Anna Ek/{number}.txt") for number in range(200)]
    store.save(case)
    for number in range(50):
        step = Step(Locator("kunder", f"Anna Ek/{number}.txt"), Version("1", Strength.WEAK), "", (number,))
        store.journal.intend(case.number, step)
    secrets = [row[0] for row in store.db.execute("SELECT sealed FROM cases WHERE number = ?", (case.number,))]
    secrets += [row[0] for row in store.db.execute("SELECT sealed FROM journal")]
    chunks = [secret[place : place + 16] for secret in secrets for place in range(0, len(secret) - 16, 16)]
    raw = store.path.read_bytes()
    assert sum(chunk in raw for chunk in chunks) > len(chunks) * 0.9
    size = len(raw)
    store.shut(case.number, NOW + timedelta(days=1))
    files = [path.read_bytes() for path in tmp_path.iterdir()]
    assert not [chunk for chunk in chunks if any(chunk in raw for raw in files)]
    assert store.path.stat().st_size < size
    with sqlite3.connect(store.path) as db:
        rows = db.execute("SELECT number, created, touched, status, length(sealed) FROM cases").fetchall()
        assert db.execute("SELECT count(*) FROM journal").fetchone() == (0,)
    assert rows[1] == (case.number, NOW.isoformat(), (NOW + timedelta(days=1)).isoformat(), "closed", 0)
    assert store.load(other.number).subject == other.subject
    with pytest.raises(CaseClosed, match="closed on 2026-03-02") as caught:
        store.load(case.number)
    assert caught.value.exit_code == 4
    assert store.new([], NOW).number == "2026-0003", "a number is never used twice"


# -- promise 15 -------------------------------------------------------------------------------------------------------

NAME, HERS, PHONE, NUMBER = "Åsa Öström", "asa.ostrom@kund.example", "070-174 06 09", "19850312-9804"
SECRET = "gladpackspergola"
PATHS = ("Åsa Öström/avtal.txt", "Åsa Öström/önskan.txt")
TEXT = f"Avtal med {NAME}, {HERS}, {PHONE}, {NUMBER}. Hon vill ha en {SECRET}.\n"
_SHORTEST = 6  # bytes: what is shorter stands in any file by chance
ROW = f"{NAME};{HERS};{PHONE}\n"


@pytest.fixture
def company(tmp_path: Path) -> Little:
    """With her files, her row in the list, a mail from her; gallra's temporary files stay where the test sees them."""
    (tmp_path / "hem").mkdir()
    (tmp_path / "tmp").mkdir()
    made = little(Desk(tmp_path / "hem", {"TMPDIR": str(tmp_path / "tmp")}))
    for path in PATHS:
        made.write(f"kunder/{path}", TEXT + path)
    with (made.root / "kunder/lista.csv").open("a", encoding="utf-8") as stream:
        stream.write(ROW)
    made.write("post/cur/1700000009.M9P1.x:2,S", mail(f"{NAME} <{HERS}>", "Fråga", f"Var är min {SECRET}?"))
    made.desk("scan", code=0)
    return made


def test_15_after_closing_nothing_of_hers_is_in_any_file(company: Little, tmp_path: Path) -> None:
    index = company.root / ".gallra/index.sqlite"
    traces = {**keyed(company), **plain()}
    before = index.read_bytes()
    unseen = [name for name, trace in traces.items() if not name.startswith(("plain", "hex")) and trace not in before]
    assert not unseen, "the test looks for what really was there"
    assert words_found(company) == {"asa", "ostrom", SECRET}
    case, run = company.find(HERS, NAME, PHONE, NUMBER)
    with sqlite3.connect(company.root / ".gallra/cases.sqlite") as db:
        (sealed,) = db.execute("SELECT sealed FROM cases WHERE number = ?", (case,)).fetchone()
    traces |= {f"case {place}": sealed[place : place + 24] for place in range(0, len(sealed) - 24, 24)}
    assert {one["path"] for one in run.json["findings"]} >= {*PATHS, "lista.csv"}
    company.desk("erase", case, "--yes", code=0)
    company.desk("verify", case, code=0)
    for name in ("intyg.json", "intyg.html"):
        company.desk("certificate", case, "-o", name, code=0)
    company.desk("close", case, code=0)
    files = kept(company, tmp_path)
    assert {path.name for path in files} >= {"index.sqlite", "cases.sqlite", "audit.jsonl", "intyg.json", "gallra.toml"}
    found = [(path.name, name) for path, raw in files.items() for name, trace in traces.items() if trace in raw]
    assert found == []
    assert words_found(company) == set()
    assert not list((company.root / ".gallra").glob("case-*.lock"))
    ledger = b"".join(path.read_bytes() for path in (company.root / ".gallra").glob("ledger.sqlite*"))
    assert [name for name, trace in traces.items() if trace in ledger] == [], "the ledger has tokens of its own"
    assert company.desk("find", "--no-case", "--json", ANNA, code=0).json["findings"], "others are found as before"


AGENT = """
[log]
file = "gallra.log"
level = "debug"
{log}
[schedule]
jitter = "0s"

[[cull]]
name = "gallring"
sources = ["kunder", "post"]
match = ["**/*.txt", "INBOX/**"]
after = {{ months = 1, from = "received" }}

[[policy]]
name = "kunder-ett-ar"
area = "Kunder"
says = "Avtal finns kvar i ett år."
match = ["**"]
older = {{ years = 1, from = "received" }}

[[policy]]
name = "inga-personnummer"
area = "Kunder"
says = "Vi sparar inga personnummer."
match = ["**"]
identifiers = ["national-id", "email", "name"]
"""


@pytest.mark.prove
@pytest.mark.parametrize("log", ['format = "json"', ""], ids=["json", "text"])
def test_15_the_agent_that_ran_before_and_after_keeps_nothing_of_hers(
    company: Little, tmp_path: Path, log: str
) -> None:
    """Its record, the ages that the policy knows, its log: all nights of the case, and one after it was closed."""
    config = company.root / "gallra.toml"
    config.write_text(AGENT.format(log=log) + config.read_text("utf-8"), encoding="utf-8")
    traces = {**keyed(company), **plain()}
    company.desk("run", "--once", "--night", code=[0, 3])
    case, _ = company.find(HERS, NAME, PHONE, NUMBER)
    company.desk("run", "--once", "--night", code=[0, 3])
    company.desk("erase", case, "--yes", code=0)
    company.desk("verify", case, code=0)
    company.desk("close", case, "--no-certificate", code=0)
    company.desk("run", "--once", "--night", code=[0, 3])
    files = kept(company, tmp_path)
    assert {path.name for path in files} >= {"agent.sqlite", "drift.sqlite", "gallra.log", "index.sqlite"}
    assert b"chore:policies" in files[company.root / "gallra.log"]
    found = [(path.name, name) for path, raw in files.items() for name, trace in traces.items() if trace in raw]
    assert found == []


def kept(company: Little, tmp_path: Path) -> dict[Path, bytes]:
    """Every file that gallra keeps, the ledger aside: not the sources."""
    folders = [company.root / ".gallra", tmp_path / "tmp"]
    files = [path for folder in folders for path in folder.rglob("*") if path.is_file()]
    files += [path for path in company.root.iterdir() if path.is_file()]
    return {path: path.read_bytes() for path in files if not path.name.startswith("ledger.sqlite")}


def sealer_of(company: Little) -> Sealer:
    return Sealer(Keys.derive(load_key("file:gallra.key", company.root)))


def keyed(company: Little) -> dict[str, bytes]:
    """Her tokens and sealed values, as the index writes them; numbers also in the text form of JSON."""
    sealer = sealer_of(company)
    values = {IdType.EMAIL: HERS, IdType.PHONE: "+46701740609", IdType.NATIONAL_ID: "198503129804", IdType.NAME: NAME}
    found: dict[str, bytes] = {}
    for kind, value in values.items():
        token = sealer.token(kind.value, value)
        found[f"token {kind}"], found[f"row id {kind}"] = struct.pack(">q", token), varint(token)
        found[f"plain token {kind}"] = str(token).encode()
        found[f"sealed {kind}"] = sealer.seal_text(value, identifier_context(ID_TYPES[kind]))
    for path in PATHS:
        content = sealer.content((TEXT + path).encode())
        found[f"path token {path}"] = struct.pack(">q", sealer.token(PATH_TOKEN, path))
        found[f"sealed path {path}"] = sealer.seal_text(path, PATH)
        found[f"content {path}"], found[f"hex content {path}"] = content, content.hex().encode()
    for word in ("asa", "ostrom", SECRET):  # FTS5 leaves out what a term shares with the one before
        found[f"word {word}"] = sealer.word(word)[3:].encode()
    return found


def varint(number: int) -> bytes:
    """A row id as SQLite writes it, nine bytes (sqlite.org/fileformat2.html, 1.6)."""
    value = number & (1 << 64) - 1
    assert value >> 56
    return bytes(0x80 | value >> 57 - 7 * place & 0x7F for place in range(8)) + bytes([value & 0xFF])


def plain() -> dict[str, bytes]:
    """What she is called, in every spelling and encoding that a program may write it in."""
    strings = [
        NAME,
        "Öström",
        HERS,
        "asa.ostrom",
        PHONE,
        "701740609",
        "174 06 09",
        NUMBER,
        "198503129804",
        "8503129804",
    ]
    strings += [SECRET, *PATHS, ROW.strip()]
    found: dict[str, bytes] = {}
    for text in strings:
        for form in spellings(text):
            for encoding in ("utf-8", "utf-16-le", "utf-16-be", "latin-1", "cp850"):
                data = form.encode(encoding, "ignore")
                for what, written in written_as(data):
                    found[f"plain {form} {encoding} {what}"] = written
            found[f"plain {form} json"] = json.dumps(form)[1:-1].encode()
            found[f"plain {form} percent"] = quote(form).encode()
    return {name: trace for name, trace in found.items() if len(trace) >= _SHORTEST}


def spellings(text: str) -> set[str]:
    folded = "".join(one for one in unicodedata.normalize("NFD", text) if not unicodedata.combining(one))
    forms = {text, unicodedata.normalize("NFD", text), folded}
    return {case for form in forms for case in (form, form.lower(), form.upper(), form.casefold())}


def written_as(data: bytes) -> Iterator[tuple[str, bytes]]:
    yield "as it is", data
    yield "hex", data.hex().encode()
    for shift in range(3):  # wherever it begins among the three bytes of a group
        coded = base64.b64encode(b"\0" * shift + data)
        yield f"base64 {shift}", coded[4 if shift else 0 : -4]


def words_found(company: Little) -> set[str]:
    sealer = sealer_of(company)
    db = apsw.Connection(str(company.root / ".gallra/index.sqlite"))
    try:
        return {word for word in words_of([f"{NAME} {SECRET}"]) if matches(db, sealer.word(word))}
    finally:
        db.close()


def matches(db: apsw.Connection, token: str) -> list[Any]:
    found: Iterable[Any] = db.execute("SELECT rowid FROM words WHERE words MATCH ?", (f'"{token}"',))
    return list(found)


# -- a case that nobody closes ----------------------------------------------------------------------------------------


@pytest.fixture
def done(company: Little) -> tuple[Little, str]:
    """A case that is verified, and not certified."""
    case, _ = company.find(HERS, NAME, PHONE, NUMBER)
    company.desk("erase", case, "--yes", code=0)
    company.desk("verify", case, code=0)
    return company, case


def said(company: Little, days: float, but: str | None = None) -> list[str]:
    with Workspace.open(company.root / "gallra.toml") as work:
        return tidy(work, datetime.now(UTC) + timedelta(days=days), but)


def statuses(company: Little) -> list[str]:
    with Workspace.open(company.root / "gallra.toml") as work:
        return [line.status for line in work.cases.list()]


def test_a_case_that_nobody_closes_is_told_of_and_then_leaves(done: tuple[Little, str]) -> None:
    company, case = done
    assert said(company, 29) == []
    (told,) = said(company, 31)
    assert told.startswith(f"Case {case} is done and still holds the person's name; it closes by itself on ")
    assert told.endswith(f"Next: gallra close {case} --certificate FILE")
    assert said(company, 61, but=case) == []
    assert statuses(company) == ["verified"]
    assert said(company, 61) == [f"Case {case} was closed: it was verified, and its time is over."]
    assert statuses(company) == ["closed"]
    assert said(company, 90) == []


def test_a_certified_case_leaves_when_its_days_are_over(done: tuple[Little, str]) -> None:
    company, case = done
    company.desk("certificate", case, "-o", "intyg.json", code=0)
    assert said(company, 29) == []
    assert said(company, 31) == [f"Case {case} was closed: it was verified, and its time is over."]


def test_a_case_that_waits_for_something_never_leaves_by_itself(done: tuple[Little, str]) -> None:
    company, case = done
    with Workspace.open(company.root / "gallra.toml") as work:
        loaded = work.cases.load(case)
        loaded.findings[0].state = State.FAILED
        work.cases.save(loaded)
    told = f"Case {case} still holds the person's name: 1 finding waits in case {case}. Next: gallra show {case}"
    assert said(company, 400) == [told]
    assert statuses(company) == ["verified"]


def test_a_case_in_use_is_left_alone(done: tuple[Little, str]) -> None:
    company, case = done
    with Workspace.open(company.root / "gallra.toml") as work, work.cases.lock(case):
        assert "closes by itself" in said(company, 61)[0]
    assert statuses(company) == ["verified"]


def test_a_certificate_counts_only_for_what_it_says(done: tuple[Little, str]) -> None:
    company, case = done
    with Workspace.open(company.root / "gallra.toml") as work:
        loaded = work.cases.load(case)
        assert not is_certified(work, loaded)
        work.audit.append("certified", case, {}, {"status": "incomplete"})
        assert not is_certified(work, loaded), "it said something else"
        work.audit.append("certified", case, {}, {"status": "complete"})
        assert is_certified(work, loaded)
        work.audit.append("erase-ended", case, {}, {})
        assert not is_certified(work, loaded), "more was erased since"
