"""`gallra check --propose`: columns of registers that seem to be about persons, as TOML for the configuration."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

import click

from config.build import connect
from config.model import Config, Source
from connectors.errors import ConfigError, ConnectorError
from connectors.layers import role_of
from connectors.registers.describe import Describes
from scanner.cli.output import Exit, clean
from scanner.detect.base import DetectSettings
from scanner.limits import Limits
from scanner.registers.columns import propose
from scanner.registers.files import MOST, propose_files
from scanner.registers.toml import source_tables

_FILES = ("folder",)  # kinds of source whose files may be tables
_WORKERS = 2


@dataclass(slots=True)
class Proposals:
    """What is printed, and how it went: texts to stdout, sentences to stderr, exit codes."""

    blocks: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    codes: list[int] = field(default_factory=list)


def proposals(config: Config, sources: Sequence[Source]) -> Proposals:
    """Look at the tables of each source. Changes nothing, there or here."""
    found = Proposals()
    detect = DetectSettings(config.agent.region, config.detect.customer_number)
    limits = replace(Limits(), **config.limits)  # type: ignore[arg-type]  # config checked keys and types
    for source in sources:
        try:
            found.blocks += _blocks(source, detect, limits, found)
        except (ConfigError, ConnectorError) as error:
            said = "; ".join(error.problems) if isinstance(error, ConfigError) else str(error)
            found.problems.append(f"{source.name}: {said}")
            found.codes.append(error.exit_code)
    return found


def _blocks(source: Source, detect: DetectSettings, limits: Limits, found: Proposals) -> Iterator[str]:
    connector = connect(source, hasty=True)
    described = role_of(connector, Describes)
    if described is not None:
        yield source_tables(source.name, [propose(one, detect) for one in described.describe()])
        return
    try:
        if source.kind in _FILES:
            connector.open()
            files = propose_files(source, connector, detect, limits, _WORKERS)
            yield from files.blocks
            found.problems += [f"{source.name}: {path}: could not be read" for path in files.unread]
            found.codes += [Exit.INCOMPLETE] if files.unread or files.left else []
            found.problems += [f"{source.name}: has more tables; the first {MOST} were looked at"] if files.left else []
    finally:
        connector.close()


def told(found: Proposals) -> None:
    """Print what is proposed, as TOML, and beside it what could not be looked at."""
    if found.blocks:
        click.echo("# Proposed by gallra check --propose: read it, mend it, and paste it into the configuration.\n")
        click.echo("\n".join(found.blocks), nl=False)
    elif not found.problems:
        click.echo("# No table with persons in it was seen.")
    for problem in found.problems:
        click.echo(clean(problem), err=True)
