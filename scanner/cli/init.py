"""`gallra init`: everything a newcomer needs to run `gallra scan`."""

from __future__ import annotations

import os
import shlex
from importlib import resources
from pathlib import Path

import click

from config.model import Agent
from config.secrets import load_key, load_ledger_key
from connectors.errors import ConfigError
from scanner.cli.output import clean
from scanner.ledger import FILE as LEDGER

FILE = "gallra.toml"
STATE = ".gallra"  # as the example says
# Two invented persons; the numbers are from a range that is set aside for fiction.
_EXAMPLE = """Namn;E-post;Mobil;Ort
Anna Exempelsson;anna.exempelsson@kund.example;070-174 06 05;Umeå
Bo Provberg;bo.provberg@kund.example;070-174 06 06;Växjö
"""


@click.command("init")
@click.argument("directory", metavar="[DIR]", type=click.Path(path_type=Path), default=Path())
def command(directory: Path) -> None:
    """Write a commented gallra.toml, the state folder and the key into DIR (default: here).

    What is there already is never replaced.
    """
    target = directory / FILE
    if os.path.lexists(target):
        following = f"`{_gallra(directory)} scan`, or `gallra init` with the name of another folder"
        raise ConfigError([f"{target}: is there already, and stays as it is. Next: {following}"])
    agent = Agent(state=directory.absolute() / STATE)
    try:
        _make(directory, target, agent)
    except OSError as error:
        raise ConfigError([f"{directory}: cannot be set up: {error.strerror or type(error).__name__}"]) from None
    _tell(directory)


def _make(directory: Path, target: Path, agent: Agent) -> None:
    """The configuration comes last: where an earlier run stopped half-way, running again ends it."""
    directory.mkdir(parents=True, exist_ok=True)
    _make_example(directory / "example")
    _make_state(agent, directory.absolute())
    with target.open("xb") as stream:
        stream.write(resources.files("config").joinpath("example.toml").read_bytes())


def _make_example(folder: Path) -> None:
    folder.mkdir(exist_ok=True)
    if not any(folder.iterdir()):
        (folder / "kunder.csv").write_text(_EXAMPLE, encoding="utf-8")


def _make_state(agent: Agent, base: Path) -> None:
    """The state folder and the keys. A new key beside old state would make that unreadable, and is refused."""
    state = agent.state
    used = state.is_dir() and any(state.iterdir())
    load_key(agent.key, base, create=not used)
    load_ledger_key(agent.ledger_key, base, create=not (state / LEDGER).exists())
    state.mkdir(mode=0o700, exist_ok=True)
    state.chmod(0o700)


def _tell(directory: Path) -> None:
    click.echo(f"Made {clean(str(directory / FILE))}, and beside it the state folder {STATE}, two keys and an example.")
    click.echo("")
    click.echo("Keep a copy of the key (gallra.key) in a safe place, apart from the state folder: whoever has both can")
    click.echo("read the index; without the key nobody can.")
    click.echo("Keep a copy of the ledger's key (gallra-ledger.key) too. Should it be lost, nobody can tell any")
    click.echo("more what a restored backup brings back of those who were erased.")
    click.echo("")
    click.echo("Next:")
    click.echo(f"  {_gallra(directory)} scan")
    click.echo(f"  {_gallra(directory)} find anna.exempelsson@kund.example   (invented, from the folder example)")
    click.echo(
        f"  then put your own sources into {FILE}, and see with `{_gallra(directory)} check` what can be reached"
    )


def _gallra(directory: Path) -> str:
    """The command as it must be typed from where the user stands."""
    return "gallra" if directory == Path() else f"gallra --config {clean(shlex.quote(str(directory / FILE)))}"
