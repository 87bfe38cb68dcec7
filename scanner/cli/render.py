"""A case as an officer reads it: what goes, what waits and why, what is settled, what could not be searched."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from connectors.base import Locator
from scanner.cli.output import clean, table
from scanner.model import Action, Case, Finding, Plan, State, SubjectId, Tier, Verdict
from scanner.plan import by_item

Row = tuple[str, ...]


def render_case(case: Case, plan: Plan) -> str:
    """The whole case, in sections; the plan's hash and the next step come last."""
    planned = frozenset(number for step in plan.steps for number in step.findings)
    groups = _groups(case, planned)
    items = by_item(case.findings)
    parts = [
        _head(case),
        _findings("Will be removed, as whole items", groups["remove"], lambda one: _note(one, items)),
        _findings("Wait for a decision", groups["decide"], lambda one: _waits(one, items)),
        _findings("Possible ones, perhaps another person", groups["possible"], lambda one: _waits(one, items)),
        _findings("Settled", groups["settled"], _settled),
        _gaps(case),
        _searched(case),
        _foot(case, plan, waiting=bool(groups["decide"] or groups["possible"])),
    ]
    return "\n\n".join(part for part in parts if part)


def render_end(case: Case) -> str:
    """What became of the findings: one line a state, then all that is not resolved, with reasons."""
    states = {state: [one for one in case.findings if one.state is state] for state in State}
    lines = [f"{state.value}: {len(found)}" for state, found in states.items() if found] or ["nothing was found"]
    left = [one for one in case.findings if not one.state.resolved and one.effective is not Action.NONE]
    parts = ["\n".join(lines), _findings("Not resolved", left, _why), _gaps(case)]
    return "\n\n".join(part for part in parts if part)


def place(locator: Locator) -> str:
    """Source, path and steps in one cell, with nothing that could mislead a terminal."""
    return clean(" > ".join((f"{locator.source}: {locator.path or '(all of it)'}", *locator.steps)))


def _groups(case: Case, planned: frozenset[int]) -> dict[str, list[Finding]]:
    groups: dict[str, list[Finding]] = {"remove": [], "decide": [], "possible": [], "settled": []}
    for one in sorted(case.findings, key=lambda one: one.id):
        groups[_group(one, planned)].append(one)
    return groups


def _group(one: Finding, planned: frozenset[int]) -> str:
    if one.state.resolved or one.effective is Action.NONE:
        return "settled"
    if one.id in planned:
        return "remove"
    return "possible" if one.tier is Tier.POSSIBLE else "decide"


def _head(case: Case) -> str:
    title = f"Case {case.number}" if case.number else "No case was opened"
    lines = [f"{title}, {case.status}, opened {case.created:%Y-%m-%d}"]
    lines += [f"  {clean(one.value)} ({one.type.value}{_origin(one)})" for one in case.subject]
    return "\n".join(lines)


def _origin(one: SubjectId) -> str:
    words = "" if one.given else f", added: {clean(one.because or 'no reason noted')}"
    return words + (", shared by several" if one.shared else "")


def _findings(title: str, findings: Sequence[Finding], note: Callable[[Finding], str]) -> str:
    if not findings:
        return ""
    rows = [
        (str(one.id), one.tier.value, one.ownership.value, one.kind, place(one.locator), _seen(one), note(one))
        for one in findings
    ]
    return f"{title} ({len(findings)})\n" + table(("no", "tier", "whose", "what", "where", "seen", ""), rows)


def _seen(one: Finding) -> str:
    return ", ".join(dict.fromkeys(f"{seen.type.value} in {seen.role.value}" for seen in one.evidence))


def _note(one: Finding, items: dict[Locator, list[Finding]]) -> str:
    notes = []
    others = max(other.others for other in items[one.locator.item])
    if others:
        notes.append(f"{others} identifiers of other persons go with it")
    if one.links > 1:
        notes.append(f"the content has {one.links} names; removing one leaves it")
    if one.verdict is Verdict.ERASE:
        notes.append("by decision" + (f": {one.reason}" if one.reason and one.state is State.OPEN else ""))
    if one.state is not State.OPEN:
        notes.append(f"{one.state.value}: {one.reason}")
    return "; ".join(notes)


def _waits(one: Finding, items: dict[Locator, list[Finding]]) -> str:
    group = items[one.locator.item]
    kept = [str(other.id) for other in group if other.verdict is Verdict.KEEP]
    if kept:
        return f"stays with what is kept in the same item (no {', '.join(kept)})"
    if one.effective is Action.REMOVE:
        waiting = [str(other.id) for other in group if other.effective is not Action.REMOVE]
        return f"its item waits for a decision on no {', '.join(waiting)}" if waiting else "its item holds others' data"
    others = max(other.others for other in group)
    held = f"{others} identifiers of other persons in the same item" if others else ""
    return "; ".join(part for part in (_why(one), held) if part)


def _why(one: Finding) -> str:
    if one.state is State.OPEN:
        return one.reason or "waits for a decision"
    return f"{one.state.value}: {one.reason}" if one.reason else one.state.value


def _settled(one: Finding) -> str:
    until = f" until {one.until}" if one.until else ""
    return f"{one.state.value}{until}" + (f": {one.reason}" if one.reason else "")


def _gaps(case: Case) -> str:
    if not case.gaps:
        return ""
    rows: Iterable[Row] = [(place(gap.locator), gap.reason.value, gap.detail) for gap in case.gaps]
    return f"Could not be searched ({len(case.gaps)})\n" + table(("where", "why", ""), rows)


def _searched(case: Case) -> str:
    if not case.searched:
        return ""
    rows = [
        (
            one.source,
            str(one.items),
            str(one.records),
            f"{one.scanned_at:%Y-%m-%d %H:%M}" if one.scanned_at else "never",
        )
        for one in case.searched
    ]
    return "Searched\n" + table(("source", "items", "records", "last walked"), rows)


def _foot(case: Case, plan: Plan, *, waiting: bool) -> str:
    lines = [f"Plan {plan.hash}: {_items(len(plan.steps))} to remove"]
    if case.number and waiting:
        lines.append(f"Next: gallra decide {case.number} NO... erase|keep")
    if case.number and plan.steps:
        lines.append(f"Next: gallra erase {case.number}")
    return "\n".join(lines)


def _items(count: int) -> str:
    return "nothing" if not count else "1 item" if count == 1 else f"{count} items"
