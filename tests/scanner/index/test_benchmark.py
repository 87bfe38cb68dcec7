"""The look-up benchmark runs, finds what is there, and cleans up; what it measures at full size is no test."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]


def test_the_benchmark_runs_at_a_small_size(tmp_path: Path) -> None:
    command = [sys.executable, str(ROOT / "benchmarks" / "lookup.py"), "--json", "--folder", str(tmp_path)]
    done = subprocess.run(
        [*command, "--items", "3000", "--mentions", "30000"], capture_output=True, text=True, timeout=120, check=False
    )
    figures = json.loads(done.stdout)
    assert done.stderr == ""
    assert done.returncode == int(figures["exact p99 ms"] >= 0.5 or figures["two-word name p99 ms"] >= 20)
    assert 27_000 < figures["mentions"] <= 30_000
    assert figures["exact records found, mean"] > 1
    assert figures["two-word name records found, mean"] > 1
    assert figures["index bytes an item"] < 1200
    assert list(tmp_path.iterdir()) == []
