"""What two persons of one name, one address, one phone or one number may both be meant by is proposed for neither."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from scanner.asked import asked
from scanner.identity.widen import Known
from scanner.model import Action, Choice, Finding, Tier, Whether
from scanner.ownership import OF_SEVERAL, WRITTEN
from scanner.records import IdType
from scanner.workspace import Workspace

CONFIG = """
[company]
name = "Invex AB"
domains = ["invex.example"]
[[staff]]
name = "Erik Lindmark"
emails = ["erik.lindmark@invex.example"]
[[source]]
name = "k"
kind = "folder"
backup = "none"
path = "k"
[detect]
customer_number = ["KND-[0-9]{5}"]
"""
HEAD = "Namn;Kundnr;E-post;Mobil;Adress\n"
FATHER, SON, PHONE = "nils@a.example", "nils.jr@b.example", "070-174 06 05"
HOME = "Gatan 3, 903 22 Umeå"
BOTH = (
    f"{HEAD}Nils Westermark;KND-10001;{FATHER};{PHONE};{HOME}\nNils Westermark;KND-10002;{SON};{PHONE};{HOME}\n"
    "Cia Lo;KND-10009;cia@x.example;070-174 06 09;Storgatan 1, 211 45 Malmö\n"
)
FAMILY = {
    "reg.csv": BOTH,
    "far.txt": f"Faktura till Nils Westermark, {HOME}. Kundnr KND-10001\n",
    "son.txt": f"Faktura till Nils Westermark, {HOME}. Kundnr KND-10002\n",
    "adress.txt": f"Faktura till Nils Westermark, {HOME}.\n",
    "telefon.txt": f"Ring Nils Westermark {PHONE}\n",
}

Asked = Callable[..., tuple[Known, dict[str, Finding]]]


@pytest.fixture
def ask(tmp_path: Path) -> Asked:
    """What is known of who is asked for, and the findings by path and place."""

    def run(files: Mapping[str, str], *who: str, choices: tuple[Choice, ...] = ()) -> tuple[Known, dict[str, Finding]]:
        for path, text in files.items():
            target = tmp_path / "k" / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, encoding="utf-8")
        config = tmp_path / "gallra.toml"
        config.write_text(CONFIG, encoding="utf-8")
        with Workspace.open(config) as work:
            assert [report.error for report in work.scan()] == [None]
            known = work.learn(asked(who, {}, work.detect), choices)
            findings, _, _ = work.search(known.subject)
        return known, {";".join((one.locator.path, *one.locator.steps)): one for one in findings}

    return run


def _leaving(found: Mapping[str, Finding]) -> set[str]:
    return {place for place, one in found.items() if one.action not in (Action.DECIDE, Action.NONE)}


def _unsure(found: Mapping[str, Finding]) -> set[str]:
    return {place for place, one in found.items() if one.tier is Tier.POSSIBLE}


def test_what_father_and_son_share_is_neithers_though_no_personnummer_tells_them_apart(ask: Asked) -> None:
    known, found = ask(FAMILY, FATHER)
    assert _leaving(found) == {"far.txt", "reg.csv;row 1"}
    assert _unsure(found) == {"son.txt", "adress.txt", "telefon.txt", "reg.csv;row 2"}
    assert [one.value for one in known.suggestions] == [SON]


def test_their_phone_leads_to_neither_and_says_so(ask: Asked) -> None:
    known, found = ask(FAMILY, PHONE)
    assert not _leaving(found)
    assert set(found) == _unsure(found) == {"reg.csv;row 1", "reg.csv;row 2", "telefon.txt"}
    assert found["telefon.txt"].reason == OF_SEVERAL
    assert {one.value for one in known.suggestions} == {FATHER, SON}
    assert known.missing[0] == "the given phone may be used by several persons: nothing was added through it"


def test_who_was_ruled_out_has_the_phone_still(ask: Asked) -> None:
    no = (Choice(IdType.EMAIL, SON, Whether.NO),)
    _, found = ask(FAMILY, FATHER, choices=no)
    assert found["telefon.txt"].action is Action.DECIDE


COUPLE = {
    "reg.csv": f"{HEAD}Anna Ek;KND-20001;ek@x.example;070-174 06 01;{HOME}\n"
    f"Bo Ek;KND-20001;ek@x.example;070-174 06 02;{HOME}\n",
    "lapp.txt": "Hej Bo! Din order till ek@x.example\n",
    "order.txt": "Order KND-20001\n",
    "anna.txt": "Avtal med Anna Ek, ek@x.example\n",
}


@pytest.mark.parametrize("who", [("ek@x.example",), ("KND-20001",), ("Bo Dal", "ek@x.example")])
def test_a_couples_address_or_number_removes_nothing_by_itself(ask: Asked, who: tuple[str, ...]) -> None:
    _, found = ask(COUPLE, *who)
    assert not _leaving(found)
    assert set(found) == _unsure(found)


def test_with_the_name_it_leads_to_the_ones_own(ask: Asked) -> None:
    known, found = ask(COUPLE, "Anna Ek", "ek@x.example")
    assert _leaving(found) == {"anna.txt", "reg.csv;row 1"}
    assert {"lapp.txt", "order.txt", "reg.csv;row 2"} <= _unsure(found)
    assert {one.value for one in known.subject if one.type is IdType.PHONE} == {"+46701740601"}


def test_a_maiden_name_on_one_address_is_told_and_hers(ask: Asked) -> None:
    rows = "".join(f"Maria {name};KND-40001;maria@x.example;070-174 06 04;{HOME}\n" for name in ("Berg", "Svensson"))
    known, found = ask({"reg.csv": HEAD + rows, "m.txt": "Avtal maria@x.example\n"}, "maria@x.example")
    assert _leaving(found) == {"m.txt"}
    assert known.missing == [
        "different names stand beside what was given, and none was added: give the name too (--name)"
    ]


ERIK = "erik@hemma.example"
STAFFS = {
    "reg.csv": f"{HEAD}Erik Lindmark;KND-30001;{ERIK};070-174 06 11;{HOME}\n"
    "Cia Lo;KND-10009;cia@x.example;070-174 06 09;Storgatan 1, 211 45 Malmö\n",
    "Erik Lindmark/kvitto.txt": "Kvitto. Kund: Erik Lindmark\n",
    "Erik Lindmark/avtal.txt": f"Avtal med Erik Lindmark, {ERIK}\n",
    "protokoll.txt": "Närvarande: Erik Lindmark för Invex\n",
    "losen.txt": "Från erik.lindmark@invex.example\n",
}


def test_a_customer_with_the_name_of_one_of_the_staff_has_his_name(ask: Asked) -> None:
    _, found = ask(STAFFS, ERIK)
    assert {"Erik Lindmark/kvitto.txt", "Erik Lindmark/avtal.txt", "reg.csv;row 1"} <= _leaving(found)
    assert _unsure(found) == {"protokoll.txt", "losen.txt"}, "who of the two it is, a person decides"


def test_a_private_address_among_the_staffs_own_values_adds_no_name(ask: Asked) -> None:
    card = f"BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Erik Lindmark\r\nEMAIL:{ERIK}\r\nEMAIL:erik.lindmark@invex.example\r\n"
    known, _ = ask({"kort.vcf": card + "END:VCARD\r\n"}, ERIK)
    assert IdType.NAME not in {one.type for one in known.subject}
    assert [one for one in known.missing if one.startswith("the name beside what was given is one of the staff's")]


def test_a_number_that_is_only_written_says_so(ask: Asked) -> None:
    _, found = ask({"lapp.txt": "Anmälan för 850312-9805\n"}, "850312-9805")
    assert (found["lapp.txt"].tier, found["lapp.txt"].reason) == (Tier.POSSIBLE, WRITTEN)
