"""E-mail addresses: what is found, what is not, and the canonical form."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.detect import emails
from scanner.detect.emails import email_keys, find_emails, normalise_email

UNSEEN = "\u00ad\u200b\u200c\u200d\u200e\u200f\u202a\u202c\u2060\u2066\u2069\ufeff"


def found(text: str) -> list[str]:
    return list(dict.fromkeys(find_emails(text.encode())))


@pytest.mark.parametrize(
    ("text", "addresses"),
    [
        ("joann@x.example", ["joann@x.example"]),
        ("ann@x.example.evil.example", ["ann@x.example.evil.example"]),
        ("<Ann@X.Example>, 'bo@x.example'. (cy@x.example)", ["ann@x.example", "bo@x.example", "cy@x.example"]),
        ("a@x.example, b@x.example; c@x.example", ["a@x.example", "b@x.example", "c@x.example"]),
        ("o'brien+news@x.example first.last@sub.x.example", ["o'brien+news@x.example", "first.last@sub.x.example"]),
        ("mailto:ann%40x.example?subject=hej", ["ann@x.example"]),
        ("?to=%22Ann%22%20%3Cann%2540x.example%3E&x", ["ann@x.example"]),
        ("/form?mail=ann.berg@x.example&y=1", ["ann.berg@x.example"]),
        ("åsa@räksmörgås.example", ["åsa@xn--rksmrgs-5wao1o.example"]),
        ("“ann@x.example”", ["ann@x.example"]),
        ("slut. ...ann@x.example.Nästa mening", ["ann@x.example"]),
        ("bounce-ann=x.example@list.example", ["bounce-ann=x.example@list.example", "x.example@list.example"]),
        ("ann@x.example.pdf", ["ann@x.example"]),
        ("me@home@x.example", ["home@x.example"]),
        ("jane_doe@x.example janedoe@x.example", ["jane_doe@x.example", "janedoe@x.example"]),
        ("ann@x-y.example-", ["ann@x-y.example"]),
        *((f"asa.{unseen}berg@x.example", ["asa.berg@x.example"]) for unseen in UNSEEN),
        ("asa\u2011berg@x.example", ["asa-berg@x.example"]),
        ("ann@x.example\u200bbo@y.example", ["ann@x.example", "bo@y.example"]),
        ("ann@x.example\u200e, bo@y.example", ["ann@x.example", "bo@y.example"]),
        ("asa-\nberg@x.example", ["asa-berg@x.example", "asaberg@x.example"]),
        ("> asa-\r\n> berg@x.example", ["asa-berg@x.example", "asaberg@x.example"]),
        ("asa_\nberg@x.example", ["asa_berg@x.example"]),
        ("asa+\nberg@x.example", ["asa+berg@x.example"]),
        ("asa\u00ad\nberg@x.example", ["asaberg@x.example"]),
        ("Skriv till oss.\nann@x.example", ["oss.ann@x.example", "ann@x.example"]),
        ("kontakt -\nann@x.example", ["ann@x.example"]),
        ("- \nann@x.example", ["ann@x.example"]),
        ("ann@kund-\nbolag.example", ["ann@kund-bolag.example", "ann@kundbolag.example"]),
        ("ann@\nkund.example", ["ann@kund.example"]),
        ("ann@kun\nd.example", ["ann@kund.example"]),
        ("ann@kund.\nexample", ["ann@kund.example"]),
        ("ann@x.example.\nTack", ["ann@x.example"]),
        ("ann@x.example-\nsom", ["ann@x.example"]),
    ],
)
def test_found(text: str, addresses: list[str]) -> None:
    assert found(text) == addresses


@pytest.mark.parametrize(
    "text",
    [
        "a@b",
        "icon@2x.png",
        "photo@large.jpeg",
        "cid:image001.png@01D9A5B6.8E1F2C30",
        "@handle and user@",
        "ann@x.example1",
        "ann@10.0.0.1",
        "ann@-.example",
        "100%40 off",
        "",
    ],
)
def test_not_found(text: str) -> None:
    assert found(text) == []


def test_canonical_form_takes_wrapping() -> None:
    for raw in (
        " Ann.Berg+X@Räk.Example ",
        "<ann.berg+x@räk.example>",
        "MAILTO:ann.berg+x@xn--rk-via.example?subject=a",
    ):
        assert normalise_email(raw) == "ann.berg+x@xn--rk-via.example"
    for raw in ("ann", "ann@", "@x.example", "ann@b", "ann b@x.example", "a@x.example, b@x.example", "", "%"):
        assert normalise_email(raw) is None


def test_an_address_that_may_end_at_an_unseen_space_is_told_too() -> None:
    assert "ann@x.example" in found("ann@x.example\u200bHej")
    assert normalise_email("asa.\u200bberg@x.example") == "asa.berg@x.example"


def test_keys_drop_the_tag_and_dots_only_for_gmail() -> None:
    assert email_keys("ann.b+x@y.example") == ("ann.b+x@y.example", "ann.b@y.example")
    assert set(email_keys("ann.b+x@googlemail.com")) & set(email_keys("annb@gmail.com"))
    assert not set(email_keys("ann.b@y.example")) & set(email_keys("annb@y.example"))


@given(st.text())
def test_any_text_is_survived(text: str) -> None:
    value = normalise_email(text)
    assert value is None or normalise_email(value) == value
    for one in find_emails(text.encode("utf-8", "replace")):
        assert one.count("@") == 1


@given(st.from_regex(r"[a-z0-9'.+%=_@å-]{1,20}@[a-zå.@-]{1,12}\.[a-z]{2,4}", fullmatch=True))
def test_what_is_found_is_canonical(text: str) -> None:
    for one in find_emails(text.encode()):
        assert normalise_email(one) == one


@given(
    st.lists(
        st.sampled_from(["@", "@@", "a", ".", "-", "_", "%", "å", " ", "<", "x.se", "4", "0", "a" * 130, "b." * 70])
    )
)
def test_candidates_are_those_of_the_pattern(parts: list[str]) -> None:
    data = "".join(parts).encode()
    if b"%40" not in data and b"2540" not in data:  # an @ in disguise is the pattern's own business
        assert emails._candidates(data) == [match.group() for match in emails._CANDIDATE.finditer(data)]


def test_what_is_remembered_of_addresses_stays_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(emails, "_REMEMBERED", 10)
    monkeypatch.setattr(emails, "_known_addresses", emails._KnownAddresses())
    for number in range(35):
        assert find_emails(b"p%d@x.example" % number) == [f"p{number}@x.example"]
        assert len(emails._known_addresses) <= 10
    long = b"p" * 60 + b"@" + b"x." * 75 + b"example"
    assert len(find_emails(long)) == 1
    assert long not in emails._known_addresses


@pytest.mark.timeout(60)  # a quadratic walk would take many minutes
def test_hostile_text_takes_linear_time() -> None:
    for text in (
        "a" * 2_000_000,
        "a@" * 500_000,
        "a." * 500_000 + "@",
        "%40" * 300_000,
        "a@" + "b." * 500_000,
        "=" * 1_000_000 + "@x.se",
        ("a" * 130 + "@ ") * 10_000,
        ("a@" + "b" * 130 + "_ ") * 10_000,
        "a" * 1_000_000 + "@ " * 500_000,
        "a@x.se\u200b" * 200_000,
        "@" + "a." * 500_000 + "\u200b",
        "a-\na@" * 200_000,
        "a@\n" * 300_000,
        "\u00ad" + " " * 1_000_000,
    ):
        list(find_emails(text.encode()))
