"""Files that attack their reader: the scan ends within its limits, each has its gap or is read, all others are found.

Real worker processes under real limits. The small form of everything runs always, the large one in `make prove`.
"""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from connectors.base import GapReason
from tests.samples import SAMPLES, needs_samples
from tests.scanner import hostile
from tests.scanner.hostile import HERS
from tests.world.office import docx

ROOT = Path(__file__).resolve().parents[2]
GOOD = "carin.lund@kund.example"
LARGE, DEEP, LATE = GapReason.TOO_LARGE.value, GapReason.TOO_DEEP.value, GapReason.TIMED_OUT.value
MEMORY, BROKEN = GapReason.OUT_OF_MEMORY.value, GapReason.UNREADABLE.value
BOMBED = {LARGE, LATE, MEMORY, BROKEN}

# name -> how it is made, what its gap may say. No reasons: it is read whole, and hers is found in it.
ATTACKS: dict[str, tuple[Callable[[bool], bytes], set[str]]] = {
    "flat.zip": (hostile.flat_zip, {LARGE}),
    "overlapping.zip": (hostile.overlapping_zip, {LARGE, BROKEN}),
    "lying.zip": (hostile.lying_zip, {LARGE, BROKEN}),
    "nested.zip": (hostile.nested_zip, {LARGE}),
    "deep.zip": (hostile.deep_zip, {DEEP}),
    "deep.eml": (hostile.deep_mail, {DEEP}),
    "parts.eml": (hostile.many_parts, set()),
    "laughs.docx": (hostile.laughing("docx"), BOMBED),
    "laughs.xlsx": (hostile.laughing("xlsx"), BOMBED),
    "laughs.odt": (hostile.laughing("odt"), BOMBED),
    "laughs.svg": (hostile.laughing("svg"), BOMBED),
    "laughs.xml": (hostile.laughing("xml"), BOMBED),
    "zeros.gz": (hostile.gz, {LARGE}),
    "zeros.bz2": (hostile.bz, {LARGE}),
    "zeros.xz": (hostile.xz, {LARGE}),
    "deep.gz": (hostile.gz_in_gz, {DEEP}),
    "pages.pdf": (hostile.pages, set()),
    "loop.pdf": (hostile.looping_pdf, {BROKEN, LATE, LARGE}),
    "lying.tar": (hostile.lying_tar, {BROKEN, LARGE}),
    "nested.json": (hostile.nested_json, set()),
    "nested.xml": (hostile.nested_xml, set()),
    "braces.rtf": (hostile.braces, set()),
    "runs.txt": (hostile.runs, set()),
}
SMALL = "seconds = 5\nmemory = 536870912\nblob = 8388608\nmembers = 3000\nexpanded = 33554432\n"
USUAL = "seconds = 30\n"


@dataclass
class Told:
    """What a scan of its own said and cost."""

    found: dict[str, list[str]]
    gaps: dict[str, set[str]]
    own: int
    workers: int
    seconds: float


def scan(root: Path, limits: str, *addresses: str) -> Told:
    """A scan in a process of its own, and whom it then finds."""
    config = root / "gallra.toml"
    config.write_text(
        f'[[source]]\nname = "kunder"\nkind = "folder"\nbackup = "none"\npath = "kunder"\n[limits]\n{limits}'
    )
    command = [sys.executable, "-m", "tests.scanner.isolation_process", str(config), *addresses]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    told: dict[str, Any] = json.loads(done.stdout)
    assert told["errors"] == []
    gaps: dict[str, set[str]] = {}
    for path, _, reason, _ in told["gaps"]:
        gaps.setdefault(path, set()).add(reason)
    return Told(told["found"], gaps, told["own"], told["workers"], told["seconds"])


def laid(root: Path, files: dict[str, bytes]) -> Path:
    """The files, with a good one between each two of them."""
    folder = root / "kunder"
    folder.mkdir()
    for number, (name, data) in enumerate(files.items()):
        (folder / name).write_bytes(data)
        good = docx([GOOD]).data if number % 2 else GOOD.encode()
        (folder / f"god{number}{'.docx' if number % 2 else '.txt'}").write_bytes(good)
    return folder


def good(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if path.name.startswith("god"))


def check_attacks(root: Path, limits: str, memory: int, seconds: float, *, big: bool) -> None:
    folder = laid(root, {name: make(big) for name, (make, _) in ATTACKS.items()})
    told = scan(root, limits, GOOD, HERS)
    assert told.found[GOOD] == good(folder)
    unlike = {
        name: (told.gaps.get(name, set()), name in told.found[HERS])
        for name, (_, reasons) in ATTACKS.items()
        if not (told.gaps.get(name, set()) & reasons if reasons else name in told.found[HERS] and name not in told.gaps)
    }
    assert unlike == {}
    assert "lying.tar" in told.found[HERS], "what stands before the lie is read"
    assert told.workers < memory + (160 << 20)
    assert told.own < 600 << 20, "what a worker meets does not come to the parent"
    assert told.seconds < (seconds + 2) * len(ATTACKS)


def test_attacks_cost_no_more_than_their_limits(tmp_path: Path) -> None:
    check_attacks(tmp_path, SMALL, 512 << 20, 5, big=False)


@pytest.mark.prove
@pytest.mark.timeout(1800)
def test_large_attacks_cost_no_more_than_their_limits(tmp_path: Path) -> None:
    check_attacks(tmp_path, USUAL, 2 << 30, 30, big=True)


# -- what lies elsewhere ----------------------------------------------------------------------------------------------


@pytest.fixture
def server() -> Iterator[tuple[int, list[int]]]:
    """A port, and the connections that came to it."""
    came: list[int] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def listen() -> None:
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                came.append(1)
                connection.close()

        threading.Thread(target=listen, daemon=True).start()
        yield listener.getsockname()[1], came
        listener.shutdown(socket.SHUT_RDWR)


def test_nothing_elsewhere_is_asked_for(tmp_path: Path, server: tuple[int, list[int]]) -> None:
    port, came = server
    secret = tmp_path / "hemligt.txt"
    secret.write_text(HERS)
    targets = {"fil": secret.as_uri(), "namn": str(secret), "nät": f"http://127.0.0.1:{port}/x"}
    kinds = [*hostile.WRITERS, "html", "rtf"]
    files = {f"{word}.{kind}": hostile.reaching(kind, target) for word, target in targets.items() for kind in kinds}
    folder = laid(tmp_path, files)
    told = scan(tmp_path, SMALL, GOOD, HERS)
    assert told.found == {GOOD: good(folder), HERS: []}, "what the file says elsewhere is in no document"
    assert came == []
    socket.create_connection(("127.0.0.1", port)).close()
    for _ in range(100):
        if came:
            break
        threading.Event().wait(0.05)
    assert came, "the server would have told"


# -- large files ------------------------------------------------------------------------------------------------------


def check_large(root: Path, limits: str, size: int, memory: int) -> None:
    folder = laid(root, {"a.txt": GOOD.encode()})
    for name in ("stor.txt", "stor.csv", "stor.json", "stor.xml", "stor.html", "stor.pdf", "stor.eml", "stor.rtf"):
        starts = {"csv": b"Namn;Epost\n", "pdf": b"%PDF-1.4\n", "rtf": b"{\\rtf1 ", "json": b"[", "xml": b"<a>"}
        hostile.sparse(folder / name, size, starts.get(name[5:], b"Subject: hej\n\n" if "eml" in name else b""))
    told = scan(root, limits, GOOD)
    assert told.found[GOOD] == sorted([*good(folder), "a.txt"])
    large = {path.name for path in folder.iterdir() if path.name.startswith("stor")}
    assert {name for name, reasons in told.gaps.items() if reasons & (BOMBED | {"unknown format"})} == large
    assert told.workers < memory + (160 << 20)


def test_large_files_are_gaps(tmp_path: Path) -> None:
    check_large(tmp_path, SMALL, 80 << 20, 512 << 20)


@pytest.mark.prove
@pytest.mark.timeout(900)
def test_files_of_two_gigabytes_are_gaps(tmp_path: Path) -> None:
    check_large(tmp_path, USUAL, 2 << 30, 2 << 30)


@pytest.mark.prove
def test_a_text_of_two_gigabytes_with_somebody_in_it_is_a_gap_and_no_silence(tmp_path: Path) -> None:
    folder = laid(tmp_path, {"a.txt": GOOD.encode()})
    with open(folder / "logg.txt", "wb") as stream:
        line = b"2026-03-02 10:00:00 hej\n" * 40_000
        for _ in range((2 << 30) // len(line)):
            stream.write(line)
        stream.write(HERS.encode())
    told = scan(tmp_path, USUAL, GOOD, HERS)
    assert told.found[HERS] or told.gaps["logg.txt"] <= {LARGE, LATE}
    assert "a.txt" in told.found[GOOD]


# -- each limit -------------------------------------------------------------------------------------------------------

ROWS = b"".join(b"Rad %d hej hej hej hej hej hej\n" % number for number in range(90_000))
LIMITS: dict[str, tuple[str, Callable[[bool], bytes], str]] = {
    "depth": ("depth = 3", lambda _: hostile.deep_mail(False), DEEP),
    "members": ("members = 100", hostile.pages, LARGE),
    "expanded": (
        "expanded = 1000000",
        lambda _: hostile.zipped([(f"{n}.txt", bytes(range(65, 91)) * 9000) for n in range(9)]),
        LARGE,
    ),
    "ratio": (
        "ratio = 5",
        lambda _: hostile.zipped([("a.txt", ROWS)]),
        LARGE,
    ),
    "blob": ("blob = 1000", lambda _: hostile.zipped([("a.txt", HERS.encode() * 90)]), LARGE),
}


@pytest.mark.parametrize("name", LIMITS)
def test_a_limit_that_is_lowered_is_kept(tmp_path: Path, name: str) -> None:
    limit, make, reason = LIMITS[name]
    folder = laid(tmp_path, {"fil": make(False)})
    for given, reasons in (("", set()), (limit, {reason})):
        told = scan(tmp_path, given, GOOD)
        assert told.gaps.get("fil", set()) == (reasons or ({DEEP} if name == "depth" else set()))
        assert told.found[GOOD] == good(folder)


def test_time_and_memory_that_are_lowered_are_kept(tmp_path: Path) -> None:
    """One item that takes long, one that takes much: a sheet of many rows and a picture of words."""
    rows = b"Namn;Epost;Ort\n" + b"Bo Dal;bo@kund.example;Ume\xe5\n" * 30_000
    folder = laid(tmp_path, {"tabell.csv": rows})
    assert scan(tmp_path, "", GOOD).gaps == {}
    assert scan(tmp_path, "seconds = 0.3\n", GOOD).gaps == {"tabell.csv": {LATE}}
    told = scan(tmp_path, "memory = 20000000\n", GOOD)
    assert told.gaps == {"tabell.csv": {MEMORY}}
    assert told.found[GOOD] == good(folder)


@needs_samples
def test_an_archive_that_holds_itself(tmp_path: Path) -> None:
    folder = laid(tmp_path, {"droste.zip": (SAMPLES / "documents" / "tika" / "droste.zip").read_bytes()})
    told = scan(tmp_path, SMALL, GOOD)
    assert DEEP in told.gaps["droste.zip"]
    assert told.found[GOOD] == good(folder)
