"""One installation, opened: what is made, what is refused, and what an answer says of its sources."""

from __future__ import annotations

from pathlib import Path

import pytest

from connectors.base import GapReason, Locator
from connectors.errors import ConfigError
from scanner.asked import asked
from scanner.index.errors import NoIndex
from scanner.model import Action, SubjectId
from scanner.workspace import CASES, INDEX, Workspace

SOURCE = '[[source]]\nname = "{0}"\nkind = "folder"\nbackup = "none"\npath = "{0}"\n'
ANNA = "anna@kund.example"


def written(root: Path, *sources: str) -> Path:
    config = root / "gallra.toml"
    config.write_text('[agent]\nstate = ".gallra"\n' + "".join(SOURCE.format(name) for name in sources))
    for name in sources:
        (root / name).mkdir(exist_ok=True)
    return config


def subject(work: Workspace, *words: str) -> list[SubjectId]:
    return work.identify(asked(words or (ANNA,), {}, work.detect))


def test_opening_makes_a_closed_state_folder_and_a_key(tmp_path: Path) -> None:
    with Workspace.open(written(tmp_path, "kunder")):
        assert (tmp_path / ".gallra").stat().st_mode & 0o777 == 0o700
        assert (tmp_path / "gallra.key").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("left", [INDEX, CASES])
def test_no_key_is_made_beside_what_another_key_sealed(tmp_path: Path, left: str) -> None:
    config = written(tmp_path, "kunder")
    (tmp_path / ".gallra").mkdir()
    (tmp_path / ".gallra" / left).write_bytes(b"x")
    with pytest.raises(ConfigError):
        Workspace.open(config)
    assert not (tmp_path / "gallra.key").exists()


def test_searching_before_the_first_scan_says_so(tmp_path: Path) -> None:
    with Workspace.open(written(tmp_path, "kunder")) as work, pytest.raises(NoIndex):
        subject(work)


def test_a_source_that_was_never_scanned_is_a_gap(tmp_path: Path) -> None:
    config = written(tmp_path, "kunder", "projekt")
    with Workspace.open(config) as work:
        work.scan(["kunder"])
        _, gaps, searched = work.search(subject(work))
    assert [(gap.locator, gap.reason) for gap in gaps] == [(Locator("projekt", ""), GapReason.NEVER_SCANNED)]
    assert [one.source for one in searched] == ["kunder"]


def test_a_source_that_left_the_configuration_leaves_the_answer_and_then_the_index(tmp_path: Path) -> None:
    config = written(tmp_path, "kunder", "gammal")
    (tmp_path / "gammal" / "a.txt").write_text(ANNA)
    with Workspace.open(config) as work:
        work.scan()
        assert len(work.search(subject(work))[0]) == 1
    written(tmp_path, "kunder")
    with Workspace.open(config) as work:
        findings, gaps, searched = work.search(subject(work))
        assert (findings, gaps, [one.source for one in searched]) == ([], [], ["kunder"])
        work.scan()
        with work.index() as index:
            assert [one.source for one in index.searched()] == ["kunder"]


def test_forgotten_items_come_back_if_they_are_there_after_all(tmp_path: Path) -> None:
    config = written(tmp_path, "kunder")
    (tmp_path / "kunder" / "a.txt").write_text(ANNA)
    with Workspace.open(config) as work:
        work.scan()
        work.forget_items([Locator("kunder", "a.txt"), Locator("kunder", "aldrig.txt")])
        assert work.search(subject(work))[0] == []
        work.rescan(["kunder"])
        assert [one.locator.path for one in work.search(subject(work))[0]] == ["a.txt"]


def test_a_rescan_of_what_is_configured_no_more_fails_and_says_so(tmp_path: Path) -> None:
    with Workspace.open(written(tmp_path, "kunder")) as work:
        work.scan()
        reports = work.rescan(["kunder", "borta"])
        assert {one.source: bool(one.error) for one in reports} == {"kunder": False, "borta": True}


def test_what_was_found_by_words_is_confirmed_by_workers(tmp_path: Path) -> None:
    """The real look, in real processes."""
    config = written(tmp_path, "kunder")
    (tmp_path / "kunder" / "namn.txt").write_text("Brev från Anna Ek.\n")
    (tmp_path / "kunder" / "ord.txt").write_text("Anna kom. Sedan kom Ek.\n")
    with Workspace.open(config) as work:
        work.scan()
        findings, _, _ = work.search(subject(work, "Anna Ek"))
    assert [(one.locator.path, one.action) for one in findings] == [("namn.txt", Action.DECIDE)]


def test_what_changed_since_the_scan_is_not_proposed(tmp_path: Path) -> None:
    config = written(tmp_path, "kunder")
    path = tmp_path / "kunder" / "a.txt"
    path.write_text(ANNA)
    with Workspace.open(config) as work:
        work.scan()
        assert work.search(subject(work))[0][0].action is Action.REMOVE
        path.write_text(f"{ANNA} och Bo Dahlgren")
        assert work.search(subject(work))[0][0].action is Action.DECIDE


def test_a_source_that_is_away_keeps_its_findings_and_proposes_nothing(tmp_path: Path) -> None:
    config = written(tmp_path, "kunder")
    (tmp_path / "kunder" / "a.txt").write_text(ANNA)
    (tmp_path / "kunder" / "ord.txt").write_text("Anna kom. Sedan kom Ek.\n")
    with Workspace.open(config) as work:
        work.scan()
        (tmp_path / "kunder").rename(tmp_path / "undan")
        findings, _, _ = work.search(subject(work, ANNA, "Anna Ek"))
    assert {one.locator.path: one.tier.value for one in findings} == {"a.txt": "certain", "ord.txt": "possible"}
    assert {one.action for one in findings} == {Action.DECIDE}


def test_keys_and_statistics_inside_a_source_are_not_searched(tmp_path: Path) -> None:
    config = written(tmp_path, "kunder")
    keys = '[agent]\nkey = "file:kunder/a.key"\nledger_key = "file:kunder/b.key"\n'
    config.write_text(config.read_text().replace("[agent]\n", keys) + '[erase]\nstatistics = "kunder/quotes.csv"\n')
    for name in ("b.key", "quotes.csv", "brev.txt"):
        (tmp_path / "kunder" / name).write_text(f"Anna Ek {ANNA}\n")
    with Workspace.open(config) as work:
        work.scan()
        found, _, _ = work.search(subject(work))
    assert {one.locator.path for one in found} == {"brev.txt"}
