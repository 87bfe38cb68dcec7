"""projekt/Stavning and some mails: names written in every way that people write them, with no other fact beside."""

from __future__ import annotations

from tests.world.letters import Letter, compose, encoded
from tests.world.model import Person
from tests.world.office import docx, odt
from tests.world.papers import html, pdf, text
from tests.world.site import Site
from tests.world.truth import Draft, Piece

# Each with its place in a sentence. "Initials" and a short form are never more than `possible`, nor is a name alone.
FORMS = {
    "gemener": "idag ringde {a.lower} om fakturan",
    "radbrytning": "Mötet på fredag gäller {a.broken} och taket.",
    "omvänd": "{a.surname_first} har kvitterat nyckeln.",
    "genitiv": "{a.genitive} faktura är betald.",
    "initial": "Sign: {a.initials}",
    "smeknamn": "{a.called} hälsar att det går bra.",
    "versaler": "OBS! {a.upper} BETALAR KONTANT.",
    "komma": "Uppgiften kom från {a.reversed} i går.",
}


def spellings(site: Site) -> None:
    """Every third customer in one form each: by turns in five formats and in a mail between two of the staff."""
    forms = list(FORMS.items())
    for number, one in enumerate(site.cast.buyers[::3]):
        name, template = forms[number % len(forms)]
        if number % 6 == 5:
            _mail(site, number, one, template)
        else:
            piece, ending = _paper(site, one, template, number % 6)
            site.file("projekt", f"Stavning/{name}-{number:03d}.{ending}", piece)


def _paper(site: Site, one: Person, template: str, kind: int) -> tuple[Piece, str]:
    draft = Draft()
    lines = [*site.filler(1), draft.say(template, a=one), *site.filler(1)]
    if kind == 1:
        return docx([" ".join(line.split("\n")) for line in lines], draft), "docx"
    if kind == 2:
        return pdf([([each for line in lines for each in line.split("\n")], draft)]), "pdf"
    if kind == 3:
        return odt(lines, draft), "odt"
    return (html("Lapp", lines, draft), "html") if kind == 4 else (text(lines, draft), "txt")


def _mail(site: Site, number: int, one: Person, template: str) -> None:
    draft, when = Draft(), site.day()
    first, second = (
        f"{encoded(draft.say('{a.name}', a=mate))} <{draft.say('{a.email}', a=mate)}>"
        for mate in (site.staff[number % 5], site.staff[(number + 1) % 5])
    )
    body = "\n".join(["Hej,", "", draft.say(template, a=one), "", *site.filler(2)])
    letter = Letter(draft, first, [second], "Att notera", when, f"stavning.{number}@mx.invex.example", body)
    site.mail("Arkiv", compose(letter), when)
