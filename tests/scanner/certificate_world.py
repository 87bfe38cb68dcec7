"""A case full of canaries: nothing of them may be on its certificate."""

from __future__ import annotations

from datetime import UTC, date, datetime

from connectors.base import GapReason, Locator, Version
from scanner.certificate import Chain, Issue
from scanner.model import (
    Accepted,
    Action,
    Case,
    CaseGap,
    Evidence,
    Finding,
    Ownership,
    Request,
    Searched,
    State,
    SubjectId,
    Tier,
    Verdict,
)
from scanner.records import IdType, Role

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
CHAIN = Chain("f" * 64, 41)
ISSUE = Issue("0.2.0", NOW, controller="Bolaget AB", role="dataskyddsombud")
STATUTE = "Bokföringslagen 7 kap. 2 §"
CANARIES = (
    *("Zebulon", "Quist", "zebulon.quist", "kanarie.example", "19811218-9876", "811218", "0701234567"),
    *("Hemligvägen", "Personakter", "uppsägning", "row 77", "Brottmål", "deadbeefcafe", "msgid-4711", "9-8-7654321"),
    *("fingeravtryck", "1981-12-18"),
)
WORDS_OF_THE_SUBJECT = (
    *("avtal med Quist", "ZEBULON", "Hemligvägen 1", "zebulon.quist@kanarie.example", "811218-9876", "19811218 9876"),
    *("någon@annan.example", "070-999 88 77", "född 1981-12-18", "201212121212", "Zebulón", "quist/akter"),
)
"""What somebody may have typed as a source's name, a statute, a role or an acceptor, and what may not be shown."""


def canary_case() -> Case:
    """A verified case: two erased, one recoverable, one kept, in a source with a harmless name."""
    subject = [
        SubjectId(IdType.NAME, "Zebulon Quist", given=True),
        SubjectId(IdType.EMAIL, "zebulon.quist@kanarie.example", given=False, because="card Zebulon"),
        SubjectId(IdType.NATIONAL_ID, "19811218-9876", given=True),
        SubjectId(IdType.PHONE, "+46701234567 0701234567", given=True),
        SubjectId(IdType.ADDRESS, "Hemligvägen 1", given=True),
        SubjectId(IdType.BIRTH_DATE, "1981-12-18", given=False),
    ]
    states = [State.ERASED, State.ERASED, State.RECOVERABLE, State.KEPT]
    return Case(
        "2026-0001",
        datetime(2026, 3, 1, 12, tzinfo=UTC),
        subject,
        [_finding(number, state) for number, state in enumerate(states, start=1)],
        searched=[Searched("kunder", 1234, 5678, NOW), Searched("info", 7, 8, None)],
        approved_plan="ab" * 16,
        status="verified",
        approved_at=datetime(2026, 3, 1, 13, tzinfo=UTC),
        run_at=datetime(2026, 3, 1, 14, tzinfo=UTC),
        verified_at=datetime(2026, 3, 1, 15, tzinfo=UTC),
        request=Request(backups=False),
    )


def _finding(number: int, state: State) -> Finding:
    return Finding(
        number,
        Locator("kunder", f"Personakter/Quist/uppsägning {number}.docx", ("row 77",)),
        "row",
        Tier.CERTAIN,
        (Evidence(IdType.EMAIL, Role.BODY),),
        Ownership.OWN,
        Action.REMOVE,
        Version("9-8-7654321"),
        "deadbeefcafe",
        state=state,
        until=date(2026, 9, 1) if state is State.RECOVERABLE else None,
        reason="Brottmål mot Quist",
        verdict=Verdict.KEEP if state is State.KEPT else None,
        print="fingeravtryck",
    )


def with_gap() -> Case:
    """The same, and something that could not be searched."""
    case = canary_case()
    case.gaps = [CaseGap(Locator("kunder", "Personakter/Quist.zip"), GapReason.ENCRYPTED, "msgid-4711 Zebulon")]
    return case


def rich_case() -> Case:
    """All that a certificate can tell: held, waiting, accepted gaps, sources unseen, the request."""
    case = with_gap()
    case.findings += [
        _held(5, date(2033, 12, 31), STATUTE),
        _held(6, date(2033, 12, 31), STATUTE),
        _held(7, None, "GDPR Art. 17(3)(e)"),
        _held(8, None, "tvist med Zebulon"),
        _finding(9, State.TASK),
        _finding(10, State.OPEN),
        _finding(11, State.BLOCKED),
    ]
    case.findings[9].action = Action.DECIDE
    scans = [CaseGap(Locator("kunder", f"Personakter/{number}.tif"), GapReason.NEEDS_OCR) for number in range(3)]
    case.gaps += [*scans, CaseGap(Locator("arkiv", ""), GapReason.NEVER_SCANNED)]
    why = "Zebulon har inga bilder"
    case.accepted = [
        Accepted(scans[0].locator, GapReason.NEEDS_OCR, "DPO", why, NOW),
        Accepted(scans[1].locator, GapReason.NEEDS_OCR, "hr Quist", why, NOW),
        Accepted(Locator("arkiv", ""), GapReason.NEVER_SCANNED, "AB", why, NOW),
    ]
    case.request = Request(date(2026, 2, 20), date(2026, 3, 20), None, "BankID", "Cecilia", NOW, True)
    return case


def _held(number: int, until: date | None, statute: str) -> Finding:
    one = _finding(number, State.HELD)
    one.until, one.statute, one.hold, one.reason = until, statute, "bokföring", None
    return one
