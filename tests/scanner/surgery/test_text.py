"""The text editor: the witness are the bytes that a generator put beside each other by itself."""

from __future__ import annotations

import random

import pytest

from scanner.blob import Blob
from scanner.limits import Limits
from scanner.model import Cut
from scanner.surgery.base import CannotEdit, Edits
from scanner.surgery.operate import operate
from scanner.surgery.text.passages import diff, spread
from scanner.surgery.text.text import EDITOR
from tests.scanner.surgery.make_text import make
from tests.scanner.surgery.people import anna

WHOLE = Edits(amend=frozenset({()}))


def _amended(data: bytes, language: str = "sv") -> bytes:
    after = EDITOR.edit(Blob(data, "x.txt"), WHOLE, anna(language), Limits())
    assert EDITOR.differences(data, after, WHOLE, anna(language)) == []
    return after


@pytest.mark.parametrize("seed", range(20))
def test_only_her_passages_change(seed: int) -> None:
    made = make(random.Random(seed), 60)
    assert made.hers
    assert _amended(made.data) == made.after


@pytest.mark.prove
@pytest.mark.parametrize("seed", range(1000, 1200))
def test_only_her_passages_change_two_hundred_texts(seed: int) -> None:
    test_only_her_passages_change(seed)


def test_the_whole_operation_agrees() -> None:
    data = "Möte med Bengt Ek.\r\nAnna Andersson (anna@kund.example) var med.\nSlut".encode("cp1252")
    after = operate(Blob(data, "möte.txt"), [Cut((), amend=True)], anna("en"), Limits())
    assert after == "Möte med Bengt Ek.\r\n[erased] ([erased]) var med.\nSlut".encode("cp1252")


def test_a_value_over_two_lines_keeps_the_line_end() -> None:
    data = b"Hej Anna\r\nAndersson, Storgatan 1\n> 752 31 Uppsala!"
    assert _amended(data) == b"Hej [raderad]\r\n[raderad], [raderad]\n> [raderad]!"


@pytest.mark.parametrize(
    "text",
    [
        "Anna Andersson och Anna Maria Andersson",
        "Anna Andersson och Bengt och Anna Andersson",
        "Anna Andersson AB och Anna Andersson",
        "Anna Andersson, anna.andersson@annat.example",
        "Anna Andersson, 070-123\n45 67",
        "Bengt Ek",
        "",
    ],
)
def test_what_may_be_somebody_elses_or_cannot_be_taken_out_is_refused(text: str) -> None:
    with pytest.raises(CannotEdit):
        _amended(text.encode())


@pytest.mark.parametrize(
    "written",
    [
        "**Anna** *Andersson*",
        "_Anna_ __Andersson__",
        "`Anna` Andersson",
        "~~Anna~~ Andersson",
        "anna\\@kund.example",
        "anna@kund\\.example",
        "anna&#64;kund.example",
        "070\\-123 45 **67**",
        "An\u200bna *Andersson*",
    ],
)
def test_a_value_with_marks_between_is_not_called_gone(written: str) -> None:
    data = f"# Anna Andersson\n{written}\nmed Bengt\n".encode()
    with pytest.raises(CannotEdit):
        _amended(data)
    forged = data.replace(b"Anna Andersson", b"[raderad]")
    assert EDITOR.differences(data, forged, WHOLE, anna()) == ["the person still stands in the text"]


def test_marks_of_others_stay() -> None:
    rest = "*Bengt* _Ek_ `x_y` \\_ a__b ____ K_1001 &amp; **[här](mailto:bengt@kund.example)**\n"
    assert _amended(f"Anna Andersson\n{rest}".encode()) == f"[raderad]\n{rest}".encode()


def test_escapes_of_broken_json_are_refused() -> None:
    with pytest.raises(CannotEdit):
        _amended(b'{"a": "anna@kund.example", "b": "anna\\u0040kund.example",')


def test_bytes_of_two_encodings_are_refused() -> None:
    blob = Blob("Åsa och Anna Andersson\n".encode() + "Åsa Öberg åt\n".encode("cp1252"), "x.txt")
    assert EDITOR.refuses(blob)
    with pytest.raises(CannotEdit, match="encoding"):
        EDITOR.edit(blob, WHOLE, anna(), Limits())


def test_signed_text_is_refused() -> None:
    assert EDITOR.refuses(Blob(b"-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\nAnna Andersson\n", "x.txt"))
    assert EDITOR.refuses(Blob(b"Anna Andersson\n", "x.txt")) is None


def test_a_text_has_no_records() -> None:
    with pytest.raises(CannotEdit):
        EDITOR.edit(Blob(b"Anna Andersson", "x.txt"), Edits(remove=frozenset({("row 1",)})), anna(), Limits())


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"Eva", b"Ewa"),
        (b"\r\n", b"\n"),
        (b"Eva Ek\r\n", b""),
        (b"[raderad]", b"[raderad"),
        (b"[raderad]", b"Anna Andersson"),
    ],
)
def test_the_proof_sees_what_an_editor_did_too_much(old: bytes, new: bytes) -> None:
    data = b"Anna Andersson kom\r\nEva Ek\r\nslut"
    after = _amended(data)
    assert EDITOR.differences(data, after.replace(old, new), WHOLE, anna())


def test_a_diff_shows_the_lines_that_change() -> None:
    assert diff("a\nAnna\nb", "a\n[raderad]\nb") == [("Anna", "[raderad]")]
    assert diff("a\nb\nc", "a\nc") == [("b", "")]
    assert diff("a", "a") == []


def test_spans_are_spread_over_the_pieces_they_lie_in() -> None:
    assert spread(anna(), ["Hej An", "na Ander", "sson!", "x"]) == [[(4, 6)], [(0, 8)], [(0, 4)], []]
    assert spread(anna(), ["Lund", "Anna", "Andersson"], "\t") == [[], [(0, 4)], [(0, 9)]]
