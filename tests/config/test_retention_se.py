"""The shipped Swedish default: it loads, it holds what the statute asks for, and it culls nothing unasked."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest

from config.load import load
from config.model import Config, Span
from scanner.policy import Document, Policy
from scanner.vouchers import Voucher

TODAY = date(2026, 11, 22)
TEXT = (Path(__file__).parents[2] / "config" / "retention-se.toml").read_text(encoding="utf-8")


@pytest.fixture
def config(tmp_path: Path) -> Config:
    (tmp_path / "gallra.toml").write_text(
        'include = ["builtin:retention-se"]\n[[source]]\nname = "k"\nkind = "folder"\npath = "k"\n', encoding="utf-8"
    )
    return load(tmp_path / "gallra.toml")


def test_a_copy_of_it_loads_as_well(tmp_path: Path, config: Config) -> None:
    (tmp_path / "copy.toml").write_text(TEXT, encoding="utf-8")
    (tmp_path / "gallra.toml").write_text(
        'include = ["copy.toml"]\n[[source]]\nname = "k"\nkind = "folder"\npath = "k"\n', encoding="utf-8"
    )
    assert load(tmp_path / "gallra.toml").holds == config.holds


def test_it_names_one_statute_and_one_term(config: Config) -> None:
    assert {one.statute for one in config.holds} == {"Bokföringslagen 7 kap. 2 §"}
    assert {one.until for one in config.holds} == {Span("financial-year-end", years=7)}
    assert {one.after for one in config.culls} == {Span("received", months=24)}
    assert not any(one.unattended for one in config.culls)
    assert set(re.findall(r"[A-ZÅÄÖ]\w+lagen", TEXT)) == {"Bokföringslagen", "Preskriptionslagen"}


@pytest.mark.parametrize(
    "path",
    [
        "Fakturor/1.pdf",
        "Kunder/Anna Andersson/fakturor 2024/1.pdf",
        "Ekonomi/KVITTON/x.jpg",
        "Bokföring/2024/a.xlsx",
        "Bokfo\u0308ring/2024/a.xlsx",
        "Verifikationer/17.pdf",
        "x/Invoices/1.pdf",
        "x/Receipts 2020/1.pdf",
        "Export/2024.SIE",
        "Kundreskontra.xlsx",
        "Personal/Löner/mars.pdf",
        "Personal/Lönelista 2024-03.xlsx",
    ],
)
def test_what_it_holds_by_its_path(path: str, config: Config) -> None:
    held = Policy.of(config).hold(Document("k", path, "file", voucher=Voucher(date=date(2024, 5, 1))), TODAY)
    assert held is not None
    assert (held.until, held.ended) == (date(2031, 12, 31), False)


@pytest.mark.parametrize(
    "path",
    [
        "Anna/offert.docx",
        "anna@kund.se/brev.pdf",
        "Kunder/Fakturaberg Anna/brev.docx",
        "Bilder/kvitten.jpg",
        "Avtal/x.pdf",
    ],
)
def test_what_it_does_not_hold_by_its_path(path: str, config: Config) -> None:
    assert Policy.of(config).hold(Document("k", path, "file", voucher=Voucher(date=date(2024, 5, 1))), TODAY) is None


@pytest.mark.parametrize("kind", ["invoice", "credit-note", "receipt", "reminder"])
def test_vouchers_are_held_wherever_they_lie(kind: str, config: Config) -> None:
    voucher = Voucher(kind, date=date(2024, 5, 1), sure=True)
    for document in (
        Document("k", "Anna/x.pdf", "file", voucher=voucher),
        Document("k", "INBOX;UID=3", "message", folders=("INBOX",), voucher=voucher),
        Document("k", "Anna/x.pdf", "file", voucher=Voucher("quote"), referred_by=(voucher,)),
    ):
        held = Policy.of(config).hold(document, TODAY)
        assert held is not None
        assert held.until == date(2031, 12, 31)


@pytest.mark.parametrize("kind", ["quote", "order", "contract", "application", None])
def test_other_papers_are_not_held(kind: str | None, config: Config) -> None:
    voucher = Voucher(kind, date=date(2024, 5, 1), sure=True)
    assert Policy.of(config).hold(Document("k", "Anna/x.pdf", "file", voucher=voucher), TODAY) is None


def test_a_mail_in_a_folder_for_bookkeeping_is_held(config: Config) -> None:
    mail = Document("k", "Fakturor;UID=3", "message", folders=("INBOX", "Fakturor 2024"))
    held = Policy.of(config).hold(mail, TODAY)
    assert held is not None
    assert held.until is None


def test_an_application_is_due_after_two_years(config: Config) -> None:
    document = Document("k", "Rekrytering/2024/anna.pdf", "file", received=date(2024, 11, 21))
    assert [one.rule for one in Policy.of(config).culls(document, TODAY)] == ["ansökningar"]
    assert Policy.of(config).culls(document, date(2026, 11, 21)) == ()
