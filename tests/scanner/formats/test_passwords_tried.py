"""How many passwords are tried, and the same words for every format that tries them."""

from __future__ import annotations

import io

import fpdf
import pytest
import pyzipper

from connectors.base import GapReason
from scanner.blob import Blob
from scanner.formats.archives import archive_zip
from scanner.formats.passwords import MOST, refused, tried
from scanner.formats.pdf import pdf
from scanner.limits import Limits
from scanner.records import ReadError, Record, Unread


def locked_pdf(word: str) -> bytes:
    document = fpdf.FPDF()
    document.add_page()
    document.set_font("helvetica")
    document.cell(text="Kalle Ek")
    document.set_encryption(owner_password="owner", user_password=word)
    return bytes(document.output())


def locked_zip(word: str) -> bytes:
    made = io.BytesIO()
    with pyzipper.AESZipFile(made, "w", encryption=pyzipper.WZ_AES) as archive:
        archive.setpassword(word.encode())
        archive.writestr("a.txt", "Kalle Ek")
    return made.getvalue()


def detail(format_name: str, keys: tuple[str, ...]) -> str | None:
    """What is said of a file under the password "rätt"; None where it opens."""
    data, reader = {
        "pdf": (locked_pdf, pdf.FORMAT),
        "zip": (locked_zip, archive_zip.FORMAT),
    }[format_name]
    blob = Blob(data("ratt"), f"a.{format_name}")
    blob.keys = keys
    try:
        found = list(reader.extract(blob, Limits()))
    except ReadError as fault:
        assert fault.reason is GapReason.ENCRYPTED
        return fault.detail
    gaps = [one for one in found if isinstance(one, Unread)]
    assert gaps or any(not isinstance(one, Record) or one.texts for one in found)
    return gaps[0].detail if gaps else None


MANY = tuple(f"fel {number}" for number in range(MOST - 1))


@pytest.mark.parametrize("format_name", ["pdf", "zip"])
def test_the_same_words_and_the_same_number_in_every_format(format_name: str) -> None:
    assert detail(format_name, (*MANY, "ratt")) is None
    assert detail(format_name, (*MANY, *MANY, "ratt")) is None, "what stands twice counts once"
    for keys, said in (
        (("fel",), "the password given does not open it"),
        (("fel", "fel 2"), "none of the 2 passwords given opens it"),
        ((*MANY, "x", "ratt"), f"only {MOST} of {MOST + 1} passwords were tried"),
    ):
        assert (detail(format_name, keys) or "").endswith(f": {said}")


def test_who_can_afford_fewer_says_so() -> None:
    assert tried(("a", "b", "a", "c"), 2) == ("a", "b")
    assert refused("Office", ("a", "b", "a", "c"), 2) == "Office: only 2 of 3 passwords were tried"
    assert refused("Office", ()) == "Office"
