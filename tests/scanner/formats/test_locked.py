"""Office files under a password: encrypted by msoffcrypto's writer, and the samples whose passwords are known."""

from __future__ import annotations

import io
import json
import tempfile

import docx
import pytest
from msoffcrypto.format.ooxml import OOXMLFile

from connectors.base import GapReason
from scanner.aids import Aids
from scanner.blob import Blob
from scanner.expand import LOCKED, Expansion
from scanner.formats import passwords
from scanner.formats.base import Nested
from scanner.formats.ole import locked
from scanner.limits import Limits
from scanner.records import Record, Role, Unread
from tests.samples import SAMPLES, needs_samples
from tests.scanner.cfb import cfb


def encrypted(password: str, text: str = "Åsa Öst") -> bytes:
    document = docx.Document()
    document.add_paragraph(text)
    plain, out = io.BytesIO(), io.BytesIO()
    document.save(plain)
    plain.seek(0)
    OOXMLFile(plain).encrypt(password, out)
    return out.getvalue()


def read(data: bytes, *keys: str, name: str = "a.docx") -> tuple[str, list[Unread], set[str]]:
    expansion = Expansion(Blob(data, name), Limits(), Aids(keys=keys))
    found = list(expansion)
    texts = [text for one in found if isinstance(one, Record) for role, text in one.texts if role is Role.BODY]
    return "\n".join(texts), [one for one in found if isinstance(one, Unread)], expansion.formats


def test_a_password_of_the_list_opens_it() -> None:
    text, gaps, _ = read(encrypted("hemligt"), "fel", "hemligt")
    assert gaps == []
    assert "Åsa Öst" in text


def test_the_password_that_office_uses_itself_is_always_tried() -> None:
    text, gaps, _ = read(encrypted("VelvetSweatshop"))
    assert gaps == []
    assert "Åsa Öst" in text


def test_without_the_right_one_it_is_a_gap_that_hangs_on_the_passwords() -> None:
    text, gaps, formats = read(encrypted("hemligt"), "fel")
    assert [(gap.steps, gap.reason, gap.detail) for gap in gaps] == [
        ((), GapReason.ENCRYPTED, "Office: the password given does not open it")
    ]
    assert text == ""
    assert LOCKED in formats


def test_the_number_of_tries_is_bounded_and_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "MOST", 2)
    _, gaps, _ = read(encrypted("hemligt"), "a", "b", "hemligt")
    assert [(gap.reason, gap.detail) for gap in gaps] == [
        (GapReason.ENCRYPTED, "Office: only 2 of 3 passwords were tried")
    ]


def test_rights_management_needs_more_than_a_password() -> None:
    data = cfb(
        {"EncryptedPackage": bytes(5000), "\x06DataSpaces/TransformInfo/DRMEncryptedTransform/\x06Primary": b"x"}
    )
    _, gaps, _ = read(data, "x")
    assert [(gap.reason, gap.detail) for gap in gaps] == [(GapReason.ENCRYPTED, "Office: rights management")]


def test_a_file_of_an_unknown_way_is_a_gap() -> None:
    _, gaps, _ = read(cfb({"EncryptedPackage": bytes(5000), "EncryptionInfo": b"\x09\0\x09\0" + bytes(60)}), "x")
    assert [gap.reason for gap in gaps] == [GapReason.ENCRYPTED]


@needs_samples
def test_the_samples_open_with_their_passwords_and_without_files(monkeypatch: pytest.MonkeyPatch) -> None:
    def none(*_: object, **__: object) -> None:
        raise AssertionError("a temporary file")

    monkeypatch.setattr(tempfile, "TemporaryFile", none)
    truth = json.loads((SAMPLES / "truth" / "documents_unreadable.json").read_text())
    for path in truth["encrypted_office"]:
        blob = Blob((SAMPLES / "documents" / path).read_bytes(), path)
        password = truth["known_passwords"].get(path)
        _, gaps, _ = read(blob.data(), *([password] if password else []), name=path.rpartition("/")[2])
        assert (((), GapReason.ENCRYPTED) in [(gap.steps, gap.reason) for gap in gaps]) == (password is None), path


def test_what_stays_closed_in_an_opened_file_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """The library opens the main stream alone; noise in others must not be taken for their content."""
    opened = cfb({"WordDocument": bytes(5000), "encryption": b"Karin Ek " * 900, "_SX_DB_CUR/0001": b"noise"})
    monkeypatch.setattr(locked, "_opened_with", lambda file, word: opened)
    found = list(locked.unlocked(Blob(encrypted("x"), "a.doc")))
    assert isinstance(found[0], Nested)
    assert found[0].steps == ()
    assert b"Karin Ek" not in found[0].blob.data()
    assert [(gap.steps, gap.reason) for gap in found if isinstance(gap, Unread)] == [
        (("part pivot caches",), GapReason.ENCRYPTED),
        (("part properties",), GapReason.ENCRYPTED),
    ]
