"""What the page of a case says, as plain HTML: decisions, suggestions, what was passed by, an employee's many mails."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from html import unescape

import pytest

from connectors.base import LeftOut, Locator, Version
from scanner import at_work
from scanner.candidates import HOW, NOT_LOOKED_THROUGH
from scanner.context.model import Context
from scanner.detect.name_window import Strength
from scanner.identity import city, missing
from scanner.model import (
    Action,
    Case,
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
