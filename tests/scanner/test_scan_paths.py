"""A look at some paths: new, changed and gone ones reach the index, all else stays, and it counts as no whole walk."""

from __future__ import annotations

import mailbox
import os
import shutil
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path

import pytest

from config.model import Source
from connectors import registry
from connectors.base import Gap, Item, Locator, Looked, Version
from connectors.files.looking import Looker
from scanner.blind import known_sources, searched
from scanner.detect.base import DetectSettings
from scanner.limits import Limits
from scanner.model import Action, Case, Finding, Ownership, Searched, State, Tier
from scanner.read import ReaderSettings
from scanner.scan import Scanner, SourceReport
from scanner.verify import NOT_WALKED, merge
from tests.scanner.scan_world import MASTER, ScanWorld


class Shelf(ScanWorld):
    """A folder `data` as the source `mapp`, and looks at its paths."""

    def __init__(self, folder: Path, kind: str = "folder", **settings: object) -> None:
        super().__init__(folder)
        self.data = folder / "data"
        self.data.mkdir()
        self.outside = folder
        self.mapp = Source("mapp", kind, {"path": str(self.data), **settings})

    def lay(self, path: str, text: str = "anna@x.example") -> Path:
        at = self.data / path
        at.parent.mkdir(parents=True, exist_ok=True)
        at.write_text(text)
        return at

    def look(self, *paths: str, leave_out: tuple[Path, ...] = ()) -> SourceReport:
        settings = ReaderSettings((self.mapp,), Limits(), DetectSettings(), MASTER)
        scanner = Scanner(self.index, self.sealer, settings, workers=0, leave_out=leave_out)
        return scanner.scan([self.mapp], paths=frozenset(paths))[0]

    def walk(self) -> SourceReport:
        return self.scan(self.mapp)

    def has(self) -> set[str]:
        return self.held("mapp")

    def truth(self) -> set[str]:
        """By os alone."""
        return {
            os.path.relpath(os.path.join(folder, name), self.data)
            for folder, _, names in os.walk(self.data)
            for name in names
            if os.path.isfile(os.path.join(folder, name))
        }

    def gapped(self) -> dict[str, str]:
        return {gap.path: gap.reason.value for gap in self.index.gaps()}

    def scope_row(self) -> list[tuple[object, ...]]:
        """When the last whole walk began and whether it ended, by SQLite alone."""
        with sqlite3.connect(f"file:{self.path}?mode=ro", uri=True) as db:
            return db.execute("SELECT scanned_at, complete FROM scope ORDER BY id").fetchall()


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    made = Shelf(tmp_path, exclude=["*.iso", "Arkiv"])
    made.lay("a/x.txt")
    made.lay("a/y.txt", "yvonne@x.example")
    made.lay("b.txt", "bo@x.example")
    made.walk()
    return made


def test_new_changed_and_gone_files_alone_are_touched(shelf: Shelf) -> None:
    before = shelf.scope_row()
    shelf.lay("a/ny.txt", "ny@x.example")
    shelf.lay("a/x.txt", "annan@x.example")
    shelf.lay("b.txt", "ändrad men inte sedd, sedd@x.example")
    (shelf.data / "a/y.txt").unlink()
    report = shelf.look("a/ny.txt", "a/x.txt", "a/y.txt")
    assert (report.read, report.retired, report.changed, report.complete) == (2, 1, True, False)
    assert shelf.has() == {"a/x.txt", "a/ny.txt", "b.txt"}
    assert [shelf.found(f"{who}@x.example") for who in ("annan", "ny", "anna", "yvonne", "sedd", "bo")] == [
        1, 1, 0, 0, 0, 1,
    ]  # fmt: skip
    assert shelf.scope_row() == before
    assert not shelf.look("a/ny.txt", "a/x.txt", "a/y.txt").changed


def test_folders_come_go_and_move_with_all_below(shelf: Shelf) -> None:
    shelf.lay("ny/djup/1.txt")
    shelf.lay("ny/2.txt")
    assert shelf.look("ny").read == 2
    (shelf.data / "ny").rename(shelf.data / "flyttad")
    report = shelf.look("ny/djup", "flyttad", "ny")
    assert (report.read, report.retired) == (2, 2)
    assert shelf.has() == shelf.truth()
    (shelf.data / "flyttad/djup").rename(shelf.outside / "borta")
    assert shelf.look("flyttad/djup/1.txt").retired == 1  # the folder above it is what is gone
    assert shelf.has() == shelf.truth()


def test_a_name_that_is_part_of_another_is_not_below_it(shelf: Shelf) -> None:
    for path in ("kund/a.txt", "kund2/a.txt", "kund.txt", "kun/a.txt"):
        shelf.lay(path)
    shelf.walk()
    (shelf.data / "kund").rename(shelf.outside / "kund")
    assert shelf.look("kund").retired == 1
    assert shelf.has() == shelf.truth()


def test_a_file_becomes_a_folder_and_a_folder_a_file(shelf: Shelf) -> None:
    (shelf.data / "b.txt").unlink()
    shelf.lay("b.txt/inne.txt")
    shelf.look("b.txt")
    assert shelf.has() == shelf.truth()
    (shelf.data / "a").rename(shelf.outside / "a")
    shelf.lay("a", "en fil")
    shelf.look("a", "a/x.txt", "a/y.txt")
    assert shelf.has() == shelf.truth() | {"a/x.txt", "a/y.txt"}  # the next whole walk's: see `PathsWalk`
    shelf.walk()
    assert shelf.has() == shelf.truth()


@pytest.mark.parametrize(
    "name", ["*", "[a]", "-rf", "100%", "a_b", "rad\nbryt", "..x", os.fsdecode(b"\xff\xfe"), "é", "e\u0301", " "]
)
def test_hostile_names_are_looked_at_literally(shelf: Shelf, name: str) -> None:
    shelf.lay(name)
    shelf.lay("ab")
    assert shelf.look(name).read == 1
    assert shelf.has() == {"a/x.txt", "a/y.txt", "b.txt", name}
    (shelf.data / name).unlink()
    assert shelf.look(name).retired == 1
    assert shelf.has() == {"a/x.txt", "a/y.txt", "b.txt"}


def test_what_is_left_out_of_walks_is_left_out_of_looks(shelf: Shelf) -> None:
    shelf.lay("a/skiva.iso")
    shelf.lay("Arkiv/gammal.txt")
    state = shelf.data / ".gallra"
    shelf.lay(".gallra/index.sqlite")
    report = shelf.look("a", "a/skiva.iso", "Arkiv", "Arkiv/gammal.txt", ".gallra/index.sqlite", leave_out=(state,))
    assert (report.seen, report.read, report.changed) == (2, 0, False)
    for path in ("../data/b.txt", "/etc/passwd", "a//x.txt", "./b.txt", "a/../b.txt"):
        assert shelf.look(path).seen == 0
    assert shelf.has() == {"a/x.txt", "a/y.txt", "b.txt"}


def test_a_path_that_is_swapped_for_a_link_leads_nowhere_outside(shelf: Shelf) -> None:
    outside = shelf.outside / "utanför"
    (shelf.data / "a").rename(outside)
    (outside / "hemlig.txt").write_text("hemlig@x.example")
    (shelf.data / "a").symlink_to(outside)
    report = shelf.look("a/hemlig.txt", "a/x.txt")
    assert (report.read, report.retired, report.changed) == (0, 0, True)
    assert shelf.found("hemlig@x.example") == 0
    looked = shelf.gapped()
    shelf.walk()
    assert looked == shelf.gapped() == {"a": "link not followed", "a/x.txt": "stale", "a/y.txt": "stale"}
    (shelf.data / "a").unlink()
    outside.rename(shelf.data / "a")
    assert shelf.look("a").read == 3  # the gap below it is replaced
    assert shelf.gapped() == {}


def test_a_source_that_is_not_there_loses_nothing(shelf: Shelf) -> None:
    shelf.data.rename(shelf.outside / "undan")
    assert shelf.look("b.txt").exit_code == 5
    shelf.data.mkdir()
    report = shelf.look("b.txt", "a")
    assert report.exit_code == 5
    assert shelf.has() == {"a/x.txt", "a/y.txt", "b.txt"}


def test_a_sentinel_that_is_missing_makes_a_look_no_evidence(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path, sentinel="finns.txt")
    shelf.lay("finns.txt")
    shelf.lay("a.txt")
    shelf.walk()
    (shelf.data / "finns.txt").unlink()
    (shelf.data / "a.txt").unlink()
    assert shelf.look("a.txt").exit_code == 5
    assert shelf.has() == {"finns.txt", "a.txt"}


def test_a_mount_that_leaves_in_the_middle_of_a_look_takes_nothing_with_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shelf = Shelf(tmp_path, sentinel="finns.txt")
    for name in ("finns.txt", "a.txt"):
        shelf.lay(name)
    shelf.walk()
    real = Looker.at

    def leaving(self: Looker, path: str) -> Iterator[Item | Gap | Looked]:
        for one in shelf.data.iterdir():
            one.unlink()
        yield from real(self, path)

    monkeypatch.setattr(Looker, "at", leaving)
    assert shelf.look("a.txt").exit_code == 5
    assert shelf.has() == {"finns.txt", "a.txt"}


def test_the_whole_is_walked_where_a_look_cannot_tell(
    shelf: Shelf, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shelf.lay("c.txt")
    assert shelf.look("").complete
    assert shelf.has() == shelf.truth()
    (tmp_path / "ny").mkdir()
    fresh = Shelf(tmp_path / "ny")
    fresh.lay("a.txt")
    fresh.lay("b.txt")
    assert fresh.look("a.txt").complete  # never walked before
    assert fresh.has() == fresh.truth()
    monkeypatch.setitem(registry.BUILT_IN, "memory", "tests.scanner.scan_world:Counting")
    monkeypatch.setattr("tests.scanner.scan_world.Counting.kind", "memory")
    registry._known.cache_clear()
    shelf.put(a__x="a")
    assert shelf.scan().complete
    settings = ReaderSettings((shelf.source,), Limits(), DetectSettings(), MASTER)
    scanner = Scanner(shelf.index, shelf.sealer, settings, workers=0)
    assert scanner.scan([shelf.source], paths=["a/x"])[0].complete  # a kind that cannot look
    registry._known.cache_clear()


def test_a_look_that_took_something_out_is_no_evidence_of_absence(shelf: Shelf) -> None:
    """The item moved, and nobody has told of where to: only a whole walk may say that it is nowhere."""
    run_at = datetime.now(UTC)
    shelf.walk()
    assert _absent(shelf, run_at) == (State.ABSENT, None)
    (shelf.data / "b.txt").rename(shelf.data / "a/flyttad.txt")
    assert shelf.look("b.txt").retired == 1
    assert _absent(shelf, run_at) == (State.OPEN, NOT_WALKED)
    shelf.lay("helt ny.txt")
    shelf.walk()
    assert _absent(shelf, run_at) == (State.ABSENT, None)
    shelf.lay("ny igen.txt")
    shelf.look("ny igen.txt")
    assert _absent(shelf, run_at) == (State.ABSENT, None)  # nothing left
    shelf.lay("helt ny.txt", "klippt, och snart klistrat i en annan fil")
    shelf.look("helt ny.txt")
    assert _absent(shelf, run_at) == (State.OPEN, NOT_WALKED)


def _absent(shelf: Shelf, run_at: datetime) -> tuple[State, str | None]:
    """What a search that does not find a finding any more makes of it."""
    told: list[Searched] = searched(known_sources(shelf.index, ["mapp"]), [shelf.mapp])
    case = Case("2026-0001", run_at, [], run_at=run_at)
    what = (Tier.CERTAIN, (), Ownership.OWN, Action.REMOVE, Version("1"))
    case.findings = [Finding(1, Locator("mapp", "b.txt"), "file", *what)]
    merge(case, [], [], told)
    return case.findings[0].state, case.findings[0].reason


def test_mails_come_go_and_are_read_without_a_walk(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path, "maildir", folders=[])
    shelf.data.rmdir()
    box = mailbox.Maildir(shelf.data)
    first, second = box.add(_mail("anna@x.example")), box.add(_mail("bo@x.example"))
    shelf.walk()
    third = box.add(_mail("ny@x.example"))
    box.remove(first)
    os.rename(shelf.data / "new" / second, shelf.data / "cur" / f"{second}:2,S")
    for name in ("dovecot-uidlist", "dovecot.index.log"):
        (shelf.data / name).write_text("x")
    told = [f"new/{first}", f"new/{second}", f"cur/{second}:2,S", f"new/{third}", "dovecot-uidlist", "dovecot.lock"]
    report = shelf.look(*told, f"tmp/{third}")
    assert (report.read, report.retired, report.complete) == (1, 1, False)
    assert shelf.has() == {f"INBOX/{second}", f"INBOX/{third}"}
    assert [shelf.found(f"{who}@x.example") for who in ("anna", "bo", "ny")] == [0, 1, 1]
    fourth = box.add_folder("Nytt").add(_mail("nytt@x.example"))
    assert shelf.look(f".Nytt/new/{fourth}").complete  # a new folder: only a walk tells what it is
    assert shelf.has() == {f"INBOX/{second}", f"INBOX/{third}", f"Nytt/{fourth}"}
    shutil.rmtree(shelf.data / ".Nytt")
    assert shelf.look(".Nytt", f".Nytt/new/{fourth}").complete
    assert shelf.has() == {f"INBOX/{second}", f"INBOX/{third}"}


def _mail(sender: str) -> EmailMessage:
    message = EmailMessage()
    message["From"] = sender
    message.set_content("hej")
    return message
