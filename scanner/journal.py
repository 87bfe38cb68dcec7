"""Write-ahead journal of removals: what is intended is on disk before it is tried, what came of it right after.

It lies in the file of the cases, so that a case's new states and the end of its journal are one transaction.
Locators are sealed; only the case number and the phase are plain.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from connectors.base import Locator, Receipt, Staged, Version
from scanner.case_json import (
    Json,
    load_date,
    load_receipt,
    load_step,
    load_version,
    pack,
    receipt_json,
    step_json,
    version_json,
)
from scanner.model import Case, State, Step

if TYPE_CHECKING:  # the store makes its journal
    from scanner.cases import CaseStore

_SCHEMA = """
CREATE TABLE IF NOT EXISTS journal(
    id INTEGER PRIMARY KEY, number TEXT NOT NULL, phase TEXT NOT NULL, sealed BLOB NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS journal_number ON journal(number);
"""


class Phase(StrEnum):
    """How far a step has come."""

    WAITING = "waiting"  # approved, and left for a run over all cases: nothing has begun
    INTENDED = "intended"  # on disk before the source is asked
    STAGED = "staged"  # the rewritten item lies beside the old one, which is still the item
    ANSWERED = "answered"  # the source gave its receipt; nobody has looked again yet
    DONE = "done"  # with its result


@dataclass(frozen=True, slots=True)
class Result:
    """What became of a step.

    `survivors` is not 0 where the receipt, or the number of names, says that the content lives on; `unreachable` is
    true where the source stopped answering. `version` and `content` are those of an item that was rewritten; `statute`
    and `hold` tell why one is held.
    """

    state: State
    reason: str | None = None
    until: date | None = None
    survivors: int = 0
    unreachable: bool = False
    version: Version | None = None
    content: str = ""
    statute: str | None = None
    hold: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """One step in the journal."""

    id: int
    phase: Phase
    step: Step
    receipt: Receipt | None = None
    result: Result | None = None
    staged: Staged | None = None
    made: str = ""  # the keyed hash of what was staged


class Journal:
    """The journal of all cases of one store."""

    def __init__(self, store: CaseStore) -> None:
        self._store = store
        with store.transaction():
            store.db.execute(_SCHEMA)

    def intend(self, number: str, step: Step) -> Entry:
        """Durably note that this step is about to be tried."""
        with self._store.transaction():
            self._store.db.execute(
                "INSERT INTO journal(number, phase, sealed) VALUES(?, ?, ?)",
                (number, Phase.INTENDED.value, self._seal(number, {"step": step_json(step)})),
            )
            identity = self._store.db.last_insert_rowid()
        return Entry(identity, Phase.INTENDED, step)

    def staged(self, number: str, entry: Entry, staged: Staged, made: str) -> Entry:
        """Durably note what lies beside the item, before it takes the item's place."""
        return self._move(number, replace(entry, phase=Phase.STAGED, staged=staged, made=made))

    def answered(self, number: str, entry: Entry, receipt: Receipt) -> Entry:
        """Note what the source said."""
        return self._move(number, replace(entry, phase=Phase.ANSWERED, receipt=receipt))

    def done(self, number: str, entry: Entry, result: Result) -> Entry:
        """Note what became of the step."""
        return self._move(number, replace(entry, phase=Phase.DONE, result=result))

    def entries(self, case: Case) -> list[Entry]:
        """Everything that is not yet in the states of the saved case, oldest first; the last word on each item."""
        return list(self._last(case.number).values())

    def pending(self, case: Case) -> list[Entry]:
        """The steps that a crash cut off: tried, and nobody knows what came of it."""
        return [entry for entry in self.entries(case) if entry.phase is not Phase.DONE]

    def wait(self, number: str, steps: Iterable[Step]) -> None:
        """Durably note that these steps are approved and wait for a run over all cases."""
        rows = [(number, Phase.WAITING.value, self._seal(number, {"step": step_json(step)})) for step in steps]
        with self._store.transaction():
            self._store.db.executemany("INSERT INTO journal(number, phase, sealed) VALUES(?, ?, ?)", rows)

    def waiting(self, case: Case) -> list[Step]:
        """The steps that wait, the last word on each item."""
        return list({step.locator: step for _, step in self._waiting(case.number)}.values())

    def save(self, case: Case) -> None:
        """Save the case with the states that the journal led to, and drop what is done: one transaction.

        A step that waits stays for as long as one of its findings is not resolved.
        """
        with self._store.transaction():
            self._store.write(case)
            keep = {entry.id for entry in self._last(case.number).values() if entry.phase is not Phase.DONE}
            left = {one.id for one in case.findings if not one.state.resolved}
            keep |= {number for number, step in self._waiting(case.number) if left.intersection(step.findings)}
            rows = self._store.db.execute("SELECT id FROM journal WHERE number = ?", (case.number,)).fetchall()
            self._store.db.executemany("DELETE FROM journal WHERE id = ?", [row for row in rows if row[0] not in keep])

    def _last(self, number: str) -> dict[Locator, Entry]:
        rows: list[tuple[int, str, bytes]] = self._store.db.execute(  # type: ignore[assignment]
            "SELECT id, phase, sealed FROM journal WHERE number = ? AND phase != ? ORDER BY id",
            (number, Phase.WAITING.value),
        ).fetchall()
        entries = (self._load(number, identity, Phase(phase), sealed) for identity, phase, sealed in rows)
        return {entry.step.locator: entry for entry in entries}

    def _waiting(self, number: str) -> list[tuple[int, Step]]:
        rows: list[tuple[int, bytes]] = self._store.db.execute(  # type: ignore[assignment]
            "SELECT id, sealed FROM journal WHERE number = ? AND phase = ? ORDER BY id", (number, Phase.WAITING.value)
        ).fetchall()
        return [(identity, self._load(number, identity, Phase.WAITING, sealed).step) for identity, sealed in rows]

    def _move(self, number: str, entry: Entry) -> Entry:
        value: Json = {"step": step_json(entry.step)}
        if entry.receipt:
            value["receipt"] = receipt_json(entry.receipt)
        if entry.result:
            value["result"] = _result_json(entry.result)
        if entry.staged:
            value["staged"] = [str(entry.staged.locator), version_json(entry.staged.expected), entry.staged.token]
            value["made"] = entry.made
        with self._store.transaction():
            self._store.db.execute(
                "UPDATE journal SET phase = ?, sealed = ? WHERE id = ?",
                (entry.phase.value, self._seal(number, value), entry.id),
            )
        return entry

    def _seal(self, number: str, value: Json) -> bytes:
        return self._store.sealer.seal(pack(value), _context(number))

    def _load(self, number: str, identity: int, phase: Phase, sealed: bytes) -> Entry:
        raw = json.loads(self._store.sealer.open(sealed, _context(number)))
        receipt = load_receipt(raw["receipt"]) if "receipt" in raw else None
        result = _load_result(raw["result"]) if "result" in raw else None
        staged = _load_staged(raw["staged"]) if "staged" in raw else None
        return Entry(identity, phase, load_step(raw["step"]), receipt, result, staged, raw.get("made", ""))


def _result_json(result: Result) -> Json:
    until = result.until.isoformat() if result.until else None
    return {
        "state": result.state.value,
        "reason": result.reason,
        "until": until,
        "survivors": result.survivors,
        "version": version_json(result.version) if result.version else None,
        "content": result.content,
        "statute": result.statute,
        "hold": result.hold,
    }


def _load_result(raw: Json) -> Result:
    return Result(
        State(raw["state"]),
        raw["reason"],
        load_date(raw["until"]),
        raw["survivors"],
        version=load_version(raw["version"]) if raw.get("version") else None,
        content=raw.get("content", ""),
        statute=raw.get("statute"),
        hold=raw.get("hold", ""),
    )


def _load_staged(raw: list[Any]) -> Staged:
    where, expected, token = raw
    return Staged(Locator.parse(where), load_version(expected), token)


def _context(number: str) -> bytes:
    return b"journal " + number.encode("ascii")
