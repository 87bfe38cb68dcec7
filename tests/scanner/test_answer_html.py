"""The page of a case in a real browser: it asks for nothing, runs nothing, fits, prints, and hostile names are text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pypdfium2
import pytest

from connectors.base import GapReason, LeftOut, Locator, Version
from scanner.context.model import Context, Note, Passage, Piece
from scanner.model import (
    Action,
    Case,
    CaseGap,
    Evidence,
    Finding,
    Ownership,
    Plan,
    Searched,
    State,
    Step,
    SubjectId,
    Suggestion,
    Tier,
    Verdict,
)
from scanner.page.html import to_html
from scanner.records import IdType, Role
from tests.scanner.browser import chromium

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOSTILE = [
    "<script>document.title='hacked'</script>",
    "<img src=http://evil.example/x onerror=\"document.title='hacked'\">",
    "\"'><b>bold</b>",
    "</style><h1>stor</h1>",
    "&lt;i&gt; &amp;",
    "{count} %s {0}",
]
HIDDEN = {"exe.\u202egnp": "exe.\\u202egnp", "noll\x00": "noll\\x00", "rad\nErase": "rad\\x0aErase", "\udcff": "\\xff"}


def finding(number: int, path: str, *steps: str, **changes: Any) -> Finding:
    values: dict[str, Any] = {
        "id": number,
        "locator": Locator("kunder", path, steps),
        "kind": "file",
        "tier": Tier.CERTAIN,
        "evidence": (Evidence(IdType.EMAIL, Role.FROM), Evidence(IdType.NAME, Role.BODY)),
        "ownership": Ownership.SHARED,
        "action": Action.DECIDE,
        "version": Version("1"),
        "reason": "it also holds others' data",
    }
    return Finding(**(values | changes))


def hostile_case() -> tuple[Case, Plan, dict[int, Context]]:
    """Hostile words in every value that comes from outside."""
    bad = " ".join(HOSTILE)
    case = Case("2026-0001", NOW, [SubjectId(IdType.NAME, f"Anna {bad}", given=True)])
    case.subject.append(SubjectId(IdType.EMAIL, "anna@x.example", given=False, because=f"a card {bad}", shared=True))
    case.suggestions = [Suggestion(f"Anna {bad}", IdType.EMAIL, f"{bad}@x", 2, bad)]
    case.findings = [
        finding(1, "own.txt", ownership=Ownership.OWN, action=Action.REMOVE, reason=None),
        *(
            finding(10 + number, name, name, reason=name, beside=(name,), others=3)
            for number, name in enumerate(HOSTILE)
        ),
        *(finding(30 + number, name, name) for number, name in enumerate(HIDDEN)),
        finding(50, "x" * 300, "y" * 300, tier=Tier.POSSIBLE),
        finding(51, "held", state=State.HELD, until=date(2033, 12, 31), statute=f"BFL {bad}", reason=bad),
        finding(52, "kept", state=State.KEPT, verdict=Verdict.KEEP, reason=bad),
    ]
    case.gaps = [CaseGap(Locator("kunder", f"{bad}{number}.zip"), GapReason.ENCRYPTED, bad) for number in range(60)]
    case.searched = [Searched("kunder", 5, 9, NOW, (LeftOut(bad, 3),), bad), Searched("post", 0, 0, None)]
    one = case.findings[0]
    plan = Plan((Step(one.locator, one.version, "", (1,)),), "ab" * 16)
    pieces = (Piece(f"före {bad} "), Piece(f"Anna {bad}", True), Piece(" efter \u202e"))
    passage = Passage(Role.BODY, False, pieces, frozenset({IdType.NAME}), (True, True))
    return case, plan, {10: Context((passage,), 4, (Note.CHANGED,)), 11: Context(notes=(Note.GONE,))}


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with chromium() as found:
        yield found


class Opened:
    """A page with all that it asked for and complained of."""

    def __init__(self, browser: Any, target: Path, width: int, scheme: str) -> None:
        self.page = browser.new_page(viewport={"width": width, "height": 800}, color_scheme=scheme)
        self.asked: list[str] = []
        self.said: list[str] = []
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.on("console", lambda message: self.said.append(message.text))
        self.page.on("pageerror", lambda error: self.said.append(str(error)))
        self.page.goto(target.as_uri())


@pytest.fixture
def page_file(tmp_path: Path) -> Path:
    case, plan, contexts = hostile_case()
    target = tmp_path / "svar.html"
    target.write_text(to_html(case, plan, contexts, "sv", NOW), encoding="utf-8")
    return target


OVERFLOWING = """() => [...document.querySelectorAll('body *')]
  .filter(one => one.getBoundingClientRect().right > document.documentElement.clientWidth + 1)
  .map(one => one.tagName + '.' + one.className)"""
CONTRAST = """() => { const rgb = text => text.match(/[0-9.]+/g).slice(0, 3).map(Number);
  const light = text => rgb(text).map(one => one / 255)
    .map(one => one <= 0.04045 ? one / 12.92 : ((one + 0.055) / 1.055) ** 2.4)
    .reduce((sum, one, at) => sum + one * [0.2126, 0.7152, 0.0722][at], 0);
  const ground = light(getComputedStyle(document.body).backgroundColor);
  return Math.min(...[...document.querySelectorAll('h1,p,dt,dd,td,th,.note,.label,mark')].map(one => {
    const own = getComputedStyle(one), back = own.backgroundColor;
    const pair = [light(own.color), back.startsWith('rgba(0, 0, 0, 0') ? ground : light(back)].sort((a, b) => a - b);
    return (pair[1] + 0.05) / (pair[0] + 0.05); })); }"""


@pytest.mark.parametrize(("width", "scheme"), [(380, "light"), (794, "dark"), (1400, "light")])
def test_the_page_asks_for_nothing_fits_and_can_be_read(browser: Any, page_file: Path, width: int, scheme: str) -> None:
    shown = Opened(browser, page_file, width, scheme)
    assert shown.asked == [page_file.as_uri()]
    assert shown.said == []
    assert shown.page.title() == "Vad som finns om en person: 2026-0001"
    assert shown.page.evaluate(OVERFLOWING) == []
    assert shown.page.evaluate(CONTRAST) >= 4.5, "WCAG 2.2, 1.4.3"


def test_hostile_names_are_text_and_nothing_else(browser: Any, page_file: Path) -> None:
    shown = Opened(browser, page_file, 1000, "light").page
    text = shown.inner_text("body")
    assert all(name in text for name in HOSTILE)
    assert all(told in text for told in HIDDEN.values())
    assert shown.locator("script, img, b, i, link, iframe, form, a, object").count() == 0
    assert shown.locator("h1").count() == 1
    assert not re.search(r"[\u202a-\u202e\u2066-\u2069\x00]", shown.content())
    assert list(shown.locator("mark").all_inner_texts()) == [f"Anna {' '.join(HOSTILE)}"]


def test_it_prints_with_all_of_it(browser: Any, page_file: Path, tmp_path: Path) -> None:
    shown = Opened(browser, page_file, 794, "dark").page
    shown.pdf(path=str(tmp_path / "svar.pdf"), format="A4")
    document = pypdfium2.PdfDocument(tmp_path / "svar.pdf")
    sizes = [(one.get_width(), one.get_height()) for one in document]
    text = "".join("".join(one.get_textpage().get_text_range().split()) for one in document)
    assert all(abs(wide - 595) < 2 and abs(high - 842) < 2 for wide, high in sizes), "A4 in points"
    assert [told for told in ("own.txt", "Väntarpåbeslut", "Behållsenligtlag", "2033-12-31") if told not in text] == []
    assert "x" * 300 in text, "a long name is broken, not cut off"
    shown.emulate_media(media="print")
    assert shown.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"


@pytest.mark.parametrize(("language", "lang", "words"), [
    ("sv", "sv", ["Väntar på beslut", "e-post i brevets Från; namn i texten", "det innehåller också andras uppgifter",
                  "3 uppgifter om andra personer i det", "Vid beslut att radera: allt raderas.", "och 4 till",
                  "det finns inte kvar", "krypterad", "delas av flera", "Kanske samma person", "och 10 till"]),
    ("en", "en", ["Wait for a decision", "e-mail in the From header; name in the text", "it also holds others' data",
                  "3 identifiers of other persons in it", "Decided erase: all of it goes.", "and 4 more",
                  "it is not there any more", "encrypted", "shared by several", "Perhaps the same person"]),
    ("de", "en", ["What was searched", "Left out by the settings"]),
])  # fmt: skip
def test_it_says_where_why_and_what_is_proposed(
    browser: Any, tmp_path: Path, language: str, lang: str, words: list[str]
) -> None:
    case, plan, contexts = hostile_case()
    target = tmp_path / "svar.html"
    target.write_text(to_html(case, plan, contexts, language, NOW), encoding="utf-8")
    shown = Opened(browser, target, 1000, "light").page
    text = shown.inner_text("body")
    assert [word for word in words if word not in text] == []
    assert shown.locator("html").get_attribute("lang") == lang
    assert shown.locator("article").count() == len(case.findings)


def test_without_context_no_text_of_an_item_is_in_it() -> None:
    case, plan, contexts = hostile_case()
    assert "före" in to_html(case, plan, contexts, "sv", NOW)
    assert "före" not in to_html(case, plan, {}, "sv", NOW)
    assert "<mark>" not in to_html(case, plan, {}, "sv", NOW)


def test_an_empty_case_says_that_nothing_was_found() -> None:
    case = Case("", NOW, [])
    assert "Nothing was found." in to_html(case, Plan((), "0" * 32), {}, "en", NOW)
    case.gaps = [CaseGap(Locator("post", ""), GapReason.NEVER_SCANNED)]
    page = to_html(case, Plan((), "0" * 32), {}, "en", NOW)
    assert "Nothing was found, but not all could be searched." in page
    assert "post: (all of it)" in page
