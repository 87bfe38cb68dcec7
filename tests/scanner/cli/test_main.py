"""How every command ends: messages and exit codes, tried with a command that does what the test wants."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
import types
from collections.abc import Callable
from pathlib import Path

import apsw
import click
import pytest

from connectors.errors import Changed, ConfigError, Denied, Malformed, ProtocolBroken, Throttled, Unreachable
from scanner.audit import AuditLog
from scanner.cli import main as shell
from scanner.cli.main import COMMANDS, main
from scanner.refusal import Refusal

ROOT = Path(__file__).parents[3]
Run = Callable[[Callable[[], object]], int]


def code_of(*arguments: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert isinstance(ended.value.code, int)
    return ended.value.code


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs a function as `gallra check`; the exit code."""
    monkeypatch.delenv("GALLRA_DEBUG", raising=False)

    def runner(act: Callable[[], object]) -> int:
        module = types.ModuleType("made_up_command")
        module.command = click.Command("check", callback=act)  # type: ignore[attr-defined]
        monkeypatch.setitem(sys.modules, "made_up_command", module)
        monkeypatch.setitem(COMMANDS, "check", ("made_up_command:command", "x"))
        return code_of("check")

    return runner


def raiser(error: BaseException) -> Callable[[], object]:
    def act() -> None:
        raise error

    return act


def test_what_a_command_answers_is_its_code(run: Run) -> None:
    assert run(lambda: None) == 0
    assert run(lambda: 5) == 5
    assert run(lambda: click.get_current_context().exit(4)) == 4


@pytest.mark.parametrize(
    ("error", "code", "told"),
    [
        (ConfigError(["a.toml:1: one", "a.toml:2: two"]), 2, "a.toml:1: one\na.toml:2: two\n"),
        (Unreachable("the folder is not mounted"), 5, "gallra: the folder is not mounted\n"),
        (Throttled("later", 3), 5, "gallra: later\n"),
        (ProtocolBroken("odd"), 5, "gallra: odd\n"),
        (Changed("it changed"), 4, "gallra: it changed\n"),
        (Refusal("the plan is stale"), 4, "gallra: the plan is stale\n"),
        (Denied("not allowed"), 3, "gallra: not allowed\n"),
        (Malformed("no address"), 2, "gallra: no address\n"),
        (KeyboardInterrupt(), 3, "\nStopped. Nothing is lost: run the same command again.\n"),
        (click.Abort(), 3, "Stopped. Nothing is lost: run the same command again.\n"),
        (OSError(28, "No space", "/srv/Anna"), 1, shell.NO_SPACE + "\n"),
        (OSError(122, "Quota", "/srv/Anna"), 1, shell.NO_SPACE + "\n"),
        (BrokenPipeError(32, "Broken pipe"), 1, ""),
    ],
)
def test_every_known_end_has_its_message_and_code(
    run: Run, capsys: pytest.CaptureFixture[str], error: BaseException, code: int, told: str
) -> None:
    assert run(raiser(error)) == code
    assert capsys.readouterr().err == told


def test_a_full_disk_under_sqlite(run: Run, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    def with_sqlite3() -> None:
        with sqlite3.connect(tmp_path / "a") as database:
            database.execute("pragma max_page_count = 2")
            database.execute("create table t (x)")
            database.execute("insert into t values (zeroblob(100000))")

    def with_apsw() -> None:
        database = apsw.Connection(str(tmp_path / "b"))
        database.execute(
            "pragma max_page_count = 2; create table t (x); insert into t values (zeroblob(100000))"
        ).fetchall()

    for act in (with_sqlite3, with_apsw):
        assert run(act) == 1
        assert capsys.readouterr().err == shell.NO_SPACE + "\n"


@pytest.mark.parametrize(
    "error",
    [ValueError("Anna Exempelsson"), EOFError("Anna"), RecursionError("Anna"), PermissionError(13, "x", "/Anna")],
)
def test_a_fault_shows_its_type_and_place_and_nothing_of_its_text(
    run: Run, capsys: pytest.CaptureFixture[str], error: Exception
) -> None:
    def act() -> None:
        def fail(*_: object) -> None:
            raise error

        AuditLog(Path("x"), clock=fail).append("scan", None, {}, {})  # type: ignore[arg-type]

    previous = Path.cwd()
    try:
        os.chdir(Path(os.environ.get("TMPDIR", "/tmp")))
        assert run(act) == 1
    finally:
        Path("x").unlink(missing_ok=True)
        Path("x.head").unlink(missing_ok=True)
        os.chdir(previous)
    told = capsys.readouterr().err
    assert told.strip().count("\n") == 0
    assert told.strip().startswith(f"gallra stopped by a fault of its own: {type(error).__name__}")
    assert " at scanner.audit:" in told
    assert "Anna" not in told
    assert "Traceback" not in told


def test_a_trace_is_shown_only_where_it_is_asked_for(
    run: Run, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def act() -> None:
        os.environ["GALLRA_DEBUG"] = "1"
        raise ValueError("made up")

    monkeypatch.setenv("GALLRA_DEBUG", "0")
    assert run(act) == 1
    assert "Traceback" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["fnd"], "There is no command 'fnd'. Did you mean 'find'?"),
        (["--wrong"], "--wrong"),
        (["audit", "verify", "--wrong"], "--wrong"),
        (["audit", "wrong"], "wrong"),
    ],
)
def test_wrong_usage_is_2(arguments: list[str], told: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert code_of(*arguments) == 2
    error = capsys.readouterr().err
    assert told in error
    assert "Usage: gallra" in error


def test_a_command_of_another_version(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(COMMANDS, "check", ("scanner.cli.no_such_module:command", "x"))
    assert code_of("check") == 2
    assert "'check' is not part of this version of gallra" in capsys.readouterr().err


def test_help_names_every_command_and_exit_code(capsys: pytest.CaptureFixture[str]) -> None:
    assert code_of("--help") == 0
    told = capsys.readouterr().out
    for name, (_, text) in COMMANDS.items():
        assert f"  {name} " in told
        assert text[:40] in told
    assert "  4  refused: approval missing, plan stale, hold\n" in told
    assert code_of("init", "--help") == 0
    assert "Exit codes" in capsys.readouterr().out


def test_ctrl_c_where_nothing_can_be_raised_stops_the_command_all_the_same() -> None:
    """It falls into a destructor, and Python would only print that it was ignored."""
    code = (
        "import signal, sys, time, types, click\n"
        "from scanner.cli.main import COMMANDS, main\n"
        "class Thing:\n"
        "    def __del__(self): signal.raise_signal(signal.SIGINT)\n"
        "def act():\n"
        "    thing = Thing()\n"
        "    del thing\n"
        "    time.sleep(60)\n"
        "made = sys.modules['made_up'] = types.ModuleType('made_up')\n"
        "made.command = click.Command('check', callback=act)\n"
        "COMMANDS['check'] = 'made_up:command', 'x'\n"
        "sys.argv = ['gallra', 'check']\n"
        "main()\n"
    )
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, check=False, cwd=ROOT, capture_output=True, text=True, timeout=50)
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr.splitlines()[-1] == "Stopped. Nothing is lost: run the same command again."
    assert "Traceback" not in done.stderr


def test_start_up_imports_only_what_is_run() -> None:
    program = (
        "import sys\nfrom scanner.cli.main import main\n"
        "try:\n    main(['--help'])\nexcept SystemExit:\n    pass\n"
        "print(sorted(name for name in sys.modules if name.split('.')[0] in "
        "('apsw', 'lxml', 'phonenumbers', 're2', 'cryptography', 'config') or name.startswith('scanner.cli.')))"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "['scanner.cli.main', 'scanner.cli.output']"


def test_a_reader_that_leaves_early_sees_no_noise() -> None:
    program = (
        "import sys, types, click\nfrom scanner.cli import main as shell\n"
        "module = types.ModuleType('made_up')\n"
        "module.command = click.Command('check', callback=lambda: sys.stdout.write('x' * int(sys.argv[1])))\n"
        "sys.modules['made_up'] = module\nshell.COMMANDS['check'] = ('made_up:command', '')\nshell.main(['check'])"
    )
    # The short text fails only in the last flush.
    for size in ("10", "1000000"):
        reading, writing = os.pipe()
        os.close(reading)
        done = subprocess.run(
            [sys.executable, "-c", program, size],
            cwd=ROOT,
            env={name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"},
            stdout=writing,
            stderr=subprocess.PIPE,
            check=False,
        )
        os.close(writing)
        assert (done.returncode, done.stderr) == (1, b"")


def test_a_stdout_that_cannot_show_a_name_shows_an_escape() -> None:
    program = (
        "import sys, types, click\nfrom scanner.cli import main as shell\n"
        "module = types.ModuleType('made_up')\n"
        "module.command = click.Command('check', callback=lambda: click.echo('å日\\udce5'))\n"
        "sys.modules['made_up'] = module\nshell.COMMANDS['check'] = ('made_up:command', '')\nshell.main(['check'])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env={**os.environ, "PYTHONIOENCODING": "latin-1"},
        capture_output=True,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, b"\xe5\\u65e5\\udce5\n", b"")


def test_audit_verify_tells_the_lines(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert code_of("init", str(tmp_path)) == 0
    log = AuditLog(tmp_path / ".gallra" / "audit.jsonl")
    hashes = [log.append("scan", None, {}, {}) for _ in range(3)]
    verify = ["--config", str(tmp_path / "gallra.toml"), "audit", "verify"]
    capsys.readouterr()
    assert code_of(*verify) == 0
    assert capsys.readouterr().out == f"3 entries, head {hashes[2]}\nThe chain is whole.\n"
    whole = log.path.read_bytes().splitlines(keepends=True)
    log.path.write_bytes(whole[0] + whole[2])
    assert code_of(*verify) == 3
    assert "\nline 2: does not follow" in capsys.readouterr().out
    assert code_of(*verify, "--json") == 3
    told = json.loads(capsys.readouterr().out)
    assert (told["entries"], told["head"], [one["line"] for one in told["problems"]]) == (2, hashes[2], [2])
