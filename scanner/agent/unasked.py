"""What the audit log knows of runs: who began each, and whether it came to its end. Read anew, so no crash loses it.

A run that the agent begins says so in the log before its first step. So what it erased is told also where the agent
died before it could say it, and what was cut off is known as its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from scanner.agent.done import Notice
from scanner.audit import AuditLog

_BEGUN: Final = ("erase-begun", "erase-resumed")
_STATES: Final = frozenset({"open", "erased", "absent", "recoverable", "held", "kept", "task", "blocked", "failed"})
_LEFT: Final = ("open", "task", "blocked", "failed")
_TELL: Final = timedelta(days=30)  # runs that are older were told, or nobody wants to know any more
_OWN_WORDS: Final = "culls"  # a chore that tells itself what it took


@dataclass(slots=True)
class Begun:
    """One run of a case. `entry` is its number in the log; `chore` the agent's, "" for a person's.

    `verified`: somebody looked again after it; `states` are what its findings had come to then, `ended` what they had
    right after the run, `before` what they had before it.
    """

    case: str
    entry: int
    at: datetime
    chore: str
    steps: int
    verified: bool = False
    states: Mapping[str, int] = field(default_factory=dict)
    before: Mapping[str, int] = field(default_factory=dict)
    ended: Mapping[str, int] = field(default_factory=dict)

    @property
    def erased(self) -> int:
        """How many more findings are erased than before it, at least: what came back meanwhile is taken off."""
        return max(self.states.get("erased", 0) - self.before.get("erased", 0), 0)

    @property
    def has_erased(self) -> bool:
        """True where it erased anything, as far as the executor knew, or who looked again."""
        return self.erased > 0 or self.ended.get("erased", 0) > self.before.get("erased", 0)


def runs(log: AuditLog) -> dict[str, list[Begun]]:
    """All runs of all cases, by the case's number, oldest first."""
    found: dict[str, list[Begun]] = {}
    seen: dict[str, Mapping[str, int]] = {}
    for entry in list(log.entries()):
        case = str(entry["case"])
        mine = found.setdefault(case, [])
        if entry["event"] in _BEGUN:
            last = mine[-1] if mine and not mine[-1].verified and mine[-1].chore else None
            mine.append(_begun(entry, last.before if last else _before(entry, seen.get(case, {}))))
        elif entry["event"] == "erase-ended" and mine:
            mine[-1].ended = entry["counts"]
        elif entry["event"] == "verified":
            seen[case] = {name: count for name, count in entry["counts"].items() if name in _STATES}
            if mine:
                mine[-1].verified, mine[-1].states = True, seen[case]
    return found


def erased(log: AuditLog, now: datetime) -> tuple[Notice, ...]:
    """A notice for each run of the agent's that erased something and was looked at again, and what waits in its case.

    Of runs of one case with nobody's look between them, the last speaks for all.
    """
    return tuple(
        Notice("erased", f"erased:{one.case}:{one.entry}", case=one.case, counts=_told(one))
        for mine in runs(log).values()
        for one in mine
        if one.chore and one.chore != _OWN_WORDS and one.verified and one.has_erased and one.at >= now - _TELL
    )


def _told(one: Begun) -> dict[str, int]:
    return {"erased": one.erased} | {name: one.states[name] for name in _LEFT if one.states.get(name)}


def _before(entry: Mapping[str, Any], seen: Mapping[str, int]) -> Mapping[str, int]:
    """What a run of the agent's noted when it began; what was seen last may have come back since then."""
    counts: Mapping[str, int] = entry["counts"]
    return counts if "erased" in counts else seen


def _begun(entry: Mapping[str, Any], before: Mapping[str, int]) -> Begun:
    at, steps = datetime.fromisoformat(entry["time"]), entry["counts"].get("steps", 0)
    return Begun(entry["case"], entry["n"], at, entry["details"].get("chore", ""), steps, before=before)
