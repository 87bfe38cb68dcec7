"""Holds and retention: which rule of law keeps a document and until when, and what may routinely go. Pure: no I/O, no
clock but the day handed in.

A hold lasts through its last day: the day after, it has ended. What cannot be dated is held until a person decides.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from config.model import Config, CullRule, HoldRule, Span
from scanner.policy_dates import kept_through, plausible
from scanner.policy_match import Document, Matcher, kind_of

__all__ = ["Document", "Due", "Hold", "Policy", "kind_of", "longest"]


@dataclass(frozen=True, slots=True)
class Hold:
    """A rule that is about a document. `until` is the last day it is kept; None: not known, a decision is asked.

    Where it has `ended`, it keeps the document no more.
    """

    rule: str
    statute: str
    until: date | None
    ended: bool


@dataclass(frozen=True, slots=True)
class Due:
    """A `[[cull]]` that a document falls under now: it was kept through the day `kept`, and that has passed."""

    rule: str
    kept: date
    unattended: bool
    max_items: int


class Policy:
    """The rules of one configuration, made ready for many documents. It pickles, for worker processes."""

    def __init__(self, holds: Iterable[HoldRule], culls: Iterable[CullRule], financial_year_end: str) -> None:
        self._holds = [(rule, Matcher(rule)) for rule in holds]
        self._culls = [(rule, Matcher(rule)) for rule in culls]
        self._year_end = financial_year_end

    @classmethod
    def of(cls, config: Config) -> Policy:
        """The policy that an admin has written."""
        return cls(config.holds, config.culls, config.company.financial_year_end)

    def __bool__(self) -> bool:
        """False where there is no rule at all."""
        return bool(self._holds or self._culls)

    @property
    def reads_text(self) -> bool:
        """True where a rule hangs on what a document's text says: its class, or a date in it."""
        return any(
            rule.documents or (isinstance(rule.until, Span) and _in_text(rule.until)) for rule, _ in self._holds
        ) or any(rule.documents for rule, _ in self._culls)

    def hold(self, document: Document, today: date) -> Hold | None:
        """The hold that keeps the document longest, also one that has ended; None where no rule is about it."""
        return longest(self.holds(document, today))

    def holds(self, document: Document, today: date) -> tuple[Hold, ...]:
        """Every hold that is about the document, in the configuration's order."""
        return tuple(
            self._hold(rule, matcher, document, today) for rule, matcher in self._holds if matcher.match(document)
        )

    def culls(self, document: Document, today: date) -> tuple[Due, ...]:
        """The culling rules whose time has passed for the document. A hold goes before them: ask for it first.

        What has no known day of receipt or creation is never due.
        """
        found = []
        for rule, matcher in self._culls:
            start = plausible(document.received if rule.after.start == "received" else document.created, today)
            if start is None or not matcher.match(document):
                continue
            kept = self._through(start, rule.after)
            if kept is not None and today > kept:
                found.append(Due(rule.name, kept, rule.unattended, rule.max_items))
        return tuple(found)

    def _hold(self, rule: HoldRule, matcher: Matcher, document: Document, today: date) -> Hold:
        until = self._until(rule.until, matcher, document, today)
        return Hold(rule.name, rule.statute, until, until is not None and today > until)

    def _until(self, until: Span | date, matcher: Matcher, document: Document, today: date) -> date | None:
        """The latest last day over all days that count for the rule; None where one of them is not known."""
        if not isinstance(until, Span):
            return until
        ends = []
        for start in _starts(until, matcher, document):
            day = plausible(start, today)
            end = None if day is None else self._through(day, until)
            if end is None:
                return None
            ends.append(end)
        return max(ends, default=None)

    def _through(self, day: date, span: Span) -> date | None:
        try:
            return kept_through(day, span, self._year_end)
        except OverflowError:
            return None


def longest(holds: Iterable[Hold]) -> Hold | None:
    """The one that lasts longest: an unknown end beats every date. None where there is none."""
    return max(holds, key=lambda one: (one.until is None, one.until or date.min), default=None)


def _in_text(span: Span) -> bool:
    return span.start in ("financial-year-end", "document-date")


def _starts(span: Span, matcher: Matcher, document: Document) -> list[date | None]:
    """The days that a span counts from: of a document that vouchers refer to, theirs too. An unsure class has none."""
    if span.start == "received":
        return [document.received]
    if span.start == "created":
        return [document.created]
    found = [one.date if one.sure else None for one in matcher.classes(document)]
    return found or [document.voucher.date if document.voucher is not None else None]
