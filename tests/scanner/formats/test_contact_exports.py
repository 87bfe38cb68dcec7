"""Contacts as accounts and phones export them to CSV: their real headers, made-up persons."""

from __future__ import annotations

import pytest

from scanner.blob import Blob
from scanner.expand import expand
from scanner.limits import Limits
from scanner.records import IdType, Record, Role

N, E, P, A = IdType.NAME, IdType.EMAIL, IdType.PHONE, IdType.ADDRESS

GOOGLE_OLD = (
    "Name,Given Name,Additional Name,Family Name,Yomi Name,Nickname,Birthday,Location,Notes,Group Membership,"
    "E-mail 1 - Type,E-mail 1 - Value,E-mail 2 - Type,E-mail 2 - Value,IM 1 - Value,Phone 1 - Type,Phone 1 - Value,"
    "Address 1 - Formatted,Address 1 - Street,Address 1 - City,Organization 1 - Name,Relation 1 - Type,"
    "Relation 1 - Value,Website 1 - Value\r\n"
    "Åsa Ek,Åsa,,Ek,,,1981-12-18,,semla,* myContacts,* Home,a@a.example ::: b@a.example,Work,c@a.example,,Mobile,"
    "070-1 ::: 070-2,Gata 1 Lund,Gata 1,Lund,Acme,Spouse,Bo Alm,\r\n"
)
GOOGLE_NEW = (
    "First Name,Middle Name,Last Name,Phonetic First Name,Nickname,File As,Organization Name,Birthday,Notes,Labels,"
    "E-mail 1 - Label,E-mail 1 - Value,Phone 1 - Label,Phone 1 - Value,Relation 1 - Label,Relation 1 - Value\n"
    "Åsa,,Ek,,,,Acme,,semla,* myContacts,* ,a@a.example,Mobile,070-1,spouse,Bo Alm\n"
)
OUTLOOK_SV = (
    '"Titel","Förnamn","Mellannamn","Efternamn","Företag","Gatuadress (hem)","Ort (hem)","Telefon (arbete)",'
    '"Mobiltelefon","Make/maka","Anteckningar","E-postadress","E-postadress 2"\r\n'
    '"","Åsa","","Ek","Acme","Gata 1","Lund","08-1","070-1","Bo Alm","rad ett\r\nrad två",'
    '"a@a.example","b@a.example"\r\n'
)
THUNDERBIRD = (
    "First Name,Last Name,Display Name,Nickname,Primary Email,Secondary Email,Work Phone,Home Phone,Mobile Number,"
    "Home Address,Home City,Birth Year,Custom 1,Notes\n"
    "Åsa,Ek,Åsa Ek,,a@a.example,b@a.example,08-1,,070-1,Gata 1,Lund,1981,,semla\n"
)
NOKIA = (
    '"Title";"First name";"Middle name";"Last name";"Company";"General mobile";"General e-mail";"Home mobile";'
    '"Assistant name";"Spouse";"Notes"\r\n"";"Åsa";"";"Ek";"Acme";"070-1";"a@a.example";"070-2";"";"Bo Alm";"semla"\r\n'
)
YAHOO = (
    "First,Middle,Last,Nickname,Email,Category,Home,Mobile,Alternate Email 1,Company\n"
    "Åsa,,Ek,,a@a.example,,,070-1,b@a.example,\n"
)
SONY = "sep=;\r\nName;Mobile;Home;Work;Email;Company;Street;City\r\nÅsa Ek;070-1;;;a@a.example;Acme;Gata 1;Lund\r\n"


def first_row(data: bytes, name: str) -> Record:
    found = {one.steps: one for one in expand(Blob(data, name), Limits()) if isinstance(one, Record)}
    return found[("row 1",)]


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize(
    ("export", "name", "owner", "others"),
    [
        (
            GOOGLE_OLD,
            "contacts.csv",
            {(N, "Åsa Ek"), (E, "a@a.example"), (E, "b@a.example"), (E, "c@a.example"), (P, "070-1"), (P, "070-2")},
            ["Bo Alm"],
        ),
        (GOOGLE_NEW, "contacts.csv", {(N, "Åsa Ek"), (E, "a@a.example"), (P, "070-1")}, ["Bo Alm"]),
        (
            OUTLOOK_SV,
            "contacts.csv",
            {(N, "Åsa Ek"), (E, "a@a.example"), (E, "b@a.example"), (P, "070-1"), (P, "08-1"), (A, "Gata 1 Lund")},
            ["Bo Alm"],
        ),
        (
            OUTLOOK_SV.replace('","', '"\t"'),
            "kontakter.txt",
            {(N, "Åsa Ek"), (E, "a@a.example"), (E, "b@a.example"), (P, "070-1"), (P, "08-1")},
            ["Bo Alm"],
        ),
        (
            THUNDERBIRD,
            "adresser.csv",
            {(N, "Åsa Ek"), (E, "a@a.example"), (E, "b@a.example"), (P, "070-1"), (P, "08-1"), (A, "Gata 1 Lund")},
            [],
        ),
        (NOKIA, "nokia.csv", {(N, "Åsa Ek"), (E, "a@a.example"), (P, "070-1"), (P, "070-2")}, ["Bo Alm"]),
        (YAHOO, "yahoo.csv", {(N, "Åsa Ek"), (E, "a@a.example"), (E, "b@a.example"), (P, "070-1")}, []),
        (SONY, "sony.csv", {(N, "Åsa Ek"), (E, "a@a.example"), (P, "070-1"), (A, "Gata 1 Lund")}, []),
    ],
)
def test_exports(codec: str, export: str, name: str, owner: set[tuple[IdType, str]], others: list[str]) -> None:
    found = first_row(export.encode(codec), name)
    mine = [entity for entity in found.entities if entity.role is Role.OWNER]
    assert len(mine) == 1
    facts = {(fact.type, fact.value) for fact in mine[0].facts}
    assert owner <= facts
    assert {fact for fact in facts if fact[0] is not A} - owner <= {(IdType.BIRTH_DATE, "1981-12-18")}
    assert [[f.value for f in entity.facts] for entity in found.entities if entity.role is Role.RELATED] == [
        [other] for other in others
    ]
    assert "semla" in found.texts[0][1] or "semla" not in export
