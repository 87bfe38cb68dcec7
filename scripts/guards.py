"""Takes each guard out, one at a time, in a copy of the project, and demands that a test goes red.

    python -m scripts.guards [WORD...]        only the guards whose name or promise holds one of the words

A test that stays green without the guard it is there for proves nothing. The tests run with the guards in first: what
is red anyway says nothing either. Ends with 1 where a guard is not missed, is not found, or its tests do not run.
"""

from __future__ import annotations

import ast
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from scripts.guard import Guard
from scripts.guard_table import GUARDS

ROOT = Path(__file__).resolve().parent.parent
PARTS = ("benchmarks", "config", "connectors", "docs", "scanner", "scripts", "tests", "pyproject.toml", "README.md")
RED, GREEN = "red", "NOT RED"
_PASSED, _FAILED = 0, 1  # pytest's exit codes; all others mean that the tests did not run
_PROBE = "import connectors, config, scanner.cli.main as m; print(m.__file__, connectors.__file__, config.__file__)"


class Rotten(Exception):
    """The table does not fit the code: a text is not there exactly once, or its tests cannot be run."""


def chosen(words: Sequence[str]) -> list[Guard]:
    """The guards that any of the words names; all where there are none."""
    lower = [word.lower() for word in words]
    return [one for one in GUARDS if not lower or any(w == str(one.promise) or w in one.name.lower() for w in lower)]


def without(guard: Guard, root: Path) -> dict[str, str]:
    """The files of the guard with it taken out. Raises Rotten."""
    texts: dict[str, str] = {}
    for edit in guard.edits:
        before = texts.get(edit.file) or (root / edit.file).read_text(encoding="utf-8")
        if before.count(edit.text) != 1 or edit.text == edit.instead:
            raise Rotten(f"{guard.name}: its text stands {before.count(edit.text)} times in {edit.file}")
        after = before.replace(edit.text, edit.instead)
        try:
            ast.parse(after)
        except SyntaxError as error:
            raise Rotten(f"{guard.name}: {edit.file} is no Python without it") from error
        texts[edit.file] = after
    return texts


@contextmanager
def copied() -> Iterator[Path]:
    """A copy of the project in a temporary folder, which leaves again."""
    with tempfile.TemporaryDirectory(prefix="guards-") as folder:
        copy = Path(folder) / "gallra"
        copy.mkdir()
        for part in PARTS:
            if (ROOT / part).is_dir():
                shutil.copytree(ROOT / part, copy / part, ignore=shutil.ignore_patterns("__pycache__", "*.pyc"))
            else:
                shutil.copy2(ROOT / part, copy / part)
        yield copy


def environment(copy: Path) -> dict[str, str]:
    """One in which the copy's code is what runs, in `gallra` too: the path goes before an editable install."""
    return {**os.environ, "PYTHONPATH": str(copy), "PYTHONDONTWRITEBYTECODE": "1"}


def check_copy(copy: Path) -> None:
    """Raise Rotten unless a script elsewhere, as `gallra` is, imports the copy's code."""
    with tempfile.TemporaryDirectory() as elsewhere:
        script = Path(elsewhere) / "probe.py"
        script.write_text(_PROBE, encoding="utf-8")
        done = subprocess.run(  # noqa: S603 - our own interpreter and script
            [sys.executable, str(script)],
            cwd=elsewhere,
            env=environment(copy),
            capture_output=True,
            text=True,
            check=False,
        )
    places = done.stdout.split()
    if not places or not all(Path(one).is_relative_to(copy) for one in places):
        raise Rotten(f"the copy is not what runs: {done.stdout}{done.stderr}")


def outcome(copy: Path, tests: Iterable[str]) -> tuple[int, str]:
    """The exit code of pytest over these tests in the copy, and what it said."""
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", "-m", "not prove", "--tb=line"]
    done = subprocess.run(  # noqa: S603 - our own interpreter, on our own tests
        [*command, *tests], cwd=copy, env=environment(copy), capture_output=True, text=True, check=False
    )
    return done.returncode, done.stdout + done.stderr


def green_with_all(guards: Sequence[Guard]) -> None:
    """Raise Rotten unless all the tests pass as the code is."""
    with copied() as copy:
        check_copy(copy)
        code, said = outcome(copy, dict.fromkeys(test for one in guards for test in one.tests))
    if code != _PASSED:
        raise Rotten(f"with the guards in, the tests must pass:\n{said[-3000:]}")


def missed(guard: Guard) -> bool:
    """True where a test goes red without the guard. Raises Rotten where the tests did not run."""
    with copied() as copy:
        for file, text in without(guard, copy).items():
            (copy / file).write_text(text, encoding="utf-8")
        code, said = outcome(copy, guard.tests)
    if code not in (_PASSED, _FAILED):
        raise Rotten(f"{guard.name}: the tests did not run:\n{said[-2000:]}")
    return code == _FAILED


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main(words: Sequence[str]) -> int:
    """Print the table; 1 where a guard is not missed or the table is rotten."""
    guards = chosen(words)
    if not guards:
        _say("no guard is called that; all of them: python -m scripts.guards")
        return 1
    width = max(len(one.name) for one in guards)
    try:
        green_with_all(guards)
        stayed = 0
        for one in guards:
            red = missed(one)
            stayed += not red
            _say(f"{one.promise or '-':>3}  {one.name:<{width}}  {RED if red else GREEN}")
    except Rotten as error:
        _say(str(error))
        return 1
    _say(f"{len(guards)} guards, {stayed} of them not missed")
    return 1 if stayed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
