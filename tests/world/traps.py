"""The look-alikes: what a careless search takes for the wrong person, written and noted in `World.lookalikes`."""

from __future__ import annotations

from tests.world.letters import Letter, compose
from tests.world.model import Person, Place
from tests.world.office import xlsx
from tests.world.papers import table, text
from tests.world.site import Site
from tests.world.truth import Draft


def traps(site: Site) -> None:
    """All of them, and one record each for a short form of a name."""
    _same_name(site)
    _family(site)
    _father_and_son(site)
    _inside_an_address(site)
    _shared_box(site)
    _close_names(site)
    _place_name(site)
    _staff_name(site)
    _two_rows(site)
    _prefixes(site)
    _digits(site)
    _message_id(site)
    _comma_list(site)
    _short_form(site)


def _note(site: Site, name: str, template: str, **who: Person) -> Place:
    draft = Draft()
    return site.file("projekt", f"Lappar/{name}.txt", text([draft.say(template, **who), *site.filler(2)], draft))


def _same_name(site: Site) -> None:
    one, other = site.cast.doubles["anna"], site.cast.doubles["anna-malmö"]
    notes = [
        _note(site, "malmö-1", "Kund {a.name}, {a.id}, {a.email}, vill ha besked.", a=other),
        _note(site, "malmö-2", "{a.name} i {a.city} har kund-id {a.customer}.", a=other),
    ]
    folder = {spot for spot in site.book.confused[one.id] if spot.path.startswith(f"{other.folder}/")}
    site.trap("same name", [one, other], sorted({*notes, *folder}), "another personnummer, mail and town")


def _family(site: Site) -> None:
    father, mother, child = (site.cast.doubles[key] for key in ("björn", "maria", "elsa"))
    places = [
        _note(site, "familj-1", "{a.name}, {a.phone}, undrar om fredag.", a=mother),
        _note(site, "familj-2", "Ring {a.phone_plus} och fråga efter {a.name}.", a=child),
    ]
    site.trap("family phone", [father, mother, child], places, "three persons answer the same phone")


def _father_and_son(site: Site) -> None:
    father, son = site.cast.doubles["nils"], site.cast.doubles["nils-son"]
    rows = [_member(one) for one in (father, son, site.cast.doubles["anna"], site.cast.doubles["anna-malmö"])]
    register = site.file("projekt", "Lappar/medlemmar.csv", table(["Namn", "Födelsedatum", "Ort"], rows))
    places = [
        _note(site, "son-1", "{a.name}, {a.id}, {a.phone}, har frågat igen.", a=son),
        _note(site, "son-2", "Faktura till {a.name}, {a.address}.", a=son),
        Place(register.source, register.path, ("row 2",)),
    ]
    site.trap("father and son", [father, son], places, "one name, one home; another birth date and personnummer")


def _member(one: Person) -> tuple[list[str], Draft]:
    draft = Draft()
    return [draft.entity(template, one) for template in ("{a.name}", "{a.born}", "{a.city}")], draft


def _inside_an_address(site: Site) -> None:
    one, other = site.cast.doubles["ann"], site.cast.doubles["joann"]
    places = [
        _note(site, "adress-1", "Svara till {a.email} senast måndag.", a=other),
        _note(site, "adress-2", "Kontakt: {a.email_upper}", a=other),
    ]
    site.trap("address inside an address", [one, other], places, "ann@kund.example ends joann@kund.example")


def _shared_box(site: Site) -> None:
    one, other = site.cast.doubles["bolag-1"], site.cast.doubles["bolag-2"]
    place = _note(site, "bolag", "Svar från {a.name} via {a.email}.", a=other)
    site.trap("shared mailbox", [one, other], [place], "two persons read info@bolag.example")


def _close_names(site: Site) -> None:
    doubles = site.cast.doubles
    pairs = [("anna", "johanna"), ("åke", "ake"), ("karin", "anna-karin"), ("ann", "joann")]
    for first, second in pairs:
        place = _note(site, f"nära-{first}", "{a.name} har fått sin nyckel.", a=doubles[second])
        kind = f"close name {first}/{second}"
        site.trap(
            kind, [doubles[first], doubles[second]], [place], "another name, whatever folding or cutting makes of it"
        )


def _place_name(site: Site) -> None:
    one = site.cast.doubles["lund"]
    path = "Lappar/resa.txt"
    words = text(["Karin från kontoret åker till Lund på torsdag.", "I Lund möter Karin fastighetsägaren."])
    rows = [(["Karin", "", "Lund"], None), (["Byggvaruhuset", "Karin", "Lund"], None)]
    places = [
        site.file("projekt", path, words),
        *(Place("projekt", "Lappar/orter.csv", (f"row {number}",)) for number in (1, 2)),
    ]
    site.file("projekt", "Lappar/orter.csv", table(["Butik", "Kontakt", "Ort"], rows))
    site.trap("surname is a place", [one], places, "a Karin and the town of Lund")


def _staff_name(site: Site) -> None:
    one = site.cast.doubles["erik"]
    mate = next(other for other in site.staff if other.name == one.name)
    draft = Draft()
    line = draft.say("Ansvarig: {s.name}, {s.email}, {s.phone}", s=mate)
    place = site.file("projekt", "Lappar/ansvarig.txt", text([line, *site.filler(2)], draft))
    site.trap("staff with a customer's name", [one], [place], "one of the staff, not the customer")


def _two_rows(site: Site) -> None:
    rows = [([f"Hylla {number}", "skruv", str(number)], None) for number in range(1, 501)]
    rows[0] = (["Hylla 1", "Anna", "1"], None)
    rows[499] = (["Hylla 500", "Andersson", "500"], None)
    place = site.file("projekt", "Lappar/inventarie.xlsx", xlsx([("Lager", ["Plats", "Märkt", "Nr"], rows)]))
    site.trap("name in two rows", [site.cast.doubles["anna"]], [place], "Anna in row 1, Andersson in row 500")


def _prefixes(site: Site) -> None:
    other = site.cast.doubles["prefix"]
    one = next((each for each in site.cast.customers if each.customer_number == "KND-10001"), None)
    if one is not None:
        place = _note(site, "nummer", "Kund {a.customer} {a.email} har betalat.", a=other)
        site.trap("customer number inside another", [one, other], [place], "KND-10001 begins KND-100012")


def _digits(site: Site) -> None:
    one = site.cast.doubles["anna"]
    digits = "0" + one.phones[0].removeprefix("+46")
    lines = [f"Order 99{digits}12 är packad.", f"Referens 4711{digits}", f"Spårning {digits}{digits}"]
    place = site.file("projekt", "Lappar/order.txt", text(lines))
    site.trap("phone inside a longer number", [one], [place], "order numbers that hold the digits of a phone")


def _message_id(site: Site) -> None:
    """Outlook's ids hold a `$`, behind which a search for addresses begins anew."""
    one, when = site.cast.doubles["ann"], site.day()
    draft = Draft()
    sender, to = (draft.say("{a.name} <{a.email}>", a=other) for other in (site.staff[0], site.staff[3]))
    ids = "01c2$9a3b$ann@kund.example"
    threads = [("In-Reply-To", f"<{ids}>"), ("References", f"<{ids}>")]
    body = "Ja, det blir bra så.\n"
    letter = Letter(draft, sender, [to], "Sv: schema", when, "01c3$9a3b$ann@kund.example", body, extra=threads)
    place = site.mail("Arkiv", compose(letter), when)
    site.trap("address inside a Message-ID", [one], [place], "ids of mails are no addresses")


def _comma_list(site: Site) -> None:
    """ "Johanna Andersson, Anna ..." reads like "Andersson, Anna" from the middle on."""
    doubles = site.cast.doubles
    other, third = doubles["johanna"], doubles["anna-malmö"]
    draft = Draft()
    line = draft.say("Nycklar: {a.name}, Anna på kontoret.", a=other)
    place = site.file("projekt", "Lappar/nycklar.txt", text([line], draft))
    for anna in (doubles["anna"], third):
        site.book.confuse(anna, place)
    site.trap("comma list", [doubles["anna"], other], [place], "the comma stands between two persons")


def _short_form(site: Site) -> None:
    """No trap: the same person under a short name."""
    _note(site, "kort", "{a.called} hämtar släpet.", a=site.cast.doubles["lasse"])
