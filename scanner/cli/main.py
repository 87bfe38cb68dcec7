"""`gallra`: finds the command, runs it, and turns every way it can end into a message and an exit code."""

from __future__ import annotations

import errno
import importlib
import os
import signal
import sys
import threading
import traceback
from collections.abc import Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

import click

from connectors.errors import ConfigError, ConnectorError
from scanner.cli.output import EXIT_CODES, Exit, complain
from scanner.refusal import Refusal

if TYPE_CHECKING:
    from sys import UnraisableHookArgs

# name -> (module:attribute, help). Start-up imports none of them, and then only the one that is run.
COMMANDS = {
    "init": ("scanner.cli.init:command", "Write a commented gallra.toml, the state folder and the keys."),
    "check": ("scanner.cli.check:command", "Is every source reachable, with the permissions that erasing needs?"),
    "scan": ("scanner.cli.scan:command", "Bring the index up to date."),
    "find": ("scanner.cli.find:command", "Find all that is about a person, and plan what to do."),
    "show": ("scanner.cli.show:command", "Show a case: its findings, gaps and plan."),
    "decide": ("scanner.cli.decide:command", "Decide on findings: erase, or keep and until when."),
    "erase": ("scanner.cli.erase:command", "Carry out a case's plan, once it is approved."),
    "request": ("scanner.cli.request:command", "Note who asked, how they were identified, and when the answer is due."),
    "accept": ("scanner.cli.accept:command", "Accept gaps of a case as not searched, by name."),
    "tasks": ("scanner.cli.tasks:command", "List what people must do by hand, in all cases."),
    "task": ("scanner.cli.task:command", "Write or send a task's letter, note that it is done, remind of it."),
    "backups": ("scanner.cli.backups:command", "List backups and what waits for them; erase it in one go."),
    "verify": ("scanner.cli.verify:command", "Look again whether a case's findings are gone."),
    "certificate": ("scanner.cli.certificate:command", "Write down what was done in a case, as proof."),
    "close": ("scanner.cli.close:command", "Take a case, and all that is left of the person in it, out of gallra."),
    "after-restore": ("scanner.cli.after_restore:command", "Find what a restore or a re-sync brought back."),
    "cull": ("scanner.cli.cull:command", "Plan what the rules of routine culling say may go."),
    "run": ("scanner.cli.run:command", "Run the agent: scans, watching, and what falls due at night."),
    "status": ("scanner.cli.status:command", "What the agent does, did and will do; how far from the policy."),
    "audit": ("scanner.cli.audit:command", "Is the audit log whole?"),
}
STOPPED = "Stopped. Nothing is lost: run the same command again."
NO_SPACE = "gallra: no space is left on the disk. Nothing is lost: make room and run the same command again."
DAMAGED = (
    "gallra: the file of the cases (cases.sqlite in the state folder) is damaged, and nothing was done. Put back a "
    "copy of it, or move it away: then the cases are lost, and gallra find PERSON opens new ones."
)
_SQLITE_FULL = 13
_SQLITE_DAMAGED = frozenset({11, 26})  # SQLITE_CORRUPT, SQLITE_NOTADB; those of the index speak for themselves
_OURS = ("config", "connectors", "scanner")


class LazyGroup(click.Group):
    """A group whose commands are known by name and help, and imported when one is run."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All names, in the order in which a newcomer needs them."""
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the command. Raises UsageError where this version does not have it yet."""
        del ctx
        if cmd_name not in COMMANDS:
            return None
        module, _, attribute = COMMANDS[cmd_name][0].partition(":")
        try:
            found = getattr(importlib.import_module(module), attribute)
        except ModuleNotFoundError as error:
            if error.name != module:
                raise
            raise click.UsageError(f"'{cmd_name}' is not part of this version of gallra.") from None
        assert isinstance(found, click.Command)
        found.epilog = found.epilog or EXIT_CODES
        return found

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that is named first, or a UsageError with the nearest known one."""
        if args and not args[0].startswith("-") and args[0] not in COMMANDS:
            near = get_close_matches(args[0], COMMANDS, n=1)
            hint = f" Did you mean '{near[0]}'?" if near else ""
            raise click.UsageError(f"There is no command '{args[0]}'.{hint}", ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without importing them."""
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])


@click.group(cls=LazyGroup, epilog=EXIT_CODES, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--config",
    "config",
    type=click.Path(path_type=Path),
    default=Path("gallra.toml"),
    envvar="GALLRA_CONFIG",
    help="The configuration file.  [default: gallra.toml here, or $GALLRA_CONFIG]",
)
@click.version_option(package_name="gallra")
@click.pass_context
def gallra(ctx: click.Context, config: Path) -> None:
    """Find every piece of personal data about one person, erase it everywhere, and prove it."""
    ctx.obj = {"config": config}


def main(arguments: Sequence[str] | None = None) -> None:
    """The `gallra` command. Always ends in SystemExit with a documented code, and never shows a traceback."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")  # names that the terminal's encoding lacks
    if arguments is None:
        sys.unraisablehook = _unraisable
    code = _run(arguments)
    if arguments is None:  # a process of our own, and done: a late Ctrl-C must not change how it ended
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        sys.stdout.flush()
    except OSError as error:
        code = _end(error)
        _silence(sys.stdout)
    sys.exit(code)


def _unraisable(told: UnraisableHookArgs) -> None:
    """Ctrl-C where Python lets nothing be raised (a destructor, the callback that ends an import): a moment later."""
    if told.exc_type is not KeyboardInterrupt:
        sys.__unraisablehook__(told)
        return
    again = threading.Timer(0.05, signal.pthread_kill, (threading.main_thread().ident, signal.SIGINT))
    again.daemon = True
    again.start()


def _run(arguments: Sequence[str] | None) -> int:
    try:
        code = gallra.main(arguments, prog_name="gallra", standalone_mode=False)
    except SystemExit:  # click's own answer to a closed pipe
        _silence(sys.stdout)
        return Exit.FAULT
    except click.exceptions.Exit as ended:
        return ended.exit_code
    except Exception as error:  # the outermost net: what falls into it must not show data
        return _end(error)
    return code if isinstance(code, int) else Exit.DONE


def _end(error: Exception) -> int:
    """Tell what stopped the command; the exit code."""
    if os.environ.get("GALLRA_DEBUG") == "1":
        traceback.print_exception(error)
    if isinstance(error, click.Abort):
        # click makes this of Ctrl-C, but also of an EOFError that some library raised on broken data.
        if isinstance(error.__cause__, EOFError):
            return _fault(error.__cause__)
        complain(STOPPED)
        return Exit.INCOMPLETE
    if isinstance(error, click.ClickException):
        error.show()
        return Exit.USAGE
    if isinstance(error, ConfigError):
        complain("\n".join(error.problems))
        return Exit.USAGE
    if isinstance(error, ConnectorError | Refusal):
        complain(f"gallra: {error}")
        return error.exit_code
    if isinstance(error, BrokenPipeError):
        return Exit.FAULT
    known = NO_SPACE if _is_no_space(error) else DAMAGED if _is_damaged(error) else None
    if known is not None:
        complain(known)
        return Exit.FAULT
    if _speaks_for_itself(error):
        complain(f"gallra: {error}")
        return int(error.exit_code)  # type: ignore[attr-defined]
    return _fault(error)


def _speaks_for_itself(error: Exception) -> bool:
    """True for our own errors that carry an exit code: their texts are made for users and hold no personal data."""
    ours = type(error).__module__.partition(".")[0] in _OURS
    return ours and isinstance(getattr(error, "exit_code", None), int)


def _is_no_space(error: Exception) -> bool:
    """True for a full disk or quota, told by the system or by SQLite (by apsw's `result` or sqlite3's code)."""
    if isinstance(error, OSError):
        return error.errno in (errno.ENOSPC, errno.EDQUOT)
    return _SQLITE_FULL in _sqlite_codes(error)


def _is_damaged(error: Exception) -> bool:
    """True where SQLite says that the file is none, or broken."""
    return bool(_SQLITE_DAMAGED & _sqlite_codes(error))


def _sqlite_codes(error: Exception) -> set[int]:
    """SQLite's primary result code, as sqlite3 or apsw tells it; empty for other errors."""
    codes = (getattr(error, "sqlite_errorcode", None), getattr(error, "result", None))
    return {code & 0xFF for code in codes if isinstance(code, int)}


def _fault(error: BaseException) -> int:
    """One line about a fault of our own: its type and place, never its text, which may hold personal data."""
    place = "an unknown place"
    for frame, line in traceback.walk_tb(error.__traceback__):
        module = str(frame.f_globals.get("__name__", ""))
        if module.partition(".")[0] in _OURS:
            place = f"{module}:{line}"
    # The system's word for it (no access, no such file) holds no names, unlike the error's own text.
    reason = f" ({os.strerror(error.errno)})" if isinstance(error, OSError) and error.errno else ""
    complain(
        f"gallra stopped by a fault of its own: {type(error).__name__}{reason} at {place}. Nothing is lost: what was "
        "done is noted. Please report this line; GALLRA_DEBUG=1 shows more, which may hold personal data."
    )
    return Exit.FAULT


def _silence(stream: TextIO) -> None:
    """Let the interpreter's last flush go nowhere, where the reader of a pipe has left."""
    try:
        descriptor = stream.fileno()
    except (OSError, ValueError):
        return
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, descriptor)
    os.close(nowhere)


if __name__ == "__main__":
    main()
