"""Run by test_crash: stores, replaces and retires without end, until it is killed."""

from __future__ import annotations

import itertools
import sys
from pathlib import Path

from tests.scanner.index.helpers import World, mail, record


def main() -> None:
    world = World(Path(sys.argv[1]))
    for turn in itertools.count():
        rows = [
            world.row(
                f"fil{(turn * 7 + n) % 60}",
                *(
                    (record(f"row {r}"), [mail(f"p{(turn + n + r) % 90}@x.example")], {f"ord{(turn + r) % 50}", "alla"})
                    for r in range(n % 5)
                ),
            )
            for n in range(12)
        ]
        world.store(*rows)
        if turn % 3 == 0:
            states = sorted(world.index.states("kunder", "").values())
            world.index.retire(state.item for state in states[:9])
        if turn % 10 == 9:
            world.index.purge()
        if turn == 5:
            print("going", flush=True)


if __name__ == "__main__":
    main()
