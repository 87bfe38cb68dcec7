"""Run by test_writers: one of several writers of one index.

    python -m tests.scanner.index.many_writers INDEX SOURCE TURNS
    python -m tests.scanner.index.many_writers INDEX compact

A writer stores, replaces and retires items of its source, the same ones each time; `compact` rewrites the file now and
then until its stdin ends.
"""

from __future__ import annotations

import select
import sys
from pathlib import Path

from connectors.base import GapReason
from scanner.index.rows import ItemRow
from scanner.index.sqlite import Index
from tests.scanner.index.helpers import World, mail, record


def rows(world: World, source: str, turn: int) -> list[ItemRow]:
    """Items with identifiers of their own, of the source, and of everybody: those come and go everywhere."""
    return [
        world.row(
            f"fil{(turn * 5 + n) % 40}",
            *(
                (
                    record(f"row {r}"),
                    [
                        mail(f"{source}{(turn + n + r) % 70}@x.example"),
                        mail(f"alla{(turn + r) % 9}@x.example", entity=1),
                    ],
                    {f"ord{(turn + r) % 20}", "alla"},
                )
                for r in range(1 + n % 4)
            ),
            version=f"{turn}-{n}",
        )
        for n in range(9)
    ]


def write(world: World, index: Index, source: str, turns: int) -> None:
    """All turns; after each a word on stdout."""
    for turn in range(turns):
        index.store(source, "", rows(world, source, turn))
        if turn % 3 == 0:
            states = index.states(source, "")
            index.retire(states[token].item for token in sorted(states)[:7])
        index.set_walk_gaps(source, "", [(f"låst{turn}", GapReason.DENIED, "")])
        print(turn, flush=True)


def compact(index: Index) -> None:
    """Until stdin ends."""
    while not select.select([sys.stdin], [], [], 0.1)[0]:
        index.compact()
        print("rewritten", flush=True)


def main() -> None:
    """See above."""
    world = World(Path(sys.argv[1]))
    if sys.argv[2] == "compact":
        compact(world.index)
    else:
        write(world, world.index, sys.argv[2], int(sys.argv[3]))
    world.index.close()


if __name__ == "__main__":
    main()
