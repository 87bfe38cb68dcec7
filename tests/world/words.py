"""The words the made-up company is built of: given names, surname parts, streets, towns and phrases."""

from __future__ import annotations

from collections.abc import Sequence


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


GIVEN = _words(
    "Alva Amir Anders Agneta Astrid Axel Birgitta Bo Camilla Carl Cecilia Daniel Doris Ebba Eva Fatima Fredrik "
    "Greta Gunnar Göran Hanna Helena Henrik Hugo Inga Ingrid Ivar Jan Jenny Jesper Joakim Jörgen Kerstin Kjell "
    "Klara Kristina Lena Linnea Lisbet Lovisa Magnus Malin Märta Mikael Mohamed Monika Niklas Nils Nour Olof "
    "Oskar Patrik Peter Petra Ragnar Rebecka Rolf Samira Sara Sigrid Simon Sofia Stig Susanne Sven Tova Tommy Ulf "
    "Ulla Vera Vilgot Wilma Yasmin Yngve Zara Örjan Östen "
)

# Short forms that nobody disputes; the customers who bear one of these names are called by it now and then.
SHORT = {
    "Nils": "Nisse", "Olof": "Olle", "Mikael": "Micke", "Joakim": "Jocke", "Magnus": "Mange", "Ulf": "Uffe",
    "Rolf": "Roffe", "Kristina": "Stina", "Birgitta": "Gittan", "Sven": "Svenne", "Fredrik": "Fredde",
    "Henrik": "Henke", "Patrik": "Putte", "Susanne": "Sussie", "Anders": "Ante",
}  # fmt: skip

# Surnames are put together of these; the two lists of endings share none, so noise never has a person's name.
PREFIXES = _words(
    "Alm Ask Berg Björk Blom Brand Bäck Dahl Eke Elm Fager Falk Fors Gran Grön Gull Hag Hall Hed Heden Hol Häger "
    "Kall Kast Klint Korn Kvarn Käll Lager Lilje Lind Ljung Löf Mar Mos Myr Nord Ny Ring Ros Rund Råd Sand Silver "
    "Sjö Skog Sten Strand Ström Stål Sund Söder Tall Ting Törn Ull Vall Vass Vester Vik Väst Ång Åker Äng Ög "
    "Öster "
)

SUFFIXES = _words("blad crantz dén fjäll fors gren hammar hult kvist löf man norell qvist rot sten ström vall vik")
NOISE_SUFFIXES = _words("ander bro dorf ell heim ius kulla lander mo nius rup sson tun wall")

STREETS = _words("Påhitts Kvarn Ekorr Hittepå Rönnbärs Saga Snäck Tuvulls Vitsipps Ängsull Mosippe Trollslände")
STREET_ENDS = ("vägen", "gatan", "stigen", "gränd", "backen")
TOWNS = (
    ("Uppsala", "752"),
    ("Västerås", "722"),
    ("Örebro", "702"),
    ("Gävle", "803"),
    ("Växjö", "352"),
    ("Umeå", "903"),
    ("Kalmar", "392"),
    ("Falun", "791"),
    ("Östersund", "831"),
    ("Härnösand", "871"),
)

PRODUCTS = _words(
    "solceller bergvärme tilläggsisolering fönsterbyte takomläggning altan laddbox ventilation badrum kök"
)

SENTENCES = (
    "Vi återkommer med en tidplan så snart materialet är beställt.",
    "Priset gäller inklusive moms och frakt, med trettio dagars betalning.",
    "Arbetet beräknas ta två veckor och börjar när ställningen är på plats.",
    "Underlaget är fuktigt på norra sidan och måste torka innan vi fortsätter.",
    "Garantin på arbetet är fem år, på materialet enligt tillverkaren.",
    "Det blåste mer än väntat, så kranen fick vänta till veckan därpå.",
    "Rotavdraget dras direkt på fakturan och söks av oss hos myndigheten.",
    "Enligt besiktningen återstår tre punkter, alla mindre.",
    "Vi behöver tillgång till elcentralen mellan åtta och fyra.",
    "Skicka gärna bilder på fasaden innan vi kommer ut och mäter.",
    "Leveransen kom i rätt tid men två paket saknade skruv.",
    "Kostnaden för extra rivning tillkommer enligt överenskommelse.",
    "Färgprovet ska godkännas innan målningen börjar.",
    "Mötet flyttas en timme framåt på grund av trafiken.",
    "Ritningen är uppdaterad efter samtalet förra veckan.",
    "Tänk på att flytta bilarna från infarten den dagen.",
    "Vi tar med provbitar i tre olika träslag.",
    "Avfallet sorteras på plats och körs bort varje fredag.",
)


def surnames(suffixes: Sequence[str]) -> list[str]:
    """Every surname the parts make, in a fixed order; the two suffix lists share none."""
    return list(dict.fromkeys(prefix + suffix for prefix in PREFIXES for suffix in suffixes))
