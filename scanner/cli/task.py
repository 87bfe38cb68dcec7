"""`gallra task`: one task of a person: its letter, the word that it is done, and reminders."""

from __future__ import annotations

import hashlib
import os
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from connectors import registry
from connectors.errors import ConfigError
from connectors.manual import Shows
from scanner.cli.output import EXIT_CODES, clean
from scanner.cli.task_letter import letter_command
from scanner.cli.task_open import opened_task
from scanner.cli.task_remind import remind_command
from scanner.hands.book import TaskBook
from scanner.hands.done import Done, close, said
from scanner.hands.kinds import is_hand
from scanner.hands.letter import gone_objects
from scanner.model import Case, State
from scanner.refusal import Refusal
from scanner.tasks import Task
from scanner.today import today

if TYPE_CHECKING:
    from scanner.workspace import Workspace

_CHUNK: Final = 1 << 20


@click.group("task")
def command() -> None:
    """One task of a person, by its number in `gallra tasks`, or by case and finding as in 2026-0001/3."""


command.add_command(letter_command)
command.add_command(remind_command)


@command.command("done", epilog=EXIT_CODES)
@click.argument("number", metavar="N")
@click.option("--by", required=True, metavar="WHO", help="Who says so: a name, initials or a role.")
@click.option(
    "--file", "proof", type=click.Path(path_type=Path), help="The confirmation; its SHA-256 is noted, not what it says."
)
@click.option(
    "--found",
    type=click.Choice(["erased", "none"]),
    default="erased",
    show_default=True,
    help="What was there, and is erased; or that nothing was.",
)
@click.option(
    "--until", metavar="DATE", type=click.DateTime(["%Y-%m-%d"]), help="Copies live on up to and including this day."
)
@click.option("--note", default="", help="What else was said. Kept in the sealed case, never in a log.")
@click.pass_context
def done(
    ctx: click.Context, number: str, by: str, proof: Path | None, found: str, until: datetime | None, note: str
) -> None:
    """Note that task N is done: who says so, what was found, and the confirmation's hash.

    What must be kept by law is no task that is done: gallra decide CASE N keep --ground b --until DATE.
    """
    digest = _digest(proof) if proof is not None else ""
    word = said(by, found, until.date() if until else None, note, digest, today())
    with opened_task(ctx, number) as (work, case, task):
        _may_close(work, case, task)
        for one in task.findings:
            finding = case.finding(one)
            assert finding is not None
            close(finding, word)
        work.cases.save(case)
        _note(work, case, task, word)
        click.echo(_told(case, task, word))


def _may_close(work: Workspace, case: Case, task: Task) -> None:
    """Raise Refusal where something that is handed over closes the task, and not a word."""
    found = [case.finding(number) for number in task.findings]
    if all(one is not None and is_hand(one) for one in found):
        _all_listed(work, case, task)
        return
    kind = next((one.kind for one in work.config.sources if one.name == task.source), None)
    try:
        shows = kind is None or issubclass(registry.load(kind), Shows)
    except ConfigError:  # its client is not installed
        shows = True
    if shows:
        raise Refusal(
            f'a task of "{clean(task.source)}" is closed by what its holder hands over, and not by a word: '
            f"a newer export of all contacts. Next: gallra verify {case.number}"
        )


def _all_listed(work: Workspace, case: Case, task: Task) -> None:
    """Raise Refusal where more has gone since a provider's letter was made: nobody can have confirmed that."""
    line = TaskBook(work.cases).line(task.number)
    if task.hand is None or line is None or line.objects is None:
        return
    more = len(gone_objects(case, task.hand)) - line.objects
    if more > 0:
        what = "1 object has" if more == 1 else f"{more} objects have"
        raise Refusal(
            f"{what} gone since its letter was made, and so nobody has confirmed that. "
            f"Next: gallra task letter {task.number} once more"
        )


def _note(work: Workspace, case: Case, task: Task, word: Done) -> None:
    """The audit log takes no names: who said so is there as a keyed hash."""
    who = work.sealer.plan_hash(b"done by " + word.by.encode("utf-8"))
    details = {"task": word.state.value, "by": who}
    details |= {"confirmation": word.digest} if word.digest else {}
    details |= {"until": word.until.isoformat()} if word.until else {}
    work.audit.append("task-done", case.number, {"findings": len(task.findings)}, details)


def _told(case: Case, task: Task, word: Done) -> str:
    until = f" until {word.until}" if word.until else ""
    lines = [f"Task {task.number} ({task.name}) is closed: {word.state.value}{until}."]
    left = sum(one.state is State.TASK for one in case.findings)
    if left:
        lines.append(f"Still waiting in case {case.number}: {left}. Next: gallra tasks")
    else:
        lines.append(f"No task waits in case {case.number} any more. Next: gallra show {case.number}")
    return "\n".join(lines)


def _digest(path: Path) -> str:
    """The SHA-256 of the file, hex. Raises BadParameter for one that cannot be read, or is empty."""
    hasher = hashlib.sha256()
    size = 0
    try:
        with path.open("rb") as stream:
            while chunk := stream.read(_CHUNK):
                hasher.update(chunk)
                size += len(chunk)
    except OSError as error:
        why = os.strerror(error.errno or 0)
        raise click.BadParameter(f"cannot be read: {why}; nothing was noted", param_hint="--file") from None
    if not size:
        raise click.BadParameter("is empty, and confirms nothing; nothing was noted", param_hint="--file")
    return hasher.hexdigest()
