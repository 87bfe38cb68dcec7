"""Real contacts, calendars and mails whose truth others worked out: every record that must be found says so."""

from __future__ import annotations

import json
import os
import re
from functools import cache
from pathlib import Path

import pytest

from scanner.blob import Blob
from scanner.formats import registry, sniff
from scanner.formats.base import Nested
from scanner.limits import Limits
from scanner.records import Record

ROOT = Path(os.environ.get("GALLRA_SAMPLES", Path(__file__).parents[4] / "shared" / "samples"))
AREAS = ("contacts", "calendars", "spamassassin")
CASES = sorted(path for area in AREAS for path in ROOT.glob(f"truth/{area}__*.json"))


@cache
def texts(path: Path) -> dict[tuple[str, ...], str]:
    """What stands at each outermost step of a file, with all nested in it."""
    found: dict[tuple[str, ...], str] = {}

    def walk(blob: Blob, before: tuple[str, ...]) -> None:
        name = sniff.sniff(blob)
        for one in registry.load(name).extract(blob, Limits()) if name else ():
            steps = before + one.steps
            if isinstance(one, Record):
                values = [text for _, text in one.texts] + [
                    fact.value for entity in one.entities for fact in entity.facts
                ]
                found[steps[:1]] = "\n".join([found.get(steps[:1], ""), *values])
            elif isinstance(one, Nested):
                walk(one.blob, steps)

    walk(Blob(path.read_bytes(), path.name), ())
    return found


def at(area: str, name: str) -> str:
    """The text at an id of the truth files: `f.vcf#0`, `f.csv!row1`, `f.ics#UID`, or a whole file."""
    if area == "spamassassin":
        return "\n".join(texts(ROOT / area / name).values())
    mark = re.fullmatch(r"(.+?\.(?:vcf|csv|ldif|ics|vcs|txt|vcard))(?:#|!row|!)(.+)", name, re.DOTALL)
    assert mark, name
    found = texts(ROOT / area / mark[1])
    if "!row" in name:
        headed = 0 if "no_header" not in name else 1
        return found.get((f"row {int(mark[2]) + headed}",), "")
    if area == "contacts":
        return found.get((f"card {int(mark[2]) + 1}",), "")
    numbered = re.fullmatch(r"n(\d+)", mark[2])
    ends = {mark[2], f"#{int(numbered[1]) + 1}" if numbered else mark[2]}
    return "\n".join(text for steps, text in found.items() if steps and steps[0].partition(" ")[2] in ends)


def holds(text: str, person: dict[str, list[str]]) -> bool:
    if any(re.search(rf"(?<![\w.+%-]){re.escape(e)}(?![\w-]|\.\w)", text, re.IGNORECASE) for e in person["emails"]):
        return True
    digits = re.sub(r"[^\d\n]", "", text)
    if any(len(number) > 6 and number in digits for number in (re.sub(r"\D", "", one) for one in person["phones"])):
        return True
    return not person["emails"] and any(name.lower() in text.lower() for name in person["names"])


@pytest.mark.skipif(not CASES, reason=f"no samples at {ROOT.name}: set GALLRA_SAMPLES")
def test_truth() -> None:
    missed, wrong = [], []
    for path in CASES:
        truth = json.loads(path.read_text())
        area, person = truth["root"], truth["person"]
        missed += [(path.name, one) for one in truth["must_find"] if not holds(at(area, one), person)]
        negatives = [one for one in truth.get("hard_negatives", []) if isinstance(one, str)]
        negatives += truth.get("must_not_find_sample", [])
        negatives = [one for one in negatives if not re.search(r"\.ldif!", one)]
        wrong += [(path.name, one) for one in negatives if person["emails"] and holds(at(area, one), person)]
    assert missed == []
    assert wrong == []
