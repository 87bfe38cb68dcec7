"""Until when a document is held, and when one may be culled: the day before, on and after."""

from __future__ import annotations

import pickle
from datetime import date, timedelta
from pathlib import Path

import pytest

from config.load import load
from config.model import CullRule, HoldRule, Span
from scanner.policy import Document, Due, Hold, Policy, longest
from scanner.vouchers import Voucher

LAW = "Bokföringslagen 7 kap. 2 §"
TODAY = date(2026, 11, 22)
SEVEN = Span("financial-year-end", years=7)
BOOKS = HoldRule(name="bok", statute=LAW, match=("**/Fakturor/**",), until=SEVEN)
VOUCHERS = HoldRule(name="ver", statute=LAW, documents=("invoice", "receipt"), until=SEVEN)
APPLIED = CullRule(name="ans", match=("Ansökningar/**",), after=Span("received", months=24))


def policy(*rules: HoldRule | CullRule, end: str = "12-31") -> Policy:
    return Policy(
        [one for one in rules if isinstance(one, HoldRule)], [one for one in rules if isinstance(one, CullRule)], end
    )


def paper(day: str | None, kind: str = "invoice", *, sure: bool = True) -> Voucher:
    return Voucher(kind, date=date.fromisoformat(day) if day else None, sure=sure)


@pytest.mark.parametrize(("end", "dated"), [("12-31", "2019-12-31"), ("06-30", "2019-06-30"), ("06-30", "2018-07-01")])
def test_a_hold_lasts_through_its_last_day(end: str, dated: str) -> None:
    document = Document("s", "Fakturor/1.pdf", "file", voucher=paper(dated))
    last = date(2026, 12, 31)
    for today, ended in ((last - timedelta(days=1), False), (last, False), (last + timedelta(days=1), True)):
        assert policy(BOOKS, end=end).hold(document, today) == Hold("bok", LAW, last, ended)


@pytest.mark.parametrize(
    "voucher",
    [None, Voucher(), paper(None), paper("1924-05-01"), paper("2099-01-01"), paper("2010-05-01", sure=False)],
    ids=["not read", "none", "no date", "too old", "far ahead", "unsure"],
)
def test_what_cannot_be_dated_is_held_until_somebody_decides(voucher: Voucher | None) -> None:
    assert policy(BOOKS).hold(Document("s", "Fakturor/1.pdf", "file", voucher=voucher), TODAY) == Hold(
        "bok", LAW, None, ended=False
    )


def test_what_no_rule_is_about_is_not_held() -> None:
    assert (
        policy(BOOKS, VOUCHERS).hold(Document("s", "Anna/brev.docx", "file", voucher=paper(None, "quote")), TODAY)
        is None
    )
    assert not policy()


def test_the_longest_of_several_wins_and_an_unknown_end_beats_every_date() -> None:
    fixed = HoldRule(name="tvist", statute="Art. 17(3)(e)", match=("**",), until=date(2040, 1, 1))
    document = Document("s", "Fakturor/1.pdf", "file", voucher=paper("2024-05-01"))
    found = policy(BOOKS, fixed)
    assert [one.rule for one in found.holds(document, TODAY)] == ["bok", "tvist"]
    assert found.hold(document, TODAY) == Hold("tvist", "Art. 17(3)(e)", date(2040, 1, 1), ended=False)
    open_end = HoldRule(name="okänd", statute="s", match=("**",), until=Span("received", years=1))
    assert policy(fixed, open_end).hold(document, TODAY) == Hold("okänd", "s", None, ended=False)
    never = Hold("a", "s", date.max, ended=False)
    assert longest([never, Hold("b", "s", None, ended=False)]) == Hold("b", "s", None, ended=False)
    assert longest([]) is None


def test_an_ended_hold_is_told_but_one_that_lasts_goes_before_it() -> None:
    past = HoldRule(name="förr", statute="s", match=("**",), until=date(2020, 1, 1))
    document = Document("s", "Fakturor/1.pdf", "file", voucher=paper("2024-05-01"))
    assert policy(past).hold(document, TODAY) == Hold("förr", "s", date(2020, 1, 1), ended=True)
    assert policy(past, BOOKS).hold(document, TODAY) == Hold("bok", LAW, date(2031, 12, 31), ended=False)


def test_a_quote_that_an_invoice_refers_to_is_held_with_the_invoices_year() -> None:
    quote = paper("2019-11-02", "quote")
    alone = Document("s", "Anna/offert.pdf", "file", voucher=quote)
    assert policy(VOUCHERS).hold(alone, TODAY) is None
    named = Document("s", "Anna/offert.pdf", "file", voucher=quote, referred_by=(paper("2020-02-01"),))
    assert policy(VOUCHERS).hold(named, TODAY) == Hold("ver", LAW, date(2027, 12, 31), ended=False)
    twice = Document("s", "a", "file", voucher=quote, referred_by=(paper("2020-02-01"), paper("2021-02-01", "receipt")))
    assert policy(VOUCHERS).hold(twice, TODAY) == Hold("ver", LAW, date(2028, 12, 31), ended=False)
    undated = Document("s", "a", "file", voucher=quote, referred_by=(paper("2020-02-01"), paper(None)))
    assert policy(VOUCHERS).hold(undated, TODAY) == Hold("ver", LAW, None, ended=False)


@pytest.mark.parametrize(
    ("start", "last"), [("received", "2026-05-01"), ("created", "2024-05-01"), ("document-date", "2025-05-01")]
)
def test_a_hold_may_count_from_other_days(start: str, last: str) -> None:
    rule = HoldRule(name="r", statute="s", match=("**",), until=Span(start, years=1))
    document = Document(
        "s", "a", "file", voucher=paper("2024-05-01"), received=date(2025, 5, 1), created=date(2023, 5, 1)
    )
    found = policy(rule).hold(document, TODAY)
    assert found is not None
    assert found.until == date.fromisoformat(last)


def test_a_cull_is_due_the_day_after_its_time_and_never_without_a_date() -> None:
    def due(today: date, received: date | None) -> tuple[Due, ...]:
        document = Document("s", "Ansökningar/Anna/cv.pdf", "file", received=received, created=date(2001, 1, 1))
        return policy(APPLIED).culls(document, today)

    came, last = date(2024, 11, 22), date(2026, 11, 22)
    assert due(last - timedelta(days=1), came) == due(last, came) == ()
    assert due(last + timedelta(days=1), came) == (Due("ans", last, unattended=False, max_items=100),)
    assert due(last, None) == ()
    assert due(last, date(1960, 1, 1)) == ()


def test_a_cull_is_about_its_documents_only() -> None:
    document = Document("s", "Kunder/Anna/cv.pdf", "file", received=date(2001, 1, 1))
    assert policy(APPLIED).culls(document, TODAY) == ()


def test_whether_texts_must_be_read() -> None:
    fixed = HoldRule(name="r", statute="s", match=("**",), until=date(2030, 1, 1))
    kinds = CullRule(name="c", documents=("application",), after=Span("received", months=24))
    assert [policy(one).reads_text for one in (fixed, APPLIED, BOOKS, VOUCHERS, kinds)] == [
        False,
        False,
        True,
        True,
        True,
    ]


def test_a_policy_goes_to_workers() -> None:
    document = Document("s", "Fakturor/1.pdf", "file", voucher=paper("2024-05-01"))
    copy = pickle.loads(pickle.dumps(policy(BOOKS, APPLIED)))
    assert copy.hold(document, TODAY) == Hold("bok", LAW, date(2031, 12, 31), ended=False)


def test_a_policy_is_made_of_a_configuration(tmp_path: Path) -> None:
    (tmp_path / "gallra.toml").write_text(
        'include = ["builtin:retention-se"]\n[company]\nfinancial_year_end = "06-30"\n'
        '[[source]]\nname = "kunder"\nkind = "folder"\npath = "kunder"\n',
        encoding="utf-8",
    )
    found = Policy.of(load(tmp_path / "gallra.toml"))
    held = found.hold(Document("kunder", "Anna/Fakturor/1.pdf", "file", voucher=paper("2019-07-01")), TODAY)
    assert held is not None
    assert (held.statute, held.until) == (LAW, date(2027, 12, 31))
    assert found.hold(Document("kunder", "Anna/brev.docx", "file", voucher=Voucher()), TODAY) is None
    application = Document("kunder", "Ansökningar 2024/anna.pdf", "file", received=date(2024, 1, 1))
    assert [(one.rule, one.unattended) for one in found.culls(application, TODAY)] == [("ansökningar", False)]
