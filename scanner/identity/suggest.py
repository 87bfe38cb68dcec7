"""Who else bears the subject's name: shown to a person, never searched."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from scanner.detect.name_words import parse_name, same_given, short_forms
from scanner.detect.names import same_name
from scanner.identity.facts import ALONE, STRONG, Fact, Seen, contradicts, full_names
from scanner.identity.groups import Ignore, grouped, mailbox
from scanner.identity.look import Look
from scanner.model import Choice, SubjectId, Suggestion, Whether
from scanner.records import IdType

MOST = 10
_TRIED = 3  # identifiers of one group that may be several persons' before it is left
_TOLD = (IdType.EMAIL, IdType.PHONE, IdType.CUSTOMER_NUMBER)  # a personnummer is shown to nobody who did not ask for it


def suggest(
    look: Look,
    names: Sequence[str],
    subject: Sequence[SubjectId],
    choices: Sequence[Choice],
    ignore: Ignore,
    is_shared: Ignore,
) -> list[Suggestion]:
    """At most ten, most frequent first; those that somebody was not sure of before all others.

    Left out: what is the subject's already, what a person said no to, what several use, and whom another national id or
    birth date speaks against.
    """
    said = {(one.type, one.value): one.answer for one in choices}
    refused = {fact for fact, answer in said.items() if answer is Whether.NO}
    own = {mailbox((one.type, one.value)) for one in subject}
    seen = [one for one in look.named(names) if _bears(one, names)]
    mine = own & {fact for fact in own if fact[0] is IdType.PHONE}
    found: list[Suggestion] = []
    for group in grouped(seen, STRONG, lambda fact: ignore(fact) or fact in mine):
        facts = {mailbox(fact) for one in group for fact in one.facts}
        speaks_against = any(contradicts(one.facts, subject) for one in group)
        if speaks_against or facts & refused or any(fact in own for fact in facts if fact[0] in ALONE):
            continue
        best = _best(group, said, lambda fact: ignore(fact) or fact in own, is_shared)
        if best is not None:
            found.append(_suggestion(look, group, best, names, unsure=said.get(best) is Whether.UNSURE))
    found += _doubted(look, choices, found)
    return sorted(found, key=lambda one: (not one.unsure, -one.places, one.value))[:MOST]


def same_person(name: str, names: Iterable[str]) -> bool:
    """True for a full name with the same first given name in full: "A. Ek" and "Karin Ek" are no "Anna Karin Ek"."""
    first = _first(name)
    return len(first) > 1 and any(
        same_name(name, own) and any(same_given(form, first) for form in (_first(own), *short_forms(_first(own))))
        for own in names
    )


def _first(name: str) -> str:
    givens = parse_name(name).givens
    return "".join(givens[0]) if givens else ""


def _bears(one: Seen, names: Sequence[str]) -> bool:
    own = full_names(one.facts)
    return bool(own) and all(same_person(name, names) for name in own)


def _best(group: Sequence[Seen], said: dict[Fact, Whether], ignore: Ignore, is_shared: Ignore) -> Fact | None:
    """What to call the group by: what a person spoke of, else an e-mail address before a phone, the commonest first."""
    counts = Counter(fact for one in group for fact in one.facts if fact[0] in _TOLD and not ignore(fact))
    ranked = sorted(counts, key=lambda fact: (fact not in said, _TOLD.index(fact[0]), -counts[fact], fact[1]))
    return next((fact for fact in ranked[:_TRIED] if fact in said or not is_shared(fact)), None)


def _suggestion(look: Look, group: Sequence[Seen], best: Fact, names: Sequence[str], *, unsure: bool) -> Suggestion:
    records = sorted({one.record for one in group})
    borne = Counter(name for one in group for name in full_names(one.facts))
    name = max(borne.items(), key=lambda pair: (pair[1], pair[0]))[0] if borne else names[0]
    return Suggestion(name, best[0], best[1], len(records), look.where(records[0]), unsure)


def _doubted(look: Look, choices: Iterable[Choice], found: Sequence[Suggestion]) -> list[Suggestion]:
    """What a person was not sure of stays shown, whatever name stands beside it."""
    have = {(one.type, one.value) for one in found}
    more: list[Suggestion] = []
    for one in choices:
        if one.answer is not Whether.UNSURE or (one.type, one.value) in have:
            continue
        group = look.holding(SubjectId(one.type, one.value, given=False))
        if group:
            more.append(_suggestion(look, group, (one.type, one.value), [""], unsure=True))
        else:
            more.append(Suggestion("", one.type, one.value, 0, "", unsure=True))
    return more
