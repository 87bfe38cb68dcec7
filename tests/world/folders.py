"""The folder sources: each customer's own folder, applications, projects and the registers."""

from __future__ import annotations

from tests.world.model import Person
from tests.world.office import docx, odt, xlsx
from tests.world.papers import html, pdf, picture, table, text
from tests.world.site import Site
from tests.world.truth import Draft, Piece
from tests.world.words import PRODUCTS

COLUMNS = {
    "Kundnr": "{a.customer}",
    "Namn": "{a.name}",
    "Personnummer": "{a.id}",
    "E-post": "{a.email}",
    "Mobil": "{a.phone}",
    "Adress": "{a.street}",
    "Postnr": "{a.postcode}",
    "Ort": "{a.city}",
}
SPLIT = {
    "Kundnr": "{a.customer}",
    "Förnamn": "{a.first}",
    "Efternamn": "{a.last}",
    "Personnummer": "{a.id_plain}",
    "E-post": "{a.email_upper}",
    "Mobil": "{a.phone_plus}",
    "Adress": "{a.street}",
    "Postnr": "{a.postcode}",
    "Ort": "{a.city}",
}


def own_folders(site: Site) -> None:
    """kunder/<Name>/: quote, invoice, receipt, contract, project notes, pictures."""
    for number, one in enumerate(site.cast.buyers):
        _own_folder(site, one, number)


def applications(site: Site) -> None:
    """ansökningar/: each names one applicant and nobody else."""
    for number, one in enumerate(site.cast.applicants):
        draft = Draft()
        lines = [
            draft.say("Ansökan: montör, {a.name}", a=one),
            draft.say("Personnummer {a.id10}", a=one) if number % 2 else "Sökande nedan",
            draft.say("{a.email}, tel {a.phone_trunk}", a=one),
            draft.say("{a.address}", a=one),
            "Erfarenhet:",
            *site.filler(8),
        ]
        piece = pdf([(lines, draft)]) if number % 2 else docx(lines, draft)
        site.file(
            "ansokningar", f"{2021 + number % 4}/ansökan-{number + 1:03d}.{'pdf' if number % 2 else 'docx'}", piece
        )


def applicants(site: Site) -> None:
    """ansökningar/: a list of all who applied, and the mails of every second one, with the application attached."""
    columns = {"Namn": "{a.name}", "E-post": "{a.email}", "Telefon": "{a.phone_plus}", "Ort": "{a.city}"}
    rows = [_row(one, columns) for one in site.cast.applicants]
    site.file("ansokningar", "sökande.xlsx", xlsx([("Sökande", list(columns), rows)]))


def register(site: Site) -> None:
    """kunder/Register: everybody in one workbook and one csv, and a sheet of those who left in 2019."""
    buyers = site.cast.buyers
    header, rows = list(COLUMNS), [_row(one, COLUMNS) for one in buyers]
    old = [_old_row(one, number) for number, one in enumerate(buyers[::3])]
    book = xlsx([("Kunder", header, rows), ("Arkiv 2019", ["Namn", "Telefon", "Adress", "Postnr", "Ort"], old)])
    site.file("kunder", "Register/kundregister.xlsx", book)
    site.file("kunder", "Register/kundregister.csv", table(list(SPLIT), [_row(one, SPLIT) for one in buyers]))


def projects(site: Site) -> None:
    """projekt/: minutes that name several persons, and lists of participants."""
    buyers = site.cast.buyers
    for number in range(max(3, len(buyers) // 6)):
        group = site.rng.sample(buyers, 5)
        _minutes(site, number, group)
        _participants(site, number, group)


def _own_folder(site: Site, one: Person, number: int) -> None:
    rng, year = site.rng, 2018 + number % 8
    folder = one.folder or one.name
    product = rng.choice(PRODUCTS)
    files = {
        f"offert-{year}-{number:04d}.docx": _quote(site, one, product),
        f"faktura-{year}-{number:04d}.pdf": _invoice(site, one, product, number),
        f"kvitto-{year}-{number:04d}.txt": _receipt(one, number),
        f"projekt/anteckningar.{('txt', 'odt', 'html')[number % 3]}": _notes(site, one, number),
    }
    if number % 2:
        files[f"avtal-{year}.{'pdf' if number % 4 == 1 else 'docx'}"] = _contract(site, one, pages=number % 4 == 1)
    for name, piece in files.items():
        site.file("kunder", f"{folder}/{name}", piece, owner=one)
    for picture_number in range(1 + number % 2):
        shade = 25 * rng.randrange(10)
        path = f"{folder}/bilder/IMG_{1000 + 2 * number + picture_number}.jpg"
        site.images.append(site.file("kunder", path, Piece(picture(shade)), owner=one))


def _quote(site: Site, one: Person, product: str) -> Piece:
    draft = Draft()
    lines = [
        f"Offert: {product}",
        draft.say("Till {a.name}", a=one).replace(one.last, f"{one.last[:2]}|{one.last[2:]}"),
        draft.say("{a.address}", a=one),
        draft.say("E-post {a.email}, telefon {a.phone}. Kundnummer {a.customer}.", a=one),
        *site.filler(10),
        draft.say("Er kontakt hos oss: {s.name}", s=site.rng.choice(site.staff)),
    ]
    price = site.rng.randrange(9, 250) * 1000
    return docx(lines, draft, [("Artikel", "Antal", "Pris"), (product, "1", f"{price} kr"), ("Frakt", "1", "490 kr")])


def _invoice(site: Site, one: Person, product: str, number: int) -> Piece:
    first = Draft()
    lines = [
        "Invex AB   Faktura",
        f"Fakturanummer 2{number:05d}   Fakturadatum {site.day():%Y-%m-%d}",
        first.say("{a.name}", a=one),
        first.say("{a.address}", a=one),
        first.say("Kundnummer {a.customer}", a=one),
        f"{product}   Summa {site.rng.randrange(9, 250) * 1000} kr",
    ]
    return pdf([(lines, first), (["Villkor", *site.filler(6)], None)])


def _receipt(one: Person, number: int) -> Piece:
    """The name alone, in an encoding of its own: what makes it hers is the folder."""
    draft = Draft()
    lines = [
        "INVEX AB",
        f"Kvitto nr {number:06d}",
        draft.say("Kund: {a.upper}", a=one),
        "Tack för besöket, välkommen åter",
    ]
    return text(lines, draft, ("utf-8", "iso-8859-1", "utf-16")[number % 3])


def _notes(site: Site, one: Person, number: int) -> Piece:
    draft = Draft()
    lines = site.filler(4)
    if number % 5:  # every fifth says nothing of anybody: it is hers by where it lies
        lines.insert(1, draft.say("Ringde {a.name} på {a.phone_plain} om färgen.", a=one))
        lines.append(draft.say("{a.genitive} altan mäts om på fredag.", a=one))
    kind = (text, odt)[number % 3] if number % 3 < 2 else None
    return kind(lines, draft) if kind else html("Projektanteckningar", lines, draft)


def _contract(site: Site, one: Person, *, pages: bool) -> Piece:
    draft = Draft()
    lines = [
        "AVTAL om utförande av arbete",
        draft.say("mellan Invex AB och {a.name}, personnummer {a.id}, nedan kallad kunden.", a=one),
        *site.filler(6),
    ]
    wed = [other for other in site.cast.all for tie in one.relations if tie.kind == "spouse" and tie.other == other.id]
    lines += [draft.say("Även {b.name} ska kunna nås i ärendet.", b=other) for other in wed]
    return pdf([(lines, draft)]) if pages else docx(lines, draft)


def _row(one: Person, columns: dict[str, str]) -> tuple[list[str], Draft]:
    draft = Draft()
    if "Efternamn" in columns:
        draft.say("{a.name}", a=one)
    return [draft.entity(template, one) for template in columns.values()], draft


def _old_row(one: Person, number: int) -> tuple[list[str], Draft]:
    """By turns: name and phone, name and address, the name alone."""
    draft = Draft()
    phone = draft.entity("{a.phone}", one) if number % 3 == 0 else ""
    home = (
        [draft.entity(part, one) for part in ("{a.street}", "{a.postcode}", "{a.city}")]
        if number % 3 == 1
        else [""] * 3
    )
    return [draft.entity("{a.reversed}", one), phone, *home], draft


def _minutes(site: Site, number: int, group: list[Person]) -> None:
    draft = Draft()
    first, second, third, *rest = group
    lines = [
        f"Protokoll projektmöte {number + 1}",
        "Närvarande:",
        *(draft.say("- {a.name}", a=one) for one in (first, second, third)),
        draft.say("Anmält förhinder: {a.name} ({a.email})", a=rest[0]),
        *site.filler(5),
        draft.say("{a.name} tar med ritningen. {b.called} nås på {b.phone_zeros}.", a=first, b=rest[1]),
        draft.say("Vid protokollet: {s.name}", s=site.staff[number % len(site.staff)]),
    ]
    kind = number % 3
    piece = docx(lines, draft) if kind == 0 else odt(lines, draft) if kind == 1 else pdf([(lines, draft)])
    site.file("projekt", f"Protokoll/möte-{number + 1:03d}.{('docx', 'odt', 'pdf')[kind]}", piece)


def _participants(site: Site, number: int, group: list[Person]) -> None:
    columns = {"Namn": "{a.name}", "E-post": "{a.email}", "Telefon": "{a.phone}"}
    rows = [_row(one, columns) for one in group]
    rows[-1] = _row(group[-1], {"Namn": "{a.reversed}", "E-post": "", "Telefon": ""})
    name = f"Deltagare/lista-{number + 1:03d}"
    if number % 2:
        encoding = ("utf-8-sig", "utf-16", "cp1252")[number // 2 % 3]
        site.file("projekt", f"{name}.csv", table(list(columns), rows, encoding))
    else:
        site.file("projekt", f"{name}.xlsx", xlsx([("Blad1", list(columns), rows)]))
