"""The engine: goes to where records lie, however deep, and lets nothing through that is not proven."""

from __future__ import annotations

import csv
import gzip
import io
import zipfile
from collections.abc import Callable, Sequence

import pytest

from scanner.blob import Blob
from scanner.limits import Limits
from scanner.model import Cut
from scanner.records import Steps
from scanner.surgery import registry
from scanner.surgery.base import CannotEdit, Editor, Edits, Person
from scanner.surgery.operate import operate, refusal
from tests.scanner.surgery.people import anna

BO, ANNA = ("Bo Dal", "bo@kund.example"), ("Anna Andersson", "anna@kund.example")
LIMITS = Limits()


def table(*people: tuple[str, str]) -> bytes:
    return "".join(f"{';'.join(row)}\r\n" for row in (("Namn", "E-post"), *people)).encode()


def zipped(members: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in members.items():
            archive.writestr(zipfile.ZipInfo(name, (2026, 1, 2, 3, 4, 6)), data)
    return out.getvalue()


def unzipped(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def rows(data: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(data.decode()), delimiter=";"))[1:]


def done(data: bytes, name: str, *cuts: Cut) -> bytes:
    return operate(Blob(data, name), cuts, anna(), LIMITS)


def refused(data: bytes, name: str, *cuts: Cut, limits: Limits = LIMITS) -> str:
    with pytest.raises(CannotEdit) as caught:
        operate(Blob(data, name), cuts, anna(), limits)
    assert refusal(Blob(data, name), cuts, anna(), limits) == caught.value.reason
    return caught.value.reason


def deep(levels: int) -> tuple[bytes, Steps]:
    """A table in so many archives, each in the next, and the steps to Anna's row."""
    steps: Steps = ("member lista.csv", "row 2")
    data = zipped({"lista.csv": table(BO, ANNA), "bo.txt": b"Bo Dal"})
    for _ in range(levels - 1):
        data, steps = zipped({"in.zip": data, "bo.txt": b"Bo Dal"}), ("member in.zip", *steps)
    return data, steps


@pytest.mark.parametrize("levels", [1, 2, 5])
def test_a_record_leaves_however_deep_it_lies(levels: int) -> None:
    data, steps = deep(levels)
    after = done(data, "a.zip", Cut(steps))
    for _ in range(levels - 1):
        assert unzipped(after)["bo.txt"] == b"Bo Dal"
        after = unzipped(after)["in.zip"]
    assert rows(unzipped(after)["lista.csv"]) == [list(BO)]


def test_too_deep_is_refused() -> None:
    data, steps = deep(14)
    assert refused(data, "a.zip", Cut(steps))


def test_many_records_of_many_members_leave_in_one_rewriting() -> None:
    data = zipped(
        {
            "a.csv": table(ANNA, BO),
            "anna.txt": b"Anna Andersson",
            "b.csv.gz": gzip.compress(table(BO, ANNA, BO), mtime=0),
            "not.txt": b"Bo Dal och Anna Andersson",
            "c.csv": table(BO),
        }
    )
    cuts = [
        Cut(("member a.csv", "row 1")),
        Cut(("member anna.txt",)),
        Cut(("member b.csv.gz", "member b.csv", "row 2")),
        Cut(("member not.txt",), amend=True),
    ]
    after = unzipped(done(data, "a.zip", *cuts))
    assert list(after) == ["a.csv", "b.csv.gz", "not.txt", "c.csv"]
    assert rows(after["a.csv"]) == [list(BO)]
    assert rows(gzip.decompress(after["b.csv.gz"])) == [list(BO), list(BO)]
    assert after["not.txt"] == b"Bo Dal och [raderad]"
    assert after["c.csv"] == table(BO)


def test_what_lies_in_a_record_that_leaves_goes_with_it() -> None:
    data = zipped({"anna.csv": table(ANNA), "bo.txt": b"Bo Dal"})
    cuts = [Cut(("member anna.csv",)), Cut(("member anna.csv", "row 1")), Cut(("member anna.csv",), amend=True)]
    assert unzipped(done(data, "a.zip", *cuts)) == {"bo.txt": b"Bo Dal"}


def test_the_same_cut_twice_is_one() -> None:
    cuts = [Cut(("row 2",), print="a", occurrence=1), Cut(("row 2",), print="a", occurrence=2), Cut(("row 2",))]
    assert rows(done(table(BO, ANNA), "a.csv", *cuts)) == [list(BO)]


def test_the_same_edits_of_the_same_bytes_give_the_same_bytes() -> None:
    data, steps = deep(2)
    assert done(data, "a.zip", Cut(steps)) == done(data, "a.zip", Cut(steps))


@pytest.mark.parametrize(
    ("data", "name", "cuts"),
    [
        (table(BO, ANNA), "a.csv", []),
        (table(BO, ANNA), "a.csv", [Cut(("row 9",))]),
        (table(BO, ANNA), "a.csv", [Cut(("row 2", "row 1"))]),
        (table(BO, ANNA), "a.csv", [Cut(("card 1",))]),
        (table(BO, ANNA), "a.csv", [Cut(())]),
        (b"%PDF-1.7\n", "a.pdf", [Cut(("page 1",))]),
        (b"", "a.csv", [Cut(("row 1",))]),
        (b"\x00\x01\x02" * 99, "a.bin", [Cut(("row 1",))]),
        (zipped({"a.csv": table(ANNA)})[:-9], "a.zip", [Cut(("member a.csv", "row 1"))]),
        (zipped({"a.csv": table(ANNA)}), "a.zip", [Cut(("member b.csv", "row 1"))]),
        (zipped({"a.pdf": b"%PDF-1.7\n"}), "a.zip", [Cut(("member a.pdf", "page 1"))]),
    ],
)
def test_what_cannot_be_done_is_refused_in_words(data: bytes, name: str, cuts: list[Cut]) -> None:
    reason = refused(data, name, *cuts)
    assert reason
    assert not [word for word in ("Anna", "kund.example", "Traceback") if word in reason]


def test_one_cut_that_cannot_be_done_keeps_all_the_others_from_being_done() -> None:
    refused(table(BO, ANNA), "a.csv", Cut(("row 2",)), Cut(("row 9",)))


def test_what_is_too_large_to_hold_is_refused() -> None:
    many = table(ANNA, *[BO] * 200)
    with pytest.raises(CannotEdit):
        operate(Blob(io.BytesIO(many), "a.csv", limit=100), [Cut(("row 1",))], anna(), Limits(blob=100))


Edit = Callable[[Blob, Edits, Person, Limits], bytes]


def lying(monkeypatch: pytest.MonkeyPatch, edit: Edit) -> None:
    """An editor of tables that does something else, and whose own comparison tells nothing."""
    honest = registry.load("csv")
    assert honest is not None
    editor = Editor(edit, lambda *_: [], honest.refuses, honest.records, honest.amends)
    monkeypatch.setattr(registry, "load", lambda _: editor)


@pytest.mark.parametrize(
    "made", [table(BO, ANNA), table(), table(BO, BO), table(("Bo", BO[1])), b"", table(("Anna", ANNA[1]))]
)
def test_an_editor_that_lies_is_not_believed(monkeypatch: pytest.MonkeyPatch, made: bytes) -> None:
    lying(monkeypatch, lambda *_: made)
    assert refused(table(BO, ANNA), "a.csv", Cut(("row 2",)))


def test_what_an_editor_says_of_its_own_work_is_heard(monkeypatch: pytest.MonkeyPatch) -> None:
    honest = registry.load("csv")
    assert honest is not None

    def differences(before: bytes, after: bytes, edits: Edits, person: Person) -> Sequence[str]:
        return ["a cell differs"]

    editor = Editor(honest.edit, differences, honest.refuses, honest.records, honest.amends)  # type: ignore[arg-type]
    monkeypatch.setattr(registry, "load", lambda _: editor)
    assert "a cell differs" in refused(table(BO, ANNA), "a.csv", Cut(("row 2",)))


def test_an_editor_that_breaks_refuses(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> bytes:
        raise IndexError("Anna Andersson")

    lying(monkeypatch, broken)
    reason = refusal(Blob(table(BO, ANNA), "a.csv"), [Cut(("row 2",))], anna(), LIMITS)
    assert reason == "the editor gave up (IndexError)"
