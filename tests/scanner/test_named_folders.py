"""A folder that bears the subject's name keeps a case open until it is gone; a couple's is left alone."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

from connectors.base import Connector, Locator, Strength, Version
from connectors.errors import ConfigError
from connectors.files.local import Folder
from scanner.model import Action, Case, Evidence, Finding, Ownership, State, SubjectId, Tier, Verdict
from scanner.named_folders import folder_finding, settle_folders, tell_folders
from scanner.plan import can_decide
from scanner.records import IdType, Role
from scanner.verify import outcome

NAMED = Evidence(IdType.NAME, Role.PATH)


def case_of(*paths: str) -> Case:
    case = Case("2026-0001", datetime(2026, 1, 1, tzinfo=UTC), [SubjectId(IdType.NAME, "Anna Ek", given=True)])
    for number, path in enumerate(paths, start=1):
        version = Version("1", Strength.WEAK)
        one = Finding(number, Locator("k", path), "file", Tier.CERTAIN, (NAMED,), Ownership.OWN, Action.REMOVE, version)
        one.state = State.ERASED
        case.findings.append(one)
    return case


def told(case: Case, root: Path) -> list[tuple[str, State]]:
    def connect(name: str) -> Connector:
        return Folder(name, {"path": str(root), "exclude": [], "follow_symlinks": False, "sentinel": ""})

    tell_folders(case, connect)
    return [(one.locator.path, one.state) for one in case.findings if one.kind == "folder"]


def test_it_is_told_until_it_is_gone(tmp_path: Path) -> None:
    (tmp_path / "Anna Ek").mkdir()
    (tmp_path / "other.txt").write_text("x")
    case = case_of("Anna Ek/offert/a.txt", "Anna Ek/b.txt")
    assert outcome(case) == "complete"
    assert told(case, tmp_path) == [("Anna Ek", State.OPEN)]
    assert outcome(case) == "incomplete"
    folder = case.findings[-1]
    assert folder.action is Action.REMOVE
    assert can_decide(case, folder, Verdict.ERASE) is None
    assert can_decide(case, folder, Verdict.KEEP) is None
    assert told(case, tmp_path) == [("Anna Ek", State.OPEN)], "told once"
    (tmp_path / "Anna Ek").rmdir()
    assert told(case, tmp_path) == [("Anna Ek", State.ABSENT)]
    assert outcome(case) == "complete"


def test_a_folder_of_two_is_nobodys_own(tmp_path: Path) -> None:
    (tmp_path / "Anna Ek och Bo Alm").mkdir()
    (tmp_path / "x").write_text("x")
    assert told(case_of("Anna Ek och Bo Alm/a.txt"), tmp_path) == []


def test_a_source_that_does_not_answer_settles_nothing(tmp_path: Path) -> None:
    (tmp_path / "Anna Ek").mkdir()
    (tmp_path / "x").write_text("x")
    case = case_of("Anna Ek/a.txt")
    assert told(case, tmp_path) == [("Anna Ek", State.OPEN)]
    assert told(case, tmp_path / "away") == [("Anna Ek", State.OPEN)]


def test_a_source_that_is_configured_no_more_settles_nothing_and_stops_nothing() -> None:
    def connect(name: str) -> Connector:
        raise ConfigError([f'unknown source "{name}"'])

    case = case_of("Anna Ek/a.txt")
    before = len(case.findings)
    tell_folders(case, connect)
    assert len(case.findings) == before


def test_it_is_kept_until_the_day_for_what_a_backup_keeps_in_it() -> None:
    case = case_of("Anna Ek/a.txt;version=aaaaaaaaaaaaaaaaaaaa", "Anna Ek/b.txt;version=aaaaaaaaaaaaaaaaaaaa")
    inside, folder = case.findings[0], folder_finding("k", "Anna Ek")
    inside.state, inside.snapshots, inside.until = State.RECOVERABLE, 1, date(2099, 1, 31)
    case.findings.append(folder)
    for _ in range(2):
        settle_folders(case.findings)
        assert (folder.state, folder.until) == (State.RECOVERABLE, date(2099, 1, 31))
        assert outcome(case) == "complete except what is retained until 2099-01-31"
    inside.state, inside.until = State.OPEN, None  # the day has passed, and it is still there
    settle_folders(case.findings)
    assert (folder.state, folder.until) == (State.OPEN, None)


def test_it_is_gone_when_what_a_backup_kept_in_it_has_gone(tmp_path: Path) -> None:
    (tmp_path / "x").write_text("x")
    case = case_of("Anna Ek/a.txt")
    case.findings.append(folder_finding("k", "Anna Ek"))
    case.findings[0].state, case.findings[0].snapshots = State.RECOVERABLE, 1
    settle_folders(case.findings)
    case.findings[0].state = State.ABSENT
    assert told(case, tmp_path) == [("Anna Ek", State.ABSENT)]
    assert outcome(case) == "complete"


def test_a_bin_keeps_nothing_in_the_folder(tmp_path: Path) -> None:
    (tmp_path / "Anna Ek").mkdir()
    case = case_of("Anna Ek/a.txt")
    case.findings[0].state, case.findings[0].until = State.RECOVERABLE, date(2099, 1, 31)
    assert told(case, tmp_path) == [("Anna Ek", State.OPEN)]
