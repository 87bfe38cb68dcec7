"""JSON: written by stdlib `json`, or by hand where that would not write it."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from connectors.base import GapReason
from scanner.blob import Blob
from scanner.formats.base import Nested
from scanner.formats.data import json_data
from scanner.limits import Limits
from scanner.records import IdType, ReadError, Record, Role

N, E, P = IdType.NAME, IdType.EMAIL, IdType.PHONE
Facts = list[tuple[str, list[tuple[IdType, str]]]]


def read(content: Any) -> dict[str, Record]:
    """Records by their steps; those without steps put together, as the expander does."""
    data = content if isinstance(content, bytes) else json.dumps(content).encode()
    found: dict[str, Record] = {}
    for one in json_data.FORMAT.extract(Blob(data, "a.json"), Limits()):
        if isinstance(one, Record):
            key = "/".join(one.steps)
            assert not key or key not in found
            found.setdefault(key, Record(one.steps, one.kind)).texts.extend(one.texts)
            found[key].entities.extend(one.entities)
    return found


def people(record: Record) -> Facts:
    return [(entity.role.value, [(fact.type, fact.value) for fact in entity.facts]) for entity in record.entities]


def text(record: Record) -> str:
    return "\n".join(one for _, one in record.texts)


def test_objects_in_a_list_are_rows_with_their_persons() -> None:
    found = read([{"namn": "Åsa Öberg", "epost": "asa@a.example", "antal": 12}, {}, {"namn": "Vera Ek", "tel": None}])
    assert set(found) == {"row 1", "row 3", ""}
    assert people(found["row 1"]) == [("owner", [(N, "Åsa Öberg"), (E, "asa@a.example")])]
    assert text(found["row 1"]) == "Åsa Öberg\tasa@a.example\t12"
    assert people(found["row 3"]) == [("owner", [(N, "Vera Ek")])]
    assert text(found[""]).split() == ["namn", "epost", "antal", "tel"]


@pytest.mark.parametrize(
    ("row", "wanted"),
    [
        (
            {"name": {"first": "Vera", "last": "Ek"}, "emails": ["v@a.example", "w@a.example"]},
            [("owner", [(N, "Vera Ek"), (E, "v@a.example"), (E, "w@a.example")])],
        ),
        (
            {"displayName": "Vera Ek", "phones": [{"type": "mobile", "number": "070-1"}, {"number": "070-2"}]},
            [("owner", [(N, "Vera Ek"), (P, "070-1"), (P, "070-2")])],
        ),
        (
            {"namn": "Vera Ek", "adress": {"gata": "Gata 1", "postnr": "12345", "ort": "Lund"}},
            [("owner", [(N, "Vera Ek"), (IdType.ADDRESS, "Gata 1 12345 Lund")])],
        ),
        ({"attributes": {"namn": "Vera", "epost": "v@a.example"}}, [("owner", [(N, "Vera"), (E, "v@a.example")])]),
        ({"kontakt": {"namn": "Bo", "epost": "b@a.example"}}, [("owner", [(N, "Bo"), (E, "b@a.example")])]),
        (
            {"namn": "Vera", "manager": {"name": "Bo", "email": "b@a.example"}},
            [("owner", [(N, "Vera")]), ("related", [(N, "Bo"), (E, "b@a.example")])],
        ),
        ({"namn": ["Vera", "Bo"], "epost": ["v@a.example", "b@a.example"]}, []),
        ({"lag": "A", "emails": ["v@a.example", "b@a.example"]}, []),
        ({"namn": "Vera", "email_verified": True, "telefon": False}, [("owner", [(N, "Vera")])]),
    ],
)
def test_persons_by_keys(row: dict[str, Any], wanted: Facts) -> None:
    found = read([row])["row 1"]
    assert people(found) == wanted


def test_two_persons_in_one_object_are_two() -> None:
    row = {"billing": {"name": "A", "email": "a@a.example"}, "shipping": {"name": "B", "email": "b@a.example"}}
    facts = [facts for _, facts in people(read([row])["row 1"])]
    assert facts == [[(N, "A"), (E, "a@a.example")], [(N, "B"), (E, "b@a.example")]]


def test_lists_below_keys_and_in_rows() -> None:
    found = read(
        {
            "kalla": "register",
            "kunder": [
                {"namn": "Vera", "epost": "v@a.example", "barn": [{"namn": "Kid"}], "taggar": [{"t": "guld"}]},
            ],
        }
    )
    assert set(found) == {"", "part kunder/row 1", "part kunder/row 1/part barn/row 1"}
    assert text(found["part kunder/row 1"]) == "Vera\tv@a.example\tguld"
    assert people(found["part kunder/row 1/part barn/row 1"]) == [("related", [(N, "Kid")])]
    assert "register" in text(found[""])


def test_objects_by_number_are_rows_and_keep_their_keys() -> None:
    found = read({"vera@a.example": {"namn": "Vera", "tel": "070-1"}, "b@a.example": {"namn": "Bo", "tel": "070-2"}})
    assert text(found["row 1"]) == "vera@a.example\tVera\t070-1"
    assert people(found["row 2"]) == [("owner", [(N, "Bo"), (P, "070-2")])]


def test_keys_that_come_twice_and_keys_that_are_names() -> None:
    found = read(b'{"epost": "v@a.example", "epost": "w@a.example", "Vera Ek": {"070-174 06 05": 5}}')
    for wanted in ("v@a.example", "w@a.example", "Vera Ek", "070-174 06 05"):
        assert wanted in text(found[""])


def test_a_list_of_lists_is_a_table() -> None:
    found = read([["Namn", "E-post"], ["Vera", "v@a.example"]])
    assert people(found["row 1"]) == [("owner", [(N, "Vera"), (E, "v@a.example")])]


@pytest.mark.parametrize(
    "data", [b'{"a": "v\\u0040a.example", "n": "\\u00c5sa \\ud83d\\ude00"}', b'["v@a.example \xc3\x85sa"]']
)
def test_escapes(data: bytes) -> None:
    said = text(read(data)[""])
    assert "v@a.example" in said
    assert "Åsa" in said


def test_utf8_that_was_escaped_byte_by_byte() -> None:
    """As Meta's exports have it; what only looks like it stays."""
    found = read([{"sender_name": "Åsa".encode().decode("latin-1"), "content": "på âge"}])
    assert text(found["row 1"]) == "Åsa\tpå âge"


def test_half_of_a_character_alone_is_no_fault() -> None:
    assert "v@a.example" in text(read(b'["\\ud83d v@a.example"]')[""]).encode().decode()


def test_numbers_stay_as_they_were_written() -> None:
    assert text(read(b'[{"belopp": 1.50, "tel": 46701740605, "id": 1' + b"0" * 5000 + b"}]")["row 1"]).startswith(
        "1.50\t46701740605\t10"
    )


def test_json_lines_and_a_broken_one() -> None:
    found = read(b'{"namn": "Vera"}\n\n{"namn": "Bo", "brev": "hej\\nb\\u0040a.example"\n{"namn": "Cia"}\n')
    assert people(found["row 1"]) == [("owner", [(N, "Vera")])]
    assert "hej\nb@a.example" in text(found["row 2"])
    assert people(found["row 3"]) == [("owner", [(N, "Cia")])]


def test_documents_one_after_another() -> None:
    found = read(b'{\n"namn": "Vera"\n}\n{\n"namn": "Bo"}\n rest c@a.example')
    assert [people(found[step])[0][1][0][1] for step in ("row 1", "row 2")] == ["Vera", "Bo"]
    assert "c@a.example" in text(found[""])


@pytest.mark.parametrize(
    "data",
    [
        b'{"n": "\\u00c5sa", "e": "rad\\nv\\u0040a.example",,}',
        b'{"n": "\\u00c5sa", "e": "v\\u0040a.example"',
        b"[" * 100_000 + b'"\xc3\x85sa v@a.example"',
        b"[" * 100_000 + b'"\xc3\x85sa v@a.example"' + b"]" * 100_000,
        b'{"a":' * 900 + b'[{"n": "\xc3\x85sa v@a.example"}]' + b"}" * 900,
    ],
)
def test_what_is_broken_or_deep_is_still_read(data: bytes) -> None:
    said = "\n".join(text(one) for one in read(data).values())
    assert "Åsa" in said
    assert "v@a.example" in said.replace("rad\n", "")
    assert "nv@a" not in said


def test_rows_in_rows_without_end_are_one_record_at_last() -> None:
    value: Any = {"namn": "Vera", "epost": "v@a.example"}
    for _ in range(100):
        value = {"lag": [value]}
    found = read([value])
    assert any("v@a.example" in text(one) for one in found.values())
    assert max(len(one.steps) for one in found.values()) < 50


def test_markup_in_a_value_is_read_as_it_is_rendered() -> None:
    assert "vera@ek.example" in text(read([{"html": "<p>ve<b>ra</b>@ek.example</p>"}])["row 1"])


def test_files_in_values() -> None:
    png = b"\x89PNG\r\n\x1a\n" + bytes(300)
    link = "data:image/png;base64," + base64.b64encode(png).decode()
    data = json.dumps([{"bild": link, "fil": base64.b64encode(png).decode(), "namn": "Vera"}]).encode()
    found = list(json_data.FORMAT.extract(Blob(data, "a.json"), Limits()))
    nested = [one for one in found if isinstance(one, Nested)]
    assert [(one.steps, one.kind) for one in nested] == [
        (("row 1", "part image1.png"), "image"),
        (("row 1", "part image2.png"), "image"),
    ]
    assert {one.blob.data() for one in nested} == {png}


JCARD = [
    "vcard",
    [
        ["version", {}, "text", "4.0"],
        ["fn", {}, "text", "Vera Ek"],
        ["n", {}, "text", ["Ek", "Vera", "", "", ""]],
        ["email", {"type": "work"}, "text", "v@a.example"],
        ["tel", {}, "uri", "tel:+46-70-1"],
        ["adr", {}, "text", ["", "", "Gata 1", "Lund", "", "12345", "Sverige"]],
        ["related", {"type": "spouse"}, "text", "Bo Ek"],
        ["note", {}, "text", "semla; c@a.example"],
    ],
]


@pytest.mark.parametrize("cards", [JCARD, [JCARD, JCARD]])
def test_jcard(cards: Any) -> None:
    found = read(cards)
    card = found["card 1" if cards is JCARD else "card 2"]
    assert people(card) == [
        ("owner", [(N, "Vera Ek"), (E, "v@a.example"), (P, "+46-70-1"), (IdType.ADDRESS, "Gata 1 12345 Lund")]),
        ("related", [(N, "Bo Ek")]),
    ]
    assert text(card) == "semla; c@a.example"


def test_jscontact() -> None:
    """RFC 9553, 1.1 and 2."""
    found = read(
        {
            "@type": "Card",
            "version": "1.0",
            "uid": "u@id.example",
            "name": {"components": [{"kind": "given", "value": "Vera"}, {"kind": "surname", "value": "Ek"}]},
            "emails": {"e1": {"address": "v@a.example"}},
            "phones": {"p1": {"number": "tel:+46-70-1"}},
            "addresses": {"a": {"full": "Gata 1, Lund"}},
            "anniversaries": {"b": {"kind": "birth", "date": {"year": "1981", "month": "2", "day": "3"}}},
            "relatedTo": {"mailto:bo@a.example": {"relation": {"spouse": True}}},
            "notes": {"n": {"note": "semla"}},
        }
    )["card 1"]
    assert people(found) == [
        (
            "owner",
            [
                (N, "Vera Ek"),
                (E, "v@a.example"),
                (P, "+46-70-1"),
                (IdType.ADDRESS, "Gata 1, Lund"),
                (IdType.BIRTH_DATE, "1981-02-03"),
            ],
        ),
        ("related", [(E, "bo@a.example")]),
    ]
    assert "semla" in text(found)
    assert "id.example" not in text(found)


def test_too_large_and_binary() -> None:
    with pytest.raises(ReadError) as caught:
        list(json_data.FORMAT.extract(Blob(bytes(range(256)) * 9, "a.json"), Limits()))
    assert caught.value.reason is GapReason.UNREADABLE


def test_role() -> None:
    assert read(["hej"])[""].texts == [(Role.BODY, "hej")]
