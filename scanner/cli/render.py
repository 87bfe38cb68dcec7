"""A case as an officer reads it: what goes, what waits and why, what is settled, what could not be searched."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping

from connectors.base import Locator
from scanner.cli.output import clean, table
from scanner.cli.render_findings import Shown, section
from scanner.cli.render_gaps import render_gaps
from scanner.model import ERASING, Action, Case, Finding, Ownership, Plan, State, Step, Tier, Verdict
from scanner.plan import FOLDER, by_item, plan_steps

_WHOSE = {
    Ownership.OWN: "own: the person's folder, contract, card",
    Ownership.CORRESPONDENCE: "correspondence: between the company and the person",
    Ownership.SHARED: "shared with other persons",
    Ownership.INCIDENTAL: "incidental: others' data that mentions the person",
}
_TAKEN = {
    Action.REMOVE_RECORD: "the record goes, the rest of its item stays as it is",
    Action.AMEND: "the record stays, without what names the person",
}
_ENDS = sorted(State, key=lambda state: not state.resolved)  # what is done comes first


def render_case(case: Case, plan: Plan, *, all_gaps: bool = False) -> str:
    """The whole case, in sections; the plan's hash and the next steps come last."""
    groups = _groups(case, plan_steps(plan))
    items = by_item(case.findings)
    parts = [
        _head(case),
        "" if case.findings else "Nothing was found" + (", but not all could be searched." if case.gaps else "."),
        section("Will be removed, as whole items", [_removed(one, items) for one in groups["remove"]]),
        section("Will be taken out of what stays", [_taken_out(one) for one in groups["take"]]),
        section("Wait for a decision", [_waiting(one, items) for one in groups["decide"]]),
        section("Possible ones, perhaps another person", [_waiting(one, items) for one in groups["possible"]]),
        section("Held by law", [Shown(one, _held(one), whose=one.ownership.value) for one in groups["held"]]),
        section("Settled", [Shown(one, _settled(one)) for one in groups["settled"]]),
        render_gaps(case, show_all=all_gaps),
        _searched(case),
        _foot(case, plan, len(groups["decide"]), len(groups["possible"])),
    ]
    return "\n\n".join(part for part in parts if part)


def render_end(case: Case) -> str:
    """What became of the findings: one line a state, then what went wrong in full, and what waits, counted."""
    states = Counter(one.state for one in case.findings)
    lines = [
        f"{state.value}: {amount(one for one in case.findings if one.state is state)}"
        for state in _ENDS
        if states[state]
    ] or ["nothing was found"]
    left = [one for one in case.findings if not one.state.resolved and one.effective is not Action.NONE]
    waiting = [
        one
        for one in left
        if one.state is State.OPEN and one.effective not in ERASING and one.kind != FOLDER  # which one counts
    ]
    wrong = [one for one in left if one not in waiting]
    parts = [
        "\n".join(lines),
        section("Not resolved", [Shown(one, _why(one)) for one in wrong]),
        _counted(waiting, case.number),
        render_gaps(case),
    ]
    return "\n\n".join(part for part in parts if part)


def _counted(waiting: list[Finding], number: str) -> str:
    """How many wait for a decision, by reason. A possible one is counted apart: it may be another person's."""
    if not waiting:
        return ""
    reasons = Counter((_why(one), one.tier is Tier.POSSIBLE) for one in waiting)
    rows = [
        (str(count), clean(why) + (" (only possible)" if possible else ""))
        for (why, possible), count in reasons.most_common()
    ]
    width = max(len(count) for count, _ in rows)
    lines = [f"  {count:>{width}}  {why}" for count, why in rows]
    return "\n".join((f"Wait for a decision ({len(waiting)}): gallra show {number} lists them", *lines))


def _groups(case: Case, planned: Mapping[int, Step]) -> dict[str, list[Finding]]:
    names = ("remove", "take", "decide", "possible", "held", "settled")
    groups: dict[str, list[Finding]] = {name: [] for name in names}
    for one in sorted(case.findings, key=lambda one: one.id):
        groups[_group(one, planned.get(one.id))].append(one)
    return groups


def _group(one: Finding, step: Step | None) -> str:
    if one.state is State.HELD:
        return "held"
    if one.state.resolved or one.effective is Action.NONE:
        return "settled"
    if step is not None:
        return "take" if step.cuts else "remove"
    return "possible" if one.tier is Tier.POSSIBLE else "decide"


def _head(case: Case) -> str:
    title = f"Case {case.number}, {case.status}, opened" if case.number else "No case was opened; searched"
    rows = [
        (
            "",
            one.value,
            one.type.value.replace("_", " "),
            ("given" if one.given else f"added: {one.because or 'no reason noted'}")
            + (", shared by several" if one.shared else ""),
        )
        for one in case.subject
    ]
    lines = table(("", "", "", ""), rows).split("\n")[1:] if rows else []
    return "\n".join((f"{title} {case.created:%Y-%m-%d}", *lines))


def _removed(one: Finding, items: dict[Locator, list[Finding]]) -> Shown:
    decided = ", by decision" if one.verdict is Verdict.ERASE else ""
    return Shown(one, _WHOSE[one.ownership] + decided, _note(one, items))


def _taken_out(one: Finding) -> Shown:
    decided = ", by decision" if one.verdict is Verdict.ERASE else ""
    why = _TAKEN[one.effective] + decided
    others = f"{identifiers(one.others)} of other persons in it" if one.others and not _amended(one) else ""
    return Shown(one, why, others)


def _amended(one: Finding) -> bool:
    return one.effective is Action.AMEND


def _held(one: Finding) -> str:
    until = f"until and with {one.until}" if one.until else "with no known end"
    reason = f": {one.reason}" if one.reason else ""
    return f"{one.statute or 'by decision'}, {until}{reason}"


def _note(one: Finding, items: dict[Locator, list[Finding]]) -> str:
    notes = []
    others = max(other.others for other in items[one.locator.item])
    if others:
        notes.append(f"{identifiers(others)} of other persons {'goes' if others == 1 else 'go'} with it")
    if one.links > 1:
        notes.append(f"the content has {one.links} names; removing one leaves it")
    if one.verdict is Verdict.ERASE and one.reason and one.state is State.OPEN:
        notes.append(f"decided: {one.reason}")
    if one.state is not State.OPEN:
        notes.append(f"{one.state.value}: {one.reason}")
    return "; ".join(notes)


def _waiting(one: Finding, items: dict[Locator, list[Finding]]) -> Shown:
    group = items[one.locator.item]
    return Shown(one, _waits(one, group), whose=one.ownership.value, others=max(other.others for other in group))


def _waits(one: Finding, group: Iterable[Finding]) -> str:
    kept = [str(other.id) for other in group if other.verdict is Verdict.KEEP]
    if kept:
        return f"stays with what is kept in the same item (no {', '.join(kept)})"
    if one.effective in ERASING:
        waiting = [str(other.id) for other in group if other.effective not in ERASING]
        return f"its item waits for a decision on no {', '.join(waiting)}" if waiting else "its item holds others' data"
    return _why(one)


def _why(one: Finding) -> str:
    if one.state is State.OPEN:
        return one.reason or "waits for a decision"
    return f"{one.state.value}: {one.reason}" if one.reason else one.state.value


def _settled(one: Finding) -> str:
    until = f" until {one.until}" if one.until else ""
    return f"{one.state.value}{until}" + (f": {one.reason}" if one.reason else "")


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
    return "Searched\n" + table(("source", "items", "records", "last walked (UTC)"), rows)


def _foot(case: Case, plan: Plan, waiting: int, possible: int) -> str:
    """The plan, and the commands that follow from it, the surest first."""
    lines = [f"Plan {plan.hash}: {planned(plan)} to remove"]
    steps: list[tuple[str, str]] = []
    add: Callable[[str, str], None] = lambda command, does: steps.append((f"  gallra {command}", does))  # noqa: E731
    if case.number and plan.steps:
        add(f"erase {case.number}", "carries out the plan, after asking")
    if case.number and waiting + possible:
        add(f"decide {case.number} NO... erase|keep", f"for the {waiting + possible} that wait")
    if case.number and case.gaps:
        add(f"show {case.number} --gaps", f"lists all {len(case.gaps)} that could not be searched")
    if steps:
        lines += ["Next:", *table(("", ""), steps).split("\n")[1:]]
    return "\n".join(lines)


def amount(findings: Iterable[Finding]) -> str:
    """How many findings, and in how many items: `13 findings in 9 items`."""
    found = list(findings)
    return _amount(len(found), len({one.locator.item for one in found}))


def planned(plan: Plan) -> str:
    """How much a plan removes, in the same words."""
    return _amount(len({number for step in plan.steps for number in step.findings}), len(plan.steps))


def identifiers(count: int) -> str:
    """`1 identifier`, `2 identifiers`."""
    return "1 identifier" if count == 1 else f"{count} identifiers"


def _amount(findings: int, items: int) -> str:
    if not findings:
        return "nothing"
    return f"{findings} finding{'s' * (findings != 1)} in {items} item{'s' * (items != 1)}"
