"""Each format by itself: documents and megabytes a second, against `recollindex` on the same files in one run.

    python -m benchmarks.formats --samples FOLDER [--runs 3] [--files 400] [FORMAT ...]

Real files of one format are put in many times under other names. What both tools need for one small csv (their start,
tables of phone numbers and words loaded) is taken off. `read` says how many of the files the other tool has in its
index by a word that stands in them: where it reads fewer, it had less to do. Needs Debian's packages recollcmd,
antiword, unrtf, catdoc, poppler-utils, unzip, xsltproc, libxml2-utils, python3-lxml, python3-recoll, libimage-
exiftool-perl.
"""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import sys
import tempfile
from collections import defaultdict
from pathlib import Path
from statistics import median

from benchmarks.measure import Run, run
from scanner.blob import Blob
from scanner.expand import expand
from scanner.formats import registry
from scanner.formats.sniff import sniff
from scanner.limits import Limits
from scanner.records import Record
from tests.fuzz.seeds import made

_AREAS = ("documents", "contacts", "calendars", "composed_contacts", "composed_sheets", "spamassassin")
_MOST = 8 << 20  # bytes of one file
_DIFFERENT = 40  # files of one format
_WORD = re.compile(r"\b[a-z]{6,14}\b")
_LITTLE = "namn;epost;telefon\nStina Falk;stina@falk.example;070-174 06 05\nOla Ek;ola@ek.example;+4687654321\n"
_SPENT = 0.05  # seconds below which a difference is noise


def main() -> int:
    """Measure every format that there are files of."""
    options = _options()
    files = _by_format(options.samples)
    with tempfile.TemporaryDirectory(prefix="gallra-bench-") as name:
        root = Path(name)
        little = root / "little"
        little.mkdir()
        (little / "a.csv").write_text(_LITTLE)
        start = {tool: median(tool(little, root / "s").cpu for _ in range(options.runs)) for tool in (_gallra, _recoll)}
        sys.stdout.write(f"start: gallra {start[_gallra]:.2f} s, recollindex {start[_recoll]:.2f} s CPU\n")
        sys.stdout.write(
            "| format | files | MB | gallra files/s | MB/s | peak MiB | recollindex files/s | MB/s | peak MiB "
            "| read | other / gallra, CPU |\n| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |\n"
        )
        for form in options.formats or registry.names():
            if files.get(form):
                _one(form, files[form], root, options, start[_gallra], start[_recoll])
            else:
                sys.stdout.write(f"| {form} | no file | | | | | | | | | |\n")
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("formats", nargs="*")
    parser.add_argument("--samples", type=Path, required=True)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--files", type=int, default=400)
    return parser.parse_args()


def _by_format(samples: Path) -> dict[str, dict[str, bytes]]:
    """File name -> content by format; names keep their endings, which the other tool goes by."""
    found: defaultdict[str, dict[str, bytes]] = defaultdict(dict)
    for name, data in made().items():
        found[sniff(Blob(data, name)) or ""][name] = data
    for area in _AREAS:
        for path in sorted((samples / area).rglob("*")):
            if path.is_file() and 0 < path.stat().st_size <= _MOST:
                data = path.read_bytes()
                form = sniff(Blob(data, path.name))
                if form and len(found[form]) < _DIFFERENT:
                    found[form][f"{len(found[form])}-{path.name}"] = data
    return found


def _one(form: str, files: dict[str, bytes], root: Path, options: argparse.Namespace, own: float, other: float) -> None:
    data = root / "data"
    copies = max(1, options.files // len(files))
    for number in range(copies):
        (data / str(number)).mkdir(parents=True)
        for name, content in files.items():
            (data / str(number) / name).write_bytes(content)
    count, size = copies * len(files), copies * sum(map(len, files.values())) / 1e6
    ours: list[Run] = []
    theirs: list[Run] = []
    for _ in range(options.runs):
        ours.append(_gallra(data, root / "s"))
        theirs.append(_recoll(data, root / "s", keep=root / "kept"))
    read = _read(files, root / "kept")
    shutil.rmtree(data)
    mine = max(_SPENT, median(one.cpu for one in ours) - own)
    its = max(_SPENT, median(one.cpu for one in theirs) - other)
    sys.stdout.write(
        f"| {form} | {count} | {size:.1f} | {count / mine:.0f} | {size / mine:.1f} | {_mib(ours)} "
        f"| {count / its:.0f} | {size / its:.1f} | {_mib(theirs)} | {read} | {its / mine:.2f} |\n"
    )
    sys.stdout.flush()


def _mib(runs: list[Run]) -> int:
    return max(one.peak for one in runs) >> 20


def _read(files: dict[str, bytes], state: Path) -> str:
    """How many of the files the other tool finds by a word of theirs, of those in which there is one."""
    asked = found = 0
    for name, content in files.items():
        word = _word(name, content)
        if word:
            asked += 1
            command = ["recollq", "-c", str(state), "-C", "-n", "1", f'{word} filename:"{name}"']
            said = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False).stdout
            found += not re.search(r"^0 results", said, re.MULTILINE)
    return f"{found} of {asked}"


def _word(name: str, content: bytes) -> str:
    """A word that only the content says."""
    for one in expand(Blob(content, name), Limits()):
        if isinstance(one, Record):
            for _, text in one.texts:
                for word in _WORD.findall(text):
                    if word not in name.lower():
                        return str(word)
    return ""


def _gallra(data: Path, state: Path) -> Run:
    state.mkdir()
    config = state / "gallra.toml"
    config.write_text(f'[[source]]\nname = "bench"\nkind = "folder"\npath = "{data}"\n')
    figures = run([sys.executable, "-m", "scanner.cli.main", "--config", str(config), "scan"])
    shutil.rmtree(state)
    return figures


def _recoll(data: Path, state: Path, keep: Path | None = None) -> Run:
    state.mkdir()
    (state / "recoll.conf").write_text(f"topdirs = {data}\nloglevel = 1\nidxflushmb = 50\n")
    figures = run(["recollindex", "-c", str(state), "-z"])
    if keep is not None:
        shutil.rmtree(keep, ignore_errors=True)
        shutil.copytree(state, keep)
    shutil.rmtree(state)
    return figures


if __name__ == "__main__":
    raise SystemExit(main())
