"""An index, a ledger and cases without sources: what the tests of returns work on."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path

from connectors.base import Locator, Strength, Version
from scanner.cases import CaseStore
from scanner.detect.base import Mention
from scanner.ledger import Ledger
from scanner.ledger_seal import LedgerSealer
from scanner.model import Action, Case, Evidence, Finding, Ownership, State, Step, SubjectId, Tier
from scanner.records import IdType, Record, Role
from scanner.retained import Retained
from scanner.returns import Lookout, Return
from scanner.returns_match import Matcher
from tests.scanner.index.helpers import World

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
TODAY = NOW.date()
Values = Sequence[tuple[IdType, str]]
EMAIL, PHONE, NATIONAL, CUSTOMER, NAME, ADDRESS, BIRTH = (
    IdType.EMAIL,
    IdType.PHONE,
    IdType.NATIONAL_ID,
    IdType.CUSTOMER_NUMBER,
    IdType.NAME,
    IdType.ADDRESS,
    IdType.BIRTH_DATE,
)


class Shelf(World):
    """The index of `World`, with a ledger and cases beside it."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(exist_ok=True)
        super().__init__(folder / "index.sqlite")
        self.ledger = Ledger(folder / "ledger.sqlite", LedgerSealer(b"l" * 32))
        self.cases = CaseStore(folder / "cases.sqlite", self.sealer, lambda: NOW)

    def close(self) -> None:
        self.index.close()
        self.ledger.close()
        self.cases.close()

    def put(self, path: str, *entities: Values, content: bytes | None = None, version: str = "1") -> None:
        """An item whose rows hold one entity each."""
        rows = [
            (
                Record((f"row {number}",), "row"),
                [Mention(kind, value, Role.OWNER, 1) for kind, value in values],
                set[str](),
            )
            for number, values in enumerate(entities, start=1)
        ]
        own = (Record((), "file"), list[Mention](), set[str]())
        row = self.row(path, own, *rows, content=content, version=version)
        row.size = 1000
        self.store(row)

    def take(self, path: str) -> None:
        view = self.index.item_by_path("kunder", path)
        assert view is not None
        self.index.retire([view.id])

    def case(self, *subject: SubjectId, erased: Sequence[str] = (), contents: Sequence[bytes] = ()) -> Case:
        """A case that has erased these items; the ledger knows it, and the case is no more."""
        case = self.cases.new(subject, NOW)
        case.findings = [finding(number, path) for number, path in enumerate(erased, start=1)]
        steps = [
            Step(Locator("kunder", path), Version("1", Strength.WEAK), content.hex(), (number,))
            for number, (path, content) in enumerate(zip(erased, contents or [b""] * len(erased), strict=True), start=1)
        ]
        self.ledger.note(case, steps, self.index, NOW)
        self.cases.delete(case.number)
        return case

    def keep(self, case: Case) -> None:
        Retained(self.ledger, TODAY).keep(case, self.index, Matcher(self.ledger.book(), self.ledger.sealer))

    def look(self, today: date = TODAY) -> list[Return]:
        return Lookout(self.index, self.ledger, self.cases).look(today)

    def told(self) -> list[tuple[str, str, tuple[str, ...]]]:
        return [(one.locator.path, one.tier.value, one.evidence) for one in self.look()]


def given(kind: IdType, value: str) -> SubjectId:
    return SubjectId(kind, value, given=True)


def added(kind: IdType, value: str, *, shared: bool = False) -> SubjectId:
    return SubjectId(kind, value, given=False, because="a card", shared=shared)


def finding(number: int, path: str, *steps: str, state: State = State.ERASED, until: date | None = None) -> Finding:
    return Finding(
        number,
        Locator("kunder", path, steps),
        "row" if steps else "file",
        Tier.CERTAIN,
        (Evidence(EMAIL, Role.BODY),),
        Ownership.OWN,
        Action.REMOVE,
        Version("1", Strength.WEAK),
        state=state,
        until=until,
        statute="Bokföringslagen 7 kap. 2 §" if until else None,
        hold="bokföring" if until else "",
    )
