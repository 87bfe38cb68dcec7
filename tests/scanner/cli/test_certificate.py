from __future__ import annotations

import hashlib
import json
import stat
from datetime import UTC, date, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pypdfium2
import pytest
from click.testing import CliRunner, Result

from scanner import signing
from scanner.cli.main import gallra
from scanner.model import Request
from scanner.signing import Signer

SIGNER = Signer.derive(b"k" * 32)
OTHER = Signer.derive(b"l" * 32)


@pytest.fixture(autouse=True)
def office(desk: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A verified case, and an installation with a key."""
    monkeypatch.setattr(signing, "of_installation", lambda _: SIGNER)
    enter = type(desk.work).__enter__

    def configured(self: Any) -> Any:
        enter(self)
        self.config.cases = SimpleNamespace(identity_check=True, keep_days=30)
        return self

    monkeypatch.setattr(type(desk.work), "__enter__", configured)
    with desk.work as work:
        case = work.cases.load("1")
        case.findings, case.gaps = [], []
        case.status, case.run_at, case.verified_at = "verified", datetime.now(UTC), datetime.now(UTC)
        case.request = Request(date(2026, 3, 3), date(2026, 4, 7), None, "BankID", "AB", datetime.now(UTC), False)
        work.cases.save(case)
        work.audit.append("verified", case.number, {}, {})


def installation(folder: Path) -> Path:
    """A configuration whose state is the desk's."""
    (folder / "kunder").mkdir(exist_ok=True)
    file = folder / "gallra.toml"
    keys = 'key = "env:GALLRA_KEY"\nledger_key = "env:GALLRA_LEDGER_KEY"\n'
    file.write_text(
        f'[agent]\nstate = "."\n{keys}[[source]]\nname = "kunder"\nkind = "folder"\nbackup = "none"\npath = "kunder"\n'
    )
    return file


def gallra_check(desk: Any, *arguments: str) -> Result:
    file = installation(desk.work.folder)
    return CliRunner().invoke(gallra, ["--config", str(file), "certificate", *arguments], standalone_mode=False)


@pytest.fixture
def issued(desk: Any, tmp_path: Path) -> dict[str, Path]:
    """The certificate in its three kinds."""
    (tmp_path / "out").mkdir()
    files = {kind: tmp_path / "out" / f"intyg.{kind}" for kind in ("json", "html", "pdf")}
    for file in files.values():
        assert desk.code(desk.run("certificate", "1", "-o", str(file), "--role", "dataskyddsombud")) == 0
    return files


def test_the_three_files_are_private_and_say_one_thing(desk: Any, issued: dict[str, Path]) -> None:
    assert all(stat.S_IMODE(file.stat().st_mode) == 0o600 for file in issued.values())
    values = json.loads(issued["json"].read_bytes())
    attached = pypdfium2.PdfDocument(issued["pdf"]).get_attachment(0).get_data()
    told = json.loads(bytes(attached))
    for name in ("case", "outcome", "plan", "request", "key", "operator_role", "sources"):
        assert told[name] == values[name]
    assert values["key"] == SIGNER.public
    assert values["request"]["identity"]["required"] is True
    events = desk.events()
    assert [one["event"] for one in events] == ["verified", "certified", "certified", "certified"]
    assert (values["audit"], values["audit_entry"]) == (events[0]["hash"], 1)
    assert (told["audit"], told["audit_entry"]) == (events[2]["hash"], 3)
    text = json.dumps(values, sort_keys=True, separators=(",", ":")).encode()
    assert events[1]["details"]["certificate"] == hashlib.sha256(text).hexdigest()
    assert [one["details"]["format"] for one in events[1:]] == ["json", "html", "pdf"]


def test_each_is_proven_by_the_installation_and_the_audit_log(desk: Any, issued: dict[str, Path]) -> None:
    for file in issued.values():
        result = gallra_check(desk, "--check", str(file))
        assert desk.code(result) == 0, result.output
        assert f"{file.name}: genuine" in result.stdout
        assert "this installation's key signed the values below" in result.stdout
        assert "as the certificate names it, and notes that it was issued" in result.stdout
        assert "Not proven by a signature: that the data is gone" in result.stdout


def test_with_the_public_key_no_installation_is_needed(
    desk: Any, issued: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def none(_: object) -> Signer:
        raise AssertionError("no installation may be asked")

    monkeypatch.setattr(signing, "of_installation", none)
    monkeypatch.chdir(tmp_path / "out")
    for file in issued.values():
        result = desk.run("certificate", "--check", file.name, "--key", SIGNER.public.upper())
        assert desk.code(result) == 0
        assert "the key that you named signed the values below" in result.stdout
        assert "audit log" not in result.stdout
    foreign = desk.run("certificate", "--check", "intyg.pdf", "--key", OTHER.public)
    assert desk.code(foreign) == 4
    assert f"NOT PROVEN: signed by another key than {OTHER.public}: {SIGNER.public}" in foreign.stdout


@pytest.mark.parametrize("kind", ["json", "html", "pdf"])
def test_what_was_changed_is_refused_and_told(desk: Any, issued: dict[str, Path], kind: str) -> None:
    data = issued[kind].read_bytes()
    issued[kind].write_bytes(data.replace(b"dataskyddsombud", b"dataskyddsombUd", 1))
    result = gallra_check(desk, "--check", str(issued[kind]))
    assert desk.code(result) == 4
    assert "NOT PROVEN" in result.stdout
    answer = json.loads(gallra_check(desk, "--check", str(issued[kind]), "--json").stdout)
    assert answer["proven"] is False
    assert (answer["signed"], answer["page"]) == ((False, None) if kind == "json" else (True, "other"))


def test_a_certificate_that_the_audit_log_does_not_know_is_told(desk: Any, issued: dict[str, Path]) -> None:
    (desk.work.folder / "audit.jsonl").unlink()
    result = gallra_check(desk, "--check", str(issued["pdf"]))
    assert "does not have entry 3 as the certificate names it; next: gallra audit verify" in result.stdout
    assert json.loads(gallra_check(desk, "--check", str(issued["pdf"]), "--json").stdout)["audit"] == {
        "entry": False,
        "noted": False,
    }


def test_the_public_key_is_printed(desk: Any) -> None:
    result = gallra_check(desk, "--public-key")
    assert (desk.code(result), result.stdout) == (0, SIGNER.public + "\n")


@pytest.mark.parametrize("data", [b"", b"%PDF-1.7", b"<p>", b'{"format": 2}', b"\x00\xff"])
def test_what_is_no_certificate_is_4_and_no_traceback(desk: Any, tmp_path: Path, data: bytes) -> None:
    file = tmp_path / "x.pdf"
    file.write_bytes(data)
    result = desk.run("certificate", "--check", str(file), "--key", SIGNER.public)
    assert desk.code(result) == 4
    assert "x.pdf: NOT PROVEN: " in result.stdout


def test_a_file_that_is_not_there_is_4(desk: Any, tmp_path: Path) -> None:
    result = desk.run("certificate", "--check", str(tmp_path / "none"), "--key", SIGNER.public)
    assert desk.code(result) == 4
    assert "the file cannot be read: No such file" in result.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("1", "--check", "x"),
        ("1", "--public-key"),
        ("1",),
        ("1", "-o", "x.txt"),
        ("1", "-o", "x.pdf", "--key", "ab" * 32),
        ("--check", __file__, "--key", "xyz"),
        ("1", "-o", "x.pdf", "--answered", "today"),
    ],
)
def test_unclear_wishes_are_usage_errors(desk: Any, arguments: tuple[str, ...]) -> None:
    assert type(desk.run("certificate", *arguments).exception).__name__ in {"UsageError", "BadParameter"}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--answered", "2999-01-01"), "future"),
        (("--answered", "2026-03-02"), "before the day on which the request came"),
        (("--role", "anna@x.example"), "--role"),
        (("--role", "Anna"), "--role"),
        (("--role", "811218-9876"), "--role"),
    ],
)
def test_what_may_not_stand_on_it_is_refused(desk: Any, tmp_path: Path, arguments: tuple[str, ...], said: str) -> None:
    result = desk.run("certificate", "1", "-o", str(tmp_path / "x.pdf"), *arguments)
    assert desk.code(result) == 4
    assert said in result.stderr
    assert not (tmp_path / "x.pdf").exists()


def test_the_day_of_the_answer_stands_on_it(desk: Any) -> None:
    values = json.loads(desk.run("certificate", "1", "--json", "--answered", "2026-03-20").stdout)
    assert (values["request"]["answered"], values["request"]["due"]) == ("2026-03-20", "2026-04-07")
    assert values["request"]["backups"] == {"asked": False, "configured": 0}


def test_a_broken_audit_chain_is_told_on_it(desk: Any) -> None:
    (desk.work.folder / "audit.head").unlink()
    assert json.loads(desk.run("certificate", "1", "--json").stdout)["audit_whole"] is False
