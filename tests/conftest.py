"""The real command line in a process of its own, and one built and scanned world for all who only read it."""

from __future__ import annotations

import fcntl
import json
import os
import pickle
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.forked import Turns
from tests.world import World, build, config_text

GALLRA = str(Path(sys.executable).with_name("gallra"))
SECONDS = 120
WARM = Turns(GALLRA)


def pytest_configure() -> None:
    """Set right what children would inherit: Ctrl-C ignored (nohup, some CI), and that compiled code is not kept.

    A user's Python keeps it; without, each of thousands of processes would compile all of gallra anew.
    """
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@dataclass
class Run:
    """How a command ended. `text` is all it said."""

    code: int
    out: str
    err: str

    @property
    def text(self) -> str:
        return self.out + self.err

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@dataclass
class Desk:
    """`gallra` as a user runs it, in a folder with a gallra.toml.

    What is run to its end is forked from a warm process (see `tests.forked`); what is only started, or needs more than
    arguments, and all that a `fresh` desk runs, is the installed program.
    """

    root: Path
    env: dict[str, str] = field(default_factory=dict)
    fresh: bool = False
    seconds: float = SECONDS  # that a command may take

    def __call__(self, *arguments: str, code: int | Sequence[int] | None = None, **popen: Any) -> Run:
        """Run a command to its end. It never shows a traceback; `code` is what it must end with."""
        forks = None if self.fresh or popen else WARM.next(self._env())
        if forks is not None:
            with forks:
                return self._checked(*forks.run(arguments, self._env(), self.root, self.seconds), code)
        with self.start(*arguments, **popen) as process:
            return self.ended(process, code)

    def _env(self) -> dict[str, str]:
        return {name: value for name, value in os.environ.items() if not name.startswith("GALLRA")} | self.env

    def start(self, *arguments: str, **popen: Any) -> subprocess.Popen[bytes]:
        usual: dict[str, Any] = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        return subprocess.Popen([GALLRA, *arguments], **(usual | {"cwd": self.root, "env": self._env()} | popen))

    def ended(self, process: subprocess.Popen[bytes], code: int | Sequence[int] | None = None) -> Run:
        try:
            out, err = process.communicate(timeout=self.seconds)
        finally:
            process.kill()
        return self._checked(process.returncode, out, err, code)

    def _checked(self, ended: int, out: bytes, err: bytes, code: int | Sequence[int] | None) -> Run:
        run = Run(ended, out.decode("utf-8", "replace"), err.decode("utf-8", "replace"))
        assert "Traceback" not in run.text, run.text
        if code is not None:
            assert run.code in ([code] if isinstance(code, int) else code), f"{run.code}: {run.text}"
        return run

    def write(self, config: str) -> Desk:
        (self.root / "gallra.toml").write_text(config, encoding="utf-8")
        return self


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """An empty folder to run `gallra` in."""
    root = tmp_path / "hem"
    root.mkdir()
    return Desk(root)


def built(root: Path, seed: int = 1, customers: int = 30, mails: int = 5) -> World:
    """A world with its configuration, not scanned."""
    world = build(root, seed=seed, customers=customers, mails_per_customer=mails)
    (root / "gallra.toml").write_text(config_text(world), encoding="utf-8")
    return world


def _scanned(folder: Path, seed: int) -> World:
    """Built and scanned once for all workers of a run of pytest."""
    done = folder / f"world-{seed}.pickle"
    with open(folder / f"world-{seed}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not done.exists():
            world = built(folder / f"world-{seed}", seed)
            Desk(world.root)("scan", code=3)
            done.write_bytes(pickle.dumps(world))
    world = pickle.loads(done.read_bytes())
    assert isinstance(world, World)
    return world


def _shared(factory: pytest.TempPathFactory) -> Path:
    base = factory.getbasetemp()
    return base.parent if "PYTEST_XDIST_WORKER" in os.environ else base


@pytest.fixture(scope="session")
def scanned_world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Seed 1, 30 customers, indexed. Nobody may change it."""
    yield _scanned(_shared(tmp_path_factory), 1)


@pytest.fixture(scope="session")
def second_world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Seed 2, the same."""
    yield _scanned(_shared(tmp_path_factory), 2)
