"""The csv editor: rows leave with their own bytes; the witness is the generator's own bytes and the csv module."""

from __future__ import annotations

import csv
import io
import random

import pytest

from scanner.blob import Blob
from scanner.limits import Limits
from scanner.model import Cut
from scanner.surgery.base import CannotEdit, Edits
from scanner.surgery.operate import operate
from scanner.surgery.tables.csv import EDITOR
from tests.scanner.surgery.make_csv import make
from tests.scanner.surgery.people import anna

HEAD = "Namn;E-post;Telefon\n"


def _removed(data: bytes, *numbers: int) -> bytes:
    edits = Edits(remove=frozenset((f"row {number}",) for number in numbers))
    after = EDITOR.edit(Blob(data, "x.csv"), edits, anna(), Limits())
    assert EDITOR.differences(data, after, edits, anna()) == []
    return after


def _amended(data: bytes, *steps: tuple[str, ...]) -> bytes:
    edits = Edits(amend=frozenset(steps))
    after = EDITOR.edit(Blob(data, "x.csv"), edits, anna(), Limits())
    assert EDITOR.differences(data, after, edits, anna()) == []
    return after


@pytest.mark.parametrize("seed", range(20))
def test_twenty_rows_leave_and_all_else_is_the_same(seed: int) -> None:
    rng = random.Random(seed)
    made = make(rng, rng.randint(1, 500))
    rows = range(1, len(made.rows))
    gone = set(rng.sample(rows, min(20, len(rows))))
    after = _removed(made.data, *gone)
    assert after == made.without(gone)
    text = after[len(made.head) :].decode(made.codec)
    kept = [row for number, row in enumerate(made.rows) if number not in gone]
    assert list(csv.reader(io.StringIO(text, newline=""), delimiter=made.delimiter)) == kept


@pytest.mark.prove
@pytest.mark.parametrize("seed", range(1000, 1200))
def test_twenty_rows_leave_two_hundred_files(seed: int) -> None:
    test_twenty_rows_leave_and_all_else_is_the_same(seed)


@pytest.mark.parametrize("seed", range(300, 304))
def test_the_whole_operation_agrees(seed: int) -> None:
    rng = random.Random(seed)
    made = make(rng, 60)
    gone = set(rng.sample(range(1, 61), 20))
    after = operate(Blob(made.data, "x.csv"), [Cut((f"row {number}",)) for number in gone], anna(), Limits())
    assert after == made.without(gone)


def test_all_rows_out_leaves_the_header() -> None:
    data = (HEAD + "Anna Andersson;a@x.example;1\nBo Ek;b@x.example;2").encode("cp1252")
    assert _removed(data, 1, 2) == HEAD.encode()


def test_the_last_row_without_a_line_end_leaves_the_others_bytes() -> None:
    data = (HEAD + "Bo Ek;b@x.example;2\r\nAnna Andersson;a@x.example;1").encode()
    assert _removed(data, 2) == (HEAD + "Bo Ek;b@x.example;2\r\n").encode()


def test_of_identical_rows_the_one_with_the_number_leaves() -> None:
    rows = ["Anna Andersson;a@x.example;1\r\n", "Bo Ek;b@x.example;2\n", "Anna Andersson;a@x.example;1\n"]
    data = (HEAD + "".join(rows)).encode()
    assert _removed(data, 3) == (HEAD + rows[0] + rows[1]).encode()
    assert _removed(data, 1) == (HEAD + rows[1] + rows[2]).encode()


def test_blank_lines_count_and_stay() -> None:
    data = (HEAD + "\nAnna Andersson;a@x.example;1\n\n\nBo Ek;b@x.example;2\n").encode()
    assert _removed(data, 2) == (HEAD + "\n\n\nBo Ek;b@x.example;2\n").encode()


def test_a_title_and_a_sep_line_above_the_header_stay() -> None:
    data = ("sep=;\r\nKundlista 2026\r\n\r\n" + HEAD + "Anna Andersson;a@x.example;1\nBo Ek;b@x.example;2\n").encode()
    assert _removed(data, 1) == ("sep=;\r\nKundlista 2026\r\n\r\n" + HEAD + "Bo Ek;b@x.example;2\n").encode()


@pytest.mark.parametrize("codec", ["utf-8", "cp1252", "utf-16"])
@pytest.mark.parametrize("end", ["\r", "\r\n"])
def test_a_large_file_with_its_first_odd_letter_at_its_end(codec: str, end: str) -> None:
    rows = [f"Bo Ek;b{number}@x.example;08-{number:06}{end}" for number in range(12_000)] + [f"Åsa Öberg;å;{end}"]
    head = HEAD.replace("\n", end)
    after = _removed((head + "".join(rows)).encode(codec), 1, 11_999, 12_000)
    assert after == (head + "".join([*rows[1:11_998], rows[12_000]])).encode(codec)


def test_without_a_header_the_first_row_is_row_one() -> None:
    data = b"Anna Andersson;a@x.example;Uppsala\nBo Ek;b@x.example;Lund\n"
    assert _removed(data, 1) == b"Bo Ek;b@x.example;Lund\n"


def test_a_quote_that_is_never_closed_is_refused() -> None:
    data = (HEAD + 'Anna Andersson;"a@x.example;1\nBo Ek;b@x.example;2\n').encode()
    with pytest.raises(CannotEdit, match="quote"):
        _removed(data, 1)


def test_a_quote_that_closes_in_another_row_takes_nobody_with_it() -> None:
    data = (HEAD + 'Anna Andersson;"a@x.example;1\nBo Ek;b@x.example";2\nEva Ek;e@x.example;3\n').encode()
    with pytest.raises(CannotEdit):
        operate(Blob(data, "x.csv"), [Cut(("row 1",))], anna(), Limits())


@pytest.mark.parametrize("steps", [("row 0",), ("row 9",), ("row x",), ("sheet A", "row 1"), ()])
def test_what_is_no_row_is_refused(steps: tuple[str, ...]) -> None:
    data = (HEAD + "Anna Andersson;a@x.example;1\n").encode()
    with pytest.raises(CannotEdit):
        EDITOR.edit(Blob(data, "x.csv"), Edits(remove=frozenset({steps})), anna(), Limits())


def test_a_cell_is_amended_inside_its_quotes() -> None:
    note = '"Ring ""Anna Andersson"" på 070-123 45 67;\r\nEva på 070-123 45 68"'
    rows = f"Bo Ek;b@x.example;{note}\nAnna Svensson;s@x.example;\n"
    after = _amended((HEAD + rows).encode("utf-16"), ("row 1",))
    expected = rows.replace("Anna Andersson", "[raderad]").replace("070-123 45 67", "[raderad]")
    assert after == (HEAD + expected).encode("utf-16")


@pytest.mark.parametrize("seed", range(20))
def test_amended_rows_change_in_their_cells_and_nowhere_else(seed: int) -> None:
    rng = random.Random(seed)
    made = make(rng, rng.randint(1, 300))
    hers = set(rng.sample(range(1, len(made.rows)), min(20, len(made.rows) - 1)))
    before, after = ([*made.lines] for _ in range(2))
    for number in hers:
        address = made.rows[number][1].encode(made.codec)
        before[number] = made.lines[number].replace(address, "anna@kund.example".encode(made.codec))
        after[number] = made.lines[number].replace(address, "[raderad]".encode(made.codec))
    steps = [(f"row {number}",) for number in hers]
    assert _amended(made.head + b"".join(before), *steps) == made.head + b"".join(after)


def test_rows_leave_and_others_are_amended_at_once() -> None:
    data = (HEAD + "Anna Andersson;a@x.example;1\nBo Ek;anna@kund.example;2\nEva Ek;e@x.example;3\n").encode()
    edits = Edits(remove=frozenset({("row 1",)}), amend=frozenset({("row 2",)}))
    after = EDITOR.edit(Blob(data, "x.csv"), edits, anna(), Limits())
    assert after == (HEAD + "Bo Ek;[raderad];2\nEva Ek;e@x.example;3\n").encode()
    assert EDITOR.differences(data, after, edits, anna()) == []
    cuts = [Cut(("row 1",)), Cut(("row 2",), amend=True)]
    assert operate(Blob(data, "x.csv"), cuts, anna(), Limits()) == after


def test_a_name_in_two_cells_is_amended_in_both() -> None:
    data = b"Ort;Kontakt;Efternamn\nLund;Anna;Andersson\nLund;Anna;Svensson\n"
    assert _amended(data, ("row 1",)) == b"Ort;Kontakt;Efternamn\nLund;[raderad];[raderad]\nLund;Anna;Svensson\n"


def test_the_title_is_amended() -> None:
    data = ("Kunder till Anna Andersson\n\n" + HEAD + "Bo Ek;b@x.example;2\n").encode()
    assert _amended(data, ()) == ("Kunder till [raderad]\n\n" + HEAD + "Bo Ek;b@x.example;2\n").encode()


def test_a_row_that_does_not_name_the_person_is_not_amended() -> None:
    data = (HEAD + "Johanna Andersson;b@x.example;2\n").encode()
    with pytest.raises(CannotEdit):
        _amended(data, ("row 1",))


@pytest.mark.parametrize(
    "spoil",
    [
        lambda data: data.replace(b"Eva", b"Ewa"),
        lambda data: data.replace(b"\r\n", b"\n"),
        lambda data: data + b"x",
        lambda data: data.replace(b"Eva Ek;e@x.example;3\r\n", b""),
    ],
)
def test_the_proof_sees_what_an_editor_did_too_much(spoil: object) -> None:
    data = (HEAD + "Anna Andersson;a@x.example;1\nBo Ek;b@x.example;2\r\nEva Ek;e@x.example;3\r\n").encode()
    after = _removed(data, 1)
    edits = Edits(remove=frozenset({("row 1",)}))
    assert callable(spoil)
    assert EDITOR.differences(data, spoil(after), edits, anna())
    assert EDITOR.differences(data, data, edits, anna())
