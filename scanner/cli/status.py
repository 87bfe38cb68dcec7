"""`gallra status`: what the agent does, did and will do, and what waits for people; or how far from the policy."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import apsw
import click

from config.load import load
from config.model import Config
from config.secrets import load_key
from connectors.errors import ConfigError
from scanner.agent.book import BROKEN, DAMAGED, FILE, Book
from scanner.agent.status import Held, now_of
from scanner.agent.status_cases import Waiting, waiting, waiting_json
from scanner.agent.status_json import as_json
from scanner.cli.output import Exit, exit_code, print_json
from scanner.cli.render_status import render_status
from scanner.index.errors import IndexProblem
from scanner.today import today
from scanner.workspace import CASES, INDEX, Workspace

_WHO = "run gallra status as the user that the agent runs as"


@click.command("status")
@click.option("--policy", is_flag=True, help="Tell how far the data is from the rules in [[policy]], over time.")
@click.option("--json", "as_json_", is_flag=True, help="Print the answer as JSON.")
@click.pass_context
def command(ctx: click.Context, *, policy: bool, as_json_: bool) -> None:
    """Tell how the agent is, what it did and will do, and what waits for people. Changes nothing.

    Works whether the agent runs or not. Exit 3 where something fails, is overdue, or the agent does not run although
    something is to be done by the clock; 5 where a source cannot be reached.
    """
    config = load(ctx.obj["config"])
    state = config.agent.state
    if state.is_dir() and not os.access(state, os.R_OK | os.W_OK | os.X_OK):
        raise ConfigError([f"[agent] state: may not be read and written; {_WHO}"])
    if policy:
        ctx.exit(_policy(config, as_json_=as_json_))
    told: list[str] = []
    held, waits = _inside(config, told)
    with _readable():
        one = now_of(config, datetime.now(UTC), held)
    problems = [*one.problems, *told, *(waits.problems() if waits is not None else ())]
    code = exit_code([one.code, Exit.INCOMPLETE if problems else Exit.DONE])
    if as_json_:
        more = {"ok": not code, "problems": problems, "cases": waiting_json(waits) if waits is not None else None}
        print_json(as_json(one) | more)
    else:
        click.echo(render_status(one, waits, problems))
    ctx.exit(code)


def _inside(config: Config, told: list[str]) -> tuple[Mapping[str, Held], Waiting | None]:
    """What only the key opens: how much the index holds, and what waits in the cases. What is wrong is told."""
    state = config.agent.state
    if not (state / INDEX).exists() and not (state / CASES).exists():
        return {}, Waiting(today())
    try:
        with Workspace(config, load_key(config.agent.key, config.base)) as work:
            return _held(work, told), _waiting(work, told)
    except ConfigError as error:
        told.extend(error.problems)
        return {}, None


def _held(work: Workspace, told: list[str]) -> Mapping[str, Held]:
    if not (work.state / INDEX).exists():
        return {}
    try:
        with work.index() as index:
            return {
                one.source: Held(one.items, index.count_gaps(one.source), one.scanned_at) for one in index.searched()
            }
    except IndexProblem as error:
        told.append(str(error))
        return {}


def _waiting(work: Workspace, told: list[str]) -> Waiting | None:
    try:
        return waiting(work, today())
    except (ConfigError, apsw.Error):
        told.append("the file of the cases cannot be read: gallra tasks tells why")
        return None


def _policy(config: Config, *, as_json_: bool) -> int:
    from scanner.drift.render import policy_json, render_policy

    with _readable(), _book(config.agent.state / FILE) as book:
        if as_json_:
            print_json(policy_json(config, book))
        else:
            click.echo(render_policy(config, book))
        looks = {rule.name: next(iter(book.drift(rule.name, 1)), None) for rule in config.policies}
    kept = all((look := looks[rule.name]) is not None and look.breaking <= rule.at_most for rule in config.policies)
    return Exit.DONE if kept else Exit.INCOMPLETE


@contextmanager
def _readable() -> Iterator[None]:
    """Tell what is wrong with the agent's record, where it cannot be read."""
    try:
        yield
    except BROKEN:
        raise ConfigError([DAMAGED]) from None
    except apsw.Error:
        raise ConfigError([f"agent.sqlite in the state folder cannot be read; {_WHO}"]) from None


@contextmanager
def _book(path: Path) -> Iterator[Book]:
    """The agent's record; an empty one where no agent ever ran."""
    if path.exists():
        with Book(path) as book:
            yield book
        return
    with TemporaryDirectory() as folder, Book(Path(folder) / FILE) as book:
        yield book
