"""A whole record: mentions by role and entity, words, fingerprint; and recall on samples where they are at hand."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.detect.base import DetectSettings, Mention
from scanner.detect.detector import Detector
from scanner.detect.parse import normalise
from scanner.records import Entity, Fact, IdType, Record, Role

SETTINGS = DetectSettings(customer_numbers=(r"K-?\d{4}",))
DETECTOR = Detector(SETTINGS, date(2026, 11, 22))
SAMPLES = Path(__file__).resolve().parents[4] / "shared" / "samples"


def in_text(text: str, role: Role = Role.BODY) -> set[tuple[IdType, str]]:
    return {mention[:2] for mention in DETECTOR.mentions(Record((), "file", [(role, text)]))}


def in_entity(*facts: tuple[IdType, str]) -> list[tuple[IdType, str]]:
    entity = Entity(Role.OWNER, [Fact(*fact) for fact in facts])
    return [mention[:2] for mention in DETECTOR.mentions(Record((), "card", [], [entity]))]


def test_all_types_in_free_text() -> None:
    text = "anna@x.example 070-174 06 05 811218-9876 556036-0793 SE35 5000 0000 0549 1000 0003 K-1001 Anna Andersson"
    assert in_text(text) == {
        (IdType.EMAIL, "anna@x.example"),
        (IdType.PHONE, "+46701740605"),
        (IdType.NATIONAL_ID, "198112189876"),
        (IdType.ORGANISATION_NUMBER, "5560360793"),
        (IdType.IBAN, "SE3550000000054910000003"),
        (IdType.CUSTOMER_NUMBER, "K-1001"),
    }


def test_file_names() -> None:
    wanted = {(IdType.NATIONAL_ID, "198112189876"), (IdType.PHONE, "+46701740605"), (IdType.CUSTOMER_NUMBER, "K1001")}
    assert in_text("avtal_K1001_811218-9876_070-1740605.pdf", Role.FILENAME) == wanted
    assert in_text("anna@x.example.eml", Role.FILENAME) == {(IdType.EMAIL, "anna@x.example")}
    assert in_text("00012345678901234_0701740605.pdf", Role.FILENAME) == set()
    assert in_text("SE3550000000054910000003", Role.PATH) == set()


def test_traces_hold_addresses_only() -> None:
    assert in_text("by mx id 070-1740605 for <anna@x.example>", Role.TRACE) == {(IdType.EMAIL, "anna@x.example")}


def test_entities_are_numbered_from_one_and_keep_their_role() -> None:
    record = Record(
        (),
        "message",
        [(Role.BODY, "anna@x.example"), (Role.FROM, "anna@x.example bo@x.example"), (Role.BODY, "anna@x.example")],
        [
            Entity(Role.FROM, [Fact(IdType.NAME, "Anna Andersson"), Fact(IdType.EMAIL, "Anna@X.example")]),
            Entity(Role.TO, [Fact(IdType.EMAIL, "bo@x.example"), Fact(IdType.EMAIL, "BO@x.example")]),
        ],
    )
    assert DETECTOR.mentions(record) == [
        Mention(IdType.NAME, "Anna Andersson", Role.FROM, 1),
        Mention(IdType.EMAIL, "anna@x.example", Role.FROM, 1),
        Mention(IdType.EMAIL, "bo@x.example", Role.TO, 2),
        Mention(IdType.EMAIL, "anna@x.example", Role.BODY, 0),
        Mention(IdType.EMAIL, "bo@x.example", Role.FROM, 0),
    ]


@pytest.mark.parametrize(
    ("fact", "wanted"),
    [
        ((IdType.EMAIL, "a@x.example; b@x.example"), [(IdType.EMAIL, "a@x.example"), (IdType.EMAIL, "b@x.example")]),
        (
            (IdType.PHONE, "070-1740605 / 08-465 004 00"),
            [(IdType.PHONE, "+46701740605"), (IdType.PHONE, "+46846500400")],
        ),
        ((IdType.PHONE, "701740605.0"), [(IdType.PHONE, "+46701740605")]),
        ((IdType.PHONE, "saknas"), []),
        ((IdType.NATIONAL_ID, "198112189876.0"), [(IdType.NATIONAL_ID, "198112189876")]),
        ((IdType.NATIONAL_ID, "106154560"), [(IdType.NATIONAL_ID, "200106154560")]),  # a sheet ate the first 0
        ((IdType.NATIONAL_ID, "556036-0793"), [(IdType.ORGANISATION_NUMBER, "5560360793")]),
        ((IdType.ORGANISATION_NUMBER, "811218-9876"), [(IdType.NATIONAL_ID, "198112189876")]),
        ((IdType.NATIONAL_ID, "pnr 811218-9876"), [(IdType.NATIONAL_ID, "198112189876")]),
        ((IdType.NATIONAL_ID, "811218-9875"), []),
        ((IdType.CUSTOMER_NUMBER, " 77a "), [(IdType.CUSTOMER_NUMBER, "77A")]),
        ((IdType.IBAN, "konto SE35 5000 0000 0549 1000 0003"), [(IdType.IBAN, "SE3550000000054910000003")]),
        ((IdType.BIRTH_DATE, "18.12.1981"), [(IdType.BIRTH_DATE, "1981-12-18")]),
        ((IdType.ADDRESS, "Storgatan 070-1740605"), [(IdType.ADDRESS, "storgatan 070 1740605")]),
        ((IdType.NAME, '"Andersson, Anna"'), [(IdType.NAME, "Andersson, Anna")]),
        ((IdType.NAME, "'anna@x.example'"), [(IdType.EMAIL, "anna@x.example")]),
        (
            (IdType.NAME, "Anna (anna@x.example)"),
            [(IdType.EMAIL, "anna@x.example"), (IdType.NAME, "Anna (anna@x.example)")],
        ),
        ((IdType.NAME, "-"), []),
    ],
)
def test_facts(fact: tuple[IdType, str], wanted: list[tuple[IdType, str]]) -> None:
    assert in_entity(fact) == wanted


def test_words_of_texts_and_of_all_facts() -> None:
    record = Record(
        (),
        "row",
        [(Role.BODY, "Hej Åsa"), (Role.FILENAME, "Lista_2024.xlsx")],
        [Entity(Role.OWNER, [Fact(IdType.NATIONAL_ID, "ej-giltigt"), Fact(IdType.NAME, "Öberg")])],
    )
    assert DETECTOR.words(record) == {"hej", "asa", "lista", "2024", "xlsx", "ej", "giltigt", "oberg"}


def test_fingerprint_follows_settings_and_rules(monkeypatch: pytest.MonkeyPatch) -> None:
    same = Detector(SETTINGS).fingerprint
    others = {Detector(DetectSettings()).fingerprint, Detector(DetectSettings("NO")).fingerprint}
    assert same == DETECTOR.fingerprint
    assert len(others | {same}) == 3
    monkeypatch.setattr("scanner.detect.detector.RULES_VERSION", 99)
    assert Detector(SETTINGS).fingerprint != same


def test_unusable_settings_are_refused() -> None:
    for settings in (DetectSettings("Sverige"), DetectSettings(customer_numbers=("(",))):
        with pytest.raises(ValueError):
            Detector(settings)


@given(st.text(), st.sampled_from(IdType), st.sampled_from(Role))
def test_any_record_is_survived(text: str, type_: IdType, role: Role) -> None:
    record = Record((), "file", [(role, text)], [Entity(role, [Fact(type_, text)])])
    mentions = DETECTOR.mentions(record)
    assert len(set(mentions)) == len(mentions)
    DETECTOR.words(record)


def test_lone_surrogates_are_survived() -> None:
    record = Record((), "file", [(Role.FILENAME, "a\udcff anna@x.example")])
    assert Mention(IdType.EMAIL, "anna@x.example", Role.FILENAME, 0) in DETECTOR.mentions(record)
    assert {"a", "anna"} <= DETECTOR.words(record)


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="the samples are not on this machine")
@pytest.mark.parametrize("area", ["composed_sheets", "composed_contacts"])
def test_every_phone_and_address_of_the_samples_is_found(area: str) -> None:
    files = [path for path in (SAMPLES / area).iterdir() if path.suffix in (".csv", ".tsv", ".json", ".vcf", ".html")]
    texts = {path: path.read_bytes().decode(_charset(path), "replace") for path in files}
    found = {path: {value for _, value in in_text(text)} for path, text in texts.items()}
    seen = 0
    for truth in (SAMPLES / "truth").glob(f"{area}__*.json"):
        person = json.loads(truth.read_text())["person"]
        asked = [(IdType.EMAIL, raw) for raw in person["emails"]] + [(IdType.PHONE, raw) for raw in person["phones"]]
        for type_, raw in asked:
            value = normalise(type_, raw, SETTINGS)
            holding = [path for path, text in texts.items() if raw in text]
            seen += len(holding)
            assert [path.name for path in holding if value not in found[path]] == []
    assert seen >= 10


def _charset(path: Path) -> str:
    return "utf-16" if "utf16" in path.name else "latin-1" if "latin1" in path.name else "utf-8"


def test_what_is_broken_over_lines_or_hidden_is_found_in_records() -> None:
    text = "Nås på 070-174\n06 05, pnr 811218-\n9876, id_8112189876, asa.\u200bek@x.example, bo-\nek@x.example"
    assert in_text(text) == {
        (IdType.PHONE, "+46701740605"),
        (IdType.NATIONAL_ID, "198112189876"),
        (IdType.EMAIL, "asa.ek@x.example"),
        (IdType.EMAIL, "bo-ek@x.example"),
        (IdType.EMAIL, "boek@x.example"),
    }
    assert in_entity((IdType.EMAIL, "asa.\u200bek@x.example")) == [(IdType.EMAIL, "asa.ek@x.example")]
    assert in_entity((IdType.PHONE, "\u2066070-174 06 05\u2069")) == [(IdType.PHONE, "+46701740605")]
