"""How fast a person is looked up in a large index: `python benchmarks/lookup.py [--items N --words N --mentions N]`.

Builds a synthetic index with the real classes (words by Zipf's law with common Swedish names among them, identifiers
that repeat as in real mail), prints sizes and times, and takes the index away. Acceptance at 1 M items and 10 M
mentions: exact look-up p99 < 0.5 ms, two-word name p99 < 20 ms. The exit code is 1 when one is missed.
"""

from __future__ import annotations

import argparse
import itertools
import json
import random
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from connectors.base import ItemKind, Strength
from scanner.index import codes
from scanner.index.pack import PATH, identifier_context, path_token
from scanner.index.rows import ItemRow, MentionRow, Mentions, RecordRow
from scanner.index.seal import Keys, Sealer
from scanner.index.sqlite import Index
from scanner.records import IdType, Role

EXACT_MS = 0.5
NAME_MS = 20.0
BATCH = 2000
QUERIES = 2000
# Given and family names that are among the most common in Sweden. They take every tenth rank of the vocabulary from 100
# on, so they stand in one text of nine to one of thirty: more often than in real mail.
GIVEN = ["anna", "eva", "maria", "karin", "sara", "lars", "anders", "johan", "per", "erik", "mikael", "lena", "emma"]
FAMILY = ["andersson", "johansson", "karlsson", "nilsson", "eriksson", "larsson", "olsson", "persson", "svensson"]


@dataclass(slots=True)
class World:
    """What the rows are drawn from."""

    vocabulary: list[str]
    words: list[str]  # a long run of words, drawn by Zipf's law; texts are slices of it
    values: list[str]  # addresses
    drawn: list[int]  # a long run of indices into values


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--items", type=int, default=1_000_000)
    parser.add_argument("--words", type=int, default=150, help="running words an item")
    parser.add_argument("--mentions", type=int, default=10_000_000, help="in all")
    parser.add_argument("--folder", type=Path, help="where to build (default: the temporary folder)")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="gallra-lookup-", dir=options.folder) as folder:
        figures = measure(Path(folder) / "index.db", options.items, options.words, options.mentions)
    print(json.dumps(figures) if options.json else "\n".join(f"{name:42} {value}" for name, value in figures.items()))
    missed = figures["exact p99 ms"] >= EXACT_MS or figures["two-word name p99 ms"] >= NAME_MS
    return 1 if missed else 0


def measure(path: Path, items: int, words: int, mentions: int) -> dict[str, float]:
    """Build, ask, and answer all figures. Times are wall; `store us` is the writer's CPU an item."""
    chance = random.Random(20261122)
    sealer = Sealer(Keys.derive(b"benchmark" * 4))
    world = _world(chance, items, max(2000, mentions // 10))
    figures: dict[str, float] = {"items": items, "words an item": words, "mentions": 0}
    distinct, cpu = 0, 0.0
    with Index.open(path, sealer) as index:
        rows = _rows(chance, sealer, world, items, words, mentions / items)
        while batch := list(itertools.islice(rows, BATCH)):
            distinct += sum(row.records[0].words.count(" ") + 1 for row in batch)
            figures["mentions"] += sum(len(row.records[0].mentions) for row in batch)
            begun = time.process_time()
            index.store("mail", "inbox", batch)
            cpu += time.process_time() - begun
        index.finish_walk("mail", "inbox", datetime.now(UTC), complete=True)
    figures["distinct words an item"] = round(distinct / items, 1)
    figures["store us an item"] = round(cpu / items * 1e6, 1)
    figures["store items/s"] = round(items / cpu)
    figures["index MB"] = round(path.stat().st_size / 1e6, 1)
    figures["index bytes an item"] = round(path.stat().st_size / items)
    with Index.open(path, sealer, read_only=True) as index:
        _ask(index, sealer, world, chance, figures)
    figures["peak RSS MB"] = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
    return figures


def _ask(index: Index, sealer: Sealer, world: World, chance: random.Random, figures: dict[str, float]) -> None:
    uniform = chance.sample(world.values, min(QUERIES, len(world.values)))
    asked = iter(uniform * 2)

    def exact() -> int:
        return len(index.records_with(sealer.token("email", next(asked))))

    _report(figures, "exact", exact, len(uniform))
    seen = iter([world.values[i] for i in chance.sample(world.drawn, QUERIES)])
    _report(
        figures, "exact, as often as seen", lambda: len(index.records_with(sealer.token("email", next(seen)))), QUERIES
    )
    again = iter(uniform)

    def viewed() -> int:
        records = index.records(index.records_with(sealer.token("email", next(again))))
        return len(index.items(record.item for record in records))

    _report(figures, "exact, with records and items", viewed, len(uniform))
    pairs = list(itertools.product(GIVEN, FAMILY))
    names = iter(chance.choices(pairs, k=QUERIES))
    _report(figures, "two-word name", lambda: len(index.records_with_words([[w] for w in next(names)])), QUERIES)
    rare = iter([chance.sample(world.vocabulary[3000:], 2) for _ in range(QUERIES)])
    _report(figures, "two rarer words", lambda: len(index.records_with_words([[w] for w in next(rare)])), QUERIES)
    variants = iter([(chance.sample(GIVEN, 4), chance.sample(FAMILY, 3)) for _ in range(QUERIES // 4)])
    _report(figures, "name of 4 x 3 variants", lambda: len(index.records_with_words(next(variants))), QUERIES // 4)
    begun = time.process_time()
    states = len(index.states("mail", "inbox"))
    figures["states, CPU s per 200k"] = round((time.process_time() - begun) / states * 200_000, 3)


def _report(figures: dict[str, float], name: str, ask: Callable[[], int], count: int) -> None:
    times, found = [], 0
    for _ in range(count):
        begun = time.perf_counter()
        found += ask()
        times.append(time.perf_counter() - begun)
    times.sort()
    figures[f"{name} p50 ms"] = round(times[count // 2] * 1e3, 4)
    figures[f"{name} p99 ms"] = round(times[count * 99 // 100] * 1e3, 4)
    figures[f"{name} records found, mean"] = round(found / count, 1)


def _world(chance: random.Random, items: int, values: int) -> World:
    vocabulary = min(500_000, 5000 + items)
    known = [f"{chance.choice('bdfgklmnprstv')}{n:x}ord" for n in range(vocabulary)]
    for place, name in enumerate([name for pair in itertools.zip_longest(GIVEN, FAMILY) for name in pair if name]):
        known[100 + 10 * place] = name
    weights = list(itertools.accumulate(1 / (rank + 2.7) for rank in range(vocabulary)))
    words = chance.choices(known, cum_weights=weights, k=min(3_000_000, 60 * items))
    weights = list(itertools.accumulate(1 / (rank + 10) ** 0.8 for rank in range(values)))
    drawn = chance.choices(range(values), cum_weights=weights, k=min(2_000_000, 40 * items))
    return World(known, words, [f"person{n}@firma{n % 977}.example" for n in range(values)], drawn)


def _rows(
    chance: random.Random, sealer: Sealer, world: World, items: int, words: int, mentions: float
) -> Iterator[ItemRow]:
    """Rows as `Packer` makes them, without the reading of texts."""
    code = codes.ID_TYPES[IdType.EMAIL]
    roles = [codes.ROLES[role] for role in (Role.FROM, Role.TO, Role.CC, Role.BODY)]
    sealed: dict[int, tuple[int, tuple[int, bytes]]] = {}
    for number in range(items):
        at = chance.randrange(len(world.words) - words)
        count = int(mentions * (number + 1)) - int(mentions * number)
        start = chance.randrange(len(world.drawn) - count)
        rows, identifiers = [], {}
        for place, who in enumerate(dict.fromkeys(world.drawn[start : start + count])):
            if who not in sealed:
                value = world.values[who]
                data = sealer.seal_text(value, identifier_context(code))
                sealed[who] = (sealer.token("email", value), (code, data))
            token, identifiers[token] = sealed[who][0], sealed[who][1]
            rows.append(MentionRow(token, roles[place % 4], place))
        path = f"Inkorg/2026/{number};UID={number}"
        yield ItemRow(
            path=sealer.seal_text(path, PATH),
            token=path_token(sealer, path),
            version=f"1700000000-{number}",
            strength=Strength.WEAK,
            kind=ItemKind.MESSAGE,
            size=4000 + number % 1000,
            links=1,
            content=sealer.content(path.encode()),
            reader="benchmark",
            formats="mail",
            records=[
                RecordRow(
                    None,
                    codes.RECORD_KINDS["message"],
                    sealer.words(set(world.words[at : at + words])),
                    Mentions.of(rows),
                )
            ],
            identifiers=identifiers,
        )


if __name__ == "__main__":
    sys.exit(main())
