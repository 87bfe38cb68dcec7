"""Watched folders under real mounts and real limits of the kernel, each in a namespace of its own."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.scanner.agent.watch_namespace import SCENARIOS

pytest.importorskip("watchdog.observers.inotify_c")

ROOT = Path(__file__).resolve().parents[3]
ALONE = ("unshare", "--user", "--map-root-user", "--mount")


@pytest.fixture(scope="module")
def alone() -> tuple[str, ...]:
    """What starts a program in namespaces of its own; some systems forbid it to users."""
    trial = "mount -t tmpfs none /tmp && echo 9 >/proc/sys/user/max_inotify_watches"
    there = shutil.which(ALONE[0]) is not None
    if not there or subprocess.run([*ALONE, "sh", "-c", trial], check=False, capture_output=True).returncode:
        pytest.skip("this system gives users no namespaces of their own")
    return ALONE


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_it_is_told_or_it_is_a_state(scenario: str, alone: tuple[str, ...], tmp_path: Path) -> None:
    program = [*alone, sys.executable, "-m", "tests.scanner.agent.watch_namespace", scenario, str(tmp_path)]
    run = subprocess.run(program, check=False, cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert run.returncode == 0, run.stderr
    assert "Traceback" not in run.stderr
