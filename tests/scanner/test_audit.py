"""The audit log: its bytes are judged with json and hashlib, and damaged with plain file writes."""

from __future__ import annotations

import hashlib
import json
import multiprocessing
import os
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scanner.audit import AuditLog

NOW = datetime(2026, 11, 22, 16, 0, tzinfo=UTC)


@pytest.fixture
def log(tmp_path: Path) -> AuditLog:
    return AuditLog(tmp_path / "audit.jsonl", lambda: NOW)


def fill(log: AuditLog, count: int) -> list[str]:
    return [log.append("scan", None, {"items": number}, {}) for number in range(count)]


def lines(log: AuditLog) -> list[bytes]:
    return log.path.read_bytes().splitlines(keepends=True)


def broken(log: AuditLog) -> list[int]:
    return sorted({problem.line for problem in log.verify()})


def test_an_entry_is_one_line_of_canonical_json_with_its_hash(log: AuditLog) -> None:
    first = log.append("init", None, {}, {})
    second = log.append("approved", "2026-0001", {"steps": 3}, {"plan": "ab" * 32})
    entries = [json.loads(line) for line in lines(log)]
    assert [entry["hash"] for entry in entries] == [first, second]
    assert [entry["prev"] for entry in entries] == ["0" * 64, first]
    assert {key: entries[1][key] for key in ("n", "time", "event", "case", "counts", "details")} == {
        "n": 2,
        "time": "2026-11-22T16:00:00Z",
        "event": "approved",
        "case": "2026-0001",
        "counts": {"steps": 3},
        "details": {"plan": "ab" * 32},
    }
    for entry in entries:
        body = {key: value for key, value in entry.items() if key != "hash"}
        text = json.dumps(body, sort_keys=True, separators=(",", ":"))
        assert hashlib.sha256(text.encode()).hexdigest() == entry["hash"]
    assert json.loads(log.head_path.read_bytes()) == {"n": 2, "hash": second}
    assert log.check().entries == 2
    assert log.check().head == second
    assert log.verify() == []


def test_files_are_the_owners_only(log: AuditLog, tmp_path: Path) -> None:
    fill(log, 1)
    assert {name: os.stat(tmp_path / name).st_mode & 0o777 for name in os.listdir(tmp_path)} == {
        "audit.jsonl": 0o600,
        "audit.head": 0o600,
    }


def test_a_log_that_is_not_there_yet_is_whole_and_is_not_made_by_looking(log: AuditLog, tmp_path: Path) -> None:
    assert (log.check().entries, log.check().head, log.verify()) == (0, "0" * 64, [])
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize(
    ("event", "case", "counts", "details"),
    [
        ("Anna", None, {}, {}),
        ("scan", "Anna", {}, {}),
        ("scan", "2026-0001\n", {}, {}),
        ("scan", "٢٠٢٦-0001", {}, {}),
        ("scan", None, {"anna@kund.example": 1}, {}),
        ("scan", None, {"items": -1}, {}),
        ("scan", None, {"items": True}, {}),
        ("scan", None, {"items": 198112189876 << 20}, {}),
        ("scan", None, {"items": "Anna"}, {}),
        ("scan", None, {}, {"Anna": "erase"}),
        ("scan", None, {}, {"verdict": "Anna"}),
        ("scan", None, {}, {"plan": "ab" * 32 + "\n"}),
        ("scan", None, {}, {"until": "Anna"}),
        ("scan", None, {}, {"version": "19811218-9876"}),
        ("request-noted", "2026-0001", {}, {"received": "1981-12-18"}),
        ("request-noted", "2026-0001", {}, {"due": "20260407"}),
        ("request-noted", "2026-0001", {}, {"due": "2026-13-07"}),
        ("identity-checked", "2026-0001", {}, {"how": "BankID"}),
        ("identity-checked", "2026-0001", {}, {"by": "Anna"}),
        ("gap-accepted", "2026-0001", {"accepted": 1}, {"reason": "Anna"}),
        ("hold-noted", "2026-0001", {}, {"statute": "GDPR Art. 17(3)(e)"}),
        ("certified", "2026-0001", {}, {"certificate": "Anna"}),
    ],
)
def test_nothing_but_the_vocabulary_gets_in(log: AuditLog, event: str, case: Any, counts: Any, details: Any) -> None:
    with pytest.raises(ValueError, match=r"audit|case number|count") as caught:
        log.append(event, case, counts, details)
    assert not log.path.exists()
    assert not any(word in str(caught.value) for word in ("Anna", "anna", "1981"))


@settings(deadline=None, max_examples=400, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_any_changed_byte_is_found(log: AuditLog, data: st.DataObject) -> None:
    if not log.path.exists():
        fill(log, 2)
        with log.path.open("ab") as stream:
            stream.write(b'{"case":nul')
        log.append("approved", "2026-0001", {"steps": 3}, {"plan": "ab" * 32})
        assert log.verify() == []
    path = data.draw(st.sampled_from([log.path, log.path, log.path, log.head_path]))
    whole = path.read_bytes()
    at = data.draw(st.integers(0, len(whole) - 1))
    byte = data.draw(st.integers(0, 255).filter(lambda value: value != whole[at]))
    try:
        path.write_bytes(whole[:at] + bytes([byte]) + whole[at + 1 :])
        found = broken(log)
        assert found
        if path == log.path and whole[at : at + 1] != b"\n" and byte != ord("\n"):
            assert whole.count(b"\n", 0, at) + 1 in found
        path.write_bytes(whole[:at] + whole[at + 1 :])
        assert broken(log)
        path.write_bytes(whole[:at] + bytes([byte]) + whole[at:])
        assert broken(log)
    finally:
        path.write_bytes(whole)


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_any_line_missing_moved_or_doubled_is_found(log: AuditLog, data: st.DataObject) -> None:
    if not log.path.exists():
        fill(log, 6)
    whole = lines(log)
    order = data.draw(st.lists(st.sampled_from(range(6)), max_size=8).filter(lambda found: found != list(range(6))))
    try:
        log.path.write_bytes(b"".join(whole[number] for number in order))
        assert log.verify() != []
    finally:
        log.path.write_bytes(b"".join(whole))


def test_the_break_is_told_with_its_line(log: AuditLog) -> None:
    fill(log, 6)
    whole = lines(log)
    log.path.write_bytes(b"".join(whole[:2] + whole[3:]))
    assert log.verify() == [(3, "does not follow the entry before it: 3 to 3 are missing or altered")]
    log.path.write_bytes(b"".join([*whole[:2], whole[3], whole[2], *whole[4:]]))
    assert broken(log) == [3, 4, 5]
    log.path.write_bytes(b"".join(whole[:4]))
    assert log.verify() == [(5, "entries 5 to 6 are missing at the end")]
    log.path.unlink()
    assert log.verify() == [(1, "entries 1 to 6 are missing at the end")]


def forged(line: bytes, **changes: object) -> bytes:
    """The entry with other values, and a hash that fits them."""
    entry = {**json.loads(line), **changes}
    del entry["hash"]
    text = json.dumps(entry, sort_keys=True, separators=(",", ":"))
    entry["hash"] = hashlib.sha256(text.encode()).hexdigest()
    return json.dumps(entry, sort_keys=True, separators=(",", ":")).encode() + b"\n"


def test_an_entry_that_was_made_anew_with_its_hash_is_found_by_the_next(log: AuditLog) -> None:
    fill(log, 3)
    whole = lines(log)
    log.path.write_bytes(whole[0] + forged(whole[1], counts={"items": 99}) + whole[2])
    assert broken(log) == [3]


def test_a_number_that_was_made_anew_is_found_though_the_hashes_fit(log: AuditLog) -> None:
    fill(log, 3)
    whole = lines(log)
    last = forged(whole[2], n=9)
    log.path.write_bytes(whole[0] + whole[1] + last)
    head = json.dumps({"hash": json.loads(last)["hash"], "n": 9}, separators=(",", ":"))
    log.head_path.write_bytes(head.encode() + b"\n")
    assert log.verify() == [(3, "does not follow the entry before it: 3 to 8 are missing or altered")]


@pytest.mark.parametrize("cut", [1, 40, -2])
def test_a_line_that_a_crash_cut_off_is_noted_in_the_chain(log: AuditLog, cut: int) -> None:
    fill(log, 2)
    head = log.head_path.read_bytes()
    fill(log, 1)
    whole = lines(log)
    torn = whole[2][:cut]
    log.path.write_bytes(whole[0] + whole[1] + torn)
    log.head_path.write_bytes(head)
    assert broken(log) == [3]
    log.append("verified", "2026-0001", {}, {})
    after = lines(log)
    assert after[:3] == [whole[0], whole[1], torn + b"\n"]
    note = json.loads(after[3])
    assert (note["event"], note["n"]) == ("audit-torn", 3)
    assert note["details"] == {"torn": hashlib.sha256(torn).hexdigest()}
    assert json.loads(after[4])["event"] == "verified"
    assert log.verify() == []
    log.path.write_bytes(b"".join([*after[:2], *after[3:]]))
    assert log.verify() == [(3, "the cut off line before it is missing")]


@pytest.mark.parametrize("head_came", [True, False])
def test_a_line_that_lacks_only_its_end_is_ended(log: AuditLog, head_came: bool) -> None:
    fill(log, 2)
    head = log.head_path.read_bytes()
    fill(log, 1)
    whole = log.path.read_bytes()
    log.path.write_bytes(whole[:-1])
    if not head_came:
        log.head_path.write_bytes(head)
    assert 3 in broken(log)
    fill(log, 1)
    assert log.path.read_bytes().startswith(whole)
    assert len(lines(log)) == 4
    assert log.verify() == []


def test_a_crash_in_the_very_first_line(log: AuditLog) -> None:
    log.path.write_bytes(b'{"ca')
    fill(log, 1)
    assert [json.loads(line)["event"] for line in lines(log)[1:]] == ["audit-torn", "scan"]
    assert log.verify() == []


@pytest.mark.parametrize("crashes", [1, 3])
def test_a_crash_between_entry_and_head_is_no_break(
    log: AuditLog, monkeypatch: pytest.MonkeyPatch, crashes: int
) -> None:
    fill(log, 1)
    real = Path.replace

    def crash(self: Path, target: Path) -> Path:
        if json.loads(self.read_bytes())["n"] == wanted:
            raise KeyboardInterrupt
        return real(self, target)

    for _ in range(crashes):
        wanted = len(lines(log)) + 1  # the head of the entry that is appended now
        monkeypatch.setattr(Path, "replace", crash)
        with pytest.raises(KeyboardInterrupt):
            fill(log, 1)
        monkeypatch.setattr(Path, "replace", real)
        assert json.loads(log.head_path.read_bytes())["n"] == len(lines(log)) - 1
        assert log.verify() == []
    fill(log, 1)
    assert log.verify() == []
    assert log.check().entries == crashes + 2


@pytest.mark.parametrize("damage", ["tail", "all", "head gone", "head altered", "last altered"])
def test_appending_to_a_damaged_log_keeps_the_trace_of_it(log: AuditLog, damage: str) -> None:
    fill(log, 5)
    whole = lines(log)
    if damage == "tail":
        log.path.write_bytes(b"".join(whole[:3]))
    elif damage == "all":
        log.path.unlink()
    elif damage == "head gone":
        log.head_path.unlink()
    elif damage == "head altered":
        log.head_path.write_bytes(b"{}\n")
    else:
        log.path.write_bytes(b"".join(whole[:4]) + whole[4].replace(b"items", b"itemz"))
    assert log.verify() != []
    fill(log, 2)
    assert log.verify() != []
    events = [json.loads(line)["event"] for line in lines(log)]
    assert events[-3:] == ["audit-break", "scan", "scan"]
    assert events.count("audit-break") == 1


def _append_many(path: Path) -> None:
    fill(AuditLog(path), 40)


def test_processes_do_not_fork_the_chain(log: AuditLog) -> None:
    spawn = multiprocessing.get_context("fork")
    workers = [spawn.Process(target=_append_many, args=(log.path,)) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    entries = [json.loads(line) for line in lines(log)]
    assert [entry["n"] for entry in entries] == list(range(1, 161))
    assert all(one["hash"] == other["prev"] for one, other in pairwise(entries))
    assert log.verify() == []


def test_an_entry_is_on_the_disk_before_its_hash_is_told(log: AuditLog, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(log, 1)
    synced: list[str] = []
    real = os.fsync

    def fsync(handle: int) -> None:
        synced.append(Path(os.readlink(f"/proc/self/fd/{handle}")).name)
        real(handle)

    monkeypatch.setattr(os, "fsync", fsync)
    fill(log, 1)
    assert synced == ["audit.jsonl", "audit.head.new", log.path.parent.name]


def test_a_link_in_the_logs_place_is_not_followed(log: AuditLog, tmp_path: Path) -> None:
    (tmp_path / "other").write_bytes(b"x")
    log.path.symlink_to(tmp_path / "other")
    with pytest.raises(OSError, match="symbolic links"):
        fill(log, 1)
    assert (tmp_path / "other").read_bytes() == b"x"
