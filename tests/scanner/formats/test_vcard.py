"""Contacts as phones write them."""

from __future__ import annotations

import base64
import binascii
import os

import pytest

from scanner.blob import Blob
from scanner.formats.base import Nested
from scanner.formats.contacts import vcard
from scanner.formats.sniff import sniff
from scanner.limits import Limits
from scanner.records import IdType, Record, Role


def read(data: bytes | str) -> list[Record]:
    raw = data.encode() if isinstance(data, str) else data
    return [one for one in vcard.FORMAT.extract(Blob(raw, "a.vcf"), Limits()) if isinstance(one, Record)]


def card(*lines: str, version: str = "3.0") -> str:
    return "\r\n".join(["BEGIN:VCARD", f"VERSION:{version}", *lines, "END:VCARD", ""])


def owner(record: Record) -> dict[IdType, list[str]]:
    found: dict[IdType, list[str]] = {}
    for entity in record.entities:
        if entity.role is Role.OWNER:
            for fact in entity.facts:
                found.setdefault(fact.type, []).append(fact.value)
    return found


def related(record: Record) -> list[tuple[str, ...]]:
    return [tuple(f.value for f in entity.facts) for entity in record.entities if entity.role is Role.RELATED]


def test_one_card() -> None:
    (found,) = read(
        card(
            "FN:Åsa Öberg",
            "N:Öberg;Åsa;;;",
            "item1.EMAIL;TYPE=INTERNET:asa@a.example",
            "TEL;TYPE=CELL:070-1",
            "ADR;TYPE=HOME:;;Gata 1;Lund;;12345;Sverige",
            "BDAY:1981-12-18",
            "ORG:Acme",
            "NOTE:rad\\n två\\, tre",
            "X-OKANT:något",
            "UID:uid@a.example",
            "X-ABUID:also@a.example",
        )
    )
    assert (found.steps, found.kind) == (("card 1",), "card")
    assert owner(found) == {
        IdType.NAME: ["Åsa Öberg"],
        IdType.EMAIL: ["asa@a.example"],
        IdType.PHONE: ["070-1"],
        IdType.ADDRESS: ["Gata 1 12345 Lund"],
        IdType.BIRTH_DATE: ["1981-12-18"],
    }
    assert found.texts == [(Role.BODY, "Acme\nrad\n två, tre\nnågot")]


def test_structured_name_that_differs_is_another_fact() -> None:
    (found,) = read(card("FN:Vera på kontoret", "N:Ek;Vera;Lo;;"))
    assert owner(found)[IdType.NAME] == ["Vera på kontoret", "Vera Ek", "Vera Lo Ek"]


@pytest.mark.parametrize("codec", ["utf-8", "shift_jis"])
def test_quoted_printable_with_soft_breaks(codec: str) -> None:
    name = "漢字 " * 12 if codec == "shift_jis" else "Åsa Öberg från Växjö " * 4
    quoted = binascii.b2a_qp(name.strip().encode(codec)).decode()
    assert "=\n" in quoted
    (found,) = read(
        card(f"FN;CHARSET={codec.upper()};ENCODING=QUOTED-PRINTABLE:{quoted}", "TEL;CELL:070-1", version="2.1")
    )
    assert owner(found)[IdType.NAME] == [name.strip()]
    assert owner(found)[IdType.PHONE] == ["070-1"]


def test_photos_are_passed_over() -> None:
    photo = base64.encodebytes(os.urandom(3000)).decode().strip()
    folded = photo.replace("\n", "\r\n ")
    for one in (f"PHOTO;ENCODING=BASE64;JPEG:{photo}\n", f"PHOTO;ENCODING=b;TYPE=JPEG:{folded}"):
        (found,) = read(card("FN:Vera", one, "EMAIL:v@a.example", version="2.1"))
        assert owner(found) == {IdType.NAME: ["Vera"], IdType.EMAIL: ["v@a.example"]}
        assert found.texts == []


@pytest.mark.parametrize(
    "line",
    ["PHOTO;ENCODING=BASE64;JPEG:{}", "PHOTO;ENCODING=b;TYPE=JPEG:{}", "PHOTO:data:image/jpeg;base64,{}"],
)
def test_photos_are_pictures_of_their_own(line: str) -> None:
    jpeg = b"\xff\xd8\xff\xe0" + bytes(range(200))
    data = card("FN:Vera", line.format(base64.b64encode(jpeg).decode()), "TEL:070-1").encode()
    found = list(vcard.FORMAT.extract(Blob(data, "a.vcf"), Limits()))
    (photo,) = [one for one in found if isinstance(one, Nested)]
    assert (photo.steps, photo.kind, photo.blob.data()) == (("card 1", "part photo.jpg"), "image", jpeg)
    (record,) = [one for one in found if isinstance(one, Record)]
    assert owner(record) == {IdType.NAME: ["Vera"], IdType.PHONE: ["070-1"]}
    assert record.texts == []


def test_what_else_is_encoded_is_text() -> None:
    key = base64.b64encode(b"\x99\1\2" + b"Vera Ek <v@a.example>" + bytes(20)).decode()
    (found,) = read(card("FN:Vera", f"KEY;ENCODING=b:{key}"))
    assert "Vera Ek <v@a.example>" in found.texts[0][1]


def test_values_of_unknown_use_are_text() -> None:
    (found,) = read(
        card(
            "FN:Vera",
            "IMPP;X-SERVICE-TYPE=Skype:skype:vera.ek",
            "ADR;LABEL=Gula huset:;;;Lund;;;",
            "item1.TEL:070-1",
            "item1.X-ABLabel:Bos mobil",
            "item2.X-ABLabel:_$!<HomePage>!$_",
            "X-SOCIALPROFILE;TYPE=twitter;x-user=verae:https://a.example/x",
            "X-ANDROID-CUSTOM:vnd.android.cursor.item/nickname;Verisen;1;;;;;;;;;;;;;",
            "X-ANDROID-CUSTOM:vnd.com.chat.profile;;46701740605",
        )
    )
    said = found.texts[0][1]
    for wanted in ("vera.ek", "Lund", "Gula huset", "Bos mobil", "verae", "Verisen", "46701740605"):
        assert wanted in said
    assert "HomePage" not in said


VMSG = """BEGIN:VMSG
VERSION:1.1
X-IRMC-BOX:INBOX
BEGIN:VCARD
VERSION:2.1
N:Ek;Vera
TEL:070-1
END:VCARD
BEGIN:VENV
BEGIN:VCARD
VERSION:2.1
TEL:070-2
END:VCARD
BEGIN:VENV
BEGIN:VBODY
Date:1.1.2010 12:00:00
TEXT;ENCODING=QUOTED-PRINTABLE;CHARSET=UTF-8:Hej =C3=85sa, ring v@a.=
example
Bo: kom nu
END:VBODY
END:VENV
END:VENV
END:VMSG
"""


@pytest.mark.parametrize("codec", ["utf-8", "utf-16-le"])
def test_saved_text_messages(codec: str) -> None:
    data = (VMSG + VMSG).encode(codec)
    assert sniff(Blob(data, "a.vmg")) == "vcard"
    one, two = read(data)
    assert (one.steps, two.steps, one.kind) == (("message 1",), ("message 2",), "message")
    people = [(entity.role, [fact.value for fact in entity.facts]) for entity in two.entities]
    assert people == [(Role.FROM, ["Vera Ek", "070-1"]), (Role.TO, ["070-2"])]
    assert "Hej Åsa, ring v@a.example" in one.texts[0][1]
    assert "kom nu" in one.texts[0][1]


def test_notes_of_phones() -> None:
    body = "BODY;ENCODING=QUOTED-PRINTABLE;CHARSET=UTF-8:K=C3=B6p av =\r\nVera"
    note = f"BEGIN:VNOTE\r\nVERSION:1.1\r\n{body}\r\nEND:VNOTE\r\n"
    assert sniff(Blob(note.encode(), "a.vnt")) == "vcard"
    found = read(note + card("FN:Bo") + note)
    assert [one.steps for one in found] == [("part note 1",), ("part note 2",), ("card 1",)]
    assert found[1].texts == [(Role.BODY, "Köp av Vera")]


def test_folding_good_and_broken() -> None:
    (found,) = read(
        "BEGIN:VCARD\nFN:Ve\n ra\nEMAIL;TYPE=INTERNET\n ,PREF:ver\n\ta@a.example\nNOTE:rad ett\nrad två\nEND:VCARD\n"
    )
    assert owner(found) == {IdType.NAME: ["Vera"], IdType.EMAIL: ["vera@a.example"]}
    assert "rad två" in found.texts[0][1]


@pytest.mark.parametrize(
    "change",
    [
        lambda s: s.replace("\r\n", "\r"),
        lambda s: s.replace("\r\n", "\n"),
        lambda s: s.encode("utf-16"),
        lambda s: s.encode("utf-16-be"),
        lambda s: "\ufeff" + s,
        lambda s: s.replace("VERSION:3.0\r\n", ""),
        lambda s: s.lower().replace("vera ek", "Vera Ek"),
    ],
)
def test_line_ends_charsets_and_missing_version(change: object) -> None:
    assert callable(change)
    found = read(change(card("FN:Vera Ek") + card("FN:Bo")))
    assert [owner(one)[IdType.NAME][0].lower() for one in found] == ["vera ek", "bo"]
    assert [one.steps for one in found] == [("card 1",), ("card 2",)]


def test_missing_ends_make_no_one_card_of_two() -> None:
    found = read("BEGIN:VCARD\nFN:A\nBEGIN:VCARD\nFN:B\nEND:VCARD\nBEGIN:VCARD\nFN:C\n")
    assert [owner(one)[IdType.NAME] for one in found] == [["A"], ["B"], ["C"]]
    many = "BEGIN:VCARD\nFN:A\n" + card("FN:B") + card("FN:C") + "END:VCARD\n"
    assert [owner(one)[IdType.NAME] for one in read(many)] == [["A"], ["B"], ["C"]]


@pytest.mark.parametrize(
    "agent",
    [
        "AGENT:\nBEGIN:VCARD\nFN:Bo\nEMAIL:b@a.example\nEND:VCARD",
        "BEGIN:VCARD\nFN:Bo\nEMAIL:b@a.example\nEND:VCARD",
        "AGENT:BEGIN:VCARD\\nFN:Bo\\nEMAIL:b@a.example\\nEND:VCARD",
    ],
)
def test_nested_cards_are_others(agent: str) -> None:
    found = read(f"BEGIN:VCARD\nVERSION:2.1\nFN:Vera\n{agent}\nTEL:070-1\nEND:VCARD\n{card('FN:Cia')}")
    assert [one.steps for one in found] == [("card 1",), ("card 2",)]
    assert owner(found[0]) == {IdType.NAME: ["Vera"], IdType.PHONE: ["070-1"]}
    assert related(found[0]) == [("Bo", "b@a.example")]


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("RELATED;TYPE=spouse;VALUE=text:Bo Ek", "Bo Ek"),
        ("RELATED:mailto:bo%40a.example", "bo@a.example"),
        ("X-SPOUSE:Bo", "Bo"),
        ("X-EVOLUTION-MANAGER:Bo", "Bo"),
        ("X-KADDRESSBOOK-X-SpouseName:Bo", "Bo"),
        ("item2.X-ABRELATEDNAMES:Bo", "Bo"),
        ("X-ANDROID-CUSTOM:vnd.android.cursor.item/relation;Bo;14;;;;;;;;;;;;;", "Bo"),
        ("X-ASSISTANT-PHONE:070-2", "070-2"),
    ],
)
def test_others_named_in_a_card(line: str, value: str) -> None:
    (found,) = read(card("FN:Vera", line))
    assert owner(found) == {IdType.NAME: ["Vera"]}
    assert related(found) == [(value,)]


def test_uris_and_groups() -> None:
    (found,) = read(
        card(
            "FN:Vera",
            "TEL;VALUE=uri:tel:+46-70-1;ext=5",
            "EMAIL:mailto:v%40a.example",
            "IMPP:xmpp:vera@chat.example",
            version="4.0",
        )
    )
    assert owner(found) == {
        IdType.NAME: ["Vera"],
        IdType.PHONE: ["+46-70-1"],
        IdType.EMAIL: ["v@a.example", "vera@chat.example"],
    }
    (group,) = read(card("KIND:group", "FN:Lag A", "MEMBER:mailto:v@a.example", "MEMBER:urn:uuid:x", version="4.0"))
    assert related(group) == [("v@a.example",)]
    assert owner(group) == {}
    members = ("MEMBER:urn:uuid:v@a.example", "X-ADDRESSBOOKSERVER-MEMBER:urn:uuid:w%40a.example", "MEMBER:urn:uuid:x")
    (group,) = read(card("KIND:group", "FN:Lag A", *members))
    assert related(group) == [("v@a.example",), ("w@a.example",)]  # of programs that make UIDs of addresses


def test_many_cards_in_linear_time() -> None:
    assert len(read(card("FN:Vera", "EMAIL:v@a.example") * 3000)) == 3000
    assert len(read("BEGIN:VCARD\nFN:A\n" * 3000)) == 3000


@pytest.mark.parametrize(
    "data",
    [
        "",
        "BEGIN:VCARD",
        "BEGIN:VCARD\n:\n;:\nEND:VCARD",
        "END:VCARD\n",
        "BEGIN:VCARD\nFN;ENCODING=QUOTED-PRINTABLE:=\n",
    ],
)
def test_oddities_do_not_raise(data: str) -> None:
    read(data)


@pytest.mark.parametrize(
    "lines",
    [
        ("FN:Bo Ek & Åsa Öberg", "EMAIL:bo@a.example", "TEL:070-1"),
        ("FN:Bo Ek", "EMAIL:bo@a.example", "FN:Åsa Öberg", "TEL:070-1"),
        ("N:Ek;Bo;;;", "EMAIL:bo@a.example", "N:Öberg;Åsa;;;", "TEL:070-1"),
    ],
)
def test_a_card_of_two_ties_nothing_together(lines: tuple[str, ...]) -> None:
    (found,) = read(card(*lines))
    assert all(len(entity.facts) == 1 for entity in found.entities)
    assert {fact.value for entity in found.entities for fact in entity.facts} == {
        "Bo Ek",
        "Åsa Öberg",
        "bo@a.example",
        "070-1",
    }


@pytest.mark.parametrize("second", ["FN:Asa Oberg", "FN:Åsa Maria Öberg", "FN:Öberg, Åsa", "FN;ALTID=1:オーサ"])
def test_another_spelling_of_the_name_is_the_same_person(second: str) -> None:
    (found,) = read(card("FN:Åsa Öberg", second, "EMAIL:asa@a.example"))
    assert len(found.entities) == 1
