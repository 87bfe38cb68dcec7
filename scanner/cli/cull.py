"""`gallra cull`: what the rules of routine culling say may go, as a plan. Nothing is erased by it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from difflib import get_close_matches
from typing import Any

import click

from config.model import Config, CullRule
from config.names import folded
from scanner.answer_json import answer
from scanner.casework import plan_of
from scanner.cli.casework import note_shown, open_workspace, tell_overdue
from scanner.cli.output import Exit, complain, exit_code, print_json
from scanner.cli.render import render_case
from scanner.cull.cases import Rule, look
from scanner.model import Plan
from scanner.refusal import Refusal

_CUT_OFF = "An erasure of this case was cut off, and nothing was looked for. Next: gallra erase {number}"


@click.command("cull")
@click.argument("names", metavar="[RULE]...", nargs=-1)
@click.option("--json", "as_json", is_flag=True, help="Print what is due as JSON.")
@click.pass_context
def command(ctx: click.Context, names: tuple[str, ...], *, as_json: bool) -> None:
    """Look what the [[cull]] rules (all, or those named RULE) say may go today, and show it as a plan.

    Opens a case for each rule by which something is due, or takes up the rule's open one; nothing is erased before
    gallra erase CASE. What has no known day, and what a law or a person keeps, stays.
    """
    with open_workspace(ctx.obj["config"]) as work:
        rules = _picked(work.config, names)
        work.check_reading()
        tell_overdue(work)
        found, told = [], []
        try:
            for rule in rules:
                one = look(work, rule, datetime.now(UTC))
                plan = plan_of(work, one.case) if one.case is not None and not _is_empty(one) else None
                found.append(_json(one, plan))
                told.append(_told(one, plan))
                if one.case is not None and plan is not None:
                    with work.cases.lock(one.case.number):
                        note_shown(work, one.case, plan)
        except Refusal as error:
            complain(f"gallra: {error}")
            told.append("")
            ctx.exit(_printed(found, told, error.exit_code, as_json=as_json))
        ctx.exit(_printed(found, told, exit_code(map(_code, found)), as_json=as_json))


def _picked(config: Config, names: Sequence[str]) -> list[CullRule]:
    """The rules of these names, or all. Raises UsageError with the nearest known one."""
    known = {folded(one.name): one for one in config.culls}
    if not known:
        raise click.UsageError("there is no [[cull]] rule in gallra.toml: docs/retention.md says how one is written")
    for name in names:
        if folded(name) not in known:
            near = get_close_matches(name, [one.name for one in config.culls], n=1)
            hint = f" Did you mean '{near[0]}'?" if near else ""
            raise click.UsageError(f"there is no [[cull]] rule '{name}'.{hint}")
    return [known[one] for one in dict.fromkeys(map(folded, names))] if names else list(config.culls)


def _is_empty(one: Rule) -> bool:
    """True for a draft of which nothing is due any more: it expires, as drafts do."""
    return one.case is not None and one.case.status == "draft" and not one.case.findings and not one.cut_off


def _printed(found: list[dict[str, Any]], told: list[str], code: int, *, as_json: bool) -> int:
    if as_json:
        print_json({"rules": found})
    else:
        click.echo("\n\n".join(one for one in told if one))
    return code


def _code(found: dict[str, Any]) -> int:
    return Exit.INCOMPLETE if found["gaps"] else Exit.DONE


def _json(one: Rule, plan: Plan | None) -> dict[str, Any]:
    counts = {
        "rule": one.rule.name,
        "unattended": one.rule.unattended,
        "due": len(plan.steps) if plan is not None else 0,
        "more": one.found.more,
        "held": one.found.held,
        "undated": one.found.undated,
    }
    if one.case is None or plan is None:
        gaps = [
            {"source": gap.locator.source, "path": gap.locator.path, "reason": gap.reason.value, "detail": gap.detail}
            for gap in one.found.gaps
        ]
        return {**counts, "case": None, "plan": None, "findings": [], "gaps": gaps}
    return {**answer(one.case, plan), **counts}


def _told(one: Rule, plan: Plan | None) -> str:
    if one.case is None or plan is None:
        left = [
            f"{one.found.held} held" * bool(one.found.held),
            f"{one.found.undated} undated" * bool(one.found.undated),
        ]
        left += [f"{len(one.found.gaps)} that could not be looked at" * bool(one.found.gaps)]
        stays = ", ".join(part for part in left if part)
        empty = f" Case {one.case.number} is empty, and leaves by itself." if one.case is not None else ""
        return f"Rule {one.rule.name}: nothing is due" + (f" ({stays}: they stay)." if stays else ".") + empty
    shown = render_case(one.case, plan)
    return f"{shown}\n\n{_CUT_OFF.format(number=one.case.number)}" if one.cut_off else shown
