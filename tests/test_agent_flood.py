"""The agent under a flood of new files: each is in the index, and found. Witnesses: os.walk, and the index's rows."""

from __future__ import annotations

import os
import re
import sqlite3
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from tests.conftest import Desk
from tests.scanner.agent.flood import Flood

pytest.importorskip("watchdog.observers.inotify_c")

CONFIG = """
[agent]
state = ".gallra"

[company]
name = "Invex AB"
domains = ["invex.example"]

[[source]]
name = "kunder"
kind = "folder"
path = "kunder"
backup = "none"
every = "30d"
"""
MOST_KB = 200_000
PERSONS = 40
ADDRESS = re.compile(rb"kund[0-9]+@kund\.example")


def text(number: int) -> str:
    return f"Anteckning {number}. Kontakt: kund{number % PERSONS}@kund.example\n"


def standing(folder: Path) -> tuple[int, Counter[bytes]]:
    """How many files there are, and how many hold each address."""
    count, holding = 0, Counter[bytes]()
    for at, _, names in os.walk(os.fsencode(folder)):
        for name in names:
            count += 1
            with open(os.path.join(at, name), "rb") as stream:
                holding.update(set(ADDRESS.findall(stream.read())))
    return count, holding


def indexed(desk: Desk) -> int:
    """The items of the index; -1 while there is none."""
    try:
        with closing(sqlite3.connect(f"file:{desk.root}/.gallra/index.sqlite?mode=ro", uri=True)) as index:
            return int(index.execute("SELECT count(*) FROM item").fetchone()[0])
    except sqlite3.OperationalError:
        return -1


def peak_kb(pid: int) -> int:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))


def await_items(desk: Desk, count: int, process: subprocess.Popen[bytes], seconds: float) -> float:
    """Wait until the index has so many; how long that took."""
    began = time.monotonic()
    while indexed(desk) != count:
        assert process.poll() is None, "the agent has ended"
        assert time.monotonic() < began + seconds, f"{indexed(desk)} of {count} items are in the index"
        time.sleep(0.2)
    return time.monotonic() - began


@contextmanager
def running(desk: Desk) -> Iterator[subprocess.Popen[bytes]]:
    process = desk.start("run", stdout=subprocess.DEVNULL)
    try:
        yield process
        process.terminate()
        assert process.wait(60) == 0
    finally:
        process.kill()
        process.wait()


@pytest.mark.parametrize(
    ("count", "seconds", "patience"),
    [(400, 1.0, 60.0), pytest.param(50_000, 55.0, 1200.0, marks=[pytest.mark.prove, pytest.mark.timeout(1800)])],
)
def test_every_file_of_a_flood_is_indexed_and_found(desk: Desk, count: int, seconds: float, patience: float) -> None:
    folder = desk.write(CONFIG).root / "kunder"
    (folder / "old").mkdir(parents=True)
    (folder / "old/first.txt").write_text(text(0))
    with running(desk) as process:
        await_items(desk, 1, process, 60.0)
        Flood(folder, 8, text, ".txt").run(count, seconds)
        files, holding = standing(folder)
        took = await_items(desk, files, process, patience)
        for number in (0, 7, PERSONS - 1):
            address = f"kund{number}@kund.example"
            await_found(desk, address, holding[address.encode()])
        peak = peak_kb(process.pid)
        print(f"{files} of {count} files left; in the index {took:.1f} s after the last; the agent: {peak} kB at most")
        assert peak < MOST_KB


def await_found(desk: Desk, address: str, count: int) -> None:
    """Contents that changed last may still be on their way, though no item is missing."""
    until = time.monotonic() + 60.0
    while True:
        found = len({one["path"] for one in desk("find", address, "--no-case", "--json", code=(0, 3)).json["findings"]})
        if found == count:
            return
        assert time.monotonic() < until, f"{found} of {count} files are found"
        time.sleep(1.0)
