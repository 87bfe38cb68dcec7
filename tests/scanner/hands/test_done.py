"""A person's word on a task: what it comes to, and what is refused."""

from __future__ import annotations

from datetime import date

import pytest

from scanner.hands.asking import join_hands
from scanner.hands.done import close, said
from scanner.model import State, Verdict
from scanner.outcomes import GONE
from scanner.page.reasons import in_swedish
from scanner.refusal import Refusal
from scanner.verify import COMPLETE, look_again, outcome
from tests.scanner.hands.people import HANDS, case

TODAY = date(2026, 3, 2)
DIGEST = "ab" * 32


@pytest.mark.parametrize(
    ("found", "until", "state", "told"),
    [
        ("erased", None, State.ERASED, f"confirmed, says Karin on 2026-03-02 (SHA-256 {DIGEST})"),
        ("none", None, State.ABSENT, f"nothing found there, says Karin on 2026-03-02 (SHA-256 {DIGEST})"),
        ("erased", date(2026, 5, 31), State.RECOVERABLE, f"confirmed, says Karin on 2026-03-02 (SHA-256 {DIGEST})"),
    ],
)
def test_what_was_said_closes_it_for_good(found: str, until: date | None, state: State, told: str) -> None:
    one = case()
    join_hands(one, HANDS[:1])
    (finding,) = one.findings
    finding.state, finding.verdict = State.TASK, Verdict.UNSURE
    close(finding, said(" Karin ", found, until, "", DIGEST, TODAY))
    assert (finding.state, finding.until, finding.reason) == (state, until, told)
    assert finding.state in GONE
    assert outcome(one).startswith(COMPLETE)

    def nobody(source: str) -> None:
        raise AssertionError(source)

    assert look_again(one, nobody).whole, "no source is asked for what only people can look through"  # type: ignore[arg-type]
    assert finding.state is state


def test_without_a_confirmation_it_says_so_and_a_note_stands_last() -> None:
    one = case()
    join_hands(one, HANDS[1:2])
    close(one.findings[0], said("Eva", "erased", None, "hylla 3 (två papper): klart", "", TODAY))
    reason = "confirmed, says Eva on 2026-03-02 (no written confirmation): hylla 3 (två papper): klart"
    assert one.findings[0].reason == reason
    assert in_swedish(reason) == (
        "bekräftat enligt Eva den 2026-03-02 (ingen skriftlig bekräftelse): hylla 3 (två papper): klart"
    )


@pytest.mark.parametrize(
    ("by", "found", "until", "note"),
    [
        ("", "erased", None, ""),
        ("19811218-9876", "erased", None, ""),
        ("K" * 81, "erased", None, ""),
        ("K\n", "erased", None, "a\nb"),
        ("K", "none", date(2026, 5, 1), ""),
        ("K", "erased", TODAY, ""),
        ("K", "erased", date(2100, 1, 1), ""),
        ("K", "erased", None, "x" * 501),
    ],
)
def test_what_cannot_be_right_is_refused(by: str, found: str, until: date | None, note: str) -> None:
    with pytest.raises(Refusal):
        said(by, found, until, note, "", TODAY)
