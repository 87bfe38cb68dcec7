"""Which texts are business papers, and which only talk about them. The texts are made up; the truth is said here."""

from __future__ import annotations

from datetime import date

import pytest

from config.model import DOCUMENTS
from scanner.voucher_dates import find_dates
from scanner.voucher_numbers import find_amounts, has_giro, has_ocr, has_vat_number
from scanner.vouchers import KINDS, Reference, Voucher, linked, read_voucher

SIGNATURE = "\nMvh Eva\nExempelbolaget AB\nOrg.nr 556016-0680, Bankgiro 991-2346, momsreg.nr SE556016068001"
INVOICE = """Exempelbolaget AB
FAKTURA
Fakturanummer: 10234
Fakturadatum: 2024-05-01
Förfallodatum: 2024-05-31
Er referens: Anna Andersson
Benämning    Antal   á-pris   Summa
Målning      10      450,00   4 500,00
Moms 25 %    1 125,00
Att betala: 5 625,00 kr
Bankgiro 991-2346
Org.nr 556016-0680  Godkänd för F-skatt
Avser offert 2023-114
"""
COLUMNS = """Faktura
Fakturanr  Kundnr  Fakturadatum  Förfallodatum
8812  55  2024-12-20  2025-01-19
Att betala
1 250,00
varav moms 250,00
"""
ENGLISH = """INVOICE #INV-2024-77
Invoice date: May 3, 2024
Due date: 2 June 2024
Description  Qty  Unit price
Painting  1  1,234.50
VAT 25%  308.63
Amount due: SEK 1,543.13
"""
CREDIT = """Kreditfaktura
Kreditfaktura nr: 501
Fakturadatum: 2024-06-01
Krediterar faktura 10234
Summa att erhålla: -5 625,00
Moms 25% -1 125,00
"""
REMINDER = """BETALNINGSPÅMINNELSE
Vi saknar betalning för faktura 10234
Belopp att betala: 5 685,00 kr
Förfallodag 2024-06-15
Påminnelseavgift 60 kr
"""
RECEIPT = """Livs & Sånt
KVITTO
2024-03-05 14:22
Mjölk 15,90
Total 15,90
Moms 12% 1,70
Kort VISA ************1234
Org.nr: 556016-0680
"""
QUOTE = """OFFERT
Offertnummer: 2023-114
Datum: 2023-11-02
Giltig till: 2023-12-02
Målning av villa  45 000 kr
Totalt inkl moms 45 000 kr
"""
ORDER = """Orderbekräftelse
Ordernr: A-77
Orderdatum: 2024-01-15
Antal  Benämning  á-pris
Totalt 900,00 kr
"""
CONTRACT = """ANSTÄLLNINGSAVTAL
Mellan nedanstående parter
Arbetsgivare: Exempelbolaget AB
Anställningsform: tillsvidareanställning
Uppsägningstid: 3 månader
Ort och datum          Underskrift
"""
APPLICATION = """Ansökan om tjänsten som målare
Hej, jag söker tjänsten som målare hos er.
Arbetslivserfarenhet: 5 år
Utbildning: gymnasiet
Referenser lämnas på begäran
"""


@pytest.mark.parametrize(
    ("text", "kind", "number", "day"),
    [
        (INVOICE, "invoice", "10234", "2024-05-01"),
        (COLUMNS, "invoice", "8812", "2024-12-20"),
        (ENGLISH, "invoice", "inv-2024-77", "2024-05-03"),
        (CREDIT, "credit-note", "501", "2024-06-01"),
        (REMINDER, "reminder", None, None),
        (RECEIPT, "receipt", None, "2024-03-05"),
        (QUOTE, "quote", "2023-114", "2023-11-02"),
        (ORDER, "order", "a-77", "2024-01-15"),
        (CONTRACT, "employment-contract", None, None),
        (APPLICATION, "application", None, None),
    ],
    ids=lambda one: one if isinstance(one, str) and len(one) < 20 else "",
)
def test_a_paper_is_what_it_is(text: str, kind: str, number: str | None, day: str | None) -> None:
    for form in (text, text.replace("\n", "\r\n"), text.replace(" ", "\u00a0"), text.replace("\n", "\n \n\n")):
        found = read_voucher(form)
        assert (found.kind, found.number, found.sure) == (kind, number, True), found.reasons
        assert found.date == (date.fromisoformat(day) if day else None)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Hej!\nFakturan kommer i morgon. Betala den senast 30 maj 2024. Det blir 500 kr inkl moms." + SIGNATURE,
        "Ämne\nHej, bifogat finns faktura 10234." + SIGNATURE,
        "Hej, jag har fått faktura 10234 men beloppet 500 kr är fel, momsen ska vara 100 kr.",
        "PRISLISTA 2024\nArtikel  Benämning  á-pris\n100  Pensel  45,00\n101  Roller  90,00\nAlla priser exkl. moms "
        "25 %\nBetalningsvillkor 30 dagar netto. Faktureringsavgift 45 kr." + SIGNATURE,
        "Påminnelse\nMöte på tisdag kl 10. Ta med kaffe.",
        "Reminder: please hand in your time sheets by 2024-05-31.",
        "Nyhetsbrev\nTotalt 500 kr rabatt! Moms ingår. Visa kortet i kassan." + SIGNATURE,
        "Hej,\nvi kan måla för 45 000 kr inkl moms. Säg till om du vill ha en offert.",
        "Kvitto\nTack för beskedet, jag kvitterar härmed att jag har fått brevet.",
        "Vi söker en målare!\nUtbildning i måleri och körkort krävs. Skicka din ansökan till oss.",
        "Hej, hur går det med avtalet? Uppsägningstiden måste vi prata om.",
        "Invoice me later, said the man. The total was 500, and the due date unknown.",
        "Faktura",
        "Ordernr: 5512\nHej! Ditt paket är på väg.",
    ],
)
def test_what_only_talks_of_papers_is_none(text: str) -> None:
    found = read_voucher(text)
    assert (found.kind, found.sure) == (None, False), found.reasons


def test_what_is_close_is_not_sure() -> None:
    avi = "Hyresavi\nAvser maj\nAtt betala 8 500,00\nFörfallodatum 2024-04-30\nBankgiro 991-2346"
    found = read_voucher(avi)
    assert (found.kind, found.sure, found.date) == ("invoice", False, None)
    untitled = "Bankgiro 991-2346\nOCR 10231\nAtt betala 500,00 kr\nOss tillhanda 2024-04-30"
    found = read_voucher(untitled)
    assert (found.kind, found.sure) == ("invoice", False)
    assert read_voucher(untitled.replace("991-2346", "991-2345")).kind is None


def test_an_answer_that_quotes_an_invoice_is_not_surely_one() -> None:
    quoted = "Tack, den är betald!\n" + "\n".join(f"> {line}" for line in INVOICE.splitlines())
    found = read_voucher(quoted)
    assert (found.kind, found.number, found.sure) == ("invoice", "10234", False)
    assert read_voucher("Tack!\n" + "\n".join(f"> {line}" for line in QUOTE.splitlines())).kind is None


def test_the_name_of_a_file_may_be_the_title() -> None:
    text = INVOICE.replace("FAKTURA\n", "").replace("Fakturanummer: 10234\n", "")
    assert read_voucher(text, "scan/Faktura_10234.pdf").number == "10234"
    assert read_voucher("Hej på dig", "Faktura.pdf").kind is None
    called = read_voucher("Hej på dig", "Faktura_10234.pdf")
    assert (called.kind, called.sure) == ("invoice", False), "a person looks at it"
    assert read_voucher(COLUMNS.replace("Faktura\n", ""), "faktura 2024-12-20.pdf").number == "8812"


@pytest.mark.parametrize("title", ["Kvitto nr 000030", "FAKTURA 1001", "Invoice no. 77", "Kreditnota: 12"])
def test_a_title_with_a_number_over_little_else_is_unsure(title: str) -> None:
    found = read_voucher(f"{title}\nKund: Ann-Marie Testsson\n")
    assert found.kind is not None
    assert not found.sure
    assert read_voucher(f"Hej, vi talade om {title} i går.\nTack").kind is None


@pytest.mark.parametrize(
    "text", ["Faktura\nTill Ann\nFebruari 2024\nArbete 1 200 kr\nSumma 1 500 kr", "Kvitto\nBåtplats 1 500:-\n"]
)
def test_a_title_alone_on_its_line_over_a_sum_is_unsure(text: str) -> None:
    found = read_voucher(text)
    assert found.kind in ("invoice", "receipt")
    assert not found.sure
    assert read_voucher(text.partition("\n")[2]).kind is None


@pytest.mark.parametrize("place", [10, 20_000])
def test_an_invoice_somewhere_in_a_long_text_is_found(place: int) -> None:
    assert read_voucher("Brödtext utan innehåll.\n" * place + INVOICE).kind == "invoice"


def test_the_latest_of_several_dates_of_issue_counts_and_never_the_due_date() -> None:
    assert read_voucher(INVOICE + "\n" + COLUMNS).date == date(2024, 12, 20)
    ordered = INVOICE.replace("Fakturadatum: 2024-05-01", "Orderdatum: 2023-12-20\nDatum: 2024-01-05")
    assert read_voucher(ordered).date == date(2024, 1, 5)
    assert read_voucher(INVOICE.replace("Fakturadatum: 2024-05-01\n", "")).date is None


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("Stockholm 2024-05-01", date(2024, 5, 1)),
        ("Leveransdatum: 2023-12-28", None),
        ("Avser perioden 2023-12-01", None),
        ("Giltig till 2024-06-01", None),
        ("2024-05-01 2023-12-28", None),
    ],
)
def test_a_date_without_a_label_counts_only_where_it_is_alone(line: str, expected: date | None) -> None:
    text = INVOICE.replace("Fakturadatum: 2024-05-01", line)
    assert (read_voucher(text).kind, read_voucher(text).date) == ("invoice", expected)


def test_what_a_paper_refers_to() -> None:
    assert read_voucher(INVOICE).refers == {Reference("quote", "2023-114")}
    assert read_voucher(CREDIT).refers == {Reference("invoice", "10234")}
    assert read_voucher(REMINDER).refers == {Reference("invoice", "10234")}
    assert read_voucher("enligt er beställning nr B7, avtal 2024-05-01 och order 12 st").refers == {
        Reference("order", "b7")
    }


def test_what_a_voucher_refers_to_is_linked_to_it() -> None:
    invoice, quote = read_voucher(INVOICE), read_voucher(QUOTE)
    other = read_voucher(QUOTE.replace("2023-114", "2023-115"))
    mail = read_voucher("Hej, det gäller offert 2023-115.")
    assert linked({1: invoice, 2: quote, 3: other, 4: mail}) == {2: (invoice,)}
    same_number = Voucher("contract", "2023-114", sure=True)
    assert linked({1: invoice, 2: same_number}) == {}


def test_numbers_stand_in_no_repr() -> None:
    assert "10234" not in repr(read_voucher(INVOICE))
    assert "2023-114" not in repr(read_voucher(INVOICE))


def test_the_configuration_knows_the_same_classes() -> None:
    assert set(KINDS) == set(DOCUMENTS)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2024-05-01", "2024-05-01"),
        ("2024/5/1", "2024-05-01"),
        ("2024-05-01T12:00", "2024-05-01"),
        ("den 1 maj 2024", "2024-05-01"),
        ("1:a maj 2024", "2024-05-01"),
        ("1 Dec. 2024", "2024-12-01"),
        ("May 1st, 2024", "2024-05-01"),
        ("Okt 31 2024", "2024-10-31"),
        ("31.12.2024", "2024-12-31"),
        ("1/5 2024", "2024-05-01"),
        ("01/05/2024", "2024-05-01"),
        ("12/01/2024", "2024-12-01"),
        ("05/13/2024", "2024-05-13"),
        ("24-05-01", "2024-05-01"),
        ("20240501", "2024-05-01"),
        ("2023-02-29", None),
        ("2024-13-01", None),
        ("12024-05-01", None),
        ("2024-05-011", None),
        ("811218-9876", None),
        ("mars", None),
    ],
)
def test_dates(text: str, expected: str | None) -> None:
    assert [one.isoformat() for one in find_dates(text, labelled=True)] == ([expected] if expected else [])


def test_short_dates_need_a_label() -> None:
    assert list(find_dates("24-05-01 20240501")) == []


def test_check_digits_count() -> None:
    assert has_giro("Bankgiro: 991-2346")
    assert has_giro("BG 5050-1055")
    assert not has_giro("Bankgiro: 991-2345")
    assert not has_giro("991-2346")
    assert has_giro("Plusgiro 90 20 03-3")
    assert not has_giro("Plusgiro 90 20 03-4")
    assert has_ocr("OCR-nummer: 1 0231")
    assert not has_ocr("OCR-nummer: 10232")
    assert has_vat_number("SE556016068001")
    assert not has_vat_number("SE556016068101")
    assert not has_vat_number("SE556016068002")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1 234,50 kr", ["1234.50"]),
        ("SEK 1,234.50", ["1234.50"]),
        ("1.234:-", ["1234.00"]),
        ("500 kr och 20,00", ["500.00", "20.00"]),
        ("-1 250,00", ["1250.00"]),
        ("12-34", []),
        ("a1", []),
    ],
)
def test_amounts(text: str, expected: list[str]) -> None:
    assert [str(one) for one in find_amounts(text)] == expected
