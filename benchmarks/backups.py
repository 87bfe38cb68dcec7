"""Backups: what it costs to index 10 snapshots of a restic repository, against 1 of the same files.

    python -m benchmarks.backups [--files 2000] [--snapshots 10] [--changed 20] [--runs 3]

Needs restic. Made-up documents are backed up, some are changed, and they are backed up again; then gallra scans the
repository into an empty index, and one with the last snapshot alone. Prints wall and CPU seconds of both (restic's own
processes counted in), their ratio, peak memory, and what the next scan costs when one snapshot more has come.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.measure import Run, medians, run
from tests.world import build_documents

_PASSWORD = "a made-up word"
_CONFIG = """
[agent]
state = "{state}"
key = "file:{state}.key"

[[source]]
name = "kunder"
kind = "folder"
path = "{data}"

[[backup]]
name = "nas"
kind = "restic"
path = "{repository}"
password = "env:BENCH_PASSWORD"
covers = ["kunder"]
"""


def main() -> int:
    """Build the repositories, index each, print the figures."""
    options = _options()
    if shutil.which("restic") is None:
        sys.stderr.write("restic is not installed\n")
        return 2
    with tempfile.TemporaryDirectory(prefix="gallra-bench-") as name:
        root = Path(name)
        data, many, one = root / "kunder", root / "many", root / "one"
        build_documents(data, options.files, seed=1)
        _restic(many, "init")
        for number in range(options.snapshots):
            if number:
                _change(data, options.changed, number)
            _restic(many, "backup", str(data))
        _restic(one, "init")
        _restic(one, "backup", str(data))
        _compare(root, data, {"1 snapshot": one, f"{options.snapshots} snapshots": many}, options)
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", type=int, default=2000)
    parser.add_argument("--snapshots", type=int, default=10)
    parser.add_argument("--changed", type=int, default=20, help="files that change from one snapshot to the next")
    parser.add_argument("--runs", type=int, default=3)
    return parser.parse_args()


def _compare(root: Path, data: Path, repositories: dict[str, Path], options: argparse.Namespace) -> None:
    sys.stdout.write(
        f"{options.files} files, {options.changed} changed from one to the next, median of {options.runs} runs\n"
    )
    _scan(root / "warm", data, repositories["1 snapshot"])  # so that no run pays for compiled modules
    taken: dict[str, list[Run]] = {name: [] for name in repositories}
    for turn in range(options.runs):
        for name, repository in repositories.items():
            taken[name].append(_scan(root / f"{turn}-{repository.name}", data, repository))
    first, *others = (medians(runs) for runs in taken.values())
    for name, figures in zip(taken, (first, *others), strict=True):
        _print(name, figures, first)
    many = list(repositories.values())[-1]
    _change(data, options.changed, options.snapshots)
    _restic(many, "backup", str(data))
    _print("1 more", _scan(root / f"0-{many.name}", data, many), first)


def _print(name: str, one: Run, first: Run) -> None:
    sys.stdout.write(
        f"  {name:14} {one.wall:7.2f} s wall (x{one.wall / first.wall:4.2f}) {one.cpu:7.2f} s CPU "
        f"(x{one.cpu / first.cpu:4.2f}) {one.peak / 2**20:6.0f} MiB peak  exit {one.code}\n"
    )


def _scan(state: Path, data: Path, repository: Path) -> Run:
    config = state.with_suffix(".toml")
    config.write_text(_CONFIG.format(state=state, data=data, repository=repository), encoding="utf-8")
    command = [sys.executable, "-m", "scanner.cli.main", "--config", str(config), "scan", "nas"]
    return run(command, {"BENCH_PASSWORD": _PASSWORD})


def _change(data: Path, count: int, number: int) -> None:
    """Each time other files get another content, and so another version in the backup."""
    files = sorted(path for path in data.rglob("*") if path.is_file())
    for place in range(count):
        with files[(number * count + place) % len(files)].open("ab") as stream:
            stream.write(b"\n%d\n" % number)


def _restic(repository: Path, *arguments: str) -> None:
    env = {**os.environ, "RESTIC_PASSWORD": _PASSWORD, "RESTIC_REPOSITORY": str(repository)}
    subprocess.run(["restic", "--quiet", "--no-cache", *arguments], check=True, env=env)


if __name__ == "__main__":
    sys.exit(main())
