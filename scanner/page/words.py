"""An answer in one language: everything a page says of a case, as plain text. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from connectors.base import GapReason, Locator
from scanner.answer_groups import Group, Wait, waits
from scanner.certificate_texts import GAPS_SV, counted
from scanner.context.model import Context, Note
from scanner.evidence import by_role, listed
from scanner.evidence_words import LABELS, TYPES, WHERE
from scanner.model import GOING, Action, Evidence, Finding, State, SubjectId, Suggestion, Tier, Verdict
from scanner.page.of_culls import OF_CULLS
from scanner.page.reasons import NOTES_SV, in_swedish
from scanner.page.texts import HOW_SV, LABELS_SV, STATES_SV, STATUS_SV, TEXTS, TYPES_SV, WHERE_SV
from scanner.records import IdType, Role

A_NATIONAL_ID = "a national id"  # as `candidates` writes it


class Words:
    """Swedish ("sv") or, for anything else, English."""

    def __init__(self, language: str, *, cull: bool = False) -> None:
        """`cull`: the case is about no person, but about what a rule of culling says."""
        self.language = language if language in TEXTS else "en"
        self._is_swedish = self.language == "sv"
        self._text = TEXTS[self.language] | (OF_CULLS[self.language] if cull else {})

    def __call__(self, name: str, count: int = 1, **values: object) -> str:
        """A text of the page; `count` chooses its form."""
        return counted(self._text[name], count).format(count=count, **values)

    def type(self, kind: IdType) -> str:
        """A type of identifier."""
        return TYPES_SV[kind.value] if self._is_swedish else TYPES[kind]

    def label(self, role: Role) -> str:
        """What stands before a passage."""
        return LABELS_SV[role.value] if self._is_swedish else LABELS[role]

    def tier(self, tier: Tier) -> str:
        """How sure it is."""
        return self("possible_tier" if tier is Tier.POSSIBLE else tier.value)

    def status(self, status: str) -> str:
        """How far a case has come."""
        return STATUS_SV.get(status, status) if self._is_swedish else status

    def known(self, one: SubjectId) -> str:
        """Why an identifier is the subject's."""
        because = self.reason(one.because or "")
        if one.given:
            told = [f"{self('given')}: {because}" if because else self("given")]
        else:
            told = [self("added", because=because) if because else self("added_unknown")]
        told += [self(name) for name, is_so in (("is_shared", one.shared), ("is_unsure", one.unsure)) if is_so]
        return ", ".join(told)

    def stands(self, one: Suggestion) -> str:
        """Where a suggested identifier stands, and that somebody looked and could not tell."""
        told = [f"{self('places', one.places)}: {one.where}" if one.where else self("places", one.places)]
        told += [self("more", one.places - 1)] if one.places > 1 and one.where else []
        told += [self("looked")] if one.unsure else []
        return ", ".join(told)

    def seen(self, evidence: Sequence[Evidence]) -> str:
        """What was seen, and where."""
        where = WHERE_SV if self._is_swedish else {role.value: words for role, words in WHERE.items()}
        return "; ".join(
            f"{listed([self._typed(one) for one in told], self('and'))} {where[role.value]}"
            for role, told in by_role(evidence)
        )

    def _typed(self, one: Evidence) -> str:
        how = ", ".join(HOW_SV.get(part, part) for part in one.how.split(", ")) if self._is_swedish else one.how
        return f"{self.type(one.type)} ({how})" if how else self.type(one.type)

    def place(self, locator: Locator) -> str:
        """Source, path and steps."""
        return " > ".join((f"{locator.source}: {locator.path or self('whole_source')}", *locator.steps))

    def reason(self, reason: str) -> str:
        """A reason that the case holds."""
        return in_swedish(reason) if self._is_swedish else reason

    def beside(self, value: str) -> str:
        """A value of another person; a national id has only a name."""
        return "ett personnummer" if self._is_swedish and value == A_NATIONAL_ID else value

    def gap(self, reason: GapReason, detail: str) -> str:
        """Why something could not be searched."""
        told = counted(GAPS_SV.get(reason.value, reason.value), 1) if self._is_swedish else reason.value
        return f"{told} ({self.reason(detail)})" if detail else told

    def note(self, note: Note, context: Context) -> str:
        """What must be said of a context."""
        told = NOTES_SV[note.value] if self._is_swedish else note.value
        if note in (Note.UNREAD, Note.FAILED) and context.reasons:
            told += f": {', '.join(self.gap(one, '') for one in context.reasons)}"
        return told

    def heading(self, one: Finding, group: Group, beside: Sequence[Finding]) -> str:
        """Under which reason a finding stands in its section; `beside` are the findings of its item."""
        decided = f", {self('by_decision')}" if one.verdict is Verdict.ERASE else ""
        if group is Group.REMOVE:
            return self(one.ownership.value) + decided
        if group is Group.TAKE:
            return self(f"take_{one.effective.value}") + decided
        if group is Group.TASK:
            return self.reason(one.reason) if one.reason else self("task_by_hand")
        if group is Group.HELD:
            ground = one.statute or self("by_decision")
            return f"{ground}, {self._until(one)}" + (f": {self.reason(one.reason)}" if one.reason else "")
        return self._waiting(one, beside) if group in (Group.DECIDE, Group.POSSIBLE) else self.outcome(one)

    def _waiting(self, one: Finding, beside: Sequence[Finding]) -> str:
        found = waits(one, beside)
        if found.why is Wait.REASON:
            return self.reason(one.reason) if one.reason else self("wait_reason")
        if found.why is Wait.STATE:
            return self.outcome(one)
        return self(f"wait_{found.why.value}", numbers=", ".join(map(str, found.numbers)))

    def then(self, one: Finding, group: Group) -> str:
        """What deciding to erase it comes to; nothing where nobody is asked."""
        asked = group in (Group.DECIDE, Group.POSSIBLE) and one.effective is Action.DECIDE and one.state is State.OPEN
        return self(f"on_{one.offer.value}") if asked and one.offer in (*GOING, Action.NONE) else ""

    def outcome(self, one: Finding) -> str:
        """Its state, until when, and why."""
        state = STATES_SV[one.state.value] if self._is_swedish else one.state.value
        until = f" {self._until(one)}" if one.until else ""
        return f"{state}{until}" + (f": {self.reason(one.reason)}" if one.reason else "")

    def _until(self, one: Finding) -> str:
        return self("until", until=one.until.isoformat()) if one.until else self("no_end")
