"""Erase: how many findings and files a second, with how much memory, and whether it is linear in files.

    python -m benchmarks.erase [--files 2000] [--runs 3] [--quick]

The company: of every 20 files 6 are letters that go whole; 6 csv files lose 8 of 40 rows each, 3 address books 6 of
30 cards, 2 calendars 7 of 21 events, 2 mailboxes 6 of 18 messages, 1 zip archive 2 of 6 members. That is 5 findings a
file: 10,000 in 2,000 files, 0.6 to 4 KB each. Timed are `gallra find` and the whole of `gallra erase --yes`: the look
at each item before it is touched, journal, rewriting, looking again, the new walk and search, the index written anew.
The same at a half and a quarter of the files; the ratio is the CPU time a file against that of the smallest. Before the
figures count, an own reading of the files says that nothing of the person is left and how much else there is.
"""

from __future__ import annotations

import argparse
import io
import shutil
import sys
import tempfile
import zipfile
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from benchmarks.measure import Run, medians, run

HER, NAME = "anna.ek@kund.example", "Anna Ek"
A_BLOCK, FINDINGS_A_BLOCK = 20, 100
_COMPANY = '[company]\nname = "Invex AB"\ndomains = ["invex.example"]\n[erase]\nmax_items_per_run = 1000000\n'
_CONFIG = _COMPANY + '[[source]]\nname = "bench"\nkind = "folder"\nbackup = "none"\npath = "data"\n'
_DONE = (0, 3)


def main() -> int:
    """Erase three sizes in turn, some times over, and print the table."""
    options = _options()
    sizes = [options.files // 4, options.files // 2, options.files]
    found: dict[int, list[Run]] = {size: [] for size in sizes}
    erased: dict[int, list[Run]] = {size: [] for size in sizes}
    for _ in range(options.runs):
        for size in sizes:
            with tempfile.TemporaryDirectory(prefix="gallra-bench-") as name:
                find, erase = _one(Path(name), size)
            found[size].append(find)
            erased[size].append(erase)
    _table("find", {size: medians(runs) for size, runs in found.items()}, options.runs)
    _table("erase", {size: medians(runs) for size, runs in erased.items()}, options.runs)
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", type=int, default=2000, help="at the largest size; a multiple of 80")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--quick", action="store_true", help="400 files at most, one run")
    options = parser.parse_args()
    if options.quick:
        options.files, options.runs = 400, 1
    if options.files < 80 or options.files % 80:
        parser.error("--files: must be a multiple of 80")
    return options


def _one(root: Path, files: int) -> tuple[Run, Run]:
    """What finding and erasing her in so many files cost."""
    config = root / "gallra.toml"
    config.write_text(_CONFIG, encoding="utf-8")
    others = _make(root / "data", files)
    gallra = [sys.executable, "-m", "scanner.cli.main", "--config", str(config)]
    _check(run([*gallra, "scan"]), "scan")
    find = _check(run([*gallra, "find", HER]), "find")
    erase = _check(run([*gallra, "erase", f"{datetime.now():%Y}-0001", "--yes"]), "erase")
    left = _count(root / "data")
    if left != (0, others):
        raise SystemExit(f"her findings and others' left: {left}; it should be {(0, others)}")
    shutil.rmtree(root / "data")
    return find, erase


def _check(one: Run, what: str) -> Run:
    if one.code not in _DONE:
        raise SystemExit(f"gallra {what} ended with {one.code}")
    return one


def _table(what: str, runs: dict[int, Run], count: int) -> None:
    sys.stdout.write(f"\n{what}, median of {count} runs\n")
    sys.stdout.write("| files | findings | wall s | CPU s | findings/s | files/s | CPU a file, ratio | peak MiB |\n")
    sys.stdout.write("| --- | --- | --- | --- | --- | --- | --- | --- |\n")
    least = min(runs)
    for size, one in runs.items():
        findings = size // A_BLOCK * FINDINGS_A_BLOCK
        ratio = (one.cpu / size) / (runs[least].cpu / least)
        sys.stdout.write(
            f"| {size} | {findings} | {one.wall:.2f} | {one.cpu:.2f} | {findings / one.wall:.0f} | "
            f"{size / one.wall:.0f} | {ratio:.2f} | {one.peak / 2**20:.0f} |\n"
        )


# -- the files --------------------------------------------------------------------------------------------------------


def _make(root: Path, files: int) -> int:
    """Write the files; how many records of others are in them."""
    others = 0
    for block in range(files // A_BLOCK):
        folder = root / f"avdelning-{block:04d}"
        folder.mkdir(parents=True)
        for number in range(6):
            (folder / f"brev-{number}.txt").write_text(f"Offert {block}-{number} till {NAME}, {HER}. Taket.\n" * 10)
        for name, make, many, hers, every in _KINDS:
            for number in range(many):
                total = hers * every
                people = [
                    (NAME, HER) if place % every == 0 else _other(block * 1000 + number * 100 + place)
                    for place in range(total)
                ]
                others += total - hers
                (folder / name.format(number)).write_bytes(make(people, block * 10 + number))
    return others


_Person = tuple[str, str]


def _other(number: int) -> _Person:
    return f"Bo{number} Dal{number}", f"bo{number}@kund.example"


def _csv(people: list[_Person], seed: int) -> bytes:
    rows = [f"{name};{mail};{seed}{place:02d};skruv" for place, (name, mail) in enumerate(people)]
    return "\r\n".join(["Namn;E-post;Order;Vara", *rows, ""]).encode()


def _vcf(people: list[_Person], seed: int) -> bytes:
    return "".join(
        f"BEGIN:VCARD\r\nVERSION:3.0\r\nFN:{name}\r\nEMAIL:{mail}\r\nNOTE:{seed}-{place}\r\nEND:VCARD\r\n"
        for place, (name, mail) in enumerate(people)
    ).encode()


def _ics(people: list[_Person], seed: int) -> bytes:
    events = "".join(
        f"BEGIN:VEVENT\r\nUID:{seed}-{place}@kund.example\r\nDTSTAMP:20260101T000000Z\r\nDTSTART:20260301T090000Z\r\n"
        f"SUMMARY:Besiktning\r\nATTENDEE;CN={name}:mailto:{mail}\r\nEND:VEVENT\r\n"
        for place, (name, mail) in enumerate(people)
    )
    return f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//bench//SV\r\n{events}END:VCALENDAR\r\n".encode()


def _mbox(people: list[_Person], seed: int) -> bytes:
    return "".join(
        f"From {mail} Mon Mar  2 10:00:00 2026\nFrom: {name} <{mail}>\nTo: info@invex.example\n"
        f"Message-ID: <{seed}.{place}@kund.example>\nSubject: Order {seed}-{place}\n\nHej, var skruven?\n\n"
        for place, (name, mail) in enumerate(people)
    ).encode()


def _zip(people: list[_Person], seed: int) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for place, (name, mail) in enumerate(people):
            info = zipfile.ZipInfo(f"order-{seed}-{place}.txt", (2026, 3, 2, 10, 0, 0))
            archive.writestr(info, f"Order {seed}-{place}. Kund: {name}, {mail}\n")
    return out.getvalue()


_Make = Callable[[list[_Person], int], bytes]
# name, maker, files a block, her records a file, every which record is hers
_KINDS: tuple[tuple[str, _Make, int, int, int], ...] = (
    ("lista-{}.csv", _csv, 6, 8, 5),
    ("kort-{}.vcf", _vcf, 3, 6, 5),
    ("kalender-{}.ics", _ics, 2, 7, 3),
    ("post-{}.mbox", _mbox, 2, 6, 3),
    ("arkiv-{}.zip", _zip, 1, 2, 3),
)


def _count(root: Path) -> tuple[int, int]:
    """How many records of hers and of others are left, by a search for addresses in all bytes, unpacked."""
    hers = others = 0
    for path in root.rglob("*"):
        if path.is_file():
            text = _text(path)
            hers += text.count(HER)
            if path.suffix == ".mbox":
                others += text.count("\nFrom: Bo")
            else:
                others += text.count("@kund.example") - text.count("UID:") - text.count(HER)
    return hers, others


def _text(path: Path) -> str:
    if path.suffix != ".zip":
        return path.read_bytes().decode()
    with zipfile.ZipFile(path) as archive:
        return "".join(archive.read(name).decode() for name in archive.namelist())


if __name__ == "__main__":
    raise SystemExit(main())
