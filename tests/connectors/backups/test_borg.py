"""Borg beyond the suite: hard links, keys, locks, what cannot be erased, and runs that die. On real repositories."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from connectors.backups import borg_patterns, borg_reading
from connectors.backups.base import SCOPE, parted
from connectors.backups.borg import Borg
from connectors.base import Gap, GapReason, Item, Locator, Outcome, Presence, Receipt
from connectors.errors import ConnectorError, Denied, Unreachable, Unsupported
from tests.connectors.backups.borg_world import connector
from tests.servers import borg
from tests.servers.borg import Repository

CANARY = b"kanariefageln 4471-ZK av Berit Blom\n"
NAME = "berit-4471.txt"
FILES = {f"kunder/Berit/{NAME}": CANARY, "kunder/lista.csv": b"a;b\n1;2\n", "kunder/Bo/brev.txt": b"brev till Bo\n"}
DOOMED = f"srv/kunder/Berit/{NAME}"


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Repository:
    """Two archives of FILES, the second with another list."""
    return _made(tmp_path_factory.mktemp("borg"), "none", "")


@pytest.fixture(scope="module")
def keyed(tmp_path_factory: pytest.TempPathFactory) -> Repository:
    """The same with a key."""
    return _made(tmp_path_factory.mktemp("borg"), "repokey", "hemligt ord")


def _made(root: Path, encryption: str, password: str) -> Repository:
    borg.needed()
    repository = Repository(root / "repository", root / "base", password)
    repository.init(encryption=encryption)
    for number in range(2):
        borg.write(root / "srv", FILES | {"kunder/lista.csv": b"a;b\n1;%d\n" % number})
        repository.create(f"natt-{number}", root / "srv", timestamp=f"2026-05-0{number + 1}T01:02:03")
    return repository


def doomed(backup: Borg, *paths: str) -> list[Locator]:
    """Addresses of these paths, or of the one that the tests erase."""
    items = [event.locator for event in backup.walk(SCOPE) if isinstance(event, Item)]
    return [one for one in items if parted(one.path)[0] in (paths or (DOOMED,))]


def erase(backup: Borg, locators: list[Locator]) -> dict[Locator, Presence | ConnectorError]:
    """All that a run does."""
    notes = backup.note(locators)
    answer = backup.rewrite(locators)
    assert answer == {one: Receipt(one, Outcome.ERASED) for one in locators}
    backup.reclaim()
    return backup.prove(notes)


def seen(repository: Repository) -> list[dict[str, bytes]]:
    """The files of each archive, by the witness."""
    return [one.files() for one in borg.archives(repository.path)]


def test_borg_sees_what_the_witness_sees(plain: Repository, tmp_path: Path) -> None:
    """The witness is right about what is restored."""
    for archive in borg.archives(plain.path):
        root = tmp_path / archive.name
        root.mkdir()
        plain.borg("extract", f"::{archive.name}", cwd=root)
        restored = {str(one.relative_to(root)): one.read_bytes() for one in root.rglob("*") if one.is_file()}
        assert restored == archive.files()
        assert len(restored) == 3
    assert borg.readable(plain.path, CANARY)
    assert borg.readable(plain.path, NAME.encode())


@pytest.mark.prove  # as is the run that dies, which ends with the same
def test_a_canary_is_nowhere_in_the_bytes(plain: Repository, tmp_path: Path) -> None:
    """Neither what was in the file nor its name, in any file of the repository or of what borg keeps besides."""
    repository = plain.copied(tmp_path)
    before = seen(repository)
    with connector(repository) as backup:
        (locator,) = doomed(backup)
        assert erase(backup, [locator]) == {locator: Presence.ABSENT}
        assert backup.unreclaimed() is False
    assert not borg.readable(repository.path, CANARY)
    assert not borg.readable(repository.path, NAME.encode())
    _is_kept_nowhere(tmp_path)
    assert seen(repository) == [{path: data for path, data in one.items() if path != DOOMED} for one in before]
    repository.borg("check", "--verify-data")


@pytest.mark.parametrize("rest", [False, pytest.param(True, marks=pytest.mark.prove)])
def test_a_hard_link_goes_by_itself(tmp_path: Path, rest: bool) -> None:
    """The first name holds the content in borg: the others have it when that one goes, and are links still."""
    borg.needed()
    repository = Repository(tmp_path / "repository", tmp_path / "base")
    repository.init()
    source = tmp_path / "srv"
    borg.write(source, {"a/Berit.txt": CANARY, "z.txt": b"another\n"})
    for name in ("b/Bo.txt", "c/Cecilia.txt"):
        (source / name).parent.mkdir()
        (source / name).hardlink_to(source / "a/Berit.txt")
    repository.create("natt", source)
    with connector(repository) as backup:
        locators = doomed(backup, "srv/a/Berit.txt", "srv/b/Bo.txt", "srv/c/Cecilia.txt")
        assert len({parted(one.path)[1] for one in locators}) == 1
        backup.ahead(locators)
        for locator in locators:
            with backup.read(locator) as content:
                assert content.stream.read() == CANARY
        gone = doomed(backup, "srv/a/Berit.txt")
        assert erase(backup, gone) == {gone[0]: Presence.ABSENT}
    repository.borg("extract", "::natt", cwd=tmp_path / "base")
    root = tmp_path / "base" / "srv"
    assert sorted(one.name for one in root.rglob("*.txt")) == ["Bo.txt", "Cecilia.txt", "z.txt"]
    assert (root / "b/Bo.txt").read_bytes() == CANARY
    assert (root / "b/Bo.txt").samefile(root / "c/Cecilia.txt")
    if not rest:
        return
    with connector(repository) as backup:
        others = doomed(backup, "srv/b/Bo.txt", "srv/c/Cecilia.txt")
        assert set(erase(backup, others).values()) == {Presence.ABSENT}
    assert not borg.readable(repository.path, CANARY)
    assert [set(one) for one in seen(repository)] == [{"srv/z.txt"}]


def test_a_named_folder_goes_with_the_empty_folders_in_it(tmp_path: Path) -> None:
    """One that holds a file at any depth stays with all its folders, and so does one that nobody named."""
    borg.needed()
    repository = Repository(tmp_path / "repository", tmp_path / "base")
    repository.init()
    paths = ("Berit/0/x.txt", "Berit/1/2/y.txt", "Bo/0/z.txt", "Cia/k/l.txt", "Cia/m/n.txt")
    borg.write(tmp_path / "srv", {path: path.encode() for path in paths})
    repository.create("natt", tmp_path / "srv")
    with connector(repository) as backup:
        backup.rewrite(doomed(backup, *(f"srv/{path}" for path in paths[:4])), ["srv/Berit", "srv/Cia"])
        assert [backup.has_folder(f"srv/{one}") for one in ("Berit", "Bo", "Cia")] == [False, True, True]
    (left,) = borg.archives(repository.path)
    assert set(left.folders()) == {"srv", "srv/Bo", "srv/Bo/0", "srv/Cia", "srv/Cia/k", "srv/Cia/m"}
    assert set(left.files()) == {"srv/Cia/m/n.txt"}


def test_a_key_opens_it_and_another_does_not(keyed: Repository, tmp_path: Path) -> None:
    """Borg is never left waiting for a password."""
    repository = keyed.copied(tmp_path)
    for password in ("fel ord", None):
        with pytest.raises(Denied, match="password"):
            connector(repository, password=password).open()
    with connector(repository) as backup, backup.read(doomed(backup)[0]) as content:
        assert content.stream.read() == CANARY


@pytest.mark.prove
def test_with_a_key_every_object_is_read(keyed: Repository, tmp_path: Path) -> None:
    """Whatever the key opens, deleted or not, holds neither content nor name afterwards."""
    repository = keyed.copied(tmp_path)
    assert _opened(repository, tmp_path / "before", CANARY)
    with connector(repository) as backup:
        (locator,) = doomed(backup)
        assert erase(backup, [locator]) == {locator: Presence.ABSENT}
    assert not _opened(repository, tmp_path / "after", CANARY)
    assert not _opened(repository, tmp_path / "after", NAME.encode())


def _opened(repository: Repository, folder: Path, needle: bytes) -> bool:
    """Whether the needle is in any object of any segment, decrypted by borg."""
    if not folder.exists():
        folder.mkdir()
        repository.borg("debug", "dump-repo-objs", "--ghost", "::", cwd=folder)
    objects = [one.read_bytes() for one in folder.iterdir()]
    assert objects
    return any(needle in one for one in objects)


def test_a_password_for_what_is_not_encrypted_is_no_password(plain: Repository, tmp_path: Path) -> None:
    """Somebody may have put it there."""
    repository = plain.copied(tmp_path)
    with pytest.raises(Denied, match="does not trust"):
        connector(repository, password="hemligt ord").open()


def test_a_locked_repository_is_waited_for_and_told(plain: Repository, tmp_path: Path) -> None:
    """The lock of a borg on another machine stays, whether that runs or not."""
    repository = plain.copied(tmp_path)
    lock = repository.path / "lock.exclusive"
    with connector(repository) as backup:
        locators = doomed(backup)
        lock.mkdir()
        (lock / "elsewhere.example@1234.99-1").touch()
        for ask in (
            lambda: backup.rewrite(locators),
            backup.reclaim,
            lambda: backup.prove(dict.fromkeys(locators, "")),
        ):
            with pytest.raises(Unreachable, match="break-lock"):
                ask()
    assert [one.name for one in lock.iterdir()] == ["elsewhere.example@1234.99-1"]
    shutil.rmtree(lock)
    assert DOOMED in seen(repository)[0]


def test_append_only_is_refused_before_anything_is_touched(plain: Repository, tmp_path: Path) -> None:
    """And told when it is opened."""
    repository = plain.copied(tmp_path)
    repository.borg("config", "::", "append_only", "1")
    before = seen(repository)
    backup = connector(repository)
    assert backup.open().removes is False
    with pytest.raises(Denied, match="append-only"):
        backup.rewrite(doomed(backup))
    with pytest.raises(Denied, match="append-only"):
        backup.reclaim()
    backup.close()
    assert seen(repository) == before


@pytest.mark.prove
def test_a_server_that_only_appends_is_never_said_to_have_erased(plain: Repository, tmp_path: Path) -> None:
    """Its archives are rewritten, and the bytes stay: that is told."""
    repository = plain.copied(tmp_path)
    shell = tmp_path / "shell"
    shell.write_text("#!/bin/sh\nexec borg serve --append-only\n")
    shell.chmod(0o755)
    served = {"repository": f"ssh://nas.example{repository.path}", "remote_shell": str(shell)}
    with connector(repository, **served) as backup:
        locators = doomed(backup)
        with backup.read(locators[0]) as content:
            assert content.stream.read() == CANARY
        notes = backup.note(locators)
        assert backup.unreclaimed() is True
        backup.rewrite(locators)
        with pytest.raises(Denied, match="append-only"):
            backup.reclaim()
        assert all(isinstance(one, Unreachable) for one in backup.prove(notes).values())
    assert borg.readable(repository.path, CANARY)
    assert all(DOOMED not in one for one in seen(repository))


@pytest.mark.prove
def test_a_server_is_asked_for_every_chunk(plain: Repository, tmp_path: Path) -> None:
    """Where no segment can be seen, compacting in the same session and borg's word are the proof."""
    repository = plain.copied(tmp_path)
    shell = tmp_path / "shell"
    shell.write_text('#!/bin/sh\nshift\nexec "$@"\n')  # as ssh does: a host, then the command
    shell.chmod(0o755)
    served = {"repository": f"ssh://nas.example{repository.path}", "remote_shell": str(shell)}
    with connector(repository, **served) as backup:
        locators = doomed(backup)
        notes = backup.note(locators)
        assert set(backup.prove(notes).values()) == {Presence.PRESENT}
        assert set(erase(backup, locators).values()) == {Presence.ABSENT}
        assert backup.presence(locators[0]) is Presence.ABSENT
    assert not borg.readable(repository.path, CANARY)
    assert not borg.readable(repository.path, NAME.encode())


def test_a_full_disk_is_told_and_nothing_is_lost(plain: Repository, tmp_path: Path) -> None:
    """borg itself looks for room before it writes."""
    repository = plain.copied(tmp_path)
    repository.borg("config", "::", "additional_free_space", "900000G")
    before = seen(repository)
    with connector(repository) as backup, pytest.raises(Unreachable, match="full"):
        backup.rewrite(doomed(backup))
    assert seen(repository) == before


def _dying(folder: Path, command: str, when: str) -> str:
    """A borg that is killed at the first such command, before or after it, or so many seconds into it."""
    program = folder / "dying"
    timed = f'timeout -s KILL {when} borg "$@"; kill -9 $$' if when[0].isdigit() else ""
    then = {"before": "kill -9 $$", "after": 'borg "$@"; kill -9 $$'}.get(when, timed)
    program.write_text(
        f'#!/bin/sh\nexport BORG_SELFTEST=disabled\ncase " $* " in *" {command} "*) {then};; esac\nexec borg "$@"\n'
    )
    program.chmod(0o755)
    return str(program)


_POINTS = [("delete", "after")]
_TIMES = ("before", "0.2", "0.3", "after")
_MORE = [(command, when) for command in ("recreate", "delete", "rename", "compact") for when in _TIMES]


@pytest.mark.parametrize(
    ("command", "when"),
    [*_POINTS, *(pytest.param(*one, marks=pytest.mark.prove) for one in _MORE if one not in _POINTS)],
)
def test_a_run_that_dies_is_finished_by_the_next(plain: Repository, tmp_path: Path, command: str, when: str) -> None:
    """Nothing is said gone meanwhile, nothing else is lost, and borg finds nothing wrong."""
    repository = plain.copied(tmp_path)
    before = [{path: data for path, data in one.items() if path != DOOMED} for one in seen(repository)]
    labels = [(one.name, one.facts["time"]) for one in borg.archives(repository.path)]
    with connector(repository, lock_wait=5, binary=_dying(tmp_path, command, when)) as backup:
        locators = doomed(backup)
        notes = backup.note(locators)
        with pytest.raises(ConnectorError):
            erase(backup, locators)
        if borg.readable(repository.path, CANARY):
            told = backup.prove(notes)[locators[0]]
            assert told is Presence.PRESENT or isinstance(told, Unreachable)
    assert all(any(rest.items() <= one.items() for one in seen(repository)) for rest in before)
    with connector(repository, lock_wait=5) as backup:
        answer = backup.rewrite(locators)
        assert not any(isinstance(one, ConnectorError) for one in answer.values())
        backup.reclaim()
        assert backup.prove(notes) == dict.fromkeys(locators, Presence.ABSENT)
    assert seen(repository) == before
    assert [(one.name, one.facts["time"]) for one in borg.archives(repository.path)] == labels
    assert not borg.readable(repository.path, CANARY)
    assert not borg.readable(repository.path, NAME.encode())
    _is_kept_nowhere(tmp_path)
    repository.borg("check", "--verify-data")


def _is_kept_nowhere(root: Path) -> None:
    """Nor in what borg keeps for gallra besides."""
    kept = [one.read_bytes() for one in (root / "gallra-base").rglob("*") if one.is_file()]
    assert kept
    assert not any(CANARY in one or NAME.encode() in one for one in kept)


def test_a_new_archive_that_lacks_more_is_not_put_in_place(plain: Repository, tmp_path: Path) -> None:
    """A borg that leaves out a neighbour too: the old archives stay, and there is nothing beside them."""
    repository = plain.copied(tmp_path)
    before = seen(repository)
    program = tmp_path / "greedy"
    program.write_text(
        '#!/bin/sh\ncase " $* " in *" recreate "*) shift 4; exec borg --log-json recreate -e "*/Bo" "$@";; esac\n'
        'exec borg "$@"\n'
    )
    program.chmod(0o755)
    with (
        connector(repository, binary=str(program)) as backup,
        pytest.raises(ConnectorError, match="nothing was erased"),
    ):
        backup.rewrite(doomed(backup))
    assert seen(repository) == before
    assert [one.name for one in borg.archives(repository.path)] == ["natt-0", "natt-1"]


@pytest.mark.prove
def test_an_archive_with_pieces_of_files_is_not_rewritten(tmp_path: Path) -> None:
    """Borg would drop them silently, and they may be somebody else's: they are gaps, and what is beside them stays."""
    borg.needed()
    repository = Repository(tmp_path / "repository", tmp_path / "base")
    repository.init()
    borg.write(tmp_path / "srv", FILES)
    command = ["borg", "create", "--checkpoint-interval", "1", "--stdin-name", "stor.bin", "::delvis", "srv", "-"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, env=repository.environment(), cwd=tmp_path) as running:
        assert running.stdin is not None
        other = replace(repository, base=tmp_path / "other")
        while b"delvis.checkpoint" not in other.borg("--bypass-lock", "list", "--consider-checkpoints", "::"):
            running.stdin.write(os.urandom(12 << 20))
            running.stdin.flush()
        running.kill()
    before = seen(repository)
    assert [set(one) for one in before] == [{f"srv/{path}" for path in FILES}]
    with connector(repository, lock_wait=5) as backup:
        gaps = [event for event in backup.walk(SCOPE) if isinstance(event, Gap)]
        assert [(one.locator.path, one.reason) for one in gaps] == [("stor.bin", GapReason.UNREADABLE)]
        (locator,) = doomed(backup)
        assert isinstance(backup.rewrite([locator])[locator], Unsupported)
    assert seen(repository) == before
    pieces = [item for item in borg.archives(repository.path)[0].items if "part" in item]
    assert pieces


def test_patterns_name_paths_exactly() -> None:
    """A simple one as it is; what borg would strip, decode or normalise as an expression in ASCII."""
    lines = (
        borg_patterns.excluding(["srv/å b.txt", " x", "a\nb", "\udcff", "a//b"]).decode("ascii", "replace").split("\n")
    )
    assert lines[0].startswith("pf:srv/")
    assert lines[1] == "re:^(?:\\x20x|a\\x0ab|\\udcff|a//b)\\Z"
    assert borg_patterns.only(["a"]) == b"+ pf:a\n- re:(?s).\n"


def test_large_contents_are_streamed(plain: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """From any place, forward and back, without being held."""
    monkeypatch.setattr(borg_reading, "LARGE", 4)
    repository = plain.copied(tmp_path)
    with connector(repository) as backup, backup.read(doomed(backup)[0]) as content:
        assert content.size == len(CANARY)
        content.stream.seek(-5, 2)
        assert content.stream.read() == CANARY[-5:]
        content.stream.seek(3)
        assert content.stream.read(4) == CANARY[3:7]
        assert content.stream.read(4) == CANARY[7:11]


def test_settings_that_cannot_work_are_told() -> None:
    """Before borg is asked."""
    assert Borg.validate({"repository": "/srv/borg", "lock_wait": 1}) == []
    assert Borg.validate({"repository": "ssh://backup@nas.example/./borg", "lock_wait": 1}) == []
    assert len(Borg.validate({"repository": "srv/borg::natt", "lock_wait": -1})) == 3


def test_an_archive_that_is_only_called_as_gallras_is_left_alone(plain: Repository, tmp_path: Path) -> None:
    made = plain.copied(tmp_path)
    borg.write(tmp_path / "annat", {"cia.txt": b"brev till Cia\n"})
    for name, day in (("natt-0.gallra", "01"), ("ensam.gallra", "02"), ("natt-1.gallra.checkpoint", "02")):
        made.create(name, tmp_path / "annat", timestamp=f"2026-05-{day}T01:02:03")
    names = {one.name: one.files() for one in borg.archives(made.path)}
    backup = connector(made)
    backup.open()
    try:
        with pytest.raises(Unreachable, match="is it yours, rename it"):
            backup.rewrite(doomed(backup))
        assert {one.name: one.files() for one in borg.archives(made.path)} == names
        made.borg("rename", "::natt-0.gallra", "annat")
        erase(backup, doomed(backup))
    finally:
        backup.close()
    left = {one.name: one.files() for one in borg.archives(made.path)}
    assert {name for name in left if left[name] == names.get(name)} == {"ensam.gallra", "natt-1.gallra.checkpoint"}
    assert set(left) == {"natt-0", "natt-1", "annat", "ensam.gallra", "natt-1.gallra.checkpoint"}
    assert left["annat"] == names["natt-0.gallra"]
