"""kill -9 between every two system calls of a run over every editable format: the next run comes to the same end.

The plan has some 600 such points; `make prove` takes them all, a plain run of the tests a spread sample.
"""

from __future__ import annotations

import csv
import email
import gzip
import io
import tarfile
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator
from email.policy import default
from pathlib import Path

import docx
import openpyxl
import pytest
from odf.opendocument import load
from odf.table import TableRow
from odf.teletype import extractText
from odf.text import P

from connectors.files import atomic
from tests.scanner.surgery_pieces import ANNA, BO, BYSTANDERS, CIA, PEOPLE, calendar, card, event, mailbox
from tests.scanner.surgery_scene import End, Points, Scene

PARTS = 20
REGISTER = [["Namn", "E-post"], ["Bo Dal", BO], ["Cia Lo", CIA]]
SAID = f"Bo Dal {BO} talade med [raderad], [raderad]."


class Kills:
    """Scenes that are killed at a point, and the end that each must come to."""

    def __init__(self, folder: Path, *chosen: str) -> None:
        self.folder = folder
        self.chosen = chosen or None
        scene = Scene(folder / "undisturbed", self.chosen)
        points = Points()
        scene.run(points)
        self.names = points.names
        self.expected: End = scene.end()

    def check(self, *kills: int) -> None:
        """Die at each of the points in turn, then run to the end."""
        scene = Scene(self.folder / "-".join(map(str, kills)), self.chosen)
        for kill in kills:
            assert scene.killed(kill), self.names[kill]
        scene.run()
        assert scene.end() == self.expected, (kills, [self.names[kill] for kill in kills])


@pytest.fixture
def kills(tmp_path: Path) -> Kills:
    return Kills(tmp_path)


def spread(points: int, count: int) -> Iterator[int]:
    return iter(range(0, points, max(1, points // count)))


def rows(data: bytes, delimiter: str = ";") -> list[list[str]]:
    return list(csv.reader(io.StringIO(data.decode("cp1252")), delimiter=delimiter))


def workbook(data: bytes) -> list[list[str]]:
    values = openpyxl.load_workbook(io.BytesIO(data)).worksheets[0].values
    return [[str(one) for one in row] for row in values if any(row)]


def ods(data: bytes) -> list[list[str]]:
    found = load(io.BytesIO(data)).spreadsheet.getElementsByType(TableRow)
    lines = [[extractText(cell) for cell in row.childNodes] for row in found]
    return [line for line in lines if any(line)]


def members(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def tar(data: bytes) -> dict[str, bytes]:
    with tarfile.open(fileobj=io.BytesIO(data)) as archive:
        return {one.name: (archive.extractfile(one) or io.BytesIO()).read() for one in archive}


def attached(data: bytes) -> bytes:
    (one,) = email.message_from_bytes(data, policy=default).iter_attachments()
    content = one.get_content()
    assert isinstance(content, bytes)
    return content


def written(data: bytes) -> list[str]:
    return [extractText(one) for one in load(io.BytesIO(data)).text.getElementsByType(P)]


WITNESSES: dict[str, Callable[[bytes], bool]] = {
    "lista.csv": lambda data: rows(data) == REGISTER,
    "lista.tsv": lambda data: rows(data, "\t") == REGISTER,
    "lista.xlsx": lambda data: workbook(data) == REGISTER,
    "lista.ods": lambda data: ods(data) == REGISTER,
    "kort.vcf": lambda data: data == (card("Bo Dal", BO) + card("Cia Lo", CIA)).encode(),
    "kal.ics": lambda data: (
        data
        == calendar()
        .replace(event("2@x", "Anna Ek", PEOPLE[1]), "")
        .replace(event("1@x", "Planering", *PEOPLE), event("1@x", "Planering", PEOPLE[0], PEOPLE[2]))
        .encode()
    ),
    "post.mbox": lambda data: data == mailbox(PEOPLE[0], PEOPLE[2]),
    "arkiv.zip": lambda data: (
        [*members(data)] == ["lista.csv", "Bo.txt"] and rows(members(data)["lista.csv"]) == REGISTER
    ),
    "arkiv.tar": lambda data: [*tar(data)] == ["lista.csv", "Bo.txt"] and rows(tar(data)["lista.csv"]) == REGISTER,
    "arkiv.tar.gz": lambda data: [*tar(data)] == ["lista.csv", "Bo.txt"],
    "lista.csv.gz": lambda data: rows(gzip.decompress(data)) == REGISTER,
    "brev.eml": lambda data: rows(attached(data)) == REGISTER,
    "not.txt": lambda data: data.decode("utf-8-sig").splitlines() == [SAID, "Beslut: inget."],
    "not.md": lambda data: data.decode().splitlines() == ["# Möte", SAID, "Beslut: inget."],
    "not.html": lambda data: data.decode() == f"<html><body><p>{SAID}</p><p>Beslut: inget.</p></body></html>",
    "not.docx": lambda data: (
        [one.text for one in docx.Document(io.BytesIO(data)).paragraphs] == [SAID, "Beslut: inget."]
    ),
    "not.odt": lambda data: written(data) == [SAID, "Beslut: inget."],
}


def test_an_undisturbed_run_takes_out_just_what_was_planned(kills: Kills) -> None:
    """The end that all others are measured by, seen by parsers that the editors do not use."""
    files, said, left = kills.expected
    contents = {path: content for path, (mode, content) in files.items() if mode & 0o100000}
    assert contents.keys() == WITNESSES.keys() | BYSTANDERS.keys()
    assert {path for path, witness in WITNESSES.items() if not witness(contents[path])} == set()
    assert {path: contents[path] for path in BYSTANDERS} == BYSTANDERS
    assert not [path for path in files if path.startswith("Anna Ek")]
    assert {state for _, state, *_ in said} == {"erased"}
    assert left == 0
    assert not any(ANNA.encode() in content for content in contents.values())


def test_there_are_points_of_every_kind(kills: Kills) -> None:
    counted = Counter(kills.names)
    kinds = {"open", "write", "fchmod", "fsync", "renameat2", "unlink", "rmdir", "begin", "commit", "committed"}
    assert counted.keys() == kinds
    assert len(kills.names) >= 500


def test_a_kill_at_some_of_the_points_comes_to_the_same_end(kills: Kills) -> None:
    for point in spread(len(kills.names), 25):
        kills.check(point)


@pytest.mark.prove
@pytest.mark.parametrize("part", range(PARTS))
def test_a_kill_at_every_point_comes_to_the_same_end(kills: Kills, part: int) -> None:
    for point in range(part, len(kills.names), PARTS):
        kills.check(point)


def test_two_kills_in_a_row_come_to_the_same_end(kills: Kills) -> None:
    """The second one hits what goes on with what the first one left."""
    for first in spread(len(kills.names), 6):
        kills.check(first, 9)
        kills.check(first, 20, 14)


@pytest.mark.prove
@pytest.mark.parametrize("first", range(0, 60, 3))
def test_two_kills_of_one_rewriting_come_to_the_same_end(tmp_path: Path, first: int) -> None:
    small = Kills(tmp_path, "lista.csv", "Anna Ek/avtal.txt")
    for second in range(0, 24):
        small.check(min(first, len(small.names) - 1), second)


@pytest.fixture
def linking(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Kills:
    """Where renameat2 is missing, links and unlinks do the same."""
    monkeypatch.setattr(atomic, "_libc_renameat2", None)
    kills = Kills(tmp_path, "lista.csv", "lista.xlsx", "not.txt", "Anna Ek/avtal.txt")
    assert {"link", "unlink"} <= set(kills.names)
    return kills


def test_without_a_swap_in_one_step_a_kill_comes_to_the_same_end(linking: Kills) -> None:
    for point in spread(len(linking.names), 12):
        linking.check(point)


@pytest.mark.prove
@pytest.mark.parametrize("part", range(6))
def test_without_a_swap_in_one_step_every_kill_comes_to_the_same_end(linking: Kills, part: int) -> None:
    for point in range(part, len(linking.names), 6):
        linking.check(point)
