"""A case as an officer reads it: what goes, what waits and why, what is settled, what could not be searched."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from connectors.base import Locator
from scanner.answer_groups import Group, Wait, groups, waits
from scanner.answer_work import split_work
from scanner.backups.copies import copies
from scanner.backups.pending import WAITS
from scanner.by_hand import is_waiting
from scanner.cli.output import clean, table
from scanner.cli.render_backups import render_records, with_copies
from scanner.cli.render_blind import render_left_out, render_searched
from scanner.cli.render_context import context_lines, legend
from scanner.cli.render_findings import Shown, section
from scanner.cli.render_gaps import render_gaps
from scanner.cli.render_subject import render_head
from scanner.cli.render_tasks import task_line, tasks_of
from scanner.cli.render_work import render_work
from scanner.context.model import Context
from scanner.evidence_words import ON_ERASE
from scanner.model import ERASING, GOING, Action, Case, Finding, Ownership, Plan, State, Tier, Verdict
from scanner.notifying import would_notify
from scanner.plan import FOLDER, by_item

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
_TAKES = "takes what waits in all cases out of the backups, in one go"
_ENDS = sorted(State, key=lambda state: not state.resolved)  # what is done comes first


def render_case(
    case: Case, plan: Plan, *, all_gaps: bool = False, contexts: Mapping[int, Context] | None = None
) -> str:
    """The whole case, in sections; the plan's hash and the next steps come last. `contexts` go below their findings."""
    found = groups(case, plan)
    items = by_item(case.findings)
    held = copies(case)

    def below(shown: Iterable[Shown]) -> list[Shown]:
        return with_copies(_with_context(shown, contexts or {}), held)

    listed, many = (found[Group.DECIDE], []) if contexts else split_work(found[Group.DECIDE])
    parts = [
        render_head(case),
        "" if case.findings else "Nothing was found" + (", but not all could be searched." if case.gaps else "."),
        section(
            "Will be removed, as whole items", below(_removed(one, items, case.cull) for one in found[Group.REMOVE])
        ),
        section("Will be taken out of what stays", below(_taken_out(one) for one in found[Group.TAKE])),
        section("Tasks for people", below(task_line(one) for one in found[Group.TASK])),
        section("Wait for a decision", below(_waiting(one, items) for one in listed)),
        render_work(many, case.number),
        section("Possible ones, perhaps another person", below(_waiting(one, items) for one in found[Group.POSSIBLE])),
        render_records(case),
        section("Held by law", below(_stays(one, _held(one)) for one in found[Group.HELD])),
        section("Settled", below(_stays(one, _settled(one)) for one in found[Group.SETTLED])),
        render_gaps(case, show_all=all_gaps),
        render_searched(case),
        render_left_out(case.searched),
        legend((contexts or {}).values()),
        _foot(case, plan, len(found[Group.DECIDE]), len(found[Group.POSSIBLE])),
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
        if one.state is State.OPEN and one.effective not in GOING and one.kind != FOLDER  # which one counts
    ]
    tasks = [one for one in left if one.state is State.TASK or one.effective is Action.TASK]
    wrong = [one for one in left if one not in waiting and one not in tasks]
    parts = [
        "\n".join(lines),
        section("Tasks for people", [task_line(one) for one in tasks]),
        section("Not resolved", [Shown(one, _why(one)) for one in wrong]),
        _counted(waiting, case.number),
        render_gaps(case),
        render_searched(case),
        render_left_out(case.searched),
        _planned(wrong, tasks, case.number),
    ]
    return "\n\n".join(part for part in parts if part)


def _planned(wrong: list[Finding], tasks: list[Finding], number: str) -> str:
    """The next steps: where something can go now that could not before, where it waits for others, and for whom."""
    going = [one for one in wrong if one.state is State.OPEN and one.effective in GOING]
    lines = []
    if any(one.reason != WAITS for one in going):
        lines.append(f"Next: gallra show {number} shows the new plan, and gallra erase {number} carries it out")
    if any(one.reason == WAITS for one in going):
        lines.append(f"Next: gallra backups erase {_TAKES}")
    if tasks:
        lines.append("Next: gallra tasks lists what people must do, and how it is noted")
    return "\n".join(lines)


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


def render_some(findings: Iterable[Finding], contexts: Mapping[int, Context]) -> str:
    """Chosen findings alone, each with its context."""
    shown = _with_context((_stays(one, _tells(one)) for one in findings), contexts)
    return "\n\n".join(part for part in (section("Findings", shown), legend(contexts.values())) if part)


def _with_context(shown: Iterable[Shown], contexts: Mapping[int, Context]) -> list[Shown]:
    return [
        replace(one, below=context_lines(contexts[one.finding.id])) if one.finding.id in contexts else one
        for one in shown
    ]


def _stays(one: Finding, why: str) -> Shown:
    return Shown(one, why, whose=one.ownership.value, others=one.others)


def _tells(one: Finding) -> str:
    """What is proposed or settled, in a few words."""
    if one.state is State.HELD:
        return _held(one)
    if one.state is State.OPEN and one.effective in ERASING:
        return _TAKEN.get(one.effective, "the whole item goes")
    return _why(one)


def _removed(one: Finding, items: dict[Locator, list[Finding]], cull: str = "") -> Shown:
    if cull and one.verdict is None and one.state is State.OPEN:
        return Shown(one, f"may go by the rule {cull}", one.reason or "")
    decided = ", by decision" if one.verdict is Verdict.ERASE else ""
    return Shown(one, _WHOSE[one.ownership] + decided, _note(one, items))


def _taken_out(one: Finding) -> Shown:
    decided = ", by decision" if one.verdict is Verdict.ERASE else ""
    why = _TAKEN[one.effective] + decided
    others = f"{identifiers(one.others)} of other persons in it" if one.others and not _amended(one) else ""
    return Shown(one, why, "; ".join(part for part in (others, _notice(one)) if part))


def _notice(one: Finding) -> str:
    """Whom the server writes to now that a person let it go."""
    return f"decided: it {would_notify(one.notifies)}" if one.notifies and one.verdict is Verdict.ERASE else ""


def _amended(one: Finding) -> bool:
    return one.effective is Action.AMEND


def _held(one: Finding) -> str:
    until = f"up to and including {one.until}" if one.until else "with no known end"
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
    return "; ".join(part for part in (*notes, _notice(one)) if part)


def _waiting(one: Finding, items: dict[Locator, list[Finding]]) -> Shown:
    group = items[one.locator.item]
    others = max(other.others for other in group)
    then = ON_ERASE.get(one.offer, "") if one.effective is Action.DECIDE and one.state is State.OPEN else ""
    return Shown(one, _waits(one, group), whose=one.ownership.value, others=others, then=then)


def _waits(one: Finding, group: Iterable[Finding]) -> str:
    found = waits(one, group)
    numbers = ", ".join(map(str, found.numbers))
    if found.why is Wait.KEPT:
        return f"stays with what is kept in the same item (no {numbers})"
    if found.why is Wait.WAITING:
        return f"its item waits for a decision on no {numbers}"
    return "its item holds others' data" if found.why is Wait.OTHERS else _why(one)


def _why(one: Finding) -> str:
    if one.state is State.OPEN:
        return one.reason or "waits for a decision"
    return f"{one.state.value}: {one.reason}" if one.reason else one.state.value


def _settled(one: Finding) -> str:
    until = f" until {one.until}" if one.until else ""
    return f"{one.state.value}{until}" + (f": {one.reason}" if one.reason else "")


def _foot(case: Case, plan: Plan, waiting: int, possible: int) -> str:
    """The plan, and the commands that follow from it, the surest first."""
    asked = f", and {tasks_of(case, plan)}" if plan.tasks else ""
    lines = [f"Plan {plan.hash}: {planned(plan)} to remove{asked}"]
    steps: list[tuple[str, str]] = []
    add: Callable[[str, str], None] = lambda command, does: steps.append((f"  gallra {command}", does))  # noqa: E731
    if case.number and (plan.steps or plan.tasks):
        add(f"erase {case.number}", "carries out the plan, after asking")
    if case.number and any(one.state is State.OPEN and one.reason == WAITS for one in case.findings):
        add("backups erase", _TAKES)
    if case.number and is_waiting(case):
        add("tasks", "lists what waits for people")
    if case.number and waiting + possible:
        add(f"decide {case.number} NO... erase|keep", f"for the {waiting + possible} that wait")
    if case.number and case.gaps:
        add(f"show {case.number} --gaps", f"lists what could not be searched ({len(case.gaps)})")
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
