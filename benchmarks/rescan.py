"""Rescan: what a scan of many unchanged files costs.

python -m benchmarks.rescan [--files 200000]
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from benchmarks.measure import medians, run

_A_FOLDER = 200


def main() -> int:
    """Make the files, scan them once, then three times unchanged."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=200_000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="gallra-bench-") as name:
        root = Path(name)
        for number in range(options.files):
            folder = root / "data" / f"kund-{number // _A_FOLDER:05d}"
            if number % _A_FOLDER == 0:
                folder.mkdir(parents=True)
            (folder / f"anteckning-{number:07d}.txt").write_text(f"Anteckning {number}\n")
        config = root / "gallra.toml"
        config.write_text('[[source]]\nname = "bench"\nkind = "folder"\npath = "data"\n')
        command = [sys.executable, "-m", "scanner.cli.main", "--config", str(config), "scan"]
        first = run(command)
        again = medians([run(command) for _ in range(3)])
    for what, one in (("first scan", first), ("rescan, nothing changed (median of 3)", again)):
        sys.stdout.write(
            f"{what}: {options.files} files, {one.cpu:.2f} s CPU, {one.wall:.2f} s wall, "
            f"{one.peak / 2**20:.0f} MiB peak, exit {one.code}\n"
        )
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
