"""The documents of an item: each attachment, member and message is one, and says what it is for itself."""

from __future__ import annotations

from scanner.blob import Blob
from scanner.expand import Expansion
from scanner.limits import Limits
from scanner.papers import Paper, Papers
from tests.scanner.surgery_pieces import ANNA, BO, lines, mail, zipped
from tests.scanner.test_holding import INVOICE


def papers(data: bytes, name: str, kind: str = "file") -> dict[tuple[str, ...], Paper]:
    return {one.steps: one for one in Papers.of(Expansion(Blob(data, name), Limits()), kind).found(name)}


def test_a_file_is_one() -> None:
    found = papers(INVOICE.encode(), "f.txt")
    assert list(found) == [()]
    assert (found[()].voucher.kind, str(found[()].voucher.date)) == ("invoice", "2024-03-01")


def test_what_lies_in_an_archive_does_not_make_the_archive_an_invoice() -> None:
    found = papers(zipped(("Fakturor/f.txt", INVOICE.encode()), ("brev.txt", b"Hej")), "a.zip")
    assert {steps: paper.voucher.kind for steps, paper in found.items()} == {
        (): None,
        ("member Fakturor/f.txt",): "invoice",
        ("member brev.txt",): None,
    }
    assert found["member Fakturor/f.txt",].names == ("Fakturor/f.txt",)


def test_a_mail_has_its_sender_and_its_attachment_its_name() -> None:
    data = mail(f"Bo Dal <{BO}>", ("f.txt", INVOICE.encode()))
    found = papers(data, "m.eml", "message")
    assert (found[()].kind, found[()].senders, found[()].voucher.kind) == ("message", (BO,), None)
    attached = found["attachment 1: f.txt",]
    assert (attached.names, attached.senders, attached.voucher.kind) == (("f.txt",), (), "invoice")


def test_every_message_of_a_mailbox_is_one() -> None:
    data = b"".join(b"From x@y Mon Mar  2 10:00:00 2026\n" + mail(f"<{one}>") + b"\n" for one in (BO, ANNA))
    found = papers(data, "a.mbox")
    assert {steps: paper.senders for steps, paper in found.items() if steps} == {
        ("message 1",): (BO,),
        ("message 2",): (ANNA,),
    }


def test_the_rows_of_a_table_are_the_tables() -> None:
    assert list(papers(lines(";").encode(), "a.csv")) == [()]


def test_a_long_register_that_mentions_invoices_is_none() -> None:
    short = "\n".join(INVOICE.splitlines())
    rows = "".join(f"Kund {number};kund{number}@kund.example;{number}\r\n" for number in range(200))
    found = papers(f"Namn;E-post;Fakturanummer\r\n{rows}{short}".encode(), "a.csv")
    assert found[()].voucher.kind is None


def test_what_cannot_be_read_is_still_one_by_its_place() -> None:
    assert papers(b"\x00\x01\x02" * 99, "f.bin", "file")[()].kind == "file"


def test_the_texts_of_what_leaves() -> None:
    data = zipped(("a.txt", b"Offert till Anna"), ("b.txt", b"Hej Bo"))
    found = Papers.of(Expansion(Blob(data, "a.zip"), Limits()), "file")
    assert found.texts([("member a.txt",)]) == [("a.txt", "Offert till Anna")]
    assert {name for name, _ in found.texts([()])} == {"", "a.txt", "b.txt"}
