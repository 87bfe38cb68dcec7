"""What came back, for people and for programs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from scanner.cli.output import clean, table
from scanner.model import Tier
from scanner.returns import Return

_MOST = 20  # rows shown


def returns_json(returns: Sequence[Return]) -> list[dict[str, Any]]:
    """Every return: the case in which the person was erased and when, where it is now, how sure, and in whose hand."""
    return [
        {
            "erased_in": one.number,
            "erased": one.noted.isoformat(),
            "source": one.locator.source,
            "path": one.locator.path,
            "within": [list(steps) for steps in one.within if steps],
            "tier": one.tier.value,
            "evidence": list(one.evidence),
            "case": one.case,
            "hold_ended": one.ended.isoformat() if one.ended else None,
        }
        for one in returns
    ]


def render_returns(returns: Sequence[Return], *, every: bool = False) -> str:
    """A heading and a table, shortened unless `every`; nothing where nothing came back."""
    if not returns:
        return ""
    shown = returns if every else returns[:_MOST]
    rows = [
        (one.locator.source, clean(one.locator.path), one.tier, _by(one), one.number, one.case or "") for one in shown
    ]
    lines = [_heading(returns), "", table(("source", "path", "", "by", "erased in", "case"), rows)]
    if len(returns) > len(shown):
        lines.append(f"... and {len(returns) - len(shown)} more: --json lists them all")
    return "\n".join(lines)


def _by(one: Return) -> str:
    ended = [f"held until {one.ended}"] if one.ended else []
    return ", ".join([*ended, *one.evidence])


def _heading(returns: Sequence[Return]) -> str:
    if all(one.ended for one in returns):
        over = "of 1 item" if len(returns) == 1 else f"of {len(returns)} items"
        return f"The hold has ended {over} of a person whose data was to be erased."
    items = "1 item has" if len(returns) == 1 else f"{len(returns)} items have"
    if all(one.tier is Tier.POSSIBLE for one in returns):
        return f"Came back, perhaps: {items} the phone number, or too little more, of a person who was erased."
    persons = len({one.number for one in returns})
    whom = "a person who was erased" if persons == 1 else f"{persons} persons who were erased"
    return f"Came back: {items} data of {whom}."
