"""From settings to a connector, at the last moment: only here are secrets turned from references into values."""

from __future__ import annotations

import copy

from config.model import Source
from connectors import registry
from connectors.base import Connector
from connectors.errors import ConfigError


def connect(source: Source) -> Connector:
    """The source's connector, not opened. Each worker calls this for itself, so that no secret is sent to it.

    Raises ConfigError when a secret cannot be had, or the kind's client is not installed.
    """
    connector = registry.load(source.kind)
    settings = copy.deepcopy(dict(source.settings))
    problems: list[str] = []
    for option in connector.options:
        if option.secret and settings.get(option.name) is not None:
            from config.secrets import resolve  # noqa: PLC0415 - workers whose sources have no secrets go without

            try:
                settings[option.name] = resolve(settings[option.name], source.base)
            except ConfigError as error:
                problems += [f'[[source]] "{source.name}" {option.name}: {problem}' for problem in error.problems]
    if problems:
        raise ConfigError(problems)
    return connector(source.name, settings)
