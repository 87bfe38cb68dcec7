"""Shares: the folder that a real Samba exports, with a colleague who works on it over SMB (smbprotocol).

Mounting the share needs a kernel with cifs, which containers seldom have: `test_a_mounted_share` says so.
What the kernel's client answers there is tested on its error codes.
"""

from __future__ import annotations

import errno
import fcntl
import itertools
import os
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from connectors.base import Gap, GapReason, Item, Locator, Outcome, Presence, Version
from connectors.errors import Changed, ConnectorError, Denied, Unreachable
from connectors.files import atomic, in_use, local
from connectors.files.atomic import Place
from connectors.files.failures import failure
from connectors.files.local import Folder
from connectors.files.mounts import file_system, is_network
from scanner.model import State
from scanner.outcomes import of_error
from tests.servers.samba import Samba

NAME = "Maja Blomqvist/offert.txt"
_NUMBERS = itertools.count(1)


@pytest.fixture
def share(samba: Samba, monkeypatch: pytest.MonkeyPatch) -> Iterator[Share]:
    monkeypatch.setattr(in_use, "_LOOK", 0.01)
    made = Share(samba, f"test{next(_NUMBERS)}")
    yield made
    made.source.close()


class Share:
    """A folder of its own on the share, and gallra on the machine that exports it."""

    def __init__(self, samba: Samba, name: str) -> None:
        self.samba, self.name, self.root = samba, name, samba.share / name
        self.root.mkdir()
        samba.write(f"{name}/{NAME}", b"Maja and others\n")
        self.source = folder(self.root)

    @property
    def file(self) -> Path:
        return self.root / NAME

    def opened(self, mode: str, shared: str) -> Any:
        return self.samba.opened(f"{self.name}/{NAME}", mode, shared)


def folder(root: Path, **more: Any) -> Folder:
    made = Folder("s", {"path": str(root), "exclude": [], "follow_symlinks": False, "sentinel": "", **more})
    made.open()
    return made


def at(path: str = NAME) -> Locator:
    return Locator("s", path)


def walked(source: Folder) -> dict[str, Item | Gap]:
    return {event.locator.path: event for event in source.walk("") if isinstance(event, Item | Gap)}


class TestOpenElsewhere:
    @pytest.mark.parametrize(("mode", "shared"), [("rb", ""), ("rb", "r"), ("r+b", ""), ("r+b", "r"), ("r+b", "rwd")])
    def test_nothing_happens_to_a_document_that_a_colleague_has_open(
        self, share: Share, mode: str, shared: str
    ) -> None:
        source, before = share.source, os.stat(share.file)
        version = source.version(at())
        with share.opened(mode, shared):
            for act in (lambda: source.remove(at(), version), lambda: source.stage(at(), version, b"others\n")):
                with pytest.raises(Denied, match="open elsewhere") as told:
                    act()
                assert of_error(told.value).state is State.BLOCKED
                assert "open elsewhere" in str(of_error(told.value).reason)
            assert source.presence(at()) is Presence.PRESENT
            assert (os.stat(share.file).st_ino, share.file.read_bytes()) == (before.st_ino, b"Maja and others\n")
            assert os.listdir(share.file.parent) == ["offert.txt"]
            with source.read(at()) as content:
                assert content.stream.read() == b"Maja and others\n", "looking is no harm"
        assert source.remove(at(), version).outcome is Outcome.ERASED
        assert not share.file.exists()

    def test_one_that_was_opened_since_it_was_staged(self, share: Share) -> None:
        source = share.source
        staged = source.stage(at(), source.version(at()), b"others\n")
        with share.opened("r+b", "r"):
            with pytest.raises(Denied, match="open elsewhere"):
                source.commit(staged)
            assert share.file.read_bytes() == b"Maja and others\n"
        source.commit(staged)
        assert share.samba.read(f"{share.name}/{NAME}") == b"others\n"
        assert os.listdir(share.file.parent) == ["offert.txt"]

    def test_one_that_is_opened_in_the_last_moment_before_it_is_moved_aside(
        self, share: Share, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        source, move = share.source, atomic.move_private
        opened: list[Any] = []

        def open_first(old: Place, new: Place) -> None:
            opened.append(share.opened("r+b", "r"))
            opened[0].__enter__()
            move(old, new)

        monkeypatch.setattr(atomic, "move_private", open_first)
        with pytest.raises(Denied, match="open elsewhere"):
            source.remove(at(), source.version(at()))
        assert share.file.read_bytes() == b"Maja and others\n"
        assert os.listdir(share.file.parent) == ["offert.txt"]
        opened[0].__exit__(None, None, None)

    def test_one_that_is_opened_in_the_last_moment_before_the_swap(
        self, share: Share, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        source, exchange = share.source, atomic.exchange
        opened: list[Any] = []
        document: list[Any] = []
        inode = os.stat(share.file).st_ino

        def open_first(one: Place, other: Place) -> None:
            if not opened:
                opened.append(share.opened("r+b", "r"))
                document.append(opened[0].__enter__())
            exchange(one, other)

        staged = source.stage(at(), source.version(at()), b"others\n")
        monkeypatch.setattr(atomic, "exchange", open_first)
        with pytest.raises(Denied, match="open elsewhere"):
            source.commit(staged)
        assert (os.stat(share.file).st_ino, share.file.read_bytes()) == (inode, b"Maja and others\n")
        document[0].write(b"MAJA")
        opened[0].__exit__(None, None, None)
        assert share.file.read_bytes() == b"MAJA and others\n", "what the colleague saves is in the file that stands"
        with pytest.raises(Changed):
            source.commit(staged)
        source.abandon(staged)
        assert os.listdir(share.file.parent) == ["offert.txt"]

    def test_the_admin_may_say_that_open_files_go_too(self, share: Share) -> None:
        source = folder(share.root, open_files="erase")
        with share.opened("rb", "r"):
            assert source.remove(at(), source.version(at())).outcome is Outcome.ERASED
        source.close()

    def test_who_only_passes_by_is_waited_for(self, share: Share, monkeypatch: pytest.MonkeyPatch) -> None:
        passing = share.file.open("rb")
        monkeypatch.setattr(time, "sleep", lambda _: passing.close())
        assert share.source.remove(at(), share.source.version(at())).outcome is Outcome.ERASED

    def test_an_account_that_may_ask_for_no_lease_goes_on(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (tmp_path / "a.txt").write_text("x")
        ask = fcntl.fcntl

        def refuse(handle: int, what: int, how: int) -> int:
            if what == fcntl.F_SETLEASE:
                raise PermissionError(errno.EACCES, "no")
            return int(ask(handle, what, how))

        monkeypatch.setattr(fcntl, "fcntl", refuse)
        source = folder(tmp_path)
        assert source.remove(at("a.txt"), source.version(at("a.txt"))).outcome is Outcome.ERASED
        source.close()

    @pytest.mark.parametrize("code", [errno.EBUSY, errno.ETXTBSY, errno.EAGAIN])
    def test_what_a_mounted_share_answers_for_a_sharing_violation(self, code: int) -> None:
        """fs/smb/client/smb2maperror.c: STATUS_SHARING_VIOLATION is EBUSY; older kernels said ETXTBSY."""
        error = failure(OSError(code, os.strerror(code)))
        assert isinstance(error, Denied)
        assert str(error).startswith("open elsewhere")
        assert of_error(error).state is State.BLOCKED

    def test_a_locked_range_on_a_mounted_share_is_denied(self) -> None:
        error = failure(OSError(errno.EACCES, "x"))
        assert isinstance(error, Denied)
        assert "locked elsewhere" in str(error)


class TestTrash:
    def test_what_a_colleague_deletes_is_found_in_the_recycle_folder_and_erased_there(self, samba: Samba) -> None:
        samba.write("papper/Maja.txt", b"Maja\n")
        samba.write("papper/Per.txt", b"Per\n")
        samba.delete("papper/Maja.txt")
        samba.delete("papper/Per.txt")
        assert not (samba.share / "papper" / "Maja.txt").exists()
        source = folder(samba.share)
        assert ".recycle/papper/Maja.txt" in walked(source)
        found = at(".recycle/papper/Maja.txt")
        assert source.remove(found, source.version(found)).outcome is Outcome.ERASED
        assert os.listdir(samba.share / ".recycle/papper") == ["Per.txt"]
        source.close()

    @pytest.mark.parametrize(
        "name", [".recycle", "#recycle", "@Recycle", "$RECYCLE.BIN", ".Trash-1000", ".Trashes", "RECYCLER"]
    )
    def test_every_trash_is_searched_as_all_else(self, tmp_path: Path, name: str) -> None:
        (tmp_path / name / "S-1-5").mkdir(parents=True)
        (tmp_path / name / "S-1-5" / "$R1.txt").write_text("x")
        source = folder(tmp_path)
        assert isinstance(walked(source)[f"{name}/S-1-5/$R1.txt"], Item)
        source.close()


class TestEarlierVersions:
    @pytest.mark.parametrize(
        "name",
        [".snapshot", ".snapshots", ".zfs", "#snapshot", "~snapshot", "@GMT-2026.11.01-12.00.00", "@Recently-Snapshot",
         "System Volume Information"],
    )  # fmt: skip
    def test_they_are_told_and_never_items(self, tmp_path: Path, name: str) -> None:
        for parent in (tmp_path, tmp_path / "under"):
            (parent / name / "hourly.0").mkdir(parents=True)
            (parent / name / "hourly.0" / "Maja.txt").write_text("x")
        (tmp_path / f"{name}2").mkdir()
        (tmp_path / f"{name}2" / "a.txt").write_text("x")
        source = folder(tmp_path)
        events = walked(source)
        assert {path for path, event in events.items() if isinstance(event, Item)} == {f"{name}2/a.txt"}
        gaps = [event for event in events.values() if isinstance(event, Gap)]
        assert {gap.locator.path for gap in gaps} == {name, f"under/{name}"}
        assert {gap.reason for gap in gaps} == {GapReason.SPECIAL_FILE}
        assert all("backup" in gap.detail for gap in gaps)
        source.close()

    def test_a_listing_that_does_not_show_them(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """As ZFS (snapdir=hidden) and NetApp do: the name leads in, and is in no listing."""
        (tmp_path / ".zfs" / "snapshot").mkdir(parents=True)
        (tmp_path / "a.txt").write_text("x")
        source = folder(tmp_path)
        listing, real = os.listdir, os.scandir

        class Hiding:
            def __init__(self, handle: Any) -> None:
                self._inner = real(handle)

            def __enter__(self) -> Iterator[Any]:
                return (entry for entry in self._inner if entry.name != ".zfs")

            def __exit__(self, *_: object) -> None:
                self._inner.close()

        monkeypatch.setattr(os, "listdir", lambda handle: [name for name in listing(handle) if name != ".zfs"])
        monkeypatch.setattr(os, "scandir", Hiding)
        assert {path: type(event) for path, event in walked(source).items()} == {".zfs": Gap, "a.txt": Item}
        source.close()

    def test_leaving_them_out_is_counted_as_left_out(self, tmp_path: Path) -> None:
        (tmp_path / ".snapshots").mkdir()
        source = folder(tmp_path, exclude=[".snapshots"])
        assert walked(source) == {}
        assert [(one.setting, one.items) for one in source.left_out()] == [(".snapshots", 1)]
        source.close()

    def test_an_ordinary_folder_with_such_a_name_can_be_a_source_of_its_own(self, tmp_path: Path) -> None:
        (tmp_path / ".snapshots").mkdir()
        (tmp_path / ".snapshots" / "a.txt").write_text("x")
        source = folder(tmp_path / ".snapshots")
        assert set(walked(source)) == {"a.txt"}
        source.close()


class TestMounts:
    TABLE = (
        "21 1 8:1 / / rw - ext4 /dev/sda1 rw\n"
        "44 21 0:40 / {root}/del\\040ad rw shared:7 - cifs //server/delad rw\n"
        "45 21 0:41 / {root}/del rw - nfs4 server:/x rw\n"
    )

    def test_the_longest_point_above_a_path_tells(self, tmp_path: Path) -> None:
        (tmp_path / "del ad" / "kunder").mkdir(parents=True)
        table = tmp_path / "mountinfo"
        table.write_text(self.TABLE.format(root=tmp_path))
        assert file_system(str(tmp_path / "del ad" / "kunder"), table) == "cifs"
        assert file_system(str(tmp_path / "del"), table) == "nfs4"
        assert file_system(str(tmp_path), table) == "ext4"
        assert file_system(str(tmp_path), tmp_path / "none") == ""
        assert is_network("cifs")
        assert not is_network("ext4")

    @pytest.fixture
    def mounted(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Folder]:
        """A folder that is said to be a mounted share, whose server moves what is deleted to its trash."""
        monkeypatch.setattr(local, "file_system", lambda _: "cifs")
        monkeypatch.setattr(in_use, "_is_open", lambda _: True)
        root, trash = tmp_path / "share", tmp_path / "trash"
        root.mkdir()
        trash.mkdir()
        (root / "a.txt").write_text("Maja and others")

        def recycle(name: str, *, dir_fd: int) -> None:
            os.rename(name, trash / f"{len(os.listdir(trash))} {name}", src_dir_fd=dir_fd)

        monkeypatch.setattr(os, "unlink", recycle)
        source = folder(root)
        yield source
        source.close()

    def test_a_share_is_told_and_asks_for_no_lease(self, mounted: Folder) -> None:
        assert mounted.network_mount
        facts = mounted.open().facts
        assert any("cifs" in fact and "looking again" in fact for fact in facts)
        assert any("sentinel" in fact for fact in facts)

    def test_no_content_lands_in_the_trash_of_a_mounted_share(self, mounted: Folder, tmp_path: Path) -> None:
        assert mounted.remove(at("a.txt"), mounted.version(at("a.txt"))).outcome is Outcome.ERASED
        assert os.listdir(tmp_path / "share") == []
        assert [(path.name[:14], path.read_bytes()) for path in (tmp_path / "trash").iterdir()] == [
            ("0 .gallra-old-", b"")
        ]

    def test_neither_does_the_old_content_of_a_changed_file(self, mounted: Folder, tmp_path: Path) -> None:
        mounted.commit(mounted.stage(at("a.txt"), mounted.version(at("a.txt")), b"others"))
        assert (tmp_path / "share/a.txt").read_bytes() == b"others"
        assert [path.read_bytes() for path in (tmp_path / "trash").iterdir()] == [b""]

    def test_content_with_other_names_is_not_cut_off(self, mounted: Folder, tmp_path: Path) -> None:
        os.link(tmp_path / "share/a.txt", tmp_path / "share/b.txt")
        assert mounted.remove(at("a.txt"), mounted.version(at("a.txt"))).survives
        assert (tmp_path / "share/b.txt").read_bytes() == b"Maja and others"

    def test_a_crash_after_the_bytes_were_cut_off_is_finished(
        self, mounted: Folder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        version, recycle = mounted.version(at("a.txt")), os.unlink

        def crash(name: str, *, dir_fd: int) -> None:
            raise OSError(errno.EIO, "x")

        monkeypatch.setattr(os, "unlink", crash)
        with pytest.raises(Unreachable):
            mounted.remove(at("a.txt"), version)
        assert mounted.presence(at("a.txt")) is Presence.PRESENT
        monkeypatch.setattr(os, "unlink", recycle)
        assert mounted.remove(at("a.txt"), version).outcome is Outcome.ERASED
        assert mounted.presence(at("a.txt")) is Presence.ABSENT
        assert os.listdir(tmp_path / "share") == []

    def test_a_server_that_lets_nobody_write_is_believed(
        self, mounted: Folder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """What a cifs mount answers for a file that a colleague has open exclusively."""
        version, really = mounted.version(at("a.txt")), os.open

        def busy(name: str, flags: int, *more: Any, **named: Any) -> int:
            if flags & os.O_ACCMODE == os.O_WRONLY:
                raise OSError(errno.EBUSY, "x")
            return really(name, flags, *more, **named)

        monkeypatch.setattr(os, "open", busy)
        for act in (lambda: mounted.remove(at("a.txt"), version), lambda: mounted.stage(at("a.txt"), version, b"x")):
            with pytest.raises(Denied, match="open elsewhere"):
                act()
        monkeypatch.undo()
        assert [(path.name, path.read_text()) for path in (tmp_path / "share").iterdir()] == [
            ("a.txt", "Maja and others")
        ]

    def test_a_folder_of_this_machine(self, tmp_path: Path) -> None:
        source = folder(tmp_path)
        assert not source.network_mount
        assert any("left alone" in fact for fact in source.open().facts)
        source.close()

    def test_a_share_that_drops_is_missed_by_its_sentinel(self, share: Share, samba: Samba) -> None:
        """What a dropped mount looks like: the folder is there and holds nothing."""
        samba.write(f"{share.name}/.mounted", b"")
        source = folder(share.root, sentinel=".mounted")
        version = source.version(at())
        aside = share.root.with_name(f"{share.name}-aside")
        share.root.rename(aside)
        share.root.mkdir()
        asks: tuple[Callable[[], object], ...] = (
            lambda: source.presence(at()), lambda: walked(source), lambda: source.remove(at(), version)
        )  # fmt: skip
        for ask in asks:
            with pytest.raises(Unreachable):
                ask()
        source.close()
        with pytest.raises(Unreachable):
            folder(share.root, sentinel=".mounted")
        assert (aside / NAME).exists()


@pytest.mark.prove
def test_a_mounted_share(samba: Samba, tmp_path: Path) -> None:
    """The other way: gallra on a machine that mounts the share, a colleague on another."""
    if "cifs" not in Path("/proc/filesystems").read_text():
        pytest.skip("this machine's kernel has no cifs, so no share can be mounted here")
    samba.write("monterad/a.txt", b"x")
    samba.write("monterad/b.txt", b"x")
    options = f"port={samba.port},username={samba.user},password={samba.password},vers=3.1.1"
    subprocess.run(["mount", "-t", "cifs", "//127.0.0.1/share", str(tmp_path), "-o", options], check=True)
    try:
        source = folder(tmp_path / "monterad")
        assert source.network_mount
        with samba.opened("monterad/a.txt", "r+b", ""), pytest.raises(ConnectorError) as told:
            source.remove(at("a.txt"), Version(source.version(at("a.txt")).token))
        assert of_error(told.value).state is State.BLOCKED
        assert source.remove(at("b.txt"), source.version(at("b.txt"))).outcome is Outcome.ERASED
        source.close()
    finally:
        subprocess.run(["umount", str(tmp_path)], check=True)
    assert samba.read("monterad/a.txt") == b"x"
