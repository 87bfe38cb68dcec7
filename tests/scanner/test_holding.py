"""The last word on what the law keeps: the executor refuses a held item whatever a plan says (promise 2)."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from config.model import HoldRule, Span
from scanner.blob import Blob
from scanner.expand import Expansion
from scanner.holding import KEPT_BY_RULE, UNKNOWN_YEAR, UNSURE, Held, Holder, hold_findings
from scanner.limits import Limits
from scanner.model import Action, Cut, Finding, Plan, State, Step, Verdict
from scanner.papers import Paper, Papers
from scanner.policy import Policy
from scanner.records import Steps
from scanner.vouchers import Voucher
from tests.scanner.surgery_pieces import ANNA, Piece, lines, mail, zipped
from tests.scanner.surgery_scene import Scene
from tests.scanner.test_plan import finding

LAW = "Bokföringslagen 7 kap. 2 §"
UNTIL = date(2026, 6, 30)
FIXED = HoldRule(name="bok", statute=LAW, match=("**/Fakturor/**",), until=UNTIL)
SEVEN = Span("financial-year-end", years=7)
INVOICES = HoldRule(name="ver", statute=LAW, documents=("invoice",), until=SEVEN)
TODAY = date(2026, 3, 1)
INVOICE = (
    f"FAKTURA\nFakturanummer: 1001\nFakturadatum: 2024-03-01\nKund: Anna Ek\n{ANNA}\n"
    "Att betala: 1 250,00 kr\nBankgiro: 5050-1055\nOCR: 1234566\nMoms 25%: 250,00\n"
)
END_OF_INVOICE = date(2031, 12, 31)  # seven years after the calendar year 2024
PATH = "Anna Ek/Fakturor/1.csv"
LIST = lines(";").encode()


def policy(*rules: HoldRule) -> Policy:
    return Policy(rules, (), "12-31")


def step(scene: Scene, path: str, *cuts: Cut) -> Plan:
    """A plan made by hand, that asks nobody."""
    one = scene.finding(path, (), Action.REMOVE)
    return Plan((Step(one.locator, one.version, one.content, (1,), cuts),), "by hand")


DAYS = [(-1, "held"), (0, "held"), (1, "erased")]


@pytest.mark.parametrize(("days", "state"), DAYS, ids=["the day before", "on the day", "the day after"])
@pytest.mark.parametrize("cuts", [(), (Cut(("row 2",)),)], ids=["whole", "a row"])
def test_2_the_executor_refuses_what_is_held_a_day_before_on_and_after(
    tmp_path: Path, cuts: tuple[Cut, ...], days: int, state: str
) -> None:
    today = UNTIL + timedelta(days=days)
    scene = Scene(tmp_path, [], policy=policy(FIXED), today=today, more={PATH: Piece(LIST)})
    before = (scene.root / PATH).stat()
    scene.run(plan=step(scene, PATH, *cuts))
    (one,) = (one for one in scene.case().findings if one.id == 1)
    assert one.state.value == state
    if state == "held":
        after = (scene.root / PATH).stat()
        assert (scene.root / PATH).read_bytes() == LIST
        assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
        assert (one.until, one.statute, one.hold, one.reason) == (UNTIL, LAW, "bok", KEPT_BY_RULE)
        assert one.action is Action.HOLD
    else:
        assert not (scene.root / PATH).exists() or b"Anna" not in (scene.root / PATH).read_bytes()


def test_2_what_is_held_by_what_it_says_is_refused_though_no_plan_knew(tmp_path: Path) -> None:
    """The invoice lies in the archive that is to go, and in the mail that carries it."""
    files = {
        "a.txt": Piece(INVOICE.encode()),
        "b.zip": Piece(zipped(("f.txt", INVOICE.encode()), ("Anna.txt", b"Anna Ek"))),
        "c.eml": Piece(mail(f"Anna Ek <{ANNA}>", ("f.txt", INVOICE.encode()))),
        "d.txt": Piece(f"Brev till Anna Ek {ANNA}".encode()),
    }
    scene = Scene(tmp_path, [], policy=policy(INVOICES), today=TODAY, more=files)
    scene.run()
    found = {one.locator.path: (one.state.value, one.until) for one in scene.case().findings}
    assert found == {
        "a.txt": ("held", END_OF_INVOICE),
        "b.zip": ("held", END_OF_INVOICE),
        "c.eml": ("held", END_OF_INVOICE),
        "d.txt": ("erased", None),
    }
    assert {path: (scene.root / path).read_bytes() for path in ("a.txt", "b.zip", "c.eml")} == {
        path: piece.data for path, piece in files.items() if path != "d.txt"
    }


def test_2_beside_a_held_member_others_may_leave(tmp_path: Path) -> None:
    data = zipped(("f.txt", INVOICE.encode()), ("Anna.txt", b"Anna Ek"))
    scene = Scene(
        tmp_path, [], policy=policy(INVOICES), today=TODAY, more={"b.zip": Piece(data, (("member Anna.txt",),))}
    )
    scene.run()
    assert scene.states() == {"b.zip|member Anna.txt": "erased"}
    assert (scene.root / "b.zip").read_bytes() == zipped(("f.txt", INVOICE.encode()))


def test_without_rules_nothing_is_held() -> None:
    holder = Holder(policy(), TODAY)
    assert not holder
    assert holder.held("s", "x/Fakturor/1.txt", "file", [paper()], ()) is None


def held(path: str, text: str, *cuts: Cut, rules: tuple[HoldRule, ...] = (INVOICES,)) -> Held | None:
    papers = Papers.of(Expansion(Blob(text.encode(), path), Limits()), "file")
    return Holder(policy(*rules), TODAY).held("s", path, "file", papers.found(path), cuts)


def test_of_several_rules_the_longest_holds_and_an_unknown_year_beats_all() -> None:
    path = "x/Fakturor/1.txt"
    assert held(path, INVOICE, rules=(FIXED, INVOICES)) == Held("ver", LAW, END_OF_INVOICE, KEPT_BY_RULE)
    undated = INVOICE.replace("Fakturadatum: 2024-03-01\n", "")
    assert held(path, undated, rules=(FIXED, INVOICES)) == Held("ver", LAW, None, UNKNOWN_YEAR)


def test_a_hold_that_ended_holds_nothing() -> None:
    assert held("a.txt", INVOICE.replace("2024", "2010")) is None


def paper(*steps: str, sure: bool = True, kind: str | None = "invoice", **more: Any) -> Paper:
    return Paper(steps, "file", voucher=Voucher(kind, date=date(2024, 3, 1), sure=sure, **more))


def after(findings: list[Finding], *papers: Paper, rules: tuple[HoldRule, ...] = (INVOICES,)) -> list[Finding]:
    hold_findings(Holder(policy(*rules), TODAY), findings, {("kunder", "a"): papers}, {})
    return findings


@pytest.mark.parametrize(
    ("document", "place", "is_held"),
    [
        ((), (), True),
        ((), ("row 1",), True),
        (("member f.txt",), (), True),
        (("member f.txt",), ("member f.txt",), True),
        (("member f.txt",), ("member g.txt",), False),
        (("message 1", "attachment 1: f.txt"), ("message 1",), True),
        (("message 1", "attachment 1: f.txt"), ("message 1", "attachment 2: g.txt"), True),
        (("message 1", "attachment 1: f.txt"), ("message 2",), False),
        (("attachment 1: f.txt",), ("attachment 2: g.txt",), True),
    ],
)
def test_what_lies_in_a_held_paper_or_around_it_is_held_and_a_mail_with_what_it_carries(
    document: Steps, place: Steps, *, is_held: bool
) -> None:
    (one,) = after([finding(1, "a", *place)], paper(*document))
    assert (one.state is State.HELD) == is_held
    if is_held:
        assert (one.action, one.offer, one.until, one.statute, one.hold) == (
            Action.HOLD,
            Action.NONE,
            END_OF_INVOICE,
            LAW,
            "ver",
        )


def test_where_it_is_not_sure_a_person_is_asked() -> None:
    """Unless a person has already said so."""
    (one,) = after([finding(1, "a", action=Action.REMOVE)], paper(sure=False))
    assert (one.state, one.action, one.offer, one.reason) == (State.OPEN, Action.DECIDE, Action.REMOVE, UNSURE)
    (one,) = after([finding(1, "a", verdict=Verdict.ERASE)], paper(sure=False))
    assert one.effective is Action.REMOVE


def test_a_rule_that_does_not_hang_on_the_text_is_sure() -> None:
    rule = HoldRule(name="allt", statute=LAW, match=("**",), until=UNTIL)
    (one,) = after([finding(1, "a")], paper(sure=False), rules=(rule,))
    assert one.state is State.HELD


def test_an_item_of_which_nothing_was_read_is_held_by_its_place() -> None:
    one = finding(1, "x/Fakturor/1.pdf")
    hold_findings(Holder(policy(FIXED), TODAY), [one], {}, {})
    assert (one.state, one.until) == (State.HELD, UNTIL)
