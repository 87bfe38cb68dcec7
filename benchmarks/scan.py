"""Scan: gallra against `notmuch new` (mails) and `recollindex` (documents) on the same files in one run.

    python -m benchmarks.scan [--runs 3] --samples FOLDER                  (real files)
    python -m benchmarks.scan [--runs 3] [--mails 8000] [--documents 1500]  (made-up files)

Needs Debian's packages notmuch, recollcmd, poppler-utils, unzip, xsltproc, libxml2-utils; without one, its rows are
left out and said to be. Prints CPU and wall seconds, items and MB a CPU second, the ratio to the other tool, peak
memory of the process tree, and the index size per item.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from benchmarks.measure import Run, medians, run
from tests.world import build_documents, build_mails

Tool = Callable[[Path, Path], tuple[Run, int]]  # data, state -> figures, bytes of index


def main() -> int:
    """Build the corpora, run each tool on each, print the table."""
    options = _options()
    with tempfile.TemporaryDirectory(prefix="gallra-bench-") as name:
        root = Path(name)
        mails, documents = root / "mails", root / "documents"
        if options.samples:
            _copy_samples(options.samples, mails, documents, options.copies)
        else:
            build_mails(mails, options.mails, seed=1)
            build_documents(documents, options.documents, seed=1)
        _compare("mails", mails, {"gallra": _gallra("maildir"), "notmuch new": _notmuch}, root, options.runs)
        _compare("documents", documents, {"gallra": _gallra("folder"), "recollindex": _recoll}, root, options.runs)
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mails", type=int, default=8000)
    parser.add_argument("--documents", type=int, default=1500)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument(
        "--copies", type=int, default=100, help="how often each real mail is put in, with an id of its own"
    )
    parser.add_argument(
        "--samples", type=Path, help="a folder with spamassassin/ and documents/: real files instead of made-up ones"
    )
    return parser.parse_args()


def _copy_samples(samples: Path, mails: Path, documents: Path, copies: int) -> None:
    """Real mails, each with a Message-ID of its own (notmuch merges equal ones), and real documents."""
    for box in ("cur", "new", "tmp"):
        (mails / box).mkdir(parents=True)
    number = 0
    for path in sorted((samples / "spamassassin").rglob("*.txt")):
        data = path.read_bytes()
        for _ in range(copies):
            number += 1
            target = mails / "cur" / f"18{number:08d}.R{number}.host:2,S"
            target.write_bytes(_renamed(data, number))
    shutil.copytree(samples / "documents", documents, copy_function=shutil.copyfile, dirs_exist_ok=True)


def _renamed(data: bytes, number: int) -> bytes:
    head, gap, body = data.partition(b"\n\n")
    lines = [line for line in head.split(b"\n") if not line.lower().startswith((b"message-id:", b"from "))]
    return b"\n".join([*lines, b"Message-ID: <bench-%d@copies.example>" % number]) + gap + body


def _compare(what: str, data: Path, tools: dict[str, Tool], root: Path, runs: int) -> None:
    files = [path for path in data.rglob("*") if path.is_file()]
    size = sum(path.stat().st_size for path in files)
    sys.stdout.write(f"\n{what}: {len(files)} files, {size / 1e6:.1f} MB, median of {runs} runs, in turn\n")
    results: dict[str, list[Run]] = {name: [] for name in tools if _there(name)}
    index: dict[str, int] = {}
    for turn in range(runs):
        for name, taken in results.items():
            state = root / f"state-{turn}-{name.split()[0]}"
            state.mkdir()
            one, index[name] = tools[name](data, state)
            taken.append(one)
            shutil.rmtree(state)
    for name in tools.keys() - results.keys():
        sys.stdout.write(f"  {name}: not installed, left out\n")
    own = medians(results["gallra"])
    for name, figures in results.items():
        _print(name, medians(figures), own, index[name], (len(files), size))


def _print(name: str, one: Run, own: Run, index: int, amount: tuple[int, int]) -> None:
    count, size = amount
    sys.stdout.write(
        f"  {name:12} {one.cpu:7.2f} s CPU {one.wall:7.2f} s wall {count / one.cpu:8.0f} items/CPU s "
        f"{size / 1e6 / one.cpu:7.2f} MB/CPU s  x{one.cpu / own.cpu:5.2f} of gallra's CPU "
        f"{one.peak / 2**20:6.0f} MiB peak {index / count:7.0f} B index an item  exit {one.code}\n"
    )


def _there(name: str) -> bool:
    return name == "gallra" or shutil.which(name.split(maxsplit=1)[0]) is not None


def _gallra(kind: str) -> Tool:
    def tool(data: Path, state: Path) -> tuple[Run, int]:
        config = state / "gallra.toml"
        config.write_text(f'[[source]]\nname = "bench"\nkind = "{kind}"\npath = "{data}"\n')
        figures = run([sys.executable, "-m", "scanner.cli.main", "--config", str(config), "scan"])
        return figures, _size(state / ".gallra")

    return tool


def _notmuch(data: Path, state: Path) -> tuple[Run, int]:
    config = state / "config"
    config.write_text(
        f"[database]\npath={state / 'db'}\nmail_root={data}\n"
        "[new]\ntags=new\n[user]\nname=b\nprimary_email=b@b.example\n"
    )
    (state / "db").mkdir()
    figures = run(["notmuch", "--config", str(config), "new", "--quiet"])
    return figures, _size(state / "db")


def _recoll(data: Path, state: Path) -> tuple[Run, int]:
    (state / "recoll.conf").write_text(f"topdirs = {data}\nloglevel = 1\nidxflushmb = 50\n")
    figures = run(["recollindex", "-c", str(state), "-z"])
    return figures, _size(state / "xapiandb")


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


if __name__ == "__main__":
    raise SystemExit(main())
