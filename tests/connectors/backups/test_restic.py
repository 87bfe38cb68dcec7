"""What restic alone can meet: locks, damage, crashes, old versions; and what no list of processes shows."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from connectors.backups import restic_reading
from connectors.backups.base import SCOPE, Entry, versioned
from connectors.backups.commands import Done
from connectors.backups.restic import Restic
from connectors.backups.restic_errors import failure, is_locked
from connectors.base import Gap, Item, Locator, Outcome, Presence, Receipt
from connectors.errors import ConnectorError, Denied, ProtocolBroken, Unreachable, Unsupported
from tests.servers import restic

NAME = "vault"
HERS = {f"data/anna/brev-{number}.txt": f"kanariefagel {number}\n".encode() for number in range(4)}
OTHERS = {f"data/firma/lista-{number}.txt": f"rad {number}\n".encode() for number in range(120)}


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> restic.Restic:
    folder = tmp_path_factory.mktemp("restic")
    repository = restic.Restic(folder / "repository")
    repository.make()
    for number in range(2):
        restic.lay(folder / "root", HERS | OTHERS)
        repository.backup(folder / "root", ["data"], "--tag", f"day,rewrite-{number}")
    return repository


@pytest.fixture
def repository(filled: restic.Restic, tmp_path: Path) -> restic.Restic:
    return filled.copied(tmp_path / "repository")


def opened(repository: restic.Restic, **more: object) -> Restic:
    told: dict[str, Any] = {option.name: option.default for option in Restic.options if not option.required}
    told |= {"path": str(repository.folder), "password": repository.password, "lock_wait": 0}
    return Restic(NAME, told | more)


def hers(backup: Restic) -> list[Locator]:
    told = [entry for one in backup.snapshots() for entry in backup.entries(one)]
    known = {entry.path: entry.content for entry in told if isinstance(entry, Entry)}
    return [Locator(NAME, versioned(path, known[path])) for path in HERS]


def _is_gap(event: object) -> bool:
    return isinstance(event, Gap)


def outcomes(answer: dict[Locator, Any]) -> set[Outcome]:
    assert all(isinstance(one, Receipt) for one in answer.values())
    return {one.outcome for one in answer.values()}


def listed(repository: restic.Restic) -> list[set[str]]:
    told = []
    for one in repository.snapshots():
        lines = repository.run("ls", one["id"]).decode().splitlines()
        told.append({line.lstrip("/") for line in lines if line.startswith("/") and line.endswith(".txt")})
    return told


def labels(repository: restic.Restic) -> list[tuple[object, ...]]:
    return [tuple(str(one.get(key)) for key in ("time", "hostname", "tags", "paths")) for one in repository.snapshots()]


@contextlib.contextmanager
def wrapped(folder: Path) -> Iterator[tuple[Path, Path]]:
    """A program that writes down how it was called, and is restic then."""
    log, program = folder / "calls", folder / "wrapped"
    program.write_text(f'#!/bin/sh\nprintf "%s " "$@" >> {log}\necho >> {log}\nexec {shutil.which("restic")} "$@"\n')
    program.chmod(0o755)
    log.touch()
    yield program, log


def test_a_killed_process_leaves_a_lock_that_is_told_and_never_broken(repository: restic.Restic) -> None:
    repository.folder.parent.joinpath("large").write_bytes(os.urandom(1 << 20) * 80)
    running = repository.start("backup", str(repository.folder.parent / "large"))
    end = time.monotonic() + 60
    while not repository.locks():
        assert time.monotonic() < end
        time.sleep(0.05)
    os.killpg(running.pid, signal.SIGKILL)
    running.wait()
    before = listed(repository)
    with opened(repository) as backup:
        with pytest.raises(
            Unreachable, match=r"locked since 20.* this computer that has ended.*`restic unlock`"
        ) as told:
            backup.rewrite(hers(backup))
        with pytest.raises(Unreachable, match="restic unlock"):
            backup.reclaim()
        assert str(repository.folder) not in str(told.value)
        assert listed(repository) == before
        assert len(repository.locks()) == 1
        repository.run("unlock")
        assert outcomes(backup.rewrite(hers(backup))) == {Outcome.ERASED}


@pytest.mark.parametrize(
    ("why", "kind", "told"),
    [
        ("no space left on device", Unreachable, "disk of the repository is full"),
        ("permission denied", Denied, "does not let this account do that"),
        ("read-only file system", Denied, "does not let this account do that"),
    ],
)
def test_a_lock_that_cannot_be_written_is_nobody_elses(why: str, kind: type[ConnectorError], told: str) -> None:
    """The words of restic 0.18 on a full disk: who waits for another process there waits for ever."""
    said = f"Save(<lock/6bde411b8d>) failed: write locks/6bde-tmp-1: {why}\nunable to create lock in backend: {why}\n"
    for code in (1, 11):
        done = Done(code, err=said)
        assert not is_locked(done)
        assert type(failure(done)) is kind
        assert told in str(failure(done))


def test_what_a_crash_left_beside_is_used(repository: restic.Restic) -> None:
    """As if gallra had died between the new snapshots and the end of the old ones."""
    before = labels(repository)
    repository.run("rewrite", *(f"--exclude=/{path}" for path in HERS))
    assert len(repository.snapshots()) == 4
    with opened(repository) as backup:
        there = hers(backup)
        assert outcomes(backup.rewrite(there)) == {Outcome.ERASED}
        assert labels(repository) == before
        assert listed(repository) == [set(OTHERS)] * 2
        backup.reclaim()
        assert set(backup.prove(dict.fromkeys(there, "")).values()) == {Presence.ABSENT}
    repository.check()


def test_what_somebody_else_rewrote_in_another_way_stays(repository: restic.Restic) -> None:
    """A snapshot that comes from one of ours, and lacks something else, is not taken for a copy of it."""
    lost = next(iter(OTHERS))
    repository.run("rewrite", *(f"--exclude=/{path}" for path in (*HERS, lost)))
    with opened(repository) as backup:
        assert outcomes(backup.rewrite(hers(backup))) == {Outcome.ERASED}
    assert sorted(map(len, listed(repository))) == [len(OTHERS) - 1] * 2 + [len(OTHERS)] * 2


def test_a_rewrite_that_takes_too_much_is_taken_back(repository: restic.Restic, tmp_path: Path) -> None:
    """A restic with a fault: it takes another file along."""
    lost, before = next(iter(OTHERS)), (labels(repository), listed(repository))
    program = tmp_path / "faulty"
    real = shutil.which("restic")
    script = f'#!/bin/sh\ncase "$*" in *" rewrite "*) exec {real} "$@" --exclude "/{lost}";; esac\nexec {real} "$@"\n'
    program.write_text(script)
    program.chmod(0o755)
    with opened(repository, binary=str(program)) as backup, pytest.raises(ProtocolBroken, match="something else"):
        backup.rewrite(hers(backup))
    assert (labels(repository), listed(repository)) == before


def test_a_snapshot_that_cannot_be_read_is_a_gap_and_stops_the_erasing(repository: restic.Restic) -> None:
    with opened(repository) as backup:
        there = hers(backup)
        notes = backup.note(there)
    damaged = min((repository.folder / "snapshots").iterdir())
    damaged.chmod(0o600)
    damaged.write_bytes(damaged.read_bytes()[:-9] + b"something")
    kept = {path: path.read_bytes() for path in repository.folder.rglob("*") if path.is_file()}
    with opened(repository) as backup:
        assert len(backup.snapshots()) == 2
        assert [event for event in backup.walk(SCOPE) if _is_gap(event)]
        with pytest.raises(ProtocolBroken, match="snapshot cannot be read"):
            backup.rewrite(there)
        with pytest.raises(ProtocolBroken, match="snapshot cannot be read"):
            backup.prove(notes)
    assert kept == {path: path.read_bytes() for path in repository.folder.rglob("*") if path.is_file()}


def test_a_restic_that_is_too_old_or_missing_is_told(repository: restic.Restic, tmp_path: Path) -> None:
    old = tmp_path / "old"
    old.write_text("#!/bin/sh\necho restic 0.14.0 compiled with go1.19.8 on linux/amd64\n")
    old.chmod(0o755)
    with pytest.raises(Unsupported, match=r"0\.15 or newer"):
        opened(repository, binary=str(old)).open()
    with pytest.raises(Unsupported, match="not installed"):
        opened(repository, binary=str(tmp_path / "none")).open()


def test_many_files_are_read_by_few_processes_and_no_secret_is_an_argument(
    repository: restic.Restic, tmp_path: Path
) -> None:
    with wrapped(tmp_path) as (program, log), opened(repository, binary=str(program)) as backup:
        items = [event.locator for event in backup.walk(SCOPE) if isinstance(event, Item)]
        log.write_text("")
        read = {}
        for start in range(0, len(items), 20):
            backup.ahead(items[start : start + 20])
            for locator in items[start : start + 20]:
                with backup.read(locator) as content:
                    read[locator.path.partition(";")[0]] = content.stream.read()
        assert read == HERS | OTHERS
        assert len(log.read_text().splitlines()) < 6
        backup.rewrite(hers(backup))
        calls = log.read_text()
    assert repository.password not in calls
    assert not any(path in calls for path in HERS)


@pytest.mark.parametrize(
    ("more", "wrong"),
    [
        ({"path": "", "repository": ""}, "path:"),
        ({"repository": "sftp:nas.example:/r"}, "path:"),
        ({"path": "", "repository": "backup/restic"}, "repository:"),
        ({"path": "", "repository": "rest:https://user:secret@nas.example/r"}, "repository: holds a password"),
        ({"check_subset": "all"}, "check_subset:"),
        ({"lock_wait": -1}, "lock_wait:"),
    ],
)
def test_settings_that_cannot_work_are_told(more: dict[str, object], wrong: str) -> None:
    told: dict[str, Any] = {option.name: option.default for option in Restic.options if not option.required}
    assert Restic.validate(told | {"path": "/srv/restic"}) == []
    assert any(one.startswith(wrong) for one in Restic.validate(told | {"path": "/srv/restic"} | more))


@pytest.mark.prove
@pytest.mark.parametrize("command", ["rewrite", "tag", "forget", "prune"])
@pytest.mark.parametrize("wait", [0.02, 0.1, 0.2])
def test_a_kill_in_mid_work_is_gone_on_from(
    repository: restic.Restic, tmp_path: Path, command: str, wait: float
) -> None:
    """restic is killed a moment after the command begins; an admin unlocks; the next run finishes."""
    program, before = tmp_path / "killed", labels(repository)
    real = shutil.which("restic")
    end = f'{real} "$@" & p=$!; sleep {wait}; kill -9 $p; wait $p; exit 1'
    program.write_text(f'#!/bin/bash\ncase " $* " in *" {command} "*) [[ "$*" == *dry-run* ]] || {{ {end}; }};; esac\n')
    with program.open("a") as file:
        file.write(f'exec {real} "$@"\n')
    program.chmod(0o755)
    with opened(repository, binary=str(program)) as backup:
        there = hers(backup)
        notes = backup.note(there)
        with contextlib.suppress(Unreachable, ProtocolBroken):
            backup.rewrite(there)
            backup.reclaim()
    repository.run("unlock")
    with opened(repository) as backup:
        backup.rewrite(there)
        backup.reclaim()
        assert set(backup.prove(notes).values()) == {Presence.ABSENT}
    repository.check()
    assert labels(repository) == before
    assert listed(repository) == [set(OTHERS)] * 2


def test_large_contents_are_streamed(repository: restic.Restic, monkeypatch: pytest.MonkeyPatch) -> None:
    """From any place, forward and back, without being held."""
    monkeypatch.setattr(restic_reading, "LARGE", 4)
    with opened(repository) as backup:
        one = hers(backup)[0]
        whole = HERS[one.path.partition(";")[0]]
        with backup.read(one) as content:
            assert content.size == len(whole)
            content.stream.seek(-5, 2)
            assert content.stream.read() == whole[-5:]
            content.stream.seek(3)
            assert content.stream.read(4) == whole[3:7]
            assert content.stream.read(4) == whole[7:11]
