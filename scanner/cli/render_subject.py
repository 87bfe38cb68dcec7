"""Whom a case is about, as an officer reads it: identifiers with their reasons, what is missing, who else it may be."""

from __future__ import annotations

from scanner.cli.output import clean, table
from scanner.model import Case, SubjectId, Suggestion


def render_head(case: Case) -> str:
    """The title, the identifiers, the links that are missing and the suggestions."""
    title = f"Case {case.number}, {case.status}, opened" if case.number else "No case was opened; searched"
    rows = [("", one.value, one.type.value.replace("_", " "), _why(one)) for one in case.subject]
    lines = table(("", "", "", ""), rows).split("\n")[1:] if rows else []
    if case.cull:
        lines.append(f"  Routine culling by the rule {clean(case.cull)}: it is about no person.")
    missing = [f"  Note: {clean(sentence)}." for sentence in case.missing]
    return "\n".join((f"{title} {case.created:%Y-%m-%d}", *lines, *missing, *_suggested(case)))


def suggestion(one: Suggestion) -> str:
    """`Anna Ek <anna2@x.example>, in 4 places: kunder: register.csv > row 12, and 3 more`."""
    who = f"{one.name} <{one.value}>" if one.name else one.value
    places = f", in {one.places} place{'s' * (one.places != 1)}" if one.places else ""
    more = f", and {one.places - 1} more" if one.places > 1 else ""
    where = f": {one.where}{more}" if one.where else ""
    return clean(f"{who}{places}{where}{' (somebody looked and could not tell)' if one.unsure else ''}")


def _why(one: SubjectId) -> str:
    if one.given:
        why = f"given: {one.because}" if one.because else "given"
    else:
        why = f"added: {one.because or 'no reason noted'}"
    why += ", shared by several" if one.shared else ""
    return why + (", unsure: it finds, and is not enough by itself" if one.unsure else "")


def _suggested(case: Case) -> list[str]:
    if not case.suggestions:
        return []
    count = len(case.suggestions)
    command = f"decide {case.number} --also, --not or --unsure VALUE" if case.number else "find ... --also VALUE"
    title = f"  Not searched: {count} of the same name, perhaps the same person. A person decides: gallra {command}"
    return [title, *(f"  - {suggestion(one)}" for one in case.suggestions)]
