"""Which documents a rule is about."""

from __future__ import annotations

import unicodedata
from datetime import date

import pytest

from config.model import HoldRule
from scanner.policy_match import Document, Matcher, Patterns, kind_of
from scanner.vouchers import Voucher

DAY = date(2030, 1, 1)


def fits(document: Document, **keys: tuple[str, ...]) -> bool:
    return Matcher(HoldRule(name="x", statute="s", until=DAY, **keys)).match(document)


@pytest.mark.parametrize(
    ("pattern", "path", "expected"),
    [
        ("**/Fakturor/**", "Fakturor/1.pdf", True),
        ("**/Fakturor/**", "Kunder/Anna/FAKTUROR/2024/1.pdf", True),
        ("**/Fakturor/**", "Fakturor", False),
        ("**/Fakturor/**", "Fakturor-gamla/1.pdf", False),
        ("Fakturor/**", "Kunder/Fakturor/1.pdf", False),
        ("Fakturor", "Kunder/Fakturor/2024/1.pdf", True),
        ("Kunder/Fakturor", "Kunder/Fakturor/2024/1.pdf", True),
        ("Avtal*/", "Kunder/Avtal 2024/1.pdf", True),
        ("Avtal*", "Kunder/Avtal 2024/1.pdf", False),
        ("Avtal*", "Kunder/avtal anna.pdf", True),
        ("*.se", "anna@kund.se/brev.pdf", False),
        ("*.se", "bok/2024.SE", True),
        ("**", "any/thing", True),
        ("Bokföring/**", "bokföring/å.pdf", True),
        ("bokför*/**", "BOKFÖRING/x", True),
        ("a[[]b].pdf", "a[b].pdf", True),
        ("x/*.pdf", "x/\n.pdf", True),
        ("x/*.pdf", "x/y/z.pdf", False),
    ],
)
def test_patterns(pattern: str, path: str, *, expected: bool) -> None:
    for form in ("NFC", "NFD"):
        for other in ("NFC", "NFD"):
            one = Patterns([unicodedata.normalize(form, pattern)])
            assert one.match(unicodedata.normalize(other, path)) is expected


def test_what_lies_inside_an_item_has_a_path_of_its_own() -> None:
    assert Patterns(["**/Fakturor/**"]).match("arkiv.zip", ("Fakturor/1.pdf",))
    assert Patterns(["faktura*.pdf"]).match("INBOX/1700.M1", ("Faktura 12.pdf",))
    assert not Patterns(["**/Fakturor/**"]).match("arkiv.zip", ("Bilder/1.pdf",))


def test_all_keys_must_fit_and_of_each_one() -> None:
    mail = Document("post", "INBOX;UID=3", "message", folders=("INBOX", "Bokföring"), senders=("Eva@Revisor.example",))
    assert fits(mail, sources=("kunder", "POST"))
    assert not fits(mail, sources=("kunder",))
    assert fits(mail, kinds=("file", "message"))
    assert not fits(mail, kinds=("file",))
    assert fits(mail, folders=("bokföring",))
    assert fits(mail, folders=("inbox/bok*",))
    assert not fits(mail, folders=("Kvitton",))
    assert fits(mail, folders=("bokföring",), senders=("revisor.example",), match=("**",))
    assert not fits(mail, folders=("bokföring",), senders=("annan.example",))


@pytest.mark.parametrize(
    ("sender", "wanted", "expected"),
    [
        ("eva@revisor.example", "eva@revisor.example", True),
        ("EVA@revisor.example", "eva@revisor.example", True),
        ("bo@revisor.example", "eva@revisor.example", False),
        ("eva@post.revisor.example", "revisor.example", True),
        ("eva@inrevisor.example", "revisor.example", False),
        ("revisor.example@annan.example", "revisor.example", False),
    ],
)
def test_a_sender_is_an_address_or_of_a_domain(sender: str, wanted: str, *, expected: bool) -> None:
    assert fits(Document("s", "p", "message", senders=(sender,)), senders=(wanted,)) is expected


def test_the_folders_of_a_file_are_those_of_its_path() -> None:
    assert fits(Document("s", "Kunder/Fakturor/1.pdf", "file"), folders=("fakturor",))
    assert not fits(Document("s", "Fakturor", "file"), folders=("fakturor",))


def test_a_class_is_the_documents_own_or_that_of_a_voucher_that_refers_to_it() -> None:
    invoice = Voucher("invoice", sure=True)
    quote = Voucher("quote", sure=True)
    assert fits(Document("s", "p", "file", voucher=invoice), documents=("invoice",))
    assert not fits(Document("s", "p", "file", voucher=quote), documents=("invoice",))
    assert fits(Document("s", "p", "file", voucher=quote, referred_by=(invoice,)), documents=("invoice",))
    assert not fits(Document("s", "p", "file", voucher=Voucher()), documents=("invoice",))
    assert not fits(Document("s", "p", "file"), documents=("invoice",))


def test_a_record_has_its_own_kind() -> None:
    assert [kind_of(one, "file") for one in ("card", "row", "todo", "message", "page", "member")] == [
        "contact",
        "row",
        "event",
        "message",
        "file",
        "file",
    ]
    assert kind_of("attachment", "message") == "file"
    assert kind_of("part", "message") == "message"
