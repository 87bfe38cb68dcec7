"""Gaps that a named person accepts as not searched. Pure.

An acceptance speaks for one place and one reason. The same place with another reason (it was a picture, now it is
encrypted) is another gap, and open; a gap that is gone and comes back as it was is accepted still.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from connectors.base import GapReason, Locator
from scanner.model import Accepted, Case, CaseGap
from scanner.refusal import Refusal
from scanner.requests import check_person

LONGEST = 500  # characters of a reason
_UNSEEN = frozenset({GapReason.NEVER_SCANNED, GapReason.UNREACHABLE})


class Key(NamedTuple):
    """What an acceptance is bound to."""

    locator: Locator
    reason: GapReason


class Range(NamedTuple):
    """Numbers of gaps, both ends included."""

    first: int
    last: int


def key(gap: CaseGap | Accepted) -> Key:
    """The place and the reason."""
    return Key(gap.locator, gap.reason)


def numbered(case: Case) -> dict[int, CaseGap]:
    """The gaps under their numbers, from 1, by source, path, steps and reason; one place and reason counts once.

    The numbers hold as long as no gap comes or goes.
    """
    order = sorted(case.gaps, key=lambda one: (one.locator, one.reason.value, one.detail))
    first: dict[Key, CaseGap] = {}
    for one in order:
        first.setdefault(key(one), one)
    return dict(enumerate(first.values(), start=1))


def open_gaps(case: Case) -> list[CaseGap]:
    """The gaps that nobody has accepted."""
    known = {key(one) for one in case.accepted}
    return [one for one in case.gaps if key(one) not in known]


def accepted_gaps(case: Case) -> list[tuple[CaseGap, Accepted]]:
    """The gaps that somebody has accepted, with the acceptance."""
    known = {key(one): one for one in case.accepted}
    return [(one, known[key(one)]) for one in case.gaps if key(one) in known]


def is_whole_source(gap: CaseGap) -> bool:
    """True for a source of which nothing was seen: never scanned, or not reached."""
    return gap.reason in _UNSEEN and not gap.locator.path and not gap.locator.steps


def pick(case: Case, ranges: Sequence[Range], reasons: Collection[GapReason], source: str | None) -> list[CaseGap]:
    """The gaps of these numbers, and those of these reasons in this source (None: in every source).

    A source of which nothing was seen is never taken along: it must be named by its own number or by its reason.
    Raises Refusal where it would be, where a number has no gap, and where nothing is picked.
    """
    known = numbered(case)
    chosen: dict[int, CaseGap] = {}
    for one in ranges:
        if one.first not in known or one.last not in known:
            raise Refusal(f"the case has no gap with such a number; gallra accept {case.number} lists them")
        span = {number: known[number] for number in range(one.first, one.last + 1)}
        if one.first != one.last:
            _refuse_whole_sources(span)
        chosen |= span
    if reasons or source is not None:
        fits = {number: gap for number, gap in known.items() if _fits(gap, reasons, source)}
        if not reasons:
            _refuse_whole_sources(fits)
        chosen |= fits
    if not chosen:
        raise Refusal(f"the case has no such gap; gallra accept {case.number} lists them")
    return [chosen[number] for number in sorted(chosen)]


def accept(case: Case, gaps: Iterable[CaseGap], by: str, why: str, now: datetime) -> int:
    """Note that `by` accepts these gaps, and why; how many were not accepted before.

    An earlier acceptance of the same place and reason is replaced. Raises Refusal where nobody is named, or no reason.
    """
    by, why = by.strip(), why.strip()
    check_person("--by", by)
    if not why:
        raise Refusal("--reason: say why the gap may stay unsearched")
    if len(why) > LONGEST:
        raise Refusal(f"--reason: at most {LONGEST} characters")
    chosen = dict.fromkeys(map(key, gaps))
    known = {key(one) for one in case.accepted}
    kept = [one for one in case.accepted if key(one) not in chosen]
    case.accepted = kept + [Accepted(one.locator, one.reason, by, why, now) for one in chosen]
    return sum(one not in known for one in chosen)


def withdraw(case: Case, gaps: Iterable[CaseGap]) -> int:
    """Take the acceptance of these gaps back; how many were accepted."""
    chosen = set(map(key, gaps))
    before = len(case.accepted)
    case.accepted = [one for one in case.accepted if key(one) not in chosen]
    return before - len(case.accepted)


def _fits(gap: CaseGap, reasons: Collection[GapReason], source: str | None) -> bool:
    return (not reasons or gap.reason in reasons) and source in (None, gap.locator.source)


def _refuse_whole_sources(gaps: Mapping[int, CaseGap]) -> None:
    for number, gap in gaps.items():
        if is_whole_source(gap):
            raise Refusal(
                f"no {number} is a whole source of which nothing was seen; name it by its own number, "
                f'or with --reason-is "{gap.reason.value}"'
            )
