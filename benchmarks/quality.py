"""Is all of a person found, and only of that person? Recall and precision on worlds and samples of known truth.

    python -m benchmarks.quality [FOLDER] [--worlds 5] [--customers 300] [--items 20000] [--persons N] [--misses]

Builds made-up companies (tests/world, seeds 1 to --worlds), scans each, asks for its persons by the e-mail alone, and
for some of them by the phone, the customer number, or name and city. FOLDER is that of the real samples; without it
they are left out. The exit code is 1 when a bar is missed: recall of strong identifiers 1.000 and of names 0.98 in what
is no gap, precision of `certain` 1.000 and of `probable` 0.98, no namesake's item above `possible`.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

from benchmarks import quality_samples
from benchmarks.quality_run import Outcome, run
from benchmarks.quality_tables import by_format, by_start, by_tier, faults, missed_bars


def main() -> int:
    """Print the tables; with --misses, every miss and every wrong one."""
    options = _options()
    total, code = Outcome(), 0
    with tempfile.TemporaryDirectory(prefix="gallra-bench-", dir=options.work) as name:
        for seed in range(1, options.worlds + 1):
            begun = time.monotonic()
            one = run(Path(name) / str(seed), seed, options.customers, options.items, options.persons)
            total.add(one)
            _say(f"world {seed}: {one.items} items, {one.score.persons} persons, {time.monotonic() - begun:.0f} s")
        if options.worlds:
            _say(f"\n{by_tier(total)}\n\n{by_format(total)}\n\n{by_start(total)}")
            code = _told(missed_bars(total))
        if options.samples:
            scores = quality_samples.all_areas(options.samples, Path(name) / "samples")
            _say("\n" + quality_samples.table(scores))
        if options.misses:
            _say("\n" + "\n".join(faults(total)))
            _say("\n".join(quality_samples.wrongs(scores)) if options.samples else "")
    return code


def _told(bars: list[str]) -> int:
    for bar in bars:
        _say(f"**Not met**: {bar}")
    return 1 if bars else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("samples", type=Path, nargs="?", metavar="FOLDER")
    parser.add_argument("--worlds", type=int, default=5)
    parser.add_argument("--customers", type=int, default=300)
    parser.add_argument("--items", type=int, default=20_000, help="files a world; mails about nobody fill it up")
    parser.add_argument("--persons", type=int, default=0, help="asked for a world, besides look-alikes (0: all)")
    parser.add_argument("--work", type=Path, help="where to build (default: the temporary folder)")
    parser.add_argument("--misses", action="store_true")
    return parser.parse_args()


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    raise SystemExit(main())
