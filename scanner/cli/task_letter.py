"""`gallra task letter`: writes the letter of a task, or sends it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from config.model import Hand, Smtp
from connectors.errors import ConfigError
from scanner.cli.output import EXIT_CODES, clean, complain
from scanner.cli.own_file import check_free, write_new
from scanner.cli.task_open import opened_task
from scanner.hands.book import Line, TaskBook
from scanner.hands.kinds import PAPER
from scanner.hands.letter import Frame, Letter, gone_objects, letter
from scanner.hands.letter_text import to_html, to_text
from scanner.hands.post import Attached, MailUnsure, message, send
from scanner.hands.texts import Texts
from scanner.refusal import Refusal
from scanner.tasks import Task
from scanner.today import today

if TYPE_CHECKING:
    from scanner.model import Case
    from scanner.workspace import Workspace

_KINDS: Final[Mapping[str, str]] = {".txt": "txt", ".html": "html", ".pdf": "pdf"}
NO_SMTP: Final = "there is no [smtp] in the configuration: nothing can be sent by mail"


@click.command("letter", epilog=EXIT_CODES)
@click.argument("number", metavar="N")
@click.option(
    "-o", "--output", "target", type=click.Path(path_type=Path), help="The file, ending in .txt, .html or .pdf."
)
@click.option("--language", type=click.Choice(["sv", "en"]), help="Of the letter; else as the configuration says.")
@click.option("--send", "mail", is_flag=True, help="Send it by mail to the contact of the configuration.")
@click.option("--again", is_flag=True, help="With --send: although it was sent before.")
@click.option("--force", is_flag=True, help="With -o: replace a file that is there.")
@click.pass_context
def letter_command(
    ctx: click.Context, number: str, target: Path | None, language: str | None, *, mail: bool, again: bool, force: bool
) -> None:
    """Write the letter of task N, with the law, what is needed to find the data, and a confirmation to send back.

    Without -o and --send it is printed. It holds personal data: it is yours to keep and to destroy.
    """
    kind = _kind(target)
    if force and target is None:
        raise click.UsageError("--force goes with -o FILE")
    if again and not mail:
        raise click.UsageError("--again goes with --send")
    with opened_task(ctx, number) as (work, case, task):
        if task.hand is None:
            raise Refusal(f'there is no letter to "{clean(task.source)}": gallra tasks tells what its holder must do')
        if target is not None:
            check_free(target, force=force)
        smtp = _sendable(work, task, task.hand, again=again) if mail else None
        made = _made(work, case, task, task.hand, language)
        if target is not None:
            write_new(target, _drawn(made, kind), force=force)
            _written(work, case, task, kind)
            complain(f"{clean(str(target))}: holds personal data and is yours to keep and to destroy")
        if smtp is not None:
            _sent(work, case, task, made, smtp)
            click.echo(f"The letter of task {task.number} ({task.name}) was sent. Its answer is due on {task.due}.")
        if target is None and not mail:
            click.echo(to_text(made), nl=False)
            _written(work, case, task, "txt")


def _kind(target: Path | None) -> str:
    if target is None:
        return "txt"
    kind = _KINDS.get(target.suffix.lower())
    if kind is None:
        raise click.BadParameter("the file must end in .txt, .html or .pdf", param_hint="-o")
    return kind


def _sendable(work: Workspace, task: Task, hand: Hand, *, again: bool) -> Smtp:
    """The server to send by. Raises ConfigError, Refusal before anything is written."""
    if hand.kind == PAPER:
        raise Refusal("the paper of a binder is printed and handed over, not sent: use -o FILE.pdf")
    if work.config.smtp is None:
        raise ConfigError([f"{NO_SMTP}; write [smtp], or use -o FILE and send it yourself"])
    if not hand.contact:
        raise ConfigError([f'"{hand.name}" has no contact, the address that its letter goes to: add it, or use -o'])
    sent = _line(work, task).sent
    if sent is not None and not again:
        raise Refusal(f"it was sent on {sent}, or was about to be: ask for an answer, or --again sends it once more")
    return work.config.smtp


def _made(work: Workspace, case: Case, task: Task, hand: Hand, language: str | None) -> Letter:
    config = work.config
    roots = {one.name: str(one.settings["path"]) for one in config.sources if one.settings.get("path")}
    frame = Frame(config.company.name, config.smtp.sender if config.smtp else "", today(), task.due, roots)
    return letter(case, hand, frame, language or hand.language or config.agent.language)


def _drawn(made: Letter, kind: str) -> bytes:
    if kind == "pdf":
        from scanner.hands.letter_pdf import to_pdf

        return to_pdf(made)
    return (to_html(made) if kind == "html" else to_text(made)).encode("utf-8")


def _written(work: Workspace, case: Case, task: Task, kind: str) -> None:
    book = TaskBook(work.cases)
    book.note_written(task.number, today())
    book.note_objects(task.number, _listed(case, task))
    work.audit.append("letter-written", task.case, {}, {"letter": kind, "due": task.due.isoformat()})


def _listed(case: Case, task: Task) -> int:
    return len(gone_objects(case, task.hand)) if task.hand is not None else 0


def _sent(work: Workspace, case: Case, task: Task, made: Letter, smtp: Smtp) -> None:
    """Send it. It is noted as sent before, so that no crash makes it go twice unasked."""
    from scanner.hands.letter_pdf import fits_pdf, to_pdf

    if fits_pdf(made):
        attached = Attached(f"{made.case}.pdf", "application/pdf", to_pdf(made))
    else:
        attached = Attached(f"{made.case}.html", "text/html", to_html(made).encode("utf-8"))
    body = f"{to_text(made)}\n{Texts(made.language)('mail_attached')}\n"
    assert task.hand is not None
    book, before = TaskBook(work.cases), _line(work, task).sent
    book.note_sent(task.number, today())
    try:
        send(smtp, work.config.base, message(smtp, task.hand.contact, made.subject, body, attached))
    except MailUnsure as error:
        raise MailUnsure(f"{error}. Ask the receiver; --again sends it once more") from None
    except Exception:
        book.note_sent(task.number, before)
        raise
    book.note_objects(task.number, _listed(case, task))
    work.audit.append("letter-sent", task.case, {}, {"letter": "mail", "due": task.due.isoformat()})


def _line(work: Workspace, task: Task) -> Line:
    found = TaskBook(work.cases).line(task.number)
    assert found is not None
    return found
