"""personal/: what an employer keeps of its people, in their folders, a pay list and mails. And who applies, by mail."""

from __future__ import annotations

from datetime import timedelta

from tests.world.letters import Attachment, Letter, address, compose, encoded
from tests.world.model import Person, Staff
from tests.world.office import docx, xlsx
from tests.world.papers import pdf, text
from tests.world.site import Site
from tests.world.truth import Draft, Piece

_PDF = "application/pdf"


def personnel(site: Site) -> None:
    """Contracts, pay slips, sick notes; the pay list; mails of the employees and of every second applicant."""
    for number, one in enumerate(site.cast.employees):
        _folder(site, one, number)
        _mails(site, one, number)
    rows = [_pay(one, number) for number, one in enumerate(site.cast.employees)]
    pay = xlsx([("Maj 2024", ["Anställd", "Personnummer", "Bruttolön"], rows)])
    site.file("personal", "Löner/löner-2024-05.xlsx", pay)
    for number, one in enumerate(site.cast.applicants[::2]):
        _applies(site, one, number)


def _folder(site: Site, one: Person, number: int) -> None:
    contract, slip, note = Draft(), Draft(), Draft()
    terms = [
        "Anställningsavtal",
        contract.say("Mellan Invex AB och {a.name}, personnummer {a.id}.", a=one),
        contract.say("Bostad: {a.address}", a=one),
        contract.say("Telefon {a.phone}, e-post {a.email}", a=one),
        *site.filler(4),
        contract.say("För bolaget: {s.name}", s=site.staff[number % len(site.staff)]),
    ]
    paid = ["Lönebesked maj 2024", slip.say("{a.upper}", a=one), slip.say("{a.id10}", a=one), "Bruttolön 34 500 kr"]
    ill = ["Läkarintyg", note.say("Patient: {a.reversed}, född {a.born}", a=one), "Nedsatt arbetsförmåga till hälften."]
    papers = {
        "anställningsavtal.docx": docx(terms, contract),
        "Lön/lönebesked-2024-05.pdf": pdf([(paid, slip)]),
        "Frånvaro/läkarintyg.txt": text(ill, note),
    }
    for name, piece in papers.items():
        site.file("personal", f"{one.folder}/{name}", piece, owner=one)


def _pay(one: Person, number: int) -> tuple[list[str], Draft]:
    draft = Draft()
    return [draft.entity("{a.reversed}", one), draft.entity("{a.id}", one), str(31_000 + 250 * number)], draft


def _mails(site: Site, one: Person, number: int) -> None:
    """Ill at home, the pay slip, and what two of the staff write of it: in the subject, with the name alone."""
    boss, clerk = site.staff[number % len(site.staff)], site.staff[(number + 2) % len(site.staff)]
    ill, slip, page, talk = Draft(), Draft(), Draft(), Draft()
    body = ["Hej,", "", "Jag är sjuk i dag och blir hemma.", "", ill.say("{a.first}", a=one)]
    _send(site, "INBOX", ill, address(ill, one), [_staff(ill, boss)], "Sjukanmälan", body, f"sjuk.{number}")
    paid = ["Lönebesked", page.say("{a.name}", a=one), *site.filler(2)]
    papers = [Attachment("lönebesked.pdf", pdf([(paid, page)]), _PDF)]
    to = [address(slip, one, "encoded")]
    _send(site, "Skickat", slip, _staff(slip, clerk), to, "Lönebesked", ["Bifogat.", ""], f"lon.{number}", papers)
    subject = encoded(talk.say("Rehabilitering: {a.name}", a=one))
    said = [talk.say("Vi behöver en plan för {a.genitive} återgång.", a=one), "", clerk.first]
    _send(site, "Arkiv", talk, _staff(talk, clerk), [_staff(talk, boss)], subject, said, f"rehab.{number}")


def _applies(site: Site, one: Person, number: int) -> None:
    draft, paper = Draft(), Draft()
    lines = ["Ansökan om arbete", paper.say("Sökande: {a.name}", a=one), *site.filler(4)]
    papers: list[Attachment] = [Attachment("ansökan.pdf", pdf([(lines, paper)]), _PDF)] if number % 2 else []
    body = ["Hej,", "", "Jag söker tjänsten.", "", draft.say("{a.lower}", a=one), draft.say("{a.phone}", a=one)]
    sender = address(draft, one, ("plain", "reversed")[number % 2])
    _send(site, "INBOX", draft, sender, [_staff(draft, site.staff[2])], "Ansökan", body, f"sok.{number}", papers)


def _staff(draft: Draft, one: Staff) -> str:
    return f"{encoded(draft.say('{a.name}', a=one))} <{draft.say('{a.email}', a=one)}>"


def _send(
    site: Site,
    folder: str,
    draft: Draft,
    sender: str,
    to: list[str],
    subject: str,
    body: list[str],
    key: str,
    papers: list[Attachment] | None = None,
) -> None:
    when = site.day() + timedelta(minutes=len(key))
    letter = Letter(
        draft, sender, to, subject, when, f"{key}@mx.invex.example", "\n".join(body), attachments=papers or []
    )
    piece: Piece = compose(letter)
    site.mail(folder, piece, when)
