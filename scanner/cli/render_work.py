"""An employee's thousands of mails for the company, in a few lines: how many, where, and the numbers to decide on."""

from __future__ import annotations

from collections.abc import Sequence

from scanner.answer_work import EXAMPLES, by_reason, by_source, ranges
from scanner.cli.output import clean, wrapped
from scanner.cli.render_findings import place
from scanner.model import Finding


def render_work(findings: Sequence[Finding], number: str) -> str:
    """A section of `split_work`'s second part, a paragraph for each reason; empty for none."""
    if not findings:
        return ""
    lines = [f"Wait for a decision, as the company's own with the person in it ({len(findings)})"]
    for reason, group in by_reason(findings).items():
        lines += _paragraph(reason, group, number)
    case = f" {number}" if number else ""
    return "\n".join((*lines, f"  gallra show{case} --json lists each" if number else "  --json lists each"))


def _paragraph(reason: str, group: Sequence[Finding], number: str) -> list[str]:
    names = [place(one.locator) for one in group[:EXAMPLES]]
    numbers, left = ranges([one.id for one in group])
    numbered = f"no {numbers}" + (f" and {left} more" if left else "")
    decide = f": gallra decide {number} {numbers} keep, if all of them stay" if number and not left else ""
    return [
        *wrapped(f"- {clean(reason)} ({len(group)})", 2, 2),
        *wrapped(f"in {clean(by_source(group))}; as {', '.join(names)} and {len(group) - len(names)} more", 4, 2),
        *wrapped(numbered + decide, 4, 2),
    ]
