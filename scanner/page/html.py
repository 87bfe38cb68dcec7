"""A case as one page to be read or printed: nothing is loaded, run or sent, and no name can be more than text."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from connectors.base import LeftOut
from scanner.accepting import Key, accepted_gaps, key
from scanner.answer_groups import groups
from scanner.answer_left import by_limits, by_settings
from scanner.context.model import COVER, Context
from scanner.model import Case, CaseGap, Plan, SubjectId
from scanner.page.findings import finding_sections
from scanner.page.markup import cell, definitions, entry, note, paragraph, safe, section, table
from scanner.page.style import STYLE
from scanner.page.words import Words

_MOST_GAPS = 50  # places named of one source and reason


def to_html(case: Case, plan: Plan, contexts: Mapping[int, Context], language: str, now: datetime) -> str:
    """The page in Swedish ("sv") or, for anything else, English. It holds personal data, and is kept by nobody here."""
    words = Words(language, cull=bool(case.cull))
    title = safe(f"{words('title')}: {case.number or words('no_case')}")
    body = "\n".join(part for part in _parts(case, plan, contexts, words, now) if part)
    digest = base64.b64encode(hashlib.sha256(STYLE.encode("utf-8")).digest()).decode("ascii")
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    return (
        f'<!DOCTYPE html>\n<html lang="{words.language}">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="referrer" content="no-referrer">\n<meta name="robots" content="noindex, nofollow">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n'
        f"<title>{title}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<main>\n{body}\n</main>\n</body>\n</html>\n"
    )


def _parts(case: Case, plan: Plan, contexts: Mapping[int, Context], words: Words, now: datetime) -> Iterable[str]:
    yield f"<h1>{safe(words('title'))}</h1>"
    yield definitions(
        [
            (words("case"), case.number or words("no_case")),
            (words("status"), words.status(case.status)),
            (words("opened"), f"{case.created:%Y-%m-%d}"),
            (words("made"), f"{now:%Y-%m-%d %H:%M} UTC"),
        ]
    )
    yield note(words("secret"), "secret")
    yield _summary(case, plan, words)
    yield _subject(case.subject, case.missing, words)
    yield _suggestions(case, words)
    if not case.findings:
        yield paragraph(words("nothing_but" if case.gaps else "nothing"))
    yield from finding_sections(case, plan, contexts, words)
    if contexts:
        yield note(words("national_cover", cover=COVER))
    yield _gaps(case, words)
    yield _searched(case, words)
    yield _left_out(case, words)
    yield _unlooked(case, words)
    yield _plan(plan, words)


def _summary(case: Case, plan: Plan, words: Words) -> str:
    """How many findings stand in each section, and how much could not be searched: what a reader looks for first."""
    rows = [(words(group.value), str(len(found))) for group, found in groups(case, plan).items() if found]
    rows += [(words("gaps"), str(len(case.gaps)))] if case.gaps else []
    return section(words("summary"), definitions(rows)) if rows else ""


def _subject(subject: Sequence[SubjectId], missing: Sequence[str], words: Words) -> str:
    rows = "".join(entry(one.value, words.type(one.type), words.known(one)) for one in subject)
    return section(
        words("subject"),
        f'<ul class="entries">{rows}</ul>' + "".join(_lacking(sentence, words) for sentence in missing),
    )


def _lacking(sentence: str, words: Words) -> str:
    told = words.reason(sentence)
    return note(f"{words('missing')}: {told}.")


def _suggestions(case: Case, words: Words) -> str:
    rows = [entry(one.value, words.type(one.type), one.name, words.stands(one)) for one in case.suggestions]
    told = note(words("suggestions_note", case=case.number or "CASE"))
    return section(words("suggestions"), told + f'<ul class="entries">{"".join(rows)}</ul>', len(rows)) if rows else ""


def _gaps(case: Case, words: Words) -> str:
    if not case.gaps:
        return ""
    names = {key(gap): one.by for gap, one in accepted_gaps(case)}
    groups: dict[tuple[str, str], list[CaseGap]] = {}
    for gap in sorted(case.gaps, key=lambda one: one.locator):
        groups.setdefault((gap.locator.source, words.gap(gap.reason, gap.detail)), []).append(gap)
    shown = "".join(_gap_group(source, why, gaps, names, case.number, words) for (source, why), gaps in groups.items())
    return section(words("gaps"), note(words("gaps_note")) + shown, len(case.gaps))


def _gap_group(
    source: str, why: str, gaps: Sequence[CaseGap], names: Mapping[Key, str], number: str, words: Words
) -> str:
    lines = []
    for gap in gaps[:_MOST_GAPS]:
        by = names.get(key(gap))
        told = words.place(gap.locator) + (f" ({words('accepted', by=by)})" if by else "")
        lines.append(f"<li>{safe(told)}</li>")
    if len(gaps) > _MOST_GAPS:
        lines.append(f"<li>{safe(words('gaps_more', len(gaps) - _MOST_GAPS, case=number))}</li>")
    return f"<h3>{safe(source)}: {safe(why)} ({len(gaps)})</h3><ul>{''.join(lines)}</ul>"


def _searched(case: Case, words: Words) -> str:
    if not case.searched:
        return ""
    rows = []
    for one in case.searched:
        when = f"{one.scanned_at:%Y-%m-%d %H:%M}" if one.scanned_at else words("never")
        when += f"; {words('failed_since')}: {words.reason(one.error)}" if one.error else ""
        rows.append((cell(one.source), cell(one.items, "number"), cell(one.records, "number"), cell(when)))
    heads = ("source", ""), ("items", "number"), ("records", "number"), ("scanned_at", "")
    told = [note(words("follows", source=one.source, account=one.follows)) for one in case.searched if one.follows]
    return section(words("searched"), table([(words(name), kind) for name, kind in heads], rows) + "".join(told))


def _left_out(case: Case, words: Words) -> str:
    lines = [
        f"<li>{safe(source)}: {safe(_left(one, words))}</li>"
        for source, left in by_settings(case.searched)
        for one in left
    ]
    return section(words("left_out"), f"<ul>{''.join(lines)}</ul>") if lines else ""


def _left(one: LeftOut, words: Words) -> str:
    if not one.countable:
        return one.setting
    if one.items is None:
        return words("left_out_uncounted", setting=one.setting)
    folders = f", {words('left_out_folders', one.folders)}" if one.folders else ""
    return words("left_out_counted", one.items, setting=one.setting, folders=folders)


def _unlooked(case: Case, words: Words) -> str:
    lines = "".join(f"<li>{safe(words.reason(told))}</li>" for told in by_limits(case.searched))
    return section(words("unlooked"), f"<ul>{lines}</ul>") if lines else ""


def _plan(plan: Plan, words: Words) -> str:
    findings = len({number for step in plan.steps for number in step.findings})
    told = words(
        "plan_value",
        hash=plan.hash,
        findings=words("plan_findings", findings),
        items=words("plan_items", len(plan.steps)),
    )
    return section(words("plan"), paragraph(told))
