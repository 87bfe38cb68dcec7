"""Recall and precision on real samples with known truth, record by record: the samples part of `benchmarks.quality`.

FOLDER holds areas (folders) and truth/AREA__PERSON.json files: `person` is what is asked for, `must_find` has to be
found, `may_find`, `neutral` and `disputed` do not count, everything else is not the person's. What lies under a gap is
not counted as missed: it was said to be unread.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from connectors.base import Locator
from scanner.asked import asked
from scanner.model import CaseGap, Finding, Tier
from scanner.records import IdType
from scanner.workspace import Workspace

# Areas that this release reads, and the kind of source each is.
AREAS = {
    "composed_mail": "maildir",
    "composed_contacts": "folder",
    "composed_sheets": "folder",
    "contacts": "folder",
    "calendars": "folder",
    "spamassassin": "folder",
    "documents": "folder",
}
# Danish CPR numbers are no national ids here; a company there says how the numbers of its customers look.
_NUMBERS = {"documents": "[0-9]{6}-[0-9]{4}"}
_SURE = {Tier.CERTAIN: 0, Tier.PROBABLE: 1, Tier.POSSIBLE: 2}
_COMPONENTS = ("event", "todo", "journal", "freebusy", "poll")
_NUMBERED = re.compile("#[0-9]+")  # a component without a UID: the truth counts them from 0
_NOT_COUNTED = ("may_find", "neutral", "disputed", "name_only", "must_find_ocr")


# Broken files that the truth's own readers gave up on, or counted otherwise; each looked at by hand.
DISAGREED = {
    "contacts__frank-dawson": {  # cards without BEGIN or END: his name, addresses and phone stand in them
        "eds/tests__libebook__vcard__7.vcf",
        "eds/tests__libebook__vcard__8.vcf#0",
        "eds/tests__libebook__vcard__9.vcf#0",
    },
    "calendars__jane-doe-host1": {  # free/busy objects before the place where the file breaks; she is their organizer
        "libical/test-data/crash.ics#n2",
        "libical/test-data/crash.ics#n3",
    },
}
# A csv without a header: the truth counts its first row as 0, gallra as 1 (row 0 is a header everywhere).
_RENUMBERED = {
    "thunderbird/mailnews__import__test__unit__resources__csv_no_header.csv!row1": (
        "thunderbird/mailnews__import__test__unit__resources__csv_no_header.csv!row2"
    )
}


@dataclass(slots=True)
class Score:
    """One person in one area. Ids are the truth's own."""

    case: str
    wanted: int = 0
    found: int = 0
    hidden: list[str] = field(default_factory=list)  # must be found, but lies in a gap that was told
    missed: list[str] = field(default_factory=list)
    certain: int = 0
    wrong_certain: list[str] = field(default_factory=list)
    wrong_probable: list[str] = field(default_factory=list)


def evaluate(samples: Path, area: str, state: Path, more: str = "") -> list[Score]:
    """Scan one area into a fresh index under `state`, then ask for each person of its truth files.

    `more` is configuration (TOML) besides the source.
    """
    state.mkdir(parents=True, exist_ok=True)
    root = samples / area / ("maildir" if AREAS[area] == "maildir" else "")
    config = state / "gallra.toml"
    path = json.dumps(str(root))
    text = f'[[source]]\nname = "area"\nkind = "{AREAS[area]}"\nbackup = "none"\npath = {path}\n'
    if area in _NUMBERS:
        text += f'[detect]\ncustomer_number = ["{_NUMBERS[area]}"]\n'
    config.write_text(text + more, encoding="utf-8")
    with Workspace.open(config) as work:
        for report in work.scan():
            if report.error:
                raise RuntimeError(report.error)
        truths = sorted((samples / "truth").glob(f"{area}__*.json"))
        return [_score(work, json.loads(path.read_text(encoding="utf-8"))) for path in truths]


def _score(work: Workspace, truth: dict[str, Any]) -> Score:
    person = truth["person"]
    typed = {
        IdType.NAME: person.get("names", ()),
        IdType.EMAIL: person.get("emails", ()),
        IdType.PHONE: person.get("phones", ()),
        IdType.CUSTOMER_NUMBER: person.get("ids", ()),
    }
    findings, gaps, _ = work.search(work.identify(asked((), typed, work.detect)))
    score = Score(truth["case"])
    must = {_plain(one) for one in truth["must_find"]}
    uncounted = {_plain(one) for key in _NOT_COUNTED for one in truth.get(key, ())}
    uncounted |= DISAGREED.get(truth["case"], set())
    shown = _file if "whole file" in truth.get("id_format", "") else _shown
    got = {shown(one): one for one in sorted(findings, key=lambda one: _SURE[one.tier], reverse=True)}
    score.wanted = len(must)
    for one in sorted(must):
        if one in got:
            score.found += 1
        elif _under_gap(one, gaps):
            score.hidden.append(one)
        else:
            score.missed.append(one)
    for name, finding in got.items():
        wrong = name not in must and name not in uncounted
        score.certain += finding.tier is Tier.CERTAIN
        if wrong and finding.tier is Tier.CERTAIN:
            score.wrong_certain.append(name)
        if wrong and finding.tier is Tier.PROBABLE:
            score.wrong_probable.append(name)
    return score


def _file(finding: Finding) -> str:
    return finding.locator.path


def _shown(finding: Finding) -> str:
    """A finding in the same spelling as `_plain`; what is inside a message counts as the message."""
    path = finding.locator.path
    return path.rsplit("/", 1)[-1] if path.endswith(".host") else _whole(place(finding.locator))


def place(locator: Locator) -> str:
    """A locator as the truth files write it: cards count from 0, rows from 1; attachments are their mail."""
    name = locator.path
    for step in locator.steps:
        word, _, rest = step.partition(" ")
        if word == "member":
            name += "/" + rest
        elif word == "sheet":
            name += "!" + rest
        elif word == "row":
            name += "!row" + rest
        elif word == "card":
            name += f"#{int(rest) - 1}"
        elif word in _COMPONENTS:
            name += f"#n{int(rest[1:]) - 1}" if _NUMBERED.fullmatch(rest) else "#" + rest
    return name


def _plain(name: str) -> str:
    """One spelling for both sides.

    A message goes by its unique name; a pdf by its file (its rows are lines of a page).
    """
    if name.endswith((":2,S", ".host")):
        return name.rsplit("/", 1)[-1].partition(":")[0]
    return _whole(_RENUMBERED.get(name, name))


def _whole(name: str) -> str:
    return name.partition("!")[0] if ".pdf" in name else name


def _under_gap(name: str, gaps: Iterable[CaseGap]) -> bool:
    return any(
        name == place(gap.locator)
        or name.startswith((place(gap.locator) + "!", place(gap.locator) + "#", place(gap.locator) + "/"))
        for gap in gaps
    )


def table(scores: dict[str, list[Score]]) -> str:
    """Recall and precision by area."""
    lines = ["| area | persons | must find | found | in gaps | recall | certain | precision of certain |"]
    lines.append("| --- | --- | --- | --- | --- | --- | --- | --- |")
    for area, ones in scores.items():
        total: defaultdict[str, int] = defaultdict(int)
        for one in ones:
            total["wanted"] += one.wanted
            total["found"] += one.found
            total["hidden"] += len(one.hidden)
            total["certain"] += one.certain
            total["wrong"] += len(one.wrong_certain)
        readable = total["wanted"] - total["hidden"]
        lines.append(
            f"| {area} | {len(ones)} | {total['wanted']} | {total['found']} | {total['hidden']} | "
            f"{total['found'] / max(1, readable):.3f} | {total['certain']} | "
            f"{1 - total['wrong'] / max(1, total['certain']):.3f} |"
        )
    return "\n".join(lines)


def all_areas(samples: Path, state: Path) -> dict[str, list[Score]]:
    """Every area in turn, each in an index of its own under `state`."""
    return {area: evaluate(samples, area, state / area) for area in AREAS}


def wrongs(scores: dict[str, list[Score]]) -> list[str]:
    """Every miss and every wrong one, a line each."""
    return [
        f"{one.case}: {what}: {name}"
        for ones in scores.values()
        for one in ones
        for what in ("missed", "hidden", "wrong_certain", "wrong_probable")
        for name in getattr(one, what)
    ]
