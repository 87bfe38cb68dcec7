"""What a piece of the agent's work has to say when it is done. No personal data: numbers, ids, days."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date


@dataclass(frozen=True, slots=True)
class Notice:
    """Something to be told once. `event` is one of `config.running.EVENTS`.

    `key` says what it is about: a notice with a key that was told before is not told again. `case` is a case's number,
    `source` the name of a source, backup or rule, `due` a day that it is about.
    """

    event: str
    key: str
    case: str = ""
    source: str = ""
    due: date | None = None
    counts: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Done:
    """How one chore ended: an exit code as of a command, what it counted, and what is to be told.

    `error` is a sentence for an admin, without names and paths.
    """

    code: int = 0
    counts: Mapping[str, int] = field(default_factory=dict)
    notices: tuple[Notice, ...] = ()
    error: str = ""
