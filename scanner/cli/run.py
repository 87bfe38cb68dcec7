"""`gallra run`: the agent."""

from __future__ import annotations

import click

from connectors.errors import ConfigError
from scanner.check_running import missing_packages
from scanner.cli.output import complain
from scanner.workspace import Workspace


@click.command("run")
@click.option("--once", is_flag=True, help="Do what is due now, then end: for whoever has a clock already.")
@click.option("--night", is_flag=True, help="With --once: the chores of the night too.")
@click.pass_context
def command(ctx: click.Context, *, once: bool, night: bool) -> None:
    """Run the agent: scan by schedule and when files change, and at night do what holds, rules and deadlines ask for.

    Runs until it is stopped (Ctrl-C, SIGTERM); nothing is lost then. SIGHUP: read the configuration again. What it does
    is told by: gallra status
    """
    if night and not once:
        raise click.UsageError("--night goes with --once: without it the night comes by itself.", ctx)
    _check_extra()
    # The agent's libraries are no part of plain gallra.
    from scanner.agent.book import BROKEN, DAMAGED, FILE, Book
    from scanner.agent.engine import Engine
    from scanner.agent.lock import agent_lock
    from scanner.agent.logs import close_log, open_log

    with Workspace.open(ctx.obj["config"]) as work:
        config = work.config  # and the key is made, where there is none yet
    try:
        with agent_lock(config.agent.state), Book(config.agent.state / FILE) as book:
            engine = Engine(config, book, open_log(config.log))
            try:
                code = engine.once(night=night) if once else engine.run()
            finally:
                close_log(engine.log)
    except BROKEN:
        raise ConfigError([DAMAGED]) from None
    if code:
        complain("gallra: not all of it was done: gallra status tells what is left")
    ctx.exit(code)


def _check_extra() -> None:
    """Raise ConfigError that names what is not installed."""
    if missing := missing_packages():
        raise ConfigError([f"gallra run needs {', '.join(missing)}, not installed here: pip install 'gallra[agent]'"])
