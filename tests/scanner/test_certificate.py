from __future__ import annotations

import json
import re
from datetime import UTC, date, datetime
from html.parser import HTMLParser

import pytest

from connectors.base import GapReason, Locator, Version
from scanner.certificate import NotVerified, certificate
from scanner.certificate_html import to_html
from scanner.certificate_texts import GAPS_SV, TEXTS
from scanner.model import (
    Action,
    Case,
    CaseGap,
    Evidence,
    Finding,
    Ownership,
    Searched,
    State,
    SubjectId,
    Tier,
    Verdict,
)
from scanner.records import IdType, Role

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
CANARIES = (
    *("Zebulon", "Quist", "zebulon.quist", "kanarie.example", "19811218-9876", "811218", "0701234567"),
    *("Hemligvägen", "Personakter", "uppsägning", "row 77", "Brottmål", "deadbeefcafe", "msgid-4711", "9-8-7654321"),
)


def canary_case() -> Case:
    subject = [
        SubjectId(IdType.NAME, "Zebulon Quist", given=True),
        SubjectId(IdType.EMAIL, "zebulon.quist@kanarie.example", given=False, because="card Zebulon"),
        SubjectId(IdType.NATIONAL_ID, "19811218-9876", given=True),
        SubjectId(IdType.PHONE, "+46701234567 0701234567", given=True),
        SubjectId(IdType.ADDRESS, "Hemligvägen 1", given=True),
    ]
    states = [State.ERASED, State.ERASED, State.RECOVERABLE, State.KEPT]
    findings = [
        Finding(
            number,
            Locator("kunder", f"Personakter/Quist/uppsägning {number}.docx", ("row 77",)),
            "row",
            Tier.CERTAIN,
            (Evidence(IdType.EMAIL, Role.BODY),),
            Ownership.OWN,
            Action.REMOVE,
            Version("9-8-7654321"),
            "deadbeefcafe",
            state=state,
            until=date(2026, 9, 1) if state is State.RECOVERABLE else None,
            reason="Brottmål mot Quist",
            verdict=Verdict.KEEP if state is State.KEPT else None,
        )
        for number, state in enumerate(states, start=1)
    ]
    return Case(
        "2026-0001",
        datetime(2026, 3, 1, 12, tzinfo=UTC),
        subject,
        findings,
        searched=[Searched("kunder", 1234, 5678, NOW), Searched("info", 7, 8, None)],
        approved_plan="ab" * 16,
        status="verified",
        approved_at=datetime(2026, 3, 1, 13, tzinfo=UTC),
        run_at=datetime(2026, 3, 1, 14, tzinfo=UTC),
        verified_at=datetime(2026, 3, 1, 15, tzinfo=UTC),
    )


def with_gap() -> Case:
    case = canary_case()
    case.gaps = [CaseGap(Locator("kunder", "Personakter/Quist.zip"), GapReason.ENCRYPTED, "msgid-4711 Zebulon")]
    return case


def all_texts(case: Case) -> list[str]:
    values = certificate(case, "f" * 64, "0.1.0", NOW, controller="Bolaget AB", role="dataskyddsombud")
    return [json.dumps(values, ensure_ascii=False), to_html(values, "sv"), to_html(values, "en")]


@pytest.mark.parametrize("case", [canary_case(), with_gap()], ids=["retained", "gap"])
def test_nothing_of_the_person_is_in_it(case: Case) -> None:
    for text in all_texts(case):
        folded = text.casefold()
        for canary in CANARIES:
            pieces = [canary, *re.findall(r"[^\W_]{6,}", canary)]
            assert not [piece for piece in pieces if piece.casefold() in folded]


def test_it_says_what_was_searched_and_what_came_of_it() -> None:
    values = json.loads(all_texts(with_gap())[0])
    assert values["format"] == 1
    assert (values["case"], values["ground"], values["plan"], values["audit"]) == (
        "2026-0001",
        "GDPR Art. 17",
        "ab" * 16,
        "f" * 64,
    )
    assert values["dates"] == {
        "opened": "2026-03-01T12:00:00+00:00",
        "approved": "2026-03-01T13:00:00+00:00",
        "run": "2026-03-01T14:00:00+00:00",
        "verified": "2026-03-01T15:00:00+00:00",
        "issued": "2026-03-02T09:30:00+00:00",
    }
    assert values["sources"] == [
        {"source": "info", "items": 7, "records": 8, "scanned_at": None, "findings": {}, "gaps": {}},
        {
            "source": "kunder",
            "items": 1234,
            "records": 5678,
            "scanned_at": "2026-03-02T09:30:00+00:00",
            "findings": {"erased": 2, "recoverable": 1, "kept": 1},
            "gaps": {"encrypted": 1},
        },
    ]
    assert values["verification"] == {"at": "2026-03-01T15:00:00+00:00", "looked_at_again": 3, "searched_again": 1}
    assert (values["outcome"], values["gaps"], values["operator_role"]) == ("incomplete", 1, "dataskyddsombud")
    assert values["software"] == {"name": "gallra", "version": "0.1.0"}


@pytest.mark.parametrize("status", ["draft", "approved", "run"])
def test_before_verification_there_is_none_and_the_next_step_is_told(status: str) -> None:
    case = canary_case()
    case.status = status
    with pytest.raises(NotVerified, match="gallra verify 2026-0001") as caught:
        certificate(case, "f" * 64, "0.1.0", NOW)
    assert caught.value.exit_code == 4


class Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.loads: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag != "meta":
            self.open.append(tag)
        self.loads += [name for name, _ in attrs if name in ("src", "href", "onload")] + [tag] * (tag == "script")

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.mark.parametrize("language", ["sv", "en"])
def test_the_page_is_whole_and_loads_nothing(language: str) -> None:
    values = certificate(canary_case(), "f" * 64, "0.1.0", NOW, controller="Råd & <Dåd> AB", role='"chef"')
    text = to_html(values, language)
    page = Page()
    page.feed(text)
    assert (page.open, page.loads) == ([], [])
    assert "url(" not in text
    assert f'<html lang="{language}">' in text
    assert "Råd &amp; &lt;Dåd&gt; AB" in text
    assert "&quot;chef&quot;" in text
    assert TEXTS[language]["signature"] in text


def test_the_page_says_the_outcome_in_words() -> None:
    _, sv, en = all_texts(canary_case())
    assert "utom det som finns kvar hos källan till och med 2026-09-01" in sv
    assert "Complete except what is retained until 2026-09-01" in en
    _, sv, en = all_texts(with_gap())
    assert "Ofullständigt: 0 träffar är inte lösta och 1 del kunde inte sökas" in sv
    assert "1 krypterad<" in sv
    assert "1 encrypted" in en


def test_the_page_sums_up_and_says_what_it_does_not_cover() -> None:
    for case, remark in ((canary_case(), False), (with_gap(), True)):
        _, sv, en = all_texts(case)
        assert "2 raderade och kontrollerade, 1 borttagen, återställbar en tid, 1 behållen efter beslut" in sv
        assert "2 erased and verified, 1 removed, recoverable for a time, 1 kept by decision" in en
        assert "Säkerhetskopior, ögonblicksbilder av filsystem och system som inte nämns ingår inte." in sv
        assert "Backups, snapshots of file systems and systems that are not named are not covered." in en
        assert ("Det som inte kunde sökas kan innehålla uppgifter om personen." in sv) is remark
        assert ("What could not be searched may hold data about the person." in en) is remark


def test_every_language_has_every_word() -> None:
    assert TEXTS["sv"].keys() == TEXTS["en"].keys()
    assert {state.value for state in State} <= TEXTS["sv"].keys()
    assert {reason.value for reason in GapReason} == GAPS_SV.keys()
