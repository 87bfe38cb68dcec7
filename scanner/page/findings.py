"""The findings of an answer's page: in the sections of the terminal, under the reason that they share."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from connectors.backups.base import plain
from connectors.base import Locator
from scanner.answer_groups import Group, groups
from scanner.answer_work import EXAMPLES, by_reason, by_source, ranges, split_work
from scanner.backups.copies import copies
from scanner.context.model import Context, Passage
from scanner.model import Case, Finding, Plan, State, Tier, Verdict
from scanner.page.backups import copy_list, records_section
from scanner.page.markup import apart, note, paragraph, safe, section
from scanner.page.words import Words
from scanner.plan import by_item

_TIERS = list(Tier)
_SETTLED = frozenset({Group.SETTLED, Group.HELD})


def finding_sections(case: Case, plan: Plan, contexts: Mapping[int, Context], words: Words) -> Iterator[str]:
    """A section for each group that has findings."""
    items = by_item(case.findings)
    held = copies(case)
    for group, found in groups(case, plan).items():
        if group is Group.BACKUPS:
            yield records_section(case, words)
            continue
        # what was asked for with its text is listed one by one, as on a terminal
        findings, many = split_work(found) if group is Group.DECIDE and not contexts else (found, [])
        shared: dict[tuple[str, str], list[Finding]] = {}
        for one in findings:
            heading = words.heading(one, group, items[one.locator.item])
            shared.setdefault((heading, words.then(one, group)), []).append(one)
        ordered = sorted(shared.items(), key=lambda pair: _surest(pair[1]))
        inner = "\n".join(
            _shared(heading, then, ones, group, (contexts, held), words) for (heading, then), ones in ordered
        )
        if findings:
            yield section(words(group.value), inner, len(findings))
        if many:
            yield _work(many, case.number, words)


def _work(findings: Sequence[Finding], number: str, words: Words) -> str:
    """An employee's mails for the company: how many, where, and the numbers to decide on."""
    inner = "\n".join(_work_of(reason, group, number, words) for reason, group in by_reason(findings).items())
    return section(words("work"), inner + note(words("work_all", case=number or "CASE")), len(findings))


def _work_of(reason: str, group: Sequence[Finding], number: str, words: Words) -> str:
    numbers, left = ranges([one.id for one in group])
    told = f"{words('no')} {numbers}" + (f" {words('more', left)}" if left else "")
    shown = "".join(f"<li>{apart(words.place(one.locator), 'place')}</li>" for one in group[:EXAMPLES])
    shown += f'<li class="note">{safe(words("more", len(group) - EXAMPLES))}</li>'
    keep = note(words("work_keep", case=number, numbers=numbers)) if number and not left else ""
    heading = f"<h3>{apart(words.reason(reason))} ({len(group)})</h3>"
    return f"{heading}\n{note(by_source(group))}<ul>{shown}</ul>{paragraph(told)}{keep}"


def _surest(findings: Sequence[Finding]) -> tuple[int, int]:
    return min(_TIERS.index(one.tier) for one in findings), findings[0].id


_Beside = tuple[Mapping[int, Context], Mapping[int, Sequence[Finding]]]  # contexts and copies, by finding


def _shared(heading: str, then: str, findings: Sequence[Finding], group: Group, beside: _Beside, words: Words) -> str:
    told = f'<p class="note">{safe(then)}</p>' if then else ""
    return f"<h3>{apart(heading)} ({len(findings)})</h3>{told}\n" + "\n".join(
        _article(one, group, beside, words) for one in findings
    )


def _article(one: Finding, group: Group, beside: _Beside, words: Words) -> str:
    contexts, held = beside
    told = list(_rows(one, group, contexts.get(one.id), words))
    if one.id in held:
        told.append((words("copies"), copy_list(one, held[one.id], words)))
    rows = "".join(f"<dt>{safe(name)}</dt><dd>{value}</dd>" for name, value in told)
    return (
        f'<article class="{one.tier.value}"><h4><span class="no">{one.id}</span> '
        f'{apart(words.place(_where(one)), "place")} <span class="tier">{safe(words.tier(one.tier))}</span></h4>'
        f"<dl>{rows}</dl></article>"
    )


def _where(one: Finding) -> Locator:
    """Of something in a backup, without the id of its content."""
    where = one.locator
    return Locator(where.source, plain(where.path), where.steps) if one.snapshots else where


def _rows(one: Finding, group: Group, context: Context | None, words: Words) -> Iterable[tuple[str, str]]:
    """Names and values; the values are markup."""
    if one.evidence:
        yield words("why"), apart(words.seen(one.evidence))
    if group is not Group.REMOVE:  # there it is the heading
        yield words("whose"), apart(words(one.ownership.value))
    if one.others:
        told = words("others_value", one.others)
        yield words("others"), apart(told) + _beside(one, words)
    if one.links > 1:
        yield words("links"), apart(words("links_value", one.links))
    if one.verdict is not None:
        reason = f": {words.reason(one.reason)}" if one.reason and one.verdict is Verdict.ERASE else ""
        yield words("decided"), apart(words(f"decided_{one.verdict.value}") + reason)
    if one.state is not State.OPEN and group not in _SETTLED:
        yield words("state"), apart(words.outcome(one))
    if context is not None:
        yield words("context"), _context(context, words)


def _beside(one: Finding, words: Words) -> str:
    if not one.beside:
        return ""
    return f", {apart(words('beside', values=', '.join(map(words.beside, one.beside))))}"


def _context(context: Context, words: Words) -> str:
    lines = [f"<li>{_passage(one, words)}</li>" for one in context.passages]
    lines += [f'<li class="note">{safe(words("more", context.more))}</li>'] if context.more else []
    lines += [f'<li class="note">{safe(words.note(one, context))}</li>' for one in context.notes]
    return f'<ul class="context">{"".join(lines)}</ul>'


def _passage(passage: Passage, words: Words) -> str:
    told = "".join(f"<mark>{safe(one.text)}</mark>" if one.marked else safe(one.text) for one in passage.pieces)
    before, after = ("… " if passage.cut[0] else "", " …" if passage.cut[1] else "")
    return f'<span class="label">{safe(words.label(passage.role))}:</span> <bdi>{before}{told}{after}</bdi>'
