"""What came between find and erase: a rule, or a voucher that refers to what was planned: another plan."""

from __future__ import annotations

from tests.conftest import Desk
from tests.little import ANNA, CONFIG, Little

HOLD = """
[[hold]]
name = "bokföring"
statute = "Bokföringslagen 7 kap. 2 §"
documents = ["invoice"]
until = { years = 7, from = "financial-year-end" }
"""
INVOICE = f"""FAKTURA
Fakturanummer: 1001
Fakturadatum: 2024-03-01
Enligt offert nr 2024-17
Offertnummer: 2024-17
Kund: Anna Ek
{ANNA}
Att betala: 1 250,00 kr
Bankgiro: 5050-1055
Moms 25%: 250,00
Förfallodatum: 2024-03-31
"""
QUOTE = f"""OFFERT
Offertnummer: 2024-17
Offertdatum: 2024-02-01
Kund: Anna Ek
{ANNA}
Giltig till: 2024-03-01
Moms 25%: 250,00
Totalt: 1 250,00 kr
"""


def company(desk: Desk, config: str) -> Little:
    made = Little(desk.write(config))
    (made.root / "post" / "cur").mkdir(parents=True)
    (made.root / "post" / "new").mkdir()
    (made.root / "post" / "tmp").mkdir()
    made.write("kunder/o1.txt", QUOTE)
    made.write("kunder/annat.txt", "Ingenting.\n")
    return made


def test_a_rule_that_came_after_find_holds_what_it_refers_to(desk: Desk) -> None:
    made = company(desk, CONFIG)
    made.write("kunder/f1.txt", INVOICE)
    desk("scan", code=[0, 3])
    case, run = made.find(ANNA, "Anna Ek")
    assert made.planned(run) == {"f1.txt", "o1.txt"}
    desk.write(CONFIG + HOLD)
    assert "nothing to erase" in desk("erase", case, "--yes", code=0).out
    assert (made.root / "kunder/o1.txt").read_text() == QUOTE
    shown = desk("show", case, "--json", code=[0, 3]).json
    held = {one["path"]: (one["action"], one["state"], one["until"]) for one in shown["findings"]}
    assert held == dict.fromkeys(("f1.txt", "o1.txt"), ("hold", "held", "2031-12-31"))
    assert (made.root / "kunder/f1.txt").read_text() == INVOICE


def test_a_voucher_that_came_after_find_holds_what_it_refers_to(desk: Desk) -> None:
    made = company(desk, CONFIG + HOLD)
    desk("scan", code=[0, 3])
    case, run = made.find(ANNA, "Anna Ek")
    assert made.planned(run) == {"o1.txt"}
    made.write("kunder/f1.txt", INVOICE)
    desk("scan", code=[0, 3])
    assert "nothing to erase" in desk("erase", case, "--yes", code=0).out
    assert (made.root / "kunder/o1.txt").read_text() == QUOTE
