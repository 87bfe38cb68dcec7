"""What the page of a case says, as plain HTML: decisions, suggestions, what was passed by, an employee's many mails."""

from __future__ import annotations

import ast
import re
from dataclasses import replace
from datetime import UTC, datetime
from html import unescape
from pathlib import Path

import pytest

from connectors.base import GapReason, LeftOut, Locator, Version
from connectors.errors import ConnectorError, Denied, Held, ProtocolBroken, Unreachable, Unsupported
from connectors.manual import GAP
from scanner import at_work, outcomes
from scanner.candidates import HOW, NOT_LOOKED_THROUGH
from scanner.context.model import Context
from scanner.detect.name_window import Strength
from scanner.identity import city, missing
from scanner.model import (
    Action,
    Case,
    CaseGap,
    Evidence,
    Finding,
    Ownership,
    Plan,
    Searched,
    SubjectId,
    Suggestion,
    Tier,
    Verdict,
)
from scanner.outcomes import of_error
from scanner.page.failures import OF_SOURCES
from scanner.page.html import to_html
from scanner.page.reasons import in_swedish
from scanner.records import IdType, Role

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
NO_PLAN = Plan((), "0" * 32)


def finding(number: int, reason: str = "it also holds others' data") -> Finding:
    return Finding(
        id=number,
        locator=Locator("post", f"brev{number}"),
        kind="message",
        tier=Tier.CERTAIN,
        evidence=(Evidence(IdType.EMAIL, Role.FROM),),
        ownership=Ownership.SHARED,
        action=Action.DECIDE,
        version=Version("1"),
        reason=reason,
    )


def told(case: Case, language: str = "en", contexts: dict[int, Context] | None = None) -> str:
    """The words of the page, in one line."""
    page = to_html(case, NO_PLAN, contexts or {}, language, NOW).partition("<body>")[2]
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", page)).split())


@pytest.mark.parametrize("language", ["sv", "en"])
@pytest.mark.parametrize("verdict", list(Verdict))
def test_each_decision_has_its_words(language: str, verdict: Verdict) -> None:
    case = Case("2026-0001", NOW, [], findings=[replace(finding(1), verdict=verdict)])
    words = {"sv": ("radera", "behåll", "osäkert"), "en": ("erase", "keep", "unsure")}
    assert words[language][list(Verdict).index(verdict)] in told(case, language)


def test_what_a_person_took_and_what_is_unsure_is_said_of_an_identifier() -> None:
    case = Case("2026-0001", NOW, [SubjectId(IdType.EMAIL, "a@x.example", given=True, because="taken by a person")])
    case.subject.append(SubjectId(IdType.NAME, "Anna Ek", given=False, because="x", unsure=True))
    assert "a@x.example e-mail given: taken by a person" in told(case)
    assert "added: x, unsure: it finds, and is not enough by itself" in told(case)
    assert "uppgiven: godtagen av en person" in told(case, "sv")


def test_a_suggestion_tells_in_how_many_places_it_stands_and_that_nobody_could_tell() -> None:
    one = Suggestion("Anna Ek", IdType.EMAIL, "a2@x.example", 4, "kunder: r.csv > row 12", unsure=True)
    case = Case("2026-0001", NOW, [], suggestions=[one])
    assert "in 4 places: kunder: r.csv > row 12, and 3 more, somebody looked and could not tell" in told(case)
    assert "på 4 ställen: kunder: r.csv > row 12, och 3 till, någon har tittat" in told(case, "sv")
    assert "in 1 place: kunder" in told(Case("", NOW, [], suggestions=[replace(one, places=1)]))


def test_a_limit_of_the_search_is_no_setting_and_is_told_once() -> None:
    left = (LeftOut("*.iso", 3, 1), LeftOut("*.tmp"), NOT_LOOKED_THROUGH)
    case = Case("", NOW, [], searched=[Searched("a", 1, 1, NOW, left), Searched("b", 1, 1, NOW, (NOT_LOOKED_THROUGH,))])
    settings, _, rest = told(case).partition("Left out by the settings")[2].partition("Not looked through")
    assert "a: *.iso (3 items when last scanned, 1 folder with all in it among these)" in settings
    assert "a: *.tmp (not counted)" in settings
    assert (NOT_LOOKED_THROUGH.setting in settings, rest.count(NOT_LOOKED_THROUGH.setting)) == (False, 1)
    assert "Not looked through" not in told(Case("", NOW, [], searched=[Searched("a", 1, 1, NOW)]))


def test_many_mails_of_an_employee_are_told_in_a_few_lines_and_listed_where_their_text_is_wanted() -> None:
    many = [finding(number, at_work.FOR_THE_COMPANY) for number in range(1, 41)]
    case = Case("2026-0001", NOW, [], findings=[*many, finding(41)])
    few = told(case)
    assert "as the company's own with the person in it (40)" in few
    assert "gallra decide 2026-0001 1-40 keep" in few
    assert ("brev1 " in few, "brev9 " in few, "brev41" in few) == (True, False, True)
    assert "Wait for a decision 41" in few  # all of them count at the top
    assert all(f"brev{number} " in told(case, contexts={1: Context()}) for number in range(1, 42))


@pytest.mark.parametrize("reason", [
    *sorted(at_work.AT_WORK), NOT_LOOKED_THROUGH.setting, "a person looked and could not tell", "taken by a person",
    *(value for name, value in vars(missing).items() if name.isupper() and isinstance(value, str)),
    *(value for name, value in vars(city).items() if name.isupper() and isinstance(value, str)),
    "no register row or card joins this phone to an e-mail address",
    "no register row, card or header joins these identifiers to a name: what bears only the name is not found",
    "the given phone is used by several persons: nothing was added through it",
    "it also holds others' data, and gallra changes no text in a database",
])  # fmt: skip
def test_reasons_are_told_in_swedish(reason: str) -> None:
    shown = in_swedish(reason)
    assert shown != reason
    assert not re.search(r"\b(the|is|it|this|was|and|of)\b", shown), "not half of it"


@pytest.mark.parametrize("kind", [Denied, Held, Unsupported, Unreachable, ProtocolBroken])
@pytest.mark.parametrize("text", [*sorted(OF_SOURCES), "the server does not take the changed item: HTTP status 415"])
def test_why_a_source_refused_is_told_in_swedish(kind: type[ConnectorError], text: str) -> None:
    shown = in_swedish(of_error(kind(text)).reason or "")
    assert not re.search(r"\b(the|is|it|this|was|and|denied|held|source)\b", re.sub(r"\(.*?\)", "", shown))


def test_a_source_that_would_write_to_people_says_so_in_swedish() -> None:
    reason = of_error(Unsupported("would notify 4 people")).reason or ""
    assert in_swedish(reason) == "källan kan inte göra det säkert: servern skulle meddela 4 personer"


@pytest.mark.parametrize("reason", [
    outcomes.CHANGED, outcomes.LIES, outcomes.NOT_TRIED, outcomes.NOT_EMPTY, outcomes.NOT_REWRITTEN, outcomes.UNSEEN,
    outcomes.MAY_SURVIVE,
])  # fmt: skip
def test_what_a_run_came_to_is_told_in_swedish(reason: str) -> None:
    assert not re.search(r"\b(the|is|it|this|was|and)\b", in_swedish(reason))


def test_what_is_translated_is_what_sources_say() -> None:
    """By their code: a text that was reworded is shown in English again, and nobody would see it."""
    said = set()
    for path in (Path(__file__).parents[2] / "connectors").rglob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        said |= {one.value for one in ast.walk(tree) if isinstance(one, ast.Constant) and isinstance(one.value, str)}
    assert {one.removeprefix(GAP) for one in OF_SOURCES} <= said


@pytest.mark.parametrize("language", ["sv", "en"])
def test_why_something_was_not_searched_is_told_in_the_pages_language(language: str) -> None:
    gaps = [
        CaseGap(Locator("evas", ""), GapReason.STALE, f"{GAP}the newest export is 50 days old"),
        CaseGap(Locator("kal", ""), GapReason.STALE, "the last scan failed: the server's answer broke off"),
    ]
    searched = [Searched("kal", 1, 1, NOW, error="the server's answer broke off")]
    shown = told(Case("", NOW, [], gaps=gaps, searched=searched), language)
    assert ("by hand" in shown, "the server" in shown, "the newest" in shown) == (language == "en",) * 3
    assert shown.count("serverns svar bröts") == (2 if language == "sv" else 0)


def test_numbers_have_their_form() -> None:
    assert in_swedish("stands with the given email in a: b, and 1 more place").endswith("på 1 ställe till")
    assert in_swedish("stands with the given email in a: b, and 12 more places").endswith("på 12 ställen till")
    assert "2 uppgifter" in in_swedish("it is the person's, but names 2 other identifiers")


@pytest.mark.parametrize("strength", [one for one in Strength if HOW.get(one)])
def test_how_a_name_was_seen_is_told_in_swedish(strength: Strength) -> None:
    one = replace(finding(1), evidence=(Evidence(IdType.NAME, Role.BODY, f"{HOW[strength]}, fits another too"),))
    shown = told(Case("", NOW, [], findings=[one]), "sv")
    assert "fits another" not in shown
    assert HOW[strength] == "initial" or HOW[strength] not in shown
