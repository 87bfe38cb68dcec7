"""Every stroke of damage that the audit log must tell, one after the other; and what can be asked of it."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from scanner.audit import AuditLog

NOW = datetime(2026, 11, 22, 16, 0, tzinfo=UTC)
EVENTS = ("scan", "case-opened", "request-noted", "identity-checked", "gap-accepted", "hold-noted", "certified")


@pytest.fixture
def log(tmp_path: Path) -> AuditLog:
    return AuditLog(tmp_path / "audit.jsonl", lambda: NOW)


def lines(log: AuditLog) -> list[bytes]:
    return log.path.read_bytes().splitlines(keepends=True)


def forged(line: bytes, **changes: object) -> bytes:
    """The entry with other values, and a hash that fits them."""
    entry = {**json.loads(line), **changes}
    del entry["hash"]
    text = json.dumps(entry, sort_keys=True, separators=(",", ":"))
    entry["hash"] = hashlib.sha256(text.encode()).hexdigest()
    return json.dumps(entry, sort_keys=True, separators=(",", ":")).encode() + b"\n"


def damages(whole: list[bytes]) -> list[tuple[str, list[bytes]]]:
    """Every log that one stroke on one line, or an exchange of two, makes of this one."""
    found: list[tuple[str, list[bytes]]] = []
    for at in range(len(whole)):
        line = json.loads(whole[at])
        for name, value in {**line, "hash": "0" * 64}.items():
            other = _other(value)
            plain = json.dumps({**line, name: other}, sort_keys=True, separators=(",", ":")).encode() + b"\n"
            found.append((f"{name} of {at} altered", [*whole[:at], plain, *whole[at + 1 :]]))
            if name not in ("hash", "prev") and at < len(whole) - 1:
                found.append(
                    (f"{name} of {at} forged", [*whole[:at], forged(whole[at], **{name: other}), *whole[at + 1 :]])
                )
        found.append((f"{at} respelt", [*whole[:at], json.dumps(line).encode() + b"\n", *whole[at + 1 :]]))
        found.append((f"{at} emptied", [*whole[:at], b"\n", *whole[at + 1 :]]))
        found.append((f"{at} missing", whole[:at] + whole[at + 1 :]))
        found.append((f"{at} twice", [*whole[: at + 1], *whole[at:]]))
        found.append((f"{at} again at the end", [*whole, whole[at]]))
        for before in range(at):
            swapped = list(whole)
            swapped[before], swapped[at] = swapped[at], swapped[before]
            found.append((f"{before} and {at} exchanged", swapped))
            found.append(
                (
                    f"{before} moved to {at}",
                    [*whole[:before], *whole[before + 1 : at + 1], whole[before], *whole[at + 1 :]],
                )
            )
            found.append((f"{before} to {at} missing", whole[:before] + whole[at + 1 :]))
    found += [("all turned round", whole[::-1]), ("nothing left", [])]
    return [(name, log) for name, log in found if log != whole]


def _other(value: object) -> object:
    if isinstance(value, dict):
        return {**value, "found": 3}
    return value + 1 if isinstance(value, int) else "2026-0002" if value is None else f"{value}0"


def test_every_altered_missing_doubled_or_moved_line_is_found(log: AuditLog) -> None:
    for number, event in enumerate(EVENTS):
        details = {"due": "2026-04-07"} if event == "request-noted" else {}
        log.append(event, None if event == "scan" else "2026-0001", {"items": number}, details)
    whole = lines(log)
    assert len(whole) == len(EVENTS)
    made = damages(whole)
    assert len(made) > 150
    for name, spoilt in made:
        log.path.write_bytes(b"".join(spoilt))
        assert log.verify(), name
    log.path.write_bytes(b"".join(whole))
    assert log.verify() == []


def test_a_log_cut_off_at_any_byte_is_found(log: AuditLog) -> None:
    for number in range(4):
        log.append("scan", None, {"items": number}, {})
    whole = log.path.read_bytes()
    for size in range(len(whole)):
        log.path.write_bytes(whole[:size])
        assert log.verify(), size
    for start in range(1, len(whole)):
        log.path.write_bytes(whole[start:])
        assert log.verify(), start
    log.path.write_bytes(whole)
    head = log.head_path.read_bytes()
    for size in range(len(head)):
        log.head_path.write_bytes(head[:size])
        assert log.verify(), size


def test_every_new_word_can_be_said_and_the_number_of_the_head_is_told(log: AuditLog) -> None:
    days = {"received": "2026-03-05", "due": "2026-04-07", "extended": "2026-03-20"}
    log.append("request-noted", "2026-0001", {"backups": 1}, days)
    for event in ("identity-checked", "identity-withdrawn", "gap-withdrawn", "hold-noted", "hold-lifted", "hold-ended"):
        log.append(event, "2026-0001", {}, {})
    log.append("gap-accepted", "2026-0001", {"accepted": 2, "gaps": 3}, {})
    for event in ("closed", "returned", "after-restore", "ledger-expired"):
        log.append(event, None, {"found": 2}, {})
    assert (log.check().number, log.check().entries, log.verify()) == (12, 12, [])


def test_an_entry_can_be_asked_for_by_number_and_hash_and_by_what_it_notes(log: AuditLog) -> None:
    assert not log.holds(1, "0" * 64)
    first = log.append("approved", "2026-0001", {"steps": 3}, {"plan": "ab" * 32})
    second = log.append("certified", "2026-0001", {}, {"certificate": "cd" * 32, "format": "pdf"})
    assert log.holds(1, first)
    assert log.holds(2, second)
    assert not log.holds(2, first)
    assert not log.holds(3, second)
    assert log.notes("certified", "2026-0001", {"certificate": "cd" * 32})
    assert not log.notes("certified", "2026-0002", {"certificate": "cd" * 32})
    assert not log.notes("certified", "2026-0001", {"certificate": "ab" * 32})
    assert not log.notes("approved", "2026-0001", {"certificate": "cd" * 32})
    whole = lines(log)
    log.path.write_bytes(whole[0] + whole[1].replace(b"pdf", b"xyz"))
    assert not log.notes("certified", "2026-0001", {"certificate": "cd" * 32})
    log.path.write_bytes(forged(whole[0], details=[1], event="certified"))
    assert not log.notes("certified", "2026-0001", {"certificate": "cd" * 32})
