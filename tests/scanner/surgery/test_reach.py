"""What is told before anything is planned: which records could leave, and which the person could leave."""

from __future__ import annotations

import io
import zipfile
from email.message import EmailMessage

import pytest

from scanner.blob import Blob
from scanner.limits import Limits
from scanner.records import Steps
from scanner.surgery.reach import NOT_THIS, NOTHING, Reach, reach
from scanner.surgery.registry import NO_EDITOR

TABLE = b"Namn;E-post\r\nBo Dal;bo@kund.example\r\nAnna Ek;anna@kund.example\r\n"
CARDS = b"BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Bo Dal\r\nEMAIL:bo@kund.example\r\nEND:VCARD\r\n"
LEAVES = Reach(None, NOT_THIS)


def zipped(**members: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in members.items():
            archive.writestr(name.replace("_", "."), data)
    return out.getvalue()


def look(data: bytes, *wanted: Steps, name: str = "") -> dict[Steps, Reach]:
    return reach(Blob(data, name), wanted, Limits())


def test_a_row_and_a_card_can_leave() -> None:
    assert look(TABLE, ("row 2",), name="a.csv")[("row 2",)].removes is None
    assert look(CARDS, ("card 1",), name="a.vcf")[("card 1",)].removes is None


def test_the_text_of_a_note_can_be_amended_but_never_removed() -> None:
    assert look(b"Bo Dal och Anna Ek\n", (), name="a.txt") == {(): Reach(NOT_THIS, None)}


def test_what_has_no_editor_is_told_so() -> None:
    assert look(b"%PDF-1.7\n", (), ("page 1",), name="a.pdf") == {(): NOTHING, ("page 1",): NOTHING}
    assert Reach(NO_EDITOR, NO_EDITOR) == NOTHING


def test_nested_records_are_asked_of_their_own_editor_and_a_member_of_the_archive() -> None:
    data = zipped(lista_csv=TABLE, bild_bin=b"\x00\x01\x02" * 99, not_txt=b"Bo Dal")
    steps: list[Steps] = [
        ("member lista.csv", "row 2"),
        ("member lista.csv",),
        ("member bild.bin",),
        ("member not.txt",),
        ("member bild.bin", "page 1"),
        ("member borta.csv",),
    ]
    found = look(data, *steps, name="a.zip")
    assert found.keys() == set(steps)
    assert found["member lista.csv", "row 2"].removes is None
    assert found["member lista.csv",].removes is None
    assert found["member bild.bin",] == Reach(None, NO_EDITOR)
    assert found["member not.txt",] == Reach(None, None), "it may leave, or the person may leave its text"
    assert found["member bild.bin", "page 1"] == NOTHING


def test_a_row_in_an_archive_in_an_archive() -> None:
    data = zipped(in_zip=zipped(lista_csv=TABLE))
    steps = ("member in.zip", "member lista.csv", "row 1")
    assert look(data, steps, name="a.zip")[steps].removes is None


@pytest.mark.parametrize("how", ["signed", "encrypted"])
def test_a_seal_anywhere_on_the_way_is_told_for_all_that_lies_in_it(how: str) -> None:
    message = EmailMessage()
    message["From"] = "Bo Dal <bo@kund.example>"
    message.set_content("Hej\n")
    message.add_attachment(TABLE, maintype="text", subtype="csv", filename="lista.csv")
    message.set_type(f"multipart/{how}")
    message.set_param("protocol", "application/pgp-signature" if how == "signed" else "application/pgp-encrypted")
    steps: tuple[Steps, ...] = (("attachment 1: lista.csv",), ("attachment 1: lista.csv", "row 1"), ())
    for one in look(message.as_bytes(), *steps, name="a.eml").values():
        assert one.removes
        assert one.amends


def test_a_damaged_archive_lets_nothing_leave() -> None:
    data = zipped(lista_csv=TABLE)
    found = look(data[: len(data) // 2], ("member lista.csv", "row 1"), name="a.zip")
    assert found["member lista.csv", "row 1"].removes
