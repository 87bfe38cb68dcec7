"""The words of letters and reminders, in Swedish and English.

The law they name is the General Data Protection Regulation: Art. 17 (erasure; 17(3) what stays), 19 (telling those who
got the data), 28(3)(a) (a processor does as instructed, and tells what a law makes it keep), 28(3)(e) (and helps
with such requests), 28(4) (and so do its own processors). Not 28(3)(g), which is about the end of the services.
"""

from __future__ import annotations

from typing import Final

TEXTS: Final[dict[str, dict[str, str]]] = {
    "sv": {
        "from": "Från",
        "to": "Till",
        "date": "Datum",
        "case": "Ärende",
        "due": "Senast",
        "answer_to": "Svar till",
        "processor_title": "Instruktion om radering av personuppgifter",
        "provider_title": "Instruktion om radering ur säkerhetskopior",
        "paper_title": "Uppdrag: gå igenom en pärm",
        "processor_why": "{company} är personuppgiftsansvarig och ska radera en persons uppgifter enligt artikel 17 i "
        "dataskyddsförordningen (GDPR). Ni behandlar personuppgifter för vår räkning. Det här är en dokumenterad "
        "instruktion enligt artikel 28.3 a.",
        "processor_ask": "Radera senast den {due} allt som ni har om personen för vår räkning, även kopior, loggar och "
        "säkerhetskopior (artikel 28.3 e).",
        "alike": "Passar uppgifterna på flera personer hos er: radera ingen av dem, och fråga oss.",
        "provider_why": "{company} är personuppgiftsansvarig och har raderat en persons uppgifter enligt artikel 17 i "
        "dataskyddsförordningen (GDPR). Ni har säkerhetskopior av våra data. Det här är en dokumenterad instruktion "
        "enligt artikel 28.3 a.",
        "provider_ask": "Radera senast den {due} alla kopior av objekten nedan, i alla versioner som är tagna till och "
        "med den {gone} (artikel 28.3 e). Allt annat ska vara kvar.",
        "provider_else": "Går det inte att radera ett objekt för sig: lås det så att det inte återläses, och uppge "
        "vilken dag den sista kopian av det upphör.",
        "keeps": "Enligt vad vi vet behåller ni kopior i {days} dagar.",
        "pass_on": "Ge samma instruktion till era underbiträden (artikel 28.4), och underrätta var och en som ni för "
        "vår räkning har lämnat ut uppgifterna till (artikel 19). Uppge för oss vilka de är.",
        "law": "Kräver lagen att något behålls, ska bara det behållas (artikel 17.3 och 28.3 a): uppge vad, enligt "
        "vilken lag och till vilken dag.",
        "paper_why": "{company} ska radera en kunds personuppgifter enligt artikel 17 i dataskyddsförordningen (GDPR).",
        "paper_ask": "Gå igenom pärmen nedan senast den {due}. Ta ut allt om kunden och förstör det så att det inte "
        "kan läsas. Står andra på samma papper: stryk över kundens uppgifter så att de inte kan läsas, och sätt "
        "tillbaka papperet.",
        "paper_like": "En annan kund kan ha ett liknande namn. Är du osäker: låt papperet ligga, och fråga.",
        "paper_law": "Räkenskapsmaterial, som fakturor och kvitton, ska ligga kvar i sju år efter det kalenderår då "
        "räkenskapsåret avslutades (bokföringslagen 7 kap. 2 §), liksom annat som lagen kräver.",
        "person": "Vem det gäller",
        "customer": "Kunden",
        "name": "Namn",
        "binder": "Pärmen",
        "place": "Plats",
        "label": "Märkning",
        "span": "Tid",
        "what": "Vad det gäller",
        "holds": "Innehåll",
        "objects": "Objekten",
        "source": "Källa",
        "root": "{source} ligger i",
        "object": "Objekt",
        "part": "Raderat",
        "whole": "helt",
        "record": "en del",
        "part_note": "Av objekt där en del är raderad finns den senaste versionen kvar hos oss utan den delen. De "
        "äldre versionerna ska raderas.",
        "use": "Använd uppgifterna i brevet bara för att hitta och radera, och förstör sedan brevet.",
        "use_paper": "Förstör brevet när du är klar.",
        "form": "Bekräftelse, ärende {case}",
        "form_ask": "Fyll i och sänd tillbaka senast den {due}. Uppge ärendets nummer, inte personens uppgifter.",
        "processor_done": "Allt är raderat, även hos underbiträden och i kopior, den {line}",
        "processor_none": "Ingenting om personen har hittats.",
        "processor_kept": "Något behålls till och med den {line} på grund av {line}",
        "provider_done": "Alla kopior av objekten är raderade den {line}",
        "provider_none": "Det finns inga kopior av objekten.",
        "provider_kept": "Kopior behålls till och med den {line} på grund av {line}",
        "paper_done": "Allt om kunden är uttaget och förstört den {line}",
        "paper_none": "Ingenting om kunden fanns i pärmen.",
        "paper_kept": "Något ligger kvar till och med den {line} på grund av {line}",
        "told": "Har lämnat uppgifterna vidare till, och underrättat: {line}",
        "place_date": "Ort och datum",
        "signature": "Underskrift",
        "signed_name": "Namnförtydligande",
        "role": "Befattning och företag",
        "subject": "{title}, ärende {case}",
        "mail_attached": "Samma brev, med bekräftelsen att fylla i, är bifogat.",
        "remind_subject": "Påminnelse: ärende {cases}",
        "remind_hello": "Det här väntar på svar, eller på att göras:",
        "remind_line": "Ärende {case}, {source}: senast den {due}",
        "remind_over": "dagen är passerad",
        "remind_mine": "Så här noteras att det är gjort: gallra task done {number} --by NAMN --file BEKRÄFTELSE",
        "remind_theirs": "Vi har skrivit till er om det. Sänd bekräftelsen som följde med brevet. Uppge ärendets "
        "nummer, inte personens uppgifter.",
    },
    "en": {
        "from": "From",
        "to": "To",
        "date": "Date",
        "case": "Case",
        "due": "No later than",
        "answer_to": "Answer to",
        "processor_title": "Instruction to erase personal data",
        "provider_title": "Instruction to erase from backups",
        "paper_title": "Task: look through a binder",
        "processor_why": "{company} is the controller and must erase a person's data under Article 17 of the General "
        "Data Protection Regulation (GDPR). You process personal data on our behalf. This is a documented instruction "
        "under Article 28(3)(a).",
        "processor_ask": "No later than {due}, erase all that you have about the person on our behalf, copies, logs "
        "and backups included (Article 28(3)(e)).",
        "alike": "Where the data fit several persons: erase none of them, and ask us.",
        "provider_why": "{company} is the controller and has erased a person's data under Article 17 of the General "
        "Data Protection Regulation (GDPR). You keep backups of our data. This is a documented instruction under "
        "Article 28(3)(a).",
        "provider_ask": "No later than {due}, erase all copies of the objects below, in all versions taken up to and "
        "including {gone} (Article 28(3)(e)). All else must stay.",
        "provider_else": "Where an object cannot be erased by itself: lock it against being restored, and tell us on "
        "which day the last copy of it expires.",
        "keeps": "As far as we know, you keep copies for {days} days.",
        "pass_on": "Give the same instruction to your own processors (Article 28(4)), and tell each recipient to whom "
        "you have disclosed the data on our behalf (Article 19). Tell us who they are.",
        "law": "Where the law requires something to be kept, keep only that (Articles 17(3) and 28(3)(a)): tell us "
        "what, by which law and until which day.",
        "paper_why": "{company} must erase a customer's personal data under Article 17 of the General Data Protection "
        "Regulation (GDPR).",
        "paper_ask": "Look through the binder below no later than {due}. Take out all that is about the customer, and "
        "destroy it so that it cannot be read. Where others stand on the same paper: strike the customer's data out so "
        "that they cannot be read, and put the paper back.",
        "paper_like": "Another customer may have a similar name. If you are not sure: leave the paper, and ask.",
        "paper_law": "Accounting records, as invoices and receipts, must stay for seven years after the calendar year "
        "in which the financial year ended (Bokföringslagen 7 kap. 2 §), and so must what else the law requires.",
        "person": "The person",
        "customer": "The customer",
        "name": "Name",
        "binder": "The binder",
        "place": "Place",
        "label": "Label",
        "span": "Span",
        "what": "What it is about",
        "holds": "Holds",
        "objects": "The objects",
        "source": "Source",
        "root": "{source} lies in",
        "object": "Object",
        "part": "Erased",
        "whole": "all of it",
        "record": "a part",
        "part_note": "Of objects of which a part is erased, the latest version stays with us without that part. The "
        "older versions must be erased.",
        "use": "Use the data in this letter only to find and to erase, then destroy the letter.",
        "use_paper": "Destroy this letter when you are done.",
        "form": "Confirmation, case {case}",
        "form_ask": "Fill in and send back no later than {due}. Give the number of the case, not the person's data.",
        "processor_done": "All is erased, at our own processors and in copies too, on {line}",
        "processor_none": "Nothing about the person was found.",
        "processor_kept": "Something is kept up to and including {line} because {line}",
        "provider_done": "All copies of the objects are erased, on {line}",
        "provider_none": "There are no copies of the objects.",
        "provider_kept": "Copies are kept up to and including {line} because {line}",
        "paper_done": "All about the customer is taken out and destroyed, on {line}",
        "paper_none": "Nothing about the customer was in the binder.",
        "paper_kept": "Something stays up to and including {line} because {line}",
        "told": "Disclosed the data to, and told: {line}",
        "place_date": "Place and date",
        "signature": "Signature",
        "signed_name": "Name in print",
        "role": "Role and company",
        "subject": "{title}, case {case}",
        "mail_attached": "The same letter, with the confirmation to fill in, is attached.",
        "remind_subject": "Reminder: case {cases}",
        "remind_hello": "This waits for an answer, or to be done:",
        "remind_line": "Case {case}, {source}: no later than {due}",
        "remind_over": "the day has passed",
        "remind_mine": "To note that it is done: gallra task done {number} --by NAME --file CONFIRMATION",
        "remind_theirs": "We have written to you about it. Send us the confirmation that came with the letter. Give "
        "the number of the case, not the person's data.",
    },
}
LINE: Final = "____________________"
"""Where somebody fills something in by hand."""


class Texts:
    """Swedish ("sv") or, for anything else, English."""

    def __init__(self, language: str) -> None:
        self.language = language if language in TEXTS else "en"
        self._text = TEXTS[self.language]

    def __call__(self, name: str, **values: object) -> str:
        """One text."""
        return self._text[name].format(line=LINE, **values)
