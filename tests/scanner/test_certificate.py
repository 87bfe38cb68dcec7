from __future__ import annotations

import io
import json
import re
import zlib
from dataclasses import replace
from datetime import date
from html.parser import HTMLParser
from typing import Any

import pypdfium2
import pytest

from connectors.base import GapReason, Locator
from scanner.certificate import Chain, NotVerified, certificate, signed
from scanner.certificate_backups import Copies
from scanner.certificate_guard import Guard
from scanner.certificate_html import to_html
from scanner.certificate_pdf import to_pdf
from scanner.certificate_texts import GAPS_SV, TEXTS
from scanner.model import Action, Case, CaseGap, Searched, State, SubjectId
from scanner.records import IdType
from scanner.signing import Signer
from tests.scanner.certificate_world import (
    CANARIES,
    CHAIN,
    ISSUE,
    NOW,
    STATUTE,
    WORDS_OF_THE_SUBJECT,
    canary_case,
    rich_case,
    with_gap,
)

SIGNER = Signer.derive(b"k" * 32)


def values_of(case: Case, **changes: Any) -> dict[str, Any]:
    return signed(certificate(case, CHAIN, replace(ISSUE, **changes)), SIGNER)


def all_texts(case: Case) -> list[str]:
    values = values_of(case)
    return [json.dumps(values, ensure_ascii=False), to_html(values, "sv"), to_html(values, "en")]


def pdf_texts(data: bytes) -> list[str]:
    """Everything a PDF holds, as pdfium and as a plain reader of its bytes see it."""
    document = pypdfium2.PdfDocument(data)
    texts = [page.get_textpage().get_text_range() for page in document]
    texts += [*document.get_metadata_dict().values()]
    texts += [document.get_attachment(number).get_name() for number in range(document.count_attachments())]
    texts += [
        bytes(document.get_attachment(number).get_data()).decode("utf-8")
        for number in range(document.count_attachments())
    ]
    raw = data.decode("latin-1")
    texts += [raw, data.decode("utf-16-be", "replace"), data[1:].decode("utf-16-be", "replace")]
    for stream in re.findall(rb"stream\r?\n(.*?)\r?\nendstream", data, re.DOTALL):
        try:
            texts.append(zlib.decompress(stream).decode("latin-1"))
        except zlib.error:
            texts.append(stream.decode("latin-1"))
    strings = re.findall(r"\(((?:[^()\\]|\\.)*)\)\s*T[jJ]", raw)
    return [*texts, "".join(strings), " ".join(strings)]


def assert_no_canary(text: str) -> None:
    folded = text.casefold()
    for canary in CANARIES:
        pieces = [canary, *re.findall(r"[^\W_]{6,}", canary)]
        assert not [piece for piece in pieces if piece.casefold() in folded]


CASES = pytest.mark.parametrize("case", [canary_case(), with_gap(), rich_case()], ids=["retained", "gap", "rich"])


@CASES
def test_nothing_of_the_person_is_in_it(case: Case) -> None:
    for text in all_texts(case):
        assert_no_canary(text)


@CASES
@pytest.mark.parametrize("language", ["sv", "en"])
def test_nothing_of_the_person_is_in_the_pdf_nor_in_its_metadata(case: Case, language: str) -> None:
    texts = pdf_texts(to_pdf(values_of(case), language))
    assert any(TEXTS[language]["sign"] in text for text in texts[:3])  # the pages were read
    for text in texts:
        assert_no_canary(text)


def test_the_canaries_would_be_seen() -> None:
    for canary in ("Zebulon", "Personakter"):
        case = canary_case()
        texts = pdf_texts(to_pdf(values_of(case, controller=f"Bolaget {canary}"), "sv"))
        assert sum(canary in text for text in texts) >= 3


@pytest.mark.parametrize("words", WORDS_OF_THE_SUBJECT)
def test_words_that_point_at_somebody_are_left_out_wherever_they_were_typed(words: str) -> None:
    case = rich_case()
    case.searched.append(Searched(words, 1, 1, NOW))
    case.findings[4].statute = words
    case.accepted = [replace(one, by=words) for one in case.accepted]
    case.request.identified = words
    values = values_of(case)
    drawn = [json.dumps(values, ensure_ascii=False), to_html(values, "sv"), *pdf_texts(to_pdf(values, "en"))]
    assert not [text for text in drawn if words in text]
    assert values["request"]["identity"] == {
        "required": False,
        "checked": True,
        "how": None,
        "at": "2026-03-02T09:30:00+00:00",
    }
    assert None in [row["source"] for row in values["sources"]]
    assert "on a ground that the case tells" in to_html(values, "en")
    assert "accepted by who is named in the case" in to_html(values, "en")


@pytest.mark.parametrize(
    "words",
    [
        *(STATUTE, "GDPR Art. 17(3)(e)", "Lag (1999:1078)", "7 kap. 2 § 1999:1078", "kunder", "info", "DPO", "AB"),
        *("gäller till 2033-12-31", "Regulation 1182/71", "Preskriptionslagen", "quistgård", "nas-2024", "källa 12"),
    ],
)
def test_words_that_point_at_nobody_stay(words: str) -> None:
    assert Guard(canary_case().subject).public(words) == words


@pytest.mark.parametrize(
    "words",
    [
        *("Åkes mapp", "aake", "arkiv/ÅKE", "Östlind_Åke", "ostlindake", "oestlind åke", "Ek", "eks brev", "arkiv-ek"),
        *("Storgatans pärm", "ake.ostlind.1", "4711 00 18", "kund 47110018", "SE35 5000 0000 0549 1000 0003"),
    ],
)
def test_the_subject_is_known_in_every_spelling(words: str) -> None:
    subject = [
        SubjectId(IdType.NAME, "Åke Östlind Ek", given=True),
        SubjectId(IdType.NAME, "Åke Östlind", given=False),
        SubjectId(IdType.EMAIL, "ake.ostlind@kund.example", given=False),
        SubjectId(IdType.ADDRESS, "Storgatan 1, 111 22 Ystad", given=False),
        SubjectId(IdType.CUSTOMER_NUMBER, "4711-0018", given=False),
        SubjectId(IdType.IBAN, "SE3550000000054910000003", given=False),
    ]
    guard = Guard(subject)
    assert guard.public(words) is None
    for harmless in ("Makes", "seken", "akeri", "arkiv", STATUTE, "lindar", "storgatan2"[:4]):
        assert guard.public(harmless) == harmless


def test_it_says_what_was_searched_and_what_came_of_it() -> None:
    values = json.loads(all_texts(with_gap())[0])
    assert values["format"] == 2
    assert (values["case"], values["ground"], values["plan"]) == ("2026-0001", "GDPR Art. 17", "ab" * 16)
    assert (values["audit"], values["audit_entry"], values["audit_whole"]) == ("f" * 64, 41, True)
    assert values["dates"] == {
        "opened": "2026-03-01T12:00:00+00:00",
        "approved": "2026-03-01T13:00:00+00:00",
        "run": "2026-03-01T14:00:00+00:00",
        "verified": "2026-03-01T15:00:00+00:00",
        "issued": "2026-03-02T09:30:00+00:00",
    }
    nothing: dict[str, Any] = {"unseen": None, "waiting": 0, "held": [], "recoverable": [], "gaps": []}
    nothing |= {"syncs": False, "follows": None}
    assert values["sources"] == [
        {
            **nothing,
            **{"number": 1, "source": "info", "items": 7, "records": 8, "scanned_at": None},
            **{"found": 0, "findings": {}},
        },
        {
            **nothing,
            **{"number": 2, "source": "kunder", "items": 1234, "records": 5678},
            "scanned_at": "2026-03-02T09:30:00+00:00",
            "found": 4,
            "findings": {"erased": 2, "recoverable": 1, "kept": 1},
            "recoverable": [{"until": "2026-09-01", "count": 1}],
            "gaps": [{"reason": "encrypted", "count": 1, "open": 1, "accepted": []}],
        },
    ]
    assert values["verification"] == {"at": "2026-03-01T15:00:00+00:00", "looked_at_again": 3, "searched_again": 1}
    assert (values["outcome"], values["gaps"], values["operator_role"]) == ("incomplete", 1, "dataskyddsombud")
    assert values["software"] == {"name": "gallra", "version": "0.2.0"}


def test_it_says_what_is_held_what_waits_and_who_accepted_which_gaps() -> None:
    case = rich_case()
    values = values_of(case, answered=date(2026, 3, 2), identity_required=True)
    arkiv, _, kunder = values["sources"]
    assert kunder["held"] == [
        {"statute": STATUTE, "until": "2033-12-31", "count": 2},
        {"statute": "GDPR Art. 17(3)(e)", "until": None, "count": 1},
        {"statute": None, "until": None, "count": 1},
    ]
    assert (kunder["found"], kunder["waiting"]) == (11, 2)
    assert kunder["gaps"] == [
        {"reason": "encrypted", "count": 1, "open": 1, "accepted": []},
        {
            "reason": "needs OCR",
            "count": 3,
            "open": 1,
            "accepted": [{"by": "DPO", "count": 1}, {"by": None, "count": 1}],
        },
    ]
    assert (arkiv["unseen"], arkiv["gaps"][0]["accepted"]) == ("never scanned", [{"by": "AB", "count": 1}])
    assert (values["gaps"], values["gaps_accepted"], values["gaps_open"]) == (5, 3, 2)
    assert values["request"] == {
        "received": "2026-02-20",
        "due": "2026-03-20",
        "extended": None,
        "answered": "2026-03-02",
        "identity": {"required": True, "checked": True, "how": "BankID", "at": "2026-03-02T09:30:00+00:00"},
        "backups": {"asked": True, "configured": 0},
    }
    sv, en = to_html(values, "sv"), to_html(values, "en")
    assert "2 till och med 2033-12-31, Bokföringslagen 7 kap. 2 §" in sv
    assert "1 until further notice, GDPR Art. 17(3)(e)" in en
    assert "1 task for a person, 1 blocked; 2 wait for a person" in en
    assert "1 open, 1 accepted by DPO, 1 accepted by who is named in the case" in en
    assert "Källor som inte alls har sökts: arkiv (aldrig genomgången)." in sv
    assert "Sources that were not searched at all: arkiv (never scanned)." in en
    assert "3 delar kunde inte sökas, och det har godtagits av den som anges nedan." in sv
    assert "ja, BankID, 2026-03-02 09:30 UTC" in sv
    assert "there are none" in en
    assert "Cecilia" not in sv + en  # who checked is the case's, not the certificate's


@pytest.mark.parametrize(
    ("asked", "configured", "unknown", "said"),
    [
        (False, 0, 0, "not asked for; nothing was erased from backups"),
        (True, 0, 1, "asked for; none is configured, and none was searched"),
        (True, 0, 0, "there are none"),
        (True, 2, 0, "asked for; 2 configured</td>"),
        (True, 2, 1, "asked for; 2 configured; 1 source without a known backup</td>"),
    ],
)
def test_backups_that_were_asked_for_and_are_not_known_are_told(
    asked: bool, configured: int, unknown: int, said: str
) -> None:
    case = canary_case()
    case.request.backups = asked
    if unknown:
        case.gaps.append(CaseGap(Locator("kunder", ""), GapReason.NO_BACKUP))
    copies = tuple(Copies(f"kopia {number}", "mirror") for number in range(configured))
    text = to_html(values_of(case, backups=copies), "en")
    assert said in text
    assert ("no backup of these sources is known" in text) is (asked and bool(unknown))


def test_identity_that_was_not_checked_is_told() -> None:
    assert "<td>no</td>" in to_html(values_of(canary_case()), "en")
    assert "<td>no, though it is required</td>" in to_html(values_of(canary_case(), identity_required=True), "en")


def test_a_broken_chain_is_told() -> None:
    values = certificate(canary_case(), Chain("f" * 64, 3, whole=False), ISSUE)
    assert f"number 3: {'f' * 64} (the chain is broken)" in to_html(values, "en")


@pytest.mark.parametrize("status", ["draft", "approved", "run"])
def test_before_verification_there_is_none_and_the_next_step_is_told(status: str) -> None:
    case = canary_case()
    case.status = status
    with pytest.raises(NotVerified, match="gallra verify 2026-0001") as caught:
        certificate(case, CHAIN, ISSUE)
    assert caught.value.exit_code == 4


class Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.loads: list[str] = []
        self.data: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag != "meta":
            self.open.append(tag)
        self.loads += [name for name, _ in attrs if name in ("src", "href", "onload")]
        if tag == "script" and dict(attrs).get("type") != "application/json":
            self.loads.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open[-1:] == ["script"]:
            self.data.append(data)


@pytest.mark.parametrize("language", ["sv", "en"])
def test_the_page_is_whole_loads_nothing_and_carries_the_signed_values(language: str) -> None:
    hostile = 'Råd & <Dåd> "</script><script>alert(1)</script> AB'
    values = values_of(canary_case(), controller=hostile, role='"chef"')
    text = to_html(values, language)
    page = Page()
    page.feed(text)
    assert (page.open, page.loads) == ([], [])
    assert [json.loads(one) for one in page.data] == [values]
    assert "url(" not in text
    assert f'<html lang="{language}">' in text
    assert "Råd &amp; &lt;Dåd&gt;" in text
    assert "&quot;chef&quot;" in text
    assert TEXTS[language]["signature"] in text


@pytest.mark.parametrize("language", ["sv", "en"])
def test_the_pdf_says_what_the_page_says_and_carries_the_signed_values(language: str) -> None:
    values = values_of(rich_case(), controller="Ångström & Co – Œuvre 東京 \\ (Bo)")
    document = pypdfium2.PdfDocument(io.BytesIO(to_pdf(values, language)))
    assert document.count_attachments() == 1
    assert document.get_attachment(0).get_name() == "certificate.json"
    assert json.loads(bytes(document.get_attachment(0).get_data())) == values
    shown = " ".join(" ".join(page.get_textpage().get_text_range() for page in document).split())
    plain = re.sub(
        r"<style>.*?</style>|<script.*?</script>|<title>.*?</title>", "", to_html(values, language), flags=re.S
    )
    words = re.findall(r"[^\W\d_]{4,}", re.sub(r"<[^>]+>", " ", plain))
    assert len(words) > 150
    missing = {word for word in words if word not in shown and word not in ("Œuvre",)}
    assert missing <= {word for word in words if len(word) > 12}  # those may be broken over two lines
    assert "Ångström & Co - \\u0152uvre \\u6771\\u4eac \\ (Bo)" in shown
    assert values["key"] in shown.replace(" ", "")


def test_the_page_says_the_outcome_in_words() -> None:
    _, sv, en = all_texts(canary_case())
    assert "utom det som finns kvar till och med 2026-09-01" in sv
    assert "Complete except what is retained until 2026-09-01" in en
    _, sv, en = all_texts(with_gap())
    assert "1 del kunde inte sökas" in sv
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


def test_a_thousand_gaps_in_a_hundred_sources_are_drawn() -> None:
    case = with_gap()
    gap = case.gaps[0]
    case.gaps = [
        replace(gap, locator=Locator(f"s{number % 100:02}", f"x{number}"), reason=list(GapReason)[number % 9])
        for number in range(1000)
    ]
    values = values_of(case)
    document = pypdfium2.PdfDocument(to_pdf(values, "sv"))
    assert len(document) > 5
    shown = " ".join(page.get_textpage().get_text_range() for page in document)
    assert all(f"s{number:02}" in shown for number in range(100))


def test_every_language_has_every_word() -> None:
    assert TEXTS["sv"].keys() == TEXTS["en"].keys()
    assert {state.value for state in State} <= TEXTS["sv"].keys()
    assert {reason.value for reason in GapReason} == GAPS_SV.keys()
    for name in TEXTS["sv"]:
        fields = [set(re.findall(r"{(\w+)}", TEXTS[language][name])) for language in ("sv", "en")]
        assert fields[0] == fields[1], name


def test_what_waits_is_what_only_a_person_can_settle() -> None:
    case = canary_case()
    case.findings[0].state, case.findings[0].action = State.OPEN, Action.REMOVE
    case.findings[1].state, case.findings[1].action = State.OPEN, Action.DECIDE
    case.findings[2].state, case.findings[2].action = State.TASK, Action.TASK
    assert [row["waiting"] for row in values_of(case)["sources"]] == [0, 2]
