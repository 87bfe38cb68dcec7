"""A source's pace, in calls and in bytes: kept by all processes together, and nowhere where none is asked for."""

from __future__ import annotations

import hashlib
import io
import json
import os
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from config.build import connect
from config.model import Source
from connectors.backups.base import Backup
from connectors.base import Connector, Content, Version
from connectors.conformance import Conformance
from connectors.conformance.in_memory import MemoryWorld
from connectors.errors import Changed, Unreachable
from connectors.files.local import Folder
from connectors.layers import Metering, role_of
from connectors.locator import Locator
from connectors.memory import Memory
from connectors.pace import Pace, SharedPace
from tests.servers.gate import Gate
from tests.servers.radicale import PASSWORD as SIGN_IN
from tests.servers.radicale import Radicale, radicale

__all__ = ["radicale"]

ROOT = Path(__file__).parents[2]
PASSWORD = "GALLRA_TEST_PASSWORD"
CARD = b"BEGIN:VCARD\r\nVERSION:3.0\r\nUID:a\r\nFN:Anna Ek\r\nN:Ek;Anna;;;\r\nEND:VCARD\r\n"
AT_WORK = """
import json, sys
from pathlib import Path
from config.build import connect
from config.model import Source
from connectors import registry
from connectors.locator import Locator
order = json.loads(sys.stdin.readline())
usual = {one.name: one.default for one in registry.load(order["kind"]).options if not one.required}
source = Source(order["name"], order["kind"], usual | order["settings"], Path("/x"), bytes_per_second=order["bytes"])
connector = connect(source)
print("ready", flush=True)
sys.stdin.readline()
with connector:
    for path in order["paths"]:
        if order["bytes"]:
            with connector.read(Locator(order["name"], path)) as content:
                while content.stream.read(1 << 20):
                    pass
        else:
            connector.version(Locator(order["name"], path))
print("done", flush=True)
"""


class Time:
    """A clock that only waiting moves."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.waits: list[float] = []

    def clock(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.waits.append(round(seconds, 6))
        self.now += seconds


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "tmp").mkdir()
    monkeypatch.setenv("TMPDIR", str(tmp_path / "tmp"))
    monkeypatch.setattr(tempfile, "tempdir", None)


@pytest.fixture
def now() -> Time:
    return Time()


def shared(now: Time, whose: str = "a", per_second: float = 2, burst: float = 1) -> SharedPace:
    return SharedPace(whose, per_second, burst, now.clock, now.sleep)


def test_who_says_the_same_shares_a_pace(now: Time) -> None:
    one, two, other = shared(now), shared(now), shared(now, "b")
    for pace in (one, two, one, other):
        pace.take()
    assert now.waits == [0.5, 0.5]
    two.take(3)
    assert now.waits == [0.5, 0.5, 0.5]
    one.take()
    assert now.waits[3:] == [1.5], "what the one before took is paid for"


def test_a_pause_earns_no_more_than_the_burst(now: Time) -> None:
    pace = shared(now, per_second=10, burst=3)
    for _ in range(5):
        pace.take()
    assert now.waits == [0.1, 0.1]
    now.now += 600
    now.waits.clear()
    for _ in range(4):
        shared(now, per_second=10, burst=3).take()
    assert now.waits == [0.1]


def test_what_was_written_before_the_machine_was_started_anew_does_not_count(now: Time) -> None:
    shared(now).take(1000)
    now.now = 3.0
    shared(now).take()
    assert now.waits == []


@pytest.mark.parametrize(
    "damage", [b"", b"x", struct.pack("<dd", 5e3, float("nan")), struct.pack("<dd", float("inf"), 1.0)]
)
def test_a_damaged_file_is_begun_anew(damage: bytes, now: Time, tmp_path: Path) -> None:
    shared(now).take(1000)
    (file,) = (tmp_path / "tmp").rglob("*.pace")
    file.write_bytes(damage)
    shared(now).take()
    assert now.waits == []


def test_the_file_says_nothing_of_the_source_and_is_the_users_alone(now: Time, tmp_path: Path) -> None:
    shared(now, "kunder").take()
    (file,) = (tmp_path / "tmp").rglob("*.pace")
    assert "kunder" not in str(file.relative_to(tmp_path))
    assert file.stat().st_mode & 0o077 == 0
    assert file.parent.stat().st_mode & 0o077 == 0


def test_without_a_place_to_keep_the_pace_the_source_counts_as_not_reached(now: Time, tmp_path: Path) -> None:
    (tmp_path / "tmp" / f"gallra-{os.getuid()}").write_text("no folder")
    with pytest.raises(Unreachable, match="temporary files"):
        shared(now).take()


def test_a_link_in_its_place_is_not_followed(now: Time, tmp_path: Path) -> None:
    shared(now).take()
    (file,) = (tmp_path / "tmp").rglob("*.pace")
    file.unlink()
    target = tmp_path / "target"
    os.symlink(target, file)
    with pytest.raises(Unreachable):
        shared(now).take()
    assert not target.exists()


class MeteredWorld(MemoryWorld):
    def connect(self) -> Connector:
        return Metering(super().connect(), 1000, Pace(1e9, sleep=lambda _: None))


class TestMetering(Conformance):
    @pytest.fixture
    def world(self) -> MemoryWorld:
        return MeteredWorld()


def metered(inner: Connector, now: Time, per_second: int) -> Metering:
    return Metering(inner, per_second, Pace(per_second, per_second, now.clock, now.sleep))


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Folder]:
    top = tmp_path / "kunder"
    top.mkdir()
    (top / "large").write_bytes(os.urandom(1 << 20))
    (top / "small").write_bytes(b"x" * 100_000)
    with Folder("kunder", {"path": str(top)}) as opened:
        yield opened


def test_a_large_file_is_read_piece_by_piece_at_its_pace(folder: Folder, now: Time, tmp_path: Path) -> None:
    before = now.now
    with metered(folder, now, 1 << 16).read(Locator("kunder", "large")) as content:
        first = content.stream.read(10)
        assert now.waits == [], "a second's worth is free"
        digest = hashlib.sha256(first)
        while piece := content.stream.read(300_000):
            digest.update(piece)
    assert digest.digest() == hashlib.sha256((tmp_path / "kunder" / "large").read_bytes()).digest()
    assert 14 <= now.now - before <= 16
    assert max(now.waits) < 1


def test_what_is_read_again_is_free(folder: Folder, now: Time) -> None:
    with metered(folder, now, 1 << 16).read(Locator("kunder", "large")) as content:
        assert content.stream.seek(0, io.SEEK_END) == content.size
        content.stream.seek(0)
        whole = content.stream.read()
        paid = now.now
        content.stream.seek(500_000)
        assert content.stream.tell() == 500_000
        assert content.stream.read() == whole[500_000:]
    assert now.now == paid
    assert content.stream.closed


def test_small_files_count_too(folder: Folder, now: Time) -> None:
    layer = metered(folder, now, 50_000)
    begun = now.now
    for _ in range(4):
        with layer.read(Locator("kunder", "small")) as content:
            assert content.stream.tell() == 0
            assert content.stream.read() == b"x" * 100_000
    assert 4 <= now.now - begun <= 8


def test_a_change_is_still_noticed(folder: Folder, now: Time, tmp_path: Path) -> None:
    with metered(folder, now, 1 << 16).read(Locator("kunder", "large")) as content:
        content.stream.read(100)
        os.truncate(tmp_path / "kunder" / "large", 1 << 19)
        with pytest.raises(Changed):
            while content.stream.read(1 << 18):
                pass


def test_a_stream_of_unknown_size_is_paid_for(now: Time) -> None:
    class Streaming(Memory):
        def read(self, locator: Locator) -> Content:
            stream = io.BufferedReader(io.BytesIO(b"x" * 10_000))
            return Content(stream, Version("1"), None, "x")

    world = MemoryWorld(Streaming)
    with metered(world.connect(), now, 5000).read(world.locator(world.subject)) as content:
        assert len(content.stream.read()) == 10_000
    assert now.waits


def test_without_a_budget_there_is_no_layer(tmp_path: Path) -> None:
    plain = Source("kunder", "folder", {"path": str(tmp_path)})
    assert isinstance(connect(plain), Folder)
    assert isinstance(connect(Source("kunder", "folder", {"path": str(tmp_path)}, bytes_per_second=5)), Metering)
    settings = {"path": str(tmp_path), "snapshots": [], "sentinel": "", "lockfile": "", "open_files": "leave"}
    backup = connect(Source("natt", "mirror", settings, backup=True, bytes_per_second=5))
    assert isinstance(backup, Metering)
    assert role_of(backup, Backup) is not None


class Workers:
    """Processes that do what a scan's workers do with one source: all at once, when they are told to."""

    def __init__(self, orders: list[str]) -> None:
        self._stack = ExitStack()
        environment = {**os.environ, PASSWORD: SIGN_IN}
        self._all = [
            self._stack.enter_context(
                subprocess.Popen(
                    [sys.executable, "-c", AT_WORK],
                    stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT, env=environment,
                )
            )
            for _ in orders
        ]  # fmt: skip
        for process, order in zip(self._all, orders, strict=True):
            self._say(process, order)
        assert [self._heard(process) for process in self._all] == ["ready\n"] * len(orders)

    def run(self) -> float:
        """Let them work; how many seconds it took them all."""
        begun = time.monotonic()
        for process in self._all:
            self._say(process, "go")
        assert [self._heard(process) for process in self._all] == ["done\n"] * len(self._all)
        taken = time.monotonic() - begun
        self._stack.close()
        return taken

    def _say(self, process: subprocess.Popen[str], line: str) -> None:
        assert process.stdin is not None
        process.stdin.write(f"{line}\n")
        process.stdin.flush()

    def _heard(self, process: subprocess.Popen[str]) -> str:
        assert process.stdout is not None
        return process.stdout.readline()


def order(name: str, kind: str, settings: dict[str, object], paths: list[str], budget: int = 0) -> str:
    return json.dumps({"name": name, "kind": kind, "settings": settings, "paths": paths, "bytes": budget})


def test_a_budget_of_bytes_is_one_for_all_workers(tmp_path: Path) -> None:
    top = tmp_path / "kunder"
    top.mkdir()
    for name in ("a", "b"):
        (top / name).write_bytes(b"x" * 600_000)
    orders = [order("kunder", "folder", {"path": str(top)}, [name], 400_000) for name in ("a", "b")]
    # 1,200,000 bytes, of which a second's worth and the last pieces may be had at once.
    assert Workers(orders).run() >= (1_200_000 - 400_000 - 2 * 131_072) / 400_000


def test_a_server_is_asked_no_faster_by_two_workers_than_by_one(radicale: Radicale) -> None:
    client = radicale.user()
    card = client.put(client.make("alla", "addressbook", "Alla"), "a.vcf", CARD)
    gate = Gate(radicale.port)
    try:
        settings = {"url": f"http://127.0.0.1:{gate.port}/", "user": client.user, "password": f"env:{PASSWORD}"}
        orders = [order("k", "carddav", {**settings, "per_second": 10}, [card] * 15) for _ in range(2)]
        taken = Workers(orders).run()
    finally:
        gate.close()
    assert [path for _, path in gate.seen].count(card) == 30
    assert taken >= (32 - 10) / 10, "with a pace of its own, each of them would be done in a quarter of that"
