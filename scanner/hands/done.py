"""Closing a task by a person's word: who says so, when, what was found, and the hash of what speaks for it. Pure.

The confirmation itself is the company's to keep: gallra notes its SHA-256, so that the file can be known again.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import date
from typing import Final

from scanner.hands.kinds import is_hand
from scanner.model import Finding, State, Verdict
from scanner.refusal import Refusal
from scanner.requests import check_person

LONGEST: Final = 500  # characters of a note
_LAST_YEAR: Final = 2099
_CONTROL: Final = "C"  # the first letter of Unicode's categories of control and format characters


@dataclass(frozen=True, slots=True)
class Done:
    """What a person says of a task. `digest`: the SHA-256 of the confirmation, hex; "" where nobody has one.

    `state` is erased, absent (nothing was found) or recoverable, with the day `until` which copies live on.
    """

    by: str
    on: date
    state: State
    digest: str = ""
    until: date | None = None
    note: str = ""


def said(by: str, found: str, until: date | None, note: str, digest: str, today: date) -> Done:
    """What was typed, as values. `found` is "erased" or "none". Raises Refusal for what cannot be right."""
    by, note = by.strip(), note.strip()
    check_person("--by", by)
    if until is not None and found == "none":
        raise Refusal("--until goes with what is still there, and --found none says that nothing is")
    if until is not None and until <= today:
        raise Refusal("--until: must lie ahead; copies that have expired are erased")
    if until is not None and until.year > _LAST_YEAR:
        raise Refusal("--until: lies too far ahead")
    if len(note) > LONGEST:
        raise Refusal(f"--note: at most {LONGEST} characters")
    if any(unicodedata.category(one).startswith(_CONTROL) or one in "\u2028\u2029" for one in note):
        raise Refusal("--note: one line of plain words")
    state = State.RECOVERABLE if until else State.ABSENT if found == "none" else State.ERASED
    return Done(by, today, state, digest, until, note)


def close(finding: Finding, done: Done) -> None:
    """Note it in the finding; who could not tell before has told now."""
    finding.state, finding.until, finding.reason = done.state, done.until, reason(done)
    finding.verdict = None if finding.verdict is Verdict.UNSURE else finding.verdict
    finding.taken = is_hand(finding)  # nobody can look whether it is there


def reason(done: Done) -> str:
    """The sentence that stays in the case."""
    what = "nothing found there" if done.state is State.ABSENT else "confirmed"
    proof = f"SHA-256 {done.digest}" if done.digest else "no written confirmation"
    return f"{what}, says {done.by} on {done.on} ({proof})" + (f": {done.note}" if done.note else "")
