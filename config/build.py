"""From settings to a connector, at the last moment: only here are secrets turned from references into values."""

from __future__ import annotations

import copy
from collections.abc import Iterable

from config.model import Config, Source
from connectors import registry
from connectors.base import Connector
from connectors.errors import ConfigError
from connectors.network import layered, readers


def readers_of(config: Config, sources: Iterable[str]) -> int | None:
    """How many workers may read from the sources of these names at once; None: as many as there are."""
    names = set(sources)
    return readers(*(one.settings for one in config.places if one.name in names))


def connect(source: Source, *, hasty: bool = False) -> Connector:
    """The source's connector, not opened. Each worker calls this for itself, so that no secret is sent to it.

    `hasty`: a person waits for the answer whether it can be reached; a server that is not there is told at once.
    Raises ConfigError when a secret cannot be had, or the kind's client is not installed.
    """
    connector = registry.load(source.kind, backup=source.backup)
    settings = copy.deepcopy(dict(source.settings))
    table = "backup" if source.backup else "source"
    problems: list[str] = []
    for option in connector.options:
        if option.secret and settings.get(option.name) is not None:
            from config.secrets import resolve  # noqa: PLC0415 - workers whose sources have no secrets go without

            try:
                settings[option.name] = resolve(settings[option.name], source.base)
            except ConfigError as error:
                problems += [f'[[{table}]] "{source.name}" {option.name}: {problem}' for problem in error.problems]
    if problems:
        raise ConfigError(problems)
    whose = f"{source.base}\0{table}\0{source.name}"
    built = connector(source.name, settings)
    return layered(built, hasty=hasty, bytes_per_second=source.bytes_per_second, whose=whose)
