"""LDIF after the examples of RFC 2849, and as Thunderbird and directories export it."""

from __future__ import annotations

import base64

import pytest

from scanner.blob import Blob
from scanner.formats.base import Found, Nested
from scanner.formats.contacts import ldif
from scanner.limits import Limits
from scanner.records import IdType, Record, Role

N, E, P = IdType.NAME, IdType.EMAIL, IdType.PHONE


def extract(content: str | bytes) -> list[Found]:
    data = content if isinstance(content, bytes) else content.encode()
    return list(ldif.FORMAT.extract(Blob(data, "a.ldif"), Limits()))


def read(content: str | bytes) -> list[Record]:
    return [one for one in extract(content) if isinstance(one, Record)]


def people(record: Record) -> list[tuple[str, list[tuple[IdType, str]]]]:
    return [(entity.role.value, [(fact.type, fact.value) for fact in entity.facts]) for entity in record.entities]


def coded(value: str, codec: str = "utf-8") -> str:
    return base64.b64encode(value.encode(codec)).decode()


def test_a_person() -> None:
    (found,) = read(
        "version: 1\n\ndn: cn=Vera Ek,ou=Folk,dc=a,dc=example\nobjectclass: top\nobjectClass: person\ncn: Vera Ek\n"
        "givenName: Vera\nsn: Ek\nmail: v@a.example\nmail: w@a.example\nmozillaSecondEmail: x@a.example\n"
        "proxyAddresses: SMTP:y@a.example\ntelephoneNumber;lang-sv: 070-1\nmobile: 070-2\nhomePhone: 08-3\n"
        "street: Gata 1\npostalCode: 12345\nl: Lund\nemployeeNumber: 4711\nmozillaNickname: Verisen\n"
        "postalAddress: Box 2 $ 12346 Lund\n"
    )
    assert (found.steps, found.kind) == (("card 1",), "card")
    assert people(found) == [
        (
            "owner",
            [
                (N, "Vera Ek"),
                (E, "v@a.example"),
                (E, "w@a.example"),
                (E, "x@a.example"),
                (E, "y@a.example"),
                (P, "070-1"),
                (P, "070-2"),
                (P, "08-3"),
                (IdType.ADDRESS, "Box 2 12346 Lund"),
                (IdType.ADDRESS, "Gata 1 12345 Lund"),
            ],
        )
    ]
    said = found.texts[0][1].split("\n")
    assert {"4711", "Verisen", "cn=Vera Ek,ou=Folk,dc=a,dc=example"} <= set(said)
    assert "person" not in said


@pytest.mark.parametrize("codec", ["utf-8", "cp1252"])
def test_base64_and_folds(codec: str) -> None:
    name = coded("Åsa Öberg", codec)
    (found,) = read(f"dn:: {coded('cn=Åsa,dc=a')}\ncn:: {name[:6]}\n {name[6:]}\nmail: asa@a.ex\n ample\n")
    assert people(found) == [("owner", [(N, "Åsa Öberg"), (E, "asa@a.example")])]
    assert "cn=Åsa,dc=a" in found.texts[0][1]


def test_those_it_refers_to_are_others() -> None:
    (found,) = read(
        "dn: cn=Vera\ncn: Vera\nmanager: cn=Bo \\C3\\85lm\\, chef,ou=x,dc=a\nsecretary: mail=c@a.example,cn=Cia\n"
    )
    assert people(found) == [
        ("owner", [(N, "Vera")]),
        ("related", [(N, "Bo Ålm, chef")]),
        ("related", [(E, "c@a.example"), (N, "Cia")]),
    ]
    assert "Bo Ålm" in found.texts[0][1]


def test_a_list_is_nobody_and_names_its_members() -> None:
    (found,) = read("dn: cn=Laget\nobjectclass: groupOfNames\ncn: Laget\nmember: cn=Vera Ek,mail=v@a.example\n")
    assert people(found) == [("related", [(N, "Vera Ek"), (E, "v@a.example")])]
    assert "Laget" in found.texts[0][1]


def test_entries_count_and_comments_stay() -> None:
    found = read(
        "# Bos lista\n#  b@a.example\n\ndn: cn=A\ncn: A\n# om c@a.\n example\n\n\ndn: cn=B\ncn: B\ndn: cn=C\ncn: C\n"
    )
    assert [one.steps for one in found] == [("card 1",), ("card 2",), ("card 3",), ()]
    assert "om c@a.example" in found[0].texts[0][1]
    assert found[-1].texts == [(Role.BODY, "Bos lista\nb@a.example")]


def test_changes() -> None:
    (found,) = read(
        "dn: cn=Vera\r\nchangetype: modify\r\nadd: mail\r\nmail: v@a.example\r\n-\r\n"
        "delete: mobile\r\nmobile: 070-1\r\n-\r\n"
    )
    assert people(found) == [("owner", [(E, "v@a.example"), (P, "070-1")])]


def test_pictures_and_links() -> None:
    jpeg = b"\xff\xd8\xff\xe0" + bytes(range(256))
    found = extract(
        f"dn: cn=Vera\njpegPhoto:: {base64.b64encode(jpeg).decode()}\njpegPhoto:< file:///vera.jpg\n"
        f"cert:: {base64.b64encode(bytes(50) + b'v@a.example' + bytes(50)).decode()}\n"
    )
    (picture,) = [one for one in found if isinstance(one, Nested)]
    assert (picture.steps, picture.kind, picture.blob.data()) == (("card 1", "part image1.jpg"), "image", jpeg)
    (record,) = [one for one in found if isinstance(one, Record)]
    assert "file:///vera.jpg" in record.texts[0][1]
    assert "v@a.example" in record.texts[0][1]


@pytest.mark.parametrize("data", ["", "dn:", "dn:: !!!", "dn: x\n:\n: y\n", " \n \nx", "\n\n\n"])
def test_oddities_do_not_raise(data: str) -> None:
    extract(data)


def test_many_entries_in_linear_time() -> None:
    assert len(read("dn: cn=A\ncn: A\nmail: a@a.example\n\n" * 5000)) == 5000
    assert len(read("dn: cn=A\ndescription: x\n" + " y\n" * 50_000)) == 1
