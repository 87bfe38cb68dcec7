"""What all sources with a server share: how many connections there may be at once, and the layers around them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from config.build import connect, readers_of
from config.model import Source
from connectors import registry
from connectors.base import Canonical, HoldsFolders, Ordered
from connectors.errors import ConfigError, Throttled
from connectors.files.local import Folder
from connectors.layers import ReadOnly, Retrying, Throttling, role_of
from connectors.locator import Locator
from connectors.memory import Memory, Store
from connectors.network import Slot, authority, first_answer, layered, problems, readers
from tests.servers.certificates import Authority

HOLD = """
import sys, time
from connectors.network import Slot
with Slot(sys.argv[1], 2, 0.0):
    print("in", flush=True)
    time.sleep(600)
"""


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", None)


@pytest.fixture
def other() -> Iterator[subprocess.Popen[str]]:
    """Another process of the same user, with one of two connections."""
    root = Path(__file__).parents[2]
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, "mail.example:993"], stdout=subprocess.PIPE, text=True, cwd=root
    )
    with process:
        assert process.stdout is not None
        assert process.stdout.readline() == "in\n"
        yield process
        process.kill()


def slot(patience: float = 0.0, server: str = "mail.example:993") -> Slot:
    return Slot(server, 2, patience)


def test_no_more_connections_than_the_limit_over_all_processes(other: subprocess.Popen[str]) -> None:
    with slot():
        with pytest.raises(Throttled), slot():
            pass
        with slot(server="other.example:993"):
            pass
    with slot():
        pass


def test_who_is_killed_lets_go(other: subprocess.Popen[str]) -> None:
    with slot():
        other.send_signal(signal.SIGKILL)
        with slot(patience=20):
            pass


def test_waiting_for_a_connection_takes_what_is_let_go() -> None:
    first, second = slot(), slot()
    first.open()
    second.open()
    third = Slot("MAIL.example:993", 2, 20, sleep=lambda _: first.close())
    third.open()
    for one in (second, third, third):
        one.close()


def test_the_places_say_nothing_of_the_server_and_are_the_users_alone(tmp_path: Path) -> None:
    with slot():
        (folder,) = tmp_path.iterdir()
        assert folder.stat().st_mode & 0o777 == 0o700
        assert not [path for path in folder.iterdir() if "mail" in path.name]


def test_a_place_that_somebody_laid_a_link_at_is_not_followed(tmp_path: Path) -> None:
    with slot():
        (folder,) = tmp_path.iterdir()
        (used,) = folder.iterdir()
    target = tmp_path / "target"
    used.unlink()
    os.symlink(target, used)
    with pytest.raises(OSError, match=r"symbolic|loop"), slot():
        pass
    assert not target.exists()


def test_settings_that_cannot_work_are_told() -> None:
    fine = {"connections": 2, "per_second": 0, "timeout": 1}
    assert problems(fine) == []
    for name, value in (("connections", 1), ("per_second", -1), ("timeout", 0)):
        (said,) = problems(fine | {name: value})
        assert said.startswith(f"{name}: ")


def test_a_server_must_show_soon_that_it_is_there() -> None:
    assert first_answer({"timeout": 60}) == first_answer({}) == 10
    assert first_answer({"timeout": 3}) == 3


def test_certificates_are_looked_at_before_a_server_is_asked(tmp_path: Path) -> None:
    assert authority({}) is authority({"ca": None}) is None
    (tmp_path / "empty.pem").write_text("no certificate")
    for path in (tmp_path / "empty.pem", tmp_path / "none.pem"):
        with pytest.raises(ConfigError, match="ca: is not there, or holds no certificate"):
            authority({"ca": str(path)})
    assert authority({"ca": str(Authority(tmp_path).ca)}) == str(tmp_path / "ca.pem")


def test_workers_leave_one_connection_to_the_walk(tmp_path: Path) -> None:
    assert readers({"path": "x"}) is None
    assert readers({"connections": 4}) == 3
    assert readers({"connections": 4}, {"path": "x"}, {"connections": 2}) == 1
    config = type("Config", (), {"places": (Source("a", "imap", {"connections": 3}), Source("b", "folder", {}))})()
    assert readers_of(config, ["b"]) is None
    assert readers_of(config, ["a", "b", "a"]) == 2


class Server(Memory):
    networked = True


def test_only_sources_with_a_server_are_retried_and_paced(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    plain = Memory("m", {"store": Store()})
    assert layered(plain) is plain
    retried = layered(Server("m", {"store": Store(), "per_second": 0}))
    assert isinstance(retried, Retrying)
    assert isinstance(retried.inner, Server)
    paced = layered(Server("m", {"store": Store(), "per_second": 5}))
    assert isinstance(paced, Retrying)
    assert isinstance(paced.inner, Throttling)
    monkeypatch.setitem(registry.BUILT_IN, "memory", f"{__name__}:Server")
    assert isinstance(connect(Source("m", "memory", {"store": Store(), "per_second": 0})), Retrying)


def test_a_role_is_seen_through_the_layers_and_never_behind_read_only(tmp_path: Path) -> None:
    folder = Folder("f", {"path": tmp_path})
    assert role_of(folder, HoldsFolders) is folder
    assert role_of(Retrying(Retrying(folder)), HoldsFolders) is folder
    assert role_of(Retrying(folder), Ordered) is None
    assert role_of(Retrying(ReadOnly(folder)), HoldsFolders) is None
    assert role_of(Memory("m", {"store": Store()}), Canonical) is None


def test_a_gap_of_a_mailbox_covers_its_mails() -> None:
    box = Locator("post", "INBOX.Arkiv")
    assert box.covers(Locator("post", "INBOX.Arkiv;UID=7"))
    assert box.covers(Locator("post", "INBOX.Arkiv;UID=7", ("attachment 1: a",)))
    assert not box.covers(Locator("post", "INBOX.Arkiv2;UID=7"))
    assert not Locator("post", "INBOX.Arkiv", ("x",)).covers(Locator("post", "INBOX.Arkiv;UID=7"))
