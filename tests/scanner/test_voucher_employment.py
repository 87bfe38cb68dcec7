"""Pay slips, contracts of employment and notes of illness, and texts that only speak of them. All of it is made up."""

from __future__ import annotations

from datetime import date

import pytest

from config.model import HoldRule, Span
from scanner.policy_match import Document, Matcher
from scanner.vouchers import read_voucher

PAYSLIPS = {
    "full": """Exempelbolaget AB
LÖNESPECIFIKATION
Utbetalningsdag: 2024-05-24
Anställningsnummer 1107  Eva Ek
Månadslön          34 500,00
Semestertillägg     1 200,00
Bruttolön          35 700,00
Preliminär skatt   -8 900,00
Nettolön           26 800,00
Sparade dagar 12
""",
    "month": "Lönebesked maj 2024\nEVA EK\nBruttolön 34 500 kr\n",
    "short": "Lönespec april 2024\nTimlön 40 tim à 182,50  7 300,00\nSkattetabell 32\nAtt utbetala 5 512,00\n",
    "columns": "Lönespecifikation\nBruttolön\n31 250,00\nAvdragen skatt\n7 010,00\nNettolön\n24 240,00\n",
    "advice": "Utbetalningsbesked\nNettobelopp: 18 200 kr\nSkatteavdrag 6 900 kr\nKarensavdrag 1 100 kr\n",
    "untitled": "Eva Ek, maj\nBruttolön: 35 700,00\nPrel. skatt: 8 900,00\nNettolön: 26 800,00\n",
    "english": """PAYSLIP
Employee: Eva Ek   Tax code: 1257L
Pay date: 24 May 2024
Basic salary   3,200.00
Gross pay      3,450.00
Income tax       480.20
National insurance 226.10
Net pay        2,743.70
""",
    "stub": "Pay stub\nGross earnings $2,400.00\nFederal tax withheld $310.00\nNet pay $1,890.00\nYTD 12,000.00\n",
    "statement": "Salary statement, June 2024\nGross salary SEK 42,000\nTax deducted SEK 11,800\n",
    "spaced": "Lönebesked\nLön att utbetala:  21 004 kr\nSemesterdagar kvar: 14\n",
    "old": "LÖNEAVI 2019-11\nBrutto 28 000\nNetto 21 300\nSkatt enligt tabell 31\n",
    "slip": "Wage slip week 19\nGross wages 612.40\nPAYE 88.00\nNet wages 524.40\n",
}
CONTRACTS = {
    "full": "ANSTÄLLNINGSAVTAL\nArbetsgivare: Exempelbolaget AB\nArbetstagare: Eva Ek\nTillträdesdag 2024-06-01\n"
    "Anställningsform: tillsvidareanställning\nMånadslön 34 500 kr\nUppsägningstid: 3 månader\nUnderskrift\n",
    "between": "Anställningsavtal\nMellan Invex AB och Eva Ek, personnummer finns hos bolaget.\nBostad: Storgatan 1\n",
    "proof": "Anställningsbevis för visstidsanställning\nBefattning: montör\nArbetstid 40 timmar\nLön 182 kr/h\n",
    "probation": "Provanställningsavtal\nProvanställning sex månader\nArbetsplats: Uppsala\nSemester 25 dagar\n",
    "about": "Avtal om anställning\nmellan Invex AB och Eva Ek\nLön enligt kollektivavtal\n",
    "terms": "Information om anställningsvillkor\nArbetsgivare: Invex AB\nArbetsuppgifter: ekonomi\n",
    "agreement": "EMPLOYMENT AGREEMENT\nThis agreement is made between Invex Ltd and Eva Ek\nJob title: Engineer\n"
    "Salary: 42,000 a month\nNotice period: three months\nSigned by\n",
    "contract": "Contract of Employment\nEmployer: Invex Ltd\nStart date: 1 June 2024\nHours of work: 37.5 a week\n",
    "particulars": "Written statement of employment particulars\nEmployee: Eva Ek\nPlace of work: Leeds\n",
    "letter": "Employment contract between us and you\nProbationary period six months\nSalary 3,200 a month\n",
    "markdown": "# Anställningsavtal\n**Arbetsgivare:** Invex AB\n**Befattning:** säljare\n**Lön:** 31 000 kr\n",
    "upper": "ARBETSAVTAL\nARBETSGIVARE OCH ARBETSTAGARE\nARBETSTID\n",
}
SICK_NOTES = {
    "doctor": "Läkarintyg\nPatient: Ek, Eva\nNedsatt arbetsförmåga till hälften.\n",
    "insurance": "Läkarintyg för sjukpenning\nDiagnos: J06.9\nFunktionsnedsättning: trötthet\nSjukskriven 100 %\n",
    "ground": "Medicinskt underlag\nUndersökning av patienten 2024-05-02\nDiagnoskod M54\nArbetsförmågan är nedsatt\n",
    "call": "Sjukanmälan\nHej,\n\nJag är sjuk i dag och blir hemma.\n\nEva\n",
    "child": "Sjukanmälan\nJag har feber och kan inte komma i dag. Första sjukdag i går.\n/Eva\n",
    "form": "Sjukskrivning\nPatientens namn: Eva Ek\nSjukskrivningsperiod: två veckor\nLeg. läkare\n",
    "opinion": "Läkarutlåtande\nDiagnos: utmattning\nPatienten bedöms ha nedsatt arbetsförmåga\n",
    "fit": "Statement of Fitness for Work\nI assessed your case on 2 May. Because of the following condition: pain\n"
    "you are not fit for work\nDoctor's signature\n",
    "sick": "Sick note\nPatient: Eva Ek\nUnfit for work for one week\n",
    "medical": "MEDICAL CERTIFICATE\nExamined on 3 May 2024\nDiagnosis: influenza\nSick leave for five days\n",
    "mail": "Sickness absence\nHi, I am ill and staying home today.\nEva\n",
    "self": "Self-certification\nFirst day of sickness: 3 May\nLast day of sickness: 5 May\nUnable to work: flu\n",
}
CASES = {"payslip": PAYSLIPS, "employment-contract": CONTRACTS, "sick-note": SICK_NOTES}


@pytest.mark.parametrize(
    ("kind", "text"),
    [pytest.param(kind, text, id=f"{kind}-{name}") for kind, texts in CASES.items() for name, text in texts.items()],
)
def test_a_paper_about_an_employment(kind: str, text: str) -> None:
    for form in (text, text.replace("\n", "\r\n"), text.replace(" ", "\u00a0"), text.replace("\n", "\n \n\n")):
        assert read_voucher(form).kind == kind, read_voucher(form).reasons


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (
            "FAKTURA\nFakturanummer: 8123\nAvser lön, inhyrd personal, bruttolön 31 000,00\nFörfallodatum: 2024-06-30\n"
            "Att betala: 41 250,00 kr\nMoms 25 %  8 250,00\nBankgiro 991-2346\n",
            "invoice",
        ),
        (
            "INVOICE #77\nPayroll services, net pay runs for May\nInvoice date: May 3, 2024\nDue date: 2 June 2024\n"
            "Amount due: SEK 1,543.13\nVAT 25%  308.63\n",
            "invoice",
        ),
        (
            "OFFERT\nOffertnummer: 2024-9\nLönespecifikationer för 40 anställda\nGiltig till: 2024-12-02\n"
            "Totalt inkl moms 45 000 kr\n",
            "quote",
        ),
        (
            "AVTAL\nmellan följande parter: Invex AB och kunden Anna Ek\nDetta avtal gäller målning. Uppsägning sker "
            "skriftligen.\nUnderskrift\n",
            "contract",
        ),
        (
            "HYRESAVTAL\nHyresvärd: Invex AB\nHyrestid: tolv månader\nUppsägningstid: tre månader\nUnderskrift\n",
            "contract",
        ),
        ("Hej,\nlönen kommer den 25:e som vanligt. Lönebesked finns i portalen.\nEva\n", None),
        ("Hej Eva,\nvi behöver ditt anställningsavtal före fredag, skickar du det?\nOlle\n", None),
        ("Personalhandbok\nLäkarintyg lämnas från och med den åttonde dagen.\nSemester söks i april.\n", None),
        ("Lönebesked\nSe bilagan.\n", None),
        ("Anställningsavtal\nSe bilagan.\n", None),
        ("Sjukanmälan\nRing växeln före klockan nio.\n", None),
        ("Sick pay policy\nThe company pays sick pay from day two.\n", None),
        ("Löneöversyn 2024\nBruttolön per yrkesgrupp: montör 31 000, säljare 34 000\n", None),
        ("Lediga jobb: arbetsgivare i Uppsala söker montör. Månadslön enligt avtal, tillträde snarast.\n", None),
        ("Protokoll\nVd redogjorde för sjukskrivningarna och patientavgifterna.\n", None),
    ],
)
def test_what_only_speaks_of_it(text: str, kind: str | None) -> None:
    assert read_voucher(text).kind == kind, read_voucher(text).reasons


def test_what_names_pay_and_tax_in_full_needs_nobody_to_look() -> None:
    found = read_voucher(PAYSLIPS["full"])
    assert (found.sure, found.date) == (True, date(2024, 5, 24))
    assert read_voucher(PAYSLIPS["english"]).date == date(2024, 5, 24)
    assert not read_voucher(PAYSLIPS["month"]).sure  # one mark: held, and asked about
    assert read_voucher(CONTRACTS["full"]).sure
    assert not read_voucher(SICK_NOTES["call"]).sure


def test_a_quoted_pay_slip_makes_no_pay_slip_of_the_answer() -> None:
    quoted = "Tack, det ser bra ut.\n" + "".join(f"> {line}\n" for line in PAYSLIPS["full"].splitlines())
    assert read_voucher(quoted).kind is None


@pytest.mark.parametrize(("named", "fits"), [("contract", True), ("employment-contract", True), ("payslip", False)])
def test_a_rule_about_contracts_is_about_those_of_employment_too(named: str, fits: bool) -> None:
    rule = HoldRule(name="x", statute="y", until=Span("received", years=1), documents=(named,))
    paper = Document("kunder", "a.txt", "file", voucher=read_voucher(CONTRACTS["full"]))
    assert Matcher(rule).match(paper) is fits


def test_a_rule_about_contracts_of_employment_is_about_no_others() -> None:
    rule = HoldRule(name="x", statute="y", until=Span("received", years=1), documents=("employment-contract",))
    lease = "HYRESAVTAL\nHyresvärd: Invex AB\nHyrestid: tolv månader\nUppsägningstid: tre månader\nUnderskrift\n"
    paper = Document("kunder", "a.txt", "file", voucher=read_voucher(lease))
    assert paper.voucher is not None and paper.voucher.kind == "contract"
    assert not Matcher(rule).match(paper)
