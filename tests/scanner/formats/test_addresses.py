"""Address headers, also judged by the stdlib on well-formed ones."""

from __future__ import annotations

from email.header import Header
from email.utils import formataddr, getaddresses

import pytest

from scanner.formats.mail import encoded
from scanner.formats.mail.addresses import entities
from scanner.records import IdType, Role


def read(value: str) -> list[tuple[str, ...]]:
    return [tuple(fact.value for fact in entity.facts) for entity in entities(value, Role.TO)]


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ('"Ek, Vera" <v@a.example>, Bo <b@a.example>', [("v@a.example", "Ek, Vera"), ("b@a.example", "Bo")]),
        ("=?utf-8?Q?Ek=2C_?=\r\n =?utf-8?Q?Vera?= <v@a.example>", [("v@a.example", "Ek, Vera")]),
        ("=?utf-8?B?w4XD?= =?utf-8?B?pA==?= <v@a.example>", [("v@a.example", "Åä")]),
        ("Lag: v@a.example, b@a.example;", [("v@a.example",), ("b@a.example",)]),
        ("v@a.example (Vera Ek)", [("v@a.example", "Vera Ek")]),
        ("undisclosed-recipients:;", []),
        ("Vera Ek", [("Vera Ek",)]),
        ("=?utf-8?Q?Vera_=3Cv=40a=2Eexample=3E?=", [("v@a.example", "Vera")]),
        ("Vera <v@a.example> Bo <b@a.example>", [("v@a.example", "Vera"), ("b@a.example", "Bo")]),
        ("v@a.example b@a.example", [("v@a.example",), ("b@a.example",)]),
        ("Vera <v@a.example", [("v@a.example", "Vera")]),
        ("'v@a.example' <v@a.example>", [("v@a.example",)]),
        ('"Vera (v@a.example)" <list@b.example>', [("list@b.example",), ("v@a.example", "Vera")]),
        ("Vera <v@\r\n a.example>", [("v@a.example", "Vera")]),
        ("=?no-such?q?Vera?= <v@a.example>", [("v@a.example", "Vera")]),
        ("<@relay.example:v@a.example>", [("v@a.example",)]),
        ('"Vera \\"V\\" Ek" <v@a.example>', [("v@a.example", 'Vera "V" Ek')]),
    ],
)
def test_forms(value: str, found: list[tuple[str, ...]]) -> None:
    assert read(value) == found


def test_a_stray_quote_loses_nobody_and_joins_nobody() -> None:
    found = read('Vera" <v@a.example>, "Bo" <b@a.example>')
    assert {fact for box in found for fact in box if "@" in fact} == {"v@a.example", "b@a.example"}
    assert not any("v@a.example" in box and any("Bo" in fact for fact in box) for box in found)


@pytest.mark.timeout(60)  # a quadratic walk would take many minutes
def test_ten_thousand_recipients_agree_with_stdlib_in_time() -> None:
    value = ", ".join(formataddr((f"Efternamn{n}, Åsa", f"p{n}@a.example")) for n in range(10_000))
    found = entities(value, Role.BCC)
    assert [e.facts[0].value for e in found] == [address for _, address in getaddresses([value])]
    assert {e.role for e in found} == {Role.BCC}
    assert found[7].facts[1].value == "Efternamn7, Åsa"


@pytest.mark.timeout(60)  # a quadratic walk would take many minutes
@pytest.mark.parametrize("bad", ['"', "(", "<", "a@", "=?", "=?a?q?", '"a@b', ",", "\\"])
def test_hostile_headers_take_linear_time(bad: str) -> None:
    entities(bad * 20_000, Role.TO)


@pytest.mark.parametrize("codec", ["utf-8", "iso-8859-1", "utf-16"])
def test_encoded_words_of_stdlib(codec: str) -> None:
    text = "Åsa Öberg från Växjö och ännu mycket mer text så att det blir flera ord"
    assert encoded.words(Header(text, codec, maxlinelen=40).encode()) == text


def test_types() -> None:
    assert [fact.type for fact in entities("Vera <v@a.example>", Role.FROM)[0].facts] == [IdType.EMAIL, IdType.NAME]
