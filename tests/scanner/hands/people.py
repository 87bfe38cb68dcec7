"""Made-up cases and places that only people can look through."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from config.model import Hand
from connectors.base import Locator, Version
from scanner.model import Action, Case, Finding, Ownership, State, SubjectId, Tier
from scanner.records import IdType

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
PROCESSOR = Hand("lönebyrån", "processor", contact="dpo@lon.example", owner="Karin", what="löneunderlag")
PAPER = Hand("pärmar", "paper", owner="Eva", place="arkivet, hylla 3", label="Kunder A-L", span="2015-2019")
PROVIDER = Hand("molnet", "provider", contact="help@moln.example", covers=("kunder",), keeps_days=90)
HANDS = (PROCESSOR, PAPER, PROVIDER)


def finding(number: int, path: str, action: Action = Action.REMOVE, **more: Any) -> Finding:
    """Something found in the source `kunder`, or another one."""
    values: dict[str, Any] = {"state": State.OPEN, "source": "kunder", "steps": ()} | more
    locator = Locator(values.pop("source"), path, values.pop("steps"))
    return Finding(number, locator, "file", Tier.CERTAIN, (), Ownership.OWN, action, Version("1"), **values)


def case(*findings: Finding, **more: Any) -> Case:
    """A case about Anna Ek, asked for by address and name; an added phone was never asked for."""
    subject = [
        SubjectId(IdType.EMAIL, "anna.ek@kund.example", given=True),
        SubjectId(IdType.NAME, "Anna Ek", given=True),
        SubjectId(IdType.PHONE, "+46701740605", given=False, because="stands with it"),
    ]
    return Case("2026-0001", NOW, subject, list(findings), **more)
