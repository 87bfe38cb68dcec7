"""Headers of tables: which column is whose."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from scanner.formats.header import columns, entities, has_data
from scanner.records import IdType, Role

N, E, P = IdType.NAME, IdType.EMAIL, IdType.PHONE


def read(head: str, row: str) -> list[tuple[Role, list[tuple[IdType, str]]]]:
    found = columns(head.split(";"))
    assert found is not None
    return [
        (entity.role, [(fact.type, fact.value) for fact in entity.facts]) for entity in entities(found, row.split(";"))
    ]


def test_swedish_register() -> None:
    (role, facts), *others = read(
        "Kundnr;Förnamn;Efternamn;Personnummer;E-post;Mobil;Adress;Postnr;Ort;IBAN;Födelsedatum;Org.nr",
        "17;Vera;Ek;811218-9876;vera@ek.example;070-1;Storgatan 1;123 45;Lund;SE35;1981-12-18;556016-0680",
    )
    assert role is Role.OWNER
    assert others == []
    assert facts == [
        (N, "Vera Ek"),
        (IdType.CUSTOMER_NUMBER, "17"),
        (IdType.NATIONAL_ID, "811218-9876"),
        (E, "vera@ek.example"),
        (P, "070-1"),
        (IdType.IBAN, "SE35"),
        (IdType.BIRTH_DATE, "1981-12-18"),
        (IdType.ORGANISATION_NUMBER, "556016-0680"),
        (IdType.ADDRESS, "Storgatan 1 123 45 Lund"),
    ]


@pytest.mark.parametrize(
    "word",
    [
        "E-post",
        "Epost",
        "e-postadress",
        "Mejl",
        "EmailAddress",
        "E-mail 1 - Value",
        "E-mail Address",
        "E_MAIL",
        "Privat e-post",
        "Jobbmejl",
        "Contact Email",
        "Primary Email",
        "Email Home",
        "email2",
        "\ufeffMail",
    ],
)
def test_words_for_email(word: str) -> None:
    assert read(f"Namn;{word}", "Vera Ek;v@a.example") == [(Role.OWNER, [(N, "Vera Ek"), (E, "v@a.example")])]


@pytest.mark.parametrize(
    "word",
    [
        "Telefon",
        "Tel",
        "Tfn",
        "Mobilnr",
        "Hemtelefon",
        "Mobile Phone",
        "Phone 1 - Value",
        "tel.",
        "Telefon (hem)",
        "Telefon arbete",
        "Business Phone 2",
        "mobiltelefon",
    ],
)
def test_words_for_phone(word: str) -> None:
    assert read(f"Namn;{word}", "Vera Ek;070-1") == [(Role.OWNER, [(N, "Vera Ek"), (P, "070-1")])]


@pytest.mark.parametrize(
    "whose",
    [
        "Kontaktperson",
        "Säljare",
        "Handläggare",
        "Anhörig",
        "Maka/Make",
        "Förälder",
        "Spouse",
        "Manager",
        "Assistant",
        "Child",
        "Vårdnadshavare 1",
        "Närmast anhörig",
    ],
)
def test_other_persons_are_apart(whose: str) -> None:
    found = read(f"Namn;{whose};{whose} telefon", "Vera Ek;Bo Alm;070-2")
    assert found == [(Role.OWNER, [(N, "Vera Ek")]), (Role.RELATED, [(N, "Bo Alm"), (P, "070-2")])]


def test_unknown_qualifier_is_another_person() -> None:
    found = read("Namn;Flöjtspelarens e-post", "Vera Ek;bo@b.example")
    assert found == [(Role.OWNER, [(N, "Vera Ek")]), (Role.RELATED, [(E, "bo@b.example")])]


def test_two_guardians_are_two() -> None:
    found = read(
        "Elevens namn;Vårdnadshavare 1 namn;Vårdnadshavare 1 e-post;Vårdnadshavare 2 namn;Vårdnadshavare 2 e-post",
        "Kid;One;1@a.example;Two;2@a.example",
    )
    assert [facts for _, facts in found] == [
        [(N, "Kid")],
        [(N, "One"), (E, "1@a.example")],
        [(N, "Two"), (E, "2@a.example")],
    ]


@pytest.mark.parametrize(
    "head",
    [
        "Namn 1;E-post 1;Namn 2;E-post 2",
        "Namn;E-post;Namn;E-post",
        "Billing Name;Billing Email;Shipping Name;Shipping Email",
    ],
)
def test_two_persons_side_by_side(head: str) -> None:
    assert [facts for _, facts in read(head, "A;a@a.example;B;b@a.example")] == [
        [(N, "A"), (E, "a@a.example")],
        [(N, "B"), (E, "b@a.example")],
    ]


def test_outlook_export() -> None:
    found = read(
        "First Name;Middle Name;Last Name;Company;Business Street;Home Phone;E-mail Address;E-mail Display Name;"
        "Manager's Name",
        "Vera;Y;Ek;Acme;Gata 2;08-1;v@a.example;Vera Ek (v@a.example);Bo",
    )
    assert found == [
        (Role.OWNER, [(N, "Vera Ek"), (N, "Vera Y Ek"), (P, "08-1"), (E, "v@a.example"), (IdType.ADDRESS, "Gata 2")]),
        (Role.RELATED, [(N, "Bo")]),
    ]


def test_google_export_with_many_values() -> None:
    found = read(
        "Name;Given Name;Family Name;E-mail 1 - Type;E-mail 1 - Value;E-mail 2 - Value;Relation 1 - Value;"
        "Organization 1 - Name;Address 1 - Formatted",
        "Vera Ek;Vera;Ek;* Home;v@a.example ::: w@a.example;x@a.example;Bo;Acme;Gata 2",
    )
    assert found[0][1] == [
        (N, "Vera Ek"),
        (E, "v@a.example"),
        (E, "w@a.example"),
        (E, "x@a.example"),
        (IdType.ADDRESS, "Gata 2"),
    ]
    assert found[1] == (Role.RELATED, [(N, "Bo")])


@pytest.mark.parametrize(
    "row", ["Vera Ek;Vera;Ek;vera@ek.example", "Anna;Andersson;Stockholm", "1;2;3", ";;", "Vera;Mobil;Ring sen"]
)
def test_data_is_no_header(row: str) -> None:
    assert columns(row.split(";")) is None


def test_header_without_persons_is_still_a_header() -> None:
    found = columns(["Datum", "Belopp", "Kommentar"])
    assert found is not None
    assert entities(found, ["2026-01-01", "5", "x"]) == []


def test_company_columns_are_not_the_persons() -> None:
    assert read("Namn;Company Name;Company Phone;Produktnamn", "Vera Ek;Acme;08-1;Stol") == [
        (Role.OWNER, [(N, "Vera Ek")])
    ]


def test_header_with_data_and_short_rows() -> None:
    assert has_data(["Namn", "vera@ek.example"])
    assert not has_data(["Namn", "E-post"])
    found = columns(["Namn", "E-post"])
    assert found is not None
    assert entities(found, []) == []


OUTLOOK = {
    "en": "First Name;Middle Name;Last Name;Business Phone;Business Phone 2;E-mail Address;E-mail Display Name;"
    "E-mail 2 Address;E-mail 2 Display Name;Assistant's Name;Children;Manager's Name;Referred By;Spouse",
    "sv": "Förnamn;Mellannamn;Efternamn;Telefon (arbete);Telefon 2 (arbete);E-postadress;E-post - visat namn;"
    "E-postadress 2;E-post 2 - visat namn;Assistentens namn;Barn;Chefens namn;Rekommenderad av;Make/maka",
    "de": "Vorname;Weitere Vornamen;Nachname;Telefon geschäftlich;Telefon geschäftlich 2;E-Mail-Adresse;"
    "E-Mail: Angezeigter Name;E-Mail 2: Adresse;E-Mail 2: Angezeigter Name;Name Assistent;Kinder;"
    "Name des/der Vorgesetzten;Empfohlen von;Partner",
}


@pytest.mark.parametrize("language", OUTLOOK)
def test_outlook_in_its_languages(language: str) -> None:
    """The second address and its display name are the same person's, whatever their number."""
    found = read(OUTLOOK[language], "Vera;;Ek;08-1;08-2;v@a.example;Vera Ek;w@a.example;V. Ek;A;B;C;D;E")
    assert set(found[0][1]) == {
        (N, "Vera Ek"),
        (N, "V. Ek"),
        (P, "08-1"),
        (P, "08-2"),
        (E, "v@a.example"),
        (E, "w@a.example"),
    }
    assert found[1:] == [(Role.RELATED, [(N, name)]) for name in "ABCDE"]


def test_several_names_in_one_cell_are_several_persons() -> None:
    found = read("Name;E-mail 1 - Value;Relation 1 - Value", "Vera Ek;v@a.example;Bo ::: Cia")
    assert found == [
        (Role.OWNER, [(N, "Vera Ek"), (E, "v@a.example")]),
        (Role.RELATED, [(N, "Bo")]),
        (Role.RELATED, [(N, "Cia")]),
    ]


def test_whom_to_talk_to() -> None:
    assert read("Butik;Kontakt;Ort", "Blomman;Vera Ek;Lund") == [(Role.RELATED, [(N, "Vera Ek")])]
    assert read("Leverantör;Kontakt;Tel", "Acme;Vera Ek;08-1") == [
        (Role.RELATED, [(N, "Vera Ek")]),
        (Role.OWNER, [(P, "08-1")]),
    ]
    assert columns(["Vera", "Kontakt", "Ring sen"]) is None


def facts_of(head: str, row: str) -> list[set[str]]:
    return [{value for _, value in facts} for _, facts in read(head, row)]


@pytest.mark.parametrize(
    ("name", "both"),
    [
        ("Bo Ek & Åsa Öberg", {"Bo Ek", "Åsa Öberg"}),
        ("Erik och Åsa Berg", {"Erik Berg", "Åsa Berg"}),
        ("Bo Ek/Åsa Öberg", {"Bo Ek", "Åsa Öberg"}),
        ("Bo Ek\nÅsa Öberg", {"Bo Ek", "Åsa Öberg"}),
        ("Bo Ek, Åsa Öberg", {"Bo Ek", "Åsa Öberg"}),
        ("Ek, Bo & Öberg, Åsa", {"Ek, Bo", "Öberg, Åsa"}),
        ("Berg, Erik och Åsa", {"Berg, Erik", "Berg, Åsa"}),
        ("Åsa Öberg c/o Bo Ek", {"Åsa Öberg", "Bo Ek"}),
    ],
)
def test_two_persons_in_one_name_cell_are_tied_to_nothing(name: str, both: set[str]) -> None:
    found = facts_of("Namn|E-post|Telefon".replace("|", ";"), f"{name};bo@a.example,asa@a.example;070-1")
    assert found == [*({one} for one in sorted(both, key=name_place(name))), *EACH]


EACH = [{"bo@a.example"}, {"asa@a.example"}, {"070-1"}]


def name_place(name: str) -> Callable[[str], int]:
    return lambda one: name.find(one.replace("Berg, ", "").replace("Erik Berg", "Erik"))


def test_two_persons_with_a_semicolon_and_in_parts() -> None:
    found = columns(["Namn", "E-post"])
    assert found is not None
    parts = entities(found, ["Bo Ek; Åsa Öberg", "bo@a.example"])
    assert [[fact.value for fact in one.facts] for one in parts] == [["Bo Ek"], ["Åsa Öberg"], ["bo@a.example"]]
    assert facts_of("Förnamn;Efternamn;Mobil", "Bo & Åsa;Ek;070-1") == [{"Bo Ek"}, {"Åsa Ek"}, {"070-1"}]


@pytest.mark.parametrize(
    "name",
    [
        "Ek, Bo",
        "Berg Ek, Anna Maria",
        "von Essen, Carl Gustaf",
        "Ek & Co",
        "Bo Ek/Acme AB",
        "Bo Ek\nVD",
        "Anna-Karin Ek",
    ],
)
def test_one_person_or_firm_stays_whole(name: str) -> None:
    assert facts_of("Namn;E-post", f"{name};v@a.example") == [{name, "v@a.example"}]


@pytest.mark.parametrize(
    ("head", "groups"),
    [
        ("Hyresgäst;Personnr;Kontakt;Tel;Mail", ["b", "c", "de"]),
        ("Köpare;E-post;Mottagare;Telefon", ["b", "c", "d"]),
        ("Namn;Säljare;E-post;Telefon;Kundnr", ["ae", "b", "cd"]),
        ("Säljare;Telefon;Namn;E-post", ["a", "b", "cd"]),
        ("Säljare;E-post", ["a", "b"]),
        ("Köpare;E-post;Faktura till;Fakturamejl", ["b", "cd"]),
        ("Faktura till;Fakturamejl", ["ab"]),
        ("Köpare;E-post;Hyresgäst;Telefon", ["b", "d"]),
        ("Hyresgäst 1;Hyresgäst 2;Telefon 1;Telefon 2;E-post 1;E-post 2", ["ace", "bdf"]),
        ("Namn 1;Namn 2;E-post", ["a", "b", "c"]),
        ("Namn;Personnr;Personnummer;Telefon", ["ab", "cd"]),
        ("Namn;Anhörig;Anhörig telefon;E-post", ["ad", "bc"]),
        ("Namn;E-post;Anhörig;Anhörig telefon;Mejl;E-post arbete", ["ab", "cd", "ef"]),
        ("Kundnamn;Säljare;Kundens e-post;Telefon", ["acd", "b"]),
    ],
)
def test_whose_the_columns_are_after_another_person(head: str, groups: list[str]) -> None:
    found = facts_of(head, ";".join("abcdef"[: head.count(";") + 1]))
    assert sorted("".join(sorted("".join(one).replace(" ", ""))) for one in found) == sorted(groups)


def test_two_national_ids_are_never_one_persons() -> None:
    found = facts_of("Namn;Personnr", "Bo Ek;811218-9876, 700101-2397")
    assert found == [{"Bo Ek"}, {"811218-9876, 700101-2397"}]


def test_a_person_in_a_header_is_text() -> None:
    assert has_data(["Datum", "Tid", "Åsa Öberg"])
    assert has_data(["Namn", "Säljare Bo"])
    assert has_data(["Namn", "Åsa Öbergs telefon"])
    assert not has_data(["Datum", "Kundens e-post", "Hyresgäst 2", "Anhörig telefon", "Kontaktpersonens namn"])
