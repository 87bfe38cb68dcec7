"""The ledger knows a person until the last backup that may hold the data has expired, or without an end."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from config.model import Agent, Backup, Config, Hand, Source
from connectors.base import Locator, Version
from scanner.backups.expiry import known_until
from scanner.model import Action, Case, Finding, Ownership, State, Tier

RUN = datetime(2026, 3, 1, 12, tzinfo=UTC)
TODAY = date(2026, 6, 1)


def config(*copies: Backup | Hand, none: bool = False) -> Config:
    base = Config(Path("gallra.toml"), Agent(Path("state"), "file:k"))
    backups = tuple(one for one in copies if isinstance(one, Backup))
    hands = tuple(one for one in copies if isinstance(one, Hand))
    return replace(base, sources=(Source("kunder", "folder", no_backup=none),), backups=backups, hands=hands)


def backup(name: str, days: int | None) -> Backup:
    return Backup(Source(name, "mirror", backup=True), ("kunder",), keeps_days=days)


def case(*findings: tuple[str, State, date | None]) -> Case:
    made = Case("2026-0001", RUN, [], run_at=RUN)
    for number, (source, state, until) in enumerate(findings, start=1):
        one = Finding(
            number, Locator(source, "a"), "file", Tier.CERTAIN, (), Ownership.OWN, Action.REMOVE, Version("1")
        )
        one.state, one.until = state, until
        made.findings.append(one)
    return made


ERASED = ("kunder", State.ERASED, None)


@pytest.mark.parametrize(
    ("copies", "until"),
    [
        ([], None),
        ([backup("nas", 90)], date(2026, 5, 30)),
        ([backup("nas", 90), backup("borta", 180)], date(2026, 8, 28)),
        ([backup("nas", 90), backup("borta", None)], None),
        ([backup("nas", 90), Hand("molnet", "provider", covers=("kunder",), keeps_days=365)], date(2027, 3, 1)),
        ([backup("nas", 90), Hand("molnet", "provider", covers=("kunder",))], None),
        ([backup("nas", 90), Hand("lönebyrån", "processor")], date(2026, 5, 30)),
    ],
)
def test_the_last_backup_that_may_hold_it_decides(copies: list[Backup | Hand], until: date | None) -> None:
    assert known_until(case(ERASED), config(*copies), TODAY) == until


def test_what_a_backup_keeps_by_its_own_rule_or_by_decision_counts() -> None:
    nas = config(backup("nas", 90))
    locked = ("nas", State.RECOVERABLE, date(2027, 1, 1))
    assert known_until(case(ERASED, locked), nas, TODAY) == date(2027, 1, 1)
    assert known_until(case(ERASED, ("nas", State.KEPT, None)), nas, TODAY) is None
    assert known_until(case(ERASED, ("nas", State.ERASED, None)), nas, TODAY) == date(2026, 5, 30)
    assert known_until(case(ERASED, ("nas", State.FAILED, None)), nas, TODAY) is None


def test_a_source_without_any_backup_tells_no_end() -> None:
    assert known_until(case(ERASED), config(none=True), TODAY) is None
